"""Programs that serve at a port, started by a test run and ended with it."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

import pytest

PATIENCE = 30.0


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


def missing(what: str) -> NoReturn:
    """Skips the test where a program is not installed; an error in CI."""
    assert not os.environ.get("CI"), f"{what} is missing"
    pytest.skip(f"no {what} on this machine")


def program(*names: str) -> str:
    """The first of these programs that is there."""
    places = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
    return next(filter(None, (shutil.which(name, path=places) for name in names)), "") or missing(names[0])


@contextmanager
def running(arguments: Sequence[str], port: int, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A program while it serves at a port of 127.0.0.1; what it says goes to `log`. It has a process group of its own,
    for Cyrus ends all of its group with itself, and so would end another one."""
    with log.open("wb") as said:
        process = subprocess.Popen(
            arguments, stdin=subprocess.DEVNULL, stdout=said, stderr=said, start_new_session=True
        )
        try:
            answers(port, process, log)
            yield process
        finally:
            process.terminate()
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(timeout=10)


def answers(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    """Returns when something accepts connections there."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        assert process.poll() is None, log.read_text(errors="replace")[-2000:]
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
            continue
        return
    raise AssertionError(log.read_text(errors="replace")[-2000:])
