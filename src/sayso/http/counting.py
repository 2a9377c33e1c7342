"""How much of each bucket was used in the minute that began with its first request.

Counted in this process, or by all workers together (`counting_shared`). When what counts for all does not answer,
requests are neither refused nor let through uncounted: each worker counts by itself until it answers again. Who tries
to get in then has as many tries as there are workers; nobody is locked out; and nothing waits longer than a moment.
"""

import asyncio
import math
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal, NamedTuple, ParamSpec, Protocol, TypeVar

import structlog

P = ParamSpec("P")
T = TypeVar("T")

log = structlog.get_logger()

SECONDS = 60
MOST_KEYS = 20_000
PATIENCE = 0.25
"""Seconds that a request waits for what counts for all."""
AGAIN = 5.0
"""Seconds after which one request looks whether it answers again."""


class Key(NamedTuple):
    """Whose bucket: a user's, for what he does himself or for his programs; a session's or token's; an address's."""

    bucket: str
    kind: Literal["user", "programs", "session", "address"]
    of: str

    def __str__(self) -> str:
        return ":".join(self)


class Rule(NamedTuple):
    bucket: str
    per_minute: int
    cost: int = 1
    by: Literal["user", "session", "address"] = "user"
    """Whose requests are counted together; of who has no valid session it is always the address's."""


class Count(NamedTuple):
    admitted: bool
    remaining: int
    seconds: float
    """Until the bucket is full again."""

    @property
    def reset(self) -> int:
        return max(1, math.ceil(self.seconds))


class CounterGone(Exception):
    """What counts for all workers does not answer."""


class Counter(Protocol):
    async def start(self) -> None:
        """Raises CounterGone."""
        ...

    async def take(self, key: Key, rule: Rule) -> Count:
        """Take the cost out of the bucket, unless it has less than that. Raises CounterGone."""
        ...

    async def sweep(self) -> None:
        """Forget the minutes that are over, where nothing else does. Raises SaysoError."""
        ...

    async def close(self) -> None: ...


@dataclass(slots=True)
class _Window:
    ends: float
    used: int = 0


class Counts:
    """Counts in memory. At most `most` are kept: beyond that the oldest are forgotten. `now` gives seconds."""

    def __init__(self, now: Callable[[], float], most: int = MOST_KEYS) -> None:
        self._now = now
        self._most = most
        self._windows: OrderedDict[Key, _Window] = OrderedDict()  # in the order in which they end

    def __len__(self) -> int:
        return len(self._windows)

    def take(self, key: Key, rule: Rule) -> Count:
        """Take the cost out of the bucket, unless it has less than that."""
        now = self._now()
        while self._windows and next(iter(self._windows.values())).ends <= now:
            self._windows.popitem(last=False)
        window = self._windows.get(key)
        if window is None:
            if len(self._windows) >= self._most:
                self._windows.popitem(last=False)
            window = self._windows[key] = _Window(now + SECONDS)
        admitted = window.used + rule.cost <= rule.per_minute
        if admitted:
            window.used += rule.cost
        return Count(admitted, max(0, rule.per_minute - window.used), window.ends - now)


class OwnCounter:
    """A Counter of one process. Addresses, which can be had without number, push out only each other."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._callers, self._addresses = Counts(now), Counts(now)

    async def start(self) -> None:
        pass

    async def take(self, key: Key, rule: Rule) -> Count:
        return (self._addresses if key.kind == "address" else self._callers).take(key, rule)

    async def sweep(self) -> None:
        pass

    async def close(self) -> None:
        pass


class SharedCounter:
    """A Counter for all workers, which counts in this process while `shared` does not answer."""

    def __init__(self, shared: Counter, now: Callable[[], float]) -> None:
        self._shared = shared
        self._own = OwnCounter(now)
        self._now = now
        self._look_at: float | None = None  # when to look whether it answers again; None: it does

    async def start(self) -> None:
        """Say at once if it does not answer."""
        await self._ask(self._shared.start)

    async def take(self, key: Key, rule: Rule) -> Count:
        if self._look_at is not None:
            if self._now() < self._look_at:
                return await self._own.take(key, rule)
            self._look_at = self._now() + AGAIN  # the others do not wait for the one that looks
        return await self._ask(self._shared.take, key, rule) or await self._own.take(key, rule)

    async def sweep(self) -> None:
        await self._shared.sweep()

    async def close(self) -> None:
        await self._shared.close()

    async def _ask(self, question: Callable[P, Awaitable[T]], *args: P.args, **kwargs: P.kwargs) -> T | None:
        """What is answered in time, else None, and for a while nobody asks again."""
        try:
            async with asyncio.timeout(PATIENCE):
                answer = await question(*args, **kwargs)
        except (CounterGone, TimeoutError) as error:
            if self._look_at is None:
                why = str(error) or "it took too long"
                log.warning("counter_gone", why=why, meanwhile="each worker counts requests by itself")
            self._look_at = self._now() + AGAIN
            return None
        if self._look_at is not None:
            log.warning("counter_back")
            self._look_at = None
        return answer
