"""Named points around each commit at which a test can end the process, as a power cut would."""

import os
import signal
from collections.abc import Callable

Fault = Callable[[str], None]


def no_fault(point: str) -> None:
    """Pass every point."""


def kill_at(wanted: str) -> Fault:
    """Kill the process with SIGKILL the first time that the point is reached; `name:3` the third time."""
    name, _, count = wanted.partition(":")
    left = int(count or 1)

    def fault(point: str) -> None:
        nonlocal left
        if point == name:
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    return fault
