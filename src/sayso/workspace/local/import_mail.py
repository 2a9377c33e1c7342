"""mbox files into messages: parsed leniently, since real mailboxes hold every mistake there is."""

import mailbox
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import Message as Mail
from email.utils import getaddresses, parsedate_to_datetime
from pathlib import Path

from sqlalchemy import insert, select

from sayso.store.workspace_tables import local_messages as messages
from sayso.workspace.local.html_text import html_to_text
from sayso.workspace.local.importing import Import, digest, stored_uid
from sayso.workspace.local.mail_rows import SYSTEM_LABELS, message_row, topic_of
from sayso.workspace.local.people import same_address
from sayso.workspace.types import Attachment, Message, Person

_BATCH = 500
_GMAIL = {label: label for label in SYSTEM_LABELS} | {"draft": "drafts"}
_NO_LABELS = ("opened", "archived", "important", "unread")
_ID = re.compile(r"<([^<>\s]+)>")


@dataclass(frozen=True, slots=True)
class _Parsed:
    """A message before its conversation is known, with the Message-IDs that it names, nearest first."""

    message: Message
    header: str
    answers: tuple[str, ...]
    is_reply: bool


def read(job: Import, path: Path) -> None:
    with path.open("rb") as file:
        if file.read(5) != b"From ":
            job.problem("the file", "it is not an mbox: its first line does not begin with 'From '.")
            return
    box = mailbox.mbox(path, create=False)
    try:
        parsed = sorted(_parse_all(job, box), key=lambda item: item.message.date)
    finally:
        box.close()
    threads = _Threads(job)
    rows = []
    for item in parsed:
        if item.header in threads.places:
            job.report.known += 1
        else:
            rows.append(message_row(job.user_id, threads.placed(item), item.header))
    for begin in range(0, len(rows), _BATCH):
        job.conn.execute(insert(messages), rows[begin : begin + _BATCH])
    job.report.messages += len(rows)


def _parse_all(job: Import, box: mailbox.mbox) -> Iterator[_Parsed]:
    for number, key in enumerate(box.iterkeys(), 1):
        try:
            yield _parse(job, box[key], box.get_bytes(key))
        except (ValueError, LookupError, TypeError, AttributeError, HeaderParseError) as error:
            job.problem(f"message {number}", error)


def _parse(job: Import, mail: "mailbox.mboxMessage", raw: bytes) -> _Parsed:
    sender = next(iter(_people(mail, "From")), Person("unknown@invalid", "Unknown sender"))
    subject = _text(mail, "Subject")
    labels, unread = _labels(mail, same_address(sender.email, job.me.email))
    header = next(iter(_ID.findall(str(mail.get("Message-ID", "")))), "") or str(mail.get("Message-ID", "")).strip()
    references = [
        *_ID.findall(str(mail.get("In-Reply-To", ""))),
        *reversed(_ID.findall(str(mail.get("References", "")))),
    ]
    message = Message(
        id=job.ids.new("msg"),
        thread_id="",
        sender=sender,
        to=tuple(_people(mail, "To")),
        cc=tuple(_people(mail, "Cc")),
        bcc=tuple(_people(mail, "Bcc")),
        subject=subject,
        date=_date(mail),
        body=_body(mail),
        unread=unread,
        labels=labels,
        attachments=tuple(_attachments(mail)),
        revision="1",
    )
    return _Parsed(
        message,
        stored_uid(header) if header else digest(raw.decode("latin-1")),
        tuple(stored_uid(reference) for reference in references),
        topic_of(subject) != " ".join(subject.casefold().split()),
    )


class _Threads:
    """Which conversation a message belongs to: the one it answers, else, for a `Re:`, the last of its subject."""

    def __init__(self, job: Import) -> None:
        self._ids = job.ids
        columns = (messages.c.message_id, messages.c.id, messages.c.thread_id, messages.c.topic)
        rows = job.conn.execute(
            select(*columns).where(messages.c.user_id == job.user_id).order_by(messages.c.date)
        ).all()
        self.places = {row.message_id: (row.id, row.thread_id) for row in rows}
        self._topics = {row.topic: row.thread_id for row in rows}
        self._unseen: dict[str, str] = {}

    def placed(self, item: _Parsed) -> Message:
        parent_id, thread_id = "", ""
        found = [self.places[header] for header in item.answers if header in self.places]
        topic = topic_of(item.message.subject)
        if found:
            thread_id = found[0][1]
            parent_id = found[0][0] if item.answers[0] in self.places else ""
        elif item.answers:
            thread_id = next((self._unseen[name] for name in item.answers if name in self._unseen), "")
        elif item.is_reply and topic:
            thread_id = self._topics.get(topic, "")
        thread_id = thread_id or self._ids.new("thr")
        self._unseen |= {header: thread_id for header in item.answers if header not in self.places}
        self.places[item.header] = (item.message.id, thread_id)
        self._topics[topic] = thread_id
        return replace(item.message, thread_id=thread_id, in_reply_to=parent_id)


def _text(mail: Mail, name: str) -> str:
    """A header decoded; one in a broken encoding as it is."""
    value = str(mail.get(name, ""))
    with suppress(HeaderParseError, LookupError, UnicodeError, ValueError):
        value = str(make_header(decode_header(value)))
    return " ".join(value.split())


def _people(mail: Mail, name: str) -> list[Person]:
    """The people of a header. Names are decoded after the commas are found, since they may hold some."""
    people = []
    for display, address in getaddresses([str(value) for value in mail.get_all(name, [])]):
        if address:
            holder = Mail()
            holder["X"] = display
            people.append(Person(address, _text(holder, "X")))
    return people


def _date(mail: "mailbox.mboxMessage") -> datetime:
    try:
        found = parsedate_to_datetime(str(mail["Date"]))
    except (TypeError, ValueError):
        found = _delivered(" ".join(mail.get_from().split()[1:]))
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)


def _delivered(stamp: str) -> datetime:
    """The time of an mbox's From line, as mail programs write it, or Gmail's export. Raises ValueError."""
    for form in ("%a %b %d %H:%M:%S %Y", "%a %b %d %H:%M:%S %z %Y"):
        with suppress(ValueError):
            return datetime.strptime(stamp, form)  # noqa: DTZ007
    raise ValueError("it has no date.")


def _labels(mail: "mailbox.mboxMessage", mine: bool) -> tuple[tuple[str, ...], bool]:
    """The labels, and whether it is unread, from what mail programs and Gmail's export write."""
    if "X-Gmail-Labels" in mail:
        named = [label.strip() for label in _text(mail, "X-Gmail-Labels").split(",") if label.strip()]
        kept = [_GMAIL.get(label.lower(), label) for label in named if label.lower() not in _NO_LABELS]
        kept = [label for label in kept if not label.lower().startswith("category ")]
        return tuple(dict.fromkeys(kept)), "unread" in map(str.lower, named)
    flags = f"{mail.get('Status', '')}{mail.get('X-Status', '')}".upper()
    place = "drafts" if "T" in flags else "trash" if "D" in flags else "sent" if mine else "inbox"
    labels = (place, "starred") if "F" in flags else (place,)
    return labels, "Status" in mail and "R" not in flags


def _body(mail: Mail) -> str:
    """The plain text, or the text of the HTML when there is no other."""
    parts = [part for part in mail.walk() if not part.is_multipart() and not _is_attachment(part)]
    plain = [_decoded(part) for part in parts if part.get_content_type() == "text/plain"]
    if any(text.strip() for text in plain) or not parts:
        return "\n".join(plain)
    html = [_decoded(part) for part in parts if part.get_content_type() == "text/html"]
    return "\n\n".join(html_to_text(text) for text in html) if html else "\n".join(plain)


def _decoded(part: Mail) -> str:
    payload = part.get_payload(decode=True)
    content = payload if isinstance(payload, bytes) else b""
    try:
        text = content.decode(part.get_content_charset("utf-8"))
    except (LookupError, UnicodeDecodeError):
        text = content.decode("utf-8", "replace")
    return text.replace("\r\n", "\n")


def _is_attachment(part: Mail) -> bool:
    return part.get_content_disposition() == "attachment" or bool(part.get_filename())


def _attachments(mail: Mail) -> Iterator[Attachment]:
    for part in mail.walk():
        if not part.is_multipart() and _is_attachment(part):
            holder = Mail()
            holder["X"] = part.get_filename() or "attachment"
            payload = part.get_payload(decode=True)
            size = str(part.get_param("size", "", "content-disposition"))
            length = int(size) if size.isdigit() else len(payload) if isinstance(payload, bytes) else 0
            yield Attachment(_text(holder, "X"), part.get_content_type(), length)
