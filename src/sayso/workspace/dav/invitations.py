"""Invitations that only lie in the mailbox, for the calendar's server takes none in itself: shown beside its events.

One's id is made of its UID, and so is the name under which it is stored once it is answered. From then on it is an
event like any other.
"""

import asyncio
import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from itertools import islice
from typing import Final
from zoneinfo import ZoneInfo

from sayso.base.clock import Clock
from sayso.workspace.connected.invitations import Inbox
from sayso.workspace.dav.collections import Collection
from sayso.workspace.dav.event_source import EventSource, There
from sayso.workspace.dav.task_source import member_of, name_of
from sayso.workspace.errors import ObjectNotFound, Refused, Unavailable, WorkspaceError
from sayso.workspace.events.looking import TOO_MUCH, counted, within_years
from sayso.workspace.events.order import by_start
from sayso.workspace.events.series import GONE
from sayso.workspace.formats.ical_new import unanswered
from sayso.workspace.formats.ical_object import NO_EVENT, read_object
from sayso.workspace.formats.ical_series import Version, version_of
from sayso.workspace.formats.ical_text import Block, Piece, cut, pieces
from sayso.workspace.people import Me
from sayso.workspace.types import Event

WAITED_FOR: Final = timedelta(days=60)
"""How long an invitation is shown that nobody answers."""
MOST: Final = 20
"""Invitations that are shown at once, and of each so many occurrences as nobody would look through."""
MOST_OCCURRENCES: Final = 100
MAILBOX_SECONDS: Final = 15.0
_MARK: Final = "inv."
_LONGEST: Final = 500
_NOWHERE: Final = Collection("", "")


def is_invitation(event_id: str) -> bool:
    return event_id.startswith(_MARK)


def _id_of(uid: str) -> str:
    return f"{_MARK}{hashlib.sha256(uid.encode('utf-8', 'replace')).hexdigest()[:32]}"


@dataclass(frozen=True, slots=True)
class _Told:
    """What one mail says of an event. `about`: which occurrences, by RECURRENCE-ID; empty: all of it."""

    method: str
    uid: str
    about: frozenset[str]
    version: Version
    text: bytes


class Invitations:
    """`zone`: of times that name none."""

    def __init__(self, source: EventSource, inbox: Inbox, clock: Clock, zone: ZoneInfo) -> None:
        self._source = source
        self._inbox = inbox
        self._clock = clock
        self._zone = zone

    async def beside(self, events: list[Event], start: datetime, end: datetime) -> list[Event]:
        """The events of [start, end) with the invitations of which the calendar has nothing. If the mailbox cannot be
        read, or the calendar be asked, without them. Raises Unavailable."""
        try:
            told = await self._told()
        except WorkspaceError:
            return events
        names = {event.id.partition("@")[0].partition(".")[2] for event in events}
        waiting = [each for each in told if name_of(_id_of(each.uid)) not in names]
        found, more = await asyncio.to_thread(self._shown, waiting, await self._source.me(), start, end), list[Event]()
        for uid, shown in found:
            try:
                more += [] if await self._source.having(uid) else shown
            except Refused:
                continue
        return sorted((*events, *more), key=lambda event: by_start(event, start.tzinfo)) if more else events

    async def get(self, event_id: str) -> There:
        """The event that an invitation has become, else the invitation, which has no address. Raises ObjectNotFound,
        Refused, Unavailable."""
        if (there := await self.stored(event_id)) is not None:
            return there
        for told in await self._told():
            if _id_of(told.uid) != event_id.partition("@")[0]:
                continue
            found = await self._source.having(told.uid)
            if found is not None and (there := await self._source.there(*found)) is not None:
                return there
            return await asyncio.to_thread(self._read, told, await self._source.me())
        raise ObjectNotFound(GONE)

    async def uids(self) -> frozenset[str]:
        """Of the events whose invitations lie in the mailbox, as far as that can be read."""
        try:
            return frozenset(each.uid for each in await self._told())
        except WorkspaceError:
            return frozenset()

    async def stored(self, event_id: str) -> There | None:
        """What was stored when an invitation was answered here. Raises Refused, Unavailable."""
        name = name_of(event_id.partition("@")[0])
        for each in await self._source.collections(fresh=True):
            there = await self._source.there(each, member_of(each, name))
            if there is not None:
                return there
        return None

    async def _told(self) -> list[_Told]:
        """The invitations that stand. Raises Refused, Unavailable."""
        try:
            async with asyncio.timeout(MAILBOX_SECONDS):
                texts = await self._inbox.pending(self._clock.now() - WAITED_FOR)
        except TimeoutError as error:
            raise Unavailable("The mailbox with the invitation does not answer right now.") from error
        return await asyncio.to_thread(lambda: [*_standing(filter(None, map(_said, texts)))])

    def _shown(self, told: Iterable[_Told], me: Me, start: datetime, end: datetime) -> list[tuple[str, list[Event]]]:
        """By UID, what of these is to be seen in a time."""
        found = list[tuple[str, list[Event]]]()
        for each in told:
            try:
                between = self._read(each, me).between(*within_years(start, end))
                shown: list[Event] = counted(partial(list, islice(between, MOST_OCCURRENCES)), TOO_MUCH)
            except (ObjectNotFound, Refused):
                continue
            found += [(each.uid, shown)] if shown else []
        return found[:MOST]

    def _read(self, told: _Told, me: Me) -> There:
        """Raises ObjectNotFound where the user is not invited, Refused for what cannot be read."""
        obj = read_object(told.text, me, self._zone, _id_of(told.uid))
        occasions = (obj.series.occasion, *(each.occasion for each in obj.series.overrides.values()))
        if obj.series.organizer is None or not any(each.own for each in occasions):
            raise ObjectNotFound(GONE)
        return There(_NOWHERE, "", "", read_object(unanswered(obj), me, self._zone, obj.series.id))


def _said(text: bytes) -> _Told | None:
    """None of what is no event."""
    try:
        parts = cut(pieces(text), ("VEVENT",))
        events = [part.component for part in parts if isinstance(part, Block)]
        uid = events[0].value("UID").strip()
        events = [each for each in events if each.value("UID").strip() == uid]
        about = frozenset(each.value("RECURRENCE-ID").strip() for each in events)
        version = max(map(version_of, events))
    except (Refused, *NO_EVENT):
        return None
    method = next(
        (part.value.strip().upper() for part in parts if isinstance(part, Piece) and part.name == "METHOD"), ""
    )
    if not uid.isprintable() or not 0 < len(uid) <= _LONGEST:
        return None
    return _Told(method, uid, frozenset() if "" in about else about, version, text)


def _standing(told: Iterable[_Told]) -> Iterator[_Told]:
    """Of each event the newest invitation (RFC 5546, 2.1.5), to all of it if there is one, unless it was called off."""
    by_uid = dict[str, list[_Told]]()
    for each in told:
        by_uid.setdefault(each.uid, []).append(each)
    for mails in by_uid.values():
        requests = [each for each in mails if each.method == "REQUEST"]
        newest = max(requests, key=lambda each: (not each.about, each.version), default=None)
        cancels = [each for each in mails if each.method == "CANCEL"]
        if newest is not None and not any(_calls_off(each, newest) for each in cancels):
            yield newest


def _calls_off(cancel: _Told, request: _Told) -> bool:
    whole = not cancel.about or (bool(request.about) and request.about <= cancel.about)
    return whole and cancel.version >= request.version
