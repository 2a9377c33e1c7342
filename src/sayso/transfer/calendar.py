"""iCalendar (RFC 5545) into events and tasks."""

from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO
from warnings import catch_warnings, simplefilter
from zoneinfo import ZoneInfo

from icalendar import Component
from icalendar.error import GloballyUniqueTZIDGuessed
from icalendar.timezone import tzid_from_dt

from sayso.base import sizes
from sayso.base.steps import within
from sayso.english.words import fold
from sayso.store.gateway import WriteConn
from sayso.store.workspace_tables import local_events, local_tasks
from sayso.transfer.job import BAD, Import, Insert, digest, stored_uid
from sayso.transfer.scratch import Scratch
from sayso.workspace.errors import Refused
from sayso.workspace.events.recurrence import key_of
from sayso.workspace.events.series import Override, Series, instant, occasion_of, series_of
from sayso.workspace.formats import zones
from sayso.workspace.formats.content_lines import Component as Source
from sayso.workspace.formats.content_lines import components, content_lines, name_of
from sayso.workspace.local.event_rows import MOST_STEPS, insert_rows, series_rows
from sayso.workspace.local.tasks import insert_list, insert_task, load_lists
from sayso.workspace.people import same_address
from sayso.workspace.types import EventDraft, Guest, Person, Response, Task, TaskList

MAX_CHANGED, MAX_LISTS = 5_000, 1_000
_TABLES = ("series (uid PRIMARY KEY)", "changed (uid, source, why)")
_BEGINNINGS = (b"BEGIN:VCALENDAR", b"BEGIN:VEVENT", b"BEGIN:VTODO")
_RESPONSES: dict[str, Response] = {"ACCEPTED": "accepted", "DECLINED": "declined", "TENTATIVE": "tentative"}
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
    uid = _text(component, "UID")
    return stored_uid(uid) if uid.strip() else digest(component.to_ical().decode("utf-8", "replace"))


@contextmanager
def _told(job: Import, component: Component, which: str = "") -> Iterator[None]:
    """What is wrong with this component ends here, with a line in the report."""
    try:
        with within(MOST_STEPS, "it takes too long to find out when it happens."):
            yield
    except BAD as error:
        job.problem(which + _called(str(component.name), _text(component, "SUMMARY")), error)


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
            if _text(component, "STATUS").upper() == "CANCELLED":
                raise Refused("it is cancelled.")
            series = _series(job, uid, component)
            if "RECURRENCE-ID" not in component:
                series = _with_overrides(job, series, _changes(scratch, source))
            rows = series_rows(job.user_id, job.fitted(_called("VEVENT", series.occasion.title), series))
            inserts.append(partial(_insert_series, rows))
    return inserts


def _insert_series(rows: tuple[dict[str, Any], list[dict[str, Any]]], conn: WriteConn) -> None:
    insert_rows(conn, *rows)


def _series(job: Import, uid: str, component: Component) -> Series:
    draft = _draft(job, component)
    rules = component.get("RRULE")
    if isinstance(rules, list):
        raise Refused("it has several repetition rules.")
    if rules is not None and "RECURRENCE-ID" not in component:
        draft = replace(draft, recurrence=rules.to_ical().decode())
    organizer = _organizer(job, component)
    response = _my_response(job, component) if organizer is not None else "accepted"
    series = series_of(job.ids.new("evt"), uid, draft, organizer, response)
    keys = {name: frozenset(_keys(job, component, name, series)) for name in ("EXDATE", "RDATE")}
    if "RECURRENCE-ID" in component or not (series.recurrence or keys["RDATE"]):
        return series
    series = replace(series, exdates=keys["EXDATE"], rdates=keys["RDATE"])
    if series.is_empty():
        raise Refused("none of its occurrences is left.")
    return series


def _draft(job: Import, component: Component) -> EventDraft:
    start, zone = _time(_value(component, "DTSTART"), job.zone)
    if "DTEND" in component:
        end, _ = _time(_value(component, "DTEND"), job.zone)
    elif "DURATION" in component:
        end = _plus(start, _value(component, "DURATION"))
    else:
        end = start if isinstance(start, datetime) else start + timedelta(days=1)
    if not isinstance(end, datetime) and not isinstance(start, datetime) and end <= start:
        end = start + timedelta(days=1)
    return EventDraft(
        title=_text(component, "SUMMARY", "Untitled"),
        start=start,
        end=end,
        timezone=zone,
        location=_text(component, "LOCATION"),
        description=_text(component, "DESCRIPTION"),
        guests=tuple(_guests(job, component)),
    )


def _text(component: Component, name: str, missing: str = "") -> str:
    """A text that a component has once; of several the first."""
    value = component.get(name, missing)
    return str(value[0] if isinstance(value, list) else value)


def _value(component: Component, name: str) -> object:
    """The time, date or duration of a property. Raises Refused when there is none or it cannot be read."""
    value: Any = component.get(name)
    if value is None:
        raise Refused("it does not say when it starts." if name == "DTSTART" else f"it has no {name}.")
    try:
        found: object = value.dt
    except BAD as error:
        raise Refused(f"its {name} cannot be read.") from error
    return found


def _plus(start: datetime | date, length: object) -> datetime | date:
    if not isinstance(length, timedelta):
        raise Refused("its duration cannot be read.")
    if isinstance(start, datetime):
        return (start.astimezone(UTC) + length).astimezone(start.tzinfo)
    return start + length


def _time(when: object, zone: ZoneInfo) -> tuple[datetime | date, str]:
    """The time and the name of its zone; one without a zone, or with one that nobody knows, is in `zone`."""
    if isinstance(when, datetime):
        if when.tzinfo is None:
            return when.replace(tzinfo=zone), zone.key
        if isinstance(when.tzinfo, ZoneInfo) and when.tzinfo.key:
            return when, when.tzinfo.key
        if when.tzinfo is UTC:
            return when, "UTC"
        if known := zones.known(tzid_from_dt(when) or ""):
            return when.replace(tzinfo=known), known.key
        if when.year > zones.LAST_CHANGE:
            raise Refused(f"it is after {zones.LAST_CHANGE}, in a time zone of its file's own.")
        return when.astimezone(zone), zone.key
    if isinstance(when, date):
        return when, zone.key
    raise Refused("it has no time that can be read.")


def _keys(job: Import, component: Component, name: str, series: Series) -> Iterator[str]:
    values = component.get(name, [])
    for value in values if isinstance(values, list) else [values]:
        for item in value.dts:
            yield _key(job, item.dt[0] if isinstance(item.dt, tuple) else item.dt, series)


def _key(job: Import, when: object, series: Series) -> str:
    """The key of the occurrence at this time, which may be written as a date or as a time."""
    found, _ = _time(when, series.occasion.zone if not isinstance(when, datetime) else job.zone)
    start = series.occasion.start
    if not isinstance(start, datetime):
        return key_of(datetime(found.year, found.month, found.day), series.occasion.zone, True)  # noqa: DTZ001
    if not isinstance(found, datetime):
        return key_of(datetime.combine(found, start.time()), series.occasion.zone, False)
    return instant(found).strftime("%Y%m%dT%H%M%SZ")


def _with_overrides(job: Import, series: Series, changes: Iterable[Source]) -> Series:
    exdates, overrides, touched = set(series.exdates), dict(series.overrides), series.touched
    for number, (_, component) in enumerate(_parsed(job, changes)):
        if number == MAX_CHANGED:
            title = _text(component, "SUMMARY")
            job.problem("what else is changed of a series", f"only {MAX_CHANGED:,} occurrences of one are.", title)
            break
        with _told(job, component, "a changed occurrence of "):
            key = _key(job, _value(component, "RECURRENCE-ID"), series)
            if _text(component, "STATUS").upper() == "CANCELLED":
                exdates.add(key)
                continue
            response = _my_response(job, component) if series.organizer is not None else "accepted"
            touched += 1
            overrides[key] = Override(occasion_of(_draft(job, component), response), touched)
    return replace(series, exdates=frozenset(exdates), overrides=overrides, touched=touched)


def _addresses(component: Component, name: str) -> list[Any]:
    values = component.get(name, [])
    return values if isinstance(values, list) else [values]


def _email(address: Any) -> str:
    text = str(address).strip()
    return text[7:] if text.lower().startswith("mailto:") else text


def _guests(job: Import, component: Component) -> Iterator[Guest]:
    for address in _addresses(component, "ATTENDEE"):
        if not same_address(_email(address), job.me.email):
            yield Guest(_email(address), str(address.params.get("CN", "")), _response(address))


def _response(address: Any) -> Response:
    return _RESPONSES.get(str(address.params.get("PARTSTAT", "")).upper(), "needs_action")


def _organizer(job: Import, component: Component) -> Person | None:
    for address in _addresses(component, "ORGANIZER"):
        if not same_address(_email(address), job.me.email):
            return Person(_email(address), str(address.params.get("CN", "")))
    return None


def _my_response(job: Import, component: Component) -> Response:
    mine = [item for item in _addresses(component, "ATTENDEE") if same_address(_email(item), job.me.email)]
    return _response(mine[0]) if mine else "accepted"


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
            task, created = _task(job, component, job.ids.new("tsk"))
            listed, place = lists.named(_category(component)[: sizes.TITLE])
            task = replace(job.fitted(_called("VTODO", task.title), task), list_id=listed.id)
            inserts.append(partial(_insert_task, job.user_id, listed, place, task, uid, created))
    return inserts


def _insert_task(
    user_id: str, listed: TaskList, place: int, task: Task, uid: str, created: datetime, conn: WriteConn
) -> None:
    insert_list(conn, user_id, listed, place)
    insert_task(conn, user_id, task, uid, created)


def _task(job: Import, component: Component, task_id: str) -> tuple[Task, datetime]:
    due = None
    if "DUE" in component:
        due, _ = _time(_value(component, "DUE"), job.zone)
    completed = _instant(job, component, "COMPLETED")
    created = (
        _instant(job, component, "CREATED") or _instant(job, component, "DTSTAMP") or datetime(1970, 1, 1, tzinfo=UTC)
    )
    done = completed is not None or _text(component, "STATUS").upper() == "COMPLETED"
    title, notes = _text(component, "SUMMARY", "Untitled"), _text(component, "DESCRIPTION")
    return Task(title, due, notes, "", task_id, "", done, completed, "1"), created


def _instant(job: Import, component: Component, name: str) -> datetime | None:
    return instant(_time(_value(component, name), job.zone)[0]) if name in component else None


def _category(component: Component) -> str:
    categories = component.get("CATEGORIES")
    first = categories[0] if isinstance(categories, list) else categories
    return "" if first is None else next((str(item).strip() for item in first.cats), "")
