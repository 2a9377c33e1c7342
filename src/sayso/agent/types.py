"""What a conversation hands to the agent and gets back; plain data, so that nothing above knows Pydantic AI."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from sayso.tools.base import Caution, Proposal, ToolContext

if TYPE_CHECKING:
    from sayso.agent.models import ModelSource

Emit = Callable[[str, dict[str, Any]], Awaitable[None]]
"""Told of each step while a turn runs: event type and data, as in the streaming contract."""


@dataclass(frozen=True, slots=True)
class WaitingAction:
    """An action of the plan that waits. `call_id`: the call that it came of."""

    id: str
    call_id: str
    tool: str
    proposal: Proposal


@dataclass(frozen=True, slots=True)
class Waiting:
    """The plan that waits on the thread. A model knows its actions by their numbers, from 1 on."""

    plan_id: str
    actions: tuple[WaitingAction, ...]


@dataclass(frozen=True, slots=True)
class PastTurn:
    """An earlier turn. `messages`: its model messages as stored, a JSON list. `outcomes`: for each of its calls that
    needed consent, by call id, what the ledger says of it now. `typed`: the user's own words that began it. `number`:
    that of the turn in its thread, from 1 on; 0 of what came before the first."""

    messages: Sequence[Any]
    outcomes: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    typed: str | None = None
    number: int = 0


@dataclass(slots=True)
class Meter:
    """What a turn has taken so far, also one that will fail."""

    tokens: int = 0


@dataclass(frozen=True, slots=True)
class TurnInput:
    """`history`: earlier turns, oldest first. `by_user`: the prompt is the user's own words, not a note of the server.
    `done`: receipts of turns that are older than the history, oldest first. `source`: the user's own model; None: the
    runner's. `meter`: counts what a vendor's model takes.
    """

    prompt: str
    history: Sequence[PastTurn]
    context: ToolContext
    waiting: Waiting | None
    withdraw: Callable[[str], Awaitable[bool]]
    """Cancels the waiting plan at once; False when there was none. Raises ToolInputError where only the user may."""
    emit: Emit
    by_user: bool = True
    done: Sequence[str] = ()
    source: "ModelSource | None" = None
    meter: Meter = field(default_factory=Meter)

    @property
    def typed(self) -> list[str]:
        """Everything that the user said on the thread, as far as the history goes."""
        said = [turn.typed for turn in self.history if turn.typed]
        return [*said, self.prompt] if self.by_user else said

    def received(self) -> list[Any]:
        """What the reads of earlier turns found, as the model was given it."""
        parts = [part for turn in self.history for message in turn.messages for part in message.get("parts", ())]
        return [part["content"] for part in parts if part.get("part_kind") == "tool-return"]


@dataclass(frozen=True, slots=True)
class ReadAction:
    """A read that ran during the turn."""

    id: str
    tool: str
    args: dict[str, Any]
    result: dict[str, Any] | None
    error: str | None


@dataclass(frozen=True, slots=True)
class Proposed:
    """A call that waits for consent. `call_id` is the model's id of the call. `replaces`: the numbers of the actions
    whose place it takes, while the turn goes on; `instead_of`: the ids of those that waited, when it has ended."""

    call_id: str
    tool: str
    proposal: Proposal
    replaces: frozenset[int] = frozenset()
    instead_of: tuple[str, ...] = ()

    def shown(self, proposal: Proposal) -> "Proposed":
        """The same with what is told around it."""
        return replace(self, proposal=proposal)


@dataclass(frozen=True, slots=True)
class Kept:
    """An action that waited before the turn and goes on waiting, with these warnings."""

    action: WaitingAction
    warnings: tuple[Caution, ...]

    @property
    def tool(self) -> str:
        return self.action.tool

    @property
    def proposal(self) -> Proposal:
        return replace(self.action.proposal, warnings=self.warnings)

    def shown(self, proposal: Proposal) -> "Kept":
        """The same with what is told around it."""
        return Kept(replace(self.action, proposal=proposal), proposal.warnings)


@dataclass(frozen=True, slots=True)
class TurnOutput:
    """`messages`: the turn's new model messages as a JSON list, in which proposed calls have no result. `proposed`: all
    that is to wait from now on; empty: what waited stays as it is."""

    text: str
    messages: list[Any]
    reads: tuple[ReadAction, ...] = ()
    proposed: tuple[Proposed | Kept, ...] = ()
    usage: dict[str, Any] = field(default_factory=dict)

    @property
    def new(self) -> list[Proposed]:
        """What the turn itself proposed."""
        return [each for each in self.proposed if isinstance(each, Proposed)]
