"""Copies of an SQLite store, and putting one in the place of another."""

import sqlite3
from contextlib import closing
from itertools import count
from pathlib import Path

from sayso.base.errors import StartupError
from sayso.base.files import link
from sayso.store.datadir import JOURNALS
from sayso.store.engine import BUSY_TIMEOUT_MS, connect_read_only


def copy(store: Path, into: Path) -> None:
    """Write the store, as it is at one instant, into an empty file; servers may go on writing meanwhile.

    `VACUUM INTO` reads in one transaction, and the copy needs no journal beside it. Raises sqlite3.Error.
    """
    with closing(connect_read_only(store)) as connection:
        connection.execute("VACUUM INTO ?", (str(into),))


def set_aside(store: Path) -> Path | None:
    """Give the store that is there another name beside it, under which it is kept; that name.

    The old name stays too, so that there is a store at any instant; replace it at once. Nothing may have the store
    open: raises StartupError.
    """
    if not store.exists():
        return None
    names = (store.with_name(f"{store.name}.before-restore-{number}") for number in count(1))
    aside = next(name for name in names if not name.exists())
    try:
        with closing(sqlite3.connect(store, timeout=BUSY_TIMEOUT_MS / 1000)) as connection:
            connection.execute("PRAGMA journal_mode=DELETE")  # all of it in one file; fails while another has it open
    except sqlite3.DatabaseError as error:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            raise StartupError(f"{store} is in use by another program; end it and restore again.") from error
        for suffix in JOURNALS:  # damaged: they go with it, and are not to meet the store that comes
            journal = store.with_name(store.name + suffix)
            if journal.exists():
                journal.rename(aside.with_name(aside.name + suffix))
    store.chmod(0o600)
    link(store, aside)
    return aside
