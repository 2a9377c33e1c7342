"""The events of turns under way: sent live, kept in the store, replayed by any worker.

They are kept in the store rather than in Redis, so that they survive the worker, with SQLite too. The first event of a
run is written in the transaction that begins it, the last one of a turn in the one that stores the turn, so that there
is never one without the other; tokens are written a few times a second. Each run has a block of ids of its own, so that
ids increase within the thread even when a plan runs while the user talks, or a worker dies with events that it had sent
but not written.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

import structlog
from sqlalchemy import Row, Select, bindparam, delete, insert, select, update
from structlog.contextvars import get_contextvars

from sayso.base.clock import Clock
from sayso.base.errors import SaysoError, StoreUnavailable
from sayso.base.failures import cause_of
from sayso.conversation import records, views
from sayso.conversation.listening import Ending
from sayso.conversation.nouns import Plan, Thread
from sayso.store.gateway import ReadConn, Store, WriteConn
from sayso.store.tables import stream_events, threads

log = structlog.get_logger()

T = TypeVar("T")
FLUSH_SECONDS = 0.25
POLL_SECONDS = 0.25  # between looks at a run that another worker streams
GRACE_LOOKS = 6  # without news, after which a run that is over is taken to have lost its last event
KEPT = timedelta(hours=1)
BLOCK = 2**15
"""Ids that a run may use; the last one of a block is for the ending of a run that lost its own."""
SPARE = 2**10  # ids at the end of a block that no token takes: of an endless answer the ending has the rest
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
    """The events of one run, a `Listener`. Readers hold a position, not a copy: a slow one costs no memory.

    Nodes follow each other: the start of one ends the one before, and the last event ends what is open.
    """

    live = True

    def __init__(self, store: Store, clock: Clock, thread_pk: str, run_id: str, begun: Sequence[StreamEvent]) -> None:
        self.about = begun[0].data
        self.thread_pk = thread_pk
        self.block = _block(begun[0].id)
        self.run_id = run_id
        self._store = store
        self._clock = clock
        self._events = [*begun]
        self._written = len(begun)
        self._writing = asyncio.Lock()
        self._changed = asyncio.Event()
        self._flushing: asyncio.Task[None] | None = None
        self._node: str | None = None

    @property
    def ended(self) -> bool:
        return self._events[-1].type in LAST

    async def emit(self, event_type: str, data: dict[str, Any]) -> None:
        """Send an event to whoever reads, and write it soon."""
        if self.ended or (event_type == "node_end" and self._node != data["node"]):
            return  # told already, by the start of the next node or by an error
        if event_type == "token" and self._next_id() > self.block + BLOCK - SPARE:
            return
        if event_type == "node_start":
            self._end_node()
            self._node = data["node"]
        elif event_type == "node_end":
            self._node = None
        self._append(event_type, data)
        if self._flushing is None or self._flushing.done():
            self._flushing = asyncio.create_task(self._flush_soon())

    async def end(self, event_type: str, data: dict[str, Any]) -> None:
        """Write the last event with all that is not written yet, then send it."""
        try:
            await self.end_with(lambda conn: (None, (event_type, data)))
        except StoreUnavailable:  # what it tells is stored by now, or the thread is deleted: readers may know
            log.warning("stream_end_not_written", run=self.run_id)
            self._append(event_type, data)

    async def end_with(self, fn: Callable[[WriteConn], tuple[T, Ending]]) -> T:
        self._end_node()
        async with self._writing:
            if self._flushing is not None:
                self._flushing.cancel()
            unwritten, last_id = self._events[self._written :], self._next_id()
            result, last = await self._store.write(self._write_last, fn, unwritten, last_id)
            self._written = len(self._events) + 1
        self._send(last)
        return result

    def _write_last(
        self, conn: WriteConn, fn: Callable[[WriteConn], tuple[T, Ending]], unwritten: list[StreamEvent], last_id: int
    ) -> tuple[T, StreamEvent]:
        result, ending = fn(conn)
        last = StreamEvent(last_id, *ending, self._clock.now())
        _insert(conn, self.thread_pk, self.run_id, [*unwritten, last])
        return result, last

    async def follow(self, after: int) -> AsyncIterator[StreamEvent]:
        """The events behind `after`, up to the last one of the run, as they come."""
        position = min(max(0, after + 1 - self._events[0].id), len(self._events))
        while True:
            changed = self._changed
            for event in self._events[position:]:
                position += 1
                yield event
                if event.type in LAST:
                    return
            if position == len(self._events):
                await changed.wait()

    def _end_node(self) -> None:
        if self._node is not None:
            self._append("node_end", {"node": self._node})
            self._node = None

    def _next_id(self) -> int:
        return self._events[-1].id + 1

    def _append(self, event_type: str, data: dict[str, Any]) -> None:
        self._send(StreamEvent(self._next_id(), event_type, data, self._clock.now()))

    def _send(self, event: StreamEvent) -> None:
        self._events.append(event)
        self._changed.set()
        self._changed = asyncio.Event()

    async def _flush_soon(self) -> None:
        while self._written < len(self._events):  # more may have come during the write
            await asyncio.sleep(FLUSH_SECONDS)
            async with self._writing:
                events = self._events[self._written :]
                self._written += len(events)
                with contextlib.suppress(StoreUnavailable):  # only a replay would miss them
                    await self._store.write(_insert, self.thread_pk, self.run_id, events)


def _failure(stream: Log, error: SaysoError, cause: Exception) -> dict[str, Any]:
    """What the last event tells of it. As in an answer, the message leads to the log: who reads this by EventSource, or
    replays it, cannot see the header of the request that failed."""
    if error.status >= 500:
        log.error("stream_failed", run=stream.run_id, **cause_of(cause))
    message = error.told_in(get_contextvars().get("request_id", "-"))
    return {"error": error.code, "message": message} | ({"details": error.details} if error.details else {})


class Streams:
    """The logs of runs in this process, and the replay of any run from the store."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._live: dict[tuple[str, int], Log] = {}
        self._telling: set[asyncio.Task[None]] = set()

    def open(self, thread: Thread, run_id: str, begun: Sequence[StreamEvent]) -> Log:
        """The log of a run that was begun with these events."""
        return Log(self._store, self._clock, thread.pk, run_id, begun)

    def tell(self, stream: Log, run: Callable[[], Awaitable[object]]) -> AsyncIterator[StreamEvent]:
        """Have `run` fill the log, on the server's own account, whoever reads along; the events. One whose
        ending is known already is only read."""
        if stream.ended:
            return stream.follow(0)

        async def told() -> None:
            try:
                await run()
            except SaysoError as error:
                await stream.end("error", _failure(stream, error, error))
            except Exception as error:  # noqa: BLE001 -- whatever it is, the reader gets an ending and the log a line
                known = SaysoError("Something went wrong; try again.")
                await stream.end("error", _failure(stream, known, error))
            finally:
                del self._live[stream.thread_pk, stream.block]

        self._live[stream.thread_pk, stream.block] = stream
        task = asyncio.create_task(told(), name=f"stream {stream.run_id}")
        self._telling.add(task)
        task.add_done_callback(self._telling.discard)
        return stream.follow(0)

    async def close(self, seconds: float = 1.0) -> None:
        """Let runs tell their ends, for a while."""
        if self._telling:
            await asyncio.wait(self._telling, timeout=seconds)

    async def resume(self, thread_pk: str, after: int) -> AsyncIterator[StreamEvent] | None:
        """What came behind `after` in its run, or else the next run; and what still comes. None: there is nothing more.

        0: the latest run from its beginning.
        """
        last = await self._store.read(_run_to_resume, thread_pk, after)
        if last is None:
            return None
        live = self._live.get((thread_pk, _block(last.id)))
        return live.follow(after) if live is not None else self._replay(thread_pk, last.run_id, _block(last.id), after)

    async def _replay(self, thread_pk: str, run_id: str, block: int, after: int) -> AsyncIterator[StreamEvent]:
        looks = 0
        while True:
            rows, ending = await self._store.read(_look, thread_pk, run_id, block, after, self._clock.now())
            for row in rows:
                yield _event(row)
                after = row.id
                if row.type in LAST:
                    return
            looks = looks + 1 if ending is not None and not rows else 0
            if ending is not None and looks >= GRACE_LOOKS:
                yield await self._store.write(_close, thread_pk, run_id, block, ending, self._clock.now())
                return
            await asyncio.sleep(POLL_SECONDS)

    async def forget(self) -> None:
        """Delete what is too old to be asked for."""
        await self._store.write(_forget, self._clock.now() - KEPT)


def _event(row: Row[Any]) -> StreamEvent:
    return StreamEvent(row.id, row.type, row.data, row.at)


def _block(event_id: int) -> int:
    """The id before the first of the block that this one is in."""
    return (event_id - 1) // BLOCK * BLOCK


_take_block = (
    update(threads)
    .where(threads.c.pk == bindparam("thread"))
    .values(events=threads.c.events + bindparam("length"))
    .returning(threads.c.events)
)
_new_events = insert(stream_events)


def begin(
    conn: WriteConn,
    thread: Thread,
    run_id: str,
    now: datetime,
    ending: Ending | None = None,
    turn_id: str | None = None,
) -> list[StreamEvent]:
    """Take a block of ids for a run and write its first event; also the last one, if it is over at once.

    `turn_id`: the turn that the answer is stored as, where the run has another name.
    """
    block_end: int = conn.execute(_take_block, {"thread": thread.pk, "length": BLOCK}).scalar_one()
    first_id = block_end - BLOCK + 1
    events = [StreamEvent(first_id, "connected", {"thread_id": thread.id, "turn_id": turn_id or run_id}, now)]
    if ending is not None:
        events.append(StreamEvent(first_id + 1, *ending, now))
    _insert(conn, thread.pk, run_id, events)
    return events


def _insert(conn: WriteConn, thread_pk: str, run_id: str, events: Sequence[StreamEvent]) -> None:
    if events:
        conn.execute(
            _new_events,
            [
                {"thread_pk": thread_pk, "run_id": run_id, "id": e.id, "type": e.type, "data": e.data, "at": e.at}
                for e in events
            ],
        )


def _run_to_resume(conn: ReadConn, thread_pk: str, after: int) -> Row[Any] | None:
    """An event of the run in which `after` is followed by more."""
    events = select(stream_events).where(stream_events.c.thread_pk == thread_pk)
    if after == 0:
        return conn.execute(events.order_by(stream_events.c.id.desc()).limit(1)).first()
    last = conn.execute(_of_block(thread_pk, _block(after)).order_by(stream_events.c.id.desc()).limit(1)).first()
    if last is not None and (last.id > after or last.type not in LAST):
        return last
    return conn.execute(events.where(stream_events.c.id > after).order_by(stream_events.c.id).limit(1)).first()


def _of_block(thread_pk: str, block: int) -> Select[Any]:
    return select(stream_events).where(
        stream_events.c.thread_pk == thread_pk, stream_events.c.id > block, stream_events.c.id <= block + BLOCK
    )


def _look(
    conn: ReadConn, thread_pk: str, run_id: str, block: int, after: int, now: datetime
) -> tuple[list[Row[Any]], Ending | None]:
    """The written events behind `after`; and the ending, if the run is over, for when its last event was lost."""
    row = conn.execute(select(threads).where(threads.c.pk == thread_pk)).first()
    thread = None if row is None else Thread.from_row(row)
    later = _of_block(thread_pk, block).where(stream_events.c.id > after)
    rows = conn.execute(later.order_by(stream_events.c.id)).all()
    return list(rows), _ending(conn, thread, run_id, block, now)


def _ending(conn: ReadConn, thread: Thread | None, run_id: str, block: int, now: datetime) -> Ending | None:
    """How a run ended whose own ending is not there: a turn was lost, a plan did what the ledger says."""
    plan = records.plan(conn, run_id)
    if thread is not None and _goes_on(thread, plan, now):
        return None
    if thread is None or plan is None:
        return "error", INTERRUPTED
    results = views.results(records.actions_of(conn, [plan.id]))
    connected = conn.execute(_of_block(thread.pk, block).order_by(stream_events.c.id).limit(1)).first()
    data = {"thread_id": thread.id, "turn_id": connected and connected.data.get("turn_id"), "decision": "confirmed"}
    data |= {"response": plan.response or "", "results": results, "status": plan.status}
    if plan.follow_up:
        return "confirmation_required", {**data, "plan_id": plan.follow_up}
    return "complete", data


def _goes_on(thread: Thread, plan: Plan | None, now: datetime) -> bool:
    """Whether a turn, or the wording of an outcome, is under way, or the plan runs."""
    return thread.answering(now) or (plan is not None and plan.status == "confirmed")


def _close(conn: WriteConn, thread_pk: str, run_id: str, block: int, ending: Ending, now: datetime) -> StreamEvent:
    """Write the ending of a run that lost its own, behind whatever it may have sent; or find that it has one."""
    closing = StreamEvent(block + BLOCK, *ending, now)
    if conn.execute(select(threads.c.pk).where(threads.c.pk == thread_pk).with_for_update()).first() is None:
        return closing  # deleted meanwhile
    last = conn.execute(_of_block(thread_pk, block).order_by(stream_events.c.id.desc()).limit(1)).first()
    if last is not None and last.type in LAST:
        return _event(last)
    _insert(conn, thread_pk, run_id, [closing])
    return closing


def _forget(conn: WriteConn, before: datetime) -> None:
    conn.execute(delete(stream_events).where(stream_events.c.at < before))
