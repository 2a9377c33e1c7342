"""Components of iCalendar (RFC 5545) to events and tasks, and back.

A component was cut out and checked before (`content_lines`, `zones`). What is wrong with it raises Refused with a
sentence, or what the library raises.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from icalendar import Component, Todo, vCalAddress, vRecur
from icalendar import Event as EventComponent
from icalendar.timezone import tzid_from_dt

from sayso.workspace.errors import Refused
from sayso.workspace.events.recurrence import key_of, slot_of
from sayso.workspace.events.series import Occasion, Series, instant, occasion_of, series_of
from sayso.workspace.formats import zones
from sayso.workspace.people import same_address
from sayso.workspace.types import EventDraft, Guest, Person, Response, Task

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_RESPONSES: dict[str, Response] = {
    "NEEDS-ACTION": "needs_action",
    "ACCEPTED": "accepted",
    "DECLINED": "declined",
    "TENTATIVE": "tentative",
}
_STATES: dict[Response, str] = {answer: name for name, answer in _RESPONSES.items()}


@dataclass(frozen=True, slots=True)
class Reading:
    """For whom components are read."""

    me: Person
    zone: ZoneInfo
    """What times without a zone are in."""


def parse_series(component: Component, reading: Reading, series_id: str, uid: str) -> Series:
    """The event of a VEVENT, without changed occurrences: they are components of their own (`parse_change`). One that
    is a changed occurrence itself, of a series that is not there, is an event."""
    draft = _parse_draft(component, reading)
    rules = component.get("RRULE")
    if isinstance(rules, list):
        raise Refused("it has several repetition rules.")
    if rules is not None and "RECURRENCE-ID" not in component:
        draft = replace(draft, recurrence=rules.to_ical().decode())
    organizer = _organizer(component, reading.me)
    response = _my_response(component, reading.me) if organizer is not None else "accepted"
    series = series_of(series_id, uid, draft, organizer, response)
    keys = {name: frozenset(_keys(component, name, reading, series)) for name in ("EXDATE", "RDATE")}
    if "RECURRENCE-ID" in component or not (series.recurrence or keys["RDATE"]):
        return series
    series = replace(series, exdates=keys["EXDATE"], rdates=keys["RDATE"])
    if series.is_empty():
        raise Refused("none of its occurrences is left.")
    return series


def parse_change(component: Component, reading: Reading, series: Series) -> tuple[str, Occasion | None]:
    """Which occurrence of the series a VEVENT with a RECURRENCE-ID changes, by its key, and to what; None: to none."""
    key = _parse_key(_value(component, "RECURRENCE-ID"), reading, series)
    if is_cancelled(component):
        return key, None
    response = _my_response(component, reading.me) if series.organizer is not None else "accepted"
    return key, occasion_of(_parse_draft(component, reading), my_response=response)


def format_series(series: Series, me: Person) -> list[Component]:
    """The VEVENT of an event, and one for each changed occurrence."""
    master = _format_occasion(series, series.occasion, me)
    if series.recurrence:
        master.add("rrule", vRecur.from_ical(series.recurrence))
    for name, keys in (("exdate", series.exdates), ("rdate", series.rdates)):
        if keys:
            master.add(name, [_format_key(key, series) for key in sorted(keys)])
    found: list[Component] = [master]
    for key, override in sorted(series.overrides.items()):
        component = _format_occasion(series, override.occasion, me)
        component.add("recurrence-id", _format_key(key, series))
        found.append(component)
    return found


def is_cancelled(component: Component) -> bool:
    return first_text(component, "STATUS").upper() == "CANCELLED"


def _parse_draft(component: Component, reading: Reading) -> EventDraft:
    start, zone = _parse_time(_value(component, "DTSTART"), reading.zone)
    if "DTEND" in component:
        end, _ = _parse_time(_value(component, "DTEND"), reading.zone)
    elif "DURATION" in component:
        end = _plus(start, _value(component, "DURATION"))
    else:
        end = start if isinstance(start, datetime) else start + timedelta(days=1)
    if not isinstance(end, datetime) and not isinstance(start, datetime) and end <= start:
        end = start + timedelta(days=1)
    return EventDraft(
        title=first_text(component, "SUMMARY", "Untitled"),
        start=start,
        end=end,
        timezone=zone,
        location=first_text(component, "LOCATION"),
        description=first_text(component, "DESCRIPTION"),
        guests=tuple(_guests(component, reading.me)),
    )


def _format_occasion(series: Series, occasion: Occasion, me: Person) -> EventComponent:
    component = EventComponent()
    component.add("uid", series.uid)
    component.add("dtstamp", EPOCH)
    component.add("dtstart", occasion.start)
    component.add("dtend", occasion.end)
    component.add("summary", occasion.title)
    if occasion.location:
        component.add("location", occasion.location)
    if occasion.description:
        component.add("description", occasion.description)
    for guest in occasion.guests:
        component.add("attendee", _format_address(guest.email, guest.name, guest.response), encode=False)
    if series.organizer is not None:
        component.add("organizer", _format_address(series.organizer.email, series.organizer.name), encode=False)
        component.add("attendee", _format_address(me.email, me.name, occasion.my_response), encode=False)
    elif occasion.guests:
        component.add("organizer", _format_address(me.email, me.name), encode=False)
    return component


def parse_task(component: Component, reading: Reading, task_id: str) -> tuple[Task, datetime]:
    """The task of a VTODO, in no list yet, and when it was made."""
    due = None
    if "DUE" in component:
        due, _ = _parse_time(_value(component, "DUE"), reading.zone)
    completed = _instant(component, "COMPLETED", reading.zone)
    created = _instant(component, "CREATED", reading.zone) or _instant(component, "DTSTAMP", reading.zone) or EPOCH
    done = completed is not None or first_text(component, "STATUS").upper() == "COMPLETED"
    title, notes = first_text(component, "SUMMARY", "Untitled"), first_text(component, "DESCRIPTION")
    return Task(title, due, notes, "", task_id, "", done, completed, "1"), created


def format_task(task: Task, uid: str, created: datetime) -> Todo:
    """The VTODO of a task; its list is its category."""
    todo = Todo()
    todo.add("uid", uid)
    todo.add("dtstamp", created)
    todo.add("created", created)
    todo.add("summary", task.title)
    todo.add("categories", [task.list_name])
    if task.notes:
        todo.add("description", task.notes)
    if task.due is not None:
        todo.add("due", task.due)
    todo.add("status", "COMPLETED" if task.done else "NEEDS-ACTION")
    if task.completed_at is not None:
        todo.add("completed", task.completed_at)
    return todo


def category_of(component: Component) -> str:
    """The first category, or none."""
    categories = component.get("CATEGORIES")
    first = categories[0] if isinstance(categories, list) else categories
    return "" if first is None else next((str(item).strip() for item in first.cats), "")


def first_text(component: Component, name: str, missing: str = "") -> str:
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
    except (AttributeError, ValueError) as error:
        raise Refused(f"its {name} cannot be read.") from error
    return found


def _instant(component: Component, name: str, zone: ZoneInfo) -> datetime | None:
    return instant(_parse_time(_value(component, name), zone)[0]) if name in component else None


def _plus(start: datetime | date, length: object) -> datetime | date:
    if not isinstance(length, timedelta):
        raise Refused("its duration cannot be read.")
    if isinstance(start, datetime):
        return (start.astimezone(UTC) + length).astimezone(start.tzinfo)
    return start + length


def _parse_time(when: object, zone: ZoneInfo) -> tuple[datetime | date, str]:
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


def _keys(component: Component, name: str, reading: Reading, series: Series) -> Iterator[str]:
    values = component.get(name, [])
    for value in values if isinstance(values, list) else [values]:
        for item in value.dts:
            yield _parse_key(item.dt[0] if isinstance(item.dt, tuple) else item.dt, reading, series)


def _parse_key(when: object, reading: Reading, series: Series) -> str:
    """The key of the occurrence at this time, which may be written as a date or as a time."""
    found, _ = _parse_time(when, series.occasion.zone if not isinstance(when, datetime) else reading.zone)
    start = series.occasion.start
    if not isinstance(start, datetime):
        return key_of(datetime(found.year, found.month, found.day), series.occasion.zone, True)  # noqa: DTZ001
    if not isinstance(found, datetime):
        return key_of(datetime.combine(found, start.time()), series.occasion.zone, False)
    return instant(found).strftime("%Y%m%dT%H%M%SZ")


def _format_key(key: str, series: Series) -> datetime | date:
    slot = slot_of(key, series.occasion.zone)
    return slot.date() if series.occasion.all_day else slot.replace(tzinfo=series.occasion.zone)


def _addresses(component: Component, name: str) -> list[Any]:
    values = component.get(name, [])
    return values if isinstance(values, list) else [values]


def _email(address: Any) -> str:
    text = str(address).strip()
    return text[7:] if text.lower().startswith("mailto:") else text


def _response(address: Any) -> Response:
    return _RESPONSES.get(str(address.params.get("PARTSTAT", "")).upper(), "needs_action")


def _format_address(email: str, name: str, response: Response | None = None) -> vCalAddress:
    address = vCalAddress(f"mailto:{email}")
    if name:
        address.params["CN"] = name
    if response:
        address.params["PARTSTAT"] = _STATES[response]
    return address


def _guests(component: Component, me: Person) -> Iterator[Guest]:
    for address in _addresses(component, "ATTENDEE"):
        if not same_address(_email(address), me.email):
            yield Guest(_email(address), str(address.params.get("CN", "")), _response(address))


def _organizer(component: Component, me: Person) -> Person | None:
    for address in _addresses(component, "ORGANIZER"):
        if not same_address(_email(address), me.email):
            return Person(_email(address), str(address.params.get("CN", "")))
    return None


def _my_response(component: Component, me: Person) -> Response:
    mine = [item for item in _addresses(component, "ATTENDEE") if same_address(_email(item), me.email)]
    return _response(mine[0]) if mine else "accepted"
