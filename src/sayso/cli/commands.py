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

connect = typer.Typer(help="Your connected accounts: list, connect, change and remove them.")
app.add_typer(connect, name="connect")

DataDir = Annotated[Path | None, typer.Option(help="Directory of the embedded store.")]

Url = Annotated[str | None, typer.Option(help="Address of the server. Default: the one that runs here.")]

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
        place = [str(part) for part in first["loc"]]
        name = "_".join(place if place[:1] == ["oidc"] else place[:1])
        told = first["msg"].removeprefix("Value error, ")
        raise StartupError(f"SAYSO_{name.upper()}: {told}." if name else f"{told}.") from error
    except ValueError as error:  # of a variable that is read before the rest
        raise StartupError(f"{error}.") from error


def _server_here() -> str:
    """The address of the server that runs on this machine's own store, else what a server has by default."""
    from sayso.base.errors import StartupError
    from sayso.store import datadir

    try:
        running = datadir.running_server(datadir.locate(settings_with()))
    except StartupError:  # of settings that are a server's
        running = None
    return running.url if running else "http://127.0.0.1:8000"


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


@app.command("rotate-key")
def rotate_key(data_dir: DataDir = None) -> None:
    """Seal the secrets in the store, passwords and tokens of accounts and keys of models, with a new key."""
    from sayso.cli.keys import rotate as run

    run(settings_with(data_dir=data_dir), _say)


@app.command()
def check(
    file: Annotated[Path | None, typer.Argument(help="A backup. Default: the store.")] = None, data_dir: DataDir = None
) -> None:
    """Look through the store and say what is wrong with it; exit non-zero if something is."""
    from sayso.cli.backup import check as run

    if not run(settings_with(data_dir=data_dir), file, _say):
        raise typer.Exit(1)


@app.command()
def audit(
    limit: Annotated[int, typer.Option(min=1, help="How many of the newest lines.")] = 100,
    json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
    data_dir: DataDir = None,
) -> None:
    """Tell who signed in, was refused, decided, granted and set what, the newest last."""
    from sayso.cli.audit import audit as run

    run(settings_with(data_dir=data_dir), limit, json, _say)


@app.command("sign-out")
def sign_out(
    address: Annotated[str, typer.Argument(help="The mail address of the user.")], data_dir: DataDir = None
) -> None:
    """End every sign-in and token of one user, at once, also while a server runs."""
    from sayso.cli.signout import sign_out as run

    run(settings_with(data_dir=data_dir), address, _say)


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
    url: Url = None,
    link: Annotated[
        str | None, typer.Option(help="One-time sign-in link, as the server prints it or another device shows it.")
    ] = None,
    timezone: Annotated[str | None, typer.Option(help="Your IANA time zone, when it is not the server's.")] = None,
) -> None:
    """Talk to a Sayso server in the terminal."""
    from sayso.cli.chat import chat as run

    run(url or _server_here(), link, timezone)


Link = Annotated[str | None, typer.Option(help="One-time sign-in link, as the server prints it.")]
Parts = Annotated[str | None, typer.Option(help="Of calendar,tasks,mail,contacts.")]


@connect.callback(invoke_without_command=True)
def connections(ctx: typer.Context, url: Url = None, link: Link = None) -> None:
    """List your accounts, how each stands, and what can be connected; --url and --link are those of `sayso chat`."""
    from sayso.cli import connect as run

    ctx.obj = lambda: run.session(url or _server_here(), link)
    if ctx.invoked_subcommand is None:
        with ctx.obj() as here:
            run.show(here)


@connect.command("add")
def add_account(
    ctx: typer.Context,
    kind: Annotated[str, typer.Argument(help="What to connect, as `sayso connect` lists it.")],
    address: Annotated[str | None, typer.Option(help="Your e-mail address there.")] = None,
    username: Annotated[str | None, typer.Option(help="Your name there, where it is not the address.")] = None,
    caldav: Annotated[str | None, typer.Option(metavar="URL", help="Where its calendars are.")] = None,
    carddav: Annotated[str | None, typer.Option(metavar="URL", help="Where its address books are.")] = None,
    imap: Annotated[
        str | None, typer.Option(metavar="HOST:PORT", help="Where its mail is; `:starttls` or `:none` behind.")
    ] = None,
    smtp: Annotated[
        str | None, typer.Option(metavar="HOST:PORT", help="Where it is sent; `:starttls` or `:none` behind.")
    ] = None,
    folder: Annotated[
        list[str] | None,
        typer.Option(metavar="ROLE=NAME", help="What its folder for sent, drafts, trash, archive or junk is called."),
    ] = None,
    unencrypted: Annotated[
        bool, typer.Option("--unencrypted", help="Also without encryption, where somebody can read the password.")
    ] = False,
    serves: Parts = None,
    again: Annotated[str, typer.Option(metavar="ID", help="The account that is to be connected again.")] = "",
) -> None:
    """Connect an account. A password is asked for, and never shown; a provider's consent is given in a browser."""
    from sayso.cli import connect as run

    with ctx.obj() as here:
        servers = run.servers_of(caldav, carddav, imap, smtp, folder or ())
        given = {"address": address, "username": username, "servers": servers, "unencrypted": unencrypted}
        run.add(here, kind, again, serves or "", given)


@connect.command("change")
def change_account(
    ctx: typer.Context,
    account: Annotated[str, typer.Argument(help="Its id, as `sayso connect` lists it.")],
    label: Annotated[str | None, typer.Option(help="What to call it; empty: by its address.")] = None,
    serves: Parts = None,
    default_for: Annotated[str | None, typer.Option(help="For what new things are made in it.")] = None,
) -> None:
    """Change what an account is called, what it serves, and what is made in it."""
    from sayso.cli import connect as run

    lists = {"serves": serves, "default_for": default_for}
    changes: dict[str, Any] = {name: text.split(",") for name, text in lists.items() if text is not None}
    with ctx.obj() as here:
        run.change(here, account, changes | ({} if label is None else {"label": label}))


@connect.command("remove")
def remove_account(
    ctx: typer.Context,
    account: Annotated[str, typer.Argument(help="Its id, as `sayso connect` lists it.")],
    delete_data: Annotated[
        bool, typer.Option("--delete-data", help="Also what is your own in the embedded one.")
    ] = False,
    yes: Yes = False,
) -> None:
    """Remove an account: what opened it is forgotten, and its provider is told to end the access."""
    from sayso.cli import connect as run

    with ctx.obj() as here:
        run.remove(here, account, delete_data, _agreement(yes))


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
