"""What was done, when, confirmed by whom, from where."""

from typing import Annotated, Literal

from fastapi import Query
from starlette.responses import Response

from sayso.base.clock import Clock
from sayso.conversation import activity, expiry
from sayso.http.answers import answer
from sayso.http.cursor import read, written
from sayso.http.schemas import ActivityAnswer
from sayso.http.session import SignedIn
from sayso.store.gateway import Store


class ActivityEndpoints:
    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def activity(
        self,
        caller: SignedIn,
        effect: Literal["write", "outbound", "destructive"] | None = None,
        limit: Annotated[int, Query(ge=1, le=100)] = 50,
        cursor: Annotated[str | None, Query(max_length=300)] = None,
    ) -> Response:
        """Every action of the caller's decided and expired plans, the newest decision first."""
        after = activity.Place(*read(cursor, (int, str, int), "/activity")) if cursor else None
        await expiry.close_late(self._store, self._clock)
        entries, ended = await self._store.read(activity.page, caller.user_id, caller.session_id, effect, limit, after)
        return answer(ActivityAnswer.model_construct(entries=entries, next_cursor=ended and written(*ended)))
