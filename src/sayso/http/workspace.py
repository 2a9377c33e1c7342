"""The workspace, to look at."""

from typing import TYPE_CHECKING, Annotated

from fastapi import Query
from starlette.responses import Response

from sayso.http.answers import answer
from sayso.http.schemas import SamplesAnswer, TodayAnswer
from sayso.http.session import SignedIn

if TYPE_CHECKING:
    from sayso.desk import Desk


class WorkspaceEndpoints:
    def __init__(self, desk: "Desk") -> None:
        self._desk = desk

    async def today(self, caller: SignedIn, days: Annotated[int, Query(ge=1, le=31)] = 7) -> Response:
        """The next days' events, open tasks and unread mail. A part that cannot be read is null; `errors` says why."""
        return answer(TodayAnswer.of(await self._desk.today(caller, days)))

    async def remove_samples(self, caller: SignedIn) -> Response:
        """Remove the sample data that a new user finds; what is one's own stays."""
        await self._desk.remove_samples(caller)
        return answer(SamplesAnswer())
