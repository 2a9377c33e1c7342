"""The history that a model is given: stored messages, with each call's result rendered from the ledger.

A call that needs consent is stored without a result. Here it gets its one result, in the request that follows the
response that made the call, behind the results that are stored there, as the model APIs demand (P6):
OpenAI wants one `tool` message per call directly after the assistant's, Anthropic all `tool_result` blocks first in
the next user message.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic_ai.messages import (
    ModelMessage,
    ModelMessagesTypeAdapter,
    ModelRequest,
    ModelResponse,
    RetryPromptPart,
    TextPart,
    ToolCallPart,
    ToolReturnPart,
    UserPromptPart,
)

from sayso.agent.types import PastTurn

_LOST = {"status": "unknown", "error": "The outcome of this call was not recorded."}
_EARLIER = "(What was said before this is left out.)"


def render(turns: Sequence[PastTurn]) -> list[ModelMessage]:
    """The messages of past turns, valid for any model API.

    The window on a thread may begin with a receipt, and an imported conversation with an answer, but the first message
    must be the user's (Anthropic, Messages API).
    """
    messages: list[ModelMessage] = []
    for turn in turns:
        messages += with_results(ModelMessagesTypeAdapter.validate_python(turn.messages), turn.outcomes)
    if messages and isinstance(messages[0], ModelResponse):
        messages.insert(0, ModelRequest(parts=[UserPromptPart(_EARLIER)]))
    return messages


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
