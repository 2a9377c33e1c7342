"""Two processes on PostgreSQL that need one account at once: one of them renews its token."""

import json
import select
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from tests.kit.seeded import add_user

from sayso.base.clock import SystemClock
from sayso.base.ids import Ids
from sayso.identity import accounts
from sayso.identity.accounts import ConnectedAccount
from sayso.identity.credentials import Credentials
from sayso.identity.keyring import Keyring, new_key
from sayso.identity.provider import Tokens
from sayso.store.engine import open_engine
from sayso.store.gateway import Store, WriteConn
from sayso.store.migrate import migrate

OVER = datetime(2026, 1, 1, tzinfo=UTC)


class TokenServer(ThreadingHTTPServer):
    """It gives new tokens for the last refresh token, and ends the grant of one that is used twice. It answers when
    `gate` opens."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Endpoint)
        self.asked: list[str] = []
        self.gate = threading.Event()
        self.url = f"http://127.0.0.1:{self.server_port}"


class _Endpoint(BaseHTTPRequestHandler):
    server: TokenServer

    def do_POST(self) -> None:
        token = self.rfile.read(int(self.headers["Content-Length"])).decode()
        again = token in self.server.asked
        self.server.asked.append(token)
        assert self.server.gate.wait(60)
        number = len(self.server.asked)
        body = json.dumps({"access": f"a{number}", "refresh": f"r{number}"}).encode()
        self.send_response(400 if again else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def issuer() -> Iterator[TokenServer]:
    server = TokenServer()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.gate.set()
    server.shutdown()
    thread.join()
    server.server_close()


def test_one_of_two_processes_refreshes(postgres: str, issuer: TokenServer) -> None:
    key, store = new_key(), _store(postgres)
    credentials = Credentials(store, Keyring(lambda: [key]), {}, SystemClock(), Ids())

    def connect(conn: WriteConn) -> None:
        add_user(conn, "usr_ana")
        accounts.add(
            conn, ConnectedAccount("usr_ana", "acc_1", "far", "", "", "", ("mail",), (), "connected", OVER, OVER)
        )
        credentials.keep(conn, "usr_ana", "acc_1", Tokens("a0", "r0", OVER, frozenset()))

    store.write_now(connect)
    command = [sys.executable, "-m", "tests.kit.refreshing_child", postgres, key, issuer.url]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    workers = [subprocess.Popen(command, **pipes) for _ in range(2)]  # type: ignore[call-overload]
    try:
        for worker in workers:
            assert worker.stdout.readline() == "ready\n"
        for worker in workers:
            worker.stdin.write("go\n")
            worker.stdin.flush()
        said, _, _ = select.select([worker.stdout for worker in workers], [], [], 60)
        assert [stdout.readline() for stdout in said] == ["waits\n"]  # the other one is at the provider
        issuer.gate.set()
        ends = [worker.stdout.read().split()[-1] for worker in workers]
    finally:
        for worker in workers:
            worker.kill()
            worker.wait()
            worker.stdin.close()
            worker.stdout.close()
        store.close()
    assert ends == ["a1", "a1"]
    assert issuer.asked == ["r0"]


def _store(url: str) -> Store:
    engine = open_engine(url)
    migrate(engine)
    return Store(engine)
