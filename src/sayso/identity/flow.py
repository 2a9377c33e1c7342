"""The client's half of the OAuth 2 code flow, the same for every provider: state, nonce and PKCE (RFC 7636, S256).

A sign-in under way is one row, found by the hash of its state and used up by the first callback that names it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, insert

from sayso.base.clock import Clock
from sayso.base.errors import InvalidRequest, NotFound
from sayso.base.ids import Ids, hashed
from sayso.identity import sessions, users
from sayso.identity.provider import AuthorizationRequest, CodeGrant, Grant, Provider, challenge_of
from sayso.identity.types import Profile
from sayso.store.gateway import Store, WriteConn
from sayso.store.tables import login_states

LOGIN_MINUTES = 10


@dataclass(frozen=True, slots=True)
class Begun:
    authorization_url: str
    state: str
    """To be kept in the browser that began the sign-in: the callback must come from the same one."""


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


class CodeFlow:
    """Takes a browser to a provider and back, and has the provider say who that is and what was granted."""

    def __init__(self, store: Store, providers: Mapping[str, Provider], clock: Clock, ids: Ids) -> None:
        self.providers = providers
        self._store = store
        self._clock = clock
        self._ids = ids

    async def begin(self, provider_id: str, redirect: str, redirect_uri: str, hint: str = "") -> Begun:
        """Start a flow that ends at the path `redirect`. Raises NotFound for an unknown provider."""
        provider = self._provider(provider_id)
        state, nonce, verifier = self._ids.secret(), self._ids.secret(), self._ids.secret()
        data = {"verifier": verifier, "nonce": nonce, "redirect": redirect, "redirect_uri": redirect_uri}
        await self._store.write(_keep_state, state, provider_id, data, self._clock.now())
        request = AuthorizationRequest(redirect_uri, state, nonce, challenge_of(verifier), hint)
        return Begun(provider.authorization_url(request), state)

    async def redeem(self, provider_id: str, code: str, state: str) -> Redeemed:
        """End a flow with the code that came back. Any attempt ends it.

        Raises InvalidRequest when no such flow is under way, NotAuthenticated when the provider refuses the code.
        """
        provider = self._provider(provider_id)
        data = await self._store.write(_take_state, state, provider_id, self._clock.now())
        if data is None:
            raise InvalidRequest("This sign-in is over or was never started; begin again.")
        grant = await provider.exchange(CodeGrant(code, data["redirect_uri"], data["verifier"], data["nonce"]))
        return Redeemed(grant, data["redirect"])

    def _provider(self, provider_id: str) -> Provider:
        provider = self.providers.get(provider_id)
        if provider is None:
            raise NotFound("There is no sign-in provider of that name; GET /auth/providers lists them.")
        return provider


class SignIn(CodeFlow):
    """Signs people in through any of the providers and opens their sessions."""

    def __init__(
        self, store: Store, providers: Mapping[str, Provider], clock: Clock, ids: Ids, session_lifetime: timedelta
    ) -> None:
        super().__init__(store, providers, clock, ids)
        self.session_lifetime = session_lifetime

    async def finish(self, provider_id: str, code: str, state: str, user_agent: str, replaces: str | None) -> SignedIn:
        """End a sign-in: redeem the code, find or make the user, open a session in place of the one `replaces`.

        Raises what `redeem` raises.
        """
        redeemed = await self.redeem(provider_id, code, state)
        profile = redeemed.grant.profile
        secret = await self._store.write(self._open_session, provider_id, profile, user_agent, replaces)
        return SignedIn(secret, redeemed.redirect)

    def _open_session(
        self, conn: WriteConn, provider_id: str, profile: Profile, user_agent: str, replaces: str | None
    ) -> str:
        now = self._clock.now()
        if replaces is not None:
            sessions.revoke_secret(conn, replaces)
        user_id, _ = users.ensure(conn, provider_id, profile, now, self._ids)
        return sessions.create(conn, user_id, provider_id, user_agent, now, self.session_lifetime, self._ids)


def _keep_state(conn: WriteConn, state: str, provider_id: str, data: dict[str, Any], now: datetime) -> None:
    conn.execute(delete(login_states).where(login_states.c.expires_at <= now))
    expires_at = now + timedelta(minutes=LOGIN_MINUTES)
    conn.execute(
        insert(login_states).values(state_hash=hashed(state), provider=provider_id, data=data, expires_at=expires_at)
    )


def _take_state(conn: WriteConn, state: str, provider_id: str, now: datetime) -> dict[str, Any] | None:
    taken = conn.execute(
        delete(login_states)
        .where(login_states.c.state_hash == hashed(state), login_states.c.provider == provider_id)
        .returning(login_states.c.data, login_states.c.expires_at)
    ).first()
    if taken is None or taken.expires_at <= now:
        return None
    data: dict[str, Any] = taken.data
    return data
