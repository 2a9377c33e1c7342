"""The caller's own account: change it, take it along, delete it."""

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import IO

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from sayso.base.clock import Clock
from sayso.base.errors import StoreUnavailable, ValidationFailed
from sayso.conversation import account, expiry
from sayso.http.answers import answer, beginning, pieces
from sayso.http.schemas import ErasedAnswer, EraseRequest, ProfileRequest, UserAnswer
from sayso.http.session import Cookies, SignedIn
from sayso.identity import users
from sayso.store.gateway import ReadConn, Store

EXPORT_HEADERS = {"Content-Disposition": 'attachment; filename="sayso-export.json"'}
CHUNK = 256 * 1024  # bytes read at once


class AccountEndpoints:
    def __init__(self, store: Store, data_dir: Path, clock: Clock, cookies: Cookies) -> None:
        self._store = store
        self._data_dir = data_dir
        self._clock = clock
        self._cookies = cookies

    async def change(self, body: ProfileRequest, caller: SignedIn) -> Response:
        """Change name, time zone or language; null forgets the last two."""
        changes = body.model_dump(exclude_unset=True)
        return answer(UserAnswer.of(await self._store.write(users.change, caller.user_id, changes)))

    async def export(self, caller: SignedIn) -> Response:
        """All that Sayso keeps of the caller, as one JSON file."""
        now = await expiry.close_late(self._store, self._clock)
        # Spooled, so that no slow reader keeps a transaction open, and a length tells a file that was cut off.
        kept = await self._store.snapshot(_spooled, self._data_dir, caller.user_id, now)
        size = kept.seek(0, os.SEEK_END)
        headers = {**EXPORT_HEADERS, "Content-Length": str(size)}
        return StreamingResponse(_chunks(kept, size), 200, headers, "application/json")

    async def export_head(self, caller: SignedIn) -> Response:
        """What the export's answer begins with, without reading what is in it."""
        return beginning("application/json", EXPORT_HEADERS)

    async def erase(self, request: Request, body: EraseRequest, caller: SignedIn) -> Response:
        """Delete the caller's account with everything in it, for good. `confirm`: the account's e-mail address."""
        if body.confirm.strip().casefold() != caller.email.casefold():
            wrong = "Type the e-mail address of this account to delete it."
            raise ValidationFailed(wrong, fields=[{"field": "confirm", "message": wrong}])
        await self._store.write(account.erase, caller.user_id, self._clock.now())
        response = answer(ErasedAnswer())
        self._cookies.take(request, response)
        return response


def _spooled(conn: ReadConn, folder: Path, user_id: str, now: datetime) -> IO[bytes]:
    """The export in a file without a name, for this process alone. Raises StoreUnavailable when the disk is full."""
    with ExitStack() as undone:
        try:
            file = undone.enter_context(tempfile.TemporaryFile(dir=folder))
            file.writelines(pieces(account.export(conn, user_id, now)))
        except OSError as error:
            raise StoreUnavailable from error
        undone.pop_all()
        return file


async def _chunks(file: IO[bytes], size: int) -> AsyncIterator[bytes]:
    with file:
        file.seek(0)
        while file.tell() < size:  # not until nothing is left: the reader, who knows the size, is done before that
            yield await asyncio.to_thread(file.read, CHUNK)
