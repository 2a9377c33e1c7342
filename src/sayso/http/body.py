"""Request bodies."""

import json
from typing import Any, NoReturn

from starlette.requests import Request

from sayso.base.errors import InvalidRequest
from sayso.store.types import clean


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
        # Only escapes can bring what no store keeps: NUL and lone surrogates.
        return {clean(key): _cleaned(value) for key, value in parsed.items()} if b"\\u" in raw else parsed


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)  # NaN and Infinity, which Python reads and JSON does not have


def _cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, list):
        return [_cleaned(item) for item in value]
    if isinstance(value, dict):
        return {clean(key): _cleaned(item) for key, item in value.items()}
    return value
