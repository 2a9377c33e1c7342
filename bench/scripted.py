"""The `sayso` command with a language model in its own process that answers at once: `python -m bench.scripted serve`.

It stands in where Pydantic AI names models, so the rest is what a real model of the settings meets. Of Sayso only the
command is named here: the same file drives other revisions. Asked anything, the model proposes one task; behind a
result it says that all is right.
"""

import re
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from pydantic_ai import RunContext, models
from pydantic_ai.messages import (
    ModelMessage,
    ModelRequest,
    ModelResponse,
    ModelResponseStreamEvent,
    TextPart,
    ToolCallPart,
    UserPromptPart,
)
from pydantic_ai.models import Model, ModelRequestParameters, StreamedResponse
from pydantic_ai.settings import ModelSettings
from pydantic_ai.usage import RequestUsage

NAME = "bench:scripted"
TEXT = "I can add that task for you."
ARGUMENTS = {"title": "Call the bank", "due": "tomorrow"}


class Scripted(Model[Any]):
    @property
    def model_name(self) -> str:
        return NAME

    @property
    def system(self) -> str:
        return NAME

    @property
    def provider(self) -> None:
        return None

    async def request(
        self, messages: list[ModelMessage], settings: ModelSettings | None, parameters: ModelRequestParameters
    ) -> ModelResponse:
        return _answer(messages)

    @asynccontextmanager
    async def request_stream(
        self,
        messages: list[ModelMessage],
        settings: ModelSettings | None,
        parameters: ModelRequestParameters,
        run_context: RunContext[Any] | None = None,
    ) -> AsyncGenerator[StreamedResponse]:
        yield _Stream(parameters, answer=_answer(messages))


def _answer(messages: list[ModelMessage]) -> ModelResponse:
    last = messages[-1]
    asked = isinstance(last, ModelRequest) and any(isinstance(part, UserPromptPart) for part in last.parts)
    proposal: list[TextPart | ToolCallPart] = [
        TextPart(TEXT),
        ToolCallPart("create_task", ARGUMENTS, tool_call_id="call_1"),
    ]
    return ModelResponse(
        parts=proposal if asked else [TextPart("All right.")],
        usage=RequestUsage(input_tokens=100, output_tokens=10),
        model_name=NAME,
        finish_reason="stop",
    )


@dataclass
class _Stream(StreamedResponse):
    """The answer, word by word."""

    answer: ModelResponse = field(default_factory=lambda: ModelResponse(parts=[]))

    def __post_init__(self) -> None:
        self._usage, self.finish_reason = self.answer.usage, self.answer.finish_reason

    async def _get_event_iterator(self) -> AsyncIterator[ModelResponseStreamEvent]:
        for index, part in enumerate(self.answer.parts):
            if isinstance(part, TextPart):
                for word in re.findall(r"\s*\S+", part.content):
                    for event in self._parts_manager.handle_text_delta(vendor_part_id=index, content=word):
                        yield event
            elif isinstance(part, ToolCallPart):
                yield self._parts_manager.handle_tool_call_part(
                    vendor_part_id=index,
                    tool_name=part.tool_name,
                    args=part.args_as_dict(),
                    tool_call_id=part.tool_call_id,
                )

    @property
    def model_name(self) -> str:
        return NAME

    @property
    def provider_name(self) -> None:
        return None

    @property
    def provider_url(self) -> None:
        return None

    @property
    def timestamp(self) -> datetime:
        return datetime.now(UTC)

    async def close_stream(self) -> None:
        """There is no connection to close."""


if __name__ == "__main__":
    models.infer_model = lambda *_, **__: Scripted()

    from sayso.cli import main

    main()
