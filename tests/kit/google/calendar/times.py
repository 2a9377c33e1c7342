"""The times of events: as they are sent, kept and told.

Kept is `{"date": …}` or `{"dateTime": … in the event's zone, "timeZone": …}`; told is the dateTime in the zone of the
calendar or of the request, beside the event's own timeZone (events.get, `timeZone`).
"""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from tests.kit.google.problems import Problem

Json = dict[str, Any]
ZONES = frozenset(available_timezones())


def kept(value: Json | None, what: str, zone: str) -> Json:
    """As it is kept. `what`: start or end; `zone`: the calendar's. Raises Problem."""
    value = {name: each for name, each in (value or {}).items() if each is not None}
    if "date" in value and "dateTime" in value:
        raise Problem(400, "invalid", f"Invalid {what} time.")
    if "date" in value:
        return {"date": value["date"]}
    if "dateTime" not in value:
        raise Problem(400, "required", f"Missing {what} time.")
    named = value.get("timeZone")
    if named is not None and named not in ZONES:
        raise Problem(400, "invalid", f"Invalid time zone definition for {what} time.")
    at = datetime.fromisoformat(value["dateTime"].upper())
    if at.tzinfo is None:
        if named is None:
            raise Problem(400, "required", f"Missing time zone definition for {what} time.")
        at = at.replace(tzinfo=ZoneInfo(named))
    return timed(at, named or zone)


def timed(at: datetime, zone: str) -> Json:
    """An instant, as it is kept."""
    return {"dateTime": at.astimezone(UTC).astimezone(ZoneInfo(zone)).isoformat(), "timeZone": zone}


def instant(value: Json, zone: str) -> datetime:
    """When it is, in UTC; a day begins at midnight of this zone."""
    if "date" in value:
        return datetime.fromisoformat(value["date"]).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    return datetime.fromisoformat(value["dateTime"]).astimezone(UTC)


def told(value: Json, zone: str) -> Json:
    """As it is told to somebody in this zone."""
    if "date" in value:
        return dict(value)
    at = datetime.fromisoformat(value["dateTime"]).astimezone(ZoneInfo(zone))
    return {**value, "dateTime": at.isoformat().replace("+00:00", "Z")}


def key_of(value: Json) -> str:
    """What an instance's id ends with: its original start, in UTC; a day as it is."""
    if "date" in value:
        return str(value["date"]).replace("-", "")
    return f"{datetime.fromisoformat(value['dateTime']).astimezone(UTC):%Y%m%dT%H%M%SZ}"


def shifted(start: Json, end: Json, to: Json) -> Json:
    """The end of what is as long as from start to end and begins at `to`."""
    if "date" in to:
        days = date.fromisoformat(end["date"]) - date.fromisoformat(start["date"])
        return {"date": (date.fromisoformat(to["date"]) + days).isoformat()}
    length = datetime.fromisoformat(end["dateTime"]) - datetime.fromisoformat(start["dateTime"])
    return timed(datetime.fromisoformat(to["dateTime"]).astimezone(UTC) + length, end["timeZone"])


def parameter(text: str) -> datetime:
    """A time of a query, to the second: "Milliseconds may be provided but are ignored"."""
    return datetime.fromisoformat(text.upper()).astimezone(UTC).replace(microsecond=0)


def long_after(at: datetime) -> datetime:
    """How far a series without end is followed from there."""
    return at + timedelta(days=730)
