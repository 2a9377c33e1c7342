"""Confirm, cancel and stop: the decision is committed, then what was confirmed runs."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from functools import partial
from typing import Any

import structlog

from sayso.base.clock import Clock
from sayso.base.errors import AlreadyExecuted, NotFound, NothingRunning, SaysoError
from sayso.base.faults import Fault
from sayso.base.ids import Ids
from sayso.conversation import decisions, records, streams, views
from sayso.conversation.decisions import Confirmed, granted
from sayso.conversation.executor import Executor
from sayso.conversation.listening import Listener, Nobody
from sayso.conversation.nouns import Thread
from sayso.conversation.outcome import Outcome
from sayso.conversation.refreshing import Refreshing
from sayso.conversation.streams import StreamEvent, Streams
from sayso.conversation.turns import Turns
from sayso.conversation.types import CancelReply, ConfirmReply, Decision
from sayso.identity.types import Actor
from sayso.store.gateway import ReadConn, Store, WriteConn

log = structlog.get_logger()

CONFIRM_SECONDS = 60.0  # that a confirm waits for the outcome before it answers "running"
LONG = timedelta(seconds=CONFIRM_SECONDS)
POLL_SECONDS = 0.1  # between looks at a plan that another worker executes


class Deciding:
    def __init__(
        self,
        store: Store,
        executor: Executor,
        outcome: Outcome,
        turns: Turns,
        streams: Streams,
        refreshing: Refreshing,
        clock: Clock,
        ids: Ids,
        fault: Fault,
        hold: timedelta,
    ) -> None:
        """`hold`: for how long what goes to others is held back, where the user has not said."""
        self._store = store
        self._executor = executor
        self._outcome = outcome
        self._turns = turns
        self._streams = streams
        self._refreshing = refreshing
        self._clock = clock
        self._ids = ids
        self._hold = hold
        self._fault = fault

    async def confirm(self, actor: Actor, yes: Decision) -> ConfirmReply:
        """Confirm what waits, run it and tell the outcome; for a plan confirmed before, tell its outcome.

        Raises NotFound, NothingPending, AlreadyCancelled, PlanExpired, PlanMismatch, PlanChanged, ValidationFailed.
        """
        confirmed, _ = await self._confirm(actor, yes, streamed=False)
        return await self.run(actor.user_id, confirmed, Nobody(self._store))

    async def stream(self, actor: Actor, yes: Decision) -> AsyncIterator[StreamEvent]:
        """`confirm`, told as it happens, however long it takes. Raises as `confirm` does, before the first event."""
        confirmed, started = await self._confirm(actor, yes, streamed=True)
        stream = self._streams.open(confirmed.thread, confirmed.plan_id, started)
        return self._streams.tell(stream, partial(self.run, actor.user_id, confirmed, stream))

    async def _confirm(self, actor: Actor, yes: Decision, streamed: bool) -> tuple[Confirmed, list[StreamEvent]]:
        await self._look_again(actor, yes)
        self._fault("before_decide")
        decided = granted(await self._store.write(self._decide, actor, yes, streamed))
        self._fault("decided")
        return decided

    async def _look_again(self, actor: Actor, decision: Decision) -> None:
        """Whoever names what he saw decides only on what stands by now."""
        if decision.digest is not None:
            await self._refreshing.waiting(actor.user_id, decision.thread_id)

    def _decide(
        self, conn: WriteConn, actor: Actor, yes: Decision, streamed: bool
    ) -> tuple[Confirmed, list[StreamEvent]] | SaysoError:
        """The decision, with the first event of its stream."""
        now = self._clock.now()
        decided = decisions.confirm(conn, actor, yes, now, self._ids.new("plan"), self._hold)
        if isinstance(decided, SaysoError):
            return decided
        plan_id, turn_id = decided.plan_id, self._outcome.turn_id(decided.plan_id)
        return decided, streams.begin(conn, decided.thread, plan_id, now, turn_id=turn_id) if streamed else []

    async def run(self, user_id: str, confirmed: Confirmed, listener: Listener) -> ConfirmReply:
        """Have a confirmed plan run, wait for its outcome, within a limit where nobody is live, and tell it."""
        await listener.emit("node_start", {"node": "execute"})
        try:
            async with asyncio.timeout(None if listener.live else CONFIRM_SECONDS):
                await self._wait(user_id, confirmed.plan_id, listener)
        except TimeoutError:
            log.info("confirm_outlasted", plan=confirmed.plan_id)
        reply = await self._store.read(_reply, confirmed.plan_id, confirmed.thread)
        data = {**listener.about, "decision": "confirmed", "response": reply.response, "results": reply.results}
        data["status"] = reply.status
        if reply.plan is not None:
            await listener.end("confirmation_required", {**data, "plan_id": reply.plan.id})
        else:
            await listener.end("complete", data)
        return reply

    async def _wait(self, user_id: str, plan_id: str, listener: Listener) -> None:
        plan = await self._store.peek(records.plan, plan_id)
        if plan is not None and plan.status == "confirmed":
            await asyncio.shield(self._executor.start(plan_id, user_id, listener))
        while plan is not None and plan.status == "confirmed":  # another worker has it, or the sweep will
            if await self._store.peek(records.held_beyond, plan_id, self._clock.now() + LONG):
                return
            plan = await self._store.peek(records.plan, plan_id)
            await asyncio.sleep(POLL_SECONDS if plan is not None and plan.status == "confirmed" else 0)

    async def cancel(self, actor: Actor, no: Decision) -> CancelReply:
        """Cancel what waits, or is held back: from the commit on it will never run.

        Raises NotFound, NothingPending, AlreadyExecuted, PlanExpired, PlanMismatch, PlanChanged, ValidationFailed.
        """
        await self._look_again(actor, no)
        now, rest = self._clock.now(), self._ids.new("plan")
        refused = await self._store.write(decisions.cancel, actor, no, now, rest)
        if isinstance(refused, AlreadyExecuted):
            await self._store.write(decisions.call_off, actor, no, refused.details["plan_id"], self._clock.now())
        elif refused is not None:
            raise refused
        self._fault("cancelled")
        return CancelReply(no.thread_id)

    async def stop(self, actor: Actor, thread_id: str) -> dict[str, dict[str, Any]]:
        """Stop the turn under way, or what has not started of a confirmed plan; the results so far.

        Raises NotFound, NothingRunning.
        """
        thread, turn, plan_ids = await self._store.write(decisions.stop, actor, thread_id, self._clock.now())
        if turn:
            self._turns.stop(thread)
        if not plan_ids and not turn:
            raise NothingRunning
        return views.results(await self._store.read(records.actions_of, plan_ids))


def _reply(conn: ReadConn, plan_id: str, thread: Thread) -> ConfirmReply:
    plan = records.plan(conn, plan_id)
    if plan is None:
        raise NotFound("This plan was deleted.")
    return views.confirm_reply(conn, plan, thread)
