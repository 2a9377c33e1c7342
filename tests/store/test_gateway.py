"""The queue before the store has an end, what fails is logged with its cause and no value, and who waits is told."""

import asyncio
import threading
from collections.abc import Iterator
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import httpx2
import pytest
from sqlalchemy import Engine, event, insert, text
from sqlalchemy.exc import OperationalError
from structlog.testing import capture_logs

from sayso.app import open_store
from sayso.base.errors import SaysoError, StartupError, StoreBusy, StoreUnavailable
from sayso.settings import Settings
from sayso.store.datadir import STORE_FILE
from sayso.store.engine import SPARE, open_engine, pool_size
from sayso.store.gateway import ReadConn, Store, WriteConn
from sayso.store.tables import local_grants

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Server

UNREACHABLE = "postgresql+psycopg://nobody@127.0.0.1:1/nothing"


@pytest.fixture
def engine(tmp_path: "Path", migrated: "Path") -> Iterator[Engine]:
    (tmp_path / STORE_FILE).write_bytes(migrated.read_bytes())
    opened = open_engine(f"sqlite:///{tmp_path / STORE_FILE}")
    yield opened
    opened.dispose()


class Blocked:
    """A transaction that goes on until it is let go."""

    def __init__(self) -> None:
        self.begun, self.go = threading.Event(), threading.Event()

    def __call__(self, conn: WriteConn) -> str:
        self.begun.set()
        self.go.wait(30)
        return "done"


@pytest.mark.parametrize("end", ["deadline", "cancelled"])
def test_what_has_not_begun_never_will_and_what_has_goes_on(engine: Engine, end: str) -> None:
    store = Store(engine, patience=0.05 if end == "deadline" else 30)
    ran: list[str] = []
    first = Blocked()

    async def both() -> None:
        running = asyncio.create_task(store.write(first))
        await asyncio.to_thread(first.begun.wait, 30)
        waiting = asyncio.create_task(store.write(lambda conn: ran.append("second")))
        if end == "cancelled":
            await asyncio.sleep(0)
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
        else:
            with pytest.raises(StoreBusy):
                await waiting
            assert not running.done()  # past its deadline too, and not given up
        first.go.set()
        assert await running == "done"
        await store.write(lambda conn: ran.append("third"))

    with capture_logs() as logged:
        asyncio.run(both())
    store.close()
    assert ran == ["third"]
    assert [entry["cause"] for entry in logged] == (["too many requests wait for it"] if end == "deadline" else [])


def test_a_database_that_is_not_there_is_waited_for_and_then_the_client_is_told_to() -> None:
    store = Store(open_engine(UNREACHABLE), patience=0)
    with capture_logs() as logged, pytest.raises(StoreBusy) as told:
        asyncio.run(store.read(lambda conn: None))
    store.close()
    assert (told.value.status, told.value.code) == (503, "store_unavailable")
    assert "connection" in logged[0]["cause"]


def test_a_database_that_comes_back_in_time_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    tries: list[int] = []

    class Returning:
        dialect = type("Dialect", (), {"name": "postgresql"})

        def connect(self) -> Any:
            tries.append(1)
            if len(tries) < 3:
                raise OperationalError("", {}, Exception("FATAL: sorry, too many clients already"))
            return "a connection"

    monkeypatch.setattr("sayso.store.gateway.AGAIN_SECONDS", 0)
    assert Store(Returning())._connect() == "a connection"  # type: ignore[comparison-overlap, arg-type]
    assert len(tries) == 3


@pytest.mark.parametrize("how", ["read", "peek", "write"])
def test_a_failure_is_logged_with_its_cause_and_without_values(engine: Engine, how: str) -> None:
    """P10: neither a statement nor what it holds."""
    store = Store(engine)

    def fail(conn: ReadConn) -> None:
        conn.execute(insert(local_grants).values(token_hash="hunter2", kind="hunter2", data={}))

    def broken(conn: ReadConn) -> None:
        conn.execute(text("SELECT 'hunter2' FROM nothing"))

    for work, cause in ((fail, "IntegrityError: SQLITE_CONSTRAINT_CHECK"), (broken, "OperationalError: SQLITE_ERROR")):
        with capture_logs() as logged, pytest.raises(StoreUnavailable):
            asyncio.run(getattr(store, how)(work))
        assert [(entry["event"], entry["log_level"]) for entry in logged] == [("store_failed", "error")]
        assert logged[0]["cause"].startswith(cause.partition("_CHECK")[0])
        assert "hunter2" not in str(logged)
    store.close()


@pytest.mark.parametrize("error", [StoreBusy, StoreUnavailable])
def test_what_the_client_is_told(
    shared_server: "Server", monkeypatch: pytest.MonkeyPatch, error: type[SaysoError]
) -> None:
    client = shared_server.stranger()

    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(shared_server.store, "read_now", fail)
    listed = client.get("/threads")
    cancelled = client.post("/chat/cancel", json={"thread_id": "x"})
    assert (listed.status_code, listed.json()["error"]) == (error.status, "store_unavailable")
    assert (cancelled.status_code, cancelled.json()["error"]) == (error.status, "cancellation_error")
    assert cancelled.json()["details"]["reason"] == "store_unavailable"
    for answer in (listed, cancelled):
        assert ("retry-after" in answer.headers) == (error is StoreBusy)


# --- ready -----------------------------------------------------------------------------------------------------------


def ready(server: "Server", monkeypatch: pytest.MonkeyPatch) -> httpx2.Response:
    monkeypatch.setattr("sayso.http.service.FRESH_SECONDS", -1)
    return server.anonymous().get("/health/ready")


def test_ready_writes_and_leaves_nothing_behind(server: "Server", monkeypatch: pytest.MonkeyPatch) -> None:
    server.anonymous().get("/health")
    with server.store.engine.connect() as connection:
        before = connection.exec_driver_sql("SELECT count(*) FROM local_grants").scalar()
    frames: list[str] = []
    event.listen(server.store.engine, "commit", lambda _: frames.append("commit"))
    assert ready(server, monkeypatch).status_code == 200
    assert frames == ["commit"]
    with server.store.engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM local_grants").scalar() == before


def test_not_ready_on_a_full_disk(shared_server: "Server", monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=4096))
    answer = ready(shared_server, monkeypatch)
    assert (answer.status_code, answer.json()["error"]) == (503, "not_ready")
    assert "The disk of the store is full" in answer.json()["message"]
    assert "retry-after" in answer.headers


def test_not_ready_when_the_store_takes_no_writes(server: "Server", monkeypatch: pytest.MonkeyPatch) -> None:
    server.anonymous().get("/health")
    monkeypatch.setattr("sayso.store.engine.BUSY_TIMEOUT_MS", 1)
    server.store.engine.dispose()
    with server.store.engine.connect().execution_options(writes=True) as other, other.begin():
        assert ready(server, monkeypatch).status_code == 503
        assert server.anonymous().get("/health").status_code == 200
    assert ready(server, monkeypatch).status_code == 200


def test_many_who_ask_are_one_look(server: "Server", monkeypatch: pytest.MonkeyPatch) -> None:
    client, looks = server.anonymous(), []
    client.get("/health")
    event.listen(server.store.engine, "commit", lambda _: looks.append("a write"))
    monkeypatch.setattr("sayso.http.service.FRESH_SECONDS", 3600)
    assert [client.get("/health/ready").status_code for _ in range(5)] == [200] * 5
    assert len(looks) == 1


# --- connections -----------------------------------------------------------------------------------------------------


def test_the_connections_of_all_workers_fit(postgres: str) -> None:
    engine = open_engine(postgres)
    with engine.connect() as connection:
        allowed = connection.exec_driver_sql(
            "SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int"
        ).scalar_one()
        for workers in (1, 4, 12, 28):
            size = pool_size(connection, workers, None)
            assert 3 <= size <= 12
            assert size * workers <= allowed - SPARE
            assert size == 12 or (size + 1) * workers > allowed - SPARE
        assert pool_size(connection, 2, 20) == 20
        for workers, wanted, needed in ((40, 9, 360), (64, None, 192)):
            with pytest.raises(
                StartupError, match=rf"need {needed}, and the database allows \d+: lower SAYSO_DATABASE"
            ):
                pool_size(connection, workers, wanted)
    engine.dispose()


def test_no_more_connections_than_set_however_many_ask(postgres: str) -> None:
    store = open_store(Settings(database_url=postgres, database_pool=3))
    most: list[int] = []

    def look(conn: ReadConn | WriteConn) -> None:
        query = text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()")
        most.append(conn.execute(query).scalar_one())

    async def ask() -> None:
        await asyncio.gather(*(store.read(look) for _ in range(30)), *(store.write(look) for _ in range(30)))

    asyncio.run(ask())
    store.close()
    assert len(most) == 60
    assert max(most) <= 3
