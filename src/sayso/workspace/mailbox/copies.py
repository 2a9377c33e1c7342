"""What a sender needs of the mailbox: the drafts and the copies of what was sent."""

from dataclasses import dataclass
from typing import Literal, Protocol


@dataclass(frozen=True, slots=True)
class Place:
    """Where a message was found. `message_id`: its id in our terms."""

    role: Literal["sent", "drafts"]
    uid: int
    message_id: str


class Copies(Protocol):
    """Raises Refused, Unavailable and, of changes, Uncertain and ObjectNotFound."""

    async def find(self, message_id: str) -> Place | None:
        """The message in Sent, else in Drafts, whose Message-ID header (RFC 5322, 3.6.4) is exactly this one, which is
        given without its angle brackets."""
        ...

    async def keep(self, raw: bytes, *, draft: bool) -> str:
        """Put a message into Drafts or Sent; its id in our terms. Kept twice it is there twice: `find` it first."""
        ...

    async def to_sent(self, message_id: str) -> str:
        """Our draft becomes the sent copy, read and no draft any more; its new id. Of one that is a sent copy already,
        its id."""
        ...

    async def drop(self, message_id: str) -> None:
        """Remove a draft for good. One that is gone is fine."""
        ...

    async def raw(self, message_id: str) -> bytes:
        """Its whole source. Raises Refused for one that is too big."""
        ...
