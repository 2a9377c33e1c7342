"""What was said, asked and shown before: from the messages of the thread, and what was kept beside them."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from pydantic_ai.messages import (
    ModelMessage,
    ModelRequest,
    ModelResponse,
    TextPart,
    ToolCallPart,
    ToolReturnPart,
    UserPromptPart,
)

from sayso.offline import meaning
from sayso.offline.acts import Call, Json, Question
from sayso.offline.meaning import Meaning

LISTS = {"events": "event", "tasks": "task", "messages": "message", "contacts": "contact", "slots": "slot"}
REPLACES = "replaces"
WITHDRAW = "withdraw_plan"
TARGET = {"event": "event", "task": "task", "message": "message"}
"""The argument of a tool that names a thing that exists."""


@dataclass(slots=True)
class Step:
    """One response of the model: its words, its calls by id, and what was kept beside them."""

    text: str
    calls: list[tuple[str, Call]]
    meaning: Meaning
    known: bool
    """Else nothing was kept, though it is no other model's: an earlier version said it, or the client brought it."""


@dataclass(slots=True)
class Turn:
    """What the user said, what was answered and called, and the result of each call by id."""

    prompt: str | None
    steps: list[Step] = field(default_factory=list)
    results: dict[str, Json] = field(default_factory=dict)

    @property
    def asked(self) -> Question | None:
        """What its answer asked."""
        return next((step.meaning.asked for step in reversed(self.steps) if step.meaning.asked), None)

    @property
    def shown(self) -> tuple[str, ...] | None:
        """The ids of the events that its answer lists, in order; None: it lists none by itself."""
        return next((step.meaning.shown for step in reversed(self.steps) if step.meaning.shown is not None), None)

    @property
    def replayable(self) -> bool:
        """Whether nothing was kept of what its answer means, which therefore only its words can tell again."""
        read = all("status" not in result and result for _, result in self.calls())
        return bool(self.steps) and read and not any(step.known for step in self.steps)

    @property
    def lost(self) -> bool:
        """Whether it was not understood."""
        return any(step.meaning.lost for step in self.steps)

    def calls(self) -> Iterator[tuple[Call, Json]]:
        for step in self.steps:
            for ident, call in step.calls:
                yield call, self.results.get(ident, {})


def turns_of(messages: Sequence[ModelMessage]) -> list[Turn]:
    """Cut the messages into turns, each beginning at a user's prompt."""
    turns: list[Turn] = []
    for message in messages:
        if isinstance(message, ModelRequest):
            for part in message.parts:
                if isinstance(part, UserPromptPart):
                    turns.append(Turn(_prompt_text(part)))
                elif isinstance(part, ToolReturnPart):
                    _put_result(turns, part)
        elif isinstance(message, ModelResponse):
            if not turns:
                turns.append(Turn(None))
            turns[-1].steps.append(_step(message))
    return turns


def _prompt_text(part: UserPromptPart) -> str:
    if isinstance(part.content, str):
        return part.content
    return " ".join(piece for piece in part.content if isinstance(piece, str))


def _put_result(turns: list[Turn], part: ToolReturnPart) -> None:
    for turn in reversed(turns):
        if any(ident == part.tool_call_id for step in turn.steps for ident, _ in step.calls):
            failed = part.outcome == "retried"
            turn.results[part.tool_call_id] = {"error": part.content} if failed else as_json(part.content)
            return


def _step(message: ModelResponse) -> Step:
    text = " ".join(part.content for part in message.parts if isinstance(part, TextPart))
    calls = [
        (part.tool_call_id, Call(part.tool_name, _own(part.args_as_dict())))
        for part in message.parts
        if isinstance(part, ToolCallPart)
    ]
    ours = message.model_name in (None, meaning.KEY)
    return Step(text, calls, meaning.load(message.metadata), not ours or meaning.is_kept(message.metadata))


def _own(args: Json) -> Json:
    """The arguments without what says whose place the call takes."""
    return {name: value for name, value in args.items() if name != REPLACES}


def as_json(content: Any) -> Json:
    """A tool's result as a mapping, however it was stored."""
    if isinstance(content, str):
        try:
            content = json.loads(content)
        except ValueError:
            return {"text": content}
    return content if isinstance(content, dict) else {"value": content}


@dataclass(frozen=True, slots=True)
class Thing:
    """Something that exists: its kind ("event", "task", "message", "contact", "slot") and its JSON."""

    kind: str
    item: Json

    @property
    def id(self) -> str:
        return str(self.item.get("id", ""))


@dataclass(frozen=True, slots=True)
class Waiting:
    """An action that waits for consent.

    `call`: with the arguments that will run, and in its own place; `said`: with those that were given in words.
    `number`: by which the server knows it; None: by none. `action`: what the user is shown of it. `turn`: which turn
    asked for it, and in what words.
    """

    call: Call
    said: Call
    number: int | None
    action: str
    turn: int
    asked: str

    @property
    def name(self) -> str:
        return self.call.replaces[0]


@dataclass(frozen=True, slots=True)
class Memory:
    """The turns before this one."""

    turns: tuple[Turn, ...] = ()

    @property
    def last(self) -> Turn | None:
        return self.turns[-1] if self.turns else None

    def waits(self) -> list[Waiting]:
        """All that waits for consent, as it is numbered."""
        recent = [*enumerate(self.turns)][-20:]
        found = [each for at, turn in recent for each in _waiting_of(turn, at)]
        return sorted(found, key=lambda each: each.number or 0)

    def latest(self) -> list[Waiting]:
        """Of what waits, what was asked for or changed last."""
        waits = self.waits()
        last = max((each.turn for each in waits), default=0)
        return [each for each in waits if each.turn == last]

    def shown_since(self) -> bool:
        """Whether something was shown after what waits was last asked for: "it" and numbers then mean that."""
        last = max((each.turn for each in self.waits()), default=0)
        later = [each for turn in self.turns[last + 1 :] for each in turn.calls()]
        return any(_single(call, result) or any(True for _ in _listed(result)) for call, result in later)

    def _with_status(self, *status: str) -> list[Call]:
        for turn in reversed(self.turns[-20:]):
            calls = [resolved(call, result) for call, result in turn.calls() if result.get("status") in status]
            if calls:
                return calls
        return []

    def failed(self) -> list[Call]:
        """The calls of the last plan that failed and may be tried again."""
        return self._with_status("failed", "skipped", "expired")

    def decided(self) -> list[tuple[Call, Json]]:
        """The calls of the last plan that there was, waiting or not, with what became of each."""
        for turn in reversed(self.turns[-20:]):
            found = [
                (resolved(call, result), result)
                for call, result in turn.calls()
                if "status" in result and call.tool != "withdraw_plan"
            ]
            if found:
                return found
        return []

    def shown(self, kind: str | None = None) -> list[Thing]:
        """The latest list that was shown, as it was numbered; of this kind if one is named."""
        for turn in reversed(self.turns[-12:]):
            for _, result in reversed(list(turn.calls())):
                things = _as_shown(turn, list(_listed(result)))
                if things and (kind is None or things[0].kind == kind):
                    return things
        return []

    def focus(self, kind: str | None = None) -> Thing | None:
        """What "it" is: the one thing that was last shown, made or changed; None when it was a list."""
        for turn in reversed(self.turns[-12:]):
            for call, result in reversed(list(turn.calls())):
                thing = _single(call, result)
                if thing and (kind is None or thing.kind == kind):
                    return thing
                things = _as_shown(turn, list(_listed(result)))
                if things and (kind is None or things[0].kind == kind):
                    one_thread = len({each.item.get("thread_id") or each.id for each in things}) == 1
                    return things[0] if one_thread else None
        return None

    def kind(self) -> str | None:
        """What kind of thing was spoken of last."""
        for turn in reversed(self.turns[-12:]):
            for call, result in reversed(list(turn.calls())):
                thing = _single(call, result)
                if thing:
                    return thing.kind
                for thing in _listed(result):
                    return thing.kind
        return None

    def person(self) -> str | None:
        """Who was spoken of last: a name or an address."""
        for turn in reversed(self.turns[-12:]):
            for call, result in reversed(list(turn.calls())):
                who = _person(call, result)
                if who:
                    return who
        return None


def resolved(call: Call, result: Json) -> Call:
    """The call with the arguments that will run, without defaults."""
    args = result.get("args")
    if not isinstance(args, dict):
        return call
    return call.having({key: value for key, value in args.items() if value not in (None, "", [])})


def _waiting_of(turn: Turn, at: int) -> Iterator[Waiting]:
    """The actions of a turn's calls that wait; a call may stand for several."""
    for step in turn.steps:
        for ident, call in step.calls:
            told = turn.results.get(ident, {})
            each = told.get("actions")
            several = isinstance(each, list)
            for index, result in enumerate(each if isinstance(each, list) else [told]):
                if result.get("status") == "waiting":
                    mine = replace(resolved(call, result), replaces=(f"{ident}#{index}" if several else ident,))
                    number, action = result.get("number"), str(result.get("action", ""))
                    yield Waiting(mine, call, number, action, at, turn.prompt or "")


def numbered(calls: Sequence[Call], memory: Memory) -> Iterator[Call]:
    """The calls as they are made: what they replace or withdraw by its number. What is gone by now is left out."""
    numbers = {each.name: each.number for each in memory.waits() if each.number is not None}
    for call in calls:
        named = sorted({numbers[name] for name in call.replaces if name in numbers})
        key = "actions" if call.tool == WITHDRAW else REPLACES
        if named or not call.replaces or call.tool != WITHDRAW:
            yield Call(call.tool, {**call.args, key: named} if named else call.args)


def _listed(result: Json) -> Iterator[Thing]:
    for name, kind in LISTS.items():
        items = result.get(name)
        if isinstance(items, list):
            yield from (Thing(kind, item) for item in items if isinstance(item, dict))


def _as_shown(turn: Turn, things: list[Thing]) -> list[Thing]:
    """Of events those in the answer, in its order: out of what was listed only some may have been picked."""
    if not things or things[0].kind != "event" or turn.shown is None:
        return things
    listed = [thing for _, result in turn.calls() for thing in _listed(result) if thing.kind == "event"]
    events = {thing.id: thing for thing in listed}
    return [events[each] for each in dict.fromkeys(turn.shown) if each in events]


def _single(call: Call, result: Json) -> Thing | None:
    inner = result.get("result")
    if call.tool == "reply_mail" and isinstance(result.get("args"), dict):
        return Thing("message", {"id": str(result["args"].get("message", ""))})  # what was answered, not the answer
    for source in (result, inner if isinstance(inner, dict) else {}):
        for kind in ("event", "task", "message"):
            item = source.get(kind)
            if isinstance(item, dict) and item.get("id"):
                return Thing(kind, item)
    args = result.get("args")
    if result.get("status") in ("waiting", "proposed", "failed", "cancelled", "succeeded") and isinstance(args, dict):
        for key, kind in TARGET.items():
            if isinstance(args.get(key), str):
                return Thing(kind, {"id": args[key], "title": str(result.get("action", ""))})
        sorted_away = args.get("messages")
        if isinstance(sorted_away, list) and len(sorted_away) == 1:
            return Thing("message", {"id": str(sorted_away[0])})
    return None


def _person(call: Call, result: Json) -> str | None:
    args = resolved(call, result).args
    for key in ("to", "guests", "add_guests", "cc"):
        people = args.get(key)
        if isinstance(people, list) and people:
            return str(people[-1])
    contacts = result.get("contacts")
    if call.tool == "find_contact":
        if isinstance(contacts, list) and len(contacts) == 1 and contacts[0].get("emails"):
            return str(contacts[0]["emails"][0])
        return str(args.get("name") or "") or None
    message = result.get("message")
    if isinstance(message, dict) and isinstance(message.get("from"), dict):
        return str(message["from"].get("email") or message["from"].get("name") or "") or None
    found = re.search(r"from:(?:\"([^\"]+)\"|(\S+))", str(args.get("query", "")))
    if found:
        return found[1] or found[2]
    messages = result.get("messages")
    if isinstance(messages, list) and len(messages) == 1 and isinstance(messages[0].get("from"), dict):
        return str(messages[0]["from"].get("email") or "") or None
    events = result.get("events")
    if isinstance(events, list) and len(events) == 1 and len(events[0].get("guests") or []) == 1:
        return str(events[0]["guests"][0].get("email") or "") or None
    return None
