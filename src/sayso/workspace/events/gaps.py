"""Times on the wall that clocks skip, being put forward over them: an occurrence there is later on that day.

A draft says that such a time is meant by the offset from before the change: `2026-03-08T02:30-05:00` in New York, where
at that instant clocks show 3:30 and are at -04:00.
"""

from dataclasses import replace
from datetime import UTC, datetime, timezone, tzinfo
from itertools import islice

from sayso.base import rrule
from sayso.base.rrule import format_rule
from sayso.workspace.events.recurrence import key_of, parse_rule
from sayso.workspace.events.series import Series
from sayso.workspace.types import When


def meant(wall: datetime, zone: tzinfo) -> datetime:
    """The instant of a time on the wall, with the offset that tells it from all others, also when it is skipped."""
    return wall.replace(tzinfo=timezone(wall.replace(tzinfo=zone).utcoffset() or UTC.utcoffset(None)))


def skipped(when: When, zone: tzinfo) -> datetime | None:
    """The time on the wall, when clocks in the zone skip it; None for all other times."""
    if not isinstance(when, datetime):
        return None
    wall = when.replace(tzinfo=None)
    shown = when.astimezone(UTC).astimezone(zone).replace(tzinfo=None)
    return wall if shown != wall and meant(wall, zone) == when else None


def begun_in_gap(series: Series, wall: datetime) -> Series:
    """The series of a rule that begins at a time on the wall. When clocks skip it, the first occurrence is later on
    that day and would take all others with it: so the rule begins with the second one, and the first is a date of its
    own."""
    zone = series.occasion.zone
    if not series.recurrence or series.occasion.all_day or skipped(meant(wall, zone), zone) is None:
        return series
    parts = parse_rule(series.recurrence)
    second = next(islice(rrule.slots(parts, wall), 1, None), None)
    if second is None or parts.get("COUNT") == "1":
        return series
    if "COUNT" in parts:
        parts["COUNT"] = str(int(parts["COUNT"]) - 1)
    first = key_of(wall, zone, all_day=False)
    return replace(
        series, occasion=series.occasion.at(second), recurrence=format_rule(parts), rdates=series.rdates | {first}
    )
