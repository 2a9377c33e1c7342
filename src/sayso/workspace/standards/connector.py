"""Accounts on any server of CalDAV, CardDAV, IMAP and SMTP, as a kind that users connect."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Final
from zoneinfo import ZoneInfo

from sayso.base.clock import Clock
from sayso.identity.accounts import ConnectedAccount
from sayso.workspace.connected.connector import Check, Found, Given, How, Opener, Suggested, as_others_see
from sayso.workspace.connected.reaching import Reach
from sayso.workspace.dav.listing import Shelf
from sayso.workspace.errors import Refused
from sayso.workspace.people import Me
from sayso.workspace.protocols import PARTS, Workspace
from sayso.workspace.standards.finding import Finder, Suggestion, chosen
from sayso.workspace.standards.lines import Lines, Surroundings
from sayso.workspace.standards.servers import Servers, servers_from, to_data
from sayso.workspace.types import Part

MOST_KEPT: Final = 200
"""Accounts whose connections are kept open between calls, at most."""
THREADS: Final = 64
"""Connections of IMAP that work at the same time."""
_SERVED: Final[dict[str, Part]] = {"calendar": "calendar", "tasks": "tasks", "contacts": "contacts", "imap": "mail"}


class Standards:
    """A `Connector` by address and password. `reach`: how its servers are reached, which each account narrows."""

    kind: str = "standards"
    label: str = "Mail and calendar servers"
    how: How = "password"
    serves: tuple[Part, ...] = PARTS
    provider: str = ""
    scopes: Mapping[Part, tuple[str, ...]] = {}
    asking: Mapping[str, str] = {}

    def __init__(
        self, finder: Finder, clock: Clock, zone: ZoneInfo, monotonic: Callable[[], float], reach: Reach | None = None
    ) -> None:
        self._finder = finder
        self._reach = reach or Reach()
        self._around = Surroundings(
            clock, zone, monotonic, ThreadPoolExecutor(THREADS, thread_name_prefix="imap"), Shelf()
        )
        self._kept: OrderedDict[str, Lines] = OrderedDict()
        self._ending: set[asyncio.Task[None]] = set()

    async def find(self, address: str, private: bool) -> Suggested:
        found = await self._finder.find(address, replace(self._reach, private=private))
        servers = to_data(found.servers)
        return Suggested(servers, found.provider, found.app_passwords, found.note, found.doubtful)

    async def check(self, given: Given, opener: Opener) -> Found:
        reach = replace(self._reach, private=given.private, plain=given.plain)
        asked = replace(servers_from(given.servers), private=given.private, plain=given.plain)
        finder, address = self._finder, given.address
        suggestion = await (finder.known(address) if asked.named else finder.find(address, reach))
        servers = self._only(chosen(asked, suggestion))
        if not asked.named and suggestion.doubtful:
            return _doubtful(given.address, suggestion)
        if not servers.named:
            raise Refused(_nowhere(given.address, suggestion))
        lines = self._lines(f"new {given.address}", servers, given.address, opener)
        try:
            checks = await lines.check()
            servers = replace(servers, schedules=await lines.schedules())
        finally:
            await lines.close()
        tried = {_SERVED[check.name]: check.works for check in checks if check.name in _SERVED}
        found, failed = (tuple(part for part in PARTS if tried.get(part) is works) for works in (True, False))
        told = tuple(_noted(checks, suggestion))
        return Found(given.address, given.address.casefold(), found, to_data(servers), told, failed)

    def parts(self, account: ConnectedAccount, me: Me, opener: Opener) -> Workspace:
        me = as_others_see(me).at(account.address)
        key = f"{account.user_id} {account.id} {account.address} {sorted(account.servers.items())}"
        lines = self._kept.get(key)
        if lines is None:
            servers = servers_from(account.servers)
            lines = self._lines(key, servers, account.address, opener)
            self._kept[key] = lines
            self._let_go()
        self._kept.move_to_end(key)
        return lines.workspace(me)

    async def close(self) -> None:
        kept = [*self._kept.values()]
        self._kept.clear()
        await asyncio.gather(*(lines.close() for lines in kept), *self._ending)
        self._around.threads.shutdown(wait=False, cancel_futures=True)

    def _only(self, servers: Servers) -> Servers:
        """Those that this kind can use."""
        return servers

    def _token_of(self, address: str) -> str:
        """The address that a token signs in; empty: a password does."""
        return ""

    def _lines(self, owner: str, servers: Servers, address: str, opener: Opener) -> Lines:
        reach = replace(self._reach, private=servers.private, plain=servers.plain)
        return Lines(owner, servers, opener, self._token_of(address), reach, self._around)

    def _let_go(self) -> None:
        while len(self._kept) > MOST_KEPT:
            _, lines = self._kept.popitem(last=False)
            task = asyncio.create_task(lines.close())
            self._ending.add(task)
            task.add_done_callback(self._ending.discard)


class StandardsByConsent(Standards):
    """Mailboxes that the access tokens of an OpenID Connect issuer open (XOAUTH2)."""

    how: How = "oauth"
    serves: tuple[Part, ...] = ("mail",)

    def __init__(
        self,
        provider: str,
        label: str,
        scopes: Sequence[str],
        finder: Finder,
        clock: Clock,
        zone: ZoneInfo,
        monotonic: Callable[[], float],
        reach: Reach | None = None,
    ) -> None:
        super().__init__(finder, clock, zone, monotonic, reach)
        self.kind = f"mail-{provider}"
        self.label = f"Mail by {label}"
        self.provider = provider
        self.scopes = {"mail": tuple(scopes)}

    def _only(self, servers: Servers) -> Servers:
        return replace(servers, caldav="", carddav="")

    def _token_of(self, address: str) -> str:
        return address


def _doubtful(address: str, suggestion: Suggestion) -> Found:
    """Nothing was tried: the user has to look at the servers first."""
    hosts = ", ".join(suggestion.doubtful)
    why = (
        f"Only DNS names these servers, which belong to another domain: {hosts}. If they are right, name them yourself."
    )
    return Found(address, "", (), to_data(suggestion.servers), (Check("servers", False, why),))


def _nowhere(address: str, suggestion: Suggestion) -> str:
    if suggestion.note:
        return suggestion.note
    return f"No servers were found for {address}; name them yourself: your provider's help pages say what they are."


def _noted(checks: Iterable[Check], suggestion: Suggestion) -> Iterable[Check]:
    """What does not work, with what is known of the provider: mostly it wants another password."""
    known = " ".join(filter(None, (suggestion.note, suggestion.app_passwords)))
    for check in checks:
        yield check if check.works or not known else replace(check, message=f"{check.message} {known}".strip())
