"""The content lines of iCalendar (RFC 5545, 3.1) and vCard (RFC 6350, 3.2), cut into components before one is parsed.

One pass over the file, with a bound on what is kept of a component: no parser sees more than that at once, and what is
wrong with one component is its own affair.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

MAX_LINE = 500_000
MAX_LINES = 20_000
MAX_BYTES = 2_000_000
"""Bytes of a line, lines of a component, bytes of a component."""

_CHUNK = 65_536
_BOM = b"\xef\xbb\xbf"
_OBSERVANCES = ("STANDARD", "DAYLIGHT")
# Of any size, since nothing here reads them.
_UNREAD = ("ATTACH", "IMAGE", "KEY", "LOGO", "PHOTO", "SOUND", "X-")


@dataclass(slots=True)
class Component:
    """The lines between BEGIN and END, without those of components within, but for the observances of a time zone."""

    kind: str
    lines: list[bytes] = field(default_factory=list)
    why: str = ""
    """What is wrong with it, in a sentence; empty when nothing is known to be."""

    _size: int = 0
    _depth: int = 0
    _observance: bool = False

    def take(self, line: bytes, verb: str, kind: str) -> None:
        if verb == "BEGIN":
            self._depth += 1
            if self._depth == 1:
                self._observance = kind in _OBSERVANCES
        if (self._depth == 0 and verb != "END") or (self._depth == 1 and self._observance):
            self._keep(line)
        if verb == "END":
            self._depth = max(0, self._depth - 1)

    def _keep(self, line: bytes) -> None:
        name = name_of(line)
        if len(line) > MAX_LINE and name.startswith(_UNREAD):
            return
        self._size += len(line)
        if len(line) > MAX_LINE:
            self.why = self.why or f"its {name} is longer than {MAX_LINE:,} bytes."
        elif self._size > MAX_BYTES or len(self.lines) >= MAX_LINES:
            self.why = self.why or f"it is longer than {MAX_LINES:,} lines or {MAX_BYTES:,} bytes."
        else:
            self.lines.append(line)

    def value(self, name: str) -> str:
        """The text of the first property of this name, or an empty one."""
        found = next((line for line in self.lines if name_of(line) == name), b"")
        return found.partition(b":")[2].decode("utf-8", "replace")

    @property
    def source(self) -> bytes:
        kind = self.kind.encode()
        return b"\r\n".join([b"BEGIN:" + kind, *self.lines, b"END:" + kind, b""])


def components(file: BinaryIO, *kinds: str) -> Iterator[Component]:
    """The components of these kinds, wherever in the file. One in which another begins has lost its end, as in a file
    that was cut or joined."""
    current: Component | None = None
    for line in content_lines(file):
        verb, kind = _mark(line)
        if verb == "BEGIN" and kind in kinds:
            yield from _cut(current)
            current = Component(kind)
        elif current is not None and verb == "END" and kind == current.kind:
            yield current
            current = None
        elif current is not None:
            current.take(line, verb, kind)
    yield from _cut(current)


def _cut(current: Component | None) -> Iterator[Component]:
    if current is not None:
        current.why = current.why or "it has no end."
        yield current


def content_lines(file: BinaryIO) -> Iterator[bytes]:
    """The lines, unfolded; also those that quoted-printable breaks with `=` (vCard 2.1). What is beyond MAX_LINE of a
    line is dropped."""
    line, soft, ended = bytearray(), False, True
    if file.read(len(_BOM)) != _BOM:
        file.seek(0)
    while piece := file.readline(_CHUNK):
        text = piece.rstrip(b"\r\n")
        if ended and not text:
            continue
        if ended and text[:1] in (b" ", b"\t"):
            text = text[1:]
        elif ended and not (soft and line.endswith(b"=")):
            if line:
                yield bytes(line)
            line.clear()
            soft = b"QUOTED-PRINTABLE" in text.partition(b":")[0].upper()
        elif ended:
            del line[-1:]
        ended = piece.endswith(b"\n")
        if len(line) <= MAX_LINE:
            line += text
    if line:
        yield bytes(line)


def name_of(line: bytes) -> str:
    """The name of the line's property, without its group (RFC 6350, 3.3)."""
    head = line[:100].split(b":", 1)[0].split(b";", 1)[0]
    return head.decode("latin-1").upper().rpartition(".")[2].strip()


def _mark(line: bytes) -> tuple[str, str]:
    """BEGIN or END, and of what; of another line, two empty texts."""
    verb, _, kind = line[:100].decode("latin-1").upper().partition(":")
    return (verb.strip(), kind.strip()) if verb.strip() in ("BEGIN", "END") else ("", "")
