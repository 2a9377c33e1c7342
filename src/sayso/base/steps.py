"""Work that ends by itself: it counts its steps, and stops when nobody waits for it any more.

A thread cannot be ended from outside, so what may run long in one counts. A count is the same on every machine; what a
turn may take in seconds reaches the work as a stop, which is looked at while counting.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar


class TooManySteps(Exception):
    """The work would take more steps than it has. The message is a sentence for the user."""


class Stopped(Exception):
    """Nobody waits for this work any more."""


class Budget:
    def __init__(self, most: int, refusal: str) -> None:
        self.most = most
        self.taken = 0
        self.refusal = refusal


_budget: ContextVar[Budget | None] = ContextVar("budget", default=None)
_stop: ContextVar[Callable[[], bool] | None] = ContextVar("stop", default=None)


def take(count: int = 1) -> None:
    """Count steps of the work that is going on. Raises TooManySteps, Stopped."""
    budget = _budget.get()
    if budget is not None:
        budget.taken += count
        if budget.taken > budget.most:
            raise TooManySteps(budget.refusal)
    stop = _stop.get()
    if stop is not None and stop():
        raise Stopped


@contextmanager
def within(most: int, refusal: str) -> Iterator[Budget]:
    """What is done within has so many steps; `refusal` is the sentence for the user when it would take more."""
    budget = Budget(most, refusal)
    token = _budget.set(budget)
    try:
        yield budget
    finally:
        _budget.reset(token)


@contextmanager
def until(stop: Callable[[], bool]) -> Iterator[None]:
    """Work that is begun within, also in threads that take over the context, ends once `stop` says so."""
    token = _stop.set(stop)
    try:
        yield
    finally:
        _stop.reset(token)
