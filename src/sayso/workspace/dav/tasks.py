"""Task lists as calendars with tasks in them (VTODO).

What we make is named by its key; what we change carries the key of the last change.
"""

import asyncio
from collections.abc import Callable
from typing import Final
from zoneinfo import ZoneInfo

from sayso.base.clock import Clock
from sayso.english.words import fold
from sayso.workspace.dav import task_text
from sayso.workspace.dav.collections import Collection
from sayso.workspace.dav.errors import NotDone, Preconditioned
from sayso.workspace.dav.homes import Homes
from sayso.workspace.dav.listing import Members
from sayso.workspace.dav.task_source import TaskSource, There, id_of, member_of, name_of, place_of
from sayso.workspace.dav.urls import host_of, within
from sayso.workspace.dav.xml import C, D, element
from sayso.workspace.errors import ObjectChanged, ObjectNotFound, Refused, Unavailable, Uncertain
from sayso.workspace.types import Page, Task, TaskDraft, TaskList

TRIES: Final = 5
"""How often something is changed that others change at the same time in ways that are not shown."""
_MEDIA: Final = "text/calendar; charset=utf-8"
_CHANGED: Final = "'{}' has changed since you saw it."


class DavTasks:
    """A `Tasks`. `zone`: of times that name none. It opens no connection before it is asked for something."""

    def __init__(self, homes: Homes, members: Members, clock: Clock, zone: ZoneInfo) -> None:
        self._homes = homes
        self._dav = homes.dav
        self._source = TaskSource(homes, members, clock, zone)
        self._clock = clock

    @property
    def keeps_times(self) -> bool:
        return True

    async def lists(self) -> list[TaskList]:
        return [TaskList(id_of(each), each.name) for each in await self._source.collections()]

    async def list_tasks(self, limit: int, after: str = "") -> Page[Task]:
        found = sorted(await self._source.all(), key=place_of)
        rest = [each for each in found if place_of(each) > after] if after else found
        more = place_of(rest[limit - 1]) if len(rest) > limit else ""
        return Page([each.task for each in rest[:limit]], more, len(found))

    async def get_task(self, task_id: str) -> Task:
        return (await self._source.get(task_id)).task

    async def create_task(self, draft: TaskDraft, key: str) -> Task:
        collection = await self._list(draft, key)
        self._check_writable(collection)
        url, content = member_of(collection, name_of(key)), task_text.new(draft, key, self._clock.now())
        return (await self._make(collection, url, content, key)).task

    async def update_task(self, task_id: str, draft: TaskDraft, revision: str, key: str) -> Task:
        collection = await self._list(draft, key)

        going = "" if id_of(collection) == task_id.partition(".")[0] else id_of(collection)

        def edit(there: There) -> bytes:
            return task_text.changed(there.content, there.written, draft, key, self._clock.now(), going)

        if going:
            return await self._move(task_id, collection, revision, key, edit)
        return (await self._change(task_id, revision, key, edit)).task

    async def set_done(self, task_id: str, done: bool, revision: str, key: str) -> Task:
        def edit(there: There) -> bytes:
            return task_text.marked(there.content, there.written, done, key, self._clock.now())

        return (await self._change(task_id, revision, key, edit)).task

    async def delete_task(self, task_id: str, revision: str, key: str) -> None:
        for _ in range(TRIES):
            there = await self._source.get(task_id)
            self._check(there, revision)
            if await self._delete(there):
                return
        raise Unavailable(f"'{there.task.title}' is being changed by others all the time.")

    async def applied(self, key: str, object_id: str) -> str | None:
        collections = await self._source.collections(fresh=True)
        if not object_id:
            return await self._source.carrying(collections, name_of(key), key)
        try:
            there = await self._source.get(object_id)
        except ObjectNotFound:  # deleted, or moved to another list
            name = object_id.partition(".")[2]
            return await self._source.carrying(collections, name, key) or object_id
        return object_id if there.did(key) else None

    # --- changing ---------------------------------------------------------------------------------------------------

    def _check(self, there: There, revision: str) -> None:
        self._check_writable(there.collection)
        if there.task.revision != revision:
            raise ObjectChanged(_CHANGED.format(there.task.title))

    def _check_writable(self, collection: Collection) -> None:
        if not collection.writable:
            raise Refused(f"The list '{collection.name}' may only be looked at.")

    async def _change(self, task_id: str, revision: str, key: str, edit: Callable[[There], bytes]) -> There:
        """Change a task in its place, unless that was done under the key. What was sent is what is shown of it then:
        another look could fail, and the change would be told for not done."""
        for _ in range(TRIES):
            there = await self._source.get(task_id)
            if there.written.key == key:
                return there
            self._check(there, revision)
            sent = await self._as_sent(there.collection, there.url, edit(there))
            try:
                await self._dav.put(sent.url, sent.content, _MEDIA, if_match=there.etag)
            except Preconditioned:
                continue
            return sent
        raise Unavailable(f"'{there.task.title}' is being changed by others all the time.")

    async def _move(
        self, task_id: str, collection: Collection, revision: str, key: str, edit: Callable[[There], bytes]
    ) -> Task:
        """First the guarded change, which says where the task is going; then it goes. Done again after a crash in
        between, it is found half-way, or where it was to go. A copy would not do: Cyrus takes no UID twice."""
        self._check_writable(collection)
        to = member_of(collection, task_id.partition(".")[2])
        try:
            there = await self._change(task_id, revision, key, edit)
        except ObjectNotFound:
            if (moved := await self._source.there(collection, to)) is not None and moved.did(key):
                return moved.task
            raise
        try:
            await self._dav.move(there.url, to)
        except (Preconditioned, ObjectNotFound, NotDone) as error:
            told = f"'{there.task.title}' cannot go to the list '{collection.name}', whatever else of it has changed."
            raise Refused(told) from error
        except Unavailable as error:
            raise Uncertain(f"'{there.task.title}' is on its way to another list.") from error
        return (await self._as_sent(collection, to, there.content)).task

    async def _make(self, collection: Collection, url: str, content: bytes, key: str) -> There:
        """Store a task where none is, unless that was done under the key. Servers refuse what is there already in
        several ways, so that its own key decides."""
        sent = await self._as_sent(collection, url, content)
        try:
            await self._dav.put(url, content, _MEDIA, new=True)
        except (Preconditioned, NotDone) as error:
            try:
                there = await self._source.there(collection, url)
            except Unavailable as lost:
                raise Uncertain(f"{host_of(url)} did not say whether the task is there.") from lost
            if there is not None and there.did(key):
                return there
            raise Refused(_refusal(error, collection)) from error
        return sent

    async def _as_sent(self, collection: Collection, url: str, content: bytes) -> There:
        """The task as it will be. Raises Refused where it could not be read again."""
        there = await asyncio.to_thread(self._source.read, collection, url, "", content)
        if there is None:
            raise Refused("The task is too long to be kept.")
        return there

    async def _delete(self, there: There) -> bool:
        """Whether it is gone; False: it is not as it was."""
        try:
            await self._dav.delete(there.url, there.etag)
        except Preconditioned:
            return False
        except ObjectNotFound:
            pass
        return True

    async def _list(self, draft: TaskDraft, key: str) -> Collection:
        """The list that a task is to be on, made if need be. Raises ObjectNotFound, Refused, Unavailable, Uncertain."""
        if not draft.new_list:
            return (
                await self._source.collection(draft.list_id) if draft.list_id else (await self._source.collections())[0]
            )
        for each in await self._homes.collections(fresh=True):
            if "VTODO" in each.components and fold(each.name) == fold(draft.new_list):
                return each
        url = within((await self._homes.site()).homes[0], key) + "/"
        kinds = element(f"{C}supported-calendar-component-set", element(f"{C}comp", name="VTODO"))
        props = element(f"{D}prop", element(f"{D}displayname", text=draft.new_list), kinds)
        refusal: Refused | ObjectChanged | None = None
        try:
            await self._dav.make(url, element(f"{C}mkcalendar", element(f"{D}set", props)))
        except (NotDone, Preconditioned) as error:  # as when it is there
            refusal = error
        for each in await self._homes.collections(fresh=True):
            if each.url == url:
                return each
        raise Refused(f"{host_of(url)} makes no new task lists.") from refusal


def _refusal(error: Preconditioned | NotDone, collection: Collection) -> str:
    if isinstance(error, Preconditioned) or error.element == "no-uid-conflict":
        return f"The list '{collection.name}' has something else in this task's place."
    return f"The list '{collection.name}' does not take it: {error}"
