"""Mails (RFC 5322) to messages, and back: read leniently, since real mailboxes hold every mistake there is."""

import re
from dataclasses import dataclass
from datetime import datetime
from email.header import Header
from email.message import Message as Mail
from email.mime.base import MIMEBase
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.utils import format_datetime
from itertools import islice

from sayso.base import sizes
from sayso.workspace.formats.addresses import people_of
from sayso.workspace.formats.attachments import name_of
from sayso.workspace.formats.mail_date import date_of
from sayso.workspace.formats.mail_labels import Keeping, format_labels, labels_of
from sayso.workspace.formats.mail_text import contents_of
from sayso.workspace.formats.mime import Part
from sayso.workspace.people import NOBODY, Me
from sayso.workspace.types import Attachment, Message, Person

_ID = re.compile(r"<([^<>\s]+)>")
_ADDRESS = re.compile(r"^[^\s@,;<>\"]+@[^\s@,;<>\"]+$")
"""What a reply can go to; anything else in Reply-To is as good as none."""


@dataclass(frozen=True, slots=True)
class Parsed:
    """A message in no conversation yet."""

    message: Message
    header: str
    """Its Message-ID without the angle brackets, or what an export of ours says in its place, or an empty text."""
    answers: tuple[str, ...]
    """The Message-IDs that it names, nearest first."""


def parse_message(mail: Part, me: Me, message_id: str, date: datetime, keeping: Keeping) -> Parsed:
    """The message of a mail, as `parse_mail` gives it. `date`: that of `parse_date`, or another where it finds none."""
    senders = (person for name in ("From", "Sender", "Return-Path") for person in parse_people(mail, name))
    sender = next(senders, Person(NOBODY, "Unknown sender"))
    receivers = {name: tuple(parse_people(mail, name)) for name in ("To", "Cc", "Bcc")}
    labels, unread = labels_of(mail, keeping, me.owns(sender.email), any(map(me.among, receivers.values())))
    contents = contents_of(mail)
    message = Message(
        id=message_id,
        thread_id="",
        sender=sender,
        to=receivers["To"],
        cc=receivers["Cc"],
        bcc=receivers["Bcc"],
        subject=mail.text("subject"),
        date=date,
        body=contents.body(),
        unread=unread,
        labels=labels,
        attachments=tuple(map(attachment_of, contents.files)),
        revision="1",
        reply_to=tuple(who for who in parse_people(mail, "Reply-To") if _ADDRESS.fullmatch(who.email)),
    )
    references = [_ID.findall(" ".join(mail.all(name))) for name in ("in-reply-to", "references")]
    known_by = next(iter(_ID.findall(mail.get("x-sayso-id"))), "") or message_id_of(mail)
    return Parsed(message, known_by, (*references[0], *references[1][::-1]))


def message_id_of(mail: Part) -> str:
    """Its Message-ID without the angle brackets, or an empty text."""
    header = mail.get("message-id")
    return next(iter(_ID.findall(header)), "") or header.strip()


def parse_date(mail: Part, received: datetime | None) -> datetime | None:
    """When it was sent, else `received`, else when a server took it in: in UTC."""
    sent = (date_of(value) for value in mail.all("date"))
    stamps = (value.rpartition(";")[2] for name in ("delivery-date", "received") for value in mail.all(name))
    return (
        next((date for date in sent if date), None)
        or received
        or next((date for date in map(date_of, stamps) if date), None)
    )


def parse_people(mail: Part, name: str) -> list[Person]:
    """The people of a header: one more than are kept, where there are so many."""
    people = (person for value in mail.all(name.lower()) for person in people_of(value))
    return list(islice(people, sizes.IMPORTED["to"] + 1))


def attachment_of(part: Part) -> Attachment:
    told = part.disposed.get("size", "")
    size = int(told) if not part.size and told.isascii() and told.isdigit() and len(told) < 16 else part.size
    return Attachment(name_of(part), part.media_type, size)


def format_message(message: Message, header: str, answered: str | None) -> Mail:
    """The mail of a message; `header` is its Message-ID, `answered` that of the message that it answers. Of attachments
    only the names are known."""
    text = MIMEText(message.body, "plain", "utf-8")
    mail: Mail = text
    if message.attachments:
        mail = MIMEMultipart()
        mail.attach(text)
        for attachment in message.attachments:
            mail.attach(empty_part(attachment))
    mail["From"] = _format_people((message.sender,))
    for name, people in (("Reply-To", message.reply_to), ("To", message.to), ("Cc", message.cc), ("Bcc", message.bcc)):
        if people:
            mail[name] = _format_people(people)
    mail["Subject"] = Header(message.subject, "utf-8").encode()
    mail["Date"] = format_datetime(message.date)
    mail["Message-ID"] = f"<{header}>"
    if answered is not None:
        mail["In-Reply-To"] = f"<{answered}>"
    mail["X-Gmail-Labels"] = format_labels(message)
    return mail


def empty_part(attachment: Attachment) -> MIMEBase:
    """A part of a mail that says what is attached, and not what is in it."""
    main, _, sub = attachment.media_type.partition("/")
    part = MIMEBase(main or "application", sub or "octet-stream")
    part.set_payload("")
    part.add_header("Content-Disposition", "attachment", filename=attachment.name, size=str(attachment.size))
    return part


def _format_people(people: tuple[Person, ...]) -> str:
    named = (f"{Header(who.name, 'utf-8').encode()} <{who.email}>" if who.name else who.email for who in people)
    return ", ".join(named)
