"""Durations: 45 minutes, an hour and a half, 1h30, half an hour, a couple of hours."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from dateutil.relativedelta import relativedelta

from sayso.english.dates.reader import Reader
from sayso.english.dates.words import UNITS
from sayso.english.dates.zoned import FIRST, LAST, shift

_SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400, "week": 604800, "fortnight": 1209600}
_MONTHS = {"month": 1, "quarter": 3, "year": 12, "decade": 120, "century": 1_200, "millennium": 12_000}
CLOCK_UNITS = frozenset({"second", "minute", "hour"})
LONGEST = timedelta(days=900 * 365)
"""Too long for every tool, and short enough to be added to every event and taken from it."""


@dataclass(frozen=True, slots=True)
class Length:
    """So many seconds, and so many days or months of the calendar."""

    seconds: float = 0
    days: float = 0
    months: float = 0
    unit: str = ""
    """The first unit that was said."""

    @property
    def of_clock(self) -> bool:
        return self.unit in CLOCK_UNITS

    def __add__(self, other: "Length") -> "Length":
        return Length(
            self.seconds + other.seconds, self.days + other.days, self.months + other.months, self.unit or other.unit
        )

    def delta(self) -> timedelta | None:
        """As elapsed time, `LONGEST` at most; None for months, whose length varies."""
        if self.months:
            return None
        return timedelta(seconds=min(self.days * 86400 + self.seconds, LONGEST.total_seconds()))

    def from_(self, moment: datetime, sign: int = 1) -> datetime:
        """That much later, by the calendar for days and months and by elapsed time for hours, at most at an end of the
        calendar."""
        days, half = divmod(self.days, 1)
        if self.days or self.months:
            by = relativedelta(months=round(self.months), days=int(days))
            try:
                local = moment.replace(tzinfo=None) + sign * by
            except (OverflowError, ValueError):
                return shift(moment, sign * (LAST - FIRST))
            local = min(max(local, FIRST.replace(tzinfo=None)), LAST.replace(tzinfo=None))
            moment = local.replace(tzinfo=moment.tzinfo)
        return shift(moment, sign * timedelta(seconds=round(self.seconds + half * 86400)))


def one(count: float, unit: str) -> Length:
    if unit in CLOCK_UNITS:
        return Length(seconds=count * _SECONDS[unit], unit=unit)
    if unit in ("day", "week", "fortnight"):
        return Length(days=count * _SECONDS[unit] / 86400, unit=unit)
    return Length(months=count * _MONTHS[unit], unit=unit)


def length(r: Reader, i: int) -> tuple[Length, int] | None:
    """Read a duration with its parts: "2 hours and 15 minutes", "an hour and a half", "1h30"."""
    found = _term(r, i)
    if not found:
        return None
    total, i = found
    smallest = total.unit
    while True:
        j = r.skip(i, ",", "and")
        if j > i and (end := r.phrase(j, "a half")):
            return total + one(0.5, smallest), end
        if j > i and smallest == "hour" and (end := r.phrase(j, "a quarter")):
            return total + one(0.25, smallest), end
        if (
            r.word(i - 1) == "h"
            and r.kind(i) == "number"
            and r.glued(i)
            and len(r.word(i)) == 2
            and r.word(i + 1) not in UNITS
        ):
            return total + one(int(r.word(i)), "minute"), i + 1
        more = _term(r, j)
        if not more or _ORDER.index(more[0].unit) >= _ORDER.index(smallest):
            return total, i
        total, i, smallest = total + more[0], more[1], more[0].unit


_ORDER = ("second", "minute", "hour", "day", "week", "fortnight", *_MONTHS)


def _term(r: Reader, i: int) -> tuple[Length, int] | None:
    """One number and one unit: "half an hour", "a couple of hours", "two and a half hours", "90-minute"."""
    for phrase, count in _COUNTS.items():
        if (j := r.phrase(i, phrase)) and r.word(j) in UNITS:
            return one(count, UNITS[r.word(j)]), j + 1
    if (j := r.phrase(i, "an hour and half")) or (j := r.phrase(i, "hour and a half")):
        return one(1.5, "hour"), j
    found = r.number(i)
    if not found:
        return None
    count, j = found
    if half := r.phrase(j, "and a half"):
        count, j = count + 0.5, half
    elif r.word(j) in "½¼¾" and r.word(j):
        count, j = count + {"½": 0.5, "¼": 0.25, "¾": 0.75}[r.word(j)], j + 1
    elif r.word(j) == "-":
        j += 1
    unit = UNITS.get(r.word(j))
    short = len(r.word(j)) == 1
    if not unit or (short and not r.glued(j)) or not count:
        return None
    return one(count, unit), j + 1


_COUNTS = {
    "a": 1,
    "an": 1,
    "one": 1,
    "half a": 0.5,
    "half an": 0.5,
    "a half": 0.5,
    "½": 0.5,
    "half": 0.5,
    "a quarter of an": 0.25,
    "quarter of an": 0.25,
    "a quarter": 0.25,
    "three quarters of an": 0.75,
    "a couple of": 2,
    "a couple": 2,
    "couple of": 2,
    "couple": 2,
    "a few": 3,
    "few": 3,
    "several": 4,
    "another": 1,
}
