"""The bytes of one connection to an IMAP server, bounded in size and time, whatever the server sends."""

import imaplib
import socket
import ssl
from collections.abc import Callable
from typing import Any, Final

SECONDS: Final = 20.0
"""That a server may be silent."""
COMMAND_SECONDS: Final = 300.0
"""That one command may take in all, so that no server holds a thread by a byte now and then."""
COMMAND_BYTES: Final = 96 * 2**20
"""That may come as the answer to one command."""
LINE_BYTES: Final = 1_000_000


class TooMuch(Exception):
    """The server says more, or takes longer, than any answer needs."""


class _Incoming:
    """What comes from a socket, counted. Raises OSError, and EOFError where it has ended."""

    def __init__(self, sock: socket.socket, monotonic: Callable[[], float]) -> None:
        self._sock = sock
        self._monotonic = monotonic
        self._held = bytearray()
        self.begin()

    def begin(self) -> None:
        self._left, self._until = COMMAND_BYTES, self._monotonic() + COMMAND_SECONDS

    def __len__(self) -> int:
        return len(self._held)

    def line(self) -> bytes:
        looked = 0
        while (end := self._held.find(b"\n", looked)) < 0:
            looked = len(self._held)
            if looked > LINE_BYTES:
                raise TooMuch("a line is too long")
            self._more(65536)
        return self._taken(end + 1)

    def exactly(self, size: int) -> bytes:
        while len(self._held) < size:
            self._more(max(65536, min(size - len(self._held), 2**20)))
        return self._taken(size)

    def _taken(self, size: int) -> bytes:
        content = bytes(self._held[:size])
        del self._held[:size]
        return content

    def _more(self, size: int) -> None:
        if self._left <= 0 or self._monotonic() > self._until:
            raise TooMuch("the answer is too long")
        piece = self._sock.recv(size)
        if not piece:
            raise EOFError
        self._left -= len(piece)
        self._held += piece


class Wire(imaplib.IMAP4):
    """Speaks over a socket that is given, connected and blocking.

    `unsent`: the last command did not leave whole, so that the server cannot have carried it out.
    """

    def __init__(self, sock: socket.socket, host: str, monotonic: Callable[[], float]) -> None:
        self._given = sock
        self._name = host
        self._monotonic = monotonic
        self.unsent = False
        super().__init__()

    def open(self, host: str = "", port: int = 0, timeout: float | None = None) -> None:
        self._use(self._given)

    def _use(self, sock: socket.socket) -> None:
        sock.settimeout(SECONDS)
        self.sock = sock
        self._incoming = _Incoming(sock, self._monotonic)

    def encrypt(self, tls: ssl.SSLContext) -> None:
        """STARTTLS (RFC 9051, 6.2.1). What came before the encryption began counts for nothing."""
        answer, _ = self._simple_command("STARTTLS")
        if answer != "OK":
            raise self.abort("the server does not begin to encrypt")
        self._use(tls.wrap_socket(self.sock, server_hostname=self._name))
        self.untagged_responses.clear()
        self._get_capabilities()

    def begin(self) -> None:
        """The bounds are those of a new command."""
        self.unsent = False
        self._incoming.begin()

    def waiting(self) -> bool:
        """Whether something has come that was not read."""
        return len(self._incoming) > 0 or (isinstance(self.sock, ssl.SSLSocket) and self.sock.pending() > 0)

    def read(self, size: int) -> bytes:
        try:
            return self._incoming.exactly(size)
        except EOFError:
            raise self.abort("socket error: EOF") from None

    def readline(self) -> bytes:
        try:
            return self._incoming.line()
        except EOFError:
            raise self.abort("socket error: EOF") from None

    def send(self, data: Any) -> None:
        self.unsent = True  # until all of it, with the end of its line, has left
        self.sock.sendall(data)
        self.unsent = False

    def shutdown(self) -> None:
        self.sock.close()
