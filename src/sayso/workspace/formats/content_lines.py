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
_WIDE = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}
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
    head, *rest = _outside_quotes(raw, ":", most=1)
    if not rest:
        return None
    name, *given = _outside_quotes(head, ";")
    params: dict[str, tuple[str, ...]] = {}
    for item in given:
        key, equals, value = item.partition("=")
        if not equals:  # vCard 2.1 writes values alone
            key, value = ("ENCODING", key) if key.strip().upper() in ("QUOTED-PRINTABLE", "BASE64") else ("TYPE", key)
        key = key.strip().upper()
        params[key] = (*params.get(key, ()), *(part.strip().strip('"') for part in _outside_quotes(value, ",")))
    group, _, name = name.strip().upper().rpartition(".")
    return Line(name, params, rest[0], group)


def _outside_quotes(text: str, mark: str, most: int = -1) -> list[str]:
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

    def take(self, line: bytes, verb: str) -> None:
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
    that was cut or joined. `around` gets each line that is in none of them, with the number of its VCALENDAR."""
    current: Component | None = None
    calendar = 0
    for line in content_lines(file):
        verb, kind = _mark(line)
        calendar += verb == "BEGIN" and kind == "VCALENDAR"
        if verb == "BEGIN" and kind in kinds:
            yield from _cut(current)
            current = Component(kind, calendar=calendar)
        elif current is not None and verb == "END" and kind == current.kind:
            yield current
            current = None
        elif current is not None:
            current.take(line, verb)
        else:
            around(line, calendar)
    yield from _cut(current)


def _cut(current: Component | None) -> Iterator[Component]:
    if current is not None:
        current.why = current.why or "it has no end."
        yield current


def content_lines(file: BinaryIO) -> Iterator[bytes]:
    """The lines, unfolded; also those that quoted-printable breaks with `=` (vCard 2.1). What is beyond MAX_LINE of a
    line is dropped. UTF-16 with a byte order mark comes as UTF-8; a lone CR ends a line as well, as on old Macs."""
    line, soft = bytearray(), False
    for text, begins in _physical(file):
        if begins and text[:1] in (b" ", b"\t"):
            text = text[1:]
        elif begins and soft and line.endswith(b"="):
            del line[-1:]
        elif begins:
            if line:
                yield bytes(line)
            line.clear()
            soft = b"QUOTED-PRINTABLE" in text.partition(b":")[0].upper()
        if len(line) <= MAX_LINE:
            line += text
    if line:
        yield bytes(line)


def _physical(file: BinaryIO) -> Iterator[tuple[bytes, bool]]:
    """The lines as they stand, but for empty ones, in pieces of a bounded length, and whether a piece begins one."""
    begins = True
    for piece in _pieces(file):
        ended = piece.endswith((b"\n", b"\r"))
        for text in piece.rstrip(b"\r\n").split(b"\r"):
            if text or not begins:
                yield text, begins
            begins = True
        begins = ended


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    """The file in UTF-8, in pieces that end at the latest behind a line."""
    file.seek(0)
    start = file.read(len(_BOM))
    if (wide := _WIDE.get(start[:2])) is not None:
        file.seek(2)
        decode = codecs.getincrementaldecoder(wide)("replace").decode
        while chunk := file.read(_CHUNK):
            yield from decode(chunk).encode("utf-8", "replace").splitlines(keepends=True)
        return
    if start != _BOM:
        file.seek(0)
    while piece := file.readline(_CHUNK):
        yield piece


def name_of(line: bytes) -> str:
    """The name of the line's property, without its group (RFC 6350, 3.3)."""
    head = line[:100].split(b":", 1)[0].split(b";", 1)[0]
    return head.decode("latin-1").upper().rpartition(".")[2].strip()


def _mark(line: bytes) -> tuple[str, str]:
    """BEGIN or END, and of what; of another line, two empty texts."""
    verb, _, kind = line[:100].decode("latin-1").upper().partition(":")
    return (verb.strip(), kind.strip()) if verb.strip() in ("BEGIN", "END") else ("", "")
