"""Editing a waiting plan: changed arguments are prepared anew, in a new plan that takes its place (P2)."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from pydantic import ValidationError

from sayso.base.clock import Clock
from sayso.base.errors import NotFound, SaysoError, ValidationFailed
from sayso.base.ids import Ids
from sayso.base.steps import TooManySteps, within
from sayso.conversation import decisions, ledger, records, threads, views
from sayso.conversation.contexts import Contexts
from sayso.conversation.ledger import NewAction, NewPlan
from sayso.conversation.nouns import Action
from sayso.conversation.types import PlanView
from sayso.identity import tokens
from sayso.identity.types import Caller
from sayso.store.gateway import ReadConn, Store, WriteConn
from sayso.tools.base import (
    MOST_STEPS,
    TOO_MUCH,
    Proposal,
    Toolbox,
    ToolContext,
    ToolInputError,
    connected,
    effect_tool,
    why_not_connected,
)
from sayso.tools.planned import as_a_whole
from sayso.tools.provenance import carried
from sayso.workspace.errors import WorkspaceError


class Editing:
    """`plan_ttl`: how long the new plan waits."""

    def __init__(
        self, store: Store, toolbox: Toolbox, contexts: Contexts, clock: Clock, ids: Ids, plan_ttl: timedelta
    ) -> None:
        self._store = store
        self._toolbox = toolbox
        self._contexts = contexts
        self._clock = clock
        self._ids = ids
        self._plan_ttl = plan_ttl

    async def edit(
        self,
        caller: Caller,
        plan_id: str,
        edits: Mapping[str, Mapping[str, Any]],
        remove: Sequence[str],
        anew: bool = False,
    ) -> PlanView:
        """A new plan with changed arguments, in the place of a waiting one; that one, if nothing comes out otherwise.

        `edits`: by action id the arguments to change; `remove`: actions to leave out; `anew`: prepare all again, as
        things stand by now. Raises NotFound, PlanExpired, PlanMismatch, AlreadyCancelled, AlreadyExecuted,
        ValidationFailed with the field that is wrong.
        """
        actions = await self._store.read(_open_actions, caller, plan_id)
        context = await self._contexts.of(caller)
        changed = await _changed(self._toolbox, context, actions, edits, remove, anew)
        if [each.proposal for each in changed] == [ledger.proposal_of(action) for action in actions]:
            return await self._store.read(_unchanged, caller, plan_id)
        new = NewPlan.of(self._ids.new("plan"), changed, self._clock.now(), self._plan_ttl)
        return decisions.granted(await self._store.write(_replace, caller, plan_id, new, self._ids))


def _open_actions(conn: ReadConn, caller: Caller, plan_id: str) -> list[Action]:
    """The actions of a waiting plan. Raises NotFound, or why it cannot be edited."""
    plan = records.owned_plan(conn, caller.user_id, plan_id)
    if plan is None:
        raise NotFound("There is no such plan.")
    if plan.status != "pending":
        raise decisions.why_not(plan)
    return records.actions_of(conn, [plan_id])


def _unchanged(conn: ReadConn, caller: Caller, plan_id: str) -> PlanView:
    """A plan that waits, as it is. Raises as `_open_actions`."""
    _open_actions(conn, caller, plan_id)
    return views.audit(conn, caller.user_id, plan_id)


async def _changed(
    toolbox: Toolbox,
    context: ToolContext,
    actions: Sequence[Action],
    edits: Mapping[str, Mapping[str, Any]],
    remove: Sequence[str],
    anew: bool,
) -> list[NewAction]:
    """The plan's actions with the edits applied. Raises ValidationFailed with the field that is wrong."""
    known = {action.id for action in actions}
    unknown = sorted({*edits, *remove} - known)
    if unknown:
        raise _wrong("", "This plan has no such action.", unknown[0])
    if not remove and not anew and not any(edits.values()):
        raise _wrong("edits", "Say what to change: nothing is edited and nothing removed.")
    kept = [action for action in actions if action.id not in remove]
    if not kept:
        raise _wrong("remove", "Nothing would be left; cancel the plan instead.")
    made = [
        await _prepare(toolbox, context, action, edits.get(action.id, {}))
        if anew or edits.get(action.id)
        else ledger.proposal_of(action)
        for action in kept
    ]
    shown = await as_a_whole(toolbox, context, [(each.tool, made[at]) for at, each in enumerate(kept)])
    return [
        NewAction(
            *(action.turn_id, action.call_id, action.tool, proposal),
            was=ledger.was(action, action.tool, proposal),
            undoes=action.undoes,
        )
        for action, proposal in zip(kept, shown, strict=True)
    ]


async def _prepare(toolbox: Toolbox, context: ToolContext, action: Action, changes: Mapping[str, Any]) -> Proposal:
    try:
        tool = effect_tool(connected(toolbox, context), action.tool)
    except KeyError as error:
        raise _wrong("", f"{why_not_connected(toolbox, action.tool)}.", action.id) from error
    try:
        args = tool.Args.model_validate(tool.edited(action.args, dict(changes)))
        with within(MOST_STEPS, TOO_MUCH):
            return carried(ledger.proposal_of(action), await tool.proposed(context, args))
    except ValidationError as error:
        first = error.errors()[0]
        raise _wrong(".".join(map(str, first["loc"])), first["msg"].removeprefix("Value error, "), action.id) from error
    except (ToolInputError, WorkspaceError, TooManySteps) as error:
        field = next(iter(changes), "") if len(changes) == 1 else ""
        raise _wrong(field, str(error), action.id) from error


def _wrong(field: str, message: str, action_id: str | None = None) -> ValidationFailed:
    return ValidationFailed(message, fields=[{"field": field, "action_id": action_id, "message": message}])


def _replace(conn: WriteConn, caller: Caller, old: str, new: NewPlan, ids: Ids) -> PlanView | SaysoError:
    """Store the new plan if the old one still waits, or say why it does not. Raises NotFound."""
    plan = records.owned_plan(conn, caller.user_id, old)
    if plan is None:
        raise NotFound("There is no such plan.")
    threads.lock_pk(conn, plan.thread_pk)
    if not ledger.open_plan(conn, new, plan.thread_pk, caller.actor, ids, replaces=old):
        now_is = records.plan(conn, old)
        assert now_is is not None
        return decisions.why_not(now_is)
    threads.move_last_word(conn, plan.thread_pk, old, new.id)
    data = {"plan_id": old, "by": new.id, "thread_id": plan.thread_id}
    tokens.audited(conn, "edited", caller.actor, new.created_at, data)
    return views.audit(conn, caller.user_id, new.id)
