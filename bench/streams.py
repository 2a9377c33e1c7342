"""What Sayso adds to a model's first token and to a whole turn; and the memory of an open stream.

The model is a stand-in on loopback that speaks OpenAI's chat API and streams at once, or not before it is told to.
"""

import asyncio
import json
import statistics
import time
from pathlib import Path

from bench.server import Sayso

WORDS = [
    "Once",
    "upon",
    "a",
    "time",
    "there",
    "was",
    "a",
    "lighthouse",
    "keeper",
    "who",
    "kept",
    "the",
    "light",
    "burning",
]
TURNS = 100
OPEN = 1000


class Vendor:
    """The stand-in. While `gate` is closed it answers with a first word only."""

    def __init__(self) -> None:
        self.gate = asyncio.Event()
        self.gate.set()
        self.port = 0

    async def start(self) -> asyncio.Server:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0, limit=2**20, backlog=2048)
        self.port = server.sockets[0].getsockname()[1]
        return server

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                length = next(int(line[15:]) for line in head.lower().split(b"\r\n") if line[:15] == b"content-length:")
                await reader.readexactly(length)
                await self._answer(writer)
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass  # the other side, or the measurement, has ended
        finally:
            writer.close()

    async def _answer(self, writer: asyncio.StreamWriter) -> None:
        head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
        writer.write(head.encode())
        for number, word in enumerate(WORDS):
            _chunk(writer, json.dumps(_delta({"role": "assistant", "content": f"{word} "}, None)))
            if number == 0:
                await writer.drain()
                await self.gate.wait()
        _chunk(writer, json.dumps(_delta({}, "stop")))
        _chunk(writer, "[DONE]")
        writer.write(b"0\r\n\r\n")
        await writer.drain()


def _delta(delta: dict[str, str], finish: str | None) -> dict[str, object]:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "bench", "choices": [choice]}


def _chunk(writer: asyncio.StreamWriter, text: str) -> None:
    data = f"data: {text}\n\n".encode()
    writer.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")


async def _bare(base_url: str) -> tuple[float, float]:
    """Seconds to the first piece of text and to the end, of an agent without tools or a store."""
    from pydantic_ai import Agent
    from pydantic_ai.models.openai import OpenAIChatModel
    from pydantic_ai.providers.openai_compatible import OpenAICompatibleProvider

    model = OpenAIChatModel("bench", provider=OpenAICompatibleProvider("bench", base_url=base_url, api_key="x"))
    agent = Agent(model)
    firsts, wholes = [], []
    async with agent:
        for _ in range(TURNS):
            began, first = time.perf_counter(), 0.0
            async with agent.run_stream("hello") as result:
                async for _text in result.stream_text(delta=True, debounce_by=None):
                    first = first or time.perf_counter() - began
            firsts.append(first)
            wholes.append(time.perf_counter() - began)
    return statistics.median(firsts), statistics.median(wholes)


async def _open(server: Sayso, thread: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    body = json.dumps({"user_message": "hello", "thread_id": thread}).encode()
    head = (
        f"POST /chat/stream HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nContent-Type: application/json\r\n"
        f"Cookie: session_id={server.cookie}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    writer.write(head.encode() + body)
    return reader, writer


async def _ours(server: Sayso) -> tuple[float, float]:
    firsts, wholes = [], []
    for number in range(TURNS):
        began = time.perf_counter()
        reader, writer = await _open(server, f"s{number}")
        await reader.readuntil(b"event: token")
        firsts.append(time.perf_counter() - began)
        await reader.readuntil(b"event: complete")
        wholes.append(time.perf_counter() - began)
        writer.close()
    return statistics.median(firsts), statistics.median(wholes)


async def _memory(server: Sayso, vendor: Vendor) -> None:
    before = server.resident_kib()
    vendor.gate.clear()
    opened = []
    for number in range(OPEN):
        opened.append(await _open(server, f"m{number}"))
        await opened[-1][0].readuntil(b"event: token")
    print(f"memory of {OPEN} open streams, each with a turn: {(server.resident_kib() - before) / OPEN:.0f} KiB each")
    vendor.gate.set()
    for reader, writer in opened:
        await reader.readuntil(b"event: complete")
        writer.close()


async def measure(folder: Path) -> None:
    """Print the figures."""
    vendor = Vendor()
    listener = await vendor.start()
    base_url = f"http://127.0.0.1:{vendor.port}/v1"
    server = await asyncio.to_thread(Sayso, folder / "streams", model="bench", model_base_url=base_url)
    await _ours(server)
    first, whole = await _ours(server)
    bare_first, bare_whole = await _bare(base_url)
    print(f"first token: {first * 1000:.1f} ms; bare agent {bare_first * 1000:.1f} ms")
    print(f"streamed turn: {whole * 1000:.1f} ms; bare agent {bare_whole * 1000:.1f} ms")
    await _memory(server, vendor)
    server.stop()
    listener.close()


def main(folder: Path) -> None:
    asyncio.run(measure(folder))
