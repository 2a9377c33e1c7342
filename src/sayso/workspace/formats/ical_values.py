"""Values of iCalendar (RFC 5545, 3.3): dates and times, durations, periods; read as they are practised, too.

A time that was written without a zone is naive here; whoever reads it knows what it is beside.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from sayso.base.zones import zone_title
from sayso.workspace.errors import Refused

_WHEN = re.compile(
    r"(\d{4})-?(\d\d)-?(\d\d)(?:[T ](\d\d):?(\d\d)(?::?(\d\d)(?:\.\d+)?)?\s*(Z|[+-]\d\d:?\d\d)?)?", re.IGNORECASE
)
_LENGTH = re.compile(
    r"([+-]?)P(?:(\d{1,6})W)?(?:(\d{1,6})D)?(?:T(?:(\d{1,8})H)?(?:(\d{1,8})M)?(?:(\d{1,9})S)?)?", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Length:
    """A duration: days of the calendar, which are not always 24 hours, and time that passes (RFC 5545, 3.3.6)."""

    days: int
    passing: timedelta

    def after(self, start: datetime | date) -> datetime | date:
        """What is this long after a date or an aware time."""
        if not isinstance(start, datetime):
            return start + timedelta(days=self.days) + self.passing
        wall = start.replace(tzinfo=None) + timedelta(days=self.days)
        return (wall.replace(tzinfo=start.tzinfo).astimezone(UTC) + self.passing).astimezone(start.tzinfo)


def parse_when(text: str, as_date: bool = False) -> datetime | date:
    """A date, or a time: naive, in UTC, or with an offset. `as_date`: it is called a date, which it is unless it says a
    time of day after all. Raises Refused."""
    found = _WHEN.fullmatch(text.strip())
    if found is None:
        raise Refused(f"'{text.strip()[:40]}' is no date or time.")
    year, month, day, hour, minute, second, offset = found.groups()
    try:
        if hour is None or (as_date and not int(hour + minute + (second or ""))):
            return date(int(year), int(month), int(day))
        midnight = datetime(int(year), int(month), int(day))  # noqa: DTZ001  its zone is told elsewhere
        passed = timedelta(hours=int(hour), minutes=int(minute), seconds=min(int(second or 0), 59))
        if int(hour) > 24 or int(minute) > 59 or passed > timedelta(days=1):
            raise ValueError
        when = midnight + passed
    except (ValueError, OverflowError) as error:
        raise Refused(f"'{text.strip()[:40]}' is no date or time.") from error
    if not offset:
        return when
    if offset in "Zz":
        return when.replace(tzinfo=UTC)
    sign = -1 if offset[0] == "-" else 1
    away = timedelta(hours=int(offset[1:3]), minutes=int(offset[-2:]))
    if away >= timedelta(days=1):
        raise Refused(f"'{text.strip()[:40]}' is no date or time.")
    return when.replace(tzinfo=timezone(sign * away))


def parse_length(text: str) -> Length:
    """A duration. Raises Refused."""
    found = _LENGTH.fullmatch(text.strip())
    if found is None or not any(found.groups()[1:]):
        raise Refused(f"'{text.strip()[:40]}' is no length of time.")
    sign = -1 if found[1] == "-" else 1
    weeks, days, hours, minutes, seconds = (sign * int(number or 0) for number in found.groups()[1:])
    return Length(7 * weeks + days, timedelta(hours=hours, minutes=minutes, seconds=seconds))


def format_when(when: datetime | date) -> tuple[str, str]:
    """The parameters and the value of a date or of an aware time, in its own zone."""
    if not isinstance(when, datetime):
        return ";VALUE=DATE", when.strftime("%Y%m%d").zfill(8)
    zone = when.tzinfo
    if isinstance(zone, ZoneInfo) and zone.key and zone.key != "UTC":
        return f";TZID={quoted(zone_title(zone.key))}", when.strftime("%Y%m%dT%H%M%S").zfill(15)
    return "", format_utc(when)


def format_utc(when: datetime) -> str:
    return when.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ").zfill(16)


def quoted(value: str) -> str:
    """The value of a parameter (RFC 5545, 3.2), which cannot hold double quotes or control characters; those go (RFC
    6868 has a way, which few read)."""
    plain = re.sub(r'["\x00-\x1f\x7f]', "", value)
    return f'"{plain}"' if re.search("[:;,]", plain) or plain != plain.strip() else plain
