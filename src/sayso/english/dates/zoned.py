"""From a day and a time on the wall to an instant, over gaps and folds."""

from datetime import UTC, date, datetime, time, timedelta, tzinfo

from sayso.english.dates.saying import say_clock, say_day

FIRST, LAST = datetime(2, 1, 1, tzinfo=UTC), datetime(9990, 12, 31, tzinfo=UTC)
"""The ends of the calendar: what lies beyond them is there. They leave room for the days and zones on top of them."""


def in_calendar(moment: datetime) -> bool:
    """Whether it is what was said, and not an end in its place."""
    return FIRST.year < moment.year < LAST.year


def at(day: date, clock: time, zone: tzinfo) -> tuple[datetime, str]:
    """The instant when the clocks of `zone` show this, and a note when they never do or do so twice.

    In a gap the time moves forward by the gap; in a fold it is the first of the two.
    """
    local = datetime.combine(day, clock, zone)
    real = local.astimezone(UTC).astimezone(zone)
    if real.replace(tzinfo=None) != local.replace(tzinfo=None):
        return real, skip_note(local, real)
    if local.utcoffset() != local.replace(fold=1).utcoffset():
        return local, f"{clock:%H:%M} comes twice on {day:%a} {day.day} {day:%B %Y}: the first one is meant."
    return local, ""


def skip_note(wall: datetime, real: datetime, place: str = "") -> str:
    """What to tell of a time that no clock shows on its day; `place`: where, if not where the user is."""
    clocks = f"clocks in {place}" if place else "the clocks"
    return f"On {say_day(wall)} {clocks} skip {say_clock(wall)}: it is at {say_clock(real)} that day."


def skipped(wall: datetime, zone: tzinfo) -> bool:
    """Whether the clocks of `zone` never show this time on the wall: they are put forward over it."""
    return wall.replace(tzinfo=zone).astimezone(UTC).astimezone(zone).replace(tzinfo=None) != wall


def midnight(day: date, zone: tzinfo) -> datetime:
    """When the day begins."""
    return at(day, time(), zone)[0]


def hour(day: date, hours: int, zone: tzinfo, minutes: int = 0, seconds: int = 0) -> tuple[datetime, str]:
    """Like `at`; 24 and more hours are on the next day."""
    extra, hours = divmod(hours, 24)
    return at(day + timedelta(days=extra), time(hours, minutes, seconds), zone)


def shift(moment: datetime, by: timedelta) -> datetime:
    """Move by elapsed time (an hour later is an hour later on a day with a gap, too), at most to an end of the
    calendar."""
    try:
        there = moment.astimezone(UTC) + by
    except OverflowError:
        there = LAST if by > timedelta() else FIRST
    return min(max(there, FIRST), LAST).astimezone(moment.tzinfo)
