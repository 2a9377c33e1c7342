"""Days with a name of their own, and their weeks: Christmas, New Year's Eve, Easter Monday, Thanksgiving."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

from dateutil.easter import easter

from sayso.english.dates.arithmetic import DAY, nth_weekday
from sayso.english.dates.reader import Reader

# A possessive of "year" is read as "year".
_FIXED = {
    "christmas": (12, 25),
    "christmas day": (12, 25),
    "xmas": (12, 25),
    "xmas day": (12, 25),
    "christmas eve": (12, 24),
    "xmas eve": (12, 24),
    "boxing day": (12, 26),
    "new year eve": (12, 31),
    "new years eve": (12, 31),
    "new year day": (1, 1),
    "new years day": (1, 1),
    "new year": (1, 1),
    "the new year": (1, 1),
    "valentine's day": (2, 14),
    "valentines day": (2, 14),
    "st patrick's day": (3, 17),
    "halloween": (10, 31),
    "independence day": (7, 4),
    "fourth of july": (7, 4),
    "veterans day": (11, 11),
}
_FROM_EASTER = {
    "good friday": -2,
    "easter sunday": 0,
    "easter monday": 1,
    "easter": 0,
    "ash wednesday": -46,
    "palm sunday": -7,
    "pentecost": 49,
    "whit monday": 50,
}
_NTH = {
    "thanksgiving": (11, 3, 4),
    "thanksgiving day": (11, 3, 4),
    "labor day": (9, 0, 1),
    "memorial day": (5, 0, -1),
    "black friday": (11, 3, 4),
}
_FIRST_WORDS = frozenset(name.split()[0] for name in (*_FIXED, *_FROM_EASTER, *_NTH))
_BEGUN = {"easter": 0, "easter sunday": 0, "easter monday": -1, "palm sunday": 0}
"""In how many days from such a day its week begins: Easter week and Holy Week with a Sunday (Merriam-Webster), others
with a Monday."""


def _in_year(name: str) -> Callable[[int], date]:
    if name in _FIXED:
        return lambda year: date(year, *_FIXED[name])
    if name in _FROM_EASTER:
        return lambda year: easter(year) + timedelta(days=_FROM_EASTER[name])
    month, weekday, n = _NTH[name]
    later = timedelta(days=1 if name == "black friday" else 0)
    return lambda year: (nth_weekday(date(year, month, 1), weekday, n) or date(year, month, 1)) + later


def holiday(r: Reader, i: int) -> tuple[date, int] | None:
    """The next such day, or the one of a year that is said behind it."""
    name, end = _name_at(r, i)
    if not end or (name == "new year" and not r.whole and r.word(i - 1) not in ("the", "on", "by", "until")):
        return None
    return _on(r, name, end)


def holiday_week(r: Reader, i: int) -> tuple[date, int] | None:
    """The first day of the week of such a day: "Easter week", "the week of Thanksgiving", "Holy Week". It is the next
    one that is not over, or that of a year that is said behind it."""
    i = r.skip(i, "the")
    name, end = "palm sunday", r.phrase(i, "holy week")
    if not end:
        behind = r.phrase(i, "week of")
        name, end = _name_at(r, behind or i)
        end = end if behind or not end else r.phrase(end, "week")
    if not end:
        return None
    for reference in (r.reference - 6 * DAY, r.reference):
        day, behind = _on(replace(r, reference=reference), name, end)
        first = day + _BEGUN.get(name, -day.weekday()) * DAY
        if r.past or first + 7 * DAY > r.reference:
            break
    return first, behind


def _name_at(r: Reader, i: int) -> tuple[str, int]:
    """The longest name here, and the place behind it, or 0."""
    if r.word(i) not in _FIRST_WORDS:
        return "", 0
    ends = {name: r.phrase(i, name) for name in (*_FIXED, *_FROM_EASTER, *_NTH)}
    name = max(ends, key=lambda each: ends[each])
    return name, ends[name]


def _on(r: Reader, name: str, end: int) -> tuple[date, int]:
    on = _in_year(name)
    if r.kind(end) == "number" and len(r.word(end)) == 4 and 1900 <= float(r.word(end)) <= 2200:
        return on(int(r.word(end))), end + 1
    year = r.reference.year
    if r.past:
        return (on(year) if on(year) <= r.reference else on(year - 1)), end
    return (on(year) if on(year) >= r.reference else on(year + 1)), end
