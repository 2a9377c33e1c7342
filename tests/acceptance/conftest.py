"""`sayso serve` as real processes, on SQLite and on PostgreSQL, to be killed and started again."""

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx2
import pytest
from tests.kit.forked import Forked

LINK = re.compile(r"(http://\S+)/auth/local/login\?token=\S+")


class Process:
    """One start of the server."""

    def __init__(self, data_dir: Path, settings: dict[str, str], *options: str, stderr: str = os.devnull) -> None:
        self._clients: list[httpx2.Client] = []
        environment = {name: value for name, value in os.environ.items() if not name.startswith("SAYSO_")}
        environment |= {
            "SAYSO_TIMEZONE": "America/New_York",
            "SAYSO_RATE_LIMIT": "0",
            "SAYSO_HOLD_SECONDS": "0",
            **settings,
        }
        options = ("--port", "0", "--data-dir", str(data_dir), *options)
        self._process = Forked("serve", *options, env=environment, stderr=stderr)
        self.pid = self._process.pid
        for line in self._process.stdout:
            if link := LINK.search(line):
                self.link, self.url = link.group(), link.group(1)
                return
        raise AssertionError("the server did not start")

    def client(self) -> httpx2.Client:
        """A client signed in through the one-time link."""
        client = httpx2.Client(base_url=self.url, timeout=60, trust_env=False, verify=False)
        self._clients.append(client)
        client.get(self.link, follow_redirects=True).raise_for_status()
        return client

    def wait_dead(self) -> int:
        """Wait until the process has ended; its exit status, negative for a signal."""
        return self._process.wait(timeout=60)

    def kill(self) -> None:
        """SIGKILL to the server and its workers."""
        for client in self._clients:
            client.close()
        if self._process.poll() is None:
            self._process.kill_all()
        self._process.wait(timeout=30)
        self._process.stdout.close()


Serve = Callable[..., Process]


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Start servers on one data directory."""
    started: list[Process] = []

    def start(*options: str, stderr: str = os.devnull, **settings: str) -> Process:
        given = {f"SAYSO_{k.upper()}": v for k, v in settings.items()}
        process = Process(tmp_path / "data", given, *options, stderr=stderr)
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
