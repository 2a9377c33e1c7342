"""Plans, their actions and their trail as they are stored: reading only."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    bindparam,
    exists,
    false,
    func,
    literal_column,
    or_,
    select,
    true,
    tuple_,
)

from sayso.conversation.nouns import Action, Cancelled, Plan, ThreadPlan
from sayso.conversation.types import ActionStatus, PlanPlace, PlanStatus
from sayso.store.gateway import ReadConn, WriteConn, pieces
from sayso.store.tables import actions, plan_events, plans, threads, turns
from sayso.workspace.account_ids import account_of

MOST_RECEIPTS = 20


def plan_is(status: PlanStatus) -> ColumnElement[bool]:
    """The condition that a plan has this status. The value is a part of the statement: if it were bound, SQLite would
    plan the statement anew each time, since a partial index may serve it."""
    return plans.c.status == literal_column(f"'{status}'")


def action_is(status: ActionStatus) -> ColumnElement[bool]:
    """`plan_is`, of an action."""
    return actions.c.status == literal_column(f"'{status}'")


NEVER_RUN: tuple[PlanStatus, ...] = ("cancelled", "expired", "superseded")

OPEN = plans.c.status.in_([literal_column("'pending'"), literal_column("'confirmed'")])
"""The words of the index `ix_plans_open`. Beside a condition that says more, they let SQLite see that it serves."""

LATE = and_(OPEN, plan_is("pending"), plans.c.expires_at <= bindparam("now"))
"""The condition that a plan waits past its time."""

# Statements of a turn are built once: putting one together takes longer than running it.
_plan = select(plans).where(plans.c.id == bindparam("plan"))
_of_thread = select(plans).where(plans.c.thread_pk == bindparam("thread"))
_waiting = _of_thread.where(plan_is("pending"))
_tapped = exists().where(actions.c.plan_id == plans.c.id, actions.c.call_id == "")
_latest = _of_thread.where(~_tapped).order_by(plans.c.ordinal.desc()).limit(1)
_running = select(plans.c.id).where(plans.c.thread_pk == bindparam("thread"), plan_is("confirmed"))


def plan(conn: ReadConn | WriteConn, plan_id: str) -> Plan | None:
    return _first(conn, _plan, plan=plan_id)


def _first(conn: ReadConn | WriteConn, query: Select[Any], **values: str) -> Plan | None:
    row = conn.execute(query, values).first()
    return None if row is None else Plan.from_row(row)


_with_thread = select(plans, threads.c.id.label("thread_id"), threads.c.title.label("thread_title")).join(
    threads, threads.c.pk == plans.c.thread_pk
)
_owned = _with_thread.where(plans.c.id == bindparam("plan"), plans.c.user_id == bindparam("user"))


def owned_plan(conn: ReadConn | WriteConn, user_id: str, plan_id: str) -> ThreadPlan | None:
    """The plan, if it is this user's (P9)."""
    row = conn.execute(_owned, {"plan": plan_id, "user": user_id}).first()
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


_successors = select(plan_events.c.plan_id, plan_events.c.data).where(
    plan_events.c.plan_id.in_(bindparam("plans", expanding=True)), plan_events.c.kind == "superseded"
)


def successors(conn: ReadConn | WriteConn, among: Sequence[Plan]) -> dict[str, str]:
    """By the id of each superseded plan among these, the plan that took its place."""
    superseded = [plan.id for plan in among if plan.status == "superseded"]
    if not superseded:
        return {}
    return {row.plan_id: row.data["by"] for row in conn.execute(_successors, {"plans": superseded})}


def waiting_plan(conn: ReadConn | WriteConn, thread_pk: str) -> Plan | None:
    """The plan that waits on the thread."""
    return _first(conn, _waiting, thread=thread_pk)


_late = select(plans.c.id).where(LATE).limit(1)


def anything_late(conn: ReadConn, now: datetime) -> bool:
    """Whether the time of a waiting plan has run out."""
    return conn.execute(_late, {"now": now}).first() is not None


def latest_plan(conn: ReadConn | WriteConn, thread_pk: str) -> Plan | None:
    """The plan of the thread that was proposed last; so it was not superseded. One that undoes at a tap was not
    proposed: a confirm that is repeated behind it is not about it."""
    return _first(conn, _latest, thread=thread_pk)


_of_action = select(plans).join(actions).where(actions.c.id == bindparam("action"))


def plan_of_action(conn: ReadConn | WriteConn, action_id: str) -> Plan | None:
    """The plan that the action is in."""
    return _first(conn, _of_action, action=action_id)


_actions_of = (
    select(actions).where(actions.c.plan_id.in_(bindparam("plans", expanding=True))).order_by(actions.c.position)
)


def actions_of(conn: ReadConn | WriteConn, plan_ids: Sequence[str]) -> list[Action]:
    """The actions of these plans, in the order in which they run."""
    return [Action.from_row(row) for row in conn.execute(_actions_of, {"plans": plan_ids})]


_undoing = (
    select(actions)
    .join(plans)
    .where(
        actions.c.undoes.in_(bindparam("undone", expanding=True)),
        actions.c.status.in_([literal_column(f"'{each}'") for each in ("waiting", "running", "succeeded", "unknown")]),
        plans.c.status.not_in([literal_column(f"'{each}'") for each in ("pending", *NEVER_RUN)]),
    )
    .order_by(plans.c.ordinal, actions.c.position)
)


def undoing(conn: ReadConn | WriteConn, action_ids: Sequence[str]) -> dict[str, list[Action]]:
    """By the id of each of these actions that was undone, or is to be, or may have been: the actions that undo it."""
    found: dict[str, list[Action]] = {}
    for row in conn.execute(_undoing, {"undone": action_ids}) if action_ids else ():
        found.setdefault(row.undoes, []).append(Action.from_row(row))
    return found


_touching = (
    select(actions)
    .where(
        actions.c.thread_pk == bindparam("thread"),
        actions.c.touches.in_(bindparam("objects", expanding=True)),
        action_is("succeeded"),
    )
    .order_by(actions.c.ended_at)
)


def touching(conn: ReadConn | WriteConn, thread_pk: str, object_ids: Collection[str]) -> list[Action]:
    """What was done on the thread to these objects, the oldest first."""
    rows = conn.execute(_touching, {"thread": thread_pk, "objects": list(object_ids)})
    return [Action.from_row(row) for row in rows]


def left_by(conn: ReadConn | WriteConn, plan_id: str) -> dict[str, str]:
    """Of a plan that undoes: what was to be undone, too, and could not be, with the code of why."""
    proposed = next((each for each in trail(conn, plan_id) if each["kind"] == "proposed"), {})
    return dict(proposed.get("left", {}))


def cancelled(conn: ReadConn) -> list[Cancelled]:
    """Every plan that was cancelled; also in a store of an earlier version."""
    query = select(plans.c.id, plans.c.decided_at, plans.c.decided_by, plans.c.words)
    return [Cancelled.from_row(row) for row in conn.execute(query.where(plans.c.status == "cancelled"))]


_done = (
    select(actions.c.receipt)
    .join(plans)
    .where(
        plans.c.thread_pk == bindparam("thread"),
        action_is("succeeded"),
        actions.c.ended_at <= bindparam("before"),
    )
    .order_by(plans.c.ordinal.desc(), actions.c.position.desc())
    .limit(MOST_RECEIPTS)
)


def done_before(conn: ReadConn | WriteConn, thread_pk: str, before: datetime) -> list[str]:
    """Receipts of the last actions on the thread that ended before then, oldest first."""
    return list(conn.execute(_done, {"thread": thread_pk, "before": before}).scalars())[::-1]


def _going(until: str) -> ColumnElement[bool]:
    """The condition that an action of a confirmed plan runs, or waits and is not held back beyond that bound time."""
    free = or_(actions.c.runs_at.is_(None), actions.c.runs_at <= bindparam(until))
    return or_(action_is("running"), and_(action_is("waiting"), free))


_theirs = actions.c.plan_id == plans.c.id
_alive = exists().where(_theirs, action_is("running"), actions.c.lease_until > bindparam("now"))
_held = exists().where(_theirs, action_is("waiting"), actions.c.runs_at > bindparam("soon"))
_due = exists().where(_theirs, _going("soon"))
_unfinished = select(plans.c.id, plans.c.user_id).where(OPEN, plan_is("confirmed"), ~_alive, or_(_due, ~_held))


def unfinished(conn: ReadConn, now: datetime, soon: datetime) -> list[tuple[str, str]]:
    """Confirmed plans that nobody is running, but for those of which all that is left is held back beyond `soon`:
    (plan id, user id). A live lease means that somebody is."""
    rows = conn.execute(_unfinished, {"now": now, "soon": soon}).all()
    return [(row.id, row.user_id) for row in rows]


_open_actions = select(actions.c.status, actions.c.runs_at).where(
    actions.c.plan_id == bindparam("plan"), or_(action_is("waiting"), action_is("running"))
)


def held_beyond(conn: ReadConn, plan_id: str, then: datetime) -> bool:
    """Whether all that is left of the plan is held back beyond that time."""
    left = conn.execute(_open_actions, {"plan": plan_id}).all()
    return bool(left) and all(
        row.status == "waiting" and row.runs_at is not None and row.runs_at > then for row in left
    )


@dataclass(frozen=True, slots=True)
class Sent:
    """An action that may have written to somebody."""

    action_id: str
    user_id: str
    thread_pk: str
    preview: str
    target: dict[str, Any]
    ended_at: datetime

    @property
    def account(self) -> str:
        """From which it went; empty: the embedded one, which delivers nothing."""
        return str(self.target.get("account") or account_of(str(self.target.get("id", ""))))


_sent = (
    select(actions.c.id, plans.c.user_id, plans.c.thread_pk, actions.c.preview, actions.c.target, actions.c.ended_at)
    .join(plans)
    .where(actions.c.effect == "outbound", actions.c.ended_at >= bindparam("since"))
    .where(or_(action_is("succeeded"), action_is("unknown")))
    .order_by(actions.c.ended_at.desc())
    .limit(1_000)
)


def sent_since(conn: ReadConn, since: datetime) -> list[Sent]:
    """What all users had sent to others since then, or may have, the newest first; what only this server keeps is not
    among it."""
    return [sent for row in conn.execute(_sent, {"since": since}) if (sent := Sent(*row)).account]


def running(conn: ReadConn | WriteConn, thread_pk: str) -> list[str]:
    """The thread's confirmed plans that are still being executed, or held back."""
    return list(conn.execute(_running, {"thread": thread_pk}).scalars())


_starting = select(actions.c.id).join(plans).where(OPEN, plan_is("confirmed"), _going("now")).limit(1)
_starting_here = _starting.where(plans.c.thread_pk == bindparam("thread"))
_starting_his = _starting.where(plans.c.user_id == bindparam("user"))


def busy(conn: ReadConn | WriteConn, thread_pk: str, now: datetime) -> bool:
    """Whether something that was confirmed on the thread runs, or is about to; what is held back does not."""
    return conn.execute(_starting_here, {"thread": thread_pk, "now": now}).first() is not None


def user_busy(conn: ReadConn | WriteConn, user_id: str, now: datetime) -> bool:
    """`busy`, of all threads of the user."""
    return conn.execute(_starting_his, {"user": user_id, "now": now}).first() is not None


_trail = select(plan_events).where(plan_events.c.plan_id == bindparam("plan")).order_by(plan_events.c.seq)


def trail(conn: ReadConn | WriteConn, plan_id: str) -> list[dict[str, Any]]:
    """The audit trail, oldest first."""
    rows = conn.execute(_trail, {"plan": plan_id})
    return [{"at": row.at, "kind": row.kind, "session_id": row.session_id, **row.data} for row in rows]
