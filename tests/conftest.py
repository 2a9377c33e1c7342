"""A real server on a real socket, for every test that speaks HTTP."""

import io
import os
import shutil
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import httpx2
import pytest
import structlog
from hypothesis import settings as examples

if TYPE_CHECKING:
    from sayso.agent.models import ModelSource
    from sayso.workspace.accounts import Accounts
    from sayso.workspace.connected.connector import Connector

from tests.kit.postgres import scratch_database

from sayso.agent.vendors import VENDORS
from sayso.app import build, ensure_owner, open_store
from sayso.base.clock import FixedClock, parse_instant
from sayso.base.faults import Fault, no_fault
from sayso.base.ids import Ids
from sayso.cli.logs import without_words
from sayso.cli.serve import bounds_of, listen, login_link, server_config, url_of
from sayso.http.connections import Bounds
from sayso.http.session import COOKIE
from sayso.identity import sessions, users
from sayso.identity.sessions import Lifetime
from sayso.identity.types import Profile
from sayso.settings import Settings
from sayso.store.datadir import STORE_FILE
from sayso.store.gateway import Store

NOW = "2026-03-02T09:00-05:00"
ZONE = "America/New_York"
LIFETIME = Lifetime(timedelta(days=1), timedelta(days=90))
KEYS = {name for vendor in VENDORS for name in vendor.variables}
NO_OLLAMA = "127.0.0.1:1"

os.environ.setdefault("SAYSO_HOLD_SECONDS", "0")  # what is held back is tested where that is the matter

examples.register_profile("untimed", examples.default, deadline=None)  # a machine at work is no fault of what is tried
examples.load_profile("untimed")


class Server:
    """A running server. `clock` stands still at Monday 2 March 2026, 9:00 in New York, until it is moved."""

    def __init__(
        self,
        settings: Settings,
        source: "ModelSource | None",
        fault: Fault,
        bounds: Bounds | None = None,
        listener: socket.socket | None = None,
        accounts: "Accounts | None" = None,
        connectors: "Sequence[Connector]" = (),
        **options: Any,
    ) -> None:
        """`listener`: where to listen, if that must be known before; `options`: more of uvicorn's."""
        import uvicorn

        self.settings = settings
        self.clock = FixedClock(parse_instant(NOW))
        self.ids = Ids()
        self.store: Store = open_store(settings)
        self.owner = ensure_owner(self.store, self.clock, self.ids, ZoneInfo(ZONE))
        self._listener = listener or listen("127.0.0.1", 0)
        self.url = url_of(self._listener, "127.0.0.1")
        self._clients: list[httpx2.Client] = []
        given: dict[str, Any] = {"source": source, "accounts": accounts, "connectors": connectors, "fault": fault}
        app = build(settings, self.store, self.clock, self.ids, **given)
        self._server = uvicorn.Server(server_config(app, bounds or bounds_of(settings), **options))
        self._thread = threading.Thread(target=self._server.run, args=([self._listener],), daemon=True)
        self._thread.start()

    def anonymous(self, **options: Any) -> httpx2.Client:
        """A client without a session; it reads no certificates, which takes longer than a request."""
        client = httpx2.Client(base_url=self.url, timeout=30, trust_env=False, verify=False, **options)
        self._clients.append(client)
        return client

    def client(self) -> httpx2.Client:
        """A client signed in as the local user, through the one-time link."""
        client = self.anonymous()
        client.get(self.link(), follow_redirects=True).raise_for_status()
        assert COOKIE in client.cookies
        return client

    def stranger(self, name: str = "") -> httpx2.Client:
        """A client signed in as somebody else, who has an empty workspace; without a name, as somebody new."""
        name = name or self.ids.new("stranger")
        profile = Profile(name, f"{name}@example.com", name.title())
        now = self.clock.now()
        user_id, _ = self.store.write_now(users.ensure, "local", profile, now, self.ids)
        secret = self.store.write_now(sessions.create, user_id, "local", "", now, LIFETIME, self.ids)
        return self.anonymous(cookies={COOKIE: secret})

    def link(self) -> str:
        """A fresh one-time sign-in link."""
        return login_link(self.store, self.url, self.clock, self.ids)

    def stop(self) -> None:
        """End the server; all that it had to log or store is then done."""
        for client in self._clients:
            client.close()
        self._server.should_exit = True
        self._thread.join()
        self._listener.close()
        self.store.close()


StartServer = Callable[..., Server]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The slow ones begin first: whoever has nothing left to do steals what is quick, and all end together."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


@pytest.fixture(autouse=True)
def _default_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test depends on the settings of the machine that it runs on, nor on the language models that it has."""
    for name in [name for name in os.environ if name.startswith("SAYSO_") or name in KEYS]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("OLLAMA_HOST", NO_OLLAMA)
    monkeypatch.setenv("SAYSO_HOLD_SECONDS", "0")


@pytest.fixture
def logged() -> Iterator[io.StringIO]:
    """What is logged, a line each, at its most talkative."""
    written, before = io.StringIO(), structlog.get_config()
    plain: list[Any] = [structlog.contextvars.merge_contextvars, without_words, structlog.processors.KeyValueRenderer()]
    structlog.configure(plain, logger_factory=structlog.WriteLoggerFactory(written), cache_logger_on_first_use=False)
    yield written
    structlog.configure(**before)


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty store at the newest schema, to be copied: migrating takes longer than most tests."""
    folder = tmp_path_factory.mktemp("migrated")
    open_store(Settings(data_dir=folder)).close()
    return folder / STORE_FILE


@pytest.fixture(scope="session")
def begun(tmp_path_factory: pytest.TempPathFactory, migrated: Path) -> Path:
    """The same after a first start: with the local user, and his workspace as of `NOW`."""
    folder = tmp_path_factory.mktemp("begun")
    shutil.copy(migrated, folder / STORE_FILE)
    store = open_store(Settings(data_dir=folder))
    ensure_owner(store, FixedClock(parse_instant(NOW)), Ids(), ZoneInfo(ZONE))
    store.close()
    return folder / STORE_FILE


@pytest.fixture(scope="session")
def shared_server(tmp_path_factory: pytest.TempPathFactory, migrated: Path) -> Iterator[Server]:
    """A server for tests that use only `anonymous` and nameless `stranger`, and so cannot get in each other's way."""
    folder = tmp_path_factory.mktemp("shared")
    shutil.copy(migrated, folder / STORE_FILE)
    server = Server(Settings(data_dir=folder, timezone=ZONE, rate_limit=0), None, no_fault)
    assert server.anonymous().get("/health").status_code == 200  # it has begun, before a test puts anything in its way
    yield server
    server.stop()


@pytest.fixture
def start_server(tmp_path: Path, begun: Path) -> Iterator[StartServer]:
    """Start servers with settings of the test's choice; those on one data directory follow each other."""
    running: list[Server] = []

    def start(
        source: "ModelSource | None" = None,
        fault: Fault = no_fault,
        bounds: Bounds | None = None,
        accounts: "Accounts | None" = None,
        connectors: "Sequence[Connector]" = (),
        **settings: Any,
    ) -> Server:
        given: dict[str, Any] = {"data_dir": tmp_path / "data", "timezone": ZONE, "rate_limit": 0} | settings
        given["data_dir"].mkdir(exist_ok=True)
        if not (given["data_dir"] / STORE_FILE).exists():
            shutil.copy(begun, given["data_dir"] / STORE_FILE)
        server = Server(Settings(**given), source, fault, bounds, accounts=accounts, connectors=connectors)
        running.append(server)
        return server

    yield start
    for server in running:
        server.stop()


@pytest.fixture
def server(start_server: StartServer) -> Server:
    """One server with the settings that most tests need: no rate limit, the offline model."""
    return start_server()


@pytest.fixture
def postgres() -> Iterator[str]:
    """The address of an empty PostgreSQL database."""
    with scratch_database() as url:
        if url is None:
            pytest.skip("no PostgreSQL at SAYSO_TEST_POSTGRES or 127.0.0.1:5432")
        yield url
