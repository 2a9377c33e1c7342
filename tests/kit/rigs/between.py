"""An HTTP server of the test's own: it passes requests on to a rig, or answers them itself, and loses some."""

import http.client
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Literal
from urllib.parse import urlsplit

METHODS = ("GET", "PUT", "DELETE", "POST", "OPTIONS", "PROPFIND", "REPORT", "MOVE", "MKCALENDAR")


@dataclass(frozen=True, slots=True)
class Asked:
    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


Fault = Reply | Literal["cut before", "cut after", "fail after"]
"""An answer instead of the rig's; or the line is cut before the rig has the request, or after; or the rig does it, and
the answer is an error."""


@dataclass
class Between:
    """`upstream`: the rig behind it, or nothing. `faults`: by method, what happens to the next of its requests."""

    url: str
    upstream: str
    script: Callable[[Asked], Reply | None]
    asked: list[Asked] = field(default_factory=list)
    faults: dict[str, list[Fault]] = field(default_factory=dict)

    def fault(self, method: str, *faults: Fault) -> None:
        self.faults.setdefault(method, []).extend(faults)

    def count(self, method: str) -> int:
        return sum(each.method == method for each in self.asked)


@contextmanager
def between(
    upstream: str = "",
    script: Callable[[Asked], Reply | None] = lambda asked: None,
    tls: ssl.SSLContext | None = None,
) -> Iterator[Between]:
    """`script`: what it answers itself; None: the rig is asked."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    url = f"http{'s' if tls else ''}://127.0.0.1:{server.server_port}/"
    server.between = Between(url, upstream, script)  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server.between  # type: ignore[attr-defined]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 20
    wbufsize = -1
    disable_nagle_algorithm = True

    def log_message(self, format: str, *args: object) -> None:
        pass

    def answer(self) -> None:
        server: Between = self.server.between  # type: ignore[attr-defined]
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        asked = Asked(self.command, self.path, dict(self.headers.items()), body)
        server.asked.append(asked)
        faults = server.faults.get(self.command) or []
        fault = faults.pop(0) if faults else None
        if fault == "cut before":
            self.close_connection = True
            return
        reply = fault if isinstance(fault, Reply) else server.script(asked) or _passed_on(server.upstream, asked)
        if fault == "cut after":
            self.close_connection = True
            return
        self._write(Reply(502, b"lost") if fault == "fail after" else reply)

    def _write(self, reply: Reply) -> None:
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        try:
            self.wfile.write(reply.body)
            self.wfile.flush()
        except OSError:  # who asked has had enough
            self.close_connection = True


for _method in METHODS:
    setattr(_Handler, f"do_{_method}", _Handler.answer)


def _passed_on(upstream: str, asked: Asked) -> Reply:
    parts = urlsplit(upstream)
    assert parts.hostname, f"nobody answers {asked.method} {asked.path}"
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=20)
    try:
        connection.request(asked.method, asked.path, asked.body, {**asked.headers, "Connection": "close"})
        response = connection.getresponse()
        kept = {name: value for name, value in response.getheaders() if name.lower() in _KEPT}
        return Reply(response.status, response.read(), kept)
    finally:
        connection.close()


_KEPT = frozenset({"content-type", "dav", "etag", "location", "schedule-tag", "www-authenticate"})
