"""A turn: from a user message to an answer or a plan. One at a time on a thread, stored whole or not at all."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal

import structlog

from sayso.agent.history import said
from sayso.agent.runner import Runner
from sayso.agent.types import Emit, PastTurn, TurnInput, TurnOutput, Waiting
from sayso.agent.whole import PARAGRAPH
from sayso.base.clock import Clock
from sayso.base.errors import SaysoError, ThreadBusy
from sayso.base.faults import Fault
from sayso.base.ids import Ids
from sayso.conversation import answers, ledger, records, threads, views
from sayso.conversation.ledger import NewAction, NewPlan
from sayso.conversation.nouns import Plan, Thread, Turn, WholeTurn
from sayso.conversation.queued import another_message
from sayso.conversation.streams import Ending, Log
from sayso.conversation.types import ChatReply
from sayso.english.yes_no import plain_answer
from sayso.identity.types import Caller
from sayso.store.gateway import Store, WriteConn
from sayso.tools.base import ToolContext
from sayso.tools.registry import question_for

log = structlog.get_logger()

LEASE = timedelta(seconds=60)
HEARTBEAT = 15.0  # seconds between renewals of a turn's lease
HEARTBEAT_SHARED = 1.0  # with several workers a stop may come in at another one

STOPPED = "Stopped."
NO_TEXT = "This is what I would do:"
DECIDED_NOTE = "(I have decided about what was waiting; its results are above.)"
OUTCOME_NOTE = (
    "(I confirmed, and was shown these receipts:\n{receipts}\n"
    "Nothing else was done. Do not repeat them. "
    "Go on with what I asked for if a step is missing, or say in one short sentence what matters.)"
)


@dataclass(frozen=True, slots=True)
class Begun:
    """A turn that holds its thread's lease, with what it starts from."""

    id: str
    thread: Thread
    lease: str
    started_at: datetime
    history: list[PastTurn]
    waiting: Plan | None
    previews: tuple[str, ...] = ()
    done: tuple[str, ...] = ()
    """Receipts of what was done before the history begins."""


@dataclass(frozen=True, slots=True)
class Told:
    """The message was answered before: the same answer, with what waits by now."""

    thread: Thread
    reply: ChatReply


@dataclass(frozen=True, slots=True)
class Decided:
    """The message was a plain yes or no: the decision itself, taken without the model."""

    thread: Thread
    turn_id: str
    answer: Literal["yes", "no"]
    plan_id: str


async def silent(event_type: str, data: dict[str, Any]) -> None:
    """Nobody listens."""


class Turns:
    def __init__(self, store: Store, runner: Runner, clock: Clock, ids: Ids, plan_ttl: timedelta, fault: Fault) -> None:
        self._store = store
        self._runner = runner
        self._clock = clock
        self._ids = ids
        self._plan_ttl = plan_ttl
        self._fault = fault
        self._tasks: dict[str, asyncio.Task[TurnOutput]] = {}

    # --- beginning ---------------------------------------------------------------------------------------------------

    def begin(
        self,
        conn: WriteConn,
        caller: Caller,
        thread_id: str,
        message: str,
        preamble: Sequence[tuple[str, str]],
        key: str | None = None,
        behind: str | None = None,
    ) -> Begun | Decided | Told:
        """Open the thread if need be, and take its lease; or take the decision that the message is.

        `key`: the client's name of this message; sent again under it, it is not said twice. `behind`: the plan that was
        the last thing said when the message was written, for one that was kept: it decides no other. Raises ThreadBusy,
        ValidationFailed: the key is of another message.
        """
        now = self._clock.now()
        title = threads.title_of(message)
        thread = threads.ensure(conn, caller.user_id, thread_id, self._ids.new("th"), title, preamble, now)
        ledger.expire(conn, now, thread.pk)
        told = self.sent_before(conn, thread.pk, message, key)
        if told is not None:
            return _again(conn, thread, told, message)
        turn_id = self._ids.new("turn") if key is None else self._named(thread.pk, key)
        lease = self._ids.secret()
        threads.take_lease(conn, thread.pk, lease, now, now + LEASE)
        answer = plain_answer(message)
        if answer and thread.last_word and behind in (None, thread.last_word):
            decided = self._decide(conn, caller, thread, turn_id, lease, message, answer, now)
            if decided:
                return decided
        waiting = records.waiting_plan(conn, thread.pk)
        actions = records.actions_of(conn, [waiting.id]) if waiting else []
        previews = tuple(action.preview for action in actions)
        history, done = _history(conn, thread)
        return Begun(turn_id, thread, lease, now, history, waiting, previews, done)

    def sent_before(self, conn: WriteConn, thread_pk: str, message: str, key: str | None) -> Turn | None:
        """The turn that a message under this key became, if it was answered. Raises ValidationFailed: the key is of
        another message."""
        turn = None if key is None else threads.turn(conn, thread_pk, self._named(thread_pk, key))
        if turn is not None and turn.user_message != message:
            raise another_message()
        return turn

    def _named(self, thread_pk: str, key: str) -> str:
        return self._ids.of("turn", thread_pk, key)

    def _decide(
        self,
        conn: WriteConn,
        caller: Caller,
        thread: Thread,
        turn_id: str,
        lease: str,
        message: str,
        answer: Literal["yes", "no"],
        now: datetime,
    ) -> Decided | None:
        to: Literal["confirmed", "cancelled"] = "confirmed" if answer == "yes" else "cancelled"
        plan_id = ledger.decide(conn, to, caller.user_id, thread.id, thread.last_word, now, caller.session_id, message)
        if plan_id is None:
            return None
        if answer == "yes":
            ledger.check_digest(conn, plan_id)
        response = "" if answer == "yes" else answers.CANCELLED
        turn = WholeTurn(
            id=turn_id,
            kind="decision",
            user_message=message,
            response=response,
            messages=said(message, response),
            created_at=now,
            ended_at=now,
            plan_id=plan_id,
        )
        threads.append(conn, thread.pk, turn, last_word=None, lease=lease)
        return Decided(thread, turn.id, answer, plan_id)

    # --- running -----------------------------------------------------------------------------------------------------

    async def run(
        self, begun: Begun, caller: Caller, message: str, context: ToolContext, stream: Log | None = None
    ) -> ChatReply:
        """Run the agent on the message and store the turn; `stream` is told.

        Raises ModelError, ModelTimeout, ThreadBusy.
        """

        async def withdraw(reason: str) -> bool:
            return await self._store.write(self._withdraw, caller.session_id, begun.thread, reason)

        turn_input = TurnInput(
            prompt=message,
            history=begun.history,
            context=context,
            waiting=Waiting(begun.waiting.id, begun.previews) if begun.waiting else None,
            withdraw=withdraw,
            emit=stream.emit if stream else silent,
            done=begun.done,
        )

        def keep(conn: WriteConn) -> tuple[ChatReply, Ending]:
            reply = self._store_turn(conn, begun, caller.user_id, message, output)
            return reply, ending_of(reply)

        async with self._lease(begun):
            output = await self._stoppable(begun, turn_input, stream is not None)
            self._fault("turn_ran")
            reply = await stream.end_with(keep) if stream else (await self._store.write(keep))[0]
            self._fault("turn_stored")
            return reply

    @asynccontextmanager
    async def _lease(self, begun: Begun) -> AsyncIterator[None]:
        """Give the thread free again if the turn fails, whatever the reason."""
        try:
            yield
        except BaseException:
            await asyncio.shield(self._store.write(threads.drop_lease, begun.thread.pk, begun.lease))
            raise

    async def _stoppable(self, begun: Begun, turn_input: TurnInput, stream: bool) -> TurnOutput:
        """Run the agent until it answers or the user stops it, renewing the lease meanwhile."""
        shown: list[str] = []

        async def emit(event_type: str, data: dict[str, Any]) -> None:
            if event_type == "token":
                shown.append(data["token"])
            await turn_input.emit(event_type, data)

        running = self._runner.run(replace(turn_input, emit=emit), stream)
        task = asyncio.create_task(running)
        self._tasks[begun.lease] = task
        beat = HEARTBEAT if self._store.embedded else HEARTBEAT_SHARED
        try:
            while True:
                await asyncio.wait([task], timeout=beat)
                if task.done():
                    break
                until = self._clock.now() + LEASE
                if not await self._store.write(threads.renew_lease, begun.thread.pk, begun.lease, until):
                    task.cancel()
            return task.result()
        except asyncio.CancelledError:
            if not task.cancelled():
                raise
            await emit("token", {"token": PARAGRAPH + STOPPED if shown else STOPPED})
            text = "".join(shown)
            return TurnOutput(text=text, messages=said(turn_input.prompt, text))
        finally:
            del self._tasks[begun.lease]
            task.cancel()  # nothing of a turn goes on without it

    def cancel_task(self, lease: str) -> None:
        """Stop the turn that holds this lease if it runs in this process."""
        task = self._tasks.get(lease)
        if task is not None:
            task.cancel()

    def _withdraw(self, conn: WriteConn, session_id: str | None, thread: Thread, reason: str) -> bool:
        now, words = self._clock.now(), reason or None
        ledger.expire(conn, now, thread.pk)
        decided = ledger.decide(conn, "cancelled", thread.user_id, thread.id, None, now, session_id, words)
        return decided is not None

    # --- storing -----------------------------------------------------------------------------------------------------

    def _store_turn(
        self, conn: WriteConn, begun: Begun, user_id: str, message: str | None, output: TurnOutput
    ) -> ChatReply:
        """Store the turn, its messages and its plan in one transaction (P8). Raises ThreadBusy: the lease was lost."""
        now = self._clock.now()
        thread = threads.lock_pk(conn, begun.thread.pk)
        plan = self._new_plan(begun.id, output, now)
        text = output.text or NO_TEXT  # an answer without words is a proposal: a model that says nothing is asked again
        reads = [
            {
                "id": read.id,
                "tool": read.tool,
                "args": read.args,
                "success": read.error is None,
                "result": read.result,
                "error": read.error,
            }
            for read in output.reads
        ]
        turn = WholeTurn(
            id=begun.id,
            kind="chat" if message is not None else "outcome",
            user_message=message,
            response=text,
            messages=output.messages,
            created_at=begun.started_at,
            ended_at=now,
            actions=reads,
            plan_id=plan.id if plan else None,
            usage=output.usage,
        )
        if threads.append(conn, thread.pk, turn, plan.id if plan else None, begun.lease) is None:
            raise ThreadBusy("Another request took over this thread; look at it, then send the message again.")
        if plan:
            ledger.open_plan(conn, plan, thread.pk, user_id, self._ids, replaces=None)
        proposed = plan.id if plan else None
        return ChatReply(thread.id, begun.id, text, reads, views.waiting_view(conn, thread), proposed=proposed)

    def _new_plan(self, turn_id: str, output: TurnOutput, now: datetime) -> NewPlan | None:
        if not output.proposed:
            return None
        return NewPlan(
            id=self._ids.new("plan"),
            actions=[NewAction(turn_id, p.call_id, p.tool, p.proposal) for p in output.proposed],
            question=question_for([p.proposal for p in output.proposed]),
            created_at=now,
            expires_at=now + self._plan_ttl,
        )

    # --- after a plan ran --------------------------------------------------------------------------------------------

    def outcome_id(self, plan_id: str) -> str:
        """The id of the turn that tells a plan's receipts: known before the plan has run."""
        return self._ids.of("turn", "outcome", plan_id)

    def tell_outcome(self, conn: WriteConn, plan: Plan, response: str, now: datetime) -> None:
        """Append the receipts of a plan that was just closed to its thread."""
        thread = threads.lock_pk(conn, plan.thread_pk)
        adjacent = threads.last_turn(conn, thread)[1] == plan.id
        turn = WholeTurn(
            id=self.outcome_id(plan.id),
            kind="outcome",
            user_message=None,
            response=response,
            messages=said(None if adjacent else DECIDED_NOTE, response),
            created_at=plan.decided_at or now,
            ended_at=now,
            plan_id=plan.id,
        )
        threads.append(conn, thread.pk, turn, last_word=None, lease=None)

    async def word_outcome(self, user_id: str, plan_id: str, context: ToolContext, emit: Emit, stream: bool) -> None:
        """Let the agent see the outcome and go on; without it the receipts are the answer (P7)."""
        begun = await self._store.write(self._begin_wording, plan_id)
        if begun is None:
            return
        prompt = OUTCOME_NOTE.format(receipts=begun.previews[0])

        async def withdraw(reason: str) -> bool:
            return await self._store.write(self._withdraw, None, begun.thread, reason)

        turn_input = TurnInput(prompt, begun.history, context, None, withdraw, emit, by_user=False, done=begun.done)
        try:
            async with self._lease(begun):
                output = await self._stoppable(begun, turn_input, stream)
                await self._store.write(self._store_words, begun, user_id, plan_id, output)
        except SaysoError as error:
            log.info("outcome_not_worded", plan=plan_id, code=error.code)
        except Exception:
            log.exception("outcome_not_worded", plan=plan_id)

    def _begin_wording(self, conn: WriteConn, plan_id: str) -> Begun | None:
        """None: the conversation has gone on already, or the plan is deleted."""
        plan = records.plan(conn, plan_id)
        if plan is None:
            return None
        thread, now, lease = threads.lock_pk(conn, plan.thread_pk), self._clock.now(), self._ids.secret()
        if threads.last_turn(conn, thread) != ("outcome", plan_id):
            return None
        try:
            threads.take_lease(conn, thread.pk, lease, now, now + LEASE)
        except ThreadBusy:
            return None
        history, done = _history(conn, thread)
        return Begun(self._ids.new("turn"), thread, lease, now, history, None, (plan.response or "",), done)

    def _store_words(self, conn: WriteConn, begun: Begun, user_id: str, plan_id: str, output: TurnOutput) -> None:
        reply = self._store_turn(conn, begun, user_id, None, output)
        follow_up = reply.plan.id if reply.plan and output.proposed else None
        ledger.word(conn, plan_id, f"{begun.previews[0]}\n\n{output.text}".strip(), follow_up)


def _again(conn: WriteConn, thread: Thread, turn: Turn, message: str) -> Decided | Told:
    """What became of a message that was sent before."""
    answer = plain_answer(message)
    if turn.kind == "decision" and answer and turn.plan_id:
        return Decided(thread, turn.id, answer, turn.plan_id)
    waiting = views.waiting_view(conn, thread)
    proposed = turn.plan_id if waiting and waiting.id == turn.plan_id else None
    return Told(thread, ChatReply(thread.id, turn.id, turn.response, turn.actions, waiting, proposed=proposed))


def ending_of(reply: ChatReply) -> Ending:
    """What the stream of the turn tells last."""
    data: dict[str, Any] = {"thread_id": reply.thread_id, "turn_id": reply.turn_id, "response": reply.response}
    data["decision"] = reply.decided
    if reply.proposed is not None:
        return "confirmation_required", {**data, "plan_id": reply.proposed}
    results = {read["id"]: read for read in reply.actions}
    return "complete", {**data, "results": results, "plan_id": reply.plan.id if reply.plan else None}


def _history(conn: WriteConn, thread: Thread) -> tuple[list[PastTurn], tuple[str, ...]]:
    """The thread's recent turns, and the receipts of what was done before them."""
    recent, calls = threads.window(conn, thread)
    history = [
        PastTurn(turn.messages, {row.call_id: views.outcome(row) for row in calls.get(turn.id, ())}, turn.user_message)
        for turn in recent
    ]
    if thread.turns > threads.WINDOW:
        return history, tuple(records.done_before(conn, thread.pk, recent[0].created_at))
    return [*map(_preamble, thread.preamble), *history], ()


def _preamble(item: Sequence[str]) -> PastTurn:
    role, content = item
    return PastTurn(said(content, ""), typed=content) if role == "user" else PastTurn(said(None, content))
