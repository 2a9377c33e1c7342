"""The names by which the server may be called.

A page of a stranger can have its own name lead to this machine (DNS rebinding), and is then of one origin with it for
the browser: it could read what needs no session, and use what trusts the machine's own address. So only names that the
operator gave count. Addresses need no list: with one in the address bar no name was looked up that could be turned.
"""

import re
from collections.abc import Collection
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Receive, Scope, Send

from sayso.base.errors import MisdirectedRequest
from sayso.http.address import is_loopback, parsed
from sayso.http.errors import render
from sayso.settings import Settings

_HOST = re.compile(r"(?:\[([0-9a-f:.]+)\]|([a-z0-9_.-]+))(?::[0-9]{0,5})?")


def name_in(host: str) -> str | None:
    """The name or address in a Host header (RFC 9110, 7.2), in lower case and without the port; None if it is none."""
    if (read := _HOST.fullmatch(host.lower())) is None:
        return None
    return read[1] or read[2].removesuffix(".")


def host_of(scope: Scope) -> str | None:
    """The Host header of a request, None for one of HTTP/1.0 without."""
    found: bytes | None = next((value for name, value in scope["headers"] if name == b"host"), None)
    return None if found is None else found.decode("latin-1")


def names_of(settings: Settings, machine: str) -> frozenset[str]:
    """The names by which a server with these settings may be called on a machine of that name."""
    names = {"localhost", settings.host.lower(), *settings.allowed_hosts}
    if settings.public_url is not None:
        names.add(urlsplit(settings.public_url).hostname or "")
    if not is_loopback(settings.host) and settings.host != "localhost":
        own = machine.lower()
        names |= {own, f"{own.partition('.')[0]}.local"}  # the latter by multicast DNS (RFC 6762)
    return frozenset(names - {""})


class Hosts:
    def __init__(self, app: ASGIApp, names: Collection[str]) -> None:
        self._app = app
        self._names = names

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not self._serves(host_of(scope)):
            await render(scope, MisdirectedRequest())(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _serves(self, host: str | None) -> bool:
        if host is None:  # by HTTP/1.0, which no browser speaks
            return True
        name = name_in(host)
        return name is not None and (name in self._names or parsed(name) is not None)
