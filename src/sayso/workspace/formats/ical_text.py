"""The content lines of a calendar object as they stand, so that a change of some leaves all others byte for byte."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from sayso.workspace.errors import Refused
from sayso.workspace.formats.charset import text_of
from sayso.workspace.formats.content_lines import Component, Line, folded, mark_of, name_of, parse_line, quoted_cut

_END = re.compile(rb"\r\n|\r|\n")
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class Piece:
    """One content line."""

    raw: bytes
    """With its folds and its ends."""
    text: bytes
    """Unfolded."""

    @cached_property
    def name(self) -> str:
        return name_of(self.text)

    @cached_property
    def line(self) -> Line | None:
        """Its parts; None where it says nothing."""
        return parse_line(text_of(self.text, ""))

    @property
    def value(self) -> str:
        return "" if self.line is None else self.line.value

    @property
    def end(self) -> bytes:
        """What ends it, CRLF as it should be or another way."""
        found = _END.search(self.raw)
        return found[0] if found else b""


@dataclass(frozen=True)
class Block:
    """A component, from its BEGIN to its END."""

    kind: str
    pieces: tuple[Piece, ...]

    @cached_property
    def parts(self) -> "list[Piece | Block]":
        """What is within: its own lines, and components. Raises Refused where one of these has no end."""
        return cut(self.pieces[1:-1], None)

    @cached_property
    def component(self) -> Component:
        """To be read."""
        found = Component(self.kind)
        for piece in self.pieces[1:-1]:
            found.take(piece.text, *mark_of(piece.text))
        if found.why:
            raise Refused(found.why)
        return found

    def own(self, name: str) -> Iterator[Piece]:
        return (part for part in self.parts if isinstance(part, Piece) and part.name == name)

    def first(self, name: str) -> Piece | None:
        """The first of these lines that says something."""
        return next((each for each in self.own(name) if each.line is not None and each.line.value.strip()), None)

    def with_parts(self, parts: "Iterable[Piece | Block]") -> "Block":
        return Block(self.kind, (self.pieces[0], *pieces_of(parts), self.pieces[-1]))


def pieces_of(parts: Iterable[Piece | Block]) -> Iterator[Piece]:
    for part in parts:
        yield from part.pieces if isinstance(part, Block) else (part,)


def text_from(parts: Iterable[Piece | Block]) -> bytes:
    return b"".join(piece.raw for piece in pieces_of(parts))


def pieces(text: bytes) -> list[Piece]:
    """The lines of a text; what is empty belongs to the line before."""
    found: list[list[bytes]] = []
    for raw in text.splitlines(keepends=True):
        if found and (raw[:1] in (b" ", b"\t") or not raw.strip(b"\r\n")):
            found[-1].append(raw)
        else:
            found.append([raw])
    return [Piece(b"".join(each), _unfolded(each)) for each in found]


def _unfolded(physical: list[bytes]) -> bytes:
    first, *more = (each.rstrip(b"\r\n") for each in physical)
    return first.removeprefix(_BOM) + b"".join(each[1:] for each in more)


def cut(lines: Iterable[Piece], kinds: Collection[str] | None) -> list[Piece | Block]:
    """The lines with the components of these kinds (None: of all) as blocks. Raises Refused where one has no end."""
    found: list[Piece | Block] = []
    begun, kind, depth = list[Piece](), "", 0
    for piece in lines:
        verb, what = mark_of(piece.text)
        if not begun and not (verb == "BEGIN" and (kinds is None or what in kinds)):
            found.append(piece)
            continue
        if not begun:
            kind = what
        begun.append(piece)
        depth += (verb == "BEGIN") - (verb == "END") if what == kind else 0
        if not depth:
            found.append(Block(kind, tuple(begun)))
            begun = []
    if begun:
        raise Refused("it has no end.")
    return found


def made(text: str, end: bytes = b"\r\n") -> Piece:
    """A line of our own, folded. `end`: what lines of the object end with."""
    return Piece(folded(text).replace(b"\r\n", end), text.encode("utf-8", "replace"))


def made_all(lines: Iterable[str], end: bytes = b"\r\n") -> list[Piece]:
    return [made(line, end) for line in lines]


def again(piece: Piece, value: str | None, given: Mapping[str, str | None]) -> Piece:
    """The line with another value (None: its own) and these parameters, as they are to be written, all others as and
    where they are; None takes one away."""
    head, *rest = quoted_cut(text_of(piece.text, ""), ":", most=1)
    name, *params = quoted_cut(head, ";")
    kept, left = [name], {**given}
    for param in params:
        key = param.partition("=")[0].strip().upper()
        told = left.pop(key, None)
        if key not in given:
            kept.append(param)
        elif told is not None:
            kept.append(f"{key}={told}")
    kept += [f"{key}={told}" for key, told in left.items() if told is not None]
    return made(f"{';'.join(kept)}:{''.join(rest) if value is None else value}", piece.end or b"\r\n")
