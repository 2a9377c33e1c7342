"""The bytes of a mail, changed no more than need be."""

from base64 import encodebytes
from collections.abc import Sequence
from dataclasses import replace
from email.generator import BytesGenerator
from email.message import Message as Mail
from hashlib import sha256
from io import BytesIO
from unicodedata import category

from sayso.workspace.formats.mail import attachment_of, empty_part, format_message, message_id_of
from sayso.workspace.formats.mail_labels import KEEPERS, format_labels
from sayso.workspace.formats.mail_text import contents_of
from sayso.workspace.formats.mime import Part, field_lines, parse_mail
from sayso.workspace.types import Attachment, Message

_MAILS = ("message/rfc822", "message/global", "message/news")
"""What is attached as it is (RFC 2046, 5.2.1): other programs look into it."""
_KEEPERS = {name.encode() for name in KEEPERS}


def written(mail: Mail) -> bytes:
    content = BytesIO()
    BytesGenerator(content, mangle_from_=False, maxheaderlen=0).flatten(mail)
    return content.getvalue()


def relabeled(source: bytes, message: Message, header: str) -> bytes:
    """The mail with our labels in the place of those that it came with, and with its `header`, by which we know it, if
    it is not its Message-ID."""
    pieces, end = list[bytes](), 0
    for begin, stop in field_lines(source, 0):
        end = stop
        if source[begin:stop].partition(b":")[0].strip().lower() not in _KEEPERS:
            pieces.append(source[begin:stop])
    line_end = b"\r\n" if source[:end].endswith(b"\r\n") else b"\n"
    if pieces and not pieces[-1].endswith(b"\n"):
        pieces.append(line_end)
    pieces.append(b"X-Gmail-Labels: " + format_labels(message).encode() + line_end)
    told = message_id_of(parse_mail(source[:end]))
    if told != header:
        name = b"X-Sayso-ID" if told else b"Message-ID"
        pieces.append(b"%s: <%s>%s" % (name, header.encode(), line_end))
    return b"".join([*pieces, source[end:]])


def files_of(source: bytes) -> list[bytes]:
    """What is attached to a mail, each as a part of one, byte for byte."""
    return [_as_part(part) for part in contents_of(parse_mail(source)).files]


def file_part(attachment: Attachment, content: bytes | None) -> bytes:
    """A file as a part of a mail, of whose header what cannot stand in one is left out; without `content`, its name."""
    name = "".join("_" if category(char) in ("Cc", "Cs", "Zl", "Zp") else char for char in attachment.name)
    media_type = attachment.media_type.lower()
    if not media_type.isascii() or media_type.startswith("multipart/"):
        media_type = "application/octet-stream"
    size = attachment.size if content is None else len(content)
    head = written(empty_part(Attachment(name, media_type, size))).rstrip(b"\n") + b"\n"
    if content is None or media_type in _MAILS:
        return head + b"\n" + (content or b"")
    return head + b"Content-Transfer-Encoding: base64\n\n" + encodebytes(content)


def named_in(parts: Sequence[bytes]) -> tuple[Attachment, ...]:
    """The attachments that these parts of a mail are."""
    return tuple(attachment_of(parse_mail(part)) for part in parts)


def with_files(message: Message, header: str, answered: str | None, files: Sequence[bytes]) -> bytes:
    """The mail of a message with files, which are parts of a mail."""
    plain = written(format_message(replace(message, attachments=()), header, answered))
    lines = [plain[begin:stop] for begin, stop in field_lines(plain, 0)]
    body = plain[sum(map(len, lines)) :]
    told = [line for line in lines if line.lower().startswith(b"content-")]
    parts = [b"".join(told) + body, *files]
    boundary = sha256(b"".join(parts)).hexdigest().encode()
    return b"".join([
        *(line for line in lines if line not in told),
        b'Content-Type: multipart/mixed; boundary="%s"\n\n' % boundary,
        *(b"--%s\n%s\n" % (boundary, part) for part in parts),
        b"--%s--\n" % boundary,
    ])  # fmt: skip


def _as_part(part: Part) -> bytes:
    """The part with its headers; of one that is all of a mail, with those that tell of the part."""
    told = b"" if part.has("content-type") else b"Content-Type: %s\n" % part.media_type.encode()
    lines = (part.raw[begin:stop] for begin, stop in field_lines(part.raw[: part.body], part.start))
    told += b"".join(line for line in lines if line.lower().startswith(b"content-"))
    return told + b"\n" + part.content
