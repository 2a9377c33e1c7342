"""The caller's own account: change it, take it along, delete it."""

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from sayso.base.errors import StoreUnavailable, ValidationFailed
from sayso.http.answers import answer, beginning, pieces
from sayso.http.schemas import ErasedAnswer, EraseRequest, ProfileRequest, UserAnswer
from sayso.http.session import Cookies, SignedIn

if TYPE_CHECKING:
    from sayso.connecting import Connecting
    from sayso.conversation.service import Conversation

EXPORT_HEADERS = {"Content-Disposition": 'attachment; filename="sayso-export.json"'}
CHUNK = 256 * 1024  # bytes read at once


class AccountEndpoints:
    def __init__(
        self, conversation: "Conversation", connecting: "Connecting", data_dir: Path, cookies: Cookies
    ) -> None:
        self._conversation = conversation
        self._connecting = connecting
        self._data_dir = data_dir
        self._cookies = cookies

    async def change(self, body: ProfileRequest, caller: SignedIn) -> Response:
        """Change name, time zone or language, of which null forgets the last two, or which addresses besides the
        account's are one's own."""
        changes = body.model_dump(exclude_unset=True)
        return answer(UserAnswer.of(await self._conversation.archive.change(caller, changes)))

    async def export(self, caller: SignedIn) -> Response:
        """All that Sayso keeps of the caller, as one JSON file."""
        # Spooled, so that no slow reader keeps a transaction open, and a length tells a file that was cut off.
        kept = await self._conversation.archive.export(caller, partial(_spooled, self._data_dir))
        size = kept.seek(0, os.SEEK_END)
        headers = {**EXPORT_HEADERS, "Content-Length": str(size)}
        return StreamingResponse(_chunks(kept, size), 200, headers, "application/json")

    async def export_head(self, caller: SignedIn) -> Response:
        """What the export's answer begins with, without reading what is in it."""
        return beginning("application/json", EXPORT_HEADERS)

    async def erase(self, request: Request, body: EraseRequest, caller: SignedIn) -> Response:
        """Delete the caller's account with everything in it, for good, and end what providers granted, as far as they
        can be reached. `confirm`: the account's e-mail address."""
        if body.confirm.strip().casefold() != caller.email.casefold():
            wrong = "Type the e-mail address of this account to delete it."
            raise ValidationFailed(wrong, fields=[{"field": "confirm", "message": wrong}])
        grants = await self._connecting.grants(caller.user_id)
        await self._conversation.archive.erase(caller)
        await self._connecting.revoke(grants)
        response = answer(ErasedAnswer())
        self._cookies.take(request, response)
        return response


def _spooled(folder: Path, export: object) -> IO[bytes]:
    """It in a file without a name, for this process alone. Raises StoreUnavailable when the disk is full."""
    with ExitStack() as undone:
        try:
            file = undone.enter_context(tempfile.TemporaryFile(dir=folder))
            file.writelines(pieces(export))
        except OSError as error:
            raise StoreUnavailable from error
        undone.pop_all()
        return file


async def _chunks(file: IO[bytes], size: int) -> AsyncIterator[bytes]:
    with file:
        file.seek(0)
        while file.tell() < size:  # not until nothing is left: the reader, who knows the size, is done before that
            yield await asyncio.to_thread(file.read, CHUNK)
