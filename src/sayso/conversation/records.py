"""Plans, their actions and their trail as they are stored: reading only."""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, exists, false, func, or_, select, true, tuple_

from sayso.conversation.nouns import Action, Cancelled, Plan, ThreadPlan
from sayso.conversation.types import PlanPlace, PlanStatus
from sayso.store.gateway import ReadConn, WriteConn, pieces
from sayso.store.tables import actions, plan_events, plans, threads, turns

MOST_RECEIPTS = 20


def plan(conn: ReadConn | WriteConn, plan_id: str) -> Plan | None:
    return _first(conn, select(plans).where(plans.c.id == plan_id))


def _first(conn: ReadConn | WriteConn, query: Select[Any]) -> Plan | None:
    row = conn.execute(query).first()
    return None if row is None else Plan.from_row(row)


_with_thread = select(plans, threads.c.id.label("thread_id"), threads.c.title.label("thread_title")).join(
    threads, threads.c.pk == plans.c.thread_pk
)


def owned_plan(conn: ReadConn | WriteConn, user_id: str, plan_id: str) -> ThreadPlan | None:
    """The plan, if it is this user's (P9)."""
    row = conn.execute(_with_thread.where(plans.c.id == plan_id, plans.c.user_id == user_id)).first()
    return None if row is None else ThreadPlan.from_row(row)


_newest_first = (plans.c.created_at, plans.c.ordinal, plans.c.id)


def plans_of_user(
    conn: ReadConn, user_id: str, status: PlanStatus | None, most: int, after: PlanPlace | None
) -> list[ThreadPlan]:
    """At most so many of the user's plans, the latest first, behind `after`."""
    query = _with_thread.where(plans.c.user_id == user_id).order_by(*(key.desc() for key in _newest_first)).limit(most)
    if status is not None:
        query = query.where(plans.c.status == status)
    if after is not None:
        query = query.where(tuple_(*_newest_first) < after)
    return [ThreadPlan.from_row(row) for row in conn.execute(query)]


def plans_of_thread(thread_pk: str) -> Select[Any]:
    """The thread's plans, oldest first."""
    return _with_thread.where(plans.c.thread_pk == thread_pk).order_by(plans.c.ordinal)


def each_plans(conn: ReadConn, thread_pk: str) -> Iterator[list[ThreadPlan]]:
    """The thread's plans, oldest first, a few at a time."""
    for rows in pieces(conn, plans_of_thread(thread_pk)):
        yield [ThreadPlan.from_row(row) for row in rows]


def plans_beside(
    conn: ReadConn, thread_pk: str, named: Collection[str], earlier: bool, end: int | None
) -> list[ThreadPlan]:
    """The plans of the thread that messages name, with those that edits put in their place, and any that is still open.

    An edit's plan is named by no message: so they are those from the first that is named here (from the beginning,
    unless there are `earlier` messages) up to the first that only turns from number `end` on name.
    """
    ordinals = select(func.min(plans.c.ordinal), func.max(plans.c.ordinal))
    first, last = conn.execute(ordinals.where(plans.c.thread_pk == thread_pk, plans.c.id.in_(named))).one()
    theirs = true() if not earlier else false() if first is None else plans.c.ordinal >= first
    if end is not None:
        later = select(func.min(plans.c.ordinal)).join(turns, turns.c.plan_id == plans.c.id)
        later = later.where(turns.c.thread_pk == thread_pk, turns.c.seq >= end, plans.c.ordinal > (last or 0))
        until = conn.execute(later).scalar()
        theirs = theirs if until is None else and_(theirs, plans.c.ordinal < until)
    query = plans_of_thread(thread_pk).where(or_(plans.c.status.in_(("pending", "confirmed")), theirs))
    return [ThreadPlan.from_row(row) for row in conn.execute(query)]


def successors(conn: ReadConn | WriteConn, among: Sequence[Plan]) -> dict[str, str]:
    """By the id of each superseded plan among these, the plan that took its place."""
    superseded = [plan.id for plan in among if plan.status == "superseded"]
    if not superseded:
        return {}
    query = select(plan_events.c.plan_id, plan_events.c.data).where(
        plan_events.c.plan_id.in_(superseded), plan_events.c.kind == "superseded"
    )
    return {row.plan_id: row.data["by"] for row in conn.execute(query)}


def waiting_plan(conn: ReadConn | WriteConn, thread_pk: str) -> Plan | None:
    """The plan that waits on the thread."""
    return _first(conn, select(plans).where(plans.c.thread_pk == thread_pk, plans.c.status == "pending"))


def anything_late(conn: ReadConn, now: datetime) -> bool:
    """Whether the time of a waiting plan has run out."""
    late = select(plans.c.id).where(plans.c.status == "pending", plans.c.expires_at <= now).limit(1)
    return conn.execute(late).first() is not None


def latest_plan(conn: ReadConn | WriteConn, thread_pk: str) -> Plan | None:
    """The plan of the thread that was proposed last; so it was not superseded."""
    query = select(plans).where(plans.c.thread_pk == thread_pk).order_by(plans.c.ordinal.desc()).limit(1)
    return _first(conn, query)


def actions_of(conn: ReadConn | WriteConn, plan_ids: Sequence[str]) -> list[Action]:
    """The actions of these plans, in the order in which they run."""
    rows = conn.execute(select(actions).where(actions.c.plan_id.in_(plan_ids)).order_by(actions.c.position))
    return [Action.from_row(row) for row in rows]


def cancelled(conn: ReadConn) -> list[Cancelled]:
    """Every plan that was cancelled; also in a store of an earlier version."""
    query = select(plans.c.id, plans.c.decided_at, plans.c.decided_by, plans.c.words)
    return [Cancelled.from_row(row) for row in conn.execute(query.where(plans.c.status == "cancelled"))]


def done_before(conn: ReadConn | WriteConn, thread_pk: str, before: datetime) -> list[str]:
    """Receipts of the last actions on the thread that ended before then, oldest first."""
    query = (
        select(actions.c.receipt)
        .join(plans)
        .where(plans.c.thread_pk == thread_pk, actions.c.status == "succeeded", actions.c.ended_at <= before)
        .order_by(plans.c.ordinal.desc(), actions.c.position.desc())
        .limit(MOST_RECEIPTS)
    )
    return list(conn.execute(query).scalars())[::-1]


def unfinished(conn: ReadConn, now: datetime) -> list[tuple[str, str]]:
    """Confirmed plans that nobody is running: (plan id, user id). A live lease means that somebody is."""
    alive = exists().where(actions.c.plan_id == plans.c.id, actions.c.status == "running", actions.c.lease_until > now)
    rows = conn.execute(select(plans.c.id, plans.c.user_id).where(plans.c.status == "confirmed", ~alive)).all()
    return [(row.id, row.user_id) for row in rows]


def running(conn: ReadConn | WriteConn, thread_pk: str) -> str | None:
    """The thread's confirmed plan that is still being executed."""
    found: str | None = conn.execute(
        select(plans.c.id).where(plans.c.thread_pk == thread_pk, plans.c.status == "confirmed")
    ).scalar()
    return found


def trail(conn: ReadConn | WriteConn, plan_id: str) -> list[dict[str, Any]]:
    """The audit trail, oldest first."""
    rows = conn.execute(select(plan_events).where(plan_events.c.plan_id == plan_id).order_by(plan_events.c.seq))
    return [{"at": row.at, "kind": row.kind, "session_id": row.session_id, **row.data} for row in rows]
