"""Every way in which SQLite refuses becomes one line."""

import sqlite3

import psycopg
import pytest
from sqlalchemy.exc import DBAPIError, OperationalError

from sayso.store.trouble import cause_of, startup_error


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (sqlite3.SQLITE_BUSY, "is locked by another program"),
        (sqlite3.SQLITE_FULL, "the disk is full"),
        (sqlite3.SQLITE_READONLY, "is read-only"),
        (sqlite3.SQLITE_READONLY | 4 << 8, "is read-only"),
        (sqlite3.SQLITE_CANTOPEN, "cannot be opened"),
        (sqlite3.SQLITE_IOERR | 3 << 8, "the disk reports an error"),
        (sqlite3.SQLITE_CORRUPT, "is damaged"),
        (sqlite3.SQLITE_AUTH, "cannot be used"),
    ],
)
def test_lines(code: int, said: str) -> None:
    cause = sqlite3.OperationalError("something low")
    cause.sqlite_errorcode = code
    line = str(startup_error(OperationalError("SELECT 1", {}, cause), "/data/sayso.sqlite3"))
    assert line.startswith("/data/sayso.sqlite3 ")
    assert said in line


def test_the_statement_and_its_values_are_not_shown() -> None:
    cause = sqlite3.OperationalError("something low")
    error = OperationalError("INSERT INTO secrets", {"value": "hunter2"}, cause)
    assert "hunter2" not in str(startup_error(error, "x"))


@pytest.mark.parametrize(
    ("cause", "said"),
    [
        (psycopg.errors.UniqueViolation("Key (id)=(hunter2) already exists."), "UniqueViolation: SQLSTATE 23505"),
        (psycopg.errors.DiskFull('could not extend file "hunter2"'), "DiskFull: SQLSTATE 53100"),
        (psycopg.DataError("PostgreSQL text fields cannot contain NUL: hunter2"), "DataError"),
        (psycopg.OperationalError("failed: too many clients"), "OperationalError: failed: too many clients"),
        (sqlite3.IntegrityError("UNIQUE constraint failed: hunter2"), "IntegrityError"),
    ],
)  # fmt: skip
def test_the_log_is_told_the_kind_and_no_value(cause: Exception, said: str) -> None:
    assert cause_of(DBAPIError("INSERT INTO secrets", {"value": "hunter2"}, cause)) == said
