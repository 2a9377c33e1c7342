# ruff: noqa: E501  one alternative of a pattern is one line
"""Which occurrences of a repeating event are meant."""

import re

from sayso.offline.reading.words import lower


def scope_of(low: str) -> tuple[str | None, str]:
    """The scope that words like "all", "just this", "from now on" name for a repeating event, and the text without."""
    for pattern, scope in _SCOPES:
        if found := pattern.search(low):
            return scope, (low[: found.start()] + " " * (found.end() - found.start()) + low[found.end() :])
    return None, low


_SCOPES = (
    (re.compile(r"\b(?:forever|for good|permanently|altogether)\b"), "all"),
    (
        re.compile(
            r"\b(?:(?:this|today's|tomorrow's|\w+day's) and (?:all )?(?:the )?(?:following|future|later|next)(?: ones)?|all (?:the |my )?(?:future|following|upcoming|remaining|later)|(?:every|each) future|future|from now on|and all (?:the )?(?:following|future)(?: ones| occurrences)?|going forward|from (?:then|there) on)\b"
        ),
        "following",
    ),
    (
        re.compile(
            r"\b(?:all (?:of )?(?:the |my |our )?(?:occurrences of (?:the |my )?)?|every (?:single )?(?:one of (?:the |my )?)?(?!other|day|week|month|mon|tue|wed|thu|fri|sat|sun)|(?:the )?(?:whole |entire )?series(?: of)?|each of (?:the |my )?)(?=\S|\s|$)"
        ),
        "all",
    ),
    (
        re.compile(
            r"\b(?:just|only) (?:this|that|the|today's|tomorrow's|my)(?: one)?\b|\b(?:just|only) (?=\w+day'?s)|\bjust this one\b|\b(?:only )?this (?:time|once|occurrence)(?: only)?\b|\bonly$"
        ),
        "this",
    ),
)


def take_scope(text: str) -> tuple[str | None, str]:
    """Like `scope_of`, on a text as written."""
    scope, blanked = scope_of(lower(text))
    if scope is None:
        return None, text
    kept = "".join(c if b != " " or c == " " else " " for c, b in zip(text, blanked, strict=True))
    return scope, re.sub(r"\s+", " ", kept).strip()


def singular(ref: str) -> str:
    """ "stand-ups" is found under "stand-up"."""
    if ref.strip().endswith("ss"):
        return ref
    return re.sub(r"(?<![\w-])([a-z1][\w:-]*[a-z1]{2})s\b(?=$|\s+(?:with|at|on|in)\b)", r"\1", ref.strip(), count=1)
