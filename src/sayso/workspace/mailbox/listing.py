"""The folders of an account as they were within the last minute."""

from collections.abc import Callable, Mapping
from typing import Final

from sayso.workspace.errors import Refused
from sayso.workspace.mailbox.folders import Folder, Folders, Role, list_folders, make_folder
from sayso.workspace.mailbox.session import Sessions

KEPT_SECONDS: Final = 60.0


class Listing:
    """`given`: what the user says that folders are called, by role."""

    def __init__(self, sessions: Sessions, given: Mapping[str, str], monotonic: Callable[[], float]) -> None:
        self._sessions = sessions
        self.given = given
        self._monotonic = monotonic
        self._known: tuple[float, Folders] | None = None

    async def folders(self, *, anew: bool = False) -> Folders:
        """Raises what `Sessions.run` raises."""
        now = self._monotonic()
        if anew or self._known is None or now - self._known[0] > KEPT_SECONDS:
            self._known = now, await self._sessions.run(lambda line: list_folders(line, self.given))
        return self._known[1]

    async def role(self, role: Role) -> Folder:
        """The folder of a role, made where it is missing."""
        folder = (await self.folders()).of(role) or (await self.folders(anew=True)).of(role)
        if folder is not None:
            return folder
        folders = await self.folders()
        await self._sessions.run(lambda line: make_folder(line, folders, role, self.given))
        folder = (await self.folders(anew=True)).of(role)
        if folder is None:
            raise Refused(f"The mail server {self._sessions.server.host} has no folder for {role} and makes none.")
        return folder
