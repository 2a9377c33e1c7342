"""How many connections a server has places for, in all and of one address, and who gives way."""

import asyncio
import contextlib
import pickle
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send
from tests.kit.sockets import connected, exchange, fault, request, rest, serving, statuses

from sayso.base.ids import Ids
from sayso.cli import serve
from sayso.http.address import counted_as
from sayso.http.connections import Bounds, Connections
from sayso.http.edge import Edge
from sayso.http.protocol import BoundedProtocol
from sayso.settings import Settings


class _Hold:
    """An application whose requests wait until they are let go; `/health` does not."""

    def __init__(self) -> None:
        self.taken = threading.Semaphore(0)
        self.let_go = threading.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] != "/health":
            self.taken.release()
            await asyncio.to_thread(self.let_go.wait)
        await PlainTextResponse("ok")(scope, receive, send)


@contextlib.contextmanager
def holding(bounds: Bounds) -> Iterator[tuple[str, _Hold]]:
    hold = _Hold()
    with serving(Edge(hold, Ids()), bounds) as served:
        try:
            yield served.url, hold
        finally:
            hold.let_go.set()


HEALTH_ONCE = request(b"GET /health", b"Connection: close")
OTHERS = Bounds(connections=2, per_address=0)


@pytest.mark.parametrize("bounds", [OTHERS, Bounds(per_address=2, proxies=())], ids=["in all", "of one address"])
def test_the_silent_make_room(bounds: Bounds) -> None:
    with holding(bounds) as (url, _), contextlib.ExitStack() as stack:
        crowd = [stack.enter_context(connected(url)) for _ in range(20)]
        assert statuses(exchange(url, HEALTH_ONCE)) == [200]
        assert [rest(silent) for silent in crowd[:18]] == [b""] * 18
        kept = crowd[-1]
        kept.sendall(HEALTH_ONCE)
        assert statuses(rest(kept)) == [200]


@pytest.mark.parametrize(
    ("bounds", "expected"),
    [
        (OTHERS, (503, "busy")),
        (Bounds(per_address=2, proxies=()), (429, "rate_limit_exceeded")),
    ],
)
def test_those_that_are_served_keep_their_places(bounds: Bounds, expected: tuple[int, str]) -> None:
    with holding(bounds) as (url, hold), contextlib.ExitStack() as stack:
        served = [stack.enter_context(connected(url)) for _ in range(2)]
        for sock in served:
            sock.sendall(request(b"GET /", b"Connection: close"))
            assert hold.taken.acquire(timeout=60)
        for _ in range(5):
            answer = exchange(url, b"")
            assert fault(answer) == expected
            assert b"\r\nretry-after: 5" in answer
        hold.let_go.set()
        assert [statuses(rest(sock)) for sock in served] == [[200], [200]]
        assert statuses(exchange(url, HEALTH_ONCE)) == [200]


def test_the_connections_of_a_proxy_are_not_one_clients() -> None:
    with holding(Bounds(per_address=2, proxies=("127.0.0.0/8",))) as (url, hold), contextlib.ExitStack() as stack:
        for _ in range(5):
            sock = stack.enter_context(connected(url))
            sock.sendall(request(b"GET /"))
            assert hold.taken.acquire(timeout=60)
        assert statuses(exchange(url, HEALTH_ONCE)) == [200]


class _Peer:
    dropped = False

    def drop(self) -> None:
        self.dropped = True


def test_a_network_of_addresses_is_one_client() -> None:
    connections = Connections(Bounds(per_address=1, proxies=("10.0.0.0/8",)))
    assert connections.enter(_Peer(), "2001:db8:1:1::1") is None
    assert connections.enter(_Peer(), "2001:db8:1:1:ffff::2") is not None
    assert connections.enter(_Peer(), "2001:db8:1:2::1") is None
    assert connections.enter(_Peer(), "192.0.2.1") is None
    assert connections.enter(_Peer(), "::ffff:192.0.2.1") is not None
    assert all(connections.enter(_Peer(), address) is None for address in ("10.0.0.1", "::ffff:10.0.0.1") * 5)


def test_who_leaves_leaves_nothing() -> None:
    connections = Connections(Bounds(per_address=3, proxies=()))
    before = pickle.dumps(connections)
    peers = [_Peer() for _ in range(4)]
    for peer in peers:
        connections.enter(peer, "192.0.2.1")
        connections.idle(peer, True)
    assert [peer.dropped for peer in peers] == [True, False, False, False]
    for peer in (*peers, *peers):
        connections.leave(peer)
    assert pickle.dumps(connections) == before


@pytest.mark.parametrize(
    ("host", "counted"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8::1:2:3:4", "2001:db8::"),
        ("2001:db8:0:1::7", "2001:db8:0:1::"),
        ("fe80::1%eth0", "fe80::"),
        ("x" * 10_000, ""),
        ("", ""),
    ],
)
def test_what_addresses_are_counted_as(host: str, counted: str) -> None:
    assert counted_as(host) == counted


@pytest.mark.parametrize(("files", "connections"), [(1024, 480), (-1, 9968), (10**6, 9968), (50, 1)])
def test_places_leave_files_for_store_and_models(monkeypatch: pytest.MonkeyPatch, files: int, connections: int) -> None:
    monkeypatch.setattr("resource.getrlimit", lambda _: (files, files))
    assert serve.bounds_of(Settings()).connections == connections


def test_workers_have_the_same_bounds() -> None:
    config = serve.server_config("sayso.cli.serve:worker", Bounds(headers=7), factory=True)
    protocol: Any = pickle.loads(pickle.dumps(config)).http
    assert (protocol.func, protocol.keywords["bounds"]) == (BoundedProtocol, Bounds(headers=7))
