"""What was done, when, confirmed by whom, from where."""

import base64
import json
from datetime import datetime
from typing import Annotated, Literal

from fastapi import Query
from starlette.responses import Response

from sayso.base.clock import Clock
from sayso.base.errors import ValidationFailed
from sayso.conversation import activity
from sayso.http.answers import answer
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
        after = _read(cursor) if cursor else None
        entries, ended = await self._store.read(
            activity.page, caller.user_id, caller.session_id, effect, limit, after, self._clock.now()
        )
        next_cursor = _written(ended) if ended else None
        return answer(ActivityAnswer.model_construct(entries=entries, next_cursor=next_cursor))


def _written(place: activity.Place) -> str:
    fields = json.dumps([place.at.isoformat(), *place[1:]])
    return base64.urlsafe_b64encode(fields.encode()).decode()


def _read(cursor: str) -> activity.Place:
    try:
        at, ordinal, plan_id, position = json.loads(base64.urlsafe_b64decode(cursor.encode()))
        if type(ordinal) is int and type(position) is int and isinstance(plan_id, str):
            return activity.Place(_aware(datetime.fromisoformat(at)), ordinal, plan_id, position)
    except (ValueError, TypeError, RecursionError):
        pass
    raise ValidationFailed(
        "This cursor is not one that GET /activity gave out.", fields=[{"field": "cursor", "message": "unknown"}]
    )


def _aware(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise ValueError(at)
    return at
