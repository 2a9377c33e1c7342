"""What of the earlier conversation a model is given: recent turns within a budget, and of the others what they did.

Turns are kept or dropped whole, so no call loses its result. What a turn costs therefore has a bound, however long the
thread is.
"""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sayso.agent.cutting import cut
from sayso.agent.types import PastTurn

CHARS_PER_TOKEN = 4  # about, in English and JSON
MOST_RECEIPTS = 20
SHORT = 1500  # characters of a result in a last turn that is too large by itself


def fit(history: Sequence[PastTurn], tokens: int) -> tuple[list[PastTurn], list[str]]:
    """The latest turns that cost at most about so many tokens, and the receipts of those that are left out.

    The very last turn is always kept; if it is too large alone, its results are cut short.
    """
    left = tokens * CHARS_PER_TOKEN
    kept: list[PastTurn] = []
    for turn in reversed(history):
        cost = size(turn)
        if kept and cost > left:
            break
        kept.append(turn if cost <= left else _shortened(turn))
        left -= min(cost, left)
    kept.reverse()
    return kept, [line for turn in history[: len(history) - len(kept)] for line in receipts(turn)]


def receipts(turn: PastTurn) -> list[str]:
    """What the turn's proposals came to, as far as they ran."""
    return [str(outcome["receipt"]) for outcome in turn.outcomes.values() if outcome.get("receipt")]


def size(turn: PastTurn) -> int:
    """About how many characters the turn's messages come to."""
    parts = [part for message in turn.messages for part in message.get("parts", ())]
    told = sum(len(json.dumps(outcome, default=str)) for outcome in turn.outcomes.values())
    return told + sum(_length(part.get("content")) + _length(part.get("args")) for part in parts)


def _length(value: Any) -> int:
    return len(value) if isinstance(value, str) else 0 if value is None else len(json.dumps(value, default=str))


def _shortened(turn: PastTurn) -> PastTurn:
    return replace(turn, messages=[_with_short_results(message) for message in turn.messages])


def _with_short_results(message: dict[str, Any]) -> dict[str, Any]:
    parts = [
        {**part, "content": cut(part["content"], SHORT, None)}
        if part.get("part_kind") == "tool-return" and _length(part["content"]) > SHORT
        else part
        for part in message.get("parts", ())
    ]
    return {**message, "parts": parts}
