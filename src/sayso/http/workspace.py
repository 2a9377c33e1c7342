"""The workspace, to look at."""

import unicodedata
from typing import TYPE_CHECKING, Annotated
from urllib.parse import quote

from fastapi import Path, Query
from starlette.responses import Response

from sayso.http.answers import answer
from sayso.http.schemas import ChangesAnswer, PathMailId, SamplesAnswer, TodayAnswer
from sayso.http.session import SignedIn

if TYPE_CHECKING:
    from sayso.desk import Desk


class WorkspaceEndpoints:
    def __init__(self, desk: "Desk") -> None:
        self._desk = desk

    async def today(self, caller: SignedIn, days: Annotated[int, Query(ge=1, le=31)] = 7) -> Response:
        """The next days' events, open tasks and unread mail. A part that cannot be read is null; `errors` says why."""
        return answer(TodayAnswer.of(await self._desk.today(caller, days)))

    async def changes(self, caller: SignedIn) -> Response:
        """Wait, for half a minute at most, until something comes or goes in a mailbox; false at once where none tells:
        see `news` of today."""
        return answer(ChangesAnswer(changed=await self._desk.changed(caller)))

    async def remove_samples(self, caller: SignedIn) -> Response:
        """Remove the sample data that a new user finds; what is one's own stays."""
        await self._desk.remove_samples(caller)
        return answer(SamplesAnswer())

    async def attachment(
        self, message_id: PathMailId, number: Annotated[int, Path(ge=1, le=1000)], caller: SignedIn
    ) -> Response:
        """What is attached to a mail, to be saved; `number`: its place in the list of the mail's attachments."""
        file = await self._desk.attachment(caller, message_id, number)
        # Of no type that a browser shows, whatever it says that it is: it comes from strangers.
        return Response(file.content, headers=_saved_as(file.name), media_type="application/octet-stream")


def _saved_as(name: str) -> dict[str, str]:
    """The header by which a browser saves a file under this name (RFC 6266), without what leads elsewhere."""
    safe = "".join("_" if _is_odd(char) else char for char in name)[:200]
    plain = safe.encode("ascii", "replace").decode().replace("?", "_")
    return {"Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(safe, safe='')}"}


def _is_odd(char: str) -> bool:
    return char in '/\\"' or unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp")
