"""One user's site, found at the first use, with its collections as they were listed a moment ago."""

import asyncio
from collections.abc import Callable
from typing import Final

from sayso.workspace.dav.client import Dav
from sayso.workspace.dav.collections import Collection, address_books, calendars
from sayso.workspace.dav.discovery import Kind, Site, discover

LISTED_SECONDS: Final = 60.0


class Homes:
    """`monotonic`: seconds of a clock that never goes back."""

    def __init__(self, dav: Dav, kind: Kind, monotonic: Callable[[], float]) -> None:
        self.dav = dav
        self.kind = kind
        self._monotonic = monotonic
        self._lock = asyncio.Lock()
        self._site: Site | None = None
        self._listed: tuple[float, list[Collection]] | None = None

    async def site(self) -> Site:
        """Raises what `discover` raises."""
        async with self._lock:
            return await self._found()

    async def collections(self, fresh: bool = False) -> list[Collection]:
        """All of them, at most a minute old; `fresh`: as they are now. Raises Refused, Unavailable."""
        async with self._lock:
            if fresh or self._listed is None or self._monotonic() >= self._listed[0] + LISTED_SECONDS:
                site = await self._found()
                listed = await (calendars if self.kind == "caldav" else address_books)(self.dav, site)
                self._listed = self._monotonic(), listed
            return self._listed[1]

    async def _found(self) -> Site:
        if self._site is None:
            self._site = await discover(self.dav, self.kind)
        return self._site
