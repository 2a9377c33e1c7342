"""What a server of CalDAV and CardDAV is to the tests."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar
from uuid import uuid4

from sayso.identity.credentials import Password
from sayso.workspace.connected.access import Access
from sayso.workspace.connected.connector import Fresh
from sayso.workspace.connected.reaching import Reach
from sayso.workspace.dav.client import Dav
from sayso.workspace.dav.discovery import discover
from sayso.workspace.dav.urls import within
from sayso.workspace.dav.xml import C, D, element

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class DavRig:
    name: str
    url: str
    user: str
    password: str
    schedules: bool = False
    """Whether it writes to guests itself."""
    other: str = ""
    """Another user, with the same password."""

    def dav(self, url: str = "", password: str = "", user: str = "") -> Dav:
        """A client of it, to be closed."""
        return client(url or self.url, user or self.user, password or self.password)

    async def using(self, work: Callable[[Dav], Awaitable[T]], user: str = "", url: str = "") -> T:
        """What is done with a client, which is closed then."""
        dav = self.dav(url, user=user)
        try:
            return await work(dav)
        finally:
            await dav.aclose()

    async def make_calendar(self, *components: str, name: str = "", dav: Dav) -> str:
        """A new calendar of its user, and its address."""
        home = (await discover(dav, "caldav")).homes[0]
        url = within(home, f"t-{uuid4().hex[:12]}") + "/"
        kinds = [element(f"{C}comp", name=each) for each in components or ("VEVENT", "VTODO")]
        props = [element(f"{D}displayname", text=name)] if name else []
        props.append(element(f"{C}supported-calendar-component-set", *kinds))
        await dav.make(url, element(f"{C}mkcalendar", element(f"{D}set", element(f"{D}prop", *props))))
        return url


def client(url: str, user: str, password: str, reach: Reach | None = None) -> Dav:
    access = Access(Fresh(Password(user, password)))
    return Dav(url, access, reach or Reach(private=True))
