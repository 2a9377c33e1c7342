"""How well words that a person uses fit the words of a thing: case, accents, plurals, prefixes and typos forgiven."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from sayso.base import steps
from sayso.base.letters import plain

EXACT, PREFIX, FUZZY, NONE = 3, 2, 1, 0
LONGEST_TYPED = 40
"""Letters of a word in which a typo is forgiven: to compare two takes their product."""

CHARACTERS = 100
"""How many of them are read at the cost of one step."""

_JOINTS = r"['’‘.@+&-]"
_WORD = re.compile(r"[^\W_]+(?:['’‘.@+&-][^\W_]+)*")
_ONE_ON_ONE = re.compile(r"\b(?:1|one)\s*(?::|-?on-?|\son\s)\s*(?:1|one)\b(?!\s*[ap]\.?m)(?!:?\d)", re.IGNORECASE)


def fold(text: str) -> str:
    """Lower case without accents."""
    return plain(text.casefold())


def words(text: str) -> list[str]:
    """The words of a text, folded, without a possessive `'s`: "Ana's stand-up" gives `ana`, `stand-up`."""
    found = _WORD.findall(_ONE_ON_ONE.sub(" oneonone ", fold(text)))
    return [re.sub(r"['’‘]s$", "", word) for word in found]


def spread(text: str) -> set[str]:
    """The words to find others among: each compound as a whole, in its parts and written together."""
    result: set[str] = set()
    for word in words(text):
        parts = _parts(word)
        result |= {word, *parts, "".join(parts)}
    return result


def _singular(word: str) -> str:
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 4 and word.endswith(("ses", "xes", "ches", "shes")):
        return word[:-2]
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


def likeness(word: str, among: Iterable[str]) -> int:
    """How well one word is found among others: EXACT (but for a plural), PREFIX, FUZZY or NONE."""
    best = NONE
    for other in among:
        if word == other or _singular(word) == _singular(other):
            return EXACT
        if len(word) >= 3 and other.startswith(word):
            best = max(best, PREFIX)
        elif len(word) >= 4 and len(other) >= 4 and _similar(word, other):
            best = max(best, FUZZY)
    return best


def _similar(one: str, other: str) -> bool:
    if (
        abs(len(one) - len(other)) > 2
        or len(one) > LONGEST_TYPED
        or one[0] != other[0]
        or one.isdigit()
        or other.isdigit()
    ):
        return False
    return sorted(one) == sorted(other) or SequenceMatcher(None, one, other).ratio() >= 0.8


@dataclass(frozen=True, slots=True, order=True)
class Fit:
    """How well a description fits a thing; greater is better. No fit is None, not a Fit."""

    spelled: bool
    """Every word is there as written; else a typo was forgiven."""
    field: int
    """The weakest field that a word was found in: 3 the whole title, 2 title, 1 people and place, 0 the rest."""
    whole_words: bool


def fit(wanted: Sequence[str], fields: Sequence[str]) -> Fit | None:
    """How the wanted words fit fields given in falling weight (title; people and place; the rest).

    Every wanted word, alone or written together with a neighbor, must be found in some field; without wanted words
    everything fits equally. Raises TooManySteps, Stopped.
    """
    steps.take(1 + sum(map(len, fields)) // CHARACTERS)
    parts = [part for word in wanted for part in _parts(word)]
    if parts and parts == [part for word in words(fields[0]) for part in _parts(word)]:
        return Fit(True, 3, True)
    spreads = [spread(field) for field in fields]
    quality, weakest = EXACT, 2
    for index, part in enumerate(parts):
        joined = ["".join(pair) for pair in (parts[index : index + 2], parts[max(0, index - 1) : index + 1])]
        found = [max(likeness(option, among) for option in [part, *joined]) for among in spreads]
        found = [NONE if at > 1 and each == FUZZY else each for at, each in enumerate(found)]  # no typos in long texts
        best = max(found)
        if best == NONE:
            return None
        quality, weakest = min(quality, best), min(weakest, max(0, 2 - found.index(best)))
    return Fit(quality > FUZZY, weakest, quality == EXACT)


def _parts(word: str) -> list[str]:
    return [part for part in re.split(_JOINTS, word) if part]
