"""What Sayso itself keeps of a user, as tools reach it: what it was asked to remember, and what it has done."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

MemoryKind = Literal["preference", "signature"]
DeedStatus = Literal["waiting", "running", "done", "failed", "unknown", "skipped", "cancelled", "expired"]


@dataclass(frozen=True, slots=True)
class Memory:
    """What the user asked to remember, in his own words. Of signatures there is one at most."""

    id: str
    kind: MemoryKind
    text: str
    created_at: datetime


class Memories(Protocol):
    """One user's. Changes take the action's key, as those of `workspace.protocols` do, and raise `workspace.errors`."""

    async def all(self) -> list[Memory]:
        """The oldest first."""
        ...

    async def remember(self, kind: MemoryKind, text: str, replaces: str, key: str) -> str:
        """The id of what is now remembered. `replaces`: the id of the signature whose place another takes, or empty.
        Raises ObjectChanged when the signature is another by now, Refused when no more fits."""
        ...

    async def forget(self, memory_id: str, key: str) -> None:
        """Raises ObjectNotFound."""
        ...

    async def applied(self, key: str) -> str | None:
        """The id of what the change under this key made or removed; None when it has not happened."""
        ...


@dataclass(frozen=True, slots=True)
class Deed:
    """An action that was proposed, as the ledger has it. `at`: when it ended, was decided, or was proposed: the last of
    these. `status` of one that never ran is that of its plan."""

    id: str
    plan_id: str
    thread_id: str
    thread_title: str
    tool: str
    preview: str
    status: DeedStatus
    at: datetime
    receipt: str | None
    error: str | None


class Activity(Protocol):
    """One user's actions, over all threads."""

    async def deeds(
        self, statuses: Sequence[DeedStatus], since: datetime | None, until: datetime | None, most: int
    ) -> list[Deed]:
        """At most so many, the latest first, of [since, until). What was replaced by a newer proposal is left out."""
        ...
