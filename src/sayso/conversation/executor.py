"""Runs confirmed plans: claim and commit, call, record. Also the recovery of what a dead process left (P4, P5).

Execution belongs to the server: it goes on when the request that confirmed is gone. Any number of executors, in any
number of processes, may work on one plan: each action is run by the one that claimed its row.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Literal

import structlog

from sayso.base.clock import Clock
from sayso.base.faults import Fault
from sayso.base.ids import Ids
from sayso.conversation import answers, expiry, ledger, records, reversing, threads
from sayso.conversation.contexts import Contexts
from sayso.conversation.listening import Listener, Nobody
from sayso.conversation.nouns import Action
from sayso.conversation.outcome import Outcome
from sayso.store.gateway import Store, WriteConn
from sayso.tools.base import (
    EffectTool,
    Proposal,
    Result,
    Toolbox,
    ToolContext,
    connected,
    effect_tool,
    why_not_connected,
)
from sayso.workspace.errors import Unavailable, Uncertain, WorkspaceError

log = structlog.get_logger()

LEASE = timedelta(seconds=60)
CALL_SECONDS = 40.0  # one call of a far system; below the lease, so that a live call is never taken over
CLOSE_SECONDS = 5.0  # that running calls have to end when the server does
TRIES = 3
WATCHED = timedelta(seconds=60)  # before the end of a hold, from which on somebody waits for it
LOOK_SECONDS = 0.25  # between looks whether what is held back was called off
LONGEST_WAIT = 10.0  # seconds; a far system that asks for more is told to the user instead


@dataclass(frozen=True, slots=True)
class Ended:
    """How a call ended."""

    outcome: Literal["succeeded", "failed", "unknown"]
    result: dict[str, Any] | None = None
    receipt: str = ""
    error: str | None = None
    reverse: dict[str, Any] | None = None
    """What undoes it."""


class Executor:
    def __init__(
        self,
        store: Store,
        toolbox: Toolbox,
        contexts: Contexts,
        outcome: Outcome,
        clock: Clock,
        ids: Ids,
        fault: Fault,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._store = store
        self._toolbox = toolbox
        self._contexts = contexts
        self._outcome = outcome
        self._clock = clock
        self._ids = ids
        self._fault = fault
        self._sleep = sleep
        self._running: dict[str, asyncio.Task[None]] = {}

    def start(self, plan_id: str, user_id: str, listener: Listener | None = None) -> asyncio.Task[None]:
        """Execute a confirmed plan in the background; at most once at a time in this process."""
        listener = listener or Nobody(self._store)
        task = self._running.get(plan_id)
        if task is None:
            task = asyncio.create_task(self._run(plan_id, user_id, listener), name=f"execute {plan_id}")
            self._running[plan_id] = task
            task.add_done_callback(lambda done: self._ended(plan_id, done))
        return task

    def _ended(self, plan_id: str, task: asyncio.Task[None]) -> None:
        del self._running[plan_id]
        if not task.cancelled() and task.exception() is not None:
            log.error("execution_interrupted", plan=plan_id, exc_info=task.exception())  # the sweep takes it up again

    async def sweep(self) -> None:
        """Close what has expired and take up plans that nobody runs. Harmless when done twice, or by two workers."""
        now = await expiry.close_late(self._store, self._clock)
        await self._store.write(ledger.cut_leases, now, LEASE)
        for plan_id, user_id in await self._store.read(records.unfinished, now, now + WATCHED):
            self.start(plan_id, user_id)

    async def close(self) -> None:
        """Let running calls end, for a while; recovery finishes the others at the next start."""
        if self._running:
            _, late = await asyncio.wait(self._running.values(), timeout=CLOSE_SECONDS)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _run(self, plan_id: str, user_id: str, listener: Listener) -> None:
        if await self._execute(plan_id, user_id, listener):
            self._fault("finished")
            await self._outcome.word(user_id, plan_id, listener)

    async def _execute(self, plan_id: str, user_id: str, listener: Listener) -> bool:
        """Run what is left of the plan. Whether it was this executor that closed it."""
        context = await self._contexts.of_user(user_id)
        told: set[str] = set()
        while True:
            actions = await self._store.read(records.actions_of, [plan_id])
            running = [action for action in actions if action.status == "running"]
            if running:
                if not await self._recover(running[0], actions, context, listener):
                    return False  # another worker has it, and will go on with the plan
                continue
            waiting = [action for action in actions if action.status == "waiting"]
            if not waiting:
                return await self._store.write(self._finish, plan_id)
            action = next((each for each in waiting if not ledger.is_held(each, self._clock.now())), None)
            if action is None:
                if not await self._until_due(waiting, told, listener):
                    return False  # the sweep takes it up again when it is about to be due
                continue
            needed = _failed_before(action, actions)
            if needed is not None:
                others, step = [other.id for other in actions if other.id != action.id], needed.preview
                await self._store.write(ledger.skip, plan_id, self._clock.now(), "needed", others, step)
            elif not await self._claim_and_run(action, actions, context, listener):
                return False  # another worker was faster, or the user stopped the run; that one goes on

    async def _until_due(self, held: Sequence[Action], told: set[str], listener: Listener) -> bool:
        """Wait a moment for what is held back, and tell of each once; False when there is long to wait."""
        for action in held:
            if action.id not in told and action.runs_at is not None:
                told.add(action.id)
                about = {"id": action.id, "tool": action.tool, "preview": action.preview}
                await listener.emit("action_held", {**about, "runs_at": action.runs_at.isoformat()})
        left = min(action.runs_at for action in held if action.runs_at is not None) - self._clock.now()
        if left > WATCHED:
            return False
        await self._sleep(min(max(left.total_seconds(), 0.0), LOOK_SECONDS))
        return True

    async def _claim_and_run(
        self, action: Action, actions: Sequence[Action], context: ToolContext, listener: Listener
    ) -> bool:
        token, now = self._ids.secret(), self._clock.now()
        self._fault("before_claim")
        if not await self._store.write(ledger.claim, action.id, token, now, now + LEASE):
            fresh = await self._store.read(records.actions_of, [action.plan_id])
            return any(row.id == action.id and row.status == "skipped" for row in fresh)
        self._fault("claimed")
        await self._run_and_record(action, actions, token, context, listener, recovering=False)
        return True

    async def _recover(
        self, action: Action, actions: Sequence[Action], context: ToolContext, listener: Listener
    ) -> bool:
        """Take over an action whose worker is gone; False while its lease is alive."""
        token, now = self._ids.secret(), self._clock.now()
        if not await self._store.write(ledger.reclaim, action.id, action.claim_token, token, now, now + LEASE):
            return False
        log.info("action_recovered", action=action.id, attempts=action.attempts + 1)
        await self._run_and_record(action, actions, token, context, listener, recovering=True)
        return True

    async def _run_and_record(
        self,
        action: Action,
        actions: Sequence[Action],
        token: str,
        context: ToolContext,
        listener: Listener,
        recovering: bool,
    ) -> None:
        await listener.emit("action_start", {"id": action.id, "tool": action.tool, "preview": action.preview})
        ended = await self._call(action, _proposal(action, actions), token, context, recovering)
        self._fault("ran")
        if ended is None or not await asyncio.shield(self._record(action.id, token, ended)):
            log.warning("claim_lost", action=action.id)  # whoever took the action over tells how it ended
            return
        self._fault("recorded")
        success = ended.outcome == "succeeded"
        told = {"id": action.id, "tool": action.tool, "success": success, "result": ended.result}
        await listener.emit("action_end", {**told, "error": ended.error, "receipt": ended.receipt or None})

    async def _record(self, action_id: str, token: str, ended: Ended) -> bool:
        now = self._clock.now()
        told = ended.result, ended.receipt, ended.error, ended.reverse
        return await self._store.write(ledger.record, action_id, token, ended.outcome, now, *told)

    async def _call(
        self, action: Action, proposal: Proposal, token: str, context: ToolContext, recovering: bool
    ) -> Ended | None:
        """Have the effect take place, once, and say how that ended. None: another worker took the action over."""
        try:
            tool = effect_tool(connected(self._toolbox, context), action.tool)
        except KeyError:
            gone = why_not_connected(self._toolbox, action.tool)
            if recovering:
                return Ended("unknown", error=f"{gone}, so it may or may not have happened.")
            return Ended("failed", error=f"{gone}.")
        key, in_doubt = action.id, recovering
        for left in reversed(range(TRIES)):
            if in_doubt:
                settled = await self._reconcile(tool, context, proposal, key)
                if settled is not None:
                    return settled
            if not await self._store.write(ledger.renew, action.id, token, self._clock.now() + LEASE):
                return None
            ended = await self._attempt(tool, context, proposal, key)
            if isinstance(ended, Ended):
                return ended
            wait, in_doubt, why = ended
            if wait > LONGEST_WAIT or not left:
                break
            await self._sleep(wait)
        if in_doubt:
            return await self._reconcile(tool, context, proposal, key) or Ended(
                "failed", error="The far system did not answer, and it did not happen there. Ask again to retry."
            )
        return Ended("failed", error=_ask_later(wait, why))

    async def _attempt(
        self, tool: EffectTool[Any], context: ToolContext, proposal: Proposal, key: str
    ) -> Ended | tuple[float, bool, str]:
        """One call. Ended, or how many seconds to wait before another, whether the effect is in doubt, and why."""
        try:
            async with asyncio.timeout(CALL_SECONDS):
                result = await tool.run(context, proposal, key)
        except Unavailable as error:
            return (error.retry_after if error.retry_after is not None else 1.0), False, str(error)
        except (Uncertain, TimeoutError):
            return 0.5, True, ""
        except WorkspaceError as error:
            return Ended("failed", error=str(error))
        except Exception:
            log.exception("tool_failed", tool=tool.name, key=key)
            return 0.5, True, ""
        return _succeeded(tool, proposal, result)

    async def _reconcile(
        self, tool: EffectTool[Any], context: ToolContext, proposal: Proposal, key: str
    ) -> Ended | None:
        """What became of a call in doubt. None: the effect surely has not happened."""
        doubt = "The answer was lost, so it may or may not have happened."
        for left in reversed(range(TRIES)):
            try:
                async with asyncio.timeout(CALL_SECONDS):
                    result = await tool.reconcile(context, proposal, key)
            except Exception as error:  # noqa: BLE001 - any failure here leaves the doubt, which must be told, not lost
                log.warning("reconcile_failed", tool=tool.name, key=key, error=type(error).__name__)
                doubt = str(error) if isinstance(error, Uncertain) and str(error) else doubt
                if left:
                    await self._sleep(1.0)
            else:
                return None if result is None else _succeeded(tool, proposal, result)
        return Ended("unknown", error=doubt)

    def _finish(self, conn: WriteConn, plan_id: str) -> bool:
        """Close the plan and tell the outcome on the thread, in one transaction."""
        plan = records.plan(conn, plan_id)
        if plan is None:
            return False
        threads.lock_pk(conn, plan.thread_pk)
        actions = records.actions_of(conn, [plan_id])
        now = self._clock.now()
        response = answers.receipts(actions)
        if not ledger.finish(conn, plan_id, answers.plan_outcome(actions), response, now):
            return False
        self._outcome.tell(conn, plan, response, now)
        return True


def _succeeded(tool: EffectTool[Any], proposal: Proposal, result: Result) -> Ended:
    value = {**result.value, "revision": result.revision} if result.revision else result.value
    return Ended("succeeded", value, result.receipt, reverse=_reverse(tool, proposal, result))


def _reverse(tool: EffectTool[Any], proposal: Proposal, result: Result) -> dict[str, Any] | None:
    """What undoes it. A mistake there costs the way back, never the outcome."""
    try:
        return reversing.stored(tool.reverse(proposal, result.value, result.revision))
    except Exception:
        log.exception("no_reverse", tool=tool.name)
        return None


def _failed_before(action: Action, actions: Sequence[Action]) -> Action | None:
    """An earlier action on the same object that did not succeed: this one was planned on top of it."""
    if not action.touches:
        return None
    for other in actions:
        earlier = other.position < action.position and other.touches == action.touches
        if earlier and other.status != "succeeded" and other.reason != "left_out":
            return other
    return None


def _proposal(action: Action, actions: Sequence[Action]) -> Proposal:
    """What the action is to do. If an earlier step of the plan has changed the same object, it is expected as that
    step left it: its changes were confirmed together, and only others' are to stop it (P2)."""
    proposal = ledger.proposal_of(action)
    left = {other.touches: other.result.get("revision") for other in actions if other.result}.get(action.touches)
    return replace(proposal, target={**proposal.target, "revision": left}) if left and action.touches else proposal


def _ask_later(wait: float, why: str) -> str:
    if wait > LONGEST_WAIT:
        return f"The far system asks to wait {wait:.0f} seconds; it was not done. Ask again then."
    return f"{why or 'The far system cannot be reached.'} It was not done. Ask again later."
