"""After something was done: "undo that", "the same on Thursday"."""

import re

from sayso.offline.acts import Act, Call, Do, Json, Say
from sayso.offline.reading.slots import timed
from sayso.offline.reading.words import lower
from sayso.offline.scene import Scene

UNDO = re.compile(
    r"(?:(?:please|can you|could you|actually|oops|hmm+|oh|wait|no|sorry)[, ]+)*"
    r"(?:(?:undo|revert|reverse|take back|roll back)"
    r"(?: (?:it|that|this|them|the last (?:one|thing|change|action)|what you (?:just )?did|all (?:of )?(?:it|that)))?"
    r"|(?:bring|put|get|move|change|set) (?:it|that|this|them|everything) back"
    r"(?: (?:again|(?:to )?(?:how|what|where|as|the way) it was))?"
    r"|restore (?:it|that|this|them))"
    r"(?: again)?(?: please)?[.! ]*"
)
_SAME = re.compile(
    r"(?:and )?(?:do )?(?:the )?same (?:again |thing |time |one )?(?:also )?(?P<when>.+?)"
    r"(?: too| as well| again)?[.! ]*",
    re.I,
)
_SENT = frozenset({"send_mail", "reply_mail", "forward_mail"})


def read(text: str, scene: Scene) -> Act | None:
    """The inverse of what was last done, or the same at another time; None when neither is asked."""
    if any(result.get("status") == "waiting" for _, result in scene.memory.decided()):
        return None
    decided = [each for call, result in scene.memory.decided() for each in _each(call, result)]
    done = [(call, result) for call, result in decided if result.get("status") == "succeeded"]
    if UNDO.fullmatch(lower(text).strip(" .!")):
        return _undo(done)
    if done and (found := _SAME.fullmatch(text.strip(" .!"))):
        return _same(done[-1][0], found["when"], scene)
    return None


def _undo(done: list[tuple[Call, Json]]) -> Act:
    if not done:
        return Say("Nothing was done here, so there is nothing to undo.")
    if all(result.get("undone") for _, result in done):
        return Say("That is undone already.")
    calls = [(_reverse(result) or _again(call, result)) for call, result in reversed(done) if not result.get("undone")]
    found = tuple(call for some in calls for call in some)
    left = "" if all(calls) else " Some of it cannot be undone."
    if not found:
        if any(call.tool in _SENT for call, _ in done):
            return Say("I cannot take a mail back.")
        return Say("I cannot undo that by myself. Say what it should be instead.")
    return Do(found, f"This would undo it.{left}")


def _each(call: Call, result: Json) -> list[tuple[Call, Json]]:
    """What became of a call, by each action that it stood for."""
    actions = result.get("actions")
    return [(call, each) for each in actions] if isinstance(actions, list) else [(call, result)]


def _reverse(result: Json) -> list[Call]:
    """What undoes an action, as it was stored with its outcome."""
    return [Call(each["tool"], each["args"]) for each in result.get("undo_if_asked") or ()]


def _again(call: Call, result: Json) -> list[Call]:
    """What was deleted, made anew: not the same, but what it says."""
    inner = result.get("result")
    made = inner if isinstance(inner, dict) else {}
    event, task = made.get("event"), made.get("task")
    if call.tool == "delete_calendar_event" and isinstance(event, dict) and not event.get("series_id"):
        new = _made_again(event)
        return [new] if new else []
    if call.tool == "delete_task" and isinstance(task, dict):
        kept = {key: task.get(key) for key in ("title", "due", "list", "notes")}
        return [Call("create_task", {key: value for key, value in kept.items() if value})]
    return []


def _made_again(event: Json) -> Call | None:
    if event.get("recurrence") or not event.get("title") or not event.get("start"):
        return None
    args: Json = {"title": event["title"], "start": event["start"], "end": event.get("end")}
    if "T" not in str(event["start"]):
        args["end"] = None
    args["location"] = event.get("location")
    args["guests"] = [guest["email"] for guest in event.get("guests") or [] if guest.get("email")]
    return Call("create_calendar_event", {key: value for key, value in args.items() if value})


def _same(call: Call, when: str, scene: Scene) -> Act | None:
    """The event or task that was made, once more at another time; a day alone keeps the time of day."""
    slot = {"create_calendar_event": "start", "create_task": "due"}.get(call.tool)
    free = timed(when, scene.now, scene.zone)
    if slot is None or not free.when or free.rest or len(free.found) != 1:
        return None
    old = timed(str(call.args.get(slot, "")), scene.now, scene.zone)
    stamped = re.search(r"T(\d\d:\d\d)", str(call.args.get(slot, "")))
    at = f" at {stamped[1]}" if stamped else ""
    if not stamped and old.has_time and old.found:
        at = f" at {old.found[0].moment.start:%H:%M}"
    if free.has_time:
        at = ""
    return Do((Call(call.tool, {**call.args, slot: f"{free.found[0].text.strip()}{at}"}),))
