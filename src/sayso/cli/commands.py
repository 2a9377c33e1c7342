"""The subcommands of `sayso`. Each imports what it needs when it runs, so that none waits for the others."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from sayso.settings import Settings

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False)

db = typer.Typer(no_args_is_help=True, help="The schema of the store.")
app.add_typer(db, name="db")

samples = typer.Typer(no_args_is_help=True, help="The sample data that a new user finds.")
app.add_typer(samples, name="samples")

DataDir = Annotated[Path | None, typer.Option(help="Directory of the embedded store.")]

Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]


def settings_with(**given: Any) -> "Settings":
    """The settings of the environment with what the command line says instead. Raises StartupError."""
    from pydantic import ValidationError

    from sayso.base.errors import StartupError
    from sayso.settings import Settings

    try:
        return Settings(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        first = error.errors()[0]
        name = "_".join(str(part) for part in first["loc"][:1])
        raise StartupError(f"SAYSO_{name.upper()}: {first['msg'].removeprefix('Value error, ')}.") from error


@app.callback(invoke_without_command=True)
def root(
    version: Annotated[bool, typer.Option("--version", help="Print the version and end.", is_eager=True)] = False,
) -> None:
    """A personal assistant for calendar, mail and tasks that acts only on your say-so."""
    if version:
        from sayso import __version__

        print(f"sayso {__version__}")
        raise typer.Exit


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on; 0 takes any free one.")] = None,
    data_dir: DataDir = None,
    clock: Annotated[str | None, typer.Option(help="Start of time, such as 2026-03-02T09:00-05:00.")] = None,
    model: Annotated[str | None, typer.Option(help="Language model: offline, or provider:name.")] = None,
    workers: Annotated[int | None, typer.Option(help="Processes that serve; more than one needs PostgreSQL.")] = None,
) -> None:
    """Run the server; it prints a sign-in link."""
    from sayso.cli.serve import serve as run

    run(settings_with(host=host, port=port, data_dir=data_dir, clock=clock, model=model, workers=workers), _say)


@app.command("login-link")
def login_link(data_dir: DataDir = None) -> None:
    """Print a fresh sign-in link to the server that runs on the data directory."""
    from sayso.cli.serve import link_to_running

    _say(link_to_running(settings_with(data_dir=data_dir)))


@app.command()
def settings() -> None:
    """List every setting: its name, default, current value and what it does."""
    from sayso.cli.listing import settings_lines

    for line in settings_lines(settings_with()):
        _say(line)


@app.command()
def doctor(
    model: Annotated[str | None, typer.Option(help="Language model: offline, or provider:name.")] = None,
) -> None:
    """Call the language model of the settings once, and say in plain words what is wrong with it."""
    from sayso.cli.doctor import doctor as run

    if not run(settings_with(model=model), _say):
        raise typer.Exit(1)


@app.command("import")
def import_(
    files: Annotated[list[Path], typer.Argument(help="iCalendar, vCard and mail files, or directories of mails.")],
    me: Annotated[
        list[str] | None, typer.Option("--me", metavar="ADDRESS", help="An address of your own; for several, again.")
    ] = None,
    keep_samples: Annotated[
        bool, typer.Option("--keep-samples", help="Leave the sample data beside your own.")
    ] = False,
    data_dir: DataDir = None,
) -> None:
    """Bring your own events, tasks, mail and contacts into the local workspace, in the place of the sample data."""
    from sayso.cli.transfer import bring_in

    for line in bring_in(settings_with(data_dir=data_dir), files, me or (), keep_samples):
        _say(line)


@app.command()
def export(
    directory: Annotated[Path, typer.Argument(help="Where the files go.")],
    force: Annotated[bool, typer.Option("--force", help="Replace files that are there.")] = False,
    data_dir: DataDir = None,
) -> None:
    """Write the local workspace, without the sample data, as iCalendar, mbox and vCard files."""
    from sayso.cli.transfer import give_back

    for line in give_back(settings_with(data_dir=data_dir), directory, force):
        _say(line)


@samples.command("remove")
def remove_samples(data_dir: DataDir = None) -> None:
    """Remove the sample data that a new user finds, and nothing else."""
    from sayso.cli.transfer import remove_samples as run

    _say(run(settings_with(data_dir=data_dir)))


@app.command()
def backup(
    file: Annotated[Path, typer.Argument(help="The file to write.")],
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
    data_dir: DataDir = None,
) -> None:
    """Copy the store into a file, also while a server runs, and read it back."""
    from sayso.cli.backup import backup as run

    run(settings_with(data_dir=data_dir), file, force, _say)


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(help="A file that `sayso backup` wrote.")],
    yes: Yes = False,
    data_dir: DataDir = None,
) -> None:
    """Put a backup in the place of the store, which is kept beside it. No server may run."""
    from sayso.cli.backup import restore as run

    run(settings_with(data_dir=data_dir), file, _agreement(yes), _say)


@app.command()
def check(
    file: Annotated[Path | None, typer.Argument(help="A backup. Default: the store.")] = None, data_dir: DataDir = None
) -> None:
    """Look through the store and say what is wrong with it; exit non-zero if something is."""
    from sayso.cli.backup import check as run

    if not run(settings_with(data_dir=data_dir), file, _say):
        raise typer.Exit(1)


@db.command()
def status(data_dir: DataDir = None) -> None:
    """Say where the store is, which schema it has, and whether a server runs on it."""
    from sayso.cli.database import status as run

    run(settings_with(data_dir=data_dir), _say)


@db.command()
def upgrade(yes: Yes = False, data_dir: DataDir = None) -> None:
    """Bring the store to the schema of this version, as a server does when it starts."""
    from sayso.cli.database import upgrade as run

    run(settings_with(data_dir=data_dir), _agreement(yes), _say)


@db.command()
def downgrade(
    revision: Annotated[str | None, typer.Argument(help="The schema to go back to. Default: the one before.")] = None,
    yes: Yes = False,
    data_dir: DataDir = None,
) -> None:
    """Take the store back to an older schema, once it was said what is lost."""
    from sayso.cli.database import downgrade as run

    run(settings_with(data_dir=data_dir), revision, _agreement(yes), _say)


@db.command()
def restored(yes: Yes = False) -> None:
    """After pg_restore, before a server starts: let nothing run again that may have been done since the dump."""
    from sayso.cli.backup import settle_shared as run

    run(settings_with(), _agreement(yes), _say)


@app.command()
def demo() -> None:
    """Play the whole story against a server of its own, checking every claim; exit non-zero if one fails."""
    from sayso.cli.demo import demo as run

    run()


@app.command()
def chat(
    url: Annotated[str, typer.Option(help="Address of the server.")] = "http://127.0.0.1:8000",
    link: Annotated[str | None, typer.Option(help="One-time sign-in link, as the server prints it.")] = None,
    timezone: Annotated[str | None, typer.Option(help="Your IANA time zone, when it is not the server's.")] = None,
) -> None:
    """Talk to a Sayso server in the terminal."""
    from sayso.cli.chat import chat as run

    run(url, link, timezone)


def _agreement(yes: bool) -> Callable[[str], bool]:
    """How to ask whether to go on: not at all with --yes. Where nobody answers it is a no; Ctrl-C ends, as always."""

    def agree(question: str) -> bool:
        try:
            return yes or typer.confirm(question)
        except typer.Abort as ended:  # Typer's name for both the end of the input and Ctrl-C
            print()
            if isinstance(ended.__context__, KeyboardInterrupt):
                raise KeyboardInterrupt from None
            return False

    return agree


def _say(line: str) -> None:
    print(line, flush=True)
