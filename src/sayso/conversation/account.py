"""All that is kept of a user: given out whole, and deleted whole.

Both follow the tables: what belongs to a user has his id, or belongs to something that does.
"""

from base64 import b64encode
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import LargeBinary, Table, delete, select

from sayso.base.errors import ThreadBusy
from sayso.conversation import ledger, records, views
from sayso.conversation.nouns import Thread
from sayso.conversation.threads import turns_of
from sayso.identity import audit, users
from sayso.identity.audit import AuditEntry, Source
from sayso.identity.types import UserView
from sayso.store.gateway import PIECE, ReadConn, WriteConn, each, pieces
from sayso.store.tables import accounts as connected
from sayso.store.tables import (
    api_tokens,
    device_links,
    identities,
    memories,
    metadata,
    plans,
    queued_messages,
    sessions,
    spent,
    threads,
    user_models,
)
from sayso.store.tables import users as accounts
from sayso.workspace.local.own_addresses import change_addresses

Json = dict[str, Any]

LOCAL = "local_"  # what the names of the embedded workspace's tables begin with


def export(conn: ReadConn, user_id: str, now: datetime) -> Json:
    """Everything of the user but secrets and copies: the account, sessions, tokens, connected accounts, who did what,
    what is remembered, the language model and what it took, threads with messages and plans with their trail, and the
    embedded workspace.

    Lists are iterators, which read on while they are written.
    """
    user = conn.execute(select(accounts).where(accounts.c.id == user_id)).one()
    mine = select(threads).where(threads.c.user_id == user_id).order_by(threads.c.created_at, threads.c.pk)
    workspace = [table for table in metadata.sorted_tables if table.name.startswith(LOCAL) and "user_id" in table.c]
    return {
        "exported_at": now,
        "user": user._asdict(),
        "identities": _rows(conn, identities, user_id),
        "sessions": _rows(conn, sessions, user_id, hidden=("id_hash",)),
        "devices": _rows(conn, device_links, user_id, hidden=("code_hash", "browser_hash")),
        "tokens": _rows(conn, api_tokens, user_id, hidden=("secret_hash",)),
        "audit": (_entry(entry) for entry in audit.all_of(conn, user_id)),
        "accounts": _rows(conn, connected, user_id),
        "memories": _rows(conn, memories, user_id),
        "model": _rows(conn, user_models, user_id, hidden=("sealed",)),
        "spent": _rows(conn, spent, user_id),
        "threads": (_thread(conn, Thread.from_row(row)) for row in each(conn, mine)),
        "workspace": {table.name.removeprefix(LOCAL): _rows(conn, table, user_id) for table in workspace},
    }


def _thread(conn: ReadConn, thread: Thread) -> Json:
    waiting = records.waiting_plan(conn, thread.pk) is not None
    kept = conn.execute(select(queued_messages).where(queued_messages.c.thread_pk == thread.pk)).first()
    return {
        **asdict(views.thread_summary(thread, waiting)),
        "conversation_history": [{"role": role, "content": content} for role, content in thread.preamble],
        "messages": (message for turn in turns_of(conn, thread.pk) for message in views.messages_of(turn)),
        "queued_message": kept.data["message"] if kept else None,
        "plans": _plans(conn, thread.pk),
    }


def _plans(conn: ReadConn, thread_pk: str) -> Iterator[Json]:
    for plans_there in records.each_plans(conn, thread_pk):
        for plan in views.plan_views(conn, plans_there):
            yield asdict(plan) | {"events": records.trail(conn, plan.id)}


def _rows(conn: ReadConn, table: Table, user_id: str, hidden: tuple[str, ...] = ()) -> Iterator[Json]:
    """The user's rows, without his id on each and without the search columns, which repeat the others; bytes in
    base64."""
    shown = [
        column for column in table.c if column.name not in ("user_id", *hidden) and not column.name.startswith("find_")
    ]
    most = 1 if any(isinstance(column.type, LargeBinary) for column in shown) else PIECE
    return (
        {
            name: b64encode(value).decode() if isinstance(value, bytes) else value
            for name, value in row._asdict().items()
        }
        for rows in pieces(conn, select(*shown).where(table.c.user_id == user_id), most)
        for row in rows
    )


def _entry(entry: AuditEntry) -> Json:
    return {name: value for name, value in asdict(entry).items() if name not in ("seq", "user_id")}


def change(conn: WriteConn, user_id: str, changes: Mapping[str, Any]) -> UserView:
    """Set what an account's owner may set; with his addresses, his mails are where they belong. In one transaction."""
    if "addresses" in changes:
        change_addresses(conn, user_id, changes["addresses"])
    return users.change(conn, user_id, {name: value for name, value in changes.items() if name != "addresses"})


def erase(conn: WriteConn, user_id: str, now: datetime) -> None:
    """Delete the user and everything of his, in every table. What waits will never run.

    Raises ThreadBusy while something of his runs: what it still had to record would be lost.
    """
    locked = conn.execute(select(threads).where(threads.c.user_id == user_id).with_for_update()).all()
    answering = any(Thread.from_row(row).answering(now) for row in locked)
    for plan in conn.execute(select(plans.c.id).where(plans.c.user_id == user_id, plans.c.status == "confirmed")):
        ledger.drop_held(conn, plan.id, now)
    if answering or records.user_busy(conn, user_id, now):
        raise ThreadBusy("Something of yours is still running; delete your data when that has ended or was stopped.")
    conn.execute(delete(accounts).where(accounts.c.id == user_id))  # every other table's rows of his go with it
    audit.record(conn, "user_deleted", None, now, Source(), {"user": user_id})
