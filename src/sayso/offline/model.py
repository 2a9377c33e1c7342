"""The offline model: a Pydantic AI model that plans by grammar. No network, no key, the same answer every time."""

import asyncio
import re
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from pydantic_ai import RunContext
from pydantic_ai.messages import (
    ModelMessage,
    ModelResponse,
    ModelResponseStreamEvent,
    TextPart,
    ToolCallPart,
)
from pydantic_ai.models import Model, ModelRequestParameters, StreamedResponse
from pydantic_ai.settings import ModelSettings
from pydantic_ai.usage import RequestUsage

from sayso.offline import meaning, planner
from sayso.offline.acts import Call
from sayso.offline.memory import turns_of

NAME = "offline"


class OfflineModel(Model[Any]):
    """Answers one turn. `now` and `zone` are the user's, `closed` are the parts of his workspace that cannot be used
    now, with a sentence that says why; everything else is in the messages."""

    def __init__(self, now: datetime, zone: ZoneInfo, closed: Mapping[str, str] = MappingProxyType({})) -> None:
        super().__init__()
        self._closed = closed
        self._now = now.astimezone(zone)
        self._zone = zone

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
        self,
        messages: list[ModelMessage],
        model_settings: ModelSettings | None,
        model_request_parameters: ModelRequestParameters,
    ) -> ModelResponse:
        model_settings, model_request_parameters = self.prepare_request(model_settings, model_request_parameters)
        return await self._answer(messages, model_request_parameters)

    @asynccontextmanager
    async def request_stream(
        self,
        messages: list[ModelMessage],
        model_settings: ModelSettings | None,
        model_request_parameters: ModelRequestParameters,
        run_context: RunContext[Any] | None = None,
    ) -> AsyncGenerator[StreamedResponse]:
        model_settings, model_request_parameters = self.prepare_request(model_settings, model_request_parameters)
        answer = await self._answer(messages, model_request_parameters)
        yield _Stream(model_request_parameters, _answer=answer, _now=self._now)

    async def _answer(self, messages: Sequence[ModelMessage], parameters: ModelRequestParameters) -> ModelResponse:
        offered = frozenset(tool.name for tool in parameters.declared_function_tools)
        # In a thread: a long message takes the grammar a while, in which others are served.
        text, calls, meant = await asyncio.to_thread(self._plan, messages, offered)
        parts: list[TextPart | ToolCallPart] = [TextPart(text)] if text else []
        for index, call in enumerate(calls):
            # Where and when a call stands in the history names it; the same history gives the same names.
            ident = f"call_{_calls_before(messages) + index}_{len(messages)}_{self._now:%y%m%d%H%M%S}"
            parts.append(ToolCallPart(call.tool, call.args, tool_call_id=ident))
        usage = RequestUsage(output_tokens=len(re.findall(r"\S+", text)))
        return ModelResponse(
            parts=parts,
            model_name=NAME,
            provider_name=NAME,
            usage=usage,
            timestamp=self._now,
            provider_details={"finish_reason": "stop"},
            metadata=meaning.dump(meant),
        )

    def _plan(
        self, messages: Sequence[ModelMessage], offered: frozenset[str]
    ) -> tuple[str, tuple[Call, ...], meaning.Meaning]:
        return planner.answer(turns_of(messages), self._now, self._zone, offered, self._closed)


def _calls_before(messages: Sequence[ModelMessage]) -> int:
    """The highest number of a call so far, plus one: earlier messages may have been left out of the window."""
    highest = -1
    for message in messages:
        for part in message.parts:
            if isinstance(part, ToolCallPart) and (found := re.match(r"call_(\d+)_", part.tool_call_id)):
                highest = max(highest, int(found[1]))
    return highest + 1


@dataclass
class _Stream(StreamedResponse):
    """The answer, word by word."""

    _answer: ModelResponse = field(default_factory=lambda: ModelResponse(parts=[]))
    _now: datetime = field(default_factory=lambda: datetime.now(UTC))

    def __post_init__(self) -> None:
        self._usage, self.provider_details = self._answer.usage, self._answer.provider_details
        self.metadata = self._answer.metadata

    async def _get_event_iterator(self) -> AsyncIterator[ModelResponseStreamEvent]:
        for index, part in enumerate(self._answer.parts):
            if isinstance(part, TextPart):
                for chunk in re.findall(r"\s*\S+\s*$|\s*\S+(?=\s)", part.content):
                    for event in self._parts_manager.handle_text_delta(vendor_part_id=index, content=chunk):
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
    def provider_name(self) -> str:
        return NAME

    @property
    def provider_url(self) -> None:
        return None

    @property
    def timestamp(self) -> datetime:
        return self._now

    async def close_stream(self) -> None:
        """There is no connection to close."""
