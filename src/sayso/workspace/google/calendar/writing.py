"""Events as Google takes them: only what is to be changed, and of a new one all that there is."""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sayso.workspace.errors import Refused
from sayso.workspace.events.letters import addresses
from sayso.workspace.events.series import Occasion, Series
from sayso.workspace.google.calendar.calendars import Listed
from sayso.workspace.google.calendar.marking import others_in
from sayso.workspace.google.calendar.reading import ANSWERS, Reader, link_in
from sayso.workspace.google.calendar.times import told_when
from sayso.workspace.google.calendar.words import text_in, told_text
from sayso.workspace.google.client import Json
from sayso.workspace.people import same_address
from sayso.workspace.types import Event, EventDraft, Guest

Said = Occasion | Event
"""What an event says, or is to say."""
MOST_REMINDERS: Final = 5
LONGEST_BEFORE: Final = timedelta(weeks=4)
"""Of a reminder, before the start (EventReminder)."""
_STATES: Final = {answer: state for state, answer in ANSWERS.items()}
_TOLD_BY_GOOGLE: Final = ("self", "organizer", "asyncOperation")
_ALONG: Final = (
    "colorId",
    "visibility",
    "transparency",
    "guestsCanInviteOthers",
    "guestsCanModify",
    "guestsCanSeeOtherGuests",
    "anyoneCanAddSelf",
    "attachments",
    "source",
    "eventType",
    "focusTimeProperties",
    "outOfOfficeProperties",
)
"""What a part of a series has as the whole had it."""


def id_of(key: str, number: int = 1) -> str:
    """The id of the first, or of a further, event that is made under this key (base32hex, as hexadecimal digits)."""
    return hashlib.sha256((key if number == 1 else f"{key}.{number}").encode()).hexdigest()[:32]


def check(draft: EventDraft) -> None:
    """Raises Refused where Google would not take it, which may be too late in a change of several requests."""
    reminders = draft.reminders or ()
    if len(reminders) > MOST_REMINDERS:
        raise Refused(f"Google Calendar reminds of an event {MOST_REMINDERS} times at most.")
    if any(not 0 <= each <= LONGEST_BEFORE // timedelta(minutes=1) for each in reminders):
        raise Refused("Google Calendar reminds of an event at its start, or at most four weeks before.")


def changed(reader: Reader, told: Json, was: Said, now: Said, repeats: bool = False) -> Json:
    """What to patch of an event that is as Google told it, so that it says something else. `repeats`: whether it is
    one that repeats then. Raises Refused."""
    body: Json = {}
    if now.title != was.title:
        body["summary"] = now.title
    if now.location != was.location:
        body["location"] = now.location
    if now.description != was.description and text_in(told_text(now.description)) != was.description:
        body["description"] = told_text(now.description)
    if (now.start, now.end) != (was.start, was.end) or now.timezone != was.timezone:
        body |= times(now, repeats, told)
    if now.reminders != was.reminders:
        body["reminders"] = _reminders(now.reminders, told)
    if addresses(now.guests) != addresses(was.guests):
        if told.get("attendeesOmitted"):
            raise Refused(f"Google Calendar does not tell all guests of '{was.title}', so they cannot be changed here.")
        body["attendees"] = _attendees(reader, told, now.guests)
    if reader.organizer(told) is not None and now.my_response != was.my_response:
        body |= answered(reader, told, now, None)
    return body


def answered(reader: Reader, told: Json, now: Said, note: str | None) -> Json:
    """The attendees with the user's answer. `note`: his words along with it, if he has something to say. Where Google
    does not tell all of them, he is sent alone (`attendeesOmitted`)."""
    entries = [_sent(each) | ({"self": True} if reader.is_own(each) else {}) for each in _entries(told)]
    own = [each for each in entries if each.pop("self", False)]
    if not own:  # invited with a group
        own = [{"email": reader.me.email}]
        entries += own
    for each in own:
        each["responseStatus"] = _STATES[now.my_response]
        if note is not None and (note or each.get("comment")):
            each["comment"] = note
    if told.get("attendeesOmitted"):
        return {"attendeesOmitted": True, "attendees": own}
    return {"attendees": entries}


def whole(reader: Reader, told: Json, now: Said) -> Json:
    """What to patch of an occurrence that was cancelled, of which nothing else may be known, to have it again."""
    body: Json = {"status": "confirmed", "summary": now.title, "location": now.location}
    body |= {"description": told_text(now.description), **times(now, repeats=False, over=told)}
    if now.guests:
        body["attendees"] = _attendees(reader, told, now.guests)
    return body


def new(series: Series, key: str, number: int = 1) -> Json:
    """A new event. Raises Refused."""
    occasion = series.occasion
    body: Json = {"id": id_of(key, number), "summary": occasion.title, **times(occasion, series.repeats)}
    body["extendedProperties"] = {"private": {"sayso": key}}
    if occasion.location:
        body["location"] = occasion.location
    if occasion.description:
        body["description"] = told_text(occasion.description)
    if occasion.guests:
        body["attendees"] = [_new_guest(each) for each in occasion.guests]
    if occasion.reminders is not None:
        body["reminders"] = _reminders(occasion.reminders, {})
    if series.repeats:
        body["recurrence"] = lines(series)
    return body


def parted(reader: Reader, told: Json, was: Said, series: Series, key: str) -> Json:
    """A new series that goes on for one that is cut, with all that is known of that. Raises Refused."""
    if told.get("attendeesOmitted"):
        raise Refused(f"Google Calendar does not tell all guests of '{was.title}', so it cannot be parted here.")
    occasion = series.occasion
    body = new(series, key, 2)
    body |= {name: told[name] for name in _ALONG if name in told}
    if told.get("description") and occasion.description == was.description:
        body["description"] = told["description"]
    if entries := _attendees(reader, told, occasion.guests):
        body["attendees"] = entries
    if told.get("reminders") and occasion.reminders == was.reminders:
        body["reminders"] = told["reminders"]
    if isinstance(conference := told.get("conferenceData"), dict) and link_in(told):
        body["conferenceData"] = {name: value for name, value in conference.items() if name != "createRequest"}
    kept = others_in(told)
    body["extendedProperties"] = {**kept, "private": {**kept.get("private", {}), "sayso": key}}
    return body


def meeting(key: str) -> Json:
    """The wish for a link to meet at: made once for its id."""
    request = {"requestId": id_of(f"{key}.meet"), "conferenceSolutionKey": {"type": "hangoutsMeet"}}
    return {"conferenceData": {"createRequest": request}}


def params_of(body: Json, notify: bool) -> Json:
    """What has to be sent beside a body."""
    found: Json = {"sendUpdates": "all" if notify else "none"}
    if "conferenceData" in body:
        found["conferenceDataVersion"] = 1
    if "attachments" in body:
        found["supportsAttachments"] = True
    return found


def repetition(was: Series, now: Series, cancelled: frozenset[str]) -> list[str] | None:
    """The lines of a series that repeats otherwise than it did; None: it does not. `cancelled`: its occurrences that
    are left out without its lines saying so, which is known for as long as it takes place as before."""
    same = (was.recurrence, was.rdates) == (now.recurrence, now.rdates)
    still = same and was.pattern.start == now.pattern.start and was.pattern.zone == now.pattern.zone
    told, wanted = was.exdates - cancelled, now.exdates - cancelled if still else now.exdates
    if same and told == wanted:
        return None
    return lines(now, wanted)


def lines(series: Series, exdates: Iterable[str] | None = None) -> list[str]:
    """RFC 5545, 3.8.5; times in UTC, which is the same for each."""
    kind = ";VALUE=DATE" if series.occasion.all_day else ""
    found = [f"RRULE:{series.recurrence}"] if series.recurrence else []
    found += [f"EXDATE{kind}:{each}" for each in sorted(series.exdates if exdates is None else exdates)]
    return found + [f"RDATE{kind}:{each}" for each in sorted(series.rdates)]


def answering(calendar: Listed, reader: Reader, title: str) -> None:
    """Raises Refused where it is not the user who is invited."""
    if not (calendar.primary or calendar.is_group or reader.me.owns(calendar.id)):
        raise Refused(f"'{title}' is an invitation to somebody else, in the calendar '{calendar.name}'.")


def known(wanted: Iterable[Guest], there: Sequence[Guest]) -> tuple[Guest, ...]:
    """The guests, those that are there with the names and answers that they have by now."""
    return tuple(next((own for own in there if same_address(own.email, each.email)), each) for each in wanted)


def times(now: Said, repeats: bool, over: Json | None = None) -> Json:
    """When it is. `over`: the event that these times are patched into."""
    zone = now.timezone if isinstance(now.start, datetime) else ""
    before = (over or {}).get("start") or {}
    other = bool(before) and bool(before.get("date")) == isinstance(now.start, datetime)
    return {name: told_when(when, zone, repeats, other) for name, when in (("start", now.start), ("end", now.end))}


def _reminders(minutes: Iterable[int] | None, told: Json) -> Json:
    """With those that are there as they are: by mail, or on the screen."""
    if minutes is None:
        return {"useDefault": True, "overrides": []}
    before = told.get("reminders")
    overrides = before.get("overrides") if isinstance(before, dict) else None
    there = [each for each in overrides or () if isinstance(each, dict)]
    found: list[Json] = []
    for each in dict.fromkeys(minutes):
        same = [one for one in there if one.get("minutes") == each]
        found += same or [{"method": "popup", "minutes": each}]
    return {"useDefault": False, "overrides": found}


def _entries(told: Json) -> list[Json]:
    return [each for each in told.get("attendees") or () if isinstance(each, dict)]


def _attendees(reader: Reader, told: Json, wanted: Sequence[Guest]) -> list[Json]:
    """All of them: those who are there with whatever is known of them, the user himself, and the new ones."""
    there = _entries(told)
    stay = addresses(wanted)
    kept = [
        _sent(each)
        for each in there
        if reader.is_own(each) or not each.get("email") or str(each["email"]).casefold() in stay
    ]
    old = {str(each.get("email") or "").casefold() for each in there}
    return kept + [_new_guest(each) for each in wanted if each.email.casefold() not in old]


def _sent(entry: Json) -> dict[str, Any]:
    return {name: value for name, value in entry.items() if name not in _TOLD_BY_GOOGLE}


def _new_guest(guest: Guest) -> Json:
    return {"email": guest.email, **({"displayName": guest.name} if guest.name else {})}
