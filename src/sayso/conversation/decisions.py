"""Confirm and cancel: one transaction each, which decides or tells truthfully why it cannot (P3, P4).

A refusal is returned, not raised: what it tells is committed with it (P8).
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeVar

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
from sayso.conversation.nouns import Plan, Thread
from sayso.conversation.types import Consent
from sayso.identity import tokens
from sayso.identity.types import Actor
from sayso.store.gateway import WriteConn

T = TypeVar("T")

FOLLOW_UP: Final = (
    "A next step was proposed after the plan that you confirmed; to confirm it, name it with plan_id {plan_id}."
)

PROGRAMS: Final = (
    "A program with a token of yours has proposed or changed this; look at it, and to confirm it, name it with plan_id "
    "{plan_id}."
)


@dataclass(frozen=True, slots=True)
class Confirmed:
    """A plan that is confirmed: just now, or by an earlier request."""

    plan_id: str
    thread: Thread


def cancel(
    conn: WriteConn, actor: Actor, thread_id: str, plan_id: str | None, reason: str | None, now: datetime
) -> SaysoError | None:
    """Cancel what waits on the thread; None also when it is cancelled already.

    Else why not: NothingPending, AlreadyExecuted, PlanExpired, PlanMismatch. Raises NotFound.
    """
    decided = ledger.decide(conn, "cancelled", actor, thread_id, plan_id, now, reason)
    if decided is not None:
        return None
    thread = threads.find(conn, actor.user_id, thread_id)
    ledger.expire(conn, now, thread.pk)
    plan = _asked(conn, thread, plan_id)
    if isinstance(plan, SaysoError):
        return plan
    return None if plan.status == "cancelled" else why_not(plan)


def granted(answer: T | SaysoError) -> T:
    """What a transaction decided, or its refusal, which is raised when what it tells is committed."""
    if isinstance(answer, SaysoError):
        raise answer
    return answer


def confirm(conn: WriteConn, actor: Actor, consent: Consent, now: datetime) -> Confirmed | SaysoError:
    """Confirm what waits on the thread; an action that the consent leaves out is skipped in the same transaction.

    For a plan that was confirmed before it changes nothing and returns that plan. Else why not: NothingPending,
    AlreadyCancelled, PlanExpired, PlanMismatch. Raises NotFound, ValidationFailed; ledger.DigestMismatch when the store
    was tampered with.
    """
    thread, plan_id = threads.lock(conn, actor.user_id, consent.thread_id), consent.plan_id
    ledger.expire(conn, now, thread.pk)
    if plan_id is None:
        _refuse_unseen(conn, actor, thread)
    decided = ledger.decide(conn, "confirmed", actor, thread.id, plan_id, now, consent.words)
    if decided is None:
        plan = _asked(conn, thread, plan_id)
        if isinstance(plan, SaysoError):
            return plan
        return Confirmed(plan.id, thread) if plan.status in ledger.EXECUTED else why_not(plan)
    ledger.check_digest(conn, decided)
    if consent.action_ids is not None:
        known = {action.id for action in records.actions_of(conn, [decided])}
        if not consent.action_ids or not known.issuperset(consent.action_ids):
            raise ValidationFailed(
                "Name one or more actions of the waiting plan in action_ids.",
                fields=[{"field": "action_ids", "message": "unknown or empty"}],
            )
        ledger.skip(conn, decided, now, "left_out", keep=consent.action_ids)
    return Confirmed(decided, thread)


def _refuse_unseen(conn: WriteConn, actor: Actor, thread: Thread) -> None:
    """A repeated confirm must not hit the next step that the agent proposed in the answer to the first (P1).

    The client may never have seen that answer, so as long as nothing was said since, this plan is confirmed by name.
    """
    plan = records.waiting_plan(conn, thread.pk)
    if plan is not None and thread.last_word == plan.id and threads.last_turn(conn, thread)[0] == "outcome":
        raise PlanMismatch(FOLLOW_UP.format(plan_id=plan.id), plan_id=plan.id)
    if plan is not None:
        refuse_program(conn, actor, plan.id)


def refuse_program(conn: WriteConn, actor: Actor, plan_id: str) -> None:
    """What a program asked for, or changed, others confirm by name only: perhaps they have never seen it (P1)."""
    if ledger.program_of(conn, plan_id) not in (None, actor.session_id):
        tokens.require(actor, "decide")
        raise PlanMismatch(PROGRAMS.format(plan_id=plan_id), plan_id=plan_id)


def _asked(conn: WriteConn, thread: Thread, plan_id: str | None) -> Plan | SaysoError:
    """The plan that a decision which did not land was about; or NothingPending, PlanMismatch."""
    waiting = records.waiting_plan(conn, thread.pk)
    plan = records.latest_plan(conn, thread.pk) if plan_id is None else records.plan(conn, plan_id)
    if plan is None or plan.thread_pk != thread.pk:
        return PlanMismatch(plan_id=waiting.id) if waiting is not None else NothingPending()
    return plan


def why_not(plan: Plan) -> SaysoError:
    """Why this plan cannot be decided any more: by its stored status, which holds whatever the clock does (P3, P8)."""
    if plan.status == "cancelled":
        return AlreadyCancelled(plan_id=plan.id)
    if plan.status == "expired":
        return PlanExpired(plan_id=plan.id)
    if plan.status in ledger.EXECUTED:
        return AlreadyExecuted(plan_id=plan.id)
    return PlanMismatch("A newer plan replaced this one; look at that before you decide.", plan_id=plan.id)


def stop(conn: WriteConn, actor: Actor, thread_id: str, now: datetime) -> tuple[Thread, bool, str | None]:
    """Stop what runs on the thread: the turn under way, or every action that has not started.

    Returns the thread, whether a turn was asked to stop, and the plan whose run was stopped. Raises ScopeMissing when
    that was confirmed, and the actor may only propose.
    """
    thread = threads.lock(conn, actor.user_id, thread_id)
    plan_id = records.running(conn, thread.pk)
    if plan_id is not None:
        tokens.require(actor, "decide")
        ledger.skip(conn, plan_id, now, "stopped")
        ledger.note(conn, plan_id, now, "stop", actor, {})
        tokens.audited(conn, "stopped", actor, now, {"plan_id": plan_id, "thread_id": thread_id})
    return thread, threads.request_stop(conn, thread.pk, now), plan_id
