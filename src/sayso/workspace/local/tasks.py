"""The embedded task lists."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import RowMapping, bindparam, delete, insert, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert_pg
from sqlalchemy.dialects.sqlite import insert as upsert_sqlite

from sayso.base.clock import Clock
from sayso.base.ids import Ids
from sayso.base.zones import zone_named
from sayso.english.words import fold
from sayso.store.gateway import ReadConn, Store, WriteConn
from sayso.store.types import clean
from sayso.store.workspace_tables import local_task_lists as lists
from sayso.store.workspace_tables import local_tasks as tasks
from sayso.workspace.errors import ObjectChanged, ObjectNotFound
from sayso.workspace.events.series import instant
from sayso.workspace.local.effects import applied, once
from sayso.workspace.stored import TASK, in_zone, to_json
from sayso.workspace.types import Page, Task, TaskDraft, TaskList

DEFAULT_LIST = TaskList("lst_tasks", "Tasks")
"""What a user has who has made no list."""

_own_lists = lists.c.user_id == bindparam("user")
_lists = select(lists.c.id, lists.c.name).where(_own_lists).order_by(lists.c.position, lists.c.id)
_new_list = {
    "sqlite": upsert_sqlite(lists).on_conflict_do_nothing(),
    "postgresql": upsert_pg(lists).on_conflict_do_nothing(),
}
_new_task = insert(tasks).inline()
_tasks = (
    select(tasks, lists.c.name.label("list_name"))
    .join(lists, (lists.c.user_id == tasks.c.user_id) & (lists.c.id == tasks.c.list_id))
    .where(tasks.c.user_id == bindparam("user"))
)
_page = _tasks.order_by(tasks.c.created_at, tasks.c.id).limit(bindparam("most"))
_page_after = _page.where(
    or_(
        tasks.c.created_at > bindparam("made"),
        (tasks.c.created_at == bindparam("made")) & (tasks.c.id > bindparam("last")),
    )
)
_task = _tasks.where(tasks.c.id == bindparam("task"))
_lock_task = _task.with_for_update(of=tasks)
_mine = (tasks.c.user_id == bindparam("user"), tasks.c.id == bindparam("task"))
_update, _delete = update(tasks).where(*_mine), delete(tasks).where(*_mine)


@dataclass(frozen=True, slots=True)
class LocalTasks:
    store: Store
    user_id: str
    clock: Clock
    ids: Ids

    @property
    def keeps_times(self) -> bool:
        return True

    async def lists(self) -> list[TaskList]:
        return await self.store.peek(load_lists, self.user_id)

    async def list_tasks(self, limit: int, after: str = "") -> Page[Task]:
        return await self.store.read(load_tasks, self.user_id, limit, after)

    async def get_task(self, task_id: str) -> Task:
        return await self.store.read(load_task, self.user_id, task_id)

    async def create_task(self, draft: TaskDraft, key: str) -> Task:
        task_id = self.ids.new("tsk")

        def create(conn: WriteConn) -> Task:
            listed = _list(conn, self.user_id, draft, self.ids)
            task = Task(draft.title, draft.due, draft.notes, listed.id, task_id, listed.name, revision="1")
            insert_task(conn, self.user_id, task, task_id, self.clock.now())
            return task

        return await self._change("create_task", key, create)

    async def update_task(self, task_id: str, draft: TaskDraft, revision: str, key: str) -> Task:
        def change(conn: WriteConn) -> Task:
            task = _at_revision(conn, self.user_id, task_id, revision)
            listed = _list(conn, self.user_id, draft, self.ids)
            return _save(
                conn,
                self.user_id,
                replace(
                    task,
                    title=draft.title,
                    due=draft.due,
                    notes=draft.notes,
                    list_id=listed.id,
                    list_name=listed.name,
                ),
            )

        return await self._change("update_task", key, change)

    async def set_done(self, task_id: str, done: bool, revision: str, key: str) -> Task:
        def change(conn: WriteConn) -> Task:
            task = _at_revision(conn, self.user_id, task_id, revision)
            return _save(conn, self.user_id, replace(task, done=done, completed_at=self.clock.now() if done else None))

        return await self._change("set_done", key, change)

    async def delete_task(self, task_id: str, revision: str, key: str) -> None:
        def remove(conn: WriteConn) -> Task:
            task = _at_revision(conn, self.user_id, task_id, revision)
            conn.execute(_delete, {"user": self.user_id, "task": task_id})
            return task

        await self._change("delete_task", key, remove)

    async def applied(self, key: str, object_id: str) -> str | None:
        return await self.store.read(applied, self.user_id, key, object_id)

    async def _change(self, kind: str, key: str, change: Callable[[WriteConn], Task]) -> Task:
        def run(conn: WriteConn) -> Task:
            def effect() -> tuple[str, Any]:
                task = change(conn)
                return task.id, _to_json(task)

            return _from_json(once(conn, self.user_id, key, kind, self.clock.now(), effect))

        return await self.store.write(run)


def load_lists(conn: ReadConn | WriteConn, user_id: str) -> list[TaskList]:
    """The user's lists, the default one first."""
    return [TaskList(row.id, row.name) for row in conn.execute(_lists, {"user": user_id})] or [DEFAULT_LIST]


def load_tasks(conn: ReadConn, user_id: str, limit: int, after: str) -> Page[Task]:
    """`after`: when the last task of the page before was made, and its id."""
    query, values = _page, {"user": user_id, "most": limit + 1}
    if after:
        made, _, last = after.partition(" ")
        query, values = _page_after, {**values, "made": datetime.fromisoformat(made), "last": last}
    rows = conn.execute(query, values).mappings().all()
    more = f"{rows[limit - 1]['created_at'].isoformat()} {rows[limit - 1]['id']}" if len(rows) > limit else ""
    return Page([task_from(row) for row in rows[:limit]], more)


def load_task(conn: ReadConn | WriteConn, user_id: str, task_id: str, lock: bool = False) -> Task:
    """Raises ObjectNotFound."""
    found = conn.execute(_lock_task if lock else _task, {"user": user_id, "task": clean(task_id)})
    row = found.mappings().one_or_none()
    if row is None:
        raise ObjectNotFound("That task is not there any more.")
    return task_from(row)


def _at_revision(conn: WriteConn, user_id: str, task_id: str, revision: str) -> Task:
    task = load_task(conn, user_id, task_id, lock=True)
    if task.revision != revision:
        raise ObjectChanged(f"'{task.title}' has changed since you saw it.")
    return task


def _list(conn: WriteConn, user_id: str, draft: TaskDraft, ids: Ids) -> TaskList:
    """The list that a task is to be on, made if need be. Raises ObjectNotFound."""
    found = load_lists(conn, user_id)
    listed = found[0] if not draft.list_id else next((item for item in found if item.id == draft.list_id), None)
    if draft.new_list:
        name = fold(draft.new_list)
        # Its id is made of its name, so that of two who make it at once the second finds it.
        made = TaskList(ids.of("lst", name), draft.new_list)
        listed = next((item for item in found if fold(item.name) == name), made)
    if listed is None:
        raise ObjectNotFound("That task list is not there any more.")
    for position, each in enumerate(dict.fromkeys((found[0], listed))):
        insert_list(conn, user_id, each, position and len(found))
    return listed


def insert_list(conn: WriteConn, user_id: str, listed: TaskList, position: int) -> None:
    """Make a list, unless it is there."""
    row = {"user_id": user_id, "id": listed.id, "name": listed.name, "position": position}
    conn.execute(_new_list[conn.dialect.name], row)


def insert_task(
    conn: WriteConn, user_id: str, task: Task, uid: str, created_at: datetime, kept: Sequence[str] = ()
) -> None:
    conn.execute(_new_task, _row(user_id, task) | {"uid": uid, "created_at": created_at, "kept": list(kept)})


def _save(conn: WriteConn, user_id: str, task: Task) -> Task:
    task = replace(task, revision=str(int(task.revision) + 1))
    conn.execute(_update, {"user": user_id, "task": task.id, **_row(user_id, task)})
    return task


def _row(user_id: str, task: Task) -> dict[str, Any]:
    timed = isinstance(task.due, datetime)
    return {
        "user_id": user_id,
        "id": task.id,
        "list_id": task.list_id,
        "title": task.title,
        "notes": task.notes,
        "due_at": None if task.due is None else instant(task.due),
        "due_timezone": _zone_name(task.due) if timed else "",
        "done": task.done,
        "completed_at": task.completed_at,
        "revision": int(task.revision),
    }


def _zone_name(due: date | None) -> str:
    zone = due.tzinfo if isinstance(due, datetime) else None
    return zone.key if isinstance(zone, ZoneInfo) and zone.key else "UTC"


def task_from(row: RowMapping) -> Task:
    due: datetime | date | None = row["due_at"]
    if isinstance(due, datetime):
        due = due.astimezone(zone_named(row["due_timezone"])) if row["due_timezone"] else due.date()
    return Task(
        title=row["title"],
        due=due,
        notes=row["notes"],
        list_id=row["list_id"],
        id=row["id"],
        list_name=row["list_name"],
        done=row["done"],
        completed_at=row["completed_at"],
        revision=str(row["revision"]),
    )


def _to_json(task: Task) -> dict[str, Any]:
    return {**to_json(TASK, task), "due_timezone": _zone_name(task.due)}


def _from_json(data: dict[str, Any]) -> Task:
    task = TASK.validate_python(data)
    return replace(task, due=task.due and in_zone(task.due, zone_named(data["due_timezone"])))
