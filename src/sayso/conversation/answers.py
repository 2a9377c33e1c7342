"""A plain typed yes or no, which is the decision itself; and the text of receipts."""

import re
from collections.abc import Sequence
from typing import Any, Literal

from sqlalchemy import Row

from sayso.conversation import ledger
from sayso.conversation.types import PlanStatus

CANCELLED = "Action cancelled."

_YES_TEXT = """
yes|y|yes please|yep|yup|yeah|ya|sure|sure thing|ok|okay|ok do it|go|go ahead|go for it|yes go ahead|do it|yes do it|
please do|please go ahead|confirm|confirmed|i confirm|confirm it|yes confirm|approve|approved|sounds good|looks good|
that's right|correct|absolutely|definitely|of course|make it so|send it|ja|ja bitte|oui|si|sí
"""
_NO_TEXT = """
no|n|no thanks|no thank you|nope|nah|cancel|cancel it|cancel that|please cancel|no cancel|no cancel it|don't|do not|
don't do it|no don't|please don't|stop|reject|decline|never mind|nevermind|forget it|nein|nein danke|non
"""
_YES = frozenset(_YES_TEXT.replace("\n", "").split("|"))
_NO = frozenset(_NO_TEXT.replace("\n", "").split("|"))


def plain_answer(message: str) -> Literal["yes", "no"] | None:
    """Whether the whole message is a plain yes or a plain no."""
    words = " ".join(re.sub(r"[^\w'\s]+", " ", message.replace("’", "'").casefold()).split())
    if words in _YES:
        return "yes"
    return "no" if words in _NO else None


def plan_outcome(actions: Sequence[Row[Any]]) -> PlanStatus:
    """What a plan came to, from its actions' outcomes. What the user left out does not count."""
    counted = [action for action in actions if action.error != ledger.LEFT_OUT]
    if any(action.status == "skipped" and action.error == ledger.STOPPED for action in counted):
        return "stopped"
    succeeded = [action for action in counted if action.status == "succeeded"]
    if len(succeeded) == len(counted):
        return "completed"
    return "partial" if succeeded else "failed"


def receipts(actions: Sequence[Row[Any]]) -> str:
    """What was done and what was not, one line an action, written from the outcomes alone (P7)."""
    lines = [_receipt(action) for action in actions]
    return lines[0] if len(lines) == 1 else "\n".join(f"- {line}" for line in lines)


def _receipt(action: Row[Any]) -> str:
    if action.status == "succeeded":
        return str(action.receipt)
    if action.status == "unknown":
        return f"Unknown: {action.preview}. {action.error} Look before you ask for it again."
    return f"{'Skipped' if action.status == 'skipped' else 'Not done'}: {action.preview}. {action.error}"
