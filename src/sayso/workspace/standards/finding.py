"""The servers of an e-mail address: known ones, those that its domain tells, and those that have usual names.

What DNS says is not signed, mostly, so a server that it names in another domain is only proposed: the password goes
there when its user has agreed to it (RFC 6186, 6; RFC 6764, 8).
"""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final
from urllib.parse import urlsplit

import httpx2

from sayso.workspace.connected.reaching import MailServer, Reach, Tls
from sayso.workspace.errors import WorkspaceError
from sayso.workspace.standards import autoconfig
from sayso.workspace.standards.dns import Dns
from sayso.workspace.standards.presets import PRESETS, of_domain, of_exchanger
from sayso.workspace.standards.servers import Servers

SECONDS: Final = 6.0
_SERVICES: Final[tuple[tuple[str, str, Tls], ...]] = (
    ("imap", "_imaps", "implicit"),
    ("imap", "_imap", "starttls"),
    ("smtp", "_submissions", "implicit"),  # RFC 8314, 5.1
    ("smtp", "_submission", "starttls"),
)
_USUAL: Final[dict[str, tuple[tuple[str, int, Tls], ...]]] = {
    "imap": (("imap.", 993, "implicit"), ("mail.", 993, "implicit"), ("", 993, "implicit")),
    "smtp": (
        ("smtp.", 465, "implicit"),
        ("mail.", 465, "implicit"),
        ("smtp.", 587, "starttls"),
        ("mail.", 587, "starttls"),
    ),
}
_DOMAIN: Final = re.compile(r"[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63}){0,20}")
_DAV_HOSTS: Final = ("", "dav.", "caldav.", "cloud.", "nextcloud.", "mail.")


@dataclass(frozen=True, slots=True)
class Suggestion:
    """`doubtful`: the hosts of another domain that only DNS names; the user has to agree to them."""

    servers: Servers = field(default_factory=Servers)
    provider: str = ""
    app_passwords: str = ""
    note: str = ""
    doubtful: tuple[str, ...] = ()


class Finder:
    """`directory`: of servers by domain, which is asked last and learns the domain only; empty: none is asked."""

    def __init__(self, dns: Dns, directory: str = autoconfig.DIRECTORY) -> None:
        self._dns = dns
        self._directory = directory

    async def known(self, address: str) -> Suggestion:
        """The servers of a provider that is known; only DNS is asked, and only for where the mail of a domain goes."""
        domain = _domain_of(address)
        preset = of_domain(domain)
        if preset is None and domain:
            hosts = await self._dns.exchangers(domain)
            preset = next((found for host in hosts if (found := of_exchanger(host))), None)
        if preset is None:
            return Suggestion()
        return Suggestion(preset.servers, preset.name, preset.app_passwords, preset.note)

    async def find(self, address: str, reach: Reach) -> Suggestion:
        found, domain = await self.known(address), _domain_of(address)
        if found.provider or not domain:
            return found
        own = self._told(autoconfig.places(address, domain), address, reach)
        told, named = await asyncio.gather(own, self._named(domain))
        if self._directory and not told.imap and not named.imap:
            told = await self._told((f"{self._directory}{domain}",), address, reach)
        servers = told.over(named)
        if not servers.imap or not servers.smtp or not servers.caldav:
            servers = servers.over(await self._usual(domain, reach, servers))
        doubtful = {host for name, host in named.hosts().items() if not getattr(told, name)} - _trusted(domain, named)
        return Suggestion(servers, doubtful=tuple(sorted(doubtful)))

    async def _told(self, places: Sequence[str], address: str, reach: Reach) -> Servers:
        """What the first of these places tells that tells anything."""
        answers = await asyncio.gather(*(_fetched(url, reach) for url in places))
        return next((found for content in answers if (found := autoconfig.parse(content, address)).imap), Servers())

    async def _named(self, domain: str) -> Servers:
        """What DNS tells (RFC 6186, RFC 6764)."""
        mail = asyncio.gather(*(self._dns.services(f"{service}._tcp.{domain}") for _, service, _ in _SERVICES))
        caldav, carddav = await asyncio.gather(self._dav("caldav", domain), self._dav("carddav", domain))
        found: dict[str, MailServer] = {}
        for (name, _, tls), targets in zip(_SERVICES, await mail, strict=True):
            if targets and name not in found:
                found[name] = MailServer(targets[0].host, targets[0].port, tls)
        return Servers(caldav, carddav, found.get("imap"), found.get("smtp"))

    async def _dav(self, service: str, domain: str) -> str:
        name = f"_{service}s._tcp.{domain}"
        targets, texts = await asyncio.gather(self._dns.services(name), self._dns.texts(name))
        if not targets:
            return ""
        path = next((text.removeprefix("path=") for text in texts if text.startswith("path=/")), "/")
        port = f":{targets[0].port}" if targets[0].port != 443 else ""
        return f"https://{targets[0].host}{port}{path}"

    async def _usual(self, domain: str, reach: Reach, known: Servers) -> Servers:
        """Servers with usual names in the domain, as far as they answer."""
        imap, smtp, dav = await asyncio.gather(
            _first_open(domain, _USUAL["imap"] if not known.imap else (), reach),
            _first_open(domain, _USUAL["smtp"] if not known.smtp else (), reach),
            _first_dav(domain, reach) if not known.caldav else _nothing(),
        )
        return Servers(dav, dav, imap, smtp)


def _domain_of(address: str) -> str:
    """Its domain in ASCII; empty where it has none that a server can have."""
    domain = address.rpartition("@")[2].strip().rstrip(".").casefold()
    try:
        domain = domain.encode("idna").decode("ascii")
    except UnicodeError:
        return ""
    return domain if _DOMAIN.fullmatch(domain) else ""


def _trusted(domain: str, servers: Servers) -> set[str]:
    """The hosts that are the domain's own, or those of a provider that is known."""
    ours = {host for preset in PRESETS for host in preset.servers.hosts().values()}
    return {host for host in servers.hosts().values() if host in ours or f".{host}".endswith(f".{domain}")}


async def _nothing() -> str:
    return ""


async def _fetched(url: str, reach: Reach) -> bytes:
    """What lies there, as far as it is read; empty: nothing."""
    try:
        async with asyncio.timeout(SECONDS), reach.http(SECONDS) as client, client.stream("GET", url) as answer:
            if answer.status_code != 200:
                return b""
            content = b""
            async for piece in answer.aiter_bytes():
                content += piece
                if len(content) > autoconfig.MAX_BYTES:
                    return b""
            return content
    except (httpx2.HTTPError, httpx2.InvalidURL, WorkspaceError, TimeoutError, OSError):
        return b""


async def _first_open(domain: str, places: Sequence[tuple[str, int, Tls]], reach: Reach) -> MailServer | None:
    async def answers(server: MailServer) -> bool:
        try:
            (await reach.connect(server.host, server.port, server.tls)).close()
        except WorkspaceError:
            return False
        return True

    servers = [MailServer(f"{prefix}{domain}", port, tls) for prefix, port, tls in places]
    open_ones = await asyncio.gather(*map(answers, servers))
    return next((server for server, is_open in zip(servers, open_ones, strict=True) if is_open), None)


async def _first_dav(domain: str, reach: Reach) -> str:
    """Where there seems to be CalDAV: its well-known address leads on or asks who one is (RFC 6764, 5)."""

    async def answers(base: str) -> bool:
        try:
            async with asyncio.timeout(SECONDS), reach.http(SECONDS) as client:
                found = await client.request("PROPFIND", f"{base}.well-known/caldav", headers={"Depth": "0"})
        except (httpx2.HTTPError, httpx2.InvalidURL, WorkspaceError, TimeoutError, OSError):
            return False
        leads = urlsplit(found.headers.get("location", "")).path.rstrip("/")
        onward = found.is_redirect and not leads.endswith("/.well-known/caldav") and leads != ""
        return onward or found.status_code == 207 or "www-authenticate" in found.headers

    bases = [f"https://{prefix}{domain}/" for prefix in _DAV_HOSTS]
    there = await asyncio.gather(*map(answers, bases))
    return next((base for base, is_there in zip(bases, there, strict=True) if is_there), "")


def chosen(given: Servers, suggestion: Suggestion) -> Servers:
    """The servers to use: those that were named by hand and no others, else those that were found."""
    if not given.named:
        return replace(suggestion.servers, folders=given.folders, private=given.private, plain=given.plain)
    same = {name: host for name, host in given.hosts().items() if suggestion.servers.hosts().get(name) == host}
    users = {name: user for name, user in suggestion.servers.users.items() if name in same}
    return replace(
        given,
        users={**users, **given.users},
        files_sent=given.files_sent or ("smtp" in same and suggestion.servers.files_sent),
    )
