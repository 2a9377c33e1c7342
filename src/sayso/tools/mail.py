"""Reading mail: search, one message with its conversation, a summary."""

from typing import Any

from sayso.tools.arguments import ReadMail, SearchMail, SummarizeMail
from sayso.tools.base import ReadTool, ToolContext
from sayso.tools.json import header_json, message_json, page
from sayso.tools.mail_resolve import one_message
from sayso.tools.mail_summary import summary
from sayso.workspace.search import parse_query


class SearchMailTool(ReadTool[SearchMail]):
    name = "search_mail"
    description = "Find messages, newest first, by words and operators. An empty query lists the latest."
    needs = frozenset({"mail"})
    Args = SearchMail

    async def run(self, ctx: ToolContext, args: SearchMail) -> dict[str, Any]:
        found = await ctx.mail.search(parse_query(args.query, ctx.timezone), args.limit)
        return page(ctx, "messages", [header_json(ctx, header) for header in found.items], found.known)


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
    description = "What the messages that match a search ask for, by conversation, in their own words."
    needs = frozenset({"mail"})
    Args = SummarizeMail

    async def run(self, ctx: ToolContext, args: SummarizeMail) -> dict[str, Any]:
        found = await ctx.mail.search(parse_query(args.query, ctx.timezone), args.limit)
        messages = await ctx.mail.get_messages([header.id for header in found.items])
        listed = page(ctx, "messages", [header_json(ctx, message) for message in messages], found.known)
        text, asking = summary(ctx, messages, found.known)
        return {"summary": text, "asking": asking, **listed}
