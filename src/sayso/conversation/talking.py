"""A message and what becomes of it: an answer, a plan that waits, or, for a plain yes or no, the decision."""

from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial

from sayso.base.clock import Clock
from sayso.base.faults import Fault
from sayso.base.ids import Ids
from sayso.conversation import answers, queued, streams, threads
from sayso.conversation.deciding import Deciding
from sayso.conversation.decisions import Confirmed
from sayso.conversation.listening import Listener, Nobody
from sayso.conversation.refreshing import Refreshing
from sayso.conversation.streams import StreamEvent, Streams
from sayso.conversation.turns import Begun, Decided, Told, Turns, ending_of
from sayso.conversation.types import CancelReply, ChatReply, Message
from sayso.english.yes_no import plain_answer
from sayso.identity import tokens, users
from sayso.identity.types import Caller
from sayso.store.gateway import Store, WriteConn

Beginning = tuple[Begun | Decided | Told, list[StreamEvent]]
"""What a message begins, and the first events of its stream."""


class Talking:
    def __init__(
        self,
        store: Store,
        turns: Turns,
        deciding: Deciding,
        refreshing: Refreshing,
        streams: Streams,
        clock: Clock,
        ids: Ids,
        fault: Fault,
    ) -> None:
        self._store = store
        self._turns = turns
        self._deciding = deciding
        self._refreshing = refreshing
        self._streams = streams
        self._clock = clock
        self._ids = ids
        self._fault = fault

    async def answer(self, caller: Caller, message: Message) -> ChatReply:
        """One turn. A message that is sent again, under its key, gets the answer that it got.

        Raises ThreadBusy, TurnsAtOnce, BudgetSpent, ModelError, ModelTimeout, ValidationFailed.
        """
        message = await self._ready(caller, message)
        begun, _ = await self._store.write(self._begin, caller, message, streamed=False)
        return await self._run(caller, message, begun, Nobody(self._store))

    async def stream(self, caller: Caller, message: Message) -> AsyncIterator[StreamEvent]:
        """`answer`, told as it happens; of a message that was answered before, only the end. The turn goes on without
        its reader. Raises ThreadBusy, TurnsAtOnce, BudgetSpent, ValidationFailed, before the first event."""
        message = await self._ready(caller, message)
        return self._tell(caller, message, *await self._store.write(self._begin, caller, message, streamed=True))

    async def keep(self, caller: Caller, message: Message) -> str:
        """Keep a message for `stream_kept`; the thread's id. Raises ThreadBusy while another one is kept, BudgetSpent;
        ValidationFailed: the key is of another message; ScopeMissing: it is a decision, and the caller may only
        propose."""
        message = await self._ready(caller, message)
        await self._store.write(self._keep, caller, message)
        return message.thread_id

    async def stream_kept(self, caller: Caller, thread_id: str) -> AsyncIterator[StreamEvent]:
        """Answer the kept message, once. Raises NotFound, NoPendingMessage, ThreadBusy, TurnsAtOnce, BudgetSpent."""
        message, beginning = await self._store.write(self._begin_kept, caller, thread_id)
        return self._tell(caller, message, *beginning)

    async def resume(self, caller: Caller, thread_id: str, after: int) -> AsyncIterator[StreamEvent] | None:
        """What the thread's latest stream sent behind event `after`, and what still comes; None: it has ended.

        Raises NotFound.
        """
        thread = await self._store.read(threads.find, caller.user_id, thread_id)
        if after > thread.events:  # no stream of this thread has given that id out
            return None
        return await self._streams.resume(thread.pk, after)

    async def _ready(self, caller: Caller, message: Message) -> Message:
        """The message with the id of its thread; a yes or no that names what its writer saw is about what stands by
        now."""
        message = self._placed(caller, message)
        if message.digest is not None and plain_answer(message.text) is not None:
            await self._refreshing.waiting(caller.user_id, message.thread_id)
        return message

    def _placed(self, caller: Caller, message: Message) -> Message:
        """The message with the id of its thread; one that opens a thread, and is sent again under its key, opens it
        once."""
        if message.thread_id:
            return message
        key = message.key
        new = self._ids.new("thread") if key is None else self._ids.of("thread", caller.user_id, key)
        return replace(message, thread_id=new)

    def _begin(self, conn: WriteConn, caller: Caller, message: Message, streamed: bool) -> Beginning:
        begun = self._turns.begin(conn, caller.actor, message)
        if (
            message.timezone not in (None, caller.timezone) and caller.via != "token"
        ):  # behind the thread's lock, as all that lock a user's row
            users.remember_timezone(conn, caller.user_id, message.timezone)
        return begun, self._first_events(conn, begun) if streamed else []

    def _first_events(self, conn: WriteConn, begun: Begun | Decided | Told) -> list[StreamEvent]:
        """The first event of its stream; also the last one, if that is known."""
        ending = None
        if isinstance(begun, Told):
            ending = ending_of(begun.reply)
        elif isinstance(begun, Decided) and begun.answer == "no":
            ending = ending_of(_cancelled(begun))
        return streams.begin(conn, begun.thread, begun.run_id, self._clock.now(), ending, begun.turn_id)

    def _keep(self, conn: WriteConn, caller: Caller, message: Message) -> None:
        now = self._clock.now()
        thread = threads.ensure(conn, caller.user_id, message, self._ids.new("th"), now)
        sent = self._turns.sent_before(conn, thread, message)
        decides = plain_answer(message.text) is not None
        if thread.last_word and decides:  # whoever has it answered, the words are this caller's
            tokens.require(caller, "decide")
        if sent is None:
            self._turns.seen(conn, caller.actor, thread, message)
            if not decides:
                self._turns.afforded(conn, caller.user_id, now)  # else its stream would have to say so
        queued.keep(conn, thread.pk, replace(message, behind=thread.last_word or ""), now)

    def _begin_kept(self, conn: WriteConn, caller: Caller, thread_id: str) -> tuple[Message, Beginning]:
        message = queued.take(conn, threads.lock(conn, caller.user_id, thread_id))
        return message, self._begin(conn, caller, message, streamed=True)

    def _tell(
        self, caller: Caller, message: Message, begun: Begun | Decided | Told, started: list[StreamEvent]
    ) -> AsyncIterator[StreamEvent]:
        stream = self._streams.open(begun.thread, begun.run_id, started)
        return self._streams.tell(stream, partial(self._run, caller, message, begun, stream))

    async def _run(
        self, caller: Caller, message: Message, begun: Begun | Decided | Told, listener: Listener
    ) -> ChatReply:
        if isinstance(begun, Told):
            return begun.reply
        if isinstance(begun, Begun):
            await listener.emit("node_start", {"node": "plan"})
            return await self._turns.run(begun, caller, message, listener)
        if begun.answer == "no":
            return _cancelled(begun)
        self._fault("decided")
        outcome = await self._deciding.run(caller.user_id, Confirmed(begun.plan_id, begun.thread), listener)
        ran = [{"id": action_id, **result, "args": {}} for action_id, result in outcome.results.items()]
        return ChatReply(message.thread_id, begun.turn_id, outcome.response, ran, outcome.plan, outcome)


def _cancelled(decided: Decided) -> ChatReply:
    """The answer to a typed no."""
    thread_id = decided.thread.id
    return ChatReply(thread_id, decided.turn_id, answers.CANCELLED, [], None, CancelReply(thread_id))
