"""Several proposals as a whole: each as it would be made now, in a calendar in which the others are done already."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final

from pydantic import ValidationError

from sayso.base.steps import TooManySteps, within
from sayso.tools.accounts import missed
from sayso.tools.base import (
    MOST_STEPS,
    TOO_MUCH,
    AnyTool,
    Caution,
    ObjectChanged,
    ObjectNotFound,
    Proposal,
    Toolbox,
    ToolContext,
    ToolInputError,
    WorkspaceError,
    connected,
    effect_tool,
)
from sayso.tools.calendar_create import CreateCalendarEventTool
from sayso.tools.calendar_delete import DeleteCalendarEventTool, RespondToInvitationTool
from sayso.tools.calendar_update import UpdateCalendarEventTool
from sayso.tools.json import draft_from
from sayso.tools.provenance import carried
from sayso.workspace.errors import Refused
from sayso.workspace.events.planning import created
from sayso.workspace.events.series import Series, instant
from sayso.workspace.protocols import Calendar, Stretch
from sayso.workspace.types import Event, EventDraft, Feature, Person, Response, Scope

CHANGED: Final = "It was changed since you were asked. Have it shown anew."
_OF_THE_TURN: Final = frozenset({"not_changed", "not_all"})
"""Codes of warnings about the turn that proposed it, which stay with it."""
_TOLD: Final = frozenset({"receipt", "before", "event"})
"""Of a target: what is only told. It may read otherwise, in another zone, and mean the same."""


async def as_a_whole(
    toolbox: Toolbox, ctx: ToolContext, actions: Sequence[tuple[str, Proposal]], just_prepared: bool = False
) -> list[Proposal]:
    """The proposals, each with its tool, with texts, warnings and cards as they would be made now, beside each other.

    What will run stays as it is. When that would come out otherwise by now, a warning says so; what cannot be looked at
    stays as it was shown. `just_prepared`: only what others do to the calendar may make a difference.
    """
    changes = await asyncio.to_thread(_changes, toolbox, actions)
    fresh: list[Proposal] = []
    for at, (name, proposal) in enumerate(actions):
        others = [change for place, change in changes if place != at]
        calendar = name in toolbox and "calendar" in toolbox[name].needs
        settled = just_prepared and not (others and calendar)
        fresh.append(proposal if settled else await _anew(toolbox, _beside(ctx, others), name, proposal))
    return fresh


async def _anew(toolbox: Toolbox, ctx: ToolContext, name: str, old: Proposal) -> Proposal:
    try:
        tool = effect_tool(connected(toolbox, ctx), name)
        with within(MOST_STEPS, TOO_MUCH):
            new = carried(old, await tool.proposed(ctx, tool.Args.model_validate(old.args)))
    except (ToolInputError, ObjectNotFound, ObjectChanged, Refused) as error:
        return _outdated(old, str(error))
    except (KeyError, WorkspaceError, TooManySteps, ValidationError):
        return old
    if _about(new) != _about(old):
        return _outdated(old, CHANGED)
    turn = tuple(each for each in old.warnings if each.code in _OF_THE_TURN)
    fresh = dict.fromkeys((*new.warnings, *(Caution("not_read", each) for each in missed(ctx)), *turn))
    shown = new if _will_run(new) == _will_run(old) else old  # said again, it may be put otherwise: then its words stay
    return replace(shown, target=old.target, warnings=tuple(fresh))


def _about(proposal: Proposal) -> tuple[object, ...]:
    """What it is about, as it was when it was looked at."""
    return proposal.effect, proposal.touches, proposal.target.get("id"), proposal.target.get("revision")


def _will_run(proposal: Proposal) -> tuple[object, ...]:
    return proposal.args, {name: value for name, value in proposal.target.items() if name not in _TOLD}


def _outdated(old: Proposal, why: str) -> Proposal:
    kept = [each for each in old.warnings if each.code != "outdated"]
    return replace(old, warnings=(Caution("outdated", f"As it stands, this would not be done. {why}"), *kept))


def _changes(toolbox: Toolbox, actions: Sequence[tuple[str, Proposal]]) -> list[tuple[int, "_Change"]]:
    """What each action makes of the calendar, with its place among them."""
    each = [(at, _change(toolbox.get(name), proposal.target, at)) for at, (name, proposal) in enumerate(actions)]
    return [(at, change) for at, change in each if change is not None]


def _beside(ctx: ToolContext, others: Sequence["_Change"]) -> ToolContext:
    """The context with a calendar as it is when the others are done."""
    calendar = ctx.workspace.calendar
    if calendar is None or not others:
        return ctx
    return replace(ctx, workspace=replace(ctx.workspace, calendar=_Planned(calendar, others)))


@dataclass(frozen=True, slots=True)
class _Change:
    """What goes, and what comes in its place."""

    event_id: str = ""
    series_id: str = ""
    scope: Scope = "this"
    start: datetime | None = None
    new: Series | None = None

    def takes(self, event: Event) -> bool:
        if not self.event_id:
            return False
        if self.scope == "this":
            return event.id == self.event_id
        if self.series_id not in (event.series_id, event.id):
            return False
        return self.scope == "all" or self.start is None or instant(event.start) >= self.start

    def gives(self, start: datetime, end: datetime) -> Iterator[Event]:
        if self.new is not None:
            yield from self.new.window(start, end)


def _change(tool: AnyTool | None, target: Mapping[str, Any], at: int) -> _Change | None:
    match tool:
        case CreateCalendarEventTool():
            return _Change(new=_series(draft_from(target["draft"]), at))
        case UpdateCalendarEventTool() | DeleteCalendarEventTool():
            pass
        case RespondToInvitationTool() if target["response"] == "declined":
            pass
        case _:
            return None
    was: dict[str, Any] = target.get("before") or target["event"]
    draft = draft_from(target["draft"]) if "draft" in target else None
    if draft is not None and target["scope"] == "this":
        draft = replace(draft, recurrence="", exdates=())
    begins = was["start"]
    start = instant(datetime.fromisoformat(begins) if "T" in begins else date.fromisoformat(begins))
    new = None if draft is None else _series(draft, at)
    return _Change(target["id"], was["series_id"] or target["id"], target["scope"], start, new)


def _series(draft: EventDraft, at: int) -> Series | None:
    """What comes; None: there is no telling here, though the calendar takes it."""
    try:
        return created(draft, f"planned{at}")
    except Refused:
        return None


@dataclass(frozen=True, slots=True)
class _Planned:
    """A calendar that shows what is planned; all else is the calendar's own."""

    inner: Calendar
    changes: Sequence[_Change]

    @property
    def features(self) -> frozenset[Feature]:
        return self.inner.features

    @property
    def tells_others(self) -> bool:
        return self.inner.tells_others

    async def list_events(self, start: datetime, end: datetime) -> list[Event]:
        events = await self.inner.list_events(start, end)
        stay = [event for event in events if not any(change.takes(event) for change in self.changes)]
        new = await asyncio.to_thread(lambda: [each for change in self.changes for each in change.gives(start, end)])
        return sorted([*stay, *new], key=lambda event: instant(event.start))

    async def get_event(self, event_id: str) -> Event:
        return await self.inner.get_event(event_id)

    async def create_event(self, draft: EventDraft, key: str, notify: bool) -> Event:
        return await self.inner.create_event(draft, key, notify)

    async def update_event(
        self, event_id: str, draft: EventDraft, scope: Scope, revision: str, key: str, notify: bool
    ) -> Event:
        return await self.inner.update_event(event_id, draft, scope, revision, key, notify)

    async def delete_event(self, event_id: str, scope: Scope, revision: str, key: str, notify: bool, note: str) -> None:
        await self.inner.delete_event(event_id, scope, revision, key, notify, note)

    async def respond(
        self, event_id: str, response: Response, scope: Scope, revision: str, key: str, note: str
    ) -> Event:
        return await self.inner.respond(event_id, response, scope, revision, key, note)

    async def busy(
        self, people: Sequence[Person], start: datetime, end: datetime
    ) -> Mapping[str, Sequence[Stretch] | None]:
        return await self.inner.busy(people, start, end)

    async def applied(self, key: str, object_id: str) -> str | None:
        return await self.inner.applied(key, object_id)
