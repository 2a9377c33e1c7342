"""Where there is room in the calendar."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from sayso.tools.base import ToolContext, ToolInputError
from sayso.workspace.types import Event

WORK_BEGINS, WORK_ENDS = time(9), time(18)
STEP = timedelta(minutes=15)
LONGEST = timedelta(days=367)


@dataclass(frozen=True, slots=True)
class Slot:
    start: datetime
    end: datetime


def is_busy(event: Event) -> bool:
    """Whether the event takes the user's time: all-day events, declined invitations and what is marked free do not."""
    return not event.all_day and not event.free and event.my_response != "declined"


async def free_slots(
    ctx: ToolContext, hours: Sequence[Slot], minutes: int, ignoring: Event | None = None
) -> list[Slot]:
    """The free stretches of at least so many minutes within the given hours, none of them in the past."""
    if not hours:
        return []
    events = await ctx.calendar.list_events(hours[0].start, hours[-1].end)
    busy = _merged(
        Slot(event.start, event.end)
        for event in events
        if is_busy(event) and isinstance(event.start, datetime) and isinstance(event.end, datetime)
        if ignoring is None or event.id != ignoring.id
    )
    now, at = _rounded_up(ctx.now), 0
    slots: list[Slot] = []
    for each in hours:
        while at < len(busy) and busy[at].end <= each.start:
            at += 1
        slots += _without(Slot(max(each.start, now), each.end), islice(busy, at, None))
    return [slot for slot in slots if slot.end - slot.start >= timedelta(minutes=minutes)]


def _merged(busy: Iterable[Slot]) -> list[Slot]:
    """The same time in stretches that do not touch; given in order of their start."""
    merged: list[Slot] = []
    for each in busy:
        if merged and each.start <= merged[-1].end:
            merged[-1] = Slot(merged[-1].start, max(merged[-1].end, each.end))
        else:
            merged.append(each)
    return merged


def working_hours(start: datetime, end: datetime, zone: ZoneInfo) -> list[Slot]:
    """The working hours within [start, end); all days of it when none is a weekday. Raises ToolInputError."""
    if end - start > LONGEST:
        raise ToolInputError("Free time is looked for within a year at once: name a shorter time.")
    first, last = start.astimezone(zone).date(), (end - timedelta(microseconds=1)).astimezone(zone).date()
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    days = [day for day in days if day.weekday() < 5] or days
    hours = [
        Slot(
            max(start, datetime.combine(day, WORK_BEGINS, zone)),
            min(end, datetime.combine(day, WORK_ENDS, zone)),
        )
        for day in days
    ]
    return [each for each in hours if each.start < each.end]


def _without(free: Slot, busy: Iterable[Slot]) -> list[Slot]:
    """What is left of a stretch after the busy ones, given in order of their start."""
    left, at = [], free.start
    for each in busy:
        if each.start > at:
            left.append(Slot(at, min(each.start, free.end)))
        at = max(at, each.end)
        if at >= free.end:
            break
    left.append(Slot(at, free.end))
    return [slot for slot in left if slot.start < slot.end]


def _rounded_up(now: datetime) -> datetime:
    past = timedelta(minutes=now.minute % 15, seconds=now.second, microseconds=now.microsecond)
    return now + (STEP - past) % STEP
