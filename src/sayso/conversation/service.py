"""What a client can do with conversations: the rooms that `http` speaks to, which start and end together."""

from dataclasses import dataclass

from sayso.base.clock import Clock
from sayso.conversation import ledger
from sayso.conversation.archive import Archive
from sayso.conversation.choosing import Choosing
from sayso.conversation.deciding import Deciding
from sayso.conversation.editing import Editing
from sayso.conversation.executor import Executor
from sayso.conversation.models import Models
from sayso.conversation.returned import Returns
from sayso.conversation.streams import Streams
from sayso.conversation.talking import Talking
from sayso.conversation.undoing import Undoing
from sayso.store.gateway import Store


@dataclass(slots=True)
class Conversation:
    talking: Talking
    deciding: Deciding
    editing: Editing
    undoing: Undoing
    archive: Archive
    executor: Executor
    streams: Streams
    choosing: Choosing
    models: Models
    returns: Returns
    store: Store
    clock: Clock

    async def start(self) -> None:
        """Take up what an earlier process left."""
        await self.models.open()
        if self.store.embedded:  # one process owns the store: nobody else can hold a lease
            await self.store.write(ledger.release_leases, self.clock.now())
        await self.executor.sweep()

    async def close(self) -> None:
        """End within seconds; what is still running is taken up at the next start."""
        await self.streams.close()
        await self.executor.close()
        await self.models.close()
