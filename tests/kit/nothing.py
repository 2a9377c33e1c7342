"""A user of whom Sayso keeps nothing."""

from collections.abc import Sequence
from datetime import datetime

from sayso.tools.kept import Deed, DeedStatus, Memory, MemoryKind
from sayso.workspace.errors import ObjectNotFound, Refused


class NoMemories:
    async def all(self) -> list[Memory]:
        return []

    async def remember(self, kind: MemoryKind, text: str, replaces: str, key: str) -> str:
        raise Refused("Nothing is kept here.")

    async def forget(self, memory_id: str, key: str) -> None:
        raise ObjectNotFound("Nothing is kept here.")

    async def applied(self, key: str) -> str | None:
        return None


class NoActivity:
    async def deeds(
        self, statuses: Sequence[DeedStatus], since: datetime | None, until: datetime | None, most: int
    ) -> list[Deed]:
        return []
