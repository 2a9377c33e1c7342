"""A model's calls and their results: reads run, effects are prepared and wait for the user."""

import asyncio
import re
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from pydantic_ai.messages import ToolCallPart, ToolReturnPart

from sayso.agent.cutting import cut, without_history
from sayso.agent.mistakes import MISTAKES, arguments, mistake, no_such_tool, returned
from sayso.agent.own_tools import DATA, OWN_TOOLS
from sayso.agent.turn import Failed, Turn, alike, together
from sayso.agent.types import Proposed, ReadAction
from sayso.base.steps import TooManySteps, within
from sayso.tools import stamps
from sayso.tools.base import MOST_STEPS, TOO_MUCH, A, EffectTool, ReadTool, ToolInputError, WorkspaceError
from sayso.tools.provenance import flagged, refuse_others_words

MOST_ALIKE = 3
"""Responses of one turn that may fail for the same cause, after which the model is to say what did not work."""
MOST_FAILURES = 6
"""Responses of one turn in which calls may fail at all."""
MOST_WAITING = 200
"""Actions that may wait on a thread at once: more nobody looks through before he decides."""
GIVE_UP = " Do not try again: tell the user honestly what did not work and what you would need."
REPLACES = "replaces"
"""The argument of every proposal that names the waiting actions whose place it takes."""


def exhausted(turn: Turn) -> bool:
    """Whether the model has failed too often. Calls of one response that fail for one cause fail once."""
    failing = {(each.cause, each.response) for each in turn.failed}
    alike = Counter(cause for cause, _ in failing)
    return len({response for _, response in failing}) >= MOST_FAILURES or max(alike.values(), default=0) > MOST_ALIKE


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
    return [returned(call, result) for call, result in zip(calls, results, strict=True) if result is not None]


async def _answer(turn: Turn, call: ToolCallPart) -> dict[str, Any] | None:
    """The result of a call, be it an error that the model can mend. None: it was proposed, and the result comes when
    the user has decided."""
    try:
        with within(MOST_STEPS, TOO_MUCH):
            return await _result(turn, call)
    except MISTAKES as error:
        return _error(turn, call, mistake(error, call.tool_name, turn.tools))


async def _result(turn: Turn, call: ToolCallPart) -> dict[str, Any] | None:
    """Arguments are validated here, so that errors read the same for every tool."""
    given = {**arguments(call)}
    own = OWN_TOOLS.get(call.tool_name)
    if own is not None:
        return await own.model_validate(given).run(turn)
    tool = turn.tools.get(call.tool_name)
    if tool is None:
        raise no_such_tool(call.tool_name, turn.tools)
    named = None if isinstance(tool, ReadTool) else given.pop(REPLACES, None)
    args = tool.Args.model_validate(given)
    stamps.check(turn.input.context, args, turn.input.typed)
    if isinstance(tool, ReadTool):
        return _for_model(turn, await _read(turn, call.tool_call_id, tool, args))
    async with turn.proposing:
        replaces = _numbers(turn, named)
        made = [await _proposed(turn, call.tool_call_id, tool, each, replaces) for each in tool.each(args)]
        _room(turn, made)
        results = [_add(turn, each, first=not index) for index, each in enumerate(made)]
        turn.accepted.append((len(turn.responses), tool.name, given))
        return None if None in results else together([each for each in results if each])


def _room(turn: Turn, made: Sequence[Proposed]) -> None:
    """Raises ToolInputError: with these more would wait than anybody looks through."""
    left = turn.beside(frozenset[int]().union(*(each.replaces for each in made)))
    if len(left) + len(made) > MOST_WAITING:
        message = (
            f"At most {MOST_WAITING} actions can wait for a decision at once, and {len(left)} do already; the user has "
            "to decide on some of them first."
        )
        raise ToolInputError(message, "too_many_waiting")


def _numbers(turn: Turn, given: Any) -> frozenset[int]:
    """What a call names: waiting actions, and proposals of earlier responses. Raises ToolInputError."""
    if given is None:
        return frozenset()
    named = given if isinstance(given, list) else re.findall(r"[^\s,\[\]]+", str(given))
    known = range(1, turn.numbered + len(turn.told) + 1)
    numbers = {int(each) for each in named if str(each).isdecimal()}
    if len(numbers) < len(set(map(str, named))) or not numbers <= {*known}:
        waits = f"What waits has the numbers 1 to {len(known)}" if known else "Nothing waits"
        raise ToolInputError(f"`replaces` takes a list of numbers, such as [1]. {waits}.")
    return frozenset(numbers)


async def _proposed(turn: Turn, call_id: str, tool: EffectTool[A], args: A, replaces: frozenset[int]) -> Proposed:
    """What the call comes to, together with what waits for the same object, unless it takes the place of that.
    Raises ToolInputError when the earlier one is for another part of it."""
    context = turn.input.context
    proposal = await tool.proposed(context, args)
    beside = turn.beside(replaces).items()
    earlier = next(((number, each) for number, each in beside if alike(each, tool.name, proposal)), None)
    if earlier:
        number, action = earlier
        if any(action.proposal.args.get(name) != proposal.args.get(name) for name in tool.part):
            message = (
                f"Action {number} changes another part of the same series; this change can follow when that is done."
            )
            raise ToolInputError(message, "other_part")
        if action.proposal.args != proposal.args:
            proposal = await tool.proposed(context, _together(tool, action.proposal.args, args))
        replaces |= {number}
    if tool.own_words:
        own = [*turn.input.typed, *(memory.text for memory in await context.memory.all())]
        for name in tool.own_words:
            refuse_others_words(context, proposal.args[name], own, _told(turn))
    proposal = await flagged(context, proposal, turn.input.typed, _received(turn), turn.results)
    return Proposed(call_id, tool.name, proposal, replaces)


def _add(turn: Turn, new: Proposed, first: bool) -> dict[str, Any] | None:
    """Add a proposal to the others, or put it in the place of an earlier one of the turn; only then there is a result
    at once, since the earlier call has the one that comes when the user has decided. `first`: of those of its call."""
    own = {number - turn.numbered - 1 for number in new.replaces if number > turn.numbered and first}
    same = turn.same(new.tool, new.proposal)
    places = sorted(own | ({turn.proposed.index(same)} if same else set()))
    new = replace(new, replaces=frozenset(number for number in new.replaces if number <= turn.numbered))
    if not places:
        turn.proposed.append(new)
        return None
    earlier, *others = [turn.proposed[place] for place in places]
    replaces = new.replaces.union(earlier.replaces, *(each.replaces for each in others))
    turn.proposed[places[0]] = replace(new, call_id=earlier.call_id, replaces=replaces)
    for each in others:
        turn.take_back(each)
    return {"status": "proposed", "action": new.proposal.preview, "note": "In the place of the earlier call."}


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
    handle = f"r{len(turn.results)}"
    if turn.reader is None:
        return {"note": DATA, **cut(result, handle=handle)}
    return {"note": DATA, **cut(without_history(result, handle), handle=handle, size=turn.reader.size)}


def _received(turn: Turn) -> list[Any]:
    """Everything that this turn and the earlier ones have read."""
    return [*turn.input.received(), *turn.results]


def _told(turn: Turn) -> list[Any]:
    """The same with what went wrong in this turn, where things are named that others wrote."""
    parts = [part for message in turn.messages for part in message.parts]
    return [*_received(turn), *(part.content for part in parts if isinstance(part, ToolReturnPart))]


def _error(turn: Turn, call: ToolCallPart, told: dict[str, Any]) -> dict[str, Any]:
    tool, args = turn.tools.get(call.tool_name), {**call.args_as_dict()}
    replaces = frozenset[int]()
    with suppress(ToolInputError):
        replaces = _numbers(turn, args.pop(REPLACES, None))
    effect, at = isinstance(tool, EffectTool), len(turn.responses)
    turn.failed.append(Failed(call.tool_name, told["code"], told["message"], args, at, effect, replaces))
    return {"error": told | {"message": told["message"] + (GIVE_UP if exhausted(turn) else "")}}
