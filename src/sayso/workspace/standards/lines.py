"""The connections of one account, and the parts of its workspace over them."""

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sayso.base.clock import Clock
from sayso.workspace.connected.access import Access
from sayso.workspace.connected.connector import Check, Opener
from sayso.workspace.connected.reaching import Reach
from sayso.workspace.dav.calendar import DavCalendar
from sayso.workspace.dav.checking import check_caldav, check_carddav
from sayso.workspace.dav.client import Dav
from sayso.workspace.dav.contacts import DavContacts
from sayso.workspace.dav.discovery import Kind
from sayso.workspace.dav.homes import Homes
from sayso.workspace.dav.listing import Members, Shelf
from sayso.workspace.dav.scheduling import schedules
from sayso.workspace.dav.tasks import DavTasks
from sayso.workspace.errors import WorkspaceError
from sayso.workspace.mailbox.checking import check_imap
from sayso.workspace.mailbox.invited import Invited
from sayso.workspace.mailbox.keeping import ImapCopies
from sayso.workspace.mailbox.listing import Listing
from sayso.workspace.mailbox.mail import ImapMail
from sayso.workspace.mailbox.sending import Sender
from sayso.workspace.mailbox.session import Sessions
from sayso.workspace.mailbox.smtp import check_smtp
from sayso.workspace.mailbox.watching import Watching
from sayso.workspace.people import Me
from sayso.workspace.protocols import Workspace
from sayso.workspace.standards.servers import Servers


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the accounts of a process have in common. `zone`: what times without one are in; `monotonic`: seconds of a
    clock that never goes back; `shelf`: what was read of calendars and contacts."""

    clock: Clock
    zone: ZoneInfo
    monotonic: Callable[[], float]
    threads: ThreadPoolExecutor
    shelf: Shelf


class Lines:
    """`owner`: whose what is kept of it is. No connection is opened before a part is asked for something."""

    def __init__(
        self,
        owner: str,
        servers: Servers,
        opener: Opener,
        token_of: str,
        reach: Reach,
        around: Surroundings,
    ) -> None:
        self._servers = servers
        self._reach = reach
        self._around = around

        def access(name: str) -> Access:
            return Access(opener, token_of, servers.users.get(name, ""))

        self._smtp = access("smtp")
        self._caldav = _Site(servers.caldav, "caldav", access("caldav"), reach, around, owner)
        self._carddav = _Site(servers.carddav, "carddav", access("carddav"), reach, around, owner)
        self._mailbox: _Mailbox | None = None
        if servers.imap is not None:
            sessions = Sessions(servers.imap, access("imap"), reach, around.threads, around.monotonic)
            self._mailbox = _Mailbox(sessions, servers, around)

    def workspace(self, me: Me) -> Workspace:
        """The parts for which there is a server."""
        sender = self._sender(me)
        mail = calendar = tasks = contacts = None
        clock, zone = self._around.clock, self._around.zone
        if self._mailbox is not None:
            box = self._mailbox
            mail = ImapMail(box.sessions, box.listing, me, clock, sender, box.watching, box.copies)
        if self._servers.caldav:
            homes, members = self._caldav.homes, self._caldav.members
            post = sender if sender is not None and sender.sends else None
            inbox = self._mailbox.invited if self._mailbox is not None else None
            calendar = DavCalendar(homes, members, me, clock, zone, post, self._servers.schedules, inbox)
            tasks = DavTasks(homes, members, clock, zone)
        if self._servers.carddav:
            contacts = DavContacts(self._carddav.homes, self._carddav.members)
        return Workspace(calendar, tasks, mail, contacts)

    async def check(self) -> list[Check]:
        """What of it works, tried side by side; nothing is written."""
        tried: list[asyncio.Future[list[Check]]] = []
        if self._servers.caldav:
            tried.append(asyncio.ensure_future(check_caldav(self._caldav.homes)))
        if self._servers.carddav:
            tried.append(asyncio.ensure_future(check_carddav(self._carddav.homes)))
        if self._mailbox is not None:
            tried.append(asyncio.ensure_future(_one(check_imap(self._mailbox.sessions, self._servers.folders))))
        if self._servers.smtp is not None:
            tried.append(asyncio.ensure_future(_one(check_smtp(self._servers.smtp, self._smtp, self._reach))))
        return [check for checks in await asyncio.gather(*tried) for check in checks]

    async def schedules(self) -> bool:
        """Whether the calendar's server writes to guests by itself (RFC 6638, 2)."""
        if not self._servers.caldav:
            return False
        try:
            return schedules(await self._caldav.homes.site())
        except WorkspaceError:
            return False

    async def close(self) -> None:
        await self._caldav.dav.aclose()
        await self._carddav.dav.aclose()
        if self._mailbox is not None:
            await self._mailbox.sessions.close()

    def _sender(self, me: Me) -> Sender | None:
        if self._mailbox is None:
            return None
        server, clock = self._servers.smtp, self._around.clock
        return Sender(server, self._smtp, self._reach, self._mailbox.copies, me, clock, self._servers.files_sent)


class _Site:
    def __init__(self, url: str, kind: Kind, access: Access, reach: Reach, around: Surroundings, owner: str) -> None:
        self.dav = Dav(url, access, reach)
        self.homes = Homes(self.dav, kind, around.monotonic)
        self.members = Members(self.dav, kind, around.shelf, owner)


class _Mailbox:
    def __init__(self, sessions: Sessions, servers: Servers, around: Surroundings) -> None:
        self.sessions = sessions
        self.listing = Listing(sessions, servers.folders, around.monotonic)
        self.watching = Watching(sessions, around.monotonic)
        self.copies = ImapCopies(sessions, self.listing)
        self.invited = Invited(sessions)


async def _one(check: Awaitable[Check]) -> list[Check]:
    return [await check]
