"""All events in a stretch of time: "everything on Friday after 2", "my stand-ups next week". Never more than that."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from sayso.english.matching import fit
from sayso.english.matching import words as matching_words
from sayso.offline.acts import Act, Ask, Call, Do, Json, Look, Say
from sayso.offline.answers import count, event_lines, items
from sayso.offline.calendar.free import said_time
from sayso.offline.calendar.hours import DayHours, day_hours, plural_parts
from sayso.offline.calendar.lookup import at_time
from sayso.offline.reading.scopes import singular, take_scope
from sayso.offline.reading.slots import Timed, clean, split_people, timed
from sayso.offline.reading.targets import strip_article
from sayso.offline.reading.words import lower
from sayso.offline.saying.say import is_all_day, moment
from sayso.offline.scene import Scene

MOST = 20
"""Events that one request may change."""

_ALL = r"(?:(?:all|each|every|both)\s+(?:of\s+)?)?(?:(?:my|the|our|these|those)\s+)?"
_WHOLE = re.compile(
    rf"(?:{_ALL}(?:whole\s+|entire\s+|full\s+)?(?P<what>everything(?:\s+(?:i\s+have|i've\s+got|that\s+is|that's|scheduled|planned|booked|on|in|my|the|calendar|diary|schedule))*|all|anything|meetings|events|appointments|commitments|plans|stuff|things|the\s+lot|days?|weeks?|weekends?|mornings?|afternoons?|evenings?|calendar|schedule|diary|agenda|)\s*(?:on|for|in|this|from|during|of|scheduled|planned|i\s+have|on\s+my\s+calendar|in\s+my\s+(?:calendar|diary))*|my|our|the)",
    re.I,
)
_OWN = re.compile(
    r"(?:my|the)\s+(?:whole\s+|entire\s+)?(?P<part>day|morning|afternoon|evening|week|weekend)(?:\s+meetings)?", re.I
)
_PLURAL = re.compile(r"\w{2,}[^s\W]s(?=$|\s+(?:with|about|at|in|for)\b)|\bones\b|1:1s|1-1s", re.I)
_WITH_PEOPLE = re.compile(r"\b(?:meeting|call|sync|review|interview|stand-?up|1:1|retro|demo|check-?in)\b", re.I)


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of time in words, and which events in it are meant: `words` of a title, or all (`what`)."""

    when: str
    free: Timed
    words: str = ""
    what: str = ""
    hours: DayHours | None = None
    """The same hours of each day, when no more is meant."""
    but: tuple[str, ...] = ()
    """Which events in it are not meant."""


_EXCEPT = re.compile(
    r",?\s+(?:except(?:\s+for)?|apart\s+from|other\s+than|excluding|but\s+not|but(?=\s+(?:the|my|our)\b)|not)\s+(?P<but>\S.*)$",
    re.I,
)


def stretch(ref: str, scene: Scene) -> Stretch | None:
    """The stretch that `ref` names several events by; None when it names one event."""
    found = _EXCEPT.search(ref)
    if found is None:
        return _stretch(ref, scene)
    but = timed(found["but"], scene.now, scene.zone)
    ref = ref[: found.start()]
    when = "" if timed(ref, scene.now, scene.zone).found or but.has_time else but.when
    several = _stretch(f"{ref} {when}", scene)
    kept = split_people(but.rest if when else found["but"])
    return replace(several, but=tuple(strip_article(each) for each in kept)) if several else None


def _stretch(ref: str, scene: Scene) -> Stretch | None:
    ref = re.sub(r",?\s+(?:off|from|in|on)\s+my\s+(?:calendar|diary|schedule)$", "", ref.strip(" ,.?!"), flags=re.I)
    if own := _OWN.fullmatch(ref):
        ref = {"day": "everything today"}.get(lower(own["part"]), f"everything this {own['part']}")
    ref = plural_parts(ref)
    free = timed(ref, scene.now, scene.zone)
    if not free.found or any(each.moment.recurrence for each in free.found):
        return None
    hours = day_hours(free.when, scene)
    if any(each.moment.has_time and each.moment.end is None for each in free.found):
        return None
    when = re.sub(r"^(?:on|for|in|at|from|during)\s+(?=\S)", "", free.when, flags=re.I)
    rest = free.rest
    if whole := _WHOLE.fullmatch(rest):
        if not rest and free.has_time:
            return None
        part = re.search(r"\b(morning|afternoon|evening)s?\b", lower(rest))
        if part and not any(each.moment.part_of_day for each in free.found):
            if len(free.found) > 1 or free.found[0].moment.is_range or free.has_time:
                return None
            when = f"{when} {part[1]}"
            free = timed(when, scene.now, scene.zone)
        return Stretch(when, free, "", lower(whole["what"] or ""), hours)
    scope, words = take_scope(rest)
    if scope not in ("all", None) or (scope is None and not _PLURAL.search(rest)):
        return None
    words = re.sub(r"^(?:(?:all|both|my|the|our|of|these|those)\s+)+", "", words.strip(), flags=re.I)
    words = re.sub(r"^(?:meetings?|events?|appointments?)\s+(?:with|about|for)\s+", "", words, flags=re.I)
    words = clean(re.sub(r"\bwith\b", " ", singular(words)))
    return Stretch(when, free, words, "", hours) if words else None


def each_in(found: Stretch, make: Callable[[Json], Call | None], scene: Scene) -> Act:
    """Look up what the stretch holds and propose one call for each event."""
    said = found.hours.said if found.hours else said_time(found.when, scene)
    days = found.hours.days if found.hours else found.when

    def then(results: Sequence[Json]) -> Act:
        listed = items(results[0], "events")
        meant = [each for each in listed if _meant(each, found, scene)]
        events = [each for each in meant if not any(_is(each, but, scene) for but in found.but)]
        for but in found.but:
            if meant and not any(_is(each, but, scene) for each in meant):
                return Ask(f"Nothing {said} matches '{but}', so I have not done anything. What should stay as it is?")
        if not events:
            named = f" that matches '{found.words}'" if found.words else ""
            scene.show([])
            return Say(f"You have nothing{named} {said}.")
        if len(events) > MOST:
            return Ask(f"That is {len(events)} events, which is too many for one go. Name a shorter time.")
        calls = tuple(call for each in events if (call := make(each)))
        lines = event_lines(events, scene, dated=True)
        return Do(calls, f"That is {count(len(events), 'event')}:\n{lines}")

    return Look((Call("list_calendar_events", {"start": days}),), then)


def on_one(event: Json, tool: str, **args: object) -> Call:
    """A call on this event alone, even if it is one of a series."""
    only = {"scope": "this"} if event.get("series_id") else {}
    return Call(tool, {"event": event["id"], **only, **args})


def _meant(event: Json, found: Stretch, scene: Scene) -> bool:
    """Whether the event begins in the stretch and is not over; a part of a day holds no whole day."""
    start, end = moment(event.get("start"), scene.zone), moment(event.get("end"), scene.zone)
    if isinstance(end, datetime) and end <= scene.now:
        return False
    if found.hours:
        if not isinstance(start, datetime) or not found.hours.begins(start):
            return False
    elif start is None or not _begins(start, *_edges(found.free), scene):
        return False
    if found.words and not _named(event, found.words):
        return False
    part = any(each.moment.has_time or each.moment.part_of_day for each in found.free.found)
    if is_all_day(event) and (part or found.what == "meetings"):
        return False
    if found.what == "meetings":
        return bool(event.get("guests")) or _WITH_PEOPLE.search(str(event.get("title"))) is not None
    return True


def _edges(free: Timed) -> tuple[datetime, datetime]:
    """From when to when: the narrowest of what was said."""
    moments = [each.moment for each in free.found]
    starts = [each.start for each in moments]
    return max(starts), min(each.end or each.start + timedelta(days=1) for each in moments)


def _begins(start: datetime | date, first: datetime, last: datetime, scene: Scene) -> bool:
    """Whether something begins in the stretch; whole days also if they go on then."""
    if isinstance(start, datetime):
        return first <= start < last
    midnight = datetime(start.year, start.month, start.day, tzinfo=scene.zone)
    return first.date() <= start and midnight < last


def _is(event: Json, ref: str, scene: Scene) -> bool:
    """Whether one event of a stretch is what `ref` says: by its words, its time or both."""
    free = timed(ref, scene.now, scene.zone)
    words = re.sub(r"\b(?:meeting|event|appointment|one|with|the|my)s?\b", " ", free.rest, flags=re.I).split()
    return at_time(event, free, scene) and (not words or _named(event, singular(" ".join(words))))


def _named(event: Json, words: str) -> bool:
    """Whether each of the words is in the title or the name of a guest."""
    people = " ".join(f"{each.get('name', '')} {each.get('email', '')}" for each in event.get("guests") or [])
    found = fit(matching_words(words), (str(event.get("title")), people))
    return found is not None and found.spelled
