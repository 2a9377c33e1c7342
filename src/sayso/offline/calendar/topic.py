"""Questions about one event, or about what has some words in its name: when, where, with whom, how long."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta

from sayso.offline import answers
from sayso.offline.acts import Act, Ask, Json, Say, look
from sayso.offline.anywhere import content, everywhere, in_calendar
from sayso.offline.calendar.free import said_time
from sayso.offline.calendar.lookup import with_event
from sayso.offline.reading.clauses import Clause
from sayso.offline.reading.slots import clean, timed
from sayso.offline.reading.targets import refers_back, target
from sayso.offline.reading.words import Quotes, lower
from sayso.offline.saying.say import length, moment, near_day, person_name, span
from sayso.offline.scene import Scene


def topic_of(low: str, topic: str, when: str, quotes: Quotes, scene: Scene) -> Act | None:
    topic = re.sub(
        r"\s+(?:do i have|have i got|did i have|are there|i have|am i (?:having|in)|do we have|are planned|is it)\b",
        "",
        topic,
        flags=re.I,
    )
    topic = re.sub(r"\s+(?:in|on|from) (?:my|the) (?:calendar|schedule|diary|agenda)$", "", topic, flags=re.I)
    topic = re.sub(r"^(?:be\s+)?(?:to|in|at|on|of|for)\s+(?=\S)", "", topic.strip(), flags=re.I)
    topic = re.sub(r"(?<=\w)\s+things?$", "", topic, flags=re.I)
    topic = re.sub(r"\s+(?:an?\s+)?all[- ]day(?:\s+(?:event|thing))?$", "", topic, flags=re.I)
    topic = re.sub(r"\s+(?:any\s*time\s+soon|soon|in\s+the\s+near\s+future|at\s+all)$", "", topic, flags=re.I)
    topic = re.sub(r"\s+(?:and|or)\s+(?:have|has|did|do|will|are|is|who|when|where)\s.+$", "", topic, flags=re.I)
    topic, soon = re.subn(r"\s+(?:next|again|next time)$", "", topic, flags=re.I)
    low = f"{low} next" if soon or re.match(r"when (?:do|will|am|are) (?:i|we) next\b", low) else low
    start = "what time" if low.startswith("at what time") else low
    return search(topic, quotes, scene, when, start)


def search(topic: str, quotes: Quotes, scene: Scene, when: str, asked: str = "") -> Act | None:
    topic = clean(quotes.put_back(topic))
    if refers_back(lower(topic)) and not scene.event:
        return _again(topic, asked, quotes, scene)
    if refers_back(lower(topic)):
        free = timed(scene.event, scene.now, scene.zone)
        topic, when = free.rest, free.when
    elif asked:
        scene.event = f"{topic} {when}".strip()
    query = search_words(topic)
    if re.match(r"(?:is|are|does|do|did|was|were|has|have|did)\b", lower(query)):
        return None
    if not query or re.fullmatch(
        r"(?:i|you|he|she|they|we|my|this|sun|moon|.*\b(?:president|capital|airport|weather|joke|bus|train|store|shop|nearest)\b.*)",
        lower(query),
    ):
        return None
    when = re.sub(r"'s$", "", re.sub(r"^(?:on|for|in|at|of)\s+(?=\S)", "", when, flags=re.I))

    def then(results: Sequence[Json]) -> Act:
        found = answers.items(results[0], "events")
        if found and asked.startswith("when") and asked.endswith(" next"):
            seen = re.search(r"\b(?:see|seeing|meet|meeting)\b", asked)
            named = [each for each in found if not seen and lower(query) in lower(str(each["title"]))]
            return Say(_about((named or found)[0], asked, scene))
        series = {each.get("series_id") or each.get("id") for each in found}
        if found and (
            (
                len(series) == 1
                and re.match(
                    r"(?:when|what time|where|who|how long|what's the|(?:what|which) (?:room|place|building))", asked
                )
            )
            or len(found) == 1
        ):
            return Say(_about(found[0], asked, scene))
        if found:
            return Say(answers.found_events(results[0], scene, query))
        where = f" {said_time(when, scene)}" if when else ""
        nothing = Say(f"I found nothing in your calendar for “{query}”{where}.")
        rest = content(query, quotes)
        if not rest or lower(rest) == lower(query):
            return nothing
        return in_calendar(rest, when, scene, nothing) if when else everywhere(rest, scene, nothing)

    upto = "" if re.match(r"(?:from|since|after|until|before)\b", lower(when)) else when
    return look("search_calendar_events", then, query=query, start=when, end=upto)


def _again(topic: str, asked: str, quotes: Quotes, scene: Scene) -> Act | None:
    """About an event that was shown: look it up once more, so that it is what "it" means from now on."""
    meant = target(topic, "event", quotes, scene)
    known = [*scene.memory.shown("event"), *([focus] if (focus := scene.memory.focus("event")) else [])]
    event = next(
        (thing.item for thing in known if meant.refs and thing.id == meant.refs[0] and "start" in thing.item), None
    )
    if event is None:
        return Ask(meant.ask) if meant.ask and known else None
    return look(
        "search_calendar_events",
        lambda results: Say(
            _about(
                next((each for each in answers.items(results[0], "events") if each["id"] == event["id"]), event),
                asked,
                scene,
            )
        ),
        query=str(event.get("title")),
        start=str(event["start"])[:10],
    )


def told(event: Json, said: str) -> Act:
    """Say it, and look the event up once more, so that it is what "it" means from now on."""
    day = str(event["start"])[:10]
    return look("search_calendar_events", lambda _: Say(said), query=str(event["title"]), start=day, end=day)


def search_words(text: str) -> str:
    """The words that tell an event apart."""
    text = re.sub(
        r"^(?:(?:all|the|my|our|an?|any|next|upcoming|his|her|some|scheduled|there)\s+)+", "", text.strip(), flags=re.I
    )
    text = re.sub(
        r"\b(?:meetings?|events?|appointments?|calls?)\s+(?=(?:with|about|at|on|for|regarding|called|named)\b)",
        "",
        text,
        flags=re.I,
    )
    text = re.sub(r"^(?:with|about|for|regarding|called|named|at|to)\s+(?:the\s+|my\s+)?", "", text.strip(), flags=re.I)
    text = (
        re.sub(r"(?<=\w)\s+(?:meetings?|events?|appointments?)$", "", text, flags=re.I)
        if not re.search(r"\b(?:dentist|doctor)\b", text, re.I)
        else text
    )
    return clean(re.sub(r"\b(?:with|still)\b\s*", "", text))


def _about(event: Json, asked: str, scene: Scene) -> str:
    """The answer to when, where, who or how long."""
    title = event.get("title")
    if re.match(r"who (?:organi[sz]e[ds]?|invited|arranged|set up|called)", asked):
        host = event.get("organizer")
        return f"{person_name(host) if host else 'You'} organized it: {answers.when_is(event, scene)}"
    if asked.startswith("who"):
        return answers.who_comes(event, scene)
    if re.match(r"where|(?:what|which) (?:room|building|place)|what's the (?:location|place|address|room)", asked):
        place = event.get("location")
        verb = f"is {_at(str(place))}," if place else "is"
        when = answers.when_is({**event, "location": ""}, scene, verb)
        return when if place else f"No place is set for {title}. {when}"
    start, end = moment(event.get("start"), scene.zone), moment(event.get("end"), scene.zone)
    if (
        re.match(r"how long|what's the (?:duration|length)", asked)
        and isinstance(start, datetime)
        and isinstance(end, datetime)
    ):
        return f"{title} takes {length(end - start)}, {near_day(start.date(), scene.now.date())}, {span(start, end)}."
    if re.match(r"what's (?:on )?the (?:agenda|description|link)", asked) and event.get("description"):
        return f"{title}: {event['description']}"
    return answers.when_is(event, scene)


def _at(place: str) -> str:
    inside = re.match(r"(?:the\s+)?(?:\w+\s+)?(?:room|office|building|hall|kitchen|lobby)\b", lower(place))
    return f"{'in' if inside else 'at'} {place}"


def original(text: str, found: re.Match[str], *names: str) -> str:
    """The group as it was written, capitals and all."""
    name = next(name for name in names if found[name] is not None)
    return text[found.start(name) : found.end(name)]


_AROUND = re.compile(
    r"(?:what(?:'s|\s+is|\s+comes|\s+do\s+i\s+have|\s+have\s+i\s+got)?|(?:do\s+i\s+have|have\s+i\s+got|is\s+there)\s+(?:anything|something|any\s+\w+)|anything)"
    r"\s+(?:on\s+|planned\s+|else\s+)*(?:right\s+|straight\s+|immediately\s+)?(?P<way>after|before)\s+(?P<ref>\S.*)",
    re.I,
)


def around(clause: Clause, quotes: Quotes, scene: Scene) -> Act | None:
    """ "What's after the stand-up?": the rest of that day."""
    found = _AROUND.fullmatch(clause.text)
    without = timed(clause.text, scene.now, scene.zone).rest
    if found is None or not timed(found["ref"], scene.now, scene.zone).rest or not _AROUND.fullmatch(without):
        return None
    after = lower(found["way"]) == "after"

    def then(event: Json, scene: Scene) -> Act:
        start, end = moment(event.get("start"), scene.zone), moment(event.get("end"), scene.zone)
        if not isinstance(start, datetime) or not isinstance(end, datetime):
            return Say(answers.when_is(event, scene))
        midnight = start.replace(hour=0, minute=0)
        first, last = (end, midnight + timedelta(days=1)) if after else (midnight, start)
        what = f"{lower(found['way'])} {event.get('title')} {near_day(start.date(), scene.now.date())}"
        return look(
            "list_calendar_events",
            lambda results: Say(answers.events(results[0], scene, what)),
            start=first.isoformat(),
            end=last.isoformat(),
        )

    return with_event(found["ref"], quotes, scene, then)


_WHETHER_ON = re.compile(
    r"(?:is|are|was|were|have\s+i\s+got|do\s+i\s+have)\s+(?P<topic>(?:the|my|our|\S+'s)\s.+?)(?:\s+(?:still|scheduled|planned|on|at|in))*(?:\s+or\s.*)?"
)


def whether_on(clause: Clause, quotes: Quotes, scene: Scene) -> Act | None:
    """ "Is the offsite on Friday or the Friday after?": when it is."""
    free = timed(clause.text, scene.now, scene.zone)
    found = _WHETHER_ON.fullmatch(lower(free.rest))
    if found is None or not free.found or not clause.asked or (" i " in found.group() and " or" not in free.rest):
        return None
    return topic_of("when's", original(free.rest, found, "topic"), "", quotes, scene)
