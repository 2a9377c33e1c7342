"""A message as its server tells of it, and the header that it is to us."""

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from typing import Any, Final

from sayso.workspace.formats.mail import message_id_of, parse_date, parse_message
from sayso.workspace.formats.mail_labels import Keeping
from sayso.workspace.formats.mime import Part
from sayso.workspace.mailbox.compose import KEY_HEADER, message_id_of_key
from sayso.workspace.mailbox.conversation import thread_of
from sayso.workspace.mailbox.folders import Folder, Folders, decoded
from sayso.workspace.mailbox.keywords import labels_of_keywords
from sayso.workspace.mailbox.line import Data, Line
from sayso.workspace.mailbox.outline import Outline, outline_of
from sayso.workspace.mailbox.spots import Spot, digest_of
from sayso.workspace.people import Me
from sayso.workspace.types import Header, Message

_HEADERS: Final = (
    "DATE FROM SENDER REPLY-TO TO CC BCC SUBJECT MESSAGE-ID IN-REPLY-TO REFERENCES RETURN-PATH " + KEY_HEADER.upper()
)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
GMAIL_LABELS: Final = {
    "\\inbox": "inbox", "\\sent": "sent", "\\draft": "drafts", "\\drafts": "drafts", "\\starred": "starred",
}  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """`flags`: in small letters, as nobody tells their case apart; `gmail`: its labels there; `thread`: the server's
    own name of its conversation, or empty."""

    spot: Spot
    folder: Folder
    outline: Outline
    flags: frozenset[str]
    keywords: tuple[str, ...]
    size: int
    received: datetime
    gmail: tuple[str, ...] = ()
    thread: str = ""

    @property
    def date(self) -> datetime:
        return parse_date(self.outline.root, self.received) or self.received


def items_of(line: Line, folders: Folders, structure: bool = True) -> str:
    """What to fetch of a message for its `Seen`."""
    more = " BODYSTRUCTURE" if structure else ""
    if folders.gmail:
        more += " X-GM-LABELS X-GM-THRID"
    elif line.can("OBJECTID"):
        more += " THREADID"
    return f"(UID FLAGS INTERNALDATE RFC822.SIZE{more} BODY.PEEK[HEADER.FIELDS ({_HEADERS})])"


def see(line: Line, folders: Folders, folder: Folder, validity: int, uids: Iterable[int]) -> list[Seen]:
    """Those of the messages in the selected folder that are there, by UID."""
    wanted = set(uids)
    found = line.get(wanted, items_of(line, folders))
    if missing := wanted - found.keys():  # gone, or of a structure that nobody can read
        found |= line.get(missing, items_of(line, folders, structure=False))
    seen = (_seen(folder, validity, uid, data) for uid, data in sorted(found.items()))
    return [each for each in seen if each is not None]


def _seen(folder: Folder, validity: int, uid: int, data: Data) -> Seen | None:
    """None where the server does not tell what was asked for."""
    header = section(data, b"BODY[HEADER.FIELDS")
    if header is None or not isinstance(data.get(b"FLAGS"), tuple):
        return None
    received = received_of(data)
    outline = outline_of(header, data.get(b"BODYSTRUCTURE"))
    keywords = tuple(_text(each) for each in data[b"FLAGS"])
    size = data.get(b"RFC822.SIZE")
    return Seen(
        spot=Spot(folder.wire, validity, uid, received.date(), digest_of(outline.root)),
        folder=folder,
        outline=outline,
        flags=frozenset(each.lower() for each in keywords),
        keywords=keywords,
        size=size if isinstance(size, int) else 0,
        received=received,
        gmail=_gmail_labels(data.get(b"X-GM-LABELS")),
        thread=_thread(data),
    )


def received_of(data: Data) -> datetime:
    """When it came in, by the server's own clock and zone."""
    received = data.get(b"INTERNALDATE")
    return received if isinstance(received, datetime) and received.tzinfo else _EPOCH


def section(data: Data, name: bytes) -> bytes | None:
    found = (value for key, value in data.items() if key.startswith(name))
    value = next(found, None)
    return value if isinstance(value, bytes) else str(value).encode() if isinstance(value, int) else None


def header_of(seen: Seen, me: Me) -> Header:
    message = message_of(seen, seen.outline.root, me)
    return Header(**{each.name: getattr(message, each.name) for each in fields(Header)})


def message_of(seen: Seen, mail: Part, me: Me, answered: str = "") -> Message:
    """`mail`: what there is of it; `answered`: the id of the message that it answers."""
    date = parse_date(mail, seen.received) or seen.received
    message = parse_message(mail, me, str(seen.spot), date.astimezone(UTC), Keeping(flags="")).message
    return replace(
        message,
        thread_id=thread_of(seen.thread, mail, str(seen.spot)),
        labels=labels_of(seen),
        unread="\\seen" not in seen.flags,
        revision=_revision(seen),
        in_reply_to=answered,
        may_be_sent=_may_be_sent(seen),
    )


def _may_be_sent(seen: Seen) -> bool:
    """Whether a draft is the copy that a `Sender` lays down of what it sends; of what a key only drafts, the Message-ID
    is another one."""
    key = seen.outline.root.get(KEY_HEADER.lower()).strip()
    if not key or "drafts" not in labels_of(seen):
        return False
    own = message_id_of(seen.outline.root)
    return own == message_id_of_key(key, f"@{own.rpartition('@')[2]}")


def labels_of(seen: Seen) -> tuple[str, ...]:
    """Where it is, and how it is marked. What is in an archive has no label for that."""
    role = seen.folder.role
    place = {"": seen.folder.path, "archive": "", "all": "", "junk": "Spam"}.get(role, role)
    starred = "starred" if "\\flagged" in seen.flags else ""
    gmail = (GMAIL_LABELS.get(each.lower(), "" if each.startswith("\\") else each) for each in seen.gmail)
    labels = (place, *gmail, starred, *labels_of_keywords(seen.keywords))
    return tuple(dict.fromkeys(label for label in labels if label))


def _revision(seen: Seen) -> str:
    told = (str(seen.spot), *sorted(seen.flags - {"\\recent"}), *sorted(seen.gmail))
    return hashlib.sha256("\n".join(told).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _gmail_labels(told: Any) -> tuple[str, ...]:
    return tuple(decoded(each) for each in told if isinstance(each, bytes)) if isinstance(told, tuple) else ()


def _thread(data: Mapping[bytes, Any]) -> str:
    gmail, other = data.get(b"X-GM-THRID"), data.get(b"THREADID")
    if isinstance(gmail, int):
        return f"g.{gmail:x}"
    if isinstance(other, tuple) and len(other) == 1 and isinstance(other[0], bytes | int):
        told = _text(other[0]) if isinstance(other[0], bytes) else str(other[0])
        return f"o.{told}" if re.fullmatch(r"[A-Za-z0-9_-]{1,255}", told) else ""
    return ""


def _text(value: Any) -> str:
    return value.decode("ascii", "replace") if isinstance(value, bytes) else str(value)
