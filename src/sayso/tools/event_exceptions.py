"""The days on which a repeating event does not take place: from words to its occurrences on them."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from itertools import islice, takewhile

from sayso.base import rrule, sizes
from sayso.base.zones import zone_named
from sayso.english import dates
from sayso.tools import times
from sayso.tools.base import Caution, ToolContext, ToolInputError
from sayso.tools.event_times import When, on_rule
from sayso.tools.event_words import spoken_zone, start_day
from sayso.tools.times import DAY, names_year, read
from sayso.tools.wording import join, quoted
from sayso.workspace.events.gaps import skipped
from sayso.workspace.events.recurrence import Pattern, wall
from sayso.workspace.events.series import instant
from sayso.workspace.types import Event, EventDraft

Start = datetime | date
Occurrences = Callable[[date, date], Awaitable[list[Start]]]
"""When the occurrences of a series begin that are on the days from the first date to before the second."""
_NEAR = 35 * DAY
_INTERVAL = re.compile(r"(\d{4}-\d\d-\d\d)/(\d{4}-\d\d-\d\d)")


@dataclass(frozen=True, slots=True)
class LeftOut:
    """The occurrences that are left out, by their starts and by the days that they are on."""

    starts: tuple[Start, ...] = ()
    days: tuple[date, ...] = ()
    warnings: tuple[Caution, ...] = ()

    @property
    def args(self) -> list[str]:
        return [day.isoformat() for day in self.days]


async def left_out(
    ctx: ToolContext, said: Sequence[str], draft: EventDraft, occurrences: Occurrences | None = None
) -> LeftOut:
    """The occurrences on the days that were said, each item a day or a range of them.

    `draft`: the event, whose start is its first occurrence that counts. `occurrences`: of a series that is there;
    else they are what its rule names. Of a range the days on which it takes place count; an item without any is a
    warning. Raises ToolInputError when nothing of it is on any of them, with the days on which it is.
    """
    if not said:
        return LeftOut()
    if not draft.recurrence:
        raise ToolInputError("Only what repeats can leave out days: give the repetition as `recurrence`, too.")
    occurrences = occurrences or _by_rule(ctx, draft)
    first = start_day(ctx, draft, draft.start)
    spans = [_span(ctx, text, draft, first) for text in said]
    found = [await occurrences(*span) for span in spans]
    starts = {instant(start): start for some in found for start in some}
    if not starts:
        raise await _nothing_there(ctx, spans, draft, occurrences)
    days = tuple(sorted({start_day(ctx, draft, start) for start in starts.values()}))
    if len(starts) > sizes.ITEMS:
        raise ToolInputError(
            f"More than {sizes.ITEMS} occurrences cannot be left out: let it end before, and begin anew afterwards."
        )
    idle = [_said_of(span) for span, some in zip(spans, found, strict=True) if not some]
    absent = f"{quoted(draft.title)} is not on {join(idle, 'or')} anyway."
    warnings = (Caution("no_occurrence", absent),) if idle else ()
    return LeftOut(tuple(starts[each] for each in sorted(starts)), days, warnings)


def of_series(ctx: ToolContext, event: Event, following: bool) -> Occurrences:
    """The occurrences of the series that an event is of, as they stand; `following`: from this one on."""
    series, zone = event.series_id or event.id, spoken_zone(ctx, event)
    begin = instant(event.start)

    async def between(first: date, end: date) -> list[Start]:
        events = await ctx.calendar.list_events(times.instant(first, zone), times.instant(end, zone))
        starts = [each.start for each in events if each.series_id == series]
        starts = [each for each in starts if not following or instant(each) >= begin]
        return [each for each in starts if first <= start_day(ctx, event, each) < end]

    return between


def _by_rule(ctx: ToolContext, draft: EventDraft) -> Occurrences:
    pattern = _pattern(draft)

    async def between(first: date, end: date) -> list[Start]:
        window = [datetime(day.year, day.month, day.day) for day in (first - DAY, end + DAY)]  # noqa: DTZ001
        slots = await asyncio.to_thread(lambda: list(islice(pattern.slots(*window), sizes.ITEMS * 4)))
        starts = [_start(pattern, slot) for slot in slots]
        return [each for each in starts if first <= start_day(ctx, draft, each) < end]

    return between


def _pattern(draft: EventDraft) -> Pattern:
    zone = zone_named(draft.timezone)
    first = skipped(draft.start, zone) or wall(draft.start, zone)
    return Pattern(first, zone, not isinstance(draft.start, datetime), draft.recurrence)


def _start(pattern: Pattern, slot: datetime) -> Start:
    """When the occurrence at this slot begins; later, where clocks skip its time."""
    if pattern.all_day:
        return slot.date()
    return slot.replace(tzinfo=pattern.zone).astimezone(UTC).astimezone(pattern.zone)


def _span(ctx: ToolContext, text: str, draft: EventDraft, first: date) -> tuple[date, date]:
    """The days that were said, from the first to before the second. What names no year and would be before the event
    begins is meant after that. Raises ToolInputError."""
    zone = spoken_zone(ctx, draft)
    said = _INTERVAL.sub(r"\1 to \2", text)
    moment = read(ctx, said, zone=zone)
    if not names_year(text) and (moment.end or moment.start).astimezone(zone).date() <= first:
        moment = read(replace(ctx, now=times.instant(first, zone)), said, zone=zone)
    if moment.recurrence:
        raise ToolInputError(f'Name the days of "{text}" one by one, or as a range: "2026-04-06", "April 6-10".')
    begin = moment.start.astimezone(zone).date()
    if moment.has_time or moment.end is None:
        return begin, begin + DAY
    return begin, max(begin + DAY, moment.end.astimezone(zone).date())


async def _nothing_there(
    ctx: ToolContext, spans: Sequence[tuple[date, date]], draft: EventDraft, occurrences: Occurrences
) -> ToolInputError:
    begin, end = min(span[0] for span in spans), max(span[1] for span in spans)
    near = sorted(start_day(ctx, draft, each) for each in await occurrences(begin - _NEAR, end + _NEAR))
    before, after = [day for day in near if day < begin][-2:], [day for day in near if day >= end][:2]
    days = [dates.say_day(day) for day in dict.fromkeys((*before, *after))]
    there = f" Around then it is on {join(days)}." if days else ""
    return ToolInputError(f"{quoted(draft.title)} is not on {join([_said_of(span) for span in spans], 'or')}.{there}")


def _said_of(span: tuple[date, date]) -> str:
    first, last = span[0], span[1] - DAY
    return dates.say_day(first) if first == last else f"{dates.say_day(first)} – {dates.say_day(last)}"


def begun_after(ctx: ToolContext, when: When, draft: EventDraft, out: LeftOut) -> tuple[When, LeftOut]:
    """The time of a new series moved on to its first occurrence that is not left out, and what is left out from there
    on. Raises ToolInputError when none is left."""
    pattern, gone = _pattern(draft), {instant(each) for each in out.starts}
    skip = list(takewhile(lambda slot: instant(_start(pattern, slot)) in gone, pattern.slots()))
    if not skip:
        return when, out
    first = next(islice(pattern.slots(), len(skip), None), None)
    if first is None:
        raise ToolInputError(f"Nothing of {quoted(draft.title)} would be left; leave out fewer days.")
    parts = rrule.parse(draft.recurrence)
    if "COUNT" in parts:
        parts["COUNT"] = str(int(parts["COUNT"]) - len(skip))
    begin = _start(pattern, first)
    starts = tuple(each for each in out.starts if instant(each) > instant(begin))
    days = tuple(dict.fromkeys(start_day(ctx, draft, each) for each in starts))
    return on_rule(replace(when, skipped=first), rrule.format_rule(parts)), replace(out, starts=starts, days=days)
