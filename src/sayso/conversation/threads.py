"""Threads and their turns: rows, the turn lease, the recent window."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    ColumnElement,
    Double,
    Integer,
    Select,
    Text,
    bindparam,
    cast,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    tuple_,
    type_coerce,
    update,
)
from sqlalchemy.dialects.postgresql import insert as upsert_pg
from sqlalchemy.dialects.sqlite import insert as upsert_sqlite

from sayso.agent.context import MOVED_BY
from sayso.agent.models import OFFLINE
from sayso.base.errors import NotFound, ThreadBusy
from sayso.conversation.nouns import Call, Thread, Turn, WholeTurn
from sayso.conversation.types import Message, ThreadUsage
from sayso.english.titles import title_of
from sayso.store.gateway import ReadConn, WriteConn, each
from sayso.store.tables import actions, plans, threads, turns

WINDOW = 20
"""Turns that a model is given, or some more: what a turn costs does not grow with the thread."""

# Statements of a turn are built once: putting one together takes longer than running it.
_by_id = select(threads).where(threads.c.user_id == bindparam("user"), threads.c.id == bindparam("thread"))
_lock_id = _by_id.with_for_update()
_lock_pk = select(threads).where(threads.c.pk == bindparam("thread")).with_for_update()


def find(conn: ReadConn | WriteConn, user_id: str, thread_id: str) -> Thread:
    """The user's thread of that id. Raises NotFound, also for another's (P9)."""
    return _found(conn, _by_id, user=user_id, thread=thread_id)


def lock(conn: WriteConn, user_id: str, thread_id: str) -> Thread:
    """`find`, and keep other transactions off the thread until this one ends.

    Every transaction that decides takes this lock first, so that none waits for another in a circle.
    """
    return _found(conn, _lock_id, user=user_id, thread=thread_id)


def lock_pk(conn: WriteConn, thread_pk: str) -> Thread:
    """`lock`, by the thread's own key."""
    return _found(conn, _lock_pk, thread=thread_pk)


def _found(conn: ReadConn | WriteConn, query: Select[Any], **values: str) -> Thread:
    row = conn.execute(query, values).first()
    if row is None:
        raise NotFound("There is no such thread.")
    return Thread.from_row(row)


_open = {
    dialect: upsert(threads).on_conflict_do_nothing(index_elements=[threads.c.user_id, threads.c.id])
    for dialect, upsert in (("sqlite", upsert_sqlite), ("postgresql", upsert_pg))
}


def ensure(conn: WriteConn, user_id: str, message: Message, pk: str, now: datetime) -> Thread:
    """The user's thread of the message, locked; opened under `pk` when there is none yet."""
    new = {
        "pk": pk,
        "user_id": user_id,
        "id": message.thread_id,
        "title": title_of(message.text),
        "preamble": [list(item) for item in message.preamble],
        "created_at": now,
        "updated_at": now,
    }
    conn.execute(_open[conn.dialect.name], new)
    return lock(conn, user_id, message.thread_id)


# --- the turn lease: one turn a thread at a time ---------------------------------------------------------------------


_take_lease = (
    update(threads)
    .where(
        threads.c.pk == bindparam("thread"),
        or_(threads.c.lease_token.is_(None), threads.c.lease_until <= bindparam("now")),
    )
    .values(lease_token=bindparam("token"), lease_until=bindparam("until"), stop_requested=0)
)
_held = (threads.c.pk == bindparam("thread"), threads.c.lease_token == bindparam("token"))
_renew_lease = update(threads).where(*_held).values(lease_until=bindparam("until")).returning(threads.c.stop_requested)
_drop_lease = update(threads).where(*_held).values(lease_token=None)


def take_lease(conn: WriteConn, thread_pk: str, token: str, now: datetime, until: datetime) -> None:
    """Begin a turn. Raises ThreadBusy while another holds the thread."""
    taken = conn.execute(_take_lease, {"thread": thread_pk, "token": token, "now": now, "until": until})
    if taken.rowcount != 1:
        raise ThreadBusy


def renew_lease(conn: WriteConn, thread_pk: str, token: str, until: datetime) -> bool:
    """Prolong the lease of a turn under way. Returns whether the turn may go on: nobody asked it to stop."""
    row = conn.execute(_renew_lease, {"thread": thread_pk, "token": token, "until": until}).first()
    return row is not None and not row.stop_requested


def drop_lease(conn: WriteConn, thread_pk: str, token: str) -> bool:
    """End a turn that left nothing behind; whether it held the thread."""
    return conn.execute(_drop_lease, {"thread": thread_pk, "token": token}).rowcount == 1


def request_stop(conn: WriteConn, thread_pk: str, now: datetime) -> bool:
    """Ask the turn under way to stop. False: there is none."""
    asked = conn.execute(
        update(threads)
        .where(threads.c.pk == thread_pk, threads.c.lease_token.is_not(None), threads.c.lease_until > now)
        .values(stop_requested=1)
    )
    return asked.rowcount == 1


_append = (
    update(threads)
    .where(threads.c.pk == bindparam("thread"))
    .values(turns=threads.c.turns + 1, updated_at=bindparam("ended"), last_word=bindparam("word"))
    .returning(threads)
)
_append_held = _append.where(threads.c.lease_token == bindparam("token")).values(lease_token=None)
_new_turn = insert(turns).inline()


def append(conn: WriteConn, thread_pk: str, turn: WholeTurn, last_word: str | None, lease: str | None) -> Thread | None:
    """Append a finished turn; the thread as it is then, locked.

    With `lease` only while that lease is held, which ends it: None means that it was lost and nothing is stored.
    `last_word` is the plan that this turn proposed as the last thing said, if any.
    """
    values = {"thread": thread_pk, "ended": turn.ended_at, "word": last_word}
    held = conn.execute(_append, values) if lease is None else conn.execute(_append_held, {**values, "token": lease})
    row = held.first()
    if row is None:
        return None
    thread = Thread.from_row(row)
    conn.execute(_new_turn, {"thread_pk": thread_pk, "seq": thread.turns, **turn.columns()})
    return thread


_turn = select(turns).where(turns.c.thread_pk == bindparam("thread"), turns.c.id == bindparam("turn"))
_last_turn = select(turns.c.kind, turns.c.plan_id).where(
    turns.c.thread_pk == bindparam("thread"), turns.c.seq == bindparam("last")
)


def turn(conn: ReadConn | WriteConn, thread_pk: str, turn_id: str) -> Turn | None:
    """The thread's turn of that id, if it is stored."""
    row = conn.execute(_turn, {"thread": thread_pk, "turn": turn_id}).one_or_none()
    return None if row is None else Turn.from_row(row)


def last_turn(conn: WriteConn, thread: Thread) -> tuple[str, str | None]:
    """The kind of the thread's last turn, and the plan that it proposed, decided or told of, if any."""
    row = conn.execute(_last_turn, {"thread": thread.pk, "last": thread.turns}).one()
    return row.kind, row.plan_id


_window = (
    select(turns)
    .where(turns.c.thread_pk == bindparam("thread"), turns.c.seq > bindparam("before"))
    .order_by(turns.c.seq)
)
_calls = (
    select(actions, plans.c.status.label("plan_status"), plans.c.words)
    .join(plans)
    .where(actions.c.turn_id.in_(bindparam("turns", expanding=True)))
    .order_by(plans.c.ordinal)
)


def window(conn: ReadConn | WriteConn, thread: Thread) -> tuple[list[WholeTurn], dict[str, list[Call]]]:
    """The thread's most recent turns, oldest first, and by turn id the actions whose calls they hold.

    Of a call whose action was edited there are several rows; the last one is the one that counts.
    """
    before = max(thread.turns - WINDOW, 0) // MOVED_BY * MOVED_BY
    rows = conn.execute(_window, {"thread": thread.pk, "before": before})
    recent = [WholeTurn.from_row(row) for row in rows]
    calls: dict[str, list[Call]] = {}
    if any(turn.plan_id for turn in recent):
        for call in map(Call.from_row, conn.execute(_calls, {"turns": [turn.id for turn in recent]})):
            calls.setdefault(call.turn_id, []).append(call)
    return recent, calls


# --- the list --------------------------------------------------------------------------------------------------------

_waiting = exists().where(plans.c.thread_pk == threads.c.pk, plans.c.status == "pending")


def page(conn: ReadConn, user_id: str, limit: int, before: tuple[datetime, str] | None) -> list[tuple[Thread, bool]]:
    """The user's threads, the latest first, at most `limit`, after the cursor (updated_at, pk) of the last page; and of
    each, whether a plan waits on it."""
    query = (
        select(threads, _waiting.label("waiting"))
        .where(threads.c.user_id == user_id, threads.c.turns > 0)
        .order_by(threads.c.updated_at.desc(), threads.c.pk.desc())
        .limit(limit)
    )
    if before is not None:
        query = query.where(tuple_(threads.c.updated_at, threads.c.pk) < before)
    return [(Thread.from_row(row), bool(row.waiting)) for row in conn.execute(query)]


_turns = select(
    *(column for column in turns.c if column.name != "messages"), func.length(turns.c.actions).label("read_length")
)


def turns_of(conn: ReadConn, thread_pk: str) -> Iterator[Turn]:
    """The thread's turns, oldest first, a few at a time."""
    return map(Turn.from_row, each(conn, _turns.where(turns.c.thread_pk == thread_pk).order_by(turns.c.seq)))


def turns_back(conn: ReadConn, thread_pk: str, end: int | None) -> Iterator[tuple[Turn, int]]:
    """The thread's turns up to number `end`, the latest first, and how many characters the reads of each found."""
    query = _turns.where(turns.c.thread_pk == thread_pk).order_by(turns.c.seq.desc())
    for row in each(conn, query if end is None else query.where(turns.c.seq <= end)):
        yield Turn.from_row(row), row.read_length


def turn_of(conn: ReadConn, thread_pk: str, turn_id: str) -> int:
    """The number of that turn in the thread. Raises NotFound."""
    query = select(turns.c.seq).where(turns.c.thread_pk == thread_pk, turns.c.id == turn_id)
    seq: int | None = conn.execute(query).scalar()
    if seq is None:
        raise NotFound("There is no such message on this thread.")
    return seq


def usage(conn: ReadConn, thread_pk: str) -> ThreadUsage:
    """What the thread's turns took, in one pass over their accounts; the offline model's take nothing."""
    row = conn.execute(_usage[conn.dialect.name], {"thread": thread_pk, "offline": OFFLINE}).one()
    told: ThreadUsage = {
        "requests": row.requests, "input_tokens": row.input_tokens, "output_tokens": row.output_tokens
    }  # fmt: skip
    if row.costs and row.costs == row.turns:
        told["cost"] = round(row.cost, 6)
    return told


def _summed(field: Callable[[str], ColumnElement[Any]]) -> Select[Any]:
    """The sums over a thread's turns; `field`: how a database reads a field of their JSON."""
    numbers = ("requests", "input_tokens", "output_tokens")
    cost = cast(field("cost_usd"), Double)
    columns: list[ColumnElement[Any]] = [
        *(func.coalesce(func.sum(cast(field(name), Integer)), 0).label(name) for name in numbers),
        func.count().label("turns"),
        func.count(cost).label("costs"),
        func.sum(cost).label("cost"),
    ]
    return select(*columns).where(turns.c.thread_pk == bindparam("thread"), field("model") != bindparam("offline"))


_usage_text = type_coerce(turns.c.usage, Text)  # as it is stored
_usage = {
    "sqlite": _summed(lambda name: func.json_extract(_usage_text, f"$.{name}")),
    "postgresql": _summed(lambda name: cast(_usage_text, JSON).op("->>", return_type=Text())(name)),
}


def rename(conn: WriteConn, thread_pk: str, title: str) -> None:
    conn.execute(update(threads).where(threads.c.pk == thread_pk).values(title=title))


def remove(conn: WriteConn, thread_pk: str) -> None:
    """Delete the thread with its turns, plans and their trail."""
    conn.execute(delete(threads).where(threads.c.pk == thread_pk))


def move_last_word(conn: WriteConn, thread_pk: str, old: str, new: str) -> None:
    """The proposal that was the last thing said is now another (an edit)."""
    conn.execute(update(threads).where(threads.c.pk == thread_pk, threads.c.last_word == old).values(last_word=new))
