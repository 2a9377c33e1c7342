"""What goes wrong on the way to Google, at Google, and on the way back."""

import asyncio
import re
import threading
from dataclasses import dataclass, field
from typing import Literal

Do = Literal["cut_before", "cut_after", "cut_within", "hold", "status"]


class Hold:
    """Keeps a request waiting until the test says so."""

    def __init__(self) -> None:
        self.reached = threading.Event()
        """Set once a request is held."""
        self._released = threading.Event()
        self._waiting: list[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = []
        self._lock = threading.Lock()

    def release(self) -> None:
        with self._lock:
            self._released.set()
            for loop, event in self._waiting:
                loop.call_soon_threadsafe(event.set)
            self._waiting.clear()

    async def wait(self) -> None:
        event = asyncio.Event()
        with self._lock:
            if self._released.is_set():
                event.set()
            else:
                self._waiting.append((asyncio.get_running_loop(), event))
        self.reached.set()
        await event.wait()


@dataclass
class Fault:
    """Hurts the next requests that match.

    `match`: how "METHOD /path?query" (unescaped) begins, or a pattern that is in it.
    `do`: cut_before: no effect, the line is cut; cut_after: the effect, the line is cut; cut_within: the effect, the
    line is cut amid the answer; hold: see `hold`; status: an error is told.
    `effect`: with status and hold: it happens (before) all the same.
    """

    match: "str | re.Pattern[str]"
    do: Do
    status: int = 503
    reason: str = "backendError"
    message: str = "Backend Error"
    retry_after: str | int | None = None
    """Seconds, or a date as HTTP has it."""
    domain: str = "global"
    effect: bool = False
    hold: Hold = field(default_factory=Hold)
    then: Literal["answer", "cut"] = "answer"
    """After the hold. What then happens does so though the client has gone."""
    skip: int = 0
    """So many requests that match come through first."""
    times: int = 1

    def meets(self, line: str) -> bool:
        return line.startswith(self.match) if isinstance(self.match, str) else bool(self.match.search(line))


class Cut(Exception):
    """The line breaks here. `sent`: status, headers and content of which half gets out, if any."""

    def __init__(self, sent: tuple[int, dict[str, str], bytes] | None = None) -> None:
        super().__init__()
        self.sent = sent


def taken(faults: list[Fault], line: str) -> Fault | None:
    """The first fault that meets this request; it is used up by it."""
    for fault in faults:
        if not fault.meets(line):
            continue
        if fault.skip:
            fault.skip -= 1
            continue
        fault.times -= 1
        if not fault.times:
            faults.remove(fault)
        return fault
    return None
