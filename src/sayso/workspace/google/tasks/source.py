"""Task lists and tasks at Google, read anew each time."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sayso.english.words import fold
from sayso.workspace.errors import ObjectNotFound, Unavailable, Uncertain
from sayso.workspace.google.batches import segment
from sayso.workspace.google.client import AT_ONCE, Google, Json
from sayso.workspace.google.tasks.attempts import Attempts, Kept
from sayso.workspace.google.tasks.values import Place, google_id, holds, own_id, task_of
from sayso.workspace.types import Task, TaskList

MAX_TASKS: Final = 20_000
DEFAULT: Final = "@default"
"""By what Google knows the default list, whatever its id."""
_NAMELESS: Final = "Tasks"
_LISTS: Final = "users/@me/lists"
_EVERYTHING: Final = {"showCompleted": True, "showHidden": True, "showAssigned": True}
_LIST_STEP: Final = "list"
_NEW_LIST: Final = "new list"


@dataclass(frozen=True, slots=True, order=True)
class Standing:
    """A task and where it is among all, in a text that sorts."""

    place: str
    of: TaskList = field(compare=False)
    raw: Json = field(compare=False)


class TaskSource:
    def __init__(self, google: Google, attempts: Attempts) -> None:
        self.google = google
        self._attempts = attempts

    async def lists(self) -> list[TaskList]:
        """The default one first. What passes only some of Google's API along may know no more than that."""
        default, found = await asyncio.gather(self._default(), self._all_lists())
        rest = [each for each in found if default is None or each.id != default.id]
        lists = rest if default is None else [default, *rest]
        return lists or [TaskList(own_id(DEFAULT), _NAMELESS)]

    async def _default(self) -> TaskList | None:
        try:
            return _list_of(await self.google.get("tasks", f"{_LISTS}/{DEFAULT}"))
        except ObjectNotFound:
            return None

    async def _all_lists(self) -> list[TaskList]:
        try:
            found = await self.google.listed("tasks", _LISTS, {"maxResults": 1000}, "items")
        except ObjectNotFound:
            return []
        return [each for raw in found if (each := _list_of(raw)) is not None]

    async def list_called(self, list_id: str) -> TaskList:
        """The list of this id of ours; empty: the default one. Raises ObjectNotFound."""
        if not list_id:
            return await self._default() or (await self.lists())[0]
        try:
            found = _list_of(await self.google.get("tasks", f"{_LISTS}/{segment(google_id(list_id))}"))
        except ObjectNotFound:
            found = next((each for each in await self.lists() if each.id == list_id), None)
        if found is None:
            raise ObjectNotFound("That task list is not there any more.")
        return found

    async def new_list(self, name: str, key: str) -> TaskList:
        """The list of that name, made if need be, once for the key."""
        kept = await self._attempts.marks.of(key)
        if (there := await self._attempts.look(kept, _LIST_STEP, self.named(name))) is not None:
            return there
        await self._attempts.marks.keep(key, _NEW_LIST, name)
        body = {"title": name}
        try:
            raw = await self._attempts.once(
                key, _LIST_STEP, kept, lambda: self.google.change("POST", "tasks", _LISTS, body)
            )
        except Uncertain:
            there = await self._named_after(name)
            if there is None:
                raise
            return there
        made = _list_of(raw)
        if made is None:
            raise Uncertain("Google Tasks did not say which list it made.")
        return made

    async def check_list(self, kept: Kept) -> None:
        """Raises Uncertain while a list may still come to be under the key."""
        name = kept.get(_NEW_LIST, "")
        if name and self._attempts.pending(kept, _LIST_STEP) and await self.named(name) is None:
            raise Uncertain(f"Google Tasks has not said yet whether the list '{name}' was made.")

    async def named(self, name: str) -> TaskList | None:
        return next((each for each in await self.lists() if fold(each.name) == fold(name)), None)

    async def _named_after(self, name: str) -> TaskList | None:
        try:
            return await self.named(name)
        except Unavailable:
            return None

    # --- tasks ------------------------------------------------------------------------------------------------------

    async def all(self) -> list["Standing"]:
        """Every task, open and done. Raises Unavailable."""
        room, lists = asyncio.Semaphore(AT_ONCE), await self.lists()

        async def of(each: TaskList) -> list[Standing]:
            async with room:
                try:
                    found = await self.tasks_in(google_id(each.id), _EVERYTHING)
                except ObjectNotFound:  # gone since the lists were listed
                    return []
            by_id = {raw["id"]: raw for raw in found}
            return [Standing(_place(each, each == lists[0], raw, by_id), each, raw) for raw in found]

        found = [one for some in await asyncio.gather(*map(of, lists)) for one in some]
        if len(found) > MAX_TASKS:
            raise Unavailable(
                f"There are more than {MAX_TASKS:,} tasks in Google Tasks, which is more than can be read."
            )
        return found

    async def tasks_in(self, list_id: str, params: Mapping[str, bool | str]) -> list[Json]:
        """`list_id`: Google's. Raises ObjectNotFound."""
        found = await self.google.listed(
            "tasks", f"lists/{segment(list_id)}/tasks", {"maxResults": 100, **params}, "items"
        )
        return [raw for raw in found if isinstance(raw, dict) and isinstance(raw.get("id"), str)]

    async def get(self, place: Place) -> Json:
        """Raises ObjectNotFound, also of one that is deleted."""
        raw = await self.google.get("tasks", path_of(place))
        if raw.get("deleted") is True:
            raise ObjectNotFound("That task is not there any more.")
        return raw

    async def task(self, place: Place) -> Task:
        """Raises ObjectNotFound."""
        raw, of = await asyncio.gather(self.get(place), self.list_called(own_id(place.list_id)))
        return task_of({"id": place.task_id, **raw}, of)

    async def is_there(self, place: Place) -> bool:
        try:
            await self.get(place)
        except ObjectNotFound:
            return False
        return True

    async def alike(self, list_id: str, wanted: Mapping[str, Any], done: bool) -> list[str]:
        """The ids of the tasks in a list that have all of this; `done`: of those that are done too."""
        params = _EVERYTHING if done else {"showCompleted": False, "showAssigned": True}
        return [raw["id"] for raw in await self.tasks_in(list_id, params) if holds(raw, wanted)]

    async def alike_since(self, list_id: str, wanted: Mapping[str, Any], since: datetime) -> list[Json]:
        """Those that were changed since, whatever has become of them."""
        params: dict[str, bool | str] = {**_EVERYTHING, "showDeleted": True, "updatedMin": since.isoformat()}
        return [raw for raw in await self.tasks_in(list_id, params) if holds(raw, wanted)]


def path_of(place: Place) -> str:
    return f"lists/{segment(place.list_id)}/tasks/{segment(place.task_id)}"


def _place(of: TaskList, default: bool, raw: Json, by_id: Mapping[str, Json]) -> str:
    """The default list is the first; within a list it is as its user has it, each with those below it."""
    above = by_id.get(raw.get("parent", ""), raw)
    own = "" if above is raw else str(raw.get("position", ""))
    return f"{0 if default else 1} {of.id} {above.get('position', '')} {above['id']} {own} {raw['id']}"


def _list_of(raw: Json) -> TaskList | None:
    found, title = raw.get("id"), raw.get("title")
    if not isinstance(found, str) or not found:
        return None
    return TaskList(own_id(found), title if isinstance(title, str) and title.strip() else _NAMELESS)
