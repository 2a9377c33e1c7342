"""Where a search goes on, as text that its user keeps."""

import base64
import hashlib
import json
from dataclasses import dataclass, field
from typing import Any, Final

from sayso.workspace.errors import Refused

Key = tuple[int, str]
"""By what messages are in order: when they were sent, in seconds, and what tells two of one second apart."""

NEVER: Final = 2**53
"""Later than any message."""
_ANEW: Final = "There is no such place to go on at; search anew."
_MOST: Final = 20_000


@dataclass(frozen=True, slots=True)
class Stretch:
    """UIDs of a folder, both ends included, which are searched in one go; those of a folder's end come first. `cap`:
    the time that none of these messages counts as later than, for what was told before is. `low` 0: not known yet;
    `high` 0: there are none."""

    validity: int
    low: int
    high: int
    cap: int = NEVER


@dataclass(frozen=True, slots=True)
class Cursor:
    """`below`: the last that was told; `stretches`: by folder, where one is that takes several."""

    below: Key
    stretches: dict[str, Stretch] = field(default_factory=dict)

    def __str__(self) -> str:
        stretches = {name: [s.validity, s.low, s.high, s.cap] for name, s in self.stretches.items()}
        told = json.dumps([*self.below, stretches], separators=(",", ":")).encode()
        return base64.urlsafe_b64encode(told).decode().rstrip("=")


def cursor_of(text: str) -> Cursor | None:
    """None for an empty text. Raises Refused for what is no cursor."""
    if not text:
        return None
    try:
        if len(text) > _MOST:
            raise ValueError("too long")
        told: Any = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        second, tie, stretches = told
        found = {str(name): Stretch(*map(_number, each)) for name, each in stretches.items()}
        return Cursor((_number(second), str(tie)), found)
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        raise Refused(_ANEW) from error


def anew() -> Refused:
    return Refused(_ANEW)


def name_of(wire: bytes) -> str:
    """A folder in a cursor."""
    return base64.urlsafe_b64encode(hashlib.sha256(wire).digest()[:6]).decode()


def _number(value: Any) -> int:
    if not isinstance(value, int) or abs(value) > NEVER:
        raise ValueError("no number")
    return value
