"""A model's calls and their results: reads run, effects are prepared and wait for the user."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from pydantic import ValidationError
from pydantic_ai.messages import ToolCallPart, ToolReturnPart

from sayso.agent.cutting import cut
from sayso.agent.own_tools import DATA, OWN_TOOLS
from sayso.agent.turn import Turn
from sayso.agent.types import Proposed, ReadAction
from sayso.base.steps import TooManySteps, within
from sayso.tools.base import MOST_STEPS, TOO_MUCH, A, EffectTool, ReadTool, ToolInputError, WorkspaceError
from sayso.tools.provenance import flagged

MOST_FAILURES = 4
"""Calls with errors in one turn, after which the model is to say honestly what did not work."""
GIVE_UP = " Do not try again: tell the user honestly what did not work and what you would need."


async def answered(turn: Turn, calls: Sequence[ToolCallPart]) -> list[ToolReturnPart]:
    """The results of the calls of one response, in their order, without those that wait for the user.

    Reads run side by side; effects are prepared one after the other, in the order of their calls.
    """
    tasks = [asyncio.create_task(_answer(turn, call)) for call in calls]
    try:
        results = await asyncio.gather(*tasks)
    except BaseException:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        raise
    return [
        ToolReturnPart(call.tool_name, result, call.tool_call_id)
        for call, result in zip(calls, results, strict=True)
        if result is not None
    ]


async def _answer(turn: Turn, call: ToolCallPart) -> dict[str, Any] | None:
    """The result of a call, be it an error that the model can mend. None: it was proposed, and the result comes when
    the user has decided."""
    try:
        with within(MOST_STEPS, TOO_MUCH):
            return await _result(turn, call)
    except ValidationError as error:
        return _error(turn, "invalid", _sentence(error))
    except ToolInputError as error:
        return _error(turn, error.code, str(error), error.beside)
    except (WorkspaceError, TooManySteps) as error:
        return _error(turn, "failed", str(error))


async def _result(turn: Turn, call: ToolCallPart) -> dict[str, Any] | None:
    """Arguments are validated here, so that errors read the same for every tool."""
    given = _arguments(call)
    own = OWN_TOOLS.get(call.tool_name)
    if own is not None:
        return await own.model_validate(given).run(turn)
    tool = turn.tools.get(call.tool_name)
    if tool is None:
        raise ToolInputError(f"There is no tool {call.tool_name!r}; call one that you were given.", "not_found")
    args = tool.Args.model_validate(given)
    if isinstance(tool, ReadTool):
        return _for_model(turn, await _read(turn, call.tool_call_id, tool, args))
    async with turn.proposing:
        return await _propose(turn, call.tool_call_id, tool, args)


def _arguments(call: ToolCallPart) -> dict[str, Any]:
    try:
        return call.args_as_dict(raise_if_invalid=True)
    except (ValueError, AssertionError) as error:
        raise ToolInputError(f"The arguments are no JSON object: {error}.") from error


async def _propose(turn: Turn, call_id: str, tool: EffectTool[A], args: A) -> dict[str, Any] | None:
    """Add a proposal to the others, or make one of it and an earlier one; only then there is a result at once."""
    context = turn.input.context
    proposal = await tool.prepare(context, args)
    earlier = turn.same(tool, proposal)
    if earlier:
        proposal = await tool.prepare(context, _together(tool, earlier.proposal.args, args))
    proposal = await flagged(context, proposal, turn.input.typed, _received(turn))
    if earlier is None:
        turn.proposed.append(Proposed(call_id, tool.name, proposal))
        return None
    turn.proposed[turn.proposed.index(earlier)] = replace(earlier, proposal=proposal)
    return {"status": "proposed", "action": proposal.preview, "note": "One step with the earlier call."}


def _together(tool: EffectTool[A], earlier: dict[str, Any], args: A) -> A:
    """The arguments of two calls for one object in one: each would set what it does not change as it was before."""
    given = args.model_dump(exclude_unset=True, exclude_none=True)
    lists = {
        name: [*earlier[name], *(each for each in items if each not in earlier[name])]
        for name, items in given.items()
        if isinstance(items, list) and isinstance(earlier.get(name), list)
    }
    together: A = tool.Args.model_validate(tool.edited(earlier, given | lists))
    return together


async def _read(turn: Turn, call_id: str, tool: ReadTool[Any], args: Any) -> dict[str, Any]:
    await turn.input.emit("action_start", {"id": call_id, "tool": tool.name, "preview": None})
    given = args.model_dump(mode="json", exclude_none=True)
    result: dict[str, Any] | None = None
    failure: str | None = None
    try:
        result = await tool.run(turn.input.context, args)
        return result
    except (ToolInputError, WorkspaceError, TooManySteps) as error:
        failure = str(error)
        raise
    finally:
        if result is not None or failure is not None:  # neither: the turn was stopped
            turn.reads.append(ReadAction(call_id, tool.name, given, result, failure))
            told = {"id": call_id, "tool": tool.name, "success": failure is None, "result": result, "error": failure}
            await turn.input.emit("action_end", told)


def _for_model(turn: Turn, result: dict[str, Any]) -> dict[str, Any]:
    """The result marked as data, and cut if it is big."""
    turn.results.append(result)
    shown: dict[str, Any] = cut(result, handle=f"r{len(turn.results)}")
    return {"note": DATA, **shown}


def _received(turn: Turn) -> list[Any]:
    """Everything that this turn and the earlier ones have read."""
    return [*turn.input.received(), *turn.results]


def _error(turn: Turn, code: str, message: str, beside: Mapping[str, Any] = MappingProxyType({})) -> dict[str, Any]:
    turn.failures += 1
    text = message + (GIVE_UP if turn.failures >= MOST_FAILURES else "")
    return {"error": {"code": code, "message": text, **beside}}


def _sentence(error: ValidationError) -> str:
    problems = [f"{'.'.join(map(str, item['loc'])) or 'arguments'}: {item['msg']}" for item in error.errors()]
    return "These arguments do not fit: " + "; ".join(problems) + "."
