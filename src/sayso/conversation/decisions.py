"""Confirm and cancel: one transaction each, which decides or tells truthfully why it cannot (P3, P4)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row

from sayso.base.errors import (
    AlreadyCancelled,
    AlreadyExecuted,
    NothingPending,
    PlanExpired,
    PlanMismatch,
    SaysoError,
    ValidationFailed,
)
from sayso.conversation import ledger, records, threads
from sayso.identity.types import Caller
from sayso.store.gateway import ReadConn, WriteConn

FOLLOW_UP: Final = (
    "A next step was proposed after the plan that you confirmed; to confirm it, name it with plan_id {plan_id}."
)


@dataclass(frozen=True, slots=True)
class Confirmed:
    """A plan that is confirmed: just now, or by an earlier request."""

    plan_id: str
    thread: Row[Any]


def cancel(
    conn: WriteConn, caller: Caller, thread_id: str, plan_id: str | None, reason: str | None, now: datetime
) -> None:
    """Cancel what waits on the thread. Also returns when it is cancelled already.

    Raises NotFound, NothingPending, AlreadyExecuted, PlanExpired, PlanMismatch.
    """
    decided = ledger.decide(conn, "cancelled", caller.user_id, thread_id, plan_id, now, caller.session_id, reason)
    if decided is not None:
        return
    thread = threads.find(conn, caller.user_id, thread_id)
    plan = _asked(conn, thread, plan_id, now)
    if plan.status == "cancelled":
        return
    raise why_not(plan, now)


def confirm(
    conn: WriteConn,
    caller: Caller,
    thread_id: str,
    plan_id: str | None,
    action_ids: Sequence[str] | None,
    words: str | None,
    now: datetime,
) -> Confirmed:
    """Confirm what waits on the thread; what `action_ids` leaves out is skipped in the same transaction.

    For a plan that was confirmed before it changes nothing and returns that plan. Raises NotFound, NothingPending,
    AlreadyCancelled, PlanExpired, PlanMismatch, ValidationFailed; ledger.DigestMismatch when the store was tampered
    with.
    """
    thread = threads.lock(conn, caller.user_id, thread_id)
    if plan_id is None:
        _refuse_unseen(conn, thread, now)
    decided = ledger.decide(conn, "confirmed", caller.user_id, thread_id, plan_id, now, caller.session_id, words)
    if decided is None:
        plan = _asked(conn, thread, plan_id, now)
        if plan.status in ledger.EXECUTED:
            return Confirmed(plan.id, thread)
        raise why_not(plan, now)
    ledger.check_digest(conn, decided)
    if action_ids is not None:
        known = {action.id for action in records.actions_of(conn, [decided])}
        if not action_ids or not known.issuperset(action_ids):
            raise ValidationFailed(
                "Name one or more actions of the waiting plan in action_ids.",
                fields=[{"field": "action_ids", "message": "unknown or empty"}],
            )
        ledger.skip(conn, decided, now, ledger.LEFT_OUT, keep=action_ids)
    return Confirmed(decided, thread)


def _refuse_unseen(conn: WriteConn, thread: Row[Any], now: datetime) -> None:
    """A repeated confirm must not hit the next step that the agent proposed in the answer to the first (P1).

    The client may never have seen that answer, so as long as nothing was said since, this plan is confirmed by name.
    """
    plan = records.waiting_plan(conn, thread.pk, now)
    if plan is not None and thread.last_word == plan.id and threads.last_turn(conn, thread).kind == "outcome":
        raise PlanMismatch(FOLLOW_UP.format(plan_id=plan.id), plan_id=plan.id)


def _asked(conn: ReadConn | WriteConn, thread: Row[Any], plan_id: str | None, now: datetime) -> Row[Any]:
    """The plan that a decision which did not land was about. Raises NothingPending, PlanMismatch."""
    waiting = records.waiting_plan(conn, thread.pk, now)
    plan = records.latest_plan(conn, thread.pk) if plan_id is None else records.plan(conn, plan_id)
    if plan is None or plan.thread_pk != thread.pk:
        if waiting is not None:
            raise PlanMismatch(plan_id=waiting.id)
        raise NothingPending
    return plan


def why_not(plan: Row[Any], now: datetime) -> SaysoError:
    """Why this plan cannot be decided any more."""
    if plan.status == "cancelled":
        return AlreadyCancelled(plan_id=plan.id)
    if plan.status == "expired" or (plan.status == "pending" and plan.expires_at <= now):
        return PlanExpired(plan_id=plan.id)
    if plan.status in ledger.EXECUTED:
        return AlreadyExecuted(plan_id=plan.id)
    return PlanMismatch("A newer plan replaced this one; look at that before you decide.", plan_id=plan.id)


def stop(conn: WriteConn, caller: Caller, thread_id: str, now: datetime) -> tuple[Row[Any], bool, str | None]:
    """Stop what runs on the thread: the turn under way, or every action that has not started.

    Returns the thread, whether a turn was asked to stop, and the plan whose run was stopped.
    """
    thread = threads.lock(conn, caller.user_id, thread_id)
    plan_id = records.running(conn, thread.pk)
    if plan_id is not None:
        ledger.skip(conn, plan_id, now, ledger.STOPPED)
        ledger.note(conn, plan_id, now, "stop", caller.session_id, {})
    return thread, threads.request_stop(conn, thread.pk, now), plan_id
