"""What an answer means besides its words, kept beside them in the thread for the turns after it.

It travels in the `metadata` of the response, which no model is sent. Answers of other models have none, nor have those
that an earlier version gave or that a client brought along.
"""

from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter, ValidationError

from sayso.offline.acts import Question

KEY = "offline"


@dataclass(frozen=True, slots=True)
class Meaning:
    """What an answer asked, and the ids of the events that stand in it, in order; None: it lists none by itself."""

    asked: Question | None = None
    shown: tuple[str, ...] | None = None
    lost: bool = False
    """It only says that nothing was understood."""


_FORM = TypeAdapter(Meaning)


def dump(meaning: Meaning) -> dict[str, Any]:
    """As metadata of a response."""
    return {KEY: _FORM.dump_python(meaning, mode="json", exclude_defaults=True)}


def is_kept(metadata: dict[str, Any] | None) -> bool:
    """Whether something was kept, be it that there is nothing to know."""
    return KEY in (metadata or {})


def load(metadata: dict[str, Any] | None) -> Meaning:
    """What was kept. What cannot be read, of another version, is as good as nothing."""
    try:
        return _FORM.validate_python((metadata or {}).get(KEY, {}))
    except ValidationError:
        return Meaning()
