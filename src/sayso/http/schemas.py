"""Requests and answers, field by field as the contract has them. Unknown request fields are ignored."""

import re
import unicodedata
from datetime import datetime
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, available_timezones

from fastapi import Header, Path
from pydantic import AfterValidator, BaseModel, Field, StringConstraints, WithJsonSchema

from sayso.base.addresses import ADDRESS, MAX_ADDRESS, MOST_OWN, is_address
from sayso.base.errors import NotFound
from sayso.conversation.types import (
    ActionView,
    ActivityEntry,
    ChatReply,
    ConfirmReply,
    Consent,
    Message,
    PlanView,
    ThreadDetail,
    ThreadSummary,
)
from sayso.desk import ConnectionView, TodayView
from sayso.http.markdown import rendered
from sayso.identity.types import UserView

_ID = re.compile(r"[A-Za-z0-9_.-]{1,128}")
_MAIL_ID = re.compile(r"[A-Za-z0-9_.:-]{1,255}")  # with its account
_ZONE = re.compile(r"[A-Z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+)*")


# For the API's description: a character that is none of those that `_not_blank` takes for nothing.
SEEN = (
    r"[^\u0000-\u0020\u007f-\u00a0\u00ad\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u1680\u180e\u2000-\u200f"
    r"\u2028-\u202f\u205f-\u2064\u2066-\u206f\u3000\ufeff\ufff9-\ufffb]"
)


def _not_blank(text: str) -> str:
    # Z*: separators, Cc: controls, Cf: invisible marks such as the zero-width space.
    if all(unicodedata.category(char) in ("Zs", "Zl", "Zp", "Cc", "Cf") for char in text):
        raise ValueError("Say something: the text is empty or only white space.")
    return text


def possible(given: str) -> str:
    """What cannot be an id names nothing. Raises NotFound."""
    if not _ID.fullmatch(given):
        raise NotFound
    return given


def possible_mail(given: str) -> str:
    """`possible` for what the id of a mail can be."""
    if not _MAIL_ID.fullmatch(given):
        raise NotFound
    return given


def _address(given: str) -> str:
    if not is_address(address := given.strip()):
        raise ValueError("Not an e-mail address, such as ana@example.com.")
    return address


def _zone(name: str) -> str:
    try:
        if _ZONE.fullmatch(name):
            ZoneInfo(name)
            return name
    except (KeyError, ValueError, OSError):  # unknown, not a zone file, a directory
        pass
    raise ValueError("Not an IANA time zone name, such as Europe/Paris.")


def zones() -> list[str]:
    """The names of all time zones, for the API's description."""
    return sorted(filter(_ZONE.fullmatch, available_timezones()))


MessageKey = Annotated[
    str | None, Header(min_length=1, max_length=255, description="Your name of this message, new for each one.")
]
"""The `Idempotency-Key` (IETF draft-ietf-httpapi-idempotency-key-header): a message sent again is not said twice."""
Id = Annotated[str, StringConstraints(pattern=rf"^{_ID.pattern}$")]
PathId = Annotated[str, Path(json_schema_extra={"pattern": f"^{_ID.pattern}$"}), AfterValidator(possible)]
PathMailId = Annotated[str, Path(json_schema_extra={"pattern": f"^{_MAIL_ID.pattern}$"}), AfterValidator(possible_mail)]
NotBlank = Annotated[str, AfterValidator(_not_blank), Field(json_schema_extra={"pattern": SEEN})]
Text = Annotated[NotBlank, StringConstraints(min_length=1, max_length=10_000)]
Name = Annotated[NotBlank, StringConstraints(min_length=1, max_length=200)]
Address = Annotated[
    str, AfterValidator(_address), Field(json_schema_extra={"pattern": ADDRESS, "maxLength": MAX_ADDRESS})
]
Zone = Annotated[
    str,
    StringConstraints(max_length=64),
    AfterValidator(_zone),
    WithJsonSchema({"$ref": "#/components/schemas/TimeZone"}),
]


class Said(BaseModel):
    role: Literal["user", "assistant"]
    content: Annotated[str, StringConstraints(max_length=100_000)]


class ChatRequest(BaseModel):
    user_message: Text
    thread_id: Id | None = None
    conversation_history: list[Said] | None = Field(None, max_length=50)
    timezone: Zone | None = None

    def message(self, key: str | None) -> Message:
        before = tuple((said.role, said.content) for said in self.conversation_history or ())
        return Message(self.user_message, self.thread_id or "", self.timezone, key, before)


class QueueRequest(BaseModel):
    user_message: Text
    thread_id: Id | None = None
    timezone: Zone | None = None

    def message(self, key: str | None) -> Message:
        return Message(self.user_message, self.thread_id or "", self.timezone, key)


class QueueAnswer(BaseModel):
    thread_id: str
    status: Literal["queued"] = "queued"


class ConfirmRequest(BaseModel):
    thread_id: Id
    confirmation: Annotated[str, StringConstraints(max_length=10_000)] | None = None
    plan_id: Id | None = None
    action_ids: list[Id] | None = Field(None, min_length=1, max_length=200)

    def consent(self) -> Consent:
        chosen = None if self.action_ids is None else tuple(self.action_ids)
        return Consent(self.thread_id, self.plan_id, chosen, self.confirmation)


class CancelRequest(BaseModel):
    thread_id: Id
    plan_id: Id | None = None
    reason: Annotated[str, StringConstraints(max_length=500)] | None = None


class StopRequest(BaseModel):
    thread_id: Id


class EditRequest(BaseModel):
    edits: dict[Id, dict[str, Any]] = Field(
        default_factory=dict, max_length=200, json_schema_extra={"additionalProperties": False}
    )
    remove: list[Id] = Field(default_factory=list, max_length=200)


class RenameRequest(BaseModel):
    title: Name


class ProfileRequest(BaseModel):
    name: Name = ""
    timezone: Zone | None = None
    locale: Annotated[str, StringConstraints(max_length=16, pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$")] | None = None
    addresses: Annotated[list[Address], Field(max_length=MOST_OWN)] = []


class EraseRequest(BaseModel):
    confirm: Annotated[str, StringConstraints(max_length=1_000)]


class ConfirmAnswer(BaseModel):
    thread_id: str
    status: Literal["completed", "partial", "failed", "stopped", "running"]
    response: str
    response_html: str | None
    results: dict[str, dict[str, Any]]
    requires_confirmation: bool
    confirmation_message: str | None
    plan: PlanView | None

    @classmethod
    def of(cls, reply: ConfirmReply) -> "ConfirmAnswer":
        return cls.model_construct(
            thread_id=reply.thread_id,
            status=reply.status,
            response=reply.response,
            response_html=rendered(reply.response),
            results=reply.results,
            requires_confirmation=reply.plan is not None,
            confirmation_message=reply.plan.question if reply.plan else None,
            plan=reply.plan,
        )


class CancelAnswer(BaseModel):
    thread_id: str
    status: Literal["cancelled"] = "cancelled"
    response: Literal["Action cancelled."] = "Action cancelled."
    cancelled: Literal[True] = True


class ChatAnswer(BaseModel):
    response: str
    response_html: str | None
    """The response as safe HTML; null when it is too long or too intricate for that."""
    thread_id: str
    actions: list[dict[str, Any]]
    requires_confirmation: bool
    confirmation_message: str | None
    plan: PlanView | None
    turn_id: str
    decision: ConfirmAnswer | CancelAnswer | None
    """Set when the message was a plain yes or no and so decided the plan."""

    @classmethod
    def of(cls, reply: ChatReply) -> "ChatAnswer":
        decision: ConfirmAnswer | CancelAnswer | None = None
        if isinstance(reply.decision, ConfirmReply):
            decision = ConfirmAnswer.of(reply.decision)
        elif reply.decision is not None:
            decision = CancelAnswer(thread_id=reply.decision.thread_id)
        return cls.model_construct(
            response=reply.response,
            response_html=rendered(reply.response),
            thread_id=reply.thread_id,
            actions=reply.actions,
            requires_confirmation=reply.plan is not None,
            confirmation_message=reply.plan.question if reply.plan else None,
            plan=reply.plan,
            turn_id=reply.turn_id,
            decision=decision,
        )


class StopAnswer(BaseModel):
    thread_id: str
    status: Literal["stopped"] = "stopped"
    results: dict[str, dict[str, Any]]


class PlanAnswer(BaseModel):
    id: str
    thread_id: str
    thread_title: str
    status: str
    question: str
    created_at: datetime
    expires_at: datetime
    supersedes: str | None
    superseded_by: str | None
    decided_at: datetime | None
    decided_by: str | None
    words: str | None
    ended_at: datetime | None
    actions: list[ActionView]
    events: list[dict[str, Any]]

    @classmethod
    def of(cls, plan: PlanView) -> "PlanAnswer":
        return cls.model_construct(**{name: getattr(plan, name) for name in cls.model_fields})


class PlansAnswer(BaseModel):
    plans: list[PlanView]
    next_cursor: str | None


class ThreadAnswer(BaseModel):
    id: str
    title: str
    created_at: datetime
    updated_at: datetime
    waiting: bool

    @classmethod
    def of(cls, thread: ThreadSummary) -> "ThreadAnswer":
        return cls.model_construct(**{name: getattr(thread, name) for name in ThreadAnswer.model_fields})


class ThreadsAnswer(BaseModel):
    threads: list[ThreadSummary]
    next_cursor: str | None


class ThreadDetailAnswer(ThreadAnswer):
    busy: bool
    earlier: bool
    next_cursor: str | None
    """The `before` of the page of earlier messages."""
    messages: list[dict[str, Any]]
    plans: list[PlanView]

    @classmethod
    def of_detail(cls, detail: ThreadDetail) -> "ThreadDetailAnswer":
        return cls.model_construct(
            **{name: getattr(detail.summary, name) for name in ThreadAnswer.model_fields},
            busy=detail.busy,
            earlier=detail.earlier,
            next_cursor=detail.messages[0]["id"] if detail.earlier else None,
            messages=[_with_html(message) for message in detail.messages],
            plans=detail.plans,
        )


def _with_html(message: dict[str, Any]) -> dict[str, Any]:
    return {**message, "content_html": rendered(message["content"])} if message["role"] == "assistant" else message


class ProviderAnswer(BaseModel):
    id: str
    name: str
    login_url: str


class ProvidersAnswer(BaseModel):
    providers: list[ProviderAnswer]


class UserAnswer(BaseModel):
    id: str
    email: str
    name: str
    timezone: str | None
    locale: str | None
    addresses: tuple[str, ...]

    @classmethod
    def of(cls, user: UserView) -> "UserAnswer":
        return cls.model_construct(**{name: getattr(user, name) for name in cls.model_fields})


class ModelAnswer(BaseModel):
    name: str
    offline: bool


class SessionAnswer(BaseModel):
    user: UserAnswer
    provider: str
    session: str
    """The id under which the audit trail knows this session; no secret."""
    created_at: datetime
    expires_at: datetime
    now: datetime
    model: ModelAnswer
    connections: list[ConnectionView]


class SessionItem(BaseModel):
    id: str
    provider: str
    created_at: datetime
    expires_at: datetime
    user_agent: str
    current: bool


class SessionsAnswer(BaseModel):
    sessions: list[SessionItem]
    next_cursor: str | None


class RevokedAnswer(BaseModel):
    revoked: Literal[True] = True


class ErasedAnswer(BaseModel):
    deleted: Literal[True] = True


class ActivityAnswer(BaseModel):
    entries: list[ActivityEntry]
    next_cursor: str | None


class MemoryItem(BaseModel):
    id: str
    kind: Literal["preference", "signature"]
    text: str
    created_at: datetime


class MemoriesAnswer(BaseModel):
    memories: list[MemoryItem]
    next_cursor: str | None


class TodayAnswer(BaseModel):
    now: datetime
    timezone: str
    days: int
    events: list[dict[str, Any]] | None
    events_total: int | None
    tasks: list[dict[str, Any]] | None
    tasks_total: int | None
    mail: list[dict[str, Any]] | None
    mail_total: int | None
    sample: bool
    errors: dict[str, str]

    @classmethod
    def of(cls, today: TodayView) -> "TodayAnswer":
        return cls.model_construct(**{name: getattr(today, name) for name in cls.model_fields})


class SamplesAnswer(BaseModel):
    removed: Literal[True] = True


class RefreshAnswer(BaseModel):
    expires_at: datetime


class AuthorizationAnswer(BaseModel):
    authorization_url: str


class StatusAnswer(BaseModel):
    status: str


class HealthAnswer(BaseModel):
    status: Literal["ok"] = "ok"
    version: str


class ReadyAnswer(BaseModel):
    status: Literal["ok"] = "ok"
    checks: dict[str, str]


class Fault(BaseModel):
    """The one envelope of every error."""

    error: str
    message: str
    details: dict[str, Any] | None = None
    retry_after: int | None = None
