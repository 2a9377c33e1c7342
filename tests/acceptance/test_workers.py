"""Several workers on PostgreSQL: killed all at once, started on an empty database all at once."""

import os
import re
import select
import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2
import psycopg
import pytest
from tests.acceptance.conftest import Process, Serve


def workers_of(pid: int) -> list[int]:
    children = (Path(f"/proc/{pid}/task") / task / "children" for task in os.listdir(f"/proc/{pid}/task"))
    found = [int(child) for path in children for child in path.read_text().split()]
    return [child for child in found if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes()]


def answers(url: str) -> bool:
    try:
        return httpx2.get(f"{url}/health", timeout=60, trust_env=False).status_code == 200
    except httpx2.TransportError:
        return False


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="finds the workers in /proc")
def test_workers_that_are_killed_are_replaced_and_leave_a_line(serve: Serve, postgres: str, tmp_path: Path) -> None:
    log = tmp_path / "log"
    server = serve("--workers", "2", database_url=postgres, stderr=str(log))
    while not answers(server.url):
        pass
    killed = workers_of(server.pid)
    assert len(killed) == 2
    for worker in killed:
        os.kill(worker, signal.SIGKILL)
    while not answers(server.url):  # the listener stays; who comes meanwhile waits
        pass
    said = log.read_text()
    for worker in killed:
        assert re.search(rf'"pid": {worker}, "why": "killed by SIGKILL", "event": "worker_ended"', said)


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="finds the workers in /proc")
def test_workers_end_with_their_server_however_it_ends(serve: Serve, postgres: str) -> None:
    """They would keep its port from the next one."""
    server = serve("--workers", "2", database_url=postgres)
    while not answers(server.url):
        pass
    left = [os.pidfd_open(worker) for worker in workers_of(server.pid)]
    assert len(left) == 2
    os.kill(server.pid, signal.SIGKILL)
    for worker in left:
        assert select.select([worker], [], [], 60)[0], "a worker lives on"
        os.close(worker)
    assert not answers(server.url)
    again = serve("--workers", "2", "--port", server.url.rpartition(":")[2], database_url=postgres)
    assert again.url == server.url


def test_servers_that_start_at_once_on_an_empty_database(postgres: str, tmp_path: Path) -> None:
    """Of several first starts one makes the user and the workspace."""
    settings = {"SAYSO_DATABASE_URL": postgres}
    with ThreadPoolExecutor(3) as pool:
        servers = list(pool.map(lambda number: Process(tmp_path / str(number), settings), range(3)))
    try:
        with psycopg.connect(postgres.replace("+psycopg", "")) as connection:
            assert connection.execute("SELECT count(*) FROM users").fetchone() == (1,)
            assert connection.execute("SELECT count(*) FROM local_task_lists").fetchone() == (3,)
        assert all(server.client().get("/threads").status_code == 200 for server in servers)
    finally:
        for server in servers:
            server.kill()
