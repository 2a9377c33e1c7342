"""iCalendar files into events and tasks."""

from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import datetime
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO
from warnings import catch_warnings, simplefilter

from icalendar import Component
from icalendar.error import GloballyUniqueTZIDGuessed

from sayso.base import sizes
from sayso.base.steps import within
from sayso.english.words import fold
from sayso.store.gateway import WriteConn
from sayso.store.workspace_tables import local_events, local_tasks
from sayso.transfer.job import BAD, Import, Insert, digest, stored_uid
from sayso.transfer.scratch import Scratch
from sayso.workspace.errors import Refused
from sayso.workspace.events.series import Override, Series
from sayso.workspace.formats import zones
from sayso.workspace.formats.content_lines import Component as Source
from sayso.workspace.formats.content_lines import components, content_lines, name_of
from sayso.workspace.formats.ical import (
    Reading,
    category_of,
    first_text,
    is_cancelled,
    parse_change,
    parse_series,
    parse_task,
)
from sayso.workspace.local.event_rows import MOST_STEPS, insert_rows, series_rows
from sayso.workspace.local.tasks import insert_list, insert_task, load_lists
from sayso.workspace.types import Task, TaskList

MAX_CHANGED, MAX_LISTS = 5_000, 1_000
_TABLES = ("series (uid PRIMARY KEY)", "changed (uid, source, why)")
_BEGINNINGS = (b"BEGIN:VCALENDAR", b"BEGIN:VEVENT", b"BEGIN:VTODO")
_WHAT = {"VEVENT": "the event", "VTODO": "the task", "VTIMEZONE": "the time zone"}


def read(job: Import, path: Path) -> None:
    with path.open("rb") as file, catch_warnings(), closing(Scratch(*_TABLES)) as scratch:
        simplefilter("ignore", GloballyUniqueTZIDGuessed)
        if not any(line.strip().upper() in _BEGINNINGS for line in content_lines(file)):
            job.problem("the file", "it is not iCalendar.")
            return
        size = path.stat().st_size
        for _ in _parsed(job, _all(file, "VTIMEZONE")):  # first: icalendar keeps them by name for what comes after
            pass
        _set_aside(file, scratch)
        series = _parsed(job, (source for source in _all(file, "VEVENT") if not _is_change(source)))
        for batch in job.batches(series, _weight):
            job.write("events", _events(job, scratch, batch), file.tell() / size)
        for batch in job.batches(_parsed(job, _without_series(scratch)), _weight):
            job.write("events", _events(job, scratch, batch), 1)
        lists = _Lists(job)
        for batch in job.batches(_parsed(job, _all(file, "VTODO")), _weight):
            job.write("tasks", _tasks(job, lists, batch), file.tell() / size)


Item = tuple[Source, Component]


def _all(file: BinaryIO, kind: str) -> Iterator[Source]:
    file.seek(0)
    return components(file, kind)


def _weight(item: Item) -> int:
    return len(item[0].source)


def _parsed(job: Import, sources: Iterable[Source]) -> Iterator[Item]:
    for found in sources:
        zone = found.kind == "VTIMEZONE"
        try:
            if found.why:
                raise Refused(found.why)
            zones.check_names(found)
            if zone:
                zones.check_rules(found)
            component = Component.from_ical(found.source)
        except BAD as error:
            job.problem(_called(found.kind, found.value("TZID" if zone else "SUMMARY")), error)
        else:
            yield found, component


def _is_change(source: Source) -> bool:
    """Whether it is a changed occurrence of a series."""
    return any(name_of(line) == "RECURRENCE-ID" for line in source.lines)


def _set_aside(file: BinaryIO, scratch: Scratch) -> None:
    """Keep changed occurrences, which may stand anywhere in the file, by the series that they belong to."""
    for source in _all(file, "VEVENT"):
        uid = source.value("UID").strip()
        if _is_change(source):
            scratch.run("INSERT INTO changed VALUES (?, ?, ?)", uid, source.source, source.why)
        else:
            scratch.run("INSERT OR IGNORE INTO series VALUES (?)", uid)
    scratch.run("CREATE INDEX changed_uid ON changed (uid)")


def _changes(scratch: Scratch, source: Source) -> Iterator[Source]:
    """The changed occurrences of a series."""
    if uid := source.value("UID").strip():
        yield from _kept(scratch.run("SELECT source, why FROM changed WHERE uid = ? ORDER BY rowid", uid))


def _without_series(scratch: Scratch) -> Iterator[Source]:
    """Invitations to single occurrences of series that one is not part of."""
    alone = "uid = '' OR NOT EXISTS (SELECT 1 FROM series WHERE series.uid = changed.uid)"
    return _kept(scratch.run(f"SELECT source, why FROM changed WHERE {alone} ORDER BY rowid"))


def _kept(rows: Iterable[tuple[bytes, str]]) -> Iterator[Source]:
    for source, why in rows:
        for found in components(BytesIO(source), "VEVENT"):
            yield replace(found, why=why)


def _called(kind: str, title: str) -> str:
    return f"{_WHAT.get(kind, 'an item')} '{title or 'without a title'}'"


def _uid(component: Component) -> str:
    uid = first_text(component, "UID")
    return stored_uid(uid) if uid.strip() else digest(component.to_ical().decode("utf-8", "replace"))


@contextmanager
def _told(job: Import, component: Component, which: str = "") -> Iterator[None]:
    """What is wrong with this component ends here, with a line in the report."""
    try:
        with within(MOST_STEPS, "it takes too long to find out when it happens."):
            yield
    except BAD as error:
        job.problem(which + _called(str(component.name), first_text(component, "SUMMARY")), error)


def _events(job: Import, scratch: Scratch, batch: list[Item]) -> list[Insert]:
    """What stores the events and series that are not there yet."""
    found: dict[str, Item] = {}
    for source, component in batch:
        with _told(job, component):
            uid = _uid(component)
            if "RECURRENCE-ID" in component:
                uid = digest(uid, str(component["RECURRENCE-ID"].to_ical()))
            found.setdefault(uid, (source, component))
    known = job.known(local_events.c.uid, found)
    job.report.known += len(known)
    inserts: list[Insert] = []
    for uid, (source, component) in found.items():
        if uid in known:
            continue
        with _told(job, component):
            if is_cancelled(component):
                raise Refused("it is cancelled.")
            series = parse_series(component, Reading(job.me, job.zone), job.ids.new("evt"), uid)
            if "RECURRENCE-ID" not in component:
                series = _with_overrides(job, series, _changes(scratch, source))
            rows = series_rows(job.user_id, job.fitted(_called("VEVENT", series.occasion.title), series))
            inserts.append(partial(_insert_series, rows))
    return inserts


def _insert_series(rows: tuple[dict[str, Any], list[dict[str, Any]]], conn: WriteConn) -> None:
    insert_rows(conn, *rows)


def _with_overrides(job: Import, series: Series, changes: Iterable[Source]) -> Series:
    exdates, overrides, touched = set(series.exdates), dict(series.overrides), series.touched
    for number, (_, component) in enumerate(_parsed(job, changes)):
        if number == MAX_CHANGED:
            title = first_text(component, "SUMMARY")
            job.problem("what else is changed of a series", f"only {MAX_CHANGED:,} occurrences of one are.", title)
            break
        with _told(job, component, "a changed occurrence of "):
            key, occasion = parse_change(component, Reading(job.me, job.zone), series)
            if occasion is None:
                exdates.add(key)
                continue
            touched += 1
            overrides[key] = Override(occasion, touched)
    return replace(series, exdates=frozenset(exdates), overrides=overrides, touched=touched)


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
    found: dict[str, Component] = {}
    for _, component in batch:
        with _told(job, component):
            uid = _uid(component)
            job.report.known += uid in found
            found.setdefault(uid, component)
    known = job.known(local_tasks.c.uid, found)
    job.report.known += len(known)
    inserts: list[Insert] = []
    for uid, component in found.items():
        if uid in known:
            continue
        with _told(job, component):
            task, created = parse_task(component, Reading(job.me, job.zone), job.ids.new("tsk"))
            listed, place = lists.named(category_of(component)[: sizes.TITLE])
            task = replace(job.fitted(_called("VTODO", task.title), task), list_id=listed.id)
            inserts.append(partial(_insert_task, job.user_id, listed, place, task, uid, created))
    return inserts


def _insert_task(
    user_id: str, listed: TaskList, place: int, task: Task, uid: str, created: datetime, conn: WriteConn
) -> None:
    insert_list(conn, user_id, listed, place)
    insert_task(conn, user_id, task, uid, created)
