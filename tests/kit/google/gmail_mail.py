"""A mail as Gmail keeps it, and the forms in which it tells of it (the schemas Message, MessagePart)."""

import base64
import email
import re
from dataclasses import dataclass, field
from datetime import datetime
from email.header import decode_header, make_header
from email.message import Message
from typing import Any

from tests.kit.google.problems import Problem

Json = dict[str, Any]


def urlsafe(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode()


def bytes_of(text: str) -> bytes:
    """What was sent as `raw`. Raises Problem for what is no mail."""
    try:
        content = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        content = b""
    return mail_bytes(content)


def mail_bytes(content: bytes) -> bytes:
    if not email.message_from_bytes(content).items():
        raise Problem(400, "invalidArgument", "Invalid value for ByteString")
    return content


@dataclass(eq=False)
class Mail:
    """`at`: its internalDate; `shelved`: since when searches know these labels, oldest first."""

    id: str
    thread: str
    labels: list[str]
    raw: bytes
    at: datetime
    history: int = 0
    shelved: list[tuple[datetime, tuple[str, ...]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.parsed = email.message_from_bytes(self.raw)

    def header(self, name: str) -> str:
        return decoded(str(self.parsed.get(name, "")))

    def ids(self, *names: str) -> list[str]:
        return [found for name in names for found in re.findall(r"<([^<>\s]+)>", self.header(name))]

    @property
    def topic(self) -> str:
        return re.sub(r"(?i)^((re|fwd?|aw|wg)\s*:\s*)+", "", self.header("Subject").strip()).strip()

    @property
    def files(self) -> list[str]:
        return [name for part in self.parsed.walk() if (name := part.get_filename())]

    @property
    def text(self) -> str:
        texts = [
            part for part in self.parsed.walk() if part.get_content_maintype() == "text" and not part.is_multipart()
        ]
        return " ".join(re.sub(r"<[^>]*>", " ", _utf8(part).decode("utf-8", "replace")) for part in texts)

    def indexed(self, until: datetime) -> tuple[str, ...] | None:
        """Its labels as searches know them that see what was there then; None: it is not known yet."""
        known = [labels for since, labels in self.shelved if since <= until]
        return known[-1] if known else None

    def told(self, form: str, wanted: list[str] | None = None) -> Json:
        """`wanted`: names of headers, of `metadata`."""
        found: Json = {
            "id": self.id,
            "threadId": self.thread,
            "labelIds": list(self.labels),
            "snippet": " ".join(self.text.split())[:100],
            "historyId": str(self.history),
            "internalDate": str(int(self.at.timestamp() * 1000)),
            "sizeEstimate": len(self.raw),
        }
        if not self.labels:
            del found["labelIds"]
        if form == "raw":
            return found | {"raw": urlsafe(self.raw)}
        if form == "metadata":
            names = {name.lower() for name in wanted or ()}
            headers = [each for each in _headers(self.parsed) if not names or each["name"].lower() in names]
            return found | {"payload": {"mimeType": self.parsed.get_content_type(), "headers": headers}}
        return found if form == "minimal" else found | {"payload": _payload(self.parsed, "")}

    def attachment(self, name: str) -> bytes | None:
        """What an attachmentId stands for; each answer has new ones for the same thing."""
        place = name.partition(".")[0].removeprefix("ANGjdJ_").replace("-", ".")
        part = _placed(self.parsed, "", place)
        return None if part is None else _content(part)


def decoded(value: str) -> str:
    """As Gmail tells of headers: without encoded words."""
    try:
        return str(make_header(decode_header(value.replace("\r\n", "").replace("\n", ""))))
    except (ValueError, LookupError):
        return value


def _headers(part: Message) -> list[Json]:
    return [{"name": name, "value": decoded(str(value))} for name, value in part.items()]


def _payload(part: Message, place: str) -> Json:
    name = decoded(part.get_filename() or "")
    found: Json = {
        "partId": place,
        "mimeType": part.get_content_type(),
        "filename": name,
        "headers": _headers(part),
        "body": {"size": 0},
    }
    inner = part.get_payload() if part.is_multipart() else []
    if isinstance(inner, list) and inner:
        found["parts"] = [_payload(each, f"{place}.{number}" if place else str(number)) for number, each in _of(inner)]
    if part.get_content_maintype() == "multipart":
        return found
    content = _content(part)
    found["body"] = {"size": len(content)}
    if name or part.get_content_maintype() != "text":
        found["body"]["attachmentId"] = f"ANGjdJ_{place.replace('.', '-')}.{len(content)}"
    elif content:
        found["body"]["data"] = urlsafe(_utf8(part))
    return found


def _of(parts: list[Any]) -> list[tuple[int, Message]]:
    return [(number, each) for number, each in enumerate(parts) if isinstance(each, Message)]


def _placed(part: Message, place: str, wanted: str) -> Message | None:
    if place == wanted:
        return part
    inner = part.get_payload() if part.is_multipart() else []
    for number, each in _of(inner if isinstance(inner, list) else []):
        found = _placed(each, f"{place}.{number}" if place else str(number), wanted)
        if found is not None:
            return found
    return None


def _content(part: Message) -> bytes:
    if part.get_content_maintype() == "message" and part.is_multipart():
        return b"\n\n".join(each.as_bytes() for _, each in _of(list(part.get_payload())))
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""


def _utf8(part: Message) -> bytes:
    """A text, in UTF-8 whatever it was written in."""
    content = _content(part)
    try:
        return content.decode(part.get_content_charset() or "utf-8").encode()
    except (LookupError, UnicodeDecodeError):
        return content.decode("latin-1").encode()
