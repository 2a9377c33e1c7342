"""Cursors of lists, by time or by number: opaque to clients, checked when they come back."""

import base64
import json
import re
from datetime import datetime
from typing import Any

from sayso.base.errors import ValidationFailed
from sayso.store.types import clean

_LARGEST = 2**31 - 1  # of the numbers in a cursor, which are columns of 32 bits


def written(at: datetime, *rest: str | int) -> str:
    """The cursor of the place that these name."""
    return base64.urlsafe_b64encode(json.dumps([at.isoformat(), *rest]).encode()).decode()


def read(cursor: str, kinds: tuple[type, ...], path: str) -> tuple[Any, ...]:
    """The time and the rest, which are of these kinds, of a cursor that `path` gave out. Raises ValidationFailed."""
    try:
        text, *rest = json.loads(base64.urlsafe_b64decode(cursor.encode()))
        at = datetime.fromisoformat(text)
        if at.tzinfo is not None and tuple(map(type, rest)) == kinds and all(map(_storable, rest)):
            return at, *rest
    except (ValueError, TypeError, RecursionError):
        pass
    raise _unknown(path)


def of_number(number: int) -> str:
    """The cursor of the place in a list that is numbered."""
    return base64.urlsafe_b64encode(b"%d" % number).decode()


def number(cursor: str, path: str) -> int:
    """The number of a cursor that `path` gave out. Raises ValidationFailed."""
    try:
        text = base64.urlsafe_b64decode(cursor.encode())
        if re.fullmatch(rb"[0-9]{1,18}", text):
            return int(text)
    except ValueError:
        pass
    raise _unknown(path)


def _unknown(path: str) -> ValidationFailed:
    return ValidationFailed(
        f"This cursor is not one that GET {path} gave out.", fields=[{"field": "cursor", "message": "unknown"}]
    )


def _storable(part: str | int) -> bool:
    """Whether a database can compare it with what it has; `written` gives out nothing else."""
    return clean(part) == part if isinstance(part, str) else 0 <= part <= _LARGEST
