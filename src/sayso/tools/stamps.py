"""A model's times are local: an offset from UTC that clocks do not have then is refused.

A model copies `-05:00` over a change of clocks, or writes `19:00Z` for seven in the evening. Which reading is meant
nobody knows, so the error names both. What the user typed himself is meant as it stands.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, get_args
from zoneinfo import ZoneInfo

from pydantic import BaseModel

from sayso.tools.arguments import TIME
from sayso.tools.base import ToolContext, ToolInputError
from sayso.tools.times import zone_named

_STAMP = re.compile(
    r"(?<![\w:.+-])(?:(?P<date>[0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{8})[T ](?P<h>[0-9]{2}):?(?P<m>[0-9]{2})"
    r"|(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2}))(?::?[0-9]{2}(?:[.,][0-9]{1,6})?)?"
    r"\s?(?:Z|(?P<sign>[+-])(?P<until>(?P<hours>[0-9]{2})(?::?(?P<minutes>[0-9]{2}))?))(?![\w:])",
    re.IGNORECASE,
)
"""A clock time with an offset behind it, and perhaps a date before it."""
_TOLD = re.compile(
    r"\b(?:mon|tue|wed|thu|fri|sat|sun) [0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}-[0-9]{2}:[0-9]{2}(?![\w:])",
    re.IGNORECASE,
)
"""A span as results tell it."""


def check(ctx: ToolContext, args: BaseModel, typed: Sequence[str]) -> None:
    """Raises ToolInputError when a time in the arguments has an offset that is not that of the zone it is read in.

    `typed`: the user's own words.
    """
    stamps = [(text, stamp) for text in _times(args) for stamp in _STAMP.finditer(_TOLD.sub("", text))]
    if not stamps:
        return
    zone = zone_named(ctx, getattr(args, "timezone", None))
    meant = {_clock(stamp) for text in typed for stamp in _STAMP.finditer(text)}
    other = ", or `timezone`" if "timezone" in type(args).model_fields else ""
    for text, stamp in stamps:
        problem = "" if _clock(stamp) in meant else _problem(ctx, zone, stamp)
        if problem:
            raise ToolInputError(f"{text}: {problem}{other}.")


def _problem(ctx: ToolContext, zone: ZoneInfo, stamp: re.Match[str]) -> str:
    """What is wrong with a stamp and what to give instead; nothing where its offset is the zone's."""
    minutes, offset = _clock(stamp)
    try:
        day = datetime.fromisoformat(stamp["date"]) if stamp["date"] else ctx.now.astimezone(zone)
        wall = day.replace(hour=minutes // 60, minute=minutes % 60, second=0, microsecond=0, tzinfo=None)
        there = (wall - offset).replace(tzinfo=UTC).astimezone(zone)
    except (ValueError, OverflowError):
        return ""  # no time of any calendar: whoever reads it says so
    fits = offset in {wall.replace(tzinfo=zone, fold=fold).utcoffset() for fold in (0, 1)}
    if stamp["date"]:
        clocks = f"clocks in {zone.key} are at {there.isoformat()[-6:]} then and show {there:%H:%M}"
        local = f"{wall:%Y-%m-%dT%H:%M} or {there:%Y-%m-%dT%H:%M}"
        return "" if fits else f"{clocks}. Give the local time without an offset, {local}"
    if stamp["sign"] == "-" and not fits:
        return ""  # "15:00-17:00" is a span
    span = f', or "{wall:%H:%M} to {stamp["until"]}" for a span' if stamp["sign"] == "-" else ""
    return f"an offset needs a date. Give the local time without one, {wall:%H:%M}{span}"


def _clock(stamp: re.Match[str]) -> tuple[int, timedelta]:
    """The clock time in minutes, and the offset."""
    offset = timedelta(hours=int(stamp["hours"] or 0), minutes=int(stamp["minutes"] or 0))
    minutes = int(stamp["h"] or stamp["hour"]) * 60 + int(stamp["m"] or stamp["minute"])
    return minutes, -offset if stamp["sign"] == "-" else offset


def _times(args: BaseModel) -> Iterator[str]:
    """The arguments that are read as times."""
    for name, field in type(args).model_fields.items():
        if TIME in field.metadata or _is_time(field.annotation):
            value = getattr(args, name)
            yield from (each for each in (value if isinstance(value, list) else [value]) if isinstance(each, str))


def _is_time(annotation: Any) -> bool:
    return TIME in getattr(annotation, "__metadata__", ()) or any(map(_is_time, get_args(annotation)))
