"""What is kept of a user's conversations: to look at, to rename, to take along, to delete."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, TypeVar

from sayso.base.clock import Clock
from sayso.base.errors import NotFound, ThreadBusy
from sayso.conversation import account, activity, expiry, ledger, memory, records, threads, views
from sayso.conversation.account import Json
from sayso.conversation.memory import MemoryPlace
from sayso.conversation.refreshing import SHOW_SECONDS, Refreshing
from sayso.conversation.types import (
    ActivityEntry,
    ActivityPlace,
    PlanPlace,
    PlanStatus,
    PlanView,
    ThreadDetail,
    ThreadPlace,
    ThreadSummary,
)
from sayso.identity import audit, tokens
from sayso.identity.audit import Source
from sayso.identity.types import Actor, Caller, UserView
from sayso.store.gateway import ReadConn, Store, WriteConn
from sayso.tools.base import Effect
from sayso.tools.kept import Memory

T = TypeVar("T")


class Archive:
    """A page is given with the place where it ended, if there is more; `after` is where the one before did."""

    def __init__(self, store: Store, refreshing: Refreshing, clock: Clock) -> None:
        self._store = store
        self._refreshing = refreshing
        self._clock = clock

    async def threads(
        self, caller: Caller, limit: int, after: ThreadPlace | None
    ) -> tuple[list[ThreadSummary], ThreadPlace | None]:
        """At most `limit` of the caller's threads, the latest first."""
        await self._settle()
        return await self._store.read(_threads, caller.user_id, limit, after)

    async def thread(self, caller: Caller, thread_id: str, limit: int, before: str | None) -> ThreadDetail:
        """At most `limit` messages of the thread, the last before `before`, with their plans. Raises NotFound."""
        now = await self._settle()
        await self._refreshing.waiting(caller.user_id, thread_id, SHOW_SECONDS)
        return await self._store.read(views.thread_detail, caller.user_id, thread_id, now, limit, before)

    async def rename(self, caller: Caller, thread_id: str, title: str) -> ThreadSummary:
        """Raises NotFound."""
        return await self._store.write(_rename, caller, thread_id, title, self._clock.now())

    async def delete(self, caller: Caller, thread_id: str) -> None:
        """Delete the thread; what waits on it will never run. Raises NotFound; ThreadBusy while something runs;
        ScopeMissing: something waits, and the caller may only propose."""
        await self._store.write(_delete, caller.actor, thread_id, self._clock.now())

    async def plans(
        self, caller: Caller, status: PlanStatus | None, limit: int, after: PlanPlace | None
    ) -> tuple[list[PlanView], PlanPlace | None]:
        """At most `limit` of the caller's plans across threads, the latest first."""
        await self._settle()
        if status == "pending":
            await self._refreshing.all_waiting(caller.user_id)
        return await self._store.read(views.plans_of, caller.user_id, status, limit, after)

    async def plan(self, caller: Caller, plan_id: str) -> PlanView:
        """The plan with its audit trail. Raises NotFound."""
        await self._settle()
        await self._refreshing.plan(caller.user_id, plan_id)
        return await self._store.read(views.audit, caller.user_id, plan_id)

    async def activity(
        self, caller: Caller, effect: Effect | None, limit: int, after: ActivityPlace | None
    ) -> tuple[list[ActivityEntry], ActivityPlace | None]:
        """At most `limit` actions of the caller's decided and expired plans, the newest decision first."""
        await self._settle()
        return await self._store.read(activity.page, caller.user_id, caller.session_id, effect, limit, after)

    async def memories(
        self, caller: Caller, limit: int, after: MemoryPlace | None
    ) -> tuple[list[Memory], MemoryPlace | None]:
        """At most `limit` of what the caller asked to remember, the newest first."""
        return await self._store.read(memory.page, caller.user_id, limit, after)

    async def forget(self, caller: Caller, memory_id: str) -> None:
        """Raises NotFound."""
        if not await self._store.write(memory.remove, caller.user_id, memory_id):
            raise NotFound("That is not remembered (any more).")

    async def change(self, caller: Caller, changes: Mapping[str, Any]) -> UserView:
        """Set name, timezone, locale or addresses; the account as it is then."""
        return await self._store.write(_change, caller.actor, changes, self._clock.now())

    async def export(self, caller: Caller, write: Callable[[Json], T]) -> T:
        """What `write` makes of everything that is kept of the caller; it reads on while it writes, in a thread."""
        await self._store.write(tokens.audited, "data_exported", caller.actor, self._clock.now(), {})
        return await self._store.snapshot(_export, caller.user_id, await self._settle(), write)

    async def erase(self, caller: Caller) -> None:
        """Delete the caller and everything of his. Raises ThreadBusy while something of his runs."""
        await self._store.write(account.erase, caller.user_id, self._clock.now())

    async def _settle(self) -> datetime:
        return await expiry.close_late(self._store, self._clock)


def _threads(
    conn: ReadConn, user_id: str, limit: int, after: ThreadPlace | None
) -> tuple[list[ThreadSummary], ThreadPlace | None]:
    found = threads.page(conn, user_id, limit + 1, after)
    last = found[limit - 1][0] if len(found) > limit else None
    ended = None if last is None else ThreadPlace(last.updated_at, last.pk)
    return [views.thread_summary(thread, waiting) for thread, waiting in found[:limit]], ended


def _rename(conn: WriteConn, caller: Caller, thread_id: str, title: str, now: datetime) -> ThreadSummary:
    threads.rename(conn, threads.lock(conn, caller.user_id, thread_id).pk, title)
    thread = threads.find(conn, caller.user_id, thread_id)
    ledger.expire(conn, now, thread.pk)
    return views.thread_summary(thread, records.waiting_plan(conn, thread.pk) is not None)


def _delete(conn: WriteConn, actor: Actor, thread_id: str, now: datetime) -> None:
    thread = threads.lock(conn, actor.user_id, thread_id)
    for plan_id in records.running(conn, thread.pk):
        tokens.require(actor, "decide")
        ledger.drop_held(conn, plan_id, now)
    if records.busy(conn, thread.pk, now) or thread.answering(now):
        raise ThreadBusy("Something is still running on this thread; delete it when that has ended.")
    ledger.decide(conn, "cancelled", actor, thread_id, None, now, None)
    threads.remove(conn, thread.pk)


def _change(conn: WriteConn, actor: Actor, changes: Mapping[str, Any], now: datetime) -> UserView:
    if changes:
        audit.record(conn, "settings_changed", actor.user_id, now, Source.of(actor), {"fields": sorted(changes)})
    return account.change(conn, actor.user_id, changes)


def _export(conn: ReadConn, user_id: str, now: datetime, write: Callable[[Json], T]) -> T:
    return write(account.export(conn, user_id, now))
