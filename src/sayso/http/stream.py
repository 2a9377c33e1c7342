"""Server-sent events (WHATWG HTML, 9.2): the stream of a turn or of an execution."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import Header, Query
from pydantic import TypeAdapter
from starlette.responses import Response, StreamingResponse

from sayso.base.errors import SaysoError, ValidationFailed
from sayso.conversation.queued import NoPendingMessage
from sayso.conversation.streams import StreamEvent
from sayso.conversation.types import PlanView
from sayso.http.answers import answer, beginning
from sayso.http.markdown import rendered
from sayso.http.schemas import ChatRequest, Id, MessageKey, QueueAnswer, QueueRequest
from sayso.http.session import SignedIn
from sayso.identity.types import Caller

if TYPE_CHECKING:
    from sayso.conversation.service import Conversation

HEARTBEAT_SECONDS = 15.0
LOOK_SECONDS = 3.0
"""Between looks whether the reader is still signed in."""
HEADERS = {"Cache-Control": "no-cache, no-transform", "X-Accel-Buffering": "no"}  # proxies must not hold events back
_PLAN: TypeAdapter[PlanView] = TypeAdapter(PlanView)


class StreamEndpoints:
    """`still`: whether a caller may go on reading."""

    def __init__(self, conversation: "Conversation", still: Callable[[Caller], Awaitable[bool]]) -> None:
        self._conversation = conversation
        self._still = still

    async def chat(self, body: ChatRequest, caller: SignedIn, idempotency_key: MessageKey = None) -> Response:
        """`/chat`, told as it happens. Closing the connection does not stop the turn."""
        events = await self._conversation.talking.stream(caller, body.message(idempotency_key))
        return self.response(events, caller)

    async def message(self, body: QueueRequest, caller: SignedIn, idempotency_key: MessageKey = None) -> Response:
        """Leave a message for `GET /chat/stream` to answer."""
        thread_id = await self._conversation.talking.keep(caller, body.message(idempotency_key))
        return answer(QueueAnswer(thread_id=thread_id))

    async def follow(
        self,
        caller: SignedIn,
        thread_id: Annotated[Id, Query()],
        last_event_id: Annotated[str | None, Header(json_schema_extra={"pattern": "^[0-9]{0,15}$"})] = None,
    ) -> Response:
        """Answer the message left at `/chat/message`; with `Last-Event-ID`, replay what was missed and follow on.

        204 when nothing was missed and nothing runs, which tells an EventSource to stop reconnecting.
        """
        if not last_event_id:
            return self.response(await self._conversation.talking.stream_kept(caller, thread_id), caller)
        after = _event_id(last_event_id)
        events = await self._conversation.talking.resume(caller, thread_id, after)
        if events is None:
            try:
                events = await self._conversation.talking.stream_kept(caller, thread_id)
            except NoPendingMessage:
                return Response(status_code=204)
        return self.response(events, caller)

    async def head(self, caller: SignedIn, thread_id: Annotated[Id, Query()]) -> Response:
        """What a stream's answer begins with; the message that was left stays where it is."""
        return beginning("text/event-stream", HEADERS)

    def response(self, events: AsyncIterator[StreamEvent], caller: Caller) -> Response:
        return StreamingResponse(self._lines(events, caller), media_type="text/event-stream", headers=HEADERS)

    async def _lines(self, events: AsyncIterator[StreamEvent], caller: Caller) -> AsyncIterator[str]:
        """Who is signed out meanwhile, or has his token revoked, is hung up on: his reader learns why when it comes
        back."""
        now = asyncio.get_running_loop().time
        upcoming = asyncio.ensure_future(anext(events, None))
        looked = told = now()
        try:
            while True:
                done, _ = await asyncio.wait([upcoming], timeout=LOOK_SECONDS)
                if now() - looked >= LOOK_SECONDS:
                    if not await self._still(caller):
                        return
                    looked = now()
                if not done:
                    if now() - told >= HEARTBEAT_SECONDS:
                        yield ": still here\n\n"
                        told = now()
                    continue
                told, event = now(), upcoming.result()
                if event is None:
                    return
                yield await self._line(event, caller)
                upcoming = asyncio.ensure_future(anext(events, None))
        finally:
            upcoming.cancel()
            await asyncio.wait([upcoming])

    async def _line(self, event: StreamEvent, caller: Caller) -> str:
        data = {**event.data}
        plan_id = data.pop("plan_id", None)
        if event.type in ("confirmation_required", "complete"):
            data |= await self._plan(caller, plan_id)
            if data.get("response"):
                data["response_html"] = rendered(data["response"])
        if event.type == "confirmation_required" and data["plan"] is not None:
            data |= {"message": data["plan"]["question"], "pending_actions": data["plan"]["actions"]}
        told = {"event_type": event.type, "data": data, "timestamp": event.at.isoformat()}
        return f"id: {event.id}\nevent: {event.type}\ndata: {json.dumps(told, separators=(',', ':'))}\n\n"

    async def _plan(self, caller: Caller, plan_id: str | None) -> dict[str, Any]:
        """The plan as it is now, which at a replay may be decided already."""
        plan: Any = None
        if plan_id is not None:
            try:
                plan = _PLAN.dump_python(await self._conversation.archive.plan(caller, plan_id), mode="json")
            except SaysoError:  # deleted meanwhile
                plan = None
        return {"plan": plan, "requires_confirmation": plan is not None and plan["status"] == "pending"}


def _event_id(text: str) -> int:
    if text.isascii() and text.isdigit() and len(text) < 16:
        return int(text)
    raise ValidationFailed(
        "Last-Event-ID must be the id of an event of this thread's stream.",
        fields=[{"field": "Last-Event-ID", "message": "not a number"}],
    )
