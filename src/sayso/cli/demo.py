"""`sayso demo`: the whole story in the terminal, over HTTP, against a server that it starts and stops itself."""

import contextlib
import signal
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Never

import typer
from rich.text import Text

from sayso.cli import present
from sayso.cli.client import Api, SignInFailed, Unreachable
from sayso.cli.stage import DemoFailed, Server, Stage
from sayso.cli.story import SCENES, Story

CLOCK = "2026-03-02T09:00:00-05:00"


def demo() -> None:
    """Play the whole story against a server of its own, checking every claim; exit non-zero if one fails."""
    console = present.terminal()
    stage, started = Stage(console), time.monotonic()
    console.print(Text("Sayso, from the outside: every request below is plain HTTP, every ✓ was checked.", "bold"))
    try:
        with _ended_by_signals(), tempfile.TemporaryDirectory(prefix="sayso-demo-") as folder:
            _play(stage, Path(folder))
    except (DemoFailed, Unreachable, SignInFailed) as error:
        console.print(Text(f"\n✗ {error}", "bold red"))
        console.print(Text(f"The demo stopped in scene {stage.scenes}; {stage.checks} claims held before.", "red"))
        raise typer.Exit(1) from error
    except KeyboardInterrupt:
        raise typer.Exit(130) from None
    seconds = time.monotonic() - started
    console.print()
    console.rule(style="green")
    done = f"{stage.scenes} scenes, {stage.requests} requests, {stage.checks} claims, all true. {seconds:.0f} s."
    console.print(Text.assemble(("✓ ", "bold green"), (done, "bold")))
    console.print(Text("Try it yourself: `sayso serve` in one terminal, `sayso chat` or a browser in another."))


def _play(stage: Stage, folder: Path) -> None:
    server = Server(folder)
    try:
        link = server.start(CLOCK)
        with contextlib.closing(Api(link.partition("/auth/")[0])) as api:
            story = Story(stage, server, api, link)
            for scene in SCENES:
                scene(story)
    finally:
        server.stop()


@contextlib.contextmanager
def _ended_by_signals() -> Iterator[None]:
    """Let a SIGTERM unwind as Ctrl-C does, so that the server is stopped then, too."""

    def interrupt(number: int, frame: FrameType | None) -> Never:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
