# ruff: noqa: E501  one alternative of a pattern is one line
"""New events: "book lunch with Ana at Luigi's on Friday at 1 for 90 minutes", "I have a call next Wed 4-5"."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sayso.agent.offline import answers
from sayso.agent.offline.acts import Act, Ask, Call, Do, Json, Question, Say, Scene, look
from sayso.agent.offline.calendar_free import said_time
from sayso.agent.offline.choices import days_of
from sayso.agent.offline.clauses import Clause
from sayso.agent.offline.memory import Thing
from sayso.agent.offline.say import moment
from sayso.agent.offline.slots import (
    DURATION,
    Timed,
    as_person,
    bare_hour,
    clean,
    duration_in,
    guests_in,
    is_name,
    minutes_of,
    place_in,
    split_people,
    timed,
)
from sayso.agent.offline.targets import EVENT_NOUN, nth
from sayso.agent.offline.words import MARK, Quotes, capital, lower

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
    |(?:i'm|i\ am|we're|we\ are|i'll\ be|we'll\ be)\ (?:at\ |going\ to\ (?:the\ |a\ )?|attending\ |having\ |doing\ |seeing\ |meeting\ (?:with\ )?|on\ |in\ |visiting\ |flying\ (?:to\ )?|(?=out\ of\ )|(?=away\b)))\s*(?P<rest>.+)""",
    re.X | re.I | re.S,
)
_MARK_AS = re.compile(
    r"(?:mark|block)\s+(?P<when>.+?)\s+as\s+(?:an?\s+|my\s+)?(?P<title>(?!read|unread|done|complete|finished|important|starred|not\b).+)",
    re.I,
)
_NEED_TIME = re.compile(
    r"(?:i|we)(?:'d like| need| want| would like)(?: to (?:have|get))?\s+(?:an?\s+(?:meeting|call|chat|catch-?up)\s+)?(?P<rest>(?:for\s+)?(?:an hour|half an hour|\d+\s*(?:min\w*|h\w*)|some time|time|\w+ hours?|\w+ minutes)?\s*with\s+.+)",
    re.I,
)
_CALENDAR = re.compile(
    r",?\s*\b(?:(?:(?:that|this|it)\s+)?(?:to|in|into|on|onto)\s+(?:my|the|our)\s+(?:work\s+|google\s+)?(?:calendar|diary|agenda|schedule|planner)|(?:can\s+you\s+|could\s+you\s+|please\s+|so\s+)*(?:put|add|stick|enter|note|pop|chuck|bung|whack|slot|pencil|get|log|mark|throw|write|jot)\s+(?:that|it|this|him|her|them)\s+(?:in|on|to|into|down)\b.*|(?:can\s+you\s+|could\s+you\s+|please\s+)?(?:put|add)\s+(?:that|it|this)$|(?:calendar|diary)\s+(?:entry|event|item)\s+(?:for|about)?)",
    re.I,
)
_TIMING = re.compile(r"(?:,\s*)?\b(?:preferably|ideally|if possible|hopefully)\b", re.I)
_CALLED = re.compile(
    rf"\b(?:called|titled|named|entitled|labelled|labeled|with (?:the )?title|title(?:d)?:?|name:)\s+(?P<title>{MARK}|.+)$",
    re.I,
)
_ABOUT = re.compile(
    r"\b(?:about|regarding|re|on the topic of|to (?:discuss|talk about|go over|review|plan|catch up on)|concerning|for discussing)\b:?\s+(?P<topic>.+)$",
    re.I,
)
_ALL_DAY = re.compile(
    r"\b(?:an?\s+)?(?:all[- ]day|full[- ]day|whole[- ]day)\b(?:\s+(?:event|thing|entry)(?:\s+(?:for|called))?)?|\ball day(?: long)?\b",
    re.I,
)
_NOTES = re.compile(
    r"[,;.]?\s*\b(?:description|notes?|agenda|details)\s*:\s*(?P<notes>.+)$|\bwith (?:the |a )?(?:description|notes?|agenda)\s+(?P<notes2>.+)$",
    re.I,
)
_INVITING = re.compile(
    r"[,;]?\s*\b(?:and\s+)?(?:please\s+)?(?:invite|inviting|cc|include|add guests?:?|guests?:|attendees:?)\s+(?P<who>.+?)$",
    re.I,
)
_GENERIC = re.compile(
    r"(?:an?\s+|the\s+|my\s+|some\s+|another\s+|new\s+|quick\s+|short\s+|something\b)*(?:meeting|event|appointment|entry|time|slot|calendar event|thing|something|anything|invite|invitation|booking|calendar entry|block|meeting invite|it|that|this|)?",
    re.I,
)
_ZONE_WORDS = re.compile(r"\b(?P<zone>UTC|GMT)\b")
_NOT_EVENT = re.compile(r"\b(?:e?mails?|messages?|inbox|newsletters?|labels?|drafts?|tasks?|contacts?|list)\b", re.I)
_DAYS_LONG = re.compile(
    r"\b(?:trip|holidays?|vacation|visit|wedding|birthday|leave|festival|fair|retreat|public holiday|day off)\b", re.I
)
_COMES = re.compile(
    r"(?P<who>(?:my|our)\s+\w+(?:\s+\w+)?|(?-i:[A-Z])\w+)(?:'s|\s+is|\s+are|'re)\s+(?P<what>visiting|coming(?:\s+over)?|staying|here|in\s+town|away)(?:\s+with\s+(?:me|us))?",
    re.I,
)
_BAD_TITLE = re.compile(
    r"(?:wake|set|turn|start|stop|buy|pay|pick|return|renew|fix|clean|wash|submit|finish|water|feed|order|collect|print|call(?! with\b| about\b| from\b)|ring|i|i'm|you|we|he|she|they|it|that|this|is|are|was|what|who|why|how|when|where|which|if|not|do|does|did|can|could|should|would|maybe|then|and|but|or|show|tell|find|read|list|look|search|open|play|order|translate|write|sing|turn|weather|no|yes|actually|see|going|ask|say|let|give|send|move|cancel|delete|remove|change|make)\b",
    re.I,
)


def read(clause: Clause, quotes: Quotes, scene: Scene) -> Act | None:
    text = clause.text
    calendar = _CALENDAR.search(text) is not None
    if act := take_slot(text, quotes, scene):
        return act
    if (found := _TIME_FOR.fullmatch(clause.raw.strip(" .!"))) and (act := _find_time(found, quotes, scene)):
        return act
    if found := _MARK_AS.fullmatch(text):
        return _event(f"{found['title']} {found['when']}", quotes, scene, needs_time=True)
    if found := _NEED_TIME.fullmatch(clause.raw.strip(" .!")):
        return _event(f"meeting {found['rest']}", quotes, scene, needs_time=False)
    body = re.sub(r"\s+instead$", "", _CALENDAR.sub(" ", text), flags=re.I)
    body = _TIMING.sub(" ", body)
    days = days_of(body)
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
    if calendar and not re.match(
        r"(?:what|show|is|do|any|when|who|how|where|which|search|find|check|list|open|pull|read|look)\b", lower(body)
    ):
        return _event(body, quotes, scene, needs_time=False)
    if clause.asked and not re.match(r".*\b(?:with|at)\b", lower(body)):
        return None
    return None if clause.asked else _verbless(body, quotes, scene)


def _on_each(clauses: list[Clause], quotes: Quotes, scene: Scene) -> Act | None:
    """One event on each of several days; what is missing is asked once for all."""
    acts = [read(each, quotes, scene) for each in clauses]
    if all(isinstance(act, Do) for act in acts):
        return Do(tuple(call for act in acts if isinstance(act, Do) for call in act.calls))
    questions = [act.question for act in acts if isinstance(act, Ask) and act.question]
    if len(questions) < len(acts) or not isinstance(acts[0], Ask):
        return None
    return Ask(acts[0].text, replace(questions[0], same=tuple(each.call for each in questions[1:])))


_TIME_FOR = re.compile(
    rf"(?:(?:i|we)(?:'m|\s+am|'re|\s+are)?\s+(?:also\s+|really\s+|just\s+)?(?:need|want|would\s+like|gonna\s+need|going\s+to\s+need|will\s+need|require)|(?:i|we)'(?:d\s+like|ll\s+need)|find(?:\s+me)?|give\s+me|get\s+me)\s+(?:to\s+(?:find|have|get|spend)\s+)?(?:about\s+|at\s+least\s+|around\s+)?(?P<long>{DURATION})\s+(?P<rest>.+)",
    re.I,
)


def _find_time(found: re.Match[str], quotes: Quotes, scene: Scene) -> Act | None:
    """ "I need an hour for expenses on Thursday": when there is time, and the question when it should be."""
    free = timed(found["rest"], scene.now, scene.zone)
    minutes = minutes_of(found["long"])
    if minutes is None or free.has_time or len(free.found) > 1:
        return None
    if re.search(r"\bfree\b", found["rest"], re.I):
        return None
    people, left = guests_in(free.rest, scene.person())
    what = re.sub(r"^(?:(?:free|alone|on my own)\s+)?(?:to|for|on|of|sometime)\s+", "", f"{left} ".lstrip(), flags=re.I)
    title = _title(re.sub(r"^(?:work on|do)\s+", "", what), people, quotes)
    when = re.sub(r"^(?:on|in|at|for|sometime)\s+(?=\S)", "", free.when, flags=re.I) or "this week"
    call = Call(
        "create_calendar_event",
        {"title": title, "start": when, "duration_minutes": minutes, **({"guests": people} if people else {})},
    )
    said = said_time(when, scene)

    def then(results: Sequence[Json]) -> Act:
        slots = answers.items(results[0], "slots")
        shown = answers.slots(results[0], scene, said)
        if not slots or not title:
            return Say(shown)
        lines = [line.partition(". ")[2] or line for line in shown.splitlines()[1:]]
        labels = tuple({"id": str(slot["start"]), "label": line} for slot, line in zip(slots, lines, strict=False))
        return Ask(f"{shown}\nWhen should I put '{title}'?", Question(call, "start", labels))

    return look("find_free_time", then, duration_minutes=minutes, start=when)


_TAKE = re.compile(
    r"(?:book|take|use|reserve|schedule|i'll take|pick|choose|grab)\s+(?P<ref>it|that|that one|the \w+(?: (?:one|slot))?)(?:\s+(?:for|with|as)\s+(?P<what>.+))?",
    re.I,
)


_WORKS = re.compile(
    r"(?:(?:ok(?:ay)?|great|then|let's\s+(?:do|say|take)|how\s+about|make\s+it|book|take)[\s,]+)*(?P<when>\S.*?)(?:\s+(?:for|as|with)\s+(?P<what>\S.*?))?(?:\s+(?:works|suits(?:\s+me)?|is\s+(?:good|fine|perfect|great|ok(?:ay)?)|sounds\s+good|would\s+be\s+\w+|please|then))*",
    re.I,
)


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
        args |= {"title": f"Meeting with {_names(people)}", "guests": people}
    found = found or works
    if found and found["what"]:
        who = re.search(r"\bwith\s+\S", text) and not re.search(r"\bfor\b", text)
        details, rest = _details(("with " if who else "") + found["what"], quotes, scene)
        people, left = guests_in(rest, scene.person())
        args |= {"title": _title(left, people, quotes), **details, **({"guests": people} if people else {})}
    return _complete(args, False, scene, False)


def clean_spaces(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip(" ,")


_FOR_A_MEAL = re.compile(
    rf"(?P<who>\w+(?:\s+\w+)?)\s+(?:in\s+)?for\s+(?:an?\s+)?(?P<what>(?:quick\s+)?{EVENT_NOUN.pattern})(?P<rest>.*)",
    re.I,
)


def _explicit(rest: str, text: str, weak: bool, quotes: Quotes, scene: Scene) -> Act | None:
    rest = re.sub(r"^(?:me|us)\s+(?=(?:an?|some|the)\s)|^the\s+following\b\s*(?:event\s*)?:?\s*", "", rest, flags=re.I)
    low, verb = lower(rest), lower(text.split()[0])
    whole = re.match(r"block|reserve|keep|hold|save|set aside", verb) is not None
    if whole:
        rest = re.sub(r"\b(?:free|clear|open|blocked)\b(?=\s|$)", " ", rest, flags=re.I)
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
    if not free.has_time and not ((noun or all_day) and free.has_date and len(free.rest.split()) > 1):
        return None
    if _NOT_EVENT.search(lower(free.rest)) or re.match(r"(?:the|my|our|to|at|his|her)\s", lower(free.rest)):
        return None
    if len(free.rest.split()) > 12 or len(free.rest) < 3:
        return None
    return _event(text, quotes, scene, needs_time=True)


def _event(rest: str, quotes: Quotes, scene: Scene, needs_time: bool, whole: bool = False) -> Act | None:
    """`whole`: time is kept free, so that a part of the day means all of it."""
    args, text = _details(rest, quotes, scene)
    title = _called(text, quotes)
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
    if not place and (tail := _last_place(left)):
        args["location"], left = tail
    guests = [*args.pop("guests", []), *people]
    if "title" not in args:
        args["title"] = _title(left, people, quotes) or capital(re.sub(r"^the\s+", "", str(args.get("location", ""))))
    scene.people += guests
    if rule:
        args["recurrence"] = _rule_words(rule.text)
        args["start"] = (
            (free.found[0] if len(free.found) == 1 else rule).moment.start.isoformat()
            if len(free.found) == 1
            else free.when
        )
        if len(free.found) > 1:
            args["start"] = " ".join(each.text for each in free.found if each is not rule)
        if rule.moment.explicit_end and rule.moment.end is not None and minutes is None and rule.moment.has_time:
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
    if whole and not args["title"]:
        args["title"] = "Blocked"
    return _complete(args, needs_time, scene, _ALL_DAY.search(rest) is not None)


def _whole_part(free: Timed) -> Json | None:
    """From when and how long "tomorrow morning" is, if that is all that was said of the time."""
    if len(free.found) != 1 or free.recurrence or free.has_time:
        return None
    said = free.found[0].moment
    if not said.part_of_day or said.end is None:
        return None
    minutes = round((said.end - said.start).total_seconds() / 60)
    return {"start": said.start.isoformat(), "duration_minutes": minutes}


def _complete(args: Json, needs_time: bool, scene: Scene, all_day: bool) -> Act | None:
    title = str(args.pop("title", ""))
    if title.lower() in ("calendar", "my calendar", "time", "blocked") or (not title and args.pop("blocked", False)):
        title = "Blocked"
    if needs_time and not args.get("start"):
        return None
    if needs_time and not title:
        return None
    if title:
        args = {"title": title[:300], **args}
    if args.get("start"):
        args["start"] = in_the_evening(title, str(args["start"]), scene)
    call = Call("create_calendar_event", args)
    if not title:
        return Ask("What should it be called?", Question(call, "title"))
    if not args.get("start"):
        return Ask(f"When should '{title}' be?", Question(call, "start"))
    if at_a_time(args, title, scene) and not all_day:
        return Ask(f"At what time should '{title}' be?", Question(call, "start"))
    return Do((call,))


_EVENING = re.compile(
    r"\b(?:table|restaurant|dinner|supper|drinks|party|concert|movies?|cinema|theat(?:re|er)|gig|pub|date night)\b",
    re.I,
)


def in_the_evening(title: str, start: str, scene: Scene) -> str:
    """ "Dinner at 7" is in the evening."""
    times = timed(start, scene.now, scene.zone).found
    if not _EVENING.search(title) or not times or re.search(r"\d\s*[ap]\.?m|morning|noon|T\d\d:", start, re.I):
        return start
    early = any(each.moment.has_time and 5 <= each.moment.start.hour < 12 for each in times)
    return (
        re.sub(r"(?:^|(?<=at )|(?<=-\d\d ))(\d{1,2}(?:[:.]\d\d)?)(?![\d:]|\s*[ap]m)", r"\1 pm", start)
        if early
        else start
    )


_SHORT = re.compile(
    r"\b(?:meeting|call|appointment|lunch|dinner|breakfast|brunch|coffee|drinks|sync|stand-?up|1:1|catch-?up|review|interview|session|lesson|class|demo|retro|check-?in|chat)\b",
    re.I,
)


def at_a_time(args: Json, title: str, scene: Scene) -> bool:
    """Whether the user named a day only, for something that is never a whole day long."""
    if not (_SHORT.search(title) or args.get("guests")) or args.get("recurrence"):
        return False
    start = timed(str(args["start"]), scene.now, scene.zone)
    return bool(start.found) and not any(
        each.moment.has_time or each.moment.is_range or each.moment.part_of_day for each in start.found
    )


def _details(rest: str, quotes: Quotes, scene: Scene) -> tuple[Json, str]:
    """Notes, invited people and place that are named as such, and the text without them."""
    args: Json = {}
    if found := _NOTES.search(rest):
        args["description"] = quotes.put_back(found["notes"] or found["notes2"])
        rest = rest[: found.start()]
    if found := _INVITING.search(rest):
        free = timed(found["who"], scene.now, scene.zone)
        people = [who for part in split_people(free.rest) if (who := as_person(part, scene.person()))]
        if people:
            args["guests"], rest = people, f"{rest[: found.start()]} {free.when}"
    if found := re.search(r"[,;]\s*(?:location|place|where|venue)\s*:?\s+(?:is\s+)?(?P<where>[^,;]+)", rest, re.I):
        args["location"] = quotes.put_back(found["where"].strip())
        rest = rest[: found.start()] + rest[found.end() :]
    rest = _ALL_DAY.sub(" ", rest)
    return args, clean_spaces(rest)


def _called(text: str, quotes: Quotes) -> tuple[str, str]:
    """The title that the user gave as such, and the text without it."""
    if found := re.search(
        rf"(?:\b(?:called|titled|named|entitled|with (?:the )?title|title:?|about|for)\s+)?(?P<mark>{MARK})", text, re.I
    ):
        return quotes.put_back(found["mark"]), clean_spaces(text[: found.start()] + " " + text[found.end() :])
    if found := re.search(
        r"\b(?:called|titled|named|entitled)\s+(?P<title>[^,;]+?)(?=\s+(?:on|at|for|from|with|in|tomorrow|today|next|this|every)\b|[,;]|$)",
        text,
        re.I,
    ):
        return capital(found["title"].strip()), clean_spaces(text[: found.start()] + " " + text[found.end() :])
    return "", text


def _last_place(text: str) -> tuple[str, str] | None:
    """ "Drinks with Noor, , The Crown": a name of its own behind the last comma."""
    found = re.fullmatch(r"(?P<what>.*\w.*?)\s*,[\s,]*(?P<where>(?:The\s+|the\s+)?[A-Z][\w'&. -]*)", text)
    return (found["where"].strip(), found["what"]) if found else None


def _title(text: str, people: list[str], quotes: Quotes) -> str:
    """What the event is, in the user's words."""
    text = clean(re.sub(r"\b(?:sometime|some time|recurring|repeating|regular)\b", " ", text, flags=re.I))
    text, topic = re.sub(r"\s+", " ", text), ""
    if found := _ABOUT.search(text):
        topic, text = clean(found["topic"]), clean(text[: found.start()])
    text = re.sub(r"^(?:(?:an?|another|some|the|new|my|our|out(?! of\b)|me|us|in)\s+)+(?=\S)", "", text, flags=re.I)
    text = re.sub(
        r"^(?:(?:meeting|event|appointment|entry|slot|time|block|reminder|booking|space|room for|gap|free time)\s+(?:for|of)\s+|for\s+|to\s+|of\s+|on\s+|:\s*|event\s*:?\s+(?=\S))(?:the\s+|an?\s+|my\s+)?",
        "",
        text,
        flags=re.I,
    )
    text = clean(
        re.sub(
            r"\b(?:for|on|at|with|and|from|booked|booked in|scheduled|planned|preferably|ideally)$",
            "",
            clean(text),
            flags=re.I,
        )
    )
    text = "Time off" if lower(text) == "off" else text
    text = re.sub(r"\s*\(\s*\)", "", text)
    generic = _GENERIC.fullmatch(text) is not None
    noun = "" if re.fullmatch(r"(?:something|anything|thing|it|that|this|time|slot|entry|event|)", text, re.I) else text
    if topic and (generic or not text):
        return capital(quotes.put_back(topic))
    if lower(noun) == "be":
        noun = ""
    if not noun:
        return f"Meeting with {_names(people)}" if people else ""
    if people:
        noun = f"{noun} with {_names(people)}"
    if topic:
        noun = f"{noun} about {topic}"
    return capital(quotes.put_back(noun))


def _names(people: list[str]) -> str:
    return people[0] if len(people) == 1 else f"{', '.join(people[:-1])} and {people[-1]}"


def _rule_words(text: str) -> str:
    return re.sub(r"^(?:on|for|at)\s+", "", text.strip(), flags=re.I)
