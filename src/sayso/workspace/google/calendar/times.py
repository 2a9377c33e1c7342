"""Dates and times as Google writes them (EventDateTime), and whether an occurrence is the one of a key."""

from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sayso.base.zones import is_utc, zone_named
from sayso.workspace.errors import Refused
from sayso.workspace.events.recurrence import slot_of
from sayso.workspace.google.client import Json

UTC_NAME: Final = "UTC"


def zone_in(told: Json, otherwise: str) -> str:
    """The zone that a time is written in, or the calendar's, or UTC."""
    for name in (told.get("timeZone"), otherwise):
        try:
            if isinstance(name, str) and name and not name.startswith("<"):
                return zone_named(name).key or UTC_NAME
        except (ZoneInfoNotFoundError, ValueError, OSError):
            continue
    return UTC_NAME


def when_in(told: Any, zone: ZoneInfo) -> datetime | date:
    """Raises Refused where it says no time."""
    try:
        if told.get("dateTime"):
            when = datetime.fromisoformat(told["dateTime"])
            return when.astimezone(zone) if when.tzinfo else when.replace(tzinfo=zone)
        return date.fromisoformat(told["date"][:10])
    except (AttributeError, KeyError, TypeError, ValueError, OverflowError) as error:
        raise Refused("it does not say when it is.") from error


def key_in(told: Json) -> str:
    """The key of an occurrence: when its series has it. Empty where it is none, or does not say so."""
    first = told.get("originalStartTime")
    if not isinstance(first, dict):
        return ""
    try:
        when = when_in(first, zone_named(zone_in(first, "")))
    except Refused:
        return ""
    return when.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ") if isinstance(when, datetime) else when.strftime("%Y%m%d")


def original_start(key: str, zone: ZoneInfo) -> str:
    """The time of a key, as Google writes it of an event in this zone. Raises ValueError."""
    slot = slot_of(key, zone)
    return slot.replace(tzinfo=zone).isoformat() if "T" in key else slot.date().isoformat()


def around(key: str) -> tuple[str, str]:
    """A time that an occurrence is within which was not moved. Raises ValueError."""
    slot = slot_of(key, ZoneInfo(UTC_NAME)).replace(tzinfo=UTC)
    return instant_text(slot - timedelta(days=1)), instant_text(slot + timedelta(days=2))


def instant_text(when: datetime) -> str:
    """RFC 3339, in UTC, of whole seconds."""
    return when.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def told_when(when: datetime | date, timezone: str, repeats: bool, other: bool) -> Json:
    """A time to send; `other`: it is to take the place of one of the other kind. Raises Refused."""
    if not isinstance(when, datetime):
        return {"date": when.isoformat(), **({"dateTime": None, "timeZone": None} if other else {})}
    told: Json = {"dateTime": when.isoformat(timespec="seconds"), **({"date": None} if other else {})}
    if not timezone.startswith("<"):
        told["timeZone"] = UTC_NAME if is_utc(timezone) else timezone
    elif repeats:
        raise Refused("Google Calendar does not know that time zone: an event that repeats needs one of IANA's there.")
    return told
