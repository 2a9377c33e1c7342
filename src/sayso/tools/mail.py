"""Reading mail: search, one message with its conversation, several in short, files, labels."""

import asyncio
from typing import Any

from sayso.tools.arguments import ListLabels, ReadAttachment, ReadMail, SearchMail, SummarizeMail
from sayso.tools.base import ReadTool, ToolContext
from sayso.tools.json import Json, file_json, file_link, header_json, message_json, page
from sayso.tools.mail_files import one_file
from sayso.tools.mail_resolve import one_message
from sayso.tools.own_words import own_words
from sayso.tools.people import is_me
from sayso.tools.wording import one_line
from sayso.workspace.errors import Refused
from sayso.workspace.formats.file_text import FileText, NotRead, kind_of, plain_text
from sayso.workspace.formats.pdf import PdfTexts
from sayso.workspace.search import parse_query
from sayso.workspace.types import SYSTEM_LABELS, Attachment, Header, Message, Page

SHORT = 700
"""Characters of a message that a summary gives."""


class SearchMailTool(ReadTool[SearchMail]):
    name = "search_mail"
    description = "Find messages, newest first, by words and operators. An empty query lists the latest."
    needs = frozenset({"mail"})
    Args = SearchMail

    async def run(self, ctx: ToolContext, args: SearchMail) -> dict[str, Any]:
        found = await ctx.mail.search(parse_query(args.query, ctx.timezone), args.limit, args.after or "")
        return _listed(ctx, found, [header_json(ctx, header) for header in found.items], not args.after)


class ReadMailTool(ReadTool[ReadMail]):
    name = "read_mail"
    description = "Read one message in full, with the other messages of its conversation. It stays unread."
    needs = frozenset({"mail"})
    Args = ReadMail

    async def run(self, ctx: ToolContext, args: ReadMail) -> dict[str, Any]:
        message = await one_message(ctx, args.message)
        thread = await ctx.mail.get_thread(message.thread_id)
        others = [message_json(ctx, other) for other in thread if other.id != message.id]
        return {"message": message_json(ctx, message), "conversation": others}


class SummarizeMailTool(ReadTool[SummarizeMail]):
    name = "summarize_mail"
    description = "The messages that match a search, each with what its sender wrote in short: read what they ask for."
    needs = frozenset({"mail"})
    Args = SummarizeMail

    async def run(self, ctx: ToolContext, args: SummarizeMail) -> dict[str, Any]:
        found = await ctx.mail.search(parse_query(args.query, ctx.timezone), args.limit)
        messages = await ctx.mail.get_messages([header.id for header in found.items])
        return _listed(ctx, found, [_in_short(ctx, message) for message in messages], first=True)


class ReadAttachmentTool(ReadTool[ReadAttachment]):
    name = "read_attachment"
    description = "The text of a file that is attached to a message, and the link by which the user saves it."
    needs = frozenset({"mail"})
    Args = ReadAttachment

    def __init__(self, pdfs: PdfTexts | None = None) -> None:
        self._pdfs = pdfs or PdfTexts()

    async def run(self, ctx: ToolContext, args: ReadAttachment) -> dict[str, Any]:
        message = await one_message(ctx, args.message)
        file = one_file(message, args.attachment or "")
        told: Json = {
            "message": {"id": message.id, "subject": one_line(message.subject)},
            "file": file_json(file, file.number) | {"link": file_link(message.id, file.number)},
        }
        try:
            content = await ctx.mail.attachment(message.id, file.number)
            read = await self._text(content, file)
        except (NotRead, Refused) as error:
            return told | {"text": "", "problem": str(error)}
        return told | {"text": read.text} | ({"pages": read.pages} if read.pages else {})

    async def _text(self, content: bytes, file: Attachment) -> FileText:
        if kind_of(file.media_type, file.name) == "application/pdf":
            return await self._pdfs.text(content)
        return await asyncio.to_thread(plain_text, content, file.media_type, file.name)


class ListLabelsTool(ReadTool[ListLabels]):
    name = "list_labels"
    description = "The labels of the mailbox: the user's own, and those that every mailbox has."
    needs = frozenset({"mail"})
    Args = ListLabels

    async def run(self, ctx: ToolContext, args: ListLabels) -> dict[str, Any]:
        own = await ctx.mail.labels()
        return page(ctx, "labels", own, len(own)) | {"system": [*SYSTEM_LABELS, "unread"]}


def _listed(ctx: ToolContext, found: Page[Header], items: list[Json], first: bool) -> dict[str, Any]:
    """`first`: whether it is the first page, of which one knows that it is all when none follows."""
    total = len(items) if found.total is None and first and not found.next else found.total
    return page(ctx, "messages", items, total, found.next)


def _in_short(ctx: ToolContext, message: Message) -> Json:
    """`mine`: the user wrote it. `cut`: how many characters more its sender wrote."""
    text, _ = own_words(message.body, message.subject)
    text = text.strip()
    short = text if len(text) <= SHORT else text[:SHORT].rpartition(" ")[0] or text[:SHORT]
    header = {name: value for name, value in header_json(ctx, message).items() if name != "snippet"}
    cut = {"cut": len(text) - len(short)} if len(short) < len(text) else {}
    return header | {"mine": is_me(ctx, message.sender), "text": short} | cut
