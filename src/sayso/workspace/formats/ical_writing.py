"""Events and tasks to content lines of iCalendar (RFC 5545), with all that was kept of the file that they came from."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from sayso.base.addresses import is_invented
from sayso.workspace.events.recurrence import slot_of, with_plain_until
from sayso.workspace.events.series import Occasion, Series
from sayso.workspace.formats.content_lines import Line, escape, parse_line
from sayso.workspace.formats.ical import EPOCH, RESPONSES
from sayso.workspace.formats.ical_values import format_utc, format_when, quoted
from sayso.workspace.people import Me
from sayso.workspace.types import Guest, Person, Response, Task

_STATES = {answer: name for name, answer in RESPONSES.items()}
_PEOPLE = ("ATTENDEE", "ORGANIZER")


def format_series(series: Series, me: Me) -> Iterator[str]:
    """The lines of the VEVENT of an event, and of one for each changed occurrence."""
    occasion = series.occasion
    rule = series.recurrence and with_plain_until(series.recurrence, occasion.zone, occasion.all_day)
    keys = [f"RRULE:{rule}"] if rule else []
    for name, dates in (("EXDATE", series.exdates), ("RDATE", series.rdates)):
        keys += [_at(name, key, series) for key in sorted(dates)]
    yield from _event(series, occasion, me, keys)
    for key, override in sorted(series.overrides.items()):
        yield from _event(series, override.occasion, me, [_at("RECURRENCE-ID", key, series)])


def format_task(task: Task, uid: str, created: datetime, kept: Iterable[str]) -> Iterator[str]:
    """The lines of the VTODO of a task; `kept`: those of the file that it came from."""
    others = [*kept]
    yield from ("BEGIN:VTODO", f"UID:{escape(uid)}")
    if not _names(others, "DTSTAMP"):
        yield f"DTSTAMP:{format_utc(created)}"
    yield from (f"CREATED:{format_utc(created)}", f"SUMMARY:{escape(task.title)}")
    yield f"CATEGORIES:{escape(task.list_name)}"
    if task.notes:
        yield f"DESCRIPTION:{escape(task.notes)}"
    if task.due is not None:
        params, value = format_when(task.due)
        yield f"DUE{params}:{value}"
        others = [line for line in others if not line.upper().startswith("DURATION")]  # RFC 5545, 3.6.2: one of them
    if task.completed_at is not None:
        yield f"COMPLETED:{format_utc(task.completed_at)}"
    states = ("COMPLETED", "CANCELLED") if task.done else ("NEEDS-ACTION", "IN-PROCESS")
    told = next((line.partition(":")[2].strip().upper() for line in others if _is(line, "STATUS")), "")
    yield f"STATUS:{told if told in states else states[0]}"
    yield from (line for line in others if not _is(line, "STATUS"))
    yield "END:VTODO"


def _event(series: Series, occasion: Occasion, me: Me, repeats: Iterable[str]) -> Iterator[str]:
    kept = [(line, parse_line(line)) for line in occasion.kept]
    people = [line for _, line in kept if line is not None and line.name in _PEOPLE]
    yield from ("BEGIN:VEVENT", f"UID:{escape(series.uid)}")
    if not _names(occasion.kept, "DTSTAMP"):
        yield f"DTSTAMP:{format_utc(EPOCH)}"
    for name, when in (("DTSTART", occasion.start), ("DTEND", occasion.end)):
        params, value = format_when(when)
        yield f"{name}{params}:{value}"
    yield from repeats
    yield f"SUMMARY:{escape(occasion.title)}"
    for name, text in (("LOCATION", occasion.location), ("DESCRIPTION", occasion.description)):
        if text:
            yield f"{name}:{escape(text)}"
    if occasion.free:
        yield "TRANSP:TRANSPARENT"
    for guest in occasion.guests:
        yield _address("ATTENDEE", guest, people, guest.response)
    if series.organizer is not None:
        yield _address("ORGANIZER", series.organizer, people)
        if not me.among(occasion.guests) and occasion.my_response != "accepted":
            yield _address("ATTENDEE", me, people, occasion.my_response)
    elif occasion.guests and not is_invented(me.email):
        yield _address("ORGANIZER", me, people)
    yield from (raw for raw, line in kept if line is None or line.name not in _PEOPLE or "@" not in raw)
    yield "END:VEVENT"


def _at(name: str, key: str, series: Series) -> str:
    slot, zone = slot_of(key, series.occasion.zone), series.occasion.zone
    params, value = format_when(slot.date() if series.occasion.all_day else slot.replace(tzinfo=zone))
    return f"{name}{params}:{value}"


def _address(name: str, who: Person | Guest, people: Iterable[Line], response: Response | None = None) -> str:
    """The line of a person, with what the file said of him besides."""
    told = next((line for line in people if line.name == name and who.email.casefold() in line.value.casefold()), None)
    params = {} if told is None else {**told.params}
    params |= {"CN": (who.name,)} if who.name else {}
    params |= {"PARTSTAT": (_STATES[response],)} if response else {}
    written = "".join(f";{key}={','.join(map(quoted, values))}" for key, values in params.items())
    return f"{name}{written}:mailto:{who.email}"


def _is(line: str, name: str) -> bool:
    return line[: len(name) + 1].upper() in (f"{name}:", f"{name};")


def _names(lines: Iterable[str], name: str) -> bool:
    return any(_is(line, name) for line in lines)
