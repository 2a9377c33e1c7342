"""The supervisor of several workers: it never waits for one, replaces each that ends, and says so in the log."""

import signal
from typing import Any

import pytest
import uvicorn
from structlog.testing import capture_logs
from uvicorn.config import STARTUP_FAILURE

from sayso.cli import workers
from sayso.cli.workers import Supervisor


class Pipe:
    def __init__(self, worker: "Worker") -> None:
        self._worker = worker
        self._unanswered = 0

    def send(self, _: bytes) -> None:
        if not self._worker.alive:
            raise BrokenPipeError
        self._unanswered += 1

    def poll(self, timeout: float) -> bool:
        assert timeout == 0, "the supervisor waits for one worker"
        return self._unanswered > 0 and not self._worker.silent

    def recv(self) -> bool:
        self._unanswered -= 1
        return self._worker.started


class Worker:
    """Stands for a process."""

    made: list["Worker"] = []  # noqa: RUF012

    def __init__(self, *_: Any) -> None:
        self.alive, self.silent, self.started = False, False, True
        self.exitcode: int | None = None
        self.pid = 100 + len(self.made)
        self.process = self
        self.parent_conn = Pipe(self)
        self.made.append(self)

    def start(self) -> None:
        self.alive = True

    def is_alive(self) -> bool:
        return self.alive

    def kill(self) -> None:
        if self.alive:
            self.end(-signal.SIGKILL)

    def join(self) -> None:
        assert not self.alive

    def end(self, exitcode: int) -> None:
        self.alive, self.exitcode = False, exitcode


class Time:
    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Time:
    given = Time()
    monkeypatch.setattr(workers, "time", given)
    monkeypatch.setattr(workers, "Process", Worker)
    monkeypatch.setattr("uvicorn.supervisors.multiprocess.Process", Worker)
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    Worker.made = []
    return given


def supervisor(count: int = 4) -> Supervisor:
    made = Supervisor(uvicorn.Config("x:y", workers=count, timeout_worker_healthcheck=30), [])
    made.init_processes()
    return made


def watched(supervisor: Supervisor) -> list[Any]:
    return supervisor.processes


def test_all_that_ended_are_replaced_at_one_look_though_one_is_silent(clock: Time) -> None:
    watch = supervisor()
    for _ in range(3):
        watch.keep_subprocess_alive()
    silent, killed, failed, well = Worker.made
    silent.silent = True
    killed.end(-signal.SIGKILL)
    failed.end(1)
    with capture_logs() as logged:
        watch.keep_subprocess_alive()
    assert watched(watch) == [silent, *Worker.made[4:6], well]
    assert all(worker.alive for worker in watched(watch))
    assert [(entry["event"], entry["pid"], entry["why"], entry["log_level"]) for entry in logged] == [
        ("worker_ended", 101, "killed by SIGKILL", "error"),
        ("worker_ended", 102, "exit status 1", "error"),
    ]


def test_a_silent_worker_is_killed_after_its_time_and_a_slow_one_is_not(clock: Time) -> None:
    watch = supervisor(2)
    silent, slow = Worker.made
    silent.silent = slow.silent = True
    for seconds in (0.0, 20.0, 9.0):
        clock.now += seconds
        watch.keep_subprocess_alive()
        slow.silent = seconds != 20.0  # answers once in between
        watch.keep_subprocess_alive()
    assert watched(watch) == [silent, slow]
    clock.now += 1.5
    with capture_logs() as logged:
        watch.keep_subprocess_alive()
    assert watched(watch) == [Worker.made[2], slow]
    assert [(entry["pid"], entry["why"]) for entry in logged] == [(100, "it did not answer")]


def test_a_server_that_never_served_ends_when_its_workers_cannot_start(clock: Time) -> None:
    watch = supervisor()
    for worker in Worker.made:
        worker.end(STARTUP_FAILURE)
    watch.keep_subprocess_alive()
    assert watch.should_exit.is_set()


def test_one_that_has_served_goes_on_trying(clock: Time) -> None:
    """The database may be away for a moment, just when a worker is replaced."""
    watch = supervisor()
    for _ in range(2):
        watch.keep_subprocess_alive()
    Worker.made[0].end(STARTUP_FAILURE)
    watch.keep_subprocess_alive()
    assert not watch.should_exit.is_set()
    assert watch.processes[0].process.is_alive()
