"""A reader of server-sent events on a bare socket, and a model whose words wait for the test."""

import asyncio
import json
import socket
import threading
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx2
from pydantic_ai.messages import ModelMessage, ModelResponse, TextPart
from pydantic_ai.models import Model
from pydantic_ai.models.function import AgentInfo, FunctionModel

from sayso.http.session import COOKIE
from sayso.tools.base import ToolContext


@dataclass
class Gated:
    """A `ModelSource` that says "One ", waits until `open` is called, and says "two."."""

    name: str = "gated"
    words_outcomes: bool = False
    asked: threading.Event = field(default_factory=threading.Event)
    _gate: asyncio.Event | None = None
    _loop: asyncio.AbstractEventLoop | None = None

    def model(self, context: ToolContext) -> Model:
        return FunctionModel(self._answer, stream_function=self._stream)

    async def _wait(self) -> None:
        self._gate, self._loop = asyncio.Event(), asyncio.get_running_loop()
        self.asked.set()
        await self._gate.wait()

    async def _answer(self, messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
        await self._wait()
        return ModelResponse([TextPart("One two.")])

    async def _stream(self, messages: list[ModelMessage], info: AgentInfo) -> AsyncIterator[str]:
        yield "One "
        await self._wait()
        yield "two."

    def open(self) -> None:
        assert self.asked.wait(60)
        assert self._loop is not None
        assert self._gate is not None
        self._loop.call_soon_threadsafe(self._gate.set)


@dataclass(frozen=True)
class Event:
    id: int
    type: str
    data: dict[str, Any]


class Reader:
    """One request whose answer is read as it comes. Iterating gives events; `comments` counts the heartbeats."""

    def __init__(
        self,
        client: httpx2.Client,
        method: str,
        path: str,
        body: Any = None,
        headers: dict[str, str] | None = None,
        seconds: float = 20,
    ) -> None:
        base = client.base_url
        self._socket = socket.create_connection((base.host, base.port), timeout=seconds)
        sent = json.dumps(body).encode() if body is not None else b""
        lines = {"Host": f"{base.host}:{base.port}", "Cookie": f"{COOKIE}={client.cookies[COOKIE]}", **(headers or {})}
        if body is not None:
            lines |= {"Content-Type": "application/json", "Content-Length": str(len(sent))}
        head = f"{method} {path} HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        self._socket.sendall(head.encode() + b"\r\n" + sent)
        self._file = self._socket.makefile("rb")
        begun = self._file.readline()
        if not begun:
            self.hang_up()
            raise ConnectionResetError
        self.status = int(begun.split()[1])
        self.headers = dict(self._header(line) for line in iter(self._file.readline, b"\r\n"))
        self.comments = 0

    @staticmethod
    def _header(line: bytes) -> tuple[str, str]:
        name, _, value = line.decode().partition(":")
        return name.lower(), value.strip()

    def __iter__(self) -> Iterator[Event]:
        fields: dict[str, str] = {}
        for line in self._lines():
            if line.startswith(":"):
                self.comments += 1
            elif line:
                name, _, value = line.partition(": ")
                fields[name] = value
            elif fields:
                told = json.loads(fields["data"])
                assert told["event_type"] == fields["event"]
                assert "timestamp" in told
                yield Event(int(fields["id"]), fields["event"], told["data"])
                fields = {}

    def _lines(self) -> Iterator[str]:
        """The lines of a chunked body (RFC 9112, 7.1)."""
        rest = b""
        while size := int(self._file.readline(), 16):
            rest += self._file.read(size)
            self._file.readline()
            *lines, rest = rest.split(b"\n")
            yield from (line.decode() for line in lines)

    def until(self, event_type: str) -> list[Event]:
        """The events up to the first of that type."""
        events = []
        for event in self:
            events.append(event)
            if event.type == event_type:
                return events
        raise AssertionError(f"the stream ended without {event_type}")

    def hang_up(self) -> None:
        self._file.close()
        self._socket.close()

    def __enter__(self) -> "Reader":
        return self

    def __exit__(self, *_: object) -> None:
        self.hang_up()
