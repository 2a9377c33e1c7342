"""What changes of several steps keep, in the store."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from sayso.app import open_store
from sayso.base.clock import FixedClock, parse_instant
from sayso.base.ids import Ids
from sayso.identity import accounts, users
from sayso.identity.accounts import ConnectedAccount
from sayso.identity.types import Profile
from sayso.settings import Settings
from sayso.store.gateway import ReadConn, Store, WriteConn
from sayso.store.tables import marks
from sayso.workspace.connected.marks import KEPT, StoredMarks, forget

NOW = parse_instant("2026-03-02T09:00-05:00")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = open_store(Settings(data_dir=tmp_path))
    yield made
    made.close()


@pytest.fixture
def user(store: Store) -> str:
    def add(conn: WriteConn) -> str:
        user_id, _ = users.ensure(conn, "local", Profile("ana", "ana@example.test", "Ana"), NOW, Ids())
        for name in ("one", "other"):
            accounts.add(conn, _account(user_id, name))
        return user_id

    return store.write_now(add)


def _account(user_id: str, name: str) -> ConnectedAccount:
    return ConnectedAccount(
        user_id=user_id,
        id=name,
        kind="google",
        label="",
        address=f"{name}@example.test",
        subject=name,
        serves=("tasks",),
        default_for=(),
        state="connected",
        since=NOW,
        created_at=NOW,
        servers={},
        scopes=(),
        checks=(),
    )


def count(conn: ReadConn) -> int:
    return len(conn.execute(select(marks.c.key)).all())


def test_the_first_value_stays(store: Store, user: str) -> None:
    mine = StoredMarks(store, FixedClock(NOW), user, "one")

    async def both() -> list[str]:
        return list(await asyncio.gather(*(mine.keep("act_1", "draft", each) for each in ("a", "b"))))

    first, second = asyncio.run(both())
    assert first == second
    assert first in ("a", "b")
    assert asyncio.run(mine.keep("act_1", "draft", "c")) == first
    assert asyncio.run(mine.of("act_1")) == {"draft": first}


def test_each_account_and_key_has_its_own(store: Store, user: str) -> None:
    mine, other = (StoredMarks(store, FixedClock(NOW), user, each) for each in ("one", "other"))
    asyncio.run(mine.keep("act_1", "draft", "a"))
    assert asyncio.run(other.of("act_1")) == {}
    assert asyncio.run(mine.of("act_2")) == {}


def test_they_go_with_the_account(store: Store, user: str) -> None:
    asyncio.run(StoredMarks(store, FixedClock(NOW), user, "one").keep("act_1", "draft", "a"))
    store.write_now(accounts.remove, user, "one")
    assert store.read_now(count) == 0


def test_they_are_forgotten_when_nobody_asks_any_more(store: Store, user: str) -> None:
    asyncio.run(StoredMarks(store, FixedClock(NOW), user, "one").keep("act_1", "draft", "a"))
    store.write_now(forget, NOW + KEPT)
    assert store.read_now(count) == 1
    store.write_now(forget, NOW + KEPT + timedelta(seconds=1))
    assert store.read_now(count) == 0
