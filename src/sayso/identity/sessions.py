"""Sessions. The cookie holds 256 random bits; the store holds only their SHA-256 (P10)."""

import re
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Row, bindparam, delete, insert, select, tuple_, update

from sayso.base import sizes
from sayso.base.ids import Ids, hashed
from sayso.identity.types import Caller, SessionView, Via
from sayso.store.gateway import ReadConn, WriteConn
from sayso.store.tables import local_grants, login_states, sessions, users

_SECRET = re.compile(r"[A-Za-z0-9_-]{43}")

_CALLER = (
    select(
        users.c.id,
        sessions.c.id,
        sessions.c.provider,
        users.c.email,
        users.c.name,
        users.c.timezone,
        users.c.locale,
        users.c.addresses,
    )
    .join(users, users.c.id == sessions.c.user_id)
    .where(
        sessions.c.id_hash == bindparam("hash"),
        sessions.c.expires_at > bindparam("now", type_=sessions.c.expires_at.type),
    )
)
_VIEW = select(
    sessions.c.id, sessions.c.provider, sessions.c.created_at, sessions.c.expires_at, sessions.c.user_agent
).where(sessions.c.user_id == bindparam("user"))


def well_formed(secret: str) -> bool:
    """Whether the text can be a session cookie at all; what cannot is refused without a look at the store."""
    return _SECRET.fullmatch(secret) is not None


def create(
    conn: WriteConn, user_id: str, provider: str, user_agent: str, now: datetime, lifetime: timedelta, ids: Ids
) -> str:
    """Open a session for the user and return its secret, the cookie's value. Expired sessions go on the way."""
    conn.execute(delete(sessions).where(sessions.c.expires_at <= now))
    secret = ids.secret()
    conn.execute(
        insert(sessions).values(
            id_hash=hashed(secret),
            id=ids.new("sess"),
            user_id=user_id,
            provider=provider,
            created_at=now,
            expires_at=now + lifetime,
            user_agent=user_agent[: sizes.USER_AGENT],
        )
    )
    return secret


def authenticate(conn: ReadConn, secret: str, now: datetime, via: Via) -> Caller | None:
    """Whose session this is, who acts `via` it; None when it is unknown, expired or revoked."""
    row = conn.execute(_CALLER, {"hash": hashed(secret), "now": now}).first()
    if row is None:
        return None
    user_id, session_id, provider, email, name, timezone, locale, addresses = row
    return Caller(user_id, session_id, provider, email, name, timezone, locale, tuple(addresses), via)


def renew(conn: WriteConn, caller: Caller, now: datetime, lifetime: timedelta, ids: Ids) -> str | None:
    """Give the session a new secret and a new lifetime; the old cookie is worth nothing from now on.

    Returns the new secret, or None when the session has just ended.
    """
    secret = ids.secret()
    renewed = conn.execute(
        update(sessions)
        .where(sessions.c.id == caller.session_id, sessions.c.user_id == caller.user_id)
        .values(id_hash=hashed(secret), expires_at=now + lifetime)
    )
    return secret if renewed.rowcount else None


def revoke(conn: WriteConn, user_id: str, session_id: str) -> bool:
    """End one of the user's sessions, by its public id; False when the user has no such session."""
    return bool(
        conn.execute(delete(sessions).where(sessions.c.id == session_id, sessions.c.user_id == user_id)).rowcount
    )


def revoke_secret(conn: WriteConn, secret: str) -> None:
    """End the session of this cookie, if there is one."""
    conn.execute(delete(sessions).where(sessions.c.id_hash == hashed(secret)))


def hashes(conn: ReadConn) -> set[str]:
    """How the cookies of all sessions are stored."""
    return set(conn.execute(select(sessions.c.id_hash)).scalars())


def end_others(conn: WriteConn, keep: Collection[str]) -> None:
    """End every session but those with these hashes, and every sign-in that is under way."""
    gone = [{"gone": known} for known in hashes(ReadConn(conn)) if known not in keep]
    if gone:
        conn.execute(delete(sessions).where(sessions.c.id_hash == bindparam("gone")), gone)
    conn.execute(delete(login_states))
    conn.execute(delete(local_grants))


def current(conn: ReadConn, caller: Caller) -> SessionView | None:
    row = conn.execute(_VIEW.where(sessions.c.id == caller.session_id), {"user": caller.user_id}).first()
    return _view(row) if row else None


class Place(NamedTuple):
    """Where a page of sessions ended."""

    created_at: datetime
    id: str


def of_user(
    conn: ReadConn, user_id: str, limit: int, after: Place | None, now: datetime
) -> tuple[list[SessionView], Place | None]:
    """At most `limit` of the user's live sessions, the newest first, behind `after`; and where this page ended, if
    there is more."""
    live = _VIEW.where(sessions.c.expires_at > now).order_by(sessions.c.created_at.desc(), sessions.c.id.desc())
    if after is not None:
        live = live.where(tuple_(sessions.c.created_at, sessions.c.id) < after)
    views = [_view(row) for row in conn.execute(live.limit(limit + 1), {"user": user_id})]
    return views[:limit], Place(views[limit - 1].created_at, views[limit - 1].id) if len(views) > limit else None


def _view(row: Row[str, str, datetime, datetime, str]) -> SessionView:
    return SessionView(*row)
