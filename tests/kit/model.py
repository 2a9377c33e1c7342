"""A scripted language model: it does what the message says, and keeps every history that it was given.

A message is one of these; "then" names what is proposed next, once the first plan has run:
`propose A; mail B; task C; delete EVENT; move EVENT [then C]` · `wait-propose A` (when `gate` opens) ·
`instead 2 A` (of what waits; `wait-instead`) · `half A` (and a call that fails) · `drop 1` (of what waits) · `read` ·
`mixed A; B` (a read and proposals in one response) · `read, propose A` (a read first, then proposals) · `withdraw` ·
`bad A` (a call with wrong arguments, mended in the next response) · `fail` · `crash` · `loop` · `hang` · `wait`
(answers when `gate` opens). Anything else is answered with words.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic_ai.exceptions import ModelHTTPError
from pydantic_ai.messages import (
    ModelMessage,
    ModelRequest,
    ModelResponse,
    TextPart,
    ToolCallPart,
    UserPromptPart,
)
from pydantic_ai.models import Model
from pydantic_ai.models.function import AgentInfo, DeltaToolCall, DeltaToolCalls, FunctionModel

from sayso.tools.base import ToolContext

GUEST = "ana@example.com"


@dataclass(slots=True)
class ScriptedSource:
    """A `ModelSource`. `histories` grows by one at each request; `words_outcomes`: whether it words what was done."""

    name: str = "scripted"
    words_outcomes: bool = True
    histories: list[list[ModelMessage]] = field(default_factory=list)
    instructions: str = ""
    """The system text of the last request."""
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    down: bool = False
    """Every request fails."""
    broken: bool = False
    """Every request meets a bug in the model's library."""
    stuck: bool = False
    """No request is ever answered."""
    streamed: int = 0
    """How many of the answers were asked for piece by piece."""
    text_beside: str = "Here is what I would do."
    """The text beside proposals; may be empty, as with many models."""
    quiet: bool = False
    """It has nothing to add to what was done."""
    meanwhile: Callable[[], None] | None = None
    """Called before each answer."""

    def model(self, context: ToolContext) -> Model:
        return FunctionModel(self._answer, stream_function=self._stream)

    async def _answer(self, messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
        self.histories.append(list(messages))
        self.instructions = info.instructions or ""
        if self.down:
            raise ModelHTTPError(503, "scripted", "down")
        if self.broken:
            raise RuntimeError("a bug in the model's library")
        if self.stuck:
            await asyncio.Future()
        script, step = _script(messages)
        await self._wait(script)
        text, calls = ("", []) if self.quiet and script == "done" else _step(script, step, self.text_beside)
        parts: list[TextPart | ToolCallPart] = [TextPart(text)] if text else []
        # Ids as from servers that number the calls of each response anew, in signs that other servers refuse.
        return ModelResponse([*parts, *(ToolCallPart(n, a, f"functions.{n}:{i}") for i, (n, a) in enumerate(calls))])

    async def _stream(self, messages: list[ModelMessage], info: AgentInfo) -> AsyncIterator[str | DeltaToolCalls]:
        self.streamed += 1
        response = await self._answer(messages, info)
        for index, part in enumerate(response.parts):
            if isinstance(part, TextPart):
                for word in part.content.split(" "):
                    yield f"{word} "
                if _script(messages)[0] == "half":
                    await asyncio.Future()
            elif isinstance(part, ToolCallPart):
                yield {index: DeltaToolCall(part.tool_name, part.args_as_json_str(), tool_call_id=part.tool_call_id)}

    async def _wait(self, script: str) -> None:
        if self.meanwhile is not None:
            self.meanwhile()
        if script.startswith("fail"):
            raise ModelHTTPError(500, "scripted", "as told")
        if script.startswith("crash"):
            raise RuntimeError("a bug in the model's library")
        if script.startswith("hang"):
            await asyncio.Future()
        if script.startswith("wait"):
            await self.gate.wait()


def _script(messages: Sequence[ModelMessage]) -> tuple[str, int]:
    """What the model was told last, and how many responses it has given to that already."""
    prompts = [
        (index, part.content.partition("\n\n[Sayso:")[0])
        for index, message in enumerate(messages)
        if isinstance(message, ModelRequest)
        for part in message.parts
        if isinstance(part, UserPromptPart) and isinstance(part.content, str)
    ]
    index, script = prompts[-1]
    if script.startswith("(I confirmed"):
        earlier = next((text for _, text in reversed(prompts[:-1]) if not text.startswith("(") and text != "yes"), "")
        script = f"propose {earlier.partition(' then ')[2]}" if " then " in earlier else "done"
    step = sum(isinstance(message, ModelResponse) for message in messages[index:])
    return script, step


def _step(script: str, step: int, beside: str) -> tuple[str, list[tuple[str, Any]]]:
    word, _, rest = script.partition(" then ")[0].partition(" ")
    match word, step:
        case (("propose" | "wait-propose"), 0):
            return beside, [_call(item) for item in rest.split("; ")]
        case "mixed", 0:
            return "", [_call(rest.split("; ")[0]), _READ, *(_call(item) for item in rest.split("; ")[1:])]
        case (("instead" | "wait-instead"), 0):
            number, _, item = rest.partition(" ")
            tool, args = _call(item)
            return beside, [(tool, {**args, "replaces": [int(number)]})]
        case "half", 0 if rest:
            return beside, [*map(_call, rest.split("; ")), ("delete_calendar_event", {"event": "nothing like it"})]
        case "half", 1 if rest:
            return "That did not work.", []
        case "place", 0:
            return beside, [_call(script)]
        case "drop", 0:
            return "", [("withdraw_plan", {"actions": [int(rest)]})]
        case "drop", 1:
            return "Dropped.", []
        case "read", 0:
            return "", [_READ]
        case "read,", 0:
            return "Let me look.", [_READ]
        case "read,", 1:
            return beside, [_call(item) for item in rest.removeprefix("propose ").split("; ")]
        case "withdraw", 0:
            return "", [("withdraw_plan", {"reason": "as asked"})]
        case "bad", 0:
            return "", [("create_calendar_event", {"title": "", "start": "the day after never"})]
        case "bad", 1:
            return "", [_call(rest)]
        case "made-up", 0:
            return "", [
                ("functions.list_calendar_events", _READ[1]),
                ("", {}),
                ("multi_tool_use.parallel", {"calls": []}),
            ]
        case "half", 0:
            return "Half of it.", []
        case "odd", 0:
            return "", [
                ("create_calendar_event", arguments) for arguments in ('["A"]', '"A"', "null", '{"title": "A', "")
            ]
        case "blank", _:
            return "\n", []
        case "loop", _:
            return "", [_READ]
    return "All right.", []


_READ = ("list_calendar_events", {"start": "2026-03-02", "end": "2026-03-09"})


def _call(item: str) -> tuple[str, dict[str, Any]]:
    kind, _, name = item.strip().partition(" ")
    match kind:
        case "mail":
            return "send_mail", {"to": [GUEST], "subject": name, "body": "As agreed."}
        case "task":
            return "create_task", {"titles": name.split(", ")} if ", " in name else {"title": name}
        case "delete":
            return "delete_calendar_event", {"event": name}
        case "move":
            return "update_calendar_event", {"event": name, "start": "2027-05-03T16:00"}
        case "place":
            return "update_calendar_event", {"event": name, "location": "Room 2"}
    title = item.strip()
    day = sum(map(ord, title)) % 28 + 1
    return "create_calendar_event", {"title": title, "start": f"2027-01-{day:02}T15:00"}
