"""The same hours of each day in a stretch of days: "after 5 this week", "in the evenings next week"."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sayso.english.dates import Moment
from sayso.offline.acts import Json
from sayso.offline.reading.slots import Timed, timed
from sayso.offline.saying.say import clock_time, moment, span
from sayso.offline.scene import Scene

DAY = timedelta(days=1)
LONGEST = 31
"""Days whose hours are looked at one by one."""


@dataclass(frozen=True, slots=True)
class DayHours:
    """`days` in words, what they come to, and from when to when each day (from midnight: `begin`, `end`)."""

    days: str
    stretch: Moment
    begin: timedelta
    end: timedelta
    part: str = ""

    @property
    def said(self) -> str:
        return f"{self.days} {self.clock}"

    @property
    def clock(self) -> str:
        """The hours without the days: "after 5:00 PM"."""
        if self.part:
            return f"in the {self.part}"
        midnight = self.stretch.start.replace(hour=0, minute=0)
        first, last = midnight + self.begin, midnight + self.end
        if not self.begin:
            return f"before {clock_time(last)}"
        if self.end >= DAY:
            return f"after {clock_time(first)}"
        return f"between {span(first, last).replace('–', ' and ')}"

    def spans(self) -> Iterator[tuple[datetime, datetime]]:
        """The hours of each day; a morning begins at night, and an evening ends there."""
        begin = timedelta() if self.part == "morning" else self.begin
        end = DAY if self.part in ("evening", "night") else self.end
        return self._each_day(begin, end)

    def to_come(self, now: datetime) -> list[Json]:
        """What is left of the hours, as arguments; without an end they go on until midnight."""
        left = [(max(first, now), last) for first, last in self._each_day(self.begin, self.end) if last > now]
        return [
            {"start": first.isoformat(), **({"end": last.isoformat()} if last.date() == first.date() else {})}
            for first, last in left
        ]

    def _each_day(self, begin: timedelta, end: timedelta) -> Iterator[tuple[datetime, datetime]]:
        midnight = self.stretch.start.replace(hour=0, minute=0)
        while midnight.date() < _last(self.stretch):
            yield midnight + begin, midnight + end  # as the clock shows it, on the days when it is changed too
            midnight += DAY

    def holds(self, event: Json, scene: Scene) -> bool:
        """Whether the event is on in these hours; whole days are in no hours."""
        start, end = moment(event.get("start"), scene.zone), moment(event.get("end"), scene.zone)
        if not isinstance(start, datetime) or not isinstance(end, datetime):
            return False
        return any(start < last and end > first for first, last in self.spans())

    def begins(self, start: datetime) -> bool:
        return any(first <= start < last for first, last in self.spans())


def _last(stretch: Moment) -> date:
    """The day behind the last one."""
    end = stretch.end or stretch.start + DAY
    return end.date() if (end.hour, end.minute) == (0, 0) else end.date() + DAY


_PARTS = re.compile(
    r"\b(?:(?:in|on|during|for)\s+)?(?:(?:the|my|our|any|every|each|all|weekday)\s+)*(?P<part>morning|afternoon|evening)s\b",
    re.I,
)
_ADJECTIVE = re.compile(
    r"\b(?P<part>morning|afternoon|evening)\s+(?P<what>meetings|events|appointments|calls|commitments)\b", re.I
)
_EVERY = re.compile(r"\b(?:any|every|each)\s+(?P<part>morning|afternoon|evening)\b", re.I)


def plural_parts(text: str) -> str:
    """ "Evenings this week" in words that the reading of dates knows: "in the evening this week"."""
    text = _ADJECTIVE.sub(r"\g<what> in the \g<part>", text)
    return _EVERY.sub(r"in the \g<part>", _PARTS.sub(r"in the \g<part>", text))


def day_hours(when: str, scene: Scene) -> DayHours | None:
    """The hours that a time in words names for each of several days; None when it is anything else."""
    free = timed(re.sub(r"^the\s+(?=morning|afternoon|evening)", "in the ", when, flags=re.I), scene.now, scene.zone)
    if free.rest or not free.found:
        return None
    if len(free.found) == 1 and free.found[0].moment.part_of_day and free.found[0].moment.is_range:
        return _part_of_each(free, scene)
    if not free.has_time:
        return None
    words = when.split()
    for at in range(1, len(words)):
        one, two = " ".join(words[:at]), " ".join(words[at:])
        for days, hours in ((one, two), (two, one)):
            stretch, clock = _only(days, scene), _only(hours, scene)
            if stretch and clock and _several_days(stretch) and clock.has_time and not clock.has_date:
                # On a day to come: "before ten" of today begins now.
                return _made(days, stretch, _only(f"tomorrow {hours}", scene) or clock)
    return None


def _only(text: str, scene: Scene) -> Moment | None:
    """What a text comes to that is one time and nothing else."""
    free = timed(text, scene.now, scene.zone)
    return free.found[0].moment if len(free.found) == 1 and not free.rest else None


def _several_days(said: Moment) -> bool:
    if not said.is_range or said.has_time or said.part_of_day or said.recurrence or said.end is None:
        return False
    return DAY * 2 <= said.end - said.start <= DAY * (LONGEST + 1)


def _made(days: str, stretch: Moment, clock: Moment) -> DayHours | None:
    if clock.end is None:  # "at 5 this week"
        return None
    midnight = clock.start.replace(hour=0, minute=0, tzinfo=None)
    begin, end = clock.start.replace(tzinfo=None) - midnight, clock.end.replace(tzinfo=None) - midnight
    return DayHours(_bare(days), stretch, begin, min(end, DAY))


def _part_of_each(free: Timed, scene: Scene) -> DayHours | None:
    said = free.found[0].moment
    if said.end is None or said.part_of_day not in ("morning", "afternoon", "evening"):
        return None
    days = re.sub(rf"\b(?:in\s+the\s+)?{said.part_of_day}s?\b", " ", free.when, flags=re.I)
    days = _bare(" ".join(days.split()))
    begin = timedelta(hours=said.start.hour, minutes=said.start.minute)
    end = timedelta(hours=said.end.hour, minutes=said.end.minute)
    return DayHours(days, said, begin, end, said.part_of_day) if _only(days, scene) else None


def _bare(days: str) -> str:
    return re.sub(r"^(?:(?:on|for|in|of|from)\s+|the\s+(?=evening|morning|afternoon))", "", days.strip(), flags=re.I)
