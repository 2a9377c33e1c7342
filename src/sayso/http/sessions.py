"""The caller's sign-ins: this one, and those of all devices."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Literal, TypeVar

from fastapi import Query
from starlette.requests import Request
from starlette.responses import Response

from sayso.base.clock import Clock
from sayso.base.errors import NotFound
from sayso.base.ids import Ids
from sayso.http.answers import answer
from sayso.http.cursor import read, written
from sayso.http.schemas import (
    ModelAnswer,
    NameRequest,
    PathId,
    RefreshAnswer,
    RevokedAnswer,
    SessionAnswer,
    SessionItem,
    SessionsAnswer,
    SignedOutAnswer,
    StatusAnswer,
    TokenItem,
    UserAnswer,
)
from sayso.http.session import COOKIE, Cookies, SignedIn, cookie_of, refused
from sayso.identity import audit, sessions, tokens
from sayso.identity.audit import Kind, Source
from sayso.identity.sessions import Lifetime
from sayso.identity.types import Caller
from sayso.store.gateway import Store, WriteConn

if TYPE_CHECKING:
    from sayso.desk import Desk

T = TypeVar("T")


class SessionEndpoints:
    def __init__(
        self, store: Store, clock: Clock, ids: Ids, cookies: Cookies, lifetime: Lifetime, desk: "Desk"
    ) -> None:
        self._store = store
        self._clock = clock
        self._ids = ids
        self._cookies = cookies
        self._lifetime = lifetime
        self._desk = desk

    async def session(self, caller: SignedIn) -> Response:
        """Who is signed in, since and until when, by a token with which scopes; the product's clock, the model, what is
        connected."""
        token = view = None
        if caller.via == "token":
            token = await self._store.read(tokens.current, caller)
        else:
            view = await self._store.read(sessions.current, caller)
        found = view or token
        if found is None:
            raise refused("token_unknown" if caller.via == "token" else "session_unknown")
        model = await self._desk.model(caller)
        return answer(
            SessionAnswer(
                user=_user(caller),
                user_email=caller.email,
                provider=caller.provider,
                session=caller.session_id,
                token=token and TokenItem.of(token),
                created_at=found.created_at,
                expires_at=found.expires_at,
                ends_at=view.ends_at if view else found.expires_at,
                now=self._clock.now(),
                model=ModelAnswer(name=model, offline=model == "offline"),
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
        items = [SessionItem.of(view, caller.session_id) for view in views]
        return answer(SessionsAnswer(sessions=items, next_cursor=ended and written(*ended)))

    async def rename(self, session_id: PathId, body: NameRequest, caller: SignedIn) -> Response:
        """Give the device of one of the caller's sign-ins a name."""
        if not await self._store.write(sessions.rename, caller.user_id, session_id, body.name):
            raise NotFound
        return answer(StatusAnswer(status="renamed"))

    async def revoke(self, session_id: PathId, request: Request, caller: SignedIn) -> Response:
        """End one of the caller's sign-ins; the current one: sign out."""
        if not await self._noted(caller, "session_revoked", {"session": session_id}, _revoke, session_id):
            raise NotFound
        response = answer(RevokedAnswer())
        if session_id == caller.session_id:
            self._cookies.take(request, response)
        return response

    async def revoke_all(
        self, request: Request, caller: SignedIn, keep: Annotated[Literal["current"] | None, Query()] = None
    ) -> Response:
        """End all of the caller's sign-ins, on all devices; `keep=current`: all others."""
        kept = caller.session_id if keep else None
        ended = await self._store.write(_revoke_all, caller, kept, self._clock.now())
        response = answer(SignedOutAnswer(ended=ended))
        if not keep:
            self._cookies.take(request, response)
        return response

    async def logout(self, request: Request, caller: SignedIn) -> Response:
        """End this sign-in."""
        await self._noted(caller, "signed_out", {}, _revoke, caller.session_id)
        response = answer(StatusAnswer(status="signed_out"))
        self._cookies.take(request, response)
        return response

    async def refresh(self, request: Request, caller: SignedIn) -> Response:
        """A new session id, and the time of the session counts anew; the old cookie is worth nothing from now on."""
        now = self._clock.now()
        opened = await self._store.write(
            sessions.rotate, caller, cookie_of(request.scope, COOKIE), now, self._lifetime, self._ids
        )
        if opened is None:
            raise refused("session_unknown")
        response = answer(RefreshAnswer(expires_at=opened.expires_at))
        self._cookies.renew(request, response, opened, now)
        return response

    async def _noted(
        self, caller: Caller, kind: Kind, data: dict[str, str], fn: Callable[[WriteConn, Caller, T], bool], arg: T
    ) -> bool:
        """Do it, and note in the same transaction what was done."""

        def both(conn: WriteConn) -> bool:
            done = fn(conn, caller, arg)
            if done:
                audit.record(conn, kind, caller.user_id, self._clock.now(), Source.of(caller.actor), data)
            return done

        return await self._store.write(both)


def _revoke(conn: WriteConn, caller: Caller, session_id: str) -> bool:
    return sessions.revoke(conn, caller.user_id, session_id)


def _revoke_all(conn: WriteConn, caller: Caller, kept: str | None, now: datetime) -> int:
    ended = sessions.revoke_all(conn, caller.user_id, now, kept)
    audit.record(conn, "sessions_revoked", caller.user_id, now, Source.of(caller.actor), {"ended": ended})
    return ended


def _user(caller: Caller) -> UserAnswer:
    return UserAnswer(
        id=caller.user_id,
        email=caller.email,
        name=caller.name,
        timezone=caller.timezone,
        locale=caller.locale,
        hold_seconds=caller.hold_seconds,
        addresses=tuple(caller.addresses),
    )
