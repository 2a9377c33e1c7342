# ruff: noqa: E501  one alternative of a pattern is one line
"""Looking at the calendar: what is on, what is next, when, where, who, how long, and when there is time."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sayso.offline import answers
from sayso.offline.acts import Act, Json, Look, Say, look
from sayso.offline.anywhere import everywhere
from sayso.offline.calendar.free import MONTH, SPENT, am_free, bare_time, conflicts, free_time, said_time, time_spent
from sayso.offline.calendar.hours import day_hours, plural_parts
from sayso.offline.calendar.invitations import waiting
from sayso.offline.calendar.lookup import all_events, listing_calls
from sayso.offline.calendar.topic import around, original, search, search_words, told, topic_of, whether_on
from sayso.offline.reading.clauses import Clause
from sayso.offline.reading.slots import timed
from sayso.offline.reading.targets import EVENT_NOUN, MAIL_NOUN, TASK_NOUN
from sayso.offline.reading.words import Quotes, lower
from sayso.offline.saying.say import is_all_day, listing, moment, person_name
from sayso.offline.scene import Scene

_CAL = r"(?:calendar|schedule|agenda|diary|planner|day|week|weekend|month|morning|afternoon|evening|appointments?|meetings?|events?|plans|commitments|engagements)"
_SHOW = r"(?:show(?:\s+me)?|list|display|see|view|check|pull\s+up|bring\s+up|open(?:\s+up)?|give\s+me|tell\s+me(?:\s+about)?|read(?:\s+me)?|look\s+at|get|get\s+me|have\s+a\s+look\s+at|run\s+(?:me\s+)?through|walk\s+me\s+through|let\s+me\s+see|let's\s+see|what\s+about|how\s+about)"
_PEOPLE = re.compile(
    r"""(?:do|did|will|have|am|are|is|was|what|which|when|what\ time|where)\b(?:\s+(?:do|did|have|am|are|is|was|i|we|there|anything|something|any|anyone|else|got|on|in|planned|scheduled|booked|set\ up|coming\ up|already|still|next|again|even|supposed\ to|going\ to|ever|a|an|meeting|meetings|call|calls|event|events|time|date|appointment|appointments))*?
    \s+(?:(?:with|involving|about|for|at|regarding)\s+|(?:meet|meeting|seeing|see|visiting|visit|catching\ up\ with)\s+(?:with\s+|up\s+with\s+)?)(?P<topic>(?!what\b|who\b|if\b).+?)(?:\s+(?:planned|scheduled|coming\ up|booked|again|next))?""",
    re.X,
)
_EARLIEST = re.compile(
    r"(?:(?:what's|what is|when's|when is|find)\s+(?:me\s+)?the\s+)?(?:earliest|soonest|first|next)\s+(?:time\s+|slot\s+|day\s+)?(?:that\s+|when\s+)?(?:i|we)(?:'m|'re)?\s+(?:can|could|am|are|have|might|free|available)\b.*|(?:how\s+soon|where|when|what\s+day)\s+(?:can|could|would|might)\s+(?:i|we)\s+(?:fit|squeeze|get|have|do|meet|slot|schedule|find)\b.*|(?:what(?:'s|\s+is|\s+would\s+be|'d\s+be)|when(?:'s|\s+is|\s+would\s+be|'d\s+be))\s+(?:a|the)\s+(?:good|best|better|decent|convenient)\s+(?:time|slot|day)\b.*|(?:can|could)\s+(?:i|we)\s+(?:fit|squeeze|slot)\b.*|(?:can|could)\s+you\s+(?:fit|squeeze|slot)\s+(?:me\s+)?(?:in\s+)?.*\b(?:minutes?|mins?|hours?|half)\b.*|(?:find|get|carve\s+out|make|look\s+for|see\s+if\s+(?:there's|you\s+can\s+find))\s+(?:me\s+|us\s+)?(?:some\s+time|time|space|room|an?\s+(?:half[- ])?(?:hour|slot|gap|window|time)|half\s+an\s+hour|\d+(?:\.\d)?\s*(?:-\s*)?(?:hours?|hrs?|minutes?|mins?|h|m)|(?:two|three|four|five|six|ten|fifteen|twenty|thirty|forty[- ]?five|sixty|ninety)[\s-]+(?:hours?|minutes?|mins?))\b.*"
)
_FREE_SEARCH = re.compile(
    r"""(?:find|look\ for|suggest|search\ for|get|give\ me|show(?:\ me)?|see|check\ for|is\ there|are\ there|do\ i\ have|have\ i\ got|any|when\ (?:is|are)\ there)\b.*?\b(?:free|open|spare|available|empty)\b.*
    |(?:find|suggest|look\ for|give\ me|propose)\ (?:me\ )?(?:a\ |an\ |some\ |another\ )?(?:good\ |suitable\ |possible\ |best\ )?(?:time|slot|gap|window|times|slots|gaps|hole|opening|moment|hour)s?\b.*
    |(?:any|are\ there\ (?:any\ )?|do\ i\ have\ (?:any\ )?|is\ there\ (?:a\ |any\ )?|where\ are\ (?:the|my)\ )\s*(?:gaps?|free\ time|slots?|openings?|availability|holes?)\b.*
    |(?:when|what\ times?|which\ (?:days?|times?)|what\ days?)\ (?:am\ i|are\ we|i'm|will\ i\ be|would\ i\ be|could\ i)\ (?:free|available|open|fit|squeeze)\b.*
    |(?:when|where)\ (?:do|can|could|would|might)\ (?:i|we)\ (?:have\ (?:time|room|space|a\ (?:free|gap))|fit|squeeze|find)\b.*|when\ (?:can|could|would|might)\ (?:i|we)\ (?:meet|get|see|do)\b.*
    |(?:(?:i|we)\ )?need\ .*\bfree\b.*|(?:my\ )?(?:free\ (?:time|slots?)|availability)\b.*|what's\ my\ availability.*|how\ much\ (?:free\ )?time\ do\ i\ have.*|what's\ (?:the|my)\ (?:next|first|best)\ (?:free|open|available|time).*
    |(?:what|when|where)(?:'s|\ is|\ are)\ (?:the|my)\ (?:next\ |first\ |longest\ |biggest\ |largest\ )*(?:gaps?|opening|free\ \w+)\b.*
    |(?:is|are)\ there\ (?:still\ )?(?:any\ |some\ |enough\ )?(?:time|room|space)\ (?:left\ )?(?:for|in|to|before|after|between|on|this|next|today|tomorrow)\b.*
    |where(?:'s|\ is)\ there\ (?:(?:any|some)\ )?(?:time|room|space|a\ gap)\b.*|(?:give\ me|suggest|propose|find)\ (?:me\ )?(?:a\ few|some|two|three|four|\d)\ (?:options|times|slots|suggestions|possibilities)\b.*
    |(?:(?:have\ i|i've)\ )?got\ (?:any|some|enough)\ (?:free\ )?(?:time|room|space)\b.*|any\ (?:free\ )?(?:time|room|space)\ (?:left|free|on|for|in|this|next|tomorrow|today)\b.*
    |(?:when|what\ time|what\ day)s?\ (?:is|are|can|could)\ \w+\ and\ (?:i|me)\ (?:both\ )?(?:be\ )?(?:free|available|meet)\b.*""",
    re.X,
)
_AM_FREE = re.compile(
    r"(?:am i|are we|will i be|i'm|is my|is the|is|how busy am i|how busy is|do i look|would i be)\s+(?P<mid>.*?)\s*\b(?:free|busy|available|booked|open|clear|occupied|packed|full|hectic|jammed|rammed|slammed|swamped|tied up|unavailable|empty|double[- ]booked)\b(?P<rest>.*)|(?:do|have) (?:i|we) (?:have |got )?(?:any )?time (?P<rest2>.*)|can i (?:make|do|meet) (?P<rest3>.*)"
)
_TIME_OK = re.compile(
    r"(?:is|would|does)\s+(?!(?:my|the|there|it)\b)(?=.*(?:\d|noon|day\b|tomorrow|tonight)).+?\s+(?:be\s+)?(?:ok(?:ay)?|free|good|possible|fine|available|work|taken)(?:\s+for\s+.+|\s+with\s+me)?"
)
_NEXT = re.compile(
    rf"(?:(?:what(?:'s| is)|when(?:'s| is)|where(?:'s| is)|who(?:'s| is)|{_SHOW})\s+(?:on\s+)?(?:my\s+|the\s+)?(?:very\s+)?(?:next|upcoming|coming up next)(?:\s+(?P<what>meeting|event|appointment|call|thing|one|up|on|in|item|on my (?:calendar|schedule|agenda)|for me|today|(?!week|month|year|mon|tues|wed|thu|fri|sat|sun)\w+))?(?:\s+(?:on|in)\s+(?:my|the)\s+\w+)?(?:\s+(?P<with>(?:with|in|at|about)\s+.+))?|next (?:meeting|event|appointment|call|up)|what's up next|what(?:'s| is) coming up(?: next)?|what do i have next|what comes next|where (?:do|should) i (?:need to )?be next|when do i (?:need|have) to be (?:where|somewhere) next)"
)
_LIST = re.compile(
    rf"""(?:what(?:'s|\ is|\ are)?|which)\s+(?:(?:do|have|did|am|was|were|will|does|would)\ )?(?:i|we|my|the|on|happening|going\ on|planned|scheduled|there|in|coming\ up|booked|up|for|anything|meetings?|events?|appointments?|calls?|plans|else)\b.*
    |(?:do|have|did|will|does)\ (?:i|we)\ (?:have\ |got\ |already\ have\ )?(?:anything|something|any\b|plans|a\ lot|much|many|a\ (?:busy|full)|meetings|stuff|things|got).*
    |(?:is|are|was)\ (?:there\ )?(?:anything|something|any)\b.*|(?:anything|something|any\ (?:meetings?|events?|appointments?|plans|calls?))\b.*
    |what(?:'s|\ is|\ does)\ .*\blike|how(?:'s|\ is|\ does|\ do|\ are|\ was|\ busy|\ full)\s+.*\b(?:look|looking|like|day|week|schedule|calendar|shaping|am\ i|is\ my|busy|monday|tuesday|wednesday|thursday|friday|saturday|sunday|tomorrow|today)\b.*
    |(?:do|will|should|must)\ (?:i|we)\ (?:need|have)\ to\ be\ (?:anywhere|somewhere)\b.*|who\ (?:am\ i|are\ we|do\ i|will\ i\ be)\ (?:meeting|seeing|meet|see)\b.*|how\ many\ (?:meetings?|events?|appointments?|calls?|things)\b.*|{_SHOW}\s+.*|(?:(?:my|the)\ {_CAL}|agenda|calendar)(?:\ please|\s+.*)?|schedule|where\ (?:do|should|must)\ i\ (?:need\ to\ |have\ to\ )?(?:be|go)\b.*|when\ (?:do|does)\ (?:i|my\ \w+)\ (?:start|finish|end|first)\b.*""",
    re.X,
)
_TOPIC = re.compile(
    r"""(?:when(?:'s|\ is|\ are|\ was|\ will|\ does|\ do|\ am|\ did|)|(?:at\ )?(?:what|which)\ (?:time|day|date|room|building|place)(?:'s|\ is|\ are|\ was|\ does|\ do|\ am|)|where(?:'s|\ is|\ are|\ was|\ does|\ do|\ am|)|who\ (?:has|hasn't|has\ not|have|haven't|did|didn't)\ (?:already\ |not\ )?(?:answer(?:ed)?|accept(?:ed)?|declined?|respond(?:ed)?|repl(?:y|ied)|confirm(?:ed)?)(?:\ yet)?(?:\ (?:to|for))?|who(?:'s|\ is|\ are|\ was|\ else\ is|)\ (?:organi[sz]e[ds]?|arranged|coming|going|attending|invited|in|at|on|joining|there|part|else|all|will\ be|confirmed|accepted)|how\ long(?:'s|\ is|\ are|\ was|\ does|\ will|\ do|)|what(?:'s|\ is)\ (?:on\ )?the\ (?:location|place|address|room|agenda|description|link|time|date|duration|length)\ (?:of|for))
    \s*(?:i\ (?:next\ |again\ )?(?:have|see|meet|go\ to|get)\b|i\ (?:seeing|meeting|going\ to|having|visiting)|we\ (?:meet|meeting|have|having|seeing)|be|all)?\s*(?P<topic>.+?)\s*(?:happening|scheduled|taking\ place|on|start(?:ing|s)?|begin(?:ning|s)?|end(?:ing|s)?|finish(?:ing|es)?|held|again|last(?:ing)?|take|going\ to\ (?:take|last)|take\ place|going\ to\ be|supposed\ to\ be|planned|(?:held\ |taking\ place\ )?(?:in|at))?""",
    re.X,
)
_HAVE = re.compile(
    r"(?:(?:do|have|did) (?:i|we) (?:still )?(?:have|got|already have)(?: an?| the| my| any)?|(?:do|have|did) (?:i|we) (?:an?|the|my|any)|(?:is|are) there (?:an?|any|another)|what|which|how many|any|show(?: me)?|list|find|search(?: for)?|look (?:for|up)|get me|pull up|open|is|find me|tell me about)\s+(?:the |my |all |upcoming |next )*(?P<topic>.+)"
)
_SEARCH = re.compile(
    r"(?:search|look|check|find|scan)\s+(?:(?:through|in|on|up)\s+)?(?:my|the)\s+(?:calendar|schedule|agenda|diary)\s+(?:for|about)\s+(?P<topic>.+)|(?:search|look|find|look up|look for|search for)\s+(?:for\s+)?(?P<topic2>.+?)\s+(?:in|on)\s+(?:my|the)\s+(?:calendar|schedule|agenda|diary)"
)
_FIND = re.compile(r"(?:find|search(?: for)?|look (?:for|up)|locate|where did i put)\s+(?P<topic>.+)")
_PLAIN = re.compile(
    rf"(?:plan|still|who|meeting|seeing|meet|anyone|anybody|someone|plate|radar|docket|conflicts?|clash(?:es)?|overlaps?|i|we|my|our|the|on|in|at|for|do|have|has|had|got|is|are|was|will|be|am|did|does|look|looks|looking|like|shaping|up|there|happening|going|scheduled|planned|booked|please|anything|something|much|else|any|all|of|all\s+my|still|me|to|so|a|busy|full|lot|need|anywhere|somewhere|things?|stuff|what|what's|left|remaining|what|now|show|list|see|pull|open|give|tell|check|view|display|bring|run|through|walk|get|read|and|how|many|out|coming|today's|doing|do|go|free|time|from|with|need|stand|it|that|next|about|should|know|where|when|start|finish|first|last|{_CAL})"
)


def read(clause: Clause, quotes: Quotes, scene: Scene) -> Act | None:
    low = clause.low
    if (MAIL_NOUN.search(low) or TASK_NOUN.search(low)) and not re.search(
        r"\b(?:calendar|meeting|schedule|agenda)\b", low
    ):
        return None
    if SPENT.fullmatch(low):
        return time_spent(bare_time(timed(clause.text, scene.now, scene.zone).when) or "this week", scene)
    if found := _ITS.fullmatch(low):
        topic = original(clause.text, found, "topic")
        return topic_of(f"what's the {found['what']} of", topic, "", quotes, scene)
    if found := _MONTH.fullmatch(low):
        return _day(f"in {found['month']}", scene)
    if found := re.match(r"(?:run|walk|take|talk)\s+(?:me\s+)?through\s+", low):  # "through tomorrow" is a time
        clause = replace(clause, text=f"show {clause.text[found.end() :]}", low=f"show {low[found.end() :]}")
        low = clause.low
    if (plain := plural_parts(clause.text)) != clause.text and (free := timed(plain, scene.now, scene.zone)).found:
        # "In the evenings" without days is of this week.
        days = "" if timed(clause.text, scene.now, scene.zone).has_date or free.has_time else " this week"
        clause = replace(clause, text=f"{plain}{days}", low=lower(f"{plain}{days}"))
        low = clause.low
    if found := _SEARCH.fullmatch(low):
        topic = original(clause.text, found, "topic", "topic2")
        at = timed(topic, scene.now, scene.zone)
        return search(topic, quotes, scene, "") if at.rest or not at.when else _day(at.when, scene)
    if _FREE_SEARCH.fullmatch(low) or (_EARLIEST.fullmatch(low) and not _at_a_clock(clause, scene)):
        return free_time(clause.text, scene)
    if found := _NEXT.fullmatch(low):
        return _next(found, low, scene)
    if re.search(r"\b(?:conflicts?|clash(?:es)?|overlaps?|double[- ]booked|overlapping)\b", low):
        when = timed(clause.text, scene.now, scene.zone).when
        return conflicts(re.sub(r"^(?:on|for|in)\s+", "", when, flags=re.I) or "this week", scene)
    if re.match(r"when (?:is|are|will) (?:she|he|they|(?-i:[A-Z])\w+) (?:be )?(?:free|available)", clause.text, re.I):
        return am_free(clause.text, low, scene)
    if found := _AM_FREE.fullmatch(low) or _TIME_OK.fullmatch(low):
        if found.groupdict().get("rest2") and not timed(clause.text, scene.now, scene.zone).has_time:
            return free_time(clause.text, scene)
        return am_free(clause.text, low, scene)
    if found := _LAST_SEEN.fullmatch(low):
        return _first_or_last(found, "", scene)
    if (found := _RSVP.fullmatch(low)) and (topic := original(clause.text, found, "mine", "theirs")):
        free = timed(topic, scene.now, scene.zone)
        return topic_of("who's coming" if found["theirs"] else "when's", free.rest, free.when, quotes, scene)
    if _WHO_COMES.fullmatch(low):
        return topic_of("who's coming", "it", "", quotes, scene)
    if act := around(clause, quotes, scene) or waiting(clause, scene) or whether_on(clause, quotes, scene):
        return act
    edge = timed(_THING.sub(r"\1\2 event", clause.text), scene.now, scene.zone)  # "first thing" may be a time
    if found := _FIRST_LAST.fullmatch(lower(edge.rest)):
        return _first_or_last(found, edge.when, scene)
    free = timed(
        clause.text,
        scene.now,
        scene.zone,
        past=re.match(r"(?:what|when|who|where|how many).{0,12}\b(?:did|was|were)\b", low) is not None,
    )
    if _WHO_MEET.fullmatch(lower(free.rest)):
        return _whom(free.when or "today", scene, past=re.search(r"\b(?:did|was|were)\b", low) is not None)
    if (found := _ALL_DAY.search(free.rest)) and _LIST.fullmatch(_ALL_DAY.sub("events", low)):
        rest = f"{free.rest[: found.start()]}events{free.rest[found.end() :]}"
        if _only_plain(rest):
            return _day(free.when or "next 30 days", scene, noun="all-day event", keep=is_all_day)
    if _LIST.fullmatch(low) and (act := _list(free.rest, free.when, clause, scene)):
        return act
    if (found := _PEOPLE.fullmatch(lower(free.rest))) and not re.match(r"when|where|what time", low):
        return topic_of(low, original(free.rest, found, "topic"), free.when, quotes, scene)
    if found := _TOPIC.fullmatch(lower(free.rest)) or _PEOPLE.fullmatch(lower(free.rest)):
        return topic_of(low, original(free.rest, found, "topic"), free.when, quotes, scene)
    if (
        (found := _HAVE.fullmatch(lower(free.rest)))
        and not re.match(r"(?:open|find|search|look|get|pull|show|is)\b", low)
    ) or (found and (EVENT_NOUN.search(low) or (clause.asked and not re.match(r"find|search|look", low)))):
        return topic_of(low, original(free.rest, found, "topic"), free.when, quotes, scene)
    if free.when and _only_plain(free.rest) and not free.has_time and (clause.asked or EVENT_NOUN.search(low)):
        return _day(free.when, scene)
    if (found := _FIND.fullmatch(lower(free.rest))) and (topic := search_words(original(free.rest, found, "topic"))):
        return everywhere(quotes.put_back(topic), scene)
    return None


def _at_a_clock(clause: Clause, scene: Scene) -> bool:
    """Whether a time is fixed: "make me a slot from 4 to 5"; "find me an hour between 2 and 5" leaves it open."""
    made = re.match(r"make|carve", clause.low) is not None
    moments = [each.moment for each in timed(clause.text, scene.now, scene.zone).found]
    return any(each.has_time and (made or not each.end) for each in moments)


_RSVP = re.compile(
    r"(?:did|have)\s+i\s+(?:already\s+)?(?:accept(?:ed)?|decline[d]?|answer(?:ed)?|respond(?:ed)?\s+to|rsvp\S*(?:\s+to)?|say\s+yes\s+to|said\s+yes\s+to)\s+(?P<mine>.+)|(?:has|have|did|is|are|will)\s+(?:\w+|everyone|anybody)\s+(?:else\s+)?(?:invited\s+to|accept(?:ed)?|decline[d]?|answer(?:ed)?|respond(?:ed)?\s+to|com(?:e|ing)\s+to|attend(?:ing)?|going\s+to|joining|in)\s+(?P<theirs>(?:the|my|our|\w+'s)\s.+)"
)
_FIRST_LAST = re.compile(
    r"(?:what(?:'s|\s+is|\s+was)?|when(?:'s|\s+is|\s+was|\s+did)?|what\s+time(?:'s|\s+is|\s+was)?|where(?:'s|\s+is)|show(?:\s+me)?)\s+(?:does\s+|do\s+|is\s+)?(?:my\s+|the\s+|i\s+)?(?:(?P<edge>first|last|earliest|final)\s+(?:meeting|event|appointment|thing|call)|(?:(?:working\s+|work\s+)?day\s+)?(?P<end>starts?|begins?|ends?|finish(?:es)?|over))(?:\s+(?:on|in)\s+(?:my|the)\s+(?:calendar|schedule|diary))?(?:\s+(?:with|about)\s+(?P<who>.+))?(?:\s+(?:is|at|happen|(?:that\s+)?i(?:'ve|\s+have)(?:\s+got)?(?:\s+on)?))?"
)
_LAST_SEEN = re.compile(
    r"when\s+did\s+(?:i|we)\s+(?P<edge>last)(?P<end>)\s+(?:see|meet(?:\s+with)?|talk\s+(?:to|with)|speak\s+(?:to|with))\s+(?P<who>\S.*)"
)
_MONTH = re.compile(rf"{_SHOW}\s+(?:(?:my|the|all\s+of|whole\s+of)\s+)*(?P<month>{MONTH.pattern})")
_ITS = re.compile(
    r"(?:what(?:'s|\s+is)|show\s+me|give\s+me)\s+(?P<topic>(?:the|my|our)\s+.+?)(?:'s)?\s+(?P<what>link|location|address|agenda)"
)
_WHO_COMES = re.compile(
    r"who(?:'s|\s+is|\s+else\s+is|\s+will\s+be)\s+(?:all\s+)?(?:coming|going|invited|attending|there|joining|on\s+the\s+invite)"
)
_WHO_MEET = re.compile(
    r"(?:with\s+)?(?:who|whom|which\s+people)\s+(?:else\s+)?(?:am|are|do|did|have|was|were|will)\s+(?:i|we)\s+(?:be\s+|got\s+|supposed\s+to\s+|going\s+to\s+|due\s+to\s+|scheduled\s+to\s+|have\s+(?:to\s+)?|having\s+)*(?:meet(?:ing)?|see(?:ing)?|(?:talk|speak)(?:ing)?\s+(?:to|with)|(?:any\s+)?(?:meetings?|calls?|appointments?)(?=\s+with)|(?<=have\s)(?:an?\s+)?(?:meetings?|calls?|appointments?))(?:\s+up)?(?:\s+with)?"
)
_ALL_DAY = re.compile(
    r"\b(?:all|whole|full)[- ]day\s+(?:events?|things?|entr(?:y|ies)|appointments?|meetings?|stuff|ones?)\b", re.I
)
_THING = re.compile(r"\b(first|last) thing(?= (?:that )?i\b| on (?:my|the)\b)|(?<=\bmy )(first|last) thing\b", re.I)


def _first_or_last(found: re.Match[str], when: str, scene: Scene) -> Act:
    """The first or last event of a day; "my last meeting with Ana" without a day is the latest one that is over."""
    last = re.match(r"last|final|end|finish|over", found["edge"] or found["end"]) is not None
    over = last and not when and bool(found["edge"])

    def then(results: Sequence[Json]) -> Act:
        events = [each for each in answers.items(results[0], "events") if "T" in str(each.get("start"))]
        if over:
            events = [
                each
                for each in events
                if (end := moment(each.get("end"), scene.zone)) and isinstance(end, datetime) and end <= scene.now
            ]
        if not events and not over and when:
            scene.show([])
            return Say(f"You have nothing {said_time(when, scene)}.")
        if not events:
            return Say("I found none.")
        ordered = sorted(events, key=lambda each: str(each.get("end" if last else "start")))
        return Say(answers.when_is(ordered[-1] if last else ordered[0], scene, "was" if over else "is"))

    day = re.sub(r"^(?:on|for|in|at)\s+(?=\S)", "", when, flags=re.I) or "today"
    begin = (scene.now - timedelta(days=60)).date().isoformat() if over else day
    until = scene.now.date().isoformat() if over else day
    if found["who"]:
        return look("search_calendar_events", then, query=found["who"], start=begin, end=until)
    return look("list_calendar_events", then, start=begin, end=until if over else "")


def _only_plain(text: str) -> bool:
    rest = re.sub(r"'s\b|[^\w\s'-]", " ", lower(text))
    return all(_PLAIN.fullmatch(word) for word in rest.split())


def _list(rest: str, when: str, clause: Clause, scene: Scene) -> Act | None:
    """A stretch of the calendar, if nothing but the time is asked for."""
    low = lower(rest)
    if not _only_plain(rest):
        return None
    if not when and not re.search(rf"\b(?:{_CAL}|busy|scheduled|planned)\b", clause.low):
        return None
    if not when:
        unit = re.search(r"\b(week|month|weekend|morning|afternoon|evening)\b", low)
        when = f"this {unit[1]}" if unit else "today"
    return _day(
        when,
        scene,
        past=bool(re.search(r"\b(?:did|was|were)\b", clause.low)),
    )


def _day(
    when: str, scene: Scene, past: bool = False, noun: str = "event", keep: Callable[[Json], bool] | None = None
) -> Act:
    """What is on; `keep`: only these events."""
    if hours := day_hours(when, scene):
        when, said, keep = hours.days, hours.said, lambda event: hours.holds(event, scene)
    else:
        when = bare_time(when)
        said = said_time(when, scene, past)
    dated = any(each.moment.is_range for each in timed(when, scene.now, scene.zone, past).found)
    if keep is None:
        return look(
            "list_calendar_events",
            lambda results: Say(answers.events(results[0], scene, said, noun, dated)),
            start=when,
        )

    def then(results: Sequence[Json]) -> Act:
        kept = [each for each in all_events(results) if keep(each)]
        return Say(answers.events({"events": kept, "total": len(kept)}, scene, said, noun, dated))

    return Look(listing_calls(when, scene), then)


def _whom(when: str, scene: Scene, past: bool) -> Act:
    """Everybody who takes part in what is on, and in what."""
    when = bare_time(when)
    said = said_time(when, scene, past)

    def then(results: Sequence[Json]) -> Act:
        events = [each for each in all_events(results) if each.get("my_response") != "declined"]
        coming = [
            who
            for each in events
            for who in [each.get("organizer"), *(each.get("guests") or [])]
            if who and who.get("response") != "declined"
        ]
        names = list(dict.fromkeys(person_name(who) for who in coming))
        if not events:
            return Say(answers.events({"events": []}, scene, said))
        start = f"You {'met' if past else 'are meeting'} {listing(names)} {said}" if names else ""
        lines = answers.event_lines(events, scene)
        return Say(f"{start or f'Nobody else is invited to what you have {said}'}:\n{lines}")

    return Look(listing_calls(when, scene), then)


def _next(found: re.Match[str], low: str, scene: Scene) -> Act:
    extra = re.sub(r"^(?:with|in|at|about)\s+", "", found["with"] or "")
    kind = found["what"] or ""
    if kind and not re.fullmatch(r"(?:meeting|event|appointment|thing|one|up|on|in|item|today|for me|on my .*)", kind):
        extra = f"{kind} {extra}".strip()

    def then(results: Sequence[Json]) -> Act:
        for event in answers.items(results[0], "events"):
            start = moment(event.get("start"), scene.zone)
            if isinstance(start, datetime) and start >= scene.now:
                who = "who" in low.split("'")[0]
                said = answers.who_comes(event, scene) if who else f"Next: {answers.when_is(event, scene)}"
                return told(event, said)
        return Say("Nothing is coming up.")

    if extra:
        return look("search_calendar_events", then, query=extra)
    return look("list_calendar_events", then, start="today" if re.search(r"\btoday\b", low) else "next 7 days")
