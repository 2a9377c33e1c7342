"""Who is calling."""

from dataclasses import dataclass


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
