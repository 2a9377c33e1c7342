"""A language model that does what the message says: a line `!tool {json}` is a call, any other is the answer.

A first line `~8` has the answer come at 8 tokens a second; a message `~` has it come piece by piece, as the test says.
"""

import asyncio
import json
import threading
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from queue import SimpleQueue

from pydantic_ai.exceptions import ModelHTTPError
from pydantic_ai.messages import ModelMessage, ModelRequest, ModelResponse, TextPart, ToolCallPart, UserPromptPart
from pydantic_ai.models import Model
from pydantic_ai.models.function import AgentInfo, DeltaToolCall, DeltaToolCalls, FunctionModel

from sayso.tools.base import ToolContext

TOKEN = 4  # characters


@dataclass
class Puppet:
    """`gate`: when closed, an answer pauses in its middle until it is opened. `failures`: so many answers fail.
    `drip`: the pieces of an answer to `~`, the last one empty."""

    name: str = "puppet"
    words_outcomes: bool = False
    gate: threading.Event = field(default_factory=threading.Event)
    failures: int = 0
    drip: SimpleQueue[str] = field(default_factory=SimpleQueue)

    def __post_init__(self) -> None:
        self.gate.set()

    def model(self, context: ToolContext) -> Model:
        return FunctionModel(self._answer, stream_function=self._stream)

    def _answer(self, messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
        words, calls = _script(messages)
        parts = [ToolCallPart(name, arguments) for name, arguments in calls]
        return ModelResponse([*([TextPart(words)] if words or not parts else []), *parts])

    async def _stream(self, messages: list[ModelMessage], info: AgentInfo) -> AsyncIterator[str | DeltaToolCalls]:
        if self.failures:
            self.failures -= 1
            raise ModelHTTPError(401, "puppet")
        words, calls = _script(messages)
        if words.startswith("~"):
            async for piece in self._paced(words):
                yield piece
            return
        half = len(words) // 2
        yield words[:half]
        if not self.gate.is_set():
            await asyncio.to_thread(self.gate.wait)
        yield words[half:]
        for index, (name, arguments) in enumerate(calls):
            yield {index: DeltaToolCall(name=name, json_args=json.dumps(arguments), tool_call_id=f"call_{index}")}

    async def _paced(self, words: str) -> AsyncIterator[str]:
        pace, _, text = words[1:].partition("\n")
        while not pace and (piece := await asyncio.to_thread(self.drip.get)):
            yield piece
        for place in range(0, len(text), TOKEN):
            yield text[place : place + TOKEN]
            await asyncio.sleep(1 / int(pace))


def _script(messages: list[ModelMessage]) -> tuple[str, list[tuple[str, dict[str, object]]]]:
    """The words and the calls that the last user message asks for; behind the results of calls, a plain word."""
    last = messages[-1]
    prompts = [part.content for part in last.parts if isinstance(part, UserPromptPart)]
    if not isinstance(last, ModelRequest) or not prompts or not isinstance(prompts[-1], str):
        return "That is what I found.", []
    lines = prompts[-1].partition("\n\n[Sayso:")[0].splitlines()
    calls = [line[1:].partition(" ") for line in lines if line.startswith("!")]
    words = "\n".join(line for line in lines if not line.startswith("!"))
    return words, [(name, json.loads(arguments or "{}")) for name, _, arguments in calls]
