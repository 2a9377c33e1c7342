"""The calendars that an account shows, and what is remembered of them between calls."""

import hashlib
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import quote

from sayso.base.clock import Clock
from sayso.workspace.errors import ObjectNotFound
from sayso.workspace.events.series import GONE
from sayso.workspace.google.batches import Params, segment
from sayso.workspace.google.client import Google, Json

KEPT: Final = timedelta(minutes=1)
"""How long a list of calendars is taken for what there is."""
MOST_WINDOWS: Final = 16
MOST_REMEMBERED: Final = 500
"""Events of a window; of a bigger one nothing is remembered."""
MOST_CALENDARS: Final = 250
_GROUPS: Final = ("@group.calendar.google.com", "@group.v.calendar.google.com")
_READERS: Final = frozenset({"reader", "writerWithoutPrivateAccess", "writer", "owner"})
_WRITERS: Final = _READERS - {"reader"}
_FIELDS: Final = (
    "nextPageToken,items(id,summary,summaryOverride,backgroundColor,accessRole,timeZone,primary,selected,hidden,"
    "deleted)"
)


@dataclass(frozen=True, slots=True)
class Listed:
    """A calendar of the user's list. `shown`: whether he has it before his eyes."""

    id: str
    name: str = ""
    color: str = ""
    role: str = "owner"
    zone: str = ""
    primary: bool = False
    shown: bool = True
    short: str = field(init=False)
    """What ids of its events begin with."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "short", hashlib.sha256(self.id.encode()).hexdigest()[:8])

    @property
    def events(self) -> str:
        """The path of its events."""
        return f"calendars/{segment(self.id)}/events"

    def at(self, event_id: str) -> str:
        """The path of an event."""
        return f"{self.events}/{segment(event_id)}"

    def id_of(self, event_id: str) -> str:
        """The id that an event has here."""
        return f"{self.short}.{quote(event_id, safe='')}"

    @property
    def writable(self) -> bool:
        return self.role in _WRITERS

    @property
    def is_group(self) -> bool:
        """Whether it is nobody's own: one that was made for a purpose, maybe shared."""
        return self.id.endswith(_GROUPS)


@dataclass(slots=True)
class Window:
    """What was read of a calendar in a time. `masters`: of its occurrences the series, None for one that is not there;
    `token`: to ask with whether anything has changed since."""

    items: list[Json]
    token: str
    masters: dict[str, Json | None] = field(default_factory=dict)


class Seen:
    """What is remembered of one account. It may be forgotten at any time."""

    def __init__(self) -> None:
        self.listed: tuple[datetime, tuple[Listed, ...]] | None = None
        self._windows = OrderedDict[tuple[Any, ...], Window]()

    def window(self, calendar: Listed, start: datetime, end: datetime) -> Window | None:
        return self._windows.get((calendar.id, start, end))

    def remember(self, calendar: Listed, start: datetime, end: datetime, window: Window) -> None:
        self._windows.pop((calendar.id, start, end), None)
        if window.token and len(window.items) <= MOST_REMEMBERED:
            self._windows[calendar.id, start, end] = window
        while len(self._windows) > MOST_WINDOWS:
            self._windows.popitem(last=False)

    def forget(self, calendar: Listed) -> None:
        """Nothing of it holds any more."""
        for each in [each for each in self._windows if each[0] == calendar.id]:
            del self._windows[each]


class Calendars:
    def __init__(self, google: Google, clock: Clock, seen: Seen) -> None:
        self._google = google
        self._clock = clock
        self._seen = seen

    async def all(self, fresh: bool = False) -> tuple[Listed, ...]:
        """Those whose events may be looked at, at most a minute old; the primary one is the first. Raises Refused,
        Unavailable."""
        now, listed = self._clock.now(), self._seen.listed
        if fresh or listed is None or not listed[0] <= now < listed[0] + KEPT:
            listed = self._seen.listed = now, await self._list()
        return listed[1]

    async def primary(self) -> Listed:
        return (await self.all())[0]

    async def of(self, short: str) -> Listed:
        """The calendar that an id begins with. Raises ObjectNotFound."""
        for fresh in (False, True):
            for each in await self.all(fresh):
                if each.short == short:
                    return each
        raise ObjectNotFound(GONE)

    async def _list(self) -> tuple[Listed, ...]:
        try:
            params: Params = {"maxResults": 250, "fields": _FIELDS}
            found = await self._google.listed("calendar", "users/me/calendarList", params, "items")
        except ObjectNotFound:  # what stands in Google's place knows one calendar only
            return (await self._only(),)
        listed = [_listed(each) for each in found if _is_there(each)]
        listed.sort(key=lambda each: (not each.primary, not each.shown))
        if not listed or not listed[0].primary:
            listed.insert(0, await self._only())
        return tuple(listed[:MOST_CALENDARS])

    async def _only(self) -> Listed:
        try:
            return _listed({**await self._google.get("calendar", "users/me/calendarList/primary"), "primary": True})
        except ObjectNotFound:
            found = await self._google.get(
                "calendar", "calendars/primary/events", {"maxResults": 1, "fields": "timeZone"}
            )
            return Listed("primary", zone=str(found.get("timeZone") or ""), primary=True)


def _is_there(told: Json) -> bool:
    return bool(told.get("id")) and not told.get("deleted") and told.get("accessRole", "reader") in _READERS


def _listed(told: Json) -> Listed:
    name = told.get("summaryOverride") or told.get("summary") or ""
    primary = bool(told.get("primary"))
    shown = primary or (bool(told.get("selected")) and not told.get("hidden"))
    color, zone, role = (str(told.get(each) or "") for each in ("backgroundColor", "timeZone", "accessRole"))
    return Listed(str(told.get("id") or "primary"), str(name), color, role or "owner", zone, primary, shown)
