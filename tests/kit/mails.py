"""The mails of a workspace, as a test looks at them."""

from zoneinfo import ZoneInfo

from sayso.workspace.protocols import Workspace
from sayso.workspace.search import parse_query
from sayso.workspace.types import Message

NEW_YORK = ZoneInfo("America/New_York")


async def searched(workspace: Workspace, query: str = "in:anywhere", limit: int = 1000) -> tuple[list[Message], int]:
    """The messages that a search finds, and how many there are."""
    assert workspace.mail is not None
    return await workspace.mail.search(parse_query(query, NEW_YORK), limit)
