"""Who signed in, was refused, decided, granted and set what, for the caller."""

from typing import Annotated

from fastapi import Query
from starlette.responses import Response

from sayso.http.answers import answer
from sayso.http.cursor import number, of_number
from sayso.http.schemas import AuditAnswer, AuditItem
from sayso.http.session import SignedIn
from sayso.identity import audit
from sayso.store.gateway import Store


class AuditEndpoints:
    def __init__(self, store: Store) -> None:
        self._store = store

    async def events(
        self,
        caller: SignedIn,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
        cursor: Annotated[str | None, Query(max_length=50)] = None,
    ) -> Response:
        """The caller's sign-ins, decisions, tokens, accounts and settings, the newest first."""
        before = number(cursor, "/audit") if cursor else None
        found, ended = await self._store.read(audit.of_user, caller.user_id, limit, before)
        items = [
            AuditItem(at=each.at, kind=each.kind, via=each.via, by=each.by, address=each.address, data=dict(each.data))
            for each in found
        ]
        return answer(AuditAnswer(events=items, next_cursor=None if ended is None else of_number(ended)))
