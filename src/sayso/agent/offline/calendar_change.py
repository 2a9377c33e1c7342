# ruff: noqa: E501  one alternative of a pattern is one line
"""Changing and cancelling events: move, shift, rename, invite, relocate, extend, repeat, cancel."""

import re
from dataclasses import replace
from datetime import datetime

from sayso.agent.offline.acts import Act, Ask, Call, Do, Json, Question, Say, Scene
from sayso.agent.offline.calendar_cancel import read_cancel
from sayso.agent.offline.calendar_ranges import Stretch, each_in, on_one, stretch
from sayso.agent.offline.clauses import Clause
from sayso.agent.offline.lookup import with_event
from sayso.agent.offline.say import moment
from sayso.agent.offline.scopes import singular, take_scope
from sayso.agent.offline.slots import DURATION, as_person, clean, find, minutes_of, split_people, timed
from sayso.agent.offline.targets import Target, kind_of, refers_back, strip_article, target
from sayso.agent.offline.words import Quotes, capital, lower

_MOVE = re.compile(
    r"(?P<verb>move|swap|reschedule|re-schedule|shift|postpone|delay|bring forward|push back|push|bring|bump|put off|slide|rebook|change|set|swap|drag|make|get|put|pull)\s+(?:back\s+|forward\s+|up\s+)?(?P<rest>.+)",
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
_RENAME = re.compile(
    r"(?:rename|retitle)\s+(?P<ref>.+?)\s+(?:to|as|into)\s+(?P<title>.+)|(?:change|set|update|edit)\s+the\s+(?:title|name|subject)\s+of\s+(?P<ref2>.+?)\s+(?:to|as)\s+(?P<title2>.+)|call\s+(?P<ref3>it|that|this|the .+?|my .+?)\s+(?P<title3>\S.*?)(?:\s+instead)?",
    re.I | re.S,
)
_PLACE = re.compile(
    r"(?:change|set|update|edit|move)\s+the\s+(?:location|place|venue|room)\s+(?:of|for)\s+(?P<ref>.+?)\s+(?:to|as|from .+? to)\s+(?P<place>.+)|move\s+(?P<ref2>.+?)\s+(?:in)?to\s+(?P<place2>(?:the\s+)?(?:(?:meeting |conference )?room|office|building|cafe|café|zoom|teams|online|my place|kitchen|library|lobby|hall|boardroom)\b.*)|(?:hold|have|do)\s+(?P<ref3>(?:the|my|our)\s.+?)\s+(?:at|in)\s+(?P<place3>.+?)\s+instead|(?P<ref4>(?:the|my|our)\s.+?)\s+(?:is|was|has been|got)\s+(?:now\s+)?(?:moved|relocated|now)\s+(?:in)?to\s+(?P<place4>(?:the\s+)?(?:room|office|building|(?:small|large|big|main)\s+\w+|\w+ room)\b.*)",
    re.I | re.S,
)
_INVITE = re.compile(
    r"(?:invite|add|include|loop in|bring|get|have)\s+(?P<who>.+?)\s+(?:to|into|in|on|as guests? (?:to|for)|join)\s+(?P<ref>.+)",
    re.I | re.S,
)
_UNINVITE = re.compile(
    r"(?:uninvite|disinvite|remove|drop|take|kick|exclude)\s+(?P<who>.+?)\s+(?:from|off|out of)\s+(?P<ref>.+)",
    re.I | re.S,
)
_LONG = re.compile(
    rf"(?:make|extend|shorten|lengthen|cut|set|change|reduce|trim|keep)\s+(?:the\s+(?:length|duration)\s+of\s+)?(?P<ref>.+?)\s+(?:(?P<by>by)|to(?:\s+be|\s+last)?|last|be|down to|for)?\s*(?:only\s+|just\s+)?(?P<what>{DURATION})(?P<tail>\s+(?:long|longer|shorter|instead(?:\s+of\s+.+)?|in length|only|not\s+.+))*$",
    re.I,
)
_REPEAT = re.compile(
    r"(?:make|have|set|let)\s+(?P<ref>.+?)\s+(?:(?:to\s+)?(?:repeat|recur|be|happen|run)\s+)?(?P<rule>(?:every|each|weekly|daily|monthly|yearly|annual(?:ly)?|biweekly|bi-weekly|fortnightly|recurring|on (?:week|mon|tues|wednes|thurs|fri|satur|sun)days)\b.*)|repeat\s+(?P<ref2>.+?)\s+(?P<rule2>(?:every|each|weekly|daily|monthly)\b.*)|(?:stop|end)\s+(?:repeating|the repetition of)\s+(?P<ref3>.+)",
    re.I,
)
_NOTE = re.compile(
    r"(?:add|put|attach|write)\s+(?:a\s+|the\s+|this\s+)?(?:note|description|agenda|comment|link)s?\s+(?:to|on|in|for)\s+(?P<ref>.+?)\s*(?::|saying(?: that)?|that says|that)\s*(?P<note>.+)|(?:set|change)\s+the\s+(?:description|notes?|agenda)\s+(?:of|for|on)\s+(?P<ref2>.+?)\s+to\s+(?P<note2>.+)|add\s+(?P<note3>[\ue000-\ue0ff])\s+to\s+the\s+(?:notes?|description|agenda)\s+(?:of|for)\s+(?P<ref3>.+)",
    re.I | re.S,
)
_NOW_AT = re.compile(
    r"(?P<ref>(?:the|my|our)\s.+?|it)\s+(?:is|'s|has|was|got|should be|needs to be|can be|will be)\s*(?:been\s+|now\s+|actually\s+)*(?P<moved>(?<=to be )(?=\S)|(?<=should be )(?=\S)|moved\s+to|moved|rescheduled\s+to|postponed\s+(?:to|until)|pushed\s+(?:back\s+)?to|changed\s+to|now\s+(?:at|on)|at|on)\s+(?P<when>.+)",
    re.I,
)
_INSTEAD = re.compile(r"(?:can\s+|could\s+)?(?P<ref>(?:the|my|our)\s.+?)\s+be\s+(?P<when>.+?)(?:\s+instead)?", re.I)


_DO_INSTEAD = re.compile(
    r"(?:do|have|hold|meet for|make|schedule)\s+(?P<ref>(?:the|my|our|\w+'s)\s.+?)\s+(?P<when>(?:on|at|tomorrow|today|this|next|\w+day)\b.*?)\s+instead(?:\s+of\s+.+)?",
    re.I,
)


def read(clause: Clause, quotes: Quotes, scene: Scene) -> Act | None:
    clause = _plainer(clause)
    text = clause.text
    return (
        _guests(clause, quotes, scene, _UNINVITE, "remove_guests")
        or read_cancel(clause, quotes, scene)
        or _note(text, quotes, scene)
        or _rename(text, quotes, scene)
        or _place(text, quotes, scene)
        or _guests(clause, quotes, scene, _INVITE, "add_guests")
        or _length(text, quotes, scene)
        or _repeat(text, quotes, scene)
        or _moved(clause, quotes, scene)
        or _move(text, quotes, scene)
    )


_OWNED = re.compile(
    r"(?P<verb>change|set|update|edit|make)\s+(?P<ref>.+?)'s\s+(?P<what>location|place|venue|room|title|name|duration|length|description|agenda|notes?|time|date|start)\s+(?P<rest>to\s+.+)",
    re.I,
)
_TOLD = re.compile(
    r"\s*,?\s*\b(?:and\s+)?(?:let|tell|notify|inform)\s+(?:everyone|everybody|them|all|(?:the\s+)?(?:guests|others|attendees|people|team|group)|him|her|(?-i:[A-Z])\w+)(?:\s+know)?$",
    re.I,
)


def _plainer(clause: Clause) -> Clause:
    """ "the review's location to …" said as "the location of the review to …"; guests are told of a change anyway."""
    text = clause.text
    if not re.match(r"(?:cancel|delete|remove|call|tell|let|notify|inform)\b", clause.low):
        text = _TOLD.sub("", text)
    if found := _OWNED.fullmatch(text):
        what = found["what"].lower()
        whole = what in ("time", "date", "start")
        text = (
            f"{'move' if whole else found['verb']} {'' if whole else f'the {what} of '}{found['ref']} {found['rest']}"
        )
    return replace(clause, text=text, low=lower(text))


def update(ref: str, quotes: Quotes, scene: Scene, **changes: object) -> Act:
    """Change the event that `ref` means, or ask which."""
    scope, ref = take_scope(ref)
    args: Json = {key: value for key, value in {"scope": scope, **changes}.items() if value not in (None, "", [])}
    if kind_of(ref, scene) == "task":
        return _as_task(ref, args, quotes, scene)
    found = target(singular(ref) if scope else ref, "event", quotes, scene)
    if not found.refs:
        return found.asking(Call("update_calendar_event", args), "event")
    if len(found.refs) == 1:
        scene.event = found.refs[0]
    return Do(tuple(Call("update_calendar_event", {"event": each, **args}) for each in found.refs))


def _as_task(ref: str, args: Json, quotes: Quotes, scene: Scene) -> Act:
    names = {"start": "due", "title": "title", "description": "notes"}
    changes = {names[key]: value for key, value in args.items() if key in names}
    found: Target = target(ref, "task", quotes, scene)
    if not changes:
        return Say("A task has a title, a date, notes and a list; nothing else of it can be changed.")
    if not found.refs:
        return found.asking(Call("update_task", changes), "task")
    return Do(tuple(Call("update_task", {"task": each, **changes}) for each in found.refs))


def _groups(found: re.Match[str], *names: str) -> tuple[str, ...]:
    """The named groups of the alternative that matched."""
    for suffix in ("", "2", "3", "4"):
        values = tuple(found.groupdict().get(name + suffix) for name in names)
        if values[0] is not None:
            return tuple(value or "" for value in values)
    return tuple("" for _ in names)


def _rename(text: str, quotes: Quotes, scene: Scene) -> Act | None:
    found = _RENAME.fullmatch(text)
    if found is None:
        if only := re.fullmatch(r"(?:rename|retitle)\s+(?P<ref>.+)", text, re.I):
            call = Call("update_calendar_event", {"event": quotes.put_back(strip_article(only["ref"]))})
            return Ask(f"What should {quotes.put_back(only['ref'])} be called?", Question(call, "title"))
        return None
    ref, title = _groups(found, "ref", "title")
    if text.lower().startswith("call") and not (refers_back(lower(ref)) and scene.memory.kind()):
        return None
    title = quotes.first(title) or quotes.put_back(title.strip(" .:"))
    return update(
        re.sub(r"^the (?:event|meeting) (?=\S+ \S)", "", ref, flags=re.I), quotes, scene, title=capital(title)
    )


def _place(text: str, quotes: Quotes, scene: Scene) -> Act | None:
    found = _PLACE.fullmatch(text)
    if found is None:
        return None
    ref, place = _groups(found, "ref", "place")
    if find(place, scene.now, scene.zone) and not re.match(r"(?:the\s+)?(?:\w+ )?room", place, re.I):
        return None
    return update(ref, quotes, scene, location=quotes.put_back(clean(place)))


def _guests(clause: Clause, quotes: Quotes, scene: Scene, pattern: re.Pattern[str], key: str) -> Act | None:
    found = pattern.fullmatch(clause.text)
    if (
        found
        and pattern is _INVITE
        and lower(clause.text).startswith("invite")
        and not re.match(r"(?:the|my|our|that|this|it|\w+'s)\b", lower(found["ref"]))
        and timed(found["ref"], scene.now, scene.zone).has_time
    ):
        return None  # something new
    if found is None or not _is_event_ref(found["ref"], scene, clause.low):
        return None
    parts = split_people(found["who"])
    people = [who for part in parts if (who := as_person(part, scene.person()))]
    if not people or not all(_personal(part) for part in parts):
        return None
    if clause.low.startswith("invite") and re.match(r"an?\s", found["ref"]):
        return None
    scene.people += people
    return update(found["ref"], quotes, scene, **{key: people})


def _personal(part: str) -> bool:
    return (
        re.match(r"(?:him|her|them)$|[^\W\d_a-z]|\S+@|(?!the |my |a |an |our |it$|that$|\d)[a-z]+(?: [a-z]+)?$", part)
        is not None
    )


def _is_event_ref(ref: str, scene: Scene, low: str) -> bool:
    if re.search(
        r"\b(?:list|contacts?|address book|inbox|calendar|diary|tasks?|to-dos?|label|folder|room)\b", lower(ref)
    ):
        return False
    if re.match(r"invite|uninvite|disinvite|loop in|include", low):
        return True
    kind = kind_of(ref, scene)
    return kind == "event" or (kind is None and re.match(r"(?:the|my|our|that|this|\w+'s)\s", lower(ref)) is not None)


def _length(text: str, quotes: Quotes, scene: Scene) -> Act | None:
    found = _LONG.fullmatch(text)
    if found is None:
        return None
    minutes = minutes_of(found["what"])
    if minutes is None or re.match(r"(?:a|an|some|time)\b", lower(found["ref"])):
        return None
    verb, tail = lower(text.split()[0]), lower(found["tail"] or "")
    relative = (
        found["by"]
        or "longer" in tail
        or "shorter" in tail
        or (verb in ("extend", "shorten", "lengthen", "reduce", "trim") and " to " not in lower(text))
    )
    if not relative:
        return update(found["ref"], quotes, scene, duration_minutes=minutes)
    sign = -1 if verb in ("shorten", "cut", "reduce", "trim") or "shorter" in tail else 1
    return with_event(found["ref"], quotes, scene, lambda event, scene: _resized(event, sign * minutes, scene))


def _resized(event: Json, minutes: int, scene: Scene) -> Act:
    start, end = moment(event.get("start"), scene.zone), moment(event.get("end"), scene.zone)
    if not isinstance(start, datetime) or not isinstance(end, datetime):
        return Say(f"{event.get('title')} is all day; say from when to when it should be.")
    length = round((end - start).total_seconds() / 60) + minutes
    if length < 1:
        return Say(f"{event.get('title')} is not that long.")
    return Do((Call("update_calendar_event", {"event": event["id"], "duration_minutes": length}),))


def _repeat(text: str, quotes: Quotes, scene: Scene) -> Act | None:
    found = _REPEAT.fullmatch(text)
    if found is None:
        return None
    if found["ref3"]:
        return update(found["ref3"], quotes, scene, recurrence="none", scope="all")
    ref, rule = _groups(found, "ref", "rule")
    if re.match(r"(?:a|an|some|time|sure|up|an?other)\b", lower(ref)):
        return None
    if rule.lower() == "recurring":
        return Ask(
            f"How often should {quotes.put_back(ref)} be?",
            Question(Call("update_calendar_event", {"event": quotes.put_back(strip_article(ref))}), "recurrence"),
        )
    return update(re.sub(r"\s+to$", "", ref), quotes, scene, recurrence=rule)


def _note(text: str, quotes: Quotes, scene: Scene) -> Act | None:
    found = _NOTE.fullmatch(text)
    if found is None:
        return None
    ref, note = _groups(found, "ref", "note")
    return update(ref, quotes, scene, description=quotes.put_back(note))


def _moved(clause: Clause, quotes: Quotes, scene: Scene) -> Act | None:
    """ "The dentist is at 4 now", "Can the lunch be at 12:30 instead?"."""
    if clause.low.startswith(("can ", "could ")) or " instead" in clause.low:
        found = _INSTEAD.fullmatch(clause.text) or _DO_INSTEAD.fullmatch(clause.text)
    else:
        found = None if clause.asked else _NOW_AT.fullmatch(clause.text)
    if found is None:
        return None
    now_only = found.re is _NOW_AT and not re.match(r"moved|resch|post|push|chang|now", found["moved"], re.I)
    if now_only and not re.search(r"\b(?:now|not|instead|needs to be|should be|has to be)\b", clause.low):
        return None
    when = _when(re.sub(r",?\s*\bnot\b.*|\b(?:now|instead)\b", "", found["when"], flags=re.I), scene)
    return update(found["ref"], quotes, scene, start=when) if when else None


def _when(text: str, scene: Scene) -> str:
    """The times of `text`, if it is made of little else."""
    free = timed(text, scene.now, scene.zone)
    extra = re.sub(
        r"\b(?:instead|the|same|time|o'clock|start|and|please|sometime|later|earlier|of|slot|it|at|to)\b|[^\w\s]",
        "",
        lower(free.rest),
    ).strip()
    if part := re.fullmatch(r"(?:the\s+)?(?:(?:early|late)\s+)?(morning|afternoon|evening)", lower(text.strip())):
        return part[0].removeprefix("the ")
    return bare(free.when) if free.when and not extra else bare_hour(text)


def bare(when: str) -> str:
    return re.sub(r"^(?:to|at|on|until|till|for|from)\s+(?=\S)", "", when.strip(), flags=re.I)


def bare_hour(text: str) -> str:
    """ "4" or "half 4" alone, where a time must stand."""
    found = re.fullmatch(r"\s*(?:at\s+)?((?:half\s+)?\d{1,2}(?:[:.]\d\d)?)\s*", text)
    return found[1].strip() if found and int(re.findall(r"\d+", found[1])[0]) <= 24 else ""


def _move(text: str, quotes: Quotes, scene: Scene) -> Act | None:
    found = _MOVE.fullmatch(text)
    if found is None:
        return None
    verb, rest = lower(found["verb"]), found["rest"].strip()
    if kind_of(rest, scene) == "message":
        return None
    back = -1 if re.match(r"(?:bring|pull)\b|move\s+(?:up|forward)\b", lower(text)) else 1
    if by := _BY.fullmatch(rest):
        return _shift(by, back, quotes, scene)
    joints = sorted(
        _TO.finditer(rest),
        key=lambda each: not re.search(r"\b(?:to|until|till?|for|into|onto)\s+$", each.group(), re.I),
    )
    for joint in joints:
        when = _when(rest[joint.end() :], scene)
        if when:
            ref = rest[: joint.start()].strip(" ,")
            if verb in _WEAK and not re.match(r"(?:the|my|our|that|this|it|\w+'s)\b", lower(ref)):
                return None
            ref = re.sub(r"\s+(?:to\s+)?(?:start|begin)$", "", ref, flags=re.I)
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
    ref = target(rest, "event", quotes, scene)
    if not ref.refs:
        return ref.asking(Call("update_calendar_event", {}), "event")
    call = Call("update_calendar_event", {"event": ref.refs[0]})
    name = quotes.put_back(rest) if not refers_back(lower(rest)) else "it"
    return Ask(f"To when should {name} move?", Question(call, "start"))


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


def _shift(by: re.Match[str], sign: int, quotes: Quotes, scene: Scene) -> Act | None:
    words = lower(f"{by['dir1'] or ''} {by['dir2'] or ''}")
    if re.search(r"\b(?:earlier|forward|forwards|sooner|up|ahead)\b", words):
        sign = -1
    elif re.search(r"\b(?:later|back|out)\b", words):
        sign = 1
    if several := stretch(by["ref"], scene):
        shift = f"{lower(by['by'])} {'later' if sign > 0 else 'earlier'}"
        return each_in(several, lambda event: on_one(event, "update_calendar_event", start=shift), scene)
    # "start" is read from the event's own start: "30 minutes later".
    return update(by["ref"], quotes, scene, start=f"{lower(by['by'])} {'later' if sign > 0 else 'earlier'}")
