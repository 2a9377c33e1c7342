"""A turn against its floor and against a bare Pydantic AI run: one that proposes a task, by a model that answers at
once, and some by the offline model; each on a thread of its own, silent and streamed.

`python -m bench.turn --against SRC` measures another source tree beside this one, say that of an older commit, and
prints ratios: the servers take turns, so that a busy machine is busy for all.
"""

import argparse
import asyncio
import statistics
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import NamedTuple

from bench import floor, load, scripted
from bench.server import COMMAND, ROOT, SCRIPTED, Floor, Sayso

ROUNDS, TURNS = 20, 20
AT_ONCE = 8
PROPOSE = "Please add a task: call the bank tomorrow"


class Kind(NamedTuple):
    name: str
    message: str
    scripted: bool = False
    path: str = "/chat"
    connections: int = 1


KINDS = (
    Kind("a proposal", PROPOSE, scripted=True),
    Kind("a proposal, streamed", PROPOSE, scripted=True, path="/chat/stream"),
    Kind("a proposal, 8 at once", PROPOSE, scripted=True, connections=AT_ONCE),
    Kind("hello, offline", "hello"),
    Kind("hello, offline, streamed", "hello", path="/chat/stream"),
    Kind("hello, offline, 8 at once", "hello", connections=AT_ONCE),
    Kind("what's on today?, offline", "what's on today?"),
    Kind("remind me…, offline", "remind me to call the bank tomorrow"),
)


@dataclass
class Taken:
    """What turns of one kind took on one server."""

    times: list[float] = field(default_factory=list)
    seconds: float = 0.0
    processor: float = 0.0
    medians: list[float] = field(default_factory=list)
    """Of each round, since what others do on the machine differs from round to round."""

    def __str__(self) -> str:
        told = f"p50 {statistics.median(self.times) * 1000:.2f} ms, {len(self.times) / self.seconds:.0f}/s"
        return told + (f", processor {self.processor / len(self.times) * 1000:.2f} ms" if self.processor else "")


def main(folder: Path, against: Path | None = None) -> None:
    """Print the figures."""
    folder.mkdir()
    trees = {"": ROOT / "src"} | ({"against": against} if against else {})
    for kinds in ([kind for kind in KINDS if kind.scripted], [kind for kind in KINDS if not kind.scripted]):
        _compare(folder, trees, kinds)
    print(f"bare Pydantic AI run that proposes: {asyncio.run(_bare_run()):.2f} ms")


def _compare(folder: Path, trees: dict[str, Path], kinds: list[Kind]) -> None:
    servers: dict[str, Sayso | Floor] = {}
    for name, tree in trees.items():
        data, model = folder / f"{name or 'own'}-{kinds[0].scripted}", {"model": scripted.NAME}
        command, settings = (SCRIPTED, model) if kinds[0].scripted else (COMMAND, {})
        servers[name] = Sayso(data, tree, command, **settings)
    if kinds[0].scripted:
        floor.prepare(folder / "floor.db", [])
        servers["floor"] = Floor(folder / "floor.db")
    numbers = count()
    for kind in kinds:
        taken = {name: Taken() for name, server in servers.items() if kind.path == "/chat" or isinstance(server, Sayso)}
        for number in range(ROUNDS + 1):
            for name, into in taken.items():
                _round(servers[name], kind, numbers, into if number else Taken())  # the first one warms up
        own = taken.pop("")
        print(
            f"turn, {kind.name}: {own}"
            + "".join(f"; {name} {each}, {_ratio(own, each)}" for name, each in taken.items())
        )
    for server in servers.values():
        server.stop()


def _round(server: Sayso | Floor, kind: Kind, numbers: Iterator[int], into: Taken) -> None:
    bodies = [{"user_message": kind.message, "thread_id": f"t{next(numbers)}"} for _ in range(TURNS)]
    before = server.processor_seconds() if isinstance(server, Sayso) else 0.0
    measured = load.post(server.port, kind.path, server.cookie, bodies, kind.connections)
    into.processor += server.processor_seconds() - before if isinstance(server, Sayso) else 0.0
    into.times += measured.times
    into.seconds += measured.seconds
    into.medians.append(statistics.median(measured.times))


def _ratio(own: Taken, other: Taken) -> str:
    told = f"ratio {statistics.median(a / b for a, b in zip(own.medians, other.medians, strict=True)):.2f}"
    return told + (f" (processor {own.processor / other.processor:.2f})" if other.processor else "")


async def _bare_run(times: int = 300) -> float:
    """Milliseconds of a run of Pydantic AI's own agent on the same model, with one tool."""
    from pydantic_ai import Agent, CallDeferred, DeferredToolRequests

    agent = Agent(scripted.Scripted(), output_type=[str, DeferredToolRequests])

    @agent.tool_plain
    async def create_task(title: str, due: str) -> str:
        raise CallDeferred

    await agent.run(PROPOSE)
    began = time.perf_counter()
    for _ in range(times):
        await agent.run(PROPOSE)
    return (time.perf_counter() - began) / times * 1000


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--against", type=Path, metavar="SRC")
    with tempfile.TemporaryDirectory() as temporary:
        other = parser.parse_args().against
        if other is not None and not (other / "sayso").is_dir():
            parser.error(f"{other} is no source tree: name the folder that holds `sayso`")
        main(Path(temporary) / "turn", other)
