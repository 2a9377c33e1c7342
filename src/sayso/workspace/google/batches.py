"""Several reads as one request, and its answers (multipart/mixed of application/http, "Batching requests" of Google's
APIs)."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import quote, urlencode

_BOUNDARY: Final = "batch_sayso"
_NAMED: Final = re.compile(r'boundary\s*=\s*(?:"([^"]{1,200})"|([^\s;"]{1,200}))', re.IGNORECASE)
_CONTENT_ID: Final = re.compile(rb"(?im)^content-id:[ \t]*<?(?:response-)?item-([0-9]{1,4})")
_STATUS: Final = re.compile(rb"HTTP/[0-9.]{1,5} ([0-9]{3})")
_GAP: Final = re.compile(rb"\r?\n\r?\n")


Params = Mapping[str, str | int | bool | Sequence[str] | None]
"""Of a request; what is None is left out."""


def segment(text: str) -> str:
    """A part of a path: an id as it comes, of whatever letters."""
    return quote(text, safe="")


@dataclass(frozen=True, slots=True)
class Asked:
    """A read. `path`: as `Google.get` takes it."""

    path: str
    params: Params = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Part:
    """One of the answers; `headers` in small letters."""

    status: int
    headers: Mapping[str, str]
    content: bytes


def batch_of(asked: Sequence[tuple[str, Sequence[tuple[str, object]]]]) -> tuple[bytes, str]:
    """The body for these paths with their parameters, and its content type."""
    lines: list[str] = []
    for number, (path, params) in enumerate(asked):
        target = f"{path}?{urlencode(list(params))}" if params else path
        head = f"--{_BOUNDARY}\r\nContent-Type: application/http\r\nContent-ID: <item-{number}>\r\n\r\n"
        lines.append(f"{head}GET {target} HTTP/1.1\r\n\r\n\r\n")
    return "".join((*lines, f"--{_BOUNDARY}--\r\n")).encode(), f"multipart/mixed; boundary={_BOUNDARY}"


def parts_in(content_type: str, content: bytes, count: int) -> list[Part | None]:
    """The answers to the first `count` reads, in their order; None: there is none, or none that can be read."""
    found: list[Part | None] = [None] * count
    named = _NAMED.search(content_type)
    if named is None:
        return found
    mark = b"--" + (named[1] or named[2]).encode()
    for piece in content.split(mark)[1:]:
        head, _, inner = _cut(piece)
        number, status = _CONTENT_ID.search(head), _STATUS.match(inner.lstrip())
        if number is None or status is None or int(number[1]) >= count:
            continue
        told, _, body = _cut(inner.lstrip())
        fields = (line.partition(b":") for line in told.splitlines()[1:])
        headers = {name.strip().lower().decode("latin-1"): value.strip().decode("latin-1") for name, _, value in fields}
        found[int(number[1])] = Part(int(status[1]), headers, body.strip())
    return found


def _cut(text: bytes) -> tuple[bytes, bytes, bytes]:
    gap = _GAP.search(text)
    return (text, b"", b"") if gap is None else (text[: gap.start()], gap[0], text[gap.end() :])
