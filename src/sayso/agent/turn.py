"""The state of one turn of the agent."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic_ai.messages import ModelMessage, ModelResponse, TextPart, ToolCallPart

from sayso.agent.types import Proposed, ReadAction, TurnInput
from sayso.tools.base import AnyTool, Proposal, Toolbox


@dataclass
class Turn:
    """What one turn has done so far.

    `tools`: what the model may call. `streamed`: somebody reads along. `messages`: the turn's own, which are stored.
    `results`: what the reads found, whole, for `read_more`. `found`: tools that a search brought up. `said_something`:
    text was streamed; `text_began`: also of the text that is coming in. `proposing`: held while a proposal is prepared,
    compared with the others and added, so that parallel calls keep their order. `written`, `called`: how many
    characters and calls the model's responses came to.
    """

    input: TurnInput
    tools: Toolbox
    streamed: bool = False
    messages: list[ModelMessage] = field(default_factory=list)
    reads: list[ReadAction] = field(default_factory=list)
    proposed: list[Proposed] = field(default_factory=list)
    results: list[dict[str, Any]] = field(default_factory=list)
    found: list[str] = field(default_factory=list)
    failures: int = 0
    written: int = 0
    called: int = 0
    said_something: bool = False
    text_began: bool = False
    proposing: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def responses(self) -> list[ModelResponse]:
        return [message for message in self.messages if isinstance(message, ModelResponse)]

    def so_far(self) -> dict[str, dict[str, Any]]:
        """What the model is told of its proposals while the turn goes on, by call."""
        return {
            each.call_id: {"status": "proposed", "action": each.proposal.preview, "args": each.proposal.args}
            for each in self.proposed
        }

    def same(self, tool: AnyTool, proposal: Proposal) -> Proposed | None:
        """What was proposed already with this tool for the same object, or in the same words."""
        for each in self.proposed:
            one_object = proposal.touches and each.proposal.touches == proposal.touches
            if each.tool == tool.name and (one_object or each.proposal.args == proposal.args):
                return each
        return None


def calls_of(response: ModelResponse) -> Sequence[ToolCallPart]:
    return [part for part in response.parts if isinstance(part, ToolCallPart)]


def texts_of(response: ModelResponse) -> Sequence[str]:
    return [part.content for part in response.parts if isinstance(part, TextPart) and part.content]
