"""What a client can do with conversations: the rooms that `http` speaks to, which start and end together."""

import asyncio
import contextlib
import itertools
from dataclasses import dataclass, field

import structlog

from sayso.agent.runner import Runner
from sayso.base.clock import Clock
from sayso.base.errors import SaysoError
from sayso.conversation import ledger
from sayso.conversation.archive import Archive
from sayso.conversation.deciding import Deciding
from sayso.conversation.editing import Editing
from sayso.conversation.executor import Executor
from sayso.conversation.streams import Streams
from sayso.conversation.talking import Talking
from sayso.store.gateway import Store

log = structlog.get_logger()

SWEEP_SECONDS = 10.0
FORGET_EVERY = 60  # sweeps between deletions of old streams' events


@dataclass(slots=True)
class Conversation:
    talking: Talking
    deciding: Deciding
    editing: Editing
    archive: Archive
    executor: Executor
    streams: Streams
    runner: Runner
    store: Store
    clock: Clock
    _sweeper: asyncio.Task[None] | None = field(default=None, init=False)

    async def start(self) -> None:
        """Take up what an earlier process left, and keep looking."""
        await self.runner.open()
        if self.store.embedded:  # one process owns the store: nobody else can hold a lease
            await self.store.write(ledger.release_leases, self.clock.now())
        await self.executor.sweep()
        self._sweeper = asyncio.create_task(self._sweep_forever(), name="sweep")

    async def close(self) -> None:
        """End within seconds; what is still running is taken up at the next start."""
        if self._sweeper is not None:
            self._sweeper.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._sweeper
        await self.streams.close()
        await self.executor.close()
        await self.runner.close()

    async def _sweep_forever(self) -> None:
        for sweep in itertools.count():
            await asyncio.sleep(SWEEP_SECONDS)
            try:
                await self.executor.sweep()
                if sweep % FORGET_EVERY == 0:
                    await self.streams.forget()
            except SaysoError as error:
                log.warning("sweep_failed", code=error.code)
