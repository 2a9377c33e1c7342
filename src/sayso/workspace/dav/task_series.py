"""A task that repeats (RFC 5545, 3.8.5): when one time of it is done it goes on to the next one, as elsewhere.
There is one task, which is due at one time."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from sayso.base.rrule import RuleError, format_rule
from sayso.base.steps import TooManySteps, within
from sayso.workspace.errors import Refused
from sayso.workspace.events.recurrence import Pattern, parse_rule, wall
from sayso.workspace.events.series import DAY
from sayso.workspace.formats.content_lines import Line
from sayso.workspace.formats.ical import Item, parse_series
from sayso.workspace.formats.ical_values import format_utc
from sayso.workspace.types import When

MOST_STEPS: Final = 5_000
_LOCAL: Final = re.compile(r"\d{8}T\d{6}")
_NOT_ONE_RULE: Final = "It repeats in a way that is not followed here."


@dataclass(frozen=True, slots=True)
class Next:
    """`due`: when the task is due again; None: never. `edits`: the properties of its object that are other then."""

    due: When | None
    edits: Mapping[str, Sequence[str]]


def next_time(item: Item, due: When | None, now: datetime, zone: ZoneInfo) -> Next | None:
    """What comes after the time at which a task stands: the next one that is not past. None: that cannot be told.
    `zone`: of the user, where a day is past when it is over."""
    line = item.first("DTSTART") or item.first("DUE")
    if line is None or [each.name for each in item.all("RRULE") + item.all("EXRULE") + item.all("RDATE")] != ["RRULE"]:
        return None
    try:
        with within(MOST_STEPS, _NOT_ONE_RULE):
            return _next(item, line, due, now, zone)
    except (Refused, RuleError, TooManySteps, ValueError, OverflowError):
        return None


def _next(item: Item, line: Line, due: When | None, now: datetime, zone: ZoneInfo) -> Next | None:
    times = [(raw, each) for raw, each in item.written if each in (item.first("DTSTART"), item.first("DUE"))]
    begun = [(raw, replace(each, name="DTSTART") if each is line else each) for raw, each in item.written]
    series = parse_series(replace(item, written=begun, remarks=[]), "", "")
    if not series.recurrence:
        return None
    pattern, own = series.pattern, series.occasion.zone

    def later(when: When, slot: datetime) -> When:
        """As much later as the slot is, by the clock on the wall."""
        moved = wall(when, own) + (slot - pattern.start)
        if not isinstance(when, datetime):
            return moved.date()
        return moved.replace(tzinfo=own).astimezone(when.tzinfo)

    def is_past(when: When) -> bool:
        return when < now if isinstance(when, datetime) else when < now.astimezone(zone).date()

    standing = due if due is not None else series.occasion.start
    length = wall(standing, own) - pattern.start
    for slot in pattern.slots(wall(now, own) - length - 2 * DAY):
        upcoming = later(standing, slot)
        if slot > pattern.start and not is_past(upcoming):
            edits = {
                each.name: [_written(raw, each, later(item.time_of(each, each.value, own)[0], slot))]
                for raw, each in times
            }
            return Next(upcoming, edits | _left(series.recurrence, pattern, slot))
    return Next(None, {})


def _left(rule: str, pattern: Pattern, slot: datetime) -> dict[str, list[str]]:
    """The rule of which this is the first time."""
    parts = parse_rule(rule)
    if "COUNT" not in parts:
        return {}
    left = sum(each >= slot for each in pattern.rule_slots(slot))
    return {"RRULE": [f"RRULE:{format_rule(parts | {'COUNT': str(left)})}"]}


def _written(raw: str, line: Line, when: When) -> str:
    """The line with another time, in the form that it has."""
    head = raw[: len(raw) - len(line.value)]
    if not isinstance(when, datetime):
        return head + when.strftime("%Y%m%d").zfill(8)
    return head + (when.strftime("%Y%m%dT%H%M%S").zfill(15) if _LOCAL.fullmatch(line.value) else format_utc(when))
