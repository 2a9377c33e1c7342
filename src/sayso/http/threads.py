"""Threads and plans, to look at and to tidy up."""

import asyncio
from typing import TYPE_CHECKING, Annotated

from fastapi import Query
from starlette.responses import Response

from sayso.conversation.types import PlanPlace, PlanStatus, ThreadDetail, ThreadPlace
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
    UndoAnswer,
    UndoRequest,
    possible,
)
from sayso.http.session import SignedIn

if TYPE_CHECKING:
    from sayso.conversation.service import Conversation


class ThreadEndpoints:
    def __init__(self, conversation: "Conversation") -> None:
        self._conversation = conversation

    async def threads(
        self,
        caller: SignedIn,
        limit: Annotated[int, Query(ge=1, le=100)] = 50,
        cursor: Annotated[str | None, Query(max_length=200)] = None,
    ) -> Response:
        """The caller's threads, the last used first."""
        after = ThreadPlace(*read(cursor, (str,), "/threads")) if cursor else None
        threads, ended = await self._conversation.archive.threads(caller, limit, after)
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
        detail = await self._conversation.archive.thread(caller, thread_id, limit, last)
        return await asyncio.to_thread(_told, detail)  # hundreds of messages take their time to render

    async def rename(self, thread_id: PathId, body: RenameRequest, caller: SignedIn) -> Response:
        """Give the thread another title."""
        return answer(ThreadAnswer.of(await self._conversation.archive.rename(caller, thread_id, body.title)))

    async def delete(self, thread_id: PathId, caller: SignedIn) -> Response:
        """Delete the thread with everything in it; what waits on it never runs."""
        await self._conversation.archive.delete(caller, thread_id)
        return Response(status_code=204)

    async def plans(
        self,
        caller: SignedIn,
        status: PlanStatus | None = None,
        limit: Annotated[int, Query(ge=1, le=200)] = 200,
        cursor: Annotated[str | None, Query(max_length=300)] = None,
    ) -> Response:
        """The caller's plans across threads, the latest first; `status=pending`: what waits for a decision."""
        after = PlanPlace(*read(cursor, (int, str), "/plans")) if cursor else None
        plans, ended = await self._conversation.archive.plans(caller, status, limit, after)
        return answer(PlansAnswer.model_construct(plans=plans, next_cursor=ended and written(*ended)))

    async def plan(self, plan_id: PathId, caller: SignedIn) -> Response:
        """The audit record of one plan: who decided what, when, over which session, and what became of it."""
        return answer(PlanAnswer.of(await self._conversation.archive.plan(caller, plan_id)))

    async def edit(self, plan_id: PathId, body: EditRequest, caller: SignedIn) -> Response:
        """Change arguments of a waiting plan or take actions out; the answer is the plan that waits instead."""
        plan = await self._conversation.editing.edit(caller, plan_id, body.edits, body.remove, body.anew)
        return answer(PlanAnswer.of(plan))

    async def undo(self, plan_id: PathId, body: UndoRequest, caller: SignedIn) -> Response:
        """Undo what a plan has done, or the actions named, all or none: the request is the consent to it."""
        return answer(UndoAnswer.of_undo(await self._conversation.undoing.undo(caller, plan_id, body.action_ids)))


def _told(detail: ThreadDetail) -> Response:
    return answer(ThreadDetailAnswer.of_detail(detail))
