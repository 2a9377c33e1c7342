"""What follows a run: its receipts on the thread, then the agent's words on them (P7)."""

from datetime import datetime
from functools import partial

import structlog

from sayso.agent.prompt import DECIDED
from sayso.agent.types import TurnInput, TurnOutput
from sayso.base.clock import Clock
from sayso.base.errors import RateLimited, SaysoError, ThreadBusy
from sayso.base.ids import Ids
from sayso.conversation import ledger, models, records, threads
from sayso.conversation.contexts import Contexts
from sayso.conversation.listening import Listener
from sayso.conversation.models import WORDLESS, Models
from sayso.conversation.nouns import Plan, WholeTurn
from sayso.conversation.turns import LEASE, Begun, Turns, history_of, waiting_of
from sayso.identity.types import Actor
from sayso.store.gateway import Store, WriteConn

log = structlog.get_logger()


class Outcome:
    def __init__(self, store: Store, turns: Turns, models: Models, contexts: Contexts, clock: Clock, ids: Ids) -> None:
        self._store = store
        self._turns = turns
        self._contexts = contexts
        self._clock = clock
        self._ids = ids
        self._models = models

    def turn_id(self, plan_id: str) -> str:
        """The id of the turn that tells a plan's receipts: known before the plan has run."""
        return self._ids.of("turn", "outcome", plan_id)

    def tell(self, conn: WriteConn, plan: Plan, receipts: str, now: datetime) -> None:
        """Append the receipts of a plan that was just closed to its thread, in the transaction that closes it."""
        thread = threads.lock_pk(conn, plan.thread_pk)
        turn = WholeTurn(
            id=self.turn_id(plan.id),
            kind="outcome",
            user_message=None,
            response=receipts,
            messages=[],  # the result of each call has its receipt
            created_at=plan.decided_at or now,
            ended_at=now,
            plan_id=plan.id,
        )
        threads.append(conn, thread.pk, turn, last_word=None, lease=None)

    async def word(self, user_id: str, plan_id: str, listener: Listener) -> None:
        """Let the agent see the outcome and go on, if the model has words of its own; without them the receipts are the
        answer."""
        if not self._models.words_outcomes(await self._store.peek(models.chosen, user_id)):
            return
        await listener.emit("node_start", {"node": "respond"})
        begun = await self._store.write(self._begin, plan_id)
        if begun is not None:
            try:
                await self._run(begun, user_id, plan_id, listener)
            except SaysoError as error:
                log.info("outcome_not_worded", plan=plan_id, code=error.code)
            except Exception:
                log.exception("outcome_not_worded", plan=plan_id)
        await listener.emit("node_end", {"node": "respond"})

    def _begin(self, conn: WriteConn, plan_id: str) -> Begun | None:
        """None: the conversation has gone on already, the plan is deleted, or the user has no turn left; or it undid at
        a tap, which no model has proposed."""
        plan = records.plan(conn, plan_id)
        if plan is None or not all(action.call_id for action in records.actions_of(conn, [plan_id])):
            return None
        thread, now, lease = threads.lock_pk(conn, plan.thread_pk), self._clock.now(), self._ids.secret()
        if threads.last_turn(conn, thread) != ("outcome", plan_id):
            return None
        try:
            threads.take_lease(conn, thread.pk, lease, now, now + LEASE)
        except ThreadBusy:
            return None
        try:
            choice = self._turns.admitted(conn, plan.user_id, now)
        except RateLimited:
            choice = WORDLESS
        if not self._models.words_outcomes(choice):
            threads.drop_lease(conn, thread.pk, lease)
            return None
        history, done = history_of(conn, thread, asked=False)
        return Begun(self._ids.new("turn"), thread, lease, now, history, waiting_of(conn, thread.pk), done, choice)

    async def _run(self, begun: Begun, user_id: str, plan_id: str, listener: Listener) -> None:
        async with self._turns.lease(begun):
            turn_input = TurnInput(
                prompt=DECIDED,
                history=begun.history,
                context=await self._contexts.of_user(user_id),
                waiting=begun.waiting,
                withdraw=partial(self._turns.withdraw, begun.thread, Actor(user_id, "agent")),
                emit=listener.emit,
                by_user=False,
                done=begun.done,
            )
            output = await self._turns.answer(begun, turn_input, listener.live)
            await self._store.write(self._store_words, begun, user_id, plan_id, output)

    def _store_words(self, conn: WriteConn, begun: Begun, user_id: str, plan_id: str, output: TurnOutput) -> None:
        """Of a model that has nothing to add nothing is kept: the receipts are the answer."""
        if not output.text and not output.proposed:
            self._turns.give_up(conn, begun)
            return
        plan = records.plan(conn, plan_id)
        receipts = (plan.response or "") if plan else ""
        reply = self._turns.store(conn, begun, Actor(user_id, "agent"), None, output)
        follow_up = reply.plan.id if reply.plan and output.proposed else None
        ledger.word(conn, plan_id, f"{receipts}\n\n{output.text}".strip(), follow_up)
