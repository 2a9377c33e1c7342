"""Dates, times and spans in English, for previews, questions and receipts."""

from datetime import date, datetime, timedelta

from dateutil.relativedelta import relativedelta


def ordinal(number: int) -> str:
    """1st, 2nd, 3rd, 11th."""
    suffix = "th" if 10 <= number % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{suffix}"


def say_day(day: date) -> str:
    """ "Tue 10 March 2026"."""
    return f"{day:%a} {day.day} {day:%B} {day.year}"


def _half(time: datetime) -> str:
    return "AM" if time.hour < 12 else "PM"


def _digits(time: datetime) -> str:
    return f"{time.hour % 12 or 12}:{time.minute:02}"


def say_clock(time: datetime) -> str:
    """As spoken: "3 PM", "3:30 PM"."""
    return f"{_digits(time).removesuffix(':00')} {_half(time)}"


def say_clock_long(time: datetime) -> str:
    """ "3:00 PM"."""
    return f"{_digits(time)} {_half(time)}"


def say_time(time: datetime, *, now: datetime | None = None) -> str:
    """ "Tue 10 March 2026, 3:00 PM"; with `now` the year is left out when it is this one."""
    day = say_day(time)
    if now is not None and now.astimezone(time.tzinfo).year == time.year:
        day = day.rsplit(" ", 1)[0]
    return f"{day}, {say_clock_long(time)}"


def say_span(start: datetime | date, end: datetime | date | None = None) -> str:
    """ "Tue 10 March 2026, 3:00–4:00 PM"; dates are all-day, their end exclusive (RFC 5545)."""
    if not isinstance(start, datetime):
        last = end - timedelta(days=1) if end is not None and end > start else start
        return f"{say_day(start)}, all day" if last == start else f"{say_day(start)} – {say_day(last)}"
    if not isinstance(end, datetime) or end == start:
        return say_time(start)
    end = end.astimezone(start.tzinfo)
    if start.date() != end.date():
        return f"{say_time(start)} – {say_time(end)}"
    return f"{say_day(start)}, {say_clocks(start, end)}"


def say_clocks(start: datetime, end: datetime) -> str:
    """ "3:00–4:00 PM", "9:00 AM–12:00 PM"."""
    same = start.date() == end.date() and _half(start) == _half(end)
    first = _digits(start) if same else say_clock_long(start)
    return f"{first}–{say_clock_long(end)}"


def say_days(first: date, last: date) -> str:
    """ "Fri 6 March 2026", "Mon 2 – Sun 8 March 2026", "Mon 30 March – Sun 5 April 2026"; both are in it."""
    if first == last:
        return say_day(first)
    same = 2 if (first.year, first.month) == (last.year, last.month) else 1 if first.year == last.year else 0
    return f"{say_day(first).rsplit(' ', same)[0]} – {say_day(last)}"


def say_spoken(time: datetime | date, now: datetime) -> str:
    """ "March 10th at 3 PM", as in a question: the year only where the day alone would not be understood."""
    day = time.date() if isinstance(time, datetime) else time
    today = (now.astimezone(time.tzinfo) if isinstance(time, datetime) else now).date()
    words = f"{day:%B} {ordinal(day.day)}"
    if day.year != today.year and not today <= day < today + relativedelta(years=1):
        words += f", {day.year}"
    return f"{words} at {say_clock(time)}" if isinstance(time, datetime) else words


def say_duration(length: timedelta) -> str:
    """ "1 hour 30 minutes"."""
    seconds = round(length.total_seconds())
    sizes = (("day", 86400), ("hour", 3600), ("minute", 60), ("second", 1))
    words = []
    for unit, size in sizes:
        count, seconds = divmod(seconds, size)
        if count:
            words.append(f"{count} {unit}{'' if count == 1 else 's'}")
    return " ".join(words) or "0 minutes"
