"""What waits, shown as things stand by now: its warnings and its day are looked at anew whenever it is shown, and when
whoever decides names what he saw (P2)."""

import asyncio
from collections.abc import Sequence
from typing import Final

import structlog

from sayso.base.clock import Clock
from sayso.base.errors import NotFound
from sayso.conversation import ledger, records, threads
from sayso.conversation.contexts import Contexts
from sayso.conversation.nouns import Action, Plan
from sayso.store.gateway import ReadConn, Store
from sayso.tools.base import Toolbox, ToolContext
from sayso.tools.planned import as_a_whole

log = structlog.get_logger()

Shown = tuple[Plan, list[Action]]

SHOW_SECONDS: Final = 3.0  # that a look may take where something is only shown
DECIDE_SECONDS: Final = 10.0
MOST: Final = 20  # plans that are looked at for one list


class Refreshing:
    """What will run never changes here: only what is told around it. What cannot be looked at in time is shown as it
    was."""

    def __init__(self, store: Store, toolbox: Toolbox, contexts: Contexts, clock: Clock) -> None:
        self._store = store
        self._toolbox = toolbox
        self._contexts = contexts
        self._clock = clock

    async def waiting(self, user_id: str, thread_id: str, seconds: float = DECIDE_SECONDS) -> None:
        """Look at what waits on the user's thread, if there is such a thread."""
        found = await self._store.read(_on_thread, user_id, thread_id)
        await self._look(user_id, found, seconds)

    async def plan(self, user_id: str, plan_id: str) -> None:
        """Look at the user's plan, if it waits."""
        await self._look(user_id, await self._store.read(_of_user, user_id, plan_id), SHOW_SECONDS)

    async def all_waiting(self, user_id: str) -> None:
        """Look at what waits on all of the user's threads."""
        await self._look(user_id, await self._store.read(_all_of_user, user_id), SHOW_SECONDS)

    async def _look(self, user_id: str, found: Sequence[Shown], seconds: float) -> None:
        if not found:
            return
        try:
            async with asyncio.timeout(seconds):
                context = await self._contexts.of_user(user_id)
                for plan, actions in found:
                    await self._refresh(context, plan, actions)
        except TimeoutError:
            log.info("not_refreshed_in_time", plans=len(found))

    async def _refresh(self, context: ToolContext, plan: Plan, actions: Sequence[Action]) -> None:
        shown = [(action.tool, ledger.proposal_of(action)) for action in actions]
        if ledger.digest(plan.question, shown) != plan.digest:
            return  # a decision will say so
        fresh = await as_a_whole(self._toolbox, context, shown)
        if fresh != [proposal for _, proposal in shown]:
            await self._store.write(ledger.refresh, plan, list(zip(actions, fresh, strict=True)), self._clock.now())


def _on_thread(conn: ReadConn, user_id: str, thread_id: str) -> list[Shown]:
    try:
        plan = records.waiting_plan(conn, threads.find(conn, user_id, thread_id).pk)
    except NotFound:
        return []
    return [(plan, records.actions_of(conn, [plan.id]))] if plan else []


def _of_user(conn: ReadConn, user_id: str, plan_id: str) -> list[Shown]:
    plan = records.owned_plan(conn, user_id, plan_id)
    return [(plan, records.actions_of(conn, [plan.id]))] if plan and plan.status == "pending" else []


def _all_of_user(conn: ReadConn, user_id: str) -> list[Shown]:
    plans = records.plans_of_user(conn, user_id, "pending", MOST, None)
    return [(plan, records.actions_of(conn, [plan.id])) for plan in plans]
