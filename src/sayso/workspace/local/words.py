"""How words are compared: without case, accents and punctuation, from their beginnings."""

import re
import unicodedata

_BREAKS = re.compile(r"[\s!-/:-@\[-`{-~]+")


def fold(text: str) -> str:
    """The text without case and accents: `José` and `JOSE` fold alike."""
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(char for char in decomposed if not unicodedata.combining(char)).casefold()


def words(text: str) -> list[str]:
    """The folded words of a text; punctuation separates, anything else is kept."""
    return [word for word in _BREAKS.split(fold(text)) if word]


def findable(*texts: str) -> str:
    """Folded words with one space around each, for a LIKE over a column."""
    return f" {' '.join(word for text in texts for word in words(text))} "


def like_words(phrase: str) -> str | None:
    """A LIKE pattern (escape `\\`) that finds the phrase's words, in this order, in a findable column.

    The last word may be the beginning of a longer one. None when the phrase has no words.
    """
    found = words(phrase)
    if not found:
        return None
    text = like_escape(" ".join(found))
    spaced = max(text) < "\u2e80"  # scripts beyond put no spaces between words
    return f"% {text}%" if spaced else f"%{text}%"


def like_escape(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
