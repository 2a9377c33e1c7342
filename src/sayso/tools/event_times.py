"""When an event is to be: from the arguments of a new one, or from what is to change about one."""

import asyncio
import re
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

from sayso.base import rrule
from sayso.base.rrule import RuleError
from sayso.base.zones import zone_named as kept_zone
from sayso.english import dates
from sayso.english.dates import DateError, Moment
from sayso.tools.arguments import CreateCalendarEvent, UpdateCalendarEvent
from sayso.tools.base import Caution, ToolContext, ToolInputError
from sayso.tools.event_words import spoken_zone, stored_only
from sayso.tools.free import Slot, free_slots, on_days, working_hours
from sayso.tools.times import (
    DAY,
    each_day,
    elapsed,
    instant,
    lasts,
    later,
    names_year,
    noted,
    read,
    wall_time,
    zone_named,
)
from sayso.workspace.events.gaps import meant, skipped
from sayso.workspace.events.recurrence import Pattern, wall
from sayso.workspace.types import Event, EventDraft

HOUR = timedelta(hours=1)
OFFERED = 4
_ALL_DAY = re.compile(r"\b(?:all|whole|entire)[ -]day(?: long)?\b,?", re.IGNORECASE)
_WEEKDAY = re.compile(r"\b(?:mon|tues|wednes|thurs|fri|satur|sun)day\b")
_FROM_TO = re.compile(r"\b(?:to|until|till|through|thru)\b|\d\s*[-–—]\s*\w|\w\s+[-–—]\s+\w", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class When:
    """The resolved time of an event, as `EventDraft` wants it, and what the user should know about it."""

    start: datetime | date
    end: datetime | date
    zone: ZoneInfo
    recurrence: str = ""
    warnings: tuple[Caution, ...] = ()
    said: tzinfo | None = None
    """UTC or the offset that the start was said in, if it was."""
    skipped: datetime | None = None
    """The time on the wall that was said for the start, when clocks skip it on that day."""

    @property
    def begin(self) -> datetime | date:
        """The start as a draft and arguments keep it: one that is skipped goes on telling what was said."""
        return meant(self.skipped, self.zone) if self.skipped else self.start

    @property
    def length(self) -> timedelta:
        return elapsed(self.start, self.end)

    def time_args(self) -> dict[str, str | int | None]:
        """`start`, `end` and `duration_minutes` that mean this time: a start and a length, so that a client that
        edits the start moves the event; for an all-day event the last day, where there are several."""
        if isinstance(self.start, datetime):
            minutes = int(self.length.total_seconds() // 60)
            start = self.start.astimezone(self.said) if self.said else self.start
            start = meant(self.skipped, self.zone) if self.skipped else start
            return {"start": start.isoformat(timespec="seconds"), "end": None, "duration_minutes": minutes}
        last = self.end - DAY
        end = last.isoformat() if last != self.start else None
        return {"start": self.start.isoformat(), "end": end, "duration_minutes": None}


async def new_when(ctx: ToolContext, args: CreateCalendarEvent) -> When:
    """When a new event is to be. Raises ToolInputError: `missing` asks for the time, `past` for another one."""
    zone = zone_named(ctx, args.timezone)
    text = _ALL_DAY.sub("", args.start).strip(" ,") or "today"
    moment = read(ctx, text, zone=zone)
    rule = moment.recurrence
    if args.recurrence:
        repeated = await asyncio.to_thread(recurrence, ctx, args.recurrence, zone)
        zone = _zone_of(args.timezone, zone, moment, repeated)
        moment, rule = _with_rule(ctx, moment, repeated, zone), repeated.recurrence
    zone = _zone_of(args.timezone, zone, moment)
    if text == args.start.strip(" ,") or moment.has_time:
        await _need_time(ctx, moment, args.start, timedelta(minutes=args.duration_minutes or 60))
    start: datetime | date = moment.start.astimezone(zone)
    if moment.has_time:
        end: datetime | date = _end(ctx, moment, args.end, args.duration_minutes, HOUR, zone)
    else:
        start, end = _days(ctx, moment, args, zone)
    when = When(
        start,
        end,
        zone,
        warnings=noted(moment),
        said=_said(ctx, moment, zone),
        skipped=_gap(moment, zone),
    )
    return _not_past(ctx, await asyncio.to_thread(on_rule, when, rule), args.start)


def _zone_of(given: str | None, zone: ZoneInfo, *moments: Moment) -> ZoneInfo:
    """The zone of an event: the one that is given for it, else one that was said with a time, else the usual one."""
    said = [moment.zone for moment in moments if isinstance(moment.zone, ZoneInfo)]
    return zone if given or not said else said[0]


def _gap(moment: Moment, zone: ZoneInfo) -> datetime | None:
    """The time on the wall that clocks in the zone skip, if that was said."""
    return moment.skipped if moment.skipped and meant(moment.skipped, zone) == moment.start else None


def time_warnings(ctx: ToolContext, when: When, draft: EventDraft) -> tuple[Caution, ...]:
    """What to tell of a time: of a series, for all that are to come."""
    series = skip_warnings(ctx, draft)
    return (*(each for each in when.warnings if not series or each.code != "skipped_clock"), *series)


def skip_warnings(ctx: ToolContext, draft: EventDraft) -> tuple[Caution, ...]:
    """What to tell of a series on the first day within a year on which clocks skip its time."""
    if not draft.recurrence or not isinstance(draft.start, datetime):
        return ()
    zone = kept_zone(draft.timezone)
    first = skipped(draft.start, zone) or wall(draft.start, zone)
    pattern = Pattern(first, zone, False, draft.recurrence)
    for each in (first + timedelta(days=days) for days in range(366)):
        if skipped(meant(each, zone), zone) and next(pattern.slots(each, each + DAY), None) == each:
            real = meant(each, zone).astimezone(zone)
            note = dates.skip_note(each, real, "" if zone.key == ctx.timezone.key else zone.key)
            return (Caution("skipped_clock", f"{note} On other days it is at {dates.say_clock(each)}."),)
    return ()


def _said(ctx: ToolContext, moment: Moment, zone: ZoneInfo) -> tzinfo | None:
    """UTC or an offset, as it is told beside the user's time."""
    if isinstance(moment.zone, timezone):
        own = moment.start.astimezone(ctx.timezone).utcoffset() == moment.zone.utcoffset(None)
        return None if own else moment.zone
    return zone if stored_only(zone.key) else None


async def changed_when(ctx: ToolContext, event: Event, args: UpdateCalendarEvent) -> When:
    """When an event is to be after a change; what the arguments leave open stays. Raises ToolInputError."""
    # A rule is told by the user's clocks, through all changes of them; so is what it is given to.
    kept = spoken_zone(ctx, event).key if args.recurrence else event.timezone
    reading = zone_named(ctx, args.timezone)
    placed = bool(args.timezone) and not stored_only(reading.key)  # UTC is how a time is told, no place to be at
    was = When(event.start, event.end, reading if placed else kept_zone(kept))
    when = await _moved(ctx, was, event, args, reading) if args.start else was
    start = when.start
    if placed and not args.start and isinstance(start, datetime):
        start = start.astimezone(spoken_zone(ctx, event)).replace(tzinfo=reading)
        when = replace(when, start=start, end=later(start, was.length))
    if args.end or args.duration_minutes:
        if not isinstance(start, datetime):
            start, end = _days(ctx, Moment(instant(start, reading)), args, reading)
            when = replace(when, start=start, end=end)
        else:
            moment = Moment(start.astimezone(reading), has_date=True, has_time=True)
            when = replace(when, end=_end(ctx, moment, args.end, args.duration_minutes, when.length, reading))
    return when if when.start == event.start else _not_past(ctx, when, args.start or "")


async def _moved(ctx: ToolContext, was: When, event: Event, args: UpdateCalendarEvent, reading: ZoneInfo) -> When:
    """The event at its new start, as long as before."""
    assert args.start is not None
    text = _ALL_DAY.sub("", args.start).strip(" ,")
    whole_day = text != args.start.strip(" ,")
    anchor = instant(was.start, reading)
    if not text:
        return When(anchor.date(), anchor.date() + DAY, was.zone)
    moment = read(ctx, text, zone=reading, anchor=anchor)
    if moment.recurrence:
        raise ToolInputError("Give the repetition as `recurrence`, and the new time as `start`.")
    timed = isinstance(was.start, datetime)
    warnings = noted(moment)
    if whole_day or (not timed and not moment.has_time and not moment.part_of_day):
        days = timedelta(days=1) if timed else was.length
        days = timedelta(days=(moment.end - moment.start).days) if moment.is_range and moment.end else days
        return When(moment.start.date(), moment.start.date() + days, was.zone, warnings=warnings)
    await _need_time(ctx, moment, args.start, was.length if timed else HOUR, event)
    start = moment.start
    if not moment.has_time:
        start = wall_time(moment.start.date(), anchor, reading)
    elif not moment.has_date:
        start = _on_day(anchor.date(), moment, reading)
    there = _zone_of(args.timezone, reading, moment)
    stays = stored_only(there.key) or there is reading or start == was.start
    zone = was.zone if stays else there
    length = was.length if timed else HOUR
    if moment.explicit_end and moment.end:
        length = elapsed(moment.start, moment.end)
    gap = _gap(moment, zone) if start == moment.start else None
    return When(start, later(start, length), zone, warnings=warnings, said=_said(ctx, moment, there), skipped=gap)


def _on_day(day: date, moment: Moment, zone: ZoneInfo) -> datetime:
    """The clock time on that day; one of another zone was read on the day that it is there."""
    return moment.start if moment.zone or moment.start.date() == day else wall_time(day, moment.start, zone)


async def _need_time(
    ctx: ToolContext, moment: Moment, said: str, length: timedelta, moving: Event | None = None
) -> None:
    """Ask for a clock time, and offer free ones, when only a part of the day or a range was named."""
    vague_range = moment.is_range and not _FROM_TO.search(said)
    end = moment.end or moment.start + DAY
    lasting = moving is None and lasts(moment)  # "Friday for 2 hours"
    if not moment.daily and (moment.has_time or not (moment.part_of_day or vague_range or lasting)):
        return
    if lasting:
        length, end = end - moment.start, moment.start + DAY
    hours = [Slot(moment.start, end)] if moment.part_of_day else working_hours(moment.start, end, ctx.timezone)
    if moment.daily:
        hours = on_days(each_day(moment, said), ctx.timezone)
    minutes = max(1, int(length.total_seconds() // 60))
    slots = (await free_slots(ctx, hours, minutes, moving))[:OFFERED]
    offers = [dates.say_span(slot.start.astimezone(ctx.timezone), slot.end.astimezone(ctx.timezone)) for slot in slots]
    free = f" You are free {'; '.join(offers)}." if offers else " There is no room for it then."
    said = _WEEKDAY.sub(lambda name: name[0].capitalize(), said)
    part = f"in the {said.strip()}" if said.strip() == moment.part_of_day else said.strip()
    raise ToolInputError(f"At what time {part.removeprefix('sometime ')}?{free}", "missing")


def _end(
    ctx: ToolContext, moment: Moment, end: str | None, minutes: int | None, usual: timedelta, zone: ZoneInfo
) -> datetime:
    """The end of a timed event: the one that was said, else by the length that was said, else by the usual one."""
    start = moment.start
    if end:
        return _end_said(ctx, start, end, zone)
    if minutes:
        return later(start, timedelta(minutes=minutes))
    return moment.end if moment.explicit_end and moment.end else later(start, usual)


def _end_said(ctx: ToolContext, start: datetime, text: str, zone: ZoneInfo) -> datetime:
    if (length := dates.parse_duration(text)) is not None:
        return later(start, length)
    last = read(ctx, text, zone=zone, anchor=start)
    if not last.has_time:
        raise ToolInputError(f'"{text}" names no clock time to end at.', "missing")
    if last.explicit_end and last.end:  # "until 5", "4 to 5"
        last = replace(last, start=last.end)
    end = last.start
    if not last.has_date:
        end = _on_day(start.date(), last, zone)
        end = end if end > start else wall_time(end.date() + DAY, last.start, zone)
    if end <= start:
        raise ToolInputError(f"The end, {dates.say_time(end)}, is not after the start, {dates.say_time(start)}.")
    return end


def _days(
    ctx: ToolContext, moment: Moment, args: CreateCalendarEvent | UpdateCalendarEvent, zone: ZoneInfo
) -> tuple[date, date]:
    """First day and the day after the last of an all-day event; `args.end` is its last day."""
    start = moment.start.date()
    end = moment.end.date() if moment.end and moment.end.date() > start else start + DAY
    if args.end:
        last = read(ctx, args.end, zone=zone, anchor=moment.start)
        if last.has_time:
            raise ToolInputError("At what time does it start?", "missing")
        end = last.start.date() + DAY if last.end is None else (last.end - timedelta(microseconds=1)).date() + DAY
    elif args.duration_minutes:
        if args.duration_minutes % (24 * 60):
            raise ToolInputError(f"At what time on {dates.say_day(start)}?", "missing")
        end = start + timedelta(minutes=args.duration_minutes)
    if end <= start:
        raise ToolInputError(f"The last day, {dates.say_day(end - DAY)}, is before the first, {dates.say_day(start)}.")
    return start, end


def recurrence(ctx: ToolContext, text: str, zone: ZoneInfo) -> Moment:
    """A repetition in English or RRULE form; `start` is its first occurrence. Raises ToolInputError."""
    try:
        return dates.parse_recurrence(text, ctx.now, zone)
    except DateError as error:
        raise ToolInputError(str(error)) from error


def _with_rule(ctx: ToolContext, moment: Moment, repeated: Moment, zone: ZoneInfo) -> Moment:
    """The start completed by what the repetition says: its clock time, its first day that is still to come."""
    if repeated.has_time and not moment.has_time:
        start, gap = _on_clock(moment.start.date(), repeated, zone)
        length = elapsed(repeated.start, repeated.end) if repeated.end else None
    elif moment.has_time and not moment.has_date:
        start, gap = _on_clock(repeated.start.date(), moment, zone)
        if start <= ctx.now:
            start, gap = _on_clock(start.date() + DAY, moment, zone)
        length = elapsed(moment.start, moment.end) if moment.end else None
    else:
        return replace(moment, skipped=repeated.skipped) if moment.start == repeated.start else moment
    explicit = repeated.explicit_end or moment.explicit_end
    end = later(start, length) if length else None
    return Moment(start, end, True, True, explicit_end=explicit, skipped=gap, note=moment.note)


def _on_clock(day: date, like: Moment, zone: ZoneInfo) -> tuple[datetime, datetime | None]:
    """The time on the wall of another moment on that day, and this time if clocks skip it."""
    shown = datetime.combine(day, (like.skipped or wall(like.start, zone)).time())
    start = meant(shown, zone).astimezone(zone)
    return start, shown if skipped(meant(shown, zone), zone) else None


def on_rule(when: When, rule: str) -> When:
    """The time moved on to the first day that the rule names, and the rule in the form that its start needs."""
    if not rule:
        return when
    start = when.start
    naive = when.skipped or wall(start, when.zone)
    try:
        parts = rrule.parse(rule)
        first = rrule.first(parts | {"INTERVAL": "1"}, naive)
        if first is None or rrule.first(parts, first) is None:
            raise ToolInputError("That repetition names no day within a hundred years; say another day.")
        if "COUNT" in parts:
            rrule.last_counted(parts, first)
    except RuleError as error:
        raise ToolInputError(str(error)) from error
    gap = None
    if isinstance(start, datetime):
        shown = datetime.combine(first.date(), naive.time())
        start = meant(shown, when.zone).astimezone(when.zone)
        gap = shown if skipped(meant(shown, when.zone), when.zone) else None
        end: datetime | date = later(start, when.length)
    else:
        start, end = first.date(), first.date() + when.length
    fitted = dates.fit_until(rule, all_day=not isinstance(start, datetime), zone=when.zone)
    return replace(when, start=start, end=end, recurrence=fitted, skipped=gap)


def _not_past(ctx: ToolContext, when: When, said: str) -> When:
    """The same, with a warning when it is past and the year was said. Raises ToolInputError `past` otherwise."""
    now = ctx.now.astimezone(ctx.timezone)
    this_minute = now.replace(second=0, microsecond=0)
    past = when.start < this_minute if isinstance(when.start, datetime) else when.end <= now.date()
    if not past:
        return when
    local = when.start.astimezone(ctx.timezone) if isinstance(when.start, datetime) else when.start
    understood = dates.say_time(local) if isinstance(local, datetime) else dates.say_day(local)
    if not names_year(said):
        raise ToolInputError(f"That is in the past: I understood {understood}. When should it be?", "past")
    return replace(when, warnings=(*when.warnings, Caution("past", f"{understood} is in the past.")))
