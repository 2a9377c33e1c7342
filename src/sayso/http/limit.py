"""Rate limits, counted for each session or, without a valid one, each client address; and one export at a time.

What one does too much of must not get in the way of the rest: talking, confirming, and cancelling with stopping are
counted apart, so that a decision is never refused for talk, and a cancel for nothing but cancels.
"""

import math
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sayso.base.errors import RateLimited, SaysoError
from sayso.http.address import counted_as
from sayso.http.errors import RETRY_SECONDS, render
from sayso.http.session import Authenticator

SECONDS = 60
CANCELS = 60
OTHERS = 600
FILES = 6000
EXPORT = "/me/export"
EXPORT_COST, THREAD_COST = 60, 5  # of OTHERS
MOST_KEYS = 20_000
_FILES = frozenset({"/", "/favicon.ico", "/health", "/health/ready"})
_TALK = frozenset({("POST", "/chat"), ("POST", "/chat/stream"), ("POST", "/chat/message")})

Key = tuple[str, str, str]


class Rule(NamedTuple):
    bucket: str
    per_minute: int
    cost: int = 1


class Count(NamedTuple):
    admitted: bool
    remaining: int
    reset: int
    """Seconds until the bucket is full again."""


@dataclass(slots=True)
class _Window:
    ends: float
    used: int = 0


class Counts:
    """How much of each bucket was used in the minute that began with its first request. At most `most` are kept:
    beyond that the oldest are forgotten. `now` gives seconds."""

    def __init__(self, now: Callable[[], float], most: int = MOST_KEYS) -> None:
        self._now = now
        self._most = most
        self._windows: OrderedDict[Key, _Window] = OrderedDict()  # in the order in which they end

    def __len__(self) -> int:
        return len(self._windows)

    def take(self, key: Key, rule: Rule) -> Count:
        """Take the cost out of the bucket, unless it has less than that."""
        now = self._now()
        while self._windows and next(iter(self._windows.values())).ends <= now:
            self._windows.popitem(last=False)
        window = self._windows.get(key)
        if window is None:
            if len(self._windows) >= self._most:
                self._windows.popitem(last=False)
            window = self._windows[key] = _Window(now + SECONDS)
        admitted = window.used + rule.cost <= rule.per_minute
        if admitted:
            window.used += rule.cost
        return Count(admitted, max(0, rule.per_minute - window.used), max(1, math.ceil(window.ends - now)))


class RateLimit:
    """Counts in real time, whatever the product's clock says: a clock that stands still must not lock people out.

    `per_minute`: of the chat endpoints; 0 turns all counting off.
    """

    def __init__(
        self,
        app: ASGIApp,
        authenticator: Authenticator,
        per_minute: int,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._app = app
        self._authenticator = authenticator
        self._per_minute = per_minute
        self._sessions, self._addresses = Counts(now), Counts(now)  # apart: addresses can be had without number
        self._exporting: set[str] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] == "OPTIONS":
            await self._app(scope, receive, send)
            return
        try:
            if self._per_minute:
                rule = _rule(scope, self._per_minute)
                count = await self._count(scope, rule)
                send = _with_headers(send, rule, count)
                if not count.admitted:
                    raise RateLimited(retry_after=count.reset)
            await self._one_export(scope, receive, send)
        except SaysoError as error:
            await render(scope, error)(scope, receive, send)

    async def _count(self, scope: Scope, rule: Rule) -> Count:
        # Files are the same for all, and no session is looked up for them.
        caller = None if rule.bucket == "files" else await self._authenticator.caller(scope)
        if caller is not None:
            return self._sessions.take((rule.bucket, "session", caller.session_id), rule)
        client = scope.get("client")
        return self._addresses.take((rule.bucket, "address", counted_as(client[0] if client else "")), rule)

    async def _one_export(self, scope: Scope, receive: Receive, send: Send) -> None:
        caller = await self._authenticator.caller(scope) if scope["path"] == EXPORT else None
        if caller is None:
            await self._app(scope, receive, send)
            return
        if caller.user_id in self._exporting:
            raise RateLimited("An export of yours is under way; wait until it has ended.", retry_after=RETRY_SECONDS)
        user_id, ended = caller.user_id, False

        def end() -> None:
            nonlocal ended
            if not ended:
                ended = True
                self._exporting.remove(user_id)

        async def send_and_end(message: Message) -> None:
            if message["type"] == "http.response.body" and not message.get("more_body", False):
                end()  # before the reader, who then has it all, can ask for the next
            await send(message)

        self._exporting.add(user_id)
        try:
            await self._app(scope, receive, send_and_end)
        finally:
            end()


def _rule(scope: Scope, chats: int) -> Rule:
    method, path = scope["method"], scope["path"]
    if path in ("/chat/cancel", "/chat/stop"):
        return Rule("cancel", CANCELS)
    if path == "/chat/confirm":
        return Rule("confirm", chats)
    if (method, path) in _TALK:
        return Rule("chat", chats)
    if path in _FILES or path.startswith("/static/"):
        return Rule("files", FILES)
    if path == EXPORT:
        return Rule("others", OTHERS, EXPORT_COST)
    whole_thread = path.startswith("/threads/") and method == "GET" and b"limit=" not in scope["query_string"]
    return Rule("others", OTHERS, THREAD_COST if whole_thread else 1)


def _with_headers(send: Send, rule: Rule, count: Count) -> Send:
    async def send_with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers["RateLimit-Limit"] = str(rule.per_minute)
            headers["RateLimit-Remaining"] = str(count.remaining)
            headers["RateLimit-Reset"] = str(count.reset)
        await send(message)

    return send_with_headers
