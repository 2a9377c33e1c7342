"""What a change of an event does to it, and to the exceptions of a series."""

from typing import Any

from tests.kit.google.calendar import rules
from tests.kit.google.calendar.store import Calendar, Event, Seen

Json = dict[str, Any]
WHEN = ("start", "end", "recurrence")


def apply(seen: Seen, data: Json, outlive: bool) -> Event:
    """Keeps the data, of an instance as far as they are its own. `outlive`: Book.exceptions_outlive_cut."""
    calendar, before = seen.calendar, dict(seen.data)
    event = kept_of(seen)
    if any(data.get(name) != before.get(name) for name in WHEN) or before["status"] == "cancelled":
        data = data | {"sequence": before["sequence"] + 1}
    names = {name for name in data.keys() | before.keys() if data.get(name) != before.get(name)}
    if seen.master and calendar.whole_exceptions:
        names |= data.keys()
    if seen.master:
        event.data |= {name: data.get(name) for name in names}
    else:
        event.data = data
    calendar.touch(event, quietly=names == {"reminders"})
    if seen.master is None:
        if names & set(WHEN):
            _drop(calendar, event, outlive)
        for each in calendar.exceptions(event.id):
            calendar.touch(each)
    return event


def _drop(calendar: Calendar, master: Event, outlive: bool) -> None:
    """Exceptions of instances that the series no longer has go; the others stay."""
    lines = master.data.get("recurrence")
    cut = lines and any("UNTIL=" in line for line in lines)
    for event in calendar.exceptions(master.id):
        assert event.original
        if cut and outlive and event.data.get("status") != "cancelled":
            continue
        if not lines or not rules.begins(lines, master.data["start"], event.original):
            event.dropped = True
            event.data["status"] = "cancelled"
            calendar.touch(event)


def kept_of(seen: Seen) -> Event:
    """The event that is kept; an instance becomes an exception."""
    if seen.event and not seen.event.dropped:
        return seen.event
    event = Event(seen.id, {}, seen.created, master=seen.master, original=seen.original)
    seen.calendar.events[seen.id] = event
    return event


def root_of(calendar: Calendar, event: Event) -> Event:
    """The series of an exception."""
    return calendar.events.get(event.master or event.id, event)
