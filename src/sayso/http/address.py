"""Client addresses."""

import ipaddress
from collections.abc import Sequence

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address


def parsed(host: str) -> IPAddress | None:
    """The address, one that is IPv4 inside IPv6 (RFC 4291, 2.5.5.2) as IPv4; None when the text is none."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def is_loopback(host: str) -> bool:
    address = parsed(host)
    return address is not None and address.is_loopback


def counted_as(host: str) -> str:
    """What a client is counted by: its IPv4 address, or the /64 of its IPv6 address, of which one line has at least
    one to itself (RFC 6177). Whatever is no address is counted as one."""
    address = parsed(host)
    if isinstance(address, ipaddress.IPv6Address):
        return str(ipaddress.IPv6Address(int(address) >> 64 << 64))
    return str(address or "")


class Networks:
    """Some addresses and networks, such as those of SAYSO_TRUSTED_PROXIES; `host in networks`."""

    def __init__(self, written: Sequence[str]) -> None:
        self._networks = [ipaddress.ip_network(each, strict=False) for each in written]

    def __contains__(self, host: str) -> bool:
        address = parsed(host)
        return address is not None and any(address in network for network in self._networks)
