"""A store with one user, `usr_me`, and his sample workspace: made once in a process, then copied."""

import functools
import tempfile
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import insert, update

from sayso.base.clock import FixedClock
from sayso.base.ids import Ids
from sayso.conversation.activity import StoredActivity
from sayso.conversation.memory import StoredMemories
from sayso.store.engine import open_engine
from sayso.store.gateway import Store, WriteConn
from sayso.store.tables import memories, metadata, users
from sayso.store.workspace_tables import SAMPLED
from sayso.tools.base import ToolContext
from sayso.workspace.local import local_workspace
from sayso.workspace.local.seed.seed import seed
from sayso.workspace.people import Me

ME = Me("robin@example.com", "Robin Doe")
NEW_YORK = ZoneInfo("America/New_York")
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=NEW_YORK)


def add_user(conn: WriteConn, user_id: str) -> None:
    row = {"id": user_id, "email": ME.email, "name": ME.name, "timezone": NEW_YORK.key, "locale": None}
    conn.execute(insert(users).values(row | {"created_at": datetime(2026, 1, 1, tzinfo=UTC)}))


def add_memory(conn: WriteConn, user_id: str, text: str, kind: str = "preference", memory_id: str = "mem_1") -> None:
    row = {"id": memory_id, "user_id": user_id, "kind": kind, "text": text}
    conn.execute(insert(memories).values(row | {"created_at": datetime(2026, 2, 1, tzinfo=UTC)}))


def own_it(conn: WriteConn) -> None:
    """Make the sample data the user's own."""
    for table in SAMPLED:
        conn.execute(update(table).values(sample=False))


def seeded_store(file: Path) -> tuple[Store, Ids]:
    """Such a store in that file, as of `NOW`, and where its ids go on: they count up, the same in every test."""
    content, next_number = _made()
    file.write_bytes(content)
    return Store(open_engine(f"sqlite:///{file}")), _counted(next_number)[0]


def context(store: Store, ids: Ids) -> ToolContext:
    """On behalf of this user, at `NOW`."""
    clock = FixedClock(NOW)
    memory, activity = StoredMemories(store, "usr_me", clock, ids), StoredActivity(store, "usr_me", clock)
    return ToolContext(local_workspace(store, "usr_me", ME, clock, ids), ME, NOW, NEW_YORK, memory, activity)


def _counted(first: int) -> tuple[Ids, "count[int]"]:
    numbers = count(first)
    return Ids(lambda size: next(numbers).to_bytes(size, "little")), numbers


@functools.cache
def _made() -> tuple[bytes, int]:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "sayso.db"
        store = Store(open_engine(f"sqlite:///{file}"))
        metadata.create_all(store.engine)
        ids, numbers = _counted(1)
        store.write_now(add_user, "usr_me")
        store.write_now(seed, "usr_me", ME, NOW, NEW_YORK, ids)
        store.write_now(add_memory, "usr_me", "No calls on Friday afternoons")
        store.close()
        return file.read_bytes(), next(numbers)
