"""A mailbox of two folders of files, as a sender needs one: it outlives the process that writes to it."""

import os
from collections.abc import Awaitable, Callable
from email import message_from_bytes
from pathlib import Path
from typing import Literal

from sayso.workspace.errors import ObjectNotFound, WorkspaceError
from sayso.workspace.mailbox.copies import Place


async def _at_once(step: str) -> None:
    """Let every step happen."""


class FolderCopies:
    """A `Copies`. `step` is awaited before each step that a server takes, with its name, and may raise. It looks at
    Sent first and moves by a copy, which is the hardest for who looks meanwhile. `fails`: by method, what it raises;
    `fails_late`: what it raises when it is done."""

    def __init__(self, folder: Path, step: Callable[[str], Awaitable[None]] = _at_once) -> None:
        self._folder = folder
        self._step = step
        self.fails: dict[str, WorkspaceError] = {}
        self.fails_late: dict[str, WorkspaceError] = {}
        for role in ("sent", "drafts"):
            (folder / role).mkdir(parents=True, exist_ok=True)

    def all(self, role: Literal["sent", "drafts"]) -> list[bytes]:
        """What lies there, the oldest first."""
        return [path.read_bytes() for path in self._paths(role)]

    async def find(self, message_id: str) -> Place | None:
        await self._begin("find")
        roles: tuple[Literal["sent", "drafts"], ...] = ("sent", "drafts")
        for role in roles:
            await self._step(f"look in {role}")
            for path in self._paths(role):
                if message_from_bytes(path.read_bytes())["Message-ID"] == f"<{message_id}>":
                    return Place(role, int(path.name), f"{role}/{path.name}")
        return None

    async def keep(self, raw: bytes, *, draft: bool) -> str:
        await self._begin("keep")
        kept = self._put("drafts" if draft else "sent", raw)
        self._end("keep")
        return kept

    async def to_sent(self, message_id: str) -> str:
        await self._begin("to_sent")
        if message_id.startswith("sent/"):
            return message_id
        sent = self._put("sent", await self.raw(message_id))
        await self._step("moved")
        (self._folder / message_id).unlink()
        self._end("to_sent")
        return sent

    async def drop(self, message_id: str) -> None:
        await self._begin("drop")
        assert message_id.startswith("drafts/")
        (self._folder / message_id).unlink(missing_ok=True)
        self._end("drop")

    async def raw(self, message_id: str) -> bytes:
        try:
            return (self._folder / message_id).read_bytes()
        except FileNotFoundError as error:
            raise ObjectNotFound("That draft is not there any more.") from error

    def _paths(self, role: str) -> list[Path]:
        return sorted((self._folder / role).iterdir())

    def _put(self, role: str, raw: bytes) -> str:
        number = len(os.listdir(self._folder / role))  # no order of numbers but by time, also after some are gone
        while True:
            number += 1
            marker = self._folder / f"{role}-{number:06}"
            try:
                marker.touch(exist_ok=False)
            except FileExistsError:
                continue
            (self._folder / role / f"{number:06}").write_bytes(raw)
            return f"{role}/{number:06}"

    async def _begin(self, method: str) -> None:
        await self._step(method)
        if method in self.fails:
            raise self.fails[method]

    def _end(self, method: str) -> None:
        if method in self.fails_late:
            raise self.fails_late[method]
