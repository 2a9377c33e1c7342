"""Threads and plans, to look at and to tidy up."""

import asyncio
from typing import TYPE_CHECKING, Annotated

from fastapi import Query
from starlette.responses import Response

from sayso.base.clock import Clock
from sayso.conversation import archive, expiry, records, views
from sayso.conversation.types import PlanStatus, ThreadDetail
from sayso.http.answers import answer
from sayso.http.cursor import read, written
from sayso.http.schemas import (
    EditRequest,
    PathId,
    PlanAnswer,
    PlansAnswer,
    RenameRequest,
    ThreadAnswer,
    ThreadDetailAnswer,
    ThreadsAnswer,
    possible,
)
from sayso.http.session import SignedIn
from sayso.store.gateway import Store

if TYPE_CHECKING:
    from sayso.conversation.service import Conversation


class ThreadEndpoints:
    def __init__(self, conversation: "Conversation", store: Store, clock: Clock) -> None:
        self._conversation = conversation
        self._store = store
        self._clock = clock

    async def threads(
        self,
        caller: SignedIn,
        limit: Annotated[int, Query(ge=1, le=100)] = 50,
        cursor: Annotated[str | None, Query(max_length=200)] = None,
    ) -> Response:
        """The caller's threads, the last used first."""
        after = archive.Place(*read(cursor, (str,), "/threads")) if cursor else None
        await expiry.close_late(self._store, self._clock)
        threads, ended = await self._store.read(archive.page, caller.user_id, limit, after)
        return answer(ThreadsAnswer.model_construct(threads=threads, next_cursor=ended and written(*ended)))

    async def thread(
        self,
        thread_id: PathId,
        caller: SignedIn,
        limit: Annotated[int, Query(ge=1, le=1000)] = 500,
        before: Annotated[str | None, Query(max_length=200)] = None,
    ) -> Response:
        """One thread with its last messages and their plans; `before`: a message's id, such as the `next_cursor`."""
        last = before and possible(before)
        now = await expiry.close_late(self._store, self._clock)
        detail = await self._store.read(views.thread_detail, caller.user_id, thread_id, now, limit, last)
        return await asyncio.to_thread(_told, detail)  # hundreds of messages take their time to render

    async def rename(self, thread_id: PathId, body: RenameRequest, caller: SignedIn) -> Response:
        """Give the thread another title."""
        now = self._clock.now()
        return answer(ThreadAnswer.of(await self._store.write(archive.rename, caller, thread_id, body.title, now)))

    async def delete(self, thread_id: PathId, caller: SignedIn) -> Response:
        """Delete the thread with everything in it; what waits on it never runs."""
        await self._store.write(archive.delete, caller, thread_id, self._clock.now())
        return Response(status_code=204)

    async def plans(
        self,
        caller: SignedIn,
        status: PlanStatus | None = None,
        limit: Annotated[int, Query(ge=1, le=200)] = 200,
        cursor: Annotated[str | None, Query(max_length=300)] = None,
    ) -> Response:
        """The caller's plans across threads, the latest first; `status=pending`: what waits for a decision."""
        after = records.Place(*read(cursor, (int, str), "/plans")) if cursor else None
        await expiry.close_late(self._store, self._clock)
        plans, ended = await self._store.read(views.plans_of, caller.user_id, status, limit, after)
        return answer(PlansAnswer.model_construct(plans=plans, next_cursor=ended and written(*ended)))

    async def plan(self, plan_id: PathId, caller: SignedIn) -> Response:
        """The audit record of one plan: who decided what, when, over which session, and what became of it."""
        return answer(PlanAnswer.of(await self._conversation.plan(caller, plan_id)))

    async def edit(self, plan_id: PathId, body: EditRequest, caller: SignedIn) -> Response:
        """Change arguments of a waiting plan or take actions out; the answer is the plan that waits instead."""
        plan = await self._conversation.edit(caller, plan_id, edits=body.edits, remove=body.remove)
        return answer(PlanAnswer.of(plan))


def _told(detail: ThreadDetail) -> Response:
    return answer(ThreadDetailAnswer.of_detail(detail))
