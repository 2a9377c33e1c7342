"""Markdown of the model as HTML that a page may show: no raw HTML, no style, nothing that loads by itself."""

import re
from functools import lru_cache
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

MAX_LENGTH = 20_000
MAX_MARKS = 2_000
MAX_CELLS = 2_000
_MARKS = "[]*_`~<>|&\n"
_LINKS = ("https://", "http://", "mailto:")
_FILE = re.compile(r"/mail/(?!\.{1,2}/)[A-Za-z0-9_.:-]{1,255}/attachments/[1-9][0-9]{0,2}")
"""What is attached to a mail: the only place of this server that an answer may lead to."""
# One line of words has no Markdown in it; most short answers are one.
_PROSE = re.compile(r"[^\W\d_](?:[^\W_]|[ ,.;:!?'’“”()–—@/%€$…-])*")


@lru_cache(maxsize=512)
def rendered(text: str) -> str | None:
    """The text as HTML, or None when it is so long or so intricate that rendering would hold up others: the text
    itself is then what is shown."""
    if _PROSE.fullmatch(text):
        return f"<p>{escape(text.rstrip(), quote=False)}</p>\n"
    if len(text) > MAX_LENGTH or sum(map(text.count, _MARKS)) > MAX_MARKS or _cells(text) > MAX_CELLS:
        return None
    markdown = _markdown()
    tokens = markdown.parse(text)
    for token in tokens:
        token.attrs.pop("style", None)  # of table cells; the page's policy refuses styles in attributes
    return str(markdown.renderer.render(tokens, markdown.options, {}))


def _cells(text: str) -> int:
    """The most cells that tables in it can have: one has in each line as many as its first line has bars."""
    return sum(
        max(line.count("|") for line in block.split("\n")) * (block.count("\n") + 1) for block in text.split("\n\n")
    )


@lru_cache(maxsize=1)
def _markdown() -> "MarkdownIt":
    from markdown_it import MarkdownIt  # takes longer to import than most answers to give

    markdown = MarkdownIt("commonmark", {"html": False, "breaks": True}).enable(["table", "strikethrough"])
    # Without the image rule `![alt](url)` is "!" and an ordinary link.
    markdown.disable("image")
    markdown.validateLink = _may_link  # type: ignore[method-assign]
    return markdown


def _may_link(url: str) -> bool:
    return url.lower().startswith(_LINKS) or _FILE.fullmatch(url) is not None
