"""Times as arguments: English or ISO 8601 in, resolved in a zone out, and said again."""

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import islice
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sayso.base import zones
from sayso.english import dates
from sayso.english.dates import DateError, Moment, ZoneError
from sayso.tools.base import Caution, ToolContext, ToolInputError
from sayso.tools.free import Hours, Slot
from sayso.tools.wording import one_line
from sayso.workspace.events.gaps import meant
from sayso.workspace.events.recurrence import Pattern, wall

DAY = timedelta(days=1)
FIRST_YEAR, LAST_YEAR = 1900, 2200
_LONGEST_ZONE = 64  # each part of a path in a name is looked for as a package in another
_NOTHING = frozenset({"none", "never", "no date", "no due date", "nothing", "remove", ""})
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_BY = re.compile(r"^\s*by\s+", re.IGNORECASE)
_HOURS = 'give them like "9-12", "14:00 to 17:30", "mornings" or "after 3 PM"'
MORNING = 8  # o'clock
"""Whoever asks for a time before noon means none of the night."""
_CODES = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
MOST_PARTS = 400
_BEFORE = re.compile(r"\b(?:before|until|till|within|in the next)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Window:
    """A time to look in, in the user's zone. `parts`: what of it was named, in order; all of it, or the hours of each
    of several days. `hours`: it was named by parts of the day or clock times, not by days. `note`: a sentence."""

    parts: tuple[Slot, ...]
    hours: bool = False
    note: str = ""

    @property
    def start(self) -> datetime:
        return self.parts[0].start

    @property
    def end(self) -> datetime:
        return self.parts[-1].end

    def holds(self, start: datetime | date, end: datetime | date) -> bool:
        """Whether something from start to end (of days: exclusive) is on in one of the parts."""
        zone = self.start.tzinfo
        assert isinstance(zone, ZoneInfo)
        begin, finish = instant(start, zone), instant(end, zone)
        at = bisect_right(self.parts, begin, key=lambda part: part.end)
        return at < len(self.parts) and (self.parts[at].start < finish or self.parts[at].start <= begin)


def read(
    ctx: ToolContext,
    text: str,
    *,
    zone: ZoneInfo | None = None,
    anchor: datetime | None = None,
    past: bool = False,
) -> Moment:
    """Read one date or time. Raises ToolInputError."""
    try:
        moment = dates.parse(text, ctx.now, zone or ctx.timezone, anchor=anchor, past=past, home=ctx.timezone)
    except DateError as error:
        raise ToolInputError(str(error), "missing" if isinstance(error, ZoneError) else "invalid") from error
    if not all(FIRST_YEAR <= each.year <= LAST_YEAR for each in (moment.start, moment.end or moment.start)):
        raise ToolInputError(f"'{text}' is too far away; name a year from {FIRST_YEAR} to {LAST_YEAR}.")
    return moment


def window(ctx: ToolContext, start: str, end: str | None, *, past: bool = False) -> Window:
    """The time that one expression ("next week", "mornings this week") or two name. A mere time reaches to the end of
    its day. Raises ToolInputError."""
    first = read(ctx, _BY.sub("until ", start), past=past)
    begin, timed = first.start, first.has_time or bool(first.part_of_day)
    if first.daily or first.recurrence:
        if end is not None:
            raise ToolInputError(
                f'"{start}" names several times already: leave `end` out, or give only days as `start`.'
            )
        parts = _times_of(ctx, first, start) if first.recurrence else each_day(first, start)
        return Window(parts, timed, first.note)
    if first.has_date and lasts(first):
        raise ToolInputError(f'"{start}" names a length without a clock time to begin at.')
    if end is None:
        finish = first.end or _midnight_after(begin)
        timed = timed or lasts(first)
        return Window((Slot(begin, finish),), timed and finish - begin <= DAY, first.note)
    last = read(ctx, end, anchor=begin, past=past)
    if last.recurrence:
        raise ToolInputError(f'"{end}" repeats and is no end: name a day or a time.')
    finish = last.start if last.has_time and not last.explicit_end else last.end or last.start
    if finish <= begin:
        raise ToolInputError(f"The end, {dates.say_time(finish)}, is not after the start, {dates.say_time(begin)}.")
    hours = timed and begin.date() == finish.date()
    return Window((Slot(begin, finish),), hours, " ".join(filter(None, (first.note, last.note))))


def lasts(moment: Moment) -> bool:
    """Whether a length was said and no time of a day: "for 2 hours", "Friday for 2 hours"."""
    untimed = not moment.has_time and not moment.part_of_day
    return untimed and moment.explicit_end and moment.end is not None and moment.end.time() != time()


def each_day(moment: Moment, text: str) -> tuple[Slot, ...]:
    """The hours of each of several days."""
    if moment.end is None:
        raise ToolInputError(f'"{text}" names several days: say which one, or from when to when on each.', "missing")
    begin, zone = moment.start, moment.start.tzinfo
    last = moment.end.date() - (DAY if moment.end.time() <= begin.time() else timedelta())
    end = moment.end - (last - begin.date())
    days = min((last - begin.date()).days + 1, MOST_PARTS + 1)
    return _few(
        text, [Slot(*((each + n * DAY).astimezone(UTC).astimezone(zone) for each in (begin, end))) for n in range(days)]
    )


def _times_of(ctx: ToolContext, moment: Moment, text: str) -> tuple[Slot, ...]:
    """Each time of a repetition."""
    if not re.search("UNTIL=|COUNT=", moment.recurrence):
        raise ToolInputError(f'"{text}" has no end: say until when, like "{text} until 30 June".', "missing")
    zone = moment.zone if isinstance(moment.zone, ZoneInfo) else ctx.timezone
    timed = moment.has_time or bool(moment.part_of_day)
    pattern = Pattern(moment.skipped or wall(moment.start, zone), zone, not timed, moment.recurrence)
    length = elapsed(moment.start, moment.end) if moment.end and timed else None
    begins = [meant(slot, zone).astimezone(ctx.timezone) for slot in islice(pattern.slots(), MOST_PARTS + 1)]
    return _few(text, [Slot(each, later(each, length) if length else _midnight_after(each)) for each in begins])


def _few(text: str, parts: Sequence[Slot]) -> tuple[Slot, ...]:
    if len(parts) > MOST_PARTS:
        raise ToolInputError(f'"{text}" names too many times to look at at once: name fewer days.')
    return tuple(parts)


def understood(parts: Sequence[Slot], note: str = "") -> str:
    """The time that was looked in, so that it is told: "Mon 2 – Sun 8 March 2026", "Fri 6 March 2026, 9:00 AM–12:00 PM,
    America/New_York", "Mon 2 – Fri 6 March 2026, 8:00 AM–12:00 PM each day, America/New_York"."""
    first, last = parts[0], parts[-1]
    dawn = all((each.start.time(), each.end.time()) == (time(), time()) for each in parts)
    days = sorted({each.start.date() for each in parts})
    if len(parts) == 1 and not dawn and last.end.time() == time():
        day = last.end.date() - DAY
        alone = day == first.start.date()
        said = f"{dates.say_time(first.start)}{'–12:00 AM' if alone else f' – {dates.say_day(day)}'}"
    elif len(parts) == 1:
        said = (
            dates.say_days(first.start.date(), last.end.date() - DAY) if dawn else dates.say_span(first.start, last.end)
        )
    else:
        named = [f"{day:%a}" for day in sorted({day.weekday(): day for day in days}.values(), key=date.weekday)]
        gaps = len(days) <= (days[-1] - days[0]).days
        said = dates.say_days(days[0], days[-1]) + (f" ({', '.join(named)})" if gaps else "")
        hours = Counter((each.start.time(), each.end.time()) for each in parts).most_common(1)[0][0]
        usual = next(each for each in parts if (each.start.time(), each.end.time()) == hours)
        said += "" if dawn else f", {dates.say_clocks(usual.start, usual.end)} each day"
    zone = first.start.tzinfo
    place = f", {zone.key}" if isinstance(zone, ZoneInfo) and not dawn else ""
    return f"{said}{place}" + (f". {note}" if note else "")


def hours_named(text: str) -> Hours:
    """The hours of a day that a text names: "9-12", "mornings", "after 3 PM". Raises ToolInputError."""
    midnight = datetime(2024, 1, 1, tzinfo=UTC)  # of any day without a change of clocks
    try:
        moment = dates.parse(text, midnight, ZoneInfo("UTC"))
    except DateError as error:
        raise ToolInputError(f'I do not understand "{text}" as hours of a day: {_HOURS}.') from error
    if moment.has_date or moment.recurrence or moment.zone or moment.end is None:
        raise ToolInputError(f'"{text}" names no hours of a day from when to when: {_HOURS}.')
    begin, end = moment.start - midnight, moment.end - midnight
    morning = timedelta(hours=MORNING)
    return (morning if not begin and end > morning else begin), end


def weekdays_named(ctx: ToolContext, texts: Sequence[str]) -> frozenset[int]:
    """The days of the week, Monday is 0: "Tuesday", "Mon-Wed", "weekdays". Raises ToolInputError."""
    return frozenset(day for text in texts for day in _weekdays(ctx, text))


def _weekdays(ctx: ToolContext, text: str) -> list[int]:
    for said in (f"every {text}", text):
        with suppress(DateError):
            rule = dates.parse_recurrence(said, ctx.now, ctx.timezone).recurrence
            if days := re.fullmatch("FREQ=WEEKLY;BYDAY=([A-Z,]+)", rule):
                return [_CODES.index(code) for code in days[1].split(",")]
    raise ToolInputError(f'"{text}" is no day of the week: give names like "Monday", or "weekdays" or "weekends".')


def zone_named(ctx: ToolContext, name: str | None) -> ZoneInfo:
    """The zone of that IANA name, or the user's. Raises ToolInputError."""
    if not name:
        return ctx.timezone
    if len(name) <= _LONGEST_ZONE:
        with suppress(ZoneInfoNotFoundError, ValueError, OSError):
            return zones.zone_named(name)
    shown = one_line(name[:_LONGEST_ZONE])
    raise ToolInputError(f"I don't know the time zone '{shown}'; name it like Europe/London or America/New_York.")


def due_time(
    ctx: ToolContext, text: str, before: datetime | date | None = None
) -> tuple[datetime | date | None, tuple[Caution, ...]]:
    """When a task is due: a day, or a day with a clock time; None for "none". Of a range, its last day or, "before
    six", its end.

    `before` is what it was, for "an hour later" and "a day later". Returns warnings besides.
    """
    if text.strip().casefold() in _NOTHING:
        return None, ()
    moment = read(ctx, text, anchor=instant(before, ctx.timezone) if before else None)
    if moment.recurrence:
        raise ToolInputError("A task is due once and cannot repeat; a calendar event can.")
    if lasts(moment):
        raise ToolInputError(f'"{text}" names a length: a task is due on a day or at a clock time.')
    if moment.daily:
        each_day(moment, text)
    due: datetime | date = (moment.end if _BEFORE.search(text) else None) or moment.start
    if not moment.has_time or moment.daily:
        due = ((moment.end or moment.start + DAY) - timedelta(microseconds=1)).date()
    elif moment.has_date is False and isinstance(before, date):
        day = before.astimezone(ctx.timezone).date() if isinstance(before, datetime) else before
        due = wall_time(day, moment.start, ctx.timezone)
    warnings = noted(moment)
    if moment.part_of_day and not moment.has_time:
        told = "A task is due on a day or at a clock time; the part of the day is not kept."
        warnings += (Caution("time_not_kept", told),)
    if moment.zone and isinstance(due, datetime):
        warnings += _said_elsewhere(due, moment.zone)
    if instant(due, ctx.timezone) + (timedelta() if isinstance(due, datetime) else DAY) <= ctx.now:
        warnings += (Caution("past", f"{say_due(ctx, due)} has passed already."),)
    return due, warnings


def noted(moment: Moment) -> tuple[Caution, ...]:
    """What whoever read a time has to tell of it."""
    return (Caution("skipped_clock" if moment.skipped else "time_read", moment.note),) if moment.note else ()


def _said_elsewhere(due: datetime, zone: tzinfo) -> tuple[Caution, ...]:
    """What the time was where it was said to be, since a task is told in the user's time only."""
    there = due.astimezone(zone)
    if there.replace(tzinfo=None) == due.replace(tzinfo=None):
        return ()
    name = zone.key if isinstance(zone, ZoneInfo) else str(zone)
    told = f"{dates.say_time(there)} in the time zone {name} is {dates.say_time(due)} for you."
    return (Caution("other_zone", told),)


def instant(value: datetime | date, zone: ZoneInfo) -> datetime:
    """The time itself, or the midnight that begins the day."""
    return (
        value.astimezone(zone)
        if isinstance(value, datetime)
        else datetime(value.year, value.month, value.day, tzinfo=zone)
    )


def wall_time(day: date, like: datetime, zone: ZoneInfo) -> datetime:
    """The instant on that day when clocks in the zone show the time of `like`; moved on where the clocks skip it."""
    local = datetime.combine(day, like.astimezone(zone).time(), zone)
    return local.astimezone(UTC).astimezone(zone)


def later(value: datetime, by: timedelta) -> datetime:
    """So much elapsed time later, whatever the clocks do meanwhile."""
    return (value.astimezone(UTC) + by).astimezone(value.tzinfo)


def elapsed(start: datetime | date, end: datetime | date) -> timedelta:
    """The time that passes between the two, whatever the clocks do meanwhile; whole days between dates."""
    if isinstance(start, datetime) and isinstance(end, datetime):
        return end.astimezone(UTC) - start.astimezone(UTC)
    return timedelta(days=end.toordinal() - start.toordinal())


def names_year(text: str) -> bool:
    return bool(_YEAR.search(text))


def say_due(ctx: ToolContext, due: datetime | date) -> str:
    """ "Tue 10 March 2026, 3:00 PM"."""
    return dates.say_time(due.astimezone(ctx.timezone)) if isinstance(due, datetime) else dates.say_day(due)


def say_due_spoken(ctx: ToolContext, due: datetime | date) -> str:
    """ "March 10th at 3 PM"."""
    return dates.say_spoken(due.astimezone(ctx.timezone) if isinstance(due, datetime) else due, ctx.now)


def _midnight_after(moment: datetime) -> datetime:
    following = moment.date() + DAY
    return datetime(following.year, following.month, following.day, tzinfo=moment.tzinfo)
