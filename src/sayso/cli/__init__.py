"""The `sayso` command."""

import sys


def main() -> None:
    from sayso.base.errors import StartupError
    from sayso.cli.commands import app

    try:
        app()
    except StartupError as error:
        print(f"sayso: {error}", file=sys.stderr)
        sys.exit(1)
