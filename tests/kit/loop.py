"""An event loop in which time costs nothing: when all wait, the clock jumps to what comes next.

Time-outs, leases, retries and sweeps of minutes pass in an instant, in the same order every time. Nothing in it
waits for another thread.
"""

import asyncio
import selectors
from collections.abc import Callable
from concurrent.futures import Executor
from datetime import datetime, timedelta
from typing import Any, TypeVar, TypeVarTuple

Arguments = TypeVarTuple("Arguments")
Result = TypeVar("Result")


class Stuck(Exception):
    """Everything waits for something that will never come."""


class _Jump(selectors.SelectSelector):
    """Instead of waiting for a while, moves its loop's time on by that while."""

    loop: "VirtualLoop"

    def select(self, timeout: float | None = None) -> list[Any]:
        if timeout is None:
            raise Stuck
        self.loop.elapsed += timeout
        return []


class VirtualLoop(asyncio.SelectorEventLoop):
    """`elapsed`: the seconds that have passed in it."""

    def __init__(self) -> None:
        self.elapsed = 0.0
        selector = _Jump()
        super().__init__(selector)
        selector.loop = self

    def time(self) -> float:
        return self.elapsed

    def run_in_executor(
        self, executor: Executor | None, func: Callable[[*Arguments], Result], *args: *Arguments
    ) -> asyncio.Future[Result]:
        """On the spot, since other threads have no part in this time."""
        future: asyncio.Future[Result] = self.create_future()
        future.set_result(func(*args))
        return future


class LoopClock:
    """The wall clock of a virtual loop; `move` makes it jump ahead while the loop's own time stands still."""

    def __init__(self, loop: VirtualLoop, at: datetime) -> None:
        self._loop = loop
        self._at = at - timedelta(seconds=loop.elapsed)

    def now(self) -> datetime:
        return self._at + timedelta(seconds=round(self._loop.elapsed, 6))

    def move(self, by: timedelta) -> None:
        self._at += by
