"""When a tool cannot use a call: mend it if there is one plain way, or know what to ask."""

import re
from collections.abc import Sequence

from sayso.offline.acts import Call, Json, Question
from sayso.offline.reading.words import lower
from sayso.offline.scene import Scene

PEOPLE = ("guests", "add_guests", "remove_guests", "to", "cc", "bcc")


_OF_TASK = {"event": "task", "start": "due", "title": "title", "description": "notes"}
"""What an event and a task have in common, by the names of each."""


def error_of(result: Json) -> Json:
    error = result.get("error")
    return error if isinstance(error, dict) else {"code": "invalid", "message": str(error or "")}


def mend(
    calls: Sequence[Call], results: Sequence[Json], scene: Scene
) -> tuple[list[Call], list[tuple[Call, Json]], list[str]]:
    """Of the calls that a tool refused: those that there is a plain way to mend, mended; the others with their
    errors; and what to tell of the mending."""
    mended, left, notes = [], [], []
    for call, result in zip(calls, results, strict=False):
        if "error" not in result:
            continue
        better, note = _mend(call, error_of(result), scene)
        if better is None:
            left.append((call, result))
            continue
        mended.append(better)
        notes += [note] if note else []
    return mended, left, notes


def _mend(call: Call, error: Json, scene: Scene) -> tuple[Call | None, str]:
    code, message = str(error.get("code", "")), str(error.get("message", ""))
    if code == "not_found" and call.tool == "create_calendar_event" and call.args.get("guests"):
        return _without_stranger(call, message, scene)
    if code != "not_found":
        return None, ""
    if call.tool == "delete_calendar_event" and set(call.args) == {"event"}:
        return Call("delete_task", {"task": call.args["event"]}), ""
    if call.tool == "update_calendar_event" and set(call.args) <= set(_OF_TASK):
        return Call("update_task", {_OF_TASK[key]: value for key, value in call.args.items()}), ""
    return None, ""


def _without_stranger(call: Call, message: str, scene: Scene) -> tuple[Call | None, str]:
    """An event with somebody who has no address is made without inviting them."""
    guests = [str(guest) for guest in call.args["guests"]]
    strangers = [guest for guest in guests if lower(guest) in lower(message) and "@" not in guest]
    if not strangers:
        return None, ""
    args = {**call.args, "guests": [guest for guest in guests if guest not in strangers]}
    if not args["guests"]:
        del args["guests"]
    title = str(args["title"])
    unnamed = [who for who in strangers if lower(who) not in lower(title)]
    if unnamed:
        args["title"] = f"{title} with {' and '.join(unnamed)}"
    for who in scene.roles & set(strangers):
        args["title"] = re.sub(rf"\b{re.escape(who)}\b", who.lower(), str(args["title"]))
    strangers = [who for who in strangers if who not in scene.roles]
    if not strangers:
        return Call(call.tool, args), ""
    names = " and ".join(strangers)
    return Call(call.tool, args), f"I have no e-mail address for {names}, so nobody is invited under that name."


def default_list(failed: Sequence[tuple[Call, Json]]) -> tuple[str, Question] | None:
    """When all tasks of a plan are for a list that does not exist: the question whether the usual one will do."""
    calls, errors = [call for call, _ in failed], [error_of(result) for _, result in failed]
    names = {str(call.args.get("list", "")) for call in calls}
    if len(names) != 1 or "" in names or "list" not in str(errors[0].get("message", "")):
        return None
    if not all(
        call.tool == "create_task" and error["code"] == "not_found" for call, error in zip(calls, errors, strict=True)
    ):
        return None
    first, *others = calls
    without = tuple(
        Call(call.tool, {key: value for key, value in call.args.items() if key != "list"}) for call in calls
    )
    candidates = tuple(
        {"id": str(each.get("id", "")), "label": str(each.get("label", ""))}
        for each in errors[0].get("candidates") or []
    )
    have = f" You have: {', '.join(each['label'] for each in candidates)}." if candidates else ""
    what = "it" if not others else "them"
    text = f"There is no list called '{names.pop()}'.{have} Should I put {what} on your default list instead?"
    return text, Question(first, "list", candidates, same=tuple(others), on_yes=without)


def own_event(failed: Sequence[tuple[Call, Json]]) -> tuple[str, Question] | None:
    """When the only thing that failed is to stay away from an event of one's own: the question whether to cancel it."""
    (call, result), *others = failed
    message = str(error_of(result).get("message", ""))
    declined = call.tool == "respond_to_invitation" and call.args.get("response") == "declined"
    if others or not declined or " is your own event" not in message:
        return None
    args = {key: value for key, value in call.args.items() if key != "response"}
    cancel = Call("delete_calendar_event", args)
    text = f"{message.partition(',')[0]}. Should I cancel it? Any guests would be told."
    return text, Question(cancel, "event", on_yes=(cancel,))


def question(call: Call, result: Json) -> Question | None:
    """What the user is asked by the tool's message, if its answer can complete the call."""
    error = error_of(result)
    candidates = tuple(
        {"id": str(each.get("id", "")), "label": str(each.get("label", ""))} for each in error.get("candidates") or []
    )
    code = error.get("code")
    if code in ("ambiguous", "not_found"):
        slot = _slot(call, candidates, str(error.get("message", "")))
        return Question(call, slot, candidates) if slot else None
    if code in ("missing", "past", "invalid"):
        for slot in ("start", "due", "body", "to"):
            if slot in call.args or (code == "missing" and slot == "body" and call.tool in ("send_mail", "reply_mail")):
                return Question(call, slot)
    return None


def _slot(call: Call, candidates: Sequence[dict[str, str]], message: str) -> str:
    named = next((key for key in PEOPLE for who in call.args.get(key) or [] if lower(str(who)) in lower(message)), "")
    if (candidates and "@" in candidates[0]["id"]) or named:
        return named or next((key for key in PEOPLE if call.args.get(key)), "")
    for key in ("event", "task", "message", "messages", "draft", "answer", "list"):
        if key in call.args:
            return key
    return ""


def fill(question: Question, value: str, message_name: str = "") -> Call:
    """The call with what was asked for put in."""
    args = dict(question.call.args)
    current = args.get(question.slot)
    if question.slot in PEOPLE or question.slot == "messages":
        old = [str(each) for each in current] if isinstance(current, list) else []
        replaced = _which(old, question.candidates, message_name)
        new = [value if who == replaced else who for who in old] if replaced else [*old, value]
        args[question.slot] = new
    else:
        args[question.slot] = value
    return Call(question.call.tool, args)


def _which(old: Sequence[str], candidates: Sequence[dict[str, str]], fallback: str) -> str:
    """Which of the people was unclear: the one that all candidates share a word with."""
    for who in old:
        words = re.findall(r"\w+", lower(who))
        if candidates and all(any(word in lower(each["label"]) for word in words) for each in candidates):
            return who
    return next((who for who in old if "@" not in who), "") or fallback
