"""Spans of days and days told by them: next week, March, the end of the month, the first Monday in May."""

from datetime import UTC, date, datetime, time

from dateutil.relativedelta import relativedelta

from sayso.english.dates.arithmetic import DAY, Day, Reading, month_of, nth_weekday, single, week_of
from sayso.english.dates.durations import CLOCK_UNITS, one
from sayso.english.dates.reader import Reader
from sayso.english.dates.words import MONTHS, UNITS, WEEKDAYS


def year_at(r: Reader, i: int) -> tuple[int, int] | None:
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


def month_at(r: Reader, i: int) -> tuple[int, int] | None:
    if r.word(i) not in MONTHS:
        return None
    name = r.word(i)
    return MONTHS[name], i + 2 if len(name) < 5 and r.word(i + 1) == "." and r.kind(i + 2) in (
        "number",
        "ordinal",
    ) else i + 1


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


def week_at(r: Reader, i: int) -> Reading:
    """This week, next month, last year, the weekend; the week of March 9; the week after next."""
    i = r.skip(i, "the")
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
    if (unit == "day" and which != "this") or (which == "past" and unit != "weekend"):
        return None
    span = _unit_span(r, unit, n)
    return (span, i + 2) if span else None


def named_month_at(r: Reader, i: int) -> Reading:
    """March, next March, March 2026, this May."""
    which = _WHICH.get(r.word(i))
    j = i if which is None else i + 1
    month = month_at(r, j)
    if not month:
        return None
    number, end = MONTHS[r.word(j)], j + 1
    if year := year_at(r, end):
        return month_of(date(year[0], number, 1)), year[1]
    first = date(r.reference.year, number, 1)
    if r.past or which == -1:
        first = first.replace(
            year=first.year - (1 if first > r.reference or (which == -1 and first.month == r.today.month) else 0)
        )
    elif month_of(first).end <= r.reference or (which == 1 and first.month == r.today.month):
        first = first.replace(year=first.year + 1)
    return Day(first, month_of(first).end, is_range=True, firm=which is not None), end


def span_at(r: Reader, i: int) -> Reading:
    """A month, week, quarter or year by any name; "the month" is this one."""
    found = week_at(r, i) or named_month_at(r, i)
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


def edge_at(r: Reader, i: int) -> Reading:
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
    span = span_at(r, j)
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


def nth_at(r: Reader, i: int) -> Reading:
    """The first Monday in May, the last Friday of the month, the second Tuesday of next month."""
    i = r.skip(i, "the")
    found = r.ordinal(i) or ((-1, i + 1) if r.word(i) == "last" else None)
    if not found or found[0] > 5 or r.word(found[1]) not in WEEKDAYS:
        return None
    number, j = WEEKDAYS[r.word(found[1])], found[1] + 1
    if r.word(j) not in ("in", "of"):
        return None
    span = span_at(r, j + 1)
    if not span or not 27 < (span[0].end - span[0].start).days < 32:
        return None
    plain = r.word(span[1] - 2) in ("of", "the", "in") and r.word(span[1] - 3) != "next"
    for n in range(24):
        month = month_of(span[0].start, n if r.word(span[1] - 1) == "month" else 12 * n)
        exact = nth_weekday(month.start, number, found[0])
        if exact and (exact >= r.today or r.past or not plain):
            return single(exact), span[1]
    return None


def nth_week_at(r: Reader, i: int) -> Reading:
    """The first week of April; the last week of the month."""
    i = r.skip(i, "the")
    found = r.ordinal(i) or ((-1, i + 1) if r.word(i) == "last" else None)
    j = (r.phrase(found[1], "week of") or r.phrase(found[1], "week in")) if found else 0
    span = span_at(r, j) if j else None
    if not found or not span or not 27 < (span[0].end - span[0].start).days < 32 or found[0] > 4:
        return None
    start = span[0].end - 7 * DAY if found[0] < 0 else span[0].start + 7 * (found[0] - 1) * DAY
    return Day(start, start + 7 * DAY, is_range=True), span[1]


def several_at(r: Reader, i: int) -> Reading:
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
    if not found or found[0] % 1:
        return None
    j = r.skip(found[1], "business", "working")
    unit = UNITS.get(r.word(j), "")
    if not unit or unit in CLOCK_UNITS:
        return None
    by, today = one(found[0], unit), datetime.combine(r.today, time(), UTC)
    if which in ("next", "coming", "following"):
        return Day(r.today, by.from_(today).date(), is_range=True), j + 1
    return Day(by.from_(today, -1).date(), r.today + DAY, is_range=True), j + 1
