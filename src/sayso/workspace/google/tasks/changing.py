"""Changes of a task that is there, each done once for its key, though Google takes no condition with them.

It is read right before each request and compared with what the preview showed; what is to be written is kept under the
key before, so that a look says whether it was. A task that goes to another list goes there first, for that may be
refused.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict, dataclass
from typing import Any, Final

from sayso.workspace.errors import ObjectChanged, ObjectNotFound, Refused, Uncertain, WorkspaceError
from sayso.workspace.google.client import Json
from sayso.workspace.google.errors import NotDone
from sayso.workspace.google.tasks.attempts import UNKNOWN, Attempts, Kept, tried
from sayso.workspace.google.tasks.source import TaskSource, path_of
from sayso.workspace.google.tasks.values import (
    Place,
    google_id,
    holds,
    is_assigned,
    own_id,
    place_of,
    revision_of,
    task_of,
)
from sayso.workspace.types import Task, TaskList

GOES_ON: Final = 2
"""How often a change of which one half is done is asked to go on."""
_PLAN, _MOVED, _DONE, _HALF = "change", "moved", "done", "half"
_MOVE, _PATCH, _DELETE = "move", "patch", "delete"
_OTHERS: Final = "Others have changed '{}' in the meantime."
_ASSIGNED: Final = (
    "'{}' is assigned to you in a document or a chat, and to delete it here would delete it there for everybody: open "
    "it in Google Docs or Chat and take yourself off it."
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """`body`: the fields that are to be so; `to`: the list where it is to go, which is another one; None: it stays."""

    body: dict[str, Any]
    to: TaskList | None = None


Want = Callable[[Json], Awaitable[Wanted]]


@dataclass(frozen=True, slots=True)
class _Plan:
    """`revision`: of the task before, which had `before`; `list_id`, `list_name`: our list where it is after, and
    `goes` whether it is another one; `there`: Google's ids of the tasks on that which were like it."""

    revision: str
    body: dict[str, Any]
    list_id: str
    list_name: str
    goes: bool
    before: dict[str, Any]
    there: list[str]

    @property
    def title(self) -> str:
        return str(self.before.get("title") or "")


class TaskChanging:
    def __init__(self, source: TaskSource, attempts: Attempts) -> None:
        self._source = source
        self._attempts = attempts
        self._marks = attempts.marks

    async def change(self, task_id: str, want: Want, revision: str, key: str) -> Task:
        """Give a task what `want` says of it as it is."""
        async with self._unless_by_another(key):
            return await self._changed(task_id, want, revision, key)

    async def delete(self, task_id: str, revision: str, key: str) -> None:
        async with self._unless_by_another(key):
            await self._delete(task_id, revision, key)

    @asynccontextmanager
    async def _unless_by_another(self, key: str) -> AsyncIterator[None]:
        """That it is not as it was may be the doing of another one under this very key: then nobody says that it was
        not done. Raises Uncertain."""
        try:
            yield
        except (ObjectChanged, ObjectNotFound) as error:
            kept = await self._marks.of(key)
            if any(tried(kept, step) for step in (_MOVE, _PATCH, _DELETE)):
                raise Uncertain(UNKNOWN) from error
            raise

    async def _changed(self, task_id: str, want: Want, revision: str, key: str) -> Task:
        place, kept = place_of(task_id), await self._marks.of(key)
        if _DONE in kept:
            return await self._again(kept[_DONE])
        plan = await self._planned(place, want, revision, key, kept)
        if not plan.goes:
            return await self._patched(place, plan, key, kept)
        place = await self._moved(place, plan, key, kept)
        try:
            return await self._patched(place, plan, key, kept)
        except WorkspaceError as error:
            raise Uncertain(_half(plan)) from error

    async def _delete(self, task_id: str, revision: str, key: str) -> None:
        place, kept = place_of(task_id), await self._marks.of(key)
        if _DONE in kept:
            return
        there = not tried(kept, _DELETE) or await self._attempts.look(kept, _DELETE, self._source.is_there(place))
        if there:
            self._attempts.check(kept, _DELETE)
            raw = await self._source.get(place)
            _check(raw, revision)
            if is_assigned(raw):
                raise Refused(_ASSIGNED.format(raw.get("title", "")))
            await self._marks.keep(key, _PLAN, _DELETE)
            await self._attempts.once(key, _DELETE, kept, lambda: self._gone(place))
        await self._marks.keep(key, _DONE, task_id)

    async def applied(self, key: str, task_id: str) -> str | None:
        kept = await self._attempts.settled(key)
        if _DONE in kept:
            return kept[_DONE]
        if _PLAN not in kept:
            await self._source.check_list(kept)
            return None
        place = place_of(task_id)
        if kept[_PLAN] == _DELETE:
            return await self._deleted(place, key, kept)
        plan = _read(kept[_PLAN])
        if plan.goes:
            moved = await self._found_moved(place, plan, key, kept)
            if moved is None:
                self._attempts.check(kept, _MOVE)
                return None
            place = moved
        if plan.body and not (tried(kept, _PATCH) and await self._has_become(place, plan)):
            self._attempts.check(kept, _PATCH)
            if plan.goes:
                await self._go_on(plan, key, kept)
            return None
        return await self._marks.keep(key, _DONE, place.id)

    # --- the steps --------------------------------------------------------------------------------------------------

    async def _planned(self, place: Place, want: Want, revision: str, key: str, kept: Kept) -> _Plan:
        if _PLAN in kept:
            return _read(kept[_PLAN])
        raw, of = await asyncio.gather(self._source.get(place), self._source.list_called(own_id(place.list_id)))
        _check(raw, revision)
        wanted = await want(raw)
        body = {name: value for name, value in wanted.body.items() if not holds(raw, {name: value})}
        goes, there = wanted.to is not None and wanted.to.id != of.id, list[str]()
        of = wanted.to if wanted.to is not None and goes else of
        before = {name: raw.get(name) for name in ("title", "notes", "due", "status")}
        if goes:
            there = await self._source.alike(google_id(of.id), before, done=True)
        plan = _Plan(revision, body, of.id, of.name, goes, before, there)
        return _read(await self._marks.keep(key, _PLAN, json.dumps(asdict(plan))))

    async def _patched(self, place: Place, plan: _Plan, key: str, kept: Kept) -> Task:
        """The task as it is after. What does not change is not sent, for Google does not take all of it of each task.
        Nothing is read behind the change: that could fail, and the change would be told for not done."""
        raw = await self._attempts.look(kept, _PATCH, self._source.get(place))
        sure = not tried(kept, _PATCH)
        if plan.body and (sure or not holds(raw, plan.body)):
            if revision_of(raw) != plan.revision:
                raise _changed(raw) if sure else Uncertain(_OTHERS.format(plan.title))
            path = path_of(place)
            answer = await self._attempts.once(
                key, _PATCH, kept, lambda: self._source.google.change("PATCH", "tasks", path, plan.body)
            )
            raw = {**raw, **plan.body, **answer}
        await self._marks.keep(key, _DONE, place.id)
        return task_of({**raw, "id": place.task_id}, TaskList(plan.list_id, plan.list_name))

    async def _moved(self, place: Place, plan: _Plan, key: str, kept: Kept) -> Place:
        """Where it is after: it may get another id (tasks v1, tasks.move)."""
        there = await self._attempts.look(kept, _MOVE, self._found_moved(place, plan, key, kept))
        if there is not None:
            return there
        self._attempts.check(kept, _MOVE)
        _check(await self._source.get(place), plan.revision)
        path, params = f"{path_of(place)}/move", {"destinationTasklist": google_id(plan.list_id)}
        try:
            raw = await self._attempts.once(
                key, _MOVE, kept, lambda: self._source.google.change("POST", "tasks", path, params=params)
            )
        except NotDone as error:
            raise Refused(f"'{plan.title}' cannot go to the list '{plan.list_name}': {error}") from error
        if not isinstance(raw.get("id"), str):
            raise Uncertain(f"'{plan.title}' is on its way to another list.")
        moved = Place(google_id(plan.list_id), raw["id"])
        await self._marks.keep(key, _MOVED, moved.id)
        return moved

    async def _found_moved(self, place: Place, plan: _Plan, key: str, kept: Kept) -> Place | None:
        """Where a request took it; None: none did. Raises Uncertain."""
        if _MOVED in kept:
            return place_of(kept[_MOVED])
        if not tried(kept, _MOVE) or await self._source.is_there(place):
            return None
        there = Place(google_id(plan.list_id), place.task_id)
        if not await self._source.is_there(there):
            alike = await self._source.alike(google_id(plan.list_id), plan.before, done=True)
            new = [each for each in alike if each not in plan.there]
            if len(new) != 1:
                raise Uncertain(f"'{plan.title}' is not where it was, and not surely in the list '{plan.list_name}'.")
            there = Place(google_id(plan.list_id), new[0])
        return place_of(await self._marks.keep(key, _MOVED, there.id))

    # --- what became of it ------------------------------------------------------------------------------------------

    async def _deleted(self, place: Place, key: str, kept: Kept) -> str | None:
        if not tried(kept, _DELETE):
            return None
        if not await self._source.is_there(place):
            return await self._marks.keep(key, _DONE, place.id)
        self._attempts.check(kept, _DELETE)
        return None

    async def _gone(self, place: Place) -> None:
        with suppress(ObjectNotFound):  # as when it went in the meantime
            await self._source.google.change("DELETE", "tasks", path_of(place))

    async def _has_become(self, place: Place, plan: _Plan) -> bool:
        """Whether it is as wanted; False: it is as before. Raises Uncertain."""
        try:
            raw = await self._source.get(place)
        except ObjectNotFound as error:
            raise Uncertain(f"'{plan.title}' is gone, and whether it was changed before is not known.") from error
        if holds(raw, plan.body):
            return True
        if revision_of(raw) != plan.revision:
            raise Uncertain(_OTHERS.format(plan.title))
        return False

    async def _go_on(self, plan: _Plan, key: str, kept: Kept) -> None:
        """Half of it is done. It goes on when it is done again, but is not told for not done in the end."""
        times = sum(f"{_HALF} {number}" in kept for number in range(1, GOES_ON + 1))
        if times == GOES_ON:
            raise Uncertain(_half(plan))
        await self._marks.keep(key, f"{_HALF} {times + 1}", self._attempts.clock.now().isoformat())

    async def _again(self, task_id: str) -> Task:
        """What the key changed, as it is now."""
        try:
            return await self._source.task(place_of(task_id))
        except WorkspaceError as error:
            raise Uncertain("The task was changed, but cannot be read right now.") from error


def _check(raw: Json, revision: str) -> None:
    if revision_of(raw) != revision:
        raise _changed(raw)


def _changed(raw: Json) -> ObjectChanged:
    return ObjectChanged(f"'{raw.get('title', '')}' has changed since you saw it.")


def _half(plan: _Plan) -> str:
    return f"'{plan.title}' went to the list '{plan.list_name}', but the rest of the change may not have been made."


def _read(text: str) -> _Plan:
    return _Plan(**json.loads(text))
