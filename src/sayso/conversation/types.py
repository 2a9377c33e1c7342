"""What the conversation answers, in the words of the HTTP contract; `http` gives it out unchanged."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, NamedTuple, NotRequired

from typing_extensions import TypedDict  # which Pydantic can read on 3.11

from sayso.tools.accounts import Account
from sayso.tools.cards import Day, Item, Kind, Mail, Someone
from sayso.tools.cards import Labels as Labels  # for `http`, which knows no tools

PlanStatus = Literal[
    "pending", "confirmed", "cancelled", "expired", "superseded", "completed", "partial", "failed", "stopped"
]
ActionStatus = Literal["waiting", "running", "succeeded", "failed", "skipped", "unknown"]
SkipReason = Literal["left_out", "stopped", "needed"]
"""The user left it out, or stopped the run before it; or it needed a step that was not done."""


@dataclass(frozen=True, slots=True)
class Message:
    """What a client says, as it is passed on whole."""

    text: str
    thread_id: str = ""
    """Empty: it opens a thread."""
    timezone: str | None = None
    """Where the user is right now: an IANA name."""
    key: str | None = None
    """The client's name of the message: sent again under it, it is not said twice."""
    preamble: tuple[tuple[str, str], ...] = ()
    """Role and words of what the client says had come before, for a thread that it opens."""
    behind: str | None = None
    """Of a message that was kept: the plan that was the last thing said before it, or empty. It decides no other."""
    saw: str | None = None
    """The plan that its writer saw waiting, or empty, if the client tells it. A plain yes or no decides no other."""
    digest: str | None = None
    """Of that plan as he saw it. A plain yes or no decides it only as it was."""


@dataclass(frozen=True, slots=True)
class Decision:
    """A yes or no to what waits on a thread: to this plan, if it is named, and to these of its actions, else to all."""

    thread_id: str
    plan_id: str | None = None
    action_ids: tuple[str, ...] | None = None
    words: str | None = None
    """How the user said it, or why not."""
    digest: str | None = None
    """Of the plan as he saw it; it decides no other."""
    rest_waits: bool = False
    """The other actions wait on, in a plan of their own; else those that are left out of a yes are skipped. A no leaves
    the others waiting."""


class Warned(TypedDict):
    """`code`: what it says for code (`CautionCode`); empty in plans of an earlier version."""

    code: str
    text: str


class UndoView(TypedDict):
    """`label`: what a button says; `done`: the action that undid it, or is about to."""

    label: str
    done: str | None


@dataclass(frozen=True, slots=True)
class ActionView:
    id: str
    tool: str
    effect: str
    args: dict[str, Any]
    preview: str
    status: ActionStatus | Literal["held"]
    question: str
    details: list[tuple[str, str]]
    warnings: list[Warned]
    kind: Kind | None
    """None, and nothing in the fields below, of an action that an earlier version proposed, but for `summary` and
    `labels`."""
    summary: str
    labels: Labels
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    changed: list[str]
    mail: Mail | None
    items: list[Item]
    day: Day | None
    people: list[Someone]
    account: Account | None
    reversible: bool
    was: dict[str, Any] | None
    """Of the waiting action whose place it took: `id`, `preview`, and in `args` those that are otherwise now, as they
    were."""
    runs_at: datetime | None
    """Not before then, though it is confirmed; its status is `held` until it begins."""
    result: dict[str, Any] | None
    error: str | None
    receipt: str | None
    started_at: datetime | None
    ended_at: datetime | None
    undo: UndoView | None = None
    """Of what was done and can be undone."""
    undoes: str | None = None
    """The action that it undoes."""


@dataclass(frozen=True, slots=True)
class PlanView:
    id: str
    thread_id: str
    thread_title: str
    status: PlanStatus
    question: str
    """The whole question: `confirmation_message`."""
    created_at: datetime
    expires_at: datetime
    supersedes: str | None
    decided_at: datetime | None
    decided_by: str | None
    words: str | None
    ended_at: datetime | None
    actions: list[ActionView]
    labels: Labels
    digest: str = ""
    """Of all that it shows; a decision that names it is about just this."""
    superseded_by: str | None = None
    """The plan that took this one's place."""
    events: list[dict[str, Any]] = field(default_factory=list)
    """The audit trail; filled where one plan is asked for."""


@dataclass(frozen=True, slots=True)
class ChatReply:
    thread_id: str
    turn_id: str
    response: str
    actions: list[dict[str, Any]]
    """Reads of this turn: id, tool, args, success, result, error."""
    plan: PlanView | None
    decision: "ConfirmReply | CancelReply | None" = None
    """Set when the message itself was a plain yes or no and decided the plan."""
    proposed: str | None = None
    """The id of the plan if this very turn proposed it."""

    @property
    def decided(self) -> Literal["confirmed", "cancelled"] | None:
        """What the message decided, in one word."""
        if self.decision is None:
            return None
        return "cancelled" if isinstance(self.decision, CancelReply) else "confirmed"


@dataclass(frozen=True, slots=True)
class ConfirmReply:
    thread_id: str
    status: Literal["completed", "partial", "failed", "stopped", "running"]
    response: str
    results: dict[str, dict[str, Any]]
    """By action id: tool, success, result, error, receipt."""
    plan: PlanView | None
    """The plan that waits now, proposed by the agent after it saw the outcome."""


@dataclass(frozen=True, slots=True)
class UndoReply:
    """The outcome of what was undone, and by action, in a sentence, why another cannot be."""

    outcome: ConfirmReply
    left: dict[str, str]


@dataclass(frozen=True, slots=True)
class CancelReply:
    thread_id: str


@dataclass(frozen=True, slots=True)
class ThreadSummary:
    id: str
    title: str
    created_at: datetime
    updated_at: datetime
    waiting: bool


class ThreadUsage(TypedDict):
    """What a thread's turns took of vendors' models. `cost`: in US dollars, where all their prices are known."""

    requests: int
    input_tokens: int
    output_tokens: int
    cost: NotRequired[float]


@dataclass(frozen=True, slots=True)
class ThreadDetail:
    summary: ThreadSummary
    messages: list[dict[str, Any]]
    """`{"id", "role", "content", "created_at", "actions"?, "plan_id"?}`, oldest first."""
    plans: list[PlanView]
    busy: bool
    usage: ThreadUsage
    earlier: bool = False
    """There are messages before these."""


@dataclass(frozen=True, slots=True)
class ActivitySession:
    """The session, or the token, that decided; what it was is known as long as it lives."""

    id: str
    current: bool
    user_agent: str | None
    provider: str | None
    name: str | None
    """Of the device or of the token, as the user calls it."""


@dataclass(frozen=True, slots=True)
class ActivityEntry:
    """One action of a decided or expired plan."""

    id: str
    plan_id: str
    thread_id: str
    thread_title: str
    tool: str
    effect: str
    preview: str
    status: ActionStatus
    plan_status: PlanStatus
    receipt: str | None
    error: str | None
    words: str | None
    decided_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    session: ActivitySession | None


class ThreadPlace(NamedTuple):
    """Where a page of threads ended."""

    updated_at: datetime
    pk: str


class PlanPlace(NamedTuple):
    """Where a page of plans ended."""

    created_at: datetime
    ordinal: int
    id: str


class ActivityPlace(NamedTuple):
    """Where a page of activity ended."""

    at: datetime
    ordinal: int
    plan_id: str
    position: int
