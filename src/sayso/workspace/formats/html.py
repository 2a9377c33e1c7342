"""The text of an HTML mail, in one pass: each look ahead either finds its end or is the last of its kind.

Markup is told from text as in the HTML Standard (13.2.5), but for what never ends: there a browser drops the rest of
the mail, here it is text, so that nothing is lost.
"""

import re
from collections.abc import Iterator
from html import unescape

_BLOCKS = {
    "p",
    "div",
    "br",
    "tr",
    "li",
    "ul",
    "ol",
    "table",
    "blockquote",
    "pre",
    "hr",
    *(f"h{n}" for n in range(1, 7)),
}
_MARKUP = re.compile(r"<(?:(?P<comment>!--)|(?P<end>/?)(?P<name>[a-zA-Z][^\s/>]*)|[!?/])")
_TAG_END = re.compile(r"=\s*(?:\"[^\"]*\"|'[^']*')|>")
_COMMENT_END = re.compile(r"(?<=<!--)-?>|--!?>")
# What they hold is no markup, and nothing that a reader sees.
_RAW = {name: re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE) for name in ("script", "style", "title")}
# `unescape` reads a number of any length, which Python refuses beyond 4,300 digits; no character has nine.
_LONG_NUMBER = re.compile(r"&#(?:[0-9]{9,}|[xX][0-9a-fA-F]{9,});?")
_SPACES = re.compile(r"\s+")


def html_to_text(html: str) -> str:
    """What a reader sees, a line for each block; no more than one empty line in a row."""
    lines = [line.strip() for line in "".join(_pieces(html)).split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _pieces(html: str) -> Iterator[str]:
    position = templates = 0
    while found := _MARKUP.search(html, position):
        if not templates:
            yield _text(html[position : found.start()])
        name, position = (found["name"] or "").lower(), _end(html, found)
        if position < 0:
            position = found.start()
            break
        if name == "template":
            templates = max(0, templates + (-1 if found["end"] else 1))
        elif name in _RAW and not found["end"]:
            close = _RAW[name].search(html, position)
            if close is None:
                return
            position = close.start()
        elif name in _BLOCKS and not templates:
            yield "\n- " if name == "li" and not found["end"] else "\n"
    if not templates:
        yield _text(html[position:])


def _end(html: str, found: re.Match[str]) -> int:
    """Where the markup that begins here is over; -1 when nothing ends it."""
    if found["comment"]:
        close = _COMMENT_END.search(html, found.end())
        return close.end() if close else -1
    if not found["name"]:
        return html.find(">", found.end()) + 1 or -1
    return next((part.end() for part in _TAG_END.finditer(html, found.end()) if part[0] == ">"), -1)


def _text(piece: str) -> str:
    return _SPACES.sub(" ", unescape(_LONG_NUMBER.sub("\ufffd", piece)))
