"""Giving the data back: calendar.ics, mail.mbox and contacts.vcf, which an import reads again as they were."""

import errno
import os
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from sayso.base.addresses import is_invented
from sayso.base.files import private_file
from sayso.base.zones import zone_named
from sayso.identity import users
from sayso.store.gateway import ReadConn, each
from sayso.store.workspace_tables import local_contacts as contacts
from sayso.store.workspace_tables import local_events as events
from sayso.store.workspace_tables import local_messages as messages
from sayso.store.workspace_tables import local_overrides as overrides
from sayso.store.workspace_tables import local_task_lists as lists
from sayso.store.workspace_tables import local_tasks as tasks
from sayso.transfer.mbox import quoted
from sayso.workspace.formats.content_lines import folded
from sayso.workspace.formats.ical_writing import format_series, format_task
from sayso.workspace.formats.mail import format_message
from sayso.workspace.formats.mail_source import relabeled, written
from sayso.workspace.formats.vcard import write_card
from sayso.workspace.formats.zone_writing import definition
from sayso.workspace.local.contacts import contact_from
from sayso.workspace.local.event_rows import each_series
from sayso.workspace.local.mail_rows import message_from, shown
from sayso.workspace.local.mail_sources import load_source
from sayso.workspace.local.tasks import task_from
from sayso.workspace.people import Me

NAMES = ("calendar.ics", "mail.mbox", "contacts.vcf")


def export_files(conn: ReadConn, user_id: str, directory: Path, replace: bool = True) -> list[Path]:
    """Write the user's own data into the directory, which is made if need be, item by item; no sample data.

    Each file takes its name when it is whole. Raises OSError; FileExistsError, before anything is written, where
    `replace` is False and one is there.
    """
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not replace and (there := [name for name in NAMES if os.path.lexists(directory / name)]):
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), there[0])
    user = users.get(conn, user_id)
    me = Me.of(user.email, user.name, user.addresses)
    written = []
    contents = _calendar(conn, user_id, me), _mailbox(conn, user_id), _book(conn, user_id)
    for name, items in zip(NAMES, contents, strict=True):
        with private_file(directory / name, replace=replace) as draft, draft.open("wb") as file:
            file.writelines(items)
        written.append(directory / name)
    return written


def _calendar(conn: ReadConn, user_id: str, me: Me) -> Iterator[bytes]:
    yield from map(folded, ("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Sayso//EN"))
    if not is_invented(me.email):
        yield folded(f"X-WR-CALNAME:{me.email}")
    for zone, first in _zones(conn, user_id):
        yield from map(folded, definition(zone, first, None))
    for series in each_series(conn, user_id, samples=False):
        yield from map(folded, format_series(series, me))
    here = (lists.c.user_id == tasks.c.user_id) & (lists.c.id == tasks.c.list_id)
    query = (
        select(tasks, lists.c.name.label("list_name"))
        .join(lists, here)
        .where(tasks.c.user_id == user_id, ~tasks.c.sample)
    )
    for row in each(conn, query.order_by(tasks.c.created_at, tasks.c.id)):
        yield from map(folded, format_task(task_from(row._mapping), row.uid, row.created_at, row.kept))
    yield folded("END:VCALENDAR")


def _zones(conn: ReadConn, user_id: str) -> Iterator[tuple[ZoneInfo, datetime]]:
    """The time zones that something is in, each with the earliest time in it."""
    firsts = dict[str, datetime]()
    for wanted, name, at in (
        ((events.c.user_id == user_id) & ~events.c.sample, events.c.timezone, events.c.start_at),
        (overrides.c.user_id == user_id, overrides.c.timezone, overrides.c.start_at),
        ((tasks.c.user_id == user_id) & ~tasks.c.sample, tasks.c.due_timezone, tasks.c.due_at),
    ):
        for key, first in conn.execute(select(name, func.min(at)).where(wanted).group_by(name)):
            if key and key != "UTC" and first is not None:
                firsts[key] = min(first, firsts.get(key, first))
    return ((zone_named(key), first) for key, first in sorted(firsts.items()))


def _mailbox(conn: ReadConn, user_id: str) -> Iterator[bytes]:
    """The messages by date, each behind its From line; what came in a file is as it came, but for our labels."""
    answered = messages.alias()
    here = (answered.c.user_id == messages.c.user_id) & (answered.c.id == messages.c.in_reply_to)
    query = select(*shown().selected_columns, messages.c.message_id, answered.c.message_id.label("answered"))
    query = query.join(answered, here, isouter=True).where(messages.c.user_id == user_id, ~messages.c.sample)
    for row in each(conn, query.order_by(messages.c.date, messages.c.id)):
        message = message_from(row._mapping)
        # One at a time: of the rows there are always some at hand.
        source = load_source(conn, user_id, message.id)
        if source is None:
            mail = written(format_message(message, row.message_id, row.answered))
        else:
            mail = relabeled(source, message, row.message_id)
        delivered = time.asctime(message.date.utctimetuple())
        yield b"From sayso %s\n" % delivered.encode()
        yield quoted(mail if mail.endswith(b"\n") else mail + b"\n")
        yield b"\n"


def _book(conn: ReadConn, user_id: str) -> Iterator[bytes]:
    own = (contacts.c.user_id == user_id) & ~contacts.c.sample
    query = select(contacts).where(own).order_by(contacts.c.name, contacts.c.id)
    for row in each(conn, query):
        yield write_card(contact_from(row._mapping), row.uid, row.kept)
