"""Mails into messages: from mbox files, single mails, and directories of either."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select

from sayso.base import sizes
from sayso.store.gateway import ReadConn, WriteConn, each
from sayso.store.types import clean
from sayso.store.workspace_tables import local_messages as messages
from sayso.store.workspace_tables import local_sources as sources
from sayso.transfer import mbox
from sayso.transfer.job import BAD, Import, Insert, digest_of, stored_uid
from sayso.transfer.scratch import Scratch
from sayso.workspace.formats.mail import parse_date, parse_message
from sayso.workspace.formats.mail_labels import is_deleted
from sayso.workspace.formats.mime import parse_mail
from sayso.workspace.local.mail_rows import message_row, topic_of
from sayso.workspace.local.mail_sources import insert_source
from sayso.workspace.types import Message

_MAX_REFERENCES = 100
_TABLES = (
    "found (number INTEGER PRIMARY KEY, date, path, kind, name, line, start, stop, flags)",
    "places (header PRIMARY KEY, id, thread, date)",
    "topics (topic PRIMARY KEY, thread)",
    "unseen (header PRIMARY KEY, thread)",
)


@dataclass(frozen=True, slots=True)
class _Item:
    """A message before its conversation is known, with the Message-IDs that it names, nearest first."""

    message: Message
    header: str
    digest: str
    """What names it where its Message-ID is another mail's."""
    is_dated: bool
    """Whether it says itself when it was sent."""
    answers: tuple[str, ...]
    source: bytes
    """The mail as it came."""
    remarks: tuple[str, ...]
    """What did not come in of it, or not as it was."""

    @property
    def is_reply(self) -> bool:
        return topic_of(self.message.subject) != " ".join(self.message.subject.casefold().split())


@dataclass(frozen=True, slots=True)
class _Raw:
    """A mail in its file."""

    path: Path
    kind: mbox.Kind
    name: str
    """What it is called in the report."""
    line: bytes
    start: int
    stop: int
    flags: str | None

    def read(self, most: int) -> bytes:
        with self.path.open("rb") as file:
            file.seek(self.start)
            return file.read(min(most, self.stop - self.start))


def is_mail(path: Path) -> bool:
    """Whether there are mails in the file, by its content. Raises OSError."""
    with path.open("rb") as file:
        return mbox.kind_of(file, path.name) not in mbox.NO_MAIL


def read(job: Import, path: Path) -> None:
    """Import the mails of a file, or of the files in a directory."""
    with closing(Scratch(*_TABLES)) as scratch:
        total = _find_all(job, path, scratch)
        threads, done = _Threads(job, scratch), 0
        # By date, whatever the order in the files: so that a message comes before its answers.
        columns = "path, kind, name, line, start, stop, flags"
        found = scratch.run(f"SELECT {columns} FROM found ORDER BY date, number")
        for batch in job.batches((_Raw(Path(row[0]), *row[1:]) for row in found), lambda raw: raw.stop - raw.start):
            done += len(batch)
            job.write("messages", _inserts(job, path, threads, batch), done / total)


def _find_all(job: Import, root: Path, scratch: Scratch) -> int:
    """Note where each mail is, and its date; how many there are. What is passed over is told."""
    number = deleted = others = 0
    for path in mbox.files_in(root, lambda error: _tell_unread(job, root, Path(error.filename), error)):
        kind, found_here = _looked_at(job, root, path)
        others += kind in mbox.NO_MAIL
        for place, found in enumerate(found_here, 1):
            date, is_gone = _glance(found)
            deleted += is_gone
            if not is_gone:
                number += 1
                values = number, date, str(path), kind, _name(path, root, kind, place)
                scratch.run(
                    "INSERT INTO found VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    *values, found.line, found.start, found.stop, found.flags,
                )  # fmt: skip
    if deleted:
        were = "message was" if deleted == 1 else "messages were"
        job.report.tell(f"{job.file_name}: {deleted:,} {were} deleted and not yet compacted; left out.")
    if others and root.is_dir():
        files = "file is" if others == 1 else "files are"
        job.report.tell(f"{job.file_name}: {others:,} {files} no mail and passed over.")
    return number


def _looked_at(job: Import, root: Path, path: Path) -> tuple[mbox.Kind, Iterator[mbox.Found]]:
    """What a file is, and the mails in it. Raises OSError where it is all that is imported."""
    try:
        with path.open("rb") as file:
            kind = mbox.kind_of(file, path.name)
    except OSError as error:
        if path == root:
            raise
        _tell_unread(job, root, path, error)
        return "mbox", iter(())
    if path == root and kind == "empty":
        job.report.tell(f"{job.file_name}: the file is empty.")
    elif path == root and kind == "other":
        job.problem("the file", "it holds no mail: it begins neither with a line 'From …' nor with a mail's headers.")
    elif path == root and kind == "old mac":
        job.problem("the file", "its lines end as on Macs before 2001, with a carriage return only.")
    return kind, mbox.mails_in(path, kind)


def _tell_unread(job: Import, root: Path, path: Path, error: OSError) -> None:
    job.problem(str(path.relative_to(root)), f"{error.strerror or 'it cannot be read'}.")


def _glance(found: mbox.Found) -> tuple[float, bool]:
    """The date of a mail in seconds since 1970, or 0, and whether its program has deleted it."""
    try:
        head = parse_mail(found.head)
        date = parse_date(head, mbox.delivered(found.line))
        return date.timestamp() if date else 0.0, is_deleted(head)
    except BAD:
        return 0.0, False


def _name(path: Path, root: Path, kind: mbox.Kind, place: int) -> str:
    within = "" if path == root else str(path.relative_to(root))
    if kind != "mbox":
        return within or "the mail"
    return f"{within}, message {place}" if within else f"message {place}"


def _inserts(job: Import, root: Path, threads: "_Threads", batch: list[_Raw]) -> list[Insert]:
    """What stores the messages that are not there yet."""
    inserts: list[Insert] = []
    for raw in batch:
        if raw.stop - raw.start > sizes.MAIL:
            job.problem(raw.name, f"it is larger than {sizes.MAIL // 2**20} MB.", _title(raw.read(mbox.PIECE)))
            continue
        content = b""
        try:
            content = raw.read(sizes.MAIL)
            parsed = _parse(job, root, raw, content)
        except BAD as error:
            job.problem(raw.name, error, _title(content[: mbox.PIECE]))
            continue
        if threads.is_anothers(parsed):
            parsed = replace(parsed, header=parsed.digest)
        if threads.place(parsed.header):
            job.report.known += 1
            continue
        for remark in parsed.remarks:
            job.remark(raw.name, parsed.message.subject, remark)
        message = threads.placed(replace(parsed, message=job.fitted(raw.name, parsed.message, parsed.message.subject)))
        inserts.append(partial(_insert, message_row(job.user_id, message, parsed.header), parsed.source))
    return inserts


def _insert(row: dict[str, Any], source: bytes, conn: WriteConn) -> None:
    conn.execute(insert(messages).values(row))
    insert_source(conn, row["user_id"], row["id"], source)


def _title(head: bytes) -> str:
    """The subject of a mail that cannot be read, else its first line."""
    try:
        subject = parse_mail(head).text("subject")
    except BAD:
        subject = ""
    return subject or head.lstrip().split(b"\n")[0].decode("utf-8", "replace")


def _parse(job: Import, root: Path, raw: _Raw, content: bytes) -> _Item:
    source = mbox.unquoted(content) if raw.kind == "mbox" else content
    mail = parse_mail(source)
    remarks = []
    sent = parse_date(mail, mbox.delivered(raw.line))
    date = sent or datetime.fromtimestamp(int(raw.path.stat().st_mtime), UTC)
    if sent is None:
        remarks.append("has no date: it is shown at that of its file.")
    if mail.cut:
        remarks.append("is cut off: its end is missing.")
    if raw.path.name.endswith(".partial.emlx"):
        remarks.append("is without its attachments, which Apple Mail keeps in other files.")
    keeping = mbox.keeping_of(raw.path, root, raw.kind, raw.flags)
    parsed = parse_message(mail, job.me, job.ids.new("msg"), date, keeping)
    digest = digest_of(content[place : place + mbox.PIECE] for place in range(0, len(content), mbox.PIECE))
    return _Item(
        parsed.message,
        stored_uid(parsed.header) if parsed.header else digest,
        digest,
        sent is not None,
        tuple(stored_uid(reference) for reference in parsed.answers[:_MAX_REFERENCES]),
        source,
        tuple(remarks),
    )


class _Threads:
    """Which conversation a message belongs to: the one it answers, else, for a `Re:`, the last of its subject."""

    def __init__(self, job: Import, scratch: Scratch) -> None:
        self._ids = job.ids
        self._scratch = scratch
        job.store.snapshot_now(self._load, job.user_id, job.beside_samples)

    def _load(self, conn: ReadConn, user_id: str, samples: bool) -> None:
        columns = (messages.c.message_id, messages.c.id, messages.c.thread_id, messages.c.topic, messages.c.date)
        came = (sources.c.user_id == messages.c.user_id) & (sources.c.message_id == messages.c.id)
        query = select(*columns, sources.c.message_id.label("came")).join(sources, came, isouter=True)
        mine = messages.c.user_id == user_id
        if not samples:
            mine &= ~messages.c.sample
        for row in each(conn, query.where(mine).order_by(messages.c.date)):
            self._keep(row.message_id, row.id, row.thread_id, row.topic, row.date if row.came else None)

    def _keep(self, header: str, message_id: str, thread_id: str, topic: str, date: datetime | None) -> None:
        """`date`: of a mail that came in a file, as this version reads it."""
        place = header, message_id, thread_id, date and int(date.timestamp())
        self._scratch.run("INSERT OR REPLACE INTO places VALUES (?, ?, ?, ?)", *place)
        self._scratch.run("INSERT OR REPLACE INTO topics VALUES (?, ?)", clean(topic), thread_id)

    def is_anothers(self, item: _Item) -> bool:
        """Whether its Message-ID is that of a mail with another date: of a draft that was sent later, or of a device
        that always gives the same one."""
        found = self._scratch.first("SELECT date FROM places WHERE header = ? AND date IS NOT NULL", item.header)
        return found is not None and item.is_dated and found[0] != int(item.message.date.timestamp())

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
        self._keep(item.header, item.message.id, thread_id, topic, item.message.date)
        return replace(item.message, thread_id=thread_id, in_reply_to=parent_id)

    def _thread(self, query: str, names: Sequence[str]) -> str:
        return next((row[0] for name in names if (row := self._scratch.first(query, name))), "")
