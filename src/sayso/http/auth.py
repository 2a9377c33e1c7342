"""Sign-in, session, sign-out."""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlencode

from fastapi import Query
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from sayso.base.clock import Clock
from sayso.base.errors import ForbiddenOrigin, InvalidRequest, NotAuthenticated, NotFound, ValidationFailed
from sayso.base.ids import Ids
from sayso.base.origins import origin_of
from sayso.http.answers import answer
from sayso.http.cursor import read, written
from sayso.http.schemas import (
    AuthorizationAnswer,
    ModelAnswer,
    PathId,
    ProviderAnswer,
    ProvidersAnswer,
    RefreshAnswer,
    RevokedAnswer,
    SessionAnswer,
    SessionItem,
    SessionsAnswer,
    StatusAnswer,
    UserAnswer,
)
from sayso.http.session import COOKIE, LOGIN_COOKIE, Cookies, SignedIn, cookie_of, from_this_machine
from sayso.identity import sessions
from sayso.identity.flow import LOGIN_MINUTES, SignIn
from sayso.identity.providers.local import CALLBACK_PATH, PROVIDER, LocalProvider, check_authorization
from sayso.identity.types import Caller
from sayso.store.gateway import Store

if TYPE_CHECKING:
    from sayso.desk import Desk

# A path of ours: one slash, then no slash or backslash, which browsers take for the start of a host; no controls.
_PATH = re.compile(r"/([^/\\\x00-\x20\x7f][^\\\x00-\x20\x7f]*)?")
# A page elsewhere: its origin, without a user name that could look like one, then what may be in a path of ours.
_PAGE = re.compile(r"(https?://[^/?#@\\\x00-\x20\x7f]+)(?:[/?#][^\\\x00-\x20\x7f]*)?")
_ANYWHERE = f"{_PATH.pattern}|{_PAGE.pattern}"
_TARGETS = "A path on this server, such as /threads, or a page of an origin in SAYSO_ALLOWED_ORIGINS."
_Secret = Annotated[str, Query(max_length=2000)]


class AuthEndpoints:
    def __init__(
        self,
        sign_in: SignIn,
        local: LocalProvider,
        store: Store,
        clock: Clock,
        ids: Ids,
        cookies: Cookies,
        public_url: str | None,
        allowed_origins: Sequence[str],
        desk: "Desk",
    ) -> None:
        self._sign_in = sign_in
        self._local = local
        self._store = store
        self._clock = clock
        self._ids = ids
        self._cookies = cookies
        self._public_url = public_url
        self._allowed_origins = allowed_origins
        self._desk = desk

    async def providers(self) -> Response:
        """The ways to sign in."""
        listed = [
            ProviderAnswer(id=provider.id, name=provider.name, login_url=f"/auth/{provider.id}/login")
            for provider in self._sign_in.providers.values()
        ]
        return answer(ProvidersAnswer(providers=listed))

    async def login(
        self,
        provider: str,
        request: Request,
        redirect: Annotated[str, Query(max_length=2000, json_schema_extra={"pattern": f"^({_ANYWHERE})$"})] = "/",
        token: _Secret = "",
    ) -> Response:
        """Begin to sign in: 302 to the provider, or its address as JSON. `token`: of the local sign-in link."""
        if not self._may_end_at(redirect):
            raise ValidationFailed(f"redirect: {_TARGETS}", fields=[{"field": "redirect", "message": _TARGETS}])
        if provider == PROVIDER:
            _only_from_this_machine(request)
        begun = await self._sign_in.begin(provider, redirect, self._callback_url(request, provider), token)
        response: Response
        if "application/json" in request.headers.get("accept", ""):
            response = answer(AuthorizationAnswer(authorization_url=begun.authorization_url))
        else:
            response = RedirectResponse(begun.authorization_url, 302)
        self._cookies.give_login(request, response, begun.state, LOGIN_MINUTES * 60)
        return response

    async def authorize(
        self,
        request: Request,
        client_id: str = "",
        response_type: str = "",
        redirect_uri: str = "",
        state: _Secret = "",
        code_challenge: str = "",
        code_challenge_method: str = "",
        token: _Secret = "",
    ) -> Response:
        """The local provider's authorization endpoint: trades the one-time link for a code."""
        _only_from_this_machine(request)
        check_authorization(client_id, response_type, code_challenge_method, code_challenge)
        if redirect_uri != self._callback_url(request, PROVIDER):
            raise InvalidRequest("redirect_uri is not the one of this server.")
        if not token:
            raise NotAuthenticated("Follow the sign-in link that the server printed, or print one: `sayso login-link`.")
        code = await self._local.authorize(token, redirect_uri, code_challenge)
        return RedirectResponse(f"{redirect_uri}?{urlencode({'code': code, 'state': state})}", 302)

    async def callback(
        self, provider: str, request: Request, code: _Secret = "", state: _Secret = "", error: _Secret = ""
    ) -> Response:
        """End of the sign-in: sets the session cookie and goes on to where the user wanted to be."""
        if provider == PROVIDER:
            _only_from_this_machine(request)
        if not state or cookie_of(request.scope, LOGIN_COOKIE) != state:
            raise InvalidRequest("This sign-in was not begun in this browser; begin again.")
        if error or not code:
            raise NotAuthenticated("The sign-in was declined; begin again.")
        replaces = cookie_of(request.scope, COOKIE)
        user_agent = request.headers.get("user-agent", "")
        signed_in = await self._sign_in.finish(provider, code, state, user_agent, replaces)
        response = RedirectResponse(signed_in.redirect, 302)
        self._cookies.give(request, response, signed_in.secret)
        self._cookies.give_login(request, response, "", 0)
        return response

    async def head(self) -> Response:
        """HEAD of the steps of a sign-in: whoever only looks at a link (a chat's preview, a mail scanner) must not use
        it up."""
        return Response(status_code=204)

    async def session(self, caller: SignedIn) -> Response:
        """Who is signed in, since and until when; the product's clock, the model, what is connected."""
        view = await self._store.read(sessions.current, caller)
        if view is None:
            raise NotAuthenticated
        return answer(
            SessionAnswer(
                user=_user(caller),
                provider=view.provider,
                session=caller.session_id,
                created_at=view.created_at,
                expires_at=view.expires_at,
                now=self._clock.now(),
                model=ModelAnswer(name=self._desk.model, offline=self._desk.model == "offline"),
                connections=await self._desk.connections(caller),
            )
        )

    async def sessions(
        self,
        caller: SignedIn,
        limit: Annotated[int, Query(ge=1, le=100)] = 100,
        cursor: Annotated[str | None, Query(max_length=200)] = None,
    ) -> Response:
        """The caller's live sign-ins, the newest first."""
        after = sessions.Place(*read(cursor, (str,), "/auth/sessions")) if cursor else None
        views, ended = await self._store.read(sessions.of_user, caller.user_id, limit, after, self._clock.now())
        items = [
            SessionItem(
                id=view.id,
                provider=view.provider,
                created_at=view.created_at,
                expires_at=view.expires_at,
                user_agent=view.user_agent,
                current=view.id == caller.session_id,
            )
            for view in views
        ]
        return answer(SessionsAnswer(sessions=items, next_cursor=ended and written(*ended)))

    async def revoke(self, session_id: PathId, request: Request, caller: SignedIn) -> Response:
        """End one of the caller's sign-ins; the current one: sign out."""
        if not await self._store.write(sessions.revoke, caller.user_id, session_id):
            raise NotFound
        response = answer(RevokedAnswer())
        if session_id == caller.session_id:
            self._cookies.take(request, response)
        return response

    async def logout(self, request: Request, caller: SignedIn) -> Response:
        """End this sign-in."""
        await self._store.write(sessions.revoke, caller.user_id, caller.session_id)
        response = answer(StatusAnswer(status="signed_out"))
        self._cookies.take(request, response)
        return response

    async def refresh(self, request: Request, caller: SignedIn) -> Response:
        """A new session id and a new lifetime; the old cookie is worth nothing from now on."""
        now, lifetime = self._clock.now(), self._sign_in.session_lifetime
        secret = await self._store.write(sessions.renew, caller, now, lifetime, self._ids)
        if secret is None:
            raise NotAuthenticated
        response = answer(RefreshAnswer(expires_at=now + lifetime))
        self._cookies.give(request, response, secret)
        return response

    def _may_end_at(self, target: str) -> bool:
        page = _PAGE.fullmatch(target)
        if page is None:
            return _PATH.fullmatch(target) is not None
        try:
            return origin_of(page[1]) in self._allowed_origins
        except ValueError:
            return False

    def _callback_url(self, request: Request, provider: str) -> str:
        base = self._public_url or f"{request.url.scheme}://{request.url.netloc}"
        return f"{base}{CALLBACK_PATH.replace(PROVIDER, provider)}"


def _user(caller: Caller) -> UserAnswer:
    return UserAnswer(
        id=caller.user_id,
        email=caller.email,
        name=caller.name,
        timezone=caller.timezone,
        locale=caller.locale,
        addresses=tuple(caller.addresses),
    )


def _only_from_this_machine(request: Request) -> None:
    if not from_this_machine(request.scope):
        raise ForbiddenOrigin("The local sign-in works only on the machine that Sayso runs on.")
