"""The far task lists: two, the same for everybody."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from tests.kit.far.state import INBOX, LATER, SENT_AT, Wire, paged

from sayso.workspace.errors import ObjectNotFound
from sayso.workspace.types import Page, Task, TaskDraft, TaskList


class FarTasks:
    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._tasks = wire.far.tasks

    @property
    def keeps_times(self) -> bool:
        return self._wire.far.keeps_times

    async def lists(self) -> list[TaskList]:
        return self._lists()

    async def list_tasks(self, limit: int, after: str = "") -> Page[Task]:
        self._wire.alive()
        return paged(self._wire.all_mine(self._tasks), limit, after)

    async def get_task(self, task_id: str) -> Task:
        self._wire.alive()
        found: Task = self._wire.mine(self._tasks, task_id)
        return found

    async def create_task(self, draft: TaskDraft, key: str) -> Task:
        def do() -> Any:
            return self._wire.put(self._tasks, Task(**self._drafted(draft), id=f"tsk_{key}", revision="1"))

        made: Task = await self._wire.change(key, "create_task", f"tsk_{key}", do, draft.title)
        return made

    async def update_task(self, task_id: str, draft: TaskDraft, revision: str, key: str) -> Task:
        return await self._change("update_task", task_id, revision, key, lambda: self._drafted(draft))

    async def set_done(self, task_id: str, done: bool, revision: str, key: str) -> Task:
        marked = {"done": done, "completed_at": SENT_AT if done else None}
        return await self._change("set_done", task_id, revision, key, lambda: marked)

    async def delete_task(self, task_id: str, revision: str, key: str) -> None:
        def do() -> None:
            del self._tasks[task_id]

        await self._wire.change(key, "delete_task", task_id, do, among=self._tasks, revision=revision)

    async def applied(self, key: str, object_id: str) -> str | None:
        return await self._wire.applied(key)

    async def _change(
        self, kind: str, task_id: str, revision: str, key: str, changes: Callable[[], dict[str, Any]]
    ) -> Task:
        def do() -> Any:
            after = replace(self._tasks[task_id], **changes(), revision=f"{int(revision) + 1}")
            return self._wire.put(self._tasks, after)

        made: Task = await self._wire.change(key, kind, task_id, do, among=self._tasks, revision=revision)
        return made

    def _lists(self) -> list[TaskList]:
        return [INBOX, LATER, *self._wire.all_mine(self._wire.far.lists)]

    def _drafted(self, draft: TaskDraft) -> dict[str, Any]:
        listed = next((each for each in self._lists() if each.id == (draft.list_id or INBOX.id)), None)
        if draft.new_list:
            made = TaskList(f"lst_{len(self._wire.far.lists) + 1}", draft.new_list)
            named = [each for each in self._lists() if each.name.casefold() == draft.new_list.casefold()]
            listed = named[0] if named else self._wire.put(self._wire.far.lists, made)
        if listed is None:
            raise ObjectNotFound("That list is not there any more.")
        return {
            "title": draft.title,
            "due": draft.due,
            "notes": draft.notes,
            "list_id": listed.id,
            "list_name": listed.name,
        }
