"""Which times a repetition rule names (RFC 5545, 3.3.10), in wall-clock time and in steps that are counted.

dateutil expands the same rules, but walks on to the year 9999 in silence where nothing fits. Here every day that is
looked at is a step, a window is entered near its beginning and left at its end, and a rule that names nothing within
a hundred years of days is known to name nothing.
"""

import calendar
import re
from collections.abc import Callable, Iterator
from datetime import date, datetime, time
from itertools import count, islice, product

from sayso.base.steps import TooManySteps, take, within

PARTS = (
    "FREQ", "UNTIL", "COUNT", "INTERVAL", "BYSECOND", "BYMINUTE", "BYHOUR", "BYDAY", "BYMONTHDAY", "BYYEARDAY",
    "BYWEEKNO", "BYMONTH", "BYSETPOS", "WKST",
)  # fmt: skip
FREQUENCIES = ("HOURLY", "DAILY", "WEEKLY", "MONTHLY", "YEARLY")
LONGEST = 2_000
MAX_COUNT = 20_000
MAX_INTERVAL = 1_000
MOST_COUNTED = 40_000
"""Steps to the last time that COUNT allows: fewer than a look at the calendar has, for each has to know it."""
MAX_PER_DAY = 48
MOST_QUIET = 36_525
"""Days of the years, months, weeks or days that are looked at in a row without one that fits: a hundred years."""

_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_LIMITS = {
    "BYSECOND": (0, 59), "BYMINUTE": (0, 59), "BYHOUR": (0, 23), "BYMONTH": (1, 12), "BYMONTHDAY": (1, 31),
    "BYYEARDAY": (1, 366), "BYWEEKNO": (1, 53), "BYSETPOS": (1, 366),
}  # fmt: skip
_FROM_THE_END = frozenset({"BYMONTHDAY", "BYYEARDAY", "BYWEEKNO", "BYSETPOS"})
_LENGTHS = {"HOURLY": 1, "DAILY": 1, "WEEKLY": 7, "MONTHLY": 31, "YEARLY": 366}
_LAST_DAY = date.max.toordinal()


class RuleError(ValueError):
    """The text is no rule that is kept here; the message is a sentence that says why."""


def parse(text: str) -> dict[str, str]:
    """The parts of an RRULE value by name. Raises RuleError."""
    if len(text) > LONGEST:
        raise RuleError("That is too long for a repetition rule.")
    parts: dict[str, str] = {}
    shown = text if len(text) <= 80 else text[:79] + "…"
    for part in filter(None, text.strip().upper().removeprefix("RRULE:").split(";")):
        name, _, value = part.partition("=")
        if name not in PARTS or not value or name in parts:
            raise RuleError(f"'{shown}' is not a repetition rule.")
        parts[name] = value
    if parts.get("FREQ") in ("SECONDLY", "MINUTELY"):
        raise RuleError("This repeats more often than once an hour: an event repeats hourly at most.")
    if parts.get("FREQ") not in FREQUENCIES:
        raise RuleError("An event can repeat hourly, daily, weekly, monthly or yearly.")
    for name, most in (("COUNT", MAX_COUNT), ("INTERVAL", MAX_INTERVAL)):
        value = parts.get(name, "1")
        if not value.isascii() or not value.isdigit() or not 1 <= int(value) <= most:
            raise RuleError(f"{name} of a repetition must be a number from 1 to {most:,}.")
    if "UNTIL" in parts and not _is_until(parts["UNTIL"]):
        raise RuleError(
            f"UNTIL={parts['UNTIL'][:40]} of a repetition is no date, such as 20260630 or 20260630T170000Z."
        )
    if parts["FREQ"] == "HOURLY" and parts.keys() & {"BYMONTH", "BYMONTHDAY", "BYYEARDAY", "BYWEEKNO"}:
        raise RuleError("An hourly repetition cannot be limited to days of the month or year.")
    per_day = 1
    for name in ("BYHOUR", "BYMINUTE", "BYSECOND"):
        per_day *= len(parts.get(name, "0").split(","))
    if per_day > MAX_PER_DAY:
        raise RuleError("That repeats too often within a day.")
    return parts


def _is_until(text: str) -> bool:
    try:
        datetime.strptime(text.removesuffix("Z") if "T" in text else text, "%Y%m%dT%H%M%S" if "T" in text else "%Y%m%d")  # noqa: DTZ007
    except ValueError:
        return False
    return re.fullmatch(r"[0-9]{8}(?:T[0-9]{6}Z?)?", text) is not None


def format_rule(parts: dict[str, str]) -> str:
    """The rule with its parts in one fixed order, so that equal rules are equal text."""
    return ";".join(f"{name}={parts[name]}" for name in PARTS if name in parts)


def slots(
    parts: dict[str, str], start: datetime, begin: datetime | None = None, end: datetime | None = None
) -> Iterator[datetime]:
    """The times that the rule names from `start` on, in order, whatever its UNTIL and COUNT.

    With `begin` they may begin later, at or before it; none is later than `end`. They end where a rule names nothing
    for too long. Each day that is looked at is a step, and each time that is found. Raises RuleError.
    """
    rule, quiet = _Rule(parts, start), 0
    for days, hour in rule.periods(start if begin is None else max(begin, start)):
        if (end is not None and days[0] > end.toordinal()) or days[0] > _LAST_DAY or quiet > MOST_QUIET:
            return
        quiet += _LENGTHS[parts["FREQ"]]
        fitting = []
        for ordinal in days:
            take()
            if ordinal <= _LAST_DAY and rule.fits(day := date.fromordinal(ordinal)):
                fitting.append(day)
        for slot in rule.times(fitting, hour):
            if end is not None and slot > end:
                return
            if slot >= start:
                take()
                quiet = 0
                yield slot


def first(parts: dict[str, str], start: datetime) -> datetime | None:
    """The first time that the rule names from `start` on; None when it names none within a hundred years or so."""
    return next(slots(parts, start), None)


def last_counted(parts: dict[str, str], start: datetime) -> datetime:
    """The last time that COUNT allows. Raises RuleError when it is too far away to count to."""
    last = start
    try:
        with within(MOST_COUNTED, "") as budget:
            for last in islice(slots(parts, start), int(parts["COUNT"])):  # noqa: B007
                pass
    except TooManySteps as error:
        raise RuleError(
            f"A repetition with COUNT={parts['COUNT']} goes on for too long: say its last day instead."
        ) from error
    take(budget.taken)
    return last


Period = tuple[list[int], int | None]
"""The days to look at in one year, month, week or day, as ordinals; of an hourly rule the day and the hour."""


class _Rule:
    """A rule completed by its start, as RFC 5545 says: what is not named is as at the start."""

    def __init__(self, parts: dict[str, str], start: datetime) -> None:
        self._start = start
        self._frequency = parts["FREQ"]
        self._interval = int(parts.get("INTERVAL", "1"))
        self._week_begins = _weekday(parts.get("WKST", "MO"))
        by = {name: _numbers(name, parts[name]) for name in _LIMITS if name in parts}
        weekdays = _weekdays(parts.get("BYDAY", ""))
        if not (weekdays or by.keys() & {"BYWEEKNO", "BYYEARDAY", "BYMONTHDAY"}):
            if self._frequency == "YEARLY":
                by.setdefault("BYMONTH", frozenset({start.month}))
            if self._frequency in ("YEARLY", "MONTHLY"):
                by["BYMONTHDAY"] = frozenset({start.day})
            elif self._frequency == "WEEKLY":
                weekdays = {(0, start.weekday())}
        self._by = by
        self._places = sorted(by.get("BYSETPOS", ()))
        self._clock = (
            sorted(by.get("BYHOUR", () if self._frequency == "HOURLY" else (start.hour,))),
            sorted(by.get("BYMINUTE", (start.minute,))),
            sorted(by.get("BYSECOND", (start.second,))),
        )
        self._tests = self._tests_of(weekdays)
        self._whole_year = bool(by.keys() & {"BYWEEKNO", "BYYEARDAY"} or (weekdays and "BYMONTH" not in by))

    def _tests_of(self, weekdays: set[tuple[int, int]]) -> list[Callable[[date], bool]]:
        tests: list[Callable[[date], bool]] = []
        if months := self._by.get("BYMONTH"):
            tests.append(lambda day: day.month in months)
        if numbers := self._by.get("BYMONTHDAY"):
            tests.append(lambda day: day.day in numbers or day.day - _month_length(day) - 1 in numbers)
        if weekdays:
            in_month = self._frequency == "MONTHLY" or (self._frequency == "YEARLY" and "BYMONTH" in self._by)
            if self._frequency in ("MONTHLY", "YEARLY"):
                place = _place_in_month if in_month else _place_in_year
                tests.append(lambda day: _is_nth(weekdays, day, *place(day)))
            else:
                plain = {weekday for _, weekday in weekdays}
                tests.append(lambda day: day.weekday() in plain)
        if days := self._by.get("BYYEARDAY"):
            tests.append(lambda day: any(at in days for at in _place_in_year(day)))
        if weeks := self._by.get("BYWEEKNO"):
            tests.append(lambda day: any(week in weeks for week in self._week(day)))
        return tests

    def fits(self, day: date) -> bool:
        return all(test(day) for test in self._tests)

    def _week(self, day: date) -> tuple[int, int]:
        """The number of the day's week in its year, from the front and from the end; the first has four days in it."""
        middle = day.toordinal() - (day.weekday() - self._week_begins) % 7 + 3
        if middle > _LAST_DAY:
            return 1, -53
        return _nth(*_place_in_year(date.fromordinal(middle)))

    def periods(self, begin: datetime) -> Iterator[Period]:
        """From the one that `begin` is in, or the last one before it, on; without end."""
        start, step = self._start, self._interval
        if self._frequency == "YEARLY":
            for year in range(start.year + (begin.year - start.year) // step * step, date.max.year + 1, step):
                yield self._days_of_year(year), None
        elif self._frequency == "MONTHLY":
            first, to = start.year * 12 + start.month - 1, begin.year * 12 + begin.month - 1
            for month in range(first + (to - first) // step * step, (date.max.year + 1) * 12, step):
                yield self._days_of_month(*divmod(month, 12)), None
        elif self._frequency == "WEEKLY":
            week = start.toordinal() - (start.weekday() - self._week_begins) % 7
            for monday in count(week + (begin.toordinal() - week) // (7 * step) * 7 * step, 7 * step):
                yield list(range(max(monday, start.toordinal()), monday + 7)), None
        elif self._frequency == "DAILY":
            ordinal = start.toordinal()
            for day in count(ordinal + (begin.toordinal() - ordinal) // step * step, step):
                yield [day], None
        else:
            first, to = start.toordinal() * 24 + start.hour, begin.toordinal() * 24 + begin.hour
            for hour in count(first + (to - first) // step * step, step):
                yield [hour // 24], hour % 24

    def _days_of_year(self, year: int) -> list[int]:
        first = date(year, 1, 1).toordinal()
        if self._whole_year:
            return list(range(first, first + 365 + calendar.isleap(year)))
        return [day for month in range(12) for day in self._days_of_month(year, month)] or [first]

    def _days_of_month(self, year: int, month: int) -> list[int]:
        """Those that can fit, of the month 0 to 11."""
        first, length = date(year, month + 1, 1).toordinal(), calendar.monthrange(year, month + 1)[1]
        if month + 1 not in self._by.get("BYMONTH", (month + 1,)):
            return [] if self._frequency == "YEARLY" else [first]
        if "BYMONTHDAY" not in self._by:
            return list(range(first, first + length))
        numbers = {number if number > 0 else length + 1 + number for number in self._by["BYMONTHDAY"]}
        days = [first + number - 1 for number in sorted(numbers) if 1 <= number <= length]
        return days if days or self._frequency == "YEARLY" else [first]

    def times(self, days: list[date], hour: int | None) -> list[datetime]:
        """The times of one period on those of its days that fit; with BYSETPOS only the places that it names."""
        hours, minutes, seconds = self._clock
        if hour is not None:
            hours = [hour] if not hours or hour in hours else []
        clock = [time(*each) for each in product(hours, minutes, seconds)]
        found = [datetime.combine(day, each) for day in days for each in clock]
        if not self._places:
            return found
        at = {place - 1 if place > 0 else len(found) + place for place in self._places}
        return [found[index] for index in sorted(at) if 0 <= index < len(found)]


def _numbers(name: str, text: str) -> frozenset[int]:
    least, most = _LIMITS[name]
    sign = "[+-]?" if name in _FROM_THE_END else ""
    values = text.split(",")
    if not all(re.fullmatch(rf"{sign}[0-9]{{1,3}}", value) and least <= abs(int(value)) <= most for value in values):
        raise RuleError(f"'{name}={text[:40]}' is no part of a repetition rule.")
    return frozenset(map(int, values))


def _weekday(code: str) -> int:
    if code not in _WEEKDAYS:
        raise RuleError(f"'{code[:40]}' is no day of the week in a repetition rule.")
    return _WEEKDAYS.index(code)


def _weekdays(text: str) -> set[tuple[int, int]]:
    """Which one of its kind and which weekday; 0: every one."""
    found = set()
    for code in text.split(",") if text else ():
        if not re.fullmatch(r"(?:[+-]?[0-9]{1,2})?[A-Z]{2}", code):
            raise RuleError(f"'{code[:40]}' is no day of the week in a repetition rule.")
        nth = int(code[:-2] or 0)
        if (nth == 0 and code[:-2]) or abs(nth) > 53:
            raise RuleError(f"'{code[:40]}' is no day of the week in a repetition rule.")
        found.add((nth, _weekday(code[-2:])))
    return found


def _is_nth(weekdays: set[tuple[int, int]], day: date, place: int, from_end: int) -> bool:
    return not weekdays.isdisjoint((nth, day.weekday()) for nth in (0, *_nth(place, from_end)))


def _nth(place: int, from_end: int) -> tuple[int, int]:
    """Which week of a month or year, counted in sevens from either end, a day at this place is in."""
    return (place - 1) // 7 + 1, -((-from_end - 1) // 7 + 1)


def _month_length(day: date) -> int:
    return calendar.monthrange(day.year, day.month)[1]


def _place_in_month(day: date) -> tuple[int, int]:
    return day.day, day.day - _month_length(day) - 1


def _place_in_year(day: date) -> tuple[int, int]:
    """The number of the day in its year, from the front (1) and from the end (-1)."""
    place = day.toordinal() - date(day.year, 1, 1).toordinal() + 1
    return place, place - 366 - calendar.isleap(day.year)
