"""Recurrence: when the instances of a series begin (RFC 5545 §3.3.10, as Google takes it)."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from dateutil.rrule import rruleset, rrulestr
from tests.kit.google.calendar.times import timed
from tests.kit.google.problems import Problem

Json = dict[str, Any]
MOST = 730
LINE = re.compile(r"(RRULE|EXRULE|RDATE|EXDATE)((?:;[A-Z-]+=[^:;]+)*):(.+)")


def check_rules(lines: list[str], start: Json) -> None:
    """Raises Problem for a recurrence that is none."""
    for line in lines:
        found = LINE.fullmatch(line)
        if not found:
            raise Problem(400, "invalid", "Invalid recurrence rule.")
        if found[1].endswith("RULE") and "COUNT=" in found[3] and "UNTIL=" in found[3]:
            raise Problem(400, "invalid", "Invalid recurrence rule.")
    if sum(line.startswith("RRULE") for line in lines) > 1:
        raise Problem(400, "invalid", "Invalid recurrence rule.")
    try:
        next(starts(lines, start, None, None), None)
    except ValueError as error:
        raise Problem(400, "invalid", "Invalid recurrence rule.") from error


def starts(lines: list[str], start: Json, after: datetime | None, before: datetime | None) -> Iterator[Json]:
    """The starts as they are kept, in order, at most `MOST`; `after`, `before`: with a day to spare on both sides."""
    zone = start.get("timeZone", "UTC")
    found = _set_of(lines, start, ZoneInfo(zone))
    following = iter(found)
    if after:
        begin = after.astimezone(ZoneInfo(zone)).replace(tzinfo=None) - timedelta(days=1)
        following = found.xafter(begin, inc=True)
    for at in islice(following, MOST):
        if before and at - timedelta(days=1) > before.astimezone(ZoneInfo(zone)).replace(tzinfo=None):
            return
        if "date" in start:
            yield {"date": at.date().isoformat()}
        else:
            yield timed(at.replace(tzinfo=ZoneInfo(zone)), zone)


def begins(lines: list[str], start: Json, at: Json) -> bool:
    """Whether one of the series' instances begins there."""
    zone = start.get("timeZone", "UTC")
    if ("date" in at) != ("date" in start):
        return False
    local = (
        datetime.fromisoformat(at["date"])
        if "date" in at
        else datetime.fromisoformat(at["dateTime"]).astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    )
    # A time that the clocks skip is told an hour later than the rule has it.
    return any(timed_alike(each, at) for each in starts(lines, start, _utc(local, zone), _utc(local, zone)))


def timed_alike(one: Json, other: Json) -> bool:
    if "date" in one or "date" in other:
        return one.get("date") == other.get("date")
    return datetime.fromisoformat(one["dateTime"]) == datetime.fromisoformat(other["dateTime"])


def _utc(local: datetime, zone: str) -> datetime:
    return local.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def _set_of(lines: list[str], start: Json, zone: ZoneInfo) -> rruleset:
    """In local time without a zone, as RFC 5545 counts."""
    first = _local(start.get("date") or start["dateTime"], zone)
    found = rruleset()
    if not any(line.startswith("RRULE") for line in lines):
        found.rdate(first)
    for line in lines:
        kind, _, value = LINE.fullmatch(line).groups()  # type: ignore[union-attr]
        match kind:
            case "RRULE":
                found.rrule(rrulestr(_local_until(value, zone), dtstart=first))  # type: ignore[arg-type]
            case "EXRULE":
                found.exrule(rrulestr(_local_until(value, zone), dtstart=first))  # type: ignore[arg-type]
            case "RDATE":
                for each in _dates(line, zone, first):
                    found.rdate(each)
            case "EXDATE":
                for each in _dates(line, zone, first):
                    found.exdate(each)
    return found


def _local_until(rule: str, zone: ZoneInfo) -> str:
    def local(found: "re.Match[str]") -> str:
        text = found[1]
        if len(text) == 8:
            return f"UNTIL={text}T235959"
        return f"UNTIL={_local(text, zone):%Y%m%dT%H%M%S}"

    return re.sub(r"UNTIL=([0-9TZ]+)", local, rule)


def _dates(line: str, zone: ZoneInfo, first: datetime) -> Iterator[datetime]:
    found = LINE.fullmatch(line)
    assert found
    named = re.search(r";TZID=([^:;]+)", found[2])
    for text in found[3].split(","):
        if len(text) == 8:  # a day: the instance of that day
            yield datetime.combine(date.fromisoformat(text), first.time())
        elif named:
            at = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(named[1]))
            yield at.astimezone(zone).replace(tzinfo=None)
        else:
            yield _local(text, zone)


def _local(text: str, zone: ZoneInfo) -> datetime:
    at = datetime.fromisoformat(text)
    return at.astimezone(zone).replace(tzinfo=None) if at.tzinfo else at
