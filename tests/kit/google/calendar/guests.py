"""Guests: whose calendar has a copy of an event, what is the same in all copies, and whom a mail goes to."""

from typing import Any

from tests.kit.google.calendar.fields import PRIVATE
from tests.kit.google.calendar.store import Calendar, Calendars, Event, Seen
from tests.kit.google.parts import Call

Json = dict[str, Any]


def same(one: str, other: str) -> bool:
    return one.lower() == other.lower()


def own_entry(attendees: list[Json], email: str) -> Json | None:
    return next((each for each in attendees if same(each["email"], email)), None)


def shared(data: Json) -> Json:
    """What all copies have."""
    found = {name: value for name, value in data.items() if name not in PRIVATE and name != "extendedProperties"}
    properties = (data.get("extendedProperties") or {}).get("shared")
    return found | ({"extendedProperties": {"shared": properties}} if properties else {})


def home_of(seen: Seen) -> Calendar | None:
    """The organizer's calendar, if it is another and here."""
    if same(seen.organizer, seen.calendar.id):
        return None
    return _calendars(seen.calendar).get(seen.organizer)


def spread(home: Calendar, root: Event) -> None:
    """Brings the copies of a single event, or of a series with its exceptions, up to date with this one."""
    for other in list(_calendars(home).values()):
        if other is not home and other.primary:
            _spread_to(other, home, root)


def _spread_to(other: Calendar, home: Calendar, root: Event) -> None:
    whole = home.seen(root)
    invited = own_entry(whole.attendees, other.id) is not None and not whole.cancelled
    known = other.events.get(root.id)
    if known and known.data.get("organizer") != root.data["organizer"]:
        return  # another event, that happens to have the same id there
    if invited or known:
        _copy(other, root, shared(root.data), "confirmed" if invited else "cancelled")
    for event in [each for each in home.events.values() if each.master == root.id]:
        seen = home.seen(event)
        wanted = own_entry(seen.attendees, other.id) is not None and not seen.cancelled and not event.dropped
        if invited:
            own = shared(event.data)
            _copy(other, event, own, "confirmed" if wanted or event.dropped else "cancelled")
        elif wanted or event.id in other.events:
            _copy(other, event, shared(seen.data), "confirmed" if wanted else "cancelled")


def _copy(other: Calendar, event: Event, data: Json, status: str) -> None:
    known = other.events.get(event.id)
    if known is None:
        known = other.events[event.id] = Event(event.id, {}, event.created, master=event.master)
        known.original = event.original
        if event.master is None:
            known.data["reminders"] = {"useDefault": True}
    before = (known.data, known.dropped)
    private = {name: value for name, value in known.data.items() if name in PRIVATE and name != "status"}
    own = (known.data.get("extendedProperties") or {}).get("private")
    properties = {"private": own} if own else {}
    properties |= data.get("extendedProperties") or {}
    known.data = data | private | {"status": status} | ({"extendedProperties": properties} if properties else {})
    if known.removed:
        known.data["status"] = "cancelled"
    known.dropped = event.dropped
    if (known.data, known.dropped) != before:
        other.touch(known)


def mails(call: Call, seen: Seen, before: list[Json], about: str) -> None:
    """One to each guest that is told; `before`: the guests until now, of whom those left out are told as well."""
    wanted = call.query.get("sendUpdates", "all" if call.query.get("sendNotifications") else "none")
    if wanted == "none":
        return
    emails = {each["email"].lower(): each["email"] for each in [*before, *seen.attendees] if not each.get("resource")}
    still = {each["email"].lower() for each in seen.attendees}
    for key, email in emails.items():
        if same(key, seen.calendar.id) or same(key, call.account.email):
            continue
        if wanted == "externalOnly" and _has_account(call, key):
            continue
        kind = "cancellation" if key not in still or seen.cancelled else about
        kind = "invitation" if kind == "update" and own_entry(before, email) is None else kind
        call.fake.happened("mail", seen.id, call.account.email, to=email, about=kind)


def mail_of_response(call: Call, seen: Seen) -> None:
    """A guest's answer, told to the organizer."""
    wanted = call.query.get("sendUpdates", "all" if call.query.get("sendNotifications") else "none")
    if wanted == "all" or (wanted == "externalOnly" and not _has_account(call, seen.organizer)):
        call.fake.happened("mail", seen.id, call.account.email, to=seen.organizer, about="response")


def _has_account(call: Call, email: str) -> bool:
    return any(same(email, each) for each in call.fake.accounts)


def _calendars(calendar: Calendar) -> dict[str, Calendar]:
    """All there are, of accounts that have no book yet as well."""
    for email in list(calendar.fake.accounts):
        calendar.fake.calendar(email)
    return calendar.fake.service(Calendars).by_id
