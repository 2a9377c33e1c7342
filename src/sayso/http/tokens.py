"""Tokens for the caller's own programs. What one may do stands in the table of routes."""

from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response

from sayso.base.clock import Clock
from sayso.base.errors import NotFound, ValidationFailed
from sayso.base.ids import Ids
from sayso.http.answers import answer
from sayso.http.schemas import NewTokenAnswer, PathId, RevokedAnswer, TokenItem, TokenRequest, TokensAnswer
from sayso.http.session import COOKIE, Cookies, SignedIn, cookie_of, refused
from sayso.identity import audit, sessions, tokens
from sayso.identity.audit import Source
from sayso.identity.sessions import Lifetime, Opened
from sayso.identity.types import Caller, TokenView
from sayso.store.gateway import Store, WriteConn


class TokenEndpoints:
    def __init__(self, store: Store, clock: Clock, ids: Ids, cookies: Cookies, lifetime: Lifetime) -> None:
        self._store = store
        self._clock = clock
        self._ids = ids
        self._cookies = cookies
        self._lifetime = lifetime

    async def make(self, body: TokenRequest, request: Request, caller: SignedIn) -> Response:
        """Make a token: its secret is in this answer and nowhere else. `decide` lets a program confirm and cancel in
        the caller's name; without it a program proposes, and he decides."""
        now = self._clock.now()
        if body.expires_at is not None and body.expires_at <= now:
            wrong = "A time that is still to come."
            raise ValidationFailed(f"expires_at: {wrong}", fields=[{"field": "expires_at", "message": wrong}])
        made, secret, opened = await self._store.write(self._make, caller, cookie_of(request.scope, COOKIE), body, now)
        notice = tokens.DECIDES if "decide" in made.scopes else None
        response = answer(NewTokenAnswer(**TokenItem.of(made).model_dump(), token=secret, notice=notice), 201)
        if opened is not None:
            self._cookies.renew(request, response, opened, now)
        return response

    def _make(
        self, conn: WriteConn, caller: Caller, cookie: str | None, body: TokenRequest, now: datetime
    ) -> tuple[TokenView, str, Opened | None]:
        """With `decide` more is permitted than before, so the session is given another secret."""
        made, secret = tokens.create(conn, caller.user_id, body.name, body.scopes, body.expires_at, now, self._ids)
        data = {"token": made.name, "id": made.id, "scopes": list(made.scopes)}
        audit.record(conn, "token_made", caller.user_id, now, Source.of(caller.actor), data)
        if "decide" not in made.scopes:
            return made, secret, None
        opened = sessions.rotate(conn, caller, cookie, now, self._lifetime, self._ids)
        if opened is None:  # signed out meanwhile
            raise refused("session_unknown")
        return made, secret, opened

    async def tokens(self, caller: SignedIn) -> Response:
        """The caller's tokens, the newest first; never their secrets."""
        found = await self._store.read(tokens.of_user, caller.user_id)
        return answer(TokensAnswer(tokens=[TokenItem.of(each) for each in found]))

    async def revoke(self, token_id: PathId, caller: SignedIn) -> Response:
        """End a token, at once."""
        if not await self._store.write(_revoke, caller, token_id, self._clock.now()):
            raise NotFound
        return answer(RevokedAnswer())


def _revoke(conn: WriteConn, caller: Caller, token_id: str, now: datetime) -> bool:
    name = tokens.revoke(conn, caller.user_id, token_id)
    if name is None:
        return False
    data = {"token": name, "id": token_id}
    audit.record(conn, "token_revoked", caller.user_id, now, Source.of(caller.actor), data)
    return True
