"""Request bodies."""

import json
from typing import Any, NoReturn

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import Message, Receive, Scope

from sayso.base.errors import InvalidRequest, TooLarge, UnsupportedMediaType
from sayso.store.types import clean

MAX_BODY = 256 * 1024
MAX_DEPTH = 20
"""Of lists and objects in one another; what is sent here needs five."""


async def read_whole(scope: Scope, receive: Receive) -> Receive:
    """Read the body, whose declared length proves nothing, and hand it on whole.

    Raises TooLarge, UnsupportedMediaType, and what the connection finds wrong with the rest of the request.
    """
    headers = Headers(scope=scope)
    if "content-length" not in headers and "transfer-encoding" not in headers:
        return receive
    if int(headers.get("content-length", "0")) > MAX_BODY:
        raise TooLarge
    chunks: list[bytes] = []
    size, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise InvalidRequest("The body ended before its end.")  # for the log: nobody is there to hear it
        chunks.append(message.get("body", b""))
        size += len(chunks[-1])
        if size > MAX_BODY:
            raise TooLarge
        more = message.get("more_body", False)
    if size and not _is_json(headers):
        raise UnsupportedMediaType
    return _replay(b"".join(chunks), receive)


def _is_json(headers: Headers) -> bool:
    """Whether it is plain JSON in UTF-8: nothing here unpacks or reads another charset (RFC 8259, 8.1)."""
    kind, _, parameters = headers.get("content-type", "").lower().partition(";")
    charset = parameters.partition("charset=")[2].partition(";")[0].strip(' "') or "utf-8"
    packed = headers.get("content-encoding", "identity").strip().lower() != "identity"
    return kind.strip() == "application/json" and charset in ("utf-8", "utf8") and not packed


def _replay(body: bytes, receive: Receive) -> Receive:
    given = False

    async def replay() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay


class JsonRequest(Request):
    """A request whose body is one JSON object, of strings that can be stored."""

    async def json(self) -> dict[str, Any]:
        """Raises InvalidRequest."""
        raw = await self.body()
        try:
            parsed = json.loads(raw, parse_constant=_refuse)
        except (ValueError, RecursionError) as error:
            raise InvalidRequest from error
        if not isinstance(parsed, dict):
            raise InvalidRequest
        if _is_deep(parsed):
            raise InvalidRequest(f"The request cannot be read: it is nested more than {MAX_DEPTH} deep.")
        # Only escapes can bring what no store keeps: NUL and lone surrogates.
        return {clean(key): _cleaned(value) for key, value in parsed.items()} if b"\\u" in raw else parsed


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)  # NaN and Infinity, which Python reads and JSON does not have


def _is_deep(parsed: dict[str, Any]) -> bool:
    level: list[Any] = [parsed]
    for _ in range(MAX_DEPTH):
        inner = [child for holder in level for child in (holder.values() if isinstance(holder, dict) else holder)]
        level = [child for child in inner if isinstance(child, (dict, list))]
    return bool(level)


def _cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, list):
        return [_cleaned(item) for item in value]
    if isinstance(value, dict):
        return {clean(key): _cleaned(item) for key, item in value.items()}
    return value
