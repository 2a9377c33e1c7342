"""Events as they are told."""

from typing import Any

from tests.kit.google.calendar.store import Seen
from tests.kit.google.calendar.times import told

Json = dict[str, Any]

USUAL = {
    "transparency": "opaque",
    "visibility": "default",
    "guestsCanModify": False,
    "guestsCanInviteOthers": True,
    "guestsCanSeeOtherGuests": True,
    "anyoneCanAddSelf": False,
}
"""What is not told if it is so."""


def shown(seen: Seen, zone: str = "", most: int | None = None, role: str = "owner") -> Json:
    """The answer. `zone`: of the request; `most`: attendees; `role`: of who asks, on this calendar."""
    head = {
        "kind": "calendar#event",
        "etag": seen.etag,
        "id": seen.id,
        "status": seen.data["status"],
    }
    if seen.master:
        head["recurringEventId"] = seen.master
    if seen.original:
        head["originalStartTime"] = told(seen.original, zone or seen.calendar.zone)
    if seen.cancelled and (seen.event is None or seen.master or seen.organizer != seen.calendar.id):
        return head
    data = {name: value for name, value in seen.data.items() if USUAL.get(name) != value}
    for name in ("start", "end"):
        data[name] = told(data[name], zone or seen.calendar.zone)
    if role == "freeBusyReader" or (role == "reader" and data.get("visibility") == "private"):
        return head | {name: data[name] for name in ("start", "end")} | {"visibility": "private"}
    me = seen.calendar.id.lower()
    for name in ("organizer", "creator"):
        person = data[name]
        is_me = person["email"].lower() in (me, seen.calendar.owner.lower() if name == "creator" else me)
        data[name] = person | ({"self": True} if is_me else {})
    if "attendees" in data:
        data["attendees"] = [_attendee(each, me, seen.organizer.lower()) for each in data["attendees"]]
        if most is not None and len(data["attendees"]) > most:
            data["attendees"] = [each for each in data["attendees"] if each.get("self")]
            data["attendeesOmitted"] = True
    return head | {
        "htmlLink": f"https://www.google.com/calendar/event?eid={seen.id}",
        "created": seen.created,
        "updated": seen.updated,
        **data,
    }


def _attendee(each: Json, me: str, organizer: str) -> Json:
    email = each["email"].lower()
    flags = {"organizer": True} if email == organizer else {}
    return each | flags | ({"self": True} if email == me else {})
