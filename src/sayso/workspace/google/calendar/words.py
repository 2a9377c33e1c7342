"""Descriptions: Google shows them as HTML, whatever they were written as."""

import html
import re
from typing import Final

from sayso.workspace.formats.html import html_to_text

_MARKUP: Final = re.compile(
    r"</?(?:a|b|i|u|s|p|br|hr|em|ul|ol|li|tr|td|th|h[1-6]|div|pre|span|font|table|tbody|strong|small|blockquote"
    r"|html-blob)(?=[\s/>])|&(?:[a-zA-Z]{2,8}|#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6});"
)
_LINES: Final = re.compile(r"<(?:br|p|div|li|tr|h[1-6])(?=[\s/>])", re.IGNORECASE)
_TAG_LIKE: Final = re.compile(r"<[a-zA-Z/!?]")


def text_in(told: str) -> str:
    """What a reader sees of it."""
    if not _MARKUP.search(told):
        return told
    lines = told if _LINES.search(told) else told.replace("\r\n", "\n").replace("\n", "<br>")
    return html_to_text(lines)


def told_text(text: str) -> str:
    """A text to send, so that a reader sees it as it is."""
    if not _MARKUP.search(text) and not _TAG_LIKE.search(text):
        return text
    return html.escape(text, quote=False).replace("\r\n", "\n").replace("\n", "<br>")
