"""The bytes of a mail, changed no more than need be."""

from dataclasses import replace
from email.generator import BytesGenerator
from email.message import Message as Mail
from hashlib import sha256
from io import BytesIO

from sayso.workspace.formats.mail import format_message, message_id_of
from sayso.workspace.formats.mail_labels import KEEPERS, format_labels
from sayso.workspace.formats.mail_text import contents_of
from sayso.workspace.formats.mime import Part, field_lines, parse_mail
from sayso.workspace.types import Message

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


def with_files(message: Message, header: str, answered: str | None, source: bytes) -> bytes | None:
    """The mail of a message with the files of another mail, byte for byte; None where that one has none."""
    mail = parse_mail(source)
    files = [_as_part(part) for part in contents_of(mail).files]
    if not files:
        return None
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
