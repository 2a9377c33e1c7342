"""Bringing one's own data: iCalendar, vCard and mail files into the embedded workspace.

What is there already (by UID or Message-ID) is left alone, so that importing a file again changes nothing, and one that
was interrupted goes on. An item that cannot be read is told of and skipped.

Items are read, held and written a few at a time: memory has a bound whatever the file's size, and each write is a
transaction of its own that keeps a server beside waiting for an instant only.
"""

import stat
from collections.abc import Callable, Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

from sayso.base.addresses import is_invented
from sayso.base.ids import Ids
from sayso.store.gateway import Store, WriteConn
from sayso.transfer import calendar, contacts, mail
from sayso.transfer.job import Going, Import, ImportReport, Pace, Stopped
from sayso.transfer.own import find_own
from sayso.workspace.errors import Refused
from sayso.workspace.formats.content_lines import content_lines
from sayso.workspace.local.own_addresses import add_addresses
from sayso.workspace.local.samples import remove_samples
from sayso.workspace.people import Me


def import_files(
    store: Store,
    user_id: str,
    me: Me,
    zone: ZoneInfo,
    ids: Ids,
    files: Sequence[Path],
    report: ImportReport,
    going: Going = lambda name, share: True,
    keep_samples: bool = False,
    first: Callable[[WriteConn], object] = lambda conn: None,
) -> None:
    """Import calendars, address books, mails and directories of mails, batch by batch; `report` grows with each.

    With the first batch the sample data goes, unless it is to be kept, and addresses that are surely the user's, by
    what stands in the files, become his. `first`: what is done besides in that batch's transaction.

    Raises Refused, before anything is stored, when one is no such file; OSError and StoreUnavailable, after which the
    report says what is stored.
    """
    readers = [(path, _reader(path)) for path in files]
    found = find_own(me, files)
    me = Me.of(me.email, me.name, (*found.own, *me.others))

    removed = False

    def own(conn: WriteConn) -> None:
        if found.own:
            add_addresses(conn, user_id, found.own)

    def begin(conn: WriteConn) -> None:
        nonlocal removed
        first(conn)
        removed = not keep_samples and remove_samples(conn, user_id)
        own(conn)

    pace = Pace(first=begin)
    try:
        for path, read in readers:
            name = path.absolute().name
            read(Import(store, user_id, me, zone, ids, report, name, going, pace, keep_samples), path)
        if report.useful and pace.first and found.own:
            store.write_now(own)
            report.own = found.own
    except Stopped:
        report.stopped = True
    finally:
        if pace.first is None:
            report.own, report.samples_removed = found.own, removed
        report.nobody = is_invented(me.email)
        if report.useful:
            report.perhaps_own = found.perhaps


Reader = Callable[[Import, Path], None]

_BOOK = "export the address book as vCard (.vcf) instead"
_INSTEAD = {".csv": _BOOK, ".ldif": _BOOK, ".abbu": _BOOK, ".contact": _BOOK}


def _reader(path: Path) -> Reader:
    readers: dict[str, Reader] = {
        ".ics": calendar.read,
        ".ical": calendar.read,
        **dict.fromkeys((".mbox", ".mbx", ".eml", ".emlx"), mail.read),
        ".vcf": contacts.read,
        ".vcard": contacts.read,
    }
    if path.is_dir():
        return mail.read
    suffix = path.suffix.lower()
    if suffix in _INSTEAD:
        raise Refused(f"{path.name} is of no kind that can be imported: {_INSTEAD[suffix]}.")
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise Refused(f"{path} is no file.")
        with path.open("rb") as file:
            beginning = next(content_lines(file), b"").strip().upper()
        if suffix in readers:
            return readers[suffix]
        # Thunderbird's `Inbox` and the mails of a Maildir are told by their content; so may be a download's name.
        by_content: dict[bytes, Reader] = {b"BEGIN:VCALENDAR": calendar.read, b"BEGIN:VCARD": contacts.read}
        if beginning in by_content:
            return by_content[beginning]
        if mail.is_mail(path):
            return mail.read
        raise Refused(f"{path.name} is of no kind that can be imported: use .ics, .vcf, .mbox or .eml files.")
    except OSError as error:
        raise Refused(f"{path} cannot be read: {error.strerror or error}.") from error
