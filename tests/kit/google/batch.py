"""Several calls in one request (guides "Send batch requests"): each within the contract, each with its own status."""

from dataclasses import dataclass
from typing import Any

from tests.kit.google.contract import Asked
from tests.kit.google.uploads import Unreadable, parts_of

MOST = 100
"""Gmail's and People's limit."""
BOUNDARY = "batch_of_the_fake"


@dataclass(frozen=True)
class Inner:
    """One call of the batch."""

    asked: Asked
    content_id: str | None


def calls_of(asked: Asked) -> list[Inner]:
    """Raises Unreadable."""
    kind = asked.headers.get("content-type", "")
    if not kind.lower().startswith("multipart/mixed"):
        raise Unreadable(f"Content-Type {kind!r} where multipart/mixed is meant")
    parts = parts_of(kind, asked.content)
    if not parts or len(parts) > MOST:
        raise Unreadable(f"a batch of {len(parts)} calls, {MOST} are allowed")
    return [_call_of(headers, content, asked.headers) for headers, content in parts]


def _call_of(headers: dict[str, str], content: bytes, outer: dict[str, str]) -> Inner:
    if headers.get("content-type", "").partition(";")[0].strip().lower() != "application/http":
        raise Unreadable(f"a part with Content-Type {headers.get('content-type')!r}")
    head, _, body = content.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    words = first.split(" ")
    if len(words) not in (2, 3) or not words[1].startswith("/"):
        raise Unreadable(f"a part that begins with {first!r}")
    path, _, query = words[1].partition("?")
    pairs = (line.partition(":") for line in lines if line)
    inner = {name.strip().lower(): value.strip() for name, _, value in pairs}
    if "authorization" in outer:
        inner.setdefault("authorization", outer["authorization"])
    length = inner.get("content-length")
    body = body[: int(length)] if length else body.removesuffix(b"\r\n")
    return Inner(Asked(words[0], path, query, inner, body, batched=True), headers.get("content-id"))


def told(answers: "list[tuple[Inner, int, str, dict[str, str], bytes]]") -> tuple[dict[str, str], bytes]:
    """Headers and body of the whole. Of each call: status, its words, headers, content."""
    pieces: list[Any] = []
    for inner, status, words, headers, content in answers:
        pieces += [f"--{BOUNDARY}", "Content-Type: application/http"]
        if inner.content_id:
            name = inner.content_id.strip("<>")
            pieces.append(f"Content-ID: <response-{name}>")
        pieces += ["", f"HTTP/1.1 {status} {words}", *(f"{name}: {value}" for name, value in headers.items())]
        pieces += [f"Content-Length: {len(content)}", "", content]
    pieces += [f"--{BOUNDARY}--", ""]
    body = b"\r\n".join(each if isinstance(each, bytes) else each.encode() for each in pieces)
    return {"Content-Type": f"multipart/mixed; boundary={BOUNDARY}"}, body
