"""A line to any server on loopback that breaks where a test says: a TCP proxy that knows no protocol.

A rule waits for a pattern in what one side says and then does something, once. Rules are met in any order; a pattern is
found wherever its bytes are cut.
"""

import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Literal

Side = Literal["client", "server"]
Action = Literal["cut_before", "cut_after", "hold", "swallow", "twice"]
SECONDS = 60.0
"""Far more than any test holds a line."""


@dataclass(eq=False)
class Rule:
    """`reached` is set when the pattern has come; `release` lets a held line go on."""

    side: Side
    pattern: re.Pattern[bytes]
    action: Action
    reached: threading.Event = field(default_factory=threading.Event)
    release: threading.Event = field(default_factory=threading.Event)


@dataclass
class Line:
    """Listens at `port`. `rules` may be added at any time. `refuse`: whoever comes from now on is cut off at once."""

    to: tuple[str, int]
    port: int = 0
    rules: list[Rule] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)
    open: set[socket.socket] = field(default_factory=set)
    connections: int = 0
    refuse: bool = False

    def cut_before(self, side: Side, pattern: bytes) -> Rule:
        """The line ends just before these bytes."""
        return self._add(side, pattern, "cut_before")

    def cut_after(self, side: Side, pattern: bytes) -> Rule:
        """The line ends when these bytes have been passed on."""
        return self._add(side, pattern, "cut_after")

    def hold(self, side: Side, pattern: bytes) -> Rule:
        """These bytes and what comes behind them wait for `release`."""
        return self._add(side, pattern, "hold")

    def swallow(self, pattern: bytes) -> Rule:
        """What the client says is passed on; the server's next words are not, and the line ends with them."""
        return self._add("client", pattern, "swallow")

    def twice(self, pattern: bytes) -> Rule:
        """The server says it twice."""
        return self._add("server", pattern, "twice")

    def cut_after_bytes(self, side: Side, count: int) -> Rule:
        """The line ends when so many bytes of one side have been passed on."""
        return self._add(side, b"(?s)\\A.{%d}" % count, "cut_after")

    def cut(self) -> None:
        """All lines end now."""
        with self.lock:
            ends = list(self.open)
        for end in ends:
            _close(end)

    def _add(self, side: Side, pattern: bytes, action: Action) -> Rule:
        rule = Rule(side, re.compile(pattern), action)
        with self.lock:
            self.rules.append(rule)
        return rule

    def take(self, side: Side, said: bytes, begin: int) -> tuple[Rule, re.Match[bytes]] | None:
        """The rule whose pattern ends first behind `begin`, which is used up by that."""
        with self.lock:
            met = [(rule, found) for rule in self.rules if rule.side == side and (found := rule.pattern.search(said))]
            met = [(rule, found) for rule, found in met if found.end() > begin]
            if not met:
                return None
            first = min(met, key=lambda each: each[1].end())
            self.rules.remove(first[0])
            return first


class _Pair:
    """One connection: both ends, each read by a thread of its own."""

    def __init__(self, line: Line, client: socket.socket, server: socket.socket) -> None:
        self._line = line
        self._ends: dict[Side, socket.socket] = {"client": client, "server": server}
        self._swallowing = threading.Event()

    def run(self) -> None:
        other = threading.Thread(target=self._pump, args=("server",), daemon=True)
        other.start()
        self._pump("client")
        other.join()
        for end in self._ends.values():
            end.close()
        with self._line.lock:
            self._line.open.difference_update(self._ends.values())

    def _pump(self, side: Side) -> None:
        """Pass on what one side says. `said`: all of it up to now, of which `done` bytes are passed on."""
        source, target = self._ends[side], self._ends["server" if side == "client" else "client"]
        said, done = b"", 0
        with suppress(OSError):
            while chunk := source.recv(65536):
                if side == "server" and self._swallowing.is_set():
                    break
                said += chunk
                while taken := self._line.take(side, said, done):
                    rule, found = taken
                    stop = max(done, found.start() if rule.action in ("cut_before", "hold") else found.end())
                    if rule.action == "swallow":
                        self._swallowing.set()
                    target.sendall(said[done:stop])
                    done = stop
                    rule.reached.set()
                    if rule.action in ("cut_before", "cut_after"):
                        return self._cut()
                    if rule.action == "hold":
                        rule.release.wait(SECONDS)
                        target.sendall(said[done : found.end()])
                        done = max(done, found.end())
                    if rule.action == "twice":
                        target.sendall(found[0])
                target.sendall(said[done:])
                done = len(said)
        return self._cut()

    def _cut(self) -> None:
        for end in self._ends.values():
            _close(end)


def _close(end: socket.socket) -> None:
    with suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)


@contextmanager
def faulty_line(port: int, host: str = "127.0.0.1") -> Iterator[Line]:
    """A line to this server."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        line = Line((host, port), listener.getsockname()[1])
        pairs: list[threading.Thread] = []

        def accept() -> None:
            with suppress(OSError):
                while True:
                    client, _ = listener.accept()
                    try:
                        server = socket.create_connection(line.to) if not line.refuse else None
                    except OSError:
                        server = None
                    if server is None:
                        client.close()
                        continue
                    with line.lock:
                        line.connections += 1
                        line.open |= {client, server}
                    pairs.append(threading.Thread(target=_Pair(line, client, server).run, daemon=True))
                    pairs[-1].start()

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        try:
            yield line
        finally:
            _close(listener)
            thread.join(20)
            line.cut()
            for pair in pairs:
                pair.join(20)
