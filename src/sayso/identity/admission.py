"""Who may sign in through an issuer, and stay signed in: those of SAYSO_ALLOWED_USERS; without any, the owner alone.

The local user, who proves himself at the machine's terminal, is apart from that.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from sayso.base.ids import Ids
from sayso.identity import users
from sayso.identity.providers.local import PROVIDER
from sayso.identity.types import Profile
from sayso.store.gateway import ReadConn, WriteConn
from sayso.store.tables import identities
from sayso.store.tables import users as accounts

Linked = Literal["added", "known", "taken", "refused"]


class Admission:
    """`allowed`: addresses and @domains in lower case. `issuers`: their addresses, by the ids of the providers."""

    def __init__(self, allowed: Sequence[str] = (), issuers: Mapping[str, str] | None = None) -> None:
        self._allowed = frozenset(allowed)
        self._issuers = dict(issuers or {})

    @property
    def usable(self) -> list[str]:
        """The issuers through which anybody can sign in, the embedded one among them."""
        return [PROVIDER, *self._issuers.values()]

    def provider_of(self, issuer: str) -> str | None:
        """The id of the provider that stands for this issuer here."""
        if issuer == PROVIDER:
            return PROVIDER
        return next((provider for provider, url in self._issuers.items() if url == issuer), None)

    def admit(self, conn: WriteConn, profile: Profile, now: datetime, ids: Ids) -> tuple[str, bool] | None:
        """The user with this profile, and whether he was made by this call; None: he may not sign in."""
        if profile.issuer == PROVIDER:
            return users.ensure(conn, PROVIDER, profile, now, ids)
        users.remember_email(conn, profile.issuer, profile)
        if self._allowed:
            return users.ensure(conn, profile.issuer, profile, now, ids) if self._names(profile) else None
        user_id, created = users.ensure(conn, profile.issuer, profile, now, ids)
        if _owns(conn, user_id) or _claim(conn, user_id):
            return user_id, created
        if created:
            conn.execute(accounts.delete().where(accounts.c.id == user_id))
        return None

    def link(self, conn: WriteConn, user_id: str, profile: Profile) -> Linked:
        """Let a signed-in user sign in by this profile too, if that would let him in."""
        if users.find(conn, profile.issuer, profile.subject) not in (None, user_id):
            return "taken"
        if not (self._names(profile) if self._allowed else _owns(conn, user_id) or _claim(conn, user_id)):
            return "refused"
        if users.add_identity(conn, user_id, profile.issuer, profile):
            return "added"
        users.remember_email(conn, profile.issuer, profile)
        return "known" if users.find(conn, profile.issuer, profile.subject) == user_id else "taken"

    def stays(self, conn: ReadConn, user_id: str, provider_id: str) -> bool:
        """Whether a session that the user opened through this provider still counts."""
        return provider_id == PROVIDER or self._lets_in(conn, user_id, [self._issuers.get(provider_id, "")])

    def has_a_way(self, conn: ReadConn, user_id: str) -> bool:
        """Whether the user could sign in by any provider: if not, his tokens do not count either."""
        local = select(identities.c.user_id).where(identities.c.user_id == user_id, identities.c.issuer == PROVIDER)
        return conn.execute(local).first() is not None or self._lets_in(conn, user_id, [*self._issuers.values()])

    def _lets_in(self, conn: ReadConn, user_id: str, issuers: Sequence[str]) -> bool:
        mine = (identities.c.user_id == user_id) & identities.c.issuer.in_(issuers)
        found = select(accounts.c.owner, identities.c.email).join(accounts, accounts.c.id == identities.c.user_id)
        return any(
            self._names_address(row.email) if self._allowed else row.owner for row in conn.execute(found.where(mine))
        )

    def _names(self, profile: Profile) -> bool:
        return self._names_address(profile.verified_email)

    def _names_address(self, email: str) -> bool:
        # Only ASCII is folded: the Kelvin sign in lower case is a k, and so another's address.
        address = email.lower() if email.isascii() else email
        return bool(address) and not self._allowed.isdisjoint((address, f"@{address.rpartition('@')[2]}"))


def _owns(conn: WriteConn, user_id: str) -> bool:
    return bool(conn.execute(select(accounts.c.owner).where(accounts.c.id == user_id)).scalar())


def _claim(conn: WriteConn, user_id: str) -> bool:
    """Make the user the owner if there is none. Of two at once the unique index lets one through."""
    nobody = ~select(accounts.c.id).where(accounts.c.owner).exists()
    try:
        with conn.begin_nested():
            mine = update(accounts).where(accounts.c.id == user_id, nobody).values(owner=True)
            return bool(conn.execute(mine).rowcount)
    except IntegrityError:
        return False
