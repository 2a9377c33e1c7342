"""What a conversation is called until its user gives it a name."""

from typing import Final

LONGEST: Final = 60
_SHORTEST: Final = 12  # characters of a first sentence that says enough by itself

_OPENINGS: Final = (
    *("please", "hi", "hello", "hey", "ok", "okay", "so", "well", "sayso"),
    *("can you", "could you", "would you", "will you", "can i", "i want you to", "i would like you to"),
    *("i'd like you to", "i need you to", "bitte", "hallo", "kannst du", "könntest du"),
)
"""What comes before the point: it is left out, as often as it comes."""

_LOOSE_TEXT = """
a an and as at because before both but by for from if in into my nor of on or our so than that the their then this to
until when which while who with without your aber als am an auf bei das dass dem den der die durch ein eine einen einer
für im in mein mit nach oder um und von vor wenn zu zum zur
"""
_LOOSE: Final = frozenset(_LOOSE_TEXT.split())
"""Words that promise another one, so that no title ends with them."""

_ENDS: Final = ".!?"
_PAUSES: Final = ",;:-\u2013\u2014"


def title_of(message: str) -> str:
    """The message's first sentence without its courtesies, on one line; of a long one as many whole words as fit."""
    whole = " ".join(message.split())
    text = _first_sentence(_without_openings(whole) or whole)
    short = text if len(text) <= LONGEST else _cut(text)
    return short[:1].upper() + short[1:]


def _without_openings(text: str) -> str:
    for _ in range(4):
        folded = text.casefold()
        rest = next(
            (text[len(each) :] for each in _OPENINGS if folded.startswith(each) and _ends_at(text, len(each))), None
        )
        if rest is None:
            break
        text = rest.lstrip(f"{_PAUSES}{_ENDS} ")
    return text


def _ends_at(text: str, place: int) -> bool:
    """Whether a word ends there."""
    return text[place : place + 1] in {" ", *_PAUSES, *_ENDS}


def _first_sentence(text: str) -> str:
    for place, letter in enumerate(text[: LONGEST + 1]):
        if letter in _ENDS and text[place + 1 : place + 2] == " " and place >= _SHORTEST:
            return text[: place + 1].rstrip(".")
    return text.rstrip(".") or text


def _cut(text: str) -> str:
    """As many whole words as fit, and dots; a word that fills it all is cut."""
    head = text[: LONGEST - 1]
    if text[LONGEST - 1] != " ":
        head = head.rpartition(" ")[0] or head
    words = head.split(" ")
    while len(words) > 2 and words[-1].strip(_PAUSES).casefold() in _LOOSE:
        del words[-1]
    return " ".join(words).rstrip(f"{_PAUSES}{_ENDS} ") + "…"
