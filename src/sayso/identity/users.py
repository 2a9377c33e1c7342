"""Users, and the identities at providers by which they sign in."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import bindparam, delete, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert_pg
from sqlalchemy.dialects.sqlite import insert as upsert_sqlite

from sayso.base import sizes
from sayso.base.ids import Ids
from sayso.identity.types import Profile, UserView
from sayso.store.gateway import ReadConn, WriteConn
from sayso.store.tables import identities, users

_BY_IDENTITY = select(identities.c.user_id).where(
    identities.c.provider == bindparam("provider"), identities.c.subject == bindparam("subject")
)
_BY_ID = select(users).where(users.c.id == bindparam("user"))
_SET_TIMEZONE = update(users).where(users.c.id == bindparam("user")).values(timezone=bindparam("zone"))


def find(conn: ReadConn | WriteConn, provider: str, subject: str) -> str | None:
    """The id of the user who signs in at `provider` as `subject`."""
    found: str | None = conn.execute(_BY_IDENTITY, {"provider": provider, "subject": subject}).scalar()
    return found


def ensure(conn: WriteConn, provider: str, profile: Profile, now: datetime, ids: Ids) -> tuple[str, bool]:
    """The id of the user with this profile, and whether the user was made by this call."""
    found = find(conn, provider, profile.subject)
    if found:
        return found, False
    user_id = ids.new("user")
    conn.execute(insert(users).values(id=user_id, email=profile.email, name=profile.name[: sizes.NAME], created_at=now))
    upsert = upsert_sqlite if conn.dialect.name == "sqlite" else upsert_pg
    identity = upsert(identities).values(provider=provider, subject=profile.subject, user_id=user_id)
    if conn.execute(identity.on_conflict_do_nothing().returning(identities.c.user_id)).scalar() is not None:
        return user_id, True
    conn.execute(delete(users).where(users.c.id == user_id))  # another server made the user meanwhile
    return str(find(conn, provider, profile.subject)), False


def change(conn: WriteConn, user_id: str, changes: Mapping[str, str | None]) -> UserView:
    """Set the user's name, timezone or locale; the account as it is then."""
    if changes:
        conn.execute(update(users).where(users.c.id == user_id).values(changes))
    return get(conn, user_id)


def remember_timezone(conn: WriteConn, user_id: str, timezone: str) -> None:
    """Keep the user's IANA time zone for the requests that do not name one."""
    conn.execute(_SET_TIMEZONE, {"user": user_id, "zone": timezone})


def get(conn: ReadConn | WriteConn, user_id: str, lock: bool = False) -> UserView:
    """The user's account. Raises sqlalchemy's NoResultFound. `lock`: no other transaction changes it until this one
    ends."""
    row = conn.execute(_BY_ID.with_for_update() if lock else _BY_ID, {"user": user_id}).one()
    return UserView(row.id, row.email, row.name, row.timezone, row.locale, tuple(row.addresses))
