"""Addresses of WebDAV resources: one form for each, and which servers belong together."""

import ipaddress
from typing import Final
from urllib.parse import quote, unquote_to_bytes, urljoin, urlsplit, urlunsplit

_SAFE: Final = "-._~!$&'()*+,;=:@"
"""What stands in a segment of a path as it is (RFC 3986, 3.3)."""
_PORTS: Final = {"http": 80, "https": 443}
_SHARED: Final = frozenset({
    "ac", "co", "com", "edu",
    "go", "gob", "gov", "id", "ltd", "me", "mil", "ne", "net", "nom", "or", "org", "plc", "sch",
})  # fmt: skip
"""Second levels that many owners share, under a country's domain of two letters: `co.uk`."""
MAX_URL: Final = 2_000


def normal(url: str) -> str:
    """The one form of an address by `http` or `https`: percent-encoded in one way, without dots, without its default
    port, user and fragment. Empty where it is no such address."""
    try:
        parts = urlsplit(url.strip())
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        return ""
    if parts.scheme not in _PORTS or not host or len(url) > MAX_URL or parts.username or not host.isprintable():
        return ""
    segments = [unquote_to_bytes(each) for each in parts.path.split("/")]
    if any(each in (b".", b"..") or min(each, default=32) < 32 for each in segments):
        return ""
    host = f"[{host}]" if ":" in host else host
    place = host if port in (None, _PORTS[parts.scheme]) else f"{host}:{port}"
    path = "/".join(quote(each, safe=_SAFE) for each in segments)
    return urlunsplit((parts.scheme, place, path or "/", quote(parts.query, safe=_SAFE + "/?%"), ""))


def resolved(base: str, href: str) -> str:
    """The normal form of a reference that stands in an answer of `base`; empty where it is none."""
    try:
        return normal(urljoin(base, href.strip()))
    except ValueError:
        return ""


def host_of(url: str) -> str:
    return urlsplit(url).hostname or ""


def path_of(url: str) -> str:
    """How a request names a resource of its own server."""
    return urlsplit(url).path or "/"


def within(collection: str, name: str) -> str:
    """The address of a member of a collection."""
    return f"{collection.rstrip('/')}/{quote(name, safe=_SAFE)}"


def name_in(url: str) -> str:
    """The last part of an address, percent-encoded."""
    return path_of(url).rstrip("/").rpartition("/")[2]


def trusted(home: str, url: str) -> bool:
    """Whether a server may get the password that was given for `home`: the same host, one beneath it, or one beside it
    in a domain of its own, as caldav.icloud.com sends one on to p12-caldav.icloud.com; never without the encryption
    that `home` has."""
    ours, theirs = urlsplit(home), urlsplit(url)
    if theirs.scheme not in ("https", ours.scheme):
        return False
    one, other = ours.hostname or "", theirs.hostname or ""
    if not one or not other or _is_ip(one) or _is_ip(other):
        return bool(one) and one == other
    if one == other or (one.count(".") and other.endswith(f".{one}")):
        return True
    domain = one.partition(".")[2]
    return _is_own(domain) and domain in (other, other.partition(".")[2])


def _is_own(domain: str) -> bool:
    """Whether a domain has one owner: `example.com`, but not `co.uk`."""
    *above, second, top = ("", *domain.split("."))[-3:] if "." in domain else ("", "", "")
    return bool(second) and (bool("".join(above)) or len(top) != 2 or second not in _SHARED)


def _is_ip(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
