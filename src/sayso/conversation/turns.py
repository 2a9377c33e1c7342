"""A turn: from a user message to an answer or a plan. One at a time on a thread, stored whole or not at all."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Literal

from sayso.agent.history import said
from sayso.agent.runner import Runner
from sayso.agent.types import Meter, PastTurn, Proposed, TurnInput, TurnOutput, Waiting, WaitingAction
from sayso.agent.whole import PARAGRAPH
from sayso.base.clock import Clock
from sayso.base.errors import PlanMismatch, ThreadBusy
from sayso.base.faults import Fault
from sayso.base.ids import Ids
from sayso.conversation import answers, decisions, ledger, models, records, spending, threads, views
from sayso.conversation.contexts import Contexts
from sayso.conversation.ledger import NewAction, NewPlan
from sayso.conversation.listening import Ending, Listener
from sayso.conversation.models import Choice, Models
from sayso.conversation.nouns import Action, Thread, Turn, WholeTurn
from sayso.conversation.queued import another_message
from sayso.conversation.spending import Limits
from sayso.conversation.types import ChatReply, Message
from sayso.english.yes_no import plain_answer
from sayso.identity import tokens
from sayso.identity.types import Actor, Caller
from sayso.store.gateway import Store, WriteConn
from sayso.tools.base import ToolContext, ToolInputError
from sayso.tools.planned import as_a_whole

LEASE = timedelta(seconds=60)
HEARTBEAT = 15.0  # seconds between renewals of a turn's lease
HEARTBEAT_SHARED = 1.0  # with several workers a stop may come in at another one

STOPPED = "Stopped."
NO_TEXT = "This is what I would do:"


@dataclass(frozen=True, slots=True)
class Begun:
    """A turn that holds its thread's lease, with what it starts from."""

    turn_id: str
    thread: Thread
    lease: str
    started_at: datetime
    history: list[PastTurn]
    waiting: Waiting | None
    done: tuple[str, ...] = ()
    """Receipts of what was done before the history begins."""
    choice: Choice | None = None
    """The model that the user had chosen when it began."""
    meter: Meter = field(default_factory=Meter)

    @property
    def run_id(self) -> str:
        """What the stream of its answer is named after."""
        return self.turn_id


@dataclass(frozen=True, slots=True)
class Told:
    """The message was answered before: the same answer, with what waits by now."""

    thread: Thread
    reply: ChatReply

    @property
    def turn_id(self) -> str:
        return self.reply.turn_id

    @property
    def run_id(self) -> str:
        return self.reply.turn_id


@dataclass(frozen=True, slots=True)
class Decided:
    """The message was a plain yes or no: the decision itself, taken without the model."""

    thread: Thread
    turn_id: str
    answer: Literal["yes", "no"]
    plan_id: str

    @property
    def run_id(self) -> str:
        return self.plan_id if self.answer == "yes" else self.turn_id


class Turns:
    def __init__(
        self,
        store: Store,
        runner: Runner,
        models: Models,
        limits: Limits,
        contexts: Contexts,
        clock: Clock,
        ids: Ids,
        plan_ttl: timedelta,
        hold: timedelta,
        fault: Fault,
    ) -> None:
        self._store = store
        self._runner = runner
        self._models = models
        self._limits = limits
        self._contexts = contexts
        self._clock = clock
        self._ids = ids
        self._plan_ttl = plan_ttl
        self._hold = hold
        self._fault = fault
        self._tasks: dict[str, asyncio.Task[TurnOutput]] = {}

    # --- beginning ---------------------------------------------------------------------------------------------------

    def begin(self, conn: WriteConn, actor: Actor, message: Message) -> Begun | Decided | Told:
        """Open the thread if need be, and take its lease; or take the decision that the message is.

        A message that is sent again under its key is not said twice. A decision is never refused for what the user has
        spent. Raises ThreadBusy, TurnsAtOnce, BudgetSpent; ValidationFailed: the key is of another message;
        PlanMismatch, PlanChanged: it is a decision of a plan that was not seen, or seen otherwise; ScopeMissing: the
        actor may only propose.
        """
        now = self._clock.now()
        thread = threads.ensure(conn, actor.user_id, message, self._ids.new("th"), now)
        ledger.expire(conn, now, thread.pk)
        told = self.sent_before(conn, thread, message)
        if told is not None:
            return _again(conn, thread, told, message)
        self.seen(conn, actor, thread, message)
        turn_id = self._ids.new("turn") if message.key is None else self._named(thread, message.key)
        lease = self._ids.secret()
        threads.take_lease(conn, thread.pk, lease, now, now + LEASE)
        answer = plain_answer(message.text)
        if answer and (not thread.last_word or message.behind in (None, thread.last_word)):
            decided = self._decide(conn, actor, thread, turn_id, lease, message.text, answer, now)
            if decided:
                return decided
        choice = self.admitted(conn, actor.user_id, now)
        history, done = history_of(conn, thread)
        return Begun(turn_id, thread, lease, now, history, waiting_of(conn, thread.pk), done, choice)

    def seen(self, conn: WriteConn, actor: Actor, thread: Thread, message: Message) -> None:
        """Let no yes or no decide a plan that its writer has not seen, or saw otherwise (P1).

        Raises PlanMismatch, PlanChanged.
        """
        answer = plain_answer(message.text) if thread.last_word else None
        if thread.last_word is None or answer is None:
            return
        if message.saw not in (None, thread.last_word):
            raise PlanMismatch(plan_id=thread.last_word)
        plan = records.plan(conn, thread.last_word) if message.digest is not None else None
        if plan is not None and plan.status == "pending" and plan.digest != message.digest:
            raise decisions.changed(conn, thread, plan)
        if message.saw is None and message.behind is None and answer == "yes":  # one that was kept was seen to then
            decisions.refuse_program(conn, actor, thread.last_word)

    def admitted(self, conn: WriteConn, user_id: str, now: datetime) -> Choice | None:
        """The user's model, for a turn whose lease was taken in this transaction. Raises TurnsAtOnce, BudgetSpent."""
        spending.make_room(conn, user_id, now, self._limits)
        return self.afforded(conn, user_id, now)

    def afforded(self, conn: WriteConn, user_id: str, now: datetime) -> Choice | None:
        """The user's model, if he has tokens left for it today. Raises BudgetSpent."""
        choice = models.chosen(conn, user_id)
        if not self._models.free(choice):
            spending.afford(conn, user_id, now, self._limits)
        return choice

    def sent_before(self, conn: WriteConn, thread: Thread, message: Message) -> Turn | None:
        """The turn that a message under its key became, if it was answered. Raises ValidationFailed: the key is of
        another message."""
        turn = None if message.key is None else threads.turn(conn, thread.pk, self._named(thread, message.key))
        if turn is not None and turn.user_message != message.text:
            raise another_message()
        return turn

    def _named(self, thread: Thread, key: str) -> str:
        return self._ids.of("turn", thread.pk, key)

    def _decide(
        self,
        conn: WriteConn,
        actor: Actor,
        thread: Thread,
        turn_id: str,
        lease: str,
        words: str,
        answer: Literal["yes", "no"],
        now: datetime,
    ) -> Decided | None:
        to: Literal["confirmed", "cancelled"] = "confirmed" if answer == "yes" else "cancelled"
        plan_id = ledger.decide(conn, to, actor, thread.id, thread.last_word, now, words) if thread.last_word else None
        if plan_id is None and answer == "no":
            plan_id = ledger.call_off_held(conn, thread, actor, now, words, since=thread.updated_at)
        if plan_id is None:
            return None
        if answer == "yes":
            ledger.check_digest(conn, plan_id)
            decisions.hold_back(conn, actor.user_id, plan_id, now, self._hold)
        response = "" if answer == "yes" else answers.CANCELLED
        turn = WholeTurn(
            id=turn_id,
            kind="decision",
            user_message=words,
            response=response,
            messages=said(words, response),
            created_at=now,
            ended_at=now,
            plan_id=plan_id,
        )
        threads.append(conn, thread.pk, turn, last_word=None, lease=lease)
        return Decided(thread, turn.id, answer, plan_id)

    # --- running -----------------------------------------------------------------------------------------------------

    async def run(self, begun: Begun, caller: Caller, message: Message, listener: Listener) -> ChatReply:
        """Run the agent on the message and store the turn. Raises ModelError, ModelTimeout, ThreadBusy."""

        def keep(conn: WriteConn) -> tuple[ChatReply, Ending]:
            reply = self.store(conn, begun, caller.actor, message.text, output)
            return reply, ending_of(reply)

        async with self.lease(begun):
            turn_input = TurnInput(
                prompt=message.text,
                history=begun.history,
                context=await self._contexts.of(caller, message.timezone),
                waiting=begun.waiting,
                withdraw=partial(self.withdraw, begun.thread, caller.actor),
                emit=listener.emit,
                done=begun.done,
            )
            output = await self.answer(begun, turn_input, listener.live)
            output = await self._as_a_whole(turn_input.context, output)
            self._fault("turn_ran")
            reply = await listener.end_with(keep)
            self._fault("turn_stored")
            return reply

    async def _as_a_whole(self, context: ToolContext, output: TurnOutput) -> TurnOutput:
        """What is proposed as it comes out beside each other, and beside what waits on."""
        if len(output.proposed) < 2:
            return output
        each = [(some.tool, some.proposal) for some in output.proposed]
        shown = await as_a_whole(self._runner.toolbox, context, each, just_prepared=True)
        return replace(
            output, proposed=tuple(some.shown(new) for some, new in zip(output.proposed, shown, strict=True))
        )

    @asynccontextmanager
    async def lease(self, begun: Begun) -> AsyncIterator[None]:
        """Give the thread free again if the turn fails, whatever the reason."""
        try:
            yield
        except BaseException:
            await asyncio.shield(self._store.write(self.give_up, begun))
            raise

    def give_up(self, conn: WriteConn, begun: Begun) -> None:
        """End a turn that leaves nothing behind but what it has cost, unless it is stored after all."""
        if threads.drop_lease(conn, begun.thread.pk, begun.lease):
            self._spend(conn, begun)

    def _spend(self, conn: WriteConn, begun: Begun) -> None:
        spending.spend(conn, begun.thread.user_id, self._clock.now(), begun.meter.tokens)

    async def answer(self, begun: Begun, turn_input: TurnInput, stream: bool) -> TurnOutput:
        """Run the agent until it answers or the user stops it, renewing the lease meanwhile."""
        shown: list[str] = []

        tell = turn_input.emit

        async def emit(event_type: str, data: dict[str, Any]) -> None:
            if event_type == "token":
                shown.append(data["token"])
            await tell(event_type, data)

        turn_input = replace(turn_input, emit=emit, meter=begun.meter)
        task = asyncio.create_task(self._on_model(begun, turn_input, stream))
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

    async def _on_model(self, begun: Begun, turn_input: TurnInput, stream: bool) -> TurnOutput:
        async with self._models.use(begun.thread.user_id, begun.choice) as source:
            return await self._runner.run(replace(turn_input, source=source), stream)

    def stop(self, thread: Thread) -> None:
        """Stop the turn that holds this thread's lease if it runs in this process."""
        task = self._tasks.get(thread.lease_token or "")
        if task is not None:
            task.cancel()

    async def withdraw(self, thread: Thread, actor: Actor, reason: str) -> bool:
        """Cancel the plan that waits, at the agent's call; False: there is none. Raises ToolInputError where only the
        user may do that."""
        if "decide" not in actor.scopes:
            data, now = {"thread_id": thread.id}, self._clock.now()
            await self._store.write(tokens.audited, "decision_refused", actor, now, data)
            raise ToolInputError(tokens.ONLY_YOU, "only_you")
        return await self._store.write(self._withdraw, thread, actor, reason)

    def _withdraw(self, conn: WriteConn, thread: Thread, actor: Actor, reason: str) -> bool:
        now, words = self._clock.now(), reason or None
        thread = threads.lock_pk(conn, thread.pk)
        ledger.expire(conn, now, thread.pk)
        if ledger.decide(conn, "cancelled", actor, thread.id, None, now, words) is not None:
            return True
        return ledger.call_off_held(conn, thread, actor, now, words) is not None

    # --- storing -----------------------------------------------------------------------------------------------------

    def store(self, conn: WriteConn, begun: Begun, by: Actor, message: str | None, output: TurnOutput) -> ChatReply:
        """Store the turn, its messages and its plan in one transaction (P8). Raises ThreadBusy: the lease was lost;
        ScopeMissing: the plan would take the place of one that is not the actor's to replace."""
        now = self._clock.now()
        plan = self._new_plan(conn, begun, output, now)
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
            id=begun.turn_id,
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
        thread = threads.append(conn, begun.thread.pk, turn, plan.id if plan else None, begun.lease)
        if thread is None:
            threads.lock_pk(conn, begun.thread.pk)  # NotFound: it was deleted
            raise ThreadBusy("Another request took over this thread; look at it, then send the message again.")
        self._spend(conn, begun)
        if plan:
            ledger.open_plan(conn, plan, thread.pk, by, self._ids, replaces=None)
        proposed = plan.id if plan else None
        return ChatReply(thread.id, begun.turn_id, text, reads, views.waiting_view(conn, thread), proposed=proposed)

    def _new_plan(self, conn: WriteConn, begun: Begun, output: TurnOutput, now: datetime) -> NewPlan | None:
        """What waits behind the turn: its proposals, beside what of the plan that waited is still there."""
        if not output.proposed:
            return None
        waits = records.waiting_plan(conn, begun.thread.pk)
        still = _still(begun.waiting, records.actions_of(conn, [waits.id]) if waits else [])
        actions: list[NewAction] = []
        for each in output.proposed:
            if isinstance(each, Proposed):
                old = next((still[ident] for ident in each.instead_of if ident in still), None)
                was = ledger.was(old, each.tool, each.proposal) if old else None
                actions.append(NewAction(begun.turn_id, each.call_id, each.tool, each.proposal, was))
            elif left := still.get(each.action.id):
                edited = left.id != each.action.id  # while the turn ran, which counts then
                proposal = ledger.proposal_of(left) if edited else each.proposal
                actions.append(NewAction(left.turn_id, left.call_id, left.tool, proposal, undoes=left.undoes))
        return NewPlan.of(self._ids.new("plan"), actions, now, self._plan_ttl) if actions else None


def waiting_of(conn: WriteConn, thread_pk: str) -> Waiting | None:
    """What waits on the thread, as the agent is told of it."""
    plan = records.waiting_plan(conn, thread_pk)
    if plan is None:
        return None
    actions = records.actions_of(conn, [plan.id])
    return Waiting(
        plan.id, tuple(WaitingAction(each.id, each.call_id, each.tool, ledger.proposal_of(each)) for each in actions)
    )


def _still(waiting: Waiting | None, left: Sequence[Action]) -> dict[str, Action]:
    """By its id when the turn began, each action that waits still, as it is by now: perhaps the user decided on it
    while the turn ran, or changed it, which counts then."""
    before = waiting.actions if waiting else ()
    found: dict[str, Action] = {}
    free = list(left)
    for same in (_is_it, _is_alike, _is_of_call):
        for old in before:
            now = None if old.id in found else next((each for each in free if same(old, each)), None)
            if now is not None:
                free.remove(now)
                found[old.id] = now
    return found


def _is_it(old: WaitingAction, now: Action) -> bool:
    return old.id == now.id


def _is_alike(old: WaitingAction, now: Action) -> bool:
    return _is_of_call(old, now) and old.proposal.args == now.args


def _is_of_call(old: WaitingAction, now: Action) -> bool:
    """Whether it came of the same call, perhaps with changed arguments."""
    return (old.call_id, old.tool) == (now.call_id, now.tool)


def _again(conn: WriteConn, thread: Thread, turn: Turn, message: Message) -> Decided | Told:
    """What became of a message that was sent before."""
    answer = plain_answer(message.text)
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


def history_of(conn: WriteConn, thread: Thread, asked: bool = True) -> tuple[list[PastTurn], tuple[str, ...]]:
    """The thread's recent turns, and the receipts of what was done before them. `asked`: the user is about to say
    something, which may be to undo what was done last; how is told with it then."""
    recent, calls = threads.window(conn, thread)
    first = thread.turns - len(recent) + 1
    since = views.since(conn, [call for turn in recent for call in calls.get(turn.id, ()) if call.call_id])
    since = since if asked else replace(since, last=None)
    history = [
        PastTurn(turn.messages, views.outcomes(calls.get(turn.id, ()), since), turn.user_message, number)
        for number, turn in enumerate(recent, start=first)
    ]
    if first > 1:
        return history, tuple(records.done_before(conn, thread.pk, recent[0].created_at))
    return [*map(_preamble, thread.preamble), *history], ()


def _preamble(item: Sequence[str]) -> PastTurn:
    role, content = item
    return PastTurn(said(content, ""), typed=content) if role == "user" else PastTurn(said(None, content))
