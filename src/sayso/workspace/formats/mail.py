"""Mails (RFC 5322) to messages, and back: read leniently, since real mailboxes hold every mistake there is."""

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.errors import HeaderParseError
from email.header import Header, decode_header, make_header
from email.message import Message as Mail
from email.mime.base import MIMEBase
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.utils import format_datetime, getaddresses, parsedate_to_datetime

from sayso.base import sizes
from sayso.workspace.errors import Refused
from sayso.workspace.formats.charset import known_charset, text_of
from sayso.workspace.formats.html import html_to_text
from sayso.workspace.formats.mime import addresses
from sayso.workspace.people import NOBODY, Me
from sayso.workspace.types import SYSTEM_LABELS, Attachment, Message, Person

MAX_BODY = 4 * sizes.IMPORTED["body"]
CUT = "[The rest of this text is too long to be kept.]"
_MAX_TEXT = 50_000
_MAX_PEOPLE = 10_000
_MOST_COMMAS = 3  # in a name
_GMAIL = {label: label for label in SYSTEM_LABELS} | {"draft": "drafts"}
_PLACES = {label: label.capitalize() for label in SYSTEM_LABELS}
_NO_LABELS = ("opened", "archived", "important", "unread")
_ID = re.compile(r"<([^<>\s]+)>")
_NOT_PLAIN = re.compile(r'[<>"()\\:;]')
_ADDRESS = re.compile(r"^[^\s@,;<>\"]+@[^\s@,;<>\"]+$")
"""What a reply can go to; anything else in Reply-To is as good as none."""


@dataclass(frozen=True, slots=True)
class Parsed:
    """A message in no conversation yet."""

    message: Message
    header: str
    """Its Message-ID without the angle brackets, or an empty text."""
    answers: tuple[str, ...]
    """The Message-IDs that it names, nearest first."""


def parse_message(mail: Mail, me: Me, message_id: str, received: datetime | None) -> Parsed:
    """The message of a mail, as `parse_mail` gives it. `received`: when it came, for one without a date of its own."""
    sender = next(iter(parse_people(mail, "From")), Person(NOBODY, "Unknown sender"))
    receivers = {name: tuple(parse_people(mail, name)) for name in ("To", "Cc", "Bcc")}
    to_me = any(map(me.among, receivers.values()))
    labels, unread = _parse_labels(mail, me.owns(sender.email), to_me)
    header = str(mail.get("Message-ID", ""))
    references = [_ID.findall(str(mail.get(name, ""))) for name in ("In-Reply-To", "References")]
    message = Message(
        id=message_id,
        thread_id="",
        sender=sender,
        to=receivers["To"],
        cc=receivers["Cc"],
        bcc=receivers["Bcc"],
        subject=_text(mail, "Subject"),
        date=parse_date(mail, received),
        body=_body(mail),
        unread=unread,
        labels=labels,
        attachments=tuple(_attachments(mail)),
        revision="1",
        reply_to=tuple(who for who in parse_people(mail, "Reply-To") if _ADDRESS.fullmatch(who.email)),
    )
    return Parsed(
        message, next(iter(_ID.findall(header)), "") or header.strip(), (*references[0], *references[1][::-1])
    )


def format_message(message: Message, header: str, answered: str | None) -> Mail:
    """The mail of a message; `header` is its Message-ID, `answered` that of the message that it answers. Of attachments
    only the names are known."""
    text = MIMEText(message.body, "plain", "utf-8")
    mail: Mail = text
    if message.attachments:
        mail = MIMEMultipart()
        mail.attach(text)
        for attachment in message.attachments:
            main, _, sub = attachment.media_type.partition("/")
            part = MIMEBase(main or "application", sub or "octet-stream")
            part.add_header("Content-Disposition", "attachment", filename=attachment.name, size=str(attachment.size))
            mail.attach(part)
    mail["From"] = _format_people((message.sender,))
    for name, people in (("Reply-To", message.reply_to), ("To", message.to), ("Cc", message.cc), ("Bcc", message.bcc)):
        if people:
            mail[name] = _format_people(people)
    mail["Subject"] = Header(message.subject, "utf-8").encode()
    mail["Date"] = format_datetime(message.date)
    mail["Message-ID"] = f"<{header}>"
    if answered is not None:
        mail["In-Reply-To"] = f"<{answered}>"
    mail["X-Gmail-Labels"] = _format_labels(message)
    return mail


def parse_people(mail: Mail, name: str) -> list[Person]:
    """The people of a header. Names are decoded after the commas are found, since they may hold some."""
    pieces = [piece for value in mail.get_all(name, []) for piece in addresses(str(value))]
    if len(pieces) > _MAX_PEOPLE:
        raise Refused(f"its {name} names more than {_MAX_PEOPLE:,} people.")
    found = [person for piece in _quoted(pieces) for person in getaddresses([piece])]
    return [Person(" ".join(address.split()), _words(display)) for display, address in found if address.strip()]


def _quoted(pieces: Iterable[str]) -> Iterator[str]:
    """Pieces of a header, cut at its commas, with quotes where a name lacks them: `Lund, Mara <m@x>`, `a@x <b@y>`."""
    begun = list[str]()
    for piece in pieces:
        if "@" not in piece and not _NOT_PLAIN.search(piece):
            begun.append(piece.strip())
            if len(begun) > _MOST_COMMAS:
                yield begun.pop(0)
            continue
        name, _, rest = piece.partition("<")
        plain = not _NOT_PLAIN.search(name) and "@" in rest and rest.rstrip().endswith(">")
        if plain and (begun or "@" in name):
            yield f'"{", ".join([*begun, name.strip()])}" <{rest}'
        else:
            yield from [*begun, piece]
        begun.clear()
    yield from begun


def _format_people(people: tuple[Person, ...]) -> str:
    named = (f"{Header(who.name, 'utf-8').encode()} <{who.email}>" if who.name else who.email for who in people)
    return ", ".join(named)


def _text(mail: Mail, name: str) -> str:
    """A header decoded; one in a broken encoding as it is. Raises Refused when it is too long for that."""
    value = str(mail.get(name, ""))
    if len(value) > _MAX_TEXT:
        raise Refused(f"its {name} is longer than {_MAX_TEXT:,} characters.")
    return _words(value)


def _words(value: str) -> str:
    with suppress(HeaderParseError, LookupError, UnicodeError, ValueError):
        found = [(part, known_charset(charset) if charset else charset) for part, charset in decode_header(value)]
        value = str(make_header(found))
    return " ".join(value.split())


def parse_date(mail: Mail, received: datetime | None) -> datetime:
    """When it was sent, else `received`, in UTC. Raises Refused; OverflowError for what is before year 1 there."""
    with suppress(ArithmeticError, TypeError, ValueError):
        return _in_utc(parsedate_to_datetime(str(mail["Date"])))
    if received is None:
        raise Refused("it has no date.")
    return _in_utc(received)


def _in_utc(found: datetime) -> datetime:
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)


def _parse_labels(mail: Mail, mine: bool, to_me: bool) -> tuple[tuple[str, ...], bool]:
    """The labels, and whether it is unread, from what mail programs and Gmail's export write."""
    if "X-Gmail-Labels" in mail:
        named = [label.strip() for label in _text(mail, "X-Gmail-Labels").split(",") if label.strip()]
        kept = [_GMAIL.get(label.lower(), label) for label in named if label.lower() not in _NO_LABELS]
        kept = [label for label in kept if not label.lower().startswith("category ")]
        return tuple(dict.fromkeys(kept)), "unread" in map(str.lower, named)
    flags = f"{mail.get('Status', '')}{mail.get('X-Status', '')}".upper()
    place = "drafts" if "T" in flags else "trash" if "D" in flags else "sent" if mine else "inbox"
    labels = (place, *(["inbox"] if place == "sent" and to_me else []), *(["starred"] if "F" in flags else []))
    return labels, "Status" in mail and "R" not in flags


def _format_labels(message: Message) -> str:
    labels = [_PLACES.get(label, label) for label in message.labels] + (["Unread"] if message.unread else [])
    return Header(",".join(labels), "utf-8").encode()


def _body(mail: Mail) -> str:
    """The plain text, or the text of the HTML when there is no other."""
    parts = [part for part in mail.walk() if not part.is_multipart() and not _is_attachment(part)]
    plain = _texts(parts, "text/plain")
    if any(text.strip() for text in plain) or not parts:
        return "\n".join(plain)
    html = _texts(parts, "text/html")
    return "\n\n".join(html_to_text(text) for text in html) if html else "\n".join(plain)


def _texts(parts: list[Mail], kind: str) -> list[str]:
    """The texts of that kind; behind what all together may be longer than a body is kept, only that there is more."""
    texts, left = list[str](), MAX_BODY
    for part in parts:
        if part.get_content_type() == kind:
            texts.append(_decoded(part, left))
            left = max(0, left - len(texts[-1]))
    return texts


def _decoded(part: Mail, most: int) -> str:
    payload = part.get_payload(decode=True)
    content = payload if isinstance(payload, bytes) else b""
    text = text_of(content[:most], part.get_content_charset("utf-8")).replace("\r\n", "\n")
    return text if len(content) <= most else f"{text}\n{CUT}"


def _is_attachment(part: Mail) -> bool:
    """Whatever is not shown as the mail's text, also where it has no name."""
    shown = part.get_content_type() in ("text/plain", "text/html")
    return not shown or part.get_content_disposition() == "attachment" or bool(_file_name(part))


def _file_name(part: Mail) -> str:
    """The name as it is told, or none where it cannot be read."""
    with suppress(LookupError, ValueError):
        return _words(part.get_filename() or "")
    return ""


def _attachments(mail: Mail) -> Iterator[Attachment]:
    for part in mail.walk():
        if not part.is_multipart() and _is_attachment(part):
            size = str(part.get_param("size", "", "content-disposition"))
            told = size.isascii() and size.isdigit() and len(size) < 16
            length = int(size) if told else _length(part)
            yield Attachment(_file_name(part) or "attachment", part.get_content_type(), length)


def _length(part: Mail) -> int:
    """How many bytes the part has; of base64 counted, not decoded."""
    payload = part.get_payload()
    if isinstance(payload, str) and str(part.get("Content-Transfer-Encoding", "")).strip().lower() == "base64":
        signs = len(payload) - sum(map(payload.count, " \t\r\n"))
        return max(0, signs * 3 // 4 - payload[-100:].count("="))
    content = part.get_payload(decode=True)
    return len(content) if isinstance(content, bytes) else 0
