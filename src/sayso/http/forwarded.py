"""Requests that came through a reverse proxy: from whom they are.

Only what a proxy says that SAYSO_TRUSTED_PROXIES names is believed. One on this machine that it does not name makes
everybody look like the machine's own user, so whatever carries a proxy's headers is not taken to be from here.
"""

from collections.abc import Sequence
from urllib.parse import urlsplit

import structlog
from starlette.types import ASGIApp, Receive, Scope, Send

from sayso.http.address import Networks, is_loopback, parsed
from sayso.http.hosts import host_of, name_in

log = structlog.get_logger()

_HERE = "sayso.from_this_machine"
_UNTRUSTED = "sayso.untrusted_proxy"
_HEADERS = frozenset(
    name.encode()
    for name in (
        "cf-connecting-ip", "forwarded", "true-client-ip", "via", "x-client-ip", "x-forwarded-for", "x-forwarded-host",
        "x-forwarded-port", "x-forwarded-proto", "x-forwarded-server", "x-real-ip",
    )
)  # fmt: skip
NOT_TRUSTED = (
    "This request came through a reverse proxy that Sayso does not know; name its address in SAYSO_TRUSTED_PROXIES."
)


def from_this_machine(scope: Scope) -> bool:
    """Whether the client is on this machine: it called by a loopback address, and no proxy passed its request on; or a
    trusted one did, and reports a loopback address."""
    return bool(scope.get(_HERE))


def by_untrusted_proxy(scope: Scope) -> bool:
    """Whether the request came through a proxy that SAYSO_TRUSTED_PROXIES does not name, or looks like it."""
    return bool(scope.get(_UNTRUSTED))


class Forwarded:
    """Puts what a trusted proxy reports in the place of its own address and scheme."""

    def __init__(self, app: ASGIApp, trusted: Sequence[str], public_url: str | None) -> None:
        self._app = app
        self._trusted = Networks(trusted)
        public = urlsplit(public_url or "")
        self._behind_tls = public.hostname if public.scheme == "https" else None
        self._warned = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            peer = scope["client"][0] if scope.get("client") else ""
            if peer in self._trusted:
                self._believe(scope)
            else:
                scope[_UNTRUSTED] = self._was_passed_on(scope)
                scope[_HERE] = is_loopback(peer) and not scope[_UNTRUSTED]
                if scope[_UNTRUSTED]:
                    self._warn(peer)
        await self._app(scope, receive, send)

    def _believe(self, scope: Scope) -> None:
        client = self._client(scope)
        scope[_HERE] = client is not None and is_loopback(client)
        if client is not None:
            scope["client"] = (client, 0)
        scheme = _all_of(scope, b"x-forwarded-proto").strip().lower()
        if scheme in ("http", "https"):
            scope["scheme"] = scheme

    def _client(self, scope: Scope) -> str | None:
        """Each proxy adds the address that it was called from at the right end: the first from there that is not a
        trusted proxy's is the client's. What stands further to the left anybody may have made up."""
        hops = [_address_in(hop) for hop in _all_of(scope, b"x-forwarded-for").split(",")]
        return next((hop for hop in reversed(hops) if hop not in self._trusted), hops[0]) or None

    def _was_passed_on(self, scope: Scope) -> bool:
        """Whether it shows that a proxy had it: by the headers of one, or because it came by http for an address of
        https."""
        if any(name in _HEADERS for name, _ in scope["headers"]):
            return True
        for_tls = self._behind_tls is not None and name_in(host_of(scope) or "") == self._behind_tls
        return for_tls and scope["scheme"] != "https"

    def _warn(self, peer: str) -> None:
        """Once, and not of a client far away, which may send whatever headers it likes."""
        address = parsed(peer)
        if not self._warned and address is not None and address.is_private:
            self._warned = True
            log.warning("proxy_not_trusted", address=peer, why="SAYSO_TRUSTED_PROXIES does not name it")


def _all_of(scope: Scope, name: bytes) -> str:
    return b",".join(value for header, value in scope["headers"] if header == name).decode("latin-1")


def _address_in(hop: str) -> str:
    """The address in one part of X-Forwarded-For, to which some proxies add a port."""
    hop = hop.strip()
    if hop.startswith("["):
        return hop[1:].partition("]")[0]
    return hop.partition(":")[0] if hop.count(":") == 1 else hop
