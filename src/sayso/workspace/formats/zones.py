"""Time zones as iCalendar files bring them (RFC 5545, 3.6.5): checked before anything reads a time in one."""

import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

from sayso.base import rrule
from sayso.workspace.errors import Refused
from sayso.workspace.events.recurrence import check_rule, parse_rule
from sayso.workspace.formats.content_lines import Component as Source
from sayso.workspace.formats.content_lines import name_of

MAX_RULES = 20
MAX_CHANGES, LAST_CHANGE = 5_000, 2200
"""How often the clocks of a zone may change until that year, behind which its times are not read: two rules from year 1
on, which some programs write, come to 4,400."""
MAX_ZONE = 200
_HEAD = re.compile(rb'(?:[^:"]|"[^"]*")*')
_ONCE_A_YEAR = re.compile(r"FREQ=YEARLY|BYMONTH=\d+|(?:BYDAY|BYMONTHDAY|COUNT|INTERVAL|UNTIL|WKST)=[^;]*|")


def check_names(source: Source) -> None:
    """Raises Refused for one that is too long: each part of a path in it is looked for as a package in another."""
    for line in source.lines:
        head = _HEAD.match(line)
        told = line if name_of(line) == "TZID" or head is None else head[0]
        if len(told.upper().partition(b"TZID")[2]) > MAX_ZONE:
            raise Refused("the name of its time zone is too long.")


def check_rules(zone: Source) -> None:
    """Raises Refused for rules beyond a day or few in one month of each year, or too many changes in all: each look at
    a time steps through them from the zone's first year on."""
    changes = first = 0
    rules = list[str]()
    for line in (*zone.lines, *zone.inner):
        name, value = name_of(line), line.partition(b":")[2].decode("utf-8", "replace").upper()
        if name == "DTSTART":
            first = int(value[:4]) if value[:4].isdecimal() else 0
        elif name == "RDATE":
            changes += value.count(",") + 1
        elif name in ("RRULE", "EXRULE"):
            rules.append(value)
        elif name == "END":
            changes += sum(_how_often(rule, first) for rule in rules)
            first, rules = 0, []
        if changes > MAX_CHANGES or len(rules) > MAX_RULES:
            raise Refused("its clocks change too often.")


def _how_often(rule: str, first: int) -> int:
    """How often the rule changes the clocks, from its first year on. Raises Refused."""
    parts = rule.split(";")
    in_a_month = any(part.startswith("BYMONTH=") for part in parts)
    if not all(map(_ONCE_A_YEAR.fullmatch, parts)) or not (in_a_month or "BY" not in "".join(parts)):
        raise Refused("its clocks change at other times than in one month of a year.")
    begin, end = datetime(2001, 1, 1), datetime(2001, 12, 31)  # noqa: DTZ001
    checked = parse_rule(check_rule(rule, begin))
    in_a_year = sum(1 for _ in rrule.slots(checked | {"INTERVAL": "1"}, begin, end=end))
    return in_a_year * (min(LAST_CHANGE, int(checked.get("UNTIL", "9999")[:4])) - first)


def known(tzid: str) -> ZoneInfo | None:
    """The zone that a VTIMEZONE's name means: Outlook writes Windows' names, others a path that ends in IANA's."""
    parts = tzid.split("/")
    for name in (WINDOWS_TO_OLSON.get(tzid, tzid), "/".join(parts[-3:]), "/".join(parts[-2:])):
        with suppress(KeyError, ValueError, OSError):
            return ZoneInfo(name)
    return None


@dataclass(frozen=True, slots=True)
class Known:
    zone: ZoneInfo
    guessed: bool


class Zones:
    def __init__(self, definitions: Iterable[Source], fallback: ZoneInfo, prefer: ZoneInfo) -> None:
        self._fallback = fallback
        self.problems: list[tuple[str, str]] = []

    def named(self, tzid: str, around: int) -> Known:
        found = known(tzid)
        return Known(found or self._fallback, found is None)


def definition(zone: ZoneInfo, first: datetime, last: datetime | None) -> list[str]:
    return []
