"""Bytes to text by the name of a charset that a stranger wrote."""

import codecs
from contextlib import suppress

# Python knows these as encodings of text, but no mail is in them, and some take quadratic time to decode.
_NONE = {"idna", "punycode", "raw-unicode-escape", "undefined", "unicode-escape"}


def known_charset(name: str) -> str:
    """Python's name of the charset; of one that is none, the empty text."""
    try:
        found = codecs.lookup(name.strip()).name
        " ".encode(found)  # LookupError for what is no encoding of text, such as zip and hex
    except (LookupError, ValueError):
        return ""
    return "" if found in _NONE else found


def text_of(content: bytes, charset: str) -> str:
    """The text; where the charset is unknown or wrong, as UTF-8, else as windows-1252."""
    for name in (known_charset(charset), "utf-8"):
        with suppress(LookupError, UnicodeError):
            return content.decode(name)
    return content.decode("cp1252", "replace")
