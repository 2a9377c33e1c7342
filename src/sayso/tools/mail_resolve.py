"""Which messages the user means."""

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from sayso.english import dates
from sayso.english.dates import Moment
from sayso.english.matching import Fit, fit, words
from sayso.tools.base import ToolContext, ToolInputError
from sayso.tools.choosing import Kind, best, close
from sayso.tools.people import is_me
from sayso.tools.wording import name_of, names, received
from sayso.workspace.errors import ObjectNotFound, Refused
from sayso.workspace.search import parse_query
from sayso.workspace.types import Header, Message

POOL = 200
READ = 20_000  # characters of each body that a description is compared with
Texts = Mapping[str, str]
"""Bodies by the ids of their messages."""
_BY_TEXT = Fit(True, 0, True)
_OPERATOR = re.compile(r"(?:^|\s)-?(?:from|to|subject|label|in|is|has|after|before):\S", re.IGNORECASE)
_NAME_OF_OPERATOR = re.compile(r"(?:^|\s)-?(?:in|is|has|after|before):\S*|(?<!\S)-?\w+:")
_LATEST = frozenset({"latest", "last", "newest", "recent"})
_PLURAL = frozenset({"all", "every", "messages", "mails", "emails", "e-mails", "newsletters", "everything"})
_WHOLE = frozenset({"thread", "conversation", "threads", "conversations"})
_STOP = _LATEST | (_PLURAL - {"newsletters"}) | _WHOLE | {"unread", "a", "an", "the", "my", "this", "that", "of", "on"}
_STOP |= {"about", "re", "regarding", "concerning", "with", "subject", "in", "titled", "called", "saying", "i", "got"}
_STOP |= {"received", "sent", "was", "is", "it", "one", "most", "more", "just", "mail", "email", "e-mail", "message"}
_STOP |= {"note", "letter", "reply", "draft", "inbox", "please", "and", "his", "her", "their", "to", "for", "at"}
_STOP |= {"which", "who", "me", "has", "have", "by", "new", "unanswered", "today"}


def kind(ctx: ToolContext, noun: str = "message", texts: Texts | None = None) -> Kind[Header]:
    """`texts`: those of the messages that are told apart by them."""

    def label(message: Header) -> str:
        drafted = "drafts" in message.labels
        whom = f"to {names(message.to) or 'nobody yet'}" if drafted else f"from {name_of(message.sender)}"
        date = message.date.astimezone(ctx.timezone)
        return f"{received(message.subject)} {whom}, {date:%a} {date.day} {date:%B %Y}"

    def fields(message: Header) -> tuple[str, str, str]:
        people = " ".join(f"{who.name} {who.email}" for who in (message.sender, *message.to, *message.cc))
        files = " ".join(item.name for item in message.attachments)
        return (message.subject, people, f"{(texts or {}).get(message.id, '')[:READ]} {files}")

    return Kind(noun, f"{noun}s", lambda message: message.id, label, fields)


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
        return await ctx.mail.get_message(newest[0].id)
    raise kind(ctx).ambiguous(text, newest)


async def some_messages(ctx: ToolContext, texts: Sequence[str]) -> list[Header]:
    """The messages meant by several ids and descriptions; one in the plural, or a search query, means all that fit."""
    found: dict[str, Header] = {}
    for text in texts:
        for message in await _several(ctx, text):
            found.setdefault(message.id, message)
    return list(found.values())


async def one_draft(ctx: ToolContext, text: str) -> Message:
    """The one draft meant by an id or a description."""
    if (message := await by_id(ctx, text)) and "drafts" in message.labels:
        return message
    drafts, wanted = await _search(ctx, "in:drafts"), _wanted(text)
    fitting, texts = await _best(ctx, wanted, drafts)
    draft = kind(ctx, "draft", texts)
    if not fitting:
        raise draft.not_found(text, close(draft, wanted, drafts))
    if len(fitting) > 1 and not _LATEST & set(words(text)):
        raise draft.ambiguous(text, fitting)
    return await ctx.mail.get_message(fitting[0].id)


async def by_id(ctx: ToolContext, text: str) -> Message | None:
    """The message of this id, if there is one."""
    if not text.strip() or re.search(r"\s", text.strip()) or _OPERATOR.search(text):
        return None
    try:
        return await ctx.mail.get_message(text.strip())
    except (ObjectNotFound, Refused):
        return None


async def _several(ctx: ToolContext, text: str) -> Sequence[Header]:
    if message := await by_id(ctx, text):
        return [message]
    said = set(words(text))
    if _OPERATOR.search(text) or said & _PLURAL:
        return await _fitting(ctx, text)
    message = await one_message(ctx, text)
    return await ctx.mail.get_thread(message.thread_id) if said & _WHOLE else [message]


async def _fitting(ctx: ToolContext, text: str) -> list[Header]:
    """All messages that fit a query or a description best, newest first; at least one."""
    if not text.strip():
        raise ToolInputError("Which message do you mean?", "missing")
    if _OPERATOR.search(text):
        found = await _search(ctx, text)
        if not found:
            raise kind(ctx).not_found(text, close(kind(ctx), _valued(text), await _search(ctx, _scope(text))))
        return found
    day, rest = _dated(ctx, text)
    fitting, _ = await _described(ctx, rest, await _pool(ctx, rest), day) if day else ([], {})
    if not fitting:
        fitting, _ = await _described(ctx, text, await _pool(ctx, text), None)
    if not fitting:  # perhaps a typo, a plural or an accent: look among all recent messages
        pool = await _search(ctx, _scope(text))
        fitting, texts = await _described(ctx, text, pool, None)
        if not fitting:
            raise kind(ctx).not_found(text, close(kind(ctx, texts=texts), _wanted(text), pool))
    return fitting


def _scope(text: str) -> str:
    return "is:unread" if "unread" in words(text) else "-in:drafts"


async def _pool(ctx: ToolContext, text: str) -> list[Header]:
    return await _search(ctx, " ".join([_scope(text), *map(_as_query, _wanted(text))]))


async def _search(ctx: ToolContext, query: str) -> list[Header]:
    return (await ctx.mail.search(parse_query(query, ctx.timezone), POOL)).items


def _dated(ctx: ToolContext, text: str) -> tuple[Moment | None, str]:
    """The day that a description names, and the rest of it."""
    found = [each for each in dates.find(text, ctx.now, ctx.timezone, past=True) if each.moment.has_date]
    if not found:
        return None, text
    return found[0].moment, f"{text[: found[0].start]} {text[found[0].end :]}"


async def _described(
    ctx: ToolContext, text: str, pool: Sequence[Header], day: Moment | None
) -> tuple[list[Header], Texts]:
    """The messages of the pool that fit a description best; after "from", a word is the sender's."""
    said, wanted = words(text), _wanted(text)
    if not wanted and not day and not set(said) & (_LATEST | {"unread", "all", "everything"}):
        raise ToolInputError("Which message do you mean? Say who it is from or what it is about.", "missing")
    sender = said[said.index("from") + 1] if "from" in said[:-1] else ""
    if sender and sender not in _STOP:
        senders = replace(kind(ctx), fields=lambda message: (message.sender.name, message.sender.email))
        pool = await asyncio.to_thread(best, senders, [sender], pool)
        wanted = [word for word in wanted if word != sender]
    if day:
        end = day.end or day.start
        pool = [message for message in pool if day.start <= message.date < end]
    return await _best(ctx, wanted, pool)


async def _best(ctx: ToolContext, wanted: Sequence[str], pool: Sequence[Header]) -> tuple[list[Header], Texts]:
    """The messages that fit the words best, and the texts that had to be read to tell."""
    able, unsure = await asyncio.to_thread(_able, kind(ctx), wanted, pool)
    texts = {message.id: message.body for message in await ctx.mail.get_messages(unsure)} if unsure else {}
    return await asyncio.to_thread(best, kind(ctx, texts=texts), wanted, able), texts


def _able(headers: Kind[Header], wanted: Sequence[str], pool: Sequence[Header]) -> tuple[list[Header], list[str]]:
    """The messages that may fit best, and the ids of those whose text decides of it.

    Where all words are in the header as whole ones, a text adds nothing; elsewhere it makes a fit worse, or at best one
    by whole words in it.
    """
    fits = [(fit(wanted, headers.fields(header)), header) for header in pool]
    sure = max((found for found, _ in fits if found and found.whole_words), default=_BY_TEXT)
    able = [(found, header) for found, header in fits if max(found or _BY_TEXT, _BY_TEXT) >= sure]
    return [header for _, header in able], [header.id for found, header in able if not (found and found.whole_words)]


def _valued(query: str) -> list[str]:
    """The words of a query that say what is looked for."""
    return _wanted(_NAME_OF_OPERATOR.sub(" ", query))


def _wanted(text: str) -> list[str]:
    return [word for word in words(text) if word not in _STOP and word != "from"]


def _as_query(word: str) -> str:
    return f'"{word}"' if re.search(r"\W", word) else word
