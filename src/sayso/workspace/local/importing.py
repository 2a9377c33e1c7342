"""Bringing one's own data: iCalendar, mbox and vCard files into the embedded workspace.

What is there already (by UID or Message-ID) is left alone, so that importing a file again changes nothing. An item
that cannot be read is told of and skipped.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from zoneinfo import ZoneInfo

from sayso.base.ids import Ids
from sayso.store.gateway import WriteConn
from sayso.store.types import clean
from sayso.workspace.errors import Refused
from sayso.workspace.types import Person

MAX_UID = 255


@dataclass(slots=True)
class ImportReport:
    """What came in, what was there before, and a sentence for each item that could not be read."""

    events: int = 0
    tasks: int = 0
    messages: int = 0
    contacts: int = 0
    known: int = 0
    problems: list[str] = field(default_factory=list)

    def __iter__(self) -> Iterator[str]:
        """The report in lines: what came in, then what did not."""
        kinds = ("event", self.events), ("task", self.tasks), ("message", self.messages), ("contact", self.contacts)
        came = [f"{count:,} {kind}{'' if count == 1 else 's'}" for kind, count in kinds if count]
        yield f"Imported {', '.join(came) or 'nothing new'}."
        if self.known:
            yield f"{self.known:,} {'was' if self.known == 1 else 'were'} there already."
        yield from self.problems


@dataclass(frozen=True, slots=True)
class Import:
    """One file on its way into one user's workspace."""

    conn: WriteConn
    user_id: str
    me: Person
    zone: ZoneInfo
    """What times without a zone are in."""
    ids: Ids
    report: ImportReport
    file_name: str

    def problem(self, item: str, why: object) -> None:
        self.report.problems.append(f"{self.file_name}: {item} was left out: {why}")


def import_files(
    conn: WriteConn, user_id: str, me: Person, zone: ZoneInfo, ids: Ids, files: Sequence[Path]
) -> ImportReport:
    """Import `.ics`, `.mbox` and `.vcf` files. Raises Refused, before anything is stored, when one is no such file."""
    readers = [(path, _reader(path)) for path in files]
    report = ImportReport()
    for path, read in readers:
        read(Import(conn, user_id, me, zone, ids, report, path.name), path)
    return report


Reader = Callable[[Import, Path], None]


def _reader(path: Path) -> Reader:
    from sayso.workspace.local import import_calendar, import_contacts, import_mail

    readers: dict[str, Reader] = {
        ".ics": import_calendar.read,
        ".ical": import_calendar.read,
        ".mbox": import_mail.read,
        ".mbx": import_mail.read,
        ".vcf": import_contacts.read,
        ".vcard": import_contacts.read,
    }
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise Refused(f"{path.name} is of no kind that can be imported: use .ics, .mbox or .vcf files.")
    try:
        with path.open("rb") as file:
            file.read(1)
    except OSError as error:
        raise Refused(f"{path} cannot be read: {error.strerror or error}.") from error
    return reader


def stored_uid(uid: str) -> str:
    """The UID as the store keeps it; one too long for an index is told by its digest."""
    uid = clean(uid.strip())
    return uid if len(uid) <= MAX_UID else f"sha256-{sha256(uid.encode()).hexdigest()}"


def digest(*parts: str) -> str:
    """A UID for an item that has none: the same content, the same UID."""
    return f"sha256-{sha256(chr(0).join(parts).encode('utf-8', 'replace')).hexdigest()[:40]}"
