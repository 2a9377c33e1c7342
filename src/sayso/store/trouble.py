"""What is wrong with a store that cannot be opened, in one line for the person at the terminal."""

import sqlite3

from sqlalchemy.exc import DBAPIError

from sayso.base.errors import StartupError

_SQLITE = {
    sqlite3.SQLITE_BUSY: "is locked by another program; close it and start again",
    sqlite3.SQLITE_LOCKED: "is locked by another program; close it and start again",
    sqlite3.SQLITE_FULL: "cannot grow: the disk is full",
    sqlite3.SQLITE_READONLY: "is read-only; make it writable or choose another data directory",
    sqlite3.SQLITE_CANTOPEN: "cannot be opened; check that its directory may be read and written",
    sqlite3.SQLITE_IOERR: "cannot be read or written: the disk reports an error",
    sqlite3.SQLITE_NOTADB: "is not a Sayso store; move it away or choose another data directory",
    sqlite3.SQLITE_CORRUPT: "is damaged; restore it from a backup or choose another data directory",
}


def startup_error(error: DBAPIError, place: str) -> StartupError:
    """The line that says what is wrong at `place`, the store's file or its address without a password."""
    cause = error.orig
    if isinstance(cause, sqlite3.Error):
        primary = getattr(cause, "sqlite_errorcode", 0) & 0xFF  # the low byte of an extended result code
        return StartupError(f"{place} {_SQLITE.get(primary, f'cannot be used: {cause}')}.")
    lines = str(cause).strip().splitlines()
    return StartupError(f"The database {place} cannot be used: {lines[0] if lines else type(cause).__name__}")
