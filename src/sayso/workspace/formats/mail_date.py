"""The date of a mail (RFC 5322, 3.3 and 4.3), also as programs write it that never read that."""

import re
from datetime import UTC, datetime, timedelta

_MOST = 300  # characters that are looked at
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = rf"(?P<month>{'|'.join(_MONTHS)})[a-z]{{0,6}}\.?"
_DAYS = (
    re.compile(r"(?<![0-9:.+-])(?P<year>[0-9]{4})[-/.](?P<number>[0-9]{1,2})[-/.](?P<day>[0-9]{1,2})(?![0-9])"),
    re.compile(
        rf"(?<![0-9:.])(?P<day>[0-9]{{1,2}})(?:st|nd|rd|th)?[-\s.,]{{0,3}}{_MONTH}[-\s,]{{0,3}}"
        r"(?P<year>[0-9]{2,4})(?![0-9:])"
    ),
    re.compile(
        rf"(?<![a-z]){_MONTH}[-\s]{{1,3}}(?P<day>[0-9]{{1,2}})(?![0-9:])(?:,?\s{{1,3}}(?P<year>[0-9]{{4}})(?![0-9:]))?"
    ),
)
_TIME = re.compile(
    r"(?<![0-9:.])(?P<hour>[0-9]{1,2})(?P<sign>[:.])(?P<minute>[0-9]{1,2})(?:(?P=sign)(?P<second>[0-9]{1,2}))?"
    r"(?:[.,][0-9]{1,9})?(?![0-9:])\s{0,3}(?P<half>[ap]\.?m\b)?"
)
_COLON = re.compile(r"(?<=[0-9])\s{0,3}:\s{0,3}(?=[0-9])")
_YEAR = re.compile(r"(?<![0-9:+-])[0-9]{4}(?![0-9:])")
_OFFSET = re.compile(r"(?P<sign>[+-])(?P<hour>[0-9]{1,2}?)(?::?(?P<minute>[0-9]{2}))?(?![0-9:])")
_NAME = re.compile(r"(?<![a-z])[a-z]{1,5}(?![a-z])")
_HOURS = {
    "est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7, "mdt": -6, "pst": -8, "pdt": -7,  # RFC 5322, 4.3
    "akst": -9, "akdt": -8, "hst": -10, "wet": 0, "west": 1, "bst": 1, "cet": 1, "cest": 2, "met": 1, "mest": 2,
    "mez": 1, "mesz": 2, "eet": 2, "eest": 3, "msk": 3, "sgt": 8, "hkt": 8, "jst": 9, "kst": 9, "aest": 10, "aedt": 11,
    "nzst": 12, "nzdt": 13,
}  # fmt: skip
"""Zones by name; any other is as good as UTC (RFC 5322, 4.3)."""


def date_of(value: str) -> datetime | None:
    """The instant that a date names, in UTC, or None. One without a zone is in UTC."""
    text = _COLON.sub(":", " ".join(_without_comments(value[:_MOST]).lower().split()))
    day = next((found for pattern in _DAYS if (found := pattern.search(text))), None)
    if day is None:
        return None
    rest = f"{text[: day.start()]} {text[day.end() :].removeprefix('t')}"
    time = _TIME.search(rest)
    begin, behind = (rest[: time.start()], rest[time.end() :]) if time else ("", rest)
    year = day["year"] or next(iter(_YEAR.findall(f"{begin} {behind}")), "")
    try:
        month = int(day["number"]) if "number" in day.groupdict() else _MONTHS.index(day["month"]) + 1
        midnight = datetime(_full(year), month, int(day["day"]), tzinfo=UTC)
        return midnight + _of_day(time) - _offset(behind.replace(year, " ", 1) if not day["year"] else behind)
    except (ArithmeticError, ValueError):
        return None


def _without_comments(value: str) -> str:
    """The text with a space for each comment (RFC 5322, 3.2.2), also in one another; one without an end stays."""
    pieces, depth, kept = list[str](), 0, 0
    for found in re.finditer(r"\\.|[()]", value):
        if found[0] == "(":
            if not depth:
                pieces.append(value[kept : found.start()])
                kept = found.start()
            depth += 1
        elif found[0] == ")" and depth:
            depth -= 1
            if not depth:
                kept = found.end()
    return " ".join([*pieces, value[kept:]])


def _full(year: str) -> int:
    """The year, also of two or three digits (RFC 5322, 4.3). Raises ValueError for one before 1900 (3.3)."""
    number = int(year)
    if len(year) < 4:
        return number + (2000 if len(year) == 2 and number < 50 else 1900)
    if number < 1900:
        raise ValueError("no year of a mail")
    return number


def _of_day(time: re.Match[str] | None) -> timedelta:
    """The time since midnight: up to 24:00, with leap seconds, on a clock of 24 hours or of 12."""
    if time is None:
        return timedelta()
    hour, minute, second = int(time["hour"]), int(time["minute"]), int(time["second"] or 0)
    if time["half"] and 1 <= hour <= 12:
        hour = hour % 12 + (12 if time["half"].startswith("p") else 0)
    if hour > 24 or minute > 59 or second > 60:
        raise ValueError("no time")
    return timedelta(hours=hour, minutes=minute, seconds=min(second, 59))


def _offset(behind: str) -> timedelta:
    """How far its clock is ahead of UTC: by what stands behind its time, a number before a name."""
    if found := _OFFSET.search(behind):
        hours, minutes = int(found["hour"]), int(found["minute"] or 0)
        if hours > 23 or minutes > 59:
            return timedelta()
        return timedelta(hours=hours, minutes=minutes) * (-1 if found["sign"] == "-" else 1)
    names = _NAME.findall(behind)
    summer = timedelta(hours=1 if "dst" in names else 0)  # "MET DST"
    return timedelta(hours=next((_HOURS[name] for name in names if name in _HOURS), 0)) + summer
