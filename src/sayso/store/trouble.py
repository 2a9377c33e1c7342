"""What is wrong with a store, in one line: for the person at the terminal, and for the log."""

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
    sqlite3.SQLITE_NOTADB: "is not a Sayso store; bring a backup back with `sayso restore`, or move the file away",
    sqlite3.SQLITE_CORRUPT: "is damaged; bring a backup back with `sayso restore`, or move the file away",
}


def startup_error(error: DBAPIError, place: str, advise: bool = True) -> StartupError:
    """The line that says what is wrong at `place`, the store's file or its address without a password.

    `advise`: also say what to do, where the file is the store.
    """
    cause = error.orig
    if isinstance(cause, sqlite3.Error):
        primary = getattr(cause, "sqlite_errorcode", 0) & 0xFF  # the low byte of an extended result code
        wrong, _, advice = _SQLITE.get(primary, f"cannot be used: {cause}").partition("; ")
        return StartupError(f"{place} {wrong}; {advice}." if advise and advice else f"{place} {wrong}.")
    return StartupError(f"The database {place} cannot be used: {_first_line(cause)}")


def is_full(error: DBAPIError) -> bool:
    """Whether SQLite had no room: what it was writing is to blame then, not what it read."""
    return getattr(error.orig, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_FULL


def cause_of(error: DBAPIError) -> str:
    """What the database said, for the log: the kind of the failure and its code, never a value or a statement (P10)."""
    cause = error.orig
    kind = type(cause).__name__
    if isinstance(cause, sqlite3.Error):
        code = getattr(cause, "sqlite_errorcode", 0)
        plain = _SQLITE.get(code & 0xFF, "").partition(";")[0]
        return ": ".join(part for part in (kind, getattr(cause, "sqlite_errorname", ""), plain) if part)
    state = getattr(cause, "sqlstate", None)
    if state is not None:
        return f"{kind}: SQLSTATE {state}"
    return f"{kind}: {_first_line(cause)}" if error.connection_invalidated or kind == "OperationalError" else kind


def _first_line(cause: BaseException | None) -> str:
    lines = str(cause).strip().splitlines()
    return lines[0] if lines else type(cause).__name__
