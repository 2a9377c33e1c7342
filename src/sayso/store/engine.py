"""Engines for SQLite (embedded) and PostgreSQL."""

import sqlite3
from pathlib import Path

from sqlalchemy import URL, Connection, Engine, NullPool, create_engine, event, make_url, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.pool import ConnectionPoolEntry

from sayso.base.errors import StartupError

BUSY_TIMEOUT_MS = 5_000
CONNECT_SECONDS = 10
POOL = 12
"""Connections that a worker uses well at most."""
LEAST_POOL = 3  # one reads, one writes, one is for long reads
SPARE = 10
"""Connections that are left, where nothing is set, to backups, other commands and whoever looks in."""
APPLICATION = "sayso"
"""The name under which PostgreSQL lists our connections."""

_ALLOWED = text(
    "SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int"
    " - coalesce(current_setting('reserved_connections', true)::int, 0),"
    " (SELECT datconnlimit FROM pg_database WHERE datname = current_database()),"
    " (SELECT rolconnlimit FROM pg_roles WHERE rolname = current_user)"
)


def read_address(text: str) -> URL:
    """The address of a database, as SAYSO_DATABASE_URL has it. Raises StartupError, which does not quote it."""
    try:
        url = make_url(text)
    except (ArgumentError, ValueError) as error:
        raise StartupError("SAYSO_DATABASE_URL is not an address of a SQLite or PostgreSQL database.") from error
    if "@" in (url.host or ""):  # the rest of a password, which would be shown as a part of the host
        raise StartupError("SAYSO_DATABASE_URL: an @ in the password is written as %40.")
    return url


def shown(url: URL) -> str:
    """The address without passwords (P10), which PostgreSQL also takes from behind the `?`."""
    secret = [name for name in url.query if "password" in name]
    return url.difference_update_query(secret).render_as_string(hide_password=True)


def open_engine(url: str | URL, pool: int = POOL) -> Engine:
    """An engine for `sqlite:///path`, or for `postgresql+psycopg://…` with at most `pool` connections.

    Raises StartupError for any other address.
    """
    try:
        parsed = make_url(url)
        if parsed.get_backend_name() == "sqlite":
            return _open_sqlite(parsed)
        return create_engine(
            parsed,
            pool_size=pool,
            max_overflow=0,
            pool_pre_ping=True,
            pool_recycle=1800,
            connect_args={"application_name": APPLICATION, "connect_timeout": CONNECT_SECONDS},
        )
    except (ArgumentError, ImportError) as error:
        raise StartupError("SAYSO_DATABASE_URL is not an address of a SQLite or PostgreSQL database.") from error


def open_read_only(file: Path) -> Engine:
    """An engine for an SQLite file that it leaves exactly as it is."""
    engine = create_engine("sqlite://", creator=lambda: connect_read_only(file), poolclass=NullPool)

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN")  # all that is read is of one instant

    return engine


def connect_read_only(file: Path) -> sqlite3.Connection:
    """Raises sqlite3.Error."""
    return sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None)


def pool_size(connection: Connection, workers: int, wanted: int | None) -> int:
    """How many connections each of so many workers may hold, out of all that the database allows us.

    `wanted`: what is set. Raises StartupError when that is more than there are, or there are too few for all.
    """
    limits = [limit for limit in connection.execute(_ALLOWED).one() if limit >= 0]
    allowed: int = min(limits)
    if wanted is None:
        fitting = min(POOL, (allowed - SPARE) // workers)
        if fitting >= LEAST_POOL:
            return fitting
    elif wanted * workers <= allowed:
        return wanted
    each = wanted or LEAST_POOL
    raise StartupError(
        f"{workers} workers with {each} connections each need {workers * each}, and the database allows {allowed}: "
        "lower SAYSO_DATABASE_POOL or --workers, or raise its max_connections."
    )


def _open_sqlite(url: URL) -> Engine:
    engine = create_engine(url, pool_size=8, max_overflow=4, connect_args={"check_same_thread": False})

    @event.listens_for(engine, "connect")
    def configure(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
        assert isinstance(connection, sqlite3.Connection)
        connection.isolation_level = None  # SQLAlchemy's own BEGIN below decides; sqlite3's implicit one comes too late
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            f"busy_timeout={BUSY_TIMEOUT_MS}",
            "foreign_keys=ON",
            "secure_delete=ON",  # what a user deletes is overwritten in the file; some builds do so anyway
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # A writer takes the write lock first: upgrading a read transaction fails with "database is locked" at once.
        begin = "BEGIN IMMEDIATE" if connection.get_execution_options().get("writes") else "BEGIN"
        plain = connection.connection.driver_connection
        assert isinstance(plain, sqlite3.Connection)
        try:
            plain.execute(begin)  # past SQLAlchemy, by which it would take as long as a query
        except sqlite3.Error as error:
            raise DBAPIError(begin, None, error) from error

    return engine
