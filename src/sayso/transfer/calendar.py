"""iCalendar files into events and tasks."""

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

from sayso.base import sizes
from sayso.base.steps import within
from sayso.base.zones import zone_title
from sayso.english.words import fold
from sayso.store.gateway import WriteConn
from sayso.store.workspace_tables import local_events, local_tasks
from sayso.transfer.job import BAD, Import, Insert, digest, stored_uid
from sayso.transfer.scratch import Scratch
from sayso.workspace.errors import Refused
from sayso.workspace.events.looking import MOST_STEPS
from sayso.workspace.events.series import Series
from sayso.workspace.formats.content_lines import Component, components, name_of, parse_line
from sayso.workspace.formats.ical import Item, Reading, list_of, parse_change, parse_series, parse_task
from sayso.workspace.formats.ical_series import Changes, is_change, version_of
from sayso.workspace.formats.zones import Zones
from sayso.workspace.local.event_rows import insert_rows, series_rows
from sayso.workspace.local.tasks import insert_list, insert_task, load_lists
from sayso.workspace.types import Task, TaskList

MAX_CHANGED, MAX_LISTS = 5_000, 1_000
MAX_ZONES = 2_000_000
"""Bytes of all definitions of time zones together; of what comes behind them the names alone are read."""
_TABLES = ("versions (uid, number, sequence, stamp, start)", "changed (uid, calendar, source, why)")
_LEFT_OUT = {
    "VJOURNAL": ("journal entry", "journal entries"),
    "VFREEBUSY": ("free/busy time", "free/busy times"),
    "VAVAILABILITY": ("availability", "availabilities"),
    "VPOLL": ("poll", "polls"),
}
_KINDS = ("VEVENT", "VTODO", "VTIMEZONE", *_LEFT_OUT)
_WHAT = {"VEVENT": "the event", "VTODO": "the task"}


@dataclass(slots=True)
class _Contents:
    """What a first look at the file finds."""

    zones: dict[int, list[Component]] = field(default_factory=dict)
    """The definitions of time zones, by the number of their VCALENDAR."""
    zone_names: dict[int, str] = field(default_factory=dict)
    """What X-WR-TIMEZONE says, likewise."""
    left_out: Counter[str] = field(default_factory=Counter)
    calendars: int = 0
    ends: int = 0
    some: bool = False

    def around(self, line: bytes, calendar: int) -> None:
        """Take a line that is in no component."""
        mark = line.strip().upper()
        self.calendars += mark == b"BEGIN:VCALENDAR"
        self.ends += mark == b"END:VCALENDAR"
        name = mark.partition(b":")[0].partition(b";")[0]
        if name in (b"X-WR-TIMEZONE", b"TZ") and (found := parse_line(line.decode("utf-8", "replace"))):
            # vCalendar 1.0 has an offset, or a name of the time zone.
            offset = "UTC" if found.value.strip()[:1] in ("+", "-") else ""
            self.zone_names.setdefault(calendar, offset + found.value.strip())


def read(job: Import, path: Path) -> None:
    with path.open("rb") as file, closing(Scratch(*_TABLES)) as scratch:
        size = path.stat().st_size
        contents = _look(file, scratch)
        if not (contents.calendars or contents.some):
            if size:
                job.problem("the file", "it is not iCalendar.")
            else:
                job.tell("the file is empty.")
            return
        source = _Source(job, file, contents)
        for batch in job.batches(_newest(job, scratch, source), _weight):
            job.write("events", _events(job, source, scratch, batch), file.tell() / size)
        for batch in job.batches(_without_series(source, scratch), _weight):
            job.write("events", _events(job, source, scratch, batch), 1)
        lists = _Lists(job)
        for tasks in job.batches(source.items("VTODO"), lambda item: len(item.component.source)):
            job.write("tasks", _tasks(job, lists, tasks), file.tell() / size)
        _tell_the_rest(job, contents)


def _look(file: BinaryIO, scratch: Scratch) -> _Contents:
    """One pass: zones, the versions of events, and their changed occurrences, which may stand anywhere in the file."""
    contents, room, number = _Contents(), MAX_ZONES, 0
    for found in components(file, *_KINDS, around=contents.around):
        contents.some = True
        contents.left_out[found.kind] += found.kind in _LEFT_OUT
        if found.kind == "VTIMEZONE":
            room -= len(found.source)
            if room > 0:
                contents.zones.setdefault(found.calendar, []).append(found)
        elif found.kind == "VEVENT":
            number += 1
            _note(scratch, number, found)
    scratch.run("CREATE INDEX version_uid ON versions (uid)")
    scratch.run("CREATE INDEX changed_uid ON changed (uid)")
    return contents


def _note(scratch: Scratch, number: int, found: Component) -> None:
    uid = found.value("UID").strip()
    if is_change(found):
        scratch.run("INSERT INTO changed VALUES (?, ?, ?, ?)", uid, found.calendar, found.source, found.why)
    elif uid and not found.why and (start := found.value("DTSTART").strip()):
        scratch.run("INSERT INTO versions VALUES (?, ?, ?, ?, ?)", uid, number, *version_of(found), start)


class _Source:
    """The components of the file as items to read, each with the time zones of its VCALENDAR."""

    def __init__(self, job: Import, file: BinaryIO, contents: _Contents) -> None:
        self._job = job
        self._file = file
        self._contents = contents
        self._readings: dict[int, Reading] = {}

    def components(self, kind: str) -> Iterator[Component]:
        self._file.seek(0)
        return (found for found in components(self._file, *_KINDS) if found.kind == kind)

    def items(self, kind: str) -> Iterator[Item]:
        for found in self.components(kind):
            if (item := self.item(found)) is not None:
                yield item

    def item(self, found: Component) -> Item | None:
        """The component to be read, or None of one that is known to be no good, of which the report tells."""
        if found.why:
            self._job.problem(_called(found.kind, found.value("SUMMARY")), found.why)
            return None
        return Item.of(found, self._reading(found.calendar))

    def _reading(self, calendar: int) -> Reading:
        if calendar not in self._readings:
            job, name = self._job, self._contents.zone_names.get(calendar, "")
            definitions = self._contents.zones.get(calendar, ())
            own = job.zone
            if name:
                known = Zones(definitions, job.zone, job.zone).named(name, 2000)
                own = known.zone
                if known.guessed:
                    job.tell(f"its time zone '{name[:60]}' is not known; taken as {zone_title(own.key)}.")
            zones = Zones(definitions, own, job.zone)
            for tzid, why in zones.problems:
                job.problem(f"the time zone '{tzid}'", why)
            self._readings[calendar] = Reading(job.me, zones, own, job.zone)
        return self._readings[calendar]


Entry = tuple[Item, str]
"""An event to be stored, and its identity in the store."""


def _weight(entry: Entry) -> int:
    return len(entry[0].component.source)


def _newest(job: Import, scratch: Scratch, source: _Source) -> Iterator[Entry]:
    """The events and series of the file, each in its newest version."""
    for number, found in enumerate(source.components("VEVENT"), 1):
        if is_change(found):
            continue
        uid = found.value("UID").strip()
        known = uid and scratch.first(
            "SELECT number, sequence, stamp, start FROM versions WHERE uid = ?"
            " ORDER BY sequence DESC, stamp DESC, number LIMIT 1",
            uid,
        )
        identity = stored_uid(uid) if uid else _digest_of(found)
        start = found.value("DTSTART").strip()
        if uid and not start:
            identity = digest(uid, start)  # it will not come in, and stands in no other version's way
        elif known and known[0] != number and not found.why:
            if known[1:3] != version_of(found):
                older = f"an older version of {_called('VEVENT', found.value('SUMMARY'))}"
                job.problem(older, "the file has a newer one.")
                continue
            if known[3] == start:
                job.report.known += 1
                continue
            identity = digest(uid, start)  # its UID is used again for another event
        if (item := source.item(found)) is not None:
            yield item, identity


def _digest_of(found: Component) -> str:
    """An identity by what is in it, but for the time at which the file was written."""
    lines = (line.decode("utf-8", "replace") for line in (*found.lines, *found.inner) if name_of(line) != "DTSTAMP")
    return digest(*sorted(lines))


def _changes(source: _Source, scratch: Scratch, uid: str) -> Iterator[Item]:
    """The changed occurrences of a series."""
    if uid:
        yield from _kept(source, scratch.run("SELECT * FROM changed WHERE uid = ? ORDER BY rowid", uid))


def _without_series(source: _Source, scratch: Scratch) -> Iterator[Entry]:
    """Invitations to single occurrences of series that one is not part of."""
    alone = "uid = '' OR NOT EXISTS (SELECT 1 FROM versions WHERE versions.uid = changed.uid)"
    for item in _kept(source, scratch.run(f"SELECT * FROM changed WHERE {alone} ORDER BY rowid")):
        yield item, digest(stored_uid(item.uid), item.component.value("RECURRENCE-ID").strip())


def _kept(source: _Source, rows: Iterable[Any]) -> Iterator[Item]:
    for _, calendar, text, why in rows:
        for found in components(BytesIO(text), "VEVENT"):
            if (item := source.item(replace(found, calendar=calendar, why=why))) is not None:
                yield item


def _called(kind: str, title: str) -> str:
    return f"{_WHAT.get(kind, 'an item')} '{title.strip() or 'without a title'}'"


@contextmanager
def _told(job: Import, item: Item, which: str = "") -> Iterator[None]:
    """What is wrong with this item ends here, with a line in the report; so do remarks."""
    called = which + _called(item.component.kind, item.title)
    try:
        with within(MOST_STEPS, "it takes too long to find out when it happens."):
            yield
    except BAD as error:
        job.problem(called, error)
    else:
        for said in item.remarks:
            job.remark(called, "", f"came in, but {said}.")


def _events(job: Import, source: _Source, scratch: Scratch, batch: list[Entry]) -> list[Insert]:
    """What stores the events and series that are not there yet."""
    found: dict[str, Item] = {}
    for item, uid in batch:
        if uid not in found or version_of(item.component) > version_of(found[uid].component):
            found[uid] = item
    known = job.known(local_events.c.uid, found)
    job.report.known += len(known)
    inserts: list[Insert] = []
    for uid, item in found.items():
        if uid in known:
            continue
        with _told(job, item):
            if item.cancelled:
                raise Refused("it is cancelled.")
            parts = [parse_series(item, job.ids.new("evt"), uid)]
            if not item.changes:
                parts = _changed(job, parts[0], _changes(source, scratch, item.component.value("UID").strip()))
            if not (parts := [part for part in parts if not part.is_empty()]):
                raise Refused("none of its occurrences is left.")
            job.report.people = job.report.people or parts[0].organizer is not None
            called = _called("VEVENT", item.title)
            rows = [series_rows(job.user_id, job.fitted(called, part)) for part in parts]
            inserts.append(partial(_insert_series, rows))
    return inserts


def _insert_series(parts: list[tuple[dict[str, Any], list[dict[str, Any]]]], conn: WriteConn) -> None:
    for rows in parts:
        insert_rows(conn, *rows)


def _changed(job: Import, series: Series, items: Iterable[Item]) -> list[Series]:
    """The series with its changed occurrences; from one on that changes all that follow, a series of its own."""
    changes = Changes()
    for number, item in enumerate(items):
        if number == MAX_CHANGED:
            job.problem("what else is changed of a series", f"only {MAX_CHANGED:,} occurrences of one are.", item.title)
            break
        with _told(job, item, "a changed occurrence of "):
            changes.add(parse_change(item, series), version_of(item.component))
    return changes.made_to(series, lambda: job.ids.new("evt"), lambda key: digest(series.uid, key))


class _Lists:
    """The user's task lists, with those that the file's categories name."""

    def __init__(self, job: Import) -> None:
        self._job = job
        there = job.store.read_now(load_lists, job.user_id)
        self._default = there[0]
        self._places = {fold(listed.name): (listed, place) for place, listed in reversed(list(enumerate(there)))}

    def named(self, name: str) -> tuple[TaskList, int]:
        """The list of that name, made if need be, and its place. Raises Refused."""
        if not name:
            return self._default, 0
        if fold(name) not in self._places:
            if len(self._places) >= MAX_LISTS:
                raise Refused(f"there are more than {MAX_LISTS:,} lists.")
            self._places[fold(name)] = TaskList(self._job.ids.new("lst"), name), len(self._places) + 1
        return self._places[fold(name)]


def _tasks(job: Import, lists: _Lists, batch: list[Item]) -> list[Insert]:
    """What stores the tasks that are not there yet, with their lists."""
    found: dict[str, Item] = {}
    for item in batch:
        with _told(job, item):
            if item.changes:
                raise Refused("it is a changed occurrence of a task that repeats, of which one task is kept.")
            uid = stored_uid(item.uid) if item.uid else _digest_of(item.component)
            job.report.known += uid in found
            if uid not in found or version_of(item.component) > version_of(found[uid].component):
                found[uid] = item
    known = job.known(local_tasks.c.uid, found)
    job.report.known += len(known)
    inserts: list[Insert] = []
    for uid, item in found.items():
        if uid in known:
            continue
        with _told(job, item):
            task, created, kept = parse_task(item, job.ids.new("tsk"))
            listed, place = lists.named(list_of(item)[: sizes.TITLE])
            task = replace(job.fitted(_called("VTODO", task.title), task), list_id=listed.id)
            inserts.append(partial(_insert_task, job.user_id, listed, place, task, uid, created, kept))
    return inserts


def _insert_task(
    user_id: str,
    listed: TaskList,
    place: int,
    task: Task,
    uid: str,
    created: datetime,
    kept: tuple[str, ...],
    conn: WriteConn,
) -> None:
    insert_list(conn, user_id, listed, place)
    insert_task(conn, user_id, task, uid, created, kept)


def _tell_the_rest(job: Import, contents: _Contents) -> None:
    for kind, count in contents.left_out.items():
        if count:
            one, many = _LEFT_OUT[kind]
            told = f"{count:,} {one if count == 1 else many} {'was' if count == 1 else 'were'} left out"
            job.tell(f"{told}: Sayso keeps events and tasks.")
    if contents.ends < contents.calendars:
        job.tell("the file ends too early: it seems to have been cut off. What is whole came in.")
