# ruff: noqa: E501  one alternative of a pattern is one line
"""Events that repeat: how often, from when on something of them is different, and when they end."""

import re
from collections.abc import Callable
from dataclasses import replace

from sayso.offline.acts import Act, Ask, Call, Do, Json, Question
from sayso.offline.calendar.lookup import with_event
from sayso.offline.calendar.update import update
from sayso.offline.reading.clauses import Clause
from sayso.offline.reading.scopes import singular
from sayso.offline.reading.slots import timed
from sayso.offline.reading.targets import strip_article
from sayso.offline.reading.words import Quotes, lower
from sayso.offline.scene import Scene

Reader = Callable[[Clause, Quotes, Scene], Act | None]

LASTING = re.compile(r"\s+(?:from now on|going forward|from then on)$", re.I)
_REPEAT = re.compile(
    r"(?:make|have|set|let|turn)\s+(?P<ref>.+?)\s+(?:(?:to\s+)?(?:repeat|recur|be|happen|run)\s+|to\s+|(?:into\s+|as\s+)?(?:an?\s+)?(?:(?:recurring|repeating|regular)(?:\s+(?:one|event|thing|meeting|appointment|series))?,?\s+(?=\S))?)?(?P<rule>(?:every|each|weekly|daily|monthly|yearly|annual(?:ly)?|biweekly|bi-weekly|fortnightly|(?:an?\s+)?(?:recurring|repeating|regular)(?:\s+(?:one|event|thing|meeting|appointment|series))?$|on (?:week|mon|tues|wednes|thurs|fri|satur|sun)days)\b.*)|repeat\s+(?P<ref2>.+?)\s+(?P<rule2>(?:every|each|weekly|daily|monthly)\b.*)|(?:stop|end)\s+(?:repeating|the repetition of)\s+(?P<ref3>.+)",
    re.I,
)
_FROM_THEN = re.compile(
    r"(?P<what>(?:make|move|change|shift|push|set|extend|shorten|have|let|turn|keep)\s.+?),?\s+(?:(?:starting|beginning|as)\s+(?:from|of|on)?\s*(?P<when>(?:next|this)\s+\w+|tomorrow|\w+day|the\s+\d\S*)|from\s+(?P<when2>next\s+(?:week|month)|(?:(?:next|this)\s+\w+|tomorrow|\w+day)(?=\s+on))(?:\s+on(?:wards?)?)?)",
    re.I,
)
_END = re.compile(
    r"(?:end|finish|stop)\s+(?P<ref>(?:the|my|our)\s.*?\b(?:series|recurring|repeating|weekly|daily|monthly)\b.*?)\s+(?P<way>after|from|as\s+of)\s+(?P<when>\S.*)",
    re.I,
)


def from_then(clause: Clause, quotes: Quotes, scene: Scene, read: Reader) -> Act | None:
    """ "Move the stand-up to 9:45 from next week": the first one then, and all behind it."""
    found = _FROM_THEN.fullmatch(clause.text)
    if found is None:
        return None
    act = read(replace(clause, text=found["what"], low=lower(found["what"])), quotes, scene)
    if not isinstance(act, Do) or len(act.calls) != 1 or act.calls[0].tool != "update_calendar_event":
        return None
    (call,) = act.calls

    def then(event: Json, scene: Scene) -> Act:
        scope = {"scope": "following"} if event.get("series_id") else {}
        return Do((Call(call.tool, {**call.args, "event": event["id"], **scope}),))

    return with_event(f"{singular(call.args['event'])} {found['when'] or found['when2']}", quotes, scene, then)


def end(text: str, quotes: Quotes, scene: Scene) -> Act | None:
    """ "End the stand-up series after this week": the first one behind it, and all that follow, are deleted."""
    found = _END.fullmatch(text)
    if found is None or not (free := timed(found["when"], scene.now, scene.zone)).has_date:
        return None
    said = free.found[0].moment
    last = said.end or said.start
    day = (last if found["way"].lower() == "after" else said.start).date().isoformat()
    ref = re.sub(r"\b(?:series|recurring|repeating|weekly|daily|monthly)\b", " ", found["ref"], flags=re.I)

    def then(event: Json, scene: Scene) -> Act:
        scope = {"scope": "following"} if event.get("series_id") else {}
        return Do((Call("delete_calendar_event", {"event": event["id"], **scope}),))

    return with_event(f"{' '.join(ref.split())} from {day}", quotes, scene, then)


def repeat(text: str, quotes: Quotes, scene: Scene) -> Act | None:
    found = _REPEAT.fullmatch(text)
    if found is None:
        return None
    if found["ref3"]:
        return update(found["ref3"], quotes, scene, recurrence="none", scope="all")
    ref, rule = found["ref"] or found["ref2"], found["rule"] or found["rule2"]
    if re.match(r"(?:a|an|some|time|sure|up|an?other)\b", lower(ref)):
        return None
    if re.match(r"(?:an?\s+)?(?:recurring|repeating|regular)", rule, re.I):
        return Ask(
            f"How often should {quotes.put_back(ref)} be?",
            Question(Call("update_calendar_event", {"event": quotes.put_back(strip_article(ref))}), "recurrence"),
        )
    rule, lasting = LASTING.subn("", rule)
    ref = f"{ref} from now on" if lasting else ref
    rule = re.sub(r"\s+(?:one|event|thing|meeting|appointment|series)$", "", rule, flags=re.I)
    return update(re.sub(r"\s+to$", "", ref), quotes, scene, recurrence=rule)
