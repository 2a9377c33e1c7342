"""Looking for words in calendar, mail and tasks at once: "find the invoice", and questions that nothing else reads."""

import re
from collections.abc import Sequence

from sayso.offline import answers, talk
from sayso.offline.acts import Act, Call, Json, Look, Say, look
from sayso.offline.reading.clauses import Clause
from sayso.offline.reading.slots import clean, timed
from sayso.offline.reading.targets import EVENT_NOUN, MAIL_NOUN, TASK_NOUN
from sayso.offline.reading.words import Quotes, lower
from sayso.offline.scene import Scene

_QUESTION = re.compile(
    r"(?:what|when|where|who|which|how|do|does|did|is|are|was|were|has|have|any|anything|show|find|search|look|list|see|tell\s+me|give\s+me|remind\s+me\s+(?:when|where|who|what|how))\b",
    re.I,
)
_EMPTY = re.compile(
    r"""(?:what|when|where|who|whom|whose|which|why|how|many|much|long|often|times?|do|does|did|done|is|are|was|were|be|been|am|has|have|had|got|get|will|would|can|could|should|must|might|may|i|me|my|mine|we|us|our|you|your|it|its
    |he|she|they|them|the|a|an|this|that|these|those|there|here|to|of|in|on|at|for|from|with|about|by|and|or|any|all|every|some|anything|everything|something|thing|things|stuff|else|again|still|already|ever|yet|now|then|next|last|please|just
    |show|find|search|look|looking|list|see|tell|give|know|say|said|says|want|wants|need|needs|asking|asked|ask|going|go|come|coming|having|doing|seeing|taking|supposed|meant|meet|meeting|meetings|event|events|appointment|appointments|calendar|diary|schedule|mail|mails|email|emails|message|messages|inbox|task|tasks|list|up|out|if|whether|not|no|so|only|like|off|'s|s|\w+'(?:m|ve|re|ll|d|t))""",
    re.X | re.I,
)
_FOREIGN = re.compile(
    r"""\b(?:weather|news|joke|capital|president|score|price|stock|recipe|meaning|define|translate|population|sing|song|movie|world|think|feel)\b
    |how\ (?:do|can|could|should|would)\ (?:i|you|we|one)\b""",
    re.X,
)
MOST_WORDS = 4


def everywhere(topic: str, scene: Scene, nothing: Say | None = None, first: str = "") -> Act:
    """ "Find the invoice": it may be anywhere. `nothing`: what to say when it is nowhere; `first`: before what is."""

    def then(results: Sequence[Json]) -> Act:
        events, mails, tasks = results
        said = [answers.found_events(events, scene, topic)] if answers.items(events, "events") else []
        said += [answers.messages(mails, scene, f"mail about {topic}")] if answers.items(mails, "messages") else []
        said += [answers.tasks(tasks, scene, f" about “{topic}”")] if answers.items(tasks, "tasks") else []
        if not said:
            return nothing or Say(f"I found nothing about “{topic}” in your calendar, mail or tasks.")
        return Say("\n\n".join([first, *said] if first else said))

    tools = ("search_calendar_events", "search_mail", "list_tasks")
    return Look(tuple(Call(tool, {"query": topic}) for tool in tools), then)


def read_loosely(clause: Clause, quotes: Quotes, scene: Scene) -> Act | None:
    """A question that no other part of the grammar reads: what there is about its words. It changes nothing."""
    if not _QUESTION.match(clause.text) or _FOREIGN.search(clause.low):
        return None
    free = timed(clause.text, scene.now, scene.zone)
    topic = content(free.rest, quotes)
    if not topic:
        return None
    kinds = {"event": EVENT_NOUN, "message": MAIL_NOUN, "task": TASK_NOUN}
    named = [kind for kind, noun in kinds.items() if noun.search(clause.low)]
    if free.when and named in ([], ["event"]):
        return in_calendar(topic, free.when, scene, nothing=talk.out_of_depth(scene))
    return everywhere(topic, scene, nothing=talk.out_of_depth(scene))


def content(text: str, quotes: Quotes) -> str:
    """The words of a question that tell what it is about; nothing when they are too many."""
    said = re.findall(r"[^\W_][\w@.-]*(?:'(?!s\b)\w+)?|[\ue000-\ue0ff]", text)
    words = [word for word in said if not _EMPTY.fullmatch(word)]
    return clean(quotes.put_back(" ".join(words))) if len(words) <= MOST_WORDS else ""


def in_calendar(topic: str, when: str, scene: Scene, nothing: Say) -> Act:
    """What the calendar holds about it in a stretch of time."""
    when = re.sub(r"^(?:on|for|in|at|of)\s+(?=\S)", "", when, flags=re.I)
    upto = "" if re.match(r"(?:from|since|after|until|before)\b", lower(when)) else when

    def then(results: Sequence[Json]) -> Act:
        found = answers.items(results[0], "events")
        return Say(answers.found_events(results[0], scene, topic)) if found else nothing

    return look("search_calendar_events", then, query=topic, start=when, end=upto)
