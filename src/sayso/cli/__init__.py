"""The `sayso` command."""

import signal
import sys
from types import FrameType


def main() -> None:
    from sayso.base.errors import StartupError

    for number in ending():
        signal.signal(number, _end)
    try:
        from sayso.cli.commands import app

        app()
    except StartupError as error:
        print(f"sayso: {error}", file=sys.stderr)
        sys.exit(1)
    except OSError as error:  # a path that may not be looked at, a standard output that is full
        told = ": ".join(str(part) for part in (error.filename, error.strerror or error) if part)
        print(f"sayso: {told}.", file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:  # while it was still loading
        sys.exit(128 + signal.SIGINT)


def ending() -> list[signal.Signals]:
    """The signals beside Ctrl-C that ask a command to end; what `nohup` ignores stays ignored."""
    asking = [signal.SIGTERM] if sys.platform == "win32" else [signal.SIGTERM, signal.SIGHUP]
    return [number for number in asking if signal.getsignal(number) != signal.SIG_IGN]


def _end(number: int, _: FrameType | None) -> None:
    """End as by Ctrl-C, so that drafts are removed and locks released."""
    sys.exit(128 + number)
