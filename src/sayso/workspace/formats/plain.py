"""Texts of mails that are nearly plain: `format=flowed` (RFC 3676) and `text/enriched` (RFC 1896)."""

import re
from collections.abc import Iterator

_QUOTES = re.compile(r">*")
_ENRICHED = re.compile(r"<<|<(/?[A-Za-z][A-Za-z0-9-]*+)>|\n+|[^<\n]+|<")
_SIGNATURE = "-- "


def unflowed(text: str, joins_words: bool) -> str:
    """The text with each of its paragraphs in one line. `joins_words`: the space at a line's end is not part of it
    (DelSp)."""
    return "\n".join(_paragraphs(text, joins_words))


def _paragraphs(text: str, joins_words: bool) -> Iterator[str]:
    pieces, depth = list[str](), 0
    for line in text.split("\n"):
        found = _QUOTES.match(line)
        quotes = found.end() if found else 0
        words = line[quotes:].removeprefix(" ")
        if pieces and (quotes != depth or words == _SIGNATURE):
            yield _quoted(depth, "".join(pieces).rstrip(" "))
            pieces.clear()
        depth = quotes
        flows = words.endswith(" ") and words != _SIGNATURE
        pieces.append(words[:-1] if flows and joins_words else words)
        if not flows:
            yield _quoted(depth, "".join(pieces))
            pieces.clear()
    if pieces:
        yield _quoted(depth, "".join(pieces).rstrip(" "))


def _quoted(depth: int, words: str) -> str:
    return f"{'>' * depth} {words}".rstrip(" ") if depth else words


def enriched_to_text(text: str) -> str:
    """What a reader sees: no commands, no parameters, and one line end less in each row of them."""
    pieces, parameters = list[str](), 0
    for found in _ENRICHED.finditer(text):
        piece, command = found[0], (found[1] or "").lower()
        if command in ("param", "/param"):
            parameters = max(0, parameters + (-1 if command.startswith("/") else 1))
        elif command == "nl":
            pieces.append("\n")
        elif command == "lt":
            pieces.append("<")
        elif not command and not parameters:
            pieces.append({"<<": "<", "\n": " "}.get(piece, piece[1:] if piece.startswith("\n") else piece))
    return "".join(pieces)
