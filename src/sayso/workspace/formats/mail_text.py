"""What of a mail is its text, and what is attached to it (RFC 2046, 5).

Of `multipart/alternative` one part stands for the others; anywhere else each text is shown, in order. What is not
shown and is no other form of what is, is attached, whether it has a name or not.
"""

import re
from dataclasses import dataclass, field
from functools import cached_property

from sayso.base import sizes
from sayso.workspace.formats.charset import text_of
from sayso.workspace.formats.html import html_to_text
from sayso.workspace.formats.mime import Part
from sayso.workspace.formats.plain import enriched_to_text, unflowed

MAX_BODY = 4 * sizes.IMPORTED["body"]
CUT = "[The rest of this text is too long to be kept.]"
ENCRYPTED = "[This mail is encrypted: what it says is in its attachment.]"
SEALED = "[What this mail says is in its attachment, inside its signature.]"

_PLAIN = ("text/plain", "text/markdown", "text/x-markdown")
_HTML = ("text/html", "text/x-amp-html", "text/watch-html")
_ENRICHED = ("text/enriched", "text/richtext")
_SHOWN = (*_PLAIN, *_HTML, *_ENRICHED)
_SMIME = ("application/pkcs7-mime", "application/x-pkcs7-mime")
_PLACEHOLDER = 1_000  # characters; a longer text is never only a hint at another form of it
_HINT = re.compile(r"\b(?:html|browser)\b", re.IGNORECASE)
_META = re.compile(
    rb"<(?:meta\s|\?xml\s)[^<>]{0,200}?(?:charset|encoding)\s{0,5}=\s{0,5}[\"']?([\w.:-]{1,40})", re.IGNORECASE
)
_HIGH = bytes(range(0x80, 0x100))


@dataclass
class Text:
    """A part that is shown."""

    part: Part

    @cached_property
    def words(self) -> str:
        content = self.part.decoded()
        whole = len(content) <= MAX_BODY
        text = self._read(content if whole else content[:MAX_BODY].rstrip(_HIGH))
        return text if whole else f"{text}\n{CUT}"

    def _read(self, content: bytes) -> str:
        kind, charset = self.part.media_type, self.part.charset
        if kind in _HTML and not charset:
            charset = declared_charset(content)
        text = text_of(content, charset).replace("\r\n", "\n")
        if kind in _HTML:
            return html_to_text(text)
        if kind in _ENRICHED:
            return enriched_to_text(text)
        given = self.part.parameters
        return unflowed(text, given.get("delsp", "").lower() == "yes") if _is_flowed(given) else text


def declared_charset(html: bytes) -> str:
    """The charset that a page of HTML names itself, or an empty text."""
    found = _META.search(html, 0, 2_000)
    return found[1].decode("ascii") if found else ""


def _is_flowed(parameters: dict[str, str]) -> bool:
    return parameters.get("format", "").lower() == "flowed"


@dataclass
class Contents:
    texts: list[Text] = field(default_factory=list)
    files: list[Part] = field(default_factory=list)

    def body(self) -> str:
        """The text; where there is none that can be read, why."""
        words, left = list[str](), MAX_BODY
        for text in self.texts:
            words.append(text.words if left > 0 else CUT)
            left -= len(words[-1])
            if left <= 0:
                break
        said = [each for each in words if each.strip()]
        if len(said) > 1:
            return "\n\n".join(each.strip("\n") for each in said)
        return next(iter(said), _why(self.files) or "".join(words[:1]))


def _why(files: list[Part]) -> str:
    for part in files:
        if part.media_type in _SMIME:
            return SEALED if part.parameters.get("smime-type", "").lower() == "signed-data" else ENCRYPTED
        if part.media_type == "application/pgp-encrypted":
            return ENCRYPTED
    return ""


def contents_of(mail: Part) -> Contents:
    if mail.media_type.startswith("multipart/") and not mail.parts:
        return Contents([Text(mail)])  # it is none after all
    found = _contents(mail, named=True)
    if not found.texts:
        # A text with a name is a file beside a text, but the text itself where there is no other.
        first = next((part for part in found.files if _is_text(part)), None)
        if first:
            found.files.remove(first)
            found.texts.append(Text(first))
    return found


def _contents(part: Part, named: bool = False) -> Contents:
    """`named`: a text is shown also if it has the name of a file."""
    if part.parts and part.media_type == "multipart/alternative":
        return _alternative(part)
    if part.parts and part.media_type == "multipart/related":
        return _related(part)
    if part.parts:
        return _together([_contents(inner) for inner in part.parts])
    if _is_text(part) and (named or not part.file_name):
        return Contents([Text(part)])
    return Contents(files=[part])


def _is_text(part: Part) -> bool:
    return part.media_type in _SHOWN and part.disposition != "attachment"


def _together(each: list[Contents]) -> Contents:
    return Contents([text for found in each for text in found.texts], [file for found in each for file in found.files])


def _alternative(part: Part) -> Contents:
    """The plain form, unless it only says that there is another. Two of a kind are no forms of one text."""
    each = [_contents(inner, named=True) for inner in part.parts]
    plain, html, other = (
        [text for found in each if found.texts and _kind(found.texts[0]) == kind for text in found.texts]
        for kind in ("plain", "html", "")
    )
    said = _words(plain)
    if said and not (len(said) < _PLACEHOLDER and _HINT.search(said)):
        return Contents(plain, _together(each).files)  # the others are not even looked at
    rich = html if _words(html) or not _words(other) else other
    chosen = rich if len(_words(rich)) > len(said) else plain or rich
    return Contents(chosen, _together(each).files)


def _kind(text: Text) -> str:
    media_type = text.part.media_type
    return "plain" if media_type in _PLAIN else "html" if media_type == "text/html" else ""


def _words(texts: list[Text]) -> str:
    return " ".join(text.words for text in texts).strip()


def _related(part: Part) -> Contents:
    """The root, with what it refers to attached (RFC 2387). What nothing can refer to is shown as elsewhere."""
    start = part.parameters.get("start", "")
    root = next((inner for inner in part.parts if start and inner.get("content-id").strip() == start), part.parts[0])
    return _together([
        Contents(files=[inner]) if inner is not root and _is_referred(inner) else _contents(inner, named=inner is root)
        for inner in part.parts
    ])  # fmt: skip


def _is_referred(part: Part) -> bool:
    return not part.parts and bool(part.get("content-id") or part.get("content-location"))
