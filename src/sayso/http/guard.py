"""What a request must be before anything reads or counts it: of an allowed origin."""

import re
from collections.abc import Sequence

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from sayso.base.errors import ForbiddenOrigin
from sayso.http.errors import render

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_SIGN_IN = re.compile(r"/auth/[^/]+/(login|callback|authorize)")


class Guard:
    def __init__(self, app: ASGIApp, public_url: str | None, allowed_origins: Sequence[str]) -> None:
        self._app = app
        self._allowed = frozenset(allowed_origins)
        self._own = public_url

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        try:
            if scope["method"] not in _SAFE:
                self._check_origin(scope, headers)
            elif _SIGN_IN.fullmatch(scope["path"]):
                self._check_navigation(headers)
        except ForbiddenOrigin as error:
            await render(scope, error)(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _check_origin(self, scope: Scope, headers: Headers) -> None:
        """Browsers say where a request comes from; a client that says nothing is not a browser."""
        origin = headers.get("origin")
        if origin is not None:
            origin = origin.lower()
            if origin in self._allowed:
                return
            if origin not in (self._own, f"{scope['scheme']}://{headers.get('host', '')}".lower()):
                raise ForbiddenOrigin
        if headers.get("sec-fetch-site", "none") not in ("same-origin", "none"):
            raise ForbiddenOrigin

    def _check_navigation(self, headers: Headers) -> None:
        """A sign-in is gone to, or asked for by a front end of an allowed origin; a picture or script of another site's
        page would only use up its visitor's attempts (Fetch Metadata)."""
        embedded = headers.get("sec-fetch-mode", "navigate") != "navigate"
        foreign = headers.get("sec-fetch-site", "none") not in ("same-origin", "same-site", "none")
        if embedded and foreign and headers.get("origin", "").lower() not in self._allowed:
            raise ForbiddenOrigin("A sign-in begins by going to it.")
