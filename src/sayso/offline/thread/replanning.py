# ruff: noqa: E501  one alternative of a pattern is one line
"""Changes to what a plan holds, not to how it is: another thing, one less, a draft instead of a mail."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sayso.english import dates
from sayso.offline import naming
from sayso.offline.acts import Act, Call, Do, Json, Say, do, look
from sayso.offline.mail.reply import as_draft, as_sent
from sayso.offline.mail.sort import MOST, kept_query
from sayso.offline.memory import Waiting
from sayso.offline.naming import MADE
from sayso.offline.reading.slots import timed
from sayso.offline.reading.targets import refers_back, strip_article, target
from sayso.offline.reading.words import Quotes, lower
from sayso.offline.scene import Scene

_DROP = re.compile(
    r"(?P<verb>remove|drop|skip|delete|cancel|leave\s+out|take\s+out|not|without|scrap|forget(?:\s+about)?|don't\s+do|ditch|withdraw|discard|never\s?mind)\s+(?P<ref>(?:(?:the|my|that|number)\s+)?\S.{1,80}?)(?:\s+(?:please|then|after\s+all|for\s+now|again))*",
    re.I,
)
_DROP_NAMED = re.compile(
    r"(?:all|everything)?\s*(?:not|without|skip|leave\s+out|except|but(?:\s+not)?|keep|leave|excluding)\s+(?:for\s+)?(?P<what>.+?)(?:\s+(?:out|alone|as\s+(?:it|they)\s+(?:is|are)))?|(?:only|just)\s+(?:do\s+)?(?P<only>.+)",
    re.I,
)
_THAT_ONE = re.compile(r"(?:the|my|our|that|today's|tomorrow's|\w+day's|(?-i:[A-Z])[\w-]*'s)\s+\w", re.I)
_ONLY_ON = re.compile(
    r"(?:only|just|no,?)?\s*(?:the\s+)?(?P<day>today|tomorrow|(?:on\s+)?(?:this\s+|next\s+)?\w+day)(?:'s)?(?:\s+one)?",
    re.I,
)
_SEND_IT = re.compile(
    r"(?:(?:no|actually|just|ok(?:ay)?|please|and)[, ]+)*send (?:it|that)(?: (?:off|now|instead|please))*"
)
_KEEP_IT = re.compile(
    r"(?:(?:no|actually|just|please|wait|don't send (?:it|that)(?: yet)?)[, ]+)*(?:(?:save|keep|make|leave) (?:it|that) (?:as )?)?(?:only |just )?(?:as )?a draft(?: (?:instead|for now|please|only))*"
)


CHANGED = "I changed the proposal."
LEFT_OUT = "I left that out."
ONLY = "I kept only that."


def drop(words: str, quotes: Quotes, scene: Scene) -> Act | None:
    """One or some of the actions that wait are left out: by number, by kind or by name."""
    waits, latest = scene.memory.waits(), scene.memory.latest()
    found = _DROP.fullmatch(words)
    gone = _dropped(found["ref"], lower(found["verb"]), scene) if found else []
    many = latest[0].call if len(latest) == 1 and len(latest[0].call.args.get("messages") or []) > 1 else None
    if many and (not gone or gone == latest) and (act := _drop_mail(words, many, quotes, scene)):
        return act
    if gone and len(gone) < len(waits):
        return naming.withdrawn(gone, LEFT_OUT)
    if gone:
        return do("withdraw_plan", reason=words[:200])
    return _drop_named(words, latest, scene) or _drop_named(words, waits, scene)


def _dropped(ref: str, verb: str, scene: Scene) -> list[Waiting]:
    """What is named, if that is to be left out and not a thing that is to go."""
    found = [_one_dropped(each, verb, scene) for each in re.split(r"\s*(?:,|\band\b)\s*(?=(?:the|my)\b)", ref)]
    return [each for some in found for each in some] if all(found) else []


def _one_dropped(ref: str, verb: str, scene: Scene) -> list[Waiting]:
    gone = naming.named(ref, scene)
    if verb in ("cancel", "delete", "remove") and not naming.is_number(ref):
        gone = gone if all(each.call.tool in MADE for each in gone) else []
    one = naming.one_named(ref, scene) if gone else None
    return [one] if one else gone if len({each.turn for each in gone}) == 1 else []


def _drop_mail(said: str, call: Call, quotes: Quotes, scene: Scene) -> Act | None:
    """ "Except Mum's": some of the mails of one step are left out."""
    found = _DROP_NAMED.fullmatch(said)
    if found is None:
        return None

    def then(results: Sequence[Json]) -> Act:
        named = {str(each["id"]) for each in results[0].get("messages") or []}
        left = [each for each in call.args["messages"] if (each in named) == bool(found["only"])]
        if not left or len(left) == len(call.args["messages"]):
            return Say(f"None of these mails is “{found['what'] or found['only']}”, so the proposal stays as it is.")
        return Do((call.having({**call.args, "messages": left}),), ONLY if found["only"] else LEFT_OUT)

    query = kept_query(found["what"] or found["only"], quotes, scene)
    return look("search_mail", then, query=query, limit=MOST)


def _drop_named(said: str, among: list[Waiting], scene: Scene) -> Act | None:
    """ "Not the bank", "only the slides": the steps whose preview has these words."""
    found = _DROP_NAMED.fullmatch(said)
    if found is None or len(among) < 2:
        return None
    refs = [strip_article(ref) for ref in re.split(r"\s*,\s*(?:and\s+)?|\s+and\s+", found["what"] or found["only"])]
    if any(timed(ref, scene.now, scene.zone).found for ref in refs):
        return None
    meant = [[each in naming.named(ref, scene) for each in among] for ref in refs]
    if not all(any(fits) for fits in meant):
        return None
    picked = [any(fits) for fits in zip(*meant, strict=True)]
    gone = [each for each, chosen in zip(among, picked, strict=True) if chosen != bool(found["only"])]
    return naming.withdrawn(gone, ONLY if found["only"] else LEFT_OUT) if 0 < len(gone) < len(among) else None


def on_that_day(words: str, calls: list[Call], scene: Scene) -> Call | None:
    """ "Just tomorrow's": that occurrence of the event that was named."""
    found = _ONLY_ON.fullmatch(words)
    if not found or len(calls) != 1 or calls[0].tool != "delete_calendar_event":
        return None
    said = next(each.said for each in scene.memory.waits() if each.call == calls[0])
    ref = str(said.args.get("event", ""))
    if " " not in ref and not ref.isalpha() and "-" not in ref:
        return None  # an id
    return calls[0].having({**said.args, "event": f"{ref} {found['day']}", "scope": "this"})


_MORE_DAYS = re.compile(
    r"(?:and|also|plus)\s+(?:also\s+)?(?:on\s+)?(?P<day>\S.*?)(?:[, ]+(?:too|as\s+well|also))?[.! ]*"
)


def one_more_day(said: str, waiting: list[Call], scene: Scene) -> Act | None:
    """ "And on Thursday", behind an event that waits: the same on another day."""
    found, call = _MORE_DAYS.fullmatch(said), waiting[-1]
    free = timed(found["day"], scene.now, scene.zone) if found else None
    if not free or free.rest or free.has_time or len(free.found) != 1 or call.tool != "create_calendar_event":
        return None
    day, start = free.found[0].moment, str(call.args.get("start"))
    if day.is_range or day.part_of_day or day.recurrence or call.args.get("end") or call.args.get("recurrence"):
        return None
    clock = f" at {datetime.fromisoformat(start):%H:%M}" if "T" in start else ""
    return Do((Call(call.tool, {**call.args, "start": f"{day.start.date().isoformat()}{clock}"}),))


_EDGE = re.compile(
    r"(?:(?:make|extend|have)\s+it\s+)?(?P<edge>until|till|through|(?<=extend\sit\s)to|from)\s+(?P<day>\S.*)", re.I
)


def other_edge(words: str, call: Call, scene: Scene) -> Json | None:
    """ "Until the 22nd", of whole days or of a repetition that waits: their last day; "from the 17th": the first."""
    found = _EDGE.fullmatch(words)
    if found is None:
        return None
    first = lower(found["edge"]) == "from"
    said = timed(words, scene.now, scene.zone)
    if said.has_time and not said.has_date and not first and call.tool == "create_calendar_event":
        return _until(str(call.args.get("start")), found["day"], scene)
    if said.has_time or not said.found:
        return None
    worded = (each.said for each in scene.memory.waits() if each.said.tool == call.tool)
    rule = next((each.args.get("recurrence") for each in worded), "")
    if rule and not first and not rule.startswith("FREQ"):
        return {"recurrence": f"{rule} until {found['day']}"}
    start, end = str(call.args.get("start")), str(call.args.get("end") or call.args.get("start"))
    free = timed(found["day"], scene.now, scene.zone)
    if call.tool != "create_calendar_event" or "T" in start or "T" in end or free.rest or len(free.found) != 1:
        return None
    day = free.found[0].moment.start.date().isoformat()
    if first:
        return {"start": day, "end": end} if day <= end else None
    return {"end": day} if day >= start else None


def _until(start: str, clock: str, scene: Scene) -> Json | None:
    """The length that makes an event end at this time of its day."""
    if "T" not in start:
        return None
    begin = datetime.fromisoformat(start)
    try:
        end = dates.parse(f"{begin.date().isoformat()} at {clock}", scene.now, scene.zone, anchor=begin).start
    except dates.DateError:
        return None
    if end <= begin and end + timedelta(hours=12) > begin:  # "until 3" of an event at 1 PM
        end += timedelta(hours=12)
    long = round((end - begin).total_seconds() / 60)
    return {"end": None, "duration_minutes": long} if 0 < long < 24 * 60 else None


def another(words: str, calls: list[Call], quotes: Quotes, scene: Scene) -> Call | None:
    """ "No, I mean tomorrow's call": the same with another thing than the one that was taken."""
    words = re.sub(r"^not (?:that|this|the \w+)(?: one)?[, ]+(?:but )?", "", words, flags=re.I)
    for call in calls:
        kind = next((kind for kind in ("event", "task", "message") if isinstance(call.args.get(kind), str)), "")
        if not kind or not (_THAT_ONE.match(words) or refers_back(lower(words))):
            continue
        meant = target(words, kind, quotes, scene)
        said = next(each.said for each in scene.memory.waits() if each.call == call)
        # "to 2" is told from the other thing
        if "description" in said.args and call.tool == "update_calendar_event":
            return None  # they hold the notes of the first thing
        if len(meant.refs) == 1:
            return call.having({**said.args, kind: meant.refs[0]})
    return None


def sent_or_kept(said: str, waits: Sequence[Waiting]) -> Act | None:
    """A draft that waits is sent instead, a mail that waits is kept as a draft instead: the one asked for last."""
    mails = [each for each in waits if each.call.tool in ("draft_mail", "send_mail", "reply_mail")]
    if not mails:
        return None
    call = max(mails, key=lambda each: (each.turn, each.number or 0)).call
    if call.tool == "draft_mail":
        return Do((as_sent(call),), CHANGED) if _SEND_IT.fullmatch(said) else None
    if not _KEEP_IT.fullmatch(said) or call.args.get("draft"):
        return None
    return as_draft(call) if call.tool == "reply_mail" else Do((replace(call, tool="draft_mail"),), CHANGED)
