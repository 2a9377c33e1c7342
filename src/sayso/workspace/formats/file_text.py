"""The text of a file that came with a mail: plain kinds here, a PDF in a process of its own (`pdf.py`)."""

import codecs
from dataclasses import dataclass
from typing import Final

from sayso.workspace.formats.charset import text_of
from sayso.workspace.formats.html import html_to_text
from sayso.workspace.formats.mail_text import contents_of, declared_charset
from sayso.workspace.formats.mime import parse_mail

MOST: Final = 500_000
"""Characters of a file that are given, and bytes for each that are looked at."""
CUT: Final = "[The rest of this file is too long to be given.]"
_HTML: Final = ("text/html", "application/xhtml+xml")
_MAIL: Final = ("message/rfc822", "message/global", "message/news")
_PLAIN: Final = (
    "application/csv", "application/ics", "application/json", "application/toml", "application/x-ndjson",
    "application/xml", "application/yaml",
)  # fmt: skip
_RICH: Final = ("text/rtf", "text/richtext", "text/enriched")
"""Text by name, marks by nature."""
_VAGUE: Final = (
    "application/octet-stream",
    "application/force-download",
    "application/x-download",
    "binary/octet-stream",
)
_BY_NAME: Final = {
    "csv": "text/csv", "eml": "message/rfc822", "htm": "text/html", "html": "text/html", "ics": "text/calendar",
    "json": "application/json", "log": "text/plain", "md": "text/markdown", "pdf": "application/pdf",
    "tsv": "text/tab-separated-values", "txt": "text/plain", "vcf": "text/vcard", "xml": "application/xml",
    "yaml": "application/yaml", "yml": "application/yaml",
}  # fmt: skip
_MARKS: Final = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


class NotRead(Exception):
    """The file has no text that can be given. The message is a sentence for the user."""


@dataclass(frozen=True, slots=True)
class FileText:
    text: str
    pages: int = 0
    """Of a PDF."""


def kind_of(media_type: str, name: str) -> str:
    """The media type of a file; of one that says nothing, that which its name says."""
    told = media_type.lower()
    return _BY_NAME.get(name.rpartition(".")[2].lower(), told) if told in _VAGUE else told


def plain_text(content: bytes, media_type: str, name: str) -> FileText:
    """The text of a file of a plain kind. Raises NotRead for any other."""
    kind = kind_of(media_type, name)
    if kind in _MAIL:
        return FileText(_bounded(_mail_text(content), len(content)))
    plain = kind.startswith("text/") or kind in _PLAIN or kind.endswith(("+json", "+xml"))
    if not plain or kind in _RICH:
        raise NotRead(f"A file of this kind ({kind}) is no text and no PDF, so it cannot be read here.")
    seen = content[: 4 * MOST]
    charset = next((charset for mark, charset in _MARKS if seen.startswith(mark)), "")
    if kind in _HTML:
        text = html_to_text(text_of(seen, charset or declared_charset(seen)))
    else:
        text = text_of(seen, charset).removeprefix("\ufeff").replace("\r\n", "\n")
    return FileText(_bounded(text, len(content)))


def _mail_text(content: bytes) -> str:
    mail = parse_mail(content)
    heads = [f"{name}: {mail.text(name.lower())}" for name in ("From", "To", "Cc", "Date", "Subject")]
    return "\n".join([*(head for head in heads if not head.endswith(": ")), "", contents_of(mail).body()])


def _bounded(text: str, size: int) -> str:
    text = text.replace("\0", "")
    return f"{text[:MOST]}\n{CUT}" if len(text) > MOST or size > 4 * MOST else text
