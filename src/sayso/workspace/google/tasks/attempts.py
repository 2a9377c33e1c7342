"""The requests of a change that has no id of ours: each is noted under the change's key before it is sent, and what
became of it after. So of several who do one change at once one sends, and who comes later knows whether a request may
still have its effect.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count, takewhile
from typing import Final, TypeVar

from sayso.base.clock import Clock
from sayso.base.ids import Ids
from sayso.workspace.connected.marks import Marks
from sayso.workspace.errors import Uncertain, WorkspaceError
from sayso.workspace.google.errors import Cut, Failed, Preconditioned, Stale, Taken

ON_ITS_WAY: Final = timedelta(minutes=2)
"""How long a request that nobody has heard of may still have its effect: as long as an answer is waited for."""
LOOKS: Final = 4
"""Pauses after a line broke, together 7.5 seconds at least: what Google got by then it has done, and the rest it never
gets."""
_SURELY_NOT, _ASK, _LOST = "not done", "answered", "lost"
"""How a request ended without success: without effect, so that a look tells, or so that a look tells in a while."""

T = TypeVar("T")
Kept = Mapping[str, str]
"""What is kept under a key, as it was read last."""


@dataclass(frozen=True, slots=True)
class Attempts:
    """`pause`: waits, longer with each number from 1 on."""

    marks: Marks
    clock: Clock
    ids: Ids
    pause: Callable[[int], Awaitable[None]]

    async def once(self, key: str, step: str, kept: Kept, send: Callable[[], Awaitable[T]]) -> T:
        """What `send` answers, which is the next request of this step of a change. `kept`: as it was before it was
        looked whether an earlier one had its effect.

        Raises Uncertain while an earlier one may still have it, or where another sends this very one; and what `send`
        raises.
        """
        self.check(kept, step)
        name, mine = f"{step} {len(_begun(kept, step)) + 1}", f"{self.clock.now().isoformat()} {self.ids.secret()}"
        if await self.marks.keep(key, name, mine) != mine:
            raise Uncertain(UNKNOWN)
        try:
            return await send()
        except Failed:
            await self.marks.keep(key, f"{name} over", _ASK)
            raise
        except Cut:
            await self.marks.keep(key, f"{name} over", _LOST)
            raise
        except Uncertain:  # by a gateway: what is behind it may still be at it
            raise
        except (WorkspaceError, Preconditioned, Taken, Stale):
            await self.marks.keep(key, f"{name} over", _SURELY_NOT)
            raise

    async def look(self, kept: Kept, step: str, looking: Awaitable[T]) -> T:
        """What a look finds before a request of this step. That it fails does not mean that an earlier one had no
        effect: then it raises Uncertain."""
        try:
            return await looking
        except WorkspaceError as error:
            if tried(kept, step) and not isinstance(error, Uncertain):
                raise Uncertain(UNKNOWN) from error
            raise

    async def settled(self, key: str) -> Kept:
        """What is kept under a key, once requests whose lines broke have had their effect or never will."""
        kept = await self.marks.of(key)
        lost = [name for name in kept if kept[name] == _LOST and f"{name} for good" not in kept]
        if not lost:
            return kept
        for number in range(1, LOOKS + 1):
            await self.pause(number)
        for name in lost:
            await self.marks.keep(key, f"{name} for good", self.clock.now().isoformat())
        return await self.marks.of(key)

    def check(self, kept: Kept, step: str) -> None:
        """Raises Uncertain while a request of this step may still have its effect."""
        if self.pending(kept, step):
            raise Uncertain(UNKNOWN)

    def pending(self, kept: Kept, step: str) -> bool:
        """Whether a request of this step may still have its effect."""
        return any(self._may_come(kept, name, at) for name, at in _begun(kept, step).items())

    def _may_come(self, kept: Kept, name: str, at: datetime) -> bool:
        over = kept.get(f"{name} over")
        if over is None:
            return self.clock.now() - at < ON_ITS_WAY
        return over == _LOST and f"{name} over for good" not in kept


UNKNOWN: Final = "Google Tasks has not said yet whether it was done: look there in a few minutes."


def tried(kept: Kept, step: str) -> bool:
    """Whether a request of this step may have had its effect."""
    return any(kept.get(f"{name} over") != _SURELY_NOT for name in _begun(kept, step))


def first_of(kept: Kept, step: str) -> datetime:
    """When the first request of this step was sent, which there is."""
    return min(_begun(kept, step).values())


def _begun(kept: Kept, step: str) -> dict[str, datetime]:
    """The requests of this step, by their names, and when each was sent."""
    names = takewhile(kept.__contains__, (f"{step} {number}" for number in count(1)))
    return {name: datetime.fromisoformat(kept[name].partition(" ")[0]) for name in names}
