"""Who is calling, and who signs in."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Via = Literal["web", "terminal", "api", "token", "channel", "rule", "agent"]
"""By what a user acts: the page, the terminal client, another client over HTTP; a token, a channel such as a chat, a
standing rule; the agent, when it goes on by itself."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who decides, and by what; for the audit trail, over which session, if over one."""

    user_id: str
    via: Via
    session_id: str | None = None


@dataclass(frozen=True, slots=True)
class Caller:
    """A signed-in user and the session that the request came over."""

    user_id: str
    session_id: str
    """The session's public id, for the audit trail; never the cookie."""
    provider: str
    email: str
    name: str
    timezone: str | None
    locale: str | None
    addresses: tuple[str, ...] = ()
    """Those besides `email` that are the user's own."""
    via: Via = "api"

    @property
    def actor(self) -> Actor:
        return Actor(self.user_id, self.via, self.session_id)


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


@dataclass(frozen=True, slots=True)
class Profile:
    """What a provider says of the person who signed in there; `subject` is the provider's stable id."""

    subject: str
    email: str
    name: str


@dataclass(frozen=True, slots=True)
class SessionView:
    """One sign-in, without its secret."""

    id: str
    provider: str
    created_at: datetime
    expires_at: datetime
    user_agent: str
