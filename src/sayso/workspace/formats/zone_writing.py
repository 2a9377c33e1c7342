"""VTIMEZONE components for the zones of an export (RFC 5545, 3.6.5).

From what a zone does, since zoneinfo does not tell its rules. What icalendar writes has dates instead of rules, and
summer an hour late.
"""

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from itertools import groupby, pairwise
from zoneinfo import ZoneInfo

from sayso.base.zones import offset_text, zone_named, zone_title
from sayso.workspace.formats.content_lines import escape
from sayso.workspace.formats.zone_rules import DAY, moment, offset_at, seconds_of

LAST_CHANGE = 2088
"""In which IANA's last irregular change is (Morocco's, 2087): from then on each zone does the same in every year."""
_STEP, _QUARTER = 6 * DAY, 900  # for no shorter time were clocks changed, and nearly always at a quarter of an hour
_LEAST = 4
"""So many years in a row make a rule; fewer are told as dates, unless they are the last ones."""
_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


@dataclass(frozen=True, slots=True)
class _Change:
    when: int
    """In UTC."""
    before: int
    after: int
    name: str
    summer: bool

    @property
    def local(self) -> datetime:
        """By the clock until then."""
        return moment(self.when + self.before)


def definition(zone: ZoneInfo, first: datetime, last: datetime | None) -> list[str]:
    """The content lines of a VTIMEZONE that is right from `first` to `last`, or for ever."""
    begin = min(max(first.year - 1, 2), 9_990)
    return list(
        _definition(zone.key, begin, max(LAST_CHANGE, begin + 4) if last is None else min(last.year + 1, 9_990))
    )


@lru_cache(maxsize=256)
def _definition(key: str, begin: int, end: int) -> tuple[str, ...]:
    """From the beginning of the year `begin` to the end of the year `end`."""
    zone = zone_named(key)
    lines = ["BEGIN:VTIMEZONE", f"TZID:{escape(zone_title(key))}"]
    changes = list(_changes(zone, seconds_of(begin), seconds_of(end + 1)))
    if not changes or changes[0].when >= seconds_of(begin + 1):
        start, offset = seconds_of(begin), offset_at(zone, seconds_of(begin))
        since = min(start, seconds_of(1970)) if not changes else start
        lines += _observance(_Change(since - offset, offset, offset, _name(zone, start), False))
    parts = [part for _, each in groupby(sorted(changes, key=_kind), _kind) for part in _parts(list(each), end)]
    for _, part in sorted(parts):
        lines += part
    return (*lines, "END:VTIMEZONE")


def _kind(change: _Change) -> tuple[int, int, str, bool, time]:
    """What the changes of one observance have in common."""
    return change.before, change.after, change.name, change.summer, change.local.time()


def _changes(zone: ZoneInfo, begin: int, end: int) -> Iterator[_Change]:
    offset, summer = offset_at(zone, begin), _summer(zone, begin)
    for step in range(begin, end, _STEP):
        if (after := offset_at(zone, min(step + _STEP, end))) == offset:
            continue
        when = _first_other(zone, offset, step, min(step + _STEP, end), _QUARTER)
        if offset_at(zone, when - 1) != offset:
            when = _first_other(zone, offset, when - _QUARTER, when, 1)
        was, summer = summer, _summer(zone, when)
        # In Ireland and Morocco winter is what is not standard: readers want the later clock to be DAYLIGHT.
        yield _Change(when, offset, after, _name(zone, when), summer > 0 or (summer == 0 > was))
        offset = after


def _first_other(zone: ZoneInfo, offset: int, low: int, high: int, unit: int) -> int:
    """The first time at which the offset is another one, in whole units from the lower time on."""
    times = range(low, high + 1, unit)
    return times[bisect_left(times, True, key=lambda when: offset_at(zone, when) != offset)]


def _summer(zone: ZoneInfo, when: int) -> int:
    found = moment(when).astimezone(zone).dst() or timedelta()
    return found // timedelta(seconds=1)


def _name(zone: ZoneInfo, when: int) -> str:
    return moment(when).astimezone(zone).tzname() or ""


def _parts(changes: list[_Change], end: int) -> Iterator[tuple[int, list[str]]]:
    """The observances for changes of one kind at one time of day, each with when it begins."""
    dates, at = list[_Change](), 0
    while at < len(changes):
        rule, length = _run(changes, at, end)
        run = changes[at : at + length]
        open_end = run[-1].local.year >= end
        if length >= _LEAST or (open_end and length > 1):
            # A day later than need be: some readers take it for the zone's own time.
            until = "" if open_end else f";UNTIL={_stamp(moment(run[-1].when + DAY))}Z"
            yield run[0].when, _observance(run[0], f"RRULE:FREQ=YEARLY;{rule}{until}")
        else:
            dates += run
        at += length
    if dates:
        more = [f"RDATE:{','.join(_stamp(each.local) for each in dates[1:])}"] if len(dates) > 1 else []
        yield dates[0].when, _observance(dates[0], *more)


def _run(changes: list[_Change], at: int, end: int) -> tuple[str, int]:
    """The rule that tells most of the changes from here on, one in each year, and how many."""
    alive, length = list(_rules(changes[at].local.date())), 1
    best = alive[0], length
    for before, change in pairwise(changes[at:]):
        day, last = change.local.date(), change.local.year
        alive = [rule for rule in alive if rule in _rules(day)] if last == before.local.year + 1 else []
        # Days counted from the end of the year are for a last Thursday at midnight, which can be in the next month.
        fit = [rule for rule in alive if last >= end or not rule.startswith("BYYEARDAY")]
        if not alive:
            break
        length += 1
        if fit:
            best = fit[0], length
    return best


@lru_cache(maxsize=4096)
def _rules(day: date) -> dict[str, None]:
    """The rules that name this day in its year, the plainest first."""
    weekday, left = _WEEKDAYS[day.weekday()], (_first_of_next(day) - day).days
    month, length = f"BYMONTH={day.month}", day.day + left - 1
    rules = [f"{month};BYDAY={(day.day + 6) // 7}{weekday}"] if day.day <= 28 else []
    if left <= 7:
        rules.append(f"{month};BYDAY=-1{weekday}")
    weeks = [_week(first) for first in range(max(day.day - 6, 1), min(day.day, length - 6) + 1)]
    rules += [f"{month};BYMONTHDAY={week};BYDAY={weekday}" for week in weeks]
    rules.append(f"{month};BYMONTHDAY={day.day}")
    if day.month > 2:
        back = (day - date(day.year + 1, 1, 1)).days
        weeks = [_week(first) for first in range(back - 6, min(back, -7) + 1)]
        rules += [f"BYYEARDAY={week};BYDAY={weekday}" for week in weeks]
    return dict.fromkeys(rules)


def _week(first: int) -> str:
    return ",".join(str(first + more) for more in range(7))


def _first_of_next(day: date) -> date:
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1)


def _observance(change: _Change, *more: str) -> list[str]:
    kind = "DAYLIGHT" if change.summer else "STANDARD"
    lines = [
        f"BEGIN:{kind}",
        f"DTSTART:{_stamp(change.local)}",
        f"TZOFFSETFROM:{offset_text(change.before)}",
        f"TZOFFSETTO:{offset_text(change.after)}",
        *more,
    ]
    return [*lines, *([f"TZNAME:{escape(change.name)}"] if change.name else []), f"END:{kind}"]


def _stamp(when: datetime) -> str:
    return f"{when.year:04}{when:%m%dT%H%M%S}"
