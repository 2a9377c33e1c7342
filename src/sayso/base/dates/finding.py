"""Date and time expressions inside a sentence."""

from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sayso.base.dates.expression import expression
from sayso.base.dates.reading import reader
from sayso.base.dates.resolve import resolve
from sayso.base.dates.types import Found, Moment
from sayso.base.dates.words import listed, tokens


def find(text: str, now: datetime, zone: ZoneInfo, *, past: bool = False) -> list[Found]:
    """Every date or time in a sentence, as long as possible, left to right, each with its own preposition."""
    r = reader(tokens(text), now, zone, past=past, whole=False)
    found: list[Found] = []
    i = 0
    moving = to_said = False
    while i < len(r.tokens):
        word = r.word(i)
        if word in _MOVES:
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
        start, stop = r.tokens[i].start, r.tokens[end - 1].end
        found.append(Found(start, stop, text[start:stop], moment))
        i = end
    return found


_MOVES = listed("move moved shift push reschedule change bring postpone delay rescheduled")


def combine(a: Moment, b: Moment) -> Moment | None:
    """Put a day and a clock time (or a length) that stood apart together; None when they do not complete each other."""
    if a.has_time and not b.has_time:
        a, b = b, a
    if b.has_date or not a.has_date or a.has_time or a.is_range:
        return None
    if not b.has_time:
        if not b.explicit_end or b.end is None:
            return None
        return replace(a, end=a.start + (b.end - b.start), explicit_end=True)
    shift = timedelta(days=(a.start.date() - b.start.date()).days)
    start = b.start + shift
    return replace(b, start=start, end=b.end + shift if b.end else None, has_date=True)
