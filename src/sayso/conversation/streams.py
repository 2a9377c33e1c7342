"""The events of turns under way: sent live, kept in the store, replayed by any worker.

They are kept in the store rather than in Redis, so that they survive the worker, with SQLite too. Tokens are written a
few times a second, not one by one; the last event of a run is written before it goes out.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, delete, func, insert, select, update

from sayso.base.clock import Clock
from sayso.base.errors import SaysoError, ThreadBusy
from sayso.conversation import ledger
from sayso.conversation import threads as threads_module
from sayso.store.gateway import ReadConn, Store, WriteConn
from sayso.store.tables import queued_messages, stream_events, threads, turns

FLUSH_SECONDS = 0.25
POLL_SECONDS = 0.25  # between looks at a run that another worker streams
KEPT = timedelta(hours=1)
UNCLAIMED = timedelta(minutes=1)  # after which a kept message whose stream never came may be replaced
LAST = ("confirmation_required", "complete", "error")
INTERRUPTED = {"error": "interrupted", "message": "The answer was interrupted; nothing was lost. Send it again."}


@dataclass(frozen=True, slots=True)
class StreamEvent:
    """One event; `id` increases within the thread. `data` names plans by `plan_id`, for `http` to fill in."""

    id: int
    type: str
    data: dict[str, Any]
    at: datetime


class Log:
    """The events of one run. Readers hold a position, not a copy: a slow one costs no memory."""

    def __init__(self, store: Store, clock: Clock, thread_pk: str, run_id: str, last_id: int) -> None:
        self._store = store
        self._clock = clock
        self._thread_pk = thread_pk
        self._run_id = run_id
        self._first_id = last_id + 1
        self._events: list[StreamEvent] = []
        self._written = 0
        self._changed = asyncio.Event()
        self._flushing: asyncio.Task[None] | None = None
        self.ended = False

    async def emit(self, event_type: str, data: dict[str, Any]) -> None:
        """Send an event to whoever reads, and write it soon."""
        self._append(event_type, data)
        if self._flushing is None or self._flushing.done():
            self._flushing = asyncio.create_task(self._flush_soon())

    async def end(self, event_type: str, data: dict[str, Any]) -> None:
        """Write the last event with all that is not written yet, then send it."""
        if self._flushing is not None:
            self._flushing.cancel()
        last = StreamEvent(self._first_id + len(self._events), event_type, data, self._clock.now())
        events = [*self._events[self._written :], last]
        await self._store.write(_insert, self._thread_pk, self._run_id, events, last.id)
        self._written = len(self._events) + 1
        self._append(event_type, data)
        self.ended = True

    async def follow(self, after: int) -> AsyncIterator[StreamEvent]:
        """The events behind `after`, up to the last one of the run, as they come."""
        position = max(0, after + 1 - self._first_id)
        while True:
            changed = self._changed
            for event in self._events[position:]:
                position += 1
                yield event
                if event.type in LAST:
                    return
            if position == len(self._events):
                await changed.wait()

    def _append(self, event_type: str, data: dict[str, Any]) -> None:
        self._events.append(StreamEvent(self._first_id + len(self._events), event_type, data, self._clock.now()))
        self._changed.set()
        self._changed = asyncio.Event()

    async def _flush_soon(self) -> None:
        await asyncio.sleep(FLUSH_SECONDS)
        count = len(self._events)
        events = self._events[self._written : count]
        self._written = count  # claimed before the write, since `end` may come in while it runs
        await self._store.write(_insert, self._thread_pk, self._run_id, events, None)


class Streams:
    """The logs of runs in this process, and the replay of any run from the store."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._live: dict[str, Log] = {}

    async def open(self, thread_pk: str, run_id: str) -> Log:
        """Begin the log of a run; ids go on from the thread's last event. Older runs of the thread are forgotten."""
        last_id = await self._store.write(_begin, thread_pk, run_id)
        log = Log(self._store, self._clock, thread_pk, run_id, last_id)
        self._live[thread_pk] = log
        return log

    def close(self, thread_pk: str, log: Log) -> None:
        if self._live.get(thread_pk) is log:
            del self._live[thread_pk]

    async def resume(self, thread_pk: str, after: int) -> AsyncIterator[StreamEvent] | None:
        """What came behind `after` in the thread's latest run, and what still comes. None: there is nothing more."""
        log = self._live.get(thread_pk)
        if log is not None:
            return log.follow(after)
        last = await self._store.read(_latest_run, thread_pk)
        if last is None or (last.id <= after and last.type in LAST):
            return None
        return self._replay(thread_pk, last.run_id, after)

    async def _replay(self, thread_pk: str, run_id: str, after: int) -> AsyncIterator[StreamEvent]:
        while True:
            rows, ending = await self._store.read(_look, thread_pk, run_id, after, self._clock.now())
            for row in rows:
                yield StreamEvent(row.id, row.type, row.data, row.at)
                after = row.id
                if row.type in LAST:
                    return
            if ending is not None:
                yield StreamEvent(after + 1, *ending, self._clock.now())
                return
            await asyncio.sleep(POLL_SECONDS)

    async def forget(self) -> None:
        """Delete what is too old to be asked for."""
        await self._store.write(_forget, self._clock.now() - KEPT)


def _begin(conn: WriteConn, thread_pk: str, run_id: str) -> int:
    closed: int = conn.execute(select(threads.c.events).where(threads.c.pk == thread_pk)).scalar_one()
    written: int | None = conn.execute(
        select(func.max(stream_events.c.id)).where(stream_events.c.thread_pk == thread_pk)
    ).scalar()
    last_id = max(closed, written or 0)
    conn.execute(delete(stream_events).where(stream_events.c.thread_pk == thread_pk))
    conn.execute(update(threads).where(threads.c.pk == thread_pk).values(events=last_id))
    return last_id


def _insert(
    conn: WriteConn, thread_pk: str, run_id: str, events: Sequence[StreamEvent], closes_with: int | None
) -> None:
    if events:
        conn.execute(
            insert(stream_events),
            [
                {"thread_pk": thread_pk, "run_id": run_id, "id": e.id, "type": e.type, "data": e.data, "at": e.at}
                for e in events
            ],
        )
    if closes_with is not None:
        conn.execute(update(threads).where(threads.c.pk == thread_pk).values(events=closes_with))


def _latest_run(conn: ReadConn, thread_pk: str) -> Row[Any] | None:
    query = (
        select(stream_events).where(stream_events.c.thread_pk == thread_pk).order_by(stream_events.c.id.desc()).limit(1)
    )
    return conn.execute(query).first()


def _look(
    conn: ReadConn, thread_pk: str, run_id: str, after: int, now: datetime
) -> tuple[list[Row[Any]], tuple[str, dict[str, Any]] | None]:
    """The written events behind `after`; and the ending, when the run ended without its last event being written."""
    thread = conn.execute(select(threads).where(threads.c.pk == thread_pk)).first()
    turn = conn.execute(select(turns).where(turns.c.id == run_id)).first()
    plan = ledger.plan(conn, run_id)
    rows = conn.execute(
        select(stream_events)
        .where(stream_events.c.thread_pk == thread_pk, stream_events.c.run_id == run_id, stream_events.c.id > after)
        .order_by(stream_events.c.id)
    ).all()
    return list(rows), _ending(thread, turn, plan, now)


def _ending(
    thread: Row[Any] | None, turn: Row[Any] | None, plan: Row[Any] | None, now: datetime
) -> tuple[str, dict[str, Any]] | None:
    if thread is None:
        return "error", INTERRUPTED
    if turn is not None and turn.kind == "chat":
        if turn.plan_id:
            return "confirmation_required", {
                "thread_id": thread.id,
                "plan_id": turn.plan_id,
                "response": turn.response,
            }
        return "complete", {"thread_id": thread.id, "response": turn.response, "results": {}}
    if plan is not None and plan.status != "confirmed":
        return "complete", {"thread_id": thread.id, "response": plan.response or "", "plan_run": plan.id}
    alive = plan is not None or (thread.lease_token is not None and thread.lease_until > now)
    return None if alive else ("error", INTERRUPTED)


def _forget(conn: WriteConn, before: datetime) -> None:
    conn.execute(delete(stream_events).where(stream_events.c.at < before))


# --- the two-step form ------------------------------------------------------------------------------------------------


class NoPendingMessage(SaysoError):
    """No message waits to be answered on this thread; post one to /chat/message first."""

    status, code = 400, "no_pending_message"


def queue(
    conn: WriteConn, user_id: str, thread_id: str, pk: str, message: str, timezone: str | None, now: datetime
) -> None:
    """Keep a message for the stream that will answer it. Raises ThreadBusy while a recent one is kept."""
    title = threads_module.title_of(message)
    thread = threads_module.ensure(conn, user_id, thread_id, pk, title, (), now)
    conn.execute(
        delete(queued_messages).where(queued_messages.c.thread_pk == thread.pk, queued_messages.c.at <= now - UNCLAIMED)
    )
    if conn.execute(select(queued_messages.c.at).where(queued_messages.c.thread_pk == thread.pk)).first():
        raise ThreadBusy("A message waits to be answered already: open GET /chat/stream for it.")
    data = {"message": message, "timezone": timezone}
    conn.execute(insert(queued_messages).values(thread_pk=thread.pk, data=data, at=now))


def take_queued(conn: WriteConn, thread_pk: str) -> tuple[str, str | None]:
    """Take the kept message and its time zone; once. Raises NoPendingMessage."""
    row = conn.execute(
        delete(queued_messages).where(queued_messages.c.thread_pk == thread_pk).returning(queued_messages.c.data)
    ).first()
    if row is None:
        raise NoPendingMessage
    return row.data["message"], row.data["timezone"]
