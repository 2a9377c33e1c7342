"""How the servers of connected accounts are reached: only those that may be, and encrypted but on this machine.

A name is looked up once, and the address that was looked at is the one that is connected to, so that a name that
changes its mind in between leads nowhere (SSRF by DNS rebinding). Servers in this machine's own networks are only for
those who may reach them: the operator and the local user, whose home server it is.
"""

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import httpx2
from httpcore2 import AnyIOBackend, AsyncNetworkBackend, AsyncNetworkStream, ConnectError, ConnectTimeout

from sayso.workspace.errors import Refused, Unavailable

CONNECT_SECONDS: Final = 10.0
_TRANSLATED: Final = ipaddress.IPv6Network("64:ff9b::/96")
_SPECIAL: Final = ipaddress.IPv4Network("192.0.0.0/24")
Tls = Literal["implicit", "starttls", "none"]


class ServerRefused(Refused):
    """The server may not be reached from here, or not so. The message says why."""


@dataclass(frozen=True, slots=True)
class MailServer:
    host: str
    port: int
    tls: Tls


@dataclass(frozen=True, slots=True)
class Reach:
    """`private`: whether servers in this machine's own networks may be reached; `plain`: whether a server elsewhere may
    be spoken to without encryption, which its user has asked for twice. `tls`: verifies certificates."""

    private: bool = False
    plain: bool = False
    tls: ssl.SSLContext = field(default_factory=ssl.create_default_context)

    async def addresses(self, host: str, port: int) -> list[str]:
        """The addresses of a host, in the order in which they are to be tried. Raises ServerRefused, Unavailable."""
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                found = await loop.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError, TimeoutError) as error:
            raise Unavailable(f"There is no server {host}, or it cannot be found right now.") from error
        addresses = list(dict.fromkeys(str(each[4][0]) for each in found))
        if not self.private and not all(map(_is_public, addresses)):
            raise ServerRefused(f"{host} is in this server's own network, where only its operator may connect to.")
        return addresses

    def check_plain(self, host: str, addresses: Iterable[str]) -> None:
        """Raises ServerRefused where a connection without encryption would leave this machine unasked."""
        if not self.plain and not all(ipaddress.ip_address(each).is_loopback for each in addresses):
            raise ServerRefused(f"The connection to {host} would not be encrypted, and your password could be read.")

    async def connect(self, host: str, port: int, tls: Tls) -> socket.socket:
        """A connected socket, not yet encrypted, without blocking. Raises ServerRefused, Unavailable."""
        addresses = await self.addresses(host, port)
        if tls == "none":
            self.check_plain(host, addresses)
        loop = asyncio.get_running_loop()
        for address in addresses:
            family = socket.AF_INET6 if ":" in address else socket.AF_INET
            sock = socket.socket(family, socket.SOCK_STREAM)
            sock.setblocking(False)
            try:
                async with asyncio.timeout(CONNECT_SECONDS):
                    await loop.sock_connect(sock, (address, port))
            except (OSError, TimeoutError):
                sock.close()
                continue
            except BaseException:
                sock.close()
                raise
            return sock
        raise Unavailable(f"{host} does not answer at port {port}.")

    def http(self, timeout: float) -> httpx2.AsyncClient:
        """A client that reaches what may be reached, follows no redirects and knows no proxies."""
        transport = httpx2.AsyncHTTPTransport(verify=self.tls, trust_env=False)
        transport._pool._network_backend = _Pinned(self)
        return httpx2.AsyncClient(transport=transport, timeout=timeout, follow_redirects=False, trust_env=False)


def _is_public(address: str) -> bool:
    """Whether it is on the internet, and so is what lies in it: an IPv6 address may stand for one of IPv4 (RFC 4291,
    2.5.5; 3056; 4380; 6052)."""
    found = ipaddress.ip_address(address)
    within: list[ipaddress.IPv4Address | None] = []
    if isinstance(found, ipaddress.IPv6Address):
        within = [found.ipv4_mapped, found.sixtofour, *(found.teredo or ())]
        if found in _TRANSLATED:
            within.append(ipaddress.IPv4Address(int(found) & 0xFFFFFFFF))
    inner = [each for each in within if each is not None]
    return all(each.is_global and each not in _SPECIAL for each in (found, *inner))


class _Pinned(AsyncNetworkBackend):
    """Connects to the addresses that were looked at. `ServerRefused` passes through the client as it is."""

    def __init__(self, reach: Reach) -> None:
        self._reach = reach
        self._backend = AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  the library's signature
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> AsyncNetworkStream:
        addresses = await self._reach.addresses(host, port)
        last: ConnectError | ConnectTimeout = ConnectError(f"{host} has no address")
        for address in addresses:
            try:
                return await self._backend.connect_tcp(address, port, timeout, local_address, socket_options)
            except (ConnectError, ConnectTimeout) as error:
                last = error
        raise last
