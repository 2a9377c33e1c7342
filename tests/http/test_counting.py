"""Requests counted by all workers together: exactly, and what becomes of it when what counts is gone."""

import asyncio
import io
import signal
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import httpx2
import psycopg
import pytest
from sqlalchemy import func, select, text
from tests.kit.redis import Redis, own_redis

from sayso.app import open_store
from sayso.base.errors import StartupError
from sayso.cli.commands import settings_with
from sayso.http import counting
from sayso.http.counting import Count, Counter, CounterGone, Key, OwnCounter, Rule, SharedCounter
from sayso.http.counting_shared import PostgresCounter, RedisCounter
from sayso.http.session import COOKIE
from sayso.settings import Settings
from sayso.store.gateway import ReadConn, Store, WriteConn
from sayso.store.tables import rate_windows

if TYPE_CHECKING:
    from tests.conftest import Server, StartServer

KEY = Key("chat", "user", "user_x")
WORKERS = 3


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """What counts is waited for on the busiest machine, where a test does not want it otherwise."""
    monkeypatch.setattr(counting, "PATIENCE", 30.0)


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch, patience: None) -> None:
    monkeypatch.setattr(counting, "PATIENCE", 0.25)


@pytest.fixture
def own() -> Iterator[Redis]:
    with own_redis() as server:
        yield server


@pytest.fixture
def shared_store(postgres: str) -> Iterator[Store]:
    store = open_store(Settings(database_url=postgres))
    yield store
    store.close()


class Kind:
    """A way to count for several workers."""

    def __init__(self, request: pytest.FixtureRequest) -> None:
        self.name: str = request.param
        self._store: Store | None = None
        self._redis: Redis | None = None
        if self.name == "postgresql":
            self._store = request.getfixturevalue("shared_store")
        elif self.name == "redis":
            self._redis = request.getfixturevalue("own")
        self._memory = OwnCounter(time.monotonic)

    def worker(self) -> Counter:
        if self._store is not None:
            return PostgresCounter(self._store)
        return RedisCounter(self._redis.url) if self._redis is not None else self._memory

    def pass_a_minute(self) -> None:
        """As if the minutes that began were over."""
        if self._store is not None:
            self._store.write_now(_age)
        elif self._redis is not None:
            with self._redis.client() as client:
                client.flushall()


def _age(conn: WriteConn) -> None:
    conn.execute(text("UPDATE rate_windows SET ends_at = ends_at - 60000000"))


@pytest.fixture(params=["memory", "postgresql", "redis"])
def kind(request: pytest.FixtureRequest) -> Kind:
    return Kind(request)


def test_many_at_once_on_several_workers_are_counted_exactly(kind: Kind) -> None:
    async def all_at_once() -> list[Count]:
        workers = [kind.worker() for _ in range(WORKERS)]
        takes = [worker.take(KEY, Rule("chat", 40)) for worker in workers for _ in range(30)]
        counts = await asyncio.gather(*takes)
        for worker in workers:
            await worker.close()
        return counts

    counts = asyncio.run(all_at_once())
    assert sum(count.admitted for count in counts) == 40
    assert sorted(count.remaining for count in counts if count.admitted) == list(range(40))
    assert {count.remaining for count in counts if not count.admitted} == {0}
    assert all(0 < count.seconds <= 60 and 1 <= count.reset <= 60 for count in counts)


def test_buckets_costs_and_minutes(kind: Kind) -> None:
    async def one_by_one() -> list[tuple[bool, int]]:
        worker, seen = kind.worker(), []

        async def take(key: Key, cost: int) -> None:
            count = await worker.take(key, Rule("others", 10, cost))
            seen.append((count.admitted, count.remaining))

        await take(KEY, 8)
        await take(KEY, 8)  # takes nothing
        await take(KEY, 2)
        await take(KEY, 1)
        await take(KEY._replace(of="user_y"), 1)
        await take(KEY._replace(kind="session"), 1)
        if kind.name != "memory":
            kind.pass_a_minute()
            await take(KEY, 3)
        await worker.close()
        return seen

    seen = asyncio.run(one_by_one())
    assert seen[:6] == [(True, 2), (False, 2), (True, 0), (False, 0), (True, 9), (True, 9)]
    assert seen[6:] == [(True, 7)] * (kind.name != "memory")


def test_minutes_that_are_over_are_forgotten(shared_store: Store) -> None:
    counter = PostgresCounter(shared_store)

    def kept(conn: ReadConn) -> int:
        return conn.execute(select(func.count()).select_from(rate_windows)).scalar_one()

    async def sweep() -> list[int]:
        await counter.take(KEY, Rule("chat", 3))
        shared_store.write_now(_age)
        await counter.take(KEY._replace(of="user_y"), Rule("chat", 3))
        before = shared_store.read_now(kept)
        await counter.sweep()
        return [before, shared_store.read_now(kept)]

    assert asyncio.run(sweep()) == [2, 1]


# Servers


def talk(server: "Server", client: httpx2.Client) -> int:
    """A message that is counted and refused as none, to one server with another's session."""
    cookies = {COOKIE: client.cookies[COOKIE]}
    return server.anonymous(cookies=cookies).post("/chat", json={}).status_code


@pytest.mark.parametrize("where", ["postgresql", "redis"])
def test_servers_count_together(start_server: "StartServer", request: pytest.FixtureRequest, where: str) -> None:
    """Users, addresses without a session and attempts to sign in; not the page's files."""
    more = {"redis_url": request.getfixturevalue("own").url} if where == "redis" else {}
    postgres = request.getfixturevalue("postgres")
    servers = [start_server(database_url=postgres, rate_limit=5, **more) for _ in range(2)]
    client = servers[0].stranger()
    assert [talk(servers[turn % 2], client) for turn in range(7)] == [422] * 5 + [429] * 2
    nobody = [server.anonymous() for server in servers]
    assert [nobody[turn % 2].post("/chat", json={}).status_code for turn in range(7)] == [401] * 5 + [429] * 2
    signing_in = [nobody[turn % 2].get("/auth/local/login").status_code for turn in range(32)]
    assert signing_in == [302] * 30 + [429] * 2
    left = [each.get("/health").headers["RateLimit-Remaining"] for each in nobody]
    assert left == ["5999", "5999"]
    rows = servers[0].store.read_now(lambda conn: conn.execute(select(rate_windows.c.key)).scalars().all())
    assert bool(rows) == (where == "postgresql")


def test_a_server_whose_redis_goes_counts_by_itself_until_it_is_back(
    start_server: "StartServer", own: Redis, logged: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither open nor closed. What lies with Redis takes nothing from decisions."""
    server = start_server(rate_limit=3, redis_url=own.url)
    client = server.stranger()
    client.post("/chat", json={"user_message": "add a task to water the plants", "thread_id": "t"})
    assert [talk(server, client) for _ in range(3)] == [422, 422, 429]
    monkeypatch.setattr(counting, "AGAIN", 0.0)  # every request looks whether it is back
    own.end()
    other = server.stranger()
    assert [talk(server, other) for _ in range(4)] == [422, 422, 422, 429]
    assert [server.anonymous().post("/chat", json={}).status_code for _ in range(4)] == [401, 401, 401, 429]
    assert client.post("/chat/cancel", json={"thread_id": "t"}).json()["cancelled"] is True
    own.start()
    third = server.stranger()
    assert [talk(server, third) for _ in range(4)][-1] == 429
    with own.client() as redis:
        assert any(name.startswith("sayso:chat:user:") for name in redis.keys())  # noqa: SIM118 -- a command
    server.stop()
    told = logged.getvalue()
    assert (told.count("counter_gone"), told.count("counter_back")) == (1, 1)
    assert "request_failed" not in told


@pytest.mark.usefixtures("hasty")
def test_a_redis_that_is_silent_is_not_waited_for(start_server: "StartServer", own: Redis, logged: io.StringIO) -> None:
    server = start_server(rate_limit=3, redis_url=own.url)
    client = server.stranger()
    own.send(signal.SIGSTOP)
    try:
        assert [talk(server, client) for _ in range(4)] == [422, 422, 422, 429]
        assert client.post("/chat/cancel", json={"thread_id": "x"}).status_code == 404
    finally:
        own.send(signal.SIGCONT)
    server.stop()
    assert logged.getvalue().count("counter_gone") == 1


def test_a_server_starts_without_its_redis(start_server: "StartServer", logged: io.StringIO) -> None:
    server = start_server(rate_limit=3, redis_url="redis://user:hunter2@127.0.0.1:1/0")
    assert server.anonymous().get("/health").status_code == 200
    assert logged.getvalue().count("counter_gone") == 1
    assert talk(server, server.stranger()) == 422
    server.stop()
    assert "hunter2" not in logged.getvalue()


@pytest.mark.usefixtures("hasty")
def test_a_table_that_is_locked_is_not_waited_for(start_server: "StartServer", postgres: str) -> None:
    server = start_server(database_url=postgres, rate_limit=3)
    client = server.stranger()
    with psycopg.connect(postgres.replace("+psycopg", "")) as other:
        other.execute("LOCK TABLE rate_windows IN ACCESS EXCLUSIVE MODE")
        assert [talk(server, client) for _ in range(4)] == [422, 422, 422, 429]
        assert client.post("/chat/cancel", json={"thread_id": "x"}).status_code == 404


@pytest.mark.parametrize(
    "written", ["redis", "http://host:6379", "redis://", "redis://host:port", "redis://:p@ss@host", "redis://h:6379/x"]
)
def test_an_address_that_is_none_is_said_at_start(monkeypatch: pytest.MonkeyPatch, written: str) -> None:
    monkeypatch.setenv("SAYSO_REDIS_URL", written)
    with pytest.raises(StartupError, match=r"^SAYSO_REDIS_URL: an address such as redis://host:6379/0") as refused:
        settings_with()
    assert "ss@" not in str(refused.value)


@pytest.mark.parametrize("written", ["valkey://host", "rediss://user:pa%40ss@host:6379/2", "redis://[::1]:6379?db=1"])
def test_addresses_of_redis(monkeypatch: pytest.MonkeyPatch, written: str) -> None:
    monkeypatch.setenv("SAYSO_REDIS_URL", written)
    url = settings_with().redis_url
    assert url == written
    asyncio.run(RedisCounter(url).close())


# The breaker


class Line:
    """Something shared that answers or does not."""

    def __init__(self) -> None:
        self.asked, self.gone = 0, False

    async def start(self) -> None: ...
    async def sweep(self) -> None: ...
    async def close(self) -> None: ...

    async def take(self, key: Key, rule: Rule) -> Count:
        self.asked += 1
        await asyncio.sleep(0)
        if self.gone:
            raise CounterGone("cut")
        return Count(True, 99, 60)


def test_while_it_is_gone_only_one_looks_for_it(logged: io.StringIO) -> None:
    now = [100.0]
    line = Line()
    counter = SharedCounter(line, lambda: now[0])

    async def takes(many: int) -> list[Any]:
        return await asyncio.gather(*(counter.take(KEY, Rule("chat", 3)) for _ in range(many)))

    async def story() -> None:
        assert {count.remaining for count in await takes(5)} == {99}
        line.gone, line.asked = True, 0
        assert [count.admitted for count in await takes(4)].count(True) == 3
        assert line.asked == 4  # none knew of the others
        await takes(5)
        assert line.asked == 4
        now[0] += counting.AGAIN
        await takes(5)
        assert line.asked == 5
        line.gone = False
        await takes(5)
        now[0] += counting.AGAIN
        assert [count.remaining for count in await takes(5)].count(99) == 1
        assert {count.remaining for count in await takes(5)} == {99}

    asyncio.run(story())
    assert (logged.getvalue().count("counter_gone"), logged.getvalue().count("counter_back")) == (1, 1)
