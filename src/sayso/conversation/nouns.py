"""Threads, turns, plans and actions as they are stored. Only the modules that query make them from rows."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self

from sqlalchemy import Row

from sayso.conversation.types import ActionStatus, PlanStatus, SkipReason
from sayso.tools.base import Effect


@dataclass(frozen=True, slots=True)
class Stored:
    """A row as a value: each field is the column of its name."""

    @classmethod
    def from_row(cls, row: Row[*tuple[Any, ...]]) -> Self:
        """The row's value; columns without a field are left out."""
        make: Callable[..., Self] = cls
        columns = row._mapping
        return make(**{name: columns[name] for name in cls.__dataclass_fields__})

    def columns(self) -> dict[str, Any]:
        """By column, what to store."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}


@dataclass(frozen=True, slots=True)
class Thread(Stored):
    pk: str
    user_id: str
    id: str
    title: str
    preamble: list[list[str]]
    """Role and words of each message that the client said had come before."""
    created_at: datetime
    updated_at: datetime
    turns: int
    last_word: str | None
    """The plan that was proposed last, while nothing was said since."""
    lease_token: str | None
    lease_until: datetime | None
    events: int
    """The last id set aside for events of a stream."""

    def answering(self, now: datetime) -> bool:
        """Whether a turn is under way."""
        return self.lease_token is not None and self.lease_until is not None and self.lease_until > now


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn(Stored):
    """A finished turn, but for the model's messages."""

    id: str
    kind: str
    user_message: str | None
    response: str
    created_at: datetime
    ended_at: datetime
    actions: list[dict[str, Any]] = field(default_factory=list)
    """Its reads."""
    plan_id: str | None = None
    """The plan that it proposed, decided or told of."""
    usage: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class WholeTurn(Turn):
    """A turn with the model's messages."""

    messages: list[Any]


@dataclass(frozen=True, slots=True)
class Plan(Stored):
    id: str
    thread_pk: str
    user_id: str
    ordinal: int
    status: PlanStatus
    question: str
    digest: str
    supersedes: str | None
    created_at: datetime
    expires_at: datetime
    decided_at: datetime | None
    decided_by: str | None
    words: str | None
    ended_at: datetime | None
    response: str | None
    follow_up: str | None


@dataclass(frozen=True, slots=True)
class ThreadPlan(Plan):
    """A plan with what its thread is called."""

    thread_id: str
    thread_title: str


@dataclass(frozen=True, slots=True)
class Cancelled(Stored):
    """What is kept of a cancelled plan when a backup takes the place of its store."""

    id: str
    decided_at: datetime
    decided_by: str | None
    words: str | None


@dataclass(frozen=True, slots=True)
class Action(Stored):
    id: str
    plan_id: str
    position: int
    turn_id: str
    call_id: str
    tool: str
    effect: Effect
    args: dict[str, Any]
    target: dict[str, Any]
    question: str
    preview: str
    details: list[list[str]]
    warnings: list[Any]
    """`Caution.stored` each."""
    touches: str
    card: dict[str, Any]
    was: dict[str, Any] | None
    status: ActionStatus
    claim_token: str | None
    lease_until: datetime | None
    attempts: int
    started_at: datetime | None
    ended_at: datetime | None
    result: dict[str, Any] | None
    error: str | None
    receipt: str | None
    reason: SkipReason | None
    runs_at: datetime | None
    reverse: dict[str, Any] | None
    undoes: str | None


@dataclass(frozen=True, slots=True)
class Call(Action):
    """An action with what became of its plan."""

    plan_status: PlanStatus
    words: str | None
