"""A small HTTP/1.1 load: keep-alive connections, raw sockets, so that the client costs little."""

import asyncio
import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Measured:
    """Times of all requests in seconds, and the time of the whole run."""

    times: list[float]
    seconds: float

    @property
    def p50_ms(self) -> float:
        return sorted(self.times)[len(self.times) // 2] * 1000

    @property
    def per_second(self) -> float:
        return len(self.times) / self.seconds


def post(port: int, path: str, cookie: str, bodies: Sequence[object], connections: int) -> Measured:
    """Send every body once over that many connections, each to the end of its answer; raises when one is not 200."""
    return asyncio.run(_post(port, path, cookie, iter(bodies), connections))


async def _post(port: int, path: str, cookie: str, bodies: Iterator[object], connections: int) -> Measured:
    times: list[float] = []

    async def client() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for body in bodies:
            data = json.dumps(body).encode()
            head = (
                f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n"
                f"Cookie: session_id={cookie}\r\nContent-Length: {len(data)}\r\n\r\n"
            )
            began = time.perf_counter()
            writer.write(head.encode() + data)
            answer = await reader.readuntil(b"\r\n\r\n")
            lengths = [line for line in answer.lower().split(b"\r\n") if line.startswith(b"content-length:")]
            if lengths:
                told = await reader.readexactly(int(lengths[0].partition(b":")[2]))
            else:  # a stream, up to its last chunk
                told = await reader.readuntil(b"\r\n0\r\n\r\n")
            times.append(time.perf_counter() - began)
            if not answer.startswith(b"HTTP/1.1 200"):
                raise RuntimeError(f"{path}: {answer[:40]!r} {told!r}")
        writer.close()

    began = time.perf_counter()
    await asyncio.gather(*(client() for _ in range(connections)))
    return Measured(times, time.perf_counter() - began)
