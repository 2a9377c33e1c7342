"""Answers as bytes."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import is_dataclass
from datetime import datetime

from pydantic import BaseModel
from pydantic_core import PydanticSerializationError, to_jsonable_python
from starlette.responses import Response


def answer(body: BaseModel, status: int = 200) -> Response:
    """The model as JSON. Built here, not by FastAPI, which would validate our own data once more."""
    try:
        content = body.__pydantic_serializer__.to_json(body)
    except PydanticSerializationError:  # a lone surrogate, from a model or an import: escaped, it travels
        content = dump(body.model_dump())
    return Response(content, status, media_type="application/json")


def beginning(media_type: str, headers: Mapping[str, str]) -> Response:
    """The answer to HEAD where the body of GET, and so its length, is not known."""
    response = Response(headers=headers, media_type=media_type)
    del response.headers["Content-Length"]
    return response


def pieces(body: object) -> Iterator[bytes]:
    """`dump`, piece by piece; an iterator becomes a list, of which one item is held at a time."""
    if isinstance(body, Iterator):
        begin = b"["
        for item in body:
            yield begin
            yield from pieces(item)
            begin = b","
        yield b"[]" if begin == b"[" else b"]"
    elif isinstance(body, dict) and any(isinstance(value, Iterator | dict) for value in body.values()):
        begin = b"{"
        for key, value in body.items():
            yield begin + dump(key) + b":"
            yield from pieces(value)
            begin = b","
        yield b"}"
    else:
        yield dump(body)


def dump(body: object) -> bytes:
    """JSON in ASCII: escapes carry every string, lone surrogates too."""
    return json.dumps(body, default=_encode, separators=(",", ":")).encode("ascii")


def _encode(value: object) -> object:
    if is_dataclass(value):
        return to_jsonable_python(value)
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no JSON form")
