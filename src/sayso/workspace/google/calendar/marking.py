"""What a change leaves in the event that it was made to: its key, and a word that there is more of it to do.

Private extended properties: of this calendar's copy alone, at most 1,024 characters each ("Extended properties" guide).
"""

from collections.abc import Iterable
from typing import Any, Final

from sayso.workspace.google.client import Json

_KEYS: Final = "sayso"
_REST: Final = "sayso_rest"
_MOST: Final = 1_000
GONE: Final = "gone"
"""All that is left is to delete it."""


def keys_in(told: Json | None) -> list[str]:
    """Those of the changes that it comes of, the newest first, as far as they are known. Occurrences have those of
    their series, too."""
    return str(_private(told).get(_KEYS) or "").split()


def rest_in(told: Json | None, key: str) -> str:
    """What the change under this key calls the rest of it; empty: all is done."""
    whose, _, name = str(_private(told).get(_REST) or "").partition(" ")
    return name if whose == key else ""


def marked(told: Json | None, key: str, rest: str = "") -> Json:
    """The extended properties to send with a change, and with them what others keep there. A change that was never
    finished and makes way for this one does not count as done: its key goes."""
    whose, _, unfinished = str(_private(told).get(_REST) or "").partition(" ")
    keys = [each for each in keys_in(told) if each != key and not (unfinished and each == whose)]
    return _with(told, _joined((key, *keys)), f"{key} {rest}" if rest else None)


def finished(told: Json) -> Json:
    """The extended properties without a rest."""
    return _with(told, _joined(keys_in(told)), None)


def unmarked(told: Json, key: str) -> Json:
    """The same without this change."""
    return _with(told, _joined(each for each in keys_in(told) if each != key) or None, None)


def others_in(told: Json) -> Json:
    """What others keep there."""
    found = {kind: {**values} for kind, values in _all(told).items()}
    for name in (_KEYS, _REST):
        found.get("private", {}).pop(name, None)
    return {kind: values for kind, values in found.items() if values}


def _with(told: Json | None, keys: str | None, rest: str | None) -> Json:
    # Objects are merged by a patch: sent whole they are the same where one replaces them.
    private: dict[str, Any] = {**_private(told), _KEYS: keys}
    private.pop(_REST, None)
    if rest is not None or _private(told).get(_REST):
        private[_REST] = rest
    return {**_all(told), "private": private}


def _joined(keys: Iterable[str]) -> str:
    text = ""
    for each in keys:
        if len(text) + len(each) >= _MOST:
            break
        text = f"{text} {each}".strip()
    return text


def _all(told: Json | None) -> dict[str, dict[str, Any]]:
    found = (told or {}).get("extendedProperties")
    found = found if isinstance(found, dict) else {}
    return {kind: values for kind in ("private", "shared") if isinstance(values := found.get(kind), dict)}


def _private(told: Json | None) -> dict[str, Any]:
    return _all(told).get("private", {})
