"""What was done, when, confirmed by whom, from where."""

from typing import TYPE_CHECKING, Annotated, Literal

from fastapi import Query
from starlette.responses import Response

from sayso.conversation.types import ActivityPlace
from sayso.http.answers import answer
from sayso.http.cursor import read, written
from sayso.http.schemas import ActivityAnswer
from sayso.http.session import SignedIn

if TYPE_CHECKING:
    from sayso.conversation.service import Conversation


class ActivityEndpoints:
    def __init__(self, conversation: "Conversation") -> None:
        self._conversation = conversation

    async def activity(
        self,
        caller: SignedIn,
        effect: Literal["write", "outbound", "destructive"] | None = None,
        limit: Annotated[int, Query(ge=1, le=100)] = 50,
        cursor: Annotated[str | None, Query(max_length=300)] = None,
    ) -> Response:
        """Every action of the caller's decided and expired plans, the newest decision first."""
        after = ActivityPlace(*read(cursor, (int, str, int), "/activity")) if cursor else None
        entries, ended = await self._conversation.archive.activity(caller, effect, limit, after)
        return answer(ActivityAnswer.model_construct(entries=entries, next_cursor=ended and written(*ended)))
