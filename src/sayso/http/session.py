"""Who sends a request: the user of its session cookie or of its token, and what he may do by it."""

import contextlib
import inspect
import math
from collections.abc import Callable, Coroutine
from datetime import datetime
from typing import Annotated, Any, ClassVar

from fastapi import Depends
from fastapi.routing import APIRoute
from pydantic import BaseModel, ValidationError
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Scope

from sayso.base.clock import Clock
from sayso.base.errors import NotAuthenticated, ScopeMissing, StoreUnavailable
from sayso.base.ids import hashed
from sayso.http.body import JsonRequest, read_whole
from sayso.http.errors import invalid
from sayso.identity import sessions, tokens
from sayso.identity import types as identity
from sayso.identity.admission import Admission
from sayso.identity.audit import Source
from sayso.identity.flow import LOGIN_MINUTES, Begun
from sayso.identity.sessions import Lifetime, Opened
from sayso.identity.types import Caller, Known, Refusal, Via
from sayso.store.gateway import ReadConn, Store

COOKIE = "session_id"
LOGIN_COOKIE = "sayso_login_"
"""What the name of the cookie of a sign-in under way begins with: each has its own, so that two tabs can sign in."""
DEVICE_COOKIE = "sayso_device"
DEVICE_PATH = "/auth/devices"
_CALLER = "sayso.caller"
_FOUND = "sayso.found"
_TOLD: dict[Refusal, str] = {
    "no_session": "Sign in first: the request has neither the session cookie nor a token.",
    "session_expired": "Your sign-in has expired; sign in again.",
    "session_unknown": "This sign-in has been ended, or never was one; sign in again.",
    "token_expired": "This token has expired; make another.",
    "token_unknown": "This token has been revoked, or never was one.",
}


def refused(reason: Refusal) -> NotAuthenticated:
    """The error of a request without a caller."""
    return NotAuthenticated(_TOLD[reason], reason=reason)


def _cookie(scope: Scope, name: str) -> str | None:
    """The first cookie of that name, as it came."""
    prefix = name.encode() + b"="
    for header, value in scope["headers"]:
        if header == b"cookie":
            for part in value.split(b";"):
                part = part.strip()
                if part.startswith(prefix):
                    return str(part[len(prefix) :], "latin-1")
    return None


def cookie_of(scope: Scope, name: str) -> str | None:
    """The first cookie of that name that could be one of our secrets; anything broken counts as absent."""
    secret = _cookie(scope, name)
    return secret if secret is not None and sessions.well_formed(secret) else None


def bearer_of(scope: Scope) -> str | None:
    """The token of the request (RFC 6750, 2.1). Another scheme's credentials, as proxies want them, are none; whatever
    else says that it is one is one, be it well-formed or not."""
    for header, value in scope["headers"]:
        if header == b"authorization":
            scheme, *token = value.split(None, 1) or [b""]
            if scheme.lower() == b"bearer":
                return str(token[0].strip() if token else b"", "latin-1")
    return None


def via_of(scope: Scope) -> Via:
    """By what kind of client the request was sent, as far as it says so."""
    agent: bytes = next((value for header, value in scope["headers"] if header == b"user-agent"), b"")
    if agent.startswith(b"Mozilla/"):
        return "web"
    return "terminal" if agent.startswith(b"sayso/") else "api"


def address_of(scope: Scope) -> str:
    """The address of the client, as far as it is known."""
    client = scope.get("client")
    return str(client[0]) if client else ""


def source_of(scope: Scope, by: str | None = None) -> Source:
    """From where a request came, for the audit trail. `by`: the public id of the session or the token, if any."""
    return Source(via_of(scope), by, address_of(scope))


class Authenticator:
    """Finds a request's caller, at most once for each request."""

    def __init__(self, store: Store, clock: Clock, lifetime: Lifetime, admission: Admission) -> None:
        self._store = store
        self._clock = clock
        self._lifetime = lifetime
        self._admission = admission

    async def caller(self, scope: Scope) -> Caller | None:
        """Whose session or token the request came with, or None. Raises StoreUnavailable."""
        found = await self._known(scope)
        return found.caller if isinstance(found, Known) else None

    async def required(self, scope: Scope) -> Caller:
        """`caller`. Raises NotAuthenticated with the reason where there is none, and StoreUnavailable."""
        found = await self._known(scope)
        if not isinstance(found, Known):
            raise refused(found)
        scope[_CALLER] = found.caller
        return found.caller

    async def still(self, caller: Caller) -> bool:
        """Whether the caller's session or token has not ended meanwhile. Raises StoreUnavailable."""
        is_live: Callable[[ReadConn, str, str, Any], bool]
        is_live = tokens.is_live if caller.via == "token" else sessions.is_live
        return await self._store.peek(is_live, caller.user_id, caller.session_id, self._clock.now())

    async def used(self, scope: Scope) -> None:
        """Note that a request was served, by which a session lives on; now and then, not for each. It was served, so
        that a failure, which the log has, is none of the request."""
        found, now = scope[_FOUND], self._clock.now()
        by_token = found.caller.via == "token"
        every = tokens.USED_EVERY if by_token else self._lifetime.seen_every
        if found.used_at is not None and found.used_at > now - every:
            return
        with contextlib.suppress(StoreUnavailable):
            if by_token:
                await self._store.write(tokens.note_use, found.caller, now)
            else:
                await self._store.write(sessions.keep_alive, found.caller, now, self._lifetime)

    async def refused(self, caller: Caller, scope: Scope, error: ScopeMissing) -> None:
        """Note that a token tried to decide. Raises StoreUnavailable."""
        if error.details["scope"] == "decide":
            request = f"{scope['method']} {scope['path']}"
            data, now = {"request": request}, self._clock.now()
            await self._store.write(tokens.audited, "decision_refused", caller.actor, now, data)

    async def _known(self, scope: Scope) -> Known | Refusal:
        if _FOUND not in scope:
            scope[_FOUND] = await self._found(scope)
        found: Known | Refusal = scope[_FOUND]
        return found

    async def _found(self, scope: Scope) -> Known | Refusal:
        """A token counts for more than a cookie, and one that is none does not fall back to it."""
        now, address = self._clock.now(), address_of(scope)
        token = bearer_of(scope)
        if token is not None:
            if not tokens.well_formed(token):
                return "token_unknown"
            return await self._store.peek(self._of_token, token, now, address)
        cookie = _cookie(scope, COOKIE)
        if cookie is None:
            return "no_session"
        if not sessions.well_formed(cookie):
            return "session_unknown"
        return await self._store.peek(self._of_session, cookie, now, via_of(scope), address)

    # Whoever is no longer let in by an issuer is out at once, whatever sessions and tokens he has.

    def _of_session(self, conn: ReadConn, cookie: str, now: datetime, via: Via, address: str) -> Known | Refusal:
        found = sessions.authenticate(conn, cookie, now, via, address)
        if isinstance(found, Known) and not self._admission.stays(conn, found.caller.user_id, found.caller.provider):
            return "session_unknown"
        return found

    def _of_token(self, conn: ReadConn, token: str, now: datetime, address: str) -> Known | Refusal:
        found = tokens.authenticate(conn, token, now, address)
        if isinstance(found, Known) and not self._admission.has_a_way(conn, found.caller.user_id):
            return "token_unknown"
        return found


class SignedInRoute(APIRoute):
    """A route that only signed-in callers reach; its body is read after that, so that nobody else can make us wait."""

    needs: ClassVar[identity.Scope | None] = None
    """The scope that a token must have here; None: no token will do."""

    def get_route_handler(self) -> "Handler":
        resolving = super().get_route_handler()
        handle = _direct(self, resolving) or resolving

        async def signed_in(request: Request) -> Response:
            authenticator: Authenticator = request.app.state.authenticator
            caller = await authenticator.required(request.scope)
            try:
                tokens.require(caller, self.needs)
                receive = await read_whole(request.scope, request.receive)
                response = await handle(JsonRequest(request.scope, receive))
            except ScopeMissing as error:
                await authenticator.refused(caller, request.scope, error)
                raise
            await authenticator.used(request.scope)
            return response

        return signed_in


class ReadRoute(SignedInRoute):
    needs = "read"


class ChatRoute(SignedInRoute):
    needs = "chat"


class DecideRoute(SignedInRoute):
    needs = "decide"


class OpenRoute(APIRoute):
    """A route that takes a body from anybody."""

    def get_route_handler(self) -> "Handler":
        handle = super().get_route_handler()

        async def opened(request: Request) -> Response:
            receive = await read_whole(request.scope, request.receive)
            return await handle(JsonRequest(request.scope, receive))

        return opened


Handler = Callable[[Request], Coroutine[Any, Any, Response]]


def _direct(route: APIRoute, resolving: Handler) -> Handler | None:
    """The handler of an endpoint that takes a body and the caller, and headers at most: without FastAPI's resolution of
    dependencies, which costs a short request a quarter of its time. A request that has one of the headers, or cannot be
    used, goes to `resolving`, which tells what is wrong with all of it."""
    taken = inspect.signature(route.endpoint).parameters
    headers = [str(field.alias) for field in route.dependant.header_params]
    if [*taken][:2] != ["body", "caller"] or len(taken) > 2 + len(headers):
        return None
    endpoint: Callable[[BaseModel, Caller], Coroutine[Any, Any, Response]] = route.endpoint
    schema: type[BaseModel] = taken["body"].annotation

    async def handle(request: Request) -> Response:
        if headers and (any(name in request.headers for name in headers) or not await request.body()):
            return await resolving(request)
        try:
            body = schema.model_validate(await request.json())
        except ValidationError as error:
            if headers:
                return await resolving(request)
            raise invalid(error.errors(include_url=False, include_input=False)) from error
        return await endpoint(body, request.scope[_CALLER])

    return handle


async def _caller(request: Request) -> Caller:
    caller: Caller = request.scope[_CALLER]
    return caller


SignedIn = Annotated[Caller, Depends(_caller)]


class Cookies:
    """Writes the cookies, with the attributes that the deployment needs."""

    def __init__(self, https: bool, cross_site: bool, max_age: int) -> None:
        self._https = https
        self._cross_site = cross_site
        self._max_age = max_age

    def give(self, request: Request, response: Response, secret: str, max_age: int | None = None) -> None:
        """`max_age`: seconds until the session ends, however much it is used; by default those of a new one."""
        seconds = self._max_age if max_age is None else max_age
        self._set(request, response, f"{COOKIE}={secret}; Path=/; Max-Age={seconds}")

    def renew(self, request: Request, response: Response, opened: Opened, now: datetime) -> None:
        """The cookie of a session that was given another secret."""
        left = None if opened.ends_at is None else math.ceil((opened.ends_at - now).total_seconds())
        self.give(request, response, opened.secret, left)

    def take(self, request: Request, response: Response) -> None:
        self._set(request, response, f"{COOKIE}=; Path=/; Max-Age=0")

    def give_login(self, request: Request, response: Response, begun: Begun) -> None:
        """Keep a sign-in's secret in the browser that begins it."""
        # Never Strict: the provider's redirect back, a navigation from another site, must bring it.
        name = self._login_name(request, begun.state)
        self._set(request, response, f"{name}={begun.browser}; Path=/; Max-Age={LOGIN_MINUTES * 60}")

    def login_of(self, request: Request, state: str) -> str:
        """The secret of the sign-in with this state, if it was begun in this browser."""
        return cookie_of(request.scope, self._login_name(request, state)) or ""

    def take_login(self, request: Request, response: Response, state: str) -> None:
        self._set(request, response, f"{self._login_name(request, state)}=; Path=/; Max-Age=0")

    def _login_name(self, request: Request, state: str) -> str:
        # Over https one that no other host of the domain can have set (RFC 6265bis, 4.1.3.2).
        return f"{'__Host-' if self._secure(request) else ''}{LOGIN_COOKIE}{hashed(state)[:12]}"

    def _secure(self, request: Request) -> bool:
        return self._cross_site or self._https or request.url.scheme == "https"

    def give_device(self, request: Request, response: Response, secret: str, max_age: int) -> None:
        self._set(request, response, f"{DEVICE_COOKIE}={secret}; Path={DEVICE_PATH}; Max-Age={max_age}")

    def _set(self, request: Request, response: Response, start: str) -> None:
        secure = "; Secure" if self._secure(request) else ""
        same_site = "None" if self._cross_site else "Lax"
        response.headers.append("Set-Cookie", f"{start}; HttpOnly; SameSite={same_site}{secure}")
