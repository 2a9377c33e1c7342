"""What is stored as clients see it, and as the model is told of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import takewhile
from types import MappingProxyType
from typing import Any

from sayso.agent.turn import together
from sayso.base.errors import NotFound
from sayso.conversation import records, reversing, threads
from sayso.conversation.answers import CANCELLED
from sayso.conversation.nouns import Action, Call, Plan, Thread, ThreadPlan, Turn
from sayso.conversation.types import (
    ActionView,
    ConfirmReply,
    PlanPlace,
    PlanStatus,
    PlanView,
    ThreadDetail,
    ThreadSummary,
    Warned,
)
from sayso.store.gateway import ReadConn, WriteConn
from sayso.tools.base import cautions, texts
from sayso.tools.cards import CONFIRM, all_of

MOST_SHOWN = 4_000_000
"""Characters of messages and of what their reads found, behind which a page of a thread ends."""

HELD = "This is confirmed and held back; until it leaves, you can still stop it."
HELD_BACK = "The user has confirmed this. It has not left yet and can still be stopped, by withdrawing it."
NOT_RUN = "Nothing has been done."

_TOLD = {
    "pending": ("waiting", "Nothing has been done yet: the user has not decided."),
    "cancelled": ("cancelled", "The user cancelled this. " + NOT_RUN),
    "expired": ("expired", "The user did not decide in time. " + NOT_RUN),
    "superseded": ("superseded", "A newer proposal replaced this. " + NOT_RUN),
}


@dataclass(frozen=True, slots=True)
class Since:
    """What became of actions after they were done: of those that were undone the receipts of that and of what followed,
    and which are undone now. `last`: the plan that ran last, whose calls are told with what undoes them."""

    receipts: Mapping[str, Sequence[str]]
    undone: frozenset[str]
    last: str | None


NOTHING_SINCE = Since({}, frozenset(), None)

_NEVER_RAN: dict[PlanStatus, str] = {
    "cancelled": "Its plan was cancelled.",
    "expired": "Nobody decided on its plan in time.",
    "superseded": "A newer plan took the place of its plan.",
}


def ended(action: Action, plan_status: PlanStatus, decided_at: datetime | None) -> dict[str, Any]:
    """How the action ended, by field. One whose plan was closed without being run was skipped at that time: its row
    stays as it was when the plan was proposed, and only the plan's decides (P3)."""
    why = _NEVER_RAN.get(plan_status)
    if why is None:
        held = plan_status == "confirmed" and action.status == "waiting" and action.runs_at is not None
        return {"status": "held" if held else action.status, "error": action.error, "ended_at": action.ended_at}
    return {"status": "skipped", "error": why, "ended_at": decided_at}


def action_view(
    action: Action, plan_status: PlanStatus, decided_at: datetime | None, undone: Sequence[Action] = ()
) -> ActionView:
    """`undone`: the actions that undo it."""
    done = undone[0].id if undone else None
    return ActionView(
        id=action.id,
        tool=action.tool,
        effect=action.effect,
        args=action.args,
        preview=action.preview,
        question=action.question,
        details=[(label, text) for label, text in action.details],
        warnings=[Warned(code=each.code, text=each.text) for each in cautions(action.warnings)],
        **_card(action),
        was=action.was,
        runs_at=action.runs_at,
        result=action.result,
        receipt=action.receipt,
        started_at=action.started_at,
        undo={"label": reversing.label(action), "done": done} if action.reverse else None,
        undoes=action.undoes,
        **ended(action, plan_status, decided_at),
    )


def _card(action: Action) -> dict[str, Any]:
    """The action as data, by field."""
    missing: dict[str, Any] = dict.fromkeys(("kind", "before", "after", "mail", "day", "account"))
    missing |= {"changed": [], "items": [], "people": [], "reversible": False}
    return missing | {"summary": action.preview, "labels": all_of([CONFIRM])} | action.card


def plan_view(
    plan: Plan,
    thread_id: str,
    thread_title: str,
    actions: Sequence[Action],
    undone: Mapping[str, Sequence[Action]] = MappingProxyType({}),
) -> PlanView:
    """`actions`: those of this plan, maybe among others. Its status is the stored one, so that what was told holds.
    `undone`: by the id of an action those that undo it."""
    own = [
        action_view(action, plan.status, plan.decided_at, undone.get(action.id, ()))
        for action in actions
        if action.plan_id == plan.id
    ]
    return PlanView(
        id=plan.id,
        thread_id=thread_id,
        thread_title=thread_title,
        status=plan.status,
        question=plan.question,
        created_at=plan.created_at,
        expires_at=plan.expires_at,
        supersedes=plan.supersedes,
        decided_at=plan.decided_at,
        decided_by=plan.decided_by,
        words=plan.words,
        ended_at=plan.ended_at,
        digest=plan.digest,
        actions=own,
        labels=all_of([action.labels["confirm"] for action in own]),
    )


def waiting_view(conn: ReadConn | WriteConn, thread: Thread) -> PlanView | None:
    """The plan that waits on the thread."""
    plan = records.waiting_plan(conn, thread.pk)
    return plan_view(plan, thread.id, thread.title, records.actions_of(conn, [plan.id])) if plan else None


def plan_views(conn: ReadConn | WriteConn, plans: Sequence[ThreadPlan]) -> list[PlanView]:
    """Views of plans that come with their threads' ids and titles."""
    actions: dict[str, list[Action]] = {plan.id: [] for plan in plans}
    for action in records.actions_of(conn, list(actions)):
        actions[action.plan_id].append(action)
    successors = records.successors(conn, plans)
    undone = records.undoing(conn, [each.id for some in actions.values() for each in some if each.reverse])
    views = [plan_view(plan, plan.thread_id, plan.thread_title, actions[plan.id], undone) for plan in plans]
    return [replace(view, superseded_by=successors[view.id]) if view.id in successors else view for view in views]


def results(actions: Sequence[Action]) -> dict[str, dict[str, Any]]:
    """Outcomes by action id, as `/chat/confirm` gives them; actions that have not ended are left out."""
    return {
        action.id: {
            "tool": action.tool,
            "success": action.status == "succeeded",
            "status": action.status,
            "result": action.result,
            "error": action.error,
            "receipt": action.receipt,
        }
        for action in actions
        if action.status not in ("waiting", "running")
    }


def confirm_reply(conn: ReadConn, plan: Plan, thread: Thread) -> ConfirmReply:
    """What a confirm of this plan answers now: its stored outcome, or that it is still running."""
    actions = records.actions_of(conn, [plan.id])
    ran, waiting = results(actions), waiting_view(conn, thread)
    match plan.status:
        case "completed" | "partial" | "failed" | "stopped":
            return ConfirmReply(thread.id, plan.status, plan.response or "", ran, waiting)
        case "cancelled":
            return ConfirmReply(thread.id, "stopped", CANCELLED, ran, waiting)
        case _ if any(action.runs_at and action.status == "waiting" for action in actions):
            return ConfirmReply(thread.id, "running", HELD, ran, waiting)
        case _:
            return ConfirmReply(thread.id, "running", "This is still running; ask again in a moment.", ran, waiting)


def thread_summary(thread: Thread, waiting: bool) -> ThreadSummary:
    return ThreadSummary(thread.id, thread.title, thread.created_at, thread.updated_at, waiting)


def outcome(call: Call, since: Since = NOTHING_SINCE) -> dict[str, Any]:
    """What the model is told of a call that needs consent: its one result."""
    told: dict[str, Any] = {"action": call.preview, "args": call.args}
    if call.warnings and call.plan_status == "pending":
        told["warnings"] = list(texts(cautions(call.warnings)))
    if call.plan_status in _TOLD:
        status, what = _TOLD[call.plan_status]
        told |= {"status": status, "note": what}
        if call.plan_status == "cancelled" and call.words:
            told["reason"] = call.words
        return told
    if call.plan_status == "confirmed" and call.status == "waiting" and call.runs_at is not None:
        told |= {"status": "held", "leaves_at": call.runs_at.isoformat(), "note": HELD_BACK}
        return told
    told["status"] = call.status
    for key in ("receipt", "result", "error"):
        if value := getattr(call, key):
            told[key] = value
    if call.id in since.receipts:
        told |= {"undone": call.id in since.undone, "since": since.receipts[call.id]}
    elif call.plan_id == since.last and call.reverse:
        told["undo_if_asked"] = [{"tool": each.tool, "args": each.args} for each in reversing.calls_of(call)]
    return told


def since(conn: ReadConn | WriteConn, calls: Sequence[Call]) -> Since:
    """What became of these calls after they were done. `calls`: in the order of their plans."""
    ran = [call for call in calls if call.status == "succeeded"]
    undoing: dict[str, list[Action]] = {}
    asked: Sequence[Action] = ran
    while asked := [each for each in asked if each.reverse]:  # each step is about later actions than the one before
        found = records.undoing(conn, [each.id for each in asked])
        undoing |= found
        asked = [each for some in found.values() for each in some]
    receipts = {call.id: told for call in ran if (told := _told_since(call, undoing))}
    undone = frozenset(call.id for call in ran if _is_undone(call.id, undoing))
    ended = [(call.ended_at, call.plan_id) for call in ran if call.ended_at]
    return Since(receipts, undone, max(ended)[1] if ended else None)


def _told_since(action: Action, undoing: Mapping[str, Sequence[Action]]) -> list[str]:
    told: list[str] = []
    for each in undoing.get(action.id, ()):
        told += [each.receipt or f"Not known yet: {each.preview}", *_told_since(each, undoing)]
    return told


def _is_undone(action_id: str, undoing: Mapping[str, Sequence[Action]]) -> bool:
    steps = undoing.get(action_id, ())
    return any(each.status == "succeeded" and not _is_undone(each.id, undoing) for each in steps)


def outcomes(calls: Sequence[Call], since: Since = NOTHING_SINCE) -> dict[str, dict[str, Any]]:
    """By call, its one result: of the actions that it stands for in the latest plan that has some of them.

    `calls`: in the order of their plans.
    """
    found: dict[str, list[Call]] = {}
    for call in calls:
        same = [each for each in found.get(call.call_id, ()) if each.plan_id == call.plan_id]
        found[call.call_id] = [*same, call]
    return {call_id: together([outcome(each, since) for each in some]) for call_id, some in found.items()}


def thread_detail(
    conn: ReadConn, user_id: str, thread_id: str, now: datetime, limit: int, before: str | None = None
) -> ThreadDetail:
    """The thread's last messages, at most `limit`, before the message `before`, and the plans that belong to them.
    Raises NotFound."""
    thread = threads.find(conn, user_id, thread_id)
    end = threads.turn_of(conn, thread.pk, before.removesuffix(".user")) if before is not None else None
    shown, earlier = _last_messages(conn, thread.pk, limit, before, end)
    named = {message["plan_id"] for message in shown if message.get("plan_id")}
    plans = records.plans_beside(conn, thread.pk, named, earlier, end)
    busy = thread.answering(now) or records.busy(conn, thread.pk, now)
    waiting = records.waiting_plan(conn, thread.pk) is not None
    usage = threads.usage(conn, thread.pk)
    return ThreadDetail(thread_summary(thread, waiting), shown, plan_views(conn, plans), busy, usage, earlier)


def _last_messages(
    conn: ReadConn, thread_pk: str, limit: int, before: str | None, end: int | None
) -> tuple[list[dict[str, Any]], bool]:
    """The last messages before `before`, which is in turn number `end`, and whether there are earlier ones."""
    found: list[dict[str, Any]] = []
    size = 0
    for turn, read_length in threads.turns_back(conn, thread_pk, end):
        told = list(takewhile(lambda message: message["id"] != before, messages_of(turn)))
        for message in reversed(told):
            if len(found) == limit or size > MOST_SHOWN:
                return found[::-1], True
            found.append(message)
            size += len(message["content"]) + read_length
    return found[::-1], False


def messages_of(turn: Turn) -> list[dict[str, Any]]:
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


def plans_of(
    conn: ReadConn, user_id: str, status: PlanStatus | None, limit: int, after: PlanPlace | None
) -> tuple[list[PlanView], PlanPlace | None]:
    """At most `limit` of the user's plans across threads, the latest first, behind `after`; and where this page ended,
    if there is more."""
    found = records.plans_of_user(conn, user_id, status, limit + 1, after)
    last = found[limit - 1] if len(found) > limit else None
    ended = PlanPlace(last.created_at, last.ordinal, last.id) if last is not None else None
    return plan_views(conn, found[:limit]), ended


def audit(conn: ReadConn | WriteConn, user_id: str, plan_id: str) -> PlanView:
    """The plan with its audit trail. Raises NotFound."""
    plan = records.owned_plan(conn, user_id, plan_id)
    if plan is None:
        raise NotFound("There is no such plan.")
    [view] = plan_views(conn, [plan])
    return replace(view, events=records.trail(conn, plan_id))
