# ruff: noqa: E501  one alternative of a pattern is one line
"""Free times and events: "I need an hour for expenses on Thursday", "book the second one", "2pm works"."""

import re
from collections.abc import Sequence
from datetime import datetime

from sayso.offline import answers
from sayso.offline.acts import Act, Call, Json, Question, Say, asking, look
from sayso.offline.calendar.details import complete, details_in, names_of, title_of
from sayso.offline.calendar.free import said_time
from sayso.offline.memory import Thing
from sayso.offline.reading.slots import DURATION, bare_hour, guests_in, minutes_of, timed
from sayso.offline.reading.targets import nth
from sayso.offline.reading.words import Quotes, lower
from sayso.offline.saying.say import moment
from sayso.offline.scene import Scene

TIME_FOR = re.compile(
    rf"(?:(?:i|we)(?:'m|\s+am|'re|\s+are)?\s+(?:also\s+|really\s+|just\s+)?(?:need|want|would\s+like|gonna\s+need|going\s+to\s+need|will\s+need|require)|(?:i|we)'(?:d\s+like|ll\s+need)|find(?:\s+me)?|give\s+me|get\s+me)\s+(?:to\s+(?:find|have|get|spend)\s+)?(?:about\s+|at\s+least\s+|around\s+)?(?P<long>{DURATION})\s+(?P<rest>.+)",
    re.I,
)
_TAKE = re.compile(
    r"(?:book|take|use|reserve|schedule|i'll take|pick|choose|grab)\s+(?P<ref>it|that|that one|the \w+(?: (?:one|slot))?)(?:\s+(?:for|with|as)\s+(?P<what>.+))?",
    re.I,
)
_WORKS = re.compile(
    r"(?:(?:ok(?:ay)?|great|then|let's\s+(?:do|say|take)|how\s+about|make\s+it|(?:book|put)\s+(?:it|that|us|them|him|her)(?:\s+in)?(?:\s+for)?|book|take)[\s,]+)*(?P<when>\S.*?)(?:\s+(?:for|as|with)\s+(?P<what>\S.*?))?(?:\s+(?:works|suits(?:\s+me)?|is\s+(?:good|fine|perfect|great|ok(?:ay)?)|sounds\s+good|would\s+be\s+\w+|please|then))*",
    re.I,
)


def find_time(found: re.Match[str], quotes: Quotes, scene: Scene) -> Act | None:
    """ "I need an hour for expenses on Thursday": when there is time, and the question when it should be."""
    rest = re.sub(
        r",?\s*(?:when|where)\s+(?:could|can|should|would|do)\s+(?:i|we|you)\b.*$", "", found["rest"], flags=re.I
    )
    free = timed(rest, scene.now, scene.zone)
    minutes = minutes_of(found["long"])
    if minutes is None or free.has_time or len(free.found) > 1:
        return None
    if re.search(r"\bfree\b", rest, re.I):
        return None
    people, left = guests_in(free.rest, scene.person())
    what = re.sub(r"^(?:(?:free|alone|on my own)\s+)?(?:to|for|on|of|sometime)\s+", "", f"{left} ".lstrip(), flags=re.I)
    title = title_of(re.sub(r"^(?:work on|do)\s+", "", what), people, quotes)
    when = re.sub(r"^(?:on|in|at|for|sometime)\s+(?=\S)", "", free.when, flags=re.I) or "this week"
    call = Call(
        "create_calendar_event",
        {"title": title, "start": when, "duration_minutes": minutes, **({"guests": people} if people else {})},
    )
    said = said_time(when, scene)

    def then(results: Sequence[Json]) -> Act:
        return offered(results[0], said, "When should I put '{title}'?" if title else "", call, scene)

    return look("find_free_time", then, duration_minutes=minutes, start=when)


def offered(result: Json, said: str, question: str, call: Call, scene: Scene) -> Act:
    """Free times, and which of them the call is to start at."""
    slots = answers.items(result, "slots")
    shown = answers.slots(result, scene, said)
    if not slots or not question:
        return Say(shown)
    lines = answers.slot_lines(slots, scene, said)
    labels = tuple({"id": str(slot["start"]), "label": line} for slot, line in zip(slots, lines, strict=True))
    return asking(f"{shown}\n{question}", Question(call, "start", labels))


def _slot_start(ref: str, slots: Sequence[Thing]) -> str:
    word = re.sub(r"^the | (?:one|slot)$", "", lower(ref))
    index = 0 if word in ("it", "that", "that one") and len(slots) == 1 else nth(word, len(slots))
    return "" if index is None else str(slots[index].item.get("start"))


def _at_clock(when: str, slots: Sequence[Thing], scene: Scene) -> str:
    """ "2pm works": a time of day within the free times that were shown, on their day if there is only one."""
    hour = bare_hour(when)
    free = timed(f"at {hour}" if hour else when, scene.now, scene.zone)
    if not free.has_time or free.rest or len(free.found) != 1:
        return ""
    said = free.found[0].moment.start
    for slot in slots:
        start, end = (moment(slot.item.get(key), scene.zone) for key in ("start", "end"))
        if isinstance(start, datetime) and isinstance(end, datetime):
            at = said if free.has_date else start.replace(hour=said.hour, minute=said.minute)
            if start <= at < end:
                return at.isoformat()
    return ""


def take_slot(text: str, quotes: Quotes, scene: Scene) -> Act | None:
    """ "Book the second one" after free times were shown."""
    slots = scene.memory.shown("slot")
    found = _TAKE.fullmatch(text)
    works = _WORKS.fullmatch(text)
    if not slots or not (found or works) or scene.memory.kind() != "slot":
        return None
    start = _slot_start(found["ref"], slots) if found else works and _at_clock(works["when"], slots, scene)
    if not start:
        return None
    asked, prompt = next(
        (
            (call.args, turn.prompt or "")
            for turn in reversed(scene.memory.turns)
            for call, _ in turn.calls()
            if call.tool == "find_free_time"
        ),
        ({}, ""),
    )
    args: Json = {"start": start, "duration_minutes": asked.get("duration_minutes", 30)}
    if people := guests_in(re.sub(r"\bfor(?=\s+(?-i:[A-Z]))", "with", prompt), None)[0]:
        args |= {"title": f"Meeting with {names_of(people)}", "guests": people}
    found = found or works
    if found and found["what"]:
        who = re.search(r"\bwith\s+\S", text) and not re.search(r"\bfor\b", text)
        details, rest = details_in(("with " if who else "") + found["what"], quotes, scene)
        people, left = guests_in(rest, scene.person())
        args |= {"title": title_of(left, people, quotes), **details, **({"guests": people} if people else {})}
    return complete(args, False, scene, False)
