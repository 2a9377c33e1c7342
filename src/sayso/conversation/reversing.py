"""What undoes an action: the calls of its reverse, as they are stored with its outcome."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from sayso.conversation.nouns import Action
from sayso.tools.base import Call
from sayso.tools.wording import name_of
from sayso.workspace.types import Person


def stored(calls: Sequence[Call]) -> dict[str, Any] | None:
    """As `actions.reverse` keeps them; None when there are none."""
    return {"calls": [asdict(call) for call in calls]} if calls else None


def calls_of(action: Action) -> list[Call]:
    """The calls that undo an action; none where it has no reverse or was not done."""
    return [Call(**each) for each in action.reverse["calls"]] if action.reverse else []


def reached(call: Call) -> frozenset[str]:
    """The addresses of those whom a reverse reaches."""
    return frozenset(str(who["email"]).casefold() for who in call.tells)


def label(action: Action) -> str:
    """What the button that undoes it says: whom it reaches, too."""
    told = {str(who["email"]).casefold(): who for call in calls_of(action) for who in call.tells}
    who = [name_of(Person(each["email"], each["name"])) for each in told.values()]
    if not who:
        return "Undo"
    return f"Undo and tell {_first(who[0])}" if len(who) == 1 else f"Undo and tell {len(who)} people"


def _first(name: str) -> str:
    return name if "@" in name else name.partition(" ")[0]
