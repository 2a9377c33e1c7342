"""What Sayso was asked to remember: to look at, and to delete."""

from typing import TYPE_CHECKING, Annotated

from fastapi import Query
from starlette.responses import Response

from sayso.conversation.memory import MemoryPlace
from sayso.http.answers import answer
from sayso.http.cursor import read, written
from sayso.http.schemas import MemoriesAnswer, MemoryItem, PathId
from sayso.http.session import SignedIn

if TYPE_CHECKING:
    from sayso.conversation.service import Conversation


class MemoryEndpoints:
    def __init__(self, conversation: "Conversation") -> None:
        self._conversation = conversation

    async def memories(
        self,
        caller: SignedIn,
        limit: Annotated[int, Query(ge=1, le=200)] = 100,
        cursor: Annotated[str | None, Query(max_length=200)] = None,
    ) -> Response:
        """The caller's preferences and signature, as far as Sayso was asked to remember them, the newest first."""
        after = MemoryPlace(*read(cursor, (str,), "/memory")) if cursor else None
        found, ended = await self._conversation.archive.memories(caller, limit, after)
        items = [MemoryItem(id=each.id, kind=each.kind, text=each.text, created_at=each.created_at) for each in found]
        return answer(MemoriesAnswer(memories=items, next_cursor=ended and written(*ended)))

    async def forget(self, memory_id: PathId, caller: SignedIn) -> Response:
        """Forget one of them."""
        await self._conversation.archive.forget(caller, memory_id)
        return Response(status_code=204)
