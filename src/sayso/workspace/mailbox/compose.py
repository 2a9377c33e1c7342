"""Mails as they are sent (RFC 5322, 2045, 2046, 2183, 2231) and as they are kept: their bytes, with CRLF.

Nothing that a user, a model or another mail brings becomes a header of its own: values go through `header_lines`, types
of files are checked, and a boundary is a digest of what it divides.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.base64mime import body_encode
from email.message import MIMEPart
from email.policy import SMTP
from email.utils import format_datetime
from hashlib import sha256
from typing import Final

from sayso.workspace.connected.invitations import Invitation
from sayso.workspace.errors import Refused
from sayso.workspace.formats.attachments import name_of
from sayso.workspace.formats.mail_text import contents_of
from sayso.workspace.formats.mime import Part, field_lines, parse_mail
from sayso.workspace.mailbox.header_lines import (
    ascii_domain,
    ids,
    is_plain_address,
    is_plain_id,
    line,
    parameter,
    people,
    words,
)
from sayso.workspace.people import Me
from sayso.workspace.types import Attachment, OutgoingMail, Person

KEY_HEADER: Final = "X-Sayso-Key"
MAX_LINE: Final = 998
"""Characters of a line without its end (RFC 5322, 2.1.1)."""
MAX_REFERENCES: Final = 50
"""Message-IDs of a conversation that are named: the first and the last ones."""

_KEY = re.compile(r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*")
_TYPE = re.compile(r"[a-z0-9!#$&^_+.-]{1,60}/[a-z0-9!#$&^_+.-]{1,60}")
_ID = re.compile(r"<([^<>\s]+)>")
_LINE_END = re.compile(rb"\r\n|\r|\n")
_OTHER_CONTROLS = re.compile(rb"[^\t\n\r -~\x80-\xff]")
_LINE = re.compile(rb"(?!From ).{0,77}[^ \t]|")
"""One that goes through any gateway as it is."""
_MAILS: Final = ("message/rfc822", "message/global")


@dataclass(frozen=True, slots=True)
class Answered:
    """The message that a mail answers: its Message-ID and those that it names itself, oldest first, all without angle
    brackets."""

    message_id: str
    references: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class File:
    """Something attached. `charset`: of a text, where it is known."""

    attachment: Attachment
    content: bytes
    charset: str = ""


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail to be handed over: `raw` is what is kept, with its Bcc."""

    message_id: str
    sender: str
    recipients: tuple[str, ...]
    raw: bytes

    @property
    def transmitted(self) -> bytes:
        """What others get (RFC 5322, 3.6.3)."""
        stop, pieces = 0, list[bytes]()
        for begin, stop in field_lines(self.raw, 0):
            if not self.raw[begin:stop].lower().startswith(b"bcc:"):
                pieces.append(self.raw[begin:stop])
        return b"".join([*pieces, self.raw[stop:]])


def message_id_of_key(key: str, address: str, mark: str = "") -> str:
    """The Message-ID of what is sent under a key, without angle brackets; `mark` tells another thing of the same key
    apart, such as a draft."""
    name = key if len(key) <= 100 and _KEY.fullmatch(key) else sha256(key.encode("utf-8", "replace")).hexdigest()
    domain = ascii_domain(address).rpartition("@")[2]
    return f"{name}{mark}@{domain if is_plain_id(domain) else 'sayso.invalid'}"


def letter(
    mail: OutgoingMail,
    me: Me,
    message_id: str,
    key: str,
    date: datetime,
    files: Sequence[bytes] = (),
    answered: Answered | None = None,
    draft: bytes | None = None,
) -> Letter:
    """The mail with its files. `draft`: the source of the user's own draft that it is made of, whose files go before
    the new ones, and whose text is kept as it is written there if it says the same. Raises Refused."""
    base = parse_mail(draft) if draft is not None else None
    everyone = checked((*mail.to, *mail.cc, *mail.bcc))
    head = b"".join([
        _beginning(me, mail.subject, message_id, key, date),
        *(line(name, people(who)) for name, who in (("To", mail.to), ("Cc", mail.cc), ("Bcc", mail.bcc)) if who),
        _threading(answered, base),
    ])  # fmt: skip
    new = [File(attachment, content) for attachment, content in zip(mail.attachments, files, strict=True)]
    raw = head + _entity(mail.body, new, base)
    return Letter(message_id, me.email, everyone, raw)


def calendar_letter(invitation: Invitation, me: Me, message_id: str, key: str, date: datetime) -> Letter:
    """A mail with a calendar object, which calendars take from its body and people as a file (RFC 6047, 2.4)."""
    everyone = checked(invitation.to)
    calendar = _encoded(f"text/calendar; charset=utf-8; method={invitation.method}", invitation.calendar)
    attachment = File(Attachment("invite.ics", "application/ics", len(invitation.calendar)), invitation.calendar)
    body = _multipart("mixed", [_multipart("alternative", [_text(invitation.body), calendar]), _file(attachment)])
    head = _beginning(me, invitation.subject, message_id, key, date) + line("To", people(invitation.to))
    return Letter(message_id, me.email, everyone, head + body)


def checked(who: Iterable[Person]) -> tuple[str, ...]:
    """The addresses of these people, each once. Raises Refused for one that is none."""
    addresses = list[str]()
    for person in who:
        if not is_plain_address(person.email):
            raise Refused(f"'{words(person.email)[:100]}' is not an address that a mail can go to; nothing was sent.")
        addresses.append(ascii_domain(person.email))
    return tuple(dict.fromkeys(addresses))


def answers_of(mail: Part) -> Answered | None:
    """How an answer to this mail names it; None where it has no Message-ID."""
    found = _ID.findall(mail.get("message-id"))
    references = _ID.findall(mail.get("references")) or _ID.findall(mail.get("in-reply-to"))[:1]
    return Answered(found[0], tuple(references)) if found else None


def _beginning(me: Me, subject: str, message_id: str, key: str, date: datetime) -> bytes:
    checked([me])
    return b"".join([
        line("From", people([me])),
        line("Subject", words(subject)),
        line("Date", format_datetime(date)),
        line("Message-ID", ids([message_id])),
        line(KEY_HEADER, words(key)),
        line("MIME-Version", "1.0"),
    ])  # fmt: skip


def _threading(answered: Answered | None, base: Part | None) -> bytes:
    """What is answered (RFC 5322, 3.6.4): as told, else as the draft says."""
    if answered is not None:
        named = [each for each in (*answered.references, answered.message_id) if is_plain_id(each)]
        nearest = [answered.message_id] if is_plain_id(answered.message_id) else []
    elif base is not None:
        nearest = [each for each in _ID.findall(base.get("in-reply-to")) if is_plain_id(each)][:1]
        named = [each for each in _ID.findall(base.get("references")) if is_plain_id(each)] or nearest
    else:
        return b""
    named = list(dict.fromkeys(named))
    named = named[:1] + named[1:][-(MAX_REFERENCES - 1) :]
    told = (("In-Reply-To", nearest), ("References", named))
    return b"".join(line(name, ids(each)) for name, each in told if each)


def _entity(body: str, new: Sequence[File], base: Part | None) -> bytes:
    """The content of a mail with its own headers (RFC 2045, 3)."""
    contents = contents_of(base) if base is not None else None
    if base is not None and contents is not None:
        own = _own_entity(base)
        if own is not None and contents.body().split() == body.split():
            return _multipart("mixed", [own, *map(_file, new)]) if new else own
        new = [*map(_file_of, contents.files), *new]
    text = _text(body)
    return _multipart("mixed", [text, *map(_file, new)]) if new else text


def _own_entity(base: Part) -> bytes | None:
    """The content of a draft as it is, if it can be sent so."""
    told = [base.raw[begin:stop] for begin, stop in field_lines(base.raw[: base.body], base.start)]
    head = b"".join(each for each in told if each.lower().startswith(b"content-"))
    return _transportable(head + b"\r\n" + base.content) if head.isascii() else None


def _file_of(part: Part) -> File:
    return File(Attachment(name_of(part), part.media_type, part.size), part.decoded(), part.charset)


def _text(body: str) -> bytes:
    content = body.replace("\r\n", "\n").replace("\r", "\n").encode("utf-8", "replace")
    lines = content.removesuffix(b"\n").split(b"\n")
    if content.isascii() and not _OTHER_CONTROLS.search(content) and all(map(_LINE.fullmatch, lines)):
        head = b'Content-Type: text/plain; charset="utf-8"\r\nContent-Transfer-Encoding: 7bit\r\n\r\n'
        return head + b"\r\n".join(lines) + b"\r\n"
    part = MIMEPart(SMTP)
    few = sum(byte > 127 for byte in content) * 4 < len(content)
    part.set_content(content.decode(), charset="utf-8", cte="quoted-printable" if few else "base64")
    return part.as_bytes()


def _file(file: File) -> bytes:
    attachment, content = file.attachment, file.content
    media_type = attachment.media_type.lower()
    if not _TYPE.fullmatch(media_type) or media_type.startswith("multipart/"):
        media_type = "application/octet-stream"
    named = parameter("name", attachment.name)
    disposed = line("Content-Disposition", "attachment" + parameter("filename", attachment.name))
    if media_type in _MAILS:
        whole = _transportable(content)
        if whole is not None:  # it may not be encoded (RFC 2046, 5.2.1)
            told = b"" if whole.isascii() else b"Content-Transfer-Encoding: 8bit\r\n"
            return line("Content-Type", media_type + named) + disposed + told + b"\r\n" + whole
        media_type = "application/octet-stream"
    return _encoded(media_type + _charset(media_type, file) + named, content, disposed)


def _charset(media_type: str, file: File) -> str:
    if not media_type.startswith("text/"):
        return ""
    if re.fullmatch(r"[A-Za-z0-9_.:+-]{1,40}", file.charset):
        return f"; charset={file.charset}"
    try:
        file.content.decode()
    except UnicodeDecodeError:
        return ""
    return "; charset=utf-8"


def _encoded(content_type: str, content: bytes, more: bytes = b"") -> bytes:
    head = line("Content-Type", content_type) + more + b"Content-Transfer-Encoding: base64\r\n\r\n"
    return head + body_encode(content, eol="\r\n").encode()


def _multipart(kind: str, parts: Sequence[bytes]) -> bytes:
    boundary = sha256(b"\0".join(parts)).hexdigest()[:40].encode()
    eight = b"" if all(map(bytes.isascii, parts)) else b"Content-Transfer-Encoding: 8bit\r\n"  # RFC 2045, 6.4
    return b"".join([
        b'Content-Type: multipart/%s;\r\n boundary="=_%s"\r\n%s\r\n' % (kind.encode(), boundary, eight),
        *(b"--=_%s\r\n%s\r\n" % (boundary, part) for part in parts),
        b"--=_%s--\r\n" % boundary,
    ])  # fmt: skip


def _transportable(content: bytes) -> bytes | None:
    """The same with CRLF at its line ends, or None where SMTP would change it (RFC 5321, 2.3.7 and 4.5.3.1.6)."""
    whole = content.replace(b"\r\n", b"\n")
    if b"\r" in whole or b"\0" in whole or any(len(each) > MAX_LINE for each in whole.split(b"\n")):
        return None
    return whole.replace(b"\n", b"\r\n")


def wire_form(raw: bytes) -> bytes:
    """A mail as it goes through SMTP before dots are doubled: each line ends with CRLF (RFC 5321, 2.3.8)."""
    whole = _LINE_END.sub(b"\r\n", raw)
    return whole if whole.endswith(b"\r\n") else whole + b"\r\n"
