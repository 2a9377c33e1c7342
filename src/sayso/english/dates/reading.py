"""One whole text as a date, a duration or a repetition."""

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import cache
from zoneinfo import ZoneInfo

from sayso.base import rrule
from sayso.english.dates.durations import length
from sayso.english.dates.expression import expression
from sayso.english.dates.reader import Reader
from sayso.english.dates.recurrence import first_occurrence
from sayso.english.dates.resolve import resolve
from sayso.english.dates.types import DateError, Moment, ZoneError
from sayso.english.dates.words import Token, tokens
from sayso.english.dates.zoned import at, in_calendar, midnight, skipped
from sayso.english.dates.zones import zone as zone_at

_LONGEST = 300
HINT = 'give it in ISO 8601 (2026-03-06T10:00) or in English ("March 10th at 3 PM", "next Friday", "tomorrow 9 to 10")'
RULES = (
    'say it in English, like "every Monday until June", "every other Tuesday", "weekdays", "daily for 5 days" or "the '
    'first Monday of every month", or as an RRULE, like FREQ=WEEKLY;BYDAY=MO,WE;COUNT=10'
)


def reader(
    found: list[Token],
    now: datetime,
    zone: ZoneInfo,
    anchor: datetime | None = None,
    past: bool = False,
    whole: bool = True,
    home: tzinfo | None = None,
) -> Reader:
    now = now.astimezone(zone)
    if anchor is not None:
        anchor = anchor.astimezone(zone)
    later = anchor is not None and not past and anchor - now > timedelta(days=6 - now.weekday())
    reference = anchor.date() - timedelta(days=anchor.weekday() + 1) if anchor and later else now.date()
    return Reader(found, now, zone, anchor, past, whole, max(reference, now.date()), home=home or zone)


def parse(
    text: str,
    now: datetime,
    zone: ZoneInfo,
    *,
    anchor: datetime | None = None,
    past: bool = False,
    home: ZoneInfo | None = None,
) -> Moment:
    """Read a text that is a date or time as a whole, against `now`, in the user's zone. When it is to be read in
    another one, `home` is the user's: "my time".

    `anchor`: the thing being moved; "4", "an hour later" and "the day after" are told from it, and a bare weekday is
    one of its week when that lies ahead. `past`: bare weekdays and dates are the last ones, not the next.
    Raises DateError, which names the words that were not understood and says what is.
    """
    if len(text) > _LONGEST:
        raise DateError(f"That is too long for a date or time: {HINT}.")
    text = _told_pattern().sub(r"\1 at ", text)
    if (moment := _iso(text, zone, home)) is not None:
        return moment
    r = reader(tokens(text), now, zone, anchor, past, home=home)
    if not r.tokens:
        raise DateError(f"A date is missing: {HINT}.")
    start = 0
    while r.word(start) in ("the", "a", "an", "'", '"') or (r.word(start) in ("on", "at", "by", "for") and start == 0):
        start += 1
    for i in dict.fromkeys((0, start)):
        try:
            found = expression(r, i)
            if found and all(token.kind == "mark" and token.text in ".!?,'\"" for token in r.tokens[found[1] :]):
                if found[0].zone and found[0].zone.problem:
                    raise ZoneError(found[0].zone.problem)
                moment = resolve(r, found[0])
                if not in_calendar(moment.start) or not in_calendar(moment.end or moment.start):
                    raise OverflowError
                return moment
        except (OverflowError, ValueError) as error:
            if isinstance(error, DateError):
                raise
            raise DateError(f'"{text.strip()}" is too far away: {HINT}.') from None
    if r.problems:
        raise DateError(r.problems[0])
    raise DateError(f"I do not understand {_not_understood(r, text)}: {HINT}.")


def _not_understood(r: Reader, text: str) -> str:
    """The words of a text that are no date or time, in it; the whole of it when that would say nothing."""
    runs: list[list[int]] = []
    i = 0
    while i < len(r.tokens):
        end = _end(r, i)
        if not end and runs and runs[-1][1] == i:
            runs[-1][1] = i + 1
        elif not end:
            runs.append([i, i + 1])
        i = end or i + 1
    shown = f'"{text.strip()}"'
    if not runs or runs == [[0, len(r.tokens)]]:
        return f"{shown} as a date or time"
    words = (text[r.tokens[first].start : r.tokens[last - 1].end] for first, last in runs)
    return " and ".join(f'"{each}"' for each in words) + f" in {shown}"


def _end(r: Reader, i: int) -> int:
    """The place behind what can be read here, or 0."""
    try:
        found = expression(r, i)
    except (OverflowError, ValueError):
        return 0
    return found[1] if found else 0


@cache
def _told_pattern() -> re.Pattern[str]:
    """ "Fri 2026-03-06 09:00-12:00", as models are told times: what stands behind the clock is no offset."""
    days = r"\b(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*,? [0-9]{4}-[0-9]{2}-[0-9]{2}"
    return re.compile(rf"({days}) (?=[0-9]{{2}}:[0-9]{{2}})", re.IGNORECASE)


@cache
def _iso_pattern() -> re.Pattern[str]:
    stamp = r"(?:[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:?[0-9]{2}|[0-9]{8}[Tt][0-9]{4})[0-9:.,+-]*[Zz]?"
    return re.compile(rf"\s*(?P<stamp>{stamp})\s*(?P<zone>[^0-9\s].*)?")


def _iso(text: str, zone: ZoneInfo, home: ZoneInfo | None) -> Moment | None:
    """A full ISO 8601 stamp, with or without an offset, and perhaps a time zone behind it."""
    match = _iso_pattern().fullmatch(text.rstrip())
    if not match:
        return None
    there = zone_alone(match["zone"], home or zone) if match["zone"] else None
    try:
        stamp = datetime.fromisoformat(match["stamp"].upper())
    except ValueError:
        return None
    return _from_stamp(stamp, zone, there) if there or not match["zone"] else None


def zone_alone(text: str, zone: ZoneInfo) -> tzinfo | None:
    """The time zone that a text names and nothing else ("London time"); None for other texts. Raises ZoneError."""
    found = tokens(text)
    said = zone_at(reader(found, datetime(2000, 1, 1, tzinfo=UTC), zone), 0)
    if not said or said[1] < len(found):
        return None
    if said[0].problem:
        raise ZoneError(said[0].problem)
    return said[0].zone


def _from_stamp(stamp: datetime, zone: ZoneInfo, said: tzinfo | None) -> Moment | None:
    wall, there = stamp.replace(tzinfo=None), said or zone
    try:
        real, note = at(wall.date(), wall.time(), there)
        start = stamp.astimezone(UTC) if stamp.tzinfo else real
        gap = skipped(wall, there) and start == real  # with an offset, it is the one before the clocks are put forward
        start = start.astimezone(zone)
    except OverflowError:
        return None
    return Moment(
        start,
        has_date=True,
        has_time=True,
        zone=said or (None if gap else _foreign(stamp, start)),
        skipped=wall if gap else None,
        note=note if gap or not stamp.tzinfo else "",
    )


def _foreign(stamp: datetime, start: datetime) -> tzinfo | None:
    """The offset of a stamp that is another than the user's; UTC says nothing, machines write it for all times."""
    offset = stamp.utcoffset()
    return timezone(offset) if offset and offset != start.utcoffset() else None


def parse_duration(text: str) -> timedelta | None:
    """Read "45 minutes", "an hour and a half", "1h30" or "half an hour"; None for anything else, such as "all day"."""
    now = datetime(2000, 1, 1, tzinfo=UTC)
    r = Reader(tokens(text[:_LONGEST]), now, ZoneInfo("UTC"))
    found = length(r, r.skip(0, "for", "about", "around", "roughly"))
    if not found:
        return None
    delta = found[0].delta()
    end = r.skip(found[1], "long", ".")
    return delta if delta and end == len(r.tokens) and len(text) <= _LONGEST else None


def parse_recurrence(text: str, now: datetime, zone: ZoneInfo) -> Moment:
    """Read a repetition in English or as an RRULE value; `start` is its first occurrence. Raises DateError."""
    bare = text.strip().upper().removeprefix("RRULE:")
    if "FREQ=" in bare:
        return _rrule(bare, now.astimezone(zone), zone)
    try:
        moment = parse(text, now, zone)
    except DateError as error:
        raise DateError(str(error).replace(HINT, RULES)) from error
    if not moment.recurrence:
        raise DateError(f'"{text.strip()}" is no repetition: {RULES}.')
    return moment


def _rrule(text: str, now: datetime, zone: ZoneInfo) -> Moment:
    today = midnight(now.date(), zone)
    try:
        wall = first_occurrence(text, today.replace(tzinfo=None), today, zone)
    except rrule.RuleError as error:
        raise DateError(f"{error} {RULES[0].upper()}{RULES[1:]}.") from error
    first, _ = at(wall.date(), wall.time(), zone)
    return Moment(first, midnight(first.date() + timedelta(days=1), zone), has_date=True, recurrence=text)
