"""Rate limits, counted for each user or, where nobody is signed in, each client address; and one export at a time.

What one does too much of must not get in the way of the rest: talking, confirming, and cancelling with stopping are
counted apart, so that a decision is never refused for talk, and a cancel for nothing but cancels. Programs with a token
are counted apart from the person, and what ends a sign-in or a token apart from all, so that a stolen one can be ended.
By the user, since sessions can be opened without number; cancels and endings by the session, so that what one device
does too much of leaves every other these two.
"""

import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Literal, NamedTuple

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sayso.base.errors import RateLimited, SaysoError
from sayso.base.ids import hashed
from sayso.http.address import counted_as
from sayso.http.counting import MOST_KEYS, Count, Counter, Counts, Key, OwnCounter, Rule
from sayso.http.errors import RETRY_SECONDS
from sayso.http.navigation import failed
from sayso.http.session import COOKIE, Authenticator, bearer_of, cookie_of
from sayso.identity.types import Caller

CANCELS = 60
ENDINGS = 60
OTHERS = 600
FILES = 6000
SIGN_INS = 30  # requests; one sign-in is two, the local one three
ENTRIES = 120  # a device asks every few seconds whether it was let in
GUESSES = 30  # of tokens
LOOKS = 300  # in the store, for sessions and tokens that were not valid before
EXPORT = "/me/export"
EXPORT_COST, THREAD_COST = 60, 5  # of OTHERS
_FILES = frozenset({"/", "/favicon.ico", "/health", "/health/ready"})
_TALK = frozenset(("POST", path) for path in ("/chat", "/chat/stream", "/chat/message", "/me/model/test"))
_CANCEL = frozenset({("POST", "/chat/cancel"), ("POST", "/chat/stop")})
_SIGN_IN = frozenset({"/auth/local/authorize", "/auth/devices/claim"})
_GUESS = Rule("guess", GUESSES, by="address")
_LOOK = Rule("look", LOOKS, by="address")


class Credential(NamedTuple):
    """What a request brings to show whose it is, before anybody has looked whether it is worth anything."""

    kind: Literal["cookie", "token"]
    digest: str


class _Recent:
    """At most so many things, of which the longest forgotten goes first."""

    def __init__(self, most: int = MOST_KEYS) -> None:
        self._most = most
        self._kept: OrderedDict[str, None] = OrderedDict()

    def __contains__(self, thing: str) -> bool:
        return thing in self._kept

    def add(self, thing: str) -> None:
        self._kept[thing] = None
        self._kept.move_to_end(thing)
        if len(self._kept) > self._most:
            self._kept.popitem(last=False)

    def discard(self, thing: str) -> None:
        self._kept.pop(thing, None)


class _Empty:
    """Which buckets have nothing left, and until when: who goes on costs no look at what counts for all workers."""

    def __init__(self, now: Callable[[], float], most: int = MOST_KEYS) -> None:
        self._now = now
        self._most = most
        self._until: OrderedDict[Key, float] = OrderedDict()

    def look(self, key: Key) -> Count | None:
        """The count of an empty bucket; None if it is not known to be empty."""
        left = self._until.get(key, 0.0) - self._now()
        return Count(False, 0, left) if left > 0 else None

    def note(self, key: Key, count: Count) -> None:
        if count.remaining == 0:
            self._until[key] = self._now() + count.seconds
            self._until.move_to_end(key)
            if len(self._until) > self._most:
                self._until.popitem(last=False)


class RateLimit:
    """Counts in real time, whatever the product's clock says: a clock that stands still must not lock people out.

    `per_minute`: of the chat endpoints; 0 turns all counting off. `counter`: counts for all workers.
    """

    def __init__(
        self,
        app: ASGIApp,
        authenticator: Authenticator,
        per_minute: int,
        counter: Counter | None = None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._app = app
        self._authenticator = authenticator
        self._per_minute = per_minute
        self._counter = counter or OwnCounter(now)
        self._files, self._looks = Counts(now), Counts(now)
        self._empty = _Empty(now)
        self._valid = _Recent()
        self._exporting: set[str] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] == "OPTIONS":
            await self._app(scope, receive, send)
            return
        try:
            if self._per_minute:
                rule, count = await self._count(scope, _rule(scope, self._per_minute))
                send = _with_headers(send, rule, count)
                if not count.admitted:
                    raise RateLimited(retry_after=count.reset)
            await self._one_export(scope, receive, send)
        except SaysoError as error:
            await failed(scope, error)(scope, receive, send)

    async def _count(self, scope: Scope, rule: Rule) -> tuple[Rule, Count]:
        """By which rule the request was counted, and how that bucket stands."""
        client = scope.get("client")
        address = counted_as(client[0] if client else "")
        if rule.bucket == "files":  # the same for all: no session is looked up for them
            return rule, self._files.take(Key(rule.bucket, "address", address), rule)
        credential = None if rule.by == "address" else _credential(scope)
        if credential is not None and credential.digest not in self._valid:
            looked = self._looks.take(Key(_LOOK.bucket, "address", address), _LOOK)
            if not looked.admitted:
                return _LOOK, looked
        caller = None if credential is None else await self._authenticator.caller(scope)
        if credential is None or caller is None:
            if credential is not None:
                self._valid.discard(credential.digest)
            without = _GUESS if credential and credential.kind == "token" else rule
            return without, await self._take(Key(without.bucket, "address", address), without)
        self._valid.add(credential.digest)
        return rule, await self._take(_key(caller, rule), rule)

    async def _take(self, key: Key, rule: Rule) -> Count:
        count = self._empty.look(key)
        if count is None:
            count = await self._counter.take(key, rule)
            self._empty.note(key, count)
        return count

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


def _credential(scope: Scope) -> Credential | None:
    """What could be a session's or a token's; else there is nothing to look for."""
    token, cookie = bearer_of(scope), cookie_of(scope, COOKIE)
    if token is not None:
        return Credential("token", hashed(token))
    return None if cookie is None else Credential("cookie", hashed(cookie))


def _key(caller: Caller, rule: Rule) -> Key:
    if rule.by == "session":
        return Key(rule.bucket, "session", caller.session_id)
    return Key(rule.bucket, "programs" if caller.via == "token" else "user", caller.user_id)


def _rule(scope: Scope, chats: int) -> Rule:
    method, path = scope["method"], scope["path"]
    if (method, path) in _CANCEL:
        return Rule("cancel", CANCELS, by="session")
    undo = path.startswith("/plans/") and path.endswith("/undo")
    if method == "POST" and (undo or path == "/chat/confirm"):
        return Rule("confirm", chats)
    if (method, path) in _TALK:
        return Rule("chat", chats)
    if path in _FILES or path.startswith("/static/"):
        return Rule("files", FILES, by="address")
    if path.startswith("/auth/"):
        return _sign_in_rule(method, path)
    if path == EXPORT:
        return Rule("others", OTHERS, EXPORT_COST)
    whole_thread = path.startswith("/threads/") and method == "GET" and b"limit=" not in scope["query_string"]
    return Rule("others", OTHERS, THREAD_COST if whole_thread else 1)


def _sign_in_rule(method: str, path: str) -> Rule:
    if path in _SIGN_IN or path.endswith(("/login", "/callback")):
        return Rule("sign_in", SIGN_INS, by="address")
    if path == "/auth/devices/enter":
        return Rule("enter", ENTRIES, by="address")
    if path == "/auth/logout" or (method == "DELETE" and path.startswith(("/auth/sessions", "/auth/tokens/"))):
        return Rule("end", ENDINGS, by="session")
    return Rule("others", OTHERS)


def _with_headers(send: Send, rule: Rule, count: Count) -> Send:
    async def send_with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers["RateLimit-Limit"] = str(rule.per_minute)
            headers["RateLimit-Remaining"] = str(count.remaining)
            headers["RateLimit-Reset"] = str(count.reset)
        await send(message)

    return send_with_headers
