"""Chat, confirm, cancel, stop."""

from typing import TYPE_CHECKING, Annotated

from fastapi import Header
from starlette.responses import Response

from sayso.http.answers import answer
from sayso.http.schemas import (
    CancelAnswer,
    CancelRequest,
    ChatAnswer,
    ChatRequest,
    ConfirmAnswer,
    ConfirmRequest,
    MessageKey,
    StopAnswer,
    StopRequest,
)
from sayso.http.session import SignedIn
from sayso.http.stream import StreamEndpoints

if TYPE_CHECKING:
    from sayso.conversation.service import Conversation


class ChatEndpoints:
    def __init__(self, conversation: "Conversation", streams: StreamEndpoints) -> None:
        self._conversation = conversation
        self._streams = streams

    async def chat(self, body: ChatRequest, caller: SignedIn, idempotency_key: MessageKey = None) -> Response:
        """Say something. Reads run at once; whatever has an effect comes back as a plan that waits for consent."""
        reply = await self._conversation.talking.answer(caller, body.message(idempotency_key))
        return answer(ChatAnswer.of(reply))

    async def confirm(self, body: ConfirmRequest, caller: SignedIn, accept: Annotated[str, Header()] = "") -> Response:
        """Run the waiting plan, or only the actions named, and answer with what they did.

        With `Accept: text/event-stream` it is told as it happens.
        """
        if "text/event-stream" in accept:
            return self._streams.response(
                await self._conversation.deciding.stream(caller.actor, body.decision()), caller
            )
        return answer(ConfirmAnswer.of(await self._conversation.deciding.confirm(caller.actor, body.decision())))

    async def cancel(self, body: CancelRequest, caller: SignedIn) -> Response:
        """Make sure that the waiting plan never runs. No language model is called."""
        reply = await self._conversation.deciding.cancel(caller.actor, body.decision())
        return answer(CancelAnswer(thread_id=reply.thread_id))

    async def stop(self, body: StopRequest, caller: SignedIn) -> Response:
        """Stop what is being answered, or every action of a confirmed plan that has not started."""
        results = await self._conversation.deciding.stop(caller.actor, body.thread_id)
        return answer(StopAnswer(thread_id=body.thread_id, results=results))
