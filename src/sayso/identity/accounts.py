"""The systems that users have connected: whose they are, what they serve, and the state they are in.

Ids are a user's own, so every function takes both. This module alone writes the table.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Final, Literal, cast

from sqlalchemy import Row, bindparam, delete, select, update
from sqlalchemy.dialects.postgresql import insert as upsert_pg
from sqlalchemy.dialects.sqlite import insert as upsert_sqlite

from sayso.identity import audit
from sayso.identity.audit import Source
from sayso.store.gateway import ReadConn, WriteConn
from sayso.store.tables import accounts

LOCAL = "local"
"""Id and kind of the embedded workspace's account."""
LOCAL_SERVES = ("calendar", "tasks", "mail", "contacts")

State = Literal["connected", "reconnect_needed", "unreachable"]
Why = Literal["revoked", "refused", "unreadable"]
"""Why an account has to be connected anew: its grant is over; the system takes its credentials no more; they cannot be
read here, as after the loss of the key."""
BECAUSE: Final[dict[Why, str]] = {
    "revoked": "its access was revoked",
    "refused": "it does not accept the sign-in any more",
    "unreadable": "its sign-in cannot be read here any more",
}

_OF_USER = (
    select(accounts)
    .where(accounts.c.user_id == bindparam("user"))
    .order_by(accounts.c.created_at, accounts.c.id != LOCAL, accounts.c.id)
)


@dataclass(frozen=True, slots=True)
class ConnectedAccount:
    user_id: str
    id: str
    kind: str
    label: str
    """What the user calls it; empty: it goes by its address."""
    address: str
    subject: str
    """Whose it is, by the provider's stable id; empty where there is none."""
    serves: tuple[str, ...]
    default_for: tuple[str, ...]
    """The parts for which the user chose it as the place of new things."""
    state: State
    since: datetime
    created_at: datetime
    servers: Mapping[str, Any] = field(default_factory=dict)
    scopes: tuple[str, ...] = ()
    checks: tuple[Mapping[str, Any], ...] = ()

    @property
    def name(self) -> str:
        return self.label or self.address or self.kind

    @property
    def reconnect(self) -> str:
        """What to do about an account that does not open: a sentence."""
        return self.reconnect_because(why_closed(self.checks))

    def reconnect_because(self, why: Why) -> str:
        return f"Reconnect your account {self.name} in Connections: {BECAUSE[why]}."


def why_closed(checks: Sequence[Mapping[str, Any]]) -> Why:
    """Why an account has to be connected again, as `need_reconnect` noted it."""
    return cast("Why", next((check["why"] for check in checks if "why" in check), "revoked"))


def of_user(conn: ReadConn | WriteConn, user_id: str) -> list[ConnectedAccount]:
    """The user's accounts, the oldest first."""
    return [_account(row) for row in conn.execute(_OF_USER, {"user": user_id})]


def find(conn: ReadConn | WriteConn, user_id: str, account_id: str, lock: bool = False) -> ConnectedAccount | None:
    """`lock`: no other transaction changes it until this one ends."""
    query = select(accounts).where(*_named(user_id, account_id))
    row = conn.execute(query.with_for_update() if lock else query).first()
    return None if row is None else _account(row)


def add(conn: WriteConn, account: ConnectedAccount) -> bool:
    """Add the account, unless the user has one of this id; whether it was added."""
    upsert = upsert_sqlite if conn.dialect.name == "sqlite" else upsert_pg
    row = upsert(accounts).values(asdict(account)).on_conflict_do_nothing().returning(accounts.c.id)
    return conn.execute(row).scalar() is not None


def add_local(conn: WriteConn, user_id: str, now: datetime) -> bool:
    """Give the user the embedded workspace as an account, if he has it not; whether it was added."""
    return add(conn, ConnectedAccount(user_id, LOCAL, LOCAL, "", "", "", LOCAL_SERVES, (), "connected", now, now))


def change(conn: WriteConn, user_id: str, account_id: str, changes: Mapping[str, Any]) -> None:
    """Set what is known of it."""
    if changes:
        conn.execute(update(accounts).where(*_named(user_id, account_id)).values(changes))


def reconnect(conn: WriteConn, user_id: str, account_id: str, now: datetime, changes: Mapping[str, Any]) -> None:
    """Set what was found when it was connected again; it is open from now on."""
    change(conn, user_id, account_id, {**changes, "state": "connected", "since": now})


def choose(conn: WriteConn, user_id: str, account_id: str, parts: Sequence[str]) -> None:
    """Make it the user's choice for new things of these parts and of no others, and no other account for them."""
    for account in of_user(conn, user_id):
        own = account.id == account_id
        chosen = [part for part in account.default_for if part not in parts]
        wanted = list(parts) if own else chosen
        if wanted != list(account.default_for):
            change(conn, user_id, account.id, {"default_for": wanted})


def remove(conn: WriteConn, user_id: str, account_id: str) -> bool:
    """Remove it, and with it what opens it."""
    return bool(conn.execute(delete(accounts).where(*_named(user_id, account_id))).rowcount)


def mark(conn: WriteConn, user_id: str, account_id: str, to: State, now: datetime, *was: State) -> bool:
    """Note the state if it is one of `was` so far; whether this call changed it."""
    marked = update(accounts).where(*_named(user_id, account_id), accounts.c.state.in_(was))
    return bool(conn.execute(marked.values(state=to, since=now)).rowcount)


def need_reconnect(conn: WriteConn, user_id: str, account_id: str, now: datetime, why: Why) -> bool:
    """Note, once, that only the user can open it again."""
    noted = mark(conn, user_id, account_id, "reconnect_needed", now, "connected", "unreachable")
    if noted:
        because = BECAUSE[why]
        check = {"name": "sign_in", "works": False, "message": f"{because[0].upper()}{because[1:]}.", "why": why}
        change(conn, user_id, account_id, {"checks": [check]})
        account = find(conn, user_id, account_id)
        address = account.address if account else ""
        told = {"account": account_id, "address": address, "reason": why}
        audit.record(conn, "reconnect_needed", user_id, now, Source(), told)
    return noted


def _named(user_id: str, account_id: str) -> tuple[Any, Any]:
    return accounts.c.user_id == user_id, accounts.c.id == account_id


def _account(row: Row[Any]) -> ConnectedAccount:
    values = row._asdict()
    lists = {name: tuple(values[name]) for name in ("serves", "default_for", "scopes", "checks")}
    return ConnectedAccount(**values | lists)
