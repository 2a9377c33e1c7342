"""After something was done: "undo that", "the same on Thursday"."""

import re

from sayso.offline.acts import Act, Call, Do, Json, Say, drop_empty
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
_SENT = frozenset({"send_mail", "reply_mail"})


def read(text: str, scene: Scene) -> Act | None:
    """The inverse of what was last done, or the same at another time; None when neither is asked."""
    if scene.memory.waiting():
        return None
    done = [(call, result) for call, result in scene.memory.decided() if result.get("status") == "succeeded"]
    if UNDO.fullmatch(lower(text).strip(" .!")):
        return _undo(done)
    if done and (found := _SAME.fullmatch(text.strip(" .!"))):
        return _same(done[-1][0], found["when"], scene)
    return None


def _undo(done: list[tuple[Call, Json]]) -> Act:
    if not done:
        return Say("Nothing was done here, so there is nothing to undo.")
    calls = [_inverse(call, result) for call, result in reversed(done)]
    found = tuple(call for call in calls if call)
    left = "" if len(found) == len(done) else " Some of it cannot be undone."
    if not found:
        if any(call.tool in _SENT for call, _ in done):
            return Say("I cannot take a mail back.")
        return Say("I cannot undo that by myself. Say what it should be instead.")
    return Do(found, f"This would undo it.{left}")


def _inverse(call: Call, result: Json) -> Call | None:
    inner = result.get("result")
    made = inner if isinstance(inner, dict) else {}
    event, task = made.get("event"), made.get("task")
    if call.tool == "create_calendar_event" and isinstance(event, dict):
        series = {"scope": "all"} if event.get("series_id") or call.args.get("recurrence") else {}
        return Call("delete_calendar_event", {"event": event["id"], **series})
    if call.tool == "delete_calendar_event" and isinstance(event, dict) and not event.get("series_id"):
        return _made_again(event)
    if call.tool == "update_calendar_event" and isinstance(event, dict) and isinstance(made.get("before"), dict):
        return _event_as_before(event, made["before"], call)
    if isinstance(task, dict):
        if call.tool == "update_task" and isinstance(before := made.get("before"), dict):
            kept = {key: before.get(key) or "" for key in ("title", "due", "list", "notes")}
            changes = {key: value for key, value in kept.items() if value != (task.get(key) or "")}
            changes |= {"due": "none"} if changes.get("due") == "" else {}
            return Call("update_task", {"task": task["id"], **changes})
        if call.tool == "create_task":
            return Call("delete_task", {"task": task["id"]})
        if call.tool == "complete_task":  # one that repeats has gone on, and is open
            return Call("reopen_task", {"task": task["id"]}) if task.get("status") == "done" else None
        if call.tool == "reopen_task":
            return Call("complete_task", {"task": task["id"]})
        if call.tool == "delete_task":
            kept = {key: task.get(key) for key in ("title", "due", "list", "notes")}
            return Call("create_task", {key: value for key, value in kept.items() if value})
    memory = made.get("memory")
    if isinstance(memory, dict) and call.tool == "remember":
        return Call("forget", {"memory": memory["id"]})
    if isinstance(memory, dict) and call.tool == "forget":
        return Call("remember", {"text": memory["text"], "kind": memory["kind"]})
    if call.tool in ("archive_mail", "trash_mail"):
        out = {"remove": ["trash"]} if call.tool == "trash_mail" else {"add": ["inbox"]}
        return Call("label_mail", {"messages": call.args["messages"], **out})
    if call.tool == "label_mail":
        swapped = {"add": call.args.get("remove"), "remove": call.args.get("add")}
        changes = {key: value for key, value in swapped.items() if value}
        return Call("label_mail", {"messages": call.args["messages"], **changes})
    return None


def _event_as_before(event: Json, before: Json, call: Call) -> Call | None:
    """The change that makes an event what it was; None for a repetition and for days that were left out of it."""
    if event.get("recurrence") != before.get("recurrence") or call.args.get("except_dates"):
        return None
    args: Json = {key: before[key] for key in ("title", "location", "description") if before[key] != event[key]}
    if (event["start"], event["end"]) != (before["start"], before["end"]):
        args |= {"start": before["start"]} | ({"end": before["end"]} if "T" in before["end"] else {})
    if before["timezone"] != event["timezone"]:
        args["timezone"] = before["timezone"]
    then, now = ({str(guest["email"]) for guest in each.get("guests") or []} for each in (before, event))
    args |= {"add_guests": sorted(then - now), "remove_guests": sorted(now - then), "scope": call.args.get("scope")}
    return Call("update_calendar_event", {"event": event["id"], **drop_empty(args)})


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
