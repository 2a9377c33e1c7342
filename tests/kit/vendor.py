"""A stand-in for a language model's server on loopback. It speaks OpenAI's chat API as a stream, of words only."""

import asyncio
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager

STORY = "Once upon a time there was a lighthouse keeper who kept the light burning"
WORDS = STORY.split()
ALIVE_SECONDS = 20.0  # between comments while it is held, so that nobody takes the line for dead


class Vendor:
    """While `gate` is closed it answers with a first word only. It lives in the event loop that starts it."""

    def __init__(self) -> None:
        self.gate = asyncio.Event()
        self.gate.set()
        self.port = 0
        self.peers: list[int] = []
        """The port at the other end of each connection, in order."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    async def start(self) -> asyncio.Server:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0, limit=2**20, backlog=2048)
        self.port = server.sockets[0].getsockname()[1]
        return server

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.peers.append(writer.get_extra_info("peername")[1])
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                length = next(int(line[15:]) for line in head.lower().split(b"\r\n") if line[:15] == b"content-length:")
                await reader.readexactly(length)
                await self._answer(writer)
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass  # the other side, or the test, has ended
        finally:
            writer.close()

    async def _answer(self, writer: asyncio.StreamWriter) -> None:
        head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
        writer.write(head.encode())
        _event(writer, {"role": "assistant", "content": f"{WORDS[0]} "})
        await self._held(writer)
        for word in WORDS[1:]:
            _event(writer, {"content": f"{word} "})
        _event(writer, {}, "stop")
        _chunk(writer, "data: [DONE]\n\n")
        writer.write(b"0\r\n\r\n")
        await writer.drain()

    async def _held(self, writer: asyncio.StreamWriter) -> None:
        while not self.gate.is_set():
            await writer.drain()
            try:
                async with asyncio.timeout(ALIVE_SECONDS):
                    await self.gate.wait()
            except TimeoutError:
                _chunk(writer, ": still thinking\n\n")


def _event(writer: asyncio.StreamWriter, delta: dict[str, str], finish: str | None = None) -> None:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    told = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "kit", "choices": [choice]}
    _chunk(writer, f"data: {json.dumps(told)}\n\n")


def _chunk(writer: asyncio.StreamWriter, text: str) -> None:
    data = text.encode()
    writer.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")


class Held:
    """A vendor in a thread of its own, for tests that are not asynchronous."""

    def __init__(self, loop: asyncio.AbstractEventLoop, vendor: Vendor) -> None:
        self._loop = loop
        self._vendor = vendor
        self.url = vendor.url
        self.peers = vendor.peers

    def hold(self) -> None:
        """From now on answers stop after their first word."""
        self._loop.call_soon_threadsafe(self._vendor.gate.clear)

    def go_on(self) -> None:
        self._loop.call_soon_threadsafe(self._vendor.gate.set)


@contextmanager
def vendor_in_thread() -> Iterator[Held]:
    loop, vendor = asyncio.new_event_loop(), Vendor()
    listener = loop.run_until_complete(vendor.start())
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield Held(loop, vendor)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        listener.close()
        loop.run_until_complete(_end())
        loop.close()


async def _end() -> None:
    """Hang up on everybody."""
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
