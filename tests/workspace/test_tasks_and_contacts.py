"""The embedded task lists and address book."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import delete, func, insert, select

from sayso.base.ids import Ids
from sayso.store.gateway import ReadConn, Store, WriteConn
from sayso.store.tables import metadata, users
from sayso.store.workspace_tables import local_contacts
from sayso.workspace.errors import ObjectChanged, ObjectNotFound
from sayso.workspace.local import LocalWorkspace as Workspace
from sayso.workspace.local.seed.seed import seed
from sayso.workspace.types import EventDraft, Guest, OutgoingMail, Page, Person, TaskDraft

NEW_YORK = ZoneInfo("America/New_York")
NOON = datetime(2026, 3, 3, 12, tzinfo=NEW_YORK)


def run(call: Coroutine[Any, Any, Any]) -> Any:
    return asyncio.run(call)


def test_the_life_of_a_task(workspace: Workspace, clock: Any) -> None:
    tasks = workspace.tasks
    task = run(tasks.create_task(TaskDraft("Call", date(2026, 3, 3)), "k1"))
    assert (task.due, task.list_name, task.done) == (date(2026, 3, 3), "Tasks", False)
    timed = run(tasks.update_task(task.id, replace(task, due=NOON, notes="x"), task.revision, "k2"))
    assert (timed.due, timed.notes) == (NOON, "x")
    done = run(tasks.set_done(task.id, True, timed.revision, "k3"))
    assert (done.done, done.completed_at) == (True, clock.now())
    reopened = run(tasks.set_done(task.id, False, done.revision, "k4"))
    assert run(tasks.list_tasks(100)).items == [reopened]
    run(tasks.delete_task(task.id, reopened.revision, "k5"))
    run(tasks.delete_task(task.id, reopened.revision, "k5"))
    with pytest.raises(ObjectNotFound):
        run(tasks.get_task(task.id))


def test_a_repeated_key_tells_what_the_first_call_did(workspace: Workspace) -> None:
    tasks = workspace.tasks
    task = run(tasks.create_task(TaskDraft("Call", NOON), "k1"))
    run(tasks.delete_task(task.id, task.revision, "k2"))
    assert run(tasks.create_task(TaskDraft("Call", NOON), "k1")) == task
    assert run(tasks.list_tasks(100)).items == []
    assert run(tasks.applied("k1", "")) == task.id


def test_a_stale_revision_and_an_unknown_list_are_refused(workspace: Workspace) -> None:
    tasks = workspace.tasks
    task = run(tasks.create_task(TaskDraft("Call"), "k1"))
    run(tasks.set_done(task.id, True, task.revision, "k2"))
    with pytest.raises(ObjectChanged):
        run(tasks.set_done(task.id, False, task.revision, "k3"))
    with pytest.raises(ObjectNotFound):
        run(tasks.create_task(TaskDraft("Call", list_id="lst_none"), "k4"))


def test_tasks_come_in_pages_whatever_happens_between(workspace: Workspace, store: Store, user: str) -> None:
    tasks = workspace.tasks
    made = [run(tasks.create_task(TaskDraft(f"Task {number}"), f"k{number}")) for number in range(5)]
    first = run(tasks.list_tasks(2))
    second = run(tasks.list_tasks(2, first.next))
    run(tasks.delete_task(second.items[-1].id, "1", "gone"))
    third = run(tasks.list_tasks(2, second.next))
    assert [*first.items, *second.items, *third.items] == made  # all of one instant
    assert (third.next, run(tasks.list_tasks(5)).next) == ("", "")


@pytest.fixture
def people(store: Store, user: str, workspace: Workspace, keys: Callable[[], str]) -> Workspace:
    def fill(conn: WriteConn) -> None:
        for number, (name, email) in enumerate((("José Peña", "jp@acme.example"), ("Ana Silva", "ana@x.example"))):
            row = {"id": f"c{number}", "uid": f"c{number}", "name": name, "emails": [email], "phone": "", "notes": ""}
            conn.execute(insert(local_contacts).values(user_id=user, organization="Acme" if number else "", **row))

    store.write_now(fill)
    mail = OutgoingMail((Person("ANA@x.example", "Ana"), Person("ana.b@y.example", "Ana Bell")), "Hi", "")
    run(workspace.mail.send(mail, keys(), ""))
    guests = (Guest("josef@z.example", "Josef"),)
    run(workspace.calendar.create_event(EventDraft("T", NOON, NOON, NEW_YORK.key, guests=guests), keys(), False))
    return workspace


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("jose", ["José Peña", "Josef"]),
        ("JOSÉ", ["José Peña", "Josef"]),
        ("pena jose", ["José Peña"]),
        ("ana", ["Ana Silva", "Ana Bell"]),
        ("acme", ["Ana Silva", "José Peña"]),
        ("ana.b@y.example", ["Ana Bell"]),
        ("ose", []),
        ("robin", []),
        ("", ["Ana Silva", "José Peña", "Ana Bell", "Josef"]),
        ("ana " * 5_000, []),
    ],
)
def test_finding_people(people: Workspace, name: str, found: list[str]) -> None:
    assert [contact.name for contact in run(people.contacts.find(name, 100)).items] == found
    assert run(people.contacts.find(name, 1)) == Page(run(people.contacts.find(name, 100)).items[:1], total=len(found))


def test_all_goes_with_the_user(store: Store, user: str, ids: Ids) -> None:
    store.write_now(seed, user, Person("robin@example.com"), NOON, NEW_YORK, ids)

    def left(conn: ReadConn) -> dict[str, int]:
        names = [name for name in metadata.tables if name.startswith("local_") and "user_id" in metadata.tables[name].c]
        return {
            name: conn.execute(select(func.count()).select_from(metadata.tables[name])).scalar_one() for name in names
        }

    assert store.read_now(left)["local_messages"] == 25

    def remove(conn: WriteConn) -> None:
        conn.execute(delete(users).where(users.c.id == user))

    store.write_now(remove)
    assert set(store.read_now(left).values()) == {0}
