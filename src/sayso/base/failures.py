"""What a log may tell of an exception: its kind and where it came from, never its words (P10).

An exception's own text may quote a message, a secret, a statement's parameters (SQLAlchemy) or the input that was
refused (Pydantic); so may the values of local variables.
"""

import traceback
from typing import Any

MOST_FRAMES = 12


def cause_of(error: BaseException) -> dict[str, Any]:
    """`error`: the kind, `frames`: the innermost places, and `because`: the same of what it came from, the nearest
    first."""
    chain: list[BaseException] = [error]
    while (before := _before(chain[-1])) is not None and before not in chain:
        chain.append(before)
    told, *because = ({"error": _kind(each), "frames": _frames(each)} for each in chain)
    return told | ({"because": because} if because else {})


def _before(error: BaseException) -> BaseException | None:
    if error.__cause__ is not None or error.__suppress_context__:
        return error.__cause__
    return error.__context__


def _kind(error: BaseException) -> str:
    kind = type(error)
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


def _frames(error: BaseException) -> list[str]:
    frames = traceback.extract_tb(error.__traceback__)
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames[-MOST_FRAMES:]]
