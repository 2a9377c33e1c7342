"""The query parameter `fields`: a partial response (guide "Improve performance", the syntax of `fields`)."""

import re
from typing import Any

from tests.kit.google.documents import Document

Json = dict[str, Any]
Mask = dict[str, "Mask"]
"""Names to what is wanted of each; an empty one wants all of it."""

TOKEN = re.compile(r"[^(),/]+|[(),/]")


def parse_mask(text: str) -> Mask:
    """Read `a,b/c,d(e,f/g)`. Raises ValueError for anything else."""
    tokens = TOKEN.findall(text)
    mask = _selection(tokens)
    if tokens:
        raise ValueError(f"fields: {text!r}: not understood from {tokens[0]!r} on")
    return mask


def _selection(tokens: list[str]) -> Mask:
    mask: Mask = {}
    while True:
        _path(tokens, mask)
        if not tokens or tokens[0] != ",":
            return mask
        tokens.pop(0)


def _path(tokens: list[str], mask: Mask) -> None:
    if not tokens or not re.fullmatch(r"\*|[\w@$.-]+", tokens[0]):
        raise ValueError(f"fields: a name is missing before {''.join(tokens)!r}")
    name = tokens.pop(0)
    whole = name in mask and not mask[name]
    below = mask.setdefault(name, {})
    if tokens and tokens[0] == "/":
        tokens.pop(0)
        _path(tokens, below)
    elif tokens and tokens[0] == "(":
        tokens.pop(0)
        below |= _selection(tokens)
        if not tokens or tokens.pop(0) != ")":
            raise ValueError("fields: a bracket is not closed")
    else:
        whole = True
    if whole:
        mask[name] = {}


def unknown_paths(document: Document, schema: Json, mask: Mask, where: str = "") -> list[str]:
    """Which paths of the mask the schema does not have."""
    schema = _within(document, schema)
    if schema.get("type") == "any":
        return []
    known, others = schema.get("properties", {}), schema.get("additionalProperties")
    wrong = []
    for name, below in mask.items():
        if name == "*":
            wrong += [] if not below else [f"{where}*/…"]
        elif (of := known.get(name, others)) is None:
            wrong.append(where + name)
        else:
            wrong += unknown_paths(document, of, below, f"{where}{name}/")
    return wrong


def _within(document: Document, schema: Json) -> Json:
    """The schema itself, or that of the items of its lists."""
    while "$ref" in schema or schema.get("type") == "array":
        schema = document.schemas[schema["$ref"]] if "$ref" in schema else schema["items"]
    return schema


def masked(value: Any, mask: Mask) -> Any:
    """What of the value the mask wants."""
    if not mask or "*" in mask:
        return value
    if isinstance(value, list):
        return [masked(each, mask) for each in value]
    if not isinstance(value, dict):
        return value
    return {name: masked(each, mask[name]) for name, each in value.items() if name in mask}
