"""A summary made of sentences of the messages themselves: who writes, what is asked, until when."""

import re
from collections.abc import Sequence

from sayso.offline.acts import Json
from sayso.offline.answers import count, items
from sayso.offline.saying.say import listing, person_name

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
_QUOTE = re.compile(r"^(?:>|On .{5,200} wrote:\s*$)", re.IGNORECASE)


def summary(result: Json) -> tuple[str, list[str]]:
    """The messages of `summarize_mail` by conversation, newest first, and the lines of those that ask for something or
    name a deadline. Every sentence in quotation marks is taken from a message."""
    messages = items(result, "messages")
    if not messages:
        return "There are no messages that match.", []
    threads: dict[str, list[Json]] = {}
    for message in messages:
        threads.setdefault(str(message.get("thread_id")), []).append(message)
    total = result.get("total")
    more = isinstance(total, int) and total > len(messages)
    shown = f"The newest {len(messages)} of {total} messages" if more else count(len(messages), "message")
    lines = [_thread(thread) for thread in threads.values()]
    text = "\n".join([f"{shown} in {count(len(threads), 'conversation')}.", *(f"- {line}" for line, _ in lines)])
    return text, [line for line, asks in lines if asks]


def _thread(newest_first: Sequence[Json]) -> tuple[str, bool]:
    """The conversation in a line, and whether it asks for something or names a deadline."""
    thread = list(reversed(newest_first))
    people = list(dict.fromkeys("you" if item.get("mine") else person_name(item.get("from")) for item in thread))
    unread = sum(bool(item.get("unread")) for item in thread)
    subject = " ".join(str(thread[-1].get("subject") or "").split())
    named, latest = f"'{subject}'" if subject else "(untitled)", _cited(_sentences(thread[-1])[:2])
    if all("drafts" in item.get("labels", ()) for item in thread):
        return f"{named}, your own draft: {latest or 'no text'}", False
    state = [count(len(thread), "message")] if len(thread) > 1 else []
    state += [f"{unread} unread" if len(thread) > 1 and unread != len(thread) else "unread"] if unread else []
    extra = f" ({', '.join(state)})" if state else ""
    line = f"{named}, from {listing(people)}{extra}: "
    last = max((index for index, item in enumerate(thread) if item.get("mine")), default=-1)
    open_now = [sentence for item in thread[last + 1 :] for sentence in _sentences(item)]
    if not thread[last + 1 :]:
        return line + f"you wrote last, {latest or 'without text'}", False
    asks = list(dict.fromkeys(sentence for sentence in open_now if _ASK.search(sentence)))
    deadlines = [
        sentence for sentence in dict.fromkeys(open_now) if _DEADLINE.search(sentence) and sentence not in asks
    ]
    parts = [f"asks {_cited(asks)}"] if asks else []
    parts += [f"deadline: {_cited(deadlines)}"] if deadlines else []
    return line + ("; ".join(parts) or latest or "no text"), bool(parts)


def _cited(sentences: Sequence[str]) -> str:
    return " ".join(f"“{sentence}”" for sentence in sentences)


def _sentences(message: Json) -> list[str]:
    """The sentences that the sender wrote himself: no quoted text and no greeting."""
    own = [line.strip() for line in str(message.get("text") or "").splitlines() if not _QUOTE.match(line.strip())]
    paragraphs = re.split(r"\n\s*\n|\n(?=[-*•])", "\n".join(own))
    split = [part for paragraph in paragraphs for part in re.split(r"(?<!\d\.)(?<=[.!?])\s+", paragraph)]
    found = [" ".join(part.split()) for part in split]
    return [part for part in found if part and not _greeting(part)]


def _greeting(text: str) -> bool:
    return len(text.split()) <= 4 and bool(
        re.match(
            r"(?:hi|hello|hey|dear|thanks|thank you|cheers|best|kind regards|regards|yours|sincerely|love)\b",
            text,
            re.I,
        )
    )
