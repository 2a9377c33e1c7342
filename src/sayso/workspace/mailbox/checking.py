"""Whether a mail server can be read by what its user has given."""

from collections.abc import Iterator, Mapping
from typing import Final

from sayso.english.words import fold
from sayso.workspace.connected.connector import Check
from sayso.workspace.errors import WorkspaceError
from sayso.workspace.mailbox.folders import Folders
from sayso.workspace.mailbox.listing import Listing
from sayso.workspace.mailbox.session import Sessions

NAME: Final = "imap"


async def check_imap(sessions: Sessions, given: Mapping[str, str]) -> Check:
    """Sign in and look at the folders. `given`: what some of them are called, by role."""
    try:
        folders = await Listing(sessions, given, lambda: 0.0).folders()
    except WorkspaceError as error:
        return Check(NAME, False, str(error))
    finally:
        await sessions.close()
    wrong = " ".join(_elsewhere(folders, given))
    return Check(NAME, not wrong, wrong or _missing(folders))


def _elsewhere(folders: Folders, given: Mapping[str, str]) -> Iterator[str]:
    """What is called in another way than the user says."""
    for folder in folders.all:
        name = given.get(folder.role, "")
        if name and not f"/{fold(name)}".endswith(f"/{fold(folder.path)}"):
            yield f"The folder for {folder.role} is '{folder.path}' there, and none is called '{name}'."


def _missing(folders: Folders) -> str:
    """What is made when it is first needed, so that nobody wonders where it comes from."""
    missing = [role for role in ("sent", "drafts", "trash", "archive") if folders.of(role) is None]
    if not missing or folders.gmail:
        return ""
    return f"There is no folder yet for {', '.join(missing)}: one is made when it is first needed."
