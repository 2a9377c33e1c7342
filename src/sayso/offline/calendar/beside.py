"""New events told by another one: "a break after the design review", "a follow-up a week after the offsite"."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta

from sayso.english import dates
from sayso.offline.acts import Act, Ask, Call, Do, Json, Question, Say, asking, drop_empty
from sayso.offline.calendar.lookup import with_event
from sayso.offline.reading.clauses import Clause, clause
from sayso.offline.reading.slots import timed
from sayso.offline.reading.targets import kind_of
from sayso.offline.reading.words import Quotes
from sayso.offline.saying.say import moment
from sayso.offline.scene import Scene

Reader = Callable[[Clause, Quotes, Scene], Act | None]

_BESIDE = re.compile(
    r"(?P<what>\S.*?)(?<!\bof)(?<!\bfor)\s+(?:(?P<shift>(?:an?|one|two|three|four|five|six|\d+)\s+(?:minutes?|hours?|days?|weeks?))\s+|right\s+|straight\s+|directly\s+|immediately\s+|just\s+)?(?P<way>after|before)\s+(?P<ref>(?:the|my|our|\w+'s)\s+\S.*)",
    re.I,
)
USUAL = 60
"""Minutes of an event whose length is not said."""


def beside(said: Clause, quotes: Quotes, scene: Scene, create: Reader) -> Act | None:
    """Look the other event up, and create the new one as if its time had been said."""
    found = _BESIDE.fullmatch(said.text)
    if found is None or kind_of(found["ref"], scene) not in ("event", None):
        return None
    if timed(found["what"], scene.now, scene.zone).found or not timed(found["ref"], scene.now, scene.zone).rest:
        return None
    trial = create(clause(f"{found['what']} tomorrow at 9:00"), quotes, scene)
    if not isinstance(trial, Do) or any(call.tool != "create_calendar_event" for call in trial.calls):
        return None
    minutes = int(trial.calls[0].args.get("duration_minutes") or USUAL)
    after = found["way"].lower() == "after"
    shift = dates.parse_duration(found["shift"].lower()) if found["shift"] else None

    def then(event: Json, scene: Scene) -> Act:
        at = _time(event, after, shift, timedelta(minutes=minutes), scene)
        if at is None:
            return Ask(f"{event.get('title')} is all day. At what time should it be?")
        when = f"{at:%Y-%m-%d} at {at:%H:%M}"
        return create(clause(f"{found['what']} {when}"), quotes, scene) or Say("I did not find a time for it.")

    call = trial.calls[0]
    unknown = asking(
        f"I found no event that matches '{quotes.put_back(found['ref'])}'. When should '{{title}}' be?",
        Question(Call(call.tool, {key: value for key, value in call.args.items() if key != "start"}), "start"),
    )
    return with_event(found["ref"], quotes, scene, then, unknown)


def _time(event: Json, after: bool, shift: timedelta | None, long: timedelta, scene: Scene) -> datetime | None:
    """When it begins: next to the other one, or so many days from its start."""
    start, end = moment(event.get("start"), scene.zone), moment(event.get("end"), scene.zone)
    if not isinstance(start, datetime) or not isinstance(end, datetime):
        return None
    if shift and shift >= timedelta(days=1):
        return start + shift if after else start - shift
    gap = shift or timedelta()
    return end + gap if after else start - gap - long


_COPY = re.compile(
    r"(?:copy|duplicate)\s+(?P<ref>\S.*?)\s+(?:in)?(?:to|on|onto|for)\s+(?P<when>\S.*)"
    r"|(?:repeat|do|have|hold|book|schedule)\s+(?P<ref2>(?:the|my|our|\w+'s)\s.*?)\s+(?P<same>again\s+)?(?P<when2>(?:on\s+\w+day|in\s+\w+\s+(?:days|weeks|months)|next\s+\w+|tomorrow|the\s+(?:week|day)\s+after)\b.*?)",
    re.I,
)


def copied(said: Clause, quotes: Quotes, scene: Scene) -> Act | None:
    """ "Copy the design review to Tuesday", "repeat Friday's lunch next week": the same once more."""
    found = _COPY.fullmatch(said.text)
    if found is None or not (found["ref"] or found["same"] or said.low.startswith("repeat")):
        return None
    ref, when = found["ref"] or found["ref2"], found["when"] or found["when2"]
    free = timed(when, scene.now, scene.zone)
    later = re.fullmatch(r"(?:next|the)\s+(?P<unit>week|day)(?:\s+after)?", when.strip(), re.I)
    if kind_of(ref, scene) in ("task", "message") or free.recurrence or not (free.found or later):
        return None

    def then(event: Json, scene: Scene) -> Act:
        start, end = moment(event.get("start"), scene.zone), moment(event.get("end"), scene.zone)
        if not isinstance(start, datetime) or not isinstance(end, datetime):
            return Do((Call("create_calendar_event", {"title": event["title"], "start": when}),))
        at = free.found[0].moment.start if free.found else start
        if later:
            at = start + timedelta(weeks=1) if later["unit"].lower() == "week" else start + timedelta(days=1)
        elif not free.has_time:
            at = at.replace(hour=start.hour, minute=start.minute)
        args = {
            "title": event["title"],
            "start": at.isoformat(),
            "duration_minutes": round((end - start).total_seconds() / 60),
            "location": event.get("location"),
            "description": event.get("description"),
            "guests": [str(each["email"]) for each in event.get("guests") or []],
        }
        return Do((Call("create_calendar_event", drop_empty(args)),))

    return with_event(ref, quotes, scene, then)
