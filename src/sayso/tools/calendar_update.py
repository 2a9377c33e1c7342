"""Changing an event: one, this and the following, or all of a series."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sayso.base.zones import zone_named
from sayso.english import dates
from sayso.tools import cards
from sayso.tools.accounts import account_of_card, named
from sayso.tools.arguments import UpdateCalendarEvent
from sayso.tools.base import Call, Caution, Effect, EffectTool, Proposal, Result, ToolContext, ToolInputError
from sayso.tools.cards import Strangers, strangers_of
from sayso.tools.day import day_of
from sayso.tools.delivery import of_calendar, unreached
from sayso.tools.event_card import event_after, event_summary, guests_of
from sayso.tools.event_changes import changes, spoken
from sayso.tools.event_exceptions import LeftOut, left_out, of_series
from sayso.tools.event_extras import check_extras, link_receipt
from sayso.tools.event_resolve import its_event
from sayso.tools.event_reverse import back, whole_revision
from sayso.tools.event_times import When, changed_when, on_rule, recurrence, time_warnings
from sayso.tools.event_words import (
    clash_text,
    clashes,
    event_details,
    others,
    overlap_warning,
    planned_when,
    repeating,
    repeats,
    scope_of,
    scope_spoken,
    scope_text,
    tail,
    touched,
)
from sayso.tools.guests import with_guests
from sayso.tools.json import draft_from, draft_json, event_json, people_json
from sayso.tools.people import person_args, stranger_warnings
from sayso.tools.stale import event_as_shown
from sayso.tools.times import instant
from sayso.tools.wording import join, name_of, quoted, titled
from sayso.workspace.events.moving import rule_after
from sayso.workspace.events.recurrence import wall
from sayso.workspace.types import Event, EventDraft, Guest, Person, Scope

_NO_RULE = frozenset({"none", "never", "no", "once", ""})


class UpdateCalendarEventTool(EffectTool[UpdateCalendarEvent]):
    name = "update_calendar_event"
    description = (
        "Change an event, or several alike: time, length, title, place, notes, guests, repetition. What is not given "
        "stays."
    )
    effect = "write"
    needs = frozenset({"calendar"})
    part = ("event", "scope")
    Args = UpdateCalendarEvent

    async def prepare(self, ctx: ToolContext, args: UpdateCalendarEvent) -> Proposal:
        event = await its_event(ctx, args)
        _check_own(event)
        check_extras(ctx, args, event.id)
        scope = _scope(event, args)
        guests, added, removed = await with_guests(ctx, event, args.add_guests, args.remove_guests)
        when, draft = await _changed(ctx, event, args, guests)
        out = await _left_out(ctx, event, args.except_dates, draft, scope)
        draft = replace(draft, exdates=out.starts)
        delivery = of_calendar(ctx, event.id)
        shown = _as_it_repeats(ctx, event, draft, scope)
        found = changes(ctx, event, shown, added, removed, when.said)
        if not found:
            raise ToolInputError(f"{quoted(event.title)} is like that already.", "nothing_to_do")
        told = others(ctx, (*draft.guests, *(Guest(email=who.email, name=who.name) for who in removed)))
        moved = (draft.start, draft.end) != (event.start, event.end)
        anew = draft.recurrence != event.recurrence or (moved and scope != "this")
        clashing = await clashes(ctx, draft, event) if moved else []
        overlap = clash_text(ctx, draft, clashing)
        strangers = await stranger_warnings(ctx, added)
        resolved = _resolved(event, args, scope, when, draft) | {"except_dates": out.args}
        resolved |= {"add_guests": await person_args(ctx, added), "remove_guests": [who.email for who in removed]}
        lines = "; ".join(each.line for each in found)
        which = scope_text(ctx, event, scope)
        effect: Effect = "outbound" if told else "destructive" if out.starts and repeating(event) else "write"
        return Proposal(
            effect=effect,
            args=args.model_copy(update=resolved).model_dump(),
            target={
                "id": event.id,
                "scope": scope,
                "revision": event.revision,
                "draft": draft_json(draft),
                "before": event_json(ctx, event),
                "notify": bool(told),
                "told": people_json([Person(who.email, who.name) for who in told]),
                "back": await back(ctx, event, draft, scope),
                **({"series_revision": await whole_revision(ctx, event)} if scope == "all" else {}),
                "receipt": f"Changed {quoted(event.title)}: {lines}{tail(which, delivery.told(told))}.",
                **delivery.target,
            },
            question=f"{join(spoken(found))}{scope_spoken(event, scope)}",
            preview=f"Change {quoted(event.title)}: {lines}{tail(which, delivery.tells(told), overlap)}",
            details=(
                ("Before", planned_when(ctx, event)),
                *event_details(ctx, shown, when.said),
                *named(ctx, "calendar", event.id),
            ),
            warnings=(
                *(time_warnings(ctx, when, draft) if anew else when.warnings),
                *out.warnings,
                *_gone(event, draft, scope),
                *(await _passed(ctx, event, draft) if moved and repeating(event) and scope != "this" else ()),
                *overlap_warning(overlap),
                *strangers,
            ),
            touches=touched(event, scope),
            card=await _card(ctx, event, shown, scope, clashing, added, removed, strangers_of(strangers)),
        )

    async def run(self, ctx: ToolContext, proposal: Proposal, key: str) -> Result:
        target = proposal.target
        draft = draft_from(target["draft"])
        async with event_as_shown(ctx, target):
            event = await ctx.calendar.update_event(
                target["id"], draft, target["scope"], target["revision"], key, target["notify"]
            )
        return await _result(ctx, event, target)

    async def reconcile(self, ctx: ToolContext, proposal: Proposal, key: str) -> Result | None:
        done = await ctx.calendar.applied(key, proposal.target["id"])
        if done is None:
            return None
        event = await ctx.calendar.get_event(done)
        return await _result(ctx, event, proposal.target)

    def reversible(self, proposal: Proposal) -> bool:
        return proposal.target.get("back") is not None

    def reverse(self, proposal: Proposal, value: dict[str, Any], revision: str) -> Sequence[Call]:
        if not self.reversible(proposal):
            return ()
        event, target, left = value["event"]["id"], proposal.target, revision
        if target["scope"] == "all":
            if not value.get("series_revision"):
                return ()
            left = _left(revision, value["series_revision"])
        return (Call("update_calendar_event", {"event": event, **target["back"]}, event, left, target["told"]),)

    def as_left(self, reverse: Proposal, call: Call) -> bool:
        """A series is as it was left when none of its occurrences was changed either."""
        target = reverse.target
        return _left(target["revision"], target.get("series_revision", "")) == call.revision


async def _card(
    ctx: ToolContext,
    event: Event,
    shown: EventDraft,
    scope: Scope,
    clashing: Sequence[Event],
    added: Sequence[Person],
    removed: Sequence[Person],
    new: Strangers,
) -> dict[str, Any]:
    reaches, repeats_ = of_calendar(ctx, event.id).reaches, repeating(event)
    told = others(ctx, (*shown.guests, *(Guest(email=who.email, name=who.name) for who in removed)))
    moved = shown.start != event.start
    does = cards.moves(ctx, event, shown, scope, repeats_) if moved else cards.of_series(cards.CHANGE, scope, repeats_)
    return cards.card(
        "event.change",
        event_summary(ctx, shown),
        cards.with_guests(does, told if reaches else (), added, new),
        before=event_json(ctx, event),
        after=event_after(ctx, shown, event),
        day=await day_of(ctx, before=event, after=shown, clashing=clashing, scope=scope)
        if moved or shown.end != event.end
        else None,
        people=guests_of(ctx, shown.guests, reaches, added=added, removed=removed, strangers=new),
        account=account_of_card(ctx, "calendar", event.id),
    )


def _as_it_repeats(ctx: ToolContext, event: Event, draft: EventDraft, scope: Scope) -> EventDraft:
    """The draft with the rule that a move of more than one occurrence makes of the series' own, where that reads
    otherwise. Raises Refused where there is no telling."""
    zone = zone_named(event.timezone)
    alike = event.all_day == (not isinstance(draft.start, datetime)) and draft.timezone == event.timezone
    moved = draft.start != event.start and draft.recurrence == event.recurrence != ""
    if scope == "this" or not moved or not alike:
        return draft
    rule = rule_after(event.recurrence, wall(event.start, zone), wall(draft.start, zone), zone, event.all_day)
    after = replace(draft, recurrence=rule)
    return after if repeats(ctx, after) != repeats(ctx, draft) else draft


def _left(revision: str, series: str) -> str:
    return f"{revision} of {series}" if series else revision


async def _result(ctx: ToolContext, event: Event, target: dict[str, Any]) -> Result:
    """The event as it is now, and as it was; of a series that can be changed back also at which revision it is."""
    receipt = target["receipt"] + unreached(event) + link_receipt(draft_from(target["draft"]), event)
    value = {"event": event_json(ctx, event), "before": target.get("before")}
    if target["scope"] == "all" and target.get("back"):
        value["series_revision"] = await whole_revision(ctx, event)
    return Result(value, receipt, event.revision)


def _check_own(event: Event) -> None:
    if event.organizer is not None:
        raise ToolInputError(
            f"Only {name_of(event.organizer)}, who organizes {quoted(event.title)}, can change it; you can accept or "
            "decline it, or write to them."
        )


def _gone(event: Event, draft: EventDraft, scope: Scope) -> tuple[Caution, ...]:
    """What the end of a repetition takes away besides; a series of dates alone has no rule that could end."""
    if not event.recurrence or draft.recurrence or scope == "this":
        return ()
    which = "All other occurrences, past ones too," if scope == "all" else "All later occurrences"
    return (Caution("occurrences_gone", f"{which} of {quoted(event.title)} will be gone."),)


async def _passed(ctx: ToolContext, event: Event, draft: EventDraft) -> tuple[Caution, ...]:
    """Which occurrences go when a series is to begin behind more than the one that is moved."""
    begin, until = (instant(each, ctx.timezone) for each in (event.start, draft.start))
    if until - begin < timedelta(days=1):
        return ()
    events = await ctx.calendar.list_events(begin, until)
    days = [instant(each.start, ctx.timezone) for each in events if each.series_id == event.series_id]
    last = until.astimezone(ctx.timezone).date()
    gone = sorted({day for each in days if (day := each.astimezone(ctx.timezone).date()) < last})
    if len(gone) < 2:
        return ()
    span = f"from {dates.say_day(gone[0])} to {dates.say_day(gone[-1])}"
    told = f"{quoted(event.title)} is then no longer on the {len(gone)} days {span}."
    return (Caution("occurrences_gone", told),)


def _scope(event: Event, args: UpdateCalendarEvent) -> Scope:
    """What part of a series is meant; unless it is said, a new rule and exceptions are for the whole of it and an end
    of the repetition leaves what is past."""
    if (args.recurrence is None and not args.except_dates) or not event.series_id:
        return scope_of(event, args.scope)
    if args.scope == "this":
        raise ToolInputError("A repetition cannot be changed for one occurrence: choose `following` or `all`.")
    return args.scope or ("following" if _ends(args.recurrence) else "all")


async def _left_out(ctx: ToolContext, event: Event, said: Sequence[str], draft: EventDraft, scope: Scope) -> LeftOut:
    """What is to be left out: of the series as it stands, or of what a new rule makes of it."""
    if draft.recurrence == event.recurrence:
        return await left_out(ctx, said, event, of_series(ctx, event, following=scope == "following"))
    if said and scope == "all" and event.series_id:  # the rule goes on from where the series begins
        series, zone = await ctx.calendar.get_event(event.series_id), zone_named(draft.timezone)
        days = wall(draft.start, zone).date() - wall(event.start, zone).date()
        day = wall(series.start, zone).date() + days
        begin = datetime.combine(day, draft.start.time(), zone) if isinstance(draft.start, datetime) else day
        first = await asyncio.to_thread(on_rule, When(begin, begin, zone), draft.recurrence)
        draft = replace(draft, start=first.begin)
    return await left_out(ctx, said, draft)


def _ends(rule: str | None) -> bool:
    return rule is not None and rule.strip().casefold() in _NO_RULE


async def _changed(
    ctx: ToolContext, event: Event, args: UpdateCalendarEvent, guests: tuple[Guest, ...]
) -> tuple[When, EventDraft]:
    when = await changed_when(ctx, event, args)
    rule = event.recurrence
    if args.recurrence is not None:
        rule = ""
        if not _ends(args.recurrence):
            rule = (await asyncio.to_thread(recurrence, ctx, args.recurrence, when.zone)).recurrence
        moved = await asyncio.to_thread(on_rule, when, rule)
        when, rule = when if event.series_id else moved, moved.recurrence
    draft = EventDraft(
        title=event.title if args.title is None else titled(args.title),
        start=when.begin,
        end=when.end,
        timezone=when.zone.key,
        location=event.location if args.location is None else args.location,
        description=event.description if args.description is None else args.description,
        guests=guests,
        recurrence=rule,
        reminders=event.reminders if args.reminders is None else tuple(args.reminders),
        meeting_link=args.meeting_link and not event.link,
    )
    return when, draft


def _zone_arg(event: Event, when: When) -> str | None:
    """The zone that was said with the new time, or that the event follows from now on."""
    if isinstance(when.said, ZoneInfo):
        return when.said.key
    return when.zone.key if when.zone.key != event.timezone else None


def _resolved(event: Event, args: UpdateCalendarEvent, scope: Scope, when: When, draft: EventDraft) -> dict[str, Any]:
    """The arguments that, given again, mean the same change."""
    resolved: dict[str, Any] = {"event": event.id, "scope": scope if repeating(event) else None}
    resolved |= {"start": None, "end": None, "duration_minutes": None}
    if (draft.start, draft.end) != (event.start, event.end):
        resolved |= when.time_args()
        if not isinstance(draft.start, datetime) and not event.all_day:
            resolved["start"] = f"{resolved['start']} all day"
    resolved["timezone"] = args.timezone or _zone_arg(event, when)
    if args.title is not None:
        resolved["title"] = draft.title
    if args.recurrence is not None:
        resolved["recurrence"] = draft.recurrence or "none"
    return resolved
