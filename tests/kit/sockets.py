"""Bare sockets, for clients that no HTTP library would be, and servers of uvicorn with any application."""

import contextlib
import json
import re
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from sayso.cli.serve import listen, server_config
from sayso.http.connections import Bounds

SECONDS = 20.0
"""Far more than any test waits for an answer."""
_STATUS_LINE = re.compile(rb"HTTP/1\.1 (?=\d{3} [A-Z])")
HEAD = b"%s HTTP/1.1\r\nHost: localhost\r\n%s\r\n"


def request(line: bytes, *headers: bytes, body: bytes = b"") -> bytes:
    """A request with a Host header, such as `request(b"GET /")`."""
    return HEAD % (line, b"".join(header + b"\r\n" for header in headers)) + body


def post(path: bytes, *headers: bytes, body: bytes = b"", length: int | None = None) -> bytes:
    """A request with a body of JSON, of which less may be sent than `length` says."""
    length = len(body) if length is None else length
    return request(
        b"POST " + path, b"Content-Type: application/json", b"Content-Length: %d" % length, *headers, body=body
    )


@contextlib.contextmanager
def connected(url: str, receive_buffer: int | None = None) -> Iterator[socket.socket]:
    """A connection to the server; `receive_buffer`: how many bytes about it holds until they are read."""
    address = urlsplit(url)
    assert address.hostname
    with socket.socket() as sock:
        if receive_buffer:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        sock.settimeout(SECONDS)
        sock.connect((address.hostname, address.port or 80))
        yield sock


def rest(sock: socket.socket) -> bytes:
    """All that comes until the server ends the connection."""
    received = b""
    with contextlib.suppress(ConnectionResetError):
        while part := sock.recv(65536):
            received += part
    return received


def one_answer(sock: socket.socket) -> bytes:
    """The next answer, which has a length, whole, however many pieces it comes in."""
    received = b""
    while not (length := re.search(rb"\r\ncontent-length: (\d+)\r\n", received.lower())) or len(
        received.partition(b"\r\n\r\n")[2]
    ) < int(length[1]):
        part = sock.recv(65536)
        assert part, received
        received += part
    return received


def exchange(url: str, sent: bytes) -> bytes:
    """What the server answers to these bytes until it ends the connection."""
    with connected(url) as sock:
        sock.sendall(sent)
        return rest(sock)


def fault(answer: bytes) -> tuple[int, str]:
    """Status and code of the last answer, which is an error in the envelope and ends the connection."""
    head, _, body = _STATUS_LINE.split(answer)[-1].partition(b"\r\n\r\n")
    told: dict[str, Any] = json.loads(body)
    assert set(told) <= {"error", "message", "details", "retry_after"}
    assert b"\r\nx-request-id: " in head
    assert b"\r\nconnection: close" in head
    assert b"\r\nx-content-type-options: nosniff" in head
    return int(head[:3]), told["error"]


def statuses(answers: bytes) -> list[int]:
    """The status of each answer."""
    return [int(part[:3]) for part in _STATUS_LINE.split(answers)[1:]]


def drip(sock: socket.socket, byte: bytes, seconds: float = 0.02) -> bytes:
    """Send the byte again and again until the server answers; what it then says until it ends the connection."""
    while True:
        sock.settimeout(seconds)
        try:
            first = sock.recv(65536)
        except TimeoutError:
            sock.sendall(byte)
        except ConnectionResetError:
            return b""
        else:
            sock.settimeout(SECONDS)
            return first + rest(sock)


@dataclass
class Served:
    url: str
    server: uvicorn.Server


@contextlib.contextmanager
def serving(app: ASGIApp, bounds: Bounds) -> Iterator[Served]:
    """uvicorn, as Sayso sets it up, with another application, which sees only its requests."""

    async def without_lifespan(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            for step in ("startup", "shutdown"):
                await receive()
                await send({"type": f"lifespan.{step}.complete"})
            return
        await app(scope, receive, send)

    listener = listen("127.0.0.1", 0)
    server = uvicorn.Server(server_config(without_lifespan, bounds))
    thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
    thread.start()
    try:
        yield Served(f"http://127.0.0.1:{listener.getsockname()[1]}", server)
    finally:
        server.should_exit = True
        thread.join()
        listener.close()
