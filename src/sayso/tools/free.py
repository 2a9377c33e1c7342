"""Where there is room in the calendar."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from sayso.tools.base import ToolContext, ToolInputError
from sayso.workspace.types import Event

Hours = tuple[timedelta, timedelta]
"""From when to when of a day, as its clocks show it."""
WORK: Hours = timedelta(hours=9), timedelta(hours=18)
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
    return free_beside(ctx.now, events, hours, minutes, ignoring)


def free_beside(
    now: datetime,
    events: Sequence[Event],
    hours: Sequence[Slot],
    minutes: int,
    ignoring: Event | None = None,
    others: Sequence[Slot] = (),
) -> list[Slot]:
    """The same beside the events of that time. `others`: when other people are busy who are to be free, too."""
    own = [
        Slot(event.start, event.end)
        for event in events
        if is_busy(event) and isinstance(event.start, datetime) and isinstance(event.end, datetime)
        if ignoring is None or event.id != ignoring.id
    ]
    busy = _merged(sorted([*own, *others], key=lambda each: each.start))
    now, at = _rounded_up(now), 0
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
    return on_days(hours_of_days(Slot(start, end), WORK, zone), zone)


def hours_of_days(within: Slot, hours: Hours, zone: ZoneInfo) -> list[Slot]:
    """These hours of each day, as far as they are within a stretch. Raises ToolInputError."""
    if within.end - within.start > LONGEST:
        raise ToolInputError("Free time is looked for within a year at once: name a shorter time.")
    first = within.start.astimezone(zone).date()
    last = (within.end - timedelta(microseconds=1)).astimezone(zone).date()
    found = []
    for number in range((last - first).days + 1):
        midnight = datetime.combine(first + timedelta(days=number), time(), zone)
        found.append(Slot(max(within.start, midnight + hours[0]), min(within.end, midnight + hours[1])))
    return [each for each in found if each.start < each.end]


def on_days(slots: Sequence[Slot], zone: ZoneInfo, weekdays: Collection[int] = ()) -> list[Slot]:
    """Those that begin on one of the days of the week (Monday is 0); when none is given, on Monday to Friday, or all
    where that leaves none."""
    days = [(each.start.astimezone(zone).weekday(), each) for each in slots]
    if weekdays:
        return [each for day, each in days if day in weekdays]
    return [each for day, each in days if day < 5] or list(slots)


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
