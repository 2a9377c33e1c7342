"""Whether a mail server can be read by what its user has given."""

from typing import Final

from sayso.workspace.connected.connector import Check
from sayso.workspace.errors import WorkspaceError
from sayso.workspace.mailbox.folders import Folders
from sayso.workspace.mailbox.listing import Listing
from sayso.workspace.mailbox.session import Sessions

NAME: Final = "imap"


async def check_imap(sessions: Sessions) -> Check:
    """Sign in and look at the folders."""
    try:
        folders = await Listing(sessions, {}, lambda: 0.0).folders()
    except WorkspaceError as error:
        return Check(NAME, False, str(error))
    finally:
        await sessions.close()
    return Check(NAME, True, _missing(folders))


def _missing(folders: Folders) -> str:
    """What is made when it is first needed, so that nobody wonders where it comes from."""
    missing = [role for role in ("sent", "drafts", "trash", "archive") if folders.of(role) is None]
    if not missing or folders.gmail:
        return ""
    return f"There is no folder yet for {', '.join(missing)}: one is made when it is first needed."
