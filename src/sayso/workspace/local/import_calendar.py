"""iCalendar (RFC 5545) into events and tasks."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from icalendar import Calendar, Component
from icalendar.timezone import tzid_from_dt
from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON
from sqlalchemy import Column, select

from sayso.store.workspace_tables import local_events, local_tasks
from sayso.workspace.errors import Refused
from sayso.workspace.local.event_rows import insert_series
from sayso.workspace.local.importing import Import, digest, stored_uid
from sayso.workspace.local.people import same_address
from sayso.workspace.local.recurrence import key_of
from sayso.workspace.local.series import Override, Series, instant, occasion_of, series_of
from sayso.workspace.local.tasks import insert_list, insert_task, load_lists
from sayso.workspace.local.words import fold
from sayso.workspace.types import EventDraft, Guest, Person, Response, Task, TaskList

BAD = (ValueError, KeyError, TypeError, AttributeError, IndexError, OverflowError, Refused)
"""What a malformed component raises, in icalendar or here."""

NO_TIME = datetime(1970, 1, 1, tzinfo=UTC)
_RESPONSES: dict[str, Response] = {"ACCEPTED": "accepted", "DECLINED": "declined", "TENTATIVE": "tentative"}


def read(job: Import, path: Path) -> None:
    try:
        calendars = Calendar.from_ical(path.read_bytes(), multiple=True)
    except BAD as error:
        job.problem("the file", f"it is not iCalendar ({error}).")
        return
    components = [component for calendar in calendars for component in calendar.walk()]
    _read_events(job, [component for component in components if component.name == "VEVENT"])
    _read_tasks(job, [component for component in components if component.name == "VTODO"])


def _known(job: Import, column: Column[Any]) -> set[str]:
    return set(job.conn.execute(select(column).where(column.table.c.user_id == job.user_id)).scalars())


def _uid(component: Component) -> str:
    uid = str(component.get("UID", ""))
    return stored_uid(uid) if uid.strip() else digest(component.to_ical().decode("utf-8", "replace"))


def _name(component: Component) -> str:
    kind = {"VEVENT": "the event", "VTODO": "the task"}.get(str(component.name), "an item")
    return f"{kind} '{component.get('SUMMARY', 'without a title')}'"


def _read_events(job: Import, components: Iterable[Component]) -> None:
    known, masters = _known(job, local_events.c.uid), dict[str, Component]()
    changed: dict[str, list[Component]] = {}
    for component in components:
        uid = _uid(component)
        if "RECURRENCE-ID" in component:
            changed.setdefault(uid, []).append(component)
        else:
            masters.setdefault(uid, component)
    for uid in list(changed):
        if uid not in masters:  # an invitation to single occurrences of a series that one is not part of
            for component in changed.pop(uid):
                masters[digest(uid, str(component["RECURRENCE-ID"].to_ical()))] = component
    for uid, component in masters.items():
        if uid in known:
            job.report.known += 1
            continue
        try:
            if str(component.get("STATUS", "")).upper() == "CANCELLED":
                raise Refused("it is cancelled.")
            series = _series(job, uid, component)
        except BAD as error:
            job.problem(_name(component), error)
            continue
        for override in changed.get(uid, ()):
            try:
                series = _with_override(job, series, override)
            except BAD as error:
                job.problem(f"a changed occurrence of {_name(override)}", error)
        insert_series(job.conn, job.user_id, series)
        job.report.events += 1


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
        title=str(component.get("SUMMARY", "Untitled")),
        start=start,
        end=end,
        timezone=zone,
        location=str(component.get("LOCATION", "")),
        description=str(component.get("DESCRIPTION", "")),
        guests=tuple(_guests(job, component)),
    )


def _value(component: Component, name: str) -> object:
    """The time, date or duration of a property; one that cannot be read raises one of BAD."""
    value: Any = component[name]
    found: object = value.dt
    return found


def _plus(start: datetime | date, length: object) -> datetime | date:
    if not isinstance(length, timedelta):
        raise ValueError("its duration cannot be read.")
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
        known = _known_zone(tzid_from_dt(when) or "")
        return (when.replace(tzinfo=known), known.key) if known else (when.astimezone(zone), zone.key)
    if isinstance(when, date):
        return when, zone.key
    raise ValueError("it has no time that can be read.")


def _known_zone(tzid: str) -> ZoneInfo | None:
    """The zone that a VTIMEZONE's name means: Outlook writes Windows' names, others a path that ends in IANA's."""
    parts = tzid.split("/")
    for name in (WINDOWS_TO_OLSON.get(tzid, tzid), "/".join(parts[-3:]), "/".join(parts[-2:])):
        with suppress(KeyError, ValueError, OSError):
            return ZoneInfo(name)
    return None


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


def _with_override(job: Import, series: Series, component: Component) -> Series:
    key = _key(job, _value(component, "RECURRENCE-ID"), series)
    if str(component.get("STATUS", "")).upper() == "CANCELLED":
        return replace(series, exdates=series.exdates | {key})
    response = _my_response(job, component) if series.organizer is not None else "accepted"
    occasion = occasion_of(_draft(job, component), response)
    touched = series.touched + 1
    overrides = {**series.overrides, key: Override(occasion, touched)}
    return replace(series, overrides=overrides, touched=touched)


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


def _read_tasks(job: Import, components: Iterable[Component]) -> None:
    known, added = _known(job, local_tasks.c.uid), False
    lists = {fold(listed.name): listed for listed in reversed(load_lists(job.conn, job.user_id))}
    default = load_lists(job.conn, job.user_id)[0]
    for component in components:
        uid = _uid(component)
        if uid in known:
            job.report.known += 1
            continue
        try:
            task, created = _task(job, component, job.ids.new("tsk"))
            name = _category(component)
        except BAD as error:
            job.problem(_name(component), error)
            continue
        if not added:
            insert_list(job.conn, job.user_id, default, 0)
            added = True
        listed = lists.get(fold(name), default) if not name or fold(name) in lists else None
        if listed is None:
            listed = lists[fold(name)] = TaskList(job.ids.new("lst"), name)
            insert_list(job.conn, job.user_id, listed, len(lists))
        insert_task(job.conn, job.user_id, replace(task, list_id=listed.id), uid, created)
        known.add(uid)
        job.report.tasks += 1


def _task(job: Import, component: Component, task_id: str) -> tuple[Task, datetime]:
    due = None
    if "DUE" in component:
        due, _ = _time(_value(component, "DUE"), job.zone)
    completed = _instant(job, component, "COMPLETED")
    created = (
        _instant(job, component, "CREATED") or _instant(job, component, "DTSTAMP") or datetime(1970, 1, 1, tzinfo=UTC)
    )
    done = completed is not None or str(component.get("STATUS", "")).upper() == "COMPLETED"
    title, notes = str(component.get("SUMMARY", "Untitled")), str(component.get("DESCRIPTION", ""))
    return Task(title, due, notes, "", task_id, "", done, completed, "1"), created


def _instant(job: Import, component: Component, name: str) -> datetime | None:
    return instant(_time(_value(component, name), job.zone)[0]) if name in component else None


def _category(component: Component) -> str:
    categories = component.get("CATEGORIES")
    first = categories[0] if isinstance(categories, list) else categories
    return "" if first is None else next((str(item).strip() for item in first.cats), "")
