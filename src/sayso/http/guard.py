"""What a request must be before anything reads it: of an allowed origin."""

from collections.abc import Sequence

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from sayso.base.errors import ForbiddenOrigin
from sayso.http.errors import render

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


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
