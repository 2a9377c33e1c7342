"""Web origins (RFC 6454), and which of them browsers count as one site."""

import ipaddress
import re
from urllib.parse import urlsplit

_ORIGIN = re.compile(r"https?://(?:[a-z0-9_-]+(?:\.[a-z0-9_-]+)*|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?")
_OWN_PORTS = {"http": 80, "https": 443}


def origin_of(text: str) -> str:
    """The origin as browsers write it: in lower case, without the port that its scheme has anyway. Raises ValueError
    with a sentence that says what is wrong."""
    origin = text.strip().lower().removesuffix("/")
    if origin == "*":
        raise ValueError("* would let every page of the web act for whoever is signed in; name the origins")
    try:
        if not _ORIGIN.fullmatch(origin):
            raise ValueError
        parts = urlsplit(origin)
        host = parts.hostname or ""
        if ":" in host or host.rpartition(".")[2].isdigit():  # what ends in a number is an address or nothing
            address = ipaddress.ip_address(host)
            host = f"[{address}]" if address.version == 6 else str(address)
        port = f":{parts.port}" if parts.port not in (None, _OWN_PORTS[parts.scheme]) else ""
    except ValueError as error:
        wanted = "an origin such as https://app.example.com or http://localhost:3000, without a path"
        raise ValueError(f"{text!r} is not {wanted}; write other than ASCII names as xn--…") from error
    return f"{parts.scheme}://{host}{port}"


def same_site(one: str, other: str) -> bool:
    """Whether browsers surely count both origins as one site, so that a `SameSite=Lax` cookie goes from the pages of
    one to the other: the same scheme, and the same host or one a subdomain of the other.

    Two subdomains of one domain are one site as well, unless that domain is a public suffix such as co.uk; which are
    is a list that this does without, so those count as two (https://html.spec.whatwg.org/#same-site).
    """
    this, that = urlsplit(one), urlsplit(other)
    hosts = sorted((this.hostname or "", that.hostname or ""), key=len)
    parent = "." in hosts[0] and hosts[1].endswith(f".{hosts[0]}")
    return this.scheme == that.scheme and (hosts[0] == hosts[1] or parent)
