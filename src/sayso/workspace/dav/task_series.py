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
from sayso.workspace.events.recurrence import Pattern, check_rule, parse_rule, wall
from sayso.workspace.events.series import DAY
from sayso.workspace.formats.content_lines import Line
from sayso.workspace.formats.ical import Item, parse_series, rules_of
from sayso.workspace.formats.ical_values import format_utc, parse_length
from sayso.workspace.types import When

MOST_STEPS: Final = 200_000
"""More than any rule takes that is one: what else a look has counted, and what is remembered of it, decides nothing."""
_AS_UTC: Final = re.compile(r"(?:Z|[+-]\d\d:?\d\d)$", re.IGNORECASE)
_NOT_FOLLOWED: Final = "It repeats in a way that is not followed here."


@dataclass(frozen=True, slots=True)
class Next:
    """`due`: when the task is due again; None: never. `edits`: the properties of its object that are other then."""

    due: When | None
    edits: Mapping[str, Sequence[str]]


def next_time(item: Item, now: datetime, zone: ZoneInfo) -> Next | None:
    """What comes after the time at which a task stands: the next one that is not past. None: that cannot be told.
    `zone`: of the user, where a day is past when it is over."""
    if [each.name for name in ("RRULE", "EXRULE", "RDATE") for each in item.all(name)] != ["RRULE"]:
        return None
    try:
        with within(MOST_STEPS, _NOT_FOLLOWED):
            return _next(item, now, zone)
    except (Refused, RuleError, TooManySteps, ValueError, OverflowError):
        return None


def _next(item: Item, now: datetime, zone: ZoneInfo) -> Next:
    pattern = _pattern(item)
    own, length = pattern.zone, None if item.first("DUE") else item.first("DURATION")
    times = [(raw, line, item.time_of(line, line.value, own)[0]) for raw, line in _times(item)]

    def later(when: When, slot: datetime) -> When:
        """As much later as the slot is, by the clock on the wall."""
        moved = wall(when, own) + (slot - pattern.start)
        return moved.replace(tzinfo=own).astimezone(when.tzinfo) if isinstance(when, datetime) else moved.date()

    def due_at(slot: datetime) -> When:
        due = later(times[-1][2], slot)
        return due if length is None else parse_length(length.value).after(due)

    def is_past(when: When) -> bool:
        return when < now if isinstance(when, datetime) else when < now.astimezone(zone).date()

    ahead = wall(due_at(pattern.start), own) - pattern.start
    for slot in pattern.slots(wall(now, own) - ahead - 2 * DAY):
        if slot > pattern.start and not is_past(due_at(slot)):
            edits = {line.name: [_written(raw, line, later(when, slot))] for raw, line, when in times}
            return Next(due_at(slot), edits | _left(pattern, slot))
    return Next(None, {})


def _pattern(item: Item) -> Pattern:
    """The times from that on at which the task stands. Raises Refused, RuleError, ValueError, OverflowError."""
    _, anchor = _times(item)[0]
    start, zone = item.time_of(anchor, anchor.value)
    all_day, begin = not isinstance(start, datetime), wall(start, zone)
    [rule] = rules_of(item, "RRULE")
    parts = parse_rule(check_rule(rule, begin))
    # Positions within a week are counted from its start on, which would be another one each time.
    if parts.keys() >= {"COUNT", "UNTIL"} or ("BYSETPOS" in parts and parts["FREQ"] not in ("MONTHLY", "YEARLY")):
        raise Refused(_NOT_FOLLOWED)
    begun = [(raw, replace(each, name="DTSTART") if each is anchor else each) for raw, each in item.written]
    left_out = parse_series(replace(item, written=begun, remarks=[]), "", "").exdates
    return Pattern(begin, zone, all_day, format_rule(parts), left_out)


def _times(item: Item) -> list[tuple[str, Line]]:
    """The lines that move along, as they are written and in their parts: of the start, and of the due time."""
    found = [line for name in ("DTSTART", "DUE") if (line := item.first(name)) is not None]
    if not found or not all(line.value.lstrip()[:1].isdigit() for line in found):
        raise Refused(_NOT_FOLLOWED)
    return [(raw, line) for each in found for raw, line in item.written if line is each]


def _left(pattern: Pattern, slot: datetime) -> dict[str, list[str]]:
    """The rule of which this is the first time."""
    parts = parse_rule(pattern.rule)
    if "COUNT" not in parts:
        return {}
    left = sum(each >= slot for each in pattern.rule_slots(slot))
    return {"RRULE": [f"RRULE:{format_rule(parts | {'COUNT': str(left)})}"]}


def _written(raw: str, line: Line, when: When) -> str:
    """The line with another time, in the form that it has."""
    head = raw[: len(raw) - len(line.value)]
    if not isinstance(when, datetime):
        return head + when.strftime("%Y%m%d").zfill(8)
    return head + (format_utc(when) if _AS_UTC.search(line.value.strip()) else when.strftime("%Y%m%dT%H%M%S").zfill(15))
