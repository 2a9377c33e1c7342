"""When a repeating event happens (RFC 5545, 3.3.10 and 3.8.5), in the wall-clock time of its own zone.

A *slot* is a naive wall-clock time at which the rule puts an occurrence; its *key* names it for good, as in
RECURRENCE-ID: `20260310T150000Z`, or `20260310` for an all-day event. Expansion is `base.rrule`'s, in counted steps:
rules that repeat more often than hourly, or never match, are refused before they are stored.
"""

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from sayso.base import rrule
from sayso.base.rrule import RuleError, format_rule
from sayso.base.steps import take
from sayso.workspace.errors import Refused

DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
MONTHS = tuple(map(str, range(1, 13)))
MAX_EXCEPTIONS = 2_000
"""Dates left out of or added to a series, and changed occurrences, of each kind."""


def parse_rule(text: str) -> dict[str, str]:
    """The parts of an RRULE value by name. Raises Refused when it is no rule that is kept here."""
    try:
        return rrule.parse(text)
    except RuleError as error:
        raise Refused(str(error)) from error


def check_rule(text: str, start: datetime) -> str:
    """The rule in its plain form, once it is known to be one that happens. `start`: wall-clock time of the first.

    Raises Refused.
    """
    parts = parse_rule(text)
    try:
        first = rrule.first(parts, start)
        if "UNTIL" in parts:
            until_slot(parts["UNTIL"], ZoneInfo("UTC"), False)
    except RuleError as error:
        raise Refused(str(error)) from error
    except (ValueError, OverflowError) as error:
        raise Refused(f"'{text}' is not a repetition rule.") from error
    if first is None:
        raise Refused(f"'{text}' names no day within a hundred years: such an event would never happen.")
    return format_rule(parts)


def without_rule(rule: str, excluded: str) -> str | None:
    """The rule without the times of another, neither of which ends (EXRULE, RFC 2445, 4.8.5.2): where that leaves out
    whole weekdays or months it is a rule again, else None."""
    parts, out = parse_rule(rule), parse_rule(excluded)
    for name, every, finer in (("BYDAY", DAYS, ("DAILY", "WEEKLY")), ("BYMONTH", MONTHS, ("DAILY",))):
        gone = set(out.get(name, "").split(","))
        if out == {"FREQ": out["FREQ"], name: out.get(name, "")} and out["FREQ"] in finer and gone <= set(every):
            now = parts.get(name, "")
            left = [each for each in (now.split(",") if now else every) if each not in gone]
            limits = parts["FREQ"] in ("HOURLY", "DAILY") or (now and set(left) <= set(every))
            return format_rule(parts | {name: ",".join(left)}) if left and limits else None
    return None


def first_slot(parts: dict[str, str], start: datetime) -> datetime | None:
    """The first slot of the rule's days and times from `start` on, whatever its UNTIL and COUNT."""
    return rrule.first(parts, start)


@lru_cache(maxsize=4096)
def _last_counted(rule: str, start: datetime) -> datetime:
    """The last slot that COUNT allows. Pure, and remembered: a look at the calendar asks for the same ones again.

    Raises Refused.
    """
    try:
        return rrule.last_counted(rrule.parse(rule), start)
    except RuleError as error:
        raise Refused(str(error)) from error


def until_slot(text: str, zone: ZoneInfo, all_day: bool) -> datetime:
    """The last wall-clock time that UNTIL allows. Raises ValueError."""
    if text.endswith("Z"):
        instant = datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        return instant.replace(tzinfo=None) if all_day else wall(instant, zone)
    if "T" in text:
        return datetime.strptime(text, "%Y%m%dT%H%M%S")  # noqa: DTZ007  wall-clock time of the series
    day = datetime.strptime(text, "%Y%m%d")  # noqa: DTZ007
    return day if all_day else day + timedelta(days=1, seconds=-1)


def with_plain_until(rule: str, zone: ZoneInfo, all_day: bool) -> str:
    """The rule with its UNTIL as RFC 5545 has it (3.3.10): a date of an all-day event, else in UTC. Raises Refused."""
    parts = parse_rule(rule)
    if "UNTIL" in parts:
        try:
            parts["UNTIL"] = key_of(until_slot(parts["UNTIL"], zone, all_day), zone, all_day)
        except (ValueError, OverflowError) as error:
            raise Refused(f"'{rule}' is not a repetition rule.") from error
    return format_rule(parts)


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
        extra = {self.start}
        for date_key in self.rdates:
            take()
            extra.add(slot_of(date_key, self.zone))
        last_slot, last_key = None, ""
        for slot in heapq.merge(sorted(extra), self.rule_slots(start, end)):
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
        bounds = [each for each in (end, self.end_of(self.rule)) if each is not None]
        return rrule.slots(parse_rule(self.rule), self.start, start, min(bounds, default=None))

    def end_of(self, rule: str) -> datetime | None:
        """The last time that a rule from this start on may name by its COUNT or UNTIL; None when it has neither."""
        parts = parse_rule(rule)
        if "COUNT" in parts:
            return _last_counted(rule, self.start)
        return until_slot(parts["UNTIL"], self.zone, self.all_day) if "UNTIL" in parts else None

    def find(self, key: str) -> datetime | None:
        """The slot with this key, or None."""
        try:
            near, day = slot_of(key, self.zone), timedelta(days=1)
            begin, end = near - day, near + day
        except (ValueError, OverflowError):
            return None
        if key in self.exdates:
            return None
        if key in self.rdates:
            return near
        if key == self.key(self.start):
            return self.start
        return next((slot for slot in self.rule_slots(begin, end) if self.key(slot) == key), None)

    def last(self) -> datetime | None:
        """A time that no slot is after; None when they never end."""
        last = self.end_of(self.rule) if self.rule else None
        if self.rule and last is None:
            return None
        return max(self.start, *(slot_of(key, self.zone) for key in self.rdates), last or self.start)
