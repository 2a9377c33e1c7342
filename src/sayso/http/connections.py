"""How much a connection may send and how long it may take, and how many there may be."""

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Protocol

from sayso.base.errors import Busy, RateLimited, SaysoError
from sayso.http.address import Networks, counted_as, is_loopback
from sayso.http.body import MAX_BODY
from sayso.http.errors import RETRY_SECONDS


@dataclass(frozen=True, slots=True)
class Bounds:
    """Of one process. Bytes are counted as they come, so a bound may be passed by what one read brings."""

    target_bytes: int = 8 * 1024  # of the path with its query; what RFC 9112, 3 recommends to take at least
    head_bytes: int = 32 * 1024
    headers: int = 100
    body_bytes: int = 8 * MAX_BODY  # with what chunks and trailers add; the body itself is measured by who reads it
    pipelined: int = 32  # requests that wait for the answer to an earlier one
    head_seconds: float = 20
    body_seconds: float = 30
    idle_seconds: float = 75  # between two requests; longer than reverse proxies keep a connection, which is 60
    reader_seconds: float = 60  # in which a client that is sent something must take `reader_bytes` of it
    reader_bytes: int = 64 * 1024
    linger_seconds: float = 5  # for a client that still sends what is not read any more
    connections: int = 1000
    per_address: int = 200  # 0: as many as there are
    proxies: tuple[str, ...] = ()  # whose connections are not counted as one client's


class Peer(Hashable, Protocol):
    def drop(self) -> None:
        """End the connection at once."""


class Connections:
    """The open connections. For one too many, that which has been idle longest makes room, so silence shuts no door."""

    def __init__(self, bounds: Bounds) -> None:
        self._bounds = bounds
        self._proxies = Networks(bounds.proxies)
        self._open: dict[Peer, str] = {}
        self._idle: OrderedDict[Peer, None] = OrderedDict()  # a dict finds its first slowly when many before it went
        self._of_address: dict[str, dict[Peer, None]] = {}

    def enter(self, peer: Peer, host: str) -> SaysoError | None:
        """Count it in; why there is no room for it, if there is none."""
        address = "" if host in self._proxies else counted_as(host)
        self._open[peer] = address
        own = self._of_address.setdefault(address, {})
        own[peer] = None
        most = self._bounds.per_address
        if most and address and not self._room(own, most):
            message = f"{most} connections from your address are open already; close some."
            if is_loopback(host):
                message += " If they are a reverse proxy's, name its address in SAYSO_TRUSTED_PROXIES."
            return RateLimited(message, retry_after=RETRY_SECONDS)
        return None if self._room(self._open, self._bounds.connections) else Busy()

    def leave(self, peer: Peer) -> None:
        self._idle.pop(peer, None)
        address = self._open.pop(peer, None)
        if address is not None and (own := self._of_address.get(address)):
            own.pop(peer, None)
            if not own:
                del self._of_address[address]

    def idle(self, peer: Peer, is_idle: bool) -> None:
        """Nothing is done for this connection right now, or something is."""
        if not is_idle:
            self._idle.pop(peer, None)
        elif peer in self._open:
            self._idle.setdefault(peer)

    def _room(self, among: dict[Peer, str] | dict[Peer, None], most: int) -> bool:
        while len(among) > most:
            # The total is looked through in the order of idleness, an address's few in the order in which they came.
            oldest = next(iter(self._idle) if among is self._open else (p for p in among if p in self._idle), None)
            if oldest is None:
                return False
            self.leave(oldest)
            oldest.drop()
        return True
