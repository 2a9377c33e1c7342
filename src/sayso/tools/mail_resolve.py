"""Which messages the user means."""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import replace

from sayso.english import dates
from sayso.english.dates import Moment
from sayso.english.matching import words
from sayso.tools.base import ToolContext, ToolInputError
from sayso.tools.choosing import Kind, best, close
from sayso.tools.people import is_me
from sayso.tools.wording import name_of, names, quoted
from sayso.workspace.errors import ObjectNotFound, Refused
from sayso.workspace.search import parse_query
from sayso.workspace.types import Message

POOL = 200
READ = 20_000  # characters of each body that a description is compared with
_OPERATOR = re.compile(r"(?:^|\s)-?(?:from|to|subject|label|in|is|has|after|before):\S", re.IGNORECASE)
_LATEST = frozenset({"latest", "last", "newest", "recent"})
_PLURAL = frozenset({"all", "every", "messages", "mails", "emails", "e-mails", "newsletters", "everything"})
_WHOLE = frozenset({"thread", "conversation", "threads", "conversations"})
_STOP = _LATEST | (_PLURAL - {"newsletters"}) | _WHOLE | {"unread", "a", "an", "the", "my", "this", "that", "of", "on"}
_STOP |= {"about", "re", "regarding", "concerning", "with", "subject", "in", "titled", "called", "saying", "i", "got"}
_STOP |= {"received", "sent", "was", "is", "it", "one", "most", "more", "just", "mail", "email", "e-mail", "message"}
_STOP |= {"note", "letter", "reply", "draft", "inbox", "please", "and", "his", "her", "their", "to", "for", "at"}
_STOP |= {"which", "who", "me", "has", "have", "by", "new", "unanswered", "today"}


def _fields(message: Message) -> tuple[str, str, str]:
    people = " ".join(f"{who.name} {who.email}" for who in (message.sender, *message.to, *message.cc))
    files = " ".join(item.name for item in message.attachments)
    return (message.subject, people, f"{message.body[:READ]} {files}")


def kind(ctx: ToolContext, noun: str = "message", plural: str = "messages") -> Kind[Message]:
    def label(message: Message) -> str:
        drafted = "drafts" in message.labels
        whom = f"to {names(message.to) or 'nobody yet'}" if drafted else f"from {name_of(message.sender)}"
        date = message.date.astimezone(ctx.timezone)
        return f"{quoted(message.subject)} {whom}, {date:%a} {date.day} {date:%B %Y}"

    return Kind(noun, plural, lambda message: message.id, label, _fields)


async def one_message(ctx: ToolContext, text: str) -> Message:
    """The one message meant by an id, a search query or a description ("the latest mail from Priya about the budget").

    Of a conversation that fits, its newest fitting message is meant. Raises ToolInputError.
    """
    if message := await by_id(ctx, text):
        return message
    fitting = await _fitting(ctx, text)
    incoming = [message for message in fitting if not is_me(ctx, message.sender)] or fitting
    newest = list({message.thread_id: message for message in reversed(incoming)}.values())[::-1]
    if _LATEST & set(words(text)) or len(newest) == 1:
        return newest[0]
    raise kind(ctx).ambiguous(text, newest)


async def some_messages(ctx: ToolContext, texts: Sequence[str]) -> list[Message]:
    """The messages meant by several ids and descriptions; one in the plural, or a search query, means all that fit."""
    found: dict[str, Message] = {}
    for text in texts:
        for message in await _several(ctx, text):
            found.setdefault(message.id, message)
    return list(found.values())


async def one_draft(ctx: ToolContext, text: str) -> Message:
    """The one draft meant by an id or a description."""
    if (message := await by_id(ctx, text)) and "drafts" in message.labels:
        return message
    draft = kind(ctx, "draft", "drafts")
    drafts = await _search(ctx, "in:drafts")
    wanted = _wanted(text)
    fitting = best(draft, wanted, drafts)
    if not fitting:
        raise draft.not_found(text, close(draft, wanted, drafts))
    if len(fitting) > 1 and not _LATEST & set(words(text)):
        raise draft.ambiguous(text, fitting)
    return fitting[0]


async def by_id(ctx: ToolContext, text: str) -> Message | None:
    """The message of this id, if there is one."""
    if not text.strip() or re.search(r"[\s:]", text.strip()):
        return None
    try:
        return await ctx.mail.get_message(text.strip())
    except (ObjectNotFound, Refused):
        return None


async def _several(ctx: ToolContext, text: str) -> list[Message]:
    if message := await by_id(ctx, text):
        return [message]
    said = set(words(text))
    if _OPERATOR.search(text) or said & _PLURAL:
        return await _fitting(ctx, text)
    message = await one_message(ctx, text)
    return await ctx.mail.get_thread(message.thread_id) if said & _WHOLE else [message]


async def _fitting(ctx: ToolContext, text: str) -> list[Message]:
    """All messages that fit a query or a description best, newest first; at least one."""
    if not text.strip():
        raise ToolInputError("Which message do you mean?", "missing")
    if _OPERATOR.search(text):
        found = await _search(ctx, text)
        if not found:
            raise kind(ctx).not_found(text)
        return found
    day, rest = _dated(ctx, text)
    fitting = await asyncio.to_thread(_described, ctx, rest, await _pool(ctx, rest), day) if day else []
    fitting = fitting or await asyncio.to_thread(_described, ctx, text, await _pool(ctx, text), None)
    if not fitting:  # perhaps a typo, a plural or an accent: look among all recent messages
        pool = await _search(ctx, _scope(text))
        fitting = await asyncio.to_thread(_described, ctx, text, pool, None)
        if not fitting:
            raise kind(ctx).not_found(text, close(kind(ctx), _wanted(text), pool))
    return fitting


def _scope(text: str) -> str:
    return "is:unread" if "unread" in words(text) else "-in:drafts"


async def _pool(ctx: ToolContext, text: str) -> list[Message]:
    return await _search(ctx, " ".join([_scope(text), *map(_as_query, _wanted(text))]))


async def _search(ctx: ToolContext, query: str) -> list[Message]:
    found, _ = await ctx.mail.search(parse_query(query, ctx.timezone), POOL)
    return found


def _dated(ctx: ToolContext, text: str) -> tuple[Moment | None, str]:
    """The day that a description names, and the rest of it."""
    found = [each for each in dates.find(text, ctx.now, ctx.timezone, past=True) if each.moment.has_date]
    if not found:
        return None, text
    return found[0].moment, f"{text[: found[0].start]} {text[found[0].end :]}"


def _described(ctx: ToolContext, text: str, pool: Sequence[Message], day: Moment | None) -> list[Message]:
    """The messages of the pool that fit a description best; after "from", a word is the sender's."""
    said, wanted = words(text), _wanted(text)
    if not wanted and not day and not set(said) & (_LATEST | {"unread", "all", "everything"}):
        raise ToolInputError("Which message do you mean? Say who it is from or what it is about.", "missing")
    sender = said[said.index("from") + 1] if "from" in said[:-1] else ""
    if sender and sender not in _STOP:
        senders = replace(kind(ctx), fields=lambda message: (message.sender.name, message.sender.email))
        pool = best(senders, [sender], pool)
        wanted = [word for word in wanted if word != sender]
    if day:
        end = day.end or day.start
        pool = [message for message in pool if day.start <= message.date < end]
    return best(kind(ctx), wanted, pool)


def _wanted(text: str) -> list[str]:
    return [word for word in words(text) if word not in _STOP and word != "from"]


def _as_query(word: str) -> str:
    return f'"{word}"' if re.search(r"\W", word) else word
