"""What a body may say of an event, and what becomes of it."""

import re
from typing import Any

from tests.kit.google.calendar.rules import check_rules
from tests.kit.google.calendar.times import instant, kept
from tests.kit.google.problems import Problem

Json = dict[str, Any]

GIVEN = frozenset(
    [
        "kind",
        "etag",
        "id",
        "htmlLink",
        "created",
        "updated",
        "creator",
        "organizer",
        "hangoutLink",
        "iCalUID",
        "recurringEventId",
        "originalStartTime",
        "eventType",
        "locked",
        "privateCopy",
        "attendeesOmitted",
        "endTimeUnspecified",
        "sequence",
        "conferenceData",
    ]
)
"""What a change cannot set (or what is dealt with apart)."""
PRIVATE = frozenset({"reminders", "colorId", "transparency", "visibility", "status"})
"""What each guest's copy has of its own, beside the private properties."""
ADDRESS = re.compile(r"[^@\s,;<>\"]+@[^@\s,;<>\"]+\.[^@\s,;<>\"]+")
ANSWERS = ("needsAction", "declined", "tentative", "accepted")
STATUSES = ("confirmed", "tentative", "cancelled")


def merged(old: Any, new: Json) -> Json:
    """Patch semantics: objects are merged, null takes away, all else, lists too, is replaced."""
    found = dict(old) if isinstance(old, dict) else {}
    for name, value in new.items():
        if value is None:
            found.pop(name, None)
        elif isinstance(value, dict):
            found[name] = merged(found.get(name), value)
        else:
            found[name] = value
    return found


def settled(data: Json, zone: str) -> Json:
    """Checked and in the form in which it is kept. `zone`: the calendar's. Raises Problem."""
    data = dict(data)
    if data.get("recurrence") and any("date" not in (data.get(n) or {}) for n in ("start", "end")):
        for name in ("start", "end"):
            if not (data.get(name) or {}).get("timeZone"):
                raise Problem(400, "required", f"Missing time zone definition for {name} time.")
    data["start"], data["end"] = kept(data.get("start"), "start", zone), kept(data.get("end"), "end", zone)
    if ("date" in data["start"]) != ("date" in data["end"]):
        raise Problem(400, "invalid", "Start and end times must either both be date or both be dateTime.")
    begin, end = instant(data["start"], zone), instant(data["end"], zone)
    if end < begin or (end == begin and "date" in data["end"]):  # a moment may be without length, a day may not
        raise Problem(400, "timeRangeEmpty", "The specified time range is empty.", domain="calendar")
    if "recurrence" in data:
        if data["recurrence"]:
            check_rules(data["recurrence"], data["start"])
        else:
            del data["recurrence"]
    data["status"] = _one_of(data.get("status", "confirmed"), STATUSES, "status")
    _one_of(data.get("transparency", "opaque"), ("opaque", "transparent"), "transparency")
    _one_of(data.get("visibility", "default"), ("default", "public", "private", "confidential"), "visibility")
    _one_of(data.get("colorId", "1"), [str(n) for n in range(1, 12)], "color")
    data["reminders"] = _reminders(data.get("reminders"))
    if "attendees" in data:
        data["attendees"] = guests(data["attendees"])
    if "extendedProperties" in data:
        data["extendedProperties"] = _properties(data["extendedProperties"])
    for name in ("attendees", "extendedProperties"):
        if not data.get(name):
            data.pop(name, None)
    return data


def guests(sent: list[Json]) -> list[Json]:
    """The attendees as they are kept: each once, without what Google says of them."""
    found: dict[str, Json] = {}
    for each in sent:
        email = each.get("email")
        if email is None:
            raise Problem(400, "required", "Missing attendee email.")
        if not ADDRESS.fullmatch(email):
            raise Problem(400, "invalid", "Invalid attendee email.")
        own = {name: value for name, value in each.items() if name not in ("self", "organizer", "id") and value != ""}
        own["responseStatus"] = _one_of(each.get("responseStatus", "needsAction"), ANSWERS, "attendee response status")
        found.setdefault(email.lower(), {name: value for name, value in own.items() if value not in (None, False)})
    return list(found.values())


def _one_of(value: str, allowed: "tuple[str, ...] | list[str]", what: str) -> str:
    if value not in allowed:
        raise Problem(400, "invalid", f"Invalid {what} value.")
    return value


def _reminders(sent: Json | None) -> Json:
    """Of events.insert: at most 5, 0 to 40320 minutes before (four weeks)."""
    if not sent:
        return {"useDefault": True}
    overrides = sent.get("overrides") or []
    if sent.get("useDefault") and overrides:
        raise Problem(
            400,
            "cannotUseDefaultRemindersAndSpecifyOverride",
            "Cannot specify both default reminders and overrides at the same time.",
            domain="calendar",
        )
    if len(overrides) > 5:
        raise Problem(400, "invalid", "Too many override reminders.")
    for each in overrides:
        _one_of(each.get("method", ""), ("email", "popup"), "reminder method")
        if not 0 <= each.get("minutes", -1) <= 40320:
            raise Problem(400, "invalid", "Invalid reminder minutes value.")
    return {"useDefault": bool(sent.get("useDefault", False))} | ({"overrides": overrides} if overrides else {})


def _properties(sent: Json) -> Json:
    """Longer keys are dropped and longer values cut, without a word (guide "Extended properties", limits)."""
    found: Json = {}
    for kind, properties in sent.items():
        if len(properties) > 300:
            raise Problem(400, "invalid", "Too many extended properties.")
        if short := {key: value[:1024] for key, value in properties.items() if len(key) <= 44 and value is not None}:
            found[kind] = short
    return found
