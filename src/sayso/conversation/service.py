"""What a client can do with conversations: the one door from `http` to everything below."""

import asyncio
import contextlib
import itertools
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import structlog

from sayso.agent.runner import Runner
from sayso.agent.types import Emit
from sayso.base.clock import Clock
from sayso.base.errors import NotFound, NothingRunning, SaysoError
from sayso.base.faults import Fault, no_fault
from sayso.base.ids import Ids
from sayso.conversation import answers, decisions, editing, expiry, ledger, queued, records, streams, threads, views
from sayso.conversation.executor import Executor
from sayso.conversation.nouns import Thread
from sayso.conversation.streams import StreamEvent, Streams
from sayso.conversation.turns import Begun, Decided, Told, Turns, ending_of, silent
from sayso.conversation.types import (
    CancelReply,
    ChatReply,
    ConfirmReply,
    PlanView,
)
from sayso.identity import users
from sayso.identity.types import Caller
from sayso.store.gateway import ReadConn, Store, WriteConn
from sayso.tools.base import ToolContext
from sayso.tools.registry import question_for
from sayso.workspace.protocols import Workspace
from sayso.workspace.types import Person

log = structlog.get_logger()

CONFIRM_SECONDS = 60.0  # that a confirm waits for the outcome before it answers "running"
POLL_SECONDS = 0.1  # between looks at a plan that another worker executes
SWEEP_SECONDS = 10.0
FORGET_EVERY = 60  # sweeps between deletions of old streams' events

T = TypeVar("T")
Workspaces = Callable[[str, Person], Workspace]
"""The workspace of a user, by id and person."""


class Conversation:
    def __init__(
        self,
        store: Store,
        agent: Runner,
        workspaces: Workspaces,
        clock: Clock,
        ids: Ids,
        *,
        plan_ttl: timedelta,
        default_zone: ZoneInfo,
        fault: Fault = no_fault,
    ) -> None:
        self._store = store
        self._agent = agent
        self._workspaces = workspaces
        self._clock = clock
        self._ids = ids
        self._default_zone = default_zone
        self._fault = fault
        self._plan_ttl = plan_ttl
        self._turns = Turns(store, agent, clock, ids, plan_ttl, fault)
        self._executor = Executor(
            store,
            agent.toolbox,
            self._context_of_user,
            clock,
            ids,
            self._turns.tell_outcome,
            self._after_execution,
            fault,
        )
        self._streams = Streams(store, clock)
        self._sweeper: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Take up what an earlier process left, and keep looking."""
        await self._agent.open()
        if self._store.embedded:  # one process owns the store: nobody else can hold a lease
            await self._store.write(ledger.release_leases, self._clock.now())
        await self._executor.sweep()
        self._sweeper = asyncio.create_task(self._sweep_forever(), name="sweep")

    async def close(self) -> None:
        """End within seconds; what is still running is taken up at the next start."""
        if self._sweeper is not None:
            self._sweeper.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._sweeper
        await self._streams.close()
        await self._executor.close()
        await self._agent.close()

    async def _sweep_forever(self) -> None:
        for sweep in itertools.count():
            await asyncio.sleep(SWEEP_SECONDS)
            try:
                await self._executor.sweep()
                if sweep % FORGET_EVERY == 0:
                    await self._streams.forget()
            except SaysoError as error:
                log.warning("sweep_failed", code=error.code)

    # --- talking -----------------------------------------------------------------------------------------------------

    async def chat(
        self,
        caller: Caller,
        *,
        message: str,
        thread_id: str | None = None,
        history: Sequence[tuple[str, str]] = (),
        timezone: str | None = None,
        key: str | None = None,
    ) -> ChatReply:
        """One turn: an answer, a plan that waits, or, for a plain yes or no, the decision.

        `key`: names the message; sent again on the thread, or again without one, it gets the answer that it got.
        Raises ThreadBusy, ModelError, ModelTimeout, ValidationFailed.
        """
        thread_id = thread_id or self._new_thread(caller, key)
        begun = await self._store.write(self._begin, caller, thread_id, message, history, timezone, key)
        if isinstance(begun, Begun):
            return await self._turns.run(begun, caller, message, self._context_of(caller, timezone))
        if isinstance(begun, Told):
            return begun.reply
        if begun.answer == "no":
            return _cancelled(begun)
        self._fault("decided")
        outcome = await self._outcome(caller, begun.plan_id, begun.thread, None, CONFIRM_SECONDS)
        ran = [{"id": action_id, **result, "args": {}} for action_id, result in outcome.results.items()]
        return ChatReply(thread_id, begun.turn_id, outcome.response, ran, outcome.plan, outcome)

    def _begin(
        self,
        conn: WriteConn,
        caller: Caller,
        thread_id: str,
        message: str,
        history: Sequence[tuple[str, str]],
        timezone: str | None,
        key: str | None,
        behind: str | None = None,
    ) -> Begun | Decided | Told:
        if timezone is not None and timezone != caller.timezone:
            users.remember_timezone(conn, caller.user_id, timezone)
        return self._turns.begin(conn, caller, thread_id, message, history, key, behind)

    async def stream_chat(
        self,
        caller: Caller,
        *,
        message: str,
        thread_id: str | None = None,
        history: Sequence[tuple[str, str]] = (),
        timezone: str | None = None,
        key: str | None = None,
    ) -> AsyncIterator[StreamEvent]:
        """`chat`, told as it happens; of a message that was answered before, only the end. The turn goes on without
        its reader. Raises ThreadBusy, ValidationFailed, before the first event."""
        thread_id = thread_id or self._new_thread(caller, key)
        begun, started = await self._store.write(
            self._begin_streamed, caller, thread_id, message, history, timezone, key
        )
        return self._stream_turn(caller, begun, started, message, timezone)

    def _begin_streamed(
        self,
        conn: WriteConn,
        caller: Caller,
        thread_id: str,
        message: str,
        history: Sequence[tuple[str, str]],
        timezone: str | None,
        key: str | None = None,
        behind: str | None = None,
    ) -> tuple[Begun | Decided | Told, list[StreamEvent]]:
        """A turn, a decision or an answer of before, with the first event of its stream; also the last one, if that is
        known."""
        now = self._clock.now()
        begun = self._begin(conn, caller, thread_id, message, history, timezone, key, behind)
        if isinstance(begun, Begun):
            return begun, streams.begin(conn, begun.thread, begun.id, now)
        if isinstance(begun, Decided) and begun.answer == "yes":
            return begun, streams.begin(conn, begun.thread, begun.plan_id, now, turn_id=begun.turn_id)
        reply = begun.reply if isinstance(begun, Told) else _cancelled(begun)
        return begun, streams.begin(conn, begun.thread, reply.turn_id, now, ending_of(reply))

    async def queue(
        self,
        caller: Caller,
        *,
        message: str,
        thread_id: str | None = None,
        timezone: str | None = None,
        key: str | None = None,
    ) -> str:
        """Keep a message for `stream_queued`; the thread's id. Raises ThreadBusy while another one is kept,
        ValidationFailed: the key is of another message."""
        thread_id = thread_id or self._new_thread(caller, key)
        await self._store.write(self._queue, caller, thread_id, message, timezone, key)
        return thread_id

    def _queue(
        self, conn: WriteConn, caller: Caller, thread_id: str, message: str, timezone: str | None, key: str | None
    ) -> None:
        now, pk, title = self._clock.now(), self._ids.new("th"), threads.title_of(message)
        thread = threads.ensure(conn, caller.user_id, thread_id, pk, title, (), now)
        self._turns.sent_before(conn, thread.pk, message, key)
        queued.keep(conn, thread.pk, queued.Kept(message, timezone, key, thread.last_word or ""), now)

    def _new_thread(self, caller: Caller, key: str | None) -> str:
        """The id of a thread to open; for a message that is sent again under its key, of the thread that it opened."""
        return self._ids.new("thread") if key is None else self._ids.of("thread", caller.user_id, key)

    async def stream_queued(self, caller: Caller, *, thread_id: str) -> AsyncIterator[StreamEvent]:
        """Answer the kept message, once. Raises NotFound, NoPendingMessage, ThreadBusy."""
        message, timezone, begun, started = await self._store.write(self._begin_queued, caller, thread_id)
        return self._stream_turn(caller, begun, started, message, timezone)

    def _begin_queued(
        self, conn: WriteConn, caller: Caller, thread_id: str
    ) -> tuple[str, str | None, Begun | Decided | Told, list[StreamEvent]]:
        kept = queued.take(conn, threads.lock(conn, caller.user_id, thread_id).pk)
        begun = self._begin_streamed(conn, caller, thread_id, kept.message, (), kept.timezone, kept.key, kept.behind)
        return kept.message, kept.timezone, *begun

    async def resume(self, caller: Caller, *, thread_id: str, after: int) -> AsyncIterator[StreamEvent] | None:
        """What the thread's latest stream sent behind event `after`, and what still comes; None: it has ended.

        Raises NotFound.
        """
        thread = await self._store.read(threads.find, caller.user_id, thread_id)
        if after > thread.events:  # no stream of this thread has given that id out
            return None
        return await self._streams.resume(thread.pk, after)

    async def stream_confirm(
        self,
        caller: Caller,
        *,
        thread_id: str,
        plan_id: str | None = None,
        action_ids: Sequence[str] | None = None,
        words: str | None = None,
    ) -> AsyncIterator[StreamEvent]:
        """`confirm`, told as it happens, however long it takes. Raises as `confirm` does, before the first event."""
        self._fault("before_decide")
        decided, started = _granted(
            await self._store.write(
                self._confirm_streamed, caller, thread_id, plan_id, action_ids, words, self._clock.now()
            )
        )
        self._fault("decided")
        return self._stream_execution(caller, decided.plan_id, decided.thread, started)

    def _confirm_streamed(
        self,
        conn: WriteConn,
        caller: Caller,
        thread_id: str,
        plan_id: str | None,
        action_ids: Sequence[str] | None,
        words: str | None,
        now: datetime,
    ) -> SaysoError | tuple[decisions.Confirmed, list[StreamEvent]]:
        decided = decisions.confirm(conn, caller, thread_id, plan_id, action_ids, words, now)
        if isinstance(decided, SaysoError):
            return decided
        turn_id = self._turns.outcome_id(decided.plan_id)
        return decided, streams.begin(conn, decided.thread, decided.plan_id, now, turn_id=turn_id)

    def _stream_turn(
        self,
        caller: Caller,
        begun: Begun | Decided | Told,
        started: list[StreamEvent],
        message: str,
        timezone: str | None,
    ) -> AsyncIterator[StreamEvent]:
        if isinstance(begun, Told):
            return self._streams.open(begun.thread, begun.reply.turn_id, started).follow(0)
        if isinstance(begun, Decided):
            if begun.answer == "yes":
                return self._stream_execution(caller, begun.plan_id, begun.thread, started)
            return self._streams.open(begun.thread, begun.turn_id, started).follow(0)
        stream = self._streams.open(begun.thread, begun.id, started)

        async def tell() -> None:
            await stream.emit("node_start", {"node": "plan"})
            await self._turns.run(begun, caller, message, self._context_of(caller, timezone), stream)

        return self._streams.tell(stream, tell)

    def _stream_execution(
        self, caller: Caller, plan_id: str, thread: Thread, started: list[StreamEvent]
    ) -> AsyncIterator[StreamEvent]:
        stream = self._streams.open(thread, plan_id, started)

        async def tell() -> None:
            await stream.emit("node_start", {"node": "execute"})
            reply = await self._outcome(caller, plan_id, thread, stream.emit, None)
            data = {"thread_id": thread.id, "turn_id": started[0].data["turn_id"], "decision": "confirmed"}
            data |= {"response": reply.response, "results": reply.results}
            if reply.plan is not None:
                await stream.end("confirmation_required", {**data, "status": reply.status, "plan_id": reply.plan.id})
            else:
                await stream.end("complete", {**data, "status": reply.status})

        return self._streams.tell(stream, tell)

    async def confirm(
        self,
        caller: Caller,
        *,
        thread_id: str,
        plan_id: str | None = None,
        action_ids: Sequence[str] | None = None,
        words: str | None = None,
    ) -> ConfirmReply:
        """Confirm what waits, run it and tell the outcome; for a plan confirmed before, tell its outcome.

        Raises NotFound, NothingPending, AlreadyCancelled, PlanExpired, PlanMismatch, ValidationFailed.
        """
        self._fault("before_decide")
        now = self._clock.now()
        decided = _granted(
            await self._store.write(decisions.confirm, caller, thread_id, plan_id, action_ids, words, now)
        )
        self._fault("decided")
        return await self._outcome(caller, decided.plan_id, decided.thread, None, CONFIRM_SECONDS)

    async def cancel(
        self, caller: Caller, *, thread_id: str, plan_id: str | None = None, reason: str | None = None
    ) -> CancelReply:
        """Cancel what waits: from the commit on it will never run.

        Raises NotFound, NothingPending, AlreadyExecuted, PlanExpired, PlanMismatch.
        """
        _granted(await self._store.write(decisions.cancel, caller, thread_id, plan_id, reason, self._clock.now()))
        self._fault("cancelled")
        return CancelReply(thread_id)

    async def stop(self, caller: Caller, *, thread_id: str) -> dict[str, dict[str, Any]]:
        """Stop the turn under way, or what has not started of a confirmed plan; the results so far.

        Raises NotFound, NothingRunning.
        """
        thread, turn, plan_id = await self._store.write(decisions.stop, caller, thread_id, self._clock.now())
        if turn and thread.lease_token:
            self._turns.cancel_task(thread.lease_token)
        if plan_id is None:
            if not turn:
                raise NothingRunning
            return {}
        return views.results(await self._store.read(records.actions_of, [plan_id]))

    async def edit(
        self,
        caller: Caller,
        plan_id: str,
        *,
        edits: Mapping[str, Mapping[str, Any]],
        remove: Sequence[str],
    ) -> PlanView:
        """A new plan with changed arguments, in the place of a waiting one.

        `edits`: by action id the arguments to change; `remove`: actions to leave out. Raises NotFound, PlanExpired,
        PlanMismatch, AlreadyCancelled, AlreadyExecuted, ValidationFailed with the field that is wrong.
        """
        plan, actions = await self._store.read(editing.open_for_edit, caller, plan_id)
        context = self._context_of(caller, None)
        changed = await editing.changed_actions(self._agent.toolbox, context, actions, edits, remove)
        now = self._clock.now()
        new = ledger.NewPlan(
            id=self._ids.new("plan"),
            actions=changed,
            question=question_for([action.proposal for action in changed]),
            created_at=now,
            expires_at=now + self._plan_ttl,
        )
        return _granted(await self._store.write(editing.replace_plan, caller, plan.id, new, self._ids))

    # --- outcomes ----------------------------------------------------------------------------------------------------

    async def _outcome(
        self, caller: Caller, plan_id: str, thread: Thread, emit: Emit | None, seconds: float | None
    ) -> ConfirmReply:
        """Have a confirmed plan run, wait for its outcome within a limit, and tell it."""
        try:
            async with asyncio.timeout(seconds):
                plan = await self._store.read(records.plan, plan_id)
                if plan is not None and plan.status == "confirmed":
                    await asyncio.shield(self._executor.start(plan_id, caller.user_id, emit))
                while plan is not None and plan.status == "confirmed":  # another worker has it
                    plan = await self._store.read(records.plan, plan_id)
                    await asyncio.sleep(POLL_SECONDS if plan is not None and plan.status == "confirmed" else 0)
        except TimeoutError:
            log.info("confirm_outlasted", plan=plan_id)
        return await self._store.read(self._confirm_reply, plan_id, thread)

    def _confirm_reply(self, conn: ReadConn, plan_id: str, thread: Thread) -> ConfirmReply:
        plan = records.plan(conn, plan_id)
        if plan is None:
            raise NotFound("This plan was deleted.")
        return views.confirm_reply(conn, plan, thread)

    async def _after_execution(self, plan_id: str, user_id: str, emit: Emit | None) -> None:
        if self._agent.source.words_outcomes:
            context, tell = await self._context_of_user(user_id), emit or silent
            await tell("node_start", {"node": "respond"})
            await self._turns.word_outcome(user_id, plan_id, context, tell, stream=emit is not None)
            await tell("node_end", {"node": "respond"})

    # --- looking -----------------------------------------------------------------------------------------------------

    async def plan(self, caller: Caller, plan_id: str) -> PlanView:
        """The plan with its audit trail. Raises NotFound."""
        await expiry.close_late(self._store, self._clock)
        return await self._store.read(views.audit, caller.user_id, plan_id)

    # --- on whose behalf ---------------------------------------------------------------------------------------------

    def _context_of(self, caller: Caller, timezone: str | None) -> ToolContext:
        return self._context(caller.user_id, Person(caller.email, caller.name), timezone or caller.timezone)

    def _context(self, user_id: str, me: Person, timezone: str | None) -> ToolContext:
        zone = ZoneInfo(timezone) if timezone else self._default_zone
        return ToolContext(self._workspaces(user_id, me), me, self._clock.now(), zone)

    async def _context_of_user(self, user_id: str) -> ToolContext:
        user = await self._store.read(users.get, user_id)
        return self._context(user_id, Person(user.email, user.name), user.timezone)


def _granted(answer: T | SaysoError) -> T:
    """What a transaction decided, or its refusal, which is raised when what it tells is committed."""
    if isinstance(answer, SaysoError):
        raise answer
    return answer


def _cancelled(decided: Decided) -> ChatReply:
    """The answer to a typed no."""
    thread_id = decided.thread.id
    return ChatReply(thread_id, decided.turn_id, answers.CANCELLED, [], None, CancelReply(thread_id))
