"""The history that a model is given: stored messages, with each call's result rendered from the ledger.

A call that needs consent is stored without a result. Here it gets its one result, in the request that follows the
response that made the call, behind the results that are stored there, as the model APIs demand (P6):
OpenAI wants one `tool` message per call directly after the assistant's, Anthropic all `tool_result` blocks first in
the next user message.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from pydantic_ai.messages import (
    ModelMessage,
    ModelMessagesTypeAdapter,
    ModelRequest,
    ModelRequestPart,
    ModelResponse,
    RetryPromptPart,
    SystemPromptPart,
    TextPart,
    ToolCallPart,
    ToolReturnPart,
    UserPromptPart,
)

from sayso.agent.showing import Reader
from sayso.agent.types import PastTurn, Waiting

_LOST = {"status": "unknown", "error": "The outcome of this call was not recorded."}
_EARLIER = "(What was said before this is left out.)"


def render(turns: Sequence[PastTurn], waiting: Waiting | None = None) -> list[ModelMessage]:
    """The messages of past turns, valid for any model API. `waiting`: what waits, by whose numbers calls are told.

    The window on a thread may begin with a receipt, and an imported conversation with an answer, but the first message
    must be the user's (Anthropic, Messages API).
    """
    messages: list[ModelMessage] = []
    for turn in turns:
        outcomes = {call_id: _numbered(call_id, told, waiting) for call_id, told in turn.outcomes.items()}
        messages += with_results(ModelMessagesTypeAdapter.validate_python(turn.messages), outcomes)
    if messages and isinstance(messages[0], ModelResponse):
        messages.insert(0, ModelRequest(parts=[UserPromptPart(_EARLIER)]))
    return messages


def _numbered(call_id: str, told: Mapping[str, Any], waiting: Waiting | None) -> Mapping[str, Any]:
    """What became of a call, with the numbers of its actions that wait."""
    actions = waiting.actions if waiting else ()
    numbers = [number for number, each in enumerate(actions, start=1) if each.call_id == call_id]
    if not numbers:
        return told
    several = told.get("actions")
    if isinstance(several, list):
        return {**told, "actions": [{**each, "number": n} for each, n in zip(several, numbers, strict=False)]}
    return {**told, "number": numbers[0]}


def with_results(messages: Sequence[ModelMessage], outcomes: Mapping[str, Mapping[str, Any]]) -> list[ModelMessage]:
    """The messages with a result for every call that has none."""
    rendered: list[ModelMessage] = []
    for index, message in enumerate(messages):
        if isinstance(message, ModelRequest) and _calls_before(messages, index):
            continue  # merged below, with the response that it answers
        rendered.append(message)
        calls = [part for part in message.parts if isinstance(part, ToolCallPart)]
        if not calls:
            continue
        following = messages[index + 1] if index + 1 < len(messages) else None
        stored = following.parts if isinstance(following, ModelRequest) else []
        results = [part for part in stored if isinstance(part, ToolReturnPart | RetryPromptPart)]
        answered = {part.tool_call_id for part in results}
        missing = [
            ToolReturnPart(call.tool_name, dict(outcomes.get(call.tool_call_id, _LOST)), call.tool_call_id)
            for call in calls
            if call.tool_call_id not in answered
        ]
        others = [part for part in stored if not isinstance(part, ToolReturnPart | RetryPromptPart)]
        rendered.append(ModelRequest(parts=[*results, *missing, *others]))
    return rendered


def as_told(messages: Sequence[ModelMessage], reader: Reader | None) -> list[ModelMessage]:
    """The messages as a model is given them: the note that stands behind what the user said is a part of it, and
    results are text. Without a reader, a model that takes data and knows when and where it is."""
    calls = {
        part.tool_call_id: part for message in messages for part in message.parts if isinstance(part, ToolCallPart)
    }
    return [
        replace(message, parts=_told(message.parts, reader, calls)) if isinstance(message, ModelRequest) else message
        for message in messages
    ]


def _told(
    parts: Sequence[ModelRequestPart], reader: Reader | None, calls: Mapping[str, ToolCallPart]
) -> list[ModelRequestPart]:
    notes = [part.content for part in parts if isinstance(part, SystemPromptPart)]
    told: list[ModelRequestPart] = []
    for part in parts:
        if isinstance(part, UserPromptPart) and notes and reader:
            told.append(replace(part, content="\n\n".join([str(part.content), *notes])))
        elif isinstance(part, ToolReturnPart) and reader:
            call = calls.get(part.tool_call_id)
            content = _outcome(part.content, call.args_as_dict() if call else {})
            failed = part.outcome == "retried" and isinstance(content, Mapping)  # earlier versions told it in words
            shown = reader.error(content) if failed else reader.shown(content)
            told.append(ToolReturnPart(part.tool_name, shown, part.tool_call_id, outcome=part.outcome))
        elif not isinstance(part, SystemPromptPart):
            told.append(part)
    return told


def _outcome(told: Any, given: Mapping[str, Any]) -> Any:
    """What became of a call, without what the model has said itself or reads elsewhere: of an action that waits the
    arguments that are not as they were given, of one that was done its receipt, and the ids of what there is now."""
    if not isinstance(told, dict) or "status" not in told:
        return told
    if isinstance(each := told.get("actions"), list):
        return {**told, "actions": [_outcome(action, given) for action in each]}
    args, result, action = told.get("args") or {}, told.get("result") or {}, told.get("action")
    rest = {key: value for key, value in told.items() if key not in ("args", "result", "action")}
    if told["status"] in ("proposed", "waiting"):
        changed = {key: value for key, value in args.items() if value and value != given.get(key)}
        return {**rest, "action": action, "args": changed}
    return {**rest, "ids": _ids(result)} if told.get("receipt") else {**rest, "action": action}


def _ids(result: Mapping[str, Any]) -> list[str]:
    """The ids of what an action made or changed."""
    found = [each for value in result.values() for each in (value if isinstance(value, list) else [value])]
    return list(dict.fromkeys(str(each["id"]) for each in found if isinstance(each, Mapping) and each.get("id")))


def _calls_before(messages: Sequence[ModelMessage], index: int) -> bool:
    return index > 0 and any(isinstance(part, ToolCallPart) for part in messages[index - 1].parts)


def said(user: str | None, assistant: str) -> list[Any]:
    """The messages of an exchange that no model took part in, as they are stored."""
    messages: list[ModelMessage] = []
    if user is not None:
        messages.append(ModelRequest(parts=[UserPromptPart(user)]))
    if assistant:
        messages.append(ModelResponse(parts=[TextPart(assistant)]))
    return dump(messages)


def dump(messages: Sequence[ModelMessage]) -> list[Any]:
    """Messages as a plain JSON list."""
    dumped: list[Any] = ModelMessagesTypeAdapter.dump_python(list(messages), mode="json")
    return dumped
