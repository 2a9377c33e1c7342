"""Date and time expressions inside a sentence."""

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from sayso.base import steps
from sayso.english.dates import zoned
from sayso.english.dates.clocks import Clock, within
from sayso.english.dates.expression import expression
from sayso.english.dates.reader import MOVES, Reader
from sayso.english.dates.reading import reader
from sayso.english.dates.resolve import resolve
from sayso.english.dates.rules import fit_until
from sayso.english.dates.types import Found, Moment
from sayso.english.dates.words import TODAY_WORDS, WEEKDAYS, tokens


def find(text: str, now: datetime, zone: ZoneInfo, *, past: bool = False) -> list[Found]:
    """Every date or time in a sentence, as long as possible, left to right, each with its own preposition."""
    r = reader(tokens(text), now, zone, past=past, whole=False)
    found: list[Found] = []
    i = 0
    moving = to_said = False
    while i < len(r.tokens):
        steps.take()
        word = r.word(i)
        if word in MOVES:
            moving, to_said = True, False
        here = expression(r, i, joined=not moving or to_said or word in ("to", "for", "between"))
        if here is None:
            i += 1
            continue
        pieces, end = here
        to_said = to_said or word in ("to", "for")
        try:
            moment = resolve(r, pieces)
        except (OverflowError, ValueError):
            i = end
            continue
        i = _own(r, i)
        start, stop = r.tokens[i].start, r.tokens[end - 1].end
        found.append(Found(start, stop, text[start:stop], moment))
        i = end
    return found


def _own(r: Reader, i: int) -> int:
    """In "what's on today" the "on" is not the day's."""
    following, after = r.word(i + 1), r.word(i + 2)
    foreign = following in (*TODAY_WORDS, "tonight") or (
        following in ("this", "next", "last") and after not in WEEKDAYS
    )
    return i + 1 if r.word(i) == "on" and foreign else i


def combine(a: Moment, b: Moment) -> Moment | None:
    """Put a day, a clock time and a length that stood apart together; None when they do not complete each other."""
    if (a.has_time and not b.has_time and not _is_length(b)) or _is_length(a):
        a, b = b, a
    if b.has_date or not (a.has_date or (a.has_time and _is_length(b))) or a.is_range:
        return None
    if _is_length(b) and b.end and not a.explicit_end:
        return replace(a, end=zoned.shift(a.start, b.end - b.start), explicit_end=True)
    if a.has_time or not b.has_time:
        return None
    return _timed(a, b)


def _is_length(moment: Moment) -> bool:
    return moment.explicit_end and not moment.has_date and not moment.has_time


def _timed(day: Moment, clock: Moment) -> Moment:
    """The clock time on that day; a half of the day that was only guessed is chosen anew."""
    own = clock.start.tzinfo
    zone = clock.zone or own
    assert zone
    shown = clock.start.astimezone(zone)
    time = Clock(shown.hour, shown.minute, shown.second, fixed=True)
    if clock.guessed:
        free = replace(time, hour=time.hour % 12 or 12, fixed=False)
        time = within(free, day.part_of_day).halves()[0]
    start, note = zoned.hour(day.start.date(), time.hour, zone, time.minute, time.second)
    end = zoned.shift(start, clock.end - clock.start) if clock.end else None
    rule = fit_until(day.recurrence, all_day=False, zone=zone)
    part, guessed = day.part_of_day or clock.part_of_day, clock.guessed and not day.part_of_day
    start, end = start.astimezone(own), end.astimezone(own) if end else None
    return replace(
        clock,
        start=start,
        end=end,
        has_date=True,
        part_of_day=part,
        recurrence=rule,
        guessed=guessed,
        skipped=None,
        note=note,
    )
