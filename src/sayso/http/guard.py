"""What a request must be before anything reads it: of an allowed origin, JSON, and not too large."""

from collections.abc import Sequence

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sayso.base.errors import ForbiddenOrigin, SaysoError, TooLarge, UnsupportedMediaType
from sayso.http.errors import render

MAX_BODY = 256 * 1024
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_METHODS = "GET, POST, PATCH, DELETE"
_REQUEST_HEADERS = "Content-Type, Last-Event-ID, X-Request-ID"
_EXPOSED = "X-Request-ID, Retry-After, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset"


class Guard:
    def __init__(self, app: ASGIApp, public_url: str | None, allowed_origins: Sequence[str]) -> None:
        self._app = app
        self._allowed = frozenset(origin.lower() for origin in allowed_origins)
        self._own = public_url.rstrip("/").lower() if public_url else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        origin = headers.get("origin")
        if origin is not None and origin.lower() in self._allowed:
            send = _with_cors(send, origin)
            if scope["method"] == "OPTIONS" and "access-control-request-method" in headers:
                await _preflight()(scope, receive, send)
                return
        try:
            if scope["method"] not in _SAFE:
                self._check_origin(scope, headers)
            receive = await _checked_body(scope, headers, receive)
        except SaysoError as error:
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


async def _checked_body(scope: Scope, headers: Headers, receive: Receive) -> Receive:
    """Read the body, whose declared length proves nothing, and hand it on whole."""
    if "content-length" not in headers and "transfer-encoding" not in headers:
        return receive
    if int(headers.get("content-length", "0")) > MAX_BODY:
        raise TooLarge
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            break
        chunks.append(message.get("body", b""))
        size += len(chunks[-1])
        if size > MAX_BODY:
            raise TooLarge
        if not message.get("more_body", False):
            break
    if size and headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise UnsupportedMediaType
    return _replay(b"".join(chunks), receive)


def _replay(body: bytes, receive: Receive) -> Receive:
    given = False

    async def replay() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay


def _preflight() -> Response:
    return Response(
        status_code=204,
        headers={
            "Access-Control-Allow-Methods": _METHODS,
            "Access-Control-Allow-Headers": _REQUEST_HEADERS,
            "Access-Control-Max-Age": "600",
        },
    )


def _with_cors(send: Send, origin: str) -> Send:
    async def send_with_cors(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers["Access-Control-Allow-Origin"] = origin
            headers["Access-Control-Allow-Credentials"] = "true"
            headers["Access-Control-Expose-Headers"] = _EXPOSED
            headers.add_vary_header("Origin")
        await send(message)

    return send_with_cors
