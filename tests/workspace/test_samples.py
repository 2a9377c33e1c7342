"""The sample data in the store: it goes whole, with nothing else, whoever is at work meanwhile."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
from sqlalchemy import func, select
from tests.workspace.conftest import ME, NEW_YORK, NOW

from sayso.base.ids import Ids
from sayso.store.gateway import ReadConn, Store, WriteConn
from sayso.store.workspace_tables import SAMPLED, local_task_lists, local_tasks
from sayso.workspace.local import LocalWorkspace as Workspace
from sayso.workspace.local.samples import has_samples, remove_samples
from sayso.workspace.local.seed.seed import seed
from sayso.workspace.local.tasks import insert_task
from sayso.workspace.types import Task, TaskDraft


@pytest.fixture
def seeded(store: Store, user: str, ids: Ids) -> str:
    store.write_now(seed, user, ME, NOW, NEW_YORK, ids)
    return user


def left(conn: ReadConn) -> list[int]:
    return [conn.execute(select(func.count()).select_from(table)).scalar_one() for table in SAMPLED]


def test_it_goes_whole_and_once(store: Store, seeded: str) -> None:
    assert store.read_now(has_samples, seeded)
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda _: store.write_now(remove_samples, seeded), range(4)))
    assert sorted(done) == [False, False, False, True]
    assert not store.read_now(has_samples, seeded)
    assert store.read_now(left) == [0, 1, 0, 0, 0]


def test_when_the_removal_fails_all_of_it_stays(store: Store, seeded: str) -> None:
    before = store.read_now(left)

    def fail(conn: WriteConn) -> None:
        remove_samples(conn, seeded)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        store.write_now(fail)
    assert store.read_now(left) == before


def test_a_list_into_which_something_is_being_put_stays(store: Store, seeded: str) -> None:
    """PostgreSQL: the task is not committed yet when the removal begins."""
    if store.embedded:
        pytest.skip("SQLite has one writer")
    begun, go_on = Event(), Event()

    def put(conn: WriteConn) -> None:
        insert_task(conn, seeded, Task("Paint", list_id="lst_home", id="tsk_own", revision="1"), "tsk_own", NOW)
        begun.set()
        assert go_on.wait(20)

    with ThreadPoolExecutor(2) as pool:
        putting = pool.submit(store.write_now, put)
        assert begun.wait(20)
        removing = pool.submit(store.write_now, remove_samples, seeded)
        Event().wait(0.3)
        go_on.set()
        putting.result()
        assert removing.result()

    def names(conn: ReadConn) -> tuple[list[str], list[str]]:
        return (
            list(conn.execute(select(local_tasks.c.title)).scalars()),
            list(conn.execute(select(local_task_lists.c.name).order_by(local_task_lists.c.name)).scalars()),
        )

    assert store.read_now(names) == (["Paint"], ["Home", "Tasks"])


def test_a_task_made_afterwards_has_its_list(store: Store, seeded: str, workspace: Workspace) -> None:
    store.write_now(remove_samples, seeded)
    made = asyncio.run(workspace.tasks.create_task(TaskDraft("Paint"), "key-1"))
    assert (made.list_name, made.list_id) == ("Tasks", "lst_tasks")
