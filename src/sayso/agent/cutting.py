"""Big tool results, cut for the model: long texts first, then the ends of long lists, each with a note that says so."""

import json
from collections.abc import Callable, Sequence
from typing import Any

from sayso.tools.own_words import own_words

Size = Callable[[Any], int]

MOST = 12_000
"""Characters of JSON of one result that a model is given at once: about 3,000 tokens."""
PAGE = 8_000
SHORTEST = 200  # characters that are left of a text before items of lists are left out
NOTE = 150  # characters that a note may take: a text is not cut to save less


def cut(result: Any, most: int = MOST, handle: str | None = "", size: Size | None = None) -> Any:
    """The result, or a copy of at most about `most` characters: its texts are shortened, then its lists to as many
    items as there is room for.

    `handle`: what `read_more` knows the result by; None when it cannot be read any further. `size`: how many characters
    a result comes to, else those of its JSON.
    """
    size = size or _size
    if size(result) <= most:
        return result
    longer = () if handle is None else (most * 3 // 4, most // 2)  # what was done is told in fewer words
    for text in (*longer, most // 4, most // 12, most // 30, SHORTEST):
        shorter = _cut(result, text, most, handle, "")
        if size(shorter) <= most:
            return shorter

    def with_items(items: int) -> Any:
        return _cut(result, SHORTEST, items, handle, "")

    return with_items(_as_many(lambda items: size(with_items(items)) <= most, _longest(result)))


def without_history(result: dict[str, Any], handle: str) -> dict[str, Any]:
    """A copy in which messages are given without what stands below their senders' own words, where that is much."""
    message, others = result.get("message"), result.get("conversation")
    shorter = dict(result)
    if isinstance(message, dict):
        shorter["message"] = _own(message, handle, "message.body")
    if isinstance(others, list):
        shorter["conversation"] = [
            _own(each, handle, f"conversation.{index}.body") if isinstance(each, dict) else each
            for index, each in enumerate(others)
        ]
    return shorter


def _own(message: dict[str, Any], handle: str, field: str) -> dict[str, Any]:
    if not isinstance(body := message.get("body"), str):
        return message
    text, left = own_words(body, str(message.get("subject", "")))
    if left <= NOTE:
        return message
    told = f"{left} characters of quoted history, signature and footer{_how(handle, field, 0)}"
    return message | {"left_out": told, "body": text}


def page(result: Any, field: str, start: int, size: Size | None = None) -> dict[str, Any]:
    """More of a field of a result, from a character or item on; below 0, counted from the end. `size` as for `cut`.
    Raises LookupError when there is no such field."""
    value = result
    for name in filter(None, field.split(".")):
        if isinstance(value, dict):
            value = value[name]
        elif isinstance(value, list) and name.isdigit():
            value = value[int(name)]
        else:
            raise LookupError(field)
    if isinstance(value, list):
        return _items(value, start if start >= 0 else max(len(value) + start, 0), size or _size)
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    start = start if start >= 0 else max(len(text) + start, 0)
    more = len(text) - start - PAGE
    return {"text": text[start : start + PAGE], "left": max(more, 0), "next": start + PAGE if more > 0 else None}


def _items(value: Sequence[Any], start: int, size: Size) -> dict[str, Any]:
    def long(items: Any) -> int:
        return size({"items": items})

    left = value[start:]
    shown = left[: _as_many(lambda items: long(left[:items]) <= PAGE, len(left))]
    end = start + len(shown)
    return {
        "items": cut(shown, PAGE * 2, None, long),
        "left": len(value) - end,
        "next": end if end < len(value) else None,
    }


def _as_many(fits: Callable[[int], bool], most: int) -> int:
    """The largest number up to `most` that fits; 1 at least."""
    fewest, too_many = 1, most + 1
    while too_many - fewest > 1:
        number = (fewest + too_many) // 2
        fewest, too_many = (number, too_many) if fits(number) else (fewest, number)
    return fewest


def _size(value: Any) -> int:
    return len(json.dumps(value, ensure_ascii=False, default=str))


def _longest(value: Any) -> int:
    """The number of items of the longest list in it."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return max((len(value) if isinstance(value, list) else 0, *map(_longest, inner)))


def _cut(value: Any, text: int, items: int, handle: str | None, path: str) -> Any:
    """`value` with texts of at most about so many characters and lists of so many items."""
    if isinstance(value, str) and len(value) > text + NOTE:
        end = "" if handle is None else f", or start={-text} for the end"
        return f"{value[:text]}… [cut: {len(value) - text} more characters{_how(handle, path, text)}{end}]"
    if isinstance(value, dict):
        shorter = {key: _cut(item, text, items, handle, _at(path, key)) for key, item in value.items()}
        if any(isinstance(item, list) and len(item) > items for item in value.values()):
            shorter |= {"truncated": True} if "truncated" in value else {}
        return shorter
    if isinstance(value, list):
        kept = [_cut(item, text, items, handle, _at(path, index)) for index, item in enumerate(value[:items])]
        more = len(value) - items
        return [*kept, f"[cut: {more} more items{_how(handle, path, items)}]"] if more > 0 else kept
    return value


def _at(path: str, name: object) -> str:
    return f"{path}.{name}" if path else str(name)


def _how(handle: str | None, path: str, start: int) -> str:
    return "" if handle is None else f'; read_more(result="{handle}", field="{path}", start={start})'
