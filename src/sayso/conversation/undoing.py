"""Undo: what was done is put back at a tap, which is the consent to it (P1).

The calls of the reverse were stored with the outcome. They are prepared anew, and made only where their object is as
the action left it (P2), in a plan of its own that is stored confirmed: so it runs once, whoever taps again (P5).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from pydantic import ValidationError

from sayso.base.clock import Clock
from sayso.base.errors import NotFound, NotUndoable, SaysoError, ValidationFailed
from sayso.base.faults import Fault
from sayso.base.ids import Ids
from sayso.base.steps import TooManySteps, within
from sayso.conversation import decisions, ledger, records, reversing, threads
from sayso.conversation.contexts import Contexts
from sayso.conversation.deciding import Deciding
from sayso.conversation.decisions import Confirmed
from sayso.conversation.ledger import NewAction, NewPlan
from sayso.conversation.listening import Nobody
from sayso.conversation.nouns import Action, Plan
from sayso.conversation.outcome import Outcome
from sayso.conversation.types import UndoReply
from sayso.identity.types import Caller
from sayso.store.gateway import ReadConn, Store, WriteConn
from sayso.tools.base import (
    MOST_STEPS,
    TOO_MUCH,
    Call,
    EffectTool,
    Proposal,
    Toolbox,
    ToolContext,
    ToolInputError,
    connected,
    effect_tool,
)
from sayso.tools.registry import question_for
from sayso.workspace.errors import ObjectNotFound, ReconnectNeeded, Unavailable, Uncertain, WorkspaceError

REASONS: Final[Mapping[str, str]] = {
    "changed": "It was changed since.",
    "gone": "It is gone.",
    "undone": "It was undone already.",
    "sent": "A mail that was sent cannot be taken back.",
    "deleted": "What was deleted cannot be brought back.",
    "no_reverse": "This cannot be undone.",
    "not_done": "It was not done.",
    "unknown": "It may or may not have been done: look first.",
    "not_connected": "The account that it is in is not connected any more.",
    "unreachable": "What it is in cannot be reached now; try again later.",
}
"""Why an action cannot be undone, by code."""


class Refusal(Exception):
    """`code`: of REASONS."""

    def __init__(self, code: str) -> None:
        super().__init__(REASONS[code])
        self.code = code


@dataclass(frozen=True, slots=True)
class _Asked:
    """The actions that are to be undone, the last first; those of them that are undone, or may be; and what was done on
    the thread to what they are about. `named`: they were named, so it is all of them or none."""

    actions: Sequence[Action]
    named: bool
    undoing: Mapping[str, Sequence[Action]]
    touching: Sequence[Action]
    undone: Mapping[str, Sequence[Action]]
    """Of those that touched their objects, what undid them."""


@dataclass(slots=True)
class _Prepared:
    """`ready`: by action, tool and proposal of each of its calls; `refused`: by action the code of why not."""

    ready: dict[str, list[tuple[str, Proposal]]] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)


class Undoing:
    def __init__(
        self,
        store: Store,
        toolbox: Toolbox,
        contexts: Contexts,
        deciding: Deciding,
        outcome: Outcome,
        clock: Clock,
        ids: Ids,
        fault: Fault,
    ) -> None:
        self._store = store
        self._toolbox = toolbox
        self._contexts = contexts
        self._deciding = deciding
        self._outcome = outcome
        self._clock = clock
        self._ids = ids
        self._fault = fault

    async def undo(self, caller: Caller, plan_id: str, action_ids: Sequence[str] | None) -> UndoReply:
        """Undo these actions of a plan, all or none; without names those that can be, the last first. What is undone
        already, or about to be, is answered with that outcome.

        Raises NotFound, ValidationFailed, NotUndoable, ScopeMissing.
        """
        asked = await self._store.read(_asked, caller, plan_id, action_ids)
        context = await self._contexts.of(caller)
        prepared = await _Preparing(self._toolbox, context, asked).all()
        self._fault("before_decide")
        decided = await self._store.write(self._decide, caller, plan_id, asked, prepared)
        confirmed, left = decisions.granted(decided)
        self._fault("decided")
        reply = await self._deciding.run(caller.user_id, confirmed, Nobody(self._store))
        return UndoReply(reply, {each: REASONS[code] for each, code in left.items()})

    def _decide(
        self, conn: WriteConn, caller: Caller, plan_id: str, asked: _Asked, prepared: _Prepared
    ) -> tuple[Confirmed, Mapping[str, str]] | SaysoError:
        """Store the plan that undoes what can be, unless another did so meanwhile: then it is that one."""
        plan = _owned(conn, caller, plan_id)
        thread = threads.lock_pk(conn, plan.thread_pk)
        undoing = records.undoing(conn, [action.id for action in asked.actions])
        fresh = [action for action in asked.actions if action.id not in undoing]
        able = [action for action in fresh if action.id in prepared.ready]
        refused = {each.id: prepared.refused.get(each.id, "changed") for each in fresh if each not in able}
        if asked.named and (refused or (able and undoing)):
            return _not_undoable(refused | dict.fromkeys(undoing, "undone"))
        if able:
            new = self._plan(able, prepared)
            ledger.open_undo(conn, new, thread, caller.actor, self._ids, refused)
            return Confirmed(new.id, thread), refused
        if not undoing:
            return _not_undoable(refused)
        last = max((each for some in undoing.values() for each in some), key=lambda each: _ordinal(conn, each))
        return Confirmed(last.plan_id, thread), records.left_by(conn, last.plan_id)

    def _plan(self, actions: Sequence[Action], prepared: _Prepared) -> NewPlan:
        plan_id, now = self._ids.new("plan"), self._clock.now()
        turn_id = self._outcome.turn_id(plan_id)
        new = [
            NewAction(turn_id, "", tool, proposal, undoes=action.id)
            for action in actions
            for tool, proposal in prepared.ready[action.id]
        ]
        return NewPlan(plan_id, new, question_for([each.proposal for each in new]), now, now)


def _owned(conn: ReadConn | WriteConn, caller: Caller, plan_id: str) -> Plan:
    plan = records.owned_plan(conn, caller.user_id, plan_id)
    if plan is None:
        raise NotFound("There is no such plan.")
    return plan


def _ordinal(conn: WriteConn, action: Action) -> int:
    plan = records.plan(conn, action.plan_id)
    return plan.ordinal if plan else 0


def _not_undoable(codes: Mapping[str, str]) -> NotUndoable:
    sentences = {action: REASONS[code] for action, code in codes.items()}
    told = " ".join(dict.fromkeys(sentences.values()))
    return NotUndoable(told or None, actions=sentences, codes=dict(codes))


def _asked(conn: ReadConn, caller: Caller, plan_id: str, action_ids: Sequence[str] | None) -> _Asked:
    """Raises NotFound, ValidationFailed."""
    plan = _owned(conn, caller, plan_id)
    actions = records.actions_of(conn, [plan_id])
    if action_ids is not None and not {action.id for action in actions}.issuperset(action_ids):
        wrong = {"field": "action_ids", "message": "unknown"}
        raise ValidationFailed("Name actions of this plan in action_ids.", fields=[wrong])
    if action_ids is None:
        wanted = [action for action in actions if action.status == "succeeded"] or actions
    else:
        wanted = [action for action in actions if action.id in action_ids]
    objects = {call.object_id for action in wanted for call in reversing.calls_of(action)} - {""}
    touching = records.touching(conn, plan.thread_pk, objects)
    return _Asked(
        wanted[::-1],
        action_ids is not None,
        records.undoing(conn, [action.id for action in wanted]),
        touching,
        records.undoing(conn, [action.id for action in touching]),
    )


class _Preparing:
    """Prepares the reverse of each action that was asked for, with reads only."""

    def __init__(self, toolbox: Toolbox, context: ToolContext, asked: _Asked) -> None:
        self._toolbox = toolbox
        self._served = connected(toolbox, context)
        self._context = context
        self._asked = asked
        self._undone: set[str] = set()
        """The actions that are undone in the same plan, before."""

    async def all(self) -> _Prepared:
        prepared = _Prepared()
        for action in self._asked.actions:
            if action.id in self._asked.undoing:
                continue
            try:
                prepared.ready[action.id] = await self._reverse(action)
            except Refusal as refusal:
                prepared.refused[action.id] = refusal.code
            else:
                self._undone.add(action.id)
        return prepared

    async def _reverse(self, action: Action) -> list[tuple[str, Proposal]]:
        """Raises Refusal."""
        calls = reversing.calls_of(action)
        if not calls:
            raise Refusal(self._why_not(action))
        return [(call.tool, await self._prepare(action, call)) for call in calls]

    def _why_not(self, action: Action) -> str:
        if action.status != "succeeded":
            return "unknown" if action.status == "unknown" else "not_done"
        tool = self._toolbox.get(action.tool)
        return tool.no_reverse if isinstance(tool, EffectTool) else "no_reverse"

    async def _prepare(self, action: Action, call: Call) -> Proposal:
        """Raises Refusal."""
        try:
            tool = effect_tool(self._served, call.tool)
            with within(MOST_STEPS, TOO_MUCH):
                proposal = await tool.proposed(self._context, tool.Args.model_validate(call.args))
        except KeyError as error:
            raise Refusal("not_connected") from error
        except (ToolInputError, WorkspaceError, ValidationError, TooManySteps) as error:
            raise Refusal(_code(error)) from error
        about = str(proposal.target.get("id", call.object_id))
        if about != call.object_id or not self._as_left(action, tool, proposal, call):
            raise Refusal("changed")
        told = {str(who["email"]).casefold() for who in proposal.target.get("told", ())}
        if not told <= reversing.reached(call) or (proposal.effect == "outbound" and not told):
            raise Refusal("changed")  # it would reach others than it was said to
        return proposal

    def _as_left(self, action: Action, tool: EffectTool[Any], proposal: Proposal, call: Call) -> bool:
        """Whether its object is as the action left it, or again so: what was done to it since is undone."""
        later: Action | None = action
        revision = call.revision
        for _ in range(len(self._asked.touching) + 1):
            if tool.as_left(proposal, replace(call, revision=revision)):
                return True
            later = self._next(later, call.object_id, revision)
            if later is None:
                return False
            if later.id in self._undone:
                return True
            left = [each.result for each in self._asked.undone.get(later.id, ()) if each.status == "succeeded"]
            if not left or not left[-1]:
                return False
            revision, later = str(left[-1].get("revision", "")), None
        return False

    def _next(self, action: Action | None, object_id: str, revision: str) -> Action | None:
        """What was done to the object next: by the same plan, or to it at this revision."""
        there = [each for each in self._asked.touching if each.touches == object_id]
        same = [each for each in there if action and each.plan_id == action.plan_id and each.position > action.position]
        at = [each for each in there if each.target.get("revision") == revision and not each.undoes]
        return min(same, key=lambda each: each.position) if same else next(iter(at), None)


def _code(error: Exception) -> str:
    if isinstance(error, ObjectNotFound):
        return "gone"
    if isinstance(error, Unavailable | Uncertain | ReconnectNeeded):
        return "unreachable"
    return "gone" if isinstance(error, ToolInputError) and error.code == "not_found" else "changed"
