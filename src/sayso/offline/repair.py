"""When a tool cannot use a call: mend it if there is one plain way, or know what to ask.

An error is known by its code, by what it is `about` (`{"kind", "given"}`) and by its candidates; its sentence is told.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sayso.offline import answers
from sayso.offline.acts import Ask, Call, Json, Question
from sayso.offline.mail.query import in_words
from sayso.offline.reading.words import lower
from sayso.offline.scene import Scene

PEOPLE = ("guests", "add_guests", "remove_guests", "to", "cc", "bcc")
_WHO = ("contact", "guest")


_OF_TASK = {"event": "task", "start": "due", "title": "title", "description": "notes"}
"""What an event and a task have in common, by the names of each."""


def error_of(result: Json) -> Json:
    error = result.get("error")
    return error if isinstance(error, dict) else {"code": "invalid", "message": str(error or "")}


def _about(error: Json) -> tuple[str, str]:
    """The kind of thing that was looked for, and the words of the call for it; both empty for other errors."""
    about = error.get("about")
    return (str(about.get("kind", "")), str(about.get("given", ""))) if isinstance(about, dict) else ("", "")


def _candidates(error: Json) -> tuple[dict[str, str], ...]:
    return tuple(
        {"id": str(each.get("id", "")), "label": str(each.get("label", ""))} for each in error.get("candidates") or []
    )


def told(call: Call, result: Json, event_first: bool, worked: bool) -> str:
    """What the user is told of an error. `event_first`: the task was looked for as an event before; `worked`: other
    calls worked."""
    error = error_of(result)
    kind, given = _about(error)
    text = answers.error_text(result)
    if error.get("code") != "not_found" or not kind or kind in _WHO:
        return text
    if kind == "task" and event_first:
        text = _nothing_found("event or task", kind, given, error)
    elif call.tool.endswith("_mail") and in_words(given) != given:
        text = _nothing_found(kind, kind, in_words(given), error)
    return f"But {text}" if worked else text


def _nothing_found(noun: str, kind: str, given: str, error: Json) -> str:
    """The error in other words."""
    lines = [f"{number}. {each['label']}" for number, each in enumerate(_candidates(error), 1)]
    nearest = [f" The nearest {kind}s are:", *lines] if lines else []
    return f"I found no {noun} that matches '{' '.join(given.split())}'." + "\n".join(nearest)


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
    if error.get("code") != "not_found":
        return None, ""
    if call.tool == "create_calendar_event" and call.args.get("guests"):
        return _without_stranger(call, _about(error)[1], scene)
    if call.tool == "delete_calendar_event" and set(call.args) == {"event"}:
        return replace(call, tool="delete_task", args={"task": call.args["event"]}), ""
    if call.tool == "update_calendar_event" and set(call.args) <= set(_OF_TASK):
        args = {_OF_TASK[key]: value for key, value in call.args.items()}
        return replace(call, tool="update_task", args=args), ""
    return None, ""


def _without_stranger(call: Call, stranger: str, scene: Scene) -> tuple[Call | None, str]:
    """An event with somebody who has no address is made without inviting them."""
    guests = [str(guest) for guest in call.args["guests"]]
    strangers = [guest for guest in guests if _same(guest, stranger) and "@" not in guest]
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
        return call.having(args), ""
    names = " and ".join(strangers)
    return call.having(args), f"I have no e-mail address for {names}, so nobody is invited under that name."


def _same(one: str, two: str) -> bool:
    return lower(one.strip()) == lower(two.strip())


def own_event(failed: Sequence[tuple[Call, Json]]) -> Ask | None:
    """When the only thing that failed is to stay away from an event of one's own: the question whether to cancel it."""
    (call, result), *others = failed
    error = error_of(result)
    if others or error.get("code") != "own_event" or call.args.get("response") != "declined":
        return None
    title = next((f"'{each['label']}'" for each in _candidates(error) if each["label"]), "(untitled)")
    args = {key: value for key, value in call.args.items() if key != "response"}
    cancel = Call("delete_calendar_event", args)
    text = f"{title} is your own event. Should I cancel it?"
    return Ask(text, Question(cancel, "event", on_yes=(cancel,)))


def question(call: Call, result: Json) -> Question | None:
    """What the user is asked by the tool's message, if its answer can complete the call."""
    error = error_of(result)
    code, (kind, given), text = error.get("code"), _about(error), answers.error_text(result)
    if code == "ambiguous" or (code == "not_found" and kind == "contact"):
        slot = _slot(call, kind, given)
        asked = Question(call, slot, _candidates(error), instead=_instead(call, slot, given), text=text)
        return asked if slot else None
    if code in ("missing", "past"):
        for slot in ("start", "due", "body", "to"):
            if slot in call.args or (code == "missing" and slot == "body" and call.tool in ("send_mail", "reply_mail")):
                return Question(call, slot, text=text)
    return None


def _slot(call: Call, kind: str, given: str) -> str:
    """The argument that the error is about."""
    if kind in _WHO:
        people = [key for key in PEOPLE if call.args.get(key)]
        named = [key for key in people if any(_same(who, given) for who in _values(call, key))]
        return next(iter(named or people), "")
    things = ("event", "task", "message", "messages", "draft", "answer", "list")
    return next((key for key in things if key in call.args), "")


def _values(call: Call, slot: str) -> list[str]:
    values: Any = call.args.get(slot)
    return [str(each) for each in values] if isinstance(values, list) else []


def _instead(call: Call, slot: str, given: str) -> str:
    """Which of several values was not understood: the one that was given, else the first that is no address."""
    values = _values(call, slot)
    named = [value for value in values if _same(value, given)]
    return next(iter(named or [value for value in values if "@" not in value]), "")


def fill(question: Question, value: str) -> Call:
    """The call with what was asked for put in."""
    args = dict(question.call.args)
    if question.slot in PEOPLE or question.slot == "messages":
        old = _values(question.call, question.slot)
        new = [value if each == question.instead else each for each in old]
        args[question.slot] = new if question.instead in old else [*old, value]
    else:
        args[question.slot] = value
    return question.call.having(args)
