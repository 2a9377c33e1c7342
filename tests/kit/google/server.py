"""The fake on a real socket: a line that is to be cut is cut."""

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import format_datetime
from typing import Any

import uvicorn
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send
from tests.kit.google.contract import Asked
from tests.kit.google.fake import Google
from tests.kit.google.faults import Cut
from uvicorn.protocols.http.h11_impl import H11Protocol

from sayso.base.clock import Clock, FixedClock, parse_instant
from sayso.cli.serve import listen, url_of

NOW = "2026-03-02T09:00-05:00"


class Line(H11Protocol):
    """Tells each request which connection it came over."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        # A listener that does not name its protocol has no such connections from asyncio: each answer waits 40 ms.
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.app_state = {**self.app_state, "line": transport}


class Server(uvicorn.Server):
    """Stops at once where uvicorn looks ten times a second whether it should, and waits for what is running."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()

    def run(self, sockets: list[socket.socket] | None = None) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self.serve(sockets))

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)

    async def main_loop(self) -> None:
        await self._stop.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for server in self.servers:
            server.close()
        await asyncio.gather(*self.server_state.tasks)
        for line in list(self.server_state.connections):
            line.shutdown()
        for server in self.servers:
            await server.wait_closed()


class App:
    """The ASGI application of one fake."""

    def __init__(self, fake: Google) -> None:
        self._fake = fake

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        headers = {name.lower(): value for name, value in request.headers.items()}
        path, query = scope["raw_path"].decode(), scope["query_string"].decode()
        asked = Asked(scope["method"], path, query, headers, await request.body())
        try:
            status, told, content = await self._fake.serve(asked)
            told = {"Date": format_datetime(self._fake.now(), usegmt=True), **told}
        except Cut as cut:
            if cut.sent:
                await _half(cut.sent, send)
            line: asyncio.Transport = scope["state"]["line"]
            line.close() if cut.sent else line.abort()
            while (await receive())["type"] != "http.disconnect":
                pass
            return
        await Response(content, status, told)(scope, receive, send)


async def _half(sent: tuple[int, dict[str, str], bytes], send: Send) -> None:
    """Promises the whole length and gives half of it."""
    status, headers, content = sent
    told = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    told.append((b"content-length", str(len(content)).encode()))
    start: Message = {"type": "http.response.start", "status": status, "headers": told}
    await send(start)
    await send({"type": "http.response.body", "body": content[: len(content) // 2], "more_body": True})


@contextmanager
def google(clock: Clock | None = None, **options: Any) -> Iterator[Google]:
    """Google on a free port of loopback, in a thread with a loop of its own.

    The clock stands at `NOW` if none is given. `options`: more of uvicorn's.
    """
    fake = Google(clock or FixedClock(parse_instant(NOW)))
    listener = listen("127.0.0.1", 0)
    fake.url = url_of(listener, "127.0.0.1")
    quiet: dict[str, Any] = {"log_config": None, "date_header": False, "server_header": False}
    config = uvicorn.Config(App(fake), http=Line, ws="none", lifespan="off", **quiet, **options)
    server = Server(config)
    thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
    thread.start()
    try:
        yield fake
    finally:
        for fault in fake.used:
            fault.hold.release()
        server.stop()
        thread.join()
        listener.close()
