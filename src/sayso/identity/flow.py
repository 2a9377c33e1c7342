"""The client's half of the OAuth 2 code flow, the same for every provider: state, nonce and PKCE (RFC 7636, S256).

A flow under way is one row, found by the hash of its state and used up by the first callback that names it from the
browser that began it. What it is for is in the row: to sign in, to link one more way of signing in, to connect an
account.
"""

import hmac
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import delete, insert

from sayso.base.clock import Clock
from sayso.base.errors import (
    InvalidRequest,
    NotAllowed,
    NotAuthenticated,
    NotFound,
    ProviderError,
    ProviderUnreachable,
    SaysoError,
)
from sayso.base.ids import Ids, hashed
from sayso.identity import audit, sessions
from sayso.identity.admission import Admission, Linked
from sayso.identity.audit import Source
from sayso.identity.provider import AuthorizationRequest, CodeGrant, Grant, Provider, challenge_of
from sayso.identity.sessions import Lifetime
from sayso.store.gateway import Store, WriteConn
from sayso.store.tables import login_states

LOGIN_MINUTES = 10
_DECLINED = frozenset({"", "access_denied", "login_required", "consent_required", "interaction_required"})
_LATER = frozenset({"server_error", "temporarily_unavailable"})  # RFC 6749, 4.1.2.1

Welcome = Callable[[WriteConn, str, datetime], None]
"""What is done for a new user, in the transaction that makes him."""


@dataclass(frozen=True, slots=True)
class Purpose:
    """What a flow is for, and whose it is, unless it is to sign in."""

    purpose: Literal["sign_in", "link", "connect"] = "sign_in"
    user: str | None = None
    kind: str = ""
    """Of the account that is to be connected."""
    account: str = ""
    """Its id, if it is connected anew."""
    serves: tuple[str, ...] = ()
    """The parts that are asked for."""


SIGN_IN = Purpose()


@dataclass(frozen=True, slots=True)
class Begun:
    authorization_url: str
    state: str
    browser: str
    """A secret to be kept in the browser that began: the callback must come from the same one. It is in no address, so
    that whoever sees one of them cannot end the flow elsewhere."""


@dataclass(frozen=True, slots=True)
class Callback:
    """What came back (RFC 6749, 4.1.2), and over whose browser and session."""

    state: str
    code: str = ""
    error: str = ""
    issuer: str | None = None
    browser: str = ""
    user: str | None = None


@dataclass(frozen=True, slots=True)
class SignedIn:
    secret: str
    """The new session's cookie."""
    redirect: str


@dataclass(frozen=True, slots=True)
class Redeemed:
    """What a provider said at the end of a flow. Nobody is signed in by it."""

    grant: Grant
    redirect: str
    """The path where the user wanted to be."""
    provider: str
    purpose: Purpose = SIGN_IN


class CodeFlow:
    """Takes a browser to a provider and back, and has the provider say who that is and what was granted."""

    def __init__(self, store: Store, providers: Mapping[str, Provider], clock: Clock, ids: Ids) -> None:
        self.providers = providers
        self._store = store
        self._clock = clock
        self._ids = ids

    async def begin(
        self,
        provider_id: str,
        redirect: str,
        redirect_uri: str,
        hint: str = "",
        purpose: Purpose = SIGN_IN,
        scopes: Sequence[str] = (),
        extra: Mapping[str, str] | None = None,
    ) -> Begun:
        """Start a flow that ends at the path `redirect`. `scopes`, `extra`: what to ask the provider for besides.

        Raises NotFound for an unknown provider, ProviderError.
        """
        provider = self._provider(provider_id)
        state, nonce, verifier, browser = (self._ids.secret() for _ in range(4))
        request = AuthorizationRequest(redirect_uri, state, nonce, challenge_of(verifier), hint, scopes, extra or {})
        url = await provider.authorization_url(request)
        data = {
            "verifier": verifier,
            "nonce": nonce,
            "redirect": redirect,
            "redirect_uri": redirect_uri,
            "browser": hashed(browser),
            "scopes": list(scopes),
            **asdict(purpose),
        }
        await self._store.write(_keep_state, state, provider_id, data, self._clock.now())
        return Begun(url, state, browser)

    async def redeem(self, provider_id: str, back: Callback) -> Redeemed:
        """End a flow with the code that came back. Any attempt by its browser ends it.

        Raises InvalidRequest when no such flow is under way there, NotAuthenticated when the provider or the user
        refuses, ProviderError.
        """
        provider = self._provider(provider_id)
        data = await self._store.write(_take_state, provider_id, back, self._clock.now())
        purpose = Purpose(data["purpose"], data["user"], data["kind"], data["account"], tuple(data["serves"]))
        code = CodeGrant(
            back.code,
            data["redirect_uri"],
            data["verifier"],
            data["nonce"],
            back.issuer,
            frozenset(data["scopes"]),
        )
        with for_purpose(purpose.purpose):
            _check_error(back)
            return Redeemed(await provider.exchange(code), data["redirect"], provider_id, purpose)

    def _provider(self, provider_id: str) -> Provider:
        provider = self.providers.get(provider_id)
        if provider is None:
            raise NotFound(
                "There is no sign-in provider of that name; GET /auth/providers lists them.", reason="unknown_provider"
            )
        return provider


class SignIn(CodeFlow):
    """Signs people in through any of the providers and opens their sessions."""

    def __init__(
        self,
        store: Store,
        providers: Mapping[str, Provider],
        clock: Clock,
        ids: Ids,
        session_lifetime: Lifetime,
        admission: Admission,
        welcome: Welcome,
    ) -> None:
        super().__init__(store, providers, clock, ids)
        self.session_lifetime = session_lifetime
        self.admission = admission
        self._welcome = welcome

    async def finish(self, redeemed: Redeemed, user_agent: str, replaces: str | None, source: Source) -> SignedIn:
        """Find or make the user, open a session in place of the one `replaces`. Raises NotAllowed."""
        secret = await self._store.write(self._open_session, redeemed, user_agent, replaces, source)
        if secret is None:
            raise NotAllowed(reason="not_allowed")
        return SignedIn(secret, redeemed.redirect)

    async def link(self, redeemed: Redeemed, source: Source) -> None:
        """Let the user whose flow it was sign in by this identity too. Raises NotAllowed."""
        linked = await self._store.write(self._link, redeemed, source)
        if linked == "taken":
            raise NotAllowed("This identity signs somebody else in here.", reason="identity_taken")
        if linked == "refused":
            raise NotAllowed(reason="not_allowed")

    def _open_session(
        self, conn: WriteConn, redeemed: Redeemed, user_agent: str, replaces: str | None, source: Source
    ) -> str | None:
        now, profile, provider = self._clock.now(), redeemed.grant.profile, redeemed.provider
        admitted = self.admission.admit(conn, profile, now, self._ids)
        if admitted is None:
            told = {"provider": provider, "email": profile.email, "verified": profile.verified}
            audit.record(conn, "sign_in_refused", None, now, source, told)
            return None
        user_id, created = admitted
        if created:
            self._welcome(conn, user_id, now)
        if replaces is not None:
            sessions.revoke_secret(conn, replaces)
        opened = sessions.begin(conn, user_id, provider, user_agent, now, self.session_lifetime, self._ids)
        by = Source(source.via, opened.id, source.address)
        audit.record(conn, "signed_in", user_id, now, by, {"provider": provider})
        return opened.secret

    def _link(self, conn: WriteConn, redeemed: Redeemed, source: Source) -> Linked:
        user_id, profile, now = redeemed.purpose.user or "", redeemed.grant.profile, self._clock.now()
        linked = self.admission.link(conn, user_id, profile)
        told = {"provider": redeemed.provider, "email": profile.email}
        if linked == "added":
            audit.record(conn, "identity_added", user_id, now, source, told)
        elif linked != "known":
            audit.record(conn, "sign_in_refused", user_id, now, source, {**told, "verified": profile.verified})
        return linked


@contextmanager
def for_purpose(purpose: str) -> Iterator[None]:
    """What fails here names what the flow was for, unless it was to sign in."""
    try:
        yield
    except SaysoError as error:
        if purpose != SIGN_IN.purpose:
            error.details["purpose"] = purpose
        raise


def _check_error(back: Callback) -> None:
    if back.code and not back.error:
        return
    if back.error in _DECLINED:
        raise NotAuthenticated("The sign-in was declined; begin again.", reason="declined")
    if back.error in _LATER:
        raise ProviderUnreachable(reason="provider_unreachable")
    raise ProviderError(reason="provider_error")


def _keep_state(conn: WriteConn, state: str, provider_id: str, data: dict[str, Any], now: datetime) -> None:
    conn.execute(delete(login_states).where(login_states.c.expires_at <= now))
    expires_at = now + timedelta(minutes=LOGIN_MINUTES)
    conn.execute(
        insert(login_states).values(state_hash=hashed(state), provider=provider_id, data=data, expires_at=expires_at)
    )


def _take_state(conn: WriteConn, provider_id: str, back: Callback, now: datetime) -> dict[str, Any]:
    """What is kept of the flow, which is over then. Raises InvalidRequest, and keeps what is another browser's."""
    taken = conn.execute(
        delete(login_states)
        .where(login_states.c.state_hash == hashed(back.state), login_states.c.provider == provider_id)
        .returning(login_states.c.data, login_states.c.expires_at)
    ).first()
    if taken is None or taken.expires_at <= now:
        raise InvalidRequest("This sign-in is over or was never started; begin again.", reason="expired")
    data: dict[str, Any] = taken.data
    if not hmac.compare_digest(data["browser"], hashed(back.browser)) or data["user"] not in (None, back.user):
        with for_purpose(data["purpose"]):
            raise InvalidRequest("This sign-in was not begun in this browser; begin again.", reason="not_this_browser")
    return data
