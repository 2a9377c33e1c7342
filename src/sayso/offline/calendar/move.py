# ruff: noqa: E501  one alternative of a pattern is one line
"""Moving events: to a time, by a while, to another's place; "the dentist is at 4 now", "can we do lunch at 1 instead"."""

import re
from datetime import datetime

from sayso.offline.acts import Act, Ask, Call, Do, Json, Question, look
from sayso.offline.calendar.free import said_time
from sayso.offline.calendar.lookup import with_event
from sayso.offline.calendar.ranges import Stretch, each_in, on_one, stretch
from sayso.offline.calendar.slots import offered
from sayso.offline.calendar.update import update
from sayso.offline.reading.clauses import Clause, without_reason
from sayso.offline.reading.slots import DURATION, bare, bare_hour, timed
from sayso.offline.reading.targets import kind_of, refers_back, target
from sayso.offline.reading.words import Quotes, lower
from sayso.offline.saying.say import moment
from sayso.offline.scene import Scene

_MOVE = re.compile(
    r"(?P<verb>move|reschedule|re-schedule|shift|postpone|delay|bring forward|push back|push|bring|bump|put off|slide|rebook|change|set|drag|make|get|put|pull)\s+(?:back\s+|forward\s+|up\s+)?(?P<rest>.+)",
    re.I | re.S,
)
_WEAK = frozenset({"set", "make", "get", "put", "pull"})
_TO = re.compile(
    r"\s+(?:(?:back|forward|forwards|up|out|on|over|ahead)\s+)?(?:to|until|till|til|for|into|onto|from|at|so that it is|so it's)\s+",
    re.I,
)
_BY = re.compile(
    rf"(?P<ref>.+?)\s+(?P<dir1>back|forward|forwards|up|out|later|earlier)?\s*(?:by\s+)?(?:about\s+)?(?P<by>{DURATION.split('(?!')[0]}|{'(?:a|one|two|three|four|1|2|3|4)'} (?:days?|weeks?))(?:\s+(?P<dir2>later|earlier|back|forward|sooner|ahead|up|out))?$",
    re.I,
)
_NOW_AT = re.compile(
    r"(?:from (?P<on>now) on,?\s+)?(?P<ref>(?:the|my|our)\s.+?|it|(?<= on )\w\S*|(?<= on, )\w\S*)\s+(?:is|'s|has|was|got|should be|needs to be|can be|will be|starts|begins)\s*(?:been\s+|now\s+|actually\s+)*(?P<moved>(?<=to be )(?=\S)|(?<=should be )(?=\S)|moved\s+to|moved|rescheduled\s+to|postponed\s+(?:to|until)|pushed\s+(?:back\s+)?to|changed\s+to|now\s+(?:at|on)|at|on)\s+(?P<when>.+)",
    re.I,
)
_INSTEAD = re.compile(r"(?:can\s+|could\s+)?(?P<ref>(?:the|my|our)\s.+?)\s+be\s+(?P<when>.+?)(?:\s+instead)?", re.I)
_DO_INSTEAD = re.compile(
    r"(?:do|have|hold|meet for|make|schedule)\s+(?P<ref>(?!an?\s|another\s|it\b).+?)\s+(?P<when>(?:on|at|tomorrow|today|this|next|\w+day)\b.*?)\s+instead(?:\s+of\s+.+)?",
    re.I,
)


_SWAP = re.compile(r"(?:swap|switch|exchange)\s+(?P<one>.+?)\s+(?:and|with)\s+(?P<two>.+)", re.I)
_SAME_TIME = re.compile(r",?\s+(?:at\s+|but\s+)?(?:the\s+)?same\s+time(?:\s+(?:of\s+(?:the\s+)?day|please))?$", re.I)
_AFTER_IT = re.compile(r"the\s+(?:following|next)\s+(?P<one>day|week)|the\s+(?P<two>day|week)\s+after", re.I)


def read(clause: Clause, quotes: Quotes, scene: Scene) -> Act | None:
    if found := _SWAP.fullmatch(clause.text):
        return _swap(found, quotes, scene)
    if found := _ANOTHER.fullmatch(clause.text):
        return _to_free_time(found, quotes, scene)
    return _moved(clause, quotes, scene) or _move(clause.text, quotes, scene)


def _moved(clause: Clause, quotes: Quotes, scene: Scene) -> Act | None:
    """ "The dentist is at 4 now", "Can the lunch be at 12:30 instead?"."""
    if clause.low.startswith(("can ", "could ")) or " instead" in clause.low:
        found = _INSTEAD.fullmatch(clause.text) or _DO_INSTEAD.fullmatch(clause.text) or _NOW_AT.fullmatch(clause.text)
    else:
        found = None if clause.asked else _NOW_AT.fullmatch(clause.text)
    if found is None:
        return None
    following = found.re is _NOW_AT and found["on"]
    now_only = (
        not following and found.re is _NOW_AT and not re.match(r"moved|resch|post|push|chang|now", found["moved"], re.I)
    )
    corrected = re.match(r"(?:actually|no|wait|correction|sorry|oh)\b", clause.raw.lower()) is not None
    if (
        now_only
        and not corrected
        and not re.search(r"\b(?:now|not|instead|needs to be|should be|has to be)\b", clause.low)
    ):
        return None
    when = _when(re.sub(r",?\s*\bnot\b.*|\b(?:now|instead)\b", "", found["when"], flags=re.I), scene)
    scope = {"scope": "following"} if following else {}
    return update(found["ref"], quotes, scene, start=when, **scope) if when else None


_BARE_FIRST = re.compile(r"^(?=\d{1,2}(?:[:.]\d\d)?\s+(?:on|tomorrow|today|next|this|in)\b)", re.I)


def _when(text: str, scene: Scene) -> str:
    """The times of `text`, if it is made of little else."""
    text = _BARE_FIRST.sub("at ", text.strip())
    free = timed(text, scene.now, scene.zone)
    extra = re.sub(
        r"\b(?:instead|the|same|time|o'clock|start|and|please|sometime|later|earlier|of|slot|it|at|to)\b|[^\w\s]",
        "",
        lower(free.rest),
    ).strip()
    if part := re.fullmatch(r"(?:the\s+)?(?:(?:early|late)\s+)?(morning|afternoon|evening)", lower(text.strip())):
        return part[0].removeprefix("the ")
    return bare(free.when) if free.when and not extra else bare_hour(text)


def _move(text: str, quotes: Quotes, scene: Scene) -> Act | None:
    found = _MOVE.fullmatch(text)
    if found is None:
        return None
    verb = lower(found["verb"])
    rest = re.sub(r"\s+instead$", "", without_reason(found["rest"].strip()), flags=re.I)
    if kind_of(rest, scene) == "message":
        return None
    back = -1 if re.match(r"(?:bring|pull)\b|move\s+(?:up|forward)\b", lower(text)) else 1
    same, rest = _SAME_TIME.search(rest) is not None, _SAME_TIME.sub("", rest)
    by, day = _shifted(rest, scene)
    if by and (verb not in _WEAK or by["dir1"] or by["dir2"]):
        return _shift(by, day, back, quotes, scene)
    joints = sorted(
        _TO.finditer(rest),
        key=lambda each: not re.search(r"\b(?:to|until|till?|for|into|onto)\s+$", each.group(), re.I),
    )
    for joint in joints:
        when = _relative(rest[: joint.start()], rest[joint.end() :], same) or _when(rest[joint.end() :], scene)
        if when:
            ref = rest[: joint.start()].strip(" ,")
            ref, starting = re.subn(r"\s+(?:to\s+)?(?:start|begin)$", "", ref, flags=re.I)
            if verb in _WEAK and re.search(r"\sin$", ref):
                return None  # "put the play in for Friday" makes a new one
            if (
                verb in _WEAK
                and " instead" not in lower(text)
                and not (starting and not re.match(r"(?:an?|me|us)\b", lower(ref)))
                and not re.match(r"(?:the|my|our|that|this|it|\w+'s)\b", lower(ref))
            ):
                return None
            if starting and verb in _WEAK:  # "make the stand-up start at 9:45 tomorrow" is about tomorrow's
                ref, when = _on_its_day(ref, when, scene)
            if not ref:
                return None
            if several := stretch(ref, scene):
                return _all_to(several, when, scene)
            change = "recurrence" if timed(when, scene.now, scene.zone).recurrence else "start"
            return update(_without_from(ref), quotes, scene, **{change: when})
    if verb in _WEAK:
        return None
    free = timed(rest, scene.now, scene.zone)
    if (
        len(free.found) == 1
        and re.search(r"\s(?:on|at|till|until)\s", rest[free.found[0].start - 1 :])
        and free.rest
        and not re.search(r"\d", free.rest)
    ):
        return update(free.rest, quotes, scene, start=bare(free.when))
    meant = target(rest, "event", quotes, scene)
    if not meant.refs:
        return meant.asking(Call("update_calendar_event", {}), "event")
    call = Call("update_calendar_event", {"event": meant.refs[0]})
    name = quotes.put_back(rest) if not refers_back(lower(rest)) else "it"
    return Ask(f"To when should {name} move?", Question(call, "start"))


def _on_its_day(ref: str, when: str, scene: Scene) -> tuple[str, str]:
    said = timed(when, scene.now, scene.zone)
    if not (said.has_date and said.has_time) or timed(ref, scene.now, scene.zone).has_date or len(said.found) != 1:
        return ref, when
    start = said.found[0].moment.start
    return f"{ref} on {start.date().isoformat()}", f"{start:%H:%M}"


_FOLLOWING = re.compile(r"the\s+(?:following|next)\s+(?P<day>\w{3,6}day)|the\s+(?P<day2>\w{3,6}day)\s+after", re.I)


def _relative(ref: str, when: str, same: bool) -> str:
    """ "The following week", told from the event itself; so is "next week" when the time of day stays."""
    if (found := _FOLLOWING.fullmatch(when.strip())) and lower(found["day"] or found["day2"]) in lower(ref):
        return "1 week later"
    if found := _AFTER_IT.fullmatch(when.strip()):
        return f"1 {lower(found['one'] or found['two'])} later"
    return "1 week later" if same and lower(when.strip()) == "next week" else ""


def _swap(found: re.Match[str], quotes: Quotes, scene: Scene) -> Act | None:
    """Each of two events at the start of the other."""
    day = " ".join(each.text for each in timed(found["two"], scene.now, scene.zone).found if not each.moment.has_time)
    first = found["one"] if timed(found["one"], scene.now, scene.zone).found else f"{found['one']} {day}".strip()

    def moved(event: Json, to: Json) -> Call:
        return Call("update_calendar_event", {"event": event["id"], "start": to["start"]})

    def then(one: Json, scene: Scene) -> Act:
        return with_event(found["two"], quotes, scene, lambda two, scene: Do((moved(one, two), moved(two, one))))

    return with_event(first, quotes, scene, then)


_FREE = r"(?:(?:free|open|available|other|better)\s+)+(?:time\s+)?(?:slot|time|gap|spot|hour|day)"
_ANOTHER = re.compile(
    rf"(?:find|look\s+for|suggest|propose|get)\s+(?:me\s+|us\s+)?(?:another|an?\s+(?:new|different|better|other))\s+(?:time|slot|date|day|time\s+slot)\s+for\s+(?P<ref>(?:the|my|our|\w+'s)\s.+)"
    rf"|(?:move|reschedule|shift|push|postpone)\s+(?P<ref2>.+?)\s+(?:in)?to\s+(?:(?:any|an?|some|the\s+(?:next|first)|my\s+(?:next|first))\s+{_FREE}|(?:another|some\s+other|a\s+(?:different|better|new))\s+(?:time|slot|day)|when(?:ever)?\s+i(?:'m|\s+am)\s+(?:next\s+)?free)(?P<when>(?:\s+.*)?)",
    re.I,
)


def _to_free_time(found: re.Match[str], quotes: Quotes, scene: Scene) -> Act | None:
    """ "Find another time for the review next week": the free times in which it fits, to choose from."""
    asked = found["ref"] or found["when"] or ""
    free = timed(asked, scene.now, scene.zone)
    ref = free.rest if found["ref"] else found["ref2"]
    when = re.sub(r"^(?:on|in|at|for|sometime)\s+", "", free.when, flags=re.I) or "next 7 days"

    def then(event: Json, scene: Scene) -> Act:
        start, end = moment(event.get("start"), scene.zone), moment(event.get("end"), scene.zone)
        if not isinstance(start, datetime) or not isinstance(end, datetime):
            return Ask(f"{event.get('title')} is all day. To which day should it move?")
        call = Call("update_calendar_event", {"event": event["id"]})
        question = f"To when should {event.get('title')} move?"
        return look(
            "find_free_time",
            lambda results: offered(results[0], said_time(when, scene), question, call, scene),
            duration_minutes=round((end - start).total_seconds() / 60),
            start=when,
        )

    return with_event(ref, quotes, scene, then)


def _all_to(several: Stretch, when: str, scene: Scene) -> Act:
    """Move all events of a stretch to another day; each keeps its time."""
    free = timed(when, scene.now, scene.zone)
    if free.has_time or not free.has_date or any(each.moment.is_range for each in free.found):
        return Ask("To which day should they move? Each keeps its own time.")
    return each_in(several, lambda event: on_one(event, "update_calendar_event", start=when), scene)


def _without_from(ref: str) -> str:
    """ "the review from Tuesday" is Tuesday's review."""
    ref = re.sub(r"\s+from\s+(?=\d|noon|half|quarter)", " at ", ref, flags=re.I)
    return re.sub(
        r"\s+(?:from|scheduled for|planned for)\s+(?=(?:mon|tue|wed|thu|fri|sat|sun|today|tomorrow|\d))",
        " on ",
        ref,
        flags=re.I,
    )


def _shifted(rest: str, scene: Scene) -> tuple[re.Match[str] | None, str]:
    """ "Yoga an hour later", and the day that may stand behind it: "… this week"."""
    if by := _BY.fullmatch(rest):
        return by, ""
    for joint in reversed(list(re.finditer(r"\s+", rest))):
        free = timed(rest[joint.end() :], scene.now, scene.zone)
        if free.has_time:
            return None, ""
        if free.rest or not free.has_date:
            continue
        if by := _BY.fullmatch(rest[: joint.start()]):
            return (by, free.when) if by["dir1"] or by["dir2"] else (None, "")
    return None, ""


def _shift(by: re.Match[str], day: str, sign: int, quotes: Quotes, scene: Scene) -> Act | None:
    ref = f"{by['ref']} {day}".strip()
    words = lower(f"{by['dir1'] or ''} {by['dir2'] or ''}")
    if re.search(r"\b(?:earlier|forward|forwards|sooner|up|ahead)\b", words):
        sign = -1
    elif re.search(r"\b(?:later|back|out)\b", words):
        sign = 1
    if several := stretch(ref, scene):
        shift = f"{lower(by['by'])} {'later' if sign > 0 else 'earlier'}"
        return each_in(several, lambda event: on_one(event, "update_calendar_event", start=shift), scene)
    # "start" is read from the event's own start: "30 minutes later".
    return update(ref, quotes, scene, start=f"{lower(by['by'])} {'later' if sign > 0 else 'earlier'}")
