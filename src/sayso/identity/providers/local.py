"""The embedded identity provider: an OAuth 2 authorization endpoint of the app itself, for the machine's own user.

What proves the user is a one-time link that only someone at this machine's terminal sees. The link token and the
authorization code are single-use and short-lived; a code is bound to its client's PKCE challenge and redirect URI.
"""

import hmac
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import delete, insert

from sayso.base.addresses import INVENTED
from sayso.base.clock import Clock
from sayso.base.errors import InvalidRequest, NotAuthenticated
from sayso.base.ids import Ids, hashed
from sayso.identity.provider import AuthorizationRequest, CodeGrant, Grant, challenge_of
from sayso.identity.types import Profile
from sayso.store.gateway import Store, WriteConn
from sayso.store.tables import local_grants

PROVIDER = "local"
CLIENT_ID = "sayso"
AUTHORIZE_PATH = "/auth/local/authorize"
CALLBACK_PATH = "/auth/local/callback"
LINK_MINUTES = 10
CODE_SECONDS = 60
OWNER = Profile(subject="owner", email=f"me@{INVENTED}", name="You", verified=False)


class LocalProvider:
    id = PROVIDER
    name = "This computer"

    def __init__(self, store: Store, clock: Clock, ids: Ids) -> None:
        self._store = store
        self._clock = clock
        self._ids = ids

    async def authorization_url(self, request: AuthorizationRequest) -> str:
        base = request.redirect_uri.removesuffix(CALLBACK_PATH)
        query = {
            "response_type": "code",
            "client_id": CLIENT_ID,
            "redirect_uri": request.redirect_uri,
            "state": request.state,
            "code_challenge": request.challenge,
            "code_challenge_method": "S256",
            "token": request.hint,
        }
        return f"{base}{AUTHORIZE_PATH}?{urlencode(query)}"

    async def authorize(self, token: str, redirect_uri: str, challenge: str) -> str:
        """The authorization endpoint: give a code for a one-time link token. Raises NotAuthenticated."""
        code = self._ids.secret()
        data = {"challenge": challenge, "redirect_uri": redirect_uri}
        if not await self._store.write(_trade_link, token, code, data, self._clock.now()):
            raise NotAuthenticated(
                "This sign-in link was used before or is too old; print a new one with `sayso login-link`.",
                reason="link_used",
            )
        return code

    async def exchange(self, code: CodeGrant) -> Grant:
        """The token endpoint, in process. Any attempt uses the code up (RFC 6749, 4.1.2)."""
        data = await self._store.write(_take, "code", code.code, self._clock.now())
        if (
            data is None
            or data["redirect_uri"] != code.redirect_uri
            or not hmac.compare_digest(data["challenge"], challenge_of(code.verifier))
        ):
            raise NotAuthenticated("This sign-in is over; follow a new sign-in link.", reason="expired")
        return Grant(OWNER)


def check_authorization(client_id: str, response_type: str, method: str, challenge: str) -> None:
    """Refuse an authorization request that is not the one client's code flow with PKCE. Raises InvalidRequest."""
    if (client_id, response_type, method) != (CLIENT_ID, "code", "S256") or not challenge:
        raise InvalidRequest("Sign-in needs client_id, response_type=code and an S256 code_challenge.")


def issue_link(conn: WriteConn, now: datetime, ids: Ids) -> str:
    """A token for one sign-in link, good once and for ten minutes."""
    conn.execute(delete(local_grants).where(local_grants.c.expires_at <= now))
    token = ids.secret()
    _grant(conn, "link", token, {}, now + timedelta(minutes=LINK_MINUTES))
    return token


def _trade_link(conn: WriteConn, token: str, code: str, data: dict[str, Any], now: datetime) -> bool:
    if _take(conn, "link", token, now) is None:
        return False
    _grant(conn, "code", code, data, now + timedelta(seconds=CODE_SECONDS))
    return True


def _grant(conn: WriteConn, kind: str, secret: str, data: dict[str, Any], expires_at: datetime) -> None:
    conn.execute(insert(local_grants).values(token_hash=hashed(secret), kind=kind, data=data, expires_at=expires_at))


def _take(conn: WriteConn, kind: str, secret: str, now: datetime) -> dict[str, Any] | None:
    taken = conn.execute(
        delete(local_grants)
        .where(local_grants.c.token_hash == hashed(secret), local_grants.c.kind == kind)
        .returning(local_grants.c.data, local_grants.c.expires_at)
    ).first()
    if taken is None or taken.expires_at <= now:
        return None
    data: dict[str, Any] = taken.data
    return data
