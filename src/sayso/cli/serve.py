"""`sayso serve`: one process that listens, and ends cleanly."""

import contextlib
import os
import signal
import socket
from collections.abc import Callable
from datetime import UTC, datetime
from types import FrameType
from typing import Any

import uvicorn

from sayso.app import build, default_zone, ensure_owner, open_store, told
from sayso.base.clock import Clock, ShiftedClock, parse_clock
from sayso.base.errors import StartupError, StoreUnavailable
from sayso.base.ids import Ids
from sayso.cli.logs import configure_logs
from sayso.identity.local_provider import LINK_MINUTES, issue_link
from sayso.settings import Settings
from sayso.store import datadir
from sayso.store.gateway import Store

WORKER_SETTINGS = "SAYSO_WORKER_SETTINGS"
GRACE_SECONDS = 3  # that open requests get to end after Ctrl-C
HUNG_SECONDS = 30  # after which a silent worker is killed; one on a busy machine is not hung, and has calls under way


def serve(settings: Settings, say: Callable[[str], None]) -> None:
    """Run the server until SIGINT or SIGTERM. Raises StartupError with one line that says why it cannot."""
    configure_logs(settings.log_level)
    if settings.workers > 1 and not (settings.database_url or "").startswith("postgresql"):
        raise StartupError(
            f"SQLite serves one process; for --workers {settings.workers} set SAYSO_DATABASE_URL to a PostgreSQL "
            "database."
        )
    clock, ids = clock_of(settings), Ids()
    zone = default_zone(settings)
    with contextlib.ExitStack() as held:
        listener = listen(settings.host, settings.port)
        held.callback(listener.close)
        url = settings.public_url or url_of(listener, settings.host)
        datadir.prepare(settings.data_dir)
        lock = datadir.ServerLock(settings.data_dir)
        held.callback(lock.release)
        store = open_store(settings)
        held.callback(store.close)
        ensure_owner(store, clock, ids, zone)
        link = login_link(store, url, clock, ids)
        shift = (clock.now() - datetime.now(UTC)).total_seconds()
        lock.announce(datadir.Running(os.getpid(), url, settings.clock, shift))
        for line in _banner(settings, url, link, clock):
            say(line)
        if settings.workers > 1:
            _run_workers(settings, listener, shift)
            return
        server = uvicorn.Server(server_config(build(settings, store, clock, ids)))
        # uvicorn raises the signal anew once it has shut down; by then it has done its work.
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, _ignore)
        server.run(sockets=[listener])


def _run_workers(settings: Settings, listener: socket.socket, shift: float) -> None:
    """Serve with several processes, which uvicorn starts, watches and replaces, until SIGINT or SIGTERM."""
    from uvicorn.supervisors import Multiprocess

    running = settings.clock is not None and not settings.clock.startswith(("fixed:", "file:"))
    for_workers = settings.model_copy(update={"clock": f"shift:{shift}"} if running else {})
    os.environ[WORKER_SETTINGS] = for_workers.model_dump_json()
    config = server_config(
        "sayso.cli.serve:worker", factory=True, workers=settings.workers, timeout_worker_healthcheck=HUNG_SECONDS
    )
    Multiprocess(config, sockets=[listener]).run()


def worker() -> object:
    """The application of one worker process."""
    settings = Settings.model_validate_json(os.environ[WORKER_SETTINGS])
    configure_logs(settings.log_level)
    return build(settings, open_store(settings), clock_of(settings), Ids())


def server_config(app: object, **more: Any) -> uvicorn.Config:
    return uvicorn.Config(
        app,  # type: ignore[arg-type]
        **more,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
        lifespan="on",
    )


def clock_of(settings: Settings) -> Clock:
    try:
        return parse_clock(settings.clock)
    except (ValueError, OSError) as error:
        raise StartupError(f"--clock: {settings.clock!r} is not a time such as 2026-03-02T09:00-05:00.") from error


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens there. Raises StartupError."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, socket.SOCK_STREAM)
    except OSError as error:
        raise StartupError(f"Cannot listen on {host}: {error.strerror}.") from error
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(2048)
    except OSError as error:
        listener.close()
        raise StartupError(f"Cannot listen on {host} port {port}: {error.strerror}. Choose another --port.") from error
    return listener


def url_of(listener: socket.socket, host: str) -> str:
    """The address under which this machine reaches the listener."""
    port = listener.getsockname()[1]
    if host in ("0.0.0.0", "::", ""):
        host = "127.0.0.1"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def login_link(store: Store, url: str, clock: Clock, ids: Ids) -> str:
    """A fresh one-time sign-in link. Raises StartupError."""
    try:
        return f"{url}/auth/local/login?token={store.write_now(issue_link, clock.now(), ids)}"
    except StoreUnavailable as error:
        raise told(error, store) from error


def link_to_running(settings: Settings) -> str:
    """A fresh sign-in link to the server that runs on the data directory. Raises StartupError."""
    running = datadir.running_server(settings.data_dir)
    if running is None:
        raise StartupError(f"No Sayso server runs on {settings.data_dir}; start one with `sayso serve`.")
    if running.clock and running.clock.startswith(("fixed:", "file:")):
        clock = parse_clock(running.clock)
    else:
        clock = ShiftedClock(datetime.fromtimestamp(datetime.now(UTC).timestamp() + running.shift, UTC))
    store = open_store(settings)
    try:
        return login_link(store, running.url, clock, Ids())
    finally:
        store.close()


def _banner(settings: Settings, url: str, link: str, clock: Clock) -> list[str]:
    where = settings.data_dir if settings.database_url is None else "SAYSO_DATABASE_URL"
    lines = [
        f"Sayso listens on {url}",
        f"  model      {settings.model}",
        f"  workspace  local, in {where}",
    ]
    if settings.clock:
        lines.append(f"  clock      {clock.now().isoformat(timespec='seconds')}")
    return [
        *lines,
        "",
        f"Sign in (this link works once, within {LINK_MINUTES} minutes):",
        f"  {link}",
        "",
        "Ctrl-C ends it.",
    ]


def _ignore(_: int, __: FrameType | None) -> None:
    pass
