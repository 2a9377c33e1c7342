"""Rows as clients see them, and as the model is told of them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from sayso.base.errors import NotFound
from sayso.conversation import records, threads
from sayso.conversation.types import ActionView, ConfirmReply, PlanStatus, PlanView, ThreadDetail, ThreadSummary
from sayso.store.gateway import ReadConn, WriteConn

NOT_RUN = "Nothing has been done."

_TOLD = {
    "pending": ("waiting", "Nothing has been done yet: the user has not decided."),
    "cancelled": ("cancelled", "The user cancelled this. " + NOT_RUN),
    "expired": ("expired", "The user did not decide in time. " + NOT_RUN),
    "superseded": ("superseded", "A newer proposal replaced this. " + NOT_RUN),
}


def action_view(row: Row[Any]) -> ActionView:
    return ActionView(
        id=row.id,
        tool=row.tool,
        effect=row.effect,
        args=row.args,
        preview=row.preview,
        status=row.status,
        question=row.question,
        details=[(label, text) for label, text in row.details],
        warnings=row.warnings,
        result=row.result,
        error=row.error,
        receipt=row.receipt,
        started_at=row.started_at,
        ended_at=row.ended_at,
    )


def plan_view(row: Row[Any], thread_id: str, thread_title: str, actions: Sequence[Row[Any]], now: datetime) -> PlanView:
    """`actions`: those of this plan, maybe among others. A plan whose time has run out is shown as expired before the
    sweep finds it."""
    status: PlanStatus = "expired" if row.status == "pending" and row.expires_at <= now else row.status
    return PlanView(
        id=row.id,
        thread_id=thread_id,
        thread_title=thread_title,
        status=status,
        question=row.question,
        created_at=row.created_at,
        expires_at=row.expires_at,
        supersedes=row.supersedes,
        decided_at=row.decided_at,
        decided_by=row.decided_by,
        words=row.words,
        ended_at=row.ended_at,
        actions=[action_view(action) for action in actions if action.plan_id == row.id],
    )


def waiting_view(conn: ReadConn | WriteConn, thread: Row[Any], now: datetime) -> PlanView | None:
    """The plan that waits on the thread."""
    row = records.waiting_plan(conn, thread.pk, now)
    return plan_view(row, thread.id, thread.title, records.actions_of(conn, [row.id]), now) if row else None


def _plan_views(conn: ReadConn | WriteConn, rows: Sequence[Row[Any]], now: datetime) -> list[PlanView]:
    """Views of plans that come with their threads' ids and titles."""
    actions = records.actions_of(conn, [row.id for row in rows])
    successors = records.successors(conn, rows)
    views = [plan_view(row, row.thread_id, row.thread_title, actions, now) for row in rows]
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


def confirm_reply(conn: ReadConn, plan: Row[Any], thread: Row[Any], now: datetime) -> ConfirmReply:
    """What a confirm of this plan answers now: its stored outcome, or that it is still running."""
    actions = records.actions_of(conn, [plan.id])
    running = plan.status == "confirmed"
    return ConfirmReply(
        thread_id=thread.id,
        status="running" if running else plan.status,
        response="This is still running; ask again in a moment." if running else plan.response or "",
        results=results(actions),
        plan=waiting_view(conn, thread, now),
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
    conn: ReadConn, user_id: str, thread_id: str, now: datetime, limit: int | None = None, before: str | None = None
) -> ThreadDetail:
    """The thread with its plans: all of it, or the last `limit` messages before the message `before`, and the plans
    from those on that they name. Raises NotFound."""
    thread = threads.find(conn, user_id, thread_id)
    last = threads.turn_of(conn, thread.pk, before.removesuffix(".user")) if before is not None else None
    turns = threads.turns_of(conn, thread.pk, None if limit is None else limit + 1, last)
    messages = [message for turn in turns for message in _messages(turn)]
    if before is not None:
        messages = messages[: next((at for at, message in enumerate(messages) if message["id"] == before), None)]
    shown = messages if limit is None else messages[-limit:]
    earlier = len(shown) < len(messages) or bool(turns and turns[0].seq > 1)
    plans = records.plans_of_thread(conn, thread.pk)
    busy = bool(thread.lease_token and thread.lease_until > now) or any(plan.status == "confirmed" for plan in plans)
    views = _plan_views(conn, _named(plans, shown) if earlier else plans, now)
    waiting = records.waiting_plan(conn, thread.pk, now) is not None
    return ThreadDetail(thread_summary(thread, waiting), shown, views, busy, earlier)


def _named(plans: Sequence[Row[Any]], messages: Sequence[dict[str, Any]]) -> list[Row[Any]]:
    """The plans from the first on that the messages name, and any that is still open."""
    named = {message.get("plan_id") for message in messages}
    since = min((plan.ordinal for plan in plans if plan.id in named), default=None)
    return [
        plan
        for plan in plans
        if plan.status in ("pending", "confirmed") or (since is not None and plan.ordinal >= since)
    ]


def _messages(turn: Row[Any]) -> list[dict[str, Any]]:
    messages: list[dict[str, Any]] = []
    if turn.user_message is not None:
        asked = {"id": f"{turn.id}.user", "role": "user", "content": turn.user_message}
        messages.append({**asked, "created_at": turn.created_at})
    if turn.response:
        answer = {"id": turn.id, "role": "assistant", "content": turn.response, "created_at": turn.ended_at}
        told = {"kind": turn.kind, "actions": turn.actions, "plan_id": turn.plan_id, "usage": turn.usage or None}
        messages.append({**answer, **told})
    return messages


def plans_of(conn: ReadConn, user_id: str, status: str | None, now: datetime) -> list[PlanView]:
    """The user's plans across threads, the latest first, at most 200."""
    rows = records.plans_of_user(conn, user_id, status, now)
    return _plan_views(conn, rows, now)


def audit(conn: ReadConn | WriteConn, user_id: str, plan_id: str, now: datetime) -> PlanView:
    """The plan with its audit trail. Raises NotFound."""
    row = records.owned_plan(conn, user_id, plan_id)
    if row is None:
        raise NotFound("There is no such plan.")
    [view] = _plan_views(conn, [row], now)
    return replace(view, events=records.trail(conn, plan_id))
