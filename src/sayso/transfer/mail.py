"""mbox files into messages: parsed leniently, since real mailboxes hold every mistake there is."""

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import Message as Mail
from email.utils import getaddresses, parsedate_to_datetime
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

from sqlalchemy import insert, select

from sayso.base import sizes
from sayso.store.gateway import ReadConn, WriteConn, each
from sayso.store.types import clean
from sayso.store.workspace_tables import local_messages as messages
from sayso.transfer.job import BAD, NOBODY, Import, Insert, digest_of, stored_uid
from sayso.transfer.scratch import Scratch
from sayso.workspace.errors import Refused
from sayso.workspace.formats.charset import known_charset, text_of
from sayso.workspace.formats.html import html_to_text
from sayso.workspace.formats.mime import addresses, parse_mail
from sayso.workspace.local.mail_rows import SYSTEM_LABELS, message_row, topic_of
from sayso.workspace.people import same_address
from sayso.workspace.types import Attachment, Message, Person

_PIECE = 65_536
_MAX_BODY = 4 * sizes.IMPORTED["body"]
_MAX_REFERENCES = 100
CUT = "[The rest of this text is too long to be kept.]"
_TABLES = (
    "found (number, date, line, start, stop)",
    "places (header PRIMARY KEY, id, thread)",
    "topics (topic PRIMARY KEY, thread)",
    "unseen (header PRIMARY KEY, thread)",
)
_GMAIL = {label: label for label in SYSTEM_LABELS} | {"draft": "drafts"}
_NO_LABELS = ("opened", "archived", "important", "unread")
_MAX_TEXT = 50_000
_MAX_PEOPLE = 10_000
_MOST_COMMAS = 3  # in a name
_ID = re.compile(r"<([^<>\s]+)>")
_NOT_PLAIN = re.compile(r'[<>"()\\:;]')
_ADDRESS = re.compile(r"^[^\s@,;<>\"]+@[^\s@,;<>\"]+$")
"""What a reply can go to; anything else in Reply-To is as good as none."""


@dataclass(frozen=True, slots=True)
class _Parsed:
    """A message before its conversation is known, with the Message-IDs that it names, nearest first."""

    message: Message
    header: str
    answers: tuple[str, ...]
    is_reply: bool


@dataclass(frozen=True, slots=True)
class _Raw:
    """A message in its file: its number there, its From line, and where the rest of it is."""

    file: BinaryIO
    number: int
    line: str
    start: int
    stop: int

    def pieces(self) -> Iterator[bytes]:
        left = self.stop - self.start
        self.file.seek(self.start)
        while left > 0 and (piece := self.file.read(min(left, _PIECE))):
            left -= len(piece)
            yield piece


def read(job: Import, path: Path) -> None:
    with path.open("rb") as file, closing(Scratch(*_TABLES)) as scratch:
        if file.read(5) != b"From ":
            job.problem("the file", "it is not an mbox: its first line does not begin with 'From '.")
            return
        total = _find_all(file, scratch)
        threads, done = _Threads(job, scratch), 0
        # By date, whatever the order in the file: so that a message comes before its answers.
        found = scratch.run("SELECT number, line, start, stop FROM found ORDER BY date, number")
        for batch in job.batches((_Raw(file, *row) for row in found), lambda raw: min(raw.stop - raw.start, _MAX_BODY)):
            done += len(batch)
            job.write("messages", _inserts(job, threads, batch), done / total)


def _find_all(file: BinaryIO, scratch: Scratch) -> int:
    """Note where each message is, and its date; how many there are. One pass, a line at a time."""
    number = position = begin = 0
    line, head = b"", bytearray()
    in_head = whole = True
    empty = False

    def note() -> None:
        text = line.decode("latin-1")
        values = number, _order(bytes(head), text), text, begin, position - empty
        scratch.run("INSERT INTO found VALUES (?, ?, ?, ?, ?)", *values)

    file.seek(0)
    while piece := file.readline(_PIECE):
        if whole and piece.startswith(b"From "):
            if number:
                note()
            number, line, begin = number + 1, piece[:1000], position + len(piece)
            head.clear()
            in_head = True
        elif in_head and number:
            in_head = bool(piece.strip()) and len(head) < _PIECE
            head += piece
        empty = whole and piece == b"\n"
        whole = piece.endswith(b"\n")
        position += len(piece)
    note()
    return number


def _order(head: bytes, line: str) -> float:
    """The date of a message in seconds since 1970; of one without a date, 0."""
    try:
        return _date(parse_mail([head]), line).timestamp()
    except BAD:
        return 0.0


def _inserts(job: Import, threads: "_Threads", batch: list[_Raw]) -> list[Insert]:
    """What stores the messages that are not there yet."""
    inserts: list[Insert] = []
    for raw in batch:
        name = f"message {raw.number}"
        try:
            if raw.stop - raw.start > sizes.MAIL:
                raise Refused(f"it is larger than {sizes.MAIL // 2**20} MB.")
            parsed = _parse(job, raw)
        except BAD as error:
            job.problem(name, error, _title(next(raw.pieces(), b"")))
            continue
        if threads.place(parsed.header):
            job.report.known += 1
            continue
        message = threads.placed(replace(parsed, message=job.fitted(name, parsed.message)))
        row = message_row(job.user_id, message, parsed.header)
        inserts.append(partial(_insert, row))
    return inserts


def _insert(row: dict[str, Any], conn: WriteConn) -> None:
    conn.execute(insert(messages).values(row))


def _title(raw: bytes) -> str:
    """The subject of a message that cannot be read, as it is written, else its first line."""
    found = re.search(rb"^Subject:(.*)", raw, re.MULTILINE | re.IGNORECASE)
    return (found[1] if found else raw.split(b"\n")[0]).decode("utf-8", "replace")


def _parse(job: Import, raw: _Raw) -> _Parsed:
    mail = parse_mail(raw.pieces())
    sender = next(iter(_people(mail, "From")), Person(NOBODY, "Unknown sender"))
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
        date=_date(mail, raw.line),
        body=_body(mail),
        unread=unread,
        labels=labels,
        attachments=tuple(_attachments(mail)),
        revision="1",
        reply_to=tuple(who for who in _people(mail, "Reply-To") if _ADDRESS.fullmatch(who.email)),
    )
    return _Parsed(
        message,
        stored_uid(header) if header else digest_of(raw.pieces()),
        tuple(stored_uid(reference) for reference in references[:_MAX_REFERENCES]),
        topic_of(subject) != " ".join(subject.casefold().split()),
    )


class _Threads:
    """Which conversation a message belongs to: the one it answers, else, for a `Re:`, the last of its subject."""

    def __init__(self, job: Import, scratch: Scratch) -> None:
        self._ids = job.ids
        self._scratch = scratch
        job.store.snapshot_now(self._load, job.user_id)

    def _load(self, conn: ReadConn, user_id: str) -> None:
        columns = (messages.c.message_id, messages.c.id, messages.c.thread_id, messages.c.topic)
        for row in each(conn, select(*columns).where(messages.c.user_id == user_id).order_by(messages.c.date)):
            self._keep(row.message_id, row.id, row.thread_id, row.topic)

    def _keep(self, header: str, message_id: str, thread_id: str, topic: str) -> None:
        self._scratch.run("INSERT OR REPLACE INTO places VALUES (?, ?, ?)", header, message_id, thread_id)
        self._scratch.run("INSERT OR REPLACE INTO topics VALUES (?, ?)", clean(topic), thread_id)

    def place(self, header: str) -> tuple[str, str] | None:
        """The ids of the message with this Message-ID and of its conversation."""
        return self._scratch.first("SELECT id, thread FROM places WHERE header = ?", header)

    def placed(self, item: _Parsed) -> Message:
        """The message in its conversation."""
        parent_id, thread_id = "", ""
        places = {header: self.place(header) for header in item.answers}
        found = [place for header in item.answers if (place := places[header])]
        topic = topic_of(item.message.subject)
        if found:
            thread_id = found[0][1]
            parent_id = found[0][0] if places[item.answers[0]] else ""
        elif item.answers:
            thread_id = self._thread("SELECT thread FROM unseen WHERE header = ?", item.answers)
        elif item.is_reply and topic:
            thread_id = self._thread("SELECT thread FROM topics WHERE topic = ?", [clean(topic)])
        thread_id = thread_id or self._ids.new("thr")
        for header in item.answers:
            if not places[header]:
                self._scratch.run("INSERT OR REPLACE INTO unseen VALUES (?, ?)", header, thread_id)
        self._keep(item.header, item.message.id, thread_id, topic)
        return replace(item.message, thread_id=thread_id, in_reply_to=parent_id)

    def _thread(self, query: str, names: Sequence[str]) -> str:
        return next((row[0] for name in names if (row := self._scratch.first(query, name))), "")


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


def _people(mail: Mail, name: str) -> list[Person]:
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


def _date(mail: Mail, line: str) -> datetime:
    try:
        return _in_utc(parsedate_to_datetime(str(mail["Date"])))
    except (ArithmeticError, TypeError, ValueError):
        return _in_utc(_delivered(" ".join(line.split()[2:])))


def _in_utc(found: datetime) -> datetime:
    """Raises OverflowError for what is before year 1 or after 9999 there."""
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)


def _delivered(stamp: str) -> datetime:
    """The time of an mbox's From line, as mail programs write it, or Gmail's export. Raises Refused."""
    for form in ("%a %b %d %H:%M:%S %Y", "%a %b %d %H:%M:%S %z %Y"):
        with suppress(ValueError):
            return datetime.strptime(stamp, form)  # noqa: DTZ007
    raise Refused("it has no date.")


def _labels(mail: Mail, mine: bool) -> tuple[tuple[str, ...], bool]:
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
    plain = _texts(parts, "text/plain")
    if any(text.strip() for text in plain) or not parts:
        return "\n".join(plain)
    html = _texts(parts, "text/html")
    return "\n\n".join(html_to_text(text) for text in html) if html else "\n".join(plain)


def _texts(parts: list[Mail], kind: str) -> list[str]:
    """The texts of that kind; behind what all together may be longer than a body is kept, only that there is more."""
    texts, left = list[str](), _MAX_BODY
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
