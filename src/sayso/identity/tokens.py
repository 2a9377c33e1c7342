"""Tokens by which a user's own programs act for him, each within its scopes. The store holds only their SHA-256 (P10).

A program without the scope `decide` proposes, and the user decides.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, delete, func, insert, or_, select, update

from sayso.base.errors import ScopeMissing, ValidationFailed
from sayso.base.ids import Ids, hashed
from sayso.identity import audit
from sayso.identity.audit import Source
from sayso.identity.types import SCOPES, Actor, Caller, Known, Refusal, Scope, TokenView
from sayso.store.gateway import ReadConn, WriteConn
from sayso.store.tables import api_tokens, users

PREFIX = "sayso_"
MOST = 50
"""Tokens that one user may have."""
USED_EVERY = timedelta(minutes=1)
"""How exactly the last use is kept."""
DECIDES = (
    "Whoever has this token confirms and cancels in your name: what it confirms runs, and nobody asks you. Keep it as "
    "you keep a password, and revoke it when its program needs it no more."
)
ONLY_YOU = (
    "Only you can decide this: a program whose token lacks the scope decide may propose, and you confirm or cancel it "
    "where you are signed in yourself."
)
NO_TOKEN = "No token can do this: sign in, and do it yourself."
_LACKS = "This token may not do that: it lacks the scope {scope}."
_SECRET = re.compile(rf"{PREFIX}[A-Za-z0-9_-]{{43}}")

_CALLER = (
    select(
        users.c.id,
        users.c.email,
        users.c.name,
        users.c.timezone,
        users.c.locale,
        users.c.addresses,
        users.c.hold_seconds,
        api_tokens.c.id.label("token_id"),
        api_tokens.c.scopes,
        api_tokens.c.expires_at,
        api_tokens.c.used_at,
    )
    .join(users, users.c.id == api_tokens.c.user_id)
    .where(api_tokens.c.secret_hash == bindparam("hash"))
)
_VIEW = select(
    api_tokens.c.id,
    api_tokens.c.name,
    api_tokens.c.scopes,
    api_tokens.c.created_at,
    api_tokens.c.expires_at,
    api_tokens.c.used_at,
).where(api_tokens.c.user_id == bindparam("user"))


def well_formed(secret: str) -> bool:
    """Whether the text can be a token at all; what cannot is refused without a look at the store."""
    return _SECRET.fullmatch(secret) is not None


def require(actor: Actor | Caller, scope: Scope | None) -> None:
    """See that this may be done by the actor. `scope`: what a token needs for it; None: no token will do.

    Raises ScopeMissing.
    """
    if scope is None:
        if actor.via == "token":
            raise ScopeMissing(NO_TOKEN, scope="session")
    elif scope not in actor.scopes:
        raise ScopeMissing(ONLY_YOU if scope == "decide" else _LACKS.format(scope=scope), scope=scope)


def create(
    conn: WriteConn,
    user_id: str,
    name: str,
    scopes: Collection[Scope],
    expires_at: datetime | None,
    now: datetime,
    ids: Ids,
) -> tuple[TokenView, str]:
    """Make a token for the user; with its secret, which is told this once. Raises ValidationFailed: he has too many."""
    count = select(func.count()).select_from(api_tokens).where(api_tokens.c.user_id == user_id)
    if conn.execute(count).scalar_one() >= MOST:
        told = f"You have {MOST} tokens; revoke one that is not needed any more."
        raise ValidationFailed(told, fields=[{"field": "name", "message": told}])
    given = tuple(scope for scope in SCOPES if scope in scopes)
    made, secret = TokenView(ids.new("tok"), name, given, now, expires_at, None), PREFIX + ids.secret()
    conn.execute(
        insert(api_tokens).values(
            user_id=user_id,
            id=made.id,
            secret_hash=hashed(secret),
            name=name,
            scopes=list(given),
            created_at=now,
            expires_at=expires_at,
        )
    )
    return made, secret


def authenticate(conn: ReadConn, secret: str, now: datetime, address: str = "") -> Known | Refusal:
    """In whose name this token acts, and how far; or why it is none."""
    row = conn.execute(_CALLER, {"hash": hashed(secret)}).first()
    if row is None:
        return "token_unknown"
    if row.expires_at is not None and now >= row.expires_at:
        return "token_expired"
    caller = Caller(
        row.id,
        row.token_id,
        "token",
        row.email,
        row.name,
        row.timezone,
        row.locale,
        tuple(row.addresses),
        "token",
        frozenset(row.scopes),
        address,
        row.hold_seconds,
    )
    return Known(caller, row.used_at)


def is_live(conn: ReadConn, user_id: str, token_id: str, now: datetime) -> bool:
    """Whether this token of the user is neither revoked nor expired."""
    endless = or_(api_tokens.c.expires_at.is_(None), api_tokens.c.expires_at > now)
    query = select(api_tokens.c.id).where(api_tokens.c.id == token_id, api_tokens.c.user_id == user_id, endless)
    return conn.execute(query).first() is not None


def note_use(conn: WriteConn, caller: Caller, now: datetime) -> None:
    """Note that a token is used, unless that was just noted."""
    noted = api_tokens.c.used_at > now - USED_EVERY
    own = (api_tokens.c.id == caller.session_id) & (api_tokens.c.user_id == caller.user_id)
    conn.execute(update(api_tokens).where(own, or_(api_tokens.c.used_at.is_(None), ~noted)).values(used_at=now))


def revoke(conn: WriteConn, user_id: str, token_id: str) -> str | None:
    """End one of the user's tokens; its name, or None when the user has no such token."""
    gone = delete(api_tokens).where(api_tokens.c.id == token_id, api_tokens.c.user_id == user_id)
    name: str | None = conn.execute(gone.returning(api_tokens.c.name)).scalar()
    return name


def revoke_all(conn: WriteConn, user_id: str) -> int:
    """End all of the user's tokens; how many there were."""
    return conn.execute(delete(api_tokens).where(api_tokens.c.user_id == user_id)).rowcount


def of_user(conn: ReadConn, user_id: str) -> list[TokenView]:
    """The user's tokens, the newest first; also those that have expired."""
    query = _VIEW.order_by(api_tokens.c.created_at.desc(), api_tokens.c.id.desc())
    return [_view(*row) for row in conn.execute(query, {"user": user_id})]


def current(conn: ReadConn, caller: Caller) -> TokenView | None:
    """The token that the request came with; None: it has just been revoked."""
    row = conn.execute(_VIEW.where(api_tokens.c.id == caller.session_id), {"user": caller.user_id}).first()
    return _view(*row) if row else None


def named(conn: ReadConn | WriteConn, actor: Actor) -> dict[str, str]:
    """For the audit: the name of the token by which the actor acts, if he acts by one."""
    if actor.via != "token":
        return {}
    query = select(api_tokens.c.name).where(api_tokens.c.id == actor.session_id, api_tokens.c.user_id == actor.user_id)
    return {"token": conn.execute(query).scalar() or ""}


def audited(conn: WriteConn, kind: audit.Kind, actor: Actor, at: datetime, data: Mapping[str, Any]) -> None:
    """A line in the audit of what the actor did, which names the token by which he did it, if by one."""
    audit.record(conn, kind, actor.user_id, at, Source.of(actor), {**data, **named(conn, actor)})


def hashes(conn: ReadConn) -> set[str]:
    """How all tokens are stored."""
    return set(conn.execute(select(api_tokens.c.secret_hash)).scalars())


def end_others(conn: WriteConn, keep: Collection[str]) -> None:
    """End every token but those with these hashes."""
    gone: Sequence[dict[str, str]] = [{"gone": known} for known in hashes(ReadConn(conn)) if known not in keep]
    if gone:
        conn.execute(delete(api_tokens).where(api_tokens.c.secret_hash == bindparam("gone")), gone)


def _view(token_id: str, name: str, scopes: Sequence[Scope], *times: Any) -> TokenView:
    return TokenView(token_id, name, tuple(scopes), *times)
