"""What Sayso adds to a model's first token and to a whole turn; and the memory of an open stream.

The model is a stand-in on loopback that streams at once, or not before it is told to. The same is asked of a bare
Pydantic AI agent, and of one that has Sayso's instructions and tools: what the latter takes, any assistant with these
tools would. All three take turns, so that a busy machine is busy for all.
"""

import asyncio
import json
import statistics
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from tests.kit.vendor import Vendor

from bench.server import Sayso

TURNS = 100
OPEN = 1000
AT_ONCE = 8  # streams that are being opened

Times = tuple[float, float]
"""Seconds to the first piece of text and to the end."""


async def _bare(agent: Any, model: Any) -> Times:
    began, first = time.perf_counter(), 0.0
    async with agent.run_stream("hello", model=model) as result:
        async for _text in result.stream_text(delta=True, debounce_by=None):
            first = first or time.perf_counter() - began
    return first, time.perf_counter() - began


def _agents() -> tuple[Any, Any]:
    """One that has nothing, and one with Sayso's instructions and tools."""
    from pydantic_ai import Agent, Tool

    from sayso.agent.offered import definitions
    from sayso.agent.prompt import ROLE
    from sayso.tools.registry import toolbox

    async def nothing(**_: Any) -> None:
        return None

    tools = [
        Tool.from_schema(nothing, each.name, each.description, each.parameters_json_schema)
        for each in definitions(toolbox()).values()
    ]
    return Agent(), Agent(instructions=ROLE, tools=tools)


async def _open(server: Sayso, thread: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    body = json.dumps({"user_message": "hello", "thread_id": thread}).encode()
    head = (
        f"POST /chat/stream HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nContent-Type: application/json\r\n"
        f"Cookie: session_id={server.cookie}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    writer.write(head.encode() + body)
    return reader, writer


async def _ours(server: Sayso, thread: str) -> Times:
    began = time.perf_counter()
    reader, writer = await _open(server, thread)
    await reader.readuntil(b"event: token")
    first = time.perf_counter() - began
    await reader.readuntil(b"event: complete")
    whole = time.perf_counter() - began
    writer.close()
    return first, whole


async def _times(server: Sayso, url: str) -> None:
    from pydantic_ai.models.openai import OpenAIChatModel
    from pydantic_ai.providers.openai_compatible import OpenAICompatibleProvider

    nothing, equipped = _agents()
    async with OpenAIChatModel("kit", provider=OpenAICompatibleProvider("kit", base_url=url, api_key="x")) as model:
        ways: dict[str, Callable[[int], Awaitable[Times]]] = {
            "Sayso": lambda number: _ours(server, f"s{number}"),
            "bare agent": lambda number: _bare(nothing, model),
            "bare agent with the same tools": lambda number: _bare(equipped, model),
        }
        taken: dict[str, list[Times]] = {name: [] for name in ways}
        for number in range(2 * TURNS):
            for name, way in ways.items():
                taken[name].append(await way(number))
    for what, part in (("first token", 0), ("streamed turn", 1)):
        mine, *others = [
            (name, statistics.median(times[part] for times in all_times[TURNS:]) * 1000)
            for name, all_times in taken.items()
        ]
        told = "; ".join(f"{name} {ms:.1f} ms, ratio {mine[1] / ms:.2f}" for name, ms in others)
        print(f"{what}: {mine[1]:.1f} ms; {told}")


async def _memory(server: Sayso, vendor: Vendor) -> None:
    before = server.resident_kib()
    vendor.gate.clear()
    opened: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []
    numbers = iter(range(OPEN))

    async def opener() -> None:
        for number in numbers:
            reader, writer = await _open(server, f"m{number}")
            await reader.readuntil(b"event: token")
            opened.append((reader, writer))

    await asyncio.gather(*(opener() for _ in range(AT_ONCE)))
    print(f"memory of {OPEN} open streams, each with a turn: {(server.resident_kib() - before) / OPEN:.0f} KiB each")
    vendor.gate.set()
    for reader, writer in opened:
        await reader.readuntil(b"event: complete")
        writer.close()


async def measure(folder: Path) -> None:
    """Print the figures."""
    vendor = Vendor()
    listener = await vendor.start()
    server = await asyncio.to_thread(
        Sayso, folder / "streams", model="kit", model_base_url=vendor.url, turn_seconds="3600"
    )
    await _times(server, vendor.url)
    await _memory(server, vendor)
    server.stop()
    listener.close()


def main(folder: Path) -> None:
    asyncio.run(measure(folder))
