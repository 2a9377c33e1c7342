"""Days: tomorrow, next Friday, 10 March, the 15th, 3/10."""

import calendar
from collections.abc import Callable
from datetime import date, timedelta

from dateutil.relativedelta import relativedelta

from sayso.english.dates.arithmetic import (
    DAY,
    FIRST_YEAR,
    LAST_YEAR,
    Day,
    Reading,
    in_month,
    in_year,
    make,
    single,
    week_of,
    weekday_after,
    weekday_before,
)
from sayso.english.dates.holidays import holiday, holiday_week
from sayso.english.dates.reader import Reader
from sayso.english.dates.spans import (
    edge_at,
    month_at,
    named_month_at,
    nth_at,
    nth_week_at,
    several_at,
    span_at,
    week_at,
    year_at,
)
from sayso.english.dates.words import MONTHS, TODAY_WORDS, UNITS, WEAK_WEEKDAYS, WEEKDAYS


def day(r: Reader, i: int) -> Reading:
    """Read the longest expression for a day or a span of days."""
    best: Reading = None
    for rule in _RULES:
        found = rule(r, i)
        if found and (best is None or found[1] > best[1]):
            best = found
    return best


# Weekdays


def bare_weekday(r: Reader, number: int) -> date:
    """The next one; its own name today means a week from today."""
    return weekday_before(r.reference, number) if r.past else weekday_after(r.reference, number)


def _weekday(r: Reader, i: int) -> Reading:
    after_next = r.word(i + 1) in WEEKDAYS and r.phrase(i + 2, "after next")
    i = (
        r.skip(i, "the")
        if after_next or r.word(i + 1) in ("coming", "following", "next", "last", "past", "previous")
        else i
    )
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
    if not named and (end := r.phrase(j, "after next")):
        return single(monday + timedelta(days=14 + number)), end
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
    """What follows a weekday: a date ("Friday, March 13", "Fri 2026-03-13"), a week, "the 13th"."""
    j = r.skip(i, ",")
    if not named and (dated := _numeric(r, j) if r.kind(j) == "ymd" else _date(r, j)) and not dated[0].is_range:
        exact, end = dated
        if exact.start.weekday() != number:
            note = f"{exact.start.day} {exact.start:%B %Y} is a {exact.start:%A}."
            return single(exact.start, note=note), end
        return single(exact.start), end
    spoken = r.kind(j) == "word" and r.word(j) != "the"
    numbered = None if named or spoken else r.ordinal(r.skip(j, "the"))
    if numbered and r.open(numbered[1]):
        for n in range(14):
            month = r.reference.replace(day=1) + relativedelta(months=n)
            exact_day = make(month.year, month.month, numbered[0])
            if exact_day and exact_day >= r.reference and exact_day.weekday() == number:
                return single(exact_day), numbered[1]
    k = r.skip(j, "of", "in", "the")
    week = week_at(r, k)
    if week and not named and r.word(k) in ("this", "next", "last", "following", "week", "after"):
        return single(week[0].start + timedelta(days=number)), week[1]
    return found, i


# Words for days


def _named(r: Reader, i: int) -> Reading:
    if (j := r.phrase(r.skip(i, "the"), "day after")) and TODAY_WORDS.get(r.word(j)) == 1:
        return single(r.today + 2 * DAY), j + 1
    if j := r.phrase(r.skip(i, "the"), "day before yesterday"):
        return single(r.today - 2 * DAY), j
    if r.word(i) in TODAY_WORDS and r.word(i + 1) == "week" and r.open(i + 2):
        return single(r.today + (TODAY_WORDS[r.word(i)] + 7) * DAY), i + 2
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


def _number_of_day(r: Reader, i: int) -> tuple[int, int] | None:
    if r.kind(i) == "number" and len(r.word(i)) <= 2 and 1 <= int(r.word(i)) <= 31:
        return int(r.word(i)), i + 1
    found = r.ordinal(i)
    return found if found and 1 <= found[0] <= 31 else None


def _on(r: Reader, month: int, first: int, last: int, i: int) -> Reading:
    year = year_at(r, i)
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
    if month := month_at(r, i):
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
    month = month_at(r, r.skip(end[1], "of", "-"))
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
        near = FIRST_YEAR <= year <= LAST_YEAR
        none = f"There is no day {year}-{month:02}-{number:02}; say another day."
        r.problems.append(none if near else f"The year {year} is too far away; say a nearer one.")
        return None
    return single(found), end


def _numbered(r: Reader, i: int) -> Reading:
    """The 15th, the 1st of next month, the last day of the month."""
    start, i = i, r.skip(i, "the")
    if j := r.phrase(i, "last day of"):
        span = span_at(r, r.skip(j, "the"))
        return (single(span[0].end - DAY), span[1]) if span else None
    if j := r.phrase(i, "first day of"):
        span = span_at(r, r.skip(j, "the"))
        return (single(span[0].start), span[1]) if span else None
    found = r.ordinal(i)
    if not found:
        return None
    number, j = found
    if (
        r.word(j) in ("of", "in")
        and (span := span_at(r, r.skip(j + 1, "the")))
        and 27 < (span[0].end - span[0].start).days < 32
    ):
        exact = make(span[0].start.year, span[0].start.month, number)
        if exact and exact < r.today and r.word(span[1] - 2) in ("the", "of") and not r.past:
            exact = in_month(r, number)
        return (single(exact), span[1]) if exact else None
    exact = in_month(r, number)
    if r.word(j) == "thing" or not exact or (start == i and not r.whole) or not r.open(j):
        return None
    return single(exact, firm=r.kind(i) == "ordinal" and number >= 10), j


def _week_of(r: Reader, i: int) -> Reading:
    """The week of March 9."""
    i = r.skip(i, "the")
    j = r.phrase(i, "week of") or r.phrase(i, "week beginning") or r.phrase(i, "week commencing")
    found = (_date(r, j) or _weekday(r, j) or _numeric(r, j) or _numbered(r, j)) if j else None
    return (week_of(found[0].start), found[1]) if found and not found[0].is_range else None


def _in_week(r: Reader, i: int) -> Reading:
    """Next week on Tuesday; this week Friday."""
    week = week_at(r, i)
    if not week or (week[0].end - week[0].start).days != 7:
        return None
    j = r.skip(week[1], ",", "on")
    if r.word(j) not in WEEKDAYS or (r.word(j) in WEAK_WEEKDAYS and not r.open(j + 1)):
        return None
    return single(week[0].start + WEEKDAYS[r.word(j)] * DAY), j + 1


def _holiday(r: Reader, i: int) -> Reading:
    found = holiday(r, i)
    return (single(found[0]), found[1]) if found else None


def _holiday_week(r: Reader, i: int) -> Reading:
    found = holiday_week(r, i)
    return (Day(found[0], found[0] + 7 * DAY, is_range=True), found[1]) if found else None


_RULES: tuple[Callable[[Reader, int], Reading], ...] = (
    _named,
    _weekday,
    _date,
    _numeric,
    _numbered,
    _holiday,
    _holiday_week,
    _week_of,
    _in_week,
    week_at,
    named_month_at,
    edge_at,
    nth_at,
    nth_week_at,
    several_at,
    _neighbour,
)
