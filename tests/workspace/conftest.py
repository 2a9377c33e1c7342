"""One empty store for each test, on SQLite and, where one answers, on PostgreSQL."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import insert
from tests.kit.mails import searched
from tests.kit.postgres import scratch_database

from sayso.base.clock import FixedClock
from sayso.base.ids import Ids
from sayso.store.engine import open_engine
from sayso.store.gateway import Store, WriteConn
from sayso.store.tables import metadata, users
from sayso.store.workspace_tables import local_events  # noqa: F401  declares the tables
from sayso.transfer.importing import import_files
from sayso.transfer.job import ImportReport
from sayso.workspace.local import LocalWorkspace as Workspace
from sayso.workspace.local import local_workspace
from sayso.workspace.people import Me
from sayso.workspace.types import Message

NEW_YORK = ZoneInfo("America/New_York")
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=NEW_YORK)
ME = Me("robin@example.com", "Robin Doe")


@dataclass(frozen=True, slots=True)
class Brought:
    messages: list[Message]
    """All that are there, the newest first."""
    report: ImportReport

    @property
    def message(self) -> Message:
        [message] = self.messages
        return message


@pytest.fixture(scope="session")
def postgres_once() -> Iterator[str | None]:
    """One scratch database for all these tests; None where no server answers."""
    with scratch_database() as url:
        yield url


def _open(url: str) -> Store:
    engine = open_engine(url)
    metadata.create_all(engine)
    return Store(engine)


@pytest.fixture(params=["sqlite", "postgres"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    if request.param == "sqlite":
        opened = _open(f"sqlite:///{tmp_path / 'sayso.db'}")
    else:
        url = request.getfixturevalue("postgres_once")
        if url is None:
            pytest.skip("no PostgreSQL at SAYSO_TEST_POSTGRES or 127.0.0.1:5432")
        opened = _open(url)
    yield opened
    if request.param == "postgres":
        metadata.drop_all(opened.engine)
    opened.close()


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture
def ids() -> Ids:
    numbers = count(1)
    return Ids(lambda size: next(numbers).to_bytes(size, "little"))


def add_user(conn: WriteConn, user_id: str) -> None:
    row = {"id": user_id, "email": ME.email, "name": ME.name, "timezone": NEW_YORK.key, "locale": None}
    conn.execute(insert(users).values(row | {"created_at": datetime(2026, 1, 1, tzinfo=UTC)}))


@pytest.fixture
def user(store: Store) -> str:
    store.write_now(add_user, "usr_me")
    return "usr_me"


@pytest.fixture
def workspace(store: Store, user: str, clock: FixedClock, ids: Ids) -> Workspace:
    return local_workspace(store, user, ME, clock, ids)


@pytest.fixture
def keys() -> Callable[[], str]:
    """A fresh idempotency key at each call."""
    numbers = count(1)
    return lambda: f"key-{next(numbers)}"


@pytest.fixture
def brought(store: Store, user: str, ids: Ids, workspace: Workspace, tmp_path: Path) -> Callable[..., Brought]:
    """Imports files by name and content, and tells what is there then."""

    def bring(files: dict[str, bytes] | bytes) -> Brought:
        folder = tmp_path / "brought"
        folder.mkdir(exist_ok=True)
        files = {"in.mbox": files} if isinstance(files, bytes) else files
        for name, content in files.items():
            (folder / name).write_bytes(content)
        report = ImportReport()
        import_files(store, user, ME, NEW_YORK, ids, [folder / name for name in files], report)
        return Brought(asyncio.run(searched(workspace))[0], report)

    return bring
