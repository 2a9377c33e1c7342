"""Google Tasks as an account of one user, whose process can die at any step."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import httpx2
from tests.kit.google.fake import ANA
from tests.kit.google.fake import Google as Fake
from tests.workspace.google.opening import Tokens

from sayso.base.clock import Clock, FixedClock
from sayso.workspace.errors import Unavailable, Uncertain
from sayso.workspace.google.client import Around, Google
from sayso.workspace.google.tasks.tasks import GoogleTasks

T = TypeVar("T")
NEW_YORK = ZoneInfo("America/New_York")
LATER = timedelta(minutes=3)
"""After so long no request is on its way any more."""


class Died(BaseException):
    """The process is dead."""


@dataclass
class Steps:
    """Counts what a process does to the outside: requests, and what it keeps. `dies_at`: the step at which it dies,
    before it or after."""

    dies_at: int | None = None
    after: bool = False
    done: int = 0

    async def step(self, work: Callable[[], Awaitable[T]]) -> T:
        self.done += 1
        dies = self.dies_at == self.done
        if dies and not self.after:
            raise Died
        found = await work()
        if dies:
            raise Died
        return found


@dataclass
class MarksKept:
    """A `Marks` that outlives processes."""

    kept: dict[tuple[str, str], str] = field(default_factory=dict)
    steps: Steps = field(default_factory=Steps)

    async def of(self, key: str) -> Mapping[str, str]:
        return {name: value for (of, name), value in self.kept.items() if of == key}

    async def keep(self, key: str, name: str, value: str) -> str:
        async def do() -> str:
            return self.kept.setdefault((key, name), value)

        return await self.steps.step(do)


class _Transport(httpx2.AsyncHTTPTransport):
    def __init__(self, steps: Steps) -> None:
        super().__init__(verify=False, trust_env=False)
        self._steps = steps

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        return await self._steps.step(lambda: super(_Transport, self).handle_async_request(request))


async def _at_once(seconds: float) -> None: ...


@dataclass
class Desk:
    """The tests' hand on an account. Each `run` is a process of its own."""

    url: str
    token: str
    clock: Clock
    marks: MarksKept = field(default_factory=MarksKept)
    keys: Callable[[], str] = field(default_factory=lambda: (lambda n: lambda: f"act_{next(n)}")(count(1)))

    def run(self, work: Callable[[GoogleTasks], Awaitable[T]], steps: Steps | None = None) -> T:
        async def main() -> T:
            own = steps or Steps()
            self.marks.steps = own
            async with httpx2.AsyncClient(transport=_Transport(own), timeout=5) as http:
                return await work(self.tasks(http))

        return asyncio.run(main())

    def tasks(self, http: httpx2.AsyncClient) -> GoogleTasks:
        return GoogleTasks(self.google(http), self.clock, NEW_YORK, self.marks)

    def google(self, http: httpx2.AsyncClient) -> Google:
        return Google(Tokens([self.token]), Around(http, self.clock, _at_once, lambda: 0.5, self.url))

    def later(self) -> None:
        assert isinstance(self.clock, FixedClock)
        self.clock.move(LATER)

    def settled(self, change: Callable[[GoogleTasks], Awaitable[Any]], key: str, object_id: str = "") -> list[str]:
        """Do a change that was in doubt to its end, as the executor would with patience: what it was told."""
        told = list[str]()
        for _ in range(8):
            try:
                done = self.run(lambda tasks: tasks.applied(key, object_id))
            except (Uncertain, Unavailable):
                told.append("unknown")
                self.later()
                continue
            if done is not None:
                return [*told, "done"]
            told.append("not done")
            try:
                self.run(change)
            except (Uncertain, Unavailable):
                told.append("failed")
        raise AssertionError(told)


def desk_of(google: Fake, email: str = ANA) -> Desk:
    return Desk(google.url, google.grant(email=email), google.clock)
