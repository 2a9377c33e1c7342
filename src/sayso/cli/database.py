"""`sayso db`: the schema of the store, there and back."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

from sqlalchemy import Engine
from sqlalchemy.exc import DataError, DBAPIError

from sayso.base.errors import StartupError
from sayso.settings import Settings
from sayso.store import datadir
from sayso.store.engine import open_engine
from sayso.store.migrate import downgrade as go_back
from sayso.store.migrate import known_revisions, losses, migrate, refuse_newer, revision_of, servers_on
from sayso.store.trouble import cause_of, startup_error

Say = Callable[[str], None]
Agree = Callable[[str], bool]


def status(settings: Settings, say: Say) -> None:
    """Say where the store is, its schema, and who uses it. Raises StartupError."""
    place = datadir.locate(settings)
    with _opened(place) as (engine, revision):
        newest = known_revisions()[-1]
        say(f"store   {place.file or place.name}")
        say(f"schema  {revision}" + (" (the newest)" if revision == newest else f", this version's is {newest}"))
        running = datadir.running_server(place)
        if running is not None:
            say(f"server  process {running.pid}, {running.url}")
        elif place.file is None and (others := _others(engine)):
            say(f"server  somewhere: {others} connections of Sayso")
        else:
            say("server  none")


def upgrade(settings: Settings, agree: Agree, say: Say) -> None:
    """Migrate to the newest schema. Raises StartupError, also while a server runs."""
    with _alone(settings) as (engine, revision):
        newest = known_revisions()[-1]
        if revision == newest:
            say(f"The schema is {newest} already, the newest.")
            return
        say(f"The schema goes from {revision} to {newest}. Make a backup first: `sayso backup FILE`.")
        if not agree("Upgrade?"):
            raise StartupError("Nothing was changed; with --yes it does not ask.")
        migrate(engine)
        say(f"The schema is {newest} now.")


def downgrade(settings: Settings, revision: str | None, agree: Agree, say: Say) -> None:
    """Go back to an older schema. Raises StartupError, also while a server runs."""
    with _alone(settings) as (engine, current):
        known = known_revisions()
        older = known[: known.index(current)]
        target = revision or (older[-1] if older else "")
        if not older:
            raise StartupError(f"The schema is {current}, the first: there is none before it.")
        if target not in older:
            raise StartupError(f"{target!r} is no schema before {current}; there are: {', '.join(older)}.")
        try:
            lost = losses(engine, target)
        except DataError as error:
            reason = f"{target} cannot hold what is in the store by now ({cause_of(error)}). Nothing was changed."
            raise StartupError(reason) from error
        say(f"The schema goes from {current} back to {target}. Make a backup first: `sayso backup FILE`.")
        for line in lost or ["nothing"]:
            say(f"  lost: {line}")
        say("A server of this version upgrades it again: install the older one before you start it.")
        if not agree("Go back?"):
            raise StartupError("Nothing was changed; with --yes it does not ask.")
        go_back(engine, target)
        say(f"The schema is {target} now.")


@contextmanager
def _alone(settings: Settings) -> Iterator[tuple[Engine, str]]:
    """The store while no server runs on it. Raises StartupError."""
    place = datadir.locate(settings)
    with ExitStack() as held:
        if place.file is not None and place.file.exists():
            held.callback(datadir.ServerLock(place).release)
        engine, revision = held.enter_context(_opened(place))
        if place.file is None and (others := _others(engine)):
            raise StartupError(f"Sayso servers or commands use {place.name} ({others} connections); end them first.")
        yield engine, revision


@contextmanager
def _opened(place: datadir.Place) -> Iterator[tuple[Engine, str]]:
    """The store as it is, and its schema; nothing is made or migrated. Raises StartupError."""
    if place.file is not None and not place.file.exists():
        raise StartupError(f"There is no store at {place.file}.")
    engine = open_engine(place.url)
    try:
        with engine.connect() as connection:
            revision = revision_of(connection)
        if revision is None:
            raise StartupError(f"{place.file or place.name} is not a Sayso store yet; a server makes it one.")
        refuse_newer(revision, str(place.file or place.name))
        yield engine, revision
    except DBAPIError as error:
        raise startup_error(error, str(place.file or place.name)) from error
    finally:
        engine.dispose()


def _others(engine: Engine) -> int:
    with engine.connect() as connection:
        return servers_on(connection)
