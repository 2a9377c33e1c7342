"""The state of one turn of the agent."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from pydantic_ai.messages import ModelMessage, ModelRequest, ModelResponse, TextPart, ToolCallPart, ToolReturnPart

from sayso.agent.showing import Reader
from sayso.agent.types import Proposed, ReadAction, TurnInput, WaitingAction
from sayso.tools.base import Proposal, Toolbox, texts

TAKEN_BACK: Final = "You took it back in the same turn: the user was not asked."


@dataclass(frozen=True, slots=True)
class Failed:
    """A call that failed. `response`: in which of the turn's responses it stood. `args`, `replaces`: as for a call that
    was accepted; `effect`: it would have been a proposal."""

    tool: str
    code: str
    message: str
    args: dict[str, Any]
    response: int
    effect: bool
    replaces: frozenset[int]

    @property
    def cause(self) -> tuple[str, str]:
        return self.tool, self.code


@dataclass
class Turn:
    """What one turn has done so far.

    `tools`: what the model may call. `streamed`: somebody reads along. `messages`: the turn's own, which are stored.
    `results`: what the reads found, whole, for `read_more`. `found`: tools that a search brought up. `said_something`:
    text was streamed; `text_began`: also of the text that is coming in. `proposing`: held while a proposal is prepared,
    compared with the others and added, so that parallel calls keep their order. `accepted`: in which response each
    proposal was made, in their order. `withdrawn`: the numbers of the waiting actions that were withdrawn. `written`,
    `called`: how many characters and calls the model's responses came to. `reader`: for whom results are shown as text;
    None: the model takes them as data.
    """

    input: TurnInput
    tools: Toolbox
    streamed: bool = False
    messages: list[ModelMessage] = field(default_factory=list)
    reads: list[ReadAction] = field(default_factory=list)
    proposed: list[Proposed] = field(default_factory=list)
    results: list[dict[str, Any]] = field(default_factory=list)
    found: list[str] = field(default_factory=list)
    failed: list[Failed] = field(default_factory=list)
    accepted: list[tuple[int, str, dict[str, Any]]] = field(default_factory=list)
    withdrawn: set[int] = field(default_factory=set)
    reader: Reader | None = None
    written: int = 0
    called: int = 0
    said_something: bool = False
    text_began: bool = False
    proposing: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def responses(self) -> list[ModelResponse]:
        return [message for message in self.messages if isinstance(message, ModelResponse)]

    @property
    def numbered(self) -> int:
        """How many waiting actions have a number; those of the turn's own proposals follow."""
        return len(self.input.waiting.actions) if self.input.waiting else 0

    def so_far(self) -> dict[str, dict[str, Any]]:
        """What the model is told of its proposals while the turn goes on, by call."""
        told: dict[str, list[dict[str, Any]]] = {}
        for number, each in enumerate(self.proposed, start=self.numbered + 1):
            proposal = each.proposal
            warned = {"warnings": list(texts(proposal.warnings))} if proposal.warnings else {}
            action = {"status": "proposed", "number": number, "action": proposal.preview, **warned}
            told.setdefault(each.call_id, []).append({**action, "args": proposal.args})
        return {call_id: together(actions) for call_id, actions in told.items()}

    @property
    def told(self) -> list[Proposed]:
        """The proposals that the model was told of, the first of all: those of responses before the last."""
        earlier = {call.tool_call_id for response in self.responses[:-1] for call in calls_of(response)}
        return [each for each in self.proposed if each.call_id in earlier]

    def take_back(self, proposed: Proposed) -> None:
        """Drop a proposal that the model was told of. The user never sees it, so its call has its result here."""
        self.proposed.remove(proposed)
        if any(each.call_id == proposed.call_id for each in self.proposed):
            return
        result = {"status": "withdrawn", "action": proposed.proposal.preview, "note": TAKEN_BACK}
        for index, message in enumerate(self.messages[:-1]):
            following = self.messages[index + 1]
            if (
                isinstance(message, ModelResponse)
                and isinstance(following, ModelRequest)
                and proposed.call_id in (call.tool_call_id for call in calls_of(message))
            ):
                part = ToolReturnPart(proposed.tool, result, proposed.call_id)
                self.messages[index + 1] = replace(following, parts=[*following.parts, part])

    def same(self, tool: str, proposal: Proposal) -> Proposed | None:
        """What was proposed already with this tool for the same object, or in the same words."""
        return next((each for each in self.proposed if alike(each, tool, proposal)), None)

    def beside(self, replaces: frozenset[int]) -> dict[int, Proposed | WaitingAction]:
        """The actions, by their numbers, that a new one stands beside: what waits and is left, and the turn's own."""
        waiting = self.input.waiting.actions if self.input.waiting else ()
        actions: dict[int, Proposed | WaitingAction] = dict(enumerate([*waiting, *self.proposed], start=1))
        gone = self.withdrawn.union(replaces, *(each.replaces for each in self.proposed))
        return {number: each for number, each in actions.items() if number not in gone}


def alike(action: Proposed | WaitingAction, tool: str, proposal: Proposal) -> bool:
    """Whether an action is one with this tool for the same object, or in the same words."""
    known = action.proposal
    one_object = bool(proposal.touches) and known.touches == proposal.touches
    return action.tool == tool and (one_object or known.args == proposal.args)


def together(outcomes: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The one result of a call that stands for several actions."""
    if len(outcomes) == 1:
        return outcomes[0]
    states = {outcome["status"] for outcome in outcomes}
    return {"status": states.pop() if len(states) == 1 else "see each", "actions": list(outcomes)}


def calls_of(response: ModelResponse) -> Sequence[ToolCallPart]:
    return [part for part in response.parts if isinstance(part, ToolCallPart)]


def texts_of(response: ModelResponse) -> Sequence[str]:
    return [part.content for part in response.parts if isinstance(part, TextPart) and part.content]
