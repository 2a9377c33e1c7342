"""What a turn cost: tokens, money where the model's price is known, time."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from pydantic_ai.messages import ModelResponse


def usage_of(name: str, responses: Sequence[ModelResponse], seconds: float) -> dict[str, Any]:
    """The turn's usage as it is stored; `cost_usd` None: not known. `name`: the model of the settings."""
    answered = [response.model_name for response in responses if response.model_name]
    return {
        "model": name,
        "answered_by": answered[-1] if answered else name,
        "requests": len(responses),
        "input_tokens": sum(response.usage.input_tokens for response in responses),
        "cached_tokens": sum(response.usage.cache_read_tokens for response in responses),
        "output_tokens": sum(response.usage.output_tokens for response in responses),
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
