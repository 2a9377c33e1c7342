"""Times as arguments: English or ISO 8601 in, resolved in a zone out, and said again."""

import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sayso.base import zones
from sayso.english import dates
from sayso.english.dates import DateError, Moment, ZoneError
from sayso.tools.base import ToolContext, ToolInputError
from sayso.tools.wording import one_line

DAY = timedelta(days=1)
FIRST_YEAR, LAST_YEAR = 1900, 2200
_LONGEST_ZONE = 64  # each part of a path in a name is looked for as a package in another
_NOTHING = frozenset({"none", "never", "no date", "no due date", "nothing", "remove", ""})
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_BEFORE = re.compile(r"\b(?:before|until|till)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of time to look in. `hours`: it was named by parts of the day or clock times, not by days."""

    start: datetime
    end: datetime
    hours: bool

    @property
    def end_date(self) -> date:
        """The first date after it."""
        return (self.end - timedelta(microseconds=1)).date() + DAY


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


def window(ctx: ToolContext, start: str, end: str | None) -> Window:
    """The stretch that one expression ("next week") or two name. A mere time reaches to the end of its day."""
    first = read(ctx, start)
    begin, hours = first.start, first.has_time or bool(first.part_of_day)
    if end is None:
        return Window(begin, first.end or _midnight_after(begin), hours)
    last = read(ctx, end, anchor=begin)
    finish = last.start if last.has_time and not last.explicit_end else last.end or last.start
    if finish <= begin:
        raise ToolInputError(f"The end, {dates.say_time(finish)}, is not after the start, {dates.say_time(begin)}.")
    return Window(begin, finish, hours and begin.date() == finish.date())


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
) -> tuple[datetime | date | None, tuple[str, ...]]:
    """When a task is due: a day, or a day with a clock time; None for "none". Of a range, its last day or, "before
    six", its end.

    `before` is what it was, for "an hour later" and "a day later". Returns warnings besides.
    """
    if text.strip().casefold() in _NOTHING:
        return None, ()
    moment = read(ctx, text, anchor=instant(before, ctx.timezone) if before else None)
    if moment.recurrence:
        raise ToolInputError("A task is due once and cannot repeat; a calendar event can.")
    due: datetime | date = (moment.end if _BEFORE.search(text) else None) or moment.start
    if not moment.has_time:
        due = ((moment.end or moment.start + DAY) - timedelta(microseconds=1)).date()
    elif moment.has_date is False and isinstance(before, date):
        day = before.astimezone(ctx.timezone).date() if isinstance(before, datetime) else before
        due = wall_time(day, moment.start, ctx.timezone)
    warnings: tuple[str, ...] = (moment.note,) if moment.note else ()
    if moment.zone and isinstance(due, datetime):
        warnings += _said_elsewhere(due, moment.zone)
    if instant(due, ctx.timezone) + (timedelta() if isinstance(due, datetime) else DAY) <= ctx.now:
        warnings += (f"{say_due(ctx, due)} has passed already.",)
    return due, warnings


def _said_elsewhere(due: datetime, zone: tzinfo) -> tuple[str, ...]:
    """What the time was where it was said to be, since a task is told in the user's time only."""
    there = due.astimezone(zone)
    if there.replace(tzinfo=None) == due.replace(tzinfo=None):
        return ()
    name = zone.key if isinstance(zone, ZoneInfo) else str(zone)
    return (f"{dates.say_time(there)} in the time zone {name} is {dates.say_time(due)} for you.",)


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
