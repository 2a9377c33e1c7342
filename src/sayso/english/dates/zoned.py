"""From a day and a time on the wall to an instant, over gaps and folds."""

from datetime import UTC, date, datetime, time, timedelta, tzinfo


def at(day: date, clock: time, zone: tzinfo) -> tuple[datetime, str]:
    """The instant when the clocks of `zone` show this, and a note when they never do or do so twice.

    In a gap the time moves forward by the gap; in a fold it is the first of the two.
    """
    local = datetime.combine(day, clock, zone)
    real = local.astimezone(UTC).astimezone(zone)
    if real.replace(tzinfo=None) != local.replace(tzinfo=None):
        return real, f"{clock:%H:%M} does not exist on {day:%a} {day.day} {day:%B %Y}: the clocks go forward."
    if local.utcoffset() != local.replace(fold=1).utcoffset():
        return local, f"{clock:%H:%M} comes twice on {day:%a} {day.day} {day:%B %Y}: the first one is meant."
    return local, ""


def midnight(day: date, zone: tzinfo) -> datetime:
    """When the day begins."""
    return at(day, time(), zone)[0]


def hour(day: date, hours: int, zone: tzinfo, minutes: int = 0, seconds: int = 0) -> tuple[datetime, str]:
    """Like `at`; 24 and more hours are on the next day."""
    extra, hours = divmod(hours, 24)
    return at(day + timedelta(days=extra), time(hours, minutes, seconds), zone)


def shift(moment: datetime, by: timedelta) -> datetime:
    """Move by elapsed time (an hour later is an hour later on a day with a gap, too)."""
    return (moment.astimezone(UTC) + by).astimezone(moment.tzinfo)
