"""The outermost layer: request id, security headers, access log, and the last resort for failures nobody expected."""

import ipaddress
import re
import time
from collections.abc import Sequence
from urllib.parse import urlsplit

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.contextvars import bound_contextvars

from sayso.base.failures import cause_of
from sayso.base.ids import Ids
from sayso.http.errors import FAILURE, InternalError, render, translated
from sayso.http.protocol import REFUSED

_log = structlog.get_logger("sayso.http")
_REQUEST_ID = re.compile(rb"[A-Za-z0-9_.-]{8,64}")
NO_CONTENT_POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
"""Of everything but the web app's own files: an answer is data and does nothing in a browser."""
_ALWAYS = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),  # of what is not asked for by CORS
]
_BY_TLS_ONLY = (b"strict-transport-security", b"max-age=31536000")
# A year (RFC 6797, 6.1). Of hosts below this one, which may be another's, their operator says so.
_UNLESS_GIVEN = [
    (b"content-security-policy", NO_CONTENT_POLICY.encode()),
    (b"cache-control", b"no-store"),
]


_KEPT = ("allow", "content-range", "retry-after")  # of an error that is not ours


class Edge:
    def __init__(self, app: ASGIApp, ids: Ids, public_url: str | None = None) -> None:
        self._app = app
        self._ids = ids
        self._always = [*_ALWAYS, _BY_TLS_ONLY] if by_tls_only(public_url) else _ALWAYS

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = scope["sayso.request_id"] = self._request_id(scope)
        began = time.perf_counter()
        status, replaced = 0, False

        async def send_with_headers(message: Message) -> None:
            nonlocal status, replaced
            if message["type"] == "http.response.start":
                status = message["status"]
                if replaced := _foreign(message):
                    kept = {str(name, "latin-1"): str(value, "latin-1") for name, value in message["headers"]}
                    error = render(scope, translated(status), {k: v for k, v in kept.items() if k in _KEPT})
                    await error(scope, receive, send_ours)
                    return
            if not replaced:
                await send_ours(message)

        async def send_ours(message: Message) -> None:
            if message["type"] == "http.response.start":
                _add_headers(message, request_id, self._always)
            await send(message)

        with bound_contextvars(request_id=request_id):  # also of what is logged deep below, and by tasks that go on
            try:
                if REFUSED in scope:
                    await render(scope, scope[REFUSED])(scope, receive, send_with_headers)
                else:
                    await self._app(scope, receive, send_with_headers)
            except Exception as error:  # noqa: BLE001 -- whatever it is, the client gets the envelope and the log a line
                if status == 0:
                    await render(scope, InternalError())(scope, receive, send_with_headers)
                scope[FAILURE] = error
            if FAILURE in scope:
                _log.error("request_failed", status=status, **cause_of(scope[FAILURE]))
            ms = round((time.perf_counter() - began) * 1000, 1)
            _log.info("request", method=scope["method"], path=scope["path"], status=status, ms=ms)

    def _request_id(self, scope: Scope) -> str:
        for name, value in scope["headers"]:
            if name == b"x-request-id" and _REQUEST_ID.fullmatch(value):
                return str(value, "ascii")
        return self._ids.new("req")


def by_tls_only(public_url: str | None) -> bool:
    """Whether browsers may be told to come by https only: the name is the server's own, and no other server's on this
    machine. To addresses the rule does not apply (RFC 6797, 8.1.1)."""
    parts = urlsplit(public_url or "")
    host = parts.hostname or ""
    if parts.scheme != "https" or host == "localhost" or host.endswith(".localhost"):
        return False
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return True
    return False


def _foreign(message: Message) -> bool:
    """An error that a library answers in its own way, as Starlette does for a Range that a file does not have."""
    return message["status"] >= 400 and (b"content-type", b"application/json") not in message["headers"]


def _add_headers(message: Message, request_id: str, always: Sequence[tuple[bytes, bytes]]) -> None:
    given = list(message["headers"])
    names = {name for name, _ in given}
    own = [(b"x-request-id", request_id.encode()), *always]
    message["headers"] = given + own + [header for header in _UNLESS_GIVEN if header[0] not in names]
