"""What a calendar that does not write to people itself asks of the account's mailbox (iMIP, RFC 6047)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from sayso.workspace.types import Person


@dataclass(frozen=True, slots=True)
class Invitation:
    """A mail with a calendar object in it. `body`: the same for people."""

    method: Literal["REQUEST", "CANCEL", "REPLY"]
    to: tuple[Person, ...]
    subject: str
    body: str
    calendar: bytes


class Post(Protocol):
    async def post(self, invitation: Invitation, key: str) -> None:
        """Send it, once for each key. Raises Refused, Unavailable, Uncertain."""
        ...

    async def posted(self, key: str) -> bool:
        """Whether it was sent under this key; False: surely not. Raises Uncertain where there is no telling."""
        ...


class Inbox(Protocol):
    async def pending(self, since: datetime) -> list[bytes]:
        """The calendar objects (iTIP, RFC 5546) of the invitations and cancellations that came since that day, the
        newest first, in UTF-8, their lines ended by CRLF. Raises Refused, Unavailable."""
        ...
