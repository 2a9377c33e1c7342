"""Any OpenID Connect issuer (OpenID Connect Core 1.0, the code flow), Google among them."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import structlog

from sayso.base.addresses import is_address
from sayso.base.clock import Clock
from sayso.base.errors import NotAuthenticated, ProviderError, ProviderUnreachable
from sayso.identity.openid.id_token import UnknownKey, claims_of
from sayso.identity.openid.issuer import Issuer, Metadata
from sayso.identity.openid.wire import Json, Refused, Unreachable, Unusable, Wire
from sayso.identity.provider import AuthorizationRequest, CodeGrant, Grant, GrantRevoked, Tokens
from sayso.identity.types import Profile
from sayso.settings import OidcClient

_log = structlog.get_logger("sayso.identity")
_LONGEST = 10 * 365 * 86_400  # seconds
_OVER = "invalid_grant"
_UNKNOWN = (
    "The provider does not take this server's client id and secret; whoever runs this server has to set them right.",
    "client_refused",
)
_REFUSALS = {
    "invalid_client": _UNKNOWN,
    "unauthorized_client": _UNKNOWN,
    "redirect_uri_mismatch": (
        "The provider does not know this server's redirect URI; whoever runs this server has to register it there.",
        "redirect_uri_mismatch",
    ),
}
"""What whoever runs the server has to mend, by the token endpoint's code (RFC 6749, 5.2; the last one is Google's)."""


class OidcProvider:
    """`clock` is the real time, not the product's, which demos and tests hold still: the issuer stamps its tokens with
    the time that it has."""

    def __init__(self, provider_id: str, client: OidcClient, clock: Clock) -> None:
        self.id = provider_id
        self.name = client.label
        self.issuer = client.issuer
        self._client = client
        self._clock = clock
        self._wire = Wire(client.client_id, client.client_secret)
        self._issuer = Issuer(client.issuer, self._wire, clock)

    async def authorization_url(self, request: AuthorizationRequest) -> str:
        with self._told():
            endpoint = (await self._issuer.metadata()).authorization_endpoint
        parts = urlsplit(endpoint)
        asked = {
            **dict(parse_qsl(parts.query, keep_blank_values=True)),  # to be kept (RFC 6749, 3.1)
            **request.extra,
            "response_type": "code",
            "client_id": self._client.client_id,
            "redirect_uri": request.redirect_uri,
            "scope": " ".join(dict.fromkeys(["openid", *self._client.scopes.split(), *request.scopes])),
            "state": request.state,
            "nonce": request.nonce,
            "code_challenge": request.challenge,
            "code_challenge_method": "S256",
        }
        return parts._replace(query=urlencode(asked)).geturl()

    async def exchange(self, code: CodeGrant) -> Grant:
        with self._told():
            metadata = await self._issuer.metadata()
            self._check_issuer(code.issuer, metadata)
            try:
                answer = await self._wire.exchange(
                    metadata.token_endpoint,
                    metadata.auth_methods,
                    code=code.code,
                    redirect_uri=code.redirect_uri,
                    code_verifier=code.verifier,
                )
            except Refused as error:
                if error.code == _OVER:
                    raise NotAuthenticated("This sign-in is over; begin again.", reason="expired") from error
                raise
            asked = frozenset(self._client.scopes.split()) | code.scopes
            tokens = self._tokens(answer, asked)
            claims = await self._claims(answer.get("id_token"), code.nonce)
            profile = await self._profile(claims, tokens, metadata)
        return Grant(profile, tokens)

    async def refresh(self, refresh_token: str, scopes: frozenset[str] = frozenset()) -> Tokens:
        with self._told():
            metadata = await self._issuer.metadata()
            try:
                answer = await self._wire.refresh(metadata.token_endpoint, metadata.auth_methods, refresh_token)
            except Refused as error:
                if error.code == _OVER:
                    raise GrantRevoked from error
                raise
            return self._tokens({"refresh_token": refresh_token, **answer}, scopes)

    async def revoke(self, token: str) -> bool:
        try:
            metadata = await self._issuer.metadata()
            if metadata.revocation_endpoint is None:
                return False
            return await self._wire.revoke(metadata.revocation_endpoint, metadata.auth_methods, token)
        except (Unusable, Refused) as error:
            self._note(error)
            return False

    def _check_issuer(self, named: str | None, metadata: Metadata) -> None:
        """Refuse what another issuer sent (RFC 9207, 2.4), before the code is used."""
        if named is None and metadata.names_itself:
            raise Unusable("no iss beside the code")
        if named is not None and named != self.issuer:
            raise Unusable("another issuer's iss beside the code")

    async def _claims(self, id_token: object, nonce: str) -> Json:
        if not isinstance(id_token, str):
            raise Unusable("no ID token")
        now = int(self._clock.now().timestamp())
        given = (self.issuer, self._client.client_id, nonce, now)
        try:
            return claims_of(id_token, await self._issuer.keys(), *given)
        except UnknownKey:
            newer = await self._issuer.newer_keys()
            if newer is None:
                raise
            return claims_of(id_token, newer, *given)

    async def _profile(self, claims: Json, tokens: Tokens, metadata: Metadata) -> Profile:
        """Who that is. What the ID token does not say of the address, userinfo may (Core, 5.3)."""
        told: Json = {}
        if not ("email" in claims and "email_verified" in claims) and metadata.userinfo_endpoint:
            told = await self._wire.get(metadata.userinfo_endpoint, tokens.access)
            if told.get("sub") != claims["sub"]:  # Core, 5.3.2
                raise Unusable("userinfo is of somebody else")
        said = told if "email" in told else claims  # the address and whether it is verified, both from one of them
        email = _text(said.get("email"))
        email = email if is_address(email) else ""
        name = _text(claims.get("name") or told.get("name") or claims.get("preferred_username"))
        verified = bool(email) and said.get("email_verified") in (True, "true")  # some issuers write it as a text
        return Profile(claims["sub"], email, name or email.partition("@")[0], self.issuer, verified)

    def _tokens(self, answer: Json, scopes: frozenset[str]) -> Tokens:
        access, refresh, scope = answer.get("access_token"), answer.get("refresh_token"), answer.get("scope")
        if str(answer.get("token_type", "")).casefold() != "bearer" or not _is_token(access):
            raise Unusable("no bearer token")
        return Tokens(
            access=str(access),
            refresh=str(refresh) if _is_token(refresh) else None,
            expires_at=self._end(answer.get("expires_in")),
            scopes=frozenset(scope.split()) if isinstance(scope, str) else scopes,  # RFC 6749, 5.1: as asked
        )

    def _end(self, seconds: object) -> datetime | None:
        try:
            lasts = int(str(seconds))
        except ValueError:
            return None
        return self._clock.now() + timedelta(seconds=min(max(lasts, 0), _LONGEST))

    @contextmanager
    def _told(self) -> Iterator[None]:
        """What is wrong with the issuer as our errors; what exactly goes into the log. Raises ProviderError."""
        try:
            yield
        except Unreachable as error:
            self._note(error)
            raise ProviderUnreachable(reason="provider_unreachable") from error
        except Refused as error:
            self._note(error)
            told, reason = _REFUSALS.get(error.code, (None, "provider_error"))
            raise ProviderError(told, reason=reason) from error
        except Unusable as error:
            self._note(error)
            raise ProviderError(reason="provider_error") from error

    def _note(self, error: Exception) -> None:
        _log.warning("provider_failed", provider=self.id, why=str(error))


def _is_token(text: Any) -> bool:
    """RFC 6749, A.12 and A.17: visible ASCII."""
    return isinstance(text, str) and bool(text) and text.isascii() and text.isprintable()


def _text(told: object) -> str:
    """A claim as a text that can be stored and shown."""
    return "".join(char for char in told if char.isprintable()).strip() if isinstance(told, str) else ""
