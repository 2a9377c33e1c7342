"""Sayso in a simulated world: real HTTP application, real store, virtual time, workers that die at any point.

Every request, worker and timer runs in one event loop whose time is virtual and whose interleaving is drawn from a
seed: the same seed gives the same run. The store is a real SQLite file; its statements run in the loop itself, with a
drawn delay before and after, during which others run and the worker may die. What survives a worker's death is what
survives a SIGKILL: the committed rows, and the far systems.
"""

import asyncio
import atexit
import contextlib
import functools
import gc
import json
import os
import random
import shutil
import tempfile
import warnings
from collections import namedtuple
from collections.abc import AsyncIterator, Callable, Coroutine
from contextvars import Context, ContextVar
from dataclasses import dataclass, field, fields
from datetime import timedelta
from pathlib import Path
from typing import Any, cast
from zoneinfo import ZoneInfo

import structlog
from fastapi import FastAPI
from sqlalchemy import Engine, event, text
from tests.kit.far import Far
from tests.kit.loop import LoopClock, Stuck, VirtualLoop
from tests.kit.model import ScriptedSource

from sayso.agent.runner import Runner
from sayso.app import converse, jobs_of, open_store
from sayso.base.clock import Clock, parse_instant
from sayso.base.errors import StoreUnavailable
from sayso.base.ids import Ids
from sayso.connecting import Connecting
from sayso.conversation.contexts import Contexts
from sayso.conversation.models import Models
from sayso.conversation.service import Conversation
from sayso.desk import Desk
from sayso.http.api import build_http
from sayso.identity import sessions, users
from sayso.identity.admission import Admission
from sayso.identity.credentials import Credentials
from sayso.identity.flow import SignIn
from sayso.identity.keyring import Keyring
from sayso.identity.providers.local import LocalProvider
from sayso.identity.sessions import Lifetime
from sayso.identity.types import Profile
from sayso.jobs import Jobs
from sayso.settings import Settings
from sayso.store.datadir import STORE_FILE
from sayso.store.engine import open_engine
from sayso.store.gateway import Store
from sayso.tools.registry import toolbox
from sayso.workspace.accounts import Accounts
from sayso.workspace.protocols import Workspace
from sayso.workspace.types import Person

NOW = "2026-03-02T09:00-05:00"
ZONE = ZoneInfo("America/New_York")
TTL = timedelta(hours=24)
USERS = ("robin", "stranger")
MOST_HOPS = 5000  # to the store in one instant; ten times what a long test needs
CLIENTS = ("robin's phone", "robin's desk", "stranger's")
TOOLS = (
    "list_calendar_events",
    "create_calendar_event",
    "update_calendar_event",
    "delete_calendar_event",
    "send_mail",
    "create_task",
)


class Dead(BaseException):
    """The process that this ran in is gone."""


_worker: ContextVar["Worker | None"] = ContextVar("worker", default=None)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a client got. `status` 0: nothing, for the worker died."""

    status: int
    body: Any

    @property
    def code(self) -> str:
        """The precise code of an error."""
        details = self.body.get("details") or {} if isinstance(self.body, dict) else {}
        return str(details.get("reason") or self.body.get("error")) if isinstance(self.body, dict) else ""


@dataclass
class Request:
    """A request on its way."""

    client: str
    method: str
    path: str
    body: Any
    headers: dict[str, str] = field(default_factory=dict)
    task: asyncio.Task[Answer] | None = None

    @property
    def done(self) -> bool:
        return self.task is not None and self.task.done()

    @property
    def answer(self) -> Answer:
        assert self.task is not None
        return self.task.result()


class _LoopStore(Store):
    """The store of one worker, whose transactions run in the loop."""

    def __init__(self, engine: Engine, embedded: bool, worker: "Worker") -> None:
        super().__init__(engine)
        self.embedded = embedded
        self._worker = worker

    async def _hop(
        self, pool: Any, patience: float, run: Callable[..., Any], /, *args: object, **kwargs: object
    ) -> Any:
        self._worker.check()
        await self._worker.world.delay()
        self._worker.check()
        self._worker.world.hop()
        if self._worker.world.store_lost:
            raise StoreUnavailable
        result = run(*args, **kwargs)
        await self._worker.world.delay()
        self._worker.check()
        return result


@dataclass
class _Wire:
    """The far systems, as a process that `alive` speaks for reaches them."""

    far: Far
    alive: Callable[[], None]

    async def workspace(self, user_id: str, me: Person) -> Workspace:
        return await self.far.workspace(user_id, me, self.alive)


@dataclass
class Worker:
    """A server process. It has one life at a time, numbered; a task of an earlier life that goes on meets `Dead`."""

    world: "World"
    conversation: Conversation = field(init=False)
    jobs: Jobs = field(init=False)
    app: Any = field(init=False)
    life: int = 0
    up: bool = False
    crash_at: tuple[str, int] | None = None
    tasks: list[asyncio.Task[Any]] = field(default_factory=list)

    def check(self) -> None:
        if not self.up or _life.get() != self.life:
            raise Dead

    def fault(self, point: str) -> None:
        self.check()
        self.world.points[point] = self.world.points.get(point, 0) + 1
        if self.world.at_point is not None:
            self.world.at_point(point)
        if self.crash_at is not None and self.crash_at[0] == point:
            left = self.crash_at[1] - 1
            self.crash_at = (point, left)
            if left <= 0:
                self.world.crashed_at[point] = self.world.crashed_at.get(point, 0) + 1
                self.die()
                raise Dead

    async def begin(self) -> None:
        await self.conversation.start()
        self.jobs.start()

    async def close(self) -> None:
        await self.jobs.close()
        await self.conversation.close()

    def die(self) -> None:
        """As by SIGKILL: from here on nothing of this life reaches the store or a far system."""
        self.up, self.crash_at = False, None
        self.world.crashes += 1
        self.world.debris = self.world.debris or any(not task.done() for task in self.tasks)
        for task in self.tasks:
            task.cancel()
        self.tasks = []


_life: ContextVar[int] = ContextVar("life", default=-1)


class World:
    """`workers` processes over one store. Use `run` for whatever must happen in its loop."""

    def __init__(self, folder: Path, template: Path, workers: int = 1) -> None:
        self.folder = folder
        self.template = template
        self.loop = VirtualLoop()
        self.loop.set_task_factory(self._task)
        self.loop.set_exception_handler(self._unexpected)
        self.settings = Settings(data_dir=folder, timezone=str(ZONE), rate_limit=0)
        self.far = Far()
        self.source = ScriptedSource()
        tools = toolbox()
        self.runner = Runner({name: tools[name] for name in TOOLS}, self.source)
        self._open()
        self.hold = timedelta()
        self.workers: list[Worker] = []
        self.secrets: dict[str, str] = {}
        self.user_ids: dict[str, str] = {}
        self.surprises: list[str] = []
        self.points: dict[str, int] = {}
        self.crashed_at: dict[str, int] = {}
        self.crashes = 0
        self.debris = False
        self.slow = 0.0
        self.store_lost = False
        self.at_point: Callable[[str], None] | None = None
        self.random = random.Random(0)
        self.ids = Ids(lambda n: self.random.randbytes(n))
        self.clock = LoopClock(self.loop, parse_instant(NOW))
        self._hops, self._hopped_at = 0, 0.0
        for _ in range(workers):
            self._add_worker()

    # --- a new world, cheaply: the HTTP application and the agent are built once -------------------------------------

    def begin(self, seed: int = 0, embedded: bool = True, delays: bool = True, hold: float = 0) -> None:
        """Everything anew: an empty store with two users and three sessions, far systems that obey. `hold`: seconds
        for which what goes to others is held back."""
        self.end()
        self.hold = timedelta(seconds=hold)
        self.random.seed(seed)
        self._delays = delays
        self.slow, self.store_lost, self.at_point = 0.0, False, None
        self.far.__init__()  # type: ignore[misc]
        self.far.wire = self.delay
        self.source.__init__()  # type: ignore[misc]
        self.surprises, self.clock = [], LoopClock(self.loop, parse_instant(NOW))
        self._open()
        for leftover in self.folder.glob(f"{self.file.name}*"):
            leftover.unlink()
        shutil.copy(self.template, self.file)
        self._sign_in()
        self.embedded = embedded
        self.run(self._start_all())

    def _open(self) -> None:
        """The store of this process: one that was forked from another with a world has a file of its own."""
        file = self.folder / f"world-{os.getpid()}.sqlite3"
        if getattr(self, "file", None) != file:
            self.file, self.engine = file, fast_engine(file)

    def _sign_in(self) -> None:
        store = Store(self.engine)
        now = self.clock.now()
        for name in USERS:
            profile = Profile(name, f"{name}@example.com", name.title())
            self.user_ids[name], _ = store.write_now(users.ensure, "local", profile, now, self.ids)
        for client in CLIENTS:
            user_id = self.user_ids[client.partition("'")[0]]
            life = Lifetime(timedelta(days=3650), timedelta(days=3650))
            self.secrets[client] = store.write_now(sessions.create, user_id, "local", "", now, life, self.ids)

    def _add_worker(self) -> None:
        worker = Worker(self)
        store = _LoopStore(cast(Engine, _EngineOf(self)), True, worker)
        worker.conversation = self._conversation(worker, store, self.far)
        worker.app = self._application(store, worker.conversation)
        self.workers.append(worker)

    def _conversation(self, worker: Worker, store: Store, accounts: Accounts) -> Conversation:
        contexts = Contexts(store, accounts, self.clock, self.ids, ZONE)
        models = Models(self.source, Keyring(lambda: ["a key of this world, which opens nothing"]))
        return converse(store, self.runner, models, contexts, self.clock, self.ids, TTL, worker.fault, hold=self.hold)

    def _application(self, store: Store, conversation: Conversation) -> Any:
        clock = cast(Clock, _ClockOf(self))
        local = LocalProvider(store, clock, self.ids)
        lifetime = Lifetime(timedelta(days=30), timedelta(days=90))
        sign_in = SignIn(store, {"local": local}, clock, self.ids, lifetime, Admission(), _no_welcome)

        @contextlib.asynccontextmanager
        async def lifespan(_: FastAPI) -> AsyncIterator[None]:
            yield

        desk = Desk(Contexts(store, self.far, clock, self.ids, ZONE), conversation.choosing)
        credentials = Credentials(
            store, Keyring(lambda: ["a key of this world, which opens nothing"]), {}, clock, self.ids
        )
        connecting = Connecting(store, sign_in, credentials, {}, clock, self.ids)
        return build_http(
            self.settings, store, conversation, desk, connecting, sign_in, local, clock, self.ids, lifespan
        )

    async def _start_all(self) -> None:
        for worker in self.workers[: 1 if self.embedded else None]:
            await self.start(worker)

    # --- workers -----------------------------------------------------------------------------------------------------

    async def start(self, worker: Worker) -> None:
        """A new life for a worker that is down: all that a process holds is made anew, but for the application."""
        assert not worker.up
        worker.life += 1
        worker.up = True
        store = _LoopStore(self.engine, self.embedded, worker)
        life = worker.life

        def alive() -> None:
            if not worker.up or worker.life != life:
                raise Dead

        anew = self._conversation(worker, store, _Wire(self.far, alive))
        for room in fields(Conversation):
            setattr(worker.conversation, room.name, getattr(anew, room.name))
        worker.jobs = jobs_of(worker.conversation, store, self.clock)
        with contextlib.suppress(Dead):
            await self.inside(worker, worker.begin())

    async def restart(self, worker: Worker) -> None:
        """End the worker as a signal does, within its seconds, and start it again."""
        try:
            await self.inside(worker, worker.close())
        except (Dead, asyncio.CancelledError):
            if worker.up:
                raise  # else it was killed while it closed
        crashes = self.crashes
        if worker.up:
            worker.die()
        self.crashes = crashes
        await asyncio.sleep(0)
        await self.start(worker)

    def inside(self, worker: Worker, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Run in the worker's process."""
        context = Context()
        context.run(_worker.set, worker)
        context.run(_life.set, worker.life)
        for var, value in structlog.contextvars.get_contextvars().items():
            context.run(structlog.contextvars.bind_contextvars, **{var: value})
        return self.loop.create_task(work, context=context)

    def end(self) -> None:
        """Let go of everything."""
        for worker in self.workers:
            if worker.up:
                worker.die()
        self.run(asyncio.sleep(1))
        self.engine.dispose()
        self.crashes = 0

    def sweep_up(self) -> None:
        """Coroutines that died before their first step would warn of it in the middle of another test."""
        self.end()
        if self.debris:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", RuntimeWarning)
                gc.collect()
            self.debris = False

    def close(self) -> None:
        self.sweep_up()
        self.loop.close()

    # --- clients -----------------------------------------------------------------------------------------------------

    def send(self, client: str, method: str, path: str, body: Any = None, worker: int = 0, **headers: str) -> Request:
        """Begin a request to that worker; it goes on whenever the loop runs."""
        request = Request(client, method, path, body, headers)
        request.task = self.loop.create_task(self._exchange(request, self.workers[worker]))
        return request

    async def ask(self, client: str, method: str, path: str, body: Any = None, worker: int = 0) -> Answer:
        """A request and its answer."""
        request = self.send(client, method, path, body, worker)
        assert request.task is not None
        return await request.task

    async def _exchange(self, request: Request, worker: Worker) -> Answer:
        if not worker.up:
            return Answer(0, None)
        try:
            status, content = await self.inside(worker, self._call(request, worker.app))
        except (Dead, asyncio.CancelledError):
            return Answer(0, None)
        body = json.loads(content) if content[:1] in (b"{", b"[") else content
        return Answer(status, body)

    async def _call(self, request: Request, app: Any) -> tuple[int, bytes]:
        content = b"" if request.body is None else json.dumps(request.body).encode()
        cookie = f"session_id={self.secrets[request.client]}".encode()
        headers = [(b"host", b"localhost"), (b"cookie", cookie)]
        headers += [(name.replace("_", "-").encode(), value.encode()) for name, value in request.headers.items()]
        if content:
            length = str(len(content)).encode()
            headers += [(b"content-type", b"application/json"), (b"content-length", length)]
        path, _, query = request.path.partition("?")
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": request.method,
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "root_path": "",
            "headers": headers,
            "client": ("127.0.0.1", 1),
            "server": ("sayso", 80),
        }
        given = False
        status = 0
        chunks: list[bytes] = []

        async def receive() -> dict[str, Any]:
            nonlocal given
            if given:
                await asyncio.Future()
            given = True
            return {"type": "http.request", "body": content, "more_body": False}

        async def send(message: Any) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            else:
                chunks.append(message.get("body", b""))

        await app(scope, receive, send)
        return status, b"".join(chunks)

    # --- time --------------------------------------------------------------------------------------------------------

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self.loop.run_until_complete(work)

    def pass_time(self, seconds: float) -> None:
        """Let everything go on for a while."""
        self.run(asyncio.sleep(seconds))

    def finish(self, *requests: Request) -> None:
        """Let everything go on until these requests are answered."""

        async def wait() -> None:
            tasks = [request.task for request in requests if request.task is not None]
            if tasks:
                await asyncio.wait(tasks)

        self.run(wait())

    def hop(self) -> None:
        """Raise Stuck when somebody goes round in circles while time stands still."""
        self._hops = self._hops + 1 if self._hopped_at == self.loop.elapsed else 0
        self._hopped_at = self.loop.elapsed
        if self._hops > MOST_HOPS:
            raise Stuck

    async def delay(self) -> None:
        """What a hop, a disk or a wire takes: nothing, or others go first."""
        if self.slow:
            await asyncio.sleep(self.slow)
        if not self._delays:
            return
        drawn = self.random.random()
        if drawn < 0.3:
            await asyncio.sleep(0)
        elif drawn < 0.6:
            await asyncio.sleep(drawn / 100)

    # --- the loop ----------------------------------------------------------------------------------------------------

    def _task(self, loop: Any, coro: Any, context: Context | None = None) -> asyncio.Task[Any]:
        task: asyncio.Task[Any] = asyncio.Task(coro, loop=loop, context=context)
        worker = context.get(_worker) if context is not None else _worker.get()
        if worker is not None:
            worker.tasks = [other for other in worker.tasks if not other.done()]
            worker.tasks.append(task)
        return task

    def _unexpected(self, loop: Any, context: dict[str, Any]) -> None:
        error = context.get("exception")
        if not isinstance(error, Dead):
            self.surprises.append(f"{context['message']}: {error!r}")

    # --- looking behind the curtain ----------------------------------------------------------------------------------

    def rows(self, sql: str, **values: Any) -> list[Any]:
        """What the store answers; as SQLite says it, for a long test asks ten thousand times."""
        with contextlib.closing(self.engine.raw_connection()) as connection:
            cursor = connection.cursor()
            cursor.execute(sql, values)
            row = _row_of(tuple(column[0] for column in cursor.description))
            return [row(*each) for each in cursor.fetchall()]

    def change(self, sql: str, **values: Any) -> None:
        """Write to the database behind the server's back."""
        with self.engine.connect().execution_options(writes=True) as connection, connection.begin():
            connection.execute(text(sql), values)


@functools.cache
def world_of(workers: int) -> World:
    """The process's one world of so many workers; `begin` makes it new. A mutant is forked from a process that has it.

    What lasts is kept from the garbage collector, which need not search it for debris after each test.
    """
    folder = Path(tempfile.mkdtemp(prefix="sayso-world-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    template = folder / "template"
    template.mkdir()
    open_store(Settings(data_dir=template)).close()
    world = World(folder, template / STORE_FILE, workers)
    gc.freeze()
    return world


@functools.cache
def _row_of(columns: tuple[str, ...]) -> Any:
    return namedtuple("Row", columns, rename=True)


class _EngineOf:
    """The engine of the world's present store."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.dialect = type("Dialect", (), {"name": "sqlite"})

    def connect(self) -> Any:
        return self._world.engine.connect()


class _ClockOf:
    def __init__(self, world: World) -> None:
        self._world = world

    def now(self) -> Any:
        return self._world.clock.now()


def _no_welcome(*_: object) -> None:
    """Users of a world have no sample data."""


def fast_engine(file: Path) -> Engine:
    """A store that does not wait for the disk: the worlds' crashes kill processes, not machines."""
    engine = open_engine(f"sqlite:///{file}")

    @event.listens_for(engine, "connect")
    def configure(connection: Any, _: Any) -> None:
        connection.execute("PRAGMA synchronous=OFF")

    return engine
