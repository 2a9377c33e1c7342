"""The embedded calendar: its protocol over the store, each change one transaction with its key and its mails."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sayso.base.clock import Clock
from sayso.base.ids import Ids
from sayso.store.gateway import ReadConn, Store, WriteConn
from sayso.workspace.errors import ObjectChanged
from sayso.workspace.events import planning
from sayso.workspace.events.letters import Letters
from sayso.workspace.events.planning import Planned, first_of
from sayso.workspace.events.series import Series
from sayso.workspace.local.effects import applied, once
from sayso.workspace.local.event_rows import (
    delete_series,
    insert_series,
    load_series,
    load_window,
    save_series,
)
from sayso.workspace.local.invitations import Mailer
from sayso.workspace.people import Me
from sayso.workspace.stored import EVENT, event_from, to_json
from sayso.workspace.types import Event, EventDraft, Feature, Person, Response, Scope


@dataclass(frozen=True, slots=True)
class LocalCalendar:
    store: Store
    user_id: str
    me: Me
    clock: Clock
    ids: Ids

    @property
    def features(self) -> frozenset[Feature]:
        return frozenset({"words_of_cancelling"})  # it rings nowhere, and nobody meets in it

    @property
    def tells_others(self) -> bool:
        return False  # what it would tell them lies under `sent`

    async def list_events(self, start: datetime, end: datetime) -> list[Event]:
        return await self.store.read(load_window, self.user_id, self.me, start, end)

    async def get_event(self, event_id: str) -> Event:
        return await self.store.read(_get_event, self.user_id, self.me, event_id)

    async def create_event(self, draft: EventDraft, key: str, notify: bool) -> Event:
        draft = replace(draft, reminders=None)
        return await self._change("create_event", key, _Create(draft, self.ids.new("evt"), notify))

    async def update_event(
        self, event_id: str, draft: EventDraft, scope: Scope, revision: str, key: str, notify: bool
    ) -> Event:
        target = _Target(event_id, scope, revision, self.ids.new("evt"))
        return await self._change("update_event", key, _Update(target, replace(draft, reminders=None), notify))

    async def delete_event(self, event_id: str, scope: Scope, revision: str, key: str, notify: bool, note: str) -> None:
        target = _Target(event_id, scope, revision, self.ids.new("evt"))
        await self._change("delete_event", key, _Delete(target, notify, note))

    async def respond(
        self, event_id: str, response: Response, scope: Scope, revision: str, key: str, note: str
    ) -> Event:
        target = _Target(event_id, scope, revision, self.ids.new("evt"))
        return await self._change("respond", key, _Respond(target, response, note))

    async def busy(self, people: Sequence[Person], start: datetime, end: datetime) -> Mapping[str, None]:
        """It knows nobody else's calendar."""
        return dict.fromkeys(who.email for who in people)

    async def applied(self, key: str, object_id: str) -> str | None:
        return await self.store.read(applied, self.user_id, key, object_id)

    async def _change(self, kind: str, key: str, change: "_Change") -> Event:
        mailer = Mailer(self.user_id, Letters(self.me), self.clock.now(), key, self.ids)
        return event_from(EVENT, await self.store.write(_run, kind, mailer, change))


def _get_event(conn: ReadConn, user_id: str, me: Me, event_id: str) -> Event:
    series_id, _, key = event_id.partition("@")
    return load_series(conn, user_id, series_id, me).event(key)


def _run(conn: WriteConn, kind: str, mailer: Mailer, change: "_Change") -> Any:
    def run() -> tuple[str, Any]:
        event = change.run(conn, mailer)
        return event.id, to_json(EVENT, event)

    return once(conn, mailer.user_id, mailer.key, kind, mailer.now, run)


@dataclass(frozen=True, slots=True)
class _Target:
    """What a change is to, and a fresh id in case that it splits a series."""

    event_id: str
    scope: Scope
    revision: str
    spare_id: str

    def load(self, conn: WriteConn, mailer: Mailer) -> tuple[Series, str, Scope]:
        """The series, the occurrence's key and the scope as it is meant. Raises ObjectNotFound, ObjectChanged."""
        series_id, _, key = self.event_id.partition("@")
        series = load_series(conn, mailer.user_id, series_id, mailer.letters.me, lock=True)
        shown = series.event(key)
        if shown.revision != self.revision:
            raise ObjectChanged(f"'{shown.title}' has changed since you saw it.")
        return series, key, planning.meant(series, key, self.scope)


@dataclass(frozen=True, slots=True)
class _Create:
    draft: EventDraft
    event_id: str
    notify: bool

    def run(self, conn: WriteConn, mailer: Mailer) -> Event:
        series = planning.created(self.draft, self.event_id)
        insert_series(conn, mailer.user_id, series)
        event = first_of(series)
        if self.notify:
            mailer.tell(conn, mailer.letters.invite(event))
        return event


@dataclass(frozen=True, slots=True)
class _Update:
    target: _Target
    draft: EventDraft
    notify: bool

    def run(self, conn: WriteConn, mailer: Mailer) -> Event:
        series, key, scope = self.target.load(conn, mailer)
        before = series.event(key)
        planned = planning.updated(series, key, scope, self.draft, self.target.spare_id)
        _save(conn, mailer.user_id, series, planned)
        if self.notify:
            mailer.tell(conn, mailer.letters.update(before, planned.event))
        return planned.event


@dataclass(frozen=True, slots=True)
class _Delete:
    target: _Target
    notify: bool
    note: str

    def run(self, conn: WriteConn, mailer: Mailer) -> Event:
        series, key, scope = self.target.load(conn, mailer)
        planned = planning.deleted(series, key, scope, self.target.spare_id)
        _save(conn, mailer.user_id, series, planned)
        if self.notify:
            mailer.tell(conn, mailer.letters.cancel(planned.event, scope, self.note))
        return planned.event


@dataclass(frozen=True, slots=True)
class _Respond:
    target: _Target
    response: Response
    note: str

    def run(self, conn: WriteConn, mailer: Mailer) -> Event:
        series, key, scope = self.target.load(conn, mailer)
        planned = planning.responded(series, key, scope, self.response, self.target.spare_id)
        _save(conn, mailer.user_id, series, planned)
        mailer.tell(conn, mailer.letters.answer(planned.event, self.note))
        return planned.event


_Change = _Create | _Update | _Delete | _Respond


def _save(conn: WriteConn, user_id: str, series: Series, planned: Planned) -> None:
    """Store what becomes of the series."""
    if planned.kept is None:
        delete_series(conn, user_id, series.id)
    else:
        save_series(conn, user_id, planned.kept)
    if planned.split_off is not None:
        insert_series(conn, user_id, planned.split_off, split_from=series.id)
