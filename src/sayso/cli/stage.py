"""What the demo's story is played on: a server of its own, and a screen that shows every request and answer."""

import json
import os
import queue
import re
import subprocess
import threading
import time
from pathlib import Path

from rich.console import Console
from rich.highlighter import JSONHighlighter
from rich.text import Text

from sayso.cli import present
from sayso.cli.client import Answer, Api, Json, Unreachable, origin
from sayso.cli.signin import LINK, SAYSO

TIMEZONE = "America/New_York"
START_SECONDS = 60.0
_SECRET = re.compile(r"(token=[\w-]{6})[\w-]+")


class DemoFailed(Exception):
    """Something was not as it should be: what was claimed, and what was there instead."""


class Server:
    """`sayso serve` as a process of its own on a fresh data directory, with none of the caller's own settings."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        self._port = 0
        self._process: subprocess.Popen[str] | None = None
        self._lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._output: list[str] = []

    def start(self, clock: str) -> str:
        """Start (again, on the same port) and return the one-time sign-in link that it prints. Raises DemoFailed."""
        self.command = ["serve", "--port", str(self._port), "--data-dir", str(self.data_dir), "--clock", clock]
        self._lines, self._output = queue.SimpleQueue(), []
        self._process = subprocess.Popen(
            [*SAYSO, *self.command],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, encoding="utf-8", errors="replace", env=_environment(),
        )  # fmt: skip
        threading.Thread(target=self._listen, args=(self._process, self._lines), daemon=True).start()
        link = self._await_link(time.monotonic() + START_SECONDS)
        self._port = int(origin(link).rpartition(":")[2])
        self._await_health(origin(link), time.monotonic() + START_SECONDS)
        return link

    def kill(self) -> None:
        """End it at once, as a power cut would (SIGKILL)."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def stop(self) -> None:
        """End it, politely first."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                self.kill()

    def _listen(self, process: subprocess.Popen[str], lines: "queue.SimpleQueue[str | None]") -> None:
        with process, process.stdout or open(os.devnull) as output:  # read on to its end: a full pipe would block it
            for line in output:
                lines.put(line)
        lines.put(None)

    def _await_link(self, deadline: float) -> str:
        while True:
            try:
                line = self._lines.get(timeout=max(0.01, deadline - time.monotonic()))
            except queue.Empty:
                line = None
            if line is None:
                raise DemoFailed(f"The server printed no sign-in link. It said:\n{present.safe(''.join(self._output))}")
            self._output.append(line)
            if found := LINK.search(line):
                return found.group()

    def _await_health(self, url: str, deadline: float) -> None:
        api = Api(url)
        while time.monotonic() < deadline:
            try:
                if api.call("GET", "/health").ok:
                    api.close()
                    return
            except Unreachable:
                time.sleep(0.05)
        raise DemoFailed(f"The server at {url} does not become healthy.")


def _environment() -> dict[str, str]:
    own = {key: value for key, value in os.environ.items() if not key.startswith("SAYSO_")}
    return own | {
        "TZ": TIMEZONE,
        "SAYSO_TIMEZONE": TIMEZONE,
        "SAYSO_RATE_LIMIT": "1000",  # the story is told faster than a person talks
        "SAYSO_HOLD_SECONDS": "0",
        "PYTHONUNBUFFERED": "1",
        "PYTHONIOENCODING": "utf-8",
    }


class Stage:
    """Shows each request with its answer, and checks what is claimed of it."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._json = JSONHighlighter()
        self.scenes = self.requests = self.checks = 0

    def scene(self, title: str, told: str = "") -> None:
        self.scenes += 1
        self._console.print()
        self._console.rule(Text(f" {self.scenes}  {title} ", "bold"), align="left", style="cyan")
        if told:
            self._console.print(Text(told, "dim"))

    def send(self, api: Api, method: str, path: str, body: Json | None = None, show: tuple[str, ...] = ()) -> Answer:
        """Send a request and show it with its answer: all of the body, or only these fields (`plan.status`)."""
        answer = api.call(method, path, body)
        self.requests += 1
        line = Text.assemble(("▶ ", "cyan"), (method, "bold cyan"), " ", (path, "bold"))
        status = f"{answer.status} · {answer.seconds * 1000:.0f} ms"
        line.pad_right(max(1, self._console.width - line.cell_len - len(status)))
        self._console.print()
        self._console.print(line.append(status, "green" if answer.ok else "yellow"))
        if body is not None:
            self._show(body, "  ")
        self._show(picked(answer.body, show) if show and answer.ok else answer.body, "  ◀ ")
        return answer

    def note(self, text: str) -> None:
        self._console.print(Text("\n" + _SECRET.sub(r"\1…", present.safe(text)), "dim"))

    def check(self, claim: str, truth: object, seen: object = None) -> None:
        """Print the claim as kept, or raise DemoFailed with what was seen instead."""
        if not truth:
            raise DemoFailed(f"Not so: {claim}" + (f"\nInstead: {_dumped(seen)}" if seen is not None else ""))
        self.checks += 1
        self._console.print(Text.assemble("  ", ("✓ ", "bold green"), (claim, "green")))

    def equal(self, claim: str, seen: object, expected: object) -> None:
        if seen != expected:
            raise DemoFailed(f"Not so: {claim}\nExpected: {_dumped(expected)}\nSeen:     {_dumped(seen)}")
        self.check(claim, True)

    def _show(self, body: Json, lead: str) -> None:
        room = self._console.width - len(lead)
        for line in pretty(body, room).splitlines():
            text = line.lstrip()
            indent = len(line) - len(text)
            narrow = 2 if len(text) > room - indent else 0  # what goes on below is set in
            shown = self._json(Text(present.safe(text)))
            for part in shown.wrap(self._console, room - indent - narrow, overflow="fold"):
                part.rstrip()
                self._console.print(Text.assemble((lead, "cyan"), " " * indent, part))
                lead, indent = " " * len(lead), len(line) - len(text) + narrow


def picked(body: Json, fields: tuple[str, ...]) -> Json:
    """The named fields of a body (`plan.status`, `results.*.receipt`); what is left out is counted, not hidden."""
    left = len(body.keys() - {field.partition(".")[0] for field in fields})
    shown = {field.replace(".*", ""): _at(body, field.split(".")) for field in fields}
    return shown | ({"…": f"{left} more field{'s' * (left > 1)}"} if left else {})


def pretty(value: object, width: int, indent: int = 0) -> str:
    """JSON in which whatever fits on a line stays on one."""
    flat = _dumped(value)
    if len(flat) + indent <= width or not value or not isinstance(value, dict | list):
        return flat
    inner = indent + 2
    if isinstance(value, dict):
        items = [f"{_dumped(key)}: {pretty(item, width - len(str(key)) - 5, inner)}" for key, item in value.items()]
    else:
        items = [pretty(item, width - 1, inner) for item in value]
    ends = "{}" if isinstance(value, dict) else "[]"
    return ends[0] + "".join(f"\n{' ' * inner}{item}," for item in items)[:-1] + f"\n{' ' * indent}{ends[1]}"


def _at(value: object, path: list[str]) -> object:
    if not path or value is None:
        return value
    step, rest = path[0], path[1:]
    if isinstance(value, list):
        return [_at(item, rest) for item in value]
    if isinstance(value, dict):
        return [_at(item, rest) for item in value.values()] if step == "*" else _at(value.get(step), rest)
    return None


def _dumped(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)
