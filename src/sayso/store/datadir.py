"""Where the store is, that nobody else reads or changes it there, and the lock that keeps it to one server."""

import json
import os
import sqlite3
import stat
import sys
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path

from sqlalchemy import URL
from sqlalchemy.exc import DBAPIError

from sayso.base.errors import StartupError
from sayso.base.files import private_file
from sayso.settings import Settings
from sayso.store.engine import read_address, shown
from sayso.store.trouble import startup_error

STORE_FILE = "sayso.sqlite3"
LOCK_FILE = "server.lock"
KEY_FILE = "secret.key"
JOURNALS = ("-wal", "-shm", "-journal")
_NOT_OURS = 0o077
_WRITABLE = 0o022


@dataclass(frozen=True, slots=True)
class Place:
    """Where the store of the settings is."""

    url: URL
    name: str
    """For people: the data directory, or the address without a password."""
    file: Path | None
    """The real path of an SQLite store, past all links; None for PostgreSQL."""
    lock: Path
    """The lock file of a server, beside the store: whatever name leads to the store, it is the same one."""


@dataclass(frozen=True, slots=True)
class Running:
    """What a running server leaves in its lock file for other commands."""

    pid: int
    url: str
    clock: str | None
    """Its `clock` setting."""
    shift: float
    """Seconds by which its clock was ahead of the machine's when it started."""


def locate(settings: Settings) -> Place:
    """The store that the settings name. Raises StartupError."""
    if settings.database_url is None:
        return _file_at(settings.data_dir / STORE_FILE, str(settings.data_dir))
    url = read_address(settings.database_url)
    if url.get_backend_name() != "sqlite":
        return Place(url, shown(url), None, settings.data_dir / LOCK_FILE)
    path = url.database or ""
    if not path or "\0" in path or path.startswith((":memory:", "file:")) or url.host or url.query:
        raise StartupError(
            "SAYSO_DATABASE_URL: SQLite needs the path of a file and nothing else, as in sqlite:////srv/sayso.sqlite3."
        )
    return _file_at(Path(path), path)


def _file_at(path: Path, name: str) -> Place:
    file = Path(os.path.realpath(path))
    return Place(URL.create("sqlite", database=str(file)), name, file, file.with_name(f"{file.name}.lock"))


# --- for nobody else -------------------------------------------------------------------------------------------------


def prepare(data_dir: Path) -> None:
    """Make the directory, readable by its owner alone; one that was there and holds only ours is closed to others.

    Raises StartupError.
    """
    try:
        data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        if _mode(data_dir) & _NOT_OURS and _is_ours(data_dir):
            data_dir.chmod(0o700)
    except OSError as error:
        raise StartupError(f"The data directory {data_dir} cannot be made: {error.strerror}.") from error


def secure(file: Path) -> None:
    """See to it that an SQLite store at this path is a store, for its owner alone; a new one is made, without tables.

    Call it before SQLite has the file open. Raises StartupError.
    """
    try:
        if os.name != "nt" and _mode(file.parent) & _WRITABLE:
            raise StartupError(
                f"Others may write to {file.parent} and so replace the store: `chmod go-w {file.parent}`, or choose "
                "another data directory."
            )
        if not os.path.lexists(file):
            return _make(file)
    except FileExistsError:
        pass
    except OSError as error:
        raise StartupError(f"The store {file} cannot be made: {error.strerror}.") from error
    _check(file)
    try:
        for path in (file, *(file.with_name(file.name + suffix) for suffix in JOURNALS)):
            if path.exists() and _mode(path) & _NOT_OURS:
                path.chmod(0o600)
    except OSError as error:
        raise StartupError(f"Others may read {file} and it cannot be closed to them: {error.strerror}.") from error


def _make(file: Path) -> None:
    """A new store is not empty from its first instant on: a start that is killed there is no lost store to the next."""
    try:
        with private_file(file, replace=False) as draft:  # SQLite gives its journals the same mode
            with closing(sqlite3.connect(draft)) as new:
                new.execute("PRAGMA journal_mode=WAL")  # writes the head of the file
            hand_over(draft)
    except sqlite3.Error as error:
        raise startup_error(DBAPIError(None, None, error), str(file)) from error


def hand_over(file: Path) -> None:
    """Give what root makes beside a store to the owner of the directory, who runs the server."""
    if os.name != "nt" and os.geteuid() == 0:
        found = file.parent.stat()
        os.chown(file, found.st_uid, found.st_gid, follow_symlinks=False)


def _check(file: Path) -> None:
    found = file.stat()
    if not stat.S_ISREG(found.st_mode):
        raise StartupError(f"{file} is not a file; move it away or choose another data directory.")
    if found.st_size == 0:
        raise StartupError(
            f"{file} is empty, so what was in it is lost: bring a backup back with `sayso restore`, or delete the file "
            "to begin anew."
        )
    if found.st_nlink > 1:
        raise StartupError(
            f"{file} has a second name (a hard link), under which SQLite would keep another journal: delete that name "
            "or make it a copy."
        )


def _is_ours(directory: Path) -> bool:
    names = {path.name.lstrip(".") for path in directory.iterdir()}
    mine = os.name != "nt" and directory.stat().st_uid == os.geteuid()
    return mine and all(name.startswith((STORE_FILE, LOCK_FILE, KEY_FILE)) for name in names)


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


# --- one server ------------------------------------------------------------------------------------------------------


class ServerLock:
    """Held by the one server of a store; the system lets go of it when the process ends, however it ends."""

    def __init__(self, place: Place) -> None:
        """Raises StartupError when another server holds it."""
        try:
            self._file = os.open(place.lock, os.O_RDWR | os.O_CREAT, 0o600)
            hand_over(place.lock)
        except OSError as error:
            raise StartupError(f"{place.lock.parent} cannot be written: {error.strerror}.") from error
        if not _lock(self._file, alone=True):
            os.close(self._file)
            raise StartupError(
                f"Another Sayso server already uses {place.name}{_named(place)}; stop it or choose another --data-dir."
            )
        os.ftruncate(self._file, 0)  # what a server said that was killed

    def announce(self, running: Running) -> None:
        """Tell other commands where this server is. Raises StartupError when the disk is full."""
        try:
            os.ftruncate(self._file, 0)
            os.pwrite(self._file, json.dumps(asdict(running)).encode(), 0)
        except OSError as error:
            raise StartupError(f"The data directory cannot be written: {error.strerror}.") from error

    def release(self) -> None:
        os.ftruncate(self._file, 0)
        os.close(self._file)


def running_server(place: Place) -> Running | None:
    """The server that holds the store's lock now, if any."""
    try:
        file = os.open(place.lock, os.O_RDWR)
    except OSError:
        return None
    try:
        if _lock(file, alone=False):  # nobody has it: what the file says is left from a server that was killed
            return None
        return Running(**json.loads(os.pread(file, 10_000, 0)))
    except (TypeError, ValueError):  # between taking the lock and telling about it, or of another version
        return None
    finally:
        os.close(file)


def _named(place: Place) -> str:
    running = running_server(place)
    return f" (process {running.pid}, {running.url})" if running else ""


def _lock(file: int, alone: bool) -> bool:
    """Take the lock, or, not `alone`, look whether a server has it, beside others who look."""
    if sys.platform == "win32":
        return True
    import fcntl

    try:
        fcntl.flock(file, (fcntl.LOCK_EX if alone else fcntl.LOCK_SH) | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
