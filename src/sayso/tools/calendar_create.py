"""Putting a new event into the calendar."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, tzinfo
from typing import Any

from sayso.tools import cards
from sayso.tools.accounts import account_of_card, at, named, placed
from sayso.tools.arguments import CreateCalendarEvent
from sayso.tools.base import Call, Effect, EffectTool, Proposal, Result, ToolContext
from sayso.tools.cards import Strangers, strangers_of
from sayso.tools.day import day_of
from sayso.tools.delivery import of_calendar
from sayso.tools.event_card import event_after, event_summary, guests_of
from sayso.tools.event_exceptions import begun_after, left_out
from sayso.tools.event_extras import check_extras, extras_text, link_receipt
from sayso.tools.event_reverse import whole_revision
from sayso.tools.event_times import HOUR, new_when, time_warnings
from sayso.tools.event_words import (
    clash_text,
    clashes,
    event_details,
    event_when,
    overlap_warning,
    planned_when,
    repeats,
    spoken_when,
    tail,
)
from sayso.tools.json import draft_from, draft_json, event_json, people_json
from sayso.tools.people import is_me, people, person_args, stranger_warnings
from sayso.tools.wording import names, one_line, quoted, titled
from sayso.workspace.types import Event, EventDraft, Guest, Person


class CreateCalendarEventTool(EffectTool[CreateCalendarEvent]):
    name = "create_calendar_event"
    description = "Put an event into the calendar; guests are sent an invitation."
    effect = "write"
    needs = frozenset({"calendar"})
    Args = CreateCalendarEvent

    async def prepare(self, ctx: ToolContext, args: CreateCalendarEvent) -> Proposal:
        when = await new_when(ctx, args)
        check_extras(ctx, args)
        guests = tuple(who for who in await people(ctx, args.guests) if not is_me(ctx, who))
        draft = EventDraft(
            title=titled(args.title),
            start=when.begin,
            end=when.end,
            timezone=when.zone.key,
            location=args.location,
            description=args.description,
            guests=tuple(Guest(email=who.email, name=who.name) for who in guests),
            recurrence=when.recurrence,
            reminders=None if args.reminders is None else tuple(args.reminders),
            meeting_link=args.meeting_link,
        )
        out = await left_out(ctx, args.except_dates, draft)
        if out.starts:
            when, out = await asyncio.to_thread(begun_after, ctx, when, draft, out)
            draft = replace(draft, start=when.begin, end=when.end, recurrence=when.recurrence, exdates=out.starts)
        resolved = {
            "title": draft.title,
            **when.time_args(),
            "guests": await person_args(ctx, guests),
            "recurrence": draft.recurrence or None,
            "except_dates": out.args,
            "timezone": when.zone.key if args.timezone or when.zone.key != ctx.timezone.key else None,
        }
        clashing = await clashes(ctx, draft)
        overlap = clash_text(ctx, draft, clashing)
        strangers = await stranger_warnings(ctx, guests)
        effect: Effect = "outbound" if guests else "write"
        delivery = of_calendar(ctx)
        return Proposal(
            effect=effect,
            args=args.model_copy(update=resolved).model_dump(),
            target={
                "draft": draft_json(draft),
                "told": people_json(guests),
                **placed(ctx, "calendar"),
                **delivery.target,
            },
            question=_question(ctx, draft, guests, when.said),
            preview=f"Create {_line(ctx, draft, when.said)}{tail(delivery.invites(guests), overlap)}",
            details=(*event_details(ctx, draft, when.said), *named(ctx, "calendar")),
            warnings=(
                *time_warnings(ctx, when, draft),
                *out.warnings,
                *overlap_warning(overlap),
                *strangers,
            ),
            card=await self._card(ctx, draft, guests, clashing, strangers_of(strangers)),
        )

    async def _card(
        self, ctx: ToolContext, draft: EventDraft, guests: Sequence[Person], clashing: Sequence[Event], new: Strangers
    ) -> dict[str, Any]:
        reaches = of_calendar(ctx).reaches
        invited = guests if reaches else ()
        return cards.card(
            "event.create",
            event_summary(ctx, draft),
            cards.with_guests(cards.CREATE, invited, invited, new),
            after=event_after(ctx, draft),
            day=await day_of(ctx, after=draft, clashing=clashing),
            people=guests_of(ctx, draft.guests, reaches, strangers=new),
            account=account_of_card(ctx, "calendar"),
        )

    async def run(self, ctx: ToolContext, proposal: Proposal, key: str) -> Result:
        draft = draft_from(proposal.target["draft"])
        event = await at(ctx, proposal.target).calendar.create_event(draft, key, notify=bool(draft.guests))
        return await self._result(ctx, proposal, event)

    async def reconcile(self, ctx: ToolContext, proposal: Proposal, key: str) -> Result | None:
        calendar = at(ctx, proposal.target).calendar
        done = await calendar.applied(key, "")
        return None if done is None else await self._result(ctx, proposal, await calendar.get_event(done))

    def reversible(self, proposal: Proposal) -> bool:
        return True

    def reverse(self, proposal: Proposal, value: dict[str, Any], revision: str) -> Sequence[Call]:
        event, told = value["event"], proposal.target.get("told")
        if told is None or not revision:
            return ()  # an earlier version did not keep whom it tells; or the series could not be looked at
        ident = event["series_id"] or event["id"]
        scope = {"scope": "all"} if event["series_id"] or event["recurrence"] else {}
        return (Call("delete_calendar_event", {"event": ident, **scope}, ident, revision, told),)

    async def _result(self, ctx: ToolContext, proposal: Proposal, event: Event) -> Result:
        draft = draft_from(proposal.target["draft"])
        rule = f", {repeats(ctx, draft)}" if draft.recurrence else ""
        invited = of_calendar(at(ctx, proposal.target)).invited(draft.guests, event)
        link = link_receipt(draft, event)
        receipt = f"Created {quoted(draft.title)}, {event_when(ctx, draft)}{rule}.{invited}{link}"
        return Result({"event": event_json(ctx, event)}, receipt, await whole_revision(at(ctx, proposal.target), event))


def _question(ctx: ToolContext, draft: EventDraft, guests: tuple[Person, ...], said: tzinfo | None) -> str:
    what = "a meeting" if isinstance(draft.start, datetime) else "an all-day event"
    rule = f", {repeats(ctx, draft)}," if draft.recurrence else ""
    place = f" at {one_line(draft.location)}" if draft.location else ""
    extras = extras_text(draft)
    invite = f" and invite {names(guests)}" if guests else ""
    when = spoken_when(ctx, draft, HOUR, said)
    text = f"create {what} titled {quoted(draft.title)} {when}{rule}{place}{extras}{invite}"
    return text.rstrip(",")


def _line(ctx: ToolContext, draft: EventDraft, said: tzinfo | None) -> str:
    rule = f", {repeats(ctx, draft)}" if draft.recurrence else ""
    place = f", at {one_line(draft.location)}" if draft.location else ""
    return f"{quoted(draft.title)}, {planned_when(ctx, draft, said)}{rule}{place}{extras_text(draft)}"
