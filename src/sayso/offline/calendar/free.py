"""When there is time: free or busy at a time, free slots, overlaps."""

import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sayso.offline import answers
from sayso.offline.acts import Act, Call, Json, Look, Say, look
from sayso.offline.calendar.hours import day_hours, plural_parts
from sayso.offline.calendar.lookup import all_events, listing_calls
from sayso.offline.reading.slots import Timed, duration_in, people_pattern, timed
from sayso.offline.reading.words import lower
from sayso.offline.saying.say import clock_time, length, moment, near_day, span
from sayso.offline.scene import Scene

MONTH = re.compile(
    r"(?:january|february|march|april|may|june|july|august|september|october|november|december)(?:\s+\d{4})?"
)


def said_time(when: str, scene: Scene, past: bool = False) -> str:
    """The time as the answer says it: "on Friday 6 March", "next week"."""
    if MONTH.fullmatch(lower(when)):
        return f"in {when.capitalize()}"
    free = timed(when, scene.now, scene.zone, past)
    if not free.found:
        free = timed(f"at {when}", scene.now, scene.zone, past)
    if len(free.found) != 1:
        return when
    when = re.sub(r"^the (?=weekend)", "this ", when)
    found = free.found[0].moment
    day = found.end is not None and found.end - found.start <= timedelta(days=1, hours=1) and not found.is_range
    if found.has_time or found.part_of_day:
        what = f" {_between(found.start, found.end)}"
        if found.part_of_day and not found.has_time:
            part, on = found.part_of_day, found.start.date()
            return when if part == "night" else _part_of(part, on, scene.now.date())
        return f"{near_day(found.start.date(), scene.now.date())}{what}"
    if day:
        return near_day(found.start.date(), scene.now.date())
    when = re.sub(r"^(?:for|over|in)\s+", "", when)
    when = re.sub(
        r"^(?:the\s+)?((?:next|coming|past|last)\s+(?:few|\d+|two|three|four|couple\s+of)\s)", r"in the \1", when
    )
    when = re.sub(r"\b(?:mon|tues|wednes|thurs|fri|satur|sun)day\b", lambda name: name[0].capitalize(), when)
    return f"for {when}" if re.match(r"the (?:rest|remainder)\b", lower(when)) else when


def bare_time(when: str) -> str:
    """Without the preposition that a time of the tools does not need."""
    when = re.sub(r"^(?:(?:on|for|in|of)\s+|at\s+(?=\D)(?!lunch|breakfast|dinner))(?=\S)", "", when, flags=re.I)
    return re.sub(r"'s$", "", when)


def _between(start: datetime, end: datetime | None) -> str:
    """ "at 3:00 PM", "between 2:00 and 5:00 PM", "after 1:00 PM", "before 12:00 PM"."""
    if end is None:
        return f"at {clock_time(start)}"
    if end.date() > start.date() and (end.hour, end.minute) == (0, 0):
        return f"after {clock_time(start)}"
    if (start.hour, start.minute) == (0, 0):
        return f"before {clock_time(end)}"
    return f"between {span(start, end).replace('–', ' and ')}"


def _part_of(part: str, day: date, today: date) -> str:
    """ "this morning", "tomorrow evening", "on Friday 6 March in the evening"."""
    near = near_day(day, today)
    if part in ("breakfast", "lunch", "dinner"):
        return f"{near} at {part}"
    if near == "today":
        return f"this {part}"
    return f"{near} in the {part}" if near.startswith("on ") else f"{near} {part}"


def _clashes(events: Sequence[Json], scene: Scene) -> list[str]:
    """Pairs of events that overlap."""
    spans = []
    for event in events:
        start, end = moment(event.get("start"), scene.zone), moment(event.get("end"), scene.zone)
        if isinstance(start, datetime) and isinstance(end, datetime) and answers.takes_time(event):
            spans.append((start, end, event))
    return [
        f"{answers.brief(one, scene.zone, True)} overlaps {answers.brief(two, scene.zone, False)}"
        for index, (start, end, one) in enumerate(spans)
        for begin, finish, two in spans[index + 1 :]
        if begin < end and start < finish
    ]


def conflicts(when: str, scene: Scene) -> Act:
    said = said_time(when, scene)

    def then(results: Sequence[Json]) -> Act:
        found = _clashes(answers.items(results[0], "events"), scene)
        if not found:
            return Say(f"Nothing overlaps {said}.")
        return Say(f"Yes, {answers.count(len(found), 'overlap')} {said}:\n{answers.numbered(found)}")

    return look("list_calendar_events", then, start=when)


def am_free(text: str, low: str, scene: Scene) -> Act | None:
    minutes, _ = duration_in(text)
    text = plural_parts(re.sub(r"\b(?:do|make|meet)\s+(?=\d)", "at ", text, flags=re.I))
    free = timed(text, scene.now, scene.zone)
    if _SOMEBODY.match(text):
        return Say("I can only see your own calendar, nobody else's. I can tell you when you are free yourself.")
    part = re.search(r"\b(morning|afternoon|evening|day|week|weekend)\b", low)
    when = free.when or (f"this {part[1]}" if part and part[1] != "day" else "today" if part else "")
    if not when:
        when = "now" if re.search(r"\bnow\b", low) else "today"
    when = bare_time(when)
    hours = day_hours(when, scene)
    said = hours.said if hours else said_time(when, scene)
    busy = re.search(r"\b(?:busy|booked|packed|full|hectic|jammed|rammed|slammed|swamped|tied up|occupied)\b", low)

    def then(results: Sequence[Json]) -> Act:
        found = [each for each in answers.items(results[0], "events") if answers.takes_time(each)]
        if hours:
            found = [each for each in found if hours.holds(each, scene)]
        found = [each for each in found if _goes_on(each, free, minutes or 30, scene)]
        if not found:
            return Say(f"Yes, you are free {said}." if not busy else f"No, you have nothing {said}.")
        start = "Yes" if busy else "No"
        if not free.has_time:
            start = "Not entirely" if start == "No" else start
        lines = answers.event_lines(found, scene, dated=True)
        return Say(f"{start}, you have {answers.count(len(found), 'event')} {said}:\n{lines}")

    return look("list_calendar_events", then, start=hours.days if hours else when)


SPENT = re.compile(
    r"how\s+(?:many\s+hours|much\s+(?:of\s+my\s+)?time)\b(?!.*\b(?:free|until|till)\b).*\b(?:meetings?|calls|events|appointments|booked|busy)\b.*"
)


def time_spent(when: str, scene: Scene) -> Act:
    """How long all that is on takes together; whole days do not count."""
    said = said_time(when, scene)

    def then(results: Sequence[Json]) -> Act:
        spans = [
            (start, end)
            for each in all_events(results)
            if answers.takes_time(each)
            and isinstance(start := moment(each.get("start"), scene.zone), datetime)
            and isinstance(end := moment(each.get("end"), scene.zone), datetime)
        ]
        if not spans:
            return Say(f"You have nothing {said}.")
        long = sum((end - start for start, end in spans), timedelta())
        return Say(f"You have {answers.count(len(spans), 'event')} {said}, together {length(long)}.")

    return Look(listing_calls(when, scene), then)


_SOMEBODY = re.compile(
    r"(?:when\s+)?(?:is|are|will)\s+(?P<who>(?!(?:my|the|there|it|this|that|next|tomorrow|today|tonight|i|we|noon|lunch|\w+day|\w+ing|all|any|anything|everything|early|late)\b)[^\W\d]+)\s+(?:be\s+)?(?:free|busy|available|around)\b",
    re.I,
)


def _goes_on(event: Json, free: Timed, minutes: int, scene: Scene) -> bool:
    """Whether an event is in the way at the very time that was asked about."""
    asked = [each.moment for each in free.found if each.moment.has_time and each.moment.end is None]
    start, end = moment(event.get("start"), scene.zone), moment(event.get("end"), scene.zone)
    if len(asked) != 1 or not isinstance(start, datetime) or not isinstance(end, datetime):
        return True
    return start < asked[0].start + timedelta(minutes=minutes) and end > asked[0].start


def _by_day(when: str, scene: Scene) -> Json:
    """The arguments for a time; nobody means the night by "before eleven"."""
    found = timed(when, scene.now, scene.zone).found
    said = found[0].moment if len(found) == 1 else None
    if said and said.end and said.has_time and not said.start.hour and said.end.date() == said.start.date():
        morning = said.start.replace(hour=min(8, said.end.hour))
        return {"start": morning.isoformat(), "end": said.end.isoformat()}
    return {"start": when}


MOST_SLOTS = 10
_MEAL = re.compile(r"\b(?:breakfast|lunch|dinner)\b(?!\s+with\s+\S+\s+at\b)", re.I)
_OTHERS = re.compile(
    rf"\b(?:with|for)\s+(?!me\b){people_pattern(False)}|\b(?:and|or)\s+(?:i|me)\b|\b(?:me|us|i)\s+and\s+\w+|\bboth\b",
    re.I,
)
"""Somebody else is to have time too."""


_TIME_LEFT = re.compile(
    r"(?:(?:do|will|would|have)\s+(?:i|we)\s+(?:have\s+|got\s+)?|(?:is|are)\s+there\s+(?:still\s+)?)(?:any\s+|some\s+|enough\s+|the\s+)?(?:free\s+)?(?:time|room|space)\b",
    re.I,
)


def free_time(text: str, scene: Scene) -> Act:
    minutes, rest = duration_in(plural_parts(text))
    if minutes is None and re.search(r"\b(?:free|spare|open) hour\b|\bhour\b", lower(text)):
        minutes = 60
    if minutes is None and re.search(r"\bhalf(?: an)? hour\b", lower(text)):
        minutes = 30
    alone = "" if _OTHERS.search(text) is None else "I can only see your own calendar. "
    free = timed(rest, scene.now, scene.zone)
    when = re.sub(r"^(?:on|for|in|at|sometime|during)\s+(?=\S)", "", free.when, flags=re.I) or (
        "this week" if re.search(r"\bwhen\b|\bnext\b", lower(text)) else "today"
    )
    if (meal := _MEAL.search(text)) and not free.has_time and not any(each.moment.part_of_day for each in free.found):
        when = f"{when} at {lower(meal[0])}"
    hours = day_hours(when, scene)
    said = hours.said if hours else said_time(when, scene)
    whether = _TIME_LEFT.match(text) is not None

    def then(results: Sequence[Json]) -> Act:
        slots = [slot for result in results for slot in answers.items(result, "slots")]
        shown = answers.slots({"slots": slots[:MOST_SLOTS]}, scene, said)
        if whether:
            return Say(f"{'Yes' if slots else 'No'}, {shown[0].lower()}{shown[1:]}\n{alone}".strip())
        return Say(alone + shown)

    calls = hours.to_come(scene.now) if hours else [_by_day(when, scene)]
    return Look(tuple(Call("find_free_time", {"duration_minutes": minutes or 30, **each}) for each in calls), then)
