"""Events as they are at Google, by the ids that they have here.

An event's id is its calendar's and Google's own; an occurrence's has its key besides. Google's ids of occurrences are
asked for, never made up: a series that was parted has them under another name.
"""

import asyncio
from dataclasses import dataclass
from functools import partial
from typing import Final
from urllib.parse import unquote

from sayso.base.clock import Clock
from sayso.base.zones import zone_named
from sayso.workspace.errors import ObjectNotFound, Refused
from sayso.workspace.events.looking import counted
from sayso.workspace.events.recurrence import MAX_EXCEPTIONS
from sayso.workspace.events.series import GONE, Occasion, Series
from sayso.workspace.google.batches import Params
from sayso.workspace.google.calendar.calendars import Calendars, Listed, Seen
from sayso.workspace.google.calendar.reading import Reader, is_cancelled
from sayso.workspace.google.calendar.times import around, key_in, original_start, zone_in
from sayso.workspace.google.calendar.views import shown
from sayso.workspace.google.client import Google, Json
from sayso.workspace.people import Me
from sayso.workspace.types import Event

TOO_LONG: Final = "It takes too long to find out when that event happens."
_PAGE: Final = 2_500


@dataclass(frozen=True, slots=True)
class Named:
    """What an id names. `key`: of the occurrence, if it is one."""

    calendar: Listed
    id: str
    key: str

    @property
    def path(self) -> str:
        return self.calendar.at(self.id)


@dataclass(frozen=True, slots=True)
class There:
    """An event at Google: a single one, or a series with the occurrence that is meant and, where it was read whole, all
    that are changed or cancelled."""

    named: Named
    reader: Reader
    told: Json
    """Of the single event, or of the series."""
    series: Series
    odd: bool
    """Whether it repeats in a way that is not followed here."""
    instance: Json | None = None
    exceptions: tuple[Json, ...] = ()

    @property
    def one(self) -> Json:
        """Of what is meant itself."""
        return self.told if self.instance is None else self.instance

    @property
    def fixed(self) -> bool:
        return self.reader.is_fixed(self.told)

    @property
    def cancelled(self) -> frozenset[str]:
        """The occurrences that are left out for themselves, not by the lines of the series."""
        return frozenset(key_in(each) for each in self.exceptions if is_cancelled(each))

    def event(self, key: str | None = None) -> Event:
        """Raises ObjectNotFound."""
        return self.shown(self.series, self.named.key if key is None else key)

    def shown(self, series: Series, key: str) -> Event:
        """The event, of what becomes of the series. Raises ObjectNotFound."""
        return shown(series, key, self.named.calendar, self.fixed)


class EventSource:
    def __init__(self, google: Google, me: Me, clock: Clock, seen: Seen) -> None:
        self.google = google
        self.me = me
        self.seen = seen
        self.calendars = Calendars(google, clock, seen)

    async def named(self, event_id: str) -> Named:
        """Raises ObjectNotFound, Refused, Unavailable."""
        whole, _, key = event_id.partition("@")
        short, _, own = whole.partition(".")
        return Named(await self.calendars.of(short), unquote(own), key)

    async def told(self, calendar: Listed, event_id: str) -> Json:
        """The event as it is now. Raises ObjectNotFound, also where it is cancelled; Refused, Unavailable."""
        found = await self.google.get("calendar", calendar.at(event_id))
        if is_cancelled(found):
            raise ObjectNotFound(GONE)
        return found

    async def get(self, event_id: str, whole: bool = False) -> There:
        """As it is now; `whole`: with all changed occurrences, as it has to be to change more than one. Raises
        ObjectNotFound, Refused, Unavailable."""
        named = await self.named(event_id)
        return await self.there(named, await self.told(named.calendar, named.id), whole)

    async def there(self, named: Named, told: Json, whole: bool = False) -> There:
        """The same of what was told of the event or its series."""
        instance, exceptions = None, list[Json]()
        repeats = bool(told.get("recurrence"))
        if named.key:
            instance = await self.instance(named, told) if repeats else None
            if instance is None or is_cancelled(instance):
                raise ObjectNotFound(GONE)
        if repeats and (whole or not named.key):
            told, exceptions = await self.exceptions(named, told)
        reader = Reader(named.calendar, self.me)

        def read() -> There:
            series, odd = reader.series(told)
            series = reader.with_changes(series, exceptions)
            if instance is not None and not (whole and _is_plain(series, named.key, reader.occasion(instance))):
                series = reader.showing(series, instance)
            return There(named, reader, told, series, odd, instance, tuple(exceptions))

        try:
            return await asyncio.to_thread(counted, read, TOO_LONG)
        except Refused as error:
            raise Refused(f"That event cannot be read: {error}") from error

    async def instance(self, named: Named, told: Json) -> Json | None:
        """The occurrence, also as a cancelled one; None: there is none. Raises Refused, Unavailable."""
        start = told.get("start")
        zone = zone_in(start if isinstance(start, dict) else {}, named.calendar.zone)
        try:
            near = around(named.key)
            first: Params = {"originalStart": original_start(named.key, zone_named(zone))}
        except (ValueError, OverflowError):
            return None
        for params in (first, {"timeMin": near[0], "timeMax": near[1]}):
            asked = {**params, "showDeleted": True, "maxResults": _PAGE}
            async for page in self.google.pages("calendar", f"{named.path}/instances", asked):
                for each in page.get("items") or ():
                    if key_in(each) == named.key:
                        return each  # type: ignore[no-any-return]
        # One that was moved, by a time that Google does not take for the one it was at first.
        _, changed = await self.exceptions(named, told)
        return next((each for each in changed if key_in(each) == named.key), None)

    async def exceptions(self, named: Named, told: Json) -> tuple[Json, list[Json]]:
        """The series anew, and its occurrences that are changed or cancelled. Another series may have the same UID, as
        one that was parted in another program. Raises ObjectNotFound, Refused, Unavailable."""
        params: Params = {
            "iCalUID": str(told.get("iCalUID") or f"{named.id}@google.com"),
            "singleEvents": False,
            "showDeleted": True,
            "maxResults": _PAGE,
        }
        found = list[Json]()
        async for page in self.google.pages("calendar", named.calendar.events, params):
            for each in page.get("items") or ():
                if each.get("id") == named.id:
                    told = each
                elif each.get("recurringEventId") == named.id and key_in(each):
                    found.append(each)
            if len(found) > 2 * MAX_EXCEPTIONS:
                raise Refused("That event has too many exceptions to be changed here.")
        if is_cancelled(told):
            raise ObjectNotFound(GONE)
        return told, found


def _is_plain(series: Series, key: str, occasion: Occasion) -> bool:
    """Whether an occurrence is as the series has it, so that it need not be told apart."""
    return series.repeats and key not in series.overrides and series.plain(key) == occasion


def first_key(series: Series) -> str:
    """The key of the first occurrence of a series; of a single event, or one that has none, it is empty. Raises
    Refused."""
    if not series.repeats:
        return ""
    slot = counted(partial(next, series.pattern.slots(), None), TOO_LONG)
    return "" if slot is None else series.pattern.key(slot)
