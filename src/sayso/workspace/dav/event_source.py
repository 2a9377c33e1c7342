"""Events as they are on the server, in all of a site's calendars.

An event's id is its calendar's, and the name of its resource there; an occurrence's has its key besides.
"""

import asyncio
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from urllib.parse import quote, unquote_to_bytes
from zoneinfo import ZoneInfo

from sayso.workspace.dav.collections import Collection
from sayso.workspace.dav.errors import NotDone
from sayso.workspace.dav.event_views import Views
from sayso.workspace.dav.homes import Homes
from sayso.workspace.dav.listing import Members, Stored
from sayso.workspace.dav.query import holding
from sayso.workspace.dav.task_source import id_of, member_of
from sayso.workspace.dav.urls import host_of, name_in
from sayso.workspace.errors import ObjectNotFound, Refused, WorkspaceError
from sayso.workspace.events.looking import MOST_ROWS, TOO_MUCH, look, within_years
from sayso.workspace.events.series import DAY, GONE
from sayso.workspace.formats.ical_object import CalendarObject, read_object
from sayso.workspace.formats.ical_text import Block, cut, pieces
from sayso.workspace.formats.zones import Zones
from sayso.workspace.people import Me
from sayso.workspace.types import Event, Person

AT_ONCE: Final = 4
"""Calendars that are looked through side by side."""
MOST_ALIKE: Final = 50
"""Events that a server finds for one UID: its search may be for a part of it (RFC 4791, 9.7.5)."""


@dataclass(frozen=True, slots=True)
class There:
    """An event on the server."""

    collection: Collection
    url: str
    etag: str
    obj: CalendarObject

    @property
    def id(self) -> str:
        return self.obj.series.id

    def event(self, key: str = "") -> Event:
        """Raises ObjectNotFound."""
        for series in self.obj.all:
            if not key or key in series.overrides or (series.repeats and series.pattern.find(key) is not None):
                return self._views.event(series, key)
        raise ObjectNotFound(GONE)

    def between(self, start: datetime, end: datetime) -> Iterator[Event]:
        views = self._views
        for series in self.obj.all:
            for event in series.window(start, end):
                yield views.seen(series, event, event.id.partition("@")[2])

    @property
    def _views(self) -> Views:
        return Views(self.collection, self.obj)


class EventSource:
    """`zone`: of times that name none, where the calendar does not say."""

    def __init__(self, homes: Homes, members: Members, me: Me, zone: ZoneInfo) -> None:
        self.homes = homes
        self.dav = homes.dav
        self._members = members
        self._me = me
        self._zone = zone
        self._zones = dict[str, ZoneInfo]()

    async def me(self) -> Me:
        """The user, also by the addresses that the server knows him by."""
        site = await self.homes.site()
        return replace(self._me, others=tuple(dict.fromkeys((*self._me.others, *site.addresses))))

    async def organizer(self) -> Person:
        """The user as the server takes him for the organizer of something (RFC 6638, 2.4.1)."""
        site = await self.homes.site()
        known = not site.addresses or self._me.email.casefold() in {each.casefold() for each in site.addresses}
        return self._me.person if known else Person(site.addresses[0], self._me.name)

    async def collections(self, fresh: bool = False) -> list[Collection]:
        return [each for each in await self.homes.collections(fresh) if "VEVENT" in each.components]

    async def collection(self, collection_id: str) -> Collection:
        for fresh in (False, True):
            for each in await self.collections(fresh):
                if id_of(each) == collection_id:
                    return each
        raise ObjectNotFound(GONE)

    async def default(self) -> Collection:
        """Where new events are made. Raises Refused where none can be."""
        site = await self.homes.site()
        found = [each for each in await self.collections() if each.writable]
        if not found:
            raise Refused(f"There is no calendar on {host_of(self.dav.url)} that one may write to.")
        return next((each for each in found if each.url == site.default_calendar), found[0])

    async def between(self, start: datetime, end: datetime) -> list[Event]:
        """What overlaps [start, end), of all calendars, in order. Raises Refused, Unavailable: where one of them does
        not answer, it is not told without it."""
        start, end = within_years(start, end)
        room, me = asyncio.Semaphore(AT_ONCE), await self.me()

        async def stored(collection: Collection) -> tuple[Collection, list[Stored]]:
            async with room:
                return collection, await self._stored(collection, start, end)

        answers = await asyncio.gather(*map(stored, await self.collections()), return_exceptions=True)
        for answer in answers:
            if isinstance(answer, BaseException):
                raise answer
        found = [answer for answer in answers if not isinstance(answer, BaseException)]
        if sum(len(each) for _, each in found) > MOST_ROWS:
            raise Refused(TOO_MUCH)

        def events() -> Iterator[Event]:
            for collection, each in found:
                for there in self._read_all(collection, each, me):
                    yield from there.between(start, end)

        return await asyncio.to_thread(look, start, events)

    async def _stored(self, collection: Collection, start: datetime, end: datetime) -> list[Stored]:
        try:
            # A day more, since a date means midnight wherever one is, and the server may be elsewhere.
            members = await holding(self.dav, collection.url, "VEVENT", start - DAY, end + DAY)
            if len(members) > MOST_ROWS:
                raise Refused(TOO_MUCH)
            return await self._members.fetch(collection.url, members)
        except ObjectNotFound:  # gone since the calendars were listed
            return []
        except NotDone:
            if collection.subscribed:  # its events are on another server, and this one may have none of them
                return []
            raise

    def _read_all(self, collection: Collection, stored: Iterable[Stored], me: Me) -> Iterator[There]:
        for each in stored:
            try:
                yield self.read(collection, each.url, each.etag, each.content, me)
            except Refused:  # no event, or none that can be read
                continue

    def read(self, collection: Collection, url: str, etag: str, content: bytes, me: Me) -> There:
        """Raises Refused."""
        event_id = f"{id_of(collection)}.{quote(unquote_to_bytes(name_in(url)), safe='')}"
        return There(collection, url, etag, read_object(content, me, self._zone_of(collection), event_id))

    async def get(self, event_id: str) -> There:
        """As it is now. Raises ObjectNotFound, Refused, Unavailable."""
        collection_id, _, name = event_id.partition("@")[0].partition(".")
        collection = await self.collection(collection_id)
        there = await self.there(collection, member_of(collection, name))
        if there is None:
            raise ObjectNotFound(GONE)
        return there

    async def there(self, collection: Collection, url: str) -> There | None:
        if not url:
            return None
        try:
            found = await self.dav.get(url)
        except ObjectNotFound:
            return None
        me = await self.me()
        try:
            return await asyncio.to_thread(self.read, collection, url, found.etag, found.content, me)
        except Refused as error:
            raise Refused(f"That event cannot be read: {error}") from error

    async def carrying(self, collections: Iterable[Collection], name: str, key: str) -> There | None:
        """The resource of this name that was made under the key, in whichever calendar."""
        for each in collections:
            try:
                there = await self.there(each, member_of(each, name))
            except Refused:
                continue
            if there is not None and key in there.obj.keys:
                return there
        return None

    async def having(self, uid: str) -> tuple[Collection, str] | None:
        """Where an event with this UID is. Raises Refused where a server cannot tell, and Unavailable."""
        for each in await self.collections():
            try:
                members = await holding(self.dav, each.url, "VEVENT", uid=uid)
            except ObjectNotFound:
                continue
            except NotDone:
                if each.subscribed:
                    continue
                raise
            if len(members) > MOST_ALIKE:
                raise Refused(f"The calendar '{each.name}' does not tell one event from another.")
            for stored in await self._members.fetch(each.url, members):
                if uid in _uids_in(stored.content):
                    return each, stored.url
        return None

    def _zone_of(self, collection: Collection) -> ZoneInfo:
        if collection.timezone not in self._zones:
            self._zones[collection.timezone] = _zone_in(collection.timezone, self._zone)
        return self._zones[collection.timezone]


def _uids_in(content: bytes) -> set[str]:
    try:
        return {
            each.component.value("UID").strip() for each in cut(pieces(content), ("VEVENT",)) if isinstance(each, Block)
        }
    except Refused:
        return set()


def _zone_in(calendar: str, otherwise: ZoneInfo) -> ZoneInfo:
    """The zone of a VCALENDAR that has nothing but that (RFC 4791, 5.2.2)."""
    try:
        found = [each for each in cut(pieces(calendar.encode()), ("VTIMEZONE",)) if isinstance(each, Block)]
        if not found:
            return otherwise
        component = found[0].component
        return Zones([component], otherwise, otherwise).named(component.value("TZID"), 2020).zone
    except (WorkspaceError, ValueError, LookupError, ArithmeticError):
        return otherwise
