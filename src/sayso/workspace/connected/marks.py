"""What a change of several steps keeps under its key where the far system has no place for it, so that whoever comes by
the key again knows what was begun."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert as insert_pg
from sqlalchemy.dialects.sqlite import insert as insert_sqlite

from sayso.base.clock import Clock
from sayso.store.gateway import ReadConn, Store, WriteConn
from sayso.store.tables import marks

KEPT: Final = timedelta(days=14)
"""Far longer than an action waits, or its outcome is looked for."""


class Marks(Protocol):
    """Of one account."""

    async def of(self, key: str) -> Mapping[str, str]:
        """All that is kept under a key, by name."""
        ...

    async def keep(self, key: str, name: str, value: str) -> str:
        """Keep a value, unless there is one by this name: the one that is kept then. Whoever gets back another one than
        he gave came second."""
        ...


class StoredMarks:
    """A `Marks`. What it keeps goes with the account."""

    def __init__(self, store: Store, clock: Clock, user_id: str, account_id: str) -> None:
        self._store = store
        self._clock = clock
        self._of = user_id, account_id

    async def of(self, key: str) -> Mapping[str, str]:
        return await self._store.read(_read, *self._of, key)

    async def keep(self, key: str, name: str, value: str) -> str:
        return await self._store.write(_keep, *self._of, key, name, value, self._clock.now())


def _mine(user_id: str, account_id: str, key: str) -> tuple[Any, ...]:
    return marks.c.user_id == user_id, marks.c.account_id == account_id, marks.c.key == key


def _read(conn: ReadConn, user_id: str, account_id: str, key: str) -> Mapping[str, str]:
    rows = conn.execute(select(marks.c.name, marks.c.value).where(*_mine(user_id, account_id, key)))
    return {row.name: row.value for row in rows}


def _keep(conn: WriteConn, user_id: str, account_id: str, key: str, name: str, value: str, now: datetime) -> str:
    insert = insert_sqlite if conn.dialect.name == "sqlite" else insert_pg
    row = {"user_id": user_id, "account_id": account_id, "key": key, "name": name, "value": value, "noted_at": now}
    conn.execute(insert(marks).values(row).on_conflict_do_nothing())
    kept = conn.execute(select(marks.c.value).where(*_mine(user_id, account_id, key), marks.c.name == name))
    return str(kept.scalar_one())


def forget(conn: WriteConn, now: datetime) -> None:
    """Delete what nobody will ask for any more."""
    conn.execute(delete(marks).where(marks.c.noted_at < now - KEPT))
