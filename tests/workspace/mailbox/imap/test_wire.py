"""What comes from a server is bounded, in size and in time."""

import socket
from collections.abc import Iterator

import pytest

from sayso.workspace.mailbox import wire
from sayso.workspace.mailbox.wire import TooMuch, Wire

HELLO = b"* OK hello\r\n"


@pytest.fixture
def line(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Wire, socket.socket, list[float]]]:
    """A connection, the server's end of it, and what time it is."""
    monkeypatch.setattr(wire, "LINE_BYTES", 1_000)
    monkeypatch.setattr(wire, "COMMAND_BYTES", 5_000)
    monkeypatch.setattr(Wire, "_get_capabilities", lambda self: setattr(self, "capabilities", ("IMAP4REV1",)))
    now = [0.0]
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(HELLO)
        yield Wire(ours, "x.example", lambda: now[0]), theirs, now


def test_a_line_without_an_end_is_too_much(line: tuple[Wire, socket.socket, list[float]]) -> None:
    here, server, _ = line
    server.sendall(b"x" * 1_500)
    with pytest.raises(TooMuch):
        here.readline()


def test_an_answer_without_an_end_is_too_much(line: tuple[Wire, socket.socket, list[float]]) -> None:
    here, server, _ = line
    server.sendall(b"x" * 10_000)
    with pytest.raises(TooMuch):
        here.read(100_000)


def test_an_answer_that_takes_for_ever_is_too_much(line: tuple[Wire, socket.socket, list[float]]) -> None:
    here, server, now = line
    here.begin()
    server.sendall(b"* OK\r\n")
    assert here.readline() == b"* OK\r\n"
    now[0] = wire.COMMAND_SECONDS + 1
    server.sendall(b"* OK\r\n")
    with pytest.raises(TooMuch):
        here.readline()
    here.begin()
    assert here.readline() == b"* OK\r\n"
