"""The connection: uvicorn's HTTP/1.1, with the bounds that it lacks, and its errors as those of every other place.

A request that cannot be read, or takes too long, is handed to the application as a scope with `REFUSED`, in its turn
behind those that came before it on the connection, which ends with the answer.
"""

import asyncio
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

import httptools
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from sayso.base.errors import HeadersTooLarge, InvalidRequest, RequestTimeout, SaysoError, TargetTooLong, TooLarge
from sayso.http.connections import Bounds, Connections

REFUSED = "sayso.refused"


class _Transport:
    """The transport as uvicorn sees it, with another way to close it."""

    def __init__(self, transport: asyncio.Transport, close: Callable[[], None], is_closing: Callable[[], bool]) -> None:
        self._transport = transport
        self.close = close
        self.is_closing = is_closing

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)


class BoundedProtocol(HttpToolsProtocol):
    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
        *,
        bounds: Bounds,
        connections: Connections,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._bounds = bounds
        self._connections = connections
        self._tcp: asyncio.Transport
        self._begun = False  # the head of a request
        self._fed = 0  # bytes since the last request was complete, or its head was
        self._arriving: RequestResponseCycle | None = None  # whose body is not complete
        self._answering: RequestResponseCycle | None = None
        self._refusal: SaysoError | None = None  # after which nothing is read
        self._closing = False
        self._owed: object = None  # what the client has to send until the deadline
        self._deadline: asyncio.TimerHandle | None = None
        self._reader_deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self._tcp = transport
        super().connection_made(cast(asyncio.Transport, _Transport(transport, self._close, lambda: self._closing)))
        error = self._connections.enter(self, self.client[0] if self.client else "")
        if error is not None:
            self._refuse(error)
        self._look()

    def connection_lost(self, exc: Exception | None) -> None:
        self._closing = True
        self._connections.leave(self)
        for timer in (self._deadline, self._reader_deadline):
            if timer is not None:
                timer.cancel()
        self._unset_keepalive_if_required()
        for cycle in (self._answering, *(cycle for cycle, _ in self.pipeline)):  # uvicorn tells only the newest
            if cycle is not None:
                cycle.disconnected = True
                cycle.message_event.set()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._unset_keepalive_if_required()
        self._fed += len(data)
        if self._refusal is not None or self._closing:
            if self._fed > self._bounds.body_bytes:
                self._tcp.abort()
            return
        try:
            self.parser.feed_data(data)
            self._check_size()
        except httptools.HttpParserUpgrade as offer:
            self._decline(data[offer.args[0] :])
        except SaysoError as error:
            self._refuse(error)
        except httptools.HttpParserError as error:
            ours = error.__context__
            self._refuse(
                ours if isinstance(ours, SaysoError) else InvalidRequest("The request is not well-formed HTTP/1.1.")
            )
        self._look()

    def _decline(self, data: bytes) -> None:
        """RFC 9110, 7.8: who does not speak the protocol that was offered answers as if it had not been. The parser
        takes what follows for that protocol, so another reads the body, and nothing behind it."""
        self.cycle.keep_alive = False
        self.parser = httptools.HttpRequestParser(
            SimpleNamespace(on_body=self.on_body, on_message_complete=self.on_message_complete)
        )
        framing = [header for header in self.headers if header[0] in (b"content-length", b"transfer-encoding")]
        head = b"".join(b"%s: %s\r\n" % header for header in framing)
        self.parser.feed_data(b"POST / HTTP/1.1\r\n" + head + b"\r\n")
        self.data_received(data)

    def _check_size(self) -> None:
        """Of what is incomplete; the rest has been measured when it was complete."""
        if self._arriving is not None:
            if self._fed > self._bounds.body_bytes:
                raise TooLarge
        elif self._fed > self._bounds.head_bytes:
            raise HeadersTooLarge

    def on_message_begin(self) -> None:
        self._begun = True
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        super().on_url(url)
        if len(self.url) > self._bounds.target_bytes:
            raise TargetTooLong

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._arriving is not None:
            return  # a trailer (RFC 9110, 6.5): nobody here wants one
        super().on_header(name, value)
        if len(self.headers) > self._bounds.headers:
            raise HeadersTooLarge

    def on_headers_complete(self) -> None:
        size = len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)
        if size > self._bounds.head_bytes:
            raise HeadersTooLarge
        if self.parser.get_http_version() not in ("1.0", "1.1"):
            raise InvalidRequest("Only HTTP/1.1 and HTTP/1.0 are understood here.")
        hosts = sum(name == b"host" for name, _ in self.headers)
        if hosts > 1 or (not hosts and self.parser.get_http_version() == "1.1"):
            raise InvalidRequest("A request of HTTP/1.1 has one Host header.")  # RFC 9112, 3.2
        if len(self.pipeline) >= self._bounds.pipelined:
            raise InvalidRequest("Too many requests were sent before the first of them was answered.")
        self._take_host()
        super().on_headers_complete()
        self._begun, self._fed, self._arriving = False, 0, self.cycle

    def _take_host(self) -> None:
        """RFC 9112, 3.2.2: a host in the target counts, and not the Host header beside it."""
        if self.url.startswith((b"/", b"*")):
            return
        target = httptools.parse_url(self.url)
        if target.host:
            host = b"[%s]" % target.host if b":" in target.host else target.host
            named = b"%s:%d" % (host, target.port) if target.port else host
            self.headers[:] = [(b"host", named), *(header for header in self.headers if header[0] != b"host")]

    def on_message_complete(self) -> None:
        if self.parser.should_upgrade():
            return  # so says the parser, before the body
        super().on_message_complete()
        self._fed, self._arriving = 0, None

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self.pipeline:
            self.flow.pause_reading()  # until what was read has been answered
        self._look()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._watch_reader()

    def resume_writing(self) -> None:
        super().resume_writing()
        if self._reader_deadline is not None and not self._closing:
            self._reader_deadline.cancel()

    def shutdown(self) -> None:
        super().shutdown()
        if self._closing:
            self._tcp.abort()

    def drop(self) -> None:
        """End the connection at once."""
        self._tcp.abort()

    def _look(self) -> None:
        """Set the deadline for what the client owes now, and say whether anything is done for it."""
        answering = self._answering is not None and not self._answering.response_complete
        self._connections.idle(self, self._closing or not (answering or self._arriving))
        owed: object
        if self._closing or self._refusal is not None:
            owed, seconds = None, 0.0
        elif self._arriving is not None:
            owed, seconds = self._arriving, self._bounds.body_seconds
        elif not answering and (self.cycle is None or self._begun or self._fed):
            owed, seconds = "head", self._bounds.head_seconds
            self._unset_keepalive_if_required()
        else:
            owed, seconds = None, 0.0
        if owed is self._owed:
            return
        self._owed = owed
        if self._deadline is not None:
            self._deadline.cancel()
        self._deadline = None if owed is None else self.loop.call_later(seconds, self._late)

    def _late(self) -> None:
        if self._begun or self._fed or self._arriving is not None:
            self._refuse(RequestTimeout())
            self._look()
        else:
            self._close()  # it has said nothing, as browsers' spare connections do

    def _refuse(self, error: SaysoError) -> None:
        """Answer what is being read with this error, in its turn, and end the connection."""
        self._refusal = error
        if self._arriving is not None:  # the application has it, and learns of this when it reads on
            self._arriving.keep_alive = False
            self._arriving.message_event.set()
            return
        self.parser = httptools.HttpRequestParser(self)  # the other one can be in any state
        self.on_message_begin()
        self.url = b"/"
        super().on_headers_complete()
        cast(Scope, self.scope).update({REFUSED: error, "method": "-", "path": "-", "http_version": "1.1"})
        self.cycle.keep_alive = False
        self._arriving = self.cycle

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        self._answering = cycle

        async def in_bounds(scope: Scope, receive: Receive, send: Send) -> None:
            async def receive_all() -> Message:
                message = await receive()
                if self._refusal is not None and cycle is self._arriving and not cycle.response_started:
                    raise self._refusal
                return message

            async def send_on(message: Message) -> None:
                if cycle is self._arriving:
                    cycle.keep_alive = False  # what it still sends is not the next request
                await send(message)
                if cycle.disconnected:
                    await asyncio.sleep(0)  # for a stream that waits for nothing else to learn that it is over

            await cast(ASGIApp, app)(scope, receive_all, send_on)

        super()._start_asgi_task(cycle, in_bounds)  # type: ignore[arg-type]

    def _close(self) -> None:
        """End the connection when what was sent has been taken; RFC 9112, 9.6: one that still sends would lose the
        answer if its bytes met a closed socket."""
        if self._closing:
            return
        self._closing = True
        self._look()
        if self._arriving is not None:
            self._tcp.write_eof()
            self.flow.resume_reading()
            self._deadline = self.loop.call_later(self._bounds.linger_seconds, self._tcp.abort)
        else:
            self._tcp.close()
            self._watch_reader()

    def _watch_reader(self) -> None:
        """Give up a client that does not take what it is sent: until then it is kept in memory."""
        if self._reader_deadline is not None:
            self._reader_deadline.cancel()
        waiting = self._tcp.get_write_buffer_size()
        self._reader_deadline = self.loop.call_later(self._bounds.reader_seconds, self._check_reader, waiting)

    def _check_reader(self, before: int) -> None:
        if before - self._tcp.get_write_buffer_size() < self._bounds.reader_bytes:
            self._tcp.abort()
        else:
            self._watch_reader()
