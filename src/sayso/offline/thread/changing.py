"""Changes to what waits or was just done: "make it 4", "no, on Friday", "make the bank reminder Friday"."""

import re
from collections.abc import Sequence

from sayso.offline import grammar, naming
from sayso.offline.acts import Act, Call, Do, Json, Look, Several
from sayso.offline.reading.clauses import clause
from sayso.offline.reading.words import Quotes, lower, strip_tail
from sayso.offline.scene import Scene
from sayso.offline.thread.correcting import DROP_GUEST, EVENT, OPENING, TASK, changed, names
from sayso.offline.thread.replanning import CHANGED, another, drop, on_that_day


def read(text: str, quotes: Quotes, scene: Scene) -> Act | None:
    """What waits, changed, or a change of what was just done; None when it is no correction."""
    said = strip_tail(text.strip())
    opened = OPENING.match(said)
    words = said[opened.end() :] if opened else said
    words = words.rstrip("?!. ").strip()
    if not words or len(words) > 400:
        return None
    decided = scene.memory.decided()
    if not any(result.get("status") == "waiting" for _, result in decided):
        done = [_as_change(call, result) for call, result in decided if result.get("status") == "succeeded"]
        found = changed(words, lower(words), bool(opened), [call for call in done if call.tool], quotes, scene)
        if found:
            return Do((found,))
    return _of_waiting(words, bool(opened), quotes, scene) if scene.memory.waits() else None


def _of_waiting(words: str, opened: bool, quotes: Quotes, scene: Scene) -> Act | None:
    """A change of what waits: of what is named, else of what was asked for last, else of what was asked for before."""
    latest = scene.memory.latest()
    calls = [each.call for each in latest]
    earlier = [each.call for each in scene.memory.waits() if each not in latest]
    guest = DROP_GUEST.fullmatch(words)
    if guest and names(guest["who"], scene) and (found := _among([calls, earlier], words, opened, quotes, scene)):
        return Do((found,), CHANGED)
    if act := drop(words, quotes, scene) or by_name(words, quotes, scene):
        return act
    if _OF_THING.match(words) and scene.memory.shown_since() and scene.memory.focus("event"):
        return None
    found = on_that_day(words, calls, scene) or _among([calls], words, opened, quotes, scene)
    if found is None and opened:
        found = another(words, calls, quotes, scene)
    if found is None and not _stands_alone(words, quotes, scene):
        found = _among([earlier], words, opened, quotes, scene)
    return Do((found,), CHANGED) if found else None


def _among(groups: Sequence[list[Call]], words: str, opened: bool, quotes: Quotes, scene: Scene) -> Call | None:
    """The call that the words change, of the first group that has one."""
    for calls in groups:
        if found := changed(words, lower(words), opened, calls, quotes, scene):
            return found
    return None


def by_name(words: str, quotes: Quotes, scene: Scene) -> Act | None:
    """Changes of waiting actions that are named: "make the milk Friday and the gym at 8"."""
    pieces = re.split(r"\s*(?:,|,?\band\b)\s*(?=(?:the|my)\b)", words)
    found = [_of_one(each, quotes, scene) for each in pieces]
    found = found if all(found) else [_of_one(words, quotes, scene)]
    calls = tuple(each for each in found if each)
    return Do(calls, CHANGED) if calls else None


def _of_one(words: str, quotes: Quotes, scene: Scene) -> Call | None:
    for one, said in naming.about_one(words, scene):
        if found := changed(said, lower(said), True, [one.call], quotes, scene):
            return found
    return None


_OF_THING = re.compile(r"(?:move|push|reschedule|shift|postpone|delay|rename|cancel|delete)\s+(?:it|that|this)\b", re.I)
"""What is said of an event that was shown after what waits was asked for."""


def _stands_alone(words: str, quotes: Quotes, scene: Scene) -> bool:
    """Whether it is a request by itself."""
    act = grammar.read(clause(words), quotes, scene)
    return isinstance(act, Do | Look | Several)


def _as_change(call: Call, result: Json) -> Call:
    """After an event or task was made or changed, corrections become updates of it."""
    inner = result.get("result")
    made = inner if isinstance(inner, dict) else {}
    if call.tool in EVENT and isinstance(made.get("event"), dict):
        return Call(
            "update_calendar_event", {"event": str(made["event"]["id"]), "_start": str(made["event"].get("start", ""))}
        )
    if call.tool in TASK and isinstance(made.get("task"), dict):
        return Call("update_task", {"task": str(made["task"]["id"])})
    return Call("", {})
