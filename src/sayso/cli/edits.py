"""What `/edit` means: arguments typed as `name=value`."""

import json
import shlex

from sayso.cli.client import Json


def arguments(text: str, current: Json) -> Json:
    """Read `name=value name='longer value'` into arguments, each of the kind that it has now. Raises ValueError."""
    edits: Json = {}
    for part in shlex.split(text):
        name, equals, value = part.partition("=")
        if not equals or not name:
            raise ValueError(f"Write {part!r} as name=value.")
        edits[name] = _like(value, current.get(name))
    if not edits:
        raise ValueError("Say what to change, such as start=4pm.")
    return edits


def _like(value: str, current: object) -> object:
    if isinstance(current, list) and not value.startswith("["):
        return [item.strip() for item in value.split(",") if item.strip()]
    if isinstance(current, bool | int | float | list) or value == "null":
        return json.loads(value)
    return value
