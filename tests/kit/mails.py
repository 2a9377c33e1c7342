"""The mails of a workspace, as a test looks at them."""

from dataclasses import fields
from zoneinfo import ZoneInfo

from sayso.workspace.protocols import Workspace
from sayso.workspace.search import parse_query
from sayso.workspace.types import Message

NEW_YORK = ZoneInfo("America/New_York")


async def searched(workspace: Workspace, query: str = "in:anywhere", limit: int = 1000) -> tuple[list[Message], int]:
    """The messages that a search finds, in full, and how many there are."""
    assert workspace.mail is not None
    found = await workspace.mail.search(parse_query(query, NEW_YORK), limit)
    messages = await workspace.mail.get_messages([header.id for header in found.items])
    for header, message in zip(found.items, messages, strict=True):
        assert all(getattr(header, each.name) == getattr(message, each.name) for each in fields(header)), header
    return messages, found.known
