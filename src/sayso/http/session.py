"""The session cookie, and who is behind it."""

import inspect
from collections.abc import Callable, Coroutine
from typing import Annotated, Any

from fastapi import Depends
from fastapi.routing import APIRoute
from pydantic import BaseModel, ValidationError
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Scope

from sayso.base.clock import Clock
from sayso.base.errors import NotAuthenticated
from sayso.http.address import parsed
from sayso.http.body import JsonRequest, read_whole
from sayso.http.errors import invalid
from sayso.identity import sessions
from sayso.identity.types import Caller, Via
from sayso.store.gateway import Store

COOKIE = "session_id"
LOGIN_COOKIE = "sayso_login"
_CALLER = "sayso.caller"


def cookie_of(scope: Scope, name: str) -> str | None:
    """The first cookie of that name that could be one of our secrets; anything broken counts as absent."""
    prefix = name.encode() + b"="
    for header, value in scope["headers"]:
        if header == b"cookie":
            for part in value.split(b";"):
                part = part.strip()
                if part.startswith(prefix):
                    secret = part[len(prefix) :].decode("latin-1")
                    return secret if sessions.well_formed(secret) else None
    return None


def via_of(scope: Scope) -> Via:
    """By what kind of client the request was sent, as far as it says so."""
    agent: bytes = next((value for header, value in scope["headers"] if header == b"user-agent"), b"")
    if agent.startswith(b"Mozilla/"):
        return "web"
    return "terminal" if agent.startswith(b"sayso/") else "api"


class Authenticator:
    """Finds a request's caller, at most once for each request."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def caller(self, scope: Scope) -> Caller | None:
        """Whose session the request came over, or None. Raises StoreUnavailable."""
        if _CALLER not in scope:
            secret = cookie_of(scope, COOKIE)
            found = None
            if secret is not None:
                found = await self._store.peek(sessions.authenticate, secret, self._clock.now(), via_of(scope))
            scope[_CALLER] = found
        caller: Caller | None = scope[_CALLER]
        return caller


class SignedInRoute(APIRoute):
    """A route that only signed-in callers reach; its body is read after that, so that nobody else can make us wait."""

    def get_route_handler(self) -> "Handler":
        resolving = super().get_route_handler()
        handle = _direct(self, resolving) or resolving

        async def signed_in(request: Request) -> Response:
            authenticator: Authenticator = request.app.state.authenticator
            if await authenticator.caller(request.scope) is None:
                raise NotAuthenticated
            receive = await read_whole(request.scope, request.receive)
            return await handle(JsonRequest(request.scope, receive))

        return signed_in


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

    def give(self, request: Request, response: Response, secret: str) -> None:
        self._set(request, response, f"{COOKIE}={secret}; Path=/; Max-Age={self._max_age}")

    def take(self, request: Request, response: Response) -> None:
        self._set(request, response, f"{COOKIE}=; Path=/; Max-Age=0")

    def give_login(self, request: Request, response: Response, state: str, max_age: int) -> None:
        # Never Strict: the provider's redirect back, a navigation from another site, must bring it.
        self._set(request, response, f"{LOGIN_COOKIE}={state}; Path=/auth; Max-Age={max_age}")

    def _set(self, request: Request, response: Response, start: str) -> None:
        secure = "; Secure" if self._cross_site or self._https or request.url.scheme == "https" else ""
        same_site = "None" if self._cross_site else "Lax"
        response.headers.append("Set-Cookie", f"{start}; HttpOnly; SameSite={same_site}{secure}")


def from_this_machine(scope: Scope) -> bool:
    """Whether the client's address is a loopback one. Behind a proxy it is the address that the proxy reports."""
    client = scope.get("client")
    address = parsed(client[0]) if client else None
    return address is not None and address.is_loopback
