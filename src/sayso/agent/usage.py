"""What a turn cost: tokens, money where the model's price is known, time."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from pydantic_ai.messages import ModelMessage, ModelResponse
from pydantic_ai.usage import RunUsage


def usage_of(name: str, messages: Sequence[ModelMessage], usage: RunUsage, seconds: float) -> dict[str, Any]:
    """The turn's usage as it is stored; `cost_usd` None: not known. `name`: the model of the settings."""
    responses = [message for message in messages if isinstance(message, ModelResponse)]
    answered = [response.model_name for response in responses if response.model_name]
    return {
        "model": name,
        "answered_by": answered[-1] if answered else name,
        "requests": usage.requests,
        "input_tokens": usage.input_tokens,
        "cached_tokens": usage.cache_read_tokens,
        "output_tokens": usage.output_tokens,
        "cost_usd": _cost(responses),
        "latency_ms": round(seconds * 1000),
    }


def _cost(responses: Sequence[ModelResponse]) -> float | None:
    total = Decimal(0)
    for response in responses:
        if not response.provider_name:
            return None
        try:
            total += response.cost().total_price
        except (LookupError, ValueError, AssertionError):  # unknown model, usage not told, no name
            return None
    return float(total)
