"""Sign-in, and by what one signs in."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Query
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from sayso.base.clock import Clock
from sayso.base.errors import (
    ForbiddenOrigin,
    InvalidRequest,
    LastIdentity,
    NotAuthenticated,
    NotFound,
)
from sayso.base.ids import Ids
from sayso.http.answers import answer
from sayso.http.forwarded import NOT_TRUSTED, by_untrusted_proxy, from_this_machine
from sayso.http.redirects import ANYWHERE, callback_url, check_redirect, led_to
from sayso.http.schemas import (
    AuthorizationAnswer,
    IdentitiesAnswer,
    IdentityItem,
    LinkRequest,
    PathId,
    ProviderAnswer,
    ProvidersAnswer,
)
from sayso.http.session import COOKIE, Authenticator, Cookies, SignedIn, cookie_of, source_of
from sayso.identity import audit, sessions, users
from sayso.identity.audit import Source
from sayso.identity.flow import Callback, Purpose, Redeemed, SignIn, for_purpose
from sayso.identity.providers.local import PROVIDER, LocalProvider, check_authorization
from sayso.identity.types import Caller, IdentityView
from sayso.store.gateway import Store, WriteConn

_Secret = Annotated[str, Query(max_length=2000)]
_Code = Annotated[str, Query(max_length=4000)]  # some issuers keep all they know in it

Ending = Callable[[Redeemed, Source], Awaitable[None]]
"""What is done at the end of a flow that is not to sign in."""


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
        authenticator: Authenticator,
        endings: Mapping[str, Ending],
    ) -> None:
        """`endings`: of flows that are not to sign in, by their purpose."""
        self._sign_in = sign_in
        self._local = local
        self._store = store
        self._clock = clock
        self._ids = ids
        self._cookies = cookies
        self._public_url = public_url
        self._allowed_origins = allowed_origins
        self._authenticator = authenticator
        self._endings = {"link": sign_in.link, **endings}

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
        redirect: Annotated[str, Query(max_length=2000, json_schema_extra={"pattern": ANYWHERE})] = "/",
        token: _Secret = "",
    ) -> Response:
        """Begin to sign in: 302 to the provider, or its address as JSON. `token`: of the local sign-in link."""
        check_redirect(redirect, self._allowed_origins)
        if provider == PROVIDER:
            _only_from_this_machine(request)
        begun = await self._sign_in.begin(provider, redirect, callback_url(request, self._public_url, provider), token)
        response = led_to(request, begun.authorization_url)
        self._cookies.give_login(request, response, begun)
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
        if redirect_uri != callback_url(request, self._public_url, PROVIDER):
            raise InvalidRequest("redirect_uri is not the one of this server.")
        if not token:
            raise NotAuthenticated(
                "Follow the sign-in link that the server printed, or print one: `sayso login-link`.", reason="link_used"
            )
        code = await self._local.authorize(token, redirect_uri, code_challenge)
        return RedirectResponse(f"{redirect_uri}?{urlencode({'code': code, 'state': state})}", 302)

    async def callback(
        self,
        provider: str,
        request: Request,
        code: _Code = "",
        state: _Secret = "",
        error: _Secret = "",
        iss: Annotated[str | None, Query(max_length=2000)] = None,
    ) -> Response:
        """End of a flow: to sign in, it sets the session cookie; and goes on to where the user wanted to be."""
        if provider == PROVIDER:
            _only_from_this_machine(request)
        caller = await self._authenticator.caller(request.scope)
        browser = self._cookies.login_of(request, state)
        back = Callback(state, code, error, iss, browser, caller.user_id if caller else None)
        redeemed = await self._sign_in.redeem(provider, back)
        response = RedirectResponse(redeemed.redirect, 302)
        if redeemed.purpose.purpose == "sign_in":
            replaces = cookie_of(request.scope, COOKIE)
            user_agent = request.headers.get("user-agent", "")
            signed_in = await self._sign_in.finish(redeemed, user_agent, replaces, source_of(request.scope))
            self._cookies.give(request, response, signed_in.secret)
        else:
            by = caller.session_id if caller else None
            with for_purpose(redeemed.purpose.purpose):
                await self._endings[redeemed.purpose.purpose](redeemed, source_of(request.scope, by))
            if caller and redeemed.purpose.purpose == "link":
                await self._renew(request, response, caller)
        self._cookies.take_login(request, response, state)
        return response

    async def _renew(self, request: Request, response: Response, caller: Caller) -> None:
        now, lifetime = self._clock.now(), self._sign_in.session_lifetime
        opened = await self._store.write(
            sessions.rotate, caller, cookie_of(request.scope, COOKIE), now, lifetime, self._ids
        )
        if opened is not None:
            self._cookies.renew(request, response, opened, now)

    async def identities(self, caller: SignedIn) -> Response:
        """By what the caller signs in."""
        listed = await self._store.read(users.identities_of, caller.user_id)
        return answer(IdentitiesAnswer(identities=[self._identity(each) for each in listed]))

    async def link(self, request: Request, body: LinkRequest, caller: SignedIn) -> Response:
        """Begin to add one more way to sign in to this account: the address to go to. A POST, so that no page of
        another origin can begin it."""
        check_redirect(body.redirect, self._allowed_origins)
        if body.provider == PROVIDER:
            raise NotFound("The local sign-in belongs to this computer's own user.", reason="unknown_provider")
        purpose = Purpose("link", caller.user_id)
        callback = callback_url(request, self._public_url, body.provider)
        begun = await self._sign_in.begin(body.provider, body.redirect, callback, purpose=purpose)
        response = answer(AuthorizationAnswer(authorization_url=begun.authorization_url))
        self._cookies.give_login(request, response, begun)
        return response

    async def unlink(self, identity_id: PathId, caller: SignedIn) -> Response:
        """Take away one of the ways to sign in, never the last; sessions that were opened through it end."""
        await self._store.write(self._unlink, caller.user_id, identity_id, Source.of(caller.actor))
        return Response(status_code=204)

    def _unlink(self, conn: WriteConn, user_id: str, identity_id: str, source: Source) -> None:
        found = [each for each in users.identities_of(conn, user_id) if self._identity_id(each) == identity_id]
        if not found:
            raise NotFound
        if found[0].issuer == PROVIDER:
            raise LastIdentity("The local sign-in belongs to this computer and stays.")
        if not users.remove_identity(conn, user_id, found[0], self._sign_in.admission.usable):
            raise LastIdentity
        told = {"issuer": found[0].issuer, "email": found[0].email}
        audit.record(conn, "identity_removed", user_id, self._clock.now(), source, told)

    async def head(self) -> Response:
        """HEAD of the steps of a sign-in: whoever only looks at a link (a chat's preview, a mail scanner) must not use
        it up."""
        return Response(status_code=204)

    def _identity(self, identity: IdentityView) -> IdentityItem:
        provider = self._sign_in.admission.provider_of(identity.issuer)
        known = self._sign_in.providers.get(provider or "")
        return IdentityItem(
            id=self._identity_id(identity),
            issuer=identity.issuer,
            provider=provider,
            label=known.name if known else identity.issuer,
            email=identity.email,
        )

    def _identity_id(self, identity: IdentityView) -> str:
        return self._ids.of("ident", identity.issuer, identity.subject)


def _only_from_this_machine(request: Request) -> None:
    if not from_this_machine(request.scope):
        more = f" {NOT_TRUSTED}" if by_untrusted_proxy(request.scope) else ""
        raise ForbiddenOrigin(
            f"The local sign-in works only on the machine that Sayso runs on.{more}", reason="local_only"
        )
