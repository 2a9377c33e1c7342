"""A new task, made once for its key, though Google gives it an id of its own and the answer may be lost.

Before the first request it is kept under the key what is to be written, and which tasks are like that already. A look
then compares every field among what has changed since: exactly one that was not there before is ours.
"""

import json
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from sayso.workspace.errors import ObjectNotFound, Uncertain, WorkspaceError
from sayso.workspace.google.batches import segment
from sayso.workspace.google.client import Json
from sayso.workspace.google.tasks.attempts import Attempts, Kept, first_of, tried
from sayso.workspace.google.tasks.source import TaskSource
from sayso.workspace.google.tasks.values import Place, google_id, is_done, own_id, place_of, task_of, written
from sayso.workspace.types import Task, TaskDraft, TaskList

CLOCKS_DIFFER: Final = timedelta(minutes=10)
"""How far Google's clock and ours may be apart."""
_STEP: Final = "insert"
_PLAN: Final = "create"
_MADE: Final = "made"


@dataclass(frozen=True, slots=True)
class _Plan:
    """`list_id`: Google's; `body`: what is written; `there`: Google's ids of the tasks that were like that before."""

    list_id: str
    list_name: str
    body: dict[str, Any]
    there: list[str]

    @property
    def of(self) -> TaskList:
        return TaskList(own_id(self.list_id), self.list_name)


class TaskMaking:
    """`zone`: whose day a time is on."""

    def __init__(self, source: TaskSource, attempts: Attempts, zone: ZoneInfo) -> None:
        self._source = source
        self._attempts = attempts
        self._marks = attempts.marks
        self._zone = zone

    async def create(self, draft: TaskDraft, key: str) -> Task:
        body = written(draft, self._zone)
        kept = await self._marks.of(key)
        if _MADE in kept:
            return await self._again(kept[_MADE])
        plan = await self._planned(draft, body, key, kept)
        if (done := await self._attempts.look(kept, _STEP, self._found(plan, key, kept))) is not None:
            return await self._again(done)
        path = f"lists/{segment(plan.list_id)}/tasks"
        sent = {name: value for name, value in plan.body.items() if value is not None}
        raw = await self._attempts.once(
            key, _STEP, kept, lambda: self._source.google.change("POST", "tasks", path, sent)
        )
        try:
            task = task_of({**sent, **raw}, plan.of)
        except ObjectNotFound as error:
            raise Uncertain("Google Tasks did not say which task it made.") from error
        await self._marks.keep(key, _MADE, task.id)
        return task

    async def applied(self, key: str) -> str | None:
        kept = await self._attempts.settled(key)
        if _MADE in kept:
            return kept[_MADE]
        if _PLAN in kept and (done := await self._found(_read(kept[_PLAN]), key, kept)) is not None:
            return done
        self._attempts.check(kept, _STEP)
        if _PLAN not in kept:
            await self._source.check_list(kept)
        return None

    async def _again(self, task_id: str) -> Task:
        """What the key made, as it is now."""
        try:
            return await self._source.task(place_of(task_id))
        except WorkspaceError as error:
            raise Uncertain("The task was made, but cannot be read right now.") from error

    async def _planned(self, draft: TaskDraft, body: dict[str, Any], key: str, kept: Kept) -> _Plan:
        """What is kept of it, or is now. Before anything is sent, so that whoever does it too has the same."""
        if _PLAN in kept:
            return _read(kept[_PLAN])
        if draft.new_list:
            of = await self._source.new_list(draft.new_list, key)
        else:
            of = await self._source.list_called(draft.list_id)
        list_id = google_id(of.id)
        # Of those that are done none becomes ours by what anybody does but to open it again in these minutes; to read
        # them all, years of them, is not worth that.
        there = await self._source.alike(list_id, body, done=False)
        plan = _Plan(list_id, of.name, body, there)
        return _read(await self._marks.keep(key, _PLAN, json.dumps(asdict(plan))))

    async def _found(self, plan: _Plan, key: str, kept: Kept) -> str | None:
        """The id of what an earlier request made; None: there is nothing like it. Raises Uncertain where there is no
        telling which it is."""
        if not tried(kept, _STEP):
            return None
        since = first_of(kept, _STEP) - CLOCKS_DIFFER
        try:
            alike = await self._source.alike_since(plan.list_id, plan.body, since)
        except ObjectNotFound as error:
            told = f"The list '{plan.list_name}' is gone, and whether the task was on it is not known."
            raise Uncertain(told) from error
        new = [raw for raw in alike if raw["id"] not in plan.there]
        if not new:
            return None
        if len(new) > 1 or not _is_as_made(new[0]):
            raise Uncertain(f"Whether '{plan.body['title']}' was made is not known: there are others like it.")
        return await self._marks.keep(key, _MADE, Place(plan.list_id, new[0]["id"]).id)


def _is_as_made(raw: Json) -> bool:
    return not is_done(raw) and raw.get("deleted") is not True


def _read(text: str) -> _Plan:
    return _Plan(**json.loads(text))
