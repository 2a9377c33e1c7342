# ruff: noqa: E501  one alternative of a pattern is one line
"""What an event is called, when it is if that goes without saying, and what else is said of it."""

import re

from sayso.offline.acts import Act, Ask, Call, Do, Json, Question, asking
from sayso.offline.reading.slots import as_person, clean, split_people, timed
from sayso.offline.reading.words import MARK, Quotes, capital, lower
from sayso.offline.scene import Scene

_CALLED = re.compile(
    rf"\b(?:called|titled|named|entitled|labelled|labeled|with (?:the )?title|title(?:d)?:?|name:)\s+(?P<title>{MARK}|.+)$",
    re.I,
)
_ABOUT = re.compile(
    r"\b(?:about|regarding|re|on the topic of|to (?:discuss|talk about|go over|review|plan|catch up on)|concerning|for discussing)\b:?\s+(?P<topic>.+)$",
    re.I,
)
ALL_DAY = re.compile(
    r"\b(?:an?\s+)?(?:all[- ]day|full[- ]day|whole[- ]day)\b(?:\s+(?:event|thing|entry)(?:\s+(?:for|called))?)?|\ball day(?: long)?\b",
    re.I,
)
_NOTES = re.compile(
    r"[,;.]?\s*\b(?:description|notes?|agenda|details)\s*:\s*(?P<notes>.+)$|\bwith (?:the |a )?(?:description|notes?|agenda)\s+(?P<notes2>.+)$",
    re.I,
)
_EXCEPTED = re.compile(
    r"\s*,?\s+(?:except(?:ing)?|excluding|but\s+not|apart\s+from|other\s+than)(?:\s+for)?\s+(?P<but>\S.*)$", re.I
)
_AND = re.compile(r"\s*,\s*(?:and\s+)?|\s+and\s+", re.I)
_ON = re.compile(r"^(?:on|in|during|for)\s+", re.I)
_INVITING = re.compile(
    r"[,;]?\s*\b(?:and\s+)?(?:please\s+)?(?:invite|inviting|cc|include|add guests?:?|guests?:|attendees:?)\s+(?P<who>.+?)$",
    re.I,
)
_GENERIC = re.compile(
    r"(?:an?\s+|the\s+|my\s+|some\s+|another\s+|new\s+|quick\s+|short\s+|something\b)*(?:meeting|event|appointment|entry|time|slot|calendar event|thing|something|anything|invite|invitation|booking|calendar entry|block|meeting invite|it|that|this|)?",
    re.I,
)
_EVENING = re.compile(
    r"\b(?:table|restaurant|dinner|supper|drinks|party|concert|movies?|cinema|theat(?:re|er)|gig|pub|date night)\b",
    re.I,
)
_SHORT = re.compile(
    r"\b(?:meeting|call|appointment|lunch|dinner|breakfast|brunch|coffee|drinks|sync|stand-?up|1:1|catch-?up|review|interview|session|lesson|class|demo|retro|check-?in|chat)\b",
    re.I,
)


def complete(args: Json, needs_time: bool, scene: Scene, all_day: bool) -> Act | None:
    title = str(args.pop("title", ""))
    if title.lower() in ("calendar", "my calendar", "time", "all", "blocked") or (
        not title and args.pop("blocked", False)
    ):
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
        return asking("When should '{title}' be?", Question(call, "start"))
    if at_a_time(args, title, scene) and not all_day:
        return asking("At what time should '{title}' be?", Question(call, "start"))
    return Do((call,))


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


def at_a_time(args: Json, title: str, scene: Scene) -> bool:
    """Whether the user named a day only, for something that is never a whole day long."""
    rule = timed(str(args.get("recurrence") or ""), scene.now, scene.zone).recurrence
    if not (_SHORT.search(title) or args.get("guests") or re.match("FREQ=(?:DAILY|WEEKLY)", rule)):
        return False
    start = timed(str(args["start"]), scene.now, scene.zone)
    return bool(start.found) and not any(
        each.moment.has_time or each.moment.is_range or each.moment.part_of_day for each in start.found
    )


def details_in(rest: str, quotes: Quotes, scene: Scene) -> tuple[Json, str]:
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
    rest = ALL_DAY.sub(" ", rest)
    return args, clean_spaces(rest)


def excepted(rest: str, scene: Scene) -> tuple[str, list[str]]:
    """ "Every Monday at 9 except Easter week and on April 6": the text without the days that are left out, and these."""
    found = _EXCEPTED.search(rest)
    if found is None or not timed(rest[: found.start()], scene.now, scene.zone).recurrence:
        return rest, []
    return rest[: found.start()], [each for part in _AND.split(found["but"]) if (each := _ON.sub("", part.strip()))]


def called(text: str, quotes: Quotes) -> tuple[str, str]:
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


def last_place(text: str) -> tuple[str, str] | None:
    """ "Drinks with Noor, , The Crown": a name of its own behind the last comma."""
    found = re.fullmatch(
        r"(?P<what>.*\w.*?)\s*,[\s,]*(?P<where>(?:The\s+|the\s+)?[A-Z][\w'&. -]*|(?:meeting\s+)?room\s+[\w.-]+)", text
    )
    return (found["where"].strip(), found["what"]) if found else None


def title_of(text: str, people: list[str], quotes: Quotes) -> str:
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
    text = re.sub(r"(?<=\w)\s+(?:to\s+)?(?:start|begin)(?:ing)?$", "", text, flags=re.I)
    text = "Time off" if lower(text) == "off" else text
    text = re.sub(r"\s*\(\s*\)", "", text)
    generic = _GENERIC.fullmatch(text) is not None
    noun = "" if re.fullmatch(r"(?:something|anything|thing|it|that|this|time|slot|entry|event|)", text, re.I) else text
    if topic and (generic or not text):
        return capital(quotes.put_back(topic))
    if lower(noun) == "be":
        noun = ""
    if not noun:
        return f"Meeting with {names_of(people)}" if people else ""
    if people:
        noun = f"{noun} with {names_of(people)}"
    if topic:
        noun = f"{noun} about {topic}"
    return capital(quotes.put_back(noun))


def names_of(people: list[str]) -> str:
    return people[0] if len(people) == 1 else f"{', '.join(people[:-1])} and {people[-1]}"


def clean_spaces(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip(" ,")
