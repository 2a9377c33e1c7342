"""A summary made of sentences of the messages themselves: who writes, what is asked, until when."""

import re
from collections.abc import Sequence

from sayso.tools.base import ToolContext
from sayso.tools.people import is_me
from sayso.tools.wording import count, join, name_of, one_line, quoted
from sayso.workspace.types import Message

_ASK = re.compile(
    r"\?\s*$|\b(please|kindly|could you|can you|would you|will you|let me know|need you to|make sure|don'?t forget|"
    r"remember to|waiting for your|rsvp|i need|we need)\b",
    re.IGNORECASE,
)
_DAY = (
    r"(?:mon|tues|wednes|thurs|fri|satur|sun)day|today|tomorrow|tonight|noon|midnight|eod|cob|end of|next week|"
    r"this week|the \d|\d{1,2}\b|jan|feb|mar|apr|may\b|jun|jul|aug|sep|oct|nov|dec"
)
_DEADLINE = re.compile(
    rf"\b(?:by|before|until|no later than|not later than)\s+(?:the\s+)?(?:next\s+|this\s+)?(?:{_DAY})"
    r"|\bdeadline\b|\bdue\b|\bexpires?\b",
    re.IGNORECASE,
)
_QUOTE = re.compile(r"^(?:>|On .{5,200} wrote:\s*$|-{2,}\s*Original Message)", re.IGNORECASE)


def summary(ctx: ToolContext, messages: Sequence[Message], total: int) -> tuple[str, list[str]]:
    """The messages by conversation, newest first, and the lines of those that ask for something or name a deadline.
    Every sentence in quotation marks is taken from a message."""
    if not messages:
        return "There are no messages that match.", []
    threads: dict[str, list[Message]] = {}
    for message in messages:
        threads.setdefault(message.thread_id, []).append(message)
    shown = f"the newest {len(messages)} of {total} messages" if total > len(messages) else count(total, "message")
    head = f"{shown} in {count(len(threads), 'conversation')}."
    lines = [_thread(ctx, thread) for thread in threads.values()]
    text = "\n".join([head[:1].upper() + head[1:], *(f"- {line}" for line, _ in lines)])
    return text, [line for line, asks in lines if asks]


def _thread(ctx: ToolContext, newest_first: Sequence[Message]) -> tuple[str, bool]:
    """The conversation in a line, and whether it asks for something or names a deadline."""
    thread = list(reversed(newest_first))
    people = list(dict.fromkeys("you" if is_me(ctx, item.sender) else name_of(item.sender) for item in thread))
    unread = sum(item.unread for item in thread)
    if all("drafts" in item.labels for item in thread):
        return (
            f"{quoted(thread[-1].subject)}, your own draft: {_cited(sentences(thread[-1].body)[:2]) or 'no text'}",
            False,
        )
    state = [count(len(thread), "message")] if len(thread) > 1 else []
    state += [f"{unread} unread" if len(thread) > 1 and unread != len(thread) else "unread"] if unread else []
    extra = f" ({', '.join(state)})" if state else ""
    line = f"{quoted(thread[-1].subject)}, from {join(people)}{extra}: "
    last = max((index for index, item in enumerate(thread) if is_me(ctx, item.sender)), default=-1)
    open_now = [sentence for item in thread[last + 1 :] for sentence in sentences(item.body)]
    if not thread[last + 1 :]:
        return line + f"you wrote last, {_cited(sentences(thread[-1].body)[:2]) or 'without text'}", False
    asks = list(dict.fromkeys(sentence for sentence in open_now if _ASK.search(sentence)))
    deadlines = [
        sentence for sentence in dict.fromkeys(open_now) if _DEADLINE.search(sentence) and sentence not in asks
    ]
    parts = [f"asks {_cited(asks)}"] if asks else []
    parts += [f"deadline: {_cited(deadlines)}"] if deadlines else []
    return line + ("; ".join(parts) or _cited(sentences(thread[-1].body)[:2]) or "no text"), bool(parts)


def _cited(sentences: Sequence[str]) -> str:
    return " ".join(f"“{sentence}”" for sentence in sentences)


def sentences(body: str) -> list[str]:
    """The sentences that the sender wrote himself: no quoted text, greeting or signature."""
    own: list[str] = []
    for line in body.splitlines():
        if line.rstrip() in ("--", "—"):
            break
        if not _QUOTE.match(line.strip()):
            own.append(line.strip())
    paragraphs = re.split(r"\n\s*\n|\n(?=[-*•])", "\n".join(own))
    found = [one_line(part) for paragraph in paragraphs for part in re.split(r"(?<!\d\.)(?<=[.!?])\s+", paragraph)]
    return [part for part in found if part and not _greeting(part)]


def _greeting(text: str) -> bool:
    return len(text.split()) <= 4 and bool(
        re.match(
            r"(?:hi|hello|hey|dear|thanks|thank you|cheers|best|kind regards|regards|yours|sincerely|love)\b",
            text,
            re.I,
        )
    )
