"""What a VTIMEZONE says (RFC 5545, 3.6.5): when its clocks change, and to what.

Read by arithmetic, since clocks change by a rule on one day of a year: any year is looked at by itself, at the same
cost, so the year in which a rule begins and how many dates a file lists do not count.

Times are whole seconds: those of a zone's own clock and those of UTC alike, from the beginning of the year 1.
"""

import calendar
import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate, pairwise
from zoneinfo import ZoneInfo

from sayso.base.zones import Rules, Turn
from sayso.workspace.errors import Refused
from sayso.workspace.formats.charset import text_of
from sayso.workspace.formats.content_lines import Component, Line, parse_line

DAY = 86_400
MAX_OBSERVANCES, MAX_DATES, MAX_RULES = 400, 5_000, 20
"""As many as a zone has in which the clocks changed differently in each of two hundred years, with a date for each; and
rules that hold at the same time."""
_SECOND = timedelta(seconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_PARTS = {"FREQ", "INTERVAL", "UNTIL", "COUNT", "BYMONTH", "BYMONTHDAY", "BYYEARDAY", "BYDAY", "BYSETPOS", "WKST"}
_CLOCK = {"BYHOUR": 3_600, "BYMINUTE": 60, "BYSECOND": 1}
_FREQUENT = "its clocks change at other times than by one rule on a day of each year."
_SAMPLE = 6 * DAY  # no longer than the shortest time for which clocks were changed


@dataclass(frozen=True, slots=True)
class Yearly:
    """A day of each year: the one with the weekday of the `width` days of a month that begin at `first`."""

    month: int
    """0: the whole year."""
    first: int
    """Negative: from the end of the month, whose last day is -1."""
    weekday: int | None = None
    """Monday is 0; None: whichever day `first` is."""
    width: int = 7

    def day(self, year: int) -> int | None:
        """Its ordinal; None in a year that has no such day."""
        length = calendar.monthrange(year, self.month)[1] if self.month else 365 + calendar.isleap(year)
        first = self.first if self.first > 0 else length + 1 + self.first
        begin = date(year, self.month or 1, 1).toordinal() - 1
        if self.weekday is None:
            return begin + first if 1 <= first <= length else None
        ahead = (self.weekday - (begin + first - 1)) % 7  # the ordinal 1 was a Monday
        return begin + first + ahead if ahead < self.width and 1 <= first + ahead <= length else None

    def turn(self, time: int) -> Turn | None:
        """The same as POSIX tells it; None where it cannot."""
        if self.weekday is None:
            if (self.month, self.first) == (2, 29) or not self.month:
                return None
            day = Yearly(self.month, self.first).day(2001)  # which has no 29 February
            return None if day is None else Turn(day - date(2000, 12, 31).toordinal(), time)
        if not self.month:
            return self._after_a_month(time)
        length = calendar.monthrange(2001, self.month)[1] if self.month != 2 else 0
        first = self.first if self.first > 0 or not length else length + 1 + self.first
        weekday = (self.weekday + 1) % 7
        if self.width != 7:
            return None
        if self.first == -7 or first == length - 6:
            return Turn((self.month, 5, weekday), time)
        # Weeks begin at the days 1, 8, 15 and 22: another week is one of those, with hours beyond a day.
        for shift in sorted(range(-3, 5), key=abs):
            week, rest = divmod(first - 1 - shift, 7)
            turn = Turn((self.month, week + 1, (weekday - shift) % 7), time + shift * DAY)
            if first > 0 and rest == 0 and 0 <= week < 4 and turn.is_sound:
                return turn
        return None

    def _after_a_month(self, time: int) -> Turn | None:
        """As hours after the last such day of a month, of days that begin in one month and end in the next."""
        for month in range(3, 13):
            shift = self.first + 7 + (date(2002, 1, 1) - date(2001 + month // 12, month % 12 + 1, 1)).days
            if 0 < shift < 4 and self.width == 7:
                return Yearly(month, -7, ((self.weekday or 0) - shift) % 7).turn(time + shift * DAY)
        return None


@dataclass(frozen=True, slots=True)
class Observance:
    """A STANDARD or DAYLIGHT."""

    summer: bool
    before: int
    after: int
    """The offsets from UTC that end and begin with it."""
    name: str
    start: int
    dates: tuple[int, ...]
    """When it begins, by the clock until then, in order: each date of a list, or the one date that there is."""
    rule: Yearly | None = None
    time: int = 0
    """Seconds from the beginning of the rule's day."""
    interval: int = 1
    until: int | None = None
    """The last time at which the rule can be, by the clock until then."""
    final: int | None = None
    """The last time at which a rule with an end is."""

    def by_rule(self, year: int) -> int | None:
        """When the rule has it begin in this year."""
        if self.rule is None or not 1 <= year <= 9998 or (year - _year(self.start)) % self.interval:
            return None
        day = self.rule.day(year)
        begin = None if day is None else day * DAY + self.time
        return None if begin is None or begin < self.start or begin > (self.until or begin) else begin

    def within(self, begin: int, end: int) -> Iterator[int]:
        """When it begins in [begin, end), in UTC, in no order."""
        first, last = (bisect_left(self.dates, each + self.before) for each in (begin, end))
        yield from (each - self.before for each in self.dates[first:last])
        if self.rule is None or self.start > end + DAY or (self.until is not None and self.until < begin - DAY):
            return
        for year in range(_year(begin) - 1, _year(end) + 2):
            when = self.by_rule(year)
            if when is not None and begin <= when - self.before < end:
                yield when - self.before

    def last(self, end: int) -> int | None:
        """When it began last before `end`, in UTC."""
        at = bisect_left(self.dates, end + self.before)
        found = [self.dates[at - 1]] if at else []
        if self.final is not None and self.final - self.before < end:
            return max(*found, self.final) - self.before if found else self.final - self.before
        return self._last_by_rule(end, found)

    def _last_by_rule(self, end: int, found: list[int]) -> int | None:
        latest = min(_year(end) + 1, 9998 if self.until is None else _year(self.until))
        for year in range(latest, max(_year(self.start), latest - 12 * self.interval) - 1, -1):
            when = self.by_rule(year)
            if when is not None and when - self.before < end:
                found.append(when)
                break
        return max(found) - self.before if found else None

    def ended(self, until: int) -> "Observance":
        """The same with an end of its rule."""
        ending = replace(self, until=until)
        last = ending._last_by_rule(until + 1 - self.before, [])
        return replace(ending, final=None if last is None else last + self.before)

    @property
    def first(self) -> int:
        """When it begins first, in UTC."""
        return min(self.dates[0] if self.dates else self.start, self.start) - self.before


@dataclass(frozen=True, slots=True)
class Course:
    """The offsets of a span of time: the one at its beginning, and what comes when."""

    begin: int
    end: int
    offset: int
    changes: tuple[tuple[int, int], ...] = ()

    @property
    def offsets(self) -> set[int]:
        return {self.offset, *(offset for _, offset in self.changes)}

    def until(self, end: int) -> "Course":
        return Course(self.begin, end, self.offset, tuple(each for each in self.changes if each[0] < end))

    def is_of(self, zone: ZoneInfo) -> bool:
        """Whether the zone has the same offsets all the time."""
        if offset_at(zone, self.begin) != self.offset:
            return False
        offset = self.offset
        for when, after in self.changes:
            if offset_at(zone, when) != after or offset_at(zone, when - 1) != offset:
                return False
            offset = after
        points = [(self.begin, self.offset), *self.changes, (self.end, 0)]
        return all(
            offset_at(zone, when) == offset
            for (start, offset), (stop, _) in pairwise(points)
            for when in range(start + _SAMPLE, stop, _SAMPLE)
        )


@dataclass(frozen=True, slots=True)
class Definition:
    tzid: str
    hints: Mapping[str, str]
    """Its properties besides, of which some say what zone it is."""
    observances: tuple[Observance, ...]

    def course(self, begin: int, end: int) -> Course:
        """What it says of [begin, end)."""
        changes = sorted((when, each.after) for each in self.observances for when in each.within(begin, end))
        before = [(when, each.after) for each in self.observances if (when := each.last(begin)) is not None]
        start = max(before)[1] if before else self._at_first()
        kept, offset = list[tuple[int, int]](), start
        for when, after in changes:
            if after != offset:
                kept.append((when, after))
                offset = after
        return Course(begin, end, start, tuple(kept))

    def _at_first(self) -> int:
        """The offset before all that it says: that of its first winter, since some write anything as TZOFFSETFROM."""
        winters = [each for each in self.observances if not each.summer]
        first = min(winters or self.observances, key=lambda each: each.first)
        return first.after if winters else first.before

    def first_change(self) -> int:
        """Before which it says nothing, in UTC."""
        return min(each.first for each in self.observances)

    def last_change(self) -> int | None:
        """After which it says nothing more, in UTC; None if it has a rule without end."""
        if any(each.rule is not None and each.until is None for each in self.observances):
            return None
        ends = [each.last(seconds_of(9999)) for each in self.observances]
        return max((end for end in ends if end is not None), default=None)

    def names(self, course: Course) -> set[tuple[int, str]]:
        """What it calls the offsets of the course."""
        return {(each.after, each.name) for each in self.observances if each.name and each.after in course.offsets}

    def rules(self, course: Course) -> Iterator[Rules]:
        """Rules for all years that could be those of the course, the best first."""
        if not course.changes:
            yield Rules(course.offset)
            return
        low, *more = sorted(course.offsets)
        if len(more) != 1:
            return
        at_work = [each for each in self.observances if each.by_rule(_years(course)[0])]
        if len(at_work) == 2 and {each.after for each in at_work} == {low, more[0]}:
            back, to = sorted(at_work, key=lambda each: each.after)
            turns = [
                each.rule.turn(each.time - each.before + before)
                for each, before in ((to, low), (back, more[0]))
                if each.rule is not None
            ]
            if turns[0] is not None and turns[1] is not None:
                yield Rules(low, more[0], (turns[0], turns[1]))
        yield from self._this_year(course, low, more[0])

    def _this_year(self, course: Course, low: int, high: int) -> Iterator[Rules]:
        """Rules that hold in the first year of the course, by dates."""
        year = _years(course)[0]
        for base, other in ((low, high), (high, low)):
            turns, begin = list[Turn](), date(year, 1, 1).toordinal() * DAY
            offset, end = base, date(year + 1, 1, 1).toordinal() * DAY
            for when, after in course.changes:
                if when + offset >= end:
                    break
                if when + offset >= begin:
                    day, time = divmod(when + offset, DAY)
                    number = day - date(year, 1, 1).toordinal() + 1
                    if calendar.isleap(year) and number > 59:  # 29 February is the day after 28 February, at hour 24
                        number, time = (59, time + DAY) if number == 60 else (number - 1, time)
                    turns.append(Turn(number, time))
                offset = after
            if len(turns) == 1:
                turns.append(Turn(365, DAY))
            if len(turns) == 2:
                yield Rules(base, other, (turns[0], turns[1]))


def read_definition(component: Component) -> Definition:
    """The definition of a VTIMEZONE. Raises Refused with a sentence about what cannot be read of it."""
    if component.why:
        raise Refused(component.why)
    own = component.parsed()
    hints = {line.name: line.text.strip() for line in reversed(own) if line.name != "TZID"}
    blocks = list(_blocks(component))
    if not blocks:
        raise Refused("it has no STANDARD or DAYLIGHT.")
    if len(blocks) > MAX_OBSERVANCES:
        raise Refused("its clocks change too often.")
    after = [_offset(block, "TZOFFSETTO") for _, block in blocks]
    if None in after:
        raise Refused("it does not say its offset from UTC, such as TZOFFSETTO:+0100.")
    known = [each for each in after if each is not None]
    observances = _in_turn(
        _observance(kind == "DAYLIGHT", block, to, next((each for each in known if each != to), to))
        for (kind, block), to in zip(blocks, known, strict=True)
    )
    if sum(len(each.dates) for each in observances) > MAX_DATES or _at_once(observances) > MAX_RULES:
        raise Refused("its clocks change too often.")
    return Definition(tzid_of(component), hints, observances)


def _at_once(observances: Iterable[Observance]) -> int:
    """How many rules hold at the same time, at most."""
    held = [each for each in observances if each.rule is not None]
    ends = [(seconds_of(9999) if each.until is None else each.until, 1) for each in held]
    return max(accumulate(-end or 1 for _, end in sorted([*((each.start, 0) for each in held), *ends])), default=0)


def tzid_of(component: Component) -> str:
    return next((line.text.strip() for line in component.parsed() if line.name == "TZID"), "")


def _in_turn(found: Iterable[Observance]) -> tuple[Observance, ...]:
    """The observances, each without an end up to the next of its kind: Outlook writes the rules of several times so."""
    kept, latest = list[Observance](), dict[bool, int]()
    for each in sorted(found, key=lambda each: -each.start):
        start = each.start
        if each.rule is not None and each.until is None:
            if latest.get(each.summer, 0) >= start + 365 * DAY:
                each = each.ended(latest[each.summer] - 1)
            latest[each.summer] = start
        kept.append(each)
    return tuple(reversed(kept))


def _blocks(component: Component) -> Iterator[tuple[str, list[Line]]]:
    """What is STANDARD or DAYLIGHT, and its lines."""
    current: list[Line] | None = None
    for text in text_of(b"\n".join(component.inner), "").split("\n"):
        line = parse_line(text)
        if line is None:
            continue
        kind = line.value.strip().upper()
        if line.name == "BEGIN" and kind in ("STANDARD", "DAYLIGHT"):
            current = []
        elif line.name == "END" and current is not None and kind in ("STANDARD", "DAYLIGHT"):
            yield kind, current
            current = None
        elif current is not None:
            current.append(line)


def _observance(summer: bool, lines: list[Line], after: int, other: int) -> Observance:
    """`other`: the offset before it, if it does not say. Raises Refused."""
    values = {line.name: line.value.strip() for line in reversed(lines)}
    if "EXRULE" in values or "EXDATE" in values:
        raise Refused(_FREQUENT)
    before = _offset(lines, "TZOFFSETFROM")
    if before is None:
        before = other
    name = values.get("TZNAME", "")
    start = _time(values.get("DTSTART", ""), before)
    if start is None:
        raise Refused("it does not say since when an offset is used, such as DTSTART:19701025T030000.")
    rules = [line.value.strip().upper() for line in lines if line.name == "RRULE"]
    dates = _dates(lines, before)
    if not rules:
        return Observance(summer, before, after, name, start, tuple(sorted({start, *dates})))
    if len(set(rules)) > 1:
        raise Refused("it has several rules where one is allowed.")
    return _ruled(Observance(summer, before, after, name, start, tuple(sorted(dates))), rules[0])


def _dates(lines: list[Line], before: int) -> set[int]:
    found = set[int]()
    for line in lines:
        if line.name == "RDATE":
            for text in line.value.split(","):
                when = _time(text.partition("/")[0], before)
                if when is None:
                    raise Refused("a date on which its clocks change cannot be read.")
                found.add(when)
    return found


def _ruled(plain: Observance, text: str) -> Observance:
    parts: dict[str, str] = {}
    for part in filter(None, text.split(";")):
        name, _, value = part.partition("=")
        if name in parts or name not in _PARTS | _CLOCK.keys() or not value:
            raise Refused(_FREQUENT)
        parts[name] = value
    monthly = parts.get("FREQ") == "MONTHLY"
    interval = _number(parts.get("INTERVAL", "1"), 1, 1000)
    if parts.get("FREQ") != "YEARLY" and not (monthly and "BYMONTH" in parts and interval == 1):
        raise Refused(_FREQUENT)
    start_day, time = divmod(plain.start, DAY)
    units = {name: unit for name, unit in _CLOCK.items() if name in parts}
    if units:
        clock = {name: time // unit % (24 if unit == 3_600 else 60) for name, unit in _CLOCK.items()}
        clock |= {name: _number(parts[name], 0, 23 if unit == 3_600 else 59) for name, unit in units.items()}
        time = sum(clock[name] * unit for name, unit in _CLOCK.items())
    rule = _yearly(parts, date.fromordinal(start_day))
    if "BYDAY" in parts and rule.month and "BYMONTH" not in parts and rule.day(_year(plain.start)) != start_day:
        raise Refused(_FREQUENT)  # a day of the year, such as its last Sunday
    if all(rule.day(year) is None for year in range(2000, 2028)):
        raise Refused("a rule of its clocks names no day.")
    until = _until(parts, plain, rule, interval, time)
    start = start_day * DAY + min(time, plain.start % DAY)
    found = replace(plain, start=start, rule=rule, time=time, interval=interval)
    return found if until is None else found.ended(until)


def _until(parts: dict[str, str], plain: Observance, rule: Yearly, interval: int, time: int) -> int | None:
    if "COUNT" in parts:
        count, year = _number(parts["COUNT"], 1, 9_999), _year(plain.start)
        day = rule.day(year)
        missed = day is None or day * DAY + time < plain.start
        last = year + (count - 1 + missed) * interval
        return None if last > 9_998 else date(last, 12, 31).toordinal() * DAY + DAY - 1
    if "UNTIL" not in parts:
        return None
    until = _time(parts["UNTIL"], plain.before)
    if until is None:
        raise Refused("the end of a rule cannot be read.")
    return until if "T" in parts["UNTIL"] else until + DAY - 1


def _yearly(parts: dict[str, str], start: date) -> Yearly:
    month = _number(parts["BYMONTH"], 1, 12) if "BYMONTH" in parts else start.month
    days = [_number(each, -31, 31) for each in parts["BYMONTHDAY"].split(",")] if "BYMONTHDAY" in parts else []
    if "BYYEARDAY" in parts:
        if "BYMONTH" in parts or days or parts["FREQ"] != "YEARLY":
            raise Refused(_FREQUENT)
        month, days = 0, [_number(each, -366, 366) for each in parts["BYYEARDAY"].split(",")]
    if "BYDAY" not in parts:
        if len(days) > 1 or "BYSETPOS" in parts:
            raise Refused(_FREQUENT)
        return Yearly(month, days[0] if days else start.day)
    found = re.fullmatch(r"([+-]?[1-5])?([A-Z]{2})", parts["BYDAY"], re.ASCII)
    if found is None or found[2] not in _WEEKDAYS:
        raise Refused(_FREQUENT)
    weekday, place = _WEEKDAYS.index(found[2]), int(found[1] or 0)
    if days:
        first, last = min(days), max(days)
        if place or last - first > 6 or sorted(days) != list(range(first, last + 1)) or first * last < 0:
            raise Refused(_FREQUENT)
        if parts.get("BYSETPOS", "1") not in ("1", "+1", "-1"):
            raise Refused(_FREQUENT)
        return Yearly(month, first, weekday, len(days))
    if not place:
        place = _number(parts.get("BYSETPOS", "0"), -5, 5)
    if not place:
        raise Refused(_FREQUENT)
    return Yearly(month, place * 7 - 6 if place > 0 else place * 7, weekday)


def _number(text: str, least: int, most: int) -> int:
    if not re.fullmatch(r"[+-]?\d{1,4}", text, re.ASCII) or not least <= int(text) <= most:
        raise Refused(_FREQUENT)
    return int(text)


def _offset(lines: list[Line], name: str) -> int | None:
    """Seconds east of UTC; None if the observance does not say. Some write a colon, or leave out the sign or a zero."""
    text = next((line.value.strip() for line in lines if line.name == name), None)
    if text is None:
        return None
    found = re.fullmatch(r"([+-]?)(\d{1,2}):?(\d\d):?(\d\d)?", text, re.ASCII)
    if found is None:
        raise Refused(f"'{text[:20]}' is no offset from UTC, such as +0100.")
    hours, minutes, seconds = int(found[2]), int(found[3]), int(found[4] or 0)
    if hours > 23 or minutes > 59 or seconds > 59:
        raise Refused(f"'{text[:20]}' is no offset from UTC, such as +0100.")
    whole = hours * 3_600 + minutes * 60 + seconds
    return -whole if found[1] == "-" else whole


def _time(text: str, before: int) -> int | None:
    """A time by the clock until then; of a date its beginning."""
    found = re.fullmatch(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)?(Z?))?", text.strip().upper(), re.ASCII)
    if found is None:
        return None
    year, month, day, hour, minute, second = (int(each or 0) for each in found.groups()[:6])
    try:
        ordinal = date(max(year, 1), month, day).toordinal()
    except ValueError:
        return None
    if hour > 23 or minute > 59 or second > 60:
        return None
    return ordinal * DAY + hour * 3_600 + minute * 60 + second + (before if found[7] else 0)


def seconds_of(year: int) -> int:
    return date(year, 1, 1).toordinal() * DAY


def moment(when: int) -> datetime:
    return _EPOCH + timedelta(seconds=when - _EPOCH.toordinal() * DAY)


def offset_at(zone: ZoneInfo, when: int) -> int:
    offset = moment(when).astimezone(zone).utcoffset()
    return 0 if offset is None else offset // _SECOND


def _year(when: int) -> int:
    return date.fromordinal(min(max(when // DAY, 1), date.max.toordinal())).year


def _years(course: Course) -> range:
    return range(_year(course.begin), _year(course.end - 1) + 1)
