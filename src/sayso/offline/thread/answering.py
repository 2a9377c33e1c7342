# ruff: noqa: E501  one alternative of a pattern is one line
"""The answer to what was asked: a time, a name, words, one of several."""

import re
from dataclasses import replace
from datetime import timedelta

from sayso.english.yes_no import says_only
from sayso.offline import repair
from sayso.offline.acts import Act, Ask, Call, Do, Look, Question, Say, asking
from sayso.offline.calendar.details import at_a_time, in_the_evening
from sayso.offline.calendar.slots import take_slot
from sayso.offline.reading.reported import direct, subject_of
from sayso.offline.reading.slots import Timed, as_person, bare_hour, clean, duration_in, split_people, timed
from sayso.offline.reading.targets import pick, refers_back
from sayso.offline.reading.words import Quotes, capital, lower, strip_lead, strip_tail
from sayso.offline.scene import Scene
from sayso.offline.thread import correcting

_NO_TOO = frozenset(
    {"none", "none of them", "none of these", "none of those", "neither", "nothing", "nvm", "skip it", "leave it"}
    | {"forget that", "forget about it"}
)
_YES_TOO = frozenset(["please", "do that", "fine", "that's fine", "that works", "right"])
_COMMAND = re.compile(
    r"(?:show|list|what|when|where|who|how|why|which|remind me|schedule|book|cancel|move|delete|reschedule|create|e?mail|tell|archive|find|search|do i|am i|is there|help|read|open|summari[sz]e|catch me|any|did|have i|accept|decline|mark|add|put|set up|send|reply|forward)\b"
)
_ELSEWHERE = re.compile(
    r"(?:show|list|remind me|what's on|what do i|do i have|schedule|archive|summari[sz]e|catch me|find|search|open)\b"
)
"""What is hardly the text of a mail."""
_BUT = re.compile(r"^(?:(?:no|wait|actually|sorry|rather|i mean)[, ]+)+", re.I)
READS = frozenset({"read_mail"})


def read(text: str, quotes: Quotes, scene: Scene, asked: Question) -> Act | None:
    """The completed call if the message answers the question; None when it is about something else."""
    raw = text.strip()
    text, _ = strip_lead(raw)
    text = strip_tail(text)
    low = lower(text).strip(" .!?")
    if says_only(low, "no", _NO_TOO, ("thanks", "thank you", "please", "it", "that")):
        return Say("All right, I leave it.")
    if asked.on_yes and _is_yes(low):
        return Do(asked.on_yes)
    if asked.slot == "title" and (slot := take_slot(f"take {_BUT.sub('', text)}", quotes, scene)):
        return slot
    call = _filled(raw if asked.slot == "body" else text, low, quotes, scene, asked)
    if call is None:
        return _still_asking(raw, quotes, scene, asked)
    more = [_filled(text, low, quotes, scene, replace(asked, call=each, same=())) for each in asked.same]
    others = [each for each in more if each]
    if call.tool in READS:
        from sayso.offline.mail.look import _full

        return Look((call,), lambda results: Say(_full(results[0], scene)))
    if call.tool == "create_calendar_event" and not call.args.get("start"):
        return asking("When should '{title}' be?", Question(call, "start"))
    if asked.slot == "start" and call.tool == "create_calendar_event":
        title = str(call.args.get("title"))
        if at_a_time(call.args, title, scene):
            return Ask("At what time?", Question(call, "start"))
        call = call.having({**call.args, "start": in_the_evening(title, str(call.args["start"]), scene)})
    return Do((call, *others))


def _is_yes(low: str) -> bool:
    return says_only(low, "yes", _YES_TOO, ("then", "thanks"))


def _still_asking(text: str, quotes: Quotes, scene: Scene, asked: Question) -> Act | None:
    """Something else of the call was changed, or none of the candidates was named: the question stays."""
    if asked.candidates and not asked.same and _is_yes(lower(text)):
        return Ask(asked.words, asked)
    call = correcting.amended(text, asked.call, quotes, scene)
    if call is None:
        return None
    question = replace(asked, call=call, same=())
    return Ask(question.words, question)


def _filled(text: str, low: str, quotes: Quotes, scene: Scene, asked: Question) -> Call | None:
    slot = asked.slot
    if asked.candidates:
        labels = [each["label"] for each in asked.candidates]
        index = pick(quotes.put_back(text), labels, scene)
        if index is not None and asked.options:
            return asked.options[index]
        if index is not None:
            return repair.fill(asked, asked.candidates[index]["id"])
        if re.fullmatch(r"(?:all|both|every one)(?: of (?:them|these|those))?", low) and slot == "messages":
            return asked.call.having({**asked.call.args, "messages": [each["id"] for each in asked.candidates]})
    if slot in ("start", "due", "end"):
        return _time(text, quotes, scene, asked)
    if slot == "body":
        if _ELSEWHERE.match(lower(text)):
            return None
        body = _body(text, quotes)
        args = {**asked.call.args, "body": body}
        if asked.call.tool != "reply_mail" and not args.get("subject"):
            args["subject"] = subject_of(body)
        return asked.call.having(args)
    if slot == "title":
        return None if _COMMAND.match(low) and asked.call.tool != "create_task" else _title(text, quotes, scene, asked)
    if slot in repair.PEOPLE:
        return _people(text, low, quotes, scene, asked)
    if slot == "recurrence":
        return repair.fill(asked, clean(text))
    if _COMMAND.match(low) or _is_yes(low) or len(low.split()) > 8 or not low or refers_back(low):
        return None
    reference = quotes.put_back(re.sub(r"^(?:the|my|our|i mean|it's)\s+", "", text, flags=re.I).strip(" .?!"))
    return repair.fill(asked, reference)


def _time(text: str, quotes: Quotes, scene: Scene, asked: Question) -> Call | None:
    minutes, rest = duration_in(text)
    free = timed(rest, scene.now, scene.zone)
    extra = [word for word in re.findall(r"[\w']+", lower(free.rest)) if word not in _FILLERS]
    when = free.when or bare_hour(free.rest)
    if (len(extra) > 3 and not when) or (not when and not minutes) or (_COMMAND.match(lower(text)) and extra):
        return None
    call = asked.call
    if when:
        old = call.args.get(asked.slot)
        if isinstance(old, str) and old:
            when = _onto_old_day(old, when, scene) if not free.has_date else _within(old, free, when, scene)
        call = repair.fill(asked, re.sub(r"^(?:at|on|from|for|by|to)\s+(?=\S)", "", when, flags=re.I))
    if minutes and call.tool == "create_calendar_event":
        call = call.having({**call.args, "duration_minutes": minutes})
    rule = next((each for each in free.found if each.moment.recurrence), None)
    if rule and call.tool == "create_calendar_event":
        call = call.having({**call.args, "recurrence": rule.text, "start": rule.moment.start.isoformat()})
    return call


_FILLERS = frozenset(
    [
        "let's",
        "say",
        "make",
        "it",
        "maybe",
        "please",
        "how",
        "about",
        "around",
        "at",
        "on",
        "for",
        "the",
        "umm",
        "then",
        "should",
        "be",
        "is",
        "it",
        "due",
        "by",
        "in",
        "works",
        "good",
        "fine",
        "i",
        "think",
        "that",
        "would",
        "do",
        "say",
        "sometime",
        "to",
        "yes",
        "ok",
    ]
)


def _onto_old_day(old: str, when: str, scene: Scene) -> str:
    before = timed(old, scene.now, scene.zone)
    if before.has_date and before.found:
        return f"{before.found[0].moment.start.date().isoformat()} {when}"
    return when


def _within(old: str, new: Timed, when: str, scene: Scene) -> str:
    """ "Tuesday at 2" after "next week" is next week's Tuesday."""
    span = next((each.moment for each in timed(old, scene.now, scene.zone).found if each.moment.is_range), None)
    said = new.found[0].moment
    if span is None or span.end is None or said.is_range or re.search(r"\d{4}|\bnext\b", when):
        return when
    day = said.start
    while day < span.start:
        day += timedelta(days=7)
    if day >= span.end:
        return when
    return f"{day.date().isoformat()} at {day:%H:%M}" if new.has_time else day.date().isoformat()


def _body(text: str, quotes: Quotes) -> str:
    found = re.match(r"(?:just\s+)?(?:(?:say|tell\s+(?:him|her|them)|write|put)(?:\s+that)?|that)\s+(?=\S)", text, re.I)
    words = text[found.end() :] if found else text
    return quotes.put_back(direct("tell", "that" if found else ":", words)).strip()


def _title(text: str, quotes: Quotes, scene: Scene, asked: Question) -> Call | None:
    if _is_yes(lower(text)):
        return None
    title = re.sub(
        r"^(?:(?:call|name|title)\s+it|it's(?:\s+called)?|it\s+is|to|that|make\s+it)\s+(?=\S)",
        "",
        text.strip(" ."),
        flags=re.I,
    )
    args = dict(asked.call.args)
    slot = "due" if asked.call.tool.endswith("task") else "start"
    free = timed(title, scene.now, scene.zone)
    if free.when and slot not in args and asked.call.tool.startswith("create"):
        args[slot], title = re.sub(r"^(?:at|on|by|for)\s+", "", free.when, flags=re.I), free.rest
    title = quotes.put_back(clean(title))
    return asked.call.having({"title": title if slot == "due" else capital(title), **args}) if title else None


def _people(text: str, low: str, quotes: Quotes, scene: Scene, asked: Question) -> Call | None:
    if _is_yes(low):
        return None
    names = [
        who
        for part in split_people(re.sub(r"^(?:to|it's|with|send it to|for)\s+", "", text.strip(" ."), flags=re.I))
        if (who := as_person(part, scene.person()))
    ]
    if not names or len(low.split()) > 6 or _COMMAND.match(low):
        return None
    first, *others = names
    call = repair.fill(asked, first)
    for name in others:
        call = repair.fill(Question(call, asked.slot), name)
    return call
