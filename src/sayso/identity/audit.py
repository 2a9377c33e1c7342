"""Who signed in, was refused, decided, connected, granted and set what. Rows are added, and never changed.

This module alone writes the table. What it keeps holds no secret and no text of anybody's mail.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Row, insert, select

from sayso.identity.types import Actor, Via
from sayso.store.gateway import ReadConn, WriteConn, each
from sayso.store.tables import audit_events

Kind = Literal[
    "signed_in",
    "sign_in_refused",
    "signed_out",
    "session_revoked",
    "sessions_revoked",
    "identity_added",
    "identity_removed",
    "device_allowed",
    "device_refused",
    "token_made",
    "token_revoked",
    "account_connected",
    "account_reconnected",
    "account_changed",
    "account_removed",
    "reconnect_needed",
    "confirmed",
    "cancelled",
    "stopped",
    "decision_refused",
    "edited",
    "settings_changed",
    "model_changed",
    "data_exported",
    "user_deleted",
    "restored",
    "key_rotated",
]


@dataclass(frozen=True, slots=True)
class Source:
    """From where something was done. `by`: the public id of the session or the token; `address`: of the client."""

    via: Via | None = None
    by: str | None = None
    address: str = ""

    @classmethod
    def of(cls, actor: Actor) -> "Source":
        return cls(actor.via, actor.session_id, actor.address)


@dataclass(frozen=True, slots=True)
class AuditEntry:
    seq: int
    at: datetime
    kind: str
    via: str | None
    by: str | None
    address: str
    data: Mapping[str, Any]
    user_id: str | None


def record(
    conn: WriteConn,
    kind: Kind,
    user_id: str | None,
    at: datetime,
    source: Source,
    data: Mapping[str, Any] | None = None,
) -> None:
    """Add a line, in the transaction of what it tells. `user_id`: None for a stranger who was refused."""
    conn.execute(
        insert(audit_events).values(
            user_id=user_id,
            at=at,
            kind=kind,
            via=source.via,
            by=source.by,
            address=source.address[:64],
            data=dict(data or {}),
        )
    )


def of_user(conn: ReadConn, user_id: str, limit: int, before: int | None) -> tuple[list[AuditEntry], int | None]:
    """At most `limit` of the user's lines, the newest first, older than the line `before`; and where this page ended,
    if there is more."""
    query = select(audit_events).where(audit_events.c.user_id == user_id).order_by(audit_events.c.seq.desc())
    if before is not None:
        query = query.where(audit_events.c.seq < before)
    entries = [_entry(row) for row in conn.execute(query.limit(limit + 1))]
    return entries[:limit], entries[limit - 1].seq if len(entries) > limit else None


def all_of(conn: ReadConn, user_id: str) -> Iterator[AuditEntry]:
    """All of the user's lines, oldest first, which are read on while they are taken."""
    query = select(audit_events).where(audit_events.c.user_id == user_id).order_by(audit_events.c.seq)
    return (_entry(row) for row in each(conn, query))


def newest(conn: ReadConn, limit: int) -> Iterator[AuditEntry]:
    """The newest lines of everybody, refused strangers too, oldest first."""
    rows = conn.execute(select(audit_events).order_by(audit_events.c.seq.desc()).limit(limit)).all()
    return (_entry(row) for row in reversed(rows))


def _entry(row: Row[Any]) -> AuditEntry:
    return AuditEntry(row.seq, row.at, row.kind, row.via, row.by, row.address, row.data, row.user_id)
