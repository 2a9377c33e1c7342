"""How much work a call does, counted, so that it is the same on each machine.

A step is a line of Python, ours or a library's. What C does in one call is not seen: a method that looks at all of its
text or list is charged by the length of that, a regular expression is judged by its syntax (`patterns.py`).
"""

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

_WHOLE = {
    "casefold", "count", "decode", "encode", "index", "insert", "lower", "remove", "replace", "rpartition", "rsplit",
    "split", "splitlines", "translate", "upper",
}  # fmt: skip
_OCTETS_A_STEP = 64


def steps(call: Callable[[], object]) -> int:
    """The steps that the call takes, however it ends. Raises what it raises."""
    count = 0

    def line(frame: FrameType, event: str, arg: Any) -> Any:
        nonlocal count
        count += 1
        return line

    def builtin(frame: FrameType, event: str, arg: Any) -> None:
        nonlocal count
        if event == "c_call" and arg.__name__ in _WHOLE and isinstance(arg.__self__, (str, bytes, bytearray, list)):
            count += len(arg.__self__) // _OCTETS_A_STEP

    before = sys.gettrace(), sys.getprofile()
    sys.settrace(line)
    sys.setprofile(builtin)
    try:
        call()
    finally:
        sys.settrace(before[0])
        sys.setprofile(before[1])
    return count
