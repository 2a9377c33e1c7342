# ruff: noqa: E501  one alternative of a pattern is one line
"""How a call is changed by what is said of it: "make it 4", "on Friday", "invite Ana", "call it Retro"."""

import re
from datetime import datetime, timedelta

from sayso.english import dates
from sayso.offline.acts import Call, Json
from sayso.offline.reading.reported import direct, subject_of
from sayso.offline.reading.slots import (
    DURATION,
    as_person,
    bare,
    bare_hour,
    clean,
    is_address,
    minutes_of,
    split_people,
    timed,
)
from sayso.offline.reading.targets import nth
from sayso.offline.reading.words import MARK, Quotes, capital, lower, sentence, strip_tail
from sayso.offline.scene import Scene
from sayso.offline.thread.replanning import other_edge

OPENING = re.compile(
    r"^(?:(?:no|nope|not quite|sorry|oops|wait|hmm|um|uh|actually|oh|ok(?:ay)?|yes,? but|but|and|also|well|please|rather|hold on|then|right|fine|so|i mean|i meant|make that|correction|on second thought)[\s,:.-]+)+",
    re.I,
)
_MAKE_IT = re.compile(
    r"(?:(?:can|could) (?:you|we) )?(?:make|move|change|set|put|push|shift|have|do|keep|reschedule|switch)\s+(?:it|that|this|the time|the date|the day|the meeting|the event|the start|the due date)\s+(?:(?:to|for|at|on|be|until|till|back to|start|from)\s+)*(?P<what>.+?)(?:\s+instead)?|(?:it should|should) be\s+(?:at |on )?(?P<what2>.+?)(?:\s+instead)?|(?:better|rather|let's (?:do|say|make it)|how about|what about|instead|make that|try|i meant?|i said)\s+(?P<what3>.+?)(?:\s+instead)?|(?P<what4>(?:at|on|for|in|to)\s+.+?)(?:\s+instead)?|(?P<what5>.+?)\s+(?:instead|rather|is better|works better|would be better)",
    re.I,
)
_TITLE = re.compile(
    r"(?:call|name|title|rename)\s+(?:it|that|this|the (?:meeting|event|task))\s+(?:to\s+)?(?P<title>.+?)(?:\s+instead)?|(?:change|set|make)\s+the\s+(?:title|name|subject)\s+(?:to|be|as)?\s*(?P<title2>.+)|the (?:title|name) (?:is|should be)\s+(?P<title3>.+)",
    re.I,
)
_INVITE = re.compile(
    r"(?:invite|add|include|cc|copy|bring|with)\s+(?P<who>.+?)(?:\s+(?:too|as well|to (?:it|that|the (?:meeting|event|invite))|as (?:a )?guests?))*",
    re.I,
)
_TOO = re.compile(r"(?:and\s+)?(?P<who>(?-i:[A-Z])[\w'-]+(?:\s+(?-i:[A-Z])[\w'-]+)?)\s+(?:too|as well)", re.I)
DROP_GUEST = re.compile(
    r"(?:remove|uninvite|drop|without|don't invite|take (?:off|out)|leave out|exclude)\s+(?P<who>.+?)(?:\s+(?:from (?:it|that|the (?:meeting|event|guests|guest list))))?",
    re.I,
)

_PLACE = re.compile(
    r"(?:at|in|@)\s+(?P<place>.+)|(?:change|set|make)\s+the\s+(?:place|location|venue|room)\s+(?:to\s+)?(?P<place2>.+)|(?:the )?(?:place|location|venue) (?:is|should be|:)\s*(?P<place3>.+)",
    re.I,
)
_LONG = re.compile(
    rf"(?:make|set|change|keep)?\s*(?:it|that|the (?:duration|length))?\s*(?:to\s+|for\s+|last\s+|only\s+|just\s+)*(?P<what>{DURATION})(?:\s+(?:long|instead|only))*",
    re.I,
)
_REPEAT = re.compile(r"(?:make|have|set)\s+(?:it|that|this)\s+(?:repeat\s+|recur\s+|be\s+|happen\s+)?(?P<rule>(?:every|each|weekly|daily|monthly|yearly|biweekly)\b.*)|(?:and\s+)?repeat\s+(?:it\s+|that\s+)?(?P<rule2>(?:every|each|weekly|daily|monthly|yearly)\b.*)|(?P<rule3>(?:every\s+\w+|weekly|daily|monthly))", re.I)  # fmt: skip
_BODY = re.compile(
    r"(?:and\s+)?(?:(?:change|make|set)\s+(?:the\s+)?(?:text|body|message|it)\s+(?:to|say|read)|(?:it should|should)\s+(?:say|read)|say|write|tell\s+(?:him|her|them))\s*:?\s+(?:that\s+)?(?P<body>.+?)(?:\s+instead)?",
    re.I | re.S,
)
_MORE_BODY = re.compile(
    r"(?:and\s+)?(?:also\s+)?(?:add|mention|say also|also (?:say|mention|tell (?:him|her|them)))\s+that\s+(?P<body>.+)",
    re.I | re.S,
)
_SUBJECT = re.compile(
    r"(?:change|set|make)\s+the\s+subject(?:\s+line)?\s+(?:to\s+)?(?P<subject>.+)|(?:the )?subject\s*(?:is|should be|:)\s*(?P<subject2>.+)",
    re.I,
)
_TO = re.compile(r"(?:send (?:it|that) to|to)\s+(?P<who>[^,]+?)(?:\s+(?:instead|not \w+|rather))?", re.I)
_LIST = re.compile(
    r"(?:put it |add it |move it )?(?:on|in|to|into)\s+(?:my|the)\s+(?P<list>[\w\ue000-\ue0ff' -]+?)\s+list", re.I
)
_NOTES = re.compile(
    r"(?:(?:add|put|with|include)\s+)?(?:a|the)\s+(?:note|description)s?(?!\s+to\s+(?:the|my|\w+'s)\b)(?:\s+(?:saying|that\s+says|that))?\s*:?\s+(?P<notes>\S.*)",
    re.I | re.S,
)
_EARLIER = re.compile(
    rf"(?:make it\s+|move it\s+|push it\s+|start\s+)?(?:(?P<by>{DURATION.split('(?!')[0]}|an hour|half an hour|a (?:day|week))\s+)(?P<way>later|earlier|sooner)",
    re.I,
)
EVENT, TASK, _MAIL = (
    ("create_calendar_event", "update_calendar_event"),
    ("create_task", "update_task"),
    ("send_mail", "draft_mail", "reply_mail"),
)


def amended(text: str, call: Call, quotes: Quotes, scene: Scene) -> Call | None:
    """A call that was asked about, with something else of it changed: "with Tomás", "call it Retro"."""
    words = OPENING.sub("", strip_tail(text.strip())).rstrip("?!. ").strip()
    return changed(words, lower(words), False, [call], quotes, scene) if 0 < len(words) <= 400 else None


def changed(words: str, low: str, opened: bool, calls: list[Call], quotes: Quotes, scene: Scene) -> Call | None:
    """The one of the calls that the words change, changed. `opened`: the message began as a correction does."""
    for tools, change in ((EVENT, _event), (TASK, _task), (_MAIL, _mail)):
        call = next((each for each in reversed(calls) if each.tool in tools), None)
        changes = change(words, low, opened, call, quotes, scene) if call else None
        if call and changes:
            if "body" in changes and call.args.get("subject") == subject_of(str(call.args.get("body", ""))):
                changes["subject"] = subject_of(str(changes["body"]))
            args = {
                key: value
                for key, value in {**call.args, **changes}.items()
                if value not in (None, "", []) and not key.startswith("_")
            }
            return call.having(args)
    if re.match(r"(?:don't|do not|without|no need to)\s+(?:tell|notify|inform|let)|quietly", low):
        for call in calls:
            if call.tool == "delete_calendar_event":
                return call.having({**call.args, "notify_guests": False})
    if found := re.fullmatch(
        r"(?:only |just )?(?:this one|this occurrence|this time|once)|(?:only|just) this week(?:'s)?(?: one)?|(?P<all>all of them|the whole series|every one|all|all occurrences)|(?P<future>this and (?:all )?(?:following|future).*|all future.*|the following.*)",
        low,
    ):
        for call in calls:
            if call.tool in ("delete_calendar_event", "update_calendar_event", "respond_to_invitation"):
                scope = "all" if found["all"] else "following" if found["future"] else "this"
                return call.having({**call.args, "scope": scope})
    return None


def _group(found: re.Match[str], name: str) -> str:
    return next((value for key, value in found.groupdict().items() if key.startswith(name) and value is not None), "")


def _event(words: str, low: str, opened: bool, call: Call, quotes: Quotes, scene: Scene) -> Json | None:
    update = call.tool == "update_calendar_event"
    if other := _other_slot(low, call, scene) or other_edge(words, call, scene):
        return other
    if found := _TITLE.fullmatch(words):
        return {"title": capital(quotes.put_back(_group(found, "title")).strip())}
    if (found := _REPEAT.fullmatch(words)) and (opened or not low.startswith(("weekly", "daily"))):
        return {"recurrence": _group(found, "rule")}
    if found := _EARLIER.fullmatch(words):
        return _shifted(call, found, scene)
    if (found := _LONG.fullmatch(words)) and minutes_of(found["what"]):
        return {"duration_minutes": minutes_of(found["what"]), **({} if update else {"end": None})}
    if found := DROP_GUEST.fullmatch(words):
        return _without(call, found["who"], update, scene)
    if (found := _INVITE.fullmatch(words) or _TOO.fullmatch(words)) and (people := names(found["who"], scene)):
        key = "add_guests" if update else "guests"
        old = [str(each) for each in call.args.get(key, [])]
        scene.people += people
        named = {} if update else _named_after(call, low, people)
        return {key: [*old, *(who for who in people if who not in old)], **named}
    if found := _NOTES.fullmatch(words):
        return {"description": quotes.put_back(found["notes"]).strip()}
    if found := re.fullmatch(
        r"make it (?:an? )?(?P<how>(?:video|phone|zoom|teams|online|skype)\b(?: \w+)?)", words, re.I
    ):
        return {"location": capital(found["how"])}
    if is_address(words):
        key = "add_guests" if update else "guests"
        return {key: [*call.args.get(key, []), words]}
    if when := _new_time(words, low, opened, call, scene) or _zone_of_start(words, call, scene):
        return when
    if (found := _PLACE.fullmatch(words)) and (
        opened or low.startswith(("at ", "in ", "the ", "change", "set", "make"))
    ):
        return {"location": quotes.put_back(clean(_group(found, "place")))}
    return None


def _other_slot(low: str, call: Call, scene: Scene) -> Json | None:
    """ "No, the second" after an event was put into one of the free times that were shown."""
    slots = [str(slot.item.get("start")) for slot in scene.memory.shown("slot")]
    word = re.sub(r"^(?:take |use |make it )?(?:the |number )?| (?:one|slot)$", "", low)
    index = nth(word, len(slots)) if call.args.get("start") in slots else None
    return None if index is None else {"start": slots[index], **_kept_length(call)}


def _kept_length(call: Call) -> Json:
    if call.args.get("end") and "duration_minutes" not in call.args:
        return {"end": None, "duration_minutes": _length(call)}
    return {}


def _named_after(call: Call, low: str, people: list[str]) -> Json:
    """ "With Tomás" makes "Meeting" "Meeting with Tomás"."""
    title = str(call.args.get("title", ""))
    return {"title": f"{title} with {' and '.join(people)}"} if low.startswith("with ") and " " not in title else {}


def _new_time(words: str, low: str, opened: bool, call: Call, scene: Scene, slot: str = "start") -> Json | None:
    found = _MAKE_IT.fullmatch(words)
    what = _group(found, "what") if found else words if opened or timed(words, scene.now, scene.zone).rest == "" else ""
    what = re.sub(r",?\s*\bnot\b.+$", "", what, flags=re.I).strip(" ,")
    hour = bare_hour(what)
    what = f"on {what}" if re.fullmatch(r"(?:the\s+)?\d{1,2}(?:st|nd|rd|th)", lower(what)) else what
    free = timed(f"at {hour}" if hour else what, scene.now, scene.zone)
    extra = re.sub(
        r"\b(?:instead|the|same|time|it|at|on|then|please|rather|let's|say|for|to|be|make)\b|\W", "", lower(free.rest)
    )
    if not free.found or extra:
        return None
    when = bare(" ".join(each.text for each in free.found))
    if rule := free.recurrence:
        return {"recurrence": when, slot: free.found[0].moment.start.isoformat()} if rule and slot == "start" else None
    changes: Json = {slot: _merged(str(call.args.get(slot) or ""), free.has_date, free.has_time, when, call, scene)}
    if slot == "start":
        ends = any(each.moment.explicit_end for each in free.found)
        changes |= {"end": None, "duration_minutes": None} if ends else _kept_length(call)
        if any(each.moment.zone for each in free.found):
            changes["timezone"] = None  # what was said before gives way
    return changes


def _zone_of_start(words: str, call: Call, scene: Scene) -> Json | None:
    """ "No, London time": the same time on the clocks of another place."""
    stamp = re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d", str(call.args.get("start") or ""))
    try:
        meant = dates.zone_alone(words, scene.zone) if stamp else None
    except dates.DateError:
        return None
    return {"start": f"{stamp[0]} {words}", "timezone": None} if stamp and meant else None


def _merged(old: str, has_date: bool, has_time: bool, when: str, call: Call, scene: Scene) -> str:
    """A new time keeps the old day, a new day the old time (an update does that by itself)."""
    if (call.tool.startswith("update") and not old) or not old or (has_date and has_time):
        return when
    before = timed(old, scene.now, scene.zone)
    try:
        start = datetime.fromisoformat(old) if "T" in old else None
    except ValueError:
        start = None
    if has_time:
        stamped = re.match(r"\d{4}-\d\d-\d\d", old)
        day = stamped[0] if stamped else before.found[0].moment.start.date().isoformat() if before.has_date else ""
        return f"{day} {when}".strip()
    if start:  # "Wednesday" is that of the same week
        try:
            day = dates.parse(when, scene.now, scene.zone, anchor=start).start.date().isoformat()
        except dates.DateError:
            day = when
        return f"{day} at {start:%H:%M}"
    if before.has_time and before.found:
        return f"{when} at {before.found[0].moment.start:%H:%M}"
    return when


def _length(call: Call) -> int | None:
    try:
        start, end = (
            datetime.fromisoformat(str(call.args.get("start"))),
            datetime.fromisoformat(str(call.args.get("end"))),
        )
    except ValueError:
        return None
    length = end - start
    return round(length.total_seconds() / 60) if timedelta(0) < length < timedelta(days=1) else None


def _shifted(call: Call, found: re.Match[str], scene: Scene) -> Json | None:
    unit = lower(found["by"])
    days = {"a day": 1440, "a week": 10080}.get(unit)
    minutes = days or minutes_of(unit)
    try:
        start = datetime.fromisoformat(str(call.args.get("start") or call.args.get("_start")))
    except ValueError:
        return None
    if not minutes:
        return None
    sign = 1 if lower(found["way"]) == "later" else -1
    changes: Json = {"start": (start + sign * timedelta(minutes=minutes)).isoformat()}
    return changes | _kept_length(call)


def names(text: str, scene: Scene) -> list[str]:
    parts = split_people(text)
    if not all(re.match(r"(?-i:[A-Z])|\S+@|(?:him|her|them)$|[a-z]+$", part) for part in parts) or re.match(
        r"(?:a|an|the|my|to)\b", lower(text)
    ):
        return []
    return [who for part in parts if (who := as_person(part, scene.person()))]


def _without(call: Call, who: str, update: bool, scene: Scene) -> Json | None:
    people = names(who, scene)
    guests = [str(each) for each in call.args.get("guests", [])]
    if update:
        return {"remove_guests": people} if people else None
    left = [each for each in guests if not any(lower(name.split()[0]) in lower(each) for name in people)]
    return {"guests": left} if people and len(left) < len(guests) else None


def _task(words: str, low: str, opened: bool, call: Call, quotes: Quotes, scene: Scene) -> Json | None:
    if _LONG.fullmatch(words):
        return None
    if found := _TITLE.fullmatch(words):
        return {"title": quotes.put_back(_group(found, "title")).strip()}
    if found := _NOTES.fullmatch(words):
        return {"notes": quotes.put_back(found["notes"]).strip()}
    if found := _LIST.fullmatch(words):
        return {"list": quotes.put_back(found["list"])}
    return _new_time(words, low, opened, call, scene, "due")


def _mail(words: str, low: str, opened: bool, call: Call, quotes: Quotes, scene: Scene) -> Json | None:
    if (found := _SUBJECT.fullmatch(words)) and call.tool != "reply_mail":
        return {"subject": quotes.put_back(_group(found, "subject")).strip()}
    if (found := re.fullmatch(rf"(?:make it|say|write)?\s*({MARK})(?:\s+instead)?", words, re.I)) and call.args.get(
        "body"
    ):
        return {"body": sentence(quotes.put_back(found[1]))}
    if found := _MORE_BODY.fullmatch(words):
        return {"body": f"{call.args.get('body', '')} {quotes.put_back(direct('tell', 'that', found['body']))}".strip()}
    if found := _BODY.fullmatch(words):
        return {"body": quotes.put_back(direct("tell", "that", found["body"]))}
    if (
        found := re.fullmatch(r"(?:and\s+)?(?P<key>b?cc|copy)\s+(?P<who>.+?)(?:\s+(?:too|as well))?", words, re.I)
    ) and (people := names(found["who"], scene)):
        key = "bcc" if lower(found["key"]) == "bcc" else "cc"
        return {key: [*call.args.get(key, []), *people]}
    if (found := _TO.fullmatch(words)) and "to" in call.args and (people := names(found["who"], scene)):
        return {"to": people}
    return None
