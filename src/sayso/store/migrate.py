"""Bring the store to the declared schema. Alembic is imported only when there is something to do."""

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, func, inspect, select, table, text
from sqlalchemy import column as named
from sqlalchemy.exc import DBAPIError

from sayso.base.errors import StartupError
from sayso.store.engine import APPLICATION, shown
from sayso.store.trouble import startup_error

if TYPE_CHECKING:
    from alembic.config import Config

_LOCK = 0x5A450  # any number that nothing else in the database locks
_MIGRATIONS = Path(__file__).parent / "migrations"
_OTHERS = text(
    "SELECT count(*) FROM pg_stat_activity"
    " WHERE datname = current_database() AND application_name = :name AND pid <> pg_backend_pid()"
)

Schema = dict[str, dict[str, str]]
"""By table and column the column's type."""


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
            if current is None and engine.dialect.name == "sqlite" and inspect(connection).get_table_names():
                raise StartupError(f"{place_of(engine)} is another program's; choose another file.")
        if current == known_revisions()[-1]:
            return
        refuse_newer(current, place_of(engine))
        _change(engine, "head")
    except DBAPIError as error:
        raise startup_error(error, place_of(engine)) from error


def refuse_newer(current: str | None, place: str) -> None:
    """Raise StartupError when a store has a schema that this version does not know."""
    if current is not None and current not in known_revisions():
        raise StartupError(
            f"{place} was written by a newer version of Sayso (its schema is {current}; this version "
            f"knows up to {known_revisions()[-1]}). Install that version, or choose another data directory."
        )


def alembic_config() -> "Config":
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    return config


def servers_on(connection: Connection) -> int:
    """How many connections of other Sayso processes a PostgreSQL database has; a server always has some."""
    return int(connection.execute(_OTHERS, {"name": APPLICATION}).scalar_one())


# --- back ------------------------------------------------------------------------------------------------------------


class _Trial(Exception):
    """Undoes a downgrade that was only tried."""

    def __init__(self, after: Schema) -> None:
        self.after = after


def losses(engine: Engine, revision: str) -> list[str]:
    """What a downgrade to that revision would take away, in sentences, seen by trying it and undoing it.

    Raises sqlalchemy's DataError when values do not fit the older schema.
    """
    before: Schema = {}
    try:
        _change(engine, revision, before)
    except _Trial as trial:
        after = trial.after
    with engine.connect() as connection:
        return [line for name in before for line in _lost(connection, name, before[name], after.get(name))]


def downgrade(engine: Engine, revision: str) -> None:
    """Take the schema back to an older revision, all of it or nothing."""
    _change(engine, revision)


def _change(engine: Engine, revision: str, tried: Schema | None = None) -> None:
    """Migrate up or down in one transaction; with `tried`, which is filled with the schema of before, raise _Trial."""
    from alembic import command

    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        _alone(connection)
        if tried is not None:
            tried.update(_schema(connection))
        config = alembic_config()
        config.attributes["connection"] = connection
        (command.upgrade if revision == "head" else command.downgrade)(config, revision)
        if tried is not None:
            raise _Trial(_schema(connection))


def _alone(connection: Connection) -> None:
    """Let servers that start at once migrate one after the other; on SQLite the write lock does so already."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})


def _schema(connection: Connection) -> Schema:
    looked = inspect(connection)
    return {
        name: {column["name"]: str(column["type"]) for column in looked.get_columns(name)}
        for name in sorted(looked.get_table_names())
    }


def _lost(connection: Connection, name: str, before: dict[str, str], after: dict[str, str] | None) -> list[str]:
    rows = select(func.count()).select_from(table(name))
    if after is None:
        return [f"the table {name} with {connection.execute(rows).scalar_one()} rows"]
    gone = [column for column in before if column not in after]
    kept = {column: connection.execute(rows.where(named(column).is_not(None))).scalar_one() for column in gone}
    lines = [f"the column {name}.{column}, which {count} rows have" for column, count in kept.items()]
    changed = [column for column in after if column in before and before[column] != after[column]]
    return lines + [f"what {name}.{column} holds beyond {after[column]}" for column in changed]


def place_of(engine: Engine) -> str:
    return shown(engine.url) if engine.dialect.name != "sqlite" else engine.url.database or ""
