"""What of the earlier conversation a model is given: recent turns within a budget, and of the others what they did.

Turns are kept or dropped whole, so no call loses its result. What a turn costs therefore has a bound, however long the
thread is.
"""

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from sayso.agent.cutting import cut
from sayso.agent.types import PastTurn

CHARS_PER_TOKEN = 4  # about, in English and JSON
MOST_RECEIPTS = 20
MOVED_BY = 5  # turns
SHORT = 1500  # characters of a result, a text or an argument in a last turn that is too large by itself


def fit(history: Sequence[PastTurn], tokens: int) -> tuple[list[PastTurn], list[str]]:
    """The latest turns that cost at most about so many tokens, and the receipts of those that are left out.

    The very last turn is always kept; if it is too large alone, all that is long in it is cut short: else the next
    message could not be answered either (P6).
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
    if len(kept) < len(history):
        # The beginning moves by some turns at once: with each move vendors' prompt caches lose the conversation.
        even = [index for index, turn in enumerate(kept) if turn.number % MOVED_BY == 1]
        kept = kept[even[0] if even else 0 :]
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
    outcomes = {call: cut(outcome, 4 * SHORT, None) for call, outcome in turn.outcomes.items()}
    return replace(turn, messages=[_short_message(message) for message in turn.messages], outcomes=outcomes)


def _short_message(message: dict[str, Any]) -> dict[str, Any]:
    return {**message, "parts": [_short_part(part) for part in message.get("parts", ())]}


def _short_part(part: dict[str, Any]) -> dict[str, Any]:
    match part.get("part_kind"):
        case "tool-return":
            return {**part, "content": cut(part["content"], SHORT, None)}
        case "text" | "user-prompt":
            return {**part, "content": cut(part["content"], 4 * SHORT, None)}
        case "tool-call" if _length(part["args"]) > 4 * SHORT:
            args = part["args"]
            with suppress(ValueError):
                args = json.loads(args) if isinstance(args, str) else args
            return {**part, "args": cut(args, 4 * SHORT, None) if isinstance(args, dict) else {}}
    return part
