"""What a connection may cost, from bare sockets: seconds and bytes; and what becomes of one that asks for more."""

import asyncio
import contextlib
import http.client
import threading
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any
from unittest import mock
from urllib.parse import urlsplit

import httpx2
import pytest
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.types import Receive, Scope, Send
from uvicorn.server import ServerState

if TYPE_CHECKING:
    from tests.conftest import Server, StartServer

from tests.kit.sockets import connected, drip, exchange, fault, one_answer, post, request, rest, serving, statuses

from sayso.base.errors import InvalidRequest
from sayso.cli import serve
from sayso.http.body import read_whole
from sayso.http.connections import Bounds
from sayso.http.protocol import BoundedProtocol
from sayso.http.session import COOKIE

HASTY = Bounds(head_seconds=0.1, body_seconds=0.1, idle_seconds=0.1, linger_seconds=0.1)
SMALL = Bounds(body_bytes=20_000, pipelined=3)
HEALTH = request(b"GET /health")


def cookie_of(client: httpx2.Client) -> bytes:
    return f"Cookie: {COOKIE}={client.cookies[COOKIE]}".encode()


# Seconds


def watched(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Set when a connection has ended."""
    ended = threading.Event()
    lost = BoundedProtocol.connection_lost

    def told(self: BoundedProtocol, exc: Exception | None) -> None:
        lost(self, exc)
        ended.set()

    monkeypatch.setattr(BoundedProtocol, "connection_lost", told)
    return ended


@pytest.fixture
def hasty(start_server: "StartServer") -> "Server":
    return start_server(bounds=HASTY)


def test_what_does_not_come_in_time_is_not_waited_for(hasty: "Server") -> None:
    owner = cookie_of(hasty.stranger())
    with connected(hasty.url) as silent:
        assert rest(silent) == b""
    with connected(hasty.url) as idle:
        idle.sendall(HEALTH)
        assert statuses(rest(idle)) == [200]
    for begun, byte in (
        (b"GET /", b"a"),
        (request(b"GET /")[:-2], b"a"),
        (b"GET / HTTP/1.1\r\nHost: x\r\nx", b"x"),
        (b"\r\n", b"\r\n"),
        (HEALTH + request(b"GET /")[:-2], b"a"),
        (post(b"/chat/cancel", owner, length=1000), b" "),
        (post(b"/chat/cancel", owner, b"Expect: 100-continue", length=1000), b" "),
        (request(b"POST /chat/cancel", owner, b"Transfer-Encoding: chunked"), b"1\r\n \r\n"),
        (request(b"GET /threads", owner, b"Content-Length: 9"), b""),
    ):
        with connected(hasty.url) as sock:
            sock.sendall(begun)
            assert fault(drip(sock, byte)) == (408, "request_timeout"), begun


def test_who_is_not_signed_in_is_told_before_the_body(shared_server: "Server") -> None:
    for headers, length in (((), 1000), ((), 10**9), ((b"Expect: 100-continue",), 1000)):
        with connected(shared_server.url) as sock:
            sock.sendall(post(b"/chat", *headers, length=length))
            answer = one_answer(sock)
            assert fault(answer) == (401, "not_authenticated")
            assert b"100 Continue" not in answer
            sock.sendall(b"{")  # a client that has not looked yet
            assert rest(sock) == b""
    chunked = request(b"POST /chat", b"Transfer-Encoding: chunked", body=b"1\r\n{\r\n")
    with connected(shared_server.url) as sock:
        sock.sendall(chunked)
        assert fault(one_answer(sock)) == (401, "not_authenticated")


def test_the_body_is_asked_for_when_it_is_wanted(shared_server: "Server") -> None:
    owner = cookie_of(shared_server.stranger())
    body = b'{"thread_id": "x"}'
    with connected(shared_server.url) as sock:
        sock.sendall(post(b"/chat/cancel", owner, b"Expect: 100-continue", length=len(body)))
        assert sock.recv(65536) == b"HTTP/1.1 100 Continue\r\n\r\n"
        sock.sendall(body)
        assert statuses(one_answer(sock)) == [404]


@pytest.mark.parametrize("signed_in", [False, True])
def test_a_refused_upload_can_be_sent_to_its_end(shared_server: "Server", signed_in: bool) -> None:
    """A client that sends all before it reads must find the answer, not a broken line."""
    address = urlsplit(shared_server.url)
    headers = {"Content-Type": "application/json", "Host": "localhost"}
    if signed_in:
        name, _, value = cookie_of(shared_server.stranger()).decode().partition(": ")
        headers[name] = value
    for _ in range(3):
        client = http.client.HTTPConnection(address.hostname or "", address.port, timeout=60)
        client.request("POST", "/chat", b"x" * 1_000_000, headers)
        assert client.getresponse().status == (413 if signed_in else 401)
        client.close()


def test_who_goes_on_sending_is_cut_off(start_server: "StartServer") -> None:
    server = start_server(bounds=replace(HASTY, body_bytes=50_000, linger_seconds=20))
    with connected(server.url) as sock:
        sock.sendall(post(b"/chat", length=10**9))
        with pytest.raises((BrokenPipeError, ConnectionResetError)):
            sock.sendall(b" " * 50_000_000)


def test_who_neither_sends_nor_hangs_up_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    ended = watched(monkeypatch)
    with serving(PlainTextResponse("no"), HASTY) as served, connected(served.url) as sock:
        sock.sendall(post(b"/", length=1000))
        assert statuses(rest(sock)) == [200]
        assert ended.wait(60)


# Bytes


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        (request(b"GET /?" + b"a" * 8 * 1024), (414, "target_too_long")),
        (b"GET /" + b"a" * 100_000, (414, "target_too_long")),
        (request(b"GET /", *[b"a: b"] * 100), (431, "headers_too_large")),
        (request(b"GET /", b"a: " + b"b" * 32 * 1024), (431, "headers_too_large")),
        (request(b"GET /", *[b"a: " + b"b" * 4000] * 9), (431, "headers_too_large")),
        (b"GET / HTTP/1.1\r\na: " + b"b" * 1_000_000, (431, "headers_too_large")),
        (b"GET / HTTP/1.1\r\n" + b"b" * 1_000_000, (431, "headers_too_large")),
        (b"\r\n" * 100_000, (431, "headers_too_large")),
    ],
    ids=lambda value: f"{value[:16]!r}{len(value)}" if isinstance(value, bytes) else str(value[0]),
)
def test_heads_that_are_too_large(shared_server: "Server", sent: bytes, expected: tuple[int, str]) -> None:
    assert fault(exchange(shared_server.url, sent)) == expected


def test_a_head_within_the_bounds(shared_server: "Server") -> None:
    headers = [b"a: " + b"b" * 300] * 98
    sent = request(b"GET /health?" + b"a" * 1000, *headers, b"Connection: close")
    assert statuses(exchange(shared_server.url, sent)) == [200]


@pytest.mark.parametrize(
    "sent",
    [
        b"hello\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"get / HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET / HTTP/3.0\r\nHost: x\r\n\r\n",
        b"GET / HTTP/2.0\r\nHost: x\r\n\r\n",
        b"GET / HTTP/0.9\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        request(b"GET /", b"Host: another"),
        request(b"GET /a b"),
        request(b"GET /\xff"),
        request(b"CONNECT example.com:443"),
        request(b"GET /", b"a b: c"),
        request(b"GET /", b"a: \x00"),
        request(b"GET /", b" a: b"),
        request(b"GET /", b"no colon"),
        request(b"POST /chat", b"Content-Length: -1"),
        request(b"POST /chat", b"Content-Length: 1", b"Content-Length: 2"),
        request(b"POST /chat", b"Content-Length: 1", b"Transfer-Encoding: chunked"),
        request(b"POST /chat", b"Content-Length: 99999999999999999999999"),
        HEALTH + b"hello\r\n\r\n",
    ],
)
def test_what_is_not_http(shared_server: "Server", sent: bytes) -> None:
    answer = exchange(shared_server.url, sent)
    assert fault(answer) == (400, "invalid_request")
    assert len(statuses(answer)) == 1 + sent.startswith(HEALTH)


@pytest.mark.parametrize(
    ("headers", "body", "expected"),
    [
        ((b"Transfer-Encoding: chunked",), b"zz\r\n", (400, "invalid_request")),
        ((b"Transfer-Encoding: chunked",), b"2\r\n{}x", (400, "invalid_request")),
        ((b"Transfer-Encoding: chunked",), b"2\r\n{}\r\n0\r\n" + b"a: bbbbbbbb\r\n" * 90_000, (413, "too_large")),
        ((b"Transfer-Encoding: chunked",), b"2\r\n{}\r\n0\r\na: " + b"b" * 1_000_000, (413, "too_large")),
        ((b"Transfer-Encoding: chunked",), b"1;" + b"b" * 1_000_000, (413, "too_large")),
    ],
)
def test_bodies_that_go_wrong(
    start_server: "StartServer", headers: tuple[bytes, ...], body: bytes, expected: tuple[int, str]
) -> None:
    server = start_server(bounds=SMALL)
    head = request(b"POST /chat/cancel", cookie_of(server.stranger()), b"Content-Type: application/json", *headers)
    with connected(server.url) as sock:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            sock.sendall(head + body)
        assert fault(rest(sock)) == expected


def test_trailers_are_no_headers() -> None:
    seen: list[Any] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        while (await receive()).get("more_body"):
            pass
        seen.extend(scope["headers"])
        await PlainTextResponse("ok")(scope, receive, send)

    with serving(app, Bounds()) as served, connected(served.url) as sock:
        sock.sendall(request(b"POST /", b"Transfer-Encoding: chunked", body=b"1\r\nx\r\n0\r\nCookie: y\r\n\r\n"))
        assert statuses(one_answer(sock)) == [200]
    assert b"cookie" not in dict(seen)


def test_a_body_that_breaks_off_is_no_request() -> None:
    """Though what came of it would be one."""
    coming = iter(
        [{"type": "http.request", "body": b'{"thread_id": "t"}', "more_body": True}, {"type": "http.disconnect"}]
    )

    async def receive() -> Any:
        return next(coming)

    headers = [(b"content-type", b"application/json"), (b"transfer-encoding", b"chunked")]
    with pytest.raises(InvalidRequest):
        asyncio.run(read_whole({"type": "http", "headers": headers}, receive))


@pytest.mark.parametrize(
    ("path", "status"), [(b"/health", 200), (b"/threads", 401), (b"/chat", 405), (b"/nowhere", 404)]
)
def test_other_protocols_are_not_spoken(shared_server: "Server", path: bytes, status: int) -> None:
    for upgrade in (b"Upgrade: websocket", b"Upgrade: h2c"):
        sent = request(b"GET " + path, b"Connection: Upgrade", upgrade, b"Sec-WebSocket-Version: 13")
        assert statuses(exchange(shared_server.url, sent + b"\x81\x05hello")) == [status]


def test_a_post_that_offers_another_protocol_is_answered(shared_server: "Server") -> None:
    owner, body = cookie_of(shared_server.stranger()), b'{"thread_id": "x"}'
    offer = owner, b"Connection: Upgrade", b"Upgrade: h2c"
    assert statuses(exchange(shared_server.url, post(b"/chat/cancel", *offer, body=body))) == [404]
    with connected(shared_server.url) as sock:
        sock.sendall(post(b"/chat/cancel", *offer, b"Expect: 100-continue", length=len(body)))
        assert sock.recv(65536).startswith(b"HTTP/1.1 100")
        sock.sendall(body)
        assert statuses(rest(sock)) == [404]


def test_ranges(shared_server: "Server") -> None:
    client = shared_server.anonymous()
    path = "/static/css/base.css"
    part = client.get(path, headers={"Range": "bytes=0-9"})
    assert (part.status_code, len(part.content)) == (206, 10)
    beyond = client.get(path, headers={"Range": "bytes=99999999-"})
    assert (beyond.status_code, beyond.json()["error"]) == (416, "range_not_satisfiable")
    assert beyond.headers["content-range"].startswith("bytes */")
    assert beyond.headers["x-request-id"]
    odd = client.get(path, headers={"Range": "bytes=one"})
    assert (odd.status_code, odd.json()["error"]) == (400, "invalid_request")
    assert client.get("/", headers={"Range": "bytes=99999999-"}).json()["error"] == "range_not_satisfiable"


# Requests behind each other


def test_requests_sent_ahead_are_answered_in_turn_up_to_a_number(start_server: "StartServer") -> None:
    server = start_server(bounds=SMALL)
    with connected(server.url) as sock:
        sock.sendall(HEALTH * 3 + request(b"GET /nowhere"))
        received = b""
        while len(statuses(received)) < 4:
            received += sock.recv(65536)
    assert statuses(received) == [200, 200, 200, 404]
    answer = exchange(server.url, HEALTH * 50)
    assert fault(answer) == (400, "invalid_request")
    assert statuses(answer) == [200] * 4 + [400]


def test_who_hangs_up_is_missed_by_every_request() -> None:
    gone = threading.Event()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        gone.set()

    with serving(app, Bounds()) as served:
        with connected(served.url) as sock:
            sock.sendall(HEALTH * 2)
        assert gone.wait(60)


# Readers


async def _endless() -> Any:
    while True:
        yield b"x" * 10_000


@pytest.mark.parametrize("kind", ["stream", "whole", "whole and close"])
def test_a_reader_that_takes_nothing_is_given_up(monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    ended = watched(monkeypatch)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if kind == "stream":
            await StreamingResponse(_endless())(scope, receive, send)
        else:
            headers = {"Connection": "close"} if "close" in kind else {}
            await PlainTextResponse("x" * 20_000_000, headers=headers)(scope, receive, send)

    bounds = Bounds(reader_seconds=0.1, idle_seconds=0.1)
    with serving(app, bounds) as served, connected(served.url, receive_buffer=4096) as sock:
        sock.sendall(HEALTH)
        assert ended.wait(60)
        assert not served.server.server_state.connections


class _Transport:
    """Of which the reader has left so much."""

    def __init__(self, left: int) -> None:
        self.left = left
        self.aborted = False

    def get_write_buffer_size(self) -> int:
        return self.left

    def get_extra_info(self, _: str) -> None:
        return None

    def close(self) -> None:
        pass

    def abort(self) -> None:
        self.aborted = True


@pytest.mark.parametrize("closing", [False, True])
@pytest.mark.parametrize(
    ("left", "aborted"),
    [
        ([900_000, 800_000, 700_000, 600_000], False),
        ([900_000, 834_464, 700_000], False),
        ([900_000, 834_465], True),
        ([900_000, 800_000, 800_000], True),
        ([10, 10], True),
    ],
)
def test_a_reader_is_slow_as_long_as_it_takes_something(left: list[int], aborted: bool, closing: bool) -> None:
    transport = _Transport(left[0])
    later: list[Callable[[], None]] = []

    def call_later(_: float, call: Callable[..., None], *args: object) -> mock.Mock:
        later.append(partial(call, *args))
        return mock.Mock()

    config: Any = serve.server_config(lambda: None, Bounds())
    config.load()
    protocol = config.http(config, ServerState(), {}, mock.Mock(call_later=call_later))
    protocol.connection_made(transport)
    later.clear()
    if closing:
        protocol.timeout_keep_alive_handler()
    else:
        protocol.pause_writing()
    for transport.left in left[1:]:
        assert not transport.aborted
        later.pop()()
    assert transport.aborted is aborted
    assert bool(later) is not aborted
