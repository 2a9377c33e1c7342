"""Days and spans of days: tomorrow, next Friday, 10 March, the 15th, next week, the first Monday in May."""

import calendar
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from dateutil.relativedelta import relativedelta

from sayso.base.dates.reader import Reader
from sayso.base.dates.words import MONTHS, TODAY_WORDS, UNITS, WEAK_WEEKDAYS, WEEKDAYS

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


def single(day: date, **more: str | bool) -> Day:
    return Day(day, day + DAY, **more)  # type: ignore[arg-type]


def day(r: Reader, i: int) -> Reading:
    """Read the longest expression for a day or a span of days."""
    best: Reading = None
    for rule in _RULES:
        found = rule(r, i)
        if found and (best is None or found[1] > best[1]):
            best = found
    return best


# Calendar arithmetic


def month_of(day: date, months: int = 0) -> Day:
    start = day.replace(day=1) + relativedelta(months=months)
    return Day(start, start + relativedelta(months=1), is_range=True)


def week_of(day: date, weeks: int = 0) -> Day:
    start = day - timedelta(days=day.weekday()) + timedelta(weeks=weeks)
    return Day(start, start + timedelta(days=7), is_range=True)


def make(year: int, month: int, number: int) -> date | None:
    try:
        return date(year, month, number) if 1800 <= year <= 2500 else None
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


# Weekdays


def bare_weekday(r: Reader, number: int) -> date:
    """The next one; its own name today means a week from today."""
    return weekday_before(r.reference, number) if r.past else weekday_after(r.reference, number)


def _weekday(r: Reader, i: int) -> Reading:
    i = r.skip(i, "the") if r.word(i + 1) in ("coming", "following", "next", "last", "past", "previous") else i
    which = r.word(i)
    named = which in ("this", "next", "last", "coming", "following", "past", "previous", "nxt")
    j = i + 1 if named else i
    if which == "this" and r.word(j) in ("coming", "past"):
        which, j = r.word(j), j + 1
    name = r.word(j)
    if name not in WEEKDAYS:
        return None
    number, j = WEEKDAYS[name], j + 1
    if r.word(j) == "." and len(name) < 5 and (r.kind(j + 1) in ("number", "ordinal") or r.word(j + 1) in MONTHS):
        j += 1
    monday = r.today - timedelta(days=r.today.weekday())
    if which == "this":
        found = monday + timedelta(days=number)
        if found < r.today and not r.past:
            found += timedelta(days=7)
    elif which in ("next", "nxt"):
        found = monday + timedelta(days=7 + number)
    elif which in ("last", "past", "previous"):
        found = weekday_before(r.today, number)
    elif which in ("coming", "following"):
        found = weekday_after(r.today if which == "coming" else r.reference, number)
    else:
        found = bare_weekday(r, number)
        if r.word(j) == "week" and r.word(j + 1) not in ("after", "before", "of") and not named:
            return single(weekday_after(r.today, number) + timedelta(days=7)), j + 1
    firm = named or name not in WEAK_WEEKDAYS
    return _refined(r, number, single(found, firm=firm), j, named)


def _refined(r: Reader, number: int, found: Day, i: int, named: bool) -> tuple[Day, int]:
    """What follows a weekday: a date ("Friday, March 13"), a week ("Friday next week"), "the 13th"."""
    j = r.skip(i, ",")
    if not named and (dated := _date(r, j)) and not dated[0].is_range:
        exact, end = dated
        if exact.start.weekday() != number:
            note = f"{exact.start.day} {exact.start:%B %Y} is a {exact.start:%A}."
            return single(exact.start, note=note), end
        return single(exact.start), end
    if not named and (numbered := r.ordinal(r.skip(j, "the"))) and r.open(numbered[1]):
        for n in range(14):
            month = r.reference.replace(day=1) + relativedelta(months=n)
            exact_day = make(month.year, month.month, numbered[0])
            if exact_day and exact_day >= r.reference and exact_day.weekday() == number:
                return single(exact_day), numbered[1]
    k = r.skip(j, "of", "in", "the")
    week = _week(r, k)
    if week and not named and r.word(k) in ("this", "next", "last", "following", "week", "after"):
        return single(week[0].start + timedelta(days=number)), week[1]
    return found, i


# Words for days


def _named(r: Reader, i: int) -> Reading:
    if j := r.phrase(r.skip(i, "the"), "day after tomorrow") or r.phrase(i, "overmorrow"):
        return single(r.today + 2 * DAY), j
    if j := r.phrase(r.skip(i, "the"), "day before yesterday"):
        return single(r.today - 2 * DAY), j
    if r.word(i) in TODAY_WORDS:
        return single(r.today + TODAY_WORDS[r.word(i)] * DAY), i + 1
    if r.word(i) in ("tonight", "tonite"):
        return single(r.today, part="night"), i + 1
    if j := r.phrase(i, "last night"):
        return single(r.today - DAY, part="night"), j
    if j := r.phrase(i, "later today") or r.phrase(i, "the rest of the day") or r.phrase(i, "rest of the day"):
        return single(r.today, from_now=True), j
    if j := r.phrase(i, "earlier today"):
        return single(r.today), j
    for word in ("morning", "afternoon", "evening"):
        if j := r.phrase(i, "this " + word):
            return single(r.today, part=word), j
    return None


_NEIGHBOURS = {
    "the same day": 0,
    "same day": 0,
    "that day": 0,
    "the day after": 1,
    "the next day": 1,
    "the following day": 1,
    "a day later": 1,
    "the day before": -1,
    "the previous day": -1,
    "a day earlier": -1,
}


def _neighbour(r: Reader, i: int) -> Reading:
    """Days told from the anchor; in a sentence without one only when nothing else can be meant."""
    if r.anchor is None and not r.whole:
        return None
    base = (r.anchor or r.now).date()
    for phrase, days in _NEIGHBOURS.items():
        if j := r.phrase(i, phrase):
            return single(base + days * DAY), j
    for phrase, weeks in {
        "the week after": 1,
        "the following week": 1,
        "the week before": -1,
        "the same week": 0,
    }.items():
        if j := r.phrase(i, phrase):
            return week_of(base, weeks), j
    return None


# Dates


def _year(r: Reader, i: int) -> tuple[int, int] | None:
    """ ", 2026", " 2026", " '26" or "of this year" behind a day and a month."""
    j = r.skip(i, ",")
    if r.kind(j) == "number" and len(r.word(j)) == 4 and 1900 <= float(r.word(j)) <= 2200:
        return int(r.word(j)), j + 1
    if r.word(j) == "'" and r.kind(j + 1) == "number" and len(r.word(j + 1)) == 2:
        return 2000 + int(r.word(j + 1)), j + 2
    j = r.skip(j, "of")
    for phrase, years in {"this year": 0, "next year": 1, "last year": -1}.items():
        if end := r.phrase(j, phrase):
            return r.today.year + years, end
    return None


def _month(r: Reader, i: int) -> tuple[int, int] | None:
    if r.word(i) not in MONTHS:
        return None
    name = r.word(i)
    return MONTHS[name], i + 2 if len(name) < 5 and r.word(i + 1) == "." and r.kind(i + 2) in (
        "number",
        "ordinal",
    ) else i + 1


def _number_of_day(r: Reader, i: int) -> tuple[int, int] | None:
    if r.kind(i) == "number" and len(r.word(i)) <= 2 and 1 <= int(r.word(i)) <= 31:
        return int(r.word(i)), i + 1
    found = r.ordinal(i)
    return found if found and 1 <= found[0] <= 31 else None


def _on(r: Reader, month: int, first: int, last: int, i: int) -> Reading:
    year = _year(r, i)
    start = make(year[0], month, first) if year else in_year(r, month, first)
    if start is None:
        r.problems.append(
            f"There is no {first} {calendar.month_name[month]}{f' {year[0]}' if year else ''}; say another day."
        )
        return None
    end = make(start.year, month, last)
    if end is None or end < start:
        return None
    return Day(start, end + DAY, is_range=end > start), year[1] if year else i


def _through(r: Reader, i: int) -> tuple[int, int] | None:
    """The second number of "10-12" or "10th to the 12th"."""
    if r.word(i) not in ("-", "to", "through", "thru", "until", "till"):
        return None
    found = _number_of_day(r, r.skip(i + 1, "the"))
    if found and (r.kind(found[1]) == "meridiem" or r.word(found[1]) in (":", "pm", "am") or r.word(found[1]) in UNITS):
        return None
    return found


def _date(r: Reader, i: int) -> Reading:
    """March 10th, 10 March, the 10th of March, March 10-12, with or without a year."""
    i = r.skip(i, "the")
    if month := _month(r, i):
        first = _number_of_day(r, r.skip(month[1], "the"))
        if first and not _is_time(r, first[1]):
            if not r.whole and r.kind(first[1] - 1) == "number" and not _dated(r, i, first[1]):
                return None
            last = _through(r, first[1])
            if last and last[0] > first[0]:
                return _on(r, month[0], first[0], last[0], last[1])
            return _on(r, month[0], first[0], first[0], first[1])
        return None
    first = _number_of_day(r, i)
    if not first:
        return None
    last = _through(r, first[1])
    end = last or first
    month = _month(r, r.skip(end[1], "of", "-"))
    if month and not (not r.whole and r.word(end[1]) not in ("of",) and r.word(i - 1) in ("room", "flight")):
        return _on(r, month[0], first[0], end[0], month[1]) if end[0] >= first[0] else None
    return None


def _is_time(r: Reader, i: int) -> bool:
    return r.kind(i) == "meridiem" or r.word(i) in ("o'clock", "oclock")


def _dated(r: Reader, i: int, end: int) -> bool:
    """In "march 10 miles" and "may 5 people" the number counts something."""
    if r.word(i) not in ("may", "march") or r.capital(i):
        return not (r.word(end).endswith("s") and r.kind(end) == "word" and not r.open(end))
    return r.open(end) or r.word(end) == "-" or r.kind(end) == "number"


def _numeric(r: Reader, i: int) -> Reading:
    """2026-03-10, 3/10 (month first unless impossible), 25/12, 10.3.2026."""
    kind, text = r.kind(i), r.word(i)
    if kind == "ymd":
        year, month, number = (int(part) for part in text.replace("/", "-").split("-"))
        return _exact(r, year, month, number, i + 1)
    if kind == "dots":
        parts = [int(part) for part in text.split(".") if part]
        if not r.whole and (len(parts) < 3 or parts[2] < 100):
            return None
        return _short(r, parts[1], parts[0], parts[2:], i + 1)
    if kind in ("slash", "dashes"):
        parts = [int(part) for part in text.replace("-", "/").split("/")]
        month, number = (parts[1], parts[0]) if parts[0] > 12 else (parts[0], parts[1])
        weak = text in ("24/7", "1/2", "1/3", "1/4", "2/3", "3/4", "9/11", "50/50") and not r.whole
        if weak or (not r.whole and not (len(parts) == 3 or r.open(i + 1))):
            return None
        return _short(r, month, number, parts[2:], i + 1)
    return None


def _short(r: Reader, month: int, number: int, year: list[int], end: int) -> Reading:
    if year:
        return _exact(r, year[0] + 2000 if year[0] < 100 else year[0], month, number, end)
    found = in_year(r, month, number) if 1 <= month <= 12 and 1 <= number <= 31 else None
    return (single(found), end) if found else None


def _exact(r: Reader, year: int, month: int, number: int, end: int) -> Reading:
    found = make(year, month, number)
    if found is None:
        r.problems.append(f"There is no day {year}-{month:02}-{number:02}; say another day.")
        return None
    return single(found), end


def _numbered(r: Reader, i: int) -> Reading:
    """The 15th, the 1st of next month, the last day of the month."""
    start, i = i, r.skip(i, "the")
    if j := r.phrase(i, "last day of"):
        span = _span(r, r.skip(j, "the"))
        return (single(span[0].end - DAY), span[1]) if span else None
    if j := r.phrase(i, "first day of"):
        span = _span(r, r.skip(j, "the"))
        return (single(span[0].start), span[1]) if span else None
    found = r.ordinal(i)
    if not found:
        return None
    number, j = found
    if (
        r.word(j) in ("of", "in")
        and (span := _span(r, r.skip(j + 1, "the")))
        and 27 < (span[0].end - span[0].start).days < 32
    ):
        exact = make(span[0].start.year, span[0].start.month, number)
        if exact and exact < r.today and r.word(span[1] - 2) in ("the", "of") and not r.past:
            exact = in_month(r, number)
        return (single(exact), span[1]) if exact else None
    exact = in_month(r, number)
    if not exact or (start == i and not r.whole) or not r.open(j):
        return None
    return single(exact, firm=r.kind(i) == "ordinal" and number >= 10), j


# Spans


def _unit_span(r: Reader, unit: str, n: int) -> Day | None:
    today = r.today
    if unit == "day":
        return single(today + n * DAY)
    if unit == "week":
        return week_of(today, n)
    if unit == "month":
        return month_of(today, n)
    if unit == "year":
        start = date(today.year + n, 1, 1)
        return Day(start, date(today.year + n + 1, 1, 1), is_range=True)
    if unit == "quarter":
        start = date(today.year, (today.month - 1) // 3 * 3 + 1, 1) + relativedelta(months=3 * n)
        return Day(start, start + relativedelta(months=3), is_range=True)
    if unit == "weekend":
        start = week_of(today, n).start + 5 * DAY
        return Day(start, start + 2 * DAY, is_range=True)
    return None


_WHICH = {
    "this": 0,
    "next": 1,
    "last": -1,
    "coming": 1,
    "following": 1,
    "previous": -1,
    "past": -1,
    "current": 0,
    "nxt": 1,
}


def _week(r: Reader, i: int) -> Reading:
    """This week, next month, last year, the weekend; the week of March 9; the week after next."""
    i = r.skip(i, "the")
    if j := r.phrase(i, "week of") or r.phrase(i, "week beginning") or r.phrase(i, "week commencing"):
        found = _date(r, j) or _weekday(r, j) or _numeric(r, j) or _numbered(r, j)
        return (week_of(found[0].start), found[1]) if found and not found[0].is_range else None
    for unit in ("week", "month", "year", "weekend"):
        if j := r.phrase(i, f"{unit} after next"):
            span = _unit_span(r, unit, 2)
            return (span, j) if span else None
    which = r.word(i)
    if which in ("weekend", "wkend"):
        return _unit_span(r, "weekend", 0) or single(r.today), i + 1
    if which not in _WHICH:
        return None
    unit = "weekend" if r.word(i + 1) in ("weekend", "wkend") else UNITS.get(r.word(i + 1), "")
    if not r.word(i + 1) or len(r.word(i + 1)) == 1:
        return None
    n = 0 if unit == "weekend" and which == "coming" else _WHICH[which]
    if unit == "day" and which != "this":
        return None
    span = _unit_span(r, unit, n)
    return (span, i + 2) if span else None


def _named_month(r: Reader, i: int) -> Reading:
    """March, next March, March 2026, this May."""
    which = _WHICH.get(r.word(i))
    j = i if which is None else i + 1
    month = _month(r, j)
    if not month:
        return None
    number, end = MONTHS[r.word(j)], j + 1
    if year := _year(r, end):
        return month_of(date(year[0], number, 1)), year[1]
    first = date(r.reference.year, number, 1)
    if r.past or which == -1:
        first = first.replace(
            year=first.year - (1 if first > r.reference or (which == -1 and first.month == r.today.month) else 0)
        )
    elif month_of(first).end <= r.reference or (which == 1 and first.month == r.today.month):
        first = first.replace(year=first.year + 1)
    return Day(first, month_of(first).end, is_range=True, firm=which is not None), end


def _span(r: Reader, i: int) -> Reading:
    """A month, week, quarter or year by any name; "the month" is this one."""
    found = _week(r, i) or _named_month(r, i)
    if found:
        return found
    i = r.skip(i, "the")
    if r.word(i) in ("week", "month", "year", "quarter"):
        span = _unit_span(r, r.word(i), 0)
        return (span, i + 1) if span else None
    if r.kind(i) == "number" and len(r.word(i)) == 4 and 1900 <= float(r.word(i)) <= 2200:
        first = date(int(r.word(i)), 1, 1)
        return Day(first, first.replace(year=first.year + 1), is_range=True), i + 1
    return None


def _edge(r: Reader, i: int) -> Reading:
    """The end of the month, beginning of April, mid April, early next week, the rest of the week."""
    i = r.skip(i, "the", "very")
    edge, j = r.word(i), i + 1
    if edge not in (
        "end",
        "beginning",
        "start",
        "middle",
        "mid",
        "early",
        "late",
        "rest",
        "remainder",
        "later",
        "earlier",
        "all",
    ):
        return None
    j = r.skip(j, "-") if edge == "mid" else r.skip(j, "of")
    span = _span(r, j)
    if not span or not span[0].is_range:
        return None
    plain = r.word(span[1] - 1) in ("week", "month", "year", "quarter") and r.word(span[1] - 2) in ("the", "of")
    found = _edge_of(r, edge, span[0], plain)
    return (found, span[1]) if found else None


def _edge_of(r: Reader, edge: str, span: Day, plain: bool) -> Day | None:
    days = (span.end - span.start).days
    week = days <= 7
    if edge == "end":
        friday = span.start + 4 * DAY if days == 7 else span.end - DAY
        return single(friday if friday >= r.today or not plain else span.end - DAY)
    if edge in ("beginning", "start"):
        if plain and span.start < r.today and not r.past:
            return single(span.end)
        return single(span.start)
    if edge in ("middle", "mid"):
        return single(span.start + (2 if week else 14 if days < 32 else days // 2) * DAY)
    third = 2 if days == 7 else max(1, days // 3)
    if edge == "early":
        return Day(span.start, span.start + third * DAY, is_range=True)
    if edge == "late":
        first = span.start + 3 * DAY if days == 7 else span.end - third * DAY
        return Day(first, span.start + 5 * DAY if days == 7 else span.end, is_range=True)
    if edge == "earlier":
        return Day(span.start, r.today + DAY, is_range=True) if span.start <= r.today else None
    if edge == "all":
        return span
    if span.end <= r.today:
        return None
    inside = span.start <= r.today
    return Day(max(r.today, span.start), span.end, is_range=True, from_now=inside)


def _nth(r: Reader, i: int) -> Reading:
    """The first Monday in May, the last Friday of the month, the second Tuesday of next month."""
    i = r.skip(i, "the")
    found = r.ordinal(i) or ((-1, i + 1) if r.word(i) == "last" else None)
    if not found or found[0] > 5 or r.word(found[1]) not in WEEKDAYS:
        return None
    number, j = WEEKDAYS[r.word(found[1])], found[1] + 1
    if r.word(j) not in ("in", "of"):
        return None
    span = _span(r, j + 1)
    if not span or not 27 < (span[0].end - span[0].start).days < 32:
        return None
    plain = r.word(span[1] - 2) in ("of", "the", "in") and r.word(span[1] - 3) != "next"
    for n in range(24):
        month = month_of(span[0].start, n if r.word(span[1] - 1) == "month" else 12 * n)
        exact = nth_weekday(month.start, number, found[0])
        if exact and (exact >= r.today or r.past or not plain):
            return single(exact), span[1]
    return None


def nth_weekday(first: date, number: int, n: int) -> date | None:
    """The n-th such weekday of the month (-1: the last)."""
    days = [first + k * DAY for k in range(calendar.monthrange(first.year, first.month)[1])]
    days = [day for day in days if day.weekday() == number]
    return days[n - 1 if n > 0 else n] if n <= len(days) else None


def _several(r: Reader, i: int) -> Reading:
    """The next two weeks, the last 3 days, the past month, the next few days."""
    i = r.skip(i, "the")
    which = r.word(i)
    if which not in ("next", "last", "past", "coming", "previous", "following", "first"):
        return None
    for word, count in {"few": 3, "couple of": 2, "couple": 2, "several": 4}.items():
        if j := r.phrase(i + 1, word):
            found: tuple[float, int] | None = (count, j)
            break
    else:
        found = r.number(i + 1) or ((1, i + 1) if which == "past" else None)
    if not found or found[0] % 1 or found[0] > 5000:
        return None
    j = r.skip(found[1], "business", "working")
    unit = UNITS.get(r.word(j))
    if unit not in ("day", "week", "fortnight", "month", "quarter", "year"):
        return None
    n = int(found[0])
    step = {"day": relativedelta(days=n), "week": relativedelta(weeks=n), "fortnight": relativedelta(weeks=2 * n)}.get(
        unit, relativedelta(months=n * {"month": 1, "quarter": 3, "year": 12}.get(unit, 1))
    )
    if which in ("next", "coming", "following"):
        return Day(r.today, r.today + step, is_range=True), j + 1
    return Day(r.today - step, r.today + DAY, is_range=True), j + 1


_RULES: tuple[Callable[[Reader, int], Reading], ...] = (
    _named,
    _weekday,
    _date,
    _numeric,
    _numbered,
    _week,
    _named_month,
    _edge,
    _nth,
    _several,
    _neighbour,
)
