"""Sessions. The cookie holds 256 random bits; the store holds only their SHA-256 (P10).

A session ends some time after its last use, and some longer time after its beginning, whichever comes first. Nothing is
kept of it outside the store, so one that is ended is so at once, on every worker.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, bindparam, case, delete, insert, or_, select, tuple_, update

from sayso.base import sizes
from sayso.base.ids import Ids, hashed
from sayso.identity.types import Caller, Known, Refusal, SessionView, Via
from sayso.store.gateway import ReadConn, WriteConn
from sayso.store.tables import local_grants, login_states, sessions, users

KEPT = timedelta(days=30)
"""How long an expired session is remembered, so that its browser can be told why it has to sign in again."""
SEEN_EVERY = timedelta(hours=1)
"""How exactly the last use is kept: a session that is in use is written this often, not at each request."""

_SECRET = re.compile(r"[A-Za-z0-9_-]{43}")


@dataclass(frozen=True, slots=True)
class Lifetime:
    idle: timedelta
    """After the last use."""
    most: timedelta
    """After the beginning, however much it is used."""

    @property
    def seen_every(self) -> timedelta:
        return min(SEEN_EVERY, self.idle / 24)


class Opened(NamedTuple):
    """A session with a new secret, the cookie's value."""

    id: str
    secret: str
    expires_at: datetime
    ends_at: datetime | None


_CALLER = (
    select(
        users.c.id,
        sessions.c.id.label("session_id"),
        sessions.c.provider,
        users.c.email,
        users.c.name,
        users.c.timezone,
        users.c.locale,
        users.c.addresses,
        users.c.hold_seconds,
        sessions.c.expires_at,
        sessions.c.ends_at,
        sessions.c.seen_at,
    )
    .join(users, users.c.id == sessions.c.user_id)
    .where(sessions.c.id_hash == bindparam("hash"))
)
_VIEW = select(
    sessions.c.id,
    sessions.c.provider,
    sessions.c.created_at,
    sessions.c.expires_at,
    sessions.c.user_agent,
    sessions.c.name,
    sessions.c.seen_at,
    sessions.c.ends_at,
).where(sessions.c.user_id == bindparam("user"))


def live(now: datetime) -> ColumnElement[bool]:
    """The condition that a session has not ended."""
    return (sessions.c.expires_at > now) & (sessions.c.ends_at.is_(None) | (sessions.c.ends_at > now))


def well_formed(secret: str) -> bool:
    """Whether the text can be a session cookie at all; what cannot is refused without a look at the store."""
    return _SECRET.fullmatch(secret) is not None


def create(
    conn: WriteConn, user_id: str, provider: str, user_agent: str, now: datetime, lifetime: Lifetime, ids: Ids
) -> str:
    """Open a session for the user and return its secret."""
    return begin(conn, user_id, provider, user_agent, now, lifetime, ids).secret


def begin(
    conn: WriteConn,
    user_id: str,
    provider: str,
    user_agent: str,
    now: datetime,
    lifetime: Lifetime,
    ids: Ids,
    name: str = "",
) -> Opened:
    """Open a session for the user. What expired long ago goes on the way."""
    conn.execute(delete(sessions).where(sessions.c.expires_at <= now - KEPT))
    ends_at = now + lifetime.most
    opened = Opened(ids.new("sess"), ids.secret(), min(now + lifetime.idle, ends_at), ends_at)
    conn.execute(
        insert(sessions).values(
            id_hash=hashed(opened.secret),
            id=opened.id,
            user_id=user_id,
            provider=provider,
            created_at=now,
            seen_at=now,
            expires_at=opened.expires_at,
            ends_at=ends_at,
            user_agent=user_agent[: sizes.USER_AGENT],
            name=name[: sizes.NAME],
        )
    )
    return opened


def authenticate(conn: ReadConn, secret: str, now: datetime, via: Via, address: str = "") -> Known | Refusal:
    """Whose session this is, who acts `via` it from there; or why it is none."""
    row = conn.execute(_CALLER, {"hash": hashed(secret)}).first()
    if row is None:
        return "session_unknown"
    if now >= min(row.expires_at, row.ends_at or row.expires_at):
        return "session_expired"
    caller = Caller(
        row.id,
        row.session_id,
        row.provider,
        row.email,
        row.name,
        row.timezone,
        row.locale,
        tuple(row.addresses),
        via,
        address=address,
        hold_seconds=row.hold_seconds,
    )
    return Known(caller, row.seen_at)


def is_live(conn: ReadConn, user_id: str, session_id: str, now: datetime) -> bool:
    """Whether this session of the user has not ended."""
    query = select(sessions.c.id).where(sessions.c.id == session_id, sessions.c.user_id == user_id, live(now))
    return conn.execute(query).first() is not None


def keep_alive(conn: WriteConn, caller: Caller, now: datetime, lifetime: Lifetime) -> None:
    """Note that a session is used, from which its time counts anew; not one that has ended, and not if that was just
    noted."""
    noted = sessions.c.seen_at > now - lifetime.seen_every
    conn.execute(
        update(sessions)
        .where(_own(caller), live(now), or_(sessions.c.seen_at.is_(None), ~noted))
        .values(seen_at=now, expires_at=_until(now, lifetime))
    )


def rotate(
    conn: WriteConn, caller: Caller, before: str | None, now: datetime, lifetime: Lifetime, ids: Ids
) -> Opened | None:
    """Give the session a new secret in the place of `before`, that of the request; the old cookie is worth nothing from
    now on. Its time counts anew, up to its end.

    For whenever more is permitted than before (OWASP ASVS 5.0, 7.2.4). None: the session has just ended, or another
    request has renewed it.
    """
    secret = ids.secret()
    row = conn.execute(
        update(sessions)
        .where(_own(caller), live(now), sessions.c.id_hash == hashed(before or ""))
        .values(id_hash=hashed(secret), seen_at=now, expires_at=_until(now, lifetime))
        .returning(sessions.c.expires_at, sessions.c.ends_at)
    ).first()
    return None if row is None else Opened(caller.session_id, secret, row.expires_at, row.ends_at)


def _own(caller: Caller) -> ColumnElement[bool]:
    return (sessions.c.id == caller.session_id) & (sessions.c.user_id == caller.user_id)


def _until(now: datetime, lifetime: Lifetime) -> ColumnElement[Any]:
    until = bindparam("until", now + lifetime.idle, type_=sessions.c.expires_at.type)
    return case((sessions.c.ends_at < until, sessions.c.ends_at), else_=until)


def rename(conn: WriteConn, user_id: str, session_id: str, name: str) -> bool:
    """Call the device of one of the user's sessions so; False when the user has no such session."""
    named = update(sessions).where(sessions.c.id == session_id, sessions.c.user_id == user_id).values(name=name)
    return bool(conn.execute(named).rowcount)


def revoke(conn: WriteConn, user_id: str, session_id: str) -> bool:
    """End one of the user's sessions, by its public id; False when the user has no such session."""
    return bool(
        conn.execute(delete(sessions).where(sessions.c.id == session_id, sessions.c.user_id == user_id)).rowcount
    )


def revoke_all(conn: WriteConn, user_id: str, now: datetime, keep: str | None = None) -> int:
    """End all of the user's sessions, or all but the one with this public id; how many had not ended by themselves."""
    others = (sessions.c.user_id == user_id) & (sessions.c.id != (keep or ""))
    ended = conn.execute(delete(sessions).where(others, live(now))).rowcount
    conn.execute(delete(sessions).where(others))
    return ended


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
    return SessionView(*row) if row else None


class Place(NamedTuple):
    """Where a page of sessions ended."""

    created_at: datetime
    id: str


def of_user(
    conn: ReadConn, user_id: str, limit: int, after: Place | None, now: datetime
) -> tuple[list[SessionView], Place | None]:
    """At most `limit` of the user's live sessions, the newest first, behind `after`; and where this page ended, if
    there is more."""
    found = _VIEW.where(live(now)).order_by(sessions.c.created_at.desc(), sessions.c.id.desc())
    if after is not None:
        found = found.where(tuple_(sessions.c.created_at, sessions.c.id) < after)
    views = [SessionView(*row) for row in conn.execute(found.limit(limit + 1), {"user": user_id})]
    return views[:limit], Place(views[limit - 1].created_at, views[limit - 1].id) if len(views) > limit else None
