"""Reading the calendar: what is on, search, free time."""

import asyncio
from dataclasses import replace
from datetime import time, timedelta
from typing import Any

from sayso.english.matching import fit, words
from sayso.tools.arguments import FindFreeTime, ListCalendarEvents, SearchCalendarEvents
from sayso.tools.base import ReadTool, ToolContext, ToolInputError
from sayso.tools.event_resolve import kind
from sayso.tools.event_words import event_when
from sayso.tools.free import WORK, Slot, free_beside, hours_of_days, on_days
from sayso.tools.json import event_json, moment_json, page, people_json
from sayso.tools.people import is_me, people
from sayso.tools.times import MORNING, Window, hours_named, understood, weekdays_named, window
from sayso.tools.wording import quoted
from sayso.workspace.types import Event

SEARCH_AHEAD = timedelta(days=365)
LONGEST_DAY = timedelta(hours=25)


class ListCalendarEventsTool(ReadTool[ListCalendarEvents]):
    name = "list_calendar_events"
    description = "What is in the calendar on a day, in a range or around a time."
    needs = frozenset({"calendar"})
    Args = ListCalendarEvents

    async def run(self, ctx: ToolContext, args: ListCalendarEvents) -> dict[str, Any]:
        span = window(ctx, args.start, args.end)
        events = await _events(ctx, span)
        listed = page(ctx, "events", [event_json(ctx, event) for event in events[: args.limit]], len(events))
        return {"understood": understood(span.parts, span.note), **listed}


class SearchCalendarEventsTool(ReadTool[SearchCalendarEvents]):
    name = "search_calendar_events"
    description = "Find events by words in their title, place, notes or guests."
    needs = frozenset({"calendar"})
    Args = SearchCalendarEvents

    async def run(self, ctx: ToolContext, args: SearchCalendarEvents) -> dict[str, Any]:
        span = window(ctx, args.start or "today", args.end)
        open_end = len(span.parts) == 1 and span.end.time() == time() and span.end - span.start <= LONGEST_DAY
        if args.end is None and open_end:
            span = Window((Slot(span.start, span.start + SEARCH_AHEAD),), note=span.note)
        events = await _events(ctx, span)
        fields, wanted = kind(ctx).fields, words(args.query)
        found = await asyncio.to_thread(lambda: [event for event in events if fit(wanted, fields(event))])
        listed = page(ctx, "events", [event_json(ctx, event) for event in found[: args.limit]], len(found))
        return {"understood": understood(span.parts, span.note), **listed}


class FindFreeTimeTool(ReadTool[FindFreeTime]):
    name = "find_free_time"
    description = (
        "Free stretches of at least the given length, within working hours (9 to 18 on weekdays) unless other hours or "
        "days are named; of `people`, those whose time cannot be seen are told as `not_seen`. All-day events take no "
        "time, but are told."
    )
    needs = frozenset({"calendar"})
    Args = FindFreeTime

    async def run(self, ctx: ToolContext, args: FindFreeTime) -> dict[str, Any]:
        span = window(ctx, args.start, args.end)
        hours = _searched(ctx, span, args)
        others = [who for who in await people(ctx, args.people) if not is_me(ctx, who)]
        told = await ctx.calendar.busy(others, hours[0].start, hours[-1].end) if others else {}
        busy = [Slot(*stretch) for stretches in told.values() for stretch in stretches or ()]
        events = await ctx.calendar.list_events(hours[0].start, hours[-1].end)
        found = free_beside(ctx.now, events, hours, args.duration_minutes, others=busy)
        slots = [
            {"start": moment_json(slot.start, ctx.timezone), "end": moment_json(slot.end, ctx.timezone)}
            for slot in found[: args.limit]
        ]
        unseen = people_json([who for who in others if told.get(who.email) is None])
        seen = {"not_seen": unseen} if others else {}
        days = [
            f"{quoted(event.title)}, {event_when(ctx, event)}"
            for event in events
            if event.all_day and event.my_response != "declined"
            if Window(tuple(hours)).holds(event.start, event.end)
        ]
        beside = {"all_day": days} if days else {}
        return {"understood": understood(hours, span.note), **page(ctx, "slots", slots, len(found)), **seen, **beside}


def _searched(ctx: ToolContext, span: Window, args: FindFreeTime) -> list[Slot]:
    """The hours of the days that are looked at. Raises ToolInputError when none are left."""
    hours = hours_named(args.hours) if args.hours else None
    if hours or not span.hours:
        found = [each for part in span.parts for each in hours_of_days(part, hours or WORK, ctx.timezone)]
    else:
        found = [_awake(part) for part in span.parts]
    found = on_days(found, ctx.timezone, weekdays_named(ctx, args.weekdays))
    if not found:
        raise ToolInputError(f"`hours` and `weekdays` leave nothing of {understood(span.parts)}: name others.")
    return found


def _awake(part: Slot) -> Slot:
    """ "Before noon" means none of the night."""
    morning = part.start.replace(hour=MORNING)
    return replace(part, start=morning) if part.start.time() == time() and morning < part.end else part


async def _events(ctx: ToolContext, span: Window) -> list[Event]:
    events = await ctx.calendar.list_events(span.start, span.end)
    return [event for event in events if span.holds(event.start, event.end)] if len(span.parts) > 1 else events
