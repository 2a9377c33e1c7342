"""Cursors of lists by time: opaque to clients, checked when they come back."""

import base64
import json
from datetime import datetime
from typing import Any

from sayso.base.errors import ValidationFailed


def written(at: datetime, *rest: str | int) -> str:
    """The cursor of the place that these name."""
    return base64.urlsafe_b64encode(json.dumps([at.isoformat(), *rest]).encode()).decode()


def read(cursor: str, kinds: tuple[type, ...], path: str) -> tuple[Any, ...]:
    """The time and the rest, which are of these kinds, of a cursor that `path` gave out. Raises ValidationFailed."""
    try:
        text, *rest = json.loads(base64.urlsafe_b64decode(cursor.encode()))
        at = datetime.fromisoformat(text)
        if at.tzinfo is not None and tuple(map(type, rest)) == kinds:
            return at, *rest
    except (ValueError, TypeError, RecursionError):
        pass
    raise ValidationFailed(
        f"This cursor is not one that GET {path} gave out.", fields=[{"field": "cursor", "message": "unknown"}]
    )
