"""Plans, their actions and their trail as they are stored: reading only."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, exists, select

from sayso.store.gateway import ReadConn, WriteConn
from sayso.store.tables import actions, plan_events, plans, threads

MOST_RECEIPTS = 20

PlanRow = Row[Any]
ActionRow = Row[Any]


def plan(conn: ReadConn | WriteConn, plan_id: str) -> PlanRow | None:
    return conn.execute(select(plans).where(plans.c.id == plan_id)).first()


_with_thread = select(plans, threads.c.id.label("thread_id"), threads.c.title.label("thread_title")).join(
    threads, threads.c.pk == plans.c.thread_pk
)


def owned_plan(conn: ReadConn | WriteConn, user_id: str, plan_id: str) -> PlanRow | None:
    """The plan, with its thread's id and title, if it is this user's (P9)."""
    return conn.execute(_with_thread.where(plans.c.id == plan_id, plans.c.user_id == user_id)).first()


def plans_of_user(user_id: str, status: str | None) -> Select[Any]:
    """The user's plans with their threads' ids and titles."""
    query = _with_thread.where(plans.c.user_id == user_id)
    return query if status is None else query.where(plans.c.status == status)


def plans_of_thread(thread_pk: str) -> Select[Any]:
    """The thread's plans, with its id and title, oldest first."""
    return _with_thread.where(plans.c.thread_pk == thread_pk).order_by(plans.c.ordinal)


def successors(conn: ReadConn | WriteConn, rows: Sequence[PlanRow]) -> dict[str, str]:
    """By the id of each superseded plan among the rows, the plan that took its place."""
    superseded = [row.id for row in rows if row.status == "superseded"]
    if not superseded:
        return {}
    query = select(plan_events.c.plan_id, plan_events.c.data).where(
        plan_events.c.plan_id.in_(superseded), plan_events.c.kind == "superseded"
    )
    return {row.plan_id: row.data["by"] for row in conn.execute(query)}


def waiting_plan(conn: ReadConn | WriteConn, thread_pk: str) -> PlanRow | None:
    """The plan that waits on the thread."""
    return conn.execute(select(plans).where(plans.c.thread_pk == thread_pk, plans.c.status == "pending")).first()


def anything_late(conn: ReadConn, now: datetime) -> bool:
    """Whether the time of a waiting plan has run out."""
    late = select(plans.c.id).where(plans.c.status == "pending", plans.c.expires_at <= now).limit(1)
    return conn.execute(late).first() is not None


def latest_plan(conn: ReadConn | WriteConn, thread_pk: str) -> PlanRow | None:
    """The plan of the thread that was proposed last; so it was not superseded."""
    query = select(plans).where(plans.c.thread_pk == thread_pk).order_by(plans.c.ordinal.desc()).limit(1)
    return conn.execute(query).first()


def actions_of(conn: ReadConn | WriteConn, plan_ids: Sequence[str]) -> list[ActionRow]:
    """The actions of these plans, in the order in which they run."""
    return list(conn.execute(select(actions).where(actions.c.plan_id.in_(plan_ids)).order_by(actions.c.position)).all())


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
