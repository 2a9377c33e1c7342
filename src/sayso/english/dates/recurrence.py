"""Repetition: every other Tuesday until June, daily for 5 days, weekdays at 9, monthly on the 15th, RRULE values."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, tzinfo

from sayso.base import rrule
from sayso.english.dates.arithmetic import DAY, Day
from sayso.english.dates.durations import Length
from sayso.english.dates.reader import Reader
from sayso.english.dates.types import DateError, Moment
from sayso.english.dates.words import MONTHS, PART_WORDS, PLURAL_WEEKDAYS, UNITS, WEEKDAYS
from sayso.english.dates.zoned import at, midnight, skipped

CODES = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


@dataclass(frozen=True, slots=True)
class Rule:
    frequency: str
    """DAILY, WEEKLY, MONTHLY or YEARLY."""
    interval: int = 1
    days: tuple[str, ...] = ()
    """MO … SU, with the number of the week for months (1MO, -1FR)."""
    day_of_month: int = 0
    month: int = 0
    count: int = 0
    lasting: Length | None = None
    part: str = ""

    def text(self) -> str:
        parts = [f"FREQ={self.frequency}"]
        if self.interval > 1:
            parts.append(f"INTERVAL={self.interval}")
        if self.month:
            parts.append(f"BYMONTH={self.month}")
        if self.day_of_month:
            parts.append(f"BYMONTHDAY={self.day_of_month}")
        if self.days:
            parts.append("BYDAY=" + ",".join(self.days))
        if self.count:
            parts.append(f"COUNT={self.count}")
        return ";".join(parts)


_ADVERBS = {
    "daily": ("DAILY", 1),
    "weekly": ("WEEKLY", 1),
    "biweekly": ("WEEKLY", 2),
    "fortnightly": ("WEEKLY", 2),
    "monthly": ("MONTHLY", 1),
    "quarterly": ("MONTHLY", 3),
    "yearly": ("YEARLY", 1),
    "annually": ("YEARLY", 1),
    "nightly": ("DAILY", 1),
}
_WORKDAYS = CODES[:5]
_TO = frozenset({"to", "-", "through", "thru"})
_PLURAL_PARTS = frozenset({"mornings", "afternoons", "evenings", "nights"})
_WORKDAY_WORDS = frozenset({"weekday", "weekdays", "workday", "workdays"})


def rule(r: Reader, i: int, prep: str = "") -> tuple[Rule, int] | None:
    """Read the part that names the repetition; its end, its count and its time are pieces of their own."""
    found = _every(r, i) or _adverb(r, i) or _plural(r, i, prep) or _nth_of_every(r, i)
    if not found:
        return None
    return _detailed(r, *found)


def _adverb(r: Reader, i: int) -> tuple[Rule, int] | None:
    if r.phrase(i, "bi - weekly"):
        return Rule("WEEKLY", 2), i + 3
    if r.word(i) in ("once", "one", "1") and (
        j := r.phrase(i + 1, "a") or r.phrase(i + 1, "every") or r.phrase(i + 1, "time a")
    ):
        unit = UNITS.get(r.word(j), "")
        return (Rule(_FREQUENCIES[unit][0], _FREQUENCIES[unit][1]), j + 1) if unit in _FREQUENCIES else None
    if r.word(i) not in _ADVERBS:
        return None
    if not r.whole and r.kind(i + 1) == "word" and not r.open(i + 1):
        return None  # "the weekly report"
    frequency, interval = _ADVERBS[r.word(i)]
    return Rule(frequency, interval), i + 1


_FREQUENCIES = {
    "day": ("DAILY", 1),
    "week": ("WEEKLY", 1),
    "fortnight": ("WEEKLY", 2),
    "month": ("MONTHLY", 1),
    "quarter": ("MONTHLY", 3),
    "year": ("YEARLY", 1),
    "decade": ("YEARLY", 10),
    "century": ("YEARLY", 100),
}


def _every(r: Reader, i: int) -> tuple[Rule, int] | None:
    if r.word(i) not in ("every", "each", "evry"):
        return None
    i += 1
    interval = 1
    if r.word(i) in ("single", "other"):
        interval, i = (2 if r.word(i) == "other" else 1), i + 1
    elif (
        r.word(i) in ("second", "2nd")
        and (UNITS.get(r.word(i + 1)) or r.word(i + 1) in WEEKDAYS)
        and r.word(i + 2) not in ("of", "in")
    ):
        interval, i = 2, i + 1
    elif (number := r.number(i) or _nth_unit(r, i)) and UNITS.get(r.word(number[1])) in _FREQUENCIES:
        interval, i = int(number[0]), number[1]
    if not 1 <= interval <= 1000:
        return None
    unit = UNITS.get(r.word(i), "") if len(r.word(i)) > 1 else ""
    if unit in _FREQUENCIES:
        frequency, step = _FREQUENCIES[unit]
        return Rule(frequency, interval * step), i + 1
    if (
        r.word(i) in _WORKDAY_WORDS
        or r.phrase(i, "business day")
        or r.phrase(i, "working day")
        or r.phrase(i, "work day")
    ):
        return Rule("WEEKLY", 1, _WORKDAYS), i + (1 if r.word(i) in _WORKDAY_WORDS else 2)
    if r.word(i) == "weekend":
        return Rule("WEEKLY", interval, ("SA", "SU")), i + 1
    if r.word(i) in PART_WORDS:
        return Rule("DAILY", interval, part=PART_WORDS[r.word(i)]), i + 1
    if days := weekdays(r, i):
        return Rule("WEEKLY", interval, days[0]), days[1]
    if r.word(i) in MONTHS:
        number = r.ordinal(i + 1) or r.number(i + 1)
        if number and 1 <= number[0] <= 31:
            return Rule("YEARLY", interval, day_of_month=int(number[0]), month=MONTHS[r.word(i)]), number[1]
        return Rule("YEARLY", interval, month=MONTHS[r.word(i)]), i + 1
    return _ordinal(r, i, "MONTHLY")


def _nth_unit(r: Reader, i: int) -> tuple[float, int] | None:
    found = r.ordinal(i)
    return found if found and UNITS.get(r.word(found[1])) else None


def _ordinal(r: Reader, i: int, frequency: str, interval: int = 1) -> tuple[Rule, int] | None:
    """First Monday [of the month], last day, 15th [of the month], 10th of March."""
    i = r.skip(i, "the")
    found = r.ordinal(i) or ((-1, i + 1) if r.word(i) == "last" else None)
    if not found:
        return None
    n, j = found
    if r.word(j) in WEEKDAYS and n <= 5:
        code, j = f"{n}{CODES[WEEKDAYS[r.word(j)]]}", j + 1
        end = _of_month(r, j)
        return Rule(frequency, interval, (code,), month=end[0]), end[1]
    if n == -1:
        if r.word(j) != "day":
            return None
        j += 1
    if not -1 <= n <= 31:
        return None
    j = r.skip(j, "day") if n > 0 else j
    end = _of_month(r, j)
    return Rule("YEARLY" if end[0] else frequency, interval, day_of_month=n, month=end[0]), end[1]


def _of_month(r: Reader, i: int) -> tuple[int, int]:
    for phrase in (
        "of the month",
        "of every month",
        "of each month",
        "in the month",
        "of a month",
        "every month",
        "each month",
    ):
        if j := r.phrase(i, phrase):
            return 0, j
    if r.word(i) in ("of", "in") and r.word(i + 1) in MONTHS:
        return MONTHS[r.word(i + 1)], i + 2
    return 0, i


def _nth_of_every(r: Reader, i: int) -> tuple[Rule, int] | None:
    """The first Monday of every month; the 15th of each month."""
    found = _ordinal(r, i, "MONTHLY")
    if found and r.word(found[1] - 2) in ("every", "each") and r.word(found[1] - 1) == "month":
        return found
    return None


def _plural(r: Reader, i: int, prep: str) -> tuple[Rule, int] | None:
    """Mondays and Thursdays; Monday mornings; weekdays; weekday mornings."""
    if r.word(i) in ("weekdays", "workdays") or (r.word(i) in _WORKDAY_WORDS and r.word(i + 1) in PART_WORDS):
        return Rule("WEEKLY", 1, _WORKDAYS), i + 1
    if r.word(i) == "weekends":
        return Rule("WEEKLY", 1, ("SA", "SU")), i + 1
    days = weekdays(r, i)
    parts = r.word(days[1]) in _PLURAL_PARTS and r.word(i + 1) not in _TO if days else False
    if not days or not (r.word(i) in PLURAL_WEEKDAYS or parts):
        return None
    return Rule("WEEKLY", 1, days[0]), days[1]


def weekdays(r: Reader, i: int) -> tuple[tuple[str, ...], int] | None:
    """Tue, Thu and Friday, as codes in the order of the week."""
    found: list[int] = []
    end = i
    while True:
        name = r.word(i)
        number = WEEKDAYS.get(name, PLURAL_WEEKDAYS.get(name))
        if number is None:
            break
        if r.word(i + 1) in _TO and (last := WEEKDAYS.get(r.word(i + 2))) is not None and not found:
            found.extend((number + n) % 7 for n in range((last - number) % 7 + 1))
            end = i + 3
            break
        found.append(number)
        end = i + 1
        i = r.skip(end, ",", "and", "or", "&", "/", "every", "on")
        if i == end:
            break
    return (tuple(CODES[n] for n in sorted(set(found))), end) if found else None


def _detailed(r: Reader, said: Rule, i: int) -> tuple[Rule, int]:
    """The days behind "weekly on", "every month on the", "every year on"."""
    j = r.skip(i, ",", "on", "the") if r.word(r.skip(i, ",")) == "on" else i
    if said.days or said.day_of_month or said.month:
        if said.frequency == "WEEKLY" and (k := r.phrase(i, "every other week") or r.phrase(i, "every second week")):
            return replace(said, interval=2), k
        if said.frequency == "WEEKLY" and (
            k := r.phrase(i, "of every week") or r.phrase(i, "every week") or r.phrase(i, "of the week")
        ):
            return said, k
        return said, i
    if said.frequency in ("WEEKLY", "DAILY") and (days := weekdays(r, j)) and (j > i or said.frequency == "WEEKLY"):
        return replace(said, frequency="WEEKLY", days=days[0]), days[1]
    if j > i and said.frequency == "WEEKLY" and (r.word(j) in _WORKDAY_WORDS):
        return replace(said, days=_WORKDAYS), j + 1
    if said.frequency == "MONTHLY" and j > i and (found := _ordinal(r, j, "MONTHLY", said.interval)):
        return found
    if said.frequency == "YEARLY" and j > i:
        number = r.ordinal(j) or r.number(j)
        if r.word(j) in MONTHS and (day := r.ordinal(j + 1) or r.number(j + 1)):
            return replace(said, month=MONTHS[r.word(j)], day_of_month=int(day[0])), day[1]
        if number and r.word(k := r.skip(number[1], "of")) in MONTHS:
            return replace(said, month=MONTHS[r.word(k)], day_of_month=int(number[0])), k + 1
    return said, i


# From the rule to its first occurrence


def finish(r: Reader, said: Rule, base: Moment, until: Day | None, day: Day | None) -> Moment:
    """The moment of the first occurrence, with the RRULE. `day`: the first day or the stretch that was said."""
    wall, timed = base.skipped or base.start.replace(tzinfo=None), base.has_time or bool(base.part_of_day)
    if not timed or day is None:
        on = wall.date() if day else r.today
        wall = datetime.combine(on, wall.time() if timed else time())
    start, _ = at(wall.date(), wall.time(), r.zone)
    text = said.text()
    floor = start
    if day is None or day.is_range:
        floor = max(start, r.now.replace(second=0, microsecond=0) if timed else midnight(r.today, r.zone))
    try:
        shown = first_occurrence(text, wall, floor, r.zone)
    except rrule.RuleError as error:
        raise DateError(str(error)) from error
    first, note = at(shown.date(), shown.time(), r.zone)
    if until is None and said.lasting:
        last = said.lasting.from_(first) - DAY
        text += f";UNTIL={until_text(last, timed, r.zone)}"
    elif until is not None:
        if until.start < first.date():
            raise DateError("That repetition ends before it begins; say a later end.")
        text += f";UNTIL={until_text(midnight(until.start, r.zone), timed, r.zone)}"
    length = base.end - base.start if base.end else None
    if not timed and not base.explicit_end:
        end: datetime | None = midnight(first.date() + DAY, r.zone)
    else:
        end = first + length if length else None
    gap = shown if timed and skipped(shown, r.zone) else None
    note = (note or base.note) if gap or not base.skipped else ""
    return replace(base, start=first, end=end, has_date=True, recurrence=text, is_range=False, skipped=gap, note=note)


def until_text(last: datetime, timed: bool, zone: tzinfo) -> str:
    """The value of UNTIL for a last day: a date for all-day events, else the end of that day in UTC."""
    if not timed:
        return f"{last:%Y%m%d}"
    return f"{at(last.date(), time(23, 59, 59), zone)[0].astimezone(UTC):%Y%m%dT%H%M%SZ}"


def first_occurrence(text: str, start: datetime, floor: datetime, zone: tzinfo) -> datetime:
    """The first occurrence of a rule not before `floor`; the rule is walked in wall-clock time, as `start` is.

    Raises RuleError when it is none, DateError when it names no day.
    """
    for wall in rrule.slots(rrule.parse(text), start, floor.replace(tzinfo=None) - DAY):
        if at(wall.date(), wall.time(), zone)[0] >= floor:
            return wall
    raise DateError("That repetition names no day within a hundred years; say another day.")
