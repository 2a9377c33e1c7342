"""What DNS says of a domain: its mail exchangers and the services of RFC 2782."""

from dataclasses import dataclass
from typing import Any, Protocol

import dns.asyncresolver
import dns.exception
import dns.rdatatype

SECONDS = 4.0
MOST = 10


@dataclass(frozen=True, slots=True)
class Target:
    host: str
    port: int


class Dns(Protocol):
    async def services(self, name: str) -> list[Target]:
        """The servers of a service, such as `_imaps._tcp.example.com`, in the order in which they are to be tried; none
        where there are none, or where the domain says that there is no such service."""
        ...

    async def exchangers(self, domain: str) -> list[str]: ...

    async def texts(self, name: str) -> list[str]: ...


class SystemDns:
    """As this machine's resolvers answer; an answer that does not come is as good as none."""

    async def services(self, name: str) -> list[Target]:
        found = sorted(await self._ask(name, dns.rdatatype.SRV), key=lambda each: (each.priority, -each.weight))
        hosts = [Target(each.target.to_text(omit_final_dot=True), each.port) for each in found]
        return [target for target in hosts if target.host and target.host != "."]

    async def exchangers(self, domain: str) -> list[str]:
        found = sorted(await self._ask(domain, dns.rdatatype.MX), key=lambda each: each.preference)
        return [each.exchange.to_text(omit_final_dot=True) for each in found]

    async def texts(self, name: str) -> list[str]:
        return [b"".join(each.strings).decode("utf-8", "replace") for each in await self._ask(name, dns.rdatatype.TXT)]

    async def _ask(self, name: str, kind: dns.rdatatype.RdataType) -> list[Any]:
        try:
            resolver = dns.asyncresolver.Resolver()
            return [*await resolver.resolve(name, kind, lifetime=SECONDS)][:MOST]
        except (dns.exception.DNSException, OSError, ValueError):
            return []
