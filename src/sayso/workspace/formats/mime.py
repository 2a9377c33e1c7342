"""A mail in its parts (RFC 5322, RFC 2046), as slices of its bytes, so that each part can be given back as it came.

One pass over the headers and one over the lines that begin with `--`, whatever lies in what. A mail that is attached
is a part like any other and is not looked into. What is beyond the bounds is left in one piece, never refused.
"""

import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from sayso.workspace.formats.charset import text_of
from sayso.workspace.formats.header import MAX_FIELD, base64_bytes, parameters, words

MAX_DEPTH = 30
MAX_PARTS = 1_000
MAX_HEADER = 1_000_000
"""Bytes of one header that are read."""
MAX_HEADERS = 10_000

_LINE = re.compile(rb"[^\n]*\n?")
_NAME = re.compile(rb"([!#-,.-9;-~][!-9;-~]*+)[ \t]*+:")
_DELIMITER = re.compile(rb"\n--([^\r\n]*+)")
_TYPE = re.compile(r"[^\s/;,()<>@:\\\"\[\]?=]++/[^\s/;,()<>@:\\\"\[\]?=]++")
_FIRST_DELIMITER = re.compile(rb"^--([^\r\n]{1,200})\r?\n(?=content-)", re.MULTILINE | re.IGNORECASE)
_LEADING = {"application", "audio", "image", "video"}


@dataclass(eq=False)
class Part:
    """A part of a mail, or all of it."""

    raw: bytes = field(repr=False)
    """The whole mail."""
    start: int
    body: int
    """Where its headers end."""
    stop: int
    fields: tuple[tuple[str, bytes], ...]
    """Its headers, by name in lower case."""
    default: str = "text/plain"
    parts: list["Part"] = field(default_factory=list)
    ended: bool = False
    """Whether the delimiter that ends its parts was there."""
    given_charset: str = ""
    """That of the mail's text, which headers without one are in, too."""

    @property
    def content(self) -> bytes:
        return self.raw[self.body : self.stop]

    def all(self, name: str) -> Iterator[str]:
        """The headers of this name as they are written, but for line ends."""
        return (_written(value, self.given_charset) for each, value in self.fields if each == name)

    def has(self, name: str) -> bool:
        return any(each == name for each, _ in self.fields)

    def get(self, name: str) -> str:
        """The first header of this name that says anything."""
        return next((value for value in self.all(name) if value.strip()), "")

    def text(self, name: str) -> str:
        """That header, decoded."""
        return words(self.get(name))

    @cached_property
    def media_type(self) -> str:
        value = self._first("content-type")
        if found := _TYPE.match(value.strip()):
            return found[0].lower()
        main = value.partition(";")[0].strip().lower()
        return f"{main}/octet-stream" if main in _LEADING else self.default

    @cached_property
    def parameters(self) -> dict[str, str]:
        return parameters(self._first("content-type"))

    @cached_property
    def disposition(self) -> str:
        return self._first("content-disposition").partition(";")[0].strip().lower()

    @cached_property
    def file_name(self) -> str:
        """The name that it was sent with."""
        return self.disposed.get("filename", "") or self.parameters.get("name", "")

    @cached_property
    def disposed(self) -> dict[str, str]:
        return parameters(self._first("content-disposition"))

    @cached_property
    def boundary(self) -> bytes:
        """What delimits its parts; where a mail forgot to say, what its first line of that kind has."""
        if not self.media_type.startswith("multipart/"):
            return b""
        boundary = self.parameters.get("boundary", "").rstrip()
        if boundary:
            return boundary.encode("utf-8", "surrogateescape")
        found = _FIRST_DELIMITER.search(self.raw, self.body, min(self.stop, self.body + MAX_FIELD))
        return found[1].rstrip(b" \t") if found else b""

    @property
    def charset(self) -> str:
        return self.parameters.get("charset", "").partition("(")[0].strip()

    @cached_property
    def encoding(self) -> str:
        return self._first("content-transfer-encoding").partition(";")[0].partition("(")[0].strip(" \t\"'").lower()

    def _first(self, name: str) -> str:
        """`get` for headers that the charset itself comes from."""
        value = next((value for each, value in self.fields if each == name), b"")
        return _written(value, "")

    def decoded(self) -> bytes:
        """Its content without the encoding for transfer (RFC 2045, 6)."""
        match self.encoding:
            case "base64":
                return base64_bytes(self.content)
            case "quoted-printable":
                return binascii.a2b_qp(self.content)
            case "x-uuencode" | "uuencode" | "x-uue" | "uue":
                return b"".join(_uu_lines(self.content))
        return self.content

    @cached_property
    def size(self) -> int:
        """Bytes when decoded; of base64 they are counted, not decoded."""
        if self.encoding != "base64":
            return len(self.decoded())
        signs = self.stop - self.body
        signs -= sum(self.raw.count(space, self.body, self.stop) for space in (b"\n", b"\r", b" ", b"\t"))
        padding = self.raw.count(b"=", max(self.body, self.stop - 100), self.stop)
        return max(0, (signs - padding) * 3 // 4)

    def leaves(self) -> Iterator["Part"]:
        """The parts without parts, in order."""
        pending = [self]
        while pending:
            part = pending.pop()
            if part.parts:
                pending += reversed(part.parts)
            else:
                yield part

    @property
    def cut(self) -> bool:
        """Whether its end is missing. What ends its parts is not, if none of them lacks anything."""
        if self.parts:
            last = self.parts[-1]
            return not self.ended and last.stop > last.start and (last.cut or not last.parts)
        content = self.content.translate(None, b" \t\r\n") if self.encoding == "base64" else b""
        return len(content) % 4 > 0


def parse_mail(raw: bytes) -> Part:
    """The mail whose bytes these are, of which the end may be missing."""
    root = _begun(raw, 0, "text/plain")
    opened, count = [root], 1
    for found in _DELIMITER.finditer(raw, max(0, root.body - 1)) if root.boundary else ():
        line = found[1].rstrip(b" \t")
        level, ends = _level(opened, line), False
        if level is None and line.endswith(b"--"):
            level, ends = _level(opened, line[:-2]), True
        if level is None:
            continue
        if count == MAX_PARTS:
            root.ended = True  # perhaps
            break
        for inner in opened[level + 1 :]:
            _end(inner, found.start() + 1)
        del opened[level + 1 :]
        opened[level].ended = ends
        if not ends:
            count += 1
            part = _begun(raw, _next_line(raw, found.end()), _default_in(opened[level]))
            opened[level].parts.append(part)
            opened.append(part)
    charset = next((part.charset for part in root.leaves() if part.charset), "")
    for part in (root, *root.leaves()):
        part.given_charset = charset
    return root


def _written(value: bytes, charset: str) -> str:
    """A header as text: in UTF-8 (RFC 6532), else, as was practice before, in what the mail's text is in."""
    value = b"".join(value.splitlines())
    try:
        value.decode("utf-8")
    except UnicodeDecodeError:
        return text_of(value, charset)
    return text_of(value, "")


def _level(opened: list[Part], boundary: bytes) -> int | None:
    """Which of the parts in one another this delimits: the innermost. Some mails use a boundary for two, of which one
    that has ended is not meant."""
    levels = [level for level, part in enumerate(opened[:MAX_DEPTH]) if boundary and part.boundary == boundary]
    return next((level for level in reversed(levels) if not opened[level].ended), levels[-1] if levels else None)


def _begun(raw: bytes, start: int, default: str) -> Part:
    """A part with its headers, which goes on to the end of all for now."""
    fields, body = read_fields(raw, start)
    return Part(raw, start, body, len(raw), fields, default)


def _end(part: Part, stop: int) -> None:
    """The line end before a delimiter belongs to it (RFC 2046, 5.1.1)."""
    if stop > part.body and part.raw.startswith(b"\n", stop - 1):
        stop -= 1
        if stop > part.body and part.raw.startswith(b"\r", stop - 1):
            stop -= 1
    part.stop = max(part.body, stop)


def _next_line(raw: bytes, place: int) -> int:
    return raw.find(b"\n", place) + 1 or len(raw)


def _default_in(parent: Part) -> str:
    return "message/rfc822" if parent.media_type == "multipart/digest" else "text/plain"


def read_fields(raw: bytes, start: int) -> tuple[tuple[tuple[str, bytes], ...], int]:
    """The headers that begin here, and where they end: behind an empty line, or before what is no header."""
    fields, place = list[tuple[str, bytes]](), start
    for begin, stop in field_lines(raw, start):
        found = _NAME.match(raw, begin, stop)
        if found and len(fields) < MAX_HEADERS:
            value = raw[found.end() : min(stop, found.end() + MAX_HEADER)]
            fields.append((found[1].decode("ascii").lower(), value))
        place = stop
    line = _LINE.match(raw, place)
    return tuple(fields), line.end() if line and not line[0].strip(b"\r\n") else place


def field_lines(raw: bytes, start: int) -> Iterator[tuple[int, int]]:
    """Where each header begins and ends, with the lines that go on with it. The envelope that some programs leave above
    them (`From …`) is passed as one."""
    begin = place = start
    for found in _LINE.finditer(raw, start):
        line = found[0]
        if line.startswith((b" ", b"\t")) and place > start:
            place = found.end()
            continue
        if place > begin:
            yield begin, place
        begin = place = found.start()
        if not (_NAME.match(line) or (begin == start and line.startswith((b"From ", b">From ", b" ", b"\t")))):
            return
        place = found.end()


def _uu_lines(content: bytes) -> Iterator[bytes]:
    """The lines between `begin` and `end`; one that is none is passed over."""
    _, begin, rest = content.partition(b"begin ")
    for line in rest.splitlines()[1:] if begin else ():
        if line.strip() in (b"end", b"`", b""):
            return
        count = (((line[0] - 32) & 63) * 4 + 5) // 3  # some write more than the line's length says
        try:
            yield binascii.a2b_uu(line)
        except binascii.Error:
            try:
                yield binascii.a2b_uu(line[:count])
            except binascii.Error:
                continue
