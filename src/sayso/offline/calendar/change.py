# ruff: noqa: E501  one alternative of a pattern is one line
"""Changing events: rename, invite, relocate, extend, repeat, annotate; what cancels and moves them is tried here too."""

import re
from dataclasses import replace
from datetime import datetime

from sayso.offline.acts import Act, Ask, Call, Do, Json, Question, Say, Several
from sayso.offline.calendar import move as calendar_move
from sayso.offline.calendar.cancel import read_cancel
from sayso.offline.calendar.lookup import with_event
from sayso.offline.calendar.series import LASTING, end, from_then, repeat
from sayso.offline.calendar.update import update
from sayso.offline.reading.clauses import Clause
from sayso.offline.reading.slots import (
    DURATION,
    as_person,
    bare_hour,
    clean,
    find,
    minutes_of,
    people_pattern,
    split_people,
    timed,
)
from sayso.offline.reading.targets import kind_of, refers_back, strip_article
from sayso.offline.reading.words import Quotes, capital, lower
from sayso.offline.saying.say import moment
from sayso.offline.scene import Scene

_RENAME = re.compile(
    r"(?:rename|retitle)\s+(?P<ref>.+?)\s+(?:to|as|into)\s+(?P<title>.+)|(?:change|set|update|edit)\s+the\s+(?:title|name|subject)\s+of\s+(?P<ref2>.+?)\s+(?:to|as)\s+(?P<title2>.+)|call\s+(?P<ref3>it|that|this|the .+?|my .+?)\s+(?P<title3>\S.*?)(?:\s+instead)?|change\s+(?P<ref4>(?!the\s+\w+\s+(?:of|for)\b).+?)\s+(?:to|into)\s+(?P<title4>[\ue000-\ue0ff]|an?\s+\w+(?:\s+\w+)?)",
    re.I | re.S,
)
_PLACE = re.compile(
    r"(?:change|set|update|edit|move)\s+the\s+(?:location|place|venue|room)\s+(?:of|for)\s+(?P<ref>.+?)\s+(?:to|as|from .+? to)\s+(?P<place>.+)|move\s+(?P<ref2>.+?)\s+(?:in)?to\s+(?P<place2>(?:the\s+)?(?:(?:meeting |conference )?room|office|building|cafe|café|zoom|teams|online|my place|kitchen|library|lobby|hall|boardroom)\b.*)|make\s+(?P<ref5>(?:the|my|our|\w+'s)\s.+?)\s+at\s+(?P<place5>(?-i:[A-Z])\S*(?:\s+\S+){0,3})|(?:hold|have|do)\s+(?P<ref3>(?:the|my|our)\s.+?)\s+(?:at|in)\s+(?P<place3>.+?)\s+instead|(?:hold|have|do|make)\s+(?P<ref6>(?:the|my|our|\w+'s)\s.+?)\s+(?:over\s+|on\s+)?(?P<place6>online|remote(?:ly)?|virtual(?:ly)?|in\s+person|by\s+phone|by\s+video|(?<=over\s)zoom|(?<=on\s)zoom|(?<=over\s)teams|(?<=on\s)teams)(?:\s+instead)?|(?P<ref4>(?:the|my|our)\s.+?)\s+(?:(?:is|was|has been|got)\s+(?:now\s+)?(?:moved|relocated|now)\s+(?:in)?to|moved\s+(?:in)?to|(?:should be|needs to be|will be|is now)\s+in)\s+(?P<place4>(?:the\s+)?(?:room|office|building|(?:small|large|big|main)\s+\w+|\w+ room)\b.*)",
    re.I | re.S,
)
_INVITE = re.compile(
    r"(?:invite|add|include|loop in|bring|get|have|put)\s+(?P<who>.+?)\s+(?:to|into|in|on|as guests? (?:to|for)|join)\s+(?:the\s+(?:invite|invitation|guest\s+list|list\s+of\s+guests)\s+(?:for|of|to)\s+)?(?P<ref>.+)",
    re.I | re.S,
)
_UNINVITE = re.compile(
    r"(?:uninvite|disinvite|remove|drop|take|kick|exclude)\s+(?P<who>.+?)\s+(?:from|off|out of)\s+(?P<ref>.+)",
    re.I | re.S,
)
_LONG = re.compile(
    rf"(?:make|extend|shorten|lengthen|cut|set|change|reduce|trim|keep)\s+(?:the\s+(?:length|duration)\s+of\s+)?(?P<ref>.+?)\s+(?:(?P<by>by)|to(?:\s+be|\s+last)?|last|be|down to|for)?\s*(?:only\s+|just\s+)?(?P<what>{DURATION})(?P<tail>(?:\s+(?:long|longer|shorter|instead|in length|only))*(?:\s+(?:instead\s+of|not)\s+.+)?)$",
    re.I,
)
_NOTE = re.compile(
    r"(?:add|put|attach|write|leave|make)\s+(?:a\s+|the\s+|this\s+)?(?:(?:video|zoom|meeting|call)\s+)?(?:note|description|agenda|comment|link)s?\s+(?:to|on|in|for)\s+(?P<ref>.+?)\s*(?::|saying(?: that)?|that says|that)\s*(?P<note>.+)|(?:set|change|replace|update)\s+the\s+(?:description|notes?|agenda)\s+(?:of|for|on)\s+(?P<ref2>.+?)\s+(?:to|with)\s+(?P<note2>.+)|(?:add\s+to\s+the\s+(?:notes?|description|agenda)\s+(?:of|for|on|to|in)|note\s+on)\s+(?P<ref6>.+?)\s*(?::|saying(?:\s+that)?|\bthat)\s*(?P<note6>.+)|add\s+(?:the|this|an?)\s+(?:\w+\s+)?link\s+(?P<note5>https?://\S+)\s+to\s+(?P<ref5>.+)|add\s+(?:the|an?)\s+(?:notes?|description|agenda|comment)\s+(?P<note4>[\ue000-\ue0ff])\s+to\s+(?P<ref4>.+)|add\s+(?P<note3>[\ue000-\ue0ff])\s+to\s+the\s+(?:notes?|description|agenda)\s+(?:of|for)\s+(?P<ref3>.+)",
    re.I | re.S,
)


def read(clause: Clause, quotes: Quotes, scene: Scene) -> Act | None:
    clause = _plainer(clause)
    text = clause.text
    if act := from_then(clause, quotes, scene, read) or end(text, quotes, scene):
        return act
    if act := _of_it(text, quotes, scene):
        return act
    return (
        _guests(clause, quotes, scene, _UNINVITE, "remove_guests")
        or read_cancel(clause, quotes, scene)
        or _note(text, quotes, scene)
        or _rename(text, quotes, scene)
        or _place(text, quotes, scene)
        or _guests(clause, quotes, scene, _INVITE, "add_guests")
        or _length(text, quotes, scene)
        or repeat(text, quotes, scene)
        or calendar_move.read(clause, quotes, scene)
    )


_ADD_THEM = re.compile(rf"(?:add|invite|include)\s+(?P<who>{people_pattern(False)})(?:\s+(?:too|as\s+well))?", re.I)
_ITS = re.compile(
    r"(?:change|set|make|update|move)\s+the\s+(?P<what>place|location|room|venue|title|name|time|length|duration)\s+to\s+(?P<value>.+)",
    re.I,
)


def _of_it(text: str, quotes: Quotes, scene: Scene) -> Act | None:
    """ "Add Ana", "change the place to Luigi's": of the event that was just spoken of."""
    focus = scene.event or (scene.memory.kind() == "event" and scene.memory.focus("event"))
    if not focus:
        return None
    if found := _ADD_THEM.fullmatch(text):
        people = [who for part in split_people(found["who"]) if (who := as_person(part, scene.person()))]
        return update("it", quotes, scene, add_guests=people)
    if (found := _ITS.fullmatch(text)) is None:
        return None
    what, value = lower(found["what"]), quotes.put_back(found["value"])
    if what in ("time", "length", "duration"):
        minutes = minutes_of(value)
        when = bare_hour(value) or timed(value, scene.now, scene.zone).when
        return (
            update("it", quotes, scene, duration_minutes=minutes)
            if minutes
            else update("it", quotes, scene, start=when)
        )
    key = "title" if what in ("title", "name") else "location"
    return update("it", quotes, scene, **{key: capital(value) if key == "title" else value})


_OWNED = re.compile(
    r"(?P<verb>change|set|update|edit|make)\s+(?P<ref>(?!the\s+\w+\s+(?:of|for|to)\b).+?)(?:'s)?\s+(?P<what>location|place|venue|room|title|name|duration|length|description|agenda|notes?|time|date|start)\s+(?P<rest>to\s+.+)",
    re.I,
)
_TOLD = re.compile(
    rf"\s*,?\s*\b(?:and\s+)?(?:let|tell|notify|inform)\s+(?:everyone|everybody|all|(?:the\s+)?(?:guests|others|attendees|people|team|group)|{people_pattern(False)})(?:\s+know)?(?:\s+(?:by|via)\s+e?mail)?$",
    re.I,
)


_TIME_OF = re.compile(
    r"(?:change|set|update|move|edit)\s+the\s+(?:start(?:\s+time)?|time|date|day)\s+(?:of|for)\s+(?P<ref>.+?)\s+to\s+(?P<when>.+)",
    re.I,
)


_NEEDS = re.compile(
    r"^(?:i(?:'d)?\s+)?(?:need|want|like)\s+(?P<ref>(?:the|my|our|\S+'s)\s.+?)\s+to\s+(?:be|last|take|start|begin)\s+(?P<at>at\s+|on\s+)?(?P<what>.+)$",
    re.I,
)
_SHOULD = re.compile(
    r"^(?:every|each|all|the|my|our)\s+(?P<ref>\S.*?)\s+(?:should|needs?\s+to|ha(?:s|ve)\s+to|must)\s+(?:only\s+)?(?:be|last|take)\s+(?P<what>\S.*)$",
    re.I,
)
_RATHER = re.compile(
    r",?\s+(?:rather\s+than|instead\s+of)\s+.+$|(?<=\d),\s+not\s+(?:at\s+)?\d[\d:.]*(?:\s*[ap]m)?$", re.I
)


_ONLY_NOW = re.compile(r",?\s+(?:but\s+)?(?:just|only)\s+(?:for\s+)?this\s+week$", re.I)
"""Of a series the next one is meant anyway."""


def _plainer(clause: Clause) -> Clause:
    """ "the review's location to …" said as "the location of the review to …"; guests are told of a change anyway."""
    text = _NEEDS.sub(
        lambda said: f"{'move' if said['at'] else 'make'} {said['ref']} {'to ' if said['at'] else ''}{said['what']}",
        clause.text,
    )
    if (long := _SHOULD.fullmatch(text)) and minutes_of(long["what"]):
        all_of = "all " if re.match(r"every|each|all", clause.low) else ""
        text = f"make {all_of}{long['ref']} {long['what']}"
    text = _ONLY_NOW.sub("", _RATHER.sub(" instead", text))
    if not re.match(r"(?:cancel|delete|remove|call|tell|let|notify|inform)\b", clause.low):
        text = _TOLD.sub("", text)
    text = _TIME_OF.sub(r"move \g<ref> to \g<when>", text)
    if found := _OWNED.fullmatch(text):
        what = found["what"].lower()
        whole = what in ("time", "date", "start")
        text = (
            f"{'move' if whole else found['verb']} {'' if whole else f'the {what} of '}{found['ref']} {found['rest']}"
        )
    return replace(clause, text=text, low=lower(text))


def _groups(found: re.Match[str], *names: str) -> tuple[str, ...]:
    """The named groups of the alternative that matched."""
    for suffix in ("", "2", "3", "4", "5", "6"):
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
    if found["title4"] and (
        how := re.fullmatch(r"(?:an?\s+)?(?P<how>(?:video|phone|zoom|teams|online)(?:\s\w+)?)", title, re.I)
    ):
        return update(ref, quotes, scene, location=capital(how["how"]))
    if found["title4"]:
        named = kind_of(ref, scene) is not None or quotes.first(ref) is not None
        if not named or bare_hour(title) or find(title, scene.now, scene.zone):
            return None
        title = strip_article(title)
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
    if (bare_hour(place) or find(place, scene.now, scene.zone)) and not re.match(
        r"(?:the\s+)?(?:\w+ )?room", place, re.I
    ):
        return None
    place = capital(place) if found["place6"] else place
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
    bare, lasting = LASTING.subn("", text)
    found = _LONG.fullmatch(bare)
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
        return update(found["ref"], quotes, scene, duration_minutes=minutes, scope="following" if lasting else None)
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


def _note(text: str, quotes: Quotes, scene: Scene) -> Act | None:
    found = _NOTE.fullmatch(text)
    if found is None:
        return None
    ref, note = _groups(found, "ref", "note")
    note = quotes.put_back(note)
    act = update(ref, quotes, scene, description=note if "://" in note.split()[0] else capital(note))
    if re.match(r"set|change|replace|update", text, re.I) or not isinstance(act, Do):
        return act
    return Several(tuple(_noted(call, quotes, scene) for call in act.calls))


def _noted(call: Call, quotes: Quotes, scene: Scene) -> Act:
    """The note goes below those that the event has."""
    if call.tool != "update_calendar_event":
        return Do((call,))

    def then(event: Json, scene: Scene) -> Act:
        notes = [str(event.get("description") or "").rstrip(), call.args["description"]]
        args = {**call.args, "event": event["id"], "description": "\n".join(filter(None, notes))}
        return Do((Call(call.tool, args),))

    return with_event(call.args["event"], quotes, scene, then, Do((call,)))
