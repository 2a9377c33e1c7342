"""What is confirmed happens once, whatever becomes of the server's answers."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from urllib.parse import urlsplit

import httpx2
import pytest
from tests.kit.rigs.between import Asked, Between, Fault, Reply, between
from tests.kit.rigs.dav import DavRig
from tests.workspace.dav.kit import Account, all_tasks, new_key, tasks_of, with_account

from sayso.workspace.dav.client import Dav
from sayso.workspace.dav.tasks import DavTasks
from sayso.workspace.errors import ObjectChanged, ObjectNotFound, Refused, Unavailable, Uncertain
from sayso.workspace.types import Task, TaskDraft

LOST: tuple[Fault, ...] = ("cut after", "fail after")


@pytest.fixture
def line(rig: DavRig) -> Iterator[Between]:
    with between(rig.url) as server:
        yield server


def on_a_list(rig: DavRig, line: Between, work: Callable[[Account], Awaitable[None]]) -> None:
    asyncio.run(with_account(rig, work, through=line.url))


@pytest.mark.parametrize("fault", LOST)
def test_a_lost_answer_to_a_new_task_is_found_out(rig: DavRig, line: Between, fault: Fault) -> None:
    async def create(account: Account) -> None:
        tasks, key = account.tasks(), new_key()
        line.fault("PUT", fault)
        with pytest.raises(Uncertain):
            await tasks.create_task(TaskDraft("Milk"), key)
        done = await account.tasks().applied(key, "")
        assert done is not None
        task = await tasks.get_task(done)
        assert task == await tasks.create_task(TaskDraft("Milk"), key)
        assert await all_tasks(account.tasks()) == [task]

    on_a_list(rig, line, create)


def test_what_never_reached_the_server_is_known_not_to_have_happened(rig: DavRig, line: Between) -> None:
    async def create(account: Account) -> None:
        tasks, key = account.tasks(), new_key()
        line.fault("PUT", "cut before")
        with pytest.raises(Uncertain):
            await tasks.create_task(TaskDraft("Milk"), key)
        assert await tasks.applied(key, "") is None
        task = await tasks.create_task(TaskDraft("Milk"), key)
        assert await tasks.applied(key, "") == task.id

    on_a_list(rig, line, create)


def test_somebody_elses_task_in_the_place_of_a_new_one_is_left_alone(rig: DavRig, line: Between) -> None:
    async def create(account: Account) -> None:
        tasks, key = account.tasks(), new_key()
        first = await tasks.create_task(TaskDraft("Theirs"), key)
        [text] = [(await account.dav.get(f"{account.url}{key}.ics")).content]
        theirs = text.replace(f"X-SAYSO-KEY:{key}".encode(), b"X-SAYSO-KEY:other")
        await account.dav.put(f"{account.url}{key}.ics", theirs, "text/calendar")
        with pytest.raises(Refused, match="something else"):
            await tasks.create_task(TaskDraft("Mine"), key)
        assert (await tasks.get_task(first.id)).title == "Theirs"
        assert await tasks.applied(key, "") is None

    on_a_list(rig, line, create)


def _done(tasks: DavTasks, task: Task, key: str) -> Awaitable[object]:
    return tasks.set_done(task.id, True, task.revision, key)


def _renamed(tasks: DavTasks, task: Task, key: str) -> Awaitable[object]:
    return tasks.update_task(task.id, TaskDraft("Cream", list_id=task.list_id), task.revision, key)


def _deleted(tasks: DavTasks, task: Task, key: str) -> Awaitable[object]:
    return tasks.delete_task(task.id, task.revision, key)


@pytest.mark.parametrize("fault", LOST)
@pytest.mark.parametrize(("change", "method"), [(_done, "PUT"), (_renamed, "PUT"), (_deleted, "DELETE")])
def test_a_lost_answer_to_a_change_is_found_out(
    rig: DavRig,
    line: Between,
    fault: Fault,
    change: Callable[[DavTasks, Task, str], Awaitable[object]],
    method: str,
) -> None:
    async def lose(account: Account) -> None:
        tasks, key = account.tasks(), new_key()
        task = await tasks.create_task(TaskDraft("Milk"), new_key())
        assert await tasks.applied(key, task.id) is None
        line.fault(method, "cut before")
        with pytest.raises(Uncertain):
            await change(tasks, task, key)
        assert await tasks.applied(key, task.id) is None
        line.fault(method, fault)
        with pytest.raises(Uncertain):
            await change(tasks, task, key)
        assert await tasks.applied(key, task.id) == task.id
        if method == "PUT":
            again = await change(tasks, task, key)
            assert await all_tasks(tasks) == [again]
        else:
            with pytest.raises(ObjectNotFound):
                await change(tasks, task, key)

    on_a_list(rig, line, lose)


@pytest.mark.parametrize("fault", ["cut before", *LOST])
def test_a_move_that_was_cut_off_goes_on_where_it_was(rig: DavRig, line: Between, fault: Fault) -> None:
    async def move(dav: Dav) -> None:
        tasks, key = tasks_of(dav), new_key()
        task = await tasks.create_task(TaskDraft("Stamps"), new_key())
        draft = TaskDraft("Stamps!", new_list=f"Errands {key}")
        line.fault("MOVE", fault)
        with pytest.raises(Uncertain):
            await tasks.update_task(task.id, draft, task.revision, key)
        done = await tasks.applied(key, task.id)
        assert (done is None) == (fault == "cut before")
        moved = await tasks.update_task(task.id, draft, task.revision, key)
        assert moved.id in (done, await tasks.applied(key, task.id))
        mine = [each for each in await all_tasks(tasks_of(dav)) if each.title.startswith("Stamps") and each == moved]
        assert mine == [moved]
        with pytest.raises(ObjectNotFound):
            await tasks.get_task(task.id)

    async def through(direct: Dav) -> None:
        dav = rig.dav(line.url)
        try:
            await move(dav)
        finally:
            await dav.aclose()

    asyncio.run(rig.using(through))


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (Reply(500), Uncertain),
        (Reply(503), Uncertain),
        (Reply(503, headers={"Retry-After": "7"}), Unavailable),
        (Reply(429, headers={"Retry-After": "7"}), Unavailable),
        (Reply(403), Refused),
        (Reply(415), Refused),
        (Reply(507), Refused),
        (Reply(302, headers={"Location": "http://127.0.0.1:9/"}), Refused),
        (Reply(404), ObjectNotFound),
    ],
    ids=lambda value: str(value.status) if isinstance(value, Reply) else value.__name__,
)
def test_a_refused_change_has_not_happened_and_a_failed_one_may_have(
    on_radicale: DavRig, reply: Reply, error: type[Exception]
) -> None:
    async def change(account: Account) -> None:
        tasks = account.tasks()
        task = await tasks.create_task(TaskDraft("Milk"), new_key())
        server.fault("PUT", reply)
        with pytest.raises(error) as raised:
            await tasks.set_done(task.id, True, task.revision, new_key())
        assert isinstance(raised.value, Uncertain) == (error is Uncertain)
        if isinstance(raised.value, Unavailable):
            assert raised.value.retry_after == 7.0

    with between(on_radicale.url) as server:
        on_a_list(on_radicale, server, change)


def test_a_change_that_others_are_faster_with_is_looked_at_again(on_radicale: DavRig) -> None:
    async def change(account: Account) -> None:
        tasks = account.tasks()
        task = await tasks.create_task(TaskDraft("Milk"), new_key())
        server.fault("PUT", Reply(412), Reply(412))
        assert (await tasks.set_done(task.id, True, task.revision, new_key())).done
        server.fault("PUT", *[Reply(412)] * 9)
        with pytest.raises(ObjectChanged):
            await tasks.set_done(task.id, True, task.revision, new_key())

    with between(on_radicale.url) as server:
        on_a_list(on_radicale, server, change)


@pytest.mark.parametrize(("change", "method"), [(_done, "PUT"), (_deleted, "DELETE")])
def test_what_others_change_while_it_is_being_changed_is_not_written_over(
    rig: DavRig, change: Callable[[DavTasks, Task, str], Awaitable[object]], method: str
) -> None:
    stored = dict[str, bytes]()

    def script(asked: Asked) -> None:
        """Somebody else is faster."""
        if asked.method == method and (text := stored.pop(asked.path, b"")):
            auth = {"Authorization": asked.headers["Authorization"], "Content-Type": "text/calendar"}
            put = httpx2.put(f"{rig.url.rstrip('/')}{asked.path}", content=text, headers=auth, trust_env=False)
            assert put.is_success

    async def race(account: Account) -> None:
        tasks, key = account.tasks(), new_key()
        task = await tasks.create_task(TaskDraft("Milk"), key)
        found = await account.dav.get(f"{account.url}{key}.ics")
        stored[urlsplit(found.url).path] = found.content.replace(b"SUMMARY:Milk", b"SUMMARY:Oat milk")
        with pytest.raises(ObjectChanged):
            await change(tasks, task, new_key())
        assert [(each.title, each.done) for each in await all_tasks(account.tasks())] == [("Oat milk", False)]

    with between(rig.url, script) as server:
        on_a_list(rig, server, race)


def test_a_server_that_is_not_there_has_done_nothing(on_radicale: DavRig) -> None:
    async def create(account: Account) -> None:
        tasks = account.tasks()
        await tasks.lists()
        nowhere = on_radicale.dav("http://127.0.0.1:9/")
        with pytest.raises(Unavailable):
            await nowhere.put("http://127.0.0.1:9/x.ics", b"", "text/calendar")
        await nowhere.aclose()

    asyncio.run(with_account(on_radicale, create))
