"""The calendars of an account at Google as one.

What we make has an id made of its key; what we change carries the key of the change, and a word that there is more of
it to do. Every change is made only to an event that is as it was seen (`If-Match`).
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Final

from sayso.base.clock import Clock
from sayso.workspace.connected.marks import Marks
from sayso.workspace.errors import ObjectNotFound, Refused
from sayso.workspace.events import planning
from sayso.workspace.events.looking import counted
from sayso.workspace.events.series import GONE
from sayso.workspace.google.calendar.busy import busy
from sayso.workspace.google.calendar.calendars import Listed, Seen
from sayso.workspace.google.calendar.doing import TOO_LONG, EventWriter, Step
from sayso.workspace.google.calendar.listing import between
from sayso.workspace.google.calendar.marking import keys_in, rest_in
from sayso.workspace.google.calendar.plans import Plan
from sayso.workspace.google.calendar.reading import Reader, is_cancelled
from sayso.workspace.google.calendar.source import EventSource, Named, There, first_key
from sayso.workspace.google.calendar.views import shown
from sayso.workspace.google.calendar.writing import check, id_of, meeting, new
from sayso.workspace.google.client import Google, Json
from sayso.workspace.people import Me
from sayso.workspace.protocols import Stretch
from sayso.workspace.types import Event, EventDraft, Feature, Person, Response, Scope

LOOKS_FOR_LINK: Final = 4
"""How often an event is looked at again for a link that Google makes a moment later."""


class GoogleCalendar:
    """A `Calendar`. `seen`: what is remembered of the account between calls; `marks`: keeps what changes of several
    requests have left to do. It opens no connection before it is asked for something."""

    def __init__(self, google: Google, me: Me, clock: Clock, marks: Marks, seen: Seen) -> None:
        self._google = google
        self._source = EventSource(google, me, clock, seen)
        self._writer = EventWriter(self._source, marks)

    @property
    def features(self) -> frozenset[Feature]:
        return frozenset({"reminders", "meeting_links"})

    @property
    def tells_others(self) -> bool:
        return True

    async def list_events(self, start: datetime, end: datetime) -> list[Event]:
        return await between(self._source, start, end)

    async def get_event(self, event_id: str) -> Event:
        there = await self._source.get(event_id)
        return await asyncio.to_thread(counted, there.event, TOO_LONG)

    async def create_event(self, draft: EventDraft, key: str, notify: bool) -> Event:
        check(draft)
        calendar = await self._source.calendars.primary()
        plan = partial(planning.created, draft, calendar.id_of(id_of(key)))
        series = await asyncio.to_thread(counted, plan, TOO_LONG)
        body = new(series, key) | (meeting(key) if draft.meeting_link else {})
        told = await self._writer.make(calendar, body, key, notify)
        if is_cancelled(told):
            raise ObjectNotFound(GONE)
        try:
            event = await asyncio.to_thread(counted, partial(self._made, calendar, {**body, **told}), TOO_LONG)
        except Refused:  # it is made all the same
            event = shown(series, first_key(series), calendar)
        return await self._linked(event) if draft.meeting_link else event

    async def update_event(
        self, event_id: str, draft: EventDraft, scope: Scope, revision: str, key: str, notify: bool
    ) -> Event:
        def plan(there: There) -> Step | None:
            return Plan(there, scope, revision, key).updated(draft, notify)

        event = await self._writer.change(event_id, key, scope != "this", plan)
        assert event is not None
        return await self._linked(event) if draft.meeting_link else event

    async def delete_event(self, event_id: str, scope: Scope, revision: str, key: str, notify: bool, note: str) -> None:
        def plan(there: There) -> Step:
            return Plan(there, scope, revision, key).deleted(notify, note)

        await self._writer.change(event_id, key, scope != "this", plan, shows=False)

    async def respond(
        self, event_id: str, response: Response, scope: Scope, revision: str, key: str, note: str
    ) -> Event:
        def plan(there: There) -> Step | None:
            return Plan(there, scope, revision, key).responded(response, note)

        event = await self._writer.change(event_id, key, scope != "this", plan)
        assert event is not None
        return event

    async def busy(
        self, people: Sequence[Person], start: datetime, end: datetime
    ) -> Mapping[str, Sequence[Stretch] | None]:
        return await busy(self._google, people, start, end)

    async def applied(self, key: str, object_id: str) -> str | None:
        if not object_id:
            return await self._created(key)
        try:
            named = await self._source.named(object_id)
            told = await self._source.told(named.calendar, named.id)
            if key not in keys_in(told) and named.key:
                told = (await self._source.there(named, told)).one
        except ObjectNotFound:  # deleted
            return object_id
        if key not in keys_in(told) or rest_in(told, key):
            return None
        return (await self._writer.found(named, key)).id

    async def _created(self, key: str) -> str | None:
        calendar = await self._source.calendars.primary()
        named = Named(calendar, id_of(key), "")
        try:
            found = await self._google.get("calendar", named.path)
        except ObjectNotFound:
            return None
        if is_cancelled(found):  # it was made, and is deleted
            return calendar.id_of(named.id)
        return (await self._writer.found(named, key)).id if key in keys_in(found) else None

    def _made(self, calendar: Listed, told: Json) -> Event:
        series, _ = Reader(calendar, self._source.me).series(told)
        return shown(series, first_key(series), calendar)

    async def _linked(self, event: Event) -> Event:
        """With the link that was asked for, unless that takes too long."""
        for tried in range(1, LOOKS_FOR_LINK):
            if event.link:
                break
            await self._google.pause(tried)
            event = await self._writer.look(event.id) or event
        return event
