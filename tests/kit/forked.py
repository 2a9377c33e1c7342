"""`sayso` as a process that starts at once: forked from one that has imported all of it, and has done nothing else.

For tests to which a start is only a means. How it starts, refuses to and ends is tested with a fresh interpreter.
"""

import multiprocessing
import os
import signal
import sys
from collections.abc import Mapping
from multiprocessing.connection import Connection
from pathlib import Path

_forks = multiprocessing.get_context("forkserver")
_forks.set_forkserver_preload(
    [
        "tests.kit.forked",
        "sayso.agent.runner",
        "sayso.cli.commands",
        "sayso.cli.serve",
        "sayso.conversation.service",
        "sayso.http.api",
        "sayso.jobs",
        "sayso.offline.model",
        "sayso.workspace.local.seed.seed",
        "alembic.command",
        "alembic.config",
        "genai_prices.data_snapshot",
        "griffe",
        "psycopg",
        "pydantic.v1",
        "pydantic_ai.models.openai",
        "sqlalchemy.dialects.postgresql.psycopg",
        "uvicorn.lifespan.on",
        "uvicorn.loops.uvloop",
    ]
)


class Forked:
    """One `sayso` that runs with these arguments and this environment, in a session of its own."""

    def __init__(self, *arguments: str, env: Mapping[str, str], stderr: str | Path = os.devnull) -> None:
        reader, writer = _forks.Pipe(duplex=False)
        with writer:
            self._process = _forks.Process(target=_run, args=(arguments, dict(env), writer, str(stderr)))
            self._process.start()
        with reader:
            self.stdout = open(os.dup(reader.fileno()))  # noqa: SIM115 -- as Popen's
        assert self._process.pid is not None
        self.pid = self._process.pid

    def poll(self) -> int | None:
        """The exit status, negative for a signal; None while it runs."""
        return self._process.exitcode

    def wait(self, timeout: float) -> int:
        """Wait until it has ended; its exit status. Raises TimeoutError."""
        self._process.join(timeout)
        if self._process.exitcode is None:
            raise TimeoutError
        return self._process.exitcode

    def terminate(self) -> None:
        self._process.terminate()

    def kill(self) -> None:
        self._process.kill()

    def kill_all(self) -> None:
        """SIGKILL to it and to the workers that it started."""
        os.killpg(self.pid, signal.SIGKILL)


def _run(arguments: tuple[str, ...], environment: dict[str, str], output: Connection, errors: str) -> None:
    os.setsid()
    with output, open(errors, "w") as file:
        os.dup2(output.fileno(), 1)
        os.dup2(file.fileno(), 2)
    os.dup2(sys.stdin.fileno(), 0)  # /dev/null; workers are handed the number
    sys.stdin = open(0, closefd=False)  # noqa: SIM115 -- lasts as long as the process
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["sayso", *arguments]

    from sayso.cli import main

    main()
