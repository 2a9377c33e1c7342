"""The `sayso` command in this process, as a terminal would see it."""

import contextlib
import io
import signal
import sys
from typing import NamedTuple
from unittest.mock import patch

from sayso.cli import ending, main


class Ran(NamedTuple):
    code: int
    out: str
    err: str


def sayso(*arguments: object, typed: str = "") -> Ran:
    """Run the command with these arguments; `typed` is all that is on standard input."""
    out, err = io.StringIO(), io.StringIO()
    given = ["sayso", *map(str, arguments)]
    code = 0
    handlers = {number: signal.getsignal(number) for number in ending()}
    with (
        patch.object(sys, "argv", given),
        patch.object(sys, "stdin", io.StringIO(typed)),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        try:
            main()
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 0
        finally:
            for number, handler in handlers.items():
                signal.signal(number, handler)
    return Ran(code, out.getvalue(), err.getvalue())
