"""Big tool results, cut for the model: long texts first, then the ends of long lists, each with a note that says so."""

import json
from collections.abc import Sequence
from typing import Any

MOST = 12_000
"""Characters of JSON of one result that a model is given at once: about 3,000 tokens."""
PAGE = 8_000
NOTE = 150  # characters that a note may take: a text is not cut to save less


def cut(result: Any, most: int = MOST, handle: str | None = "") -> Any:
    """The result, or a copy of at most about `most` characters of JSON.

    `handle`: what `read_more` knows the result by; None when it cannot be read any further.
    """
    if _size(result) <= most:
        return result
    shorter = result
    for text, items in ((most // 4, most), (most // 6, most // 200), (most // 12, most // 400), (200, 10), (100, 3)):
        shorter = _cut(result, text, items, handle, "")
        if _size(shorter) <= most:
            break
    return shorter


def page(result: Any, field: str, start: int) -> dict[str, Any]:
    """More of a field of a result, from a character or item on. Raises LookupError when there is no such field."""
    value = result
    for name in filter(None, field.split(".")):
        if isinstance(value, dict):
            value = value[name]
        elif isinstance(value, list) and name.isdigit():
            value = value[int(name)]
        else:
            raise LookupError(field)
    if isinstance(value, list):
        return _items(value, start)
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    more = len(text) - start - PAGE
    return {"text": text[start : start + PAGE], "left": max(more, 0), "next": start + PAGE if more > 0 else None}


def _items(value: Sequence[Any], start: int) -> dict[str, Any]:
    shown: list[Any] = []
    for item in value[start:]:
        if shown and _size([*shown, item]) > PAGE:
            break
        shown.append(item)
    end = start + len(shown)
    return {"items": cut(shown, PAGE * 2, None), "left": len(value) - end, "next": end if end < len(value) else None}


def _size(value: Any) -> int:
    return len(json.dumps(value, ensure_ascii=False, default=str))


def _cut(value: Any, text: int, items: int, handle: str | None, path: str) -> Any:
    """`value` with texts of at most about so many characters and lists of so many items."""
    if isinstance(value, str) and len(value) > text + NOTE:
        return f"{value[:text]}… [cut: {len(value) - text} more characters{_how(handle, path, text)}]"
    if isinstance(value, dict):
        return {key: _cut(item, text, items, handle, _at(path, key)) for key, item in value.items()}
    if isinstance(value, list):
        kept = [_cut(item, text, items, handle, _at(path, index)) for index, item in enumerate(value[:items])]
        more = len(value) - items
        return [*kept, f"[cut: {more} more items{_how(handle, path, items)}]"] if more > 0 else kept
    return value


def _at(path: str, name: object) -> str:
    return f"{path}.{name}" if path else str(name)


def _how(handle: str | None, path: str, start: int) -> str:
    return "" if handle is None else f'; read_more(result="{handle}", field="{path}", start={start})'
