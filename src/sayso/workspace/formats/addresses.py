"""The people in a header of addresses (RFC 5322, 3.4 and 4.4), read in one pass whatever is wrong with it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from sayso.workspace.formats.header import words
from sayso.workspace.types import Person

_MARK = re.compile(r'\\.|["(),;:<>@]', re.DOTALL)
_OPEN = dict.fromkeys(map(ord, '"()'), " ")
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_MOST_COMMAS = 3  # in a name


@dataclass(slots=True)
class _Piece:
    """What stands between two commas, without its quotes and comments."""

    display: str = ""
    address: str | None = None
    """What is in angle brackets."""
    comment: str = ""


def people_of(value: str) -> Iterator[Person]:
    """The people, in order. Names are decoded after the commas are found, since they may hold some.

    Of who has a name only, that stands in the place of the address: nothing with an @.
    """
    if "@" not in value and "@" in (decoded := words(value)):
        value = decoded  # all of it was encoded, addresses and all
    for piece in _joined(_Scanner(value).pieces()):
        if piece.address is None:
            piece = _bracketed(piece)
        address = _cleaned(piece.address or "")
        name = words(_plain(piece.display)) or words(_plain(piece.comment))
        if address or name:
            yield Person(address, name) if address else Person(name)


def _cleaned(address: str) -> str:
    kept = address.strip() if '"' in address else "".join(address.split())
    return kept[7:] if kept[:7].lower() == "mailto:" else kept


def _plain(text: str) -> str:
    return _ESCAPED.sub(r"\1", text.replace('\\"', "\0").replace('"', "").replace("\0", '"'))


def _bracketed(piece: _Piece) -> _Piece:
    """The address of a piece without angle brackets: its word with an @, or its only one."""
    found = piece.display.split()
    places = [place for place, word in enumerate(found) if "@" in word]
    if not places and len(found) > 1:
        return piece
    whole = not places or '"@' in piece.display or found[places[-1]].startswith("@") or found[places[-1]].endswith("@")
    address = piece.display if whole else found.pop(places[-1]).strip("<>'")
    address = address.strip("[]") if address.startswith("[") else address
    return _Piece("" if whole else " ".join(found), address, piece.comment)


def _joined(pieces: Iterator[_Piece]) -> Iterator[_Piece]:
    """Pieces with the words before a comma that belong to the name behind it: `Lund, Mara <m@x>`."""
    begun = list[_Piece]()
    for piece in pieces:
        if piece == _Piece():
            continue
        if piece.address is None and "@" not in piece.display and not piece.comment:
            begun.append(piece)
            if len(begun) > _MOST_COMMAS:
                yield begun.pop(0)
            continue
        if piece.address is None or "@" not in piece.address or '"' in piece.display:
            yield from begun
        else:
            piece.display = ", ".join([*(each.display.strip() for each in begun), piece.display.strip()])
        yield piece
        begun.clear()
    yield from begun


class _Scanner:
    def __init__(self, value: str) -> None:
        self._value = value
        self._piece = _Piece()
        self._texts: list[str] = []
        self._begin = 0
        self._at = self._in_angle = False

    def pieces(self) -> Iterator[_Piece]:
        """Cut at commas and semicolons outside quotes, comments and routes; without the names of groups."""
        quoted, depth, opened = False, 0, 0
        for found in _MARK.finditer(self._value):
            mark = found[0]
            if depth:
                depth += {"(": 1, ")": -1}.get(mark, 0)
                if not depth:
                    self._piece.comment = self._value[self._begin : found.start()]
                    self._begin = found.end()
            elif quoted or mark == '"':
                quoted, opened = quoted != (mark == '"'), opened if quoted else found.end()
            elif mark == "(":
                self._cut(found)
                depth, opened = 1, found.end()
            elif mark in ",;" and not (self._in_angle and self._is_route()):
                self._cut(found)
                yield self._end()
            else:
                self._mark(mark, found)
        if quoted or depth:  # it has no end: what it opened is none
            self._value, self._begin = self._value[opened:].translate(_OPEN), 0
            yield from self.pieces()
        else:
            self._texts.append(self._value[self._begin :])
            yield self._end()

    def _mark(self, mark: str, found: re.Match[str]) -> None:
        if mark == "@":
            self._at = True
        elif mark == ":" and (not self._at or (self._in_angle and self._is_route())):
            if self._value[max(0, found.start() - 6) : found.start()].lower() == "mailto":
                return
            self._cut(found)  # the name of a group, or a route
            self._texts.clear()
            self._at = False
        elif mark == "<" and self._piece.address is None and not self._in_angle:
            self._cut(found)
            self._piece.display, self._in_angle, self._at = self._taken(), True, False
        elif mark == ">" and self._in_angle:
            self._cut(found)
            self._piece.address, self._in_angle = self._taken(), False

    def _is_route(self) -> bool:
        return not self._texts and self._value.startswith("@", self._begin)

    def _cut(self, found: re.Match[str]) -> None:
        self._texts.append(self._value[self._begin : found.start()])
        self._begin = found.end()

    def _taken(self) -> str:
        text = " ".join(self._texts).strip()
        self._texts.clear()
        return text

    def _end(self) -> _Piece:
        piece, rest = self._piece, self._taken()
        if self._in_angle:
            piece.address = rest
        elif not piece.display:
            piece.display = rest
        self._piece, self._at, self._in_angle = _Piece(), False, False
        return piece
