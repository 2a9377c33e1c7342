"""Rows as clients see them, and as the model is told of them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from itertools import takewhile
from typing import Any, NamedTuple

from sqlalchemy import Row, Select, and_, false, func, or_, select, true, tuple_

from sayso.base.errors import NotFound
from sayso.conversation import records, threads
from sayso.conversation.types import ActionView, ConfirmReply, PlanView, ThreadDetail, ThreadSummary
from sayso.store.gateway import ReadConn, WriteConn, each
from sayso.store.tables import plans, turns

MOST_SHOWN = 4_000_000
"""Characters of messages and of what their reads found, behind which a page of a thread ends."""

NOT_RUN = "Nothing has been done."

_TOLD = {
    "pending": ("waiting", "Nothing has been done yet: the user has not decided."),
    "cancelled": ("cancelled", "The user cancelled this. " + NOT_RUN),
    "expired": ("expired", "The user did not decide in time. " + NOT_RUN),
    "superseded": ("superseded", "A newer proposal replaced this. " + NOT_RUN),
}


_NEVER_RAN: dict[str, str] = {
    "cancelled": "Its plan was cancelled.",
    "expired": "Nobody decided on its plan in time.",
    "superseded": "A newer plan took the place of its plan.",
}


def ended(row: Row[Any], plan_status: str, decided_at: datetime | None) -> dict[str, Any]:
    """How the action ended, by field. One whose plan was closed without being run was skipped at that time: its row
    stays as it was when the plan was proposed, and only the plan's decides (P3)."""
    why = _NEVER_RAN.get(plan_status)
    if why is None:
        return {"status": row.status, "error": row.error, "ended_at": row.ended_at}
    return {"status": "skipped", "error": why, "ended_at": decided_at}


def action_view(row: Row[Any], plan_status: str, decided_at: datetime | None) -> ActionView:
    return ActionView(
        id=row.id,
        tool=row.tool,
        effect=row.effect,
        args=row.args,
        preview=row.preview,
        question=row.question,
        details=[(label, text) for label, text in row.details],
        warnings=row.warnings,
        result=row.result,
        receipt=row.receipt,
        started_at=row.started_at,
        **ended(row, plan_status, decided_at),
    )


def plan_view(row: Row[Any], thread_id: str, thread_title: str, actions: Sequence[Row[Any]]) -> PlanView:
    """`actions`: those of this plan, maybe among others. Its status is the stored one, so that what was told holds."""
    return PlanView(
        id=row.id,
        thread_id=thread_id,
        thread_title=thread_title,
        status=row.status,
        question=row.question,
        created_at=row.created_at,
        expires_at=row.expires_at,
        supersedes=row.supersedes,
        decided_at=row.decided_at,
        decided_by=row.decided_by,
        words=row.words,
        ended_at=row.ended_at,
        actions=[action_view(action, row.status, row.decided_at) for action in actions if action.plan_id == row.id],
    )


def waiting_view(conn: ReadConn | WriteConn, thread: Row[Any]) -> PlanView | None:
    """The plan that waits on the thread."""
    row = records.waiting_plan(conn, thread.pk)
    return plan_view(row, thread.id, thread.title, records.actions_of(conn, [row.id])) if row else None


def plan_views(conn: ReadConn | WriteConn, rows: Sequence[Row[Any]]) -> list[PlanView]:
    """Views of plans that come with their threads' ids and titles."""
    actions: dict[str, list[Row[Any]]] = {row.id: [] for row in rows}
    for action in records.actions_of(conn, list(actions)):
        actions[action.plan_id].append(action)
    successors = records.successors(conn, rows)
    views = [plan_view(row, row.thread_id, row.thread_title, actions[row.id]) for row in rows]
    return [replace(view, superseded_by=successors[view.id]) if view.id in successors else view for view in views]


def results(actions: Sequence[Row[Any]]) -> dict[str, dict[str, Any]]:
    """Outcomes by action id, as `/chat/confirm` gives them; actions that have not ended are left out."""
    return {
        row.id: {
            "tool": row.tool,
            "success": row.status == "succeeded",
            "status": row.status,
            "result": row.result,
            "error": row.error,
            "receipt": row.receipt,
        }
        for row in actions
        if row.status not in ("waiting", "running")
    }


def confirm_reply(conn: ReadConn, plan: Row[Any], thread: Row[Any]) -> ConfirmReply:
    """What a confirm of this plan answers now: its stored outcome, or that it is still running."""
    actions = records.actions_of(conn, [plan.id])
    running = plan.status == "confirmed"
    return ConfirmReply(
        thread_id=thread.id,
        status="running" if running else plan.status,
        response="This is still running; ask again in a moment." if running else plan.response or "",
        results=results(actions),
        plan=waiting_view(conn, thread),
    )


def thread_summary(row: Row[Any], waiting: bool) -> ThreadSummary:
    return ThreadSummary(row.id, row.title, row.created_at, row.updated_at, waiting)


def outcome(row: Row[Any]) -> dict[str, Any]:
    """What the model is told of a call that needs consent: its one result. `row` has the plan's status and words."""
    told: dict[str, Any] = {"action": row.preview, "args": row.args}
    if row.plan_status in _TOLD:
        status, what = _TOLD[row.plan_status]
        told |= {"status": status, "note": what}
        if row.plan_status == "cancelled" and row.words:
            told["reason"] = row.words
        return told
    told["status"] = row.status
    for key in ("receipt", "result", "error"):
        if value := getattr(row, key):
            told[key] = value
    return told


def thread_detail(
    conn: ReadConn, user_id: str, thread_id: str, now: datetime, limit: int, before: str | None = None
) -> ThreadDetail:
    """The thread's last messages, at most `limit`, before the message `before`, and the plans that belong to them.
    Raises NotFound."""
    thread = threads.find(conn, user_id, thread_id)
    end = threads.turn_of(conn, thread.pk, before.removesuffix(".user")) if before is not None else None
    shown, earlier = _last_messages(conn, thread.pk, limit, before, end)
    plans = conn.execute(_beside(conn, thread.pk, shown, earlier, end)).all()
    busy = bool(thread.lease_token and thread.lease_until > now) or records.running(conn, thread.pk) is not None
    waiting = records.waiting_plan(conn, thread.pk) is not None
    return ThreadDetail(thread_summary(thread, waiting), shown, plan_views(conn, plans), busy, earlier)


def _last_messages(
    conn: ReadConn, thread_pk: str, limit: int, before: str | None, end: int | None
) -> tuple[list[dict[str, Any]], bool]:
    """The last messages before `before`, which is in turn number `end`, and whether there are earlier ones."""
    query = threads.turns_of(thread_pk).order_by(None).order_by(turns.c.seq.desc())
    found: list[dict[str, Any]] = []
    size = 0
    for turn in each(conn, query if end is None else query.where(turns.c.seq <= end)):
        told = list(takewhile(lambda message: message["id"] != before, messages_of(turn)))
        for message in reversed(told):
            if len(found) == limit or size > MOST_SHOWN:
                return found[::-1], True
            found.append(message)
            size += len(message["content"]) + turn.read_length
    return found[::-1], False


def _beside(
    conn: ReadConn, thread_pk: str, messages: Sequence[dict[str, Any]], earlier: bool, end: int | None
) -> Select[Any]:
    """The plans that the messages name, with those that edits put in their place, and any that is still open.

    An edit's plan is named by no message: so they are those from the first that is named here up to the first that
    only turns from number `end` on name.
    """
    named = plans.c.thread_pk == thread_pk, plans.c.id.in_({message.get("plan_id") for message in messages} - {None})
    first, last = conn.execute(select(func.min(plans.c.ordinal), func.max(plans.c.ordinal)).where(*named)).one()
    theirs = true() if not earlier else false() if first is None else plans.c.ordinal >= first
    if end is not None:
        later = select(func.min(plans.c.ordinal)).join(turns, turns.c.plan_id == plans.c.id)
        later = later.where(turns.c.thread_pk == thread_pk, turns.c.seq >= end, plans.c.ordinal > (last or 0))
        until = conn.execute(later).scalar()
        theirs = theirs if until is None else and_(theirs, plans.c.ordinal < until)
    return records.plans_of_thread(thread_pk).where(or_(plans.c.status.in_(("pending", "confirmed")), theirs))


def messages_of(turn: Row[Any]) -> list[dict[str, Any]]:
    """What was said in a turn, as clients see it."""
    messages: list[dict[str, Any]] = []
    if turn.user_message is not None:
        asked = {"id": f"{turn.id}.user", "role": "user", "content": turn.user_message}
        messages.append({**asked, "created_at": turn.created_at})
    if turn.response:
        answer = {"id": turn.id, "role": "assistant", "content": turn.response, "created_at": turn.ended_at}
        told = {"kind": turn.kind, "actions": turn.actions, "plan_id": turn.plan_id, "usage": turn.usage or None}
        messages.append({**answer, **told})
    return messages


class Place(NamedTuple):
    """Where a page of plans ended."""

    created_at: datetime
    ordinal: int
    id: str


_newest_first = (plans.c.created_at, plans.c.ordinal, plans.c.id)


def plans_of(
    conn: ReadConn, user_id: str, status: str | None, limit: int, after: Place | None
) -> tuple[list[PlanView], Place | None]:
    """At most `limit` of the user's plans across threads, the latest first, behind `after`; and where this page ended,
    if there is more."""
    query = records.plans_of_user(user_id, status).order_by(*(key.desc() for key in _newest_first))
    if after is not None:
        query = query.where(tuple_(*_newest_first) < after)
    rows = conn.execute(query.limit(limit + 1)).all()
    last = rows[limit - 1] if len(rows) > limit else None
    ended = Place(last.created_at, last.ordinal, last.id) if last is not None else None
    return plan_views(conn, rows[:limit]), ended


def audit(conn: ReadConn | WriteConn, user_id: str, plan_id: str) -> PlanView:
    """The plan with its audit trail. Raises NotFound."""
    row = records.owned_plan(conn, user_id, plan_id)
    if row is None:
        raise NotFound("There is no such plan.")
    [view] = plan_views(conn, [row])
    return replace(view, events=records.trail(conn, plan_id))
