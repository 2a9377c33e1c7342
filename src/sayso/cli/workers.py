"""Several processes that serve: started, watched and replaced."""

import multiprocessing
import os
import signal
import socket
import threading
import time

import structlog
import uvicorn
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors.multiprocess import Multiprocess, Process

log = structlog.get_logger()


class Supervisor(Multiprocess):
    """uvicorn's, which looks at one worker after the other and may wait for each: here a silent one keeps no dead one
    from being replaced, and each that ends leaves a line in the log.
    """

    def __init__(self, config: uvicorn.Config, sockets: list[socket.socket]) -> None:
        super().__init__(config, sockets)
        self._asked: dict[Process, float] = {}
        self._served = False

    def keep_subprocess_alive(self) -> None:
        """Replace every worker that has ended, or has been silent for too long. Never waits."""
        for index, process in enumerate(self.processes):
            if self.should_exit.is_set():
                return
            if self._is_well(process):
                continue
            hung = process.process.is_alive()
            process.kill()
            process.join()
            self._asked.pop(process, None)
            log.error("worker_ended", pid=process.pid, why="it did not answer" if hung else _ending(process.exitcode))
            if process.exitcode == STARTUP_FAILURE and not self._served:
                self.should_exit.set()  # it would fail the same way again
                return
            self.processes[index] = Process(self.config, self.sockets)
            self.processes[index].start()

    def _is_well(self, process: Process) -> bool:
        """Whether the worker lives and has answered its last ping, or still has time to."""
        if not process.process.is_alive():
            return False
        try:
            if process in self._asked and process.parent_conn.poll(0):
                self._served = process.parent_conn.recv() or self._served
                del self._asked[process]
            if process not in self._asked:
                process.parent_conn.send(b"ping")
                self._asked[process] = time.monotonic()
        except (OSError, EOFError):
            return False
        return time.monotonic() - self._asked[process] < self.config.timeout_worker_healthcheck


def end_with_parent() -> None:
    """End this worker when its supervisor is gone, however that ended: nobody would replace it, and it would keep the
    port from the next server."""
    parent = multiprocessing.parent_process()

    def watch() -> None:
        assert parent is not None
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, name="parent", daemon=True).start()


def _ending(exitcode: int | None) -> str:
    if exitcode is not None and exitcode < 0:
        return f"killed by {signal.Signals(-exitcode).name}"
    return f"exit status {exitcode}"
