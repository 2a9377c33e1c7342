"""Runs one turn of the agent: reads execute, everything else is prepared and handed back for consent."""

import asyncio
import json
import re
import threading
import time
from collections.abc import AsyncIterable, Callable
from dataclasses import replace
from typing import Any

import structlog
from pydantic_ai import Agent, DeferredToolRequests, RunContext
from pydantic_ai.capabilities import AbstractCapability, ToolSearch
from pydantic_ai.exceptions import AgentRunError, FallbackExceptionGroup
from pydantic_ai.messages import (
    AgentStreamEvent,
    ModelMessage,
    ModelResponse,
    PartDeltaEvent,
    PartStartEvent,
    TextPart,
    TextPartDelta,
    ToolCallPart,
)
from pydantic_ai.models import ModelRequestContext
from pydantic_ai.settings import ModelSettings
from pydantic_ai.usage import RunUsage, UsageLimits

from sayso.agent.context import MOST_RECEIPTS, fit
from sayso.agent.failures import TooMuch, failure, kind_of
from sayso.agent.history import dump, render, with_results
from sayso.agent.models import ModelSource, Remote
from sayso.agent.prompt import ROLE, situation
from sayso.agent.turn import MOST_FAILURES, READ_MORE, WITHDRAW, Turn, offer, read_more_tool, withdraw_tool
from sayso.agent.types import TurnInput, TurnOutput
from sayso.agent.usage import usage_of
from sayso.agent.whole import PARAGRAPH, Whole
from sayso.base import sizes, steps
from sayso.base.ids import Ids
from sayso.tools.base import Toolbox

log = structlog.get_logger()

MAX_REQUESTS = 12
"""Model requests in one turn: enough for a read, a mended call or two and an answer; the end of an endless loop."""
LISTED_TOOLS = 40
"""Tools that a model is given at once; those behind them in the toolbox it finds by searching."""


class Runner:
    """Runs turns on one model with one set of tools. Holds no state between turns.

    `turn_seconds`: the time that a turn may take. `context_tokens`: about how much of the earlier conversation the
    model is given. `elapsed`: a clock for latencies, in seconds. `ids`: where the ids of calls come from.
    """

    def __init__(
        self,
        toolbox: Toolbox,
        source: ModelSource,
        turn_seconds: float = 120,
        context_tokens: int = 16_000,
        elapsed: Callable[[], float] = time.monotonic,
        ids: Ids | None = None,
    ) -> None:
        self.source = source
        self.toolbox = toolbox
        self._turn_seconds = turn_seconds
        self._context_tokens = context_tokens
        self._elapsed = elapsed
        offered = [offer(tool, deferred=place >= LISTED_TOOLS) for place, tool in enumerate(toolbox.values())]
        self._agent: Agent[Turn, str | DeferredToolRequests] = Agent(
            deps_type=Turn,
            output_type=[str, DeferredToolRequests],
            tools=[*offered, read_more_tool(), withdraw_tool()],
            instructions=[ROLE, _situation],
            capabilities=[ToolSearch(strategy="keywords"), _LastWords(), _TakenBack(ids or Ids()), Whole()],
            retries=2,
        )

    async def open(self) -> None:
        """Before the first turn."""
        if isinstance(self.source, Remote):
            await self.source.open()

    async def close(self) -> None:
        """After the last turn."""
        if isinstance(self.source, Remote):
            await self.source.close()

    async def run(self, turn_input: TurnInput, stream: bool = False) -> TurnOutput:
        """Run a turn to its answer or its proposals. Raises ModelError, ModelTimeout.

        What it began in threads ends with it, also when it is stopped or its time is over.
        """
        ended = threading.Event()
        try:
            with steps.until(ended.is_set):
                async with asyncio.timeout(self._turn_seconds):
                    return await self._run(turn_input, stream)
        except (TimeoutError, AgentRunError, FallbackExceptionGroup) as error:
            log.warning("model_failed", model=self.source.name, error=kind_of(error))
            raise failure(error) from error
        finally:
            ended.set()

    async def _run(self, turn_input: TurnInput, stream: bool) -> TurnOutput:
        began = self._elapsed()
        kept, left_out = fit(turn_input.history, self._context_tokens)
        turn = Turn(turn_input, done=[*turn_input.done, *left_out][-MOST_RECEIPTS:], streamed=stream)
        history = render(kept)
        new: list[ModelMessage] = []
        usage = RunUsage()
        prompt = turn_input.prompt
        while True:
            result = await self._agent.run(
                prompt,
                message_history=[*history, *with_results(new, _so_far(turn))],
                model=self.source.model(turn_input.context),
                deps=turn,
                usage=usage,
                usage_limits=UsageLimits(request_limit=MAX_REQUESTS),
                event_stream_handler=_forward if stream else None,
            )
            new += result.new_messages()
            if isinstance(result.output, str) or _only_proposed(_last_response(new), turn):
                break
            prompt = None  # a read or a mended call came along: let the model see it and go on
        return TurnOutput(
            text=_text(new, turn),
            messages=dump(new),
            reads=tuple(turn.reads),
            proposed=tuple(turn.proposed),
            usage=usage_of(self.source.name, new, usage, self._elapsed() - began),
        )


class _LastWords(AbstractCapability[Turn]):
    """Has the model answer in words when its calls keep failing, or when it has no more than one request left."""

    def get_model_settings(self) -> Callable[[RunContext[Turn]], ModelSettings]:
        def settings(ctx: RunContext[Turn]) -> ModelSettings:
            spent = ctx.deps.failures >= MOST_FAILURES or ctx.usage.requests >= MAX_REQUESTS - 1
            return ModelSettings(tool_choice="none") if spent else ModelSettings()

        return settings


class _TakenBack(AbstractCapability[Turn]):
    """Makes of each response one that any model's API takes back, since the thread must go on with any (P6).

    Calls get ids of ours: servers number those of each response anew, or use signs that others refuse. A name that
    models make up ("multi_tool_use.parallel", "functions.create_task") loses what OpenAI and Anthropic refuse in one.
    Blank text, which many write beside calls, goes: Anthropic refuses it.
    """

    def __init__(self, ids: Ids) -> None:
        self._ids = ids

    async def after_model_request(
        self, ctx: RunContext[Turn], *, request_context: ModelRequestContext, response: ModelResponse
    ) -> ModelResponse:
        ctx.deps.written += sum(map(_length, response.parts))
        ctx.deps.called += sum(isinstance(part, ToolCallPart) for part in response.parts)
        _bounded(ctx.deps.written, ctx.deps.called)
        parts = [
            self._call(part) if isinstance(part, ToolCallPart) else part
            for part in response.parts
            if not isinstance(part, TextPart) or part.content.strip()
        ]
        return replace(response, parts=parts)

    def _call(self, part: ToolCallPart) -> ToolCallPart:
        name = re.sub(r"[^A-Za-z0-9_-]", "", part.tool_name.rpartition(".")[2])[:64] or "unnamed"
        return replace(part, tool_name=name, tool_call_id=self._ids.call())


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


async def _situation(ctx: RunContext[Turn]) -> str:  # async: Pydantic AI runs plain functions in a thread each
    return situation(ctx.deps.input, ctx.deps.done)


def _so_far(turn: Turn) -> dict[str, dict[str, Any]]:
    return {
        p.call_id: {"status": "proposed", "action": p.proposal.preview, "args": p.proposal.args} for p in turn.proposed
    }


def _last_response(messages: list[ModelMessage]) -> ModelResponse:
    return next(message for message in reversed(messages) if isinstance(message, ModelResponse))


def _only_proposed(response: ModelResponse, turn: Turn) -> bool:
    proposed = {p.call_id for p in turn.proposed}
    return all(part.tool_call_id in proposed for part in response.parts if isinstance(part, ToolCallPart))


def _text(messages: list[ModelMessage], turn: Turn) -> str:
    """What the model said in the turn, but for the words beside calls that all failed if it spoke again after them."""
    responses = [message for message in messages if isinstance(message, ModelResponse)]
    worked = {each.call_id for each in turn.proposed} | {each.id for each in turn.reads if each.error is None}
    parts = [
        part
        for response in responses
        if response is responses[-1] or not _all_failed(response, worked)
        for part in response.parts
    ]
    return PARAGRAPH.join(part.content for part in parts if isinstance(part, TextPart) and part.content).strip()


def _all_failed(response: ModelResponse, worked: set[str]) -> bool:
    calls = [part for part in response.parts if isinstance(part, ToolCallPart)]
    known = [call for call in calls if call.tool_name not in (READ_MORE, WITHDRAW)]
    return bool(calls) and len(known) == len(calls) and not any(call.tool_call_id in worked for call in calls)


async def _forward(ctx: RunContext[Turn], events: AsyncIterable[AgentStreamEvent]) -> None:
    """Send on each piece of text as it comes, with a paragraph between texts of their own."""
    turn = ctx.deps
    written, called = turn.written, turn.called
    async for event in events:
        if isinstance(event, PartStartEvent | PartDeltaEvent):
            written += _length(event.part if isinstance(event, PartStartEvent) else event.delta)
            called += isinstance(event, PartStartEvent) and isinstance(event.part, ToolCallPart)
            _bounded(written, called)
        token = ""
        if isinstance(event, PartStartEvent) and isinstance(event.part, TextPart):
            token = event.part.content
            turn.text_began = False
        elif isinstance(event, PartDeltaEvent) and isinstance(event.delta, TextPartDelta):
            token = event.delta.content_delta
        if token:
            if turn.said_something and not turn.text_began:
                token = PARAGRAPH + token
            turn.said_something = turn.text_began = True
            await turn.input.emit("token", {"token": token})
