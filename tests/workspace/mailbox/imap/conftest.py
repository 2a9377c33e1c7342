"""The servers that the mailbox is tried on, each started once, when a test first needs it."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from time import monotonic
from typing import TypeVar
from zoneinfo import ZoneInfo

import pytest
from tests.kit.rigs.certificates import Certificate
from tests.kit.rigs.cyrus import cyrus
from tests.kit.rigs.dovecot import dovecot
from tests.kit.rigs.imap import PASSWORD, ImapRig, Other
from tests.kit.rigs.poor_imap import poor_imap

from sayso.base.clock import FixedClock
from sayso.identity.credentials import Password
from sayso.workspace.connected.access import Access
from sayso.workspace.connected.connector import Fresh
from sayso.workspace.connected.reaching import MailServer, Reach
from sayso.workspace.mailbox.keeping import ImapCopies
from sayso.workspace.mailbox.listing import Listing
from sayso.workspace.mailbox.mail import ImapMail
from sayso.workspace.mailbox.searching import Sizes
from sayso.workspace.mailbox.session import Sessions
from sayso.workspace.people import Me
from sayso.workspace.search import parse_query
from sayso.workspace.types import Header

T = TypeVar("T")
NOW = datetime(2026, 3, 2, 14, 0, tzinfo=UTC)
NEW_YORK = ZoneInfo("America/New_York")


@dataclass(frozen=True, slots=True)
class Mailbox:
    """One account while it is in use."""

    mail: ImapMail
    copies: ImapCopies
    sessions: Sessions
    listing: Listing

    async def found(self, query: str, limit: int = 100, after: str = "") -> list[Header]:
        return (await self.mail.search(parse_query(query, NEW_YORK), limit, after)).items

    async def subjects(self, query: str) -> list[str]:
        return [header.subject for header in await self.found(query)]


@dataclass
class Box:
    """A mailbox of a rig that was empty when the test began. `other`: another program at it."""

    rig: ImapRig
    user: str
    other: Other
    executor: ThreadPoolExecutor
    given: dict[str, str] = field(default_factory=dict)
    sizes: Sizes = field(default_factory=Sizes)
    port: int = 0
    password: str = PASSWORD
    server: MailServer | None = None
    reach: Reach = field(default_factory=lambda: Reach(private=True))

    def use(self, work: Callable[[Mailbox], Awaitable[T]]) -> T:
        """What is done with it, whose connections are closed then."""

        async def run() -> T:
            sessions = self.sessions()
            listing = Listing(sessions, self.given, monotonic)
            me = Me(self.user, "Ana")
            mail = ImapMail(sessions, listing, me, FixedClock(NOW), sizes=self.sizes)
            try:
                return await work(Mailbox(mail, ImapCopies(sessions, listing), sessions, listing))
            finally:
                await sessions.close()

        return asyncio.run(run())

    def sessions(self) -> Sessions:
        access = Access(Fresh(Password(self.user, self.password)))
        server = self.server or self.rig.server(port=self.port)
        return Sessions(server, access, self.reach, self.executor, monotonic)

    def subjects(self, query: str) -> list[str]:
        return self.use(lambda box: box.subjects(query))


@pytest.fixture(scope="session")
def on_dovecot(certificate: Certificate) -> Iterator[ImapRig]:
    with dovecot(certificate) as rig:
        yield rig


@pytest.fixture(scope="session")
def on_cyrus() -> Iterator[ImapRig]:
    with cyrus() as rig:
        yield ImapRig("cyrus", rig.imap_port, any_user=False)


@pytest.fixture(scope="session")
def on_poor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ImapRig]:
    with poor_imap(tmp_path_factory.mktemp("poor")) as rig:
        yield rig


@pytest.fixture(scope="session")
def executor() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(8) as made:
        yield made


@contextmanager
def box_on(rig: ImapRig, executor: ThreadPoolExecutor) -> Iterator[Box]:
    user = rig.empty()
    with rig.other(user) as other:
        yield Box(rig, user, other, executor)


@pytest.fixture(params=["dovecot", "cyrus", "poor"])
def box(request: pytest.FixtureRequest, executor: ThreadPoolExecutor) -> Iterator[Box]:
    with box_on(request.getfixturevalue(f"on_{request.param}"), executor) as made:
        yield made


@pytest.fixture(params=["dovecot", "cyrus"])
def rich(request: pytest.FixtureRequest, executor: ThreadPoolExecutor) -> Iterator[Box]:
    """Servers that know keywords, roles of folders and MOVE."""
    with box_on(request.getfixturevalue(f"on_{request.param}"), executor) as made:
        yield made


@pytest.fixture
def dove(on_dovecot: ImapRig, executor: ThreadPoolExecutor) -> Iterator[Box]:
    with box_on(on_dovecot, executor) as made:
        yield made


@pytest.fixture
def poor(on_poor: ImapRig, executor: ThreadPoolExecutor) -> Iterator[Box]:
    with box_on(on_poor, executor) as made:
        yield made
