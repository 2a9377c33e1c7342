"""Runs one turn of the agent: reads execute, everything else is prepared and handed back for consent."""

import asyncio
from collections.abc import AsyncIterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError
from pydantic_ai import Agent, CallDeferred, DeferredToolRequests, RunContext, Tool
from pydantic_ai.exceptions import (
    AgentRunError,
    ModelRequestTimeout,
    ModelTimeoutError,
    UsageLimitExceeded,
)
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
from pydantic_ai.usage import RunUsage, UsageLimits

from sayso.agent.history import dump, render, with_results
from sayso.agent.models import ModelSource
from sayso.agent.prompt import instructions
from sayso.agent.types import Proposed, ReadAction, TurnInput, TurnOutput
from sayso.base.errors import ModelError, ModelTimeout
from sayso.tools.base import AnyTool, ReadTool, Toolbox, ToolInputError, WorkspaceError

WITHDRAW = "withdraw_plan"
MAX_REQUESTS = 12
"""Model requests in one turn: enough for a read, a mended call or two and an answer; the end of an endless loop."""


@dataclass
class _Turn:
    input: TurnInput
    reads: list[ReadAction] = field(default_factory=list)
    proposed: list[Proposed] = field(default_factory=list)


class Runner:
    """Runs turns on one model with one set of tools. Holds no state between turns."""

    def __init__(self, toolbox: Toolbox, source: ModelSource, turn_seconds: float = 120) -> None:
        self.source = source
        self.toolbox = toolbox
        self._turn_seconds = turn_seconds
        self._agent: Agent[_Turn, str | DeferredToolRequests] = Agent(
            deps_type=_Turn,
            output_type=[str, DeferredToolRequests],
            tools=[*(_offer(tool) for tool in toolbox.values()), _withdraw_tool()],
            instructions=_instructions,
            retries=2,
        )

    async def run(self, turn_input: TurnInput, stream: bool = False) -> TurnOutput:
        """Run a turn to its answer or its proposals. Raises ModelError, ModelTimeout."""
        try:
            async with asyncio.timeout(self._turn_seconds):
                return await self._run(turn_input, stream)
        except (TimeoutError, ModelTimeoutError, ModelRequestTimeout) as error:
            raise ModelTimeout from error
        except UsageLimitExceeded as error:
            raise ModelError(
                f"The language model went in circles: no answer after {MAX_REQUESTS} steps. Nothing was executed."
            ) from error
        except AgentRunError as error:
            raise ModelError from error

    async def _run(self, turn_input: TurnInput, stream: bool) -> TurnOutput:
        turn = _Turn(turn_input)
        history = render(turn_input.history)
        new: list[ModelMessage] = []
        usage = RunUsage()
        prompt = turn_input.prompt
        text = ""
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
            if isinstance(result.output, str):
                text = result.output
                break
            response = next(message for message in reversed(new) if isinstance(message, ModelResponse))
            text = "\n\n".join(part.content for part in response.parts if isinstance(part, TextPart)).strip()
            if _only_proposed(response, turn):
                break
            prompt = None  # a read or a mended call came along: let the model see it and go on
        return TurnOutput(
            text=text,
            messages=dump(new),
            reads=tuple(turn.reads),
            proposed=_in_call_order(turn.proposed, new),
            usage={
                "model": self.source.name,
                "requests": usage.requests,
                "input_tokens": usage.input_tokens,
                "output_tokens": usage.output_tokens,
            },
        )


async def _instructions(ctx: RunContext[_Turn]) -> str:  # async: Pydantic AI runs plain functions in a thread each
    return instructions(ctx.deps.input.context, ctx.deps.input.waiting)


def _in_call_order(proposed: Sequence[Proposed], messages: Sequence[ModelMessage]) -> tuple[Proposed, ...]:
    """Calls are prepared side by side; they run in the order in which the model made them."""
    calls = [part.tool_call_id for message in messages for part in message.parts if isinstance(part, ToolCallPart)]
    return tuple(sorted(proposed, key=lambda p: calls.index(p.call_id)))


def _so_far(turn: _Turn) -> dict[str, dict[str, Any]]:
    return {
        p.call_id: {"status": "proposed", "action": p.proposal.preview, "args": p.proposal.args} for p in turn.proposed
    }


def _only_proposed(response: ModelResponse, turn: _Turn) -> bool:
    proposed = {p.call_id for p in turn.proposed}
    return all(part.tool_call_id in proposed for part in response.parts if isinstance(part, ToolCallPart))


async def _forward(ctx: RunContext[_Turn], events: AsyncIterable[AgentStreamEvent]) -> None:
    async for event in events:
        if isinstance(event, PartStartEvent) and isinstance(event.part, TextPart) and event.part.content:
            await ctx.deps.input.emit("token", {"token": event.part.content})
        elif isinstance(event, PartDeltaEvent) and isinstance(event.delta, TextPartDelta):
            await ctx.deps.input.emit("token", {"token": event.delta.content_delta})


def _offer(tool: AnyTool) -> Tool[_Turn]:
    """The tool as the model sees it. Arguments are validated here, so that errors read the same for every tool."""

    async def call(ctx: RunContext[_Turn], /, **kwargs: Any) -> dict[str, Any]:
        assert ctx.tool_call_id is not None
        try:
            args = tool.Args.model_validate(kwargs)
            if isinstance(tool, ReadTool):
                return await _read(ctx, tool, args)
            proposal = await tool.prepare(ctx.deps.input.context, args)
        except ValidationError as error:
            return _error("invalid", _sentence(error))
        except ToolInputError as error:
            return _error(error.code, str(error), error.candidates)
        except WorkspaceError as error:
            return _error("failed", str(error))
        ctx.deps.proposed.append(Proposed(ctx.tool_call_id, tool.name, proposal))
        raise CallDeferred

    return Tool.from_schema(call, tool.name, tool.description, tool.Args.model_json_schema(), takes_ctx=True)


async def _read(ctx: RunContext[_Turn], tool: ReadTool[Any], args: Any) -> dict[str, Any]:
    turn, call_id = ctx.deps, ctx.tool_call_id or ""
    await turn.input.emit("action_start", {"id": call_id, "tool": tool.name, "preview": None})
    given = args.model_dump(mode="json", exclude_none=True)
    result: dict[str, Any] | None = None
    failure: str | None = None
    try:
        result = await tool.run(turn.input.context, args)
        return result
    except (ToolInputError, WorkspaceError) as error:
        failure = str(error)
        raise
    finally:
        if result is not None or failure is not None:  # neither: the turn was stopped
            turn.reads.append(ReadAction(call_id, tool.name, given, result, failure))
            await turn.input.emit(
                "action_end",
                {
                    "id": call_id,
                    "tool": tool.name,
                    "success": failure is None,
                    "result": result,
                    "error": failure,
                },
            )


def _withdraw_tool() -> Tool[_Turn]:
    async def withdraw_plan(ctx: RunContext[_Turn], reason: str = "") -> dict[str, Any]:
        """Cancel the proposal that waits for the user's decision, because the user asked for that.

        Args:
            reason: The user's reason, if one was given.
        """
        if await ctx.deps.input.withdraw(reason):
            return {"status": "cancelled"}
        return _error("nothing_to_do", "Nothing waits for a decision any more.")

    return Tool(withdraw_plan, name=WITHDRAW)


def _error(code: str, message: str, candidates: list[dict[str, str]] | None = None) -> dict[str, Any]:
    error: dict[str, Any] = {"code": code, "message": message}
    return {"error": {**error, "candidates": candidates} if candidates else error}


def _sentence(error: ValidationError) -> str:
    problems = [f"{'.'.join(map(str, item['loc'])) or 'arguments'}: {item['msg']}" for item in error.errors()]
    return "These arguments do not fit: " + "; ".join(problems) + "."

