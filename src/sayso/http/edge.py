"""The outermost layer: request id, security headers, access log, and the last resort for failures nobody expected."""

import re
import time
import traceback

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sayso.base.ids import Ids
from sayso.http.errors import InternalError, render

_log = structlog.get_logger("sayso.http")
_REQUEST_ID = re.compile(rb"[A-Za-z0-9_.-]{8,64}")
NO_CONTENT_POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
"""Of everything but the web app's own files: an answer is data and does nothing in a browser."""
_ALWAYS = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-opener-policy", b"same-origin"),
]
_UNLESS_GIVEN = [
    (b"content-security-policy", NO_CONTENT_POLICY.encode()),
    (b"cache-control", b"no-store"),
]


class Edge:
    def __init__(self, app: ASGIApp, ids: Ids) -> None:
        self._app = app
        self._ids = ids

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = scope["sayso.request_id"] = self._request_id(scope)
        began = time.perf_counter()
        status = 0

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                _add_headers(message, request_id)
            await send(message)

        try:
            await self._app(scope, receive, send_with_headers)
        except Exception as error:  # noqa: BLE001 -- whatever it is, the client gets the envelope and the log a line
            # Where, but not what: an exception's own text may quote a message or a secret (P10).
            frames = [f"{frame.filename}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)]
            _log.error("unexpected failure", request_id=request_id, error=type(error).__name__, frames=frames[-12:])
            if status == 0:
                await render(scope, InternalError())(scope, receive, send_with_headers)
        _log.info(
            "request",
            request_id=request_id,
            method=scope["method"],
            path=scope["path"],
            status=status,
            ms=round((time.perf_counter() - began) * 1000, 1),
        )

    def _request_id(self, scope: Scope) -> str:
        for name, value in scope["headers"]:
            if name == b"x-request-id" and _REQUEST_ID.fullmatch(value):
                return str(value, "ascii")
        return self._ids.new("req")


def _add_headers(message: Message, request_id: str) -> None:
    given = list(message["headers"])
    names = {name for name, _ in given}
    own = [(b"x-request-id", request_id.encode()), *_ALWAYS]
    message["headers"] = given + own + [header for header in _UNLESS_GIVEN if header[0] not in names]
