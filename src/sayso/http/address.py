"""Client addresses."""

import ipaddress

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address


def parsed(host: str) -> IPAddress | None:
    """The address, one that is IPv4 inside IPv6 (RFC 4291, 2.5.5.2) as IPv4; None when the text is none."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def counted_as(host: str) -> str:
    """What a client is counted by: its IPv4 address, or the /64 of its IPv6 address, of which one line has at least
    one to itself (RFC 6177). Whatever is no address is counted as one."""
    address = parsed(host)
    if isinstance(address, ipaddress.IPv6Address):
        return str(ipaddress.IPv6Address(int(address) >> 64 << 64))
    return str(address or "")
