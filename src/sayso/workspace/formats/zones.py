"""The time zones of an iCalendar file: what a TZID in it means (RFC 5545, 3.2.19 and 3.6.5).

A definition holds for its own file. What IANA, Windows or Exchange call a zone is that zone, since many files bring old
or shortened rules for it; any other name means the rules that come with it, in an IANA zone that has the same if there
is one, else in a zone of our own (`base.zones`). Only a name without rules is guessed.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from zoneinfo import ZoneInfo

from sayso.base.zones import zone_named
from sayso.workspace.errors import Refused
from sayso.workspace.formats import zone_names
from sayso.workspace.formats.content_lines import Component, unescape
from sayso.workspace.formats.zone_rules import (
    DAY,
    Course,
    Definition,
    moment,
    offset_at,
    read_definition,
    seconds_of,
    tzid_of,
)

FIRST_YEAR, LAST_YEAR = 2, 9990
YEARS = 6
"""For how long an IANA zone has to have the clocks of a definition, from the year of a time on."""
MAX_NAME, MAX_DEFINITIONS, MAX_KNOWN = 200, 5_000, 10_000
_HINTS = ("X-LIC-LOCATION", "X-TZINFO", "X-MICROSOFT-CDO-TZID", "TZURL", "LOCATION", "X-TZ-LOCATION")


@dataclass(frozen=True, slots=True)
class Known:
    """What a name means."""

    zone: ZoneInfo
    guessed: bool = False
    """Nothing says that it is this zone: the name means nothing here, and the file has no rules for it."""


class Zones:
    """The time zones of one file."""

    def __init__(self, definitions: Iterable[Component], fallback: ZoneInfo, prefer: ZoneInfo) -> None:
        """`fallback`: for a name of which nothing is known; `prefer`: of zones with the same clocks this one."""
        self._fallback, self._favourites = fallback, (prefer, fallback)
        self._definitions: dict[str, Definition] = {}
        self._known: dict[tuple[str, int], Known] = {}
        self.problems: list[tuple[str, str]] = []
        """The names of definitions that cannot be used, each with a sentence that says why."""
        for number, component in enumerate(definitions):
            if number == MAX_DEFINITIONS:
                told = f"a file has {MAX_DEFINITIONS:,} time zones at most."
                self.problems.append(("what else is defined", told))
                break
            self._define(component)

    def _define(self, component: Component) -> None:
        tzid = tzid_of(component)
        try:
            if len(tzid) > MAX_NAME:
                raise Refused("the name of its time zone is too long.")
            if zone_names.iana(name := _clean(tzid)):
                return
            found = read_definition(component)
        except Refused as error:
            if len(tzid) > MAX_NAME or not zone_names.listed(_clean(tzid)):
                self.problems.append((tzid, str(error)))
            return
        there = self._definitions.setdefault(name.casefold(), found)
        if there.observances != found.observances:
            self.problems.append((tzid, "the file defines it again, differently; what it says first is used."))

    def named(self, tzid: str, around: int) -> Known:
        """What the name means for times from the year `around` on."""
        if len(tzid) > MAX_NAME:
            return Known(self._fallback, guessed=True)
        key = _folded(tzid), min(max(around, FIRST_YEAR), LAST_YEAR)
        if len(self._known) >= MAX_KNOWN:
            self._known.clear()
        if key not in self._known:
            self._known[key] = self._find(_clean(tzid), *key)
        return self._known[key]

    def _find(self, name: str, folded: str, year: int) -> Known:
        if key := zone_names.iana(name):
            return Known(zone_named(key))
        definition = self._definitions.get(folded)
        if definition is None:
            return self._by_name(name, year)
        course = definition.course(seconds_of(year), seconds_of(year + YEARS))
        this_year = course.until(seconds_of(year + 1))
        for key in _meant(name, definition):
            if not this_year.offsets.isdisjoint(_offsets(zone := zone_named(key), year)):
                return Known(zone)
        return self._by_rules(name, definition, course, this_year)

    def _by_rules(self, name: str, definition: Definition, course: Course, this_year: Course) -> Known:
        for each in _told(definition, course):
            if (same := self._same(name, definition, each)) is not None:
                return Known(same)
        for each in (course, this_year):
            for rules in definition.rules(course):
                if rules.key and each.is_of(zone := zone_named(rules.key)):
                    return Known(zone)
        fixed = zone_names.fixed_zone(this_year.changes[-1][1] if this_year.changes else this_year.offset)
        return Known(self._fallback if fixed is None else fixed, guessed=True)

    def _same(self, name: str, definition: Definition, course: Course) -> ZoneInfo | None:
        """An IANA zone with these offsets."""
        names = definition.names(course)
        told = [zone_names.told(name).key, *sorted(zone_names.cities(name))]
        told += sorted(zone_names.iana(text) for _, text in names if "/" in text)
        likely = (*(zone_named(key) for key in told if key), *self._favourites)
        return next((zone for zone in likely if course.is_of(zone)), None) or _common(course, frozenset(names))

    def _by_name(self, name: str, year: int) -> Known:
        """What a name means by itself."""
        if key := zone_names.listed(name):
            return Known(zone_named(key))
        told = zone_names.told(name)
        if told.key:
            zone = zone_named(told.key)
            if told.offset is None or told.offset in _offsets(zone, year):
                return Known(zone)
        if told.offset is None:
            return Known(self._fallback, guessed=True)
        wanted = {told.offset, told.offset if told.other is None else told.other}
        if told.other is not None:
            for zone in (*self._favourites, *zone_names.common_zones()):
                if _offsets(zone, year) == wanted:
                    return Known(zone, guessed=zone not in self._favourites)
        elif not told.fixed:
            for zone in self._favourites:
                if _winter(zone, year) == told.offset:
                    return Known(zone, guessed=True)
        fixed = zone_names.fixed_zone(told.offset)
        return Known(self._fallback if fixed is None else fixed, guessed=fixed is None or not told.fixed)


@lru_cache(maxsize=1024)
def _common(course: Course, names: frozenset[tuple[int, str]]) -> ZoneInfo | None:
    """The zone that is meant most likely by these offsets, by their names or without."""
    common = zone_names.common_zones()
    if names and (
        found := next((each for each in common if names <= _names(each, course) and course.is_of(each)), None)
    ):
        return found
    if not course.changes and (fixed := zone_names.fixed_zone(course.offset)) is not None:
        return fixed
    return next((zone for zone in common if course.is_of(zone)), None)


def _told(definition: Definition, course: Course) -> Iterator[Course]:
    """The courses of which an IANA zone has to have one, the best first."""
    courses, first, last = [course], definition.first_change() + 1, definition.last_change()
    if first > course.begin:  # a file may say nothing of the time before its rules
        courses.insert(0, definition.course(first, min(first + YEARS * 366 * DAY, seconds_of(LAST_YEAR + YEARS))))
    for each in courses:
        yield each
        if last is not None and each.changes and each.begin < last < each.end:
            yield each.until(last + 1)  # and list changes for as long as its events need them


def _meant(name: str, definition: Definition) -> Iterator[str]:
    """The zones that a definition is called by names that are listed, the best first."""
    if key := zone_names.listed(name):
        yield key
    for hint in _HINTS:
        if text := definition.hints.get(hint, "")[:MAX_NAME]:
            key = zone_names.numbered(text) if hint == "X-MICROSOFT-CDO-TZID" else ""
            if key := key or zone_names.iana(text.partition("[")[0].removesuffix(".ics")) or zone_names.listed(text):
                yield key


def _offsets(zone: ZoneInfo, year: int) -> set[int]:
    """Those of a winter and of a summer."""
    return {offset_at(zone, seconds_of(year) + day * 86_400) for day in (14, 195)}


def _winter(zone: ZoneInfo, year: int) -> int:
    return min(_offsets(zone, year))


def _names(zone: ZoneInfo, course: Course) -> set[tuple[int, str]]:
    """What the zone calls its offsets in the course."""
    if offset_at(zone, course.begin) != course.offset:
        return set()
    points = (course.begin, *(when for when, _ in course.changes))
    return {(offset_at(zone, when), moment(when).astimezone(zone).tzname() or "") for when in points}


def _clean(tzid: str) -> str:
    return " ".join(unescape(tzid).strip(" \t\"'").split())


def _folded(tzid: str) -> str:
    """In a definition a comma has a backslash before it, which a parameter has not."""
    return _clean(tzid).casefold()
