"""Engines for SQLite (embedded) and PostgreSQL."""

import sqlite3
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

BUSY_TIMEOUT_MS = 5_000


def open_engine(url: str | URL) -> Engine:
    """An engine for `sqlite:///path` or `postgresql+psycopg://…`. Raises sqlalchemy's ArgumentError."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return _open_sqlite(parsed)
    return create_engine(parsed, pool_size=12, max_overflow=4, pool_pre_ping=True, pool_recycle=1800)


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
        writes: Any = connection.get_execution_options().get("writes")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine
