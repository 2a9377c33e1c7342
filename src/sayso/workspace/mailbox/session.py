"""The connections of one account: three at most, kept for a minute, each used by one piece of work at a time."""

import asyncio
import ssl
from collections.abc import Callable
from concurrent.futures import Executor
from typing import Final, TypeVar

from sayso.workspace.connected.access import Access, SignIn
from sayso.workspace.connected.reaching import MailServer, Reach
from sayso.workspace.errors import Refused, Unavailable, Uncertain
from sayso.workspace.mailbox.line import Cut, Garbled, Line, No, opened
from sayso.workspace.mailbox.signing import sign_in

T = TypeVar("T")

AT_ONCE: Final = 3
IDLE_SECONDS: Final = 60.0
_LATER: Final = ("UNAVAILABLE", "INUSE", "LIMIT", "SERVERBUG", "THROTTLED")
"""Response codes (RFC 9051, 7.1) of what may go well another time."""


class Sessions:
    def __init__(
        self, server: MailServer, access: Access, reach: Reach, executor: Executor, monotonic: Callable[[], float]
    ) -> None:
        self.server = server
        self._access = access
        self._reach = reach
        self._executor = executor
        self._monotonic = monotonic
        self._free: list[Line] = []
        self._places = asyncio.Semaphore(AT_ONCE)
        self._sweep: asyncio.TimerHandle | None = None

    async def run(self, work: Callable[[Line], T], *, change: bool = False) -> T:
        """What `work` answers, in a thread, with a connection of its own for as long. It begins by selecting a folder.

        A read whose connection breaks is done once more, and so is a change of which no command has left. Raises
        Unavailable; ReconnectNeeded; of a change Refused, where the server says no, and Uncertain where its answer is
        lost or it was done in part; and what `work` raises.
        """
        try:
            return await self._once(work, change)
        except Cut:
            self._drop_free()
        try:
            return await self._once(work, change)
        except Cut as error:
            raise Unavailable(f"The mail server {self.server.host} does not answer right now.") from error

    async def _once(self, work: Callable[[Line], T], change: bool) -> T:
        """Raises Cut where it can be done once more."""
        await self._places.acquire()
        try:
            line = self._kept() or await self.open()
        except BaseException:
            self._places.release()
            raise
        line.changed, line.may_change = False, change
        try:
            answer = await self.thread(line, lambda: work(line), lambda: self._back(line))
        except (Cut, Garbled, No) as error:
            raise self._meant(error, line, change) from error
        return answer

    def _meant(self, error: Exception, line: Line, change: bool) -> Exception:
        host = self.server.host
        if line.changed:
            return Uncertain(f"The mail server {host} did not say whether all of it is done.")
        if isinstance(error, Cut):
            return error
        if isinstance(error, Garbled):
            return Unavailable(f"The mail server {host} answers what cannot be understood.")
        assert isinstance(error, No)
        if error.code == "BADCHARSET":
            return Refused(f"{host} cannot look for letters beyond ASCII: leave them out of the search.")
        if change and error.code not in _LATER:
            return Refused(f"The mail server {host} does not do this: {error.text}")
        return Unavailable(f"The mail server {host} does not do this right now: {error.text}")

    async def thread(self, line: Line, work: Callable[[], T], after: Callable[[], None]) -> T:
        """What `work` answers, in a thread; then `after`, in this one. When the waiting task is cancelled the
        connection is cut and belongs to the thread until that has noticed."""
        loop = asyncio.get_running_loop()
        future = loop.run_in_executor(self._executor, work)

        def ended(done: asyncio.Future[T]) -> None:
            if not done.cancelled():
                done.exception()
            after()

        future.add_done_callback(ended)
        try:
            return await asyncio.shield(future)
        except asyncio.CancelledError:
            line.cut()
            raise

    async def open(self) -> Line:
        """A connection that is signed in, and for its caller to end. Raises ReconnectNeeded, Refused, Unavailable."""
        failed = 0

        async def send(by: SignIn) -> Line:
            nonlocal failed
            failed += 1
            return await self._open(by, again=failed > 1)

        return await self._access.use(send)

    async def _open(self, by: SignIn, again: bool) -> Line:
        host, how = self.server.host, self.server.tls
        sock = await self._reach.connect(host, self.server.port, how)
        loop = asyncio.get_running_loop()

        def work() -> Line:
            line = opened(sock, host, how, self._reach.tls, self._monotonic)
            try:
                sign_in(line, by, again)
            except BaseException:
                line.end()
                raise
            return line

        future = loop.run_in_executor(self._executor, work)
        try:
            return await asyncio.shield(future)
        except asyncio.CancelledError:
            future.add_done_callback(_end_opened)
            raise
        except ssl.SSLCertVerificationError as error:
            raise Refused(f"{host} could not prove that it is {host}: its certificate does not verify.") from error
        except No as error:
            if how == "starttls" and error.text == "there is no encryption":
                raise Refused(f"{host} offers no encryption at port {self.server.port}.") from error
            raise Unavailable(f"The mail server {host} does not let anybody in right now: {error.text}") from error
        except (Cut, Garbled, OSError) as error:
            raise Unavailable(f"The mail server {host} does not answer as one.") from error

    def _kept(self) -> Line | None:
        self._sweep_now()
        return self._free.pop() if self._free else None

    def _back(self, line: Line) -> None:
        self._places.release()
        if line.spoilt:
            line.end()
            return
        line.used = self._monotonic()
        self._free.append(line)
        if self._sweep is None:
            self._sweep = asyncio.get_running_loop().call_later(IDLE_SECONDS, self._sweep_later)

    def _sweep_later(self) -> None:
        self._sweep = None
        self._sweep_now()
        if self._free:
            self._sweep = asyncio.get_running_loop().call_later(IDLE_SECONDS, self._sweep_later)

    def _sweep_now(self) -> None:
        old = [line for line in self._free if self._monotonic() - line.used >= IDLE_SECONDS]
        self._free = [line for line in self._free if line not in old]
        for line in old:
            line.end()

    def _drop_free(self) -> None:
        """Where one connection broke the others did so as well."""
        for line in self._free:
            line.end()
        self._free.clear()

    async def close(self) -> None:
        """Close what is not in use."""
        if self._sweep is not None:
            self._sweep.cancel()
            self._sweep = None
        self._drop_free()


def _end_opened(done: "asyncio.Future[Line]") -> None:
    if not done.cancelled() and done.exception() is None:
        done.result().end()
