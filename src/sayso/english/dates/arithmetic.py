"""Calendar arithmetic: the next such day, weeks, months, the n-th weekday of a month."""

import calendar
from dataclasses import dataclass
from datetime import date, timedelta

from dateutil.relativedelta import relativedelta

from sayso.english.dates.reader import Reader

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Day:
    """One day, or the days from `start` to `end` (exclusive)."""

    start: date
    end: date
    is_range: bool = False
    part: str = ""
    """The part of the day that the word itself names ("tonight")."""
    firm: bool = True
    """Cannot be anything but a day; False for "sat", "May", "the 2nd"."""
    from_now: bool = False
    """Begins now rather than at midnight ("the rest of the week")."""
    note: str = ""


Reading = tuple[Day, int] | None


def single(day: date, *, part: str = "", firm: bool = True, from_now: bool = False, note: str = "") -> Day:
    return Day(day, day + DAY, part=part, firm=firm, from_now=from_now, note=note)


def month_of(day: date, months: int = 0) -> Day:
    start = day.replace(day=1) + relativedelta(months=months)
    return Day(start, start + relativedelta(months=1), is_range=True)


def week_of(day: date, weeks: int = 0) -> Day:
    start = day - timedelta(days=day.weekday()) + timedelta(weeks=weeks)
    return Day(start, start + timedelta(days=7), is_range=True)


FIRST_YEAR, LAST_YEAR = 1800, 2500


def make(year: int, month: int, number: int) -> date | None:
    try:
        return date(year, month, number) if FIRST_YEAR <= year <= LAST_YEAR else None
    except ValueError:
        return None


def in_year(r: Reader, month: int, number: int) -> date | None:
    """The next such day (the last one when the past is meant): 29 February may be years away."""
    step = -1 if r.past else 1
    base = r.reference
    for n in range(9):
        found = make(base.year + step * n, month, number)
        if found and (found <= base if r.past else found >= base):
            return found
    r.problems.append(f"There is no {number} {calendar.month_name[month]}; say another day.")
    return None


def in_month(r: Reader, number: int) -> date | None:
    """The next day with this number, in whichever month has it."""
    if not 1 <= number <= 31:
        return None
    base = r.reference
    for n in range(13):
        month = base.replace(day=1) + relativedelta(months=-n if r.past else n)
        found = make(month.year, month.month, number)
        if found and (found <= base if r.past else found >= base):
            return found
    return None


def weekday_after(base: date, number: int) -> date:
    return base + timedelta(days=(number - base.weekday() - 1) % 7 + 1)


def weekday_before(base: date, number: int) -> date:
    return base - timedelta(days=(base.weekday() - number - 1) % 7 + 1)


def nth_weekday(first: date, number: int, n: int) -> date | None:
    """The n-th such weekday of the month (-1: the last)."""
    days = [first + k * DAY for k in range(calendar.monthrange(first.year, first.month)[1])]
    days = [day for day in days if day.weekday() == number]
    return days[n - 1 if n > 0 else n] if n <= len(days) else None
