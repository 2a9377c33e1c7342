"""Times told by their distance: in 2 hours, three days ago, a week from Friday, an hour later, within the hour."""

from dataclasses import dataclass
from datetime import datetime

from sayso.english.dates.arithmetic import Day, single
from sayso.english.dates.days import day
from sayso.english.dates.durations import Length, length
from sayso.english.dates.reader import Reader
from sayso.english.dates.words import TODAY_WORDS, WEEKDAYS


@dataclass(frozen=True, slots=True)
class Instant:
    """A point in time, or with `end` the time up to a point. `has_date`: more than a clock time was said."""

    start: datetime
    end: datetime | None = None
    has_date: bool = True


def offset(r: Reader, i: int) -> tuple[Instant | Day, int] | None:
    """Read a time by its distance from now, from the anchor or from a day."""
    return _within(r, i) or _in(r, i) or _from(r, i) or _now(r, i)


def _reach(r: Reader, base: datetime, by: Length, sign: int) -> Instant | Day:
    moment = by.from_(base, sign)
    if by.of_clock or by.days % 1:
        return Instant(moment if by.unit == "second" else moment.replace(second=0, microsecond=0))
    return single(moment.date())


def _now(r: Reader, i: int) -> tuple[Instant | Day, int] | None:
    for phrase in ("right now", "just now", "now", "immediately", "straight away", "right away"):
        if (j := r.phrase(i, phrase)) and (r.whole or r.word(i - 1) == "from"):
            return Instant(r.now.replace(microsecond=0)), j
    return None


def _in(r: Reader, i: int) -> tuple[Instant | Day, int] | None:
    """In 2 hours, in about a week, in two weeks' time."""
    if r.word(i) != "in":
        return None
    found = length(r, r.skip(i + 1, "about", "around", "another", "like"))
    if not found:
        return None
    by, j = found
    j = r.skip(j, "'", "time") if r.word(j) in ("'", "time") else j
    if r.word(j) == "on" and by.unit == "week" and r.word(j + 1) in WEEKDAYS:
        return None
    return _reach(r, r.now, by, 1), r.phrase(j, "from now") or j


def _within(r: Reader, i: int) -> tuple[Instant | Day, int] | None:
    """Within the hour, in the next 2 hours, in the last 90 minutes: from or up to now."""
    i = r.skip(i, "in", "over", "within", "during") if r.word(i) in ("in", "over", "within", "during") else i
    within = r.word(i - 1) == "within"
    j = r.skip(i, "the")
    which = r.word(j)
    if which in ("next", "last", "past", "coming"):
        found = length(r, j + 1) or length_of_one(r, j + 1)
    elif within:
        found = length(r, j) or length_of_one(r, j)
    else:
        return None
    if not found or not (found[0].of_clock or within):
        return None
    now = r.now.replace(microsecond=0)
    if which in ("last", "past"):
        return Instant(found[0].from_(now, -1), now), found[1]
    return Instant(now, found[0].from_(now)), found[1]


def length_of_one(r: Reader, i: int) -> tuple[Length, int] | None:
    """ "hour" in "the next hour"."""
    from_unit = {"hour": Length(seconds=3600, unit="hour"), "minute": Length(seconds=60, unit="minute")}
    found = from_unit.get(r.word(i))
    return (found, i + 1) if found else None


def _from(r: Reader, i: int) -> tuple[Instant | Day, int] | None:
    """2 weeks from today, a week on Friday, three days ago, an hour later, 2 days after Easter."""
    found = length(r, i)
    if not found:
        return None
    by, j = found
    word = r.word(j)
    if word == "ago":
        return _reach(r, r.now, by, -1), j + 1
    if word in ("later", "after", "earlier", "before", "early", "late", "sooner", "hence"):
        sign = -1 if word in ("earlier", "before", "early", "sooner") else 1
        if word in ("after", "before") and (base := day(r, r.skip(j + 1, "the") if r.word(j + 1) == "the" else j + 1)):
            return _beside(r, base, by, sign)
        if word in ("early", "late") and not r.whole:
            return None
        if word in ("later", "earlier", "sooner", "hence", "early", "late") or r.whole:
            return _reach(r, r.anchor or r.now, by, sign), j + 1
        return None
    if word in TODAY_WORDS and by.days and by.days % 7 == 0 and (base := day(r, j)):
        return _beside(r, base, by, 1)
    if word in ("from", "on") or (word in WEEKDAYS and by.days % 7 == 0 and by.days):
        k = j if word in WEEKDAYS else j + 1
        if r.word(k) == "now" and word == "from":
            return _reach(r, r.now, by, 1), k + 1
        base = day(r, k)
        if base and (word == "from" or (by.days and by.days % 7 == 0)):
            return _beside(r, base, by, 1)
    return None


def _beside(r: Reader, base: tuple[Day, int], by: Length, sign: int) -> tuple[Instant | Day, int] | None:
    if by.of_clock:
        return None
    start = datetime.combine(base[0].start, datetime.min.time(), r.zone)
    return single(by.from_(start, sign).date()), base[1]
