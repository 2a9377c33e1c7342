"""Task lists at Google (tasks v1)."""

from zoneinfo import ZoneInfo

from sayso.base.clock import Clock
from sayso.base.ids import Ids
from sayso.workspace.connected.marks import Marks
from sayso.workspace.google.client import Google, Json
from sayso.workspace.google.tasks.attempts import Attempts
from sayso.workspace.google.tasks.changing import TaskChanging, Wanted
from sayso.workspace.google.tasks.making import TaskMaking
from sayso.workspace.google.tasks.source import TaskSource
from sayso.workspace.google.tasks.values import marked, place_of, task_of, written
from sayso.workspace.types import Page, Task, TaskDraft, TaskList


class GoogleTasks:
    """A `Tasks`. `zone`: whose day a time is on. It opens no connection before it is asked for something."""

    def __init__(self, google: Google, clock: Clock, zone: ZoneInfo, marks: Marks, ids: Ids | None = None) -> None:
        attempts = Attempts(marks, clock, ids or Ids(), google.pause)
        self._zone = zone
        self._source = TaskSource(google, attempts)
        self._making = TaskMaking(self._source, attempts, zone)
        self._changing = TaskChanging(self._source, attempts)

    @property
    def keeps_times(self) -> bool:
        return False

    async def lists(self) -> list[TaskList]:
        return await self._source.lists()

    async def list_tasks(self, limit: int, after: str = "") -> Page[Task]:
        """Google does not say when a task was made: they come as the user has them in each list."""
        found = sorted(await self._source.all())
        rest = [each for each in found if each.place > after] if after else found
        more = rest[limit - 1].place if len(rest) > limit else ""
        return Page([task_of(each.raw, each.of) for each in rest[:limit]], more, len(found))

    async def get_task(self, task_id: str) -> Task:
        return await self._source.task(place_of(task_id))

    async def create_task(self, draft: TaskDraft, key: str) -> Task:
        return await self._making.create(draft, key)

    async def update_task(self, task_id: str, draft: TaskDraft, revision: str, key: str) -> Task:
        body = written(draft, self._zone)

        async def want(raw: Json) -> Wanted:
            if draft.new_list:
                return Wanted(body, await self._source.new_list(draft.new_list, key))
            if draft.list_id == task_id.partition(".")[0]:
                return Wanted(body)
            return Wanted(body, await self._source.list_called(draft.list_id))

        return await self._changing.change(task_id, want, revision, key)

    async def set_done(self, task_id: str, done: bool, revision: str, key: str) -> Task:
        async def want(raw: Json) -> Wanted:
            return Wanted(marked(done))

        return await self._changing.change(task_id, want, revision, key)

    async def delete_task(self, task_id: str, revision: str, key: str) -> None:
        await self._changing.delete(task_id, revision, key)

    async def applied(self, key: str, object_id: str) -> str | None:
        return await (self._changing.applied(key, object_id) if object_id else self._making.applied(key))
