"""Every way in which SQLite refuses becomes one line."""

import sqlite3

import pytest
from sqlalchemy.exc import OperationalError

from sayso.store.trouble import startup_error


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
