"""The rate limit of the chat endpoints, counted for each session or, without a valid one, each client address."""

import math
import time

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sayso.base.errors import RateLimited, SaysoError
from sayso.http.errors import render
from sayso.http.session import Authenticator

_PREFIX = "/chat"


class RateLimit:
    """Counts in real time, whatever the product's clock says: a clock that stands still must not lock people out."""

    def __init__(self, app: ASGIApp, authenticator: Authenticator, per_minute: int) -> None:
        self._app = app
        self._authenticator = authenticator
        self._item = RateLimitItemPerMinute(per_minute)
        self._limiter = FixedWindowRateLimiter(MemoryStorage())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not _is_chat(scope["path"]) or scope["method"] == "OPTIONS":
            await self._app(scope, receive, send)
            return
        try:
            key = await self._key(scope)
        except SaysoError as error:
            await render(scope, error)(scope, receive, send)
            return
        admitted = self._limiter.hit(self._item, *key)
        window = self._limiter.get_window_stats(self._item, *key)
        reset = max(1, math.ceil(window.reset_time - time.time()))
        limited_send = self._with_headers(send, max(0, window.remaining), reset)
        if admitted:
            await self._app(scope, receive, limited_send)
        else:
            await render(scope, RateLimited(retry_after=reset))(scope, receive, limited_send)

    async def _key(self, scope: Scope) -> tuple[str, str]:
        caller = await self._authenticator.caller(scope)
        if caller is not None:
            return "session", caller.session_id
        client = scope.get("client")
        return "address", client[0] if client else ""

    def _with_headers(self, send: Send, remaining: int, reset: int) -> Send:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["RateLimit-Limit"] = str(self._item.amount)
                headers["RateLimit-Remaining"] = str(remaining)
                headers["RateLimit-Reset"] = str(reset)
            await send(message)

        return send_with_headers


def _is_chat(path: str) -> bool:
    return path == _PREFIX or path.startswith(_PREFIX + "/")
