"""What counts requests for all workers: PostgreSQL, or a Redis or Valkey."""

import time
from typing import Any

from limits.aio.storage import RedisStorage
from limits.errors import StorageError
from redis.asyncio import BlockingConnectionPool
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from sqlalchemy import BigInteger, Integer, bindparam, case, cast, delete, extract, func, or_, select, type_coerce
from sqlalchemy.dialects.postgresql import insert

from sayso.base.errors import StartupError, StoreUnavailable
from sayso.http import counting
from sayso.http.counting import SECONDS, Count, CounterGone, Key, Rule
from sayso.store.gateway import Store, WriteConn
from sayso.store.tables import rate_windows

_CONNECTIONS = 32  # of one worker to Redis; what finds none free waits for one
_MICROSECONDS = 1_000_000
_NOW = cast(extract("epoch", func.now()) * _MICROSECONDS, BigInteger)  # the database's, the same for all machines
_ENDS_AT = type_coerce(rate_windows.c.ends_at, BigInteger)
_OVER = _ENDS_AT <= _NOW
_LEFT = (_ENDS_AT - _NOW).label("left")
_new = insert(rate_windows).values(
    key=bindparam("key"), ends_at=_NOW + SECONDS * _MICROSECONDS, used=bindparam("cost", type_=Integer)
)
_used = rate_windows.c.used + _new.excluded.used
_TAKE = _new.on_conflict_do_update(
    index_elements=[rate_windows.c.key],
    set_={
        "used": case((_OVER, _new.excluded.used), else_=_used),
        "ends_at": case((_OVER, _new.excluded.ends_at), else_=_ENDS_AT),
    },
    where=or_(_OVER, _used <= bindparam("most", type_=Integer)),
).returning(rate_windows.c.used, _LEFT)
_LOOK = select(rate_windows.c.used, _LEFT).where(rate_windows.c.key == bindparam("key"))


class PostgresCounter:
    """A row for each bucket in use, taken from by one conditional statement."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def start(self) -> None:
        pass  # the store is open

    async def take(self, key: Key, rule: Rule) -> Count:
        try:
            return await self._store.write_one(_take, key, rule)
        except StoreUnavailable as error:
            raise CounterGone("the store does not answer") from error

    async def sweep(self) -> None:
        await self._store.write(_sweep)

    async def close(self) -> None:
        pass  # the store is its owner's


def _take(conn: WriteConn, key: Key, rule: Rule) -> Count:
    given = {"key": str(key), "cost": rule.cost, "most": rule.per_minute}
    taken = conn.execute(_TAKE, given).first()
    used, left = taken or conn.execute(_LOOK, given).first() or (rule.per_minute, SECONDS * _MICROSECONDS)
    # Of two transactions at once, the later to take can be the earlier by its clock.
    return Count(taken is not None, max(0, rule.per_minute - used), min(SECONDS, left / _MICROSECONDS))


def _sweep(conn: WriteConn) -> None:
    conn.execute(delete(rate_windows).where(_OVER))


class RedisCounter:
    def __init__(self, url: str) -> None:
        """Opens no connection yet. Raises StartupError for what is no address."""
        address = url.replace("valkey", "redis", 1) if url.startswith("valkey") else url
        try:
            self._pool = BlockingConnectionPool.from_url(
                address,
                max_connections=_CONNECTIONS,
                timeout=counting.PATIENCE,
                socket_timeout=counting.PATIENCE,
                socket_connect_timeout=counting.PATIENCE,
                retry=Retry(NoBackoff(), 1),  # for a connection that has ended since it was used last
            )
        except ValueError as error:
            raise StartupError("SAYSO_REDIS_URL is not an address such as redis://host:6379/0.") from error
        pooled: dict[str, Any] = {"connection_pool": self._pool}  # which has the address
        self._storage = RedisStorage(
            "async+redis://", wrap_exceptions=True, implementation="redispy", key_prefix="sayso", **pooled
        )

    async def start(self) -> None:
        if not await self._storage.check():
            raise CounterGone("Redis does not answer")

    async def take(self, key: Key, rule: Rule) -> Count:
        name = str(key)
        try:
            used = await self._storage.incr(name, SECONDS, amount=rule.cost)
            admitted = used <= rule.per_minute
            if not admitted and rule.cost > 1:  # what costs too much takes nothing
                used = await self._storage.incr(name, SECONDS, amount=-rule.cost)
            left = SECONDS if used == rule.cost else await self._left(name)
        except (StorageError, OSError) as error:
            raise CounterGone("Redis does not answer") from error
        return Count(admitted, max(0, rule.per_minute - used), left)

    async def _left(self, name: str) -> float:
        """Seconds until the minute of this bucket is over."""
        return max(0.0, await self._storage.get_expiry(name) - time.time())

    async def sweep(self) -> None:
        pass  # keys expire

    async def close(self) -> None:
        await self._pool.disconnect()
