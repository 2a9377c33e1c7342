"""Answers as bytes."""

import json
from datetime import datetime
from typing import Any

from pydantic import BaseModel
from pydantic_core import PydanticSerializationError
from starlette.responses import Response


def answer(body: BaseModel, status: int = 200) -> Response:
    """The model as JSON. Built here, not by FastAPI, which would validate our own data once more."""
    try:
        content = body.__pydantic_serializer__.to_json(body)
    except PydanticSerializationError:  # a lone surrogate, from a model or an import: escaped, it travels
        content = dump(body.model_dump())
    return Response(content, status, media_type="application/json")


def dump(body: dict[str, Any]) -> bytes:
    """JSON in ASCII: escapes carry every string, lone surrogates too."""
    return json.dumps(body, default=_encode, separators=(",", ":")).encode("ascii")


def _encode(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no JSON form")
