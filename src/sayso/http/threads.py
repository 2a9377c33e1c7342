"""Threads and plans, to look at and to tidy up."""

import asyncio
import re
from typing import TYPE_CHECKING, Annotated

from fastapi import Query
from starlette.responses import Response

from sayso.base.errors import NotFound
from sayso.conversation.types import PlanStatus, ThreadDetail
from sayso.http.answers import answer
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

if TYPE_CHECKING:
    from sayso.conversation.service import Conversation

_ID = re.compile(r"[A-Za-z0-9_.-]{1,128}")


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
        threads, next_cursor = await self._conversation.threads(caller, limit=limit, cursor=cursor)
        return answer(ThreadsAnswer.model_construct(threads=threads, next_cursor=next_cursor))

    async def thread(
        self,
        thread_id: str,
        caller: SignedIn,
        limit: Annotated[int | None, Query(ge=1, le=1000)] = None,
        before: Annotated[str | None, Query(max_length=200)] = None,
    ) -> Response:
        """One thread with its messages and plans; `limit` and `before` (a message's id): only the last messages."""
        found = _possible(thread_id)
        detail = await self._conversation.thread(caller, found, limit=limit, before=before and _possible(before))
        return await asyncio.to_thread(_told, detail)  # hundreds of messages take their time to render

    async def rename(self, thread_id: str, body: RenameRequest, caller: SignedIn) -> Response:
        """Give the thread another title."""
        return answer(ThreadAnswer.of(await self._conversation.rename(caller, _possible(thread_id), body.title)))

    async def delete(self, thread_id: str, caller: SignedIn) -> Response:
        """Delete the thread with everything in it; what waits on it never runs."""
        await self._conversation.delete(caller, _possible(thread_id))
        return Response(status_code=204)

    async def plans(self, caller: SignedIn, status: PlanStatus | None = None) -> Response:
        """The caller's plans across threads; `status=pending`: what waits for a decision."""
        return answer(PlansAnswer.model_construct(plans=await self._conversation.plans(caller, status=status)))

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
