"""The one way to the database: `await store.read(fn, …)`, `await store.write(fn, …)`.

A store function is plain and synchronous: it takes a connection and its arguments, does its whole transaction and
returns plain data, so no transaction can be held open over an await. Reading and writing connections have different
types, so a function that writes cannot be given to `read`.
"""

import asyncio
import contextvars
import functools
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, Concatenate, NewType, ParamSpec, TypeVar

import structlog
from sqlalchemy import Connection, Engine, Row, Select
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from sayso.base.errors import StoreBusy, StoreUnavailable
from sayso.store.trouble import cause_of

ReadConn = NewType("ReadConn", Connection)
WriteConn = NewType("WriteConn", Connection)

P = ParamSpec("P")
T = TypeVar("T")

log = structlog.get_logger()

QUEUE_SECONDS = 10.0
"""That a request waits for its turn at the store, or for the database to take a connection."""
SNAPSHOT_SECONDS = 120.0
"""That a long read waits for those before it."""
AGAIN_SECONDS = 0.2  # between attempts to connect

PIECE = 16
"""Rows that a long read holds at once."""


def pieces(conn: ReadConn, query: Select[Any], most: int | None = None) -> Iterator[Sequence[Row[Any]]]:
    """The rows of a query, a few at a time, or `most`: a long read takes no more memory than a short one."""
    with conn.execute(query, execution_options={"yield_per": most or PIECE}) as result:
        yield from result.partitions()


def each(conn: ReadConn, query: Select[Any]) -> Iterator[Row[Any]]:
    """`pieces`, row by row."""
    for rows in pieces(conn, query):
        yield from rows


class Store:
    """Runs store functions in threads: on SQLite all writes in one thread, since it has one writer anyway.

    As many threads as connections, so that what cannot run yet waits in their queue, for `patience` seconds.
    """

    def __init__(
        self, engine: Engine, read_threads: int = 4, write_threads: int = 8, patience: float = QUEUE_SECONDS
    ) -> None:
        self.engine = engine
        self.embedded = engine.dialect.name == "sqlite"
        self._patience = patience
        self._readers = ThreadPoolExecutor(read_threads, thread_name_prefix="store-read")
        self._writers = ThreadPoolExecutor(1 if self.embedded else write_threads, thread_name_prefix="store-write")
        self._long = ThreadPoolExecutor(1, thread_name_prefix="store-long")

    async def read(self, fn: Callable[Concatenate[ReadConn, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `fn` on a connection that only reads. Raises StoreUnavailable."""
        return await self._hop(self._readers, self._patience, self.read_now, fn, *args, **kwargs)

    async def peek(self, fn: Callable[Concatenate[ReadConn, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """`read` for one look-up by key: on SQLite done on the spot, since the hop to a thread would take longer."""
        if self.embedded:
            with _logged():
                return self.read_now(fn, *args, **kwargs)
        return await self.read(fn, *args, **kwargs)

    async def snapshot(self, fn: Callable[Concatenate[ReadConn, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """`read` of a great deal, as it stood at one instant. One at a time: others' requests go on beside it."""
        return await self._hop(self._long, SNAPSHOT_SECONDS, self.snapshot_now, fn, *args, **kwargs)

    async def write(self, fn: Callable[Concatenate[WriteConn, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `fn` in one transaction: committed, durably, when it returns; rolled back when it raises.

        The transaction goes on to its end even if the caller is cancelled meanwhile. Raises StoreUnavailable.
        """
        return await self._hop(self._writers, self._patience, self.write_now, fn, *args, **kwargs)

    async def write_one(self, fn: Callable[Concatenate[WriteConn, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """`write` of a single statement, which is a transaction by itself: PostgreSQL is not asked to begin and to
        commit one. Raises StoreUnavailable."""
        return await self._hop(self._writers, self._patience, self._write_one_now, fn, *args, **kwargs)

    def read_now(self, fn: Callable[Concatenate[ReadConn, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """`read` for code that runs outside the event loop."""
        try:
            with self._connect() as connection:
                return fn(ReadConn(connection), *args, **kwargs)
        except DBAPIError as error:
            raise StoreUnavailable from error

    def snapshot_now(self, fn: Callable[Concatenate[ReadConn, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """`snapshot` for code that runs outside the event loop. SQLite's read transactions are snapshots anyway."""
        options = {} if self.embedded else {"isolation_level": "REPEATABLE READ"}
        try:
            with self._connect().execution_options(**options) as connection:
                return fn(ReadConn(connection), *args, **kwargs)
        except DBAPIError as error:
            raise StoreUnavailable from error

    def write_now(self, fn: Callable[Concatenate[WriteConn, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """`write` for code that runs outside the event loop."""
        try:
            with self._connect().execution_options(writes=True) as connection, connection.begin():
                return fn(WriteConn(connection), *args, **kwargs)
        except DBAPIError as error:
            raise StoreUnavailable from error

    def _write_one_now(self, fn: Callable[Concatenate[WriteConn, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        if self.embedded:
            return self.write_now(fn, *args, **kwargs)
        try:
            with self._connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                return fn(WriteConn(connection), *args, **kwargs)
        except DBAPIError as error:
            raise StoreUnavailable from error

    def _connect(self) -> Connection:
        """A connection; a database that is full up or starting anew is waited for. Raises StoreBusy."""
        deadline = time.monotonic() + self._patience
        while True:
            try:
                return self.engine.connect()
            except PoolTimeout as error:
                raise StoreBusy from error
            except OperationalError as error:
                if self.embedded:
                    raise
                if time.monotonic() >= deadline:
                    raise StoreBusy from error
                time.sleep(AGAIN_SECONDS)

    async def _hop(
        self, pool: ThreadPoolExecutor, patience: float, run: Callable[..., T], /, *args: object, **kwargs: object
    ) -> T:
        """Run in one of the pool's threads. What has not begun after so many seconds never will. Raises StoreBusy."""
        context = contextvars.copy_context()
        work = pool.submit(context.run, functools.partial(run, *args, **kwargs))
        done = asyncio.wrap_future(work)
        try:
            await asyncio.wait([done], timeout=patience)
            with _logged():
                if not done.done() and work.cancel():
                    raise StoreBusy
                return await done
        finally:
            done.cancel()

    def close(self) -> None:
        self._writers.shutdown()
        self._readers.shutdown()
        self._long.shutdown()
        self.engine.dispose()


@contextmanager
def _logged() -> Iterator[None]:
    """Leave a line in the log with the cause of a failure, of which the client is only told that there was one."""
    try:
        yield
    except StoreUnavailable as error:
        cause = error.__cause__
        why = cause_of(cause) if isinstance(cause, DBAPIError) else "too many requests wait for it"
        log.error("store_failed", cause=why)  # noqa: TRY400 -- it says all (P10)
        raise
