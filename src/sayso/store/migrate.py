"""Bring the store to the declared schema. Alembic is imported only when there is something to do."""

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.exc import DBAPIError

from sayso.base.errors import StartupError
from sayso.store.trouble import startup_error

if TYPE_CHECKING:
    from alembic.config import Config

_LOCK = 0x5A450  # any number that nothing else in the database locks
_MIGRATIONS = Path(__file__).parent / "migrations"


def known_revisions() -> list[str]:
    """The migrations that this version brings, oldest first."""
    return sorted(path.name[:4] for path in (_MIGRATIONS / "versions").glob("[0-9]*.py"))


def revision_of(connection: Connection) -> str | None:
    """The last migration that the store has seen, or None when it is new."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return found


def migrate(engine: Engine) -> None:
    """Migrate to the newest schema, all of it or nothing. Raises StartupError with a line for the terminal."""
    try:
        with engine.connect() as connection:
            current = revision_of(connection)
        if current == known_revisions()[-1]:
            return
        if current is not None and current not in known_revisions():
            raise StartupError(
                f"{place_of(engine)} was written by a newer version of Sayso (its schema is {current}; this version "
                f"knows up to {known_revisions()[-1]}). Install that version, or choose another data directory."
            )
        _upgrade(engine)
    except DBAPIError as error:
        raise startup_error(error, place_of(engine)) from error


def alembic_config() -> "Config":
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    return config


def _upgrade(engine: Engine) -> None:
    from alembic import command

    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        _alone(connection)
        config = alembic_config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _alone(connection: Connection) -> None:
    """Let servers that start at once migrate one after the other; on SQLite the write lock does so already."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})


def downgrade(engine: Engine, revision: str) -> None:
    """Take the schema back to an older revision (`-1`: by one migration), all of it or nothing."""
    from alembic import command

    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        _alone(connection)
        config = alembic_config()
        config.attributes["connection"] = connection
        command.downgrade(config, revision)


def place_of(engine: Engine) -> str:
    return (
        engine.url.render_as_string(hide_password=True)
        if engine.dialect.name != "sqlite"
        else engine.url.database or ""
    )
