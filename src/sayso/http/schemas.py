"""Requests and answers, field by field as the contract has them. Unknown request fields are ignored."""

import re
import unicodedata
from datetime import datetime
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, available_timezones

from fastapi import Header, Path
from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    Field,
    SecretStr,
    StringConstraints,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WithJsonSchema,
    WrapValidator,
)

from sayso.base.addresses import ADDRESS, MAX_ADDRESS, MOST_OWN, is_address
from sayso.base.errors import NotFound
from sayso.connecting import AccountView, CheckView, KindView, SuggestionView, Wish
from sayso.conversation.choosing import SERVER, ChoiceView, DefaultView, ModelView, OfferView, VendorView
from sayso.conversation.types import (
    ActionView,
    ActivityEntry,
    ChatReply,
    ConfirmReply,
    Decision,
    Labels,
    Message,
    PlanView,
    ThreadDetail,
    ThreadSummary,
    ThreadUsage,
    UndoReply,
)
from sayso.desk import ConnectionView, TodayView
from sayso.http.markdown import rendered
from sayso.identity.types import DeviceStatus, DeviceView, Scope, SessionView, TokenView, UserView

_ID = re.compile(  # of these characters 1 to 128, but not "." and "..", which are no segment of a path
    r"(?:[A-Za-z0-9_-][A-Za-z0-9_.-]{0,127}|\.[A-Za-z0-9_-][A-Za-z0-9_.-]{0,126}|\.\.[A-Za-z0-9_.-]{1,126})"
)
_MAIL_ID = re.compile(r"[A-Za-z0-9_.:-]{1,255}")  # with its account
_KIND = re.compile(r"[a-z][a-z0-9_-]{0,39}")  # of an account
_ZONE = re.compile(r"[A-Z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+)*")


# For the API's description: a character that is none of those that `_not_blank` takes for nothing.
SEEN = (
    r"[^\u0000-\u0020\u007f-\u00a0\u00ad\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u1680\u180e\u2000-\u200f"
    r"\u2028-\u202f\u205f-\u2064\u2066-\u206f\u3000\ufeff\ufff9-\ufffb]"
)


def _not_blank(empty: str) -> AfterValidator:
    """Refuses with the sentence `empty` a text of which nothing is seen."""

    def check(text: str) -> str:
        # Z*: separators, Cc: controls, Cf: invisible marks such as the zero-width space.
        if all(unicodedata.category(char) in ("Zs", "Zl", "Zp", "Cc", "Cf") for char in text):
            raise ValueError(empty)
        return text

    return AfterValidator(check)


def _else(sentence: str) -> WrapValidator:
    """Says the sentence where the text does not fit the pattern, which is no sentence for people."""

    def check(given: Any, validate: ValidatorFunctionWrapHandler) -> Any:
        try:
            return validate(given)
        except ValidationError as error:
            if error.errors()[0]["type"] != "string_pattern_mismatch":
                raise
        raise ValueError(sentence)  # outside of the handler: what was given is in no chain of errors

    return WrapValidator(check)


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


def possible_kind(given: str) -> str:
    """`possible` for a kind of account."""
    if not _KIND.fullmatch(given):
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


def _storable(when: datetime) -> datetime:
    """At the ends of the calendar a time has no reading in other zones."""
    if not 1970 <= when.year <= 9000:
        raise ValueError("A time between the years 1970 and 9000.")
    return when


def zones() -> list[str]:
    """The names of all time zones, for the API's description."""
    return sorted(filter(_ZONE.fullmatch, available_timezones()))


MessageKey = Annotated[
    str | None, Header(min_length=1, max_length=255, description="Your name of this message, new for each one.")
]
"""The `Idempotency-Key` (IETF draft-ietf-httpapi-idempotency-key-header): a message sent again is not said twice."""
Id = Annotated[
    str,
    StringConstraints(pattern=rf"^{_ID.pattern}$"),
    _else('An id is 1 to 128 of A-Z, a-z, 0-9, ".", "_" and "-", but not "." or "..", which no URL could name.'),
]
PathId = Annotated[str, Path(json_schema_extra={"pattern": f"^{_ID.pattern}$"}), AfterValidator(possible)]
PathMailId = Annotated[str, Path(json_schema_extra={"pattern": f"^{_MAIL_ID.pattern}$"}), AfterValidator(possible_mail)]


def _in_a_line(name: str) -> str:
    """The name as it is shown in a question: no line ends, nothing that turns the text around it."""
    return "".join(char if char.isprintable() else " " for char in name).strip()


_SEEN_IN_IT = Field(json_schema_extra={"pattern": SEEN, "minLength": 1})
Text = Annotated[
    str,
    StringConstraints(max_length=10_000),
    _not_blank("Say something: the text is empty or only white space."),
    _SEEN_IN_IT,
]
Name = Annotated[
    str, StringConstraints(max_length=200), _not_blank("The name is empty or only white space."), _SEEN_IN_IT
]
Title = Annotated[
    str, StringConstraints(max_length=200), _not_blank("The title is empty or only white space."), _SEEN_IN_IT
]
Called = Annotated[Name, AfterValidator(_in_a_line)]
Label = Annotated[str, StringConstraints(max_length=200), AfterValidator(_in_a_line)]
"""What something may be called, and need not be."""
Address = Annotated[
    str, AfterValidator(_address), Field(json_schema_extra={"pattern": ADDRESS, "maxLength": MAX_ADDRESS})
]
Zone = Annotated[
    str,
    StringConstraints(max_length=64),
    AfterValidator(_zone),
    WithJsonSchema({"$ref": "#/components/schemas/TimeZone"}),
]

Locale = Annotated[
    str,
    StringConstraints(max_length=16, pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$"),
    _else("Not the name of a language, such as en or pt-BR."),
]

MOST_HISTORY = 50
MOST_HELD = 300  # seconds
MOST_SAID = 100_000
_ROLES = {"user": "user", "human": "user", "assistant": "assistant", "ai": "assistant", "model": "assistant"}


def _text_in(content: object) -> str:
    """The text of a message as clients keep it: a text, or parts of which some are texts (as vendors have them)."""
    parts = content if isinstance(content, list) else [content]
    texts = (part.get("text") if isinstance(part, dict) else part for part in parts)
    return "\n".join(text for text in texts if isinstance(text, str))


ModelName = Annotated[
    str, StringConstraints(pattern=r"^[!-~]{1,200}$"), _else("1 to 200 ASCII characters without white space.")
]
ModelServer = Annotated[
    str,
    StringConstraints(max_length=500, pattern=f"^{SERVER}$"),
    _else("Not the address of a server, such as https://models.example.com/v1."),
]
ModelKey = Annotated[
    str, StringConstraints(pattern=r"^[!-~]{1,1000}$"), _else("1 to 1,000 ASCII characters without white space.")
]
"""What can be a vendor's key. Anything else would end in an error of a library, which quotes it."""


class Said(BaseModel):
    """What was said before. What cannot be read is passed over: clients send what their own programs keep."""

    role: Any = Field(None, description="`user` or `assistant`; others are passed over.")
    content: Any = Field(None, description="A text, or a list of texts or of parts with a `text`.")

    def read(self) -> tuple[str, str] | None:
        """Who said what, if anybody said something."""
        role = _ROLES.get(self.role.lower()) if isinstance(self.role, str) else None
        text = _text_in(self.content)[:MOST_SAID]
        return (role, text) if role and text.strip() else None


Seen = Annotated[
    str,
    StringConstraints(max_length=128),
    Field(description="The plan that the writer saw waiting, or empty for none: a plain yes or no decides no other."),
]


Digest = Annotated[
    str,
    StringConstraints(max_length=64),
    Field(description="That of the plan as it was seen: if it waits otherwise by now, nothing is decided."),
]


class ChatRequest(BaseModel):
    user_message: Text
    thread_id: Id | None = None
    conversation_history: list[Said] | None = Field(
        None, description=f"Of a thread that this message opens; the last {MOST_HISTORY} count."
    )
    timezone: Zone | None = None
    plan_id: Seen | None = None
    digest: Digest | None = None

    def message(self, key: str | None) -> Message:
        said = [read for said in self.conversation_history or () if (read := said.read())]
        before = tuple(said[-MOST_HISTORY:])
        return Message(
            self.user_message, self.thread_id or "", self.timezone, key, before, None, self.plan_id, self.digest
        )


class QueueRequest(BaseModel):
    user_message: Text
    thread_id: Id | None = None
    timezone: Zone | None = None
    plan_id: Seen | None = None
    digest: Digest | None = None

    def message(self, key: str | None) -> Message:
        return Message(
            self.user_message, self.thread_id or "", self.timezone, key, saw=self.plan_id, digest=self.digest
        )


class QueueAnswer(BaseModel):
    thread_id: str
    status: Literal["queued"] = "queued"


class ConfirmRequest(BaseModel):
    thread_id: Id
    confirmation: Annotated[str, StringConstraints(max_length=10_000)] | None = None
    plan_id: Id | None = None
    digest: Digest | None = None
    action_ids: list[Id] | None = Field(None, min_length=1, max_length=200)
    rest: Literal["skip", "wait"] = Field("skip", description="What becomes of the other actions.")

    def decision(self) -> Decision:
        chosen, waits = _chosen(self.action_ids), self.rest == "wait"
        return Decision(self.thread_id, self.plan_id, chosen, self.confirmation, self.digest, waits)


class CancelRequest(BaseModel):
    thread_id: Id
    plan_id: Id | None = None
    digest: Digest | None = None
    action_ids: list[Id] | None = Field(None, min_length=1, max_length=200)
    reason: Annotated[str, StringConstraints(max_length=500)] | None = None

    def decision(self) -> Decision:
        return Decision(self.thread_id, self.plan_id, _chosen(self.action_ids), self.reason, self.digest)


def _chosen(action_ids: list[str] | None) -> tuple[str, ...] | None:
    return None if action_ids is None else tuple(action_ids)


class StopRequest(BaseModel):
    thread_id: Id


class EditRequest(BaseModel):
    edits: dict[Id, dict[str, Any]] = Field(
        default_factory=dict, max_length=200, json_schema_extra={"additionalProperties": False}
    )
    remove: list[Id] = Field(default_factory=list, max_length=200)
    anew: bool = Field(False, strict=True, description="Prepare every action again, as things stand by now.")


class UndoRequest(BaseModel):
    action_ids: list[Id] | None = Field(None, min_length=1, max_length=200)


class RenameRequest(BaseModel):
    title: Title


class ProfileRequest(BaseModel):
    name: Called = ""
    timezone: Zone | None = None
    locale: Locale | None = None
    hold_seconds: Annotated[int, Field(strict=True, ge=0, le=MOST_HELD)] | None = None
    addresses: Annotated[list[Address], Field(max_length=MOST_OWN)] = []


class NameRequest(BaseModel):
    name: Called


class TokenRequest(BaseModel):
    name: Called
    scopes: Annotated[list[Scope], Field(min_length=1, max_length=3)]
    expires_at: Annotated[AwareDatetime, AfterValidator(_storable)] | None = None


class ClaimRequest(BaseModel):
    code: Annotated[str, StringConstraints(max_length=200)]
    name: Label = ""


class DecisionRequest(BaseModel):
    allow: bool
    name: Called | None = None
    """What the device is called from now on; by default, as it called itself."""


class ModelTestRequest(BaseModel):
    name: ModelName
    base_url: ModelServer | None = None
    key: ModelKey | None = Field(None, repr=False)


class ModelRequest(BaseModel):
    name: ModelName | None
    base_url: ModelServer | None = None
    key: ModelKey | None = Field(None, repr=False)


class EraseRequest(BaseModel):
    confirm: Annotated[str, StringConstraints(max_length=1_000)]


Part = Literal["calendar", "tasks", "mail", "contacts"]
Kind = Annotated[
    str, StringConstraints(pattern=rf"^{_KIND.pattern}$"), _else("Not the name of a kind of account, such as local.")
]
PathKind = Annotated[str, Path(json_schema_extra={"pattern": f"^{_KIND.pattern}$"}), AfterValidator(possible_kind)]
Url = Annotated[
    str,
    StringConstraints(max_length=2_000, pattern=r"^https?://[^/?#@\\\s]+(/[^\\\s]*)?$"),
    _else("Not the address of a server, such as https://dav.example.com/."),
]
Host = Annotated[
    str,
    StringConstraints(max_length=253, pattern=r"^[A-Za-z0-9._:\[\]-]+$"),
    _else("Not the name of a host, such as mail.example.com."),
]


FolderName = Annotated[
    str,
    StringConstraints(max_length=255, pattern=r"^[^\x00-\x1f\x7f]+$"),
    _else("Not the name of a folder, such as Sent or INBOX/Sent."),
]


class MailServer(BaseModel):
    host: Host
    port: Annotated[int, Field(ge=1, le=65_535)]
    tls: Literal["implicit", "starttls", "none"]


class Folders(BaseModel):
    sent: FolderName | None = None
    drafts: FolderName | None = None
    trash: FolderName | None = None
    archive: FolderName | None = None
    junk: FolderName | None = None


class Servers(BaseModel):
    caldav: Url | None = None
    carddav: Url | None = None
    imap: MailServer | None = None
    smtp: MailServer | None = None


class NamedServers(Servers):
    folders: Folders | None = None
    """What those of special use are called there, where the server does not say, or says it wrong."""


class ConnectRequest(BaseModel):
    kind: Kind
    address: Address | None = None
    password: Annotated[SecretStr, Field(min_length=1, max_length=1_000)] | None = None
    username: Annotated[str, StringConstraints(max_length=320)] | None = None
    servers: NamedServers | None = None
    """Those alone are used; none: what the address leads to."""
    unencrypted: bool = False
    """That a server may be spoken to without encryption, which `tls: none` alone does not say."""

    def wish(self) -> Wish:
        servers = self.servers.model_dump(exclude_none=True) if self.servers else {}
        password = self.password.get_secret_value() if self.password else ""
        return Wish(self.kind, self.address or "", self.username or "", password, servers, self.unencrypted)


class AccountRequest(BaseModel):
    label: Label | None = None
    """Empty or null: what it is called by itself."""
    serves: Annotated[list[Part], Field(min_length=1, max_length=4)] = []
    default_for: Annotated[list[Part], Field(max_length=4)] = []

    def changes(self) -> dict[str, Any]:
        given = self.model_dump(exclude_unset=True)
        return given | {"label": given["label"] or ""} if "label" in given else given


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


class UndoAnswer(ConfirmAnswer):
    left: dict[str, str]
    """By action, why it could not be undone with the others."""

    @classmethod
    def of_undo(cls, reply: UndoReply) -> "UndoAnswer":
        told = ConfirmAnswer.of(reply.outcome)
        fields = {name: getattr(told, name) for name in ConfirmAnswer.model_fields}
        return cls.model_construct(**fields, left=reply.left)


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
    digest: str
    labels: Labels
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
    usage: ThreadUsage

    @classmethod
    def of_detail(cls, detail: ThreadDetail) -> "ThreadDetailAnswer":
        return cls.model_construct(
            **{name: getattr(detail.summary, name) for name in ThreadAnswer.model_fields},
            busy=detail.busy,
            earlier=detail.earlier,
            next_cursor=detail.messages[0]["id"] if detail.earlier else None,
            messages=[_with_html(message) for message in detail.messages],
            plans=detail.plans,
            usage=detail.usage,
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
    hold_seconds: int | None
    addresses: tuple[str, ...]

    @classmethod
    def of(cls, user: UserView) -> "UserAnswer":
        return cls.model_construct(**{name: getattr(user, name) for name in cls.model_fields})


class ModelAnswer(BaseModel):
    name: str
    offline: bool


class TokenItem(BaseModel):
    id: str
    name: str
    scopes: tuple[Scope, ...]
    created_at: datetime
    expires_at: datetime | None
    used_at: datetime | None

    @classmethod
    def of(cls, token: TokenView) -> "TokenItem":
        return cls.model_construct(**{name: getattr(token, name) for name in TokenItem.model_fields})


class NewTokenAnswer(TokenItem):
    token: str
    """The secret, this once."""
    notice: str | None
    """What it means, where the token may decide."""


class TokensAnswer(BaseModel):
    tokens: list[TokenItem]


class ModelChoiceAnswer(BaseModel):
    model: ModelView
    chosen: bool
    default: DefaultView
    offers: list[OfferView]
    vendors: list[VendorView]
    may_name_servers: bool
    spent_today: int
    limit: int | None

    @classmethod
    def of(cls, choice: ChoiceView) -> "ModelChoiceAnswer":
        return cls.model_construct(**{name: getattr(choice, name) for name in cls.model_fields})


class ModelTestAnswer(BaseModel):
    works: bool
    problem: str | None


class SessionAnswer(BaseModel):
    authenticated: Literal[True] = True
    user: UserAnswer
    user_email: str
    provider: str
    session: str
    """The id under which the audit trail knows this session or token; no secret."""
    token: TokenItem | None
    """Set when the request came with a token."""
    created_at: datetime
    expires_at: datetime | None
    """When it ends unless it is used; of a token, which may have no end, in any case."""
    ends_at: datetime | None
    """When it ends, however much it is used."""
    now: datetime
    model: ModelAnswer
    connections: list[ConnectionView]


class SessionItem(BaseModel):
    id: str
    name: str
    provider: str
    created_at: datetime
    seen_at: datetime | None
    expires_at: datetime
    ends_at: datetime | None
    user_agent: str
    current: bool

    @classmethod
    def of(cls, view: SessionView, current: str) -> "SessionItem":
        taken = {name: getattr(view, name) for name in cls.model_fields if name != "current"}
        return cls.model_construct(**taken, current=view.id == current)


class SessionsAnswer(BaseModel):
    sessions: list[SessionItem]
    next_cursor: str | None


class RevokedAnswer(BaseModel):
    revoked: Literal[True] = True


class SignedOutAnswer(BaseModel):
    status: Literal["signed_out"] = "signed_out"
    ended: int


class DeviceLinkAnswer(BaseModel):
    id: str
    url: str
    qr: str
    """The address as a QR code: an SVG document."""
    expires_at: datetime
    status: DeviceStatus


class DeviceAnswer(BaseModel):
    id: str
    status: DeviceStatus
    name: str
    user_agent: str
    address: str
    check: str | None
    """Two digits, which the other device shows too; null until one has used the link."""
    expires_at: datetime

    @classmethod
    def of(cls, view: DeviceView) -> "DeviceAnswer":
        return cls.model_construct(**{name: getattr(view, name) for name in cls.model_fields})


class ClaimedAnswer(BaseModel):
    status: Literal["claimed"]
    check: str
    expires_at: datetime


class EnteredAnswer(BaseModel):
    status: Literal["claimed", "signed_in"]


class AuditItem(BaseModel):
    at: datetime
    kind: str
    via: str | None
    by: str | None
    """The session or the token."""
    address: str
    data: dict[str, Any]


class AuditAnswer(BaseModel):
    events: list[AuditItem]
    next_cursor: str | None


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
    news: bool
    """Whether `GET /workspace/changes` waits for something."""
    sample: bool
    errors: dict[str, str]

    @classmethod
    def of(cls, today: TodayView) -> "TodayAnswer":
        return cls.model_construct(**{name: getattr(today, name) for name in cls.model_fields})


class ChangesAnswer(BaseModel):
    changed: bool


class SamplesAnswer(BaseModel):
    removed: Literal[True] = True


class AccountAnswer(BaseModel):
    id: str
    kind: str
    label: str
    address: str
    serves: tuple[Part, ...]
    default_for: tuple[Part, ...]
    state: Literal["connected", "reconnect_needed", "unreachable"]
    since: datetime
    checks: tuple[CheckView, ...]

    @classmethod
    def of(cls, account: AccountView) -> "AccountAnswer":
        return cls.model_construct(**{name: getattr(account, name) for name in cls.model_fields})


class SetupView(BaseModel):
    """What whoever runs the server registers at a provider."""

    kind: str
    label: str
    redirect_uri: str
    """To be registered there, byte for byte."""
    scopes: tuple[str, ...]
    done: bool
    """Whether the server has the client's id."""


class AccountsAnswer(BaseModel):
    accounts: list[AccountView]
    kinds: list[KindView]
    setup: list[SetupView]
    """Of who runs the server; else empty."""


class SuggestionAnswer(BaseModel):
    provider: str
    """Empty: no known one."""
    app_passwords: str
    """The page on which one makes a password for a program, or empty."""
    note: str
    servers: Servers
    doubtful: tuple[str, ...]
    """Hosts that only DNS names: to be looked at before a password goes there."""

    @classmethod
    def of(cls, found: SuggestionView) -> "SuggestionAnswer":
        servers = Servers.model_validate({name: found.servers.get(name) for name in Servers.model_fields})
        return cls.model_construct(
            provider=found.provider,
            app_passwords=found.app_passwords,
            note=found.note,
            servers=servers,
            doubtful=found.doubtful,
        )


class RemovedAnswer(BaseModel):
    removed: Literal[True] = True
    message: str
    """What its provider could not be told."""


class RefreshAnswer(BaseModel):
    expires_at: datetime


class AuthorizationAnswer(BaseModel):
    authorization_url: str


class LinkRequest(BaseModel):
    provider: Annotated[str, StringConstraints(min_length=1, max_length=40)]
    redirect: Annotated[str, StringConstraints(max_length=2000)] = "/"


class IdentityItem(BaseModel):
    id: str
    issuer: str
    provider: str | None
    """None: one through which nobody signs in here any longer."""
    label: str
    email: str
    """As the issuer says it, and only if it is verified."""


class IdentitiesAnswer(BaseModel):
    identities: list[IdentityItem]


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
