"""A mail of which only headers and structure are known (BODYSTRUCTURE, RFC 9051, 7.5.2), as a mail in its parts.

What is text and what is attached is then found as for a mail that is there in full, for that does not depend on what
the texts say.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sayso.workspace.formats.mail_text import contents_of
from sayso.workspace.formats.mime import MAX_DEPTH, MAX_PARTS, Part, read_fields

_MOST: Final = 4_000
"""Bytes of one value that are looked at."""
_SHOWN: Final = ("text/plain", "text/html", "text/enriched", "text/richtext", "text/markdown")


@dataclass(eq=False)
class Outline:
    """`sections`: by part, its number, to fetch it by (RFC 9051, 6.4.5)."""

    root: Part
    sections: dict[Part, str] = field(default_factory=dict)

    def first_text(self) -> list[Part]:
        return [text.part for text in contents_of(self.root).texts[:1]]

    def texts(self) -> list[Part]:
        """Those that may be shown."""
        return [part for part in self.root.leaves() if part.media_type in _SHOWN and part.disposition != "attachment"]

    def files(self) -> list[Part]:
        return contents_of(self.root).files


def outline_of(header: bytes, structure: Any) -> Outline:
    """`structure`: as IMAPClient gives it; what is none is a text."""
    outline = Outline(Part(b"", 0, 0, 0, ()))
    outline.root = _part(outline, structure, "", MAX_DEPTH)
    if outline.root.media_type.startswith("multipart/") and not outline.root.boundary:
        outline.root.parts = []  # it has none after all, whatever the server makes up
        outline.sections[outline.root] = "TEXT"
    fields, _ = read_fields(header, 0)
    outline.root.fields = (*fields, *outline.root.fields)
    charset = next((part.charset for part in outline.root.leaves() if part.charset), "")
    for part in (outline.root, *outline.root.leaves()):
        part.given_charset = charset
    return outline


def fill(part: Part, content: bytes) -> None:
    """Give a part what was fetched of it, encoded for transfer."""
    part.raw, part.body, part.stop = content, 0, len(content)


def _part(outline: Outline, told: Any, section: str, depth: int) -> Part:
    if isinstance(told, Sequence) and told and isinstance(told[0], list):
        part = _new(told, "multipart", told[1:2], told[2:3], told[3:4], told[5:6])
        if depth and len(outline.sections) < MAX_PARTS:
            inside = enumerate(told[0][:MAX_PARTS], 1)
            part.parts = [_part(outline, each, f"{section}{number}.", depth - 1) for number, each in inside]
        part.ended = True
    else:
        part = _leaf(told if isinstance(told, Sequence) else ())
    outline.sections[part] = section.removesuffix(".") or "1"
    return part


def _leaf(told: Sequence[Any]) -> Part:
    main, sub = (_bytes(told, place).lower() for place in (0, 1))
    is_mail = (main, sub) in ((b"message", b"rfc822"), (b"message", b"global"))
    behind = 7 + (3 if is_mail else 1 if main == b"text" else 0)
    if not main or not sub:
        main, sub = b"text", b"plain"
    kind = main.decode("ascii", "replace")
    part = _new(told, kind, [sub], told[2:3], told[behind + 1 : behind + 2], told[behind + 3 : behind + 4])
    size = told[6] if len(told) > 6 and isinstance(told[6], int) else 0
    part.__dict__["size"] = _decoded_size(size, part.encoding)
    if is_mail:  # its name is its subject
        envelope = told[7] if len(told) > 7 and isinstance(told[7], tuple) else ()
        subject = b" ".join(_bytes(envelope, 1).split())
        part.raw = b"Subject: " + subject + b"\n\n"
        part.stop = len(part.raw)
        part.__dict__["encoding"] = ""
    return part


def _new(
    told: Sequence[Any],
    main: str,
    sub: Sequence[Any],
    given: Sequence[Any],
    disposition: Sequence[Any],
    location: Sequence[Any],
) -> Part:
    """A part with the headers that its structure tells of."""
    kind = main.encode() + b"/" + (_bytes(sub, 0).lower() or b"mixed")
    fields = [("content-type", kind + _parameters(next(iter(given), None)))]
    disposed = next(iter(disposition), None)
    if isinstance(disposed, tuple) and disposed:
        fields.append(("content-disposition", _bytes(disposed, 0) + _parameters(next(iter(disposed[1:2]), None))))
    if main != "multipart":
        named = (("content-id", 3), ("content-description", 4), ("content-transfer-encoding", 5))
        fields += [(name, _bytes(told, place)) for name, place in named]
    fields.append(("content-location", _bytes(location, 0)))
    return Part(b"", 0, 0, 0, tuple(each for each in fields if each[1]))


def _parameters(told: Any) -> bytes:
    """Parameters as in a header (RFC 2045, 5.1)."""
    if not isinstance(told, tuple):
        return b""
    names, values = told[::2][:100], told[1::2][:100]
    pairs = ((_bytes(names, place), _bytes(values, place)) for place in range(min(len(names), len(values))))
    return b"".join(b'; %s="%s"' % (name, _quoted(value)) for name, value in pairs if name)


def _quoted(value: bytes) -> bytes:
    return value.replace(b"\\", b"\\\\").replace(b'"', b'\\"')


def _bytes(told: Sequence[Any], place: int) -> bytes:
    value = told[place] if place < len(told) else b""
    text = value if isinstance(value, bytes) else str(value).encode() if isinstance(value, int) else b""
    return b" ".join(text[:_MOST].splitlines())


def _decoded_size(size: int, encoding: str) -> int:
    """About how many bytes a part has that takes so many in transfer: base64 comes in lines of 76 (RFC 2045, 6.8)."""
    return (size - 2 * -(-size // 78)) * 3 // 4 if encoding == "base64" and size else size
