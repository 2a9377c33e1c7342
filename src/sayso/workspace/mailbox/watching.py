"""Waits until something changes in the inbox (IDLE, RFC 2177), so that a page knows when to ask again."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Final, TypeVar

from sayso.workspace.errors import Unavailable
from sayso.workspace.mailbox.line import Cut, Garbled, Line, No
from sayso.workspace.mailbox.session import Sessions

T = TypeVar("T")

AGAIN_SECONDS: Final = 25 * 60.0
"""After half an hour of silence servers may hang up (RFC 9051, 5.4)."""
POLL_SECONDS: Final = 30.0
_STATUS: Final = "MESSAGES UIDNEXT UNSEEN"
_CHANGES: Final = ((b"EXISTS",), (b"EXPUNGE",), (b"FETCH",))


class Watching:
    """One account. What changed between two waits ends the second one at once."""

    def __init__(self, sessions: Sessions, monotonic: Callable[[], float]) -> None:
        self._sessions = sessions
        self._monotonic = monotonic
        self._last: object = None

    async def changed(self, seconds: float) -> bool:
        """Whether something has changed, as soon as it has, or when so many seconds are over. Raises ReconnectNeeded,
        Refused, Unavailable."""
        line = await self._sessions.open()
        try:
            return await self._wait(line, self._monotonic() + seconds)
        except (Cut, Garbled, No) as error:
            raise Unavailable(f"The mail server {self._sessions.server.host} ended the wait.") from error
        finally:
            line.end()

    async def _wait(self, line: Line, until: float) -> bool:
        idles = await self._ask(line, lambda: line.can("IDLE"))
        while not await self._moved(line):
            left = until - self._monotonic()
            if left <= 0:
                return False
            if not idles:
                await asyncio.sleep(min(left, POLL_SECONDS))
            elif await self._idle(line, min(left, AGAIN_SECONDS)):
                await self._moved(line)
                return True
        return True

    async def _moved(self, line: Line) -> bool:
        now = await self._ask(line, lambda: _state(line))
        moved = self._last is not None and now != self._last
        self._last = now
        return moved

    async def _idle(self, line: Line, seconds: float) -> bool:
        """Whether the server tells of a change before so many seconds are over, or says anything else. No thread waits
        meanwhile."""
        await self._ask(line, lambda: line.ask(line.idle))
        if not line.wire.waiting():
            loop, readable = asyncio.get_running_loop(), asyncio.Event()
            loop.add_reader(line.wire.sock.fileno(), readable.set)
            try:
                with suppress(TimeoutError):
                    async with asyncio.timeout(seconds):
                        await readable.wait()
            finally:
                loop.remove_reader(line.wire.sock.fileno())
        _, told = await self._ask(line, lambda: line.ask(line.idle_done))
        return any(each[1:2] in _CHANGES for each in told)

    async def _ask(self, line: Line, work: Callable[[], T]) -> T:
        return await self._sessions.thread(line, work, lambda: None)


def _state(line: Line) -> object:
    """What a change in the inbox changes: what came, went, was read or was marked."""
    selected = line.select(b"INBOX")
    told = line.ask(lambda: line.folder_status(b"INBOX", _STATUS.split()))
    return selected, sorted(told.items())
