"""Confirm and cancel: one transaction each, which decides or tells truthfully why it cannot (P3, P4).

A refusal is returned, not raised: what it tells is committed with it (P8).
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, TypeVar

from sayso.base.errors import (
    AlreadyCancelled,
    AlreadyExecuted,
    NothingPending,
    PlanChanged,
    PlanExpired,
    PlanMismatch,
    SaysoError,
    ValidationFailed,
)
from sayso.conversation import ledger, records, threads, views
from sayso.conversation.nouns import Plan, Thread
from sayso.conversation.types import Decision
from sayso.identity import tokens, users
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


def cancel(conn: WriteConn, actor: Actor, no: Decision, now: datetime, rest_id: str) -> SaysoError | None:
    """Cancel what waits on the thread; None also when it is cancelled already.

    Of named actions the others wait on, as the plan `rest_id`. Else why not: NothingPending, AlreadyExecuted (which is
    for `call_off`, where it is held back), PlanExpired, PlanMismatch, PlanChanged. Raises NotFound, ValidationFailed.
    """
    if no.action_ids is not None:
        threads.lock(conn, actor.user_id, no.thread_id)
    decided = ledger.decide(conn, "cancelled", actor, no.thread_id, no.plan_id, now, no.words, no.digest)
    if decided is not None:
        if no.action_ids is not None:
            _check_named(conn, decided, no)
            ledger.part(conn, decided, no.action_ids, now, rest_id)
        return None
    thread = threads.find(conn, actor.user_id, no.thread_id)  # no lock: the statement above may have locked the plan
    ledger.expire(conn, now, thread.pk)
    plan = _asked(conn, thread, no)
    if isinstance(plan, SaysoError):
        return plan
    return None if plan.status == "cancelled" else why_not(plan)


def call_off(conn: WriteConn, actor: Actor, no: Decision, plan_id: str, now: datetime) -> None:
    """Cancel a plan that is confirmed and held back, or those of its actions that are named. Raises NotFound,
    AlreadyExecuted: not all of that is held back, or not any more."""
    threads.lock(conn, actor.user_id, no.thread_id)
    plan = records.plan(conn, plan_id)
    if plan is not None and plan.status == "cancelled":
        return
    if plan is None or plan.status != "confirmed":
        raise AlreadyExecuted(plan_id=plan_id)
    ledger.call_off(conn, plan, actor, no.thread_id, now, no.words, no.action_ids or ())


def granted(answer: T | SaysoError) -> T:
    """What a transaction decided, or its refusal, which is raised when what it tells is committed."""
    if isinstance(answer, SaysoError):
        raise answer
    return answer


def confirm(
    conn: WriteConn, actor: Actor, yes: Decision, now: datetime, rest_id: str, hold: timedelta
) -> Confirmed | SaysoError:
    """Confirm what waits on the thread; an action that it leaves out is skipped in the same transaction, or waits on,
    in the plan `rest_id`. What goes to others is held back for so long as the user has set, else for `hold`.

    For a plan that was confirmed before it changes nothing and returns that plan. Else why not: NothingPending,
    AlreadyCancelled, PlanExpired, PlanMismatch, PlanChanged. Raises NotFound, ValidationFailed; ledger.DigestMismatch
    when the store was tampered with.
    """
    thread = threads.lock(conn, actor.user_id, yes.thread_id)
    ledger.expire(conn, now, thread.pk)
    if yes.plan_id is None:
        yes = _of_actions(conn, thread, yes)
    if yes.plan_id is None:
        _refuse_unseen(conn, actor, thread)
    decided = ledger.decide(conn, "confirmed", actor, thread.id, yes.plan_id, now, yes.words, yes.digest)
    if decided is None:
        plan = _asked(conn, thread, yes)
        if isinstance(plan, SaysoError):
            return plan
        return Confirmed(plan.id, thread) if plan.status in ledger.EXECUTED else why_not(plan)
    ledger.check_digest(conn, decided)
    if yes.action_ids is not None:
        _check_named(conn, decided, yes)
        if yes.rest_waits:
            ledger.part(conn, decided, yes.action_ids, now, rest_id)
        else:
            ledger.skip(conn, decided, now, "left_out", keep=yes.action_ids)
    hold_back(conn, actor.user_id, decided, now, hold)
    return Confirmed(decided, thread)


def hold_back(conn: WriteConn, user_id: str, plan_id: str, now: datetime, hold: timedelta) -> None:
    """Hold back what the plan, confirmed in this transaction, sends to others: as the user has set, else for `hold`."""
    own = users.hold_of(conn, user_id)
    ledger.hold(conn, plan_id, now, hold if own is None else own)


def _check_named(conn: WriteConn, plan_id: str, decision: Decision) -> None:
    known = {action.id for action in records.actions_of(conn, [plan_id])}
    if not decision.action_ids or not known.issuperset(decision.action_ids):
        raise ValidationFailed(
            "Name one or more actions of the waiting plan in action_ids.",
            fields=[{"field": "action_ids", "message": "unknown or empty"}],
        )


def _of_actions(conn: WriteConn, thread: Thread, yes: Decision) -> Decision:
    """A repeated yes to a part of a plan is about that part, not about the rest that waits by now."""
    named = yes.action_ids and records.plan_of_action(conn, yes.action_ids[0])
    if named and named.thread_pk == thread.pk and named.status in ledger.EXECUTED:
        return replace(yes, plan_id=named.id, digest=None)
    return yes


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


def _asked(conn: WriteConn, thread: Thread, decision: Decision) -> Plan | SaysoError:
    """The plan that a decision which did not land was about; or NothingPending, PlanMismatch, PlanChanged."""
    waiting = records.waiting_plan(conn, thread.pk)
    named = decision.plan_id
    plan = waiting or records.latest_plan(conn, thread.pk) if named is None else records.plan(conn, named)
    if plan is None or plan.thread_pk != thread.pk:
        return PlanMismatch(plan_id=waiting.id) if waiting is not None else NothingPending()
    if plan.status == "pending" and decision.digest not in (None, plan.digest):
        return changed(conn, thread, plan)
    return plan


def changed(conn: WriteConn, thread: Thread, plan: Plan) -> PlanChanged:
    """The plan as it waits by now, for whoever has seen it otherwise."""
    shown = views.plan_view(plan, thread.id, thread.title, records.actions_of(conn, [plan.id]))
    return PlanChanged(plan_id=plan.id, plan=shown)


def why_not(plan: Plan) -> SaysoError:
    """Why this plan cannot be decided any more: by its stored status, which holds whatever the clock does (P3, P8)."""
    if plan.status == "cancelled":
        return AlreadyCancelled(plan_id=plan.id)
    if plan.status == "expired":
        return PlanExpired(plan_id=plan.id)
    if plan.status in ledger.EXECUTED:
        return AlreadyExecuted(plan_id=plan.id)
    return PlanMismatch("A newer plan replaced this one; look at that before you decide.", plan_id=plan.id)


def stop(conn: WriteConn, actor: Actor, thread_id: str, now: datetime) -> tuple[Thread, bool, list[str]]:
    """Stop what runs on the thread: the turn under way, and every action that has not started.

    Returns the thread, whether a turn was asked to stop, and the plans whose run was stopped. Raises ScopeMissing when
    one was confirmed, and the actor may only propose.
    """
    thread = threads.lock(conn, actor.user_id, thread_id)
    plan_ids = records.running(conn, thread.pk)
    for plan_id in plan_ids:
        tokens.require(actor, "decide")
        ledger.skip(conn, plan_id, now, "stopped")
        ledger.note(conn, plan_id, now, "stop", actor, {})
        tokens.audited(conn, "stopped", actor, now, {"plan_id": plan_id, "thread_id": thread_id})
    return thread, threads.request_stop(conn, thread.pk, now), plan_ids
