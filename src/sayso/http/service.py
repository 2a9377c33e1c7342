"""Health."""

import asyncio

from starlette.responses import Response

from sayso import __version__
from sayso.base.errors import SaysoError, StoreUnavailable
from sayso.http.answers import answer
from sayso.http.schemas import HealthAnswer, ReadyAnswer
from sayso.store import ready
from sayso.store.gateway import Store

FRESH_SECONDS = 1.0
"""How long a look at the store counts: it is a write, and anybody may ask."""


class NotReady(SaysoError):
    """The store cannot be read and written right now; the log says why."""

    status, code = 503, "not_ready"


class ServiceEndpoints:
    def __init__(self, store: Store) -> None:
        self._store = store
        self._looking = asyncio.Lock()
        self._looked_at: float | None = None
        self._problem: str | None = None

    async def health(self) -> Response:
        """The process is alive."""
        return answer(HealthAnswer(version=__version__))

    async def ready(self) -> Response:
        """The store can be read and written, and has the schema of this version."""
        async with self._looking:
            now = asyncio.get_running_loop().time()
            if self._looked_at is None or now - self._looked_at > FRESH_SECONDS:
                self._problem, self._looked_at = await self._look(), now
        if self._problem is not None:
            raise NotReady(self._problem)
        return answer(ReadyAnswer(checks={"store": "ok", "migrations": "ok"}))

    async def _look(self) -> str | None:
        try:
            return await self._store.write(ready.problem)
        except StoreUnavailable:
            return NotReady().message
