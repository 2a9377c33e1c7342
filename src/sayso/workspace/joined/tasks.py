"""The task lists of several accounts as one."""

from dataclasses import replace

from sayso.workspace.account_ids import account_of, carried
from sayso.workspace.errors import Refused
from sayso.workspace.joined.joined import Joined
from sayso.workspace.protocols import Tasks
from sayso.workspace.types import Page, Task, TaskDraft, TaskList


class JoinedTasks(Joined[Tasks]):
    """The names of lists that are not of the default account end with the account's, so that each is the only one."""

    part = "tasks"

    @property
    def keeps_times(self) -> bool:
        return self._parts[self._default].keeps_times

    async def lists(self) -> list[TaskList]:
        found = await self._all(lambda tasks: tasks.lists())
        return [
            TaskList(carried(account, each.id), self._called(account, each.name))
            for account, lists in found
            for each in lists
        ]

    async def list_tasks(self, limit: int, after: str = "") -> Page[Task]:
        found = await self._page(lambda tasks, most, place: tasks.list_tasks(most, place), limit, after, lambda task: 0)
        return Page([self._known(account, task) for account, task in found.items], found.next, found.total)

    async def get_task(self, task_id: str) -> Task:
        account, tasks, own = self._whose(task_id)
        return self._known(account, await tasks.get_task(own))

    async def create_task(self, draft: TaskDraft, key: str) -> Task:
        account, tasks, own_list = self._whose(draft.list_id)
        return self._known(account, await tasks.create_task(replace(draft, list_id=own_list), key))

    async def update_task(self, task_id: str, draft: TaskDraft, revision: str, key: str) -> Task:
        account, tasks, own = self._whose(task_id)
        if draft.list_id and account_of(draft.list_id) != account:
            raise Refused("A task cannot go from one account to another.")
        own_list = self._whose(draft.list_id)[2] if draft.list_id else ""
        return self._known(account, await tasks.update_task(own, replace(draft, list_id=own_list), revision, key))

    async def set_done(self, task_id: str, done: bool, revision: str, key: str) -> Task:
        account, tasks, own = self._whose(task_id)
        return self._known(account, await tasks.set_done(own, done, revision, key))

    async def delete_task(self, task_id: str, revision: str, key: str) -> None:
        _, tasks, own = self._whose(task_id)
        await tasks.delete_task(own, revision, key)

    async def applied(self, key: str, object_id: str) -> str | None:
        account, tasks, own = self._whose(object_id)
        done = await tasks.applied(key, own)
        return done and carried(account, done)

    def _known(self, account: str, task: Task) -> Task:
        return replace(
            task,
            id=carried(account, task.id),
            list_id=carried(account, task.list_id),
            list_name=self._called(account, task.list_name),
        )

    def _called(self, account: str, name: str) -> str:
        return name if account == self._default else f"{name} ({self._names[account]})"
