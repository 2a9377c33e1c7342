"""Making, changing and deleting events."""

import re
from typing import Any

from tests.kit.google.calendar.access import deleted, found, held_to, opened
from tests.kit.google.calendar.applying import apply, kept_of, root_of
from tests.kit.google.calendar.book import Book
from tests.kit.google.calendar.conferences import with_conference
from tests.kit.google.calendar.fields import GIVEN, guests, merged, settled
from tests.kit.google.calendar.guests import home_of, mail_of_response, mails, own_entry, same, shared, spread
from tests.kit.google.calendar.reading import shown
from tests.kit.google.calendar.store import Calendar, Event, Seen
from tests.kit.google.parts import Answer, Call
from tests.kit.google.problems import Problem

Json = dict[str, Any]


def insert(call: Call) -> Answer:
    calendar, book, role = opened(call, "writer")
    id = call.body.get("id") or call.fake.hexid()
    if not re.fullmatch("[a-v0-9]{5,1024}", id):
        raise Problem(400, "invalid", "Invalid resource id value.")
    if id in calendar.events and not book.collisions_undetected:
        raise Problem(409, "duplicate", "The requested identifier already exists.")
    kind = call.body.get("eventType", "default")
    if kind == "fromGmail" or (kind == "workingLocation" and "workingLocationProperties" not in call.body):
        raise Problem(400, "invalid", "Invalid event type.")
    data = {name: value for name, value in merged({}, call.body).items() if name not in GIVEN}
    data = settled(data, calendar.zone) | {
        "iCalUID": call.body.get("iCalUID", f"{id}@google.com"),
        "sequence": call.body.get("sequence", 0),
        "eventType": kind,
        "organizer": _organizer(calendar),
        "creator": {"email": call.account.email},
    }
    data["status"] = "confirmed" if data["status"] == "cancelled" else data["status"]
    if call.body.get("conferenceData"):
        data["conferenceData"] = call.body["conferenceData"]
    event = Event(id, with_conference(call, {}, data, book.meet), call.fake.stamp())
    calendar.events[id] = event
    calendar.touch(event)
    _happened(call, "insert", calendar, id)
    spread(calendar, event)
    seen = calendar.seen(event)
    mails(call, seen, [], "invitation")
    return _answered(call, seen, role)


def patch(call: Call) -> Answer:
    return _changed(call, "patch")


def update(call: Call) -> Answer:
    return _changed(call, "update")


def delete(call: Call) -> Answer:
    calendar, _, _ = opened(call, "writer")
    seen = found(call, calendar)
    if seen.cancelled:
        raise deleted()
    held_to(call, seen)
    event = kept_of(seen)
    event.data["status"] = "cancelled"
    calendar.touch(event)
    _happened(call, "delete", calendar, seen.id)
    if _is_guest(seen):
        event.removed = True
        _respond(call, seen, {"responseStatus": "declined"})
    else:
        spread(calendar, root_of(calendar, event))
        mails(call, calendar.seen(event), seen.attendees, "cancellation")
    return Answer(204)


def _changed(call: Call, how: str) -> Answer:
    calendar, book, role = opened(call, "writer")
    seen = found(call, calendar)
    if seen.cancelled and how == "patch" and call.body.get("status") not in ("confirmed", "tentative"):
        raise deleted()
    held_to(call, seen)
    data = _wanted(call, seen, how, book)
    before = seen.attendees
    if _is_guest(seen):
        _change_as_guest(call, seen, data)
        _happened(call, how, calendar, seen.id)
    else:
        event = apply(seen, data, book.exceptions_outlive_cut)
        _happened(call, how, calendar, seen.id)
        spread(calendar, root_of(calendar, event))
        mails(call, calendar.seen(event), before, "update")
    after = calendar.look(seen.id)
    assert after
    return _answered(call, after, role)


def _wanted(call: Call, seen: Seen, how: str, book: Book) -> Json:
    """The whole event as it would be then. Raises Problem."""
    body = {name: value for name, value in call.body.items() if name not in GIVEN}
    if seen.master and body.get("recurrence"):
        raise Problem(400, "invalid", "Recurrence is not allowed for instances of recurring events.")
    if call.body.get("sequence", seen.data["sequence"]) < seen.data["sequence"]:
        raise Problem(400, "invalid", "Invalid sequence value. The specified sequence number is below the current one.")
    if call.body.get("eventType", seen.data["eventType"]) != seen.data["eventType"]:
        raise Problem(400, "invalid", "The event type cannot be changed.")
    if call.body.get("attendeesOmitted") and "attendees" in body:
        body["attendees"] = _only_mine(seen, body["attendees"] or [])
    if how == "update":
        kept = ("conferenceData", "hangoutLink", "iCalUID", "sequence", "eventType", "organizer", "creator")
        data = {name: seen.data[name] for name in kept if name in seen.data} | merged({}, body)
    else:
        data = merged(seen.data, body)
    if call.query.get("conferenceDataVersion") == 1 and "conferenceData" in call.body:
        data = merged(data, {"conferenceData": call.body["conferenceData"]})
    data = settled(data, seen.calendar.zone)
    return with_conference(call, seen.data, data, book.meet)


def _only_mine(seen: Seen, sent: list[Json]) -> list[Json]:
    """The list is not whole: only one's own answer is taken from it (events, `attendeesOmitted`)."""
    mine = own_entry(guests(sent), seen.calendar.id)
    return [merged(each, mine) if mine and same(each["email"], mine["email"]) else each for each in seen.attendees]


def _change_as_guest(call: Call, seen: Seen, data: Json) -> None:
    """One's own things in one's own copy; the answer goes to the organizer; all else only if guests may."""
    mine, now = own_entry(seen.attendees, seen.calendar.id), own_entry(data.get("attendees", []), seen.calendar.id)
    others = [each for each in data.get("attendees", []) if each != now]
    before = [each for each in seen.attendees if each != mine]
    added = [each for each in others if own_entry(before, each["email"]) is None]
    theirs = shared(data) | {"attendees": [each for each in others if each not in added]}
    wants = theirs != shared(seen.data) | {"attendees": before}
    may_invite = seen.data.get("guestsCanModify") or seen.data.get("guestsCanInviteOthers", True)
    if (wants and not seen.data.get("guestsCanModify")) or (added and not may_invite):
        message = "Shared properties can only be changed by the organizer of the event."
        raise Problem(403, "forbiddenForNonOrganizer", message, domain="calendar")
    book = call.account.state(Book)
    apply(seen, dict(data), book.exceptions_outlive_cut).removed = data["status"] == "cancelled"
    home = home_of(seen)
    if (wants or added) and home and (there := home.look(seen.id)):
        whole = there.data | shared(data)
        properties = merged(there.data.get("extendedProperties"), shared(data).get("extendedProperties", {}))
        whole |= {"extendedProperties": properties} if properties else {}
        _settle_at_home(home, there, whole, book)
        mails(call, seen, seen.attendees, "update")
    if mine != now:
        _respond(call, seen, now or {"responseStatus": "declined"})


def _respond(call: Call, seen: Seen, answer: Json) -> None:
    """A guest's answer reaches the organizer's copy, and from there all others."""
    home = home_of(seen)
    there = home.look(seen.id) if home else None
    if home and there and not there.cancelled:
        told = {name: answer[name] for name in ("responseStatus", "comment", "additionalGuests") if name in answer}
        attendees = [each | told if same(each["email"], seen.calendar.id) else each for each in there.attendees]
        _settle_at_home(home, there, there.data | {"attendees": attendees}, call.account.state(Book))
    call.fake.happened("response", seen.id, call.account.email, answer=answer.get("responseStatus"))
    mail_of_response(call, seen)


def _settle_at_home(home: Calendar, there: Seen, data: Json, book: Book) -> None:
    if data != there.data:
        event = apply(there, data, book.exceptions_outlive_cut)
        spread(home, root_of(home, event))


# --- small things ----------------------------------------------------------------------------------------------------


def _is_guest(seen: Seen) -> bool:
    return not same(seen.organizer, seen.calendar.id)


def _organizer(calendar: Calendar) -> Json:
    return {"email": calendar.id} | ({} if calendar.primary else {"displayName": calendar.summary})


def _happened(call: Call, how: str, calendar: Calendar, id: str) -> None:
    told = call.query.get("sendUpdates", "none")
    call.fake.happened(f"event.{how}", id, call.account.email, calendar=calendar.id, sendUpdates=told)


def _answered(call: Call, seen: Seen, role: str) -> Answer:
    body = shown(seen, most=call.query.get("maxAttendees"), role=role)
    return Answer(200, body, {"ETag": seen.etag})
