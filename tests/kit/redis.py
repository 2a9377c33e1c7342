"""A Redis of the test's own, to be counted in and to be killed."""

import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import redis
from redis.backoff import ConstantBackoff
from redis.retry import Retry


class Redis:
    """One server on a port of its own. It keeps nothing on disk: started again it is empty."""

    def __init__(self, program: str) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._program = program
        self.start()

    def start(self) -> None:
        """Start it, and return when it answers."""
        options = ["--bind", "127.0.0.1", "--port", str(self.port), "--save", "", "--appendonly", "no"]
        self._process = subprocess.Popen([self._program, *options], stdout=subprocess.DEVNULL)
        with self.client() as client:
            client.ping()

    def client(self) -> redis.Redis:
        """A client that waits for it."""
        waiting = Retry(ConstantBackoff(0.05), 200)
        return redis.Redis(port=self.port, retry=waiting, socket_timeout=10, decode_responses=True)

    def send(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    def end(self) -> None:
        """End it as by SIGKILL, if it has not ended."""
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait(timeout=60)


@contextmanager
def own_redis() -> Iterator[Redis]:
    """Skips the test where no redis-server is installed; an error in CI."""
    program = shutil.which("redis-server")
    if program is None:
        assert not os.environ.get("CI"), "redis-server is missing"
        pytest.skip("no redis-server on this machine")
    server = Redis(program)
    try:
        yield server
    finally:
        server.end()
