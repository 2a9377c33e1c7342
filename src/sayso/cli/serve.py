"""`sayso serve`: one process that listens, and ends cleanly."""

import asyncio
import contextlib
import functools
import os
import signal
import socket
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import structlog
import uvicorn

from sayso.app import build, default_zone, ensure_owner, open_store, told
from sayso.base.clock import Clock, ShiftedClock, parse_clock
from sayso.base.errors import StartupError, StoreUnavailable
from sayso.base.ids import Ids
from sayso.cli import ending
from sayso.cli.logs import configure_logs
from sayso.http.connections import Bounds, Connections
from sayso.http.protocol import BoundedProtocol
from sayso.identity.providers.local import LINK_MINUTES, issue_link
from sayso.settings import Settings
from sayso.store import datadir
from sayso.store.gateway import Store
from sayso.workspace.local.samples import has_samples

if TYPE_CHECKING:
    from sayso.agent.offers import Offer

try:
    import resource
except ImportError:  # Windows, which has no such limits
    resource = None  # type: ignore[assignment]

log = structlog.get_logger()

WORKER_SETTINGS = "SAYSO_WORKER_SETTINGS"
GRACE_SECONDS = 3  # that open requests get to end after Ctrl-C
FILES_WANTED = 20_000  # open at once, sockets too
FILES_OF_OUR_OWN = 64
MOST_OFFERED = 4
HUNG_SECONDS = 30  # after which a silent worker is killed; one on a busy machine is not hung, and has calls under way


def serve(settings: Settings, say: Callable[[str], None]) -> None:
    """Run the server until SIGINT or SIGTERM. Raises StartupError with one line that says why it cannot."""
    configure_logs(settings.log_level)
    _ask_for_files()
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
        lock = datadir.ServerLock(datadir.locate(settings))
        held.callback(lock.release)
        store = open_store(settings, check=True)
        held.callback(store.close)
        owner = ensure_owner(store, clock, ids, zone, settings.addresses)
        samples = store.read_now(has_samples, owner.user_id)
        link = login_link(store, url, clock, ids)
        # Before it is said where: what is wrong with the settings is then all that is said.
        app = build(settings, store, clock, ids) if settings.workers == 1 else None
        shift = (clock.now() - datetime.now(UTC)).total_seconds()
        lock.announce(datadir.Running(os.getpid(), url, settings.clock, shift))
        # From the banner on a signal ends it cleanly, also one that comes before it listens.
        run = _one_process(app, settings, listener) if app else _workers(settings, listener, shift)
        offers = [] if settings.names_model else found_here()
        for line in _banner(settings, url, link, clock, samples, offers):
            say(line)
        if app is None:
            store.engine.dispose()  # the connections are the workers'
        run()


def _one_process(app: object, settings: Settings, listener: socket.socket) -> Callable[[], None]:
    """What serves in this process until it is asked to end, which it listens to from now on."""
    server = uvicorn.Server(server_config(app, bounds_of(settings)))
    for number in (signal.SIGINT, *ending()):
        # uvicorn sets the same once it runs, and raises the signal anew once it has shut down.
        signal.signal(number, server.handle_exit)
    return functools.partial(server.run, sockets=[listener])


def _workers(settings: Settings, listener: socket.socket, shift: float) -> Callable[[], None]:
    """What serves with several processes, which uvicorn starts, watches and replaces, until SIGINT or SIGTERM, both of
    which it takes from now on."""
    from sayso.cli.workers import Supervisor

    running = settings.clock is not None and not settings.clock.startswith(("fixed:", "file:"))
    for_workers = settings.model_copy(update={"clock": f"shift:{shift}"} if running else {})
    os.environ[WORKER_SETTINGS] = for_workers.model_dump_json(exclude_unset=True)  # what is not set stays so
    config = server_config(
        "sayso.cli.serve:worker",
        bounds_of(settings),
        factory=True,
        workers=settings.workers,
        timeout_worker_healthcheck=HUNG_SECONDS,
    )
    return Supervisor(config, [listener]).run


def worker() -> object:
    """The application of one worker process."""
    from sayso.cli.workers import end_with_parent

    end_with_parent()
    settings = Settings.model_validate_json(os.environ[WORKER_SETTINGS])
    configure_logs(settings.log_level)
    try:
        return build(settings, open_store(settings), clock_of(settings), Ids())
    except StartupError as error:
        log.error("worker_cannot_start", why=str(error))  # noqa: TRY400 -- it says all; the supervisor tries again
        sys.exit(1)


def bounds_of(settings: Settings) -> Bounds:
    """What these settings and this machine allow. Half of the files that may be open are for clients: each of them may
    wait for a model, over another socket."""
    return Bounds(
        connections=max(1, (_files() - FILES_OF_OUR_OWN) // 2),
        per_address=settings.address_connections,
        proxies=tuple(settings.trusted_proxies),
    )


def _files() -> int:
    """How many files and sockets this process may have open."""
    allowed = resource.getrlimit(resource.RLIMIT_NOFILE)[0] if resource else -1
    return FILES_WANTED if allowed == -1 else min(allowed, FILES_WANTED)  # -1: as many as it wants


def _ask_for_files() -> None:
    """Systems give a process few open files until it asks for more."""
    if resource:
        now, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = FILES_WANTED if most == -1 else min(most, FILES_WANTED)
        if now != -1 and now < wanted:
            with contextlib.suppress(ValueError, OSError):  # some systems allow less than they say
                resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))


def server_config(app: object, bounds: Bounds, **more: Any) -> uvicorn.Config:
    """How uvicorn serves the application: every connection within these bounds."""
    protocol = functools.partial(BoundedProtocol, bounds=bounds, connections=Connections(bounds))
    return uvicorn.Config(
        app,  # type: ignore[arg-type]
        **more,
        http=protocol,  # type: ignore[arg-type]
        ws="none",
        timeout_keep_alive=bounds.idle_seconds,  # type: ignore[arg-type]
        proxy_headers=False,  # `http.forwarded` reads them
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
        # Named as TCP, for else asyncio leaves Nagle's algorithm on, which holds back each answer for 40 ms.
        listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
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


def _offered(offers: "Sequence[Offer]") -> list[str]:
    """What could answer instead, and how it is chosen."""
    if not offers:
        return []
    lines = [f"               {offer.command}   ({offer.found})" for offer in offers[:MOST_OFFERED]]
    return ["             also here, and used only if you choose it on the page or start with it:", *lines]


def clock_beside(settings: Settings) -> Clock:
    """The clock of the server that runs on the store of the settings; without one, the settings' own."""
    running = datadir.running_server(datadir.locate(settings))
    if running is None:
        return clock_of(settings)
    if running.clock and running.clock.startswith(("fixed:", "file:")):
        return parse_clock(running.clock)
    return ShiftedClock(datetime.now(UTC) + timedelta(seconds=running.shift))


def link_to_running(settings: Settings) -> str:
    """A fresh sign-in link to the server that runs on the store of the settings. Raises StartupError."""
    place = datadir.locate(settings)
    running = datadir.running_server(place)
    if running is None:
        raise StartupError(f"No Sayso server runs on {place.name}; start one with `sayso serve`.")
    store = open_store(settings)
    try:
        return login_link(store, running.url, clock_beside(settings), Ids())
    finally:
        store.close()


def found_here() -> "list[Offer]":
    """Language models that this machine has, to be offered; nothing of it is used."""
    from sayso.agent.offers import find

    return asyncio.run(find(os.environ))


def _banner(
    settings: Settings, url: str, link: str, clock: Clock, samples: bool, offers: "Sequence[Offer]"
) -> list[str]:
    where = settings.data_dir if settings.database_url is None else "SAYSO_DATABASE_URL"
    lines = [
        f"Sayso listens on {url}",
        f"  model      {settings.model}",
        *_offered(offers),
        f"  workspace  local, in {where}",
    ]
    if settings.clock:
        lines.append(f"  clock      {clock.now().isoformat(timespec='seconds')}")
    if samples:
        lines.append("  data       a sample to play with, until you import your own or say: sayso samples remove")
    return [
        *lines,
        "",
        f"Sign in (this link works once, within {LINK_MINUTES} minutes):",
        f"  {link}",
        "",
        "Ctrl-C ends it.",
    ]
