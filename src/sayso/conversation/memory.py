"""What Sayso was asked to remember of a user."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Row, delete, insert, select, tuple_

from sayso.base import sizes
from sayso.base.clock import Clock
from sayso.base.ids import Ids
from sayso.store.gateway import ReadConn, Store, WriteConn
from sayso.store.tables import memories
from sayso.tools.kept import Memory, MemoryKind
from sayso.workspace.errors import ObjectChanged, ObjectNotFound, Refused
from sayso.workspace.local.effects import applied, once

FULL = f"{sizes.PREFERENCES} preferences are remembered already, and no more fit: forget one of them first."


class MemoryPlace(NamedTuple):
    """Where a page of memories ended."""

    created_at: datetime
    id: str


@dataclass(frozen=True, slots=True)
class StoredMemories:
    """`tools.kept.Memories` of one user."""

    store: Store
    user_id: str
    clock: Clock
    ids: Ids

    async def all(self) -> list[Memory]:
        return await self.store.peek(_all, self.user_id)

    async def remember(self, kind: MemoryKind, text: str, replaces: str, key: str) -> str:
        now, new = self.clock.now(), Memory(self.ids.new("mem"), kind, text, self.clock.now())

        def change(conn: WriteConn) -> str:
            def effect() -> tuple[str, str]:
                ident = _add(conn, self.user_id, new, replaces)
                return ident, ident

            return str(once(conn, self.user_id, key, "remember", now, effect))

        return await self.store.write(change)

    async def forget(self, memory_id: str, key: str) -> None:
        now = self.clock.now()

        def change(conn: WriteConn) -> None:
            def effect() -> tuple[str, str]:
                if not remove(conn, self.user_id, memory_id):
                    raise ObjectNotFound("That is not remembered any more.")
                return memory_id, memory_id

            once(conn, self.user_id, key, "forget", now, effect)

        await self.store.write(change)

    async def applied(self, key: str) -> str | None:
        return await self.store.read(applied, self.user_id, key, "")


def page(
    conn: ReadConn, user_id: str, limit: int, after: MemoryPlace | None
) -> tuple[list[Memory], MemoryPlace | None]:
    """At most `limit` of the user's memories, the newest first, behind `after`; and where this page ended, if there is
    more."""
    query = select(memories).where(memories.c.user_id == user_id)
    if after is not None:
        query = query.where(tuple_(memories.c.created_at, memories.c.id) < after)
    rows = conn.execute(query.order_by(memories.c.created_at.desc(), memories.c.id.desc()).limit(limit + 1)).all()
    found = [_memory(row) for row in rows[:limit]]
    return found, MemoryPlace(found[-1].created_at, found[-1].id) if len(rows) > limit else None


def remove(conn: WriteConn, user_id: str, memory_id: str) -> bool:
    """Forget one of the user's memories; False when he has no such (P9)."""
    mine = delete(memories).where(memories.c.id == memory_id, memories.c.user_id == user_id)
    return bool(conn.execute(mine).rowcount)


def _all(conn: ReadConn, user_id: str) -> list[Memory]:
    mine = select(memories).where(memories.c.user_id == user_id)
    return [_memory(row) for row in conn.execute(mine.order_by(memories.c.created_at, memories.c.id))]


def _add(conn: WriteConn, user_id: str, new: Memory, replaces: str) -> str:
    """The id of what is remembered: of a preference that came meanwhile it is that one's."""
    of_kind = (memories.c.user_id == user_id, memories.c.kind == new.kind)
    if new.kind == "signature":
        if conn.execute(select(memories.c.id).where(*of_kind)).scalar() != (replaces or None):
            raise ObjectChanged("Your signature has changed since you saw it.")
        conn.execute(delete(memories).where(*of_kind))
    else:
        there = [_memory(row) for row in conn.execute(select(memories).where(*of_kind))]
        if same := next((each.id for each in there if each.text.casefold() == new.text.casefold()), ""):
            return same
        if len(there) >= sizes.PREFERENCES:
            raise Refused(FULL)
    row = {"id": new.id, "user_id": user_id, "kind": new.kind, "text": new.text, "created_at": new.created_at}
    conn.execute(insert(memories).values(row))
    return new.id


def _memory(row: Row[Any]) -> Memory:
    return Memory(row.id, row.kind, row.text, row.created_at)
