"""The one way to the database: `await store.read(fn, …)`, `await store.write(fn, …)`.

A store function is plain and synchronous: it takes a connection and its arguments, does its whole transaction and
returns plain data, so no transaction can be held open over an await. Reading and writing connections have different
types, so a function that writes cannot be given to `read`.
"""

import asyncio
import contextvars
import functools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Concatenate, NewType, ParamSpec, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from sayso.base.errors import StoreUnavailable

ReadConn = NewType("ReadConn", Connection)
WriteConn = NewType("WriteConn", Connection)

P = ParamSpec("P")
T = TypeVar("T")


class Store:
    """Runs store functions in threads: on SQLite all writes in one thread, since it has one writer anyway."""

    def __init__(self, engine: Engine, read_threads: int = 4, write_threads: int = 8) -> None:
        self.engine = engine
        self.embedded = engine.dialect.name == "sqlite"
        self._readers = ThreadPoolExecutor(read_threads, thread_name_prefix="store-read")
        self._writers = ThreadPoolExecutor(1 if self.embedded else write_threads, thread_name_prefix="store-write")

    async def read(self, fn: Callable[Concatenate[ReadConn, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `fn` on a connection that only reads. Raises StoreUnavailable."""
        return await self._hop(self._readers, self.read_now, fn, *args, **kwargs)

    async def peek(self, fn: Callable[Concatenate[ReadConn, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """`read` for one look-up by key: on SQLite done on the spot, since the hop to a thread would take longer."""
        if self.embedded:
            return self.read_now(fn, *args, **kwargs)
        return await self.read(fn, *args, **kwargs)

    async def write(self, fn: Callable[Concatenate[WriteConn, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `fn` in one transaction: committed, durably, when it returns; rolled back when it raises.

        The transaction goes on to its end even if the caller is cancelled meanwhile. Raises StoreUnavailable.
        """
        return await self._hop(self._writers, self.write_now, fn, *args, **kwargs)

    def read_now(self, fn: Callable[Concatenate[ReadConn, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """`read` for code that runs outside the event loop."""
        try:
            with self.engine.connect() as connection:
                return fn(ReadConn(connection), *args, **kwargs)
        except DBAPIError as error:
            raise StoreUnavailable from error

    def write_now(self, fn: Callable[Concatenate[WriteConn, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """`write` for code that runs outside the event loop."""
        try:
            with self.engine.connect().execution_options(writes=True) as connection, connection.begin():
                return fn(WriteConn(connection), *args, **kwargs)
        except DBAPIError as error:
            raise StoreUnavailable from error

    async def _hop(self, pool: ThreadPoolExecutor, run: Callable[..., T], /, *args: object, **kwargs: object) -> T:
        context = contextvars.copy_context()
        call = functools.partial(context.run, run, *args, **kwargs)
        return await asyncio.get_running_loop().run_in_executor(pool, call)

    def close(self) -> None:
        self._writers.shutdown()
        self._readers.shutdown()
        self.engine.dispose()
