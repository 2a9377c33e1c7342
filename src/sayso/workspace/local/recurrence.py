"""When a repeating event happens (RFC 5545, 3.3.10 and 3.8.5), in the wall-clock time of its own zone.

A *slot* is a naive wall-clock time at which the rule puts an occurrence; its *key* names it for good, as in
RECURRENCE-ID: `20260310T150000Z`, or `20260310` for an all-day event. Expansion is dateutil's, always bounded: rules
that repeat more often than hourly, or never match, are refused before they are stored.
"""

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import takewhile
from zoneinfo import ZoneInfo

from dateutil.rrule import rrule, rrulestr

from sayso.workspace.errors import Refused

MAX_COUNT = 20_000
MAX_INTERVAL = 1_000
MAX_PER_DAY = 48
MAX_SLOTS = 10_000
"""Of one series in one window; an hourly one has 8,784 a year."""

_PARTS = (
    "FREQ", "UNTIL", "COUNT", "INTERVAL", "BYSECOND", "BYMINUTE", "BYHOUR", "BYDAY", "BYMONTHDAY", "BYYEARDAY",
    "BYWEEKNO", "BYMONTH", "BYSETPOS", "WKST",
)  # fmt: skip
_STEPS = {"HOURLY": timedelta(hours=1), "DAILY": timedelta(days=1), "WEEKLY": timedelta(weeks=1)}
_GREGORIAN_CYCLE = 400  # years after which dates and weekdays repeat


def parse_rule(text: str) -> dict[str, str]:
    """The parts of an RRULE value by name. Raises Refused when it is no rule that is kept here."""
    parts: dict[str, str] = {}
    for part in filter(None, text.strip().upper().removeprefix("RRULE:").split(";")):
        name, _, value = part.partition("=")
        if name not in _PARTS or not value or name in parts:
            raise Refused(f"'{text}' is not a repetition rule.")
        parts[name] = value
    if parts.get("FREQ") not in (*_STEPS, "MONTHLY", "YEARLY"):
        raise Refused("An event can repeat hourly, daily, weekly, monthly or yearly.")
    _check_bounds(parts)
    return parts


def _check_bounds(parts: dict[str, str]) -> None:
    for name, most in (("COUNT", MAX_COUNT), ("INTERVAL", MAX_INTERVAL)):
        value = parts.get(name, "1")
        if not value.isascii() or not value.isdigit() or not 1 <= int(value) <= most:
            raise Refused(f"{name} of a repetition must be a number from 1 to {most:,}.")
    if parts["FREQ"] == "HOURLY" and parts.keys() & {"BYMONTH", "BYMONTHDAY", "BYYEARDAY", "BYWEEKNO"}:
        raise Refused("An hourly repetition cannot be limited to days of the month or year.")
    per_day = 1
    for name in ("BYHOUR", "BYMINUTE", "BYSECOND"):
        per_day *= len(parts.get(name, "0").split(","))
    if per_day > MAX_PER_DAY:
        raise Refused("That repeats too often within a day.")


def format_rule(parts: dict[str, str]) -> str:
    """The rule with its parts in one fixed order, so that equal rules are equal text."""
    return ";".join(f"{name}={parts[name]}" for name in _PARTS if name in parts)


def check_rule(text: str, start: datetime) -> str:
    """The rule in its plain form, once it is known to be one that happens. `start`: wall-clock time of the first.

    Raises Refused.
    """
    parts = parse_rule(text)
    # dateutil looks for a match until the year 9999: begin near it, where the days are the same ones.
    later = max(0, (9900 - start.year) // _GREGORIAN_CYCLE) * _GREGORIAN_CYCLE
    try:
        first = first_slot(parts, start.replace(year=start.year + later))
        if "UNTIL" in parts:
            until_slot(parts["UNTIL"], ZoneInfo("UTC"), False)
    except (ValueError, OverflowError, TypeError, AttributeError) as error:
        raise Refused(f"'{text}' is not a repetition rule.") from error
    if first is None:
        raise Refused(f"An event with the repetition '{text}' would never happen.")
    return format_rule(parts)


def _rrule(parts: dict[str, str], start: datetime) -> rrule:
    found = rrulestr(format_rule(parts), dtstart=start)
    assert isinstance(found, rrule)
    return found


def first_slot(parts: dict[str, str], start: datetime) -> datetime | None:
    """The first slot of the rule's days and times from `start` on, whatever its UNTIL and COUNT."""
    return next(
        iter(_rrule({name: value for name, value in parts.items() if name not in ("UNTIL", "COUNT")}, start)), None
    )


def until_slot(text: str, zone: ZoneInfo, all_day: bool) -> datetime:
    """The last wall-clock time that UNTIL allows. Raises ValueError."""
    if text.endswith("Z"):
        instant = datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        return instant.replace(tzinfo=None) if all_day else wall(instant, zone)
    if "T" in text:
        return datetime.strptime(text, "%Y%m%dT%H%M%S")  # noqa: DTZ007  wall-clock time of the series
    day = datetime.strptime(text, "%Y%m%d")  # noqa: DTZ007
    return day if all_day else day + timedelta(days=1, seconds=-1)


def wall(when: datetime | date, zone: ZoneInfo) -> datetime:
    """The naive wall-clock time in the zone; a date is its midnight."""
    if isinstance(when, datetime):
        return when.astimezone(zone).replace(tzinfo=None)
    return datetime(when.year, when.month, when.day)  # noqa: DTZ001


def key_of(slot: datetime, zone: ZoneInfo, all_day: bool) -> str:
    if all_day:
        return slot.strftime("%Y%m%d")
    return slot.replace(tzinfo=zone).astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def slot_of(key: str, zone: ZoneInfo) -> datetime:
    """The slot of a key. Raises ValueError when it is none."""
    if "T" in key:
        return wall(datetime.strptime(key, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC), zone)
    return datetime.strptime(key, "%Y%m%d")  # noqa: DTZ007


@dataclass(frozen=True, slots=True)
class Pattern:
    """All the slots of a series: its start, what its rule gives, RDATEs, without EXDATEs."""

    start: datetime
    zone: ZoneInfo
    all_day: bool
    rule: str
    exdates: frozenset[str] = frozenset()
    rdates: frozenset[str] = frozenset()

    def key(self, slot: datetime) -> str:
        return key_of(slot, self.zone, self.all_day)

    def slots(self, start: datetime | None = None, end: datetime | None = None) -> Iterator[datetime]:
        """Slots in [start, end), in order; without an end of a rule and of the window they never end."""
        extra = sorted({slot_of(key, self.zone) for key in self.rdates} | {self.start})
        last_slot, last_key = None, ""
        for slot in heapq.merge(extra, self.rule_slots(start, end)):
            if end is not None and slot >= end:
                return
            key = self.key(slot)
            # A gap of daylight saving time can give two slots one key, the fold one slot two keys.
            if slot != last_slot and key != last_key and key not in self.exdates and (start is None or slot >= start):
                yield slot
            last_slot, last_key = slot, key

    def rule_slots(self, start: datetime | None = None, end: datetime | None = None) -> Iterator[datetime]:
        """What the rule alone gives, before EXDATEs; it may begin earlier than `start`, and stops at `end`."""
        if not self.rule:
            return iter(())
        parts = parse_rule(self.rule)
        until = parts.pop("UNTIL", None)
        bounds = [] if until is None else [until_slot(until, self.zone, self.all_day)]
        if end is not None:
            bounds.append(end)
        begin = self.start if start is None or "COUNT" in parts else self._near(parts, start)
        slots = iter(_rrule(parts, begin))
        if not bounds:
            return slots
        stop = min(bounds)
        return takewhile(lambda slot: slot <= stop, slots)

    def _near(self, parts: dict[str, str], start: datetime) -> datetime:
        """A start of the same rhythm shortly before `start`, so that old series cost no more than new ones."""
        step = _STEPS.get(parts["FREQ"])
        if step is None or start <= self.start:
            return self.start
        step *= int(parts.get("INTERVAL", "1"))
        return self.start + max(0, (start - self.start) // step - 1) * step

    def find(self, key: str) -> datetime | None:
        """The slot with this key, or None."""
        try:
            near, day = slot_of(key, self.zone), timedelta(days=1)
            begin, end = near - day, near + day
        except (ValueError, OverflowError):
            return None
        return next((slot for slot in self.slots(begin, end) if self.key(slot) == key), None)

    def last(self) -> datetime | None:
        """A time that no slot is after; None when they never end."""
        ends = [self.start, *(slot_of(key, self.zone) for key in self.rdates)]
        parts = parse_rule(self.rule) if self.rule else {}
        if "UNTIL" in parts:
            ends.append(until_slot(parts["UNTIL"], self.zone, self.all_day))
        elif "COUNT" in parts:
            ends += self.rule_slots()
        elif parts:
            return None
        return max(ends)
