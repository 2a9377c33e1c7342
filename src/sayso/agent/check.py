"""One tiny call that shows whether a model can drive Sayso: it answers, and it calls tools."""

import asyncio
from dataclasses import dataclass

from pydantic_ai.direct import model_request
from pydantic_ai.exceptions import AgentRunError, FallbackExceptionGroup
from pydantic_ai.messages import ModelRequest, ToolCallPart, UserPromptPart
from pydantic_ai.models import Model, ModelRequestParameters
from pydantic_ai.settings import ModelSettings
from pydantic_ai.tools import ToolDefinition

from sayso.agent.failures import failure, kind_of
from sayso.agent.models import OFFLINE, NoSuchModel, named

PROBE = ToolDefinition(
    name="create_task",
    description="Create a task.",
    parameters_json_schema={
        "type": "object",
        "properties": {"title": {"type": "string"}},
        "required": ["title"],
        "additionalProperties": False,
    },
)
ASKED = "Create a task titled 'water the plants'. Do it by calling the tool create_task."
CHECK_SECONDS = 60.0

_ADVICE = {
    "not_authorized": "The key is not accepted.",
    "unknown_model": "The vendor knows no model of this name, or this key may not use it.",
    "quota": "The account behind the key is used up: add credit, or use another key.",
    "rate_limited": "The vendor takes no more requests from this key right now; try again in a while.",
    "overloaded": "The vendor is overloaded; try again in a while.",
    "unavailable": "The vendor has a failure of its own; try again in a while.",
    "rejected": "The vendor refused the request. Models that cannot call tools answer like this.",
    "unreachable": "Nothing answers at its address. Is this machine online, or the model's server running?",
    "unusable": "It answers, but not in the vendor's format.",
}
_MAYBE_ADDRESS = ("unknown_model", "unreachable", "unusable")
"""How a wrong base URL may look."""


@dataclass(frozen=True, slots=True)
class Checkup:
    """`problem` None: this model can drive Sayso."""

    model: str
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Words:
    """How whoever is told calls what he can mend: the address, and what more there is to say of a key."""

    address: str = "its address"
    key: str = ""


async def check(
    name: str, base_url: str | None, key: str | None, words: Words, seconds: float = CHECK_SECONDS
) -> Checkup:
    """Call the model once, with a tool, and say what is wrong with it. Never what the vendor said (P10)."""
    if name == OFFLINE:
        return Checkup(name)
    try:
        model = await asyncio.to_thread(named, name, base_url, key)  # which may import the vendor's library
    except NoSuchModel as error:
        return Checkup(name, str(error))
    return Checkup(name, await _problem(model, base_url is not None, words, seconds))


async def _problem(model: Model, by_address: bool, words: Words, seconds: float) -> str | None:
    request = [ModelRequest(parts=[UserPromptPart(ASKED)])]
    settings = ModelSettings(timeout=seconds, max_retries=0)
    try:
        async with asyncio.timeout(seconds), model:
            response = await model_request(
                model,
                request,
                model_settings=settings,
                model_request_parameters=ModelRequestParameters(function_tools=[PROBE]),
            )
    except (TimeoutError, AgentRunError, FallbackExceptionGroup) as error:
        return _said(error, by_address, words, seconds)
    if any(isinstance(part, ToolCallPart) and part.tool_name == PROBE.name for part in response.parts):
        return None
    return "It answers, but it does not call tools, and Sayso does everything by tools. Choose a model that does."


def _said(error: BaseException, by_address: bool, words: Words, seconds: float) -> str:
    told = failure(error)
    if told.code == "model_timeout":
        return f"No answer within {seconds:.0f} seconds. Is the server busy, or still loading the model?"
    reason = str(told.details.get("reason"))
    advice = _ADVICE.get(reason, "The call failed.")
    if reason == "not_authorized":
        advice += words.key
    if by_address and reason in _MAYBE_ADDRESS:
        advice += f" Is {words.address} right? Often it ends in /v1."
    return f"{advice} ({kind_of(error)})"
