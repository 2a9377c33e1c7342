"""The embedded calendar: its protocol over the store, each change one transaction with its key and its mails."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sayso.base.clock import Clock
from sayso.base.ids import Ids
from sayso.base.rrule import format_rule
from sayso.store.gateway import ReadConn, Store, WriteConn
from sayso.workspace.errors import ObjectChanged, Refused
from sayso.workspace.events.changes import excepted, respond_all, respond_one, split, update_all, update_one, without
from sayso.workspace.events.gaps import begun_in_gap, skipped
from sayso.workspace.events.recurrence import parse_rule
from sayso.workspace.events.series import Series, series_of
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
        return frozenset()  # it rings nowhere, and nobody meets in it

    @property
    def tells_others(self) -> bool:
        return False  # what it would tell them lies under `sent`

    async def list_events(self, start: datetime, end: datetime) -> list[Event]:
        return await self.store.read(load_window, self.user_id, self.me, start, end)

    async def get_event(self, event_id: str) -> Event:
        return await self.store.read(_get_event, self.user_id, self.me, event_id)

    async def create_event(self, draft: EventDraft, key: str, notify: bool) -> Event:
        return await self._change("create_event", key, _Create(draft, self.ids.new("evt"), notify))

    async def update_event(
        self, event_id: str, draft: EventDraft, scope: Scope, revision: str, key: str, notify: bool
    ) -> Event:
        target = _Target(event_id, scope, revision, self.ids.new("evt"))
        if draft.recurrence:
            draft = replace(draft, recurrence=format_rule(parse_rule(draft.recurrence)))
        return await self._change("update_event", key, _Update(target, draft, notify))

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
        mailer = Mailer(self.user_id, self.me, self.clock.now(), key, self.ids)
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
        series = load_series(conn, mailer.user_id, series_id, mailer.me, lock=True)
        shown = series.event(key)
        if shown.revision != self.revision:
            raise ObjectChanged(f"'{shown.title}' has changed since you saw it.")
        if series.repeats and not key and self.scope != "all":
            raise Refused(f"'{shown.title}' repeats: say which occurrence is meant.")
        return series, key, self.scope if series.repeats else "this"


@dataclass(frozen=True, slots=True)
class _Create:
    draft: EventDraft
    event_id: str
    notify: bool

    def run(self, conn: WriteConn, mailer: Mailer) -> Event:
        series = series_of(self.event_id, self.event_id, self.draft)
        if wall := skipped(self.draft.start, series.occasion.zone):
            series = begun_in_gap(series, wall)
        series = excepted(series, self.draft.exdates)
        insert_series(conn, mailer.user_id, series)
        event = _first_of(series)
        if self.notify:
            mailer.invite(conn, event)
        return event


@dataclass(frozen=True, slots=True)
class _Update:
    target: _Target
    draft: EventDraft
    notify: bool

    def run(self, conn: WriteConn, mailer: Mailer) -> Event:
        series, key, scope = self.target.load(conn, mailer)
        before = series.event(key)
        if series.organizer is not None:
            who = series.organizer.name or series.organizer.email
            raise Refused(f"Only {who}, who organizes '{before.title}', can change it.")
        if scope == "this":
            if key and self.draft.recurrence not in ("", series.recurrence):
                raise Refused("One occurrence cannot repeat differently: change this and following, or all.")
            changed = update_one(series, key, self.draft)
            save_series(conn, mailer.user_id, changed)
            event = changed.event(key) if key else _first_of(changed)
        else:
            event = self._update_many(conn, mailer.user_id, series, key, scope)
        if self.notify:
            mailer.update(conn, before, event)
        return event

    def _update_many(self, conn: WriteConn, user_id: str, series: Series, key: str, scope: Scope) -> Event:
        head, part, draft = None, series, self.draft
        if scope == "following":
            head, part = split(series, key, self.target.spare_id)
            if draft.recurrence == series.recurrence:
                draft = replace(draft, recurrence=part.recurrence)
        changed, key = update_all(part, key, draft)
        if head is not None:
            save_series(conn, user_id, head)
            insert_series(conn, user_id, changed, split_from=head.id)
        else:
            save_series(conn, user_id, changed)
        return changed.event(key)


@dataclass(frozen=True, slots=True)
class _Delete:
    target: _Target
    notify: bool
    note: str

    def run(self, conn: WriteConn, mailer: Mailer) -> Event:
        series, key, scope = self.target.load(conn, mailer)
        event = series.event(key)
        kept: Series | None = None
        if scope == "this" and key:
            kept = without(series, key)
        elif scope == "following":
            kept, _ = split(series, key, self.target.spare_id)
        if kept is None:
            delete_series(conn, mailer.user_id, series.id)
        else:
            save_series(conn, mailer.user_id, kept)
        if self.notify:
            mailer.cancel(conn, event, scope, self.note)
        return event


@dataclass(frozen=True, slots=True)
class _Respond:
    target: _Target
    response: Response
    note: str

    def run(self, conn: WriteConn, mailer: Mailer) -> Event:
        series, key, scope = self.target.load(conn, mailer)
        if series.organizer is None:
            raise Refused(f"You organize '{series.event(key).title}' yourself: there is nobody to answer.")
        if scope == "this":
            changed = respond_one(series, key, self.response)
            save_series(conn, mailer.user_id, changed)
        else:
            head, part = split(series, key, self.target.spare_id) if scope == "following" else (None, series)
            changed = respond_all(part, self.response)
            if head is None:
                save_series(conn, mailer.user_id, changed)
            else:
                save_series(conn, mailer.user_id, head)
                insert_series(conn, mailer.user_id, changed, split_from=head.id)
        event = changed.event(key)
        mailer.answer(conn, event, self.note)
        return event


_Change = _Create | _Update | _Delete | _Respond


def _first_of(series: Series) -> Event:
    """The event, or the first occurrence of a series."""
    if not series.repeats:
        return series.event()
    pattern = series.pattern
    return series.event(pattern.key(next(pattern.slots())))
