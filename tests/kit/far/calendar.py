"""The far calendar. It knows no repetition; it reminds, and makes links to meet at."""

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from datetime import datetime
from typing import Any

from tests.kit.far.state import Wire

from sayso.workspace.events.order import by_start
from sayso.workspace.protocols import Stretch
from sayso.workspace.types import Event, EventDraft, Feature, Person, Response, Scope

BY_ITSELF = (10,)
"""Minutes before an event of which nothing else was said."""


class FarCalendar:
    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._events = wire.far.events

    @property
    def features(self) -> frozenset[Feature]:
        return frozenset({"reminders", "meeting_links", "words_of_cancelling"})

    @property
    def tells_others(self) -> bool:
        return True

    async def list_events(self, start: datetime, end: datetime) -> list[Event]:
        self._wire.alive()
        if self._wire.far.reads is not None:
            await self._wire.far.reads()
        mine = self._wire.all_mine(self._events)
        found = [event for event in mine if isinstance(event.start, datetime) and start <= event.start < end]
        return sorted(found, key=lambda event: by_start(event, start.tzinfo))

    async def get_event(self, event_id: str) -> Event:
        self._wire.alive()
        found: Event = self._wire.mine(self._events, event_id)
        return found

    async def create_event(self, draft: EventDraft, key: str, notify: bool) -> Event:
        event = Event(**_drafted(draft, key), id=f"evt_{key}", revision="1")
        made: Event = await self._wire.change(
            key, "create_event", event.id, lambda: self._wire.put(self._events, event), event.title
        )
        return made

    async def update_event(
        self, event_id: str, draft: EventDraft, scope: Scope, revision: str, key: str, notify: bool
    ) -> Event:
        return await self._change("update_event", event_id, revision, key, **_drafted(draft, key))

    async def respond(
        self, event_id: str, response: Response, scope: Scope, revision: str, key: str, note: str
    ) -> Event:
        return await self._change("respond", event_id, revision, key, my_response=response)

    async def delete_event(self, event_id: str, scope: Scope, revision: str, key: str, notify: bool, note: str) -> None:
        def do() -> None:
            del self._events[event_id]

        await self._wire.change(key, "delete_event", event_id, do, among=self._events, revision=revision)

    async def busy(
        self, people: Sequence[Person], start: datetime, end: datetime
    ) -> Mapping[str, Sequence[Stretch] | None]:
        """It tells of those whose time is shared with everybody."""
        self._wire.alive()
        if self._wire.far.reads is not None:
            await self._wire.far.reads()
        shared = self._wire.far.shared
        return {who.email: shared.get(who.email) for who in people}

    async def applied(self, key: str, object_id: str) -> str | None:
        return await self._wire.applied(key)

    async def _change(self, kind: str, event_id: str, revision: str, key: str, **changes: Any) -> Event:
        def do() -> Any:
            after = replace(self._events[event_id], **changes, revision=f"{int(revision) + 1}")
            return self._wire.put(self._events, after)

        made: Event = await self._wire.change(key, kind, event_id, do, among=self._events, revision=revision)
        return made


def _drafted(draft: EventDraft, key: str) -> dict[str, Any]:
    """What the event becomes; one that nobody set reminders for reminds as all here do."""
    found = {each.name: getattr(draft, each.name) for each in fields(EventDraft) if each.name != "meeting_link"}
    found["reminders"] = BY_ITSELF if draft.reminders is None else draft.reminders
    return found | ({"link": f"https://meet.far.example/{key}"} if draft.meeting_link else {})
