"""Users, and the identities at providers by which they sign in."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from sqlalchemy import bindparam, delete, exists, func, insert, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert_pg
from sqlalchemy.dialects.sqlite import insert as upsert_sqlite

from sayso.base import sizes
from sayso.base.addresses import INVENTED
from sayso.base.ids import Ids
from sayso.identity import accounts
from sayso.identity.types import IdentityView, Profile, UserView
from sayso.store.gateway import ReadConn, WriteConn
from sayso.store.tables import identities, users

_BY_IDENTITY = select(identities.c.user_id).where(
    identities.c.issuer == bindparam("provider"), identities.c.subject == bindparam("subject")
)
_BY_ID = select(users).where(users.c.id == bindparam("user"))
_RUNS = select(users.c.id).where(
    users.c.id == bindparam("user"),
    or_(
        users.c.owner,
        exists().where(
            identities.c.user_id == users.c.id, identities.c.issuer == "local", identities.c.subject == "owner"
        ),
    ),
)
_SET_TIMEZONE = update(users).where(users.c.id == bindparam("user")).values(timezone=bindparam("zone"))


def find(conn: ReadConn | WriteConn, provider: str, subject: str) -> str | None:
    """The id of the user who signs in at `provider` as `subject`."""
    found: str | None = conn.execute(_BY_IDENTITY, {"provider": provider, "subject": subject}).scalar()
    return found


def ensure(conn: WriteConn, provider: str, profile: Profile, now: datetime, ids: Ids) -> tuple[str, bool]:
    """The id of the user with this profile, and whether the user was made by this call. A new one has the embedded
    workspace, empty, as an account."""
    found = find(conn, provider, profile.subject)
    if found:
        return found, False
    user_id = ids.new("user")
    email, name = profile.email or f"me@{INVENTED}", profile.name[: sizes.NAME] or "You"
    conn.execute(insert(users).values(id=user_id, email=email, name=name, created_at=now))
    if add_identity(conn, user_id, provider, profile):
        accounts.add_local(conn, user_id, now)
        return user_id, True
    conn.execute(delete(users).where(users.c.id == user_id))  # another server made the user meanwhile
    return str(find(conn, provider, profile.subject)), False


def add_identity(conn: WriteConn, user_id: str, provider: str, profile: Profile) -> bool:
    """Let the user sign in at `provider` by this profile too; False when somebody does already."""
    upsert = upsert_sqlite if conn.dialect.name == "sqlite" else upsert_pg
    added = upsert(identities).values(
        issuer=provider, subject=profile.subject, user_id=user_id, email=profile.verified_email
    )
    return conn.execute(added.on_conflict_do_nothing().returning(identities.c.user_id)).scalar() is not None


def remember_email(conn: WriteConn, provider: str, profile: Profile) -> None:
    """Keep what the issuer says of the address today: a changed one takes the place of the one before."""
    this = (identities.c.issuer == provider) & (identities.c.subject == profile.subject)
    conn.execute(update(identities).where(this).values(email=profile.verified_email))


def identities_of(conn: ReadConn | WriteConn, user_id: str) -> list[IdentityView]:
    """By what the user signs in."""
    mine = select(identities).where(identities.c.user_id == user_id).order_by(identities.c.issuer, identities.c.subject)
    return [IdentityView(row.issuer, row.subject, row.email) for row in conn.execute(mine)]


def remove_identity(conn: WriteConn, user_id: str, identity: IdentityView, usable: Collection[str]) -> bool:
    """Take one of the user's ways to sign in from him; False when no other is left at any of the `usable` issuers."""
    get(conn, user_id, lock=True)  # one at a time, so that two cannot take the last two
    mine = identities.c.user_id == user_id
    this = (identities.c.issuer == identity.issuer) & (identities.c.subject == identity.subject)
    others = select(func.count()).select_from(identities).where(mine, ~this, identities.c.issuer.in_(usable))
    if not conn.execute(others).scalar():
        return False
    conn.execute(delete(identities).where(mine, this))
    return True


def runs_server(conn: ReadConn | WriteConn, user_id: str) -> bool:
    """Whether it is the owner, or the local user, who sits at the server's own machine."""
    return conn.execute(_RUNS, {"user": user_id}).first() is not None


def change(conn: WriteConn, user_id: str, changes: Mapping[str, str | int | None]) -> UserView:
    """Set the user's name, timezone, locale or hold; the account as it is then."""
    if changes:
        conn.execute(update(users).where(users.c.id == user_id).values(changes))
    return get(conn, user_id)


def hold_of(conn: ReadConn | WriteConn, user_id: str) -> timedelta | None:
    """For how long the user has what goes to others held back; None: he has not said."""
    seconds = conn.execute(select(users.c.hold_seconds).where(users.c.id == user_id)).scalar()
    return None if seconds is None else timedelta(seconds=seconds)


def remember_timezone(conn: WriteConn, user_id: str, timezone: str) -> None:
    """Keep the user's IANA time zone for the requests that do not name one."""
    conn.execute(_SET_TIMEZONE, {"user": user_id, "zone": timezone})


def emails(conn: ReadConn, user_ids: Collection[str]) -> dict[str, str]:
    """The addresses of these users, by id."""
    return {
        row.id: row.email for row in conn.execute(select(users.c.id, users.c.email).where(users.c.id.in_(user_ids)))
    }


def with_address(conn: ReadConn | WriteConn, address: str) -> list[str]:
    """The ids of the users who have this address, or sign in by it, whatever its case."""
    by_it = select(identities.c.user_id).where(func.lower(identities.c.email) == address.lower())
    found = select(users.c.id).where(or_(func.lower(users.c.email) == address.lower(), users.c.id.in_(by_it)))
    return list(conn.execute(found.order_by(users.c.id)).scalars())


def get(conn: ReadConn | WriteConn, user_id: str, lock: bool = False) -> UserView:
    """The user's account. Raises sqlalchemy's NoResultFound. `lock`: no other transaction changes it until this one
    ends."""
    row = conn.execute(_BY_ID.with_for_update() if lock else _BY_ID, {"user": user_id}).one()
    return UserView(row.id, row.email, row.name, row.timezone, row.locale, tuple(row.addresses), row.hold_seconds)


def ways(conn: ReadConn | WriteConn) -> dict[tuple[str, str], str]:
    """By issuer and subject, the user who signs in so."""
    found = conn.execute(select(identities.c.issuer, identities.c.subject, identities.c.user_id))
    return {(issuer, subject): user for issuer, subject, user in found}


def everybody(conn: ReadConn) -> set[str]:
    """The ids of all users."""
    return set(conn.execute(select(users.c.id)).scalars())


def keep_ways(conn: WriteConn, known: Mapping[tuple[str, str], str], there: set[str]) -> None:
    """Take away the ways to sign in that were taken away, or given to somebody else, since this store was copied.

    `known`: those of the store of which it is a copy, as they are by now; `there`: its users. Whoever is not among them
    was deleted since and comes back whole.
    """
    for (issuer, subject), user in ways(conn).items():
        if user in there and known.get((issuer, subject)) != user:
            this = (identities.c.issuer == issuer) & (identities.c.subject == subject)
            conn.execute(delete(identities).where(this))
