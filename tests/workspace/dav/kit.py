"""One user's tasks and contacts on a rig, as they are built for an account."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar
from uuid import uuid4
from zoneinfo import ZoneInfo

from tests.kit.rigs.dav import DavRig

from sayso.base.clock import FixedClock
from sayso.workspace.dav.client import Dav
from sayso.workspace.dav.contacts import DavContacts
from sayso.workspace.dav.discovery import Kind
from sayso.workspace.dav.homes import Homes
from sayso.workspace.dav.listing import Members, Shelf
from sayso.workspace.dav.tasks import DavTasks
from sayso.workspace.types import Task

NOW = datetime(2026, 3, 2, 14, 0, tzinfo=UTC)
NEW_YORK = ZoneInfo("America/New_York")

T = TypeVar("T")


def always() -> float:
    """A clock that stands still, so that what was listed once is never listed anew by itself."""
    return 0.0


@dataclass(frozen=True, slots=True)
class Account:
    """`url`: of the one collection that a test works in, which the account then is."""

    rig: DavRig
    dav: Dav
    url: str

    def homes(self, kind: Kind = "caldav") -> Homes:
        return Homes(self.dav, kind, always)

    def tasks(self) -> DavTasks:
        """As of a process that has just started."""
        return tasks_of(self.dav)

    def contacts(self) -> DavContacts:
        return DavContacts(self.homes("carddav"), self.members("carddav"))

    def members(self, kind: Kind = "caldav") -> Members:
        return Members(self.dav, kind, Shelf(), "ana")

    async def stored(self) -> list[str]:
        """What is in the collection, as text with its lines unfolded."""
        found = await self.dav.propfind(self.url, ["{DAV:}getetag"], depth=1)
        texts = [(await self.dav.get(each.href)).content.decode() for each in found if each.href != self.url]
        return [text.replace("\r\n", "\n").replace("\n ", "") for text in texts]


def tasks_of(dav: Dav) -> DavTasks:
    members = Members(dav, "caldav", Shelf(), "ana")
    return DavTasks(Homes(dav, "caldav", always), members, FixedClock(NOW), NEW_YORK)


async def with_account(
    rig: DavRig, work: Callable[[Account], Awaitable[T]], *components: str, through: str = "", user: str = ""
) -> T:
    """What is done with an account that is one new collection. `through`: the address of a server before the rig."""
    made = rig.dav(user=user)
    try:
        url = await rig.make_calendar(*components, dav=made)
    finally:
        await made.aclose()
    dav = rig.dav(url.replace(rig.url, through) if through else url, user=user)
    try:
        return await work(Account(rig, dav, dav.url))
    finally:
        await dav.aclose()


async def all_tasks(tasks: DavTasks) -> list[Task]:
    return (await tasks.list_tasks(1000)).items


def new_key() -> str:
    """One that no other test has: a server may take a UID once for all lists of a user."""
    return f"act_{uuid4().hex}"
