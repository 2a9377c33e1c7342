"""The data directory of an embedded store, and the lock that keeps it to one server."""

import json
import os
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

from sayso.base.errors import StartupError

STORE_FILE = "sayso.sqlite3"
LOCK_FILE = "server.lock"


@dataclass(frozen=True, slots=True)
class Running:
    """What a running server leaves in its lock file for other commands."""

    pid: int
    url: str
    clock: str | None
    """Its `clock` setting."""
    shift: float
    """Seconds by which its clock was ahead of the machine's when it started."""


def prepare(data_dir: Path) -> None:
    """Make the directory, readable by its owner alone. Raises StartupError."""
    try:
        data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise StartupError(f"The data directory {data_dir} cannot be made: {error.strerror}.") from error


class ServerLock:
    """Held by the one server of a data directory; the system lets go of it when the process ends, however it ends."""

    def __init__(self, data_dir: Path) -> None:
        """Raises StartupError when another server holds it."""
        try:
            self._file = os.open(data_dir / LOCK_FILE, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise StartupError(f"The data directory {data_dir} cannot be written: {error.strerror}.") from error
        if not _lock(self._file):
            os.close(self._file)
            raise StartupError(
                f"Another Sayso server already uses {data_dir}{_named(data_dir)}; stop it or choose another --data-dir."
            )

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


def running_server(data_dir: Path) -> Running | None:
    """The server that holds the directory's lock now, if any."""
    try:
        file = os.open(data_dir / LOCK_FILE, os.O_RDWR)
    except OSError:
        return None
    try:
        if _lock(file):  # nobody has it: what the file says is left from a server that was killed
            return None
        return Running(**json.loads(os.pread(file, 10_000, 0)))
    except ValueError:  # between taking the lock and telling about it
        return None
    finally:
        os.close(file)


def _named(data_dir: Path) -> str:
    running = running_server(data_dir)
    return f" (process {running.pid}, {running.url})" if running else ""


def _lock(file: int) -> bool:
    if sys.platform == "win32":
        return True
    import fcntl

    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
