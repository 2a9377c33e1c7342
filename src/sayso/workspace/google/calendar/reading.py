"""Google's events read: what one says, and the series that a recurring one is."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Final
from zoneinfo import ZoneInfo

from sayso.base.zones import zone_named
from sayso.workspace.errors import Refused
from sayso.workspace.events.changes import with_override
from sayso.workspace.events.series import Occasion, Override, Series
from sayso.workspace.formats.content_lines import Component
from sayso.workspace.formats.ical import Item, Reading, parse_series
from sayso.workspace.formats.ical_object import NO_EVENT
from sayso.workspace.formats.ical_values import format_when
from sayso.workspace.formats.zones import Zones
from sayso.workspace.google.calendar.calendars import Listed
from sayso.workspace.google.calendar.times import key_in, when_in, zone_in
from sayso.workspace.google.calendar.words import text_in
from sayso.workspace.google.client import Json
from sayso.workspace.people import Me
from sayso.workspace.types import Guest, Person, Response

ANSWERS: Final[dict[str, Response]] = {
    "needsAction": "needs_action",
    "accepted": "accepted",
    "declined": "declined",
    "tentative": "tentative",
}
FIELDS: Final = (
    "id,status,etag,iCalUID,summary,description,location,start,end,recurrence,recurringEventId,originalStartTime,"
    "transparency,visibility,organizer,attendees,attendeesOmitted,reminders,eventType,hangoutLink,"
    "conferenceData(entryPoints(entryPointType,uri),createRequest(status)),source(url)"
)
"""What is read of an event that is only to be shown."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Of one calendar's events, for the user."""

    calendar: Listed
    me: Me

    def series(self, told: Json) -> tuple[Series, bool]:
        """A single event or a series, without its changed occurrences; and whether it repeats in a way that is not
        followed here. Raises Refused."""
        occasion = self.occasion(told)
        uid = str(told.get("iCalUID") or told.get("id") or "")
        series = Series(self.calendar.id_of(str(told.get("id") or "")), uid, occasion, organizer=self.organizer(told))
        lines = [each for each in told.get("recurrence") or () if isinstance(each, str)]
        return _repeating(series, lines, self.me) if lines else (series, False)

    def with_changes(self, series: Series, exceptions: Iterable[Json]) -> Series:
        """The series with these of its occurrences as they are changed, without those that are cancelled."""
        overrides, exdates, touched = dict(series.overrides), set(series.exdates), series.touched
        for each in exceptions:
            key = key_in(each)
            if is_cancelled(each):
                exdates.add(key)
            elif key:
                touched += 1
                overrides[key] = Override(self.occasion(each), touched)
        return replace(series, overrides=overrides, exdates=frozenset(exdates - {""}), touched=touched)

    def showing(self, series: Series, instance: Json) -> Series:
        """The series with one occurrence as it is."""
        return with_override(series, key_in(instance), self.occasion(instance))

    def occasion(self, told: Json) -> Occasion:
        """Raises Refused where it says no time."""
        start, end = told.get("start"), told.get("end")
        zone = zone_in(start if isinstance(start, dict) else {}, self.calendar.zone)
        begins = when_in(start, zone_named(zone))
        ends = when_in(end, zone_named(zone)) if end else begins
        mine = self.organizer(told) is None
        entries = [each for each in told.get("attendees") or () if isinstance(each, dict)]
        own = [each for each in entries if self.is_own(each)]
        answer = ANSWERS.get(str(own[0].get("responseStatus")), "needs_action") if own and not mine else "accepted"
        return Occasion(
            _title(told),
            begins,
            ends,
            zone,
            str(told.get("location") or ""),
            text_in(str(told.get("description") or "")),
            tuple(_guest(each) for each in entries if each not in own and each.get("email")),
            answer,
            told.get("transparency") == "transparent",
            tuple(_links(told)),
            _reminders(told.get("reminders")),
        )

    def organizer(self, told: Json) -> Person | None:
        """None: it is the user's own to change."""
        found = told.get("organizer")
        if not isinstance(found, dict) or not found.get("email"):
            return None
        person = Person(str(found["email"]), str(found.get("displayName") or ""))
        if self.calendar.primary:
            return None if found.get("self") or self.me.owns(person.email) else person
        ours = self.calendar.writable or self.calendar.is_group
        return None if ours and (found.get("self") or person.email == self.calendar.id) else person

    def is_own(self, entry: Json) -> bool:
        """Whether an attendee is whose calendar it is."""
        return bool(entry.get("self")) or (self.calendar.primary and self.me.owns(str(entry.get("email") or "")))

    def is_fixed(self, told: Json) -> bool:
        """Whether one may only look at it."""
        return not self.calendar.writable or told.get("eventType") == "birthday"


def is_cancelled(told: Json) -> bool:
    return told.get("status") == "cancelled"


def link_in(told: Json) -> str:
    """Where one meets."""
    conference = told.get("conferenceData")
    points = conference.get("entryPoints") if isinstance(conference, dict) else None
    for each in points or ():
        if isinstance(each, dict) and each.get("entryPointType") == "video" and each.get("uri"):
            return str(each["uri"])
    return str(told.get("hangoutLink") or "")


def _links(told: Json) -> Iterable[str]:
    """As lines of iCalendar, which is how occasions keep them."""
    if link := link_in(told):
        yield f"CONFERENCE:{link}"
    source = told.get("source")
    if isinstance(source, dict) and source.get("url"):
        yield f"URL:{source['url']}"


def _title(told: Json) -> str:
    title = str(told.get("summary") or "").strip()
    return title or ("Busy" if told.get("visibility") in ("private", "confidential") else "Untitled")


def _guest(entry: Json) -> Guest:
    answer = ANSWERS.get(str(entry.get("responseStatus")), "needs_action")
    return Guest(str(entry["email"]), str(entry.get("displayName") or ""), answer)


def _reminders(told: Any) -> tuple[int, ...] | None:
    if not isinstance(told, dict) or told.get("useDefault", True):
        return None
    minutes = [each.get("minutes") for each in told.get("overrides") or () if isinstance(each, dict)]
    return tuple(dict.fromkeys(each for each in minutes if isinstance(each, int)))


def _repeating(series: Series, lines: list[str], me: Me) -> tuple[Series, bool]:
    """With what its lines say, which are iCalendar's (RFC 5545, 3.8.5), and whether some of that is not followed."""
    occasion = series.occasion
    times = [f"{name}{params}:{value}" for name, params, value in _times(occasion)]
    raw = [line.replace("\r", "").replace("\n", "").encode() for line in (*times, *lines)]
    zone = occasion.zone if not occasion.all_day else ZoneInfo("UTC")
    try:
        item = Item.of(Component("VEVENT", raw), Reading(me, Zones([], zone, zone), zone, zone))
        found = parse_series(item, series.id, series.uid)
    except (Refused, *NO_EVENT):
        return series, True
    start = found.pattern.start
    series = replace(
        series,
        occasion=occasion if start == series.pattern.start else occasion.at(start),
        recurrence=found.recurrence,
        exdates=found.exdates,
        rdates=found.rdates,
    )
    return series, bool(item.remarks) or bool(found.overrides) or not series.repeats


def _times(occasion: Occasion) -> Iterable[tuple[str, str, str]]:
    for name, when in (("DTSTART", occasion.start), ("DTEND", occasion.end)):
        yield name, *format_when(when)
