"""Who is calling, and who signs in."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

Via = Literal["web", "terminal", "api", "token", "channel", "rule", "agent"]
"""By what a user acts: the page, the terminal client, another client over HTTP; a token, a channel such as a chat, a
standing rule; the agent, when it goes on by itself."""


Scope = Literal["read", "chat", "decide"]
"""What a token may be given: to look; to talk and so to propose; to confirm and cancel in the user's name."""
SCOPES: tuple[Scope, ...] = get_args(Scope)
EVERYTHING = frozenset(SCOPES)


@dataclass(frozen=True, slots=True)
class Actor:
    """Who decides, and by what; for the audit trail, over which session or by which token, if by one."""

    user_id: str
    via: Via
    session_id: str | None = None
    """The public id of the session, or of the token."""
    scopes: frozenset[Scope] = EVERYTHING
    address: str = ""
    """Of the client."""


@dataclass(frozen=True, slots=True)
class Caller:
    """A signed-in user and the session, or the token, that the request came with."""

    user_id: str
    session_id: str
    """The public id of the session, or of the token, for the audit trail; never the secret."""
    provider: str
    email: str
    name: str
    timezone: str | None
    locale: str | None
    addresses: tuple[str, ...] = ()
    """Those besides `email` that are the user's own."""
    via: Via = "api"
    scopes: frozenset[Scope] = EVERYTHING
    """What a token may do; a session may do everything."""
    address: str = ""
    """Of the client."""
    hold_seconds: int | None = None
    """For which what goes to others is held back; None: he has not said."""

    @property
    def actor(self) -> Actor:
        return Actor(self.user_id, self.via, self.session_id, self.scopes, self.address)


Refusal = Literal["no_session", "session_expired", "session_unknown", "token_expired", "token_unknown"]
"""Why a request has no caller."""


@dataclass(frozen=True, slots=True)
class Known:
    """A caller, and about when his session or token was used last."""

    caller: Caller
    used_at: datetime | None


@dataclass(frozen=True, slots=True)
class UserView:
    """A user's account, as he sees and changes it."""

    id: str
    email: str
    name: str
    timezone: str | None
    locale: str | None
    addresses: tuple[str, ...] = ()
    """Those besides `email` that are the user's own."""
    hold_seconds: int | None = None
    """For which what goes to others is held back; None: he has not said."""


@dataclass(frozen=True, slots=True)
class Profile:
    """What a provider says of the person who signed in there; `issuer` and `subject` together are his stable id
    (OpenID Connect Core 1.0, 5.7), and the address is not."""

    subject: str
    email: str
    name: str
    issuer: str = "local"
    verified: bool = True
    """Whether the issuer has seen that the address is his."""

    @property
    def verified_email(self) -> str:
        return self.email if self.verified else ""


@dataclass(frozen=True, slots=True)
class IdentityView:
    """By what a user signs in. `email`: as the issuer says it, and only if it is verified."""

    issuer: str
    subject: str
    email: str


@dataclass(frozen=True, slots=True)
class SessionView:
    """One sign-in, without its secret."""

    id: str
    provider: str
    created_at: datetime
    expires_at: datetime
    user_agent: str
    name: str = ""
    """Of the device, as its user calls it."""
    seen_at: datetime | None = None
    """About when it was used last."""
    ends_at: datetime | None = None
    """When it ends, however much it is used."""


@dataclass(frozen=True, slots=True)
class TokenView:
    """A token, without its secret."""

    id: str
    name: str
    scopes: tuple[Scope, ...]
    created_at: datetime
    expires_at: datetime | None
    used_at: datetime | None


DeviceStatus = Literal["shown", "claimed", "allowed", "refused", "contested", "used", "expired"]
"""A link is shown, used by a device, and allowed or refused; two devices that used it contest it. Used: it is in."""


@dataclass(frozen=True, slots=True)
class DeviceView:
    """A link for another device, and the device that used it."""

    id: str
    status: DeviceStatus
    name: str
    user_agent: str
    address: str
    check: str | None
    """The digits that both devices show; None: no device has used the link yet."""
    expires_at: datetime
