"""The `sayso` command."""


def main() -> None:
    from sayso.cli.commands import app

    app()
