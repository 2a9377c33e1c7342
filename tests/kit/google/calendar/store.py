"""Calendars and the events in them, as they are kept.

An exception of a series keeps only what is its own; all else it takes from the series whenever it is looked at.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from tests.kit.google.calendar import rules
from tests.kit.google.calendar.times import instant, key_of, long_after, shifted, timed

if TYPE_CHECKING:
    from tests.kit.google.fake import Google

Json = dict[str, Any]


@dataclass
class Event:
    """`data`: what the schema has of it, less what is kept here. `number`: of its last change, for sync tokens."""

    id: str
    data: Json
    created: str
    etag: str = ""
    updated: str = ""
    number: int = 0
    master: str | None = None
    """Of an exception: the series' id."""
    original: Json | None = None
    """Of an exception: when it would begin."""
    dropped: bool = False
    """An exception of an instance that its series no longer has."""
    removed: bool = False
    """A guest's copy, that he deleted."""

    @property
    def cancelled(self) -> bool:
        return bool(self.data.get("status") == "cancelled")


@dataclass
class Seen:
    """An event, or an instance of a series, as it is on this calendar now.

    `event`: what is kept of it; None: an instance like all others of its series.
    """

    calendar: "Calendar"
    id: str
    data: Json
    """With start, end, status; an own None has been taken out."""
    etag: str
    updated: str
    created: str
    event: Event | None = None
    master: str | None = None
    original: Json | None = None

    @property
    def cancelled(self) -> bool:
        return bool(self.data["status"] == "cancelled")

    @property
    def start(self) -> datetime:
        return instant(self.data.get("start") or self.original or {}, self.calendar.zone)

    @property
    def end(self) -> datetime:
        return instant(self.data.get("end") or self.data.get("start") or self.original or {}, self.calendar.zone)

    @property
    def organizer(self) -> str:
        return str(self.data["organizer"]["email"])

    @property
    def attendees(self) -> list[Json]:
        found: list[Json] = self.data.get("attendees", [])
        return found


class Calendars:
    """All calendars of all accounts, by id."""

    def __init__(self, fake: "Google") -> None:
        self.fake = fake
        self.by_id: dict[str, Calendar] = {}
        self.pages: dict[str, tuple[Json, list[Json], Json]] = {}
        """Behind each page token: the query, what is left, what the last page says besides."""
        self.syncs: dict[str, tuple[Json, int]] = {}
        """Behind each sync token: the query, the number of the last change that was told."""


@dataclass
class Calendar:
    fake: "Google"
    id: str
    owner: str
    """The e-mail of its account."""
    summary: str
    zone: str
    events: dict[str, Event] = field(default_factory=dict)
    whole_exceptions: bool = False
    """An exception is as it was made in all that it says, whatever its series says later. Google's documents do not say
    whether it is so."""

    @property
    def primary(self) -> bool:
        return self.id == self.owner

    def touch(self, event: Event, quietly: bool = False) -> None:
        """After each change. `quietly`: of reminders only, which `updated` does not tell of."""
        event.number = self.fake.number()
        event.etag = self.fake.etag()
        if not quietly or not event.updated:
            event.updated = self.fake.stamp()

    # --- looking -----------------------------------------------------------------------------------------------------

    def look(self, id: str) -> Seen | None:
        """What has this id, cancelled or not."""
        event = self.events.get(id)
        if event and not event.dropped:
            return self.seen(event)
        stem, _, key = id.rpartition("_")
        for master in self.masters():
            if master.id.partition("_R")[0] == stem and (found := self._instance(master, key)):
                return found
        return self.seen(event) if event else None

    def masters(self) -> Iterator[Event]:
        return (event for event in self.events.values() if event.data.get("recurrence"))

    def exceptions(self, master: str) -> list[Event]:
        return [event for event in self.events.values() if event.master == master and not event.dropped]

    def seen(self, event: Event) -> Seen:
        if event.master is None:
            return Seen(self, event.id, event.data, event.etag, event.updated, event.created, event)
        master = self.events.get(event.master)
        data = event.data
        if master and event.original and not event.dropped:
            data = self._of_series(master, event.original) | event.data
            if master.cancelled:
                data["status"] = "cancelled"
        data = {name: value for name, value in data.items() if value is not None}
        data.setdefault("status", "confirmed")
        seen = Seen(self, event.id, data, event.etag, event.updated, event.created, event)
        seen.master, seen.original = event.master, event.original
        return seen

    def instances(self, master: Event, after: datetime | None, before: datetime | None) -> Iterator[Seen]:
        """Those of the series that overlap this time, cancelled ones too; without an end, of two years."""
        kept = {key_of(event.original): event for event in self.exceptions(master.id) if event.original}
        until = before or long_after(max(after or self.fake.now(), instant(master.data["start"], self.zone)))
        length = instant(master.data["end"], self.zone) - instant(master.data["start"], self.zone)
        found = [self.seen(event) for event in kept.values()]
        since = after - length if after else None
        starts = rules.starts(master.data["recurrence"], master.data["start"], since, until)
        found += [self._made(master, start) for start in starts if key_of(start) not in kept]
        for seen in sorted(found, key=lambda each: each.start):
            if (after is None or seen.end > after) and (before is None or seen.start < before):
                yield seen

    def instance_id(self, master: Event, start: Json) -> str:
        """Of a series that was cut off another, the other's id is in its instances' ids."""
        return f"{master.id.partition('_R')[0]}_{key_of(start)}"

    def _instance(self, master: Event, key: str) -> Seen | None:
        for event in self.exceptions(master.id):
            if event.original and key_of(event.original) == key:
                return self.seen(event)
        at = _start_of(key, master.data["start"])
        if at and rules.begins(master.data["recurrence"], master.data["start"], at):
            return self._made(master, at)
        return None

    def _made(self, master: Event, start: Json) -> Seen:
        data = self._of_series(master, start)
        id = self.instance_id(master, start)
        return Seen(self, id, data, master.etag, master.updated, master.created, None, master.id, start)

    def _of_series(self, master: Event, start: Json) -> Json:
        data = {name: value for name, value in master.data.items() if name != "recurrence"}
        end = start if ("date" in start) != ("date" in data["end"]) else shifted(data["start"], data["end"], start)
        return data | {"start": start, "end": end}


def _start_of(key: str, of: Json) -> Json | None:
    """What an instance's id ends with, as it is kept; None: it is no such thing."""
    try:
        at = datetime.fromisoformat(key)
    except ValueError:
        return None
    if "date" in of:
        return {"date": at.date().isoformat()} if len(key) == 8 else None
    return timed(at, of["timeZone"]) if at.tzinfo else None
