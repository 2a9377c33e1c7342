"""What a plan came to, and the text of receipts."""

from collections import Counter
from collections.abc import Sequence

from sayso.conversation.nouns import Action
from sayso.conversation.types import PlanStatus

CANCELLED = "Action cancelled."
_OUTCOMES = {"succeeded": "done", "failed": "failed", "unknown": "unknown"}
_FATES = ("failed", "unknown", "skipped", "stopped", "left out")


def plan_outcome(actions: Sequence[Action]) -> PlanStatus:
    """What a plan came to, from its actions' outcomes. What the user left out does not count."""
    counted = [action for action in actions if action.reason != "left_out"]
    if any(action.reason == "stopped" for action in counted):
        return "stopped"
    succeeded = [action for action in counted if action.status == "succeeded"]
    if len(succeeded) == len(counted):
        return "completed"
    return "partial" if succeeded else "failed"


def receipts(actions: Sequence[Action]) -> str:
    """What was done and what was not, one line an action, written from the outcomes alone (P7).

    Of several that were not all done, how many were stands first, before anybody else's words.
    """
    lines = [_receipt(action) for action in actions]
    if len(lines) == 1:
        return lines[0]
    counts = Counter(_fate(action) for action in actions)
    told = ", ".join(f"{counts[fate]} {fate}" for fate in _FATES if counts[fate])
    head = [] if counts["done"] == len(actions) else [f"{counts['done']} of {len(actions)} done, {told}."]
    return "\n".join([*head, *(f"- {line}" for line in lines)])


def _fate(action: Action) -> str:
    if action.status != "skipped":
        return _OUTCOMES[action.status]
    return {"left_out": "left out", "stopped": "stopped"}.get(action.reason or "", "skipped")


def _receipt(action: Action) -> str:
    if action.status == "succeeded":
        return str(action.receipt)
    if action.status == "unknown":
        return f"Unknown: {action.preview}. {action.error} Look before you ask for it again."
    return f"{'Skipped' if action.status == 'skipped' else 'Not done'}: {action.preview}. {action.error}"
