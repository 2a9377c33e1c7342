# ruff: noqa: E501  one alternative of a pattern is one line
"""New events: "book lunch with Ana at Luigi's on Friday at 1 for 90 minutes", "I have a call next Wed 4-5"."""

import re
from dataclasses import replace
from datetime import timedelta

from sayso.offline.acts import Act, Ask, Do, Json
from sayso.offline.calendar.beside import beside, copied
from sayso.offline.calendar.details import (
    ALL_DAY,
    called,
    clean_spaces,
    complete,
    details_in,
    excepted,
    last_place,
    title_of,
)
from sayso.offline.calendar.slots import TIME_FOR, find_time, take_slot
from sayso.offline.choices import days_of
from sayso.offline.reading.clauses import Clause
from sayso.offline.reading.slots import Timed, duration_in, guests_in, is_name, place_in, timed
from sayso.offline.reading.targets import EVENT_NOUN
from sayso.offline.reading.words import Quotes, capital, lower
from sayso.offline.scene import Scene

_VERB = re.compile(
    r"""(?:put\ me\ down\ for|pencil\ me\ in\ for|set\ aside|carve\ out|schedule|book(?:\ in)?|set\ up|set(?=\ (?:an?|the|my|some|another)\ )|setup|arrange|organi[sz]e|plan(?:\ in)?|create|add|make|put(?:ting)?(?:\ in|\ down)?|block(?:\ (?:off|out))?|reserve|pencil(?:ling)?(?:\ in)?|enter|hold|fix(?:\ up)?|fit\ in|squeeze\ in
    |stick|slot\ in|insert|register|log|note(?:\ down)?|scheduling|booking|setting\ up|adding|creating|arranging|blocking|throw|pop|get\ me|give\ me|keep|save|propose|do|have|get|host|meet(?:ing)?(?:\ up)?|grab|catch\ up|i\ want|new|invite)\b\s*(?P<rest>.*)""",
    re.X | re.I | re.S,
)
_WEAK = re.compile(
    r"(?:keep|pop|save|do|have|get|give me|get me|make|add|put|create|enter|stick|note|log|register|throw|plan|host|grab|meet|catch up|hold|new|invite|set up|i want|fix|insert|reserve|propose)\b",
    re.I,
)
_STATED = re.compile(
    r"""(?:there's|there\ is|there\ will\ be|got\ (?=an?\ )|(?:i|we)(?:'ve\ got|\ have\ got|'ve|\ have|\ got|'ll\ have|\ will\ have|'m\ having|'re\ having|\ am\ having)\ (?:(?:an?|the|my|another|some)\b|to\ be\ at|to\ go\ to|to\ attend|)
    |(?:i'm|i\ am|we're|we\ are|i'll\ be|we'll\ be)\ (?:at\ |going\ to\ (?:the\ |a\ )?|going\ on\ (?:a\ |our\ |my\ )?|attending\ |having\ |doing\ |seeing\ |meeting\ (?:with\ )?|on\ |in\ |visiting\ |flying\ (?:to\ )?|(?=out\ of\ )|(?:going\ )?(?=away\b)|(?=travell?ing\b)|(?=working\ from\b)))\s*(?P<rest>.+)""",
    re.X | re.I | re.S,
)
_MARK_AS = re.compile(
    r"(?:mark|block)\s+(?P<when>(?!me\b).+?)\s+as\s+(?:an?\s+|my\s+)?(?P<title>(?!read|unread|done|complete|finished|important|starred|not\b).+)|(?:mark|set|put|show)\s+me\s+(?:down\s+)?(?:as\s+(?:being\s+)?)?(?P<away>(?:out|away|off|busy|unavailable|on|absent|sick|travell?ing)\b.*)",
    re.I,
)
_AWAY = re.compile(
    r"\b(?:vacation|holidays?|(?:annual |sick |parental |maternity |paternity )?leave|out of (?:the )?office|away|time off|travell?ing|trip)\b",
    re.I,
)
"""What fills whole days, so that a week needs no time of day."""
_OFF = re.compile(r"(?:i|we)(?:'m|'re|'ll\s+be|\s+am|\s+are|\s+will\s+be)\s+(?P<rest>(?:off|out|away)\b.*)", re.I)
_NEED_TIME = re.compile(
    r"(?:i|we)(?:'d like| need| want| would like)(?: to (?:have|get))?\s+(?:an?\s+(?:meeting|call|chat|catch-?up)\s+)?(?P<rest>(?:for\s+)?(?:an hour|half an hour|\d+\s*(?:min\w*|h\w*)|some time|time|\w+ hours?|\w+ minutes)?\s*with\s+.+)",
    re.I,
)
_CALENDAR = re.compile(
    r",?\s*\b(?:(?:(?:that|this|it)\s+)?(?:to|in|into|on|onto)\s+(?:my|the|our)\s+(?:work\s+|google\s+)?(?:calendar|diary|agenda|schedule|planner)|(?:can\s+you\s+|could\s+you\s+|please\s+|so\s+)*(?:put|add|stick|enter|note|pop|chuck|bung|whack|slot|pencil|get|log|mark|throw|write|jot)\s+(?:that|it|this|him|her|them)\s+(?:in|on|to|into|down)\b.*|(?:can\s+you\s+|could\s+you\s+|please\s+)?(?:put|add)\s+(?:that|it|this)$|(?:calendar|diary)\s+(?:entry|event|item)\s+(?:for|about)?|(?<=[\w,;.]\s)(?:can\s+you\s+|could\s+you\s+|please\s+|so\s+|and\s+)*(?:block|mark)\s+(?:(?:off|out)\s+)?(?:(?:my|the)\s+(?:calendar|diary|schedule)|it|that|th(?:e|at|ose|ese)\s+(?:days?|time|dates|week))(?:\s+(?:off|out|for\s+(?:it|that|me)|accordingly|then))*$)",
    re.I,
)
_TIMING = re.compile(r"(?:,\s*)?\b(?:preferably|ideally|if possible|hopefully)\b", re.I)


_NOT_EVENT = re.compile(r"\b(?:e?mails?|messages?|inbox|newsletters?|labels?|drafts?|tasks?|contacts?|list)\b", re.I)
_DAYS_LONG = re.compile(
    r"\b(?:trip|holidays?|vacation|visit|wedding|birthday|leave|festival|fair|retreat|public holiday|day off)\b", re.I
)
_COMES = re.compile(
    r"(?P<who>(?:my|our)\s+\w+(?:\s+\w+)?|(?-i:[A-Z])\w+)(?:'s|\s+is|\s+are|'re)\s+(?P<what>visiting|coming(?:\s+over)?|staying|here|in\s+town|away)(?:\s+with\s+(?:me|us))?",
    re.I,
)
_BAD_TITLE = re.compile(
    r"(?:wake|remind|notify|copy|duplicate|repeat|end|stop|set|turn|start|stop|buy|pay|pick|return|renew|fix|clean|wash|submit|finish|water|feed|order|collect|print|call(?! with\b| about\b| from\b)|ring|i|i'm|you|we|he|she|they|it|that|this|is|are|was|what|who|why|how|when|where|which|if|not|do|does|did|can|could|should|would|maybe|then|and|but|or|show|tell|find|read|list|look|search|open|play|order|translate|write|sing|turn|weather|no|yes|actually|see|going|ask|say|let|give|send|move|cancel|delete|remove|change|make)\b",
    re.I,
)


def read(clause: Clause, quotes: Quotes, scene: Scene) -> Act | None:
    return _read(clause, quotes, scene, one_day=False)


def _read(clause: Clause, quotes: Quotes, scene: Scene, one_day: bool) -> Act | None:
    """`one_day`: it is one of several days by itself, and not parted again."""
    text = clause.text
    calendar = _CALENDAR.search(text) is not None
    if act := take_slot(text, quotes, scene):
        return act
    if (found := TIME_FOR.fullmatch(clause.raw.strip(" .!"))) and (act := find_time(found, quotes, scene)):
        return act
    if act := copied(clause, quotes, scene):
        return act
    if not clause.asked and (act := beside(clause, quotes, scene, read)):
        return act
    if found := _MARK_AS.fullmatch(text):
        if found["away"]:
            return _event(found["away"], quotes, scene, needs_time=False, whole=True)
        return _event(f"{found['title']} {found['when']}", quotes, scene, needs_time=True)
    if found := _NEED_TIME.fullmatch(clause.raw.strip(" .!")):
        return _event(f"meeting {found['rest']}", quotes, scene, needs_time=False)
    body = re.sub(r"\s+instead$", "", _CALENDAR.sub(" ", text), flags=re.I)
    body = _TIMING.sub(" ", body)
    days = [] if one_day else days_of(body)
    if len(days) > 1:
        return _on_each([replace(clause, text=day, low=lower(day)) for day in days], quotes, scene)
    if found := _VERB.fullmatch(clean_spaces(body)):
        weak = _WEAK.match(lower(text)) is not None and not calendar
        if clause.duty and weak and not timed(body, scene.now, scene.zone).has_time:
            return None  # a thing to do
        return _explicit(found["rest"], clean_spaces(body), weak, quotes, scene)
    if (calendar or not clause.asked) and (found := _STATED.fullmatch(clean_spaces(body))):
        prefix = (
            "Flight to "
            if re.match(r"\S+(?: am| are| be)? flying to\b", lower(body))
            else "Meeting with "
            if re.match(r"(?:i'm|i am|we're|we are|i'll be)\s+meeting\b", lower(body))
            else ""
        )
        return _event(prefix + found["rest"], quotes, scene, needs_time=True)
    if calendar and (found := _OFF.fullmatch(clean_spaces(body))):
        return _event(found["rest"], quotes, scene, needs_time=False, whole=True)
    if calendar and not re.match(
        r"(?:what|show|is|do|any|when|who|how|where|which|search|find|check|list|open|pull|read|look)\b", lower(body)
    ):
        body = re.sub(r"^(?:i|we)(?:'m|'re|'ll\s+be|\s+am|\s+are|\s+will\s+be)\s+(?=\w+ing\b)", "", body, flags=re.I)
        return _event(body, quotes, scene, needs_time=False)
    if clause.asked and not re.match(r".*\b(?:with|at)\b", lower(body)):
        return None
    return None if clause.asked else _verbless(body, quotes, scene)


def _on_each(clauses: list[Clause], quotes: Quotes, scene: Scene) -> Act | None:
    """One event on each of several days; what is missing is asked once for all."""
    acts = [_read(each, quotes, scene, one_day=True) for each in clauses]
    if all(isinstance(act, Do) for act in acts):
        return Do(tuple(call for act in acts if isinstance(act, Do) for call in act.calls))
    questions = [act.question for act in acts if isinstance(act, Ask) and act.question]
    if len(questions) < len(acts) or not isinstance(acts[0], Ask):
        return None
    return Ask(acts[0].text, replace(questions[0], same=tuple(each.call for each in questions[1:])))


_FOR_A_MEAL = re.compile(
    rf"(?P<who>\w+(?:\s+\w+)?)\s+(?:in\s+)?for\s+(?:an?\s+)?(?P<what>(?:quick\s+)?{EVENT_NOUN.pattern})(?P<rest>.*)",
    re.I,
)


def _explicit(rest: str, text: str, weak: bool, quotes: Quotes, scene: Scene) -> Act | None:
    rest = re.sub(r"^(?:me|us)\s+(?:in|down)\s+for\s+", "", rest, flags=re.I)
    rest = re.sub(r"^(?:me|us)\s+(?=(?:an?|some|the)\s)|^the\s+following\b\s*(?:event\s*)?:?\s*", "", rest, flags=re.I)
    low, verb = lower(rest), lower(text.split()[0])
    whole = re.match(r"block|reserve|keep|hold|save|set aside", verb) is not None
    if whole:
        rest = re.sub(r"\b(?:free|clear|open|blocked)\b(?=\s|$)", " ", rest, flags=re.I)
        rest = re.sub(
            r"^(?:my|the)\s+(?:whole\s+)?(?:calendar|diary|schedule)\b(?=.*\w)", " ", rest.strip(), flags=re.I
        )
    if verb in ("meet", "meeting", "catch"):
        rest = f"Meeting {rest}" if re.match(r"(?:with|up)\b", low) else f"Meeting with {rest}"
    if verb in ("book", "get", "grab") and (meal := _FOR_A_MEAL.fullmatch(rest)) and is_name(meal["who"]):
        rest = f"{meal['what']} with {meal['who']} {meal['rest']}"
    if verb == "invite":
        found = re.fullmatch(r"(?P<who>.+?)\s+(?:over\s+)?(?:to|for)\s+(?P<what>(?!the\b|my\b).+)", rest, re.I)
        if found is None:
            return None
        rest = f"{found['what']} with {found['who']}"
    if (
        verb == "add"
        and re.search(r"\b(?:to|on) (?:the(?!\s+\d)|my|our|it|that)\b", low)
        and not _CALENDAR.search(text)
    ):
        return None
    if re.match(r"an? (?:alarm|timer|goal|record|password)\b", low):
        return None
    if re.match(r"(?:that|if|whether|how|what|why|it|them|him|her|me)\b", low) and not _CALENDAR.search(text):
        return None
    free = timed(rest, scene.now, scene.zone)
    if _NOT_EVENT.search(low) and not EVENT_NOUN.search(low) and not (whole and free.found):
        return None
    if weak and not free.found and not EVENT_NOUN.search(low) and not re.match(r"(?:an?\s+)?(?:new\s+)?event", low):
        return None
    return _event(rest, quotes, scene, needs_time=False, whole=whole)


def _verbless(text: str, quotes: Quotes, scene: Scene) -> Act | None:
    """ "Lunch with Tom tomorrow at noon": a thing and when it is."""
    text = re.sub(r"^(?:new\s+)?(?:event|appointment|meeting)\s*[:-]\s*", "", text, flags=re.I)
    free = timed(text, scene.now, scene.zone)
    if not free.found or not free.rest or (_BAD_TITLE.match(lower(free.rest)) and not _STATED.fullmatch(free.rest)):
        return None
    if stated := _STATED.fullmatch(free.rest):
        rest = (
            f"Meeting with {stated['rest']}" if re.match(r"\S+ (?:am )?meeting\b", lower(free.rest)) else stated["rest"]
        )
        return _event(f"{rest} {free.when}", quotes, scene, needs_time=True)
    if comes := _COMES.fullmatch(free.rest):
        who = re.sub(r"^(?:my|our)\s+", "", comes["who"], flags=re.I)
        return _event(f"{who} {comes['what']} {free.when}", quotes, scene, needs_time=True)
    if re.search(
        r"\b(?:is|are|was|were|can't|cannot|won't|doesn't|isn't|didn't|might|moved|rescheduled|cancell?ed|changed|postponed|said|wants?)\b",
        lower(free.rest),
    ):
        return None  # a statement about something, not a name for it
    noun = EVENT_NOUN.search(lower(free.rest))
    days = any(each.moment.is_range and re.search(r"\d", each.text) for each in free.found)
    if (
        days
        and len(free.rest.split()) <= 4
        and not free.has_time
        and not re.match(r"(?:the|my|our)\s", lower(free.rest))
    ):
        return _event(text, quotes, scene, needs_time=True)
    all_day = _DAYS_LONG.search(free.rest) is not None
    often = free.recurrence and len(free.rest.split()) <= 4
    if not free.has_time and not often and not ((noun or all_day) and free.has_date and len(free.rest.split()) > 1):
        return None
    if _NOT_EVENT.search(lower(free.rest)) or re.match(r"(?:the|my|our|to|at|his|her)\s", lower(free.rest)):
        return None
    if len(free.rest.split()) > 12 or len(free.rest) < 3:
        return None
    return _event(text, quotes, scene, needs_time=True)


def _event(rest: str, quotes: Quotes, scene: Scene, needs_time: bool, whole: bool = False) -> Act | None:
    """`whole`: time is kept free, so that a part of the day means all of it."""
    rest, but = excepted(rest, scene)
    args, text = details_in(rest, quotes, scene)
    args |= {"except_dates": but} if but else {}
    title = called(text, quotes)
    if title[0]:
        args["title"], text = title
    minutes, text = duration_in(text)
    free = timed(text, scene.now, scene.zone)
    rule = next((each for each in free.found if each.moment.recurrence), None)
    people, left = guests_in(free.rest, scene.person())
    scene.roles |= {who for who in people if who.isalpha() and re.search(rf"(?<!\w){lower(who)}(?!\w)", text)}
    place, left = place_in(left)
    if place and "location" not in args:
        args["location"] = quotes.put_back(place)
    if not place and (tail := last_place(left)):
        args["location"], left = tail
    guests = [*args.pop("guests", []), *people]
    if "title" not in args:
        args["title"] = title_of(left, people, quotes) or capital(re.sub(r"^the\s+", "", str(args.get("location", ""))))
    scene.people += guests
    if rule:
        args["recurrence"] = _rule_words(rule.text)
        in_day = free.has_time or rule.moment.part_of_day
        first = rule.moment.start if in_day else rule.moment.start.date()
        others = " ".join(each.text for each in free.found if each is not rule)
        args["start"] = others or first.isoformat()
        ends = (rule.moment.explicit_end and rule.moment.has_time) or (whole and rule.moment.part_of_day)
        if ends and rule.moment.end is not None and minutes is None:
            minutes = round((rule.moment.end - rule.moment.start).total_seconds() / 60)
    elif free.when:
        args["start"] = re.sub(
            r"^(?:(?:on|from|for)\s+|at\s+(?=\d{1,2}(?::\d\d|\s*[ap]m)|noon|midnight|half|quarter))",
            "",
            free.when,
            flags=re.I,
        )
    if guests:
        args["guests"] = list(dict.fromkeys(guests))
    if minutes:
        args["duration_minutes"] = minutes
    elif whole and (part := _whole_part(free)):
        args |= part
    all_day = ALL_DAY.search(rest) is not None
    if not minutes and (days := _whole_days(free)) and _fills_days(str(args["title"]), whole):
        args, all_day = args | days, True
    if whole and not args["title"]:
        args["title"] = "Blocked"
    return complete(args, needs_time, scene, all_day)


def _fills_days(title: str, whole: bool) -> bool:
    return _AWAY.search(title) is not None or (whole and not EVENT_NOUN.search(lower(title)))


def _whole_days(free: Timed) -> Json | None:
    """The first and last day of "next week", if that is all that was said of the time."""
    if len(free.found) != 1 or not re.search(r"week|month|days", free.when, re.I):
        return None
    said = free.found[0].moment
    if said.end is None or not said.is_range or said.has_time or said.part_of_day or said.recurrence:
        return None
    return {"start": said.start.date().isoformat(), "end": (said.end - timedelta(days=1)).date().isoformat()}


def _whole_part(free: Timed) -> Json | None:
    """From when and how long "tomorrow morning" is, if that is all that was said of the time."""
    if len(free.found) != 1 or free.recurrence or free.has_time:
        return None
    said = free.found[0].moment
    if not said.part_of_day or said.end is None:
        return None
    minutes = round((said.end - said.start).total_seconds() / 60)
    return {"start": said.start.isoformat(), "duration_minutes": minutes}


def _rule_words(text: str) -> str:
    return re.sub(r"^(?:on|for|at)\s+", "", text.strip(), flags=re.I)
