"""What the pieces of an expression come to: which day, which half of the day, from when to when."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta

from sayso.english.dates.arithmetic import DAY, Day, single
from sayso.english.dates.clocks import Clock, near, span, within
from sayso.english.dates.durations import Length
from sayso.english.dates.offsets import Instant
from sayso.english.dates.pieces import Pieces
from sayso.english.dates.reader import Reader
from sayso.english.dates.recurrence import finish
from sayso.english.dates.types import DateError, Moment
from sayso.english.dates.words import PARTS
from sayso.english.dates.zoned import at, hour, midnight, skipped


def resolve(r: Reader, p: Pieces) -> Moment:
    """Raises DateError when the pieces contradict each other, OverflowError when the calendar ends."""
    if p.zone is None:
        return _here(r, p)
    zone = p.zone.zone
    anchor = r.anchor.astimezone(zone) if r.anchor else None
    there = replace(r, now=r.now.astimezone(zone), zone=zone, anchor=anchor)
    moment = _here(there, _on_day_there(r, there, p))
    end = moment.end.astimezone(r.zone) if moment.end else None
    return replace(moment, start=moment.start.astimezone(r.zone), end=end, zone=zone)


def _on_day_there(r: Reader, there: Reader, p: Pieces) -> Pieces:
    """The day is the user's and the clock the zone's; but where it is another day now, "today" is the earlier of the
    two on which the time is still to come."""
    if not p.day or p.day.is_range or p.day.start != r.today or there.today == r.today:
        return p
    days = [replace(p, day=replace(p.day, start=day, end=day + DAY)) for day in sorted((r.today, there.today))]
    return next((each for each in days if _here(there, each).start >= r.now), days[-1])


def _here(r: Reader, p: Pieces) -> Moment:
    if p.rule:
        first = replace(p, day=single(p.day.start)) if p.day and p.day.is_range else p
        return finish(r, p.rule, _resolve(r, first), p.until or _last_of_range(p), p.day)
    return _resolve(r, p)


def _last_of_range(p: Pieces) -> Day | None:
    """ "Every morning this week" ends with the week; "from next week" does not."""
    return single(p.day.end - DAY) if p.day and p.day.is_range and not p.since else None


def _resolve(r: Reader, p: Pieces) -> Moment:
    if p.instant:
        return _from_instant(r, p, p.instant)
    if p.to_day and p.day and p.each:
        p = replace(p, day=Day(p.day.start, p.to_day.end, is_range=True), to_day=None)
    if p.to_day and p.day:
        moment = _days(r, p)
    elif p.clock:
        moment = _clocked(r, p, p.clock)
    elif p.part:
        moment = _parted(r, p)
    elif p.day:
        start = r.now if p.day.from_now else midnight(p.day.start, r.zone)
        moment = Moment(start, midnight(p.day.end, r.zone), has_date=True, is_range=p.day.is_range)
    else:
        moment = Moment(r.now.replace(second=0, microsecond=0))
    if p.length and not (p.to_clock or p.to_day):
        moment = _lasting(r, moment, p.length)
    if p.bound:
        moment = _hours(r, moment, p, p.day) if moment.daily and p.day else _bounded(r, moment, p.bound)
    if p.notes and not moment.note:
        moment = replace(moment, note=" ".join(p.notes))
    return moment


def _from_instant(r: Reader, p: Pieces, instant: Instant) -> Moment:
    end = instant.end
    moment = Moment(instant.start, end, has_date=True, has_time=True, explicit_end=end is not None)
    if p.length:
        moment = _lasting(r, moment, p.length)
    return _bounded(r, moment, p.bound) if p.bound else moment


def _lasting(r: Reader, moment: Moment, by: Length) -> Moment:
    if moment.daily:
        raise DateError("A length goes with one day; say which day is meant.")
    end = by.from_(moment.start)
    whole_days = not by.of_clock and not moment.has_time
    return replace(moment, end=end, explicit_end=True, is_range=whole_days and (end.date() - moment.start.date()) > DAY)


def _several(p: Pieces) -> bool:
    """Whether hours that were said are those of each of several days."""
    return p.day is not None and p.day.is_range and not p.rule and not p.bound_day


def _hours(r: Reader, moment: Moment, p: Pieces, days: Day) -> Moment:
    """Until noon or after 3, on each of several days."""
    outer = p.bound not in ("before", "since") and bool(moment.part_of_day)
    edge = (moment.end if outer and moment.end else moment.start).time()
    if p.bound in ("after", "since"):
        return replace(
            moment, start=at(days.start, edge, r.zone)[0], end=midnight(days.end, r.zone), explicit_end=False
        )
    end = at(days.end - DAY, edge, r.zone)[0] if edge != time() else midnight(days.end, r.zone)
    return replace(moment, start=midnight(days.start, r.zone), end=end, explicit_end=True)


def _bounded(r: Reader, moment: Moment, bound: str) -> Moment:
    """Until and before end there, since and after begin there; the other end is now, or the end of the day."""
    begin, stop = moment.start, moment.end or moment.start
    now = r.now.replace(microsecond=0)
    timed = moment.has_time or bool(moment.part_of_day)
    if bound in ("until", "till", "through", "before"):
        stop = moment.start if bound == "before" or (timed and not moment.part_of_day) else stop
        start = now
        if moment.has_date and timed and moment.start.date() != r.today:
            start = midnight(moment.start.date(), r.zone)
        if r.anchor and timed and not moment.has_date:
            start = r.anchor
        if start >= stop:
            start = midnight(stop.date(), r.zone) if stop > midnight(stop.date(), r.zone) else stop - DAY
        return replace(moment, start=start, end=stop, explicit_end=True, is_range=(stop - start) > DAY)
    if bound == "since":
        end = now if now > begin else stop
        return replace(moment, end=end if end > begin else None, is_range=end - begin > DAY)
    if timed:
        begin = stop if moment.part_of_day and not moment.has_time else begin
        return replace(moment, start=begin, end=midnight(begin.date() + DAY, r.zone))
    return replace(moment, start=stop, end=None, is_range=False)


def _days(r: Reader, p: Pieces) -> Moment:
    assert p.day
    assert p.to_day
    start, note = midnight(p.day.start, r.zone), ""
    if p.clock:
        start, note = _on(r, p.day.start, p.clock.halves()[0])
    end = midnight(p.to_day.end, r.zone)
    if p.to_clock:
        end = _on(r, p.to_day.end - DAY, p.to_clock.halves()[0])[0]
    elif p.part:
        end = hour(p.to_day.end - DAY, PARTS[p.part][1], r.zone)[0]
    if end <= start:
        raise DateError("That span ends before it begins; say the earlier time first.")
    return Moment(
        start, end, True, p.clock is not None, explicit_end=p.to_clock is not None, is_range=p.clock is None, note=note
    )


def _on(r: Reader, on: date, time: Clock) -> tuple[datetime, str]:
    return hour(on, time.hour, r.zone, time.minute, time.second)


def _clocked(r: Reader, p: Pieces, first: Clock) -> Moment:
    last = p.to_clock
    if p.part or (p.meal and 5 <= first.hour <= 11):
        first = within(first, p.part or p.meal)
    if last:
        first, last = (
            span(first, last) if first.fixed or not r.anchor or last.fixed else span(near(first, r.anchor), last)
        )
    elif r.anchor and not first.fixed:
        first = near(first, r.anchor)
    guessed = not first.fixed and 1 <= first.hour <= 12
    if p.day and _several(p):
        return _daily(r, p, p.day, first.halves()[0], last)
    on, first = _day_of(r, p, first)
    start, note = _on(r, on, first)
    wall = datetime.combine(on + (first.hour // 24) * DAY, time(first.hour % 24, first.minute, first.second))
    end = None
    if last:
        while last.minutes <= first.minutes:
            last = replace(last, hour=last.hour + 12)
        end, more = _on(r, on, last)
        note = note or more
        if end <= start:
            end = start + timedelta(minutes=last.minutes - first.minutes)
    return Moment(
        start,
        end,
        has_date=p.day is not None,
        has_time=True,
        part_of_day=p.part,
        explicit_end=last is not None,
        guessed=guessed,
        skipped=wall if skipped(wall, r.zone) else None,
        note=note,
    )


def _daily(r: Reader, p: Pieces, days: Day, first: Clock, last: Clock | None) -> Moment:
    start = _on(r, days.start, first)[0]
    end = _on(r, days.end - DAY, last)[0] if last else None
    return Moment(start, end, True, True, p.part, explicit_end=last is not None, is_range=True, daily=True)


def _day_of(r: Reader, p: Pieces, time: Clock) -> tuple[date, Clock]:
    """The day of a clock time, and which half of it: a time of today that has passed gives way."""
    halves = time.halves()
    if p.day and p.day.start != r.today:
        return p.day.start, halves[0]
    if p.rule or (r.anchor and not p.day):
        return (p.day.start if p.day else r.anchor.date() if r.anchor else r.today), halves[0]
    now = r.now.replace(second=0, microsecond=0)
    if r.past and not p.day:
        first = _on(r, r.today, halves[0])[0]
        return (r.today if first <= now else r.today - DAY), halves[0]
    for half in halves:
        if _on(r, r.today, half)[0] >= now and (half.hour < 24 or half.minute == 0):
            return r.today, half
    return (r.today if p.day or p.part == "night" else r.today + DAY), halves[0]


_NARROW = {
    ("early", "morning"): (6, 9),
    ("late", "morning"): (10, 12),
    ("first", "morning"): (9, 10),
    ("mid", "morning"): (9, 11),
    ("early", "afternoon"): (13, 15),
    ("mid", "afternoon"): (14, 16),
    ("late", "afternoon"): (15, 18),
    ("early", "evening"): (17, 19),
    ("late", "evening"): (20, 23),
    ("late", "night"): (22, 26),
}


def _parted(r: Reader, p: Pieces) -> Moment:
    first, last = _NARROW.get((p.narrow, p.part), PARTS[p.part])
    on = p.day.start if p.day else r.anchor.date() if r.anchor else r.today
    if p.day and p.day.part == "night" and p.part == "night":
        first = 18
    if not p.day and not r.anchor and hour(on, last, r.zone)[0] <= r.now:
        on += DAY
    if p.day and p.day.is_range:
        return Moment(
            hour(on, first, r.zone)[0],
            hour(p.day.end - DAY, last, r.zone)[0],
            True,
            False,
            p.part,
            is_range=True,
            daily=_several(p),
        )
    start, end = hour(on, first, r.zone)[0], hour(on, last, r.zone)[0]
    return Moment(start, end, has_date=p.day is not None, part_of_day=p.part)
