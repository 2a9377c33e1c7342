"""Plans, actions and decisions: the one module that writes a `status`.

Every change of state is one conditional UPDATE whose caller learns whether it landed (P3). What may follow what:
"""

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import String, bindparam, exists, func, insert, or_, select, update

from sayso.base.errors import AlreadyExecuted, PlanMismatch
from sayso.base.ids import Ids
from sayso.conversation.nouns import Action, Cancelled, Plan, Thread
from sayso.conversation.records import LATE, action_is, actions_of, plan, plan_is, running
from sayso.conversation.types import ActionStatus, PlanStatus, SkipReason
from sayso.identity import audit, tokens
from sayso.identity.types import Actor
from sayso.store.gateway import ReadConn, WriteConn
from sayso.store.tables import actions, plan_events, plans, threads
from sayso.tools.base import SEND_AT, Proposal, cautions
from sayso.tools.registry import question_for

PLAN_CHANGES: Final[dict[PlanStatus, tuple[PlanStatus, ...]]] = {
    "pending": ("confirmed", "cancelled", "expired", "superseded"),
    "confirmed": ("completed", "partial", "failed", "stopped", "cancelled"),  # the last: only while all of it is held
}
ACTION_CHANGES: Final[dict[ActionStatus, tuple[ActionStatus, ...]]] = {
    "waiting": ("running", "skipped", "unknown"),  # unknown: only by a restore
    "running": ("succeeded", "failed", "unknown"),
}
ENDED: Final[tuple[PlanStatus, ...]] = ("completed", "partial", "failed", "stopped")
EXECUTED: Final[tuple[PlanStatus, ...]] = ("confirmed", *ENDED)

SKIPPED: Final[dict[SkipReason, str]] = {
    "left_out": "You left this out.",
    "stopped": "You stopped the run before this started.",
    "needed": "It needs an earlier step that was not done: {step}.",
}
"""Why an action never started, as it is told."""
SHOWN: Final = ("question", "preview", "details", "warnings", "card")
"""What of a proposal may change while it waits: what is shown around what will run."""
RESTORED = "The store was brought back from a backup made while this was under way, so it may or may not have happened."


class DigestMismatch(PlanMismatch):
    """What is stored is not what was shown, so it was not confirmed; cancel it and ask again."""


@dataclass(frozen=True, slots=True)
class NewAction:
    """A proposal about to be stored, with the call that made it and the turn whose history holds that call."""

    turn_id: str
    call_id: str
    tool: str
    proposal: Proposal
    was: dict[str, Any] | None = None
    """Of the waiting action whose place it takes: `id`, `preview`, and as `args` those that are otherwise now."""
    undoes: str | None = None
    """The action that it undoes."""


@dataclass(frozen=True, slots=True)
class NewPlan:
    """A plan about to be stored: what the agent proposed in a turn, or what an edit made of an older plan."""

    id: str
    actions: Sequence[NewAction]
    question: str
    created_at: datetime
    expires_at: datetime

    @classmethod
    def of(cls, plan_id: str, actions: Sequence[NewAction], now: datetime, ttl: timedelta) -> "NewPlan":
        """The plan of these actions, which waits for so long."""
        return cls(plan_id, actions, question_for([action.proposal for action in actions]), now, now + ttl)


def digest(question: str, proposals: Sequence[tuple[str, Proposal]]) -> str:
    """Binds what is shown to what will run: SHA-256 over question, tools, arguments, targets, texts, cards."""
    shown = [
        [
            *(tool, p.effect, p.args, p.target, p.question, p.preview, [list(d) for d in p.details]),
            [warning.stored for warning in p.warnings],
            *([p.card] if p.card else []),  # without one, as an earlier version stored it, it still holds
        ]
        for tool, p in proposals
    ]
    text = json.dumps([question, shown], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def proposal_of(action: Action) -> Proposal:
    """The proposal as it was stored."""
    return Proposal(
        effect=action.effect,
        args=action.args,
        question=action.question,
        preview=action.preview,
        target=action.target,
        details=tuple((label, text) for label, text in action.details),
        warnings=cautions(action.warnings),
        touches=action.touches,
        card=action.card,
    )


def was(old: Action, tool: str, now: Proposal) -> dict[str, Any] | None:
    """What an action was before another took its place, for the new one to tell; None when nothing is otherwise."""
    names = [name for name in now.args if name in old.args] if old.tool != tool else [*{**old.args, **now.args}]
    args = {name: old.args.get(name) for name in names if old.args.get(name) != now.args.get(name)}
    if old.tool == tool and not args:
        return None
    return {"id": old.id, "preview": old.preview, "args": args}


# --- a plan begins ---------------------------------------------------------------------------------------------------

# Statements are built once: putting one together takes longer than running it.
_supersede_any = (
    update(plans)
    .where(plans.c.thread_pk == bindparam("thread"), plan_is("pending"))
    .values(status="superseded", decided_at=bindparam("at"))
    .returning(plans.c.id)
)
_supersede_one = _supersede_any.where(plans.c.id == bindparam("plan"))
_ordinal = select(func.coalesce(func.max(plans.c.ordinal), 0) + 1).where(plans.c.thread_pk == bindparam("thread"))
_new_plan = insert(plans).inline().values(ordinal=_ordinal.scalar_subquery())
_new_actions = insert(actions).values(status="waiting")


def open_plan(conn: WriteConn, new: NewPlan, thread_pk: str, by: Actor, ids: Ids, replaces: str | None) -> bool:
    """Store a plan that waits; what waited on the thread is superseded in the same transaction (P3).

    `by`: who asked for it, or changed it so. `replaces`: only if exactly this plan is still the waiting one (an edit);
    else False, and no plan is stored. Raises ScopeMissing when it would take the place of what the user himself wanted,
    and `by` may only propose.
    """
    expire(conn, new.created_at, thread_pk)
    values = {"thread": thread_pk, "at": new.created_at}
    closed: str | None = None
    if replaces is None:
        closed = conn.execute(_supersede_any, values).scalar()
    else:
        closed = conn.execute(_supersede_one, {**values, "plan": replaces}).scalar()
        if closed is None:
            return False
    if closed:
        if program_of(conn, closed) is None:
            tokens.require(by, "decide")
        note(conn, closed, new.created_at, "superseded", None, {"by": new.id})
    _insert(conn, new, thread_pk, by, ids, {"status": "pending", "supersedes": closed})
    note(conn, new.id, new.created_at, "proposed", by if by.via != "agent" else None, {})
    return True


def open_undo(conn: WriteConn, new: NewPlan, thread: Thread, by: Actor, ids: Ids, left: Mapping[str, str]) -> None:
    """Store a plan that undoes what was done, and is confirmed with it: who had it made saw what it undoes (P1).

    What waits on the thread is not touched (P3). `left`: by id the actions that were to be undone, too, and cannot be,
    with the code of why. Raises ScopeMissing when the actor may only propose.
    """
    tokens.require(by, "decide")
    at = new.created_at
    decision = {"status": "confirmed", "decided_at": at, "decided_by": by.session_id}
    _insert(conn, new, thread.pk, by, ids, decision)
    note(conn, new.id, at, "proposed", by, {"left": dict(left)} if left else {})
    note(conn, new.id, at, "confirmed", by, {})
    undone = sorted({each.undoes for each in new.actions if each.undoes})
    tokens.audited(conn, "confirmed", by, at, {"plan_id": new.id, "thread_id": thread.id, "undoes": undone})


def _insert(conn: WriteConn, new: NewPlan, thread_pk: str, by: Actor, ids: Ids, state: Mapping[str, Any]) -> None:
    """Store a plan in this state, and its actions."""
    bound = digest(new.question, [(a.tool, a.proposal) for a in new.actions])
    _insert_plan(conn, new, thread_pk, by.user_id, bound, state)
    conn.execute(
        _new_actions,
        [
            {
                "id": ids.new("act"),
                "plan_id": new.id,
                "thread_pk": thread_pk,
                "position": position,
                "turn_id": a.turn_id,
                "call_id": a.call_id,
                "tool": a.tool,
                "was": a.was,
                "undoes": a.undoes,
                **{field.name: getattr(a.proposal, field.name) for field in fields(a.proposal)},
                "warnings": [warning.stored for warning in a.proposal.warnings],
            }
            for position, a in enumerate(new.actions)
        ],
    )


def _insert_plan(
    conn: WriteConn, new: NewPlan, thread_pk: str, user_id: str, bound: str, state: Mapping[str, Any]
) -> None:
    """Store a plan in this state under its digest, without its actions."""
    values = {
        "id": new.id,
        "thread": thread_pk,
        "thread_pk": thread_pk,
        "user_id": user_id,
        "question": new.question,
        "digest": bound,
        "created_at": new.created_at,
        "expires_at": new.expires_at,
    }
    conn.execute(_new_plan, {**values, **state})


_program = select(plan_events.c.session_id).where(
    plan_events.c.plan_id == bindparam("plan"), plan_events.c.kind == "proposed", plan_events.c.via == "token"
)


def program_of(conn: ReadConn | WriteConn, plan_id: str) -> str | None:
    """The id of the token by which a program asked for this plan, or changed it so; None: the user himself did."""
    token: str | None = conn.execute(_program, {"plan": plan_id}).scalar()
    return token


# --- the decision ----------------------------------------------------------------------------------------------------

_decide_any = (
    update(plans)
    .where(
        plans.c.thread_pk
        == select(threads.c.pk)
        .where(threads.c.user_id == bindparam("user"), threads.c.id == bindparam("thread"))
        .scalar_subquery(),
        plan_is("pending"),
        plans.c.expires_at > bindparam("at"),
        or_(bindparam("seen", type_=String) == "", plans.c.digest == bindparam("seen")),
    )
    .values(
        status=bindparam("to"), decided_at=bindparam("at"), decided_by=bindparam("session"), words=bindparam("said")
    )
    .returning(plans.c.id)
)
_decide_one = _decide_any.where(plans.c.id == bindparam("plan"))


def decide(
    conn: WriteConn,
    to: PlanStatus,
    actor: Actor,
    thread_id: str,
    plan_id: str | None,
    at: datetime,
    words: str | None,
    seen: str | None = None,
) -> str | None:
    """Confirm or cancel the plan that waits on the actor's thread (only this one, with `plan_id`; only as it was shown
    under this digest, with `seen`).

    The one statement that decides (P3). Returns the plan's id, or None when there was no such plan to decide. Raises
    ScopeMissing, and so decides nothing, when the actor may only propose (P1).
    """
    user, session = actor.user_id, actor.session_id
    values = {"to": to, "user": user, "thread": thread_id, "at": at, "session": session, "said": words}
    values["seen"] = seen or ""
    if plan_id is None:
        decided: str | None = conn.execute(_decide_any, values).scalar()
    else:
        decided = conn.execute(_decide_one, {**values, "plan": plan_id}).scalar()
    if decided is not None:
        tokens.require(actor, "decide")
        note(conn, decided, at, to, actor, {"words": words} if words else {})
        kind: audit.Kind = "confirmed" if to == "confirmed" else "cancelled"
        tokens.audited(conn, kind, actor, at, {"plan_id": decided, "thread_id": thread_id})
    return decided


_hold = (
    update(actions).where(actions.c.id == bindparam("action"), action_is("waiting")).values(runs_at=bindparam("until"))
)


def hold(conn: WriteConn, plan_id: str, at: datetime, length: timedelta) -> None:
    """Hold what goes to others back for so long, and what is to go at a time until then; in the transaction that
    confirms it, so that nothing claims it before."""
    for action in actions_of(conn, [plan_id]):
        wanted = action.target.get(SEND_AT)
        until = datetime.fromisoformat(wanted) if wanted else at
        until = max(until, at + length) if action.effect == "outbound" else until
        if action.status == "waiting" and until > at:
            conn.execute(_hold, {"action": action.id, "until": until})


def part(conn: WriteConn, plan_id: str, chosen: Collection[str], at: datetime, new_id: str) -> None:
    """Leave all but these actions of a plan that was just decided waiting, in a plan of their own. Each of the two is
    bound to what is in it (P2). Raises DigestMismatch."""
    check_digest(conn, plan_id)
    row = plan(conn, plan_id)
    both = actions_of(conn, [plan_id])
    rest = [action for action in both if action.id not in chosen]
    if row is None or not rest:
        return
    question, bound = _bound(rest)
    program = program_of(conn, plan_id)
    new = NewPlan(new_id, (), question, at, row.expires_at)
    _insert_plan(conn, new, row.thread_pk, row.user_id, bound, {"status": "pending"})
    conn.execute(_move, {"to": new_id, "rest": [action.id for action in rest]})
    question, bound = _bound([action for action in both if action.id in chosen])
    conn.execute(_rebind, {"plan": plan_id, "asked": question, "bound": bound})
    note(conn, plan_id, at, "parted", None, {"rest": new_id})
    note(conn, new_id, at, "proposed", Actor(row.user_id, "token", program) if program else None, {"of": plan_id})


_move = (
    update(actions)
    .where(actions.c.id.in_(bindparam("rest", expanding=True)), action_is("waiting"))
    .values(plan_id=bindparam("to"))
)
_rebind = (
    update(plans).where(plans.c.id == bindparam("plan")).values(question=bindparam("asked"), digest=bindparam("bound"))
)


def _bound(some: Sequence[Action]) -> tuple[str, str]:
    """The question for these actions, and the digest of both."""
    shown = [(action.tool, proposal_of(action)) for action in some]
    question = question_for([proposal for _, proposal in shown])
    return question, digest(question, shown)


_refresh = _rebind.where(plan_is("pending"), plans.c.digest == bindparam("seen"))
_show = (
    update(actions)
    .where(actions.c.id == bindparam("action"))
    .values({name: bindparam(f"new_{name}") for name in SHOWN})
)


def refresh(conn: WriteConn, shown: Plan, fresh: Sequence[tuple[Action, Proposal]], at: datetime) -> bool:
    """Show a waiting plan as things stand by now: texts, warnings and cards; what will run stays (P2). False: it waits
    no more, or shows something else by now. Raises DigestMismatch, so that nothing binds what nobody was shown."""
    check_digest(conn, shown.id)
    proposals = [proposal for _, proposal in fresh]
    question = question_for(proposals)
    bound = digest(question, [(action.tool, proposal) for action, proposal in fresh])
    values = {"plan": shown.id, "seen": shown.digest, "asked": question, "bound": bound}
    if conn.execute(_refresh, values).rowcount != 1:
        return False
    for action, proposal in fresh:
        told = {f"new_{name}": getattr(proposal, name) for name in SHOWN}
        told["new_warnings"] = [warning.stored for warning in proposal.warnings]
        conn.execute(_show, {"action": action.id, **told})
    note(conn, shown.id, at, "refreshed", None, {})
    return True


def check_digest(conn: ReadConn | WriteConn, plan_id: str) -> None:
    """Raise DigestMismatch unless the stored actions are exactly what was shown (P2)."""
    row = plan(conn, plan_id)
    shown = [(action.tool, proposal_of(action)) for action in actions_of(conn, [plan_id])]
    if row is None or digest(row.question, shown) != row.digest:
        raise DigestMismatch(plan_id=plan_id)


_expire_all = update(plans).where(LATE).values(status="expired", decided_at=plans.c.expires_at).returning(plans.c.id)
_expire_one = _expire_all.where(plans.c.thread_pk == bindparam("thread"))


def expire(conn: WriteConn, now: datetime, thread_pk: str | None = None) -> None:
    """Close every plan, or the one of a thread, whose time has run out.

    It is what makes a plan expired: nothing tells so by the clock, which may go back (P3, P8).
    """
    if thread_pk is None:
        expired = conn.execute(_expire_all, {"now": now})
    else:
        expired = conn.execute(_expire_one, {"now": now, "thread": thread_pk})
    for plan_id in expired.scalars().all():
        note(conn, plan_id, now, "expired", None, {})


_skip = (
    update(actions)
    .where(
        actions.c.plan_id == bindparam("plan"),
        action_is("waiting"),
        actions.c.id.not_in(bindparam("keep", expanding=True)),
    )
    .values(status="skipped", reason=bindparam("why"), error=bindparam("told"), ended_at=bindparam("at"))
)


def skip(
    conn: WriteConn, plan_id: str, at: datetime, reason: SkipReason, keep: Sequence[str] = (), step: str = ""
) -> int:
    """Skip every action of the plan that has not started, except those to keep; how many (P4: they never will).

    `step`: the preview of the step that was needed.
    """
    told = SKIPPED[reason].format(step=step)
    return conn.execute(_skip, {"plan": plan_id, "keep": keep, "why": reason, "told": told, "at": at}).rowcount


def is_held(action: Action, now: datetime) -> bool:
    """Whether it is held back, in a plan that is confirmed."""
    return action.status == "waiting" and action.runs_at is not None and action.runs_at > now


def drop_held(conn: WriteConn, plan_id: str, at: datetime) -> None:
    """Let nothing of a plan that is held back start any more; what is not held, or not any more, goes on."""
    others = [action.id for action in actions_of(conn, [plan_id]) if not is_held(action, at)]
    skip(conn, plan_id, at, "stopped", keep=others)


_call_off = (
    update(plans)
    .where(plans.c.id == bindparam("plan"), plan_is("confirmed"))
    .values(status="cancelled", decided_at=bindparam("at"), decided_by=bindparam("session"), words=bindparam("said"))
)


def call_off(
    conn: WriteConn, held: Plan, actor: Actor, thread_id: str, at: datetime, words: str | None, some: Sequence[str] = ()
) -> None:
    """Cancel a confirmed plan all of which is held back, or only these of its actions: they never run (P4).

    Raises AlreadyExecuted, and changes nothing: one of them is not held back, or not any more; ScopeMissing.
    """
    tokens.require(actor, "decide")
    known = {action.id: action for action in actions_of(conn, [held.id])}
    wanted = set(some or known)
    others = [action_id for action_id in known if action_id not in wanted]
    back = {action.id for action in known.values() if is_held(action, at)}
    if not wanted <= back or skip(conn, held.id, at, "stopped", keep=others) != len(wanted):
        raise AlreadyExecuted(plan_id=held.id)  # each row was skipped or claimed, never both
    if others:
        note(conn, held.id, at, "stop", actor, {"actions": sorted(wanted)})
        tokens.audited(conn, "stopped", actor, at, {"plan_id": held.id, "thread_id": thread_id})
        return
    values = {"plan": held.id, "at": at, "session": actor.session_id, "said": words}
    if conn.execute(_call_off, values).rowcount != 1:
        raise AlreadyExecuted(plan_id=held.id)
    note(conn, held.id, at, "cancelled", actor, {"words": words} if words else {})
    tokens.audited(conn, "cancelled", actor, at, {"plan_id": held.id, "thread_id": thread_id})


def call_off_held(
    conn: WriteConn, thread: Thread, actor: Actor, at: datetime, words: str | None, since: datetime | None = None
) -> str | None:
    """Cancel what is confirmed on the thread, which is locked, and all held back; the plan, None: there is none, or
    some of it has begun. `since`: only what was confirmed then or later."""
    for plan_id in running(conn, thread.pk):
        held = plan(conn, plan_id)
        late = held is not None and since is not None and (held.decided_at is None or held.decided_at < since)
        if held is not None and not late and all(is_held(action, at) for action in actions_of(conn, [plan_id])):
            call_off(conn, held, actor, thread.id, at, words)
            return plan_id
    return None


# --- execution -------------------------------------------------------------------------------------------------------

_claim = (
    update(actions)
    .where(
        actions.c.id == bindparam("action"),
        action_is("waiting"),
        or_(actions.c.runs_at.is_(None), actions.c.runs_at <= bindparam("at")),
        exists().where(plans.c.id == actions.c.plan_id, plan_is("confirmed")),
    )
    .values(
        status="running",
        claim_token=bindparam("token"),
        lease_until=bindparam("until"),
        started_at=bindparam("at"),
        attempts=actions.c.attempts + 1,
    )
)
_reclaim = (
    update(actions)
    .where(
        actions.c.id == bindparam("action"),
        action_is("running"),
        actions.c.claim_token.is_not_distinct_from(bindparam("lost")),
        actions.c.lease_until <= bindparam("at"),
    )
    .values(claim_token=bindparam("token"), lease_until=bindparam("until"), attempts=actions.c.attempts + 1)
)
_claimed = update(actions).where(
    actions.c.id == bindparam("action"), actions.c.claim_token == bindparam("token"), action_is("running")
)
_renew = _claimed.values(lease_until=bindparam("until"))
_record = _claimed.values(
    status=bindparam("to"),
    result=bindparam("value"),
    receipt=bindparam("told"),
    error=bindparam("wrong"),
    reverse=bindparam("back"),
    ended_at=bindparam("at"),
)


def claim(conn: WriteConn, action_id: str, token: str, at: datetime, until: datetime) -> bool:
    """Take a waiting action of a confirmed plan to run it, until the lease ends. False: it is not ours to run (P5)."""
    claimed = conn.execute(_claim, {"action": action_id, "token": token, "at": at, "until": until})
    return claimed.rowcount == 1


def reclaim(conn: WriteConn, action_id: str, lost: str | None, token: str, at: datetime, until: datetime) -> bool:
    """Take over a running action whose lease has run out from the claim that was lost."""
    values = {"action": action_id, "lost": lost, "token": token, "at": at, "until": until}
    return conn.execute(_reclaim, values).rowcount == 1


def renew(conn: WriteConn, action_id: str, token: str, until: datetime) -> bool:
    """Prolong the lease of an action that is still running under this claim."""
    return conn.execute(_renew, {"action": action_id, "token": token, "until": until}).rowcount == 1


def record(
    conn: WriteConn,
    action_id: str,
    token: str,
    outcome: ActionStatus,
    at: datetime,
    result: dict[str, Any] | None,
    receipt: str,
    error: str | None,
    reverse: dict[str, Any] | None = None,
) -> bool:
    """Store the outcome under the claim that produced it, with what undoes it. False: the claim was lost meanwhile,
    nothing stored."""
    told = {"to": outcome, "value": result, "told": receipt, "wrong": error, "back": reverse, "at": at}
    return conn.execute(_record, {"action": action_id, "token": token, **told}).rowcount == 1


_finish = (
    update(plans)
    .where(
        plans.c.id == bindparam("plan"),
        plan_is("confirmed"),
        ~exists().where(actions.c.plan_id == bindparam("plan"), or_(action_is("waiting"), action_is("running"))),
    )
    .values(status=bindparam("to"), response=bindparam("told"), ended_at=bindparam("at"))
)


def finish(conn: WriteConn, plan_id: str, status: PlanStatus, response: str, at: datetime) -> bool:
    """Close a confirmed plan of which nothing waits or runs any more. False: it is not so, or another closed it."""
    finished = conn.execute(_finish, {"plan": plan_id, "to": status, "told": response, "at": at}).rowcount == 1
    if finished:
        note(conn, plan_id, at, status, None, {})
    return finished


_word = (
    update(plans).where(plans.c.id == bindparam("plan")).values(response=bindparam("told"), follow_up=bindparam("next"))
)


def word(conn: WriteConn, plan_id: str, response: str, follow_up: str | None) -> None:
    """Keep the agent's words on the outcome, and the plan that it proposed next, for repeats of the confirm."""
    conn.execute(_word, {"plan": plan_id, "told": response, "next": follow_up})


def cut_leases(conn: WriteConn, now: datetime, length: timedelta) -> None:
    """Let no lease reach further than its length from now: one that does was given before the clock went back.

    Shortened rather than ended, so that a call under way keeps the time that it may take (P5); clocks of several
    machines may differ by as much as a lease.
    """
    for leased in (actions, threads):
        held = leased.c.status == "running" if leased is actions else leased.c.lease_token.is_not(None)
        far = leased.c.lease_until > now + 2 * length
        conn.execute(update(leased).where(held, far).values(lease_until=now + length))


def settle_restored(conn: WriteConn, at: datetime, cancelled: Sequence[Cancelled]) -> int:
    """After a restore: what had been confirmed when the backup was made, and may have run since, never runs again (P5).

    `cancelled`: plans of the store that was replaced that were cancelled there; they stay so (P4). How many actions are
    in doubt now.
    """
    for was in cancelled:
        decision = {"decided_at": was.decided_at, "decided_by": was.decided_by, "words": was.words}
        again = update(plans).where(plans.c.id == was.id, plans.c.status.in_(("pending", "confirmed")))
        if conn.execute(again.values(status="cancelled", **decision)).rowcount == 1:
            data = {"words": was.words} if was.words else {}
            values = {"plan_id": was.id, "at": at, "kind": "cancelled", "session_id": was.decided_by, "data": data}
            conn.execute(_note, {**values, "via": None})
    confirmed = select(plans.c.id).where(plans.c.status == "confirmed")
    doubtful = conn.execute(
        update(actions)
        .where(actions.c.status.in_(("waiting", "running")), actions.c.plan_id.in_(confirmed))
        .values(status="unknown", error=RESTORED, ended_at=at)
    )
    return doubtful.rowcount


def release_leases(conn: WriteConn, now: datetime) -> None:
    """End every lease: for a store that had one process, when that process starts again."""
    conn.execute(update(actions).where(actions.c.status == "running").values(lease_until=now))
    conn.execute(update(threads).values(lease_token=None))


# --- the audit trail -------------------------------------------------------------------------------------------------


_note = insert(plan_events).inline()


def note(conn: WriteConn, plan_id: str, at: datetime, kind: str, actor: Actor | None, data: dict[str, Any]) -> None:
    """Append to the plan's audit trail. `actor` None: it happened by itself."""
    via, session_id = (actor.via, actor.session_id) if actor else (None, None)
    values = {"plan_id": plan_id, "at": at, "kind": kind, "via": via, "session_id": session_id, "data": data}
    conn.execute(_note, values)
