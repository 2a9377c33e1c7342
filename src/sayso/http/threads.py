"""Threads and plans, to look at and to tidy up."""

import asyncio
import re
from typing import TYPE_CHECKING, Annotated

from fastapi import Query
from starlette.responses import Response

from sayso.base.clock import Clock
from sayso.base.errors import NotFound
from sayso.conversation import archive, views
from sayso.conversation.types import PlanStatus, ThreadDetail
from sayso.http.answers import answer
from sayso.http.cursor import read, written
from sayso.http.schemas import (
    EditRequest,
    PlanAnswer,
    PlansAnswer,
    RenameRequest,
    ThreadAnswer,
    ThreadDetailAnswer,
    ThreadsAnswer,
)
from sayso.http.session import SignedIn
from sayso.store.gateway import Store

if TYPE_CHECKING:
    from sayso.conversation.service import Conversation

_ID = re.compile(r"[A-Za-z0-9_.-]{1,128}")


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
        threads, ended = await self._store.read(archive.page, caller.user_id, limit, after, self._clock.now())
        return answer(ThreadsAnswer.model_construct(threads=threads, next_cursor=ended and written(*ended)))

    async def thread(
        self,
        thread_id: str,
        caller: SignedIn,
        limit: Annotated[int | None, Query(ge=1, le=1000)] = None,
        before: Annotated[str | None, Query(max_length=200)] = None,
    ) -> Response:
        """One thread with its messages and plans; `limit` and `before` (a message's id): only the last messages."""
        found, now = _possible(thread_id), self._clock.now()
        last = before and _possible(before)
        detail = await self._store.read(views.thread_detail, caller.user_id, found, now, limit, last)
        return await asyncio.to_thread(_told, detail)  # hundreds of messages take their time to render

    async def rename(self, thread_id: str, body: RenameRequest, caller: SignedIn) -> Response:
        """Give the thread another title."""
        found, now = _possible(thread_id), self._clock.now()
        return answer(ThreadAnswer.of(await self._store.write(archive.rename, caller, found, body.title, now)))

    async def delete(self, thread_id: str, caller: SignedIn) -> Response:
        """Delete the thread with everything in it; what waits on it never runs."""
        await self._store.write(archive.delete, caller, _possible(thread_id), self._clock.now())
        return Response(status_code=204)

    async def plans(self, caller: SignedIn, status: PlanStatus | None = None) -> Response:
        """The caller's plans across threads; `status=pending`: what waits for a decision."""
        plans = await self._store.read(views.plans_of, caller.user_id, status, self._clock.now())
        return answer(PlansAnswer.model_construct(plans=plans))

    async def plan(self, plan_id: str, caller: SignedIn) -> Response:
        """The audit record of one plan: who decided what, when, over which session, and what became of it."""
        return answer(PlanAnswer.of(await self._conversation.plan(caller, _possible(plan_id))))

    async def edit(self, plan_id: str, body: EditRequest, caller: SignedIn) -> Response:
        """Change arguments of a waiting plan or take actions out; the answer is the plan that waits instead."""
        plan = await self._conversation.edit(caller, _possible(plan_id), edits=body.edits, remove=body.remove)
        return answer(PlanAnswer.of(plan))


def _told(detail: ThreadDetail) -> Response:
    return answer(ThreadDetailAnswer.of_detail(detail))


def _possible(id_in_path: str) -> str:
    """What cannot be an id names nothing."""
    if not _ID.fullmatch(id_in_path):
        raise NotFound
    return id_in_path
