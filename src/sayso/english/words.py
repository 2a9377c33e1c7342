"""How words are compared: without case, accents and punctuation, from their beginnings."""

import re

from sayso.base.letters import plain

_BREAKS = re.compile(r"[\s!-/:-@\[-`{-~]+")


def fold(text: str) -> str:
    """The text without case and accents: `José` and `JOSE` fold alike."""
    return plain(text).casefold()


def words(text: str) -> list[str]:
    """The folded words of a text; punctuation separates, anything else is kept."""
    return [word for word in _BREAKS.split(fold(text)) if word]


def findable(*texts: str) -> str:
    """Folded words with one space around each, to find words in (`to_find`)."""
    return f" {' '.join(word for text in texts for word in words(text))} "


def to_find(phrase: str) -> str:
    """What a findable column holds where it has the phrase's words, in this order.

    The last word may be the beginning of a longer one. Empty when the phrase has no words.
    """
    text = " ".join(words(phrase))
    spaced = text and max(text) < "\u2e80"  # scripts beyond put no spaces between words
    return f" {text}" if spaced else text
