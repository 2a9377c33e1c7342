"""The content lines of iCalendar (RFC 5545, 3.1) and vCard (RFC 6350, 3.2), cut into components before one is parsed.

One pass over the file, with a bound on what is kept of a component: no parser sees more than that at once, and what is
wrong with one component is its own affair.
"""

import codecs
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import BinaryIO

from sayso.workspace.formats.charset import text_of

MAX_LINE = 500_000
MAX_LINES = 20_000
MAX_BYTES = 2_000_000
"""Bytes of a line, lines of a component, bytes of a component."""

_CHUNK = 65_536
_BOM = b"\xef\xbb\xbf"
# How a file in UTF-16 begins: with a byte order mark, or with the B of BEGIN; and how much of that is no text.
_WIDE = {
    b"\xff\xfe": ("utf-16-le", 2),
    b"\xfe\xff": ("utf-16-be", 2),
    b"B\0": ("utf-16-le", 0),
    b"\0B": ("utf-16-be", 0),
}
_QUOTED, _BASE64 = b"QUOTED-PRINTABLE", b"BASE64"
_BASE64_TEXT = re.compile(rb"[A-Za-z0-9+/]+=*[ \t]*")
_UNESCAPED = re.compile(r"\\.|[;,]", re.DOTALL)
_WIDTH = 75  # octets of a written line (RFC 5545, 3.1; RFC 6350, 3.2)
# Kept as they are; one that is too long is left out of its component, the rest stays.
_UNREAD = ("ATTACH", "IMAGE", "KEY", "LOGO", "PHOTO", "SOUND", "X-")


@dataclass(frozen=True, slots=True)
class Line:
    """A content line (RFC 5545, 3.1; RFC 6350, 3.3), its value as it is written; names are in upper case."""

    name: str
    params: Mapping[str, tuple[str, ...]]
    value: str
    group: str = ""

    def param(self, name: str) -> str:
        """The first value of a parameter, or an empty text."""
        return next(iter(self.params.get(name, ())), "")

    @property
    def text(self) -> str:
        """The value with its escapes taken away (RFC 5545, 3.3.11)."""
        return unescape(self.value)

    @property
    def texts(self) -> list[str]:
        """The value as a list of texts, cut at its commas."""
        return [unescape(part) for part in cut(self.value, ",")]


def parse_line(raw: str) -> Line | None:
    """The parts of an unfolded line; None of one that has no value."""
    head, *rest = quoted_cut(raw, ":", most=1)
    if not rest:
        return None
    name, *given = quoted_cut(head, ";")
    params: dict[str, list[str]] = {}
    for item in given:
        key, equals, value = item.partition("=")
        if not equals:  # vCard 2.1 writes values alone
            key, value = ("ENCODING", key) if key.strip().upper() in ("QUOTED-PRINTABLE", "BASE64") else ("TYPE", key)
        key = key.strip().upper()
        params.setdefault(key, []).extend(part.strip().strip('"') for part in quoted_cut(value, ","))
    group, _, name = name.strip().upper().rpartition(".")
    return Line(name, {key: tuple(values) for key, values in params.items()}, rest[0], group)


def quoted_cut(text: str, mark: str, most: int = -1) -> list[str]:
    """The parts between marks that are not in double quotes; `most`: how many cuts."""
    parts, begin, quoted = list[str](), 0, False
    for found in re.finditer(f'["{mark}]', text):
        if found[0] == '"':
            quoted = not quoted
        elif not quoted:
            parts.append(text[begin : found.start()])
            begin = found.end()
            if len(parts) == most:
                break
    return [*parts, text[begin:]]


def cut(text: str, mark: str) -> list[str]:
    """The parts between marks (`;` or `,`) that are not escaped."""
    parts, begin = list[str](), 0
    for found in _UNESCAPED.finditer(text):
        if found[0] == mark:
            parts.append(text[begin : found.start()])
            begin = found.end()
    return [*parts, text[begin:]]


def unescape(text: str) -> str:
    return re.sub(r"\\(.)", lambda found: "\n" if found[1] in "nN" else found[1], text, flags=re.DOTALL)


def escape(text: str) -> str:
    return re.sub(r"([\\,;])", r"\\\1", text).replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\\n")


def folded(line: str) -> bytes:
    """The line as it is written: in pieces of at most 75 octets, none of which cuts a character, with its end."""
    pieces, length = [""], 0
    for char in line:
        octets = len(char.encode("utf-8", "replace"))
        if length + octets > _WIDTH:
            pieces.append(" ")
            length = 1
        pieces[-1] += char
        length += octets
    return "".join(f"{piece}\r\n" for piece in pieces).encode("utf-8", "replace")


@dataclass(slots=True)
class Component:
    """What stands between BEGIN and END."""

    kind: str
    lines: list[bytes] = field(default_factory=list)
    """Its own."""
    inner: list[bytes] = field(default_factory=list)
    """Those of the components within, with their BEGIN and END."""
    calendar: int = 0
    """Which of the file's VCALENDARs it is in: a time zone's name holds in its own only (RFC 5545, 3.2.19)."""
    why: str = ""
    """What is wrong with it, in a sentence; empty when nothing is known to be."""

    left: list[str] = field(default_factory=list)
    """The names of lines that are too long to be kept."""

    _size: int = 0
    _depth: int = 0
    _likes: int = 0

    @property
    def in_like(self) -> bool:
        """Whether a component of the same kind is open within."""
        return self._likes > 0

    def take(self, line: bytes, verb: str, kind: str = "") -> None:
        self._likes += (verb == "BEGIN") - (verb == "END") if kind == self.kind else 0
        self._depth += verb == "BEGIN"
        self._keep(line, self.inner if self._depth else self.lines)
        self._depth -= verb == "END" and self._depth > 0

    def _keep(self, line: bytes, place: list[bytes]) -> None:
        name = name_of(line)
        if name.startswith(_UNREAD) and (len(line) > MAX_LINE or self._size + len(line) > MAX_BYTES):
            self.left.append(name)
            return
        self._size += len(line)
        if len(line) > MAX_LINE:
            self.why = self.why or f"its {name} is longer than {MAX_LINE:,} bytes."
        elif self._size > MAX_BYTES or len(self.lines) + len(self.inner) >= MAX_LINES:
            self.why = self.why or f"it is longer than {MAX_LINES:,} lines or {MAX_BYTES:,} bytes."
        else:
            place.append(line)

    def value(self, name: str) -> str:
        """The text of the first property of this name, or an empty one."""
        found = next((line for line in self.lines if name_of(line) == name), b"")
        return text_of(found.partition(b":")[2], "")

    def readable(self) -> list[tuple[str, Line]]:
        """Its own lines that say something, as they are written and in their parts."""
        return [(raw, line) for raw in _texts(self.lines) if (line := parse_line(raw)) is not None]

    def unreadable(self) -> list[str]:
        """Its own lines that say nothing."""
        return [raw for raw in _texts(self.lines) if raw.strip() and parse_line(raw) is None]

    def parsed(self) -> list[Line]:
        """Its own lines that say something, in their parts."""
        return [line for _, line in self.readable()]

    def whole(self) -> list[str]:
        """The lines of the components within that begin and end as they should."""
        found, block, open_ones = list[str](), list[str](), list[str]()
        for raw in _texts(self.inner):
            name, _, kind = raw.partition(":")
            block += [raw] if kind else []
            if name.upper() == "BEGIN":
                open_ones.append(kind.upper())
            elif name.upper() == "END":
                if not open_ones or open_ones.pop() != kind.upper():
                    return found
                if not open_ones:
                    found += block
                    block = []
        return found

    @property
    def source(self) -> bytes:
        kind = self.kind.encode()
        return b"\r\n".join([b"BEGIN:" + kind, *self.lines, *self.inner, b"END:" + kind, b""])


def _texts(lines: list[bytes]) -> list[str]:
    return text_of(b"\n".join(lines), "").split("\n")


def components(
    file: BinaryIO, *kinds: str, around: Callable[[bytes, int], object] = lambda line, calendar: None
) -> Iterator[Component]:
    """The components of these kinds, wherever in the file. One in which another begins has lost its end, as in a file
    that was cut or joined; but for the card of an AGENT (vCard 2.1), which is within. `around` gets each line in none
    of them, with the number of its VCALENDAR."""
    current: Component | None = None
    calendar, agent = 0, False
    for line in _agents_apart(content_lines(file)):
        verb, kind = mark_of(line)
        calendar += verb == "BEGIN" and kind == "VCALENDAR"
        if verb == "BEGIN" and kind in kinds and not (current is not None and agent):
            yield from _cut(current, "it has no end.")
            current = Component(kind, calendar=calendar)
        elif current is not None and verb == "END" and kind == current.kind and not current.in_like:
            yield current
            current = None
        elif current is not None:
            current.take(line, verb, kind)
        else:
            around(line, calendar)
        agent = _agent(line) == b""
    yield from _cut(current, "it has no end: the file was cut off in it.")


def _agents_apart(lines: Iterator[bytes]) -> Iterator[bytes]:
    """The lines; `AGENT:BEGIN:VCARD` as two of them."""
    for line in lines:
        if _agent(line) == b"BEGIN:VCARD":
            yield b"AGENT:"
            line = b"BEGIN:VCARD"
        yield line


def _agent(line: bytes) -> bytes | None:
    """What the AGENT of a card is, in upper case; None of another line."""
    return line.partition(b":")[2].strip().upper() if line[:5].upper() == b"AGENT" else None


def _cut(current: Component | None, why: str) -> Iterator[Component]:
    if current is not None:
        current.why = current.why or why
        yield current


def content_lines(file: BinaryIO) -> Iterator[bytes]:
    """The lines, unfolded; also as vCard 2.1 folds what it encodes: quoted-printable at a `=`, base64 anywhere, until
    an empty line. What is beyond MAX_LINE of a line is dropped. UTF-16 comes as UTF-8; a lone CR ends a line as well,
    as on old Macs."""
    line, encoding = bytearray(), b""
    for text, begins in _physical(file):
        if begins and encoding == _QUOTED and line.endswith(b"=") and not mark_of(text)[0]:
            del line[-1:]
        elif begins and not text:
            encoding = b""
        elif begins and text[:1] in (b" ", b"\t"):
            text = text[1:]
        elif begins and not (encoding == _BASE64 and _BASE64_TEXT.fullmatch(text)):
            if line:
                yield bytes(line)
            line.clear()
            encoding = _encoding(text)
        if len(line) <= MAX_LINE:
            line += text
    if line:
        yield bytes(line)


def _encoding(text: bytes) -> bytes:
    """How a line's value is encoded, as its beginning says, or nothing."""
    head = text.partition(b":")[0].upper()
    return next((each for each in (_QUOTED, _BASE64) if each in head), _BASE64 if b"ENCODING=B" in head else b"")


def _physical(file: BinaryIO) -> Iterator[tuple[bytes, bool]]:
    """The lines as they stand, in pieces of a bounded length, and whether a piece begins one."""
    begins, half = True, False
    for piece in _pieces(file):
        if half and piece.startswith(b"\n"):  # of a CRLF that was cut
            piece = piece[1:]
            if not piece:
                continue
        ended, half = piece.endswith((b"\n", b"\r")), piece.endswith(b"\r")
        for text in piece.rstrip(b"\r\n").split(b"\r"):
            yield text, begins
            begins = True
        begins = ended


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    """The file in UTF-8, in pieces that end at the latest behind a line."""
    file.seek(0)
    start = file.read(len(_BOM))
    if (wide := _WIDE.get(start[:2])) is not None:
        charset, skipped = wide
        file.seek(skipped)
        decode = codecs.getincrementaldecoder(charset)("replace").decode
        rest = b""
        while chunk := file.read(_CHUNK):
            *whole, rest = (rest + decode(chunk).encode("utf-8", "replace")).splitlines(keepends=True) or [b""]
            yield from whole
            if len(rest) > _CHUNK:
                yield rest
                rest = b""
        yield rest
        return
    if start != _BOM:
        file.seek(0)
    while piece := file.readline(_CHUNK):
        yield piece


def name_of(line: bytes) -> str:
    """The name of the line's property, without its group (RFC 6350, 3.3)."""
    head = line[:100].split(b":", 1)[0].split(b";", 1)[0]
    return head.decode("latin-1").upper().rpartition(".")[2].strip()


def mark_of(line: bytes) -> tuple[str, str]:
    """BEGIN or END, and of what; of another line, two empty texts."""
    verb, _, kind = line[:100].decode("latin-1").upper().partition(":")
    return (verb.strip(), kind.strip()) if verb.strip() in ("BEGIN", "END") else ("", "")
