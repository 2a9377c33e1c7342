"""How a repetition rule moves along when one of its occurrences is moved."""

from datetime import datetime
from zoneinfo import ZoneInfo

from sayso.base.rrule import format_rule
from sayso.workspace.errors import Refused
from sayso.workspace.events.recurrence import DAYS, first_slot, key_of, parse_rule, until_slot

_SAY_SO = "Say the new repetition too: this one does not follow from the old."


def moved_rule(rule: str, was: datetime, now: datetime) -> str:
    """The rule of a series whose occurrence goes from `was` to `now` (wall-clock), all others by as much.

    UNTIL is left to the caller. Raises Refused when the rule names several days and there is no telling how they move.
    """
    parts = parse_rule(rule)
    for name, value in (("BYHOUR", now.hour), ("BYMINUTE", now.minute), ("BYSECOND", now.second)):
        if name in parts and was.time() != now.time():
            _only(parts[name])
            parts[name] = str(value)
    days = (now.date() - was.date()).days
    if days == 0:
        return format_rule(parts)
    if parts["FREQ"] in ("MONTHLY", "YEARLY"):
        _move_in_month(parts, now)
    elif "BYDAY" in parts:
        _refuse(parts, "BYMONTHDAY", "BYYEARDAY", "BYWEEKNO", "BYMONTH", "BYSETPOS")
        moved = {DAYS[(DAYS.index(day) + days) % 7] for day in parts["BYDAY"].split(",") if day in DAYS}
        parts["BYDAY"] = ",".join(day for day in DAYS if day in moved)
    return format_rule(parts)


def rule_after(rule: str, was: datetime, now: datetime, zone: ZoneInfo, all_day: bool) -> str:
    """`moved_rule`, with its end, of a series that stays in its zone and of its kind."""
    parts = parse_rule(moved_rule(rule, was, now))
    if "UNTIL" in parts:
        parts["UNTIL"] = key_of(until_slot(parts["UNTIL"], zone, all_day) + (now - was), zone, all_day)
    return format_rule(parts)


def _move_in_month(parts: dict[str, str], now: datetime) -> None:
    _refuse(parts, "BYSETPOS", "BYYEARDAY", "BYWEEKNO")
    if "BYMONTH" in parts:
        _only(parts["BYMONTH"])
        parts["BYMONTH"] = str(now.month)
    if "BYMONTHDAY" in parts:
        _refuse(parts, "BYDAY")
        if _only(parts["BYMONTHDAY"]).startswith("-"):
            raise Refused(_SAY_SO)
        parts["BYMONTHDAY"] = str(now.day)
    elif "BYDAY" in parts:
        old = _only(parts["BYDAY"])
        if old in DAYS:
            raise Refused(_SAY_SO)
        last = old.startswith("-1") and (now.month != _plus_week(now))
        parts["BYDAY"] = f"{-1 if last else (now.day - 1) // 7 + 1}{DAYS[now.weekday()]}"


def _plus_week(day: datetime) -> int:
    """The month that the day a week later is in."""
    return datetime.fromordinal(day.toordinal() + 7).month


def _only(values: str) -> str:
    if "," in values:
        raise Refused(_SAY_SO)
    return values


def _refuse(parts: dict[str, str], *names: str) -> None:
    if any(name in parts for name in names):
        raise Refused(_SAY_SO)


def aligned(rule: str, start: datetime) -> datetime:
    """The first slot of the rule at `start` or, for a monthly or yearly one, in the same month."""
    parts = parse_rule(rule)
    begin = start
    if parts["FREQ"] in ("MONTHLY", "YEARLY") and parts.keys() & {"BYDAY", "BYMONTHDAY"}:
        begin = start.replace(day=1)
    return first_slot(parts, begin) or start
