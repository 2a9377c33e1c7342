"""Several calendars as one."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sayso.workspace.account_ids import carried
from sayso.workspace.events.order import by_start
from sayso.workspace.joined.joined import Joined
from sayso.workspace.protocols import Calendar, Stretch
from sayso.workspace.types import Event, EventDraft, Feature, Person, Response, Scope


class JoinedCalendar(Joined[Calendar]):
    part = "calendar"

    @property
    def features(self) -> frozenset[Feature]:
        return self._parts[self._default].features

    @property
    def tells_others(self) -> bool:
        return self._parts[self._default].tells_others

    async def list_events(self, start: datetime, end: datetime) -> list[Event]:
        found = await self._all(lambda calendar: calendar.list_events(start, end))
        events = [_known(account, event) for account, events in found for event in events]
        return events if len(found) == 1 else sorted(events, key=lambda event: by_start(event, start.tzinfo))

    async def get_event(self, event_id: str) -> Event:
        account, calendar, own = self._whose(event_id)
        return _known(account, await calendar.get_event(own))

    async def create_event(self, draft: EventDraft, key: str, notify: bool) -> Event:
        account, calendar, _ = self._whose("")
        return _known(account, await calendar.create_event(draft, key, notify))

    async def update_event(
        self, event_id: str, draft: EventDraft, scope: Scope, revision: str, key: str, notify: bool
    ) -> Event:
        account, calendar, own = self._whose(event_id)
        return _known(account, await calendar.update_event(own, draft, scope, revision, key, notify))

    async def delete_event(self, event_id: str, scope: Scope, revision: str, key: str, notify: bool, note: str) -> None:
        _, calendar, own = self._whose(event_id)
        await calendar.delete_event(own, scope, revision, key, notify, note)

    async def respond(
        self, event_id: str, response: Response, scope: Scope, revision: str, key: str, note: str
    ) -> Event:
        account, calendar, own = self._whose(event_id)
        return _known(account, await calendar.respond(own, response, scope, revision, key, note))

    async def busy(
        self, people: Sequence[Person], start: datetime, end: datetime
    ) -> dict[str, Sequence[Stretch] | None]:
        """What all accounts that tell of somebody tell together."""
        answers = [found for _, found in await self._all(lambda calendar: calendar.busy(people, start, end))]
        told = {
            who.email: [found[who.email] for found in answers if found.get(who.email) is not None] for who in people
        }
        return {
            email: [each for found in all_ for each in found or ()] if all_ else None for email, all_ in told.items()
        }

    async def applied(self, key: str, object_id: str) -> str | None:
        account, calendar, own = self._whose(object_id)
        done = await calendar.applied(key, own)
        return done and carried(account, done)


def _known(account: str, event: Event) -> Event:
    return replace(event, id=carried(account, event.id), series_id=carried(account, event.series_id))
