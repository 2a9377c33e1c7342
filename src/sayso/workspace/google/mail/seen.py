"""A message as Gmail tells of it, and the header that it is to us."""

import hashlib
import html
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from typing import Any, Final

from sayso.workspace.errors import ObjectNotFound
from sayso.workspace.formats.mail import parse_date, parse_message
from sayso.workspace.formats.mail_labels import Keeping
from sayso.workspace.formats.mime import Part
from sayso.workspace.google.mail.labels import UNREAD, Known
from sayso.workspace.people import Me
from sayso.workspace.types import SNIPPET, Header, Message

Json = dict[str, Any]

GONE: Final = "That message is not in your mailbox (any more)."
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Seen:
    """All that Gmail says of a message beside what it holds."""

    id: str
    thread: str
    labels: tuple[str, ...]
    received: datetime | None
    size: int
    snippet: str

    def has(self, label: str) -> bool:
        return label in self.labels


def seen_of(told: Json) -> Seen:
    """Raises ObjectNotFound for an answer that is of none."""
    ident, labels = told.get("id"), told.get("labelIds")
    if not isinstance(ident, str) or not ident:
        raise ObjectNotFound(GONE)
    thread, size = told.get("threadId"), told.get("sizeEstimate")
    return Seen(
        id=ident,
        thread=thread if isinstance(thread, str) and thread else ident,
        labels=tuple(str(each) for each in labels) if isinstance(labels, list) else (),
        received=_moment(told.get("internalDate")),
        size=size if isinstance(size, int) else 0,
        snippet=html.unescape(str(told.get("snippet") or "")),
    )


def message_of(seen: Seen, mail: Part, known: Known, me: Me, answered: str = "") -> Message:
    """`mail`: what there is of it; `answered`: the id of the message that it answers. Its date is when Gmail took it
    in, by which Gmail orders and searches ("more reliable than the Date header", the schema Message)."""
    date = seen.received or parse_date(mail, None) or _EPOCH
    message = parse_message(mail, me, seen.id, date.astimezone(UTC), Keeping(flags="")).message
    labels, unread = known.named(seen.labels), seen.has(UNREAD)
    return replace(
        message,
        thread_id=seen.thread,
        labels=labels,
        unread=unread,
        revision=_revision(seen.id, labels, unread),
        in_reply_to=answered,
    )


def header_of(seen: Seen, mail: Part, known: Known, me: Me) -> Header:
    message = message_of(seen, mail, known, me)
    header = Header(**{each.name: getattr(message, each.name) for each in fields(Header)})
    return replace(header, snippet=" ".join(seen.snippet.split())[:SNIPPET])


def _moment(told: Any) -> datetime | None:
    try:
        return datetime.fromtimestamp(int(told) / 1000, UTC) if told is not None else None
    except (ValueError, TypeError, OverflowError, OSError):
        return None


def _revision(ident: str, labels: tuple[str, ...], unread: bool) -> str:
    """Drafts get another id with each edit."""
    told = "\n".join((ident, *sorted(labels), "unread" if unread else ""))
    return hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()[:16]
