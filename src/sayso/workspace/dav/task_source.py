"""Tasks as they are on the server: all of a site's lists, read anew each time.

A task's id is its list's, which is a digest of the list's address, and the name of its resource there.
"""

import asyncio
import base64
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import quote, unquote_to_bytes
from zoneinfo import ZoneInfo

from sayso.base.clock import Clock
from sayso.workspace.dav import task_text
from sayso.workspace.dav.collections import Collection
from sayso.workspace.dav.homes import Homes
from sayso.workspace.dav.listing import Members, Stored
from sayso.workspace.dav.query import holding
from sayso.workspace.dav.task_text import Written, revision_of
from sayso.workspace.dav.urls import host_of, name_in, normal
from sayso.workspace.errors import ObjectNotFound, Refused, Unavailable
from sayso.workspace.types import Task

MAX_TASKS: Final = 20_000


@dataclass(frozen=True, slots=True)
class There:
    """A task on the server."""

    collection: Collection
    url: str
    etag: str
    content: bytes
    written: Written

    @property
    def task(self) -> Task:
        return self.written.task

    def did(self, key: str) -> bool:
        """Whether the change under this key is done, to its end."""
        return self.written.key == key and self.written.going in ("", id_of(self.collection))


class TaskSource:
    """`zone`: of times that name none."""

    def __init__(self, homes: Homes, members: Members, clock: Clock, zone: ZoneInfo) -> None:
        self.homes = homes
        self.dav = homes.dav
        self._members = members
        self._clock = clock
        self._zone = zone

    async def collections(self, fresh: bool = False) -> list[Collection]:
        """Those that hold tasks: first what one may write to, and what holds nothing else. Raises Refused."""
        found = [each for each in await self.homes.collections(fresh) if "VTODO" in each.components]
        if not found:
            raise Refused(f"There is no task list on {host_of(self.dav.url)}.")
        return sorted(found, key=lambda each: (not each.writable, "VEVENT" in each.components))

    async def collection(self, list_id: str) -> Collection:
        for fresh in (False, True):
            for each in await self.collections(fresh):
                if id_of(each) == list_id:
                    return each
        raise ObjectNotFound("That task list is not there any more.")

    async def all(self) -> list[There]:
        """Every task, of all lists. Raises Refused, Unavailable."""
        number, found = 0, list[There]()
        for collection in await self.collections():
            members = await self._with_tasks(collection)
            number += len(members)
            if number > MAX_TASKS:
                raise Unavailable(f"There are more than {MAX_TASKS:,} tasks on {host_of(self.dav.url)}.")
            stored = await self._members.fetch(collection.url, members)
            found += await asyncio.to_thread(self._read_all, collection, stored)
        return found

    async def _with_tasks(self, collection: Collection) -> dict[str, str]:
        """The members that are tasks: of a list that holds nothing else by what has changed there."""
        try:
            if collection.components == {"VTODO"}:
                return dict(await self._members.members(collection))
            return await holding(self.dav, collection.url, "VTODO")
        except ObjectNotFound:  # gone since the lists were listed
            return {}

    def _read_all(self, collection: Collection, stored: Iterable[Stored]) -> list[There]:
        found = (self.read(collection, each.url, each.etag, each.content) for each in stored)
        return [each for each in found if each is not None]

    def read(self, collection: Collection, url: str, etag: str, content: bytes) -> There | None:
        written = task_text.read(content, self._zone, self._clock.now())
        if written is None:
            return None
        own_id = f"{id_of(collection)}.{quote(unquote_to_bytes(name_in(url)), safe='')}"
        task = replace(written.task, id=own_id, list_id=id_of(collection), list_name=collection.name)
        task = replace(task, revision=revision_of(task))
        return There(collection, url, etag, content, replace(written, task=task))

    async def get(self, task_id: str) -> There:
        """As it is now. Raises ObjectNotFound, Refused, Unavailable."""
        list_id, _, name = task_id.partition(".")
        collection = await self.collection(list_id)
        there = await self.there(collection, member_of(collection, name))
        if there is None:
            raise ObjectNotFound("That task is not there any more.")
        return there

    async def there(self, collection: Collection, url: str) -> There | None:
        """The task at an address; None: surely none. Raises Refused, Unavailable."""
        if not url:
            return None
        try:
            found = await self.dav.get(url)
        except ObjectNotFound:
            return None
        there = await asyncio.to_thread(self.read, collection, url, found.etag, found.content)
        if there is None and b"VTODO" in found.content.upper():
            raise Unavailable("That task is there, but cannot be read.")
        return there

    async def carrying(self, collections: Iterable[Collection], name: str, key: str) -> str | None:
        """The id of the resource of this name that we made or changed under the key, in whichever list."""
        for each in collections:
            there = await self.there(each, member_of(each, name))
            if there is not None and there.did(key):
                return there.task.id
        return None


def id_of(collection: Collection) -> str:
    """The id of a list: a digest of its address."""
    digest = hashlib.sha256(collection.url.rstrip("/").encode()).digest()
    return base64.b32encode(digest[:10]).decode().lower()


def place_of(there: There) -> str:
    """When a task was made, and its id: where it is among all."""
    return f"{there.written.created.isoformat()} {there.task.id}"


def name_of(key: str) -> str:
    """How the id of a task ends that was made under this key."""
    return quote(f"{key}.ics", safe="")


def member_of(collection: Collection, name: str) -> str:
    """The address of the task whose id ends with this; empty where no id does."""
    if not name or name != quote(unquote_to_bytes(name), safe=""):
        return ""
    return normal(f"{collection.url.rstrip('/')}/{name}")
