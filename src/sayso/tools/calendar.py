"""Reading the calendar: what is on, search, free time."""

import asyncio
from datetime import timedelta
from typing import Any

from sayso.english.matching import fit, words
from sayso.tools.arguments import FindFreeTime, ListCalendarEvents, SearchCalendarEvents
from sayso.tools.base import ReadTool, ToolContext
from sayso.tools.event_resolve import kind
from sayso.tools.free import Slot, free_slots, working_hours
from sayso.tools.json import event_json, moment_json, page
from sayso.tools.times import window

SEARCH_AHEAD = timedelta(days=365)


class ListCalendarEventsTool(ReadTool[ListCalendarEvents]):
    name = "list_calendar_events"
    description = "What is in the calendar on a day, in a range or around a time."
    needs = frozenset({"calendar"})
    Args = ListCalendarEvents

    async def run(self, ctx: ToolContext, args: ListCalendarEvents) -> dict[str, Any]:
        span = window(ctx, args.start, args.end)
        events = await ctx.calendar.list_events(span.start, span.end)
        return page(ctx, "events", [event_json(ctx, event) for event in events[: args.limit]], len(events))


class SearchCalendarEventsTool(ReadTool[SearchCalendarEvents]):
    name = "search_calendar_events"
    description = "Find events by words in their title, place, notes or guests."
    needs = frozenset({"calendar"})
    Args = SearchCalendarEvents

    async def run(self, ctx: ToolContext, args: SearchCalendarEvents) -> dict[str, Any]:
        start = window(ctx, args.start or "today", None).start
        end = window(ctx, args.end, None).end if args.end else start + SEARCH_AHEAD
        events = await ctx.calendar.list_events(start, end)
        fields, wanted = kind(ctx).fields, words(args.query)
        found = await asyncio.to_thread(lambda: [event for event in events if fit(wanted, fields(event))])
        return page(ctx, "events", [event_json(ctx, event) for event in found[: args.limit]], len(found))


class FindFreeTimeTool(ReadTool[FindFreeTime]):
    name = "find_free_time"
    description = (
        "Free stretches of at least the given length, within working hours (9 to 18 on weekdays) unless `start` names "
        "other hours or a weekend."
    )
    needs = frozenset({"calendar"})
    Args = FindFreeTime

    async def run(self, ctx: ToolContext, args: FindFreeTime) -> dict[str, Any]:
        span = window(ctx, args.start, args.end)
        hours = [Slot(span.start, span.end)] if span.hours else working_hours(span.start, span.end, ctx.timezone)
        found = await free_slots(ctx, hours, args.duration_minutes)
        slots = [
            {"start": moment_json(slot.start, ctx.timezone), "end": moment_json(slot.end, ctx.timezone)}
            for slot in found[: args.limit]
        ]
        return page(ctx, "slots", slots, len(found))
