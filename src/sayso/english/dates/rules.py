"""RRULE values in English, and their UNTIL in the form that an event needs (RFC 5545, 3.3.10)."""

import re
from datetime import UTC, date, datetime, tzinfo

from sayso.english.dates.recurrence import CODES, until_text
from sayso.english.dates.saying import ordinal
from sayso.english.dates.zoned import midnight

_DAYS = dict(zip(CODES, ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"], strict=True))
_UNITS = {
    "SECONDLY": "second",
    "MINUTELY": "minute",
    "HOURLY": "hour",
    "DAILY": "day",
    "WEEKLY": "week",
    "MONTHLY": "month",
    "YEARLY": "year",
}
_NTH = {"1": "first", "2": "second", "3": "third", "4": "fourth", "5": "fifth", "-1": "last", "-2": "second to last"}


def describe_rule(rrule: str, zone: tzinfo) -> str:
    """English of an RRULE: "every other Tuesday until 30 June 2026"; a rule beyond words comes back as it is."""
    parts = dict(part.split("=", 1) for part in rrule.upper().removeprefix("RRULE:").split(";") if "=" in part)
    words = _core(parts)
    if not words:
        return rrule
    if parts.get("COUNT", "").isdigit():
        words += ", once" if parts["COUNT"] == "1" else f", {parts['COUNT']} times"
    if last := _last_day(parts.get("UNTIL", ""), zone):
        words += f" until {last.day} {last:%B} {last.year}"
    return words


def days_moved(rrule: str, days: int) -> str | None:
    """The rule as a calendar says it on which its days are so many later; None for one that names days of a month."""
    parts = dict(part.split("=", 1) for part in rrule.split(";") if "=" in part)
    if not days or not any(name.startswith("BY") for name in parts):
        return rrule
    codes = parts.get("BYDAY", "").split(",")
    if set(parts) - {"FREQ", "INTERVAL", "COUNT", "UNTIL", "BYDAY", "WKST"} or not set(codes) <= set(CODES):
        return None
    parts["BYDAY"] = ",".join(CODES[(CODES.index(code) + days) % 7] for code in codes)
    return ";".join(f"{name}={value}" for name, value in parts.items())


def _core(parts: dict[str, str]) -> str:
    unit = _UNITS.get(parts.get("FREQ", ""))
    interval = parts.get("INTERVAL", "1")
    known = {"FREQ", "INTERVAL", "COUNT", "UNTIL", "BYDAY", "BYMONTH", "BYMONTHDAY", "WKST"}
    if not unit or not interval.isdigit() or not set(parts) <= known:
        return ""
    every = {"1": "every", "2": "every other"}.get(interval, "")
    codes = parts["BYDAY"].split(",") if "BYDAY" in parts else []
    plain = all(code in _DAYS for code in codes)
    if codes and unit == "week" and plain:
        return _weekly(codes, every, interval)
    if codes and unit == "day" and plain and interval == "1":
        return _weekly(codes, "every", "1")
    head = f"{every} {unit}" if every else f"every {interval} {unit}s"
    places = _places(parts, codes)
    return "" if places is None else head + places


def _weekly(codes: list[str], every: str, interval: str) -> str:
    ordered = [code for code in CODES if code in codes]
    if ordered == list(CODES[:5]):
        days = "weekday"
    elif ordered == list(CODES):
        days = "day"
    else:
        days = _listed([_DAYS[code] for code in ordered])
    if interval == "1" or (len(ordered) == 1 and every):
        return f"{every} {days}"
    return f"{every} week on {days}" if every else f"every {interval} weeks on {days}"


def _places(parts: dict[str, str], codes: list[str]) -> str | None:
    """ " on the first Monday", " on 10 March"; None when there are no words for it."""
    months = [
        date(2000, int(m), 1).strftime("%B")
        for m in parts.get("BYMONTH", "").split(",")
        if m.isdigit() and 0 < int(m) < 13
    ]
    days = [
        f"the {ordinal(int(n))}" if n.isdigit() else "the last day" for n in parts.get("BYMONTHDAY", "").split(",") if n
    ]
    for code in codes:
        match = re.fullmatch(r"([+-]?[0-9]+)([A-Z]{2})", code)
        if not match or match[1].lstrip("+") not in _NTH or match[2] not in _DAYS:
            return None
        days.append(f"the {_NTH[match[1].lstrip('+')]} {_DAYS[match[2]]}")
    if any(n not in ("-1",) and not n.isdigit() for n in parts.get("BYMONTHDAY", "").split(",") if n):
        return None
    if not days:
        return f" in {_listed(months)}" if months else ""
    if len(months) == 1 and len(days) == 1 and parts.get("BYMONTHDAY", "").isdigit():
        return f" on {int(parts['BYMONTHDAY'])} {months[0]}"
    return f" on {_listed(days)}" + (f" of {_listed(months)}" if months else "")


def _listed(words: list[str]) -> str:
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " and " + words[-1]


def _last_day(until: str, zone: tzinfo) -> date | None:
    try:
        if until.endswith("Z"):
            return datetime.strptime(until, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC).astimezone(zone).date()
        return date(int(until[:4]), int(until[4:6]), int(until[6:8])) if until else None
    except (ValueError, OverflowError):
        return None


def fit_until(rrule: str, *, all_day: bool, zone: tzinfo) -> str:
    """The same rule with UNTIL as its event needs it: a date for all-day ones, else a time in UTC (end of that day)."""
    match = re.search(r"UNTIL=([0-9TZ]+)", rrule)
    last = _last_day(match[1], zone) if match else None
    if not match or not last or (all_day and len(match[1]) == 8) or (not all_day and match[1].endswith("Z")):
        return rrule
    return rrule.replace(match[0], f"UNTIL={until_text(midnight(last, zone), not all_day, zone)}")
