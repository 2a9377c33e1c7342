"""Tools' schemas as a model is sent them, without what tells it nothing; arguments are checked by the whole ones."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

_SILENT: Final = frozenset(
    {"title", "examples", "additionalProperties", "minLength", "maxLength", "minItems", "maxItems", "$defs"}
)
"""What the errors say when it matters, and what the names say already."""
_REF: Final = "#/$defs/"


def plain(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The schema without titles, lengths, nulls, empty defaults, and definitions that are used once.

    Types, enums, descriptions, ranges, what is required and telling defaults stay.
    """
    defined: Mapping[str, Any] = schema.get("$defs", {})
    used = [*_references(schema)]
    once = {name: each for name, each in defined.items() if used.count(name) == 1}
    found = _plain(schema, once)
    kept = {name: _plain(each, once) for name, each in defined.items() if name not in once}
    return found | ({"$defs": kept} if kept else {})


def _plain(schema: Mapping[str, Any], once: Mapping[str, Any]) -> dict[str, Any]:
    reference = str(schema.get("$ref", "")).removeprefix(_REF)
    if reference in once:
        return _plain(once[reference], once) | _plain({k: v for k, v in schema.items() if k != "$ref"}, once)
    found: dict[str, Any] = {}
    for key, value in schema.items():
        if key in _SILENT or (key == "default" and not value):
            continue
        if key == "properties":
            found[key] = {name: _plain(each, once) for name, each in value.items()}
        elif key == "anyOf":
            some = [_plain(each, once) for each in value if each != {"type": "null"}]
            found |= some[0] if len(some) == 1 else {key: some}
        else:
            found[key] = _plain(value, once) if isinstance(value, dict) else value
    return found


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        if isinstance(reference := value.get("$ref"), str):
            yield reference.removeprefix(_REF)
        value = [*value.values()]
    if isinstance(value, list):
        for each in value:
            yield from _references(each)
