"""mbox files into messages."""

import re
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

from sqlalchemy import insert, select

from sayso.base import sizes
from sayso.store.gateway import ReadConn, WriteConn, each
from sayso.store.types import clean
from sayso.store.workspace_tables import local_messages as messages
from sayso.transfer.job import BAD, Import, Insert, digest_of, stored_uid
from sayso.transfer.scratch import Scratch
from sayso.workspace.errors import Refused
from sayso.workspace.formats.mail import MAX_BODY, parse_date, parse_message
from sayso.workspace.formats.mime import parse_mail
from sayso.workspace.local.mail_rows import message_row, topic_of
from sayso.workspace.types import Message

_PIECE = 65_536
_MAX_REFERENCES = 100
_TABLES = (
    "found (number, date, line, start, stop)",
    "places (header PRIMARY KEY, id, thread)",
    "topics (topic PRIMARY KEY, thread)",
    "unseen (header PRIMARY KEY, thread)",
)


@dataclass(frozen=True, slots=True)
class _Item:
    """A message before its conversation is known, with the Message-IDs that it names, nearest first."""

    message: Message
    header: str
    answers: tuple[str, ...]

    @property
    def is_reply(self) -> bool:
        return topic_of(self.message.subject) != " ".join(self.message.subject.casefold().split())


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
        for batch in job.batches((_Raw(file, *row) for row in found), lambda raw: min(raw.stop - raw.start, MAX_BODY)):
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
        return parse_date(parse_mail([head]), _delivered(line)).timestamp()
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


def _parse(job: Import, raw: _Raw) -> _Item:
    mail = parse_mail(raw.pieces())
    parsed = parse_message(mail, job.me, job.ids.new("msg"), _delivered(raw.line))
    return _Item(
        parsed.message,
        stored_uid(parsed.header) if parsed.header else digest_of(raw.pieces()),
        tuple(stored_uid(reference) for reference in parsed.answers[:_MAX_REFERENCES]),
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

    def placed(self, item: _Item) -> Message:
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


def _delivered(line: str) -> datetime | None:
    """The time of an mbox's From line, as mail programs write it, or Gmail's export."""
    stamp = " ".join(line.split()[2:])
    for form in ("%a %b %d %H:%M:%S %Y", "%a %b %d %H:%M:%S %z %Y"):
        with suppress(ValueError):
            return datetime.strptime(stamp, form)  # noqa: DTZ007
    return None
