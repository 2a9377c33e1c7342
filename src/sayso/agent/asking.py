"""One request to the model: what is sent, how its answer comes in, and what of it is kept."""

import json
import re
from collections.abc import AsyncIterable, Sequence
from dataclasses import replace

from pydantic_ai.messages import (
    ModelMessage,
    ModelRequest,
    ModelResponse,
    ModelResponsePart,
    ModelResponseStreamEvent,
    PartDeltaEvent,
    PartStartEvent,
    TextPart,
    TextPartDelta,
    ThinkingPart,
    ToolCallPart,
    repair_messages,
)
from pydantic_ai.models import Model, ModelRequestParameters
from pydantic_ai.settings import ModelSettings

from sayso.agent.failures import TooMuch
from sayso.agent.turn import Turn, calls_of
from sayso.agent.whole import PARAGRAPH, told_as_cut
from sayso.base import sizes
from sayso.base.ids import Ids

_SIGNATURE = "thought_signature"


async def ask(
    turn: Turn,
    model: Model,
    messages: Sequence[ModelMessage],
    settings: ModelSettings | None,
    parameters: ModelRequestParameters,
    ids: Ids,
) -> ModelResponse:
    """The model's answer to the messages, sent on as it comes if the turn is streamed.

    Raises TooMuch, and what Pydantic AI raises when a model is at fault.
    """
    sent = _as_sent(model, messages, parameters)
    if turn.streamed:
        async with model.request_stream(sent, settings, parameters) as stream:
            await _forward(turn, stream)
        response = stream.get()
    else:
        response = await model.request(sent, settings, parameters)
    turn.written += sum(map(_length, response.parts))
    turn.called += len(calls_of(response))
    _bounded(turn.written, turn.called)
    response, note = told_as_cut(_taken_back(response, ids), turn.streamed)
    if note is not None and turn.streamed:
        await _send(turn, note, first=True)
    return response


def _as_sent(model: Model, messages: Sequence[ModelMessage], parameters: ModelRequestParameters) -> list[ModelMessage]:
    """The messages as the vendor's API wants them: neighbours of one role joined, results first (P6).

    A response without anything, which Pydantic AI's clients leave out, is left out before, so that it parts nobody.
    """
    told = map(_for_chat, messages) if _speaks_chat(model) else messages
    joined = repair_messages([message for message in told if isinstance(message, ModelRequest) or message.parts])
    sent = model.prepare_messages(joined, parameters)
    return sent if sent is joined else repair_messages(sent)


def _speaks_chat(model: Model) -> bool:
    """Whether it, or one that it stands for, is reached by OpenAI's chat API. Vendors' classes are known by name, since
    their libraries may not be installed."""
    behind = [*getattr(model, "models", ()), *filter(None, [getattr(model, "wrapped", None)])]
    return any(kind.__name__ == "OpenAIChatModel" for kind in type(model).__mro__) or any(map(_speaks_chat, behind))


def _for_chat(message: ModelMessage) -> ModelMessage:
    """The message without the thinking of OpenAI's responses API, of which Pydantic AI would make a field of that name,
    which the chat API refuses."""
    if not isinstance(message, ModelResponse):
        return message
    parts = [part for part in message.parts if not (isinstance(part, ThinkingPart) and _is_item(part.id))]
    return message if len(parts) == len(message.parts) else replace(message, parts=parts)


def _is_item(ident: str | None) -> bool:
    return ident is not None and ident.startswith("rs_")


def _taken_back(response: ModelResponse, ids: Ids) -> ModelResponse:
    """The response as any model's API takes it back, since the thread must go on with any (P6).

    Calls get ids of ours: servers number those of each response anew, or use signs that others refuse. A name that
    models make up ("multi_tool_use.parallel", "functions.create_task") loses what OpenAI and Anthropic refuse in one.
    Blank text, which many write beside calls, goes: Anthropic refuses it. Where it carries a signature, which Gemini
    wants back, it stays, empty. Thinking that nothing follows goes: neither OpenAI nor Anthropic takes it back.
    """
    parts = [
        _call(part, ids) if isinstance(part, ToolCallPart) else part
        for part in map(_unblank, response.parts)
        if not isinstance(part, TextPart) or part.content or _SIGNATURE in (part.provider_details or {})
    ]
    while parts and isinstance(parts[-1], ThinkingPart):
        parts.pop()
    return replace(response, parts=parts)


def _unblank(part: ModelResponsePart) -> ModelResponsePart:
    return replace(part, content="") if isinstance(part, TextPart) and not part.content.strip() else part


def _call(part: ToolCallPart, ids: Ids) -> ToolCallPart:
    name = re.sub(r"[^A-Za-z0-9_-]", "", part.tool_name.rpartition(".")[2])[:64] or "unnamed"
    return replace(part, tool_name=name, tool_call_id=ids.call())


async def _forward(turn: Turn, events: AsyncIterable[ModelResponseStreamEvent]) -> None:
    """Send on each piece of text as it comes; an answer without an end is left early."""
    written, called = turn.written, turn.called
    async for event in events:
        if not isinstance(event, PartStartEvent | PartDeltaEvent):
            continue
        piece = event.part if isinstance(event, PartStartEvent) else event.delta
        written += _length(piece)
        called += isinstance(piece, ToolCallPart)
        _bounded(written, called)
        if isinstance(piece, TextPart):
            await _send(turn, piece.content, first=True)
        elif isinstance(piece, TextPartDelta):
            await _send(turn, piece.content_delta, first=False)


async def _send(turn: Turn, token: str, first: bool) -> None:
    """Send a piece of text on, `first`: of a text of its own, which a paragraph parts from what was said before."""
    turn.text_began = turn.text_began and not first
    if not token:
        return
    if turn.said_something and not turn.text_began:
        token = PARAGRAPH + token
    turn.said_something = turn.text_began = True
    await turn.input.emit("token", {"token": token})


def _length(part: object) -> int:
    """How many characters a part of a response has, or one more piece of it."""
    fields = (getattr(part, name, None) for name in ("content", "args", "content_delta", "args_delta"))
    return sum(
        len(field) if isinstance(field, str) else len(json.dumps(field, default=str)) for field in fields if field
    )


def _bounded(written: int, called: int) -> None:
    """Raises TooMuch: for words or calls without an end, before anything is made of them."""
    if written > sizes.MODEL_ANSWER:
        raise TooMuch(f"more than {sizes.MODEL_ANSWER:,} characters")
    if called > sizes.MODEL_CALLS:
        raise TooMuch(f"more than {sizes.MODEL_CALLS} calls")
