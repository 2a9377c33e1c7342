"""How many ways a regular expression goes: a backtracking matcher over the trees of `re`, which counts.

`re` counts nothing, holds the interpreter's lock while it matches, and can be ended by nobody. This takes the same ways
through a pattern as `re` does, slowly, so that its count grows as the time of `re` grows.
"""

import re
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any

op: Any = import_module("re._constants")  # of which the types know, or not, by what else is installed
parser: Any = import_module("re._parser")

Next = Callable[[int], bool]
Node = Callable[[int, Next], bool]
Items = list[Any]
_REPEATS = (op.MAX_REPEAT, op.MIN_REPEAT)


class TooMany(Exception):
    """More steps than allowed."""


class Matcher:
    """Matches items of a parsed pattern on one text, counting each item that is tried at each place."""

    def __init__(self, items: Items, flags: int, text: str, most: int) -> None:
        self._flags = flags
        self._text = text
        self._most = most
        self._groups: dict[int, tuple[int, int]] = {}
        self.steps = 0
        self._node = self._sequence(items)

    def match(self) -> int:
        """The steps of a try to match the whole text. Raises TooMany."""
        self._node(0, lambda there: there == len(self._text))
        return self.steps

    def ways(self) -> int:
        """In how many ways the whole text is matched. Raises TooMany."""
        found = 0

        def count(there: int) -> bool:
            nonlocal found
            found += there == len(self._text)
            return False

        self._node(0, count)
        return found

    def _step(self) -> None:
        self.steps += 1
        if self.steps > self._most:
            raise TooMany

    def _sequence(self, items: list[Any]) -> Node:
        nodes = [self._compile(*item) for item in items]

        def run(at: int, then: Next, index: int = 0) -> bool:
            if index == len(nodes):
                return then(at)
            self._step()
            return nodes[index](at, lambda there: run(there, then, index + 1))

        return run

    def _compile(self, kind: Any, value: Any) -> Node:
        if kind in (op.LITERAL, op.NOT_LITERAL, op.ANY, op.IN):
            return self._one(kind, value)
        if kind is op.SUBPATTERN:
            return self._group(value)
        if kind is op.BRANCH:
            ways = [self._sequence(list(way)) for way in value[1]]
            return lambda at, then: any(way(at, then) for way in ways)
        if kind in _REPEATS:
            return self._repeat(value[0], value[1], self._sequence(list(value[2])), kind is op.MAX_REPEAT)
        if kind in (op.ASSERT, op.ASSERT_NOT):
            return self._look(value[0], list(value[1]), kind is op.ASSERT)
        if kind is op.AT:
            return lambda at, then: self._at(value, at) and then(at)
        if kind is op.GROUPREF:
            return self._same(value)
        raise NotImplementedError(kind)

    def _one(self, kind: Any, value: Any) -> Node:
        flags = self._flags

        def run(at: int, then: Next) -> bool:
            return at < len(self._text) and _fits(kind, value, self._text[at], flags) and then(at + 1)

        return run

    def _group(self, value: Any) -> Node:
        number, added, removed, items = value
        outside, self._flags = self._flags, (self._flags | added) & ~removed
        inner = self._sequence(list(items))
        self._flags = outside

        def run(at: int, then: Next) -> bool:
            def close(there: int) -> bool:
                if number is not None:
                    self._groups[number] = (at, there)
                return then(there)

            return inner(at, close)

        return run

    def _repeat(self, least: int, most: int, inner: Node, greedy: bool) -> Node:
        def run(at: int, then: Next, done: int = 0) -> bool:
            self._step()

            def again(there: int) -> bool:
                return (there > at or done < least) and run(there, then, done + 1)

            def more() -> bool:
                return done < most and inner(at, again)

            if done < least:
                return more()
            return (more() or then(at)) if greedy else (then(at) or more())

        return run

    def _look(self, direction: int, items: list[Any], wanted: bool) -> Node:
        inner = self._sequence(items)

        def run(at: int, then: Next) -> bool:
            if direction > 0:
                found = inner(at, lambda _: True)
            else:
                found = any(inner(start, lambda there: there == at) for start in range(max(0, at - 8), at + 1))
            return found == wanted and then(at)

        return run

    def _same(self, number: int) -> Node:
        def run(at: int, then: Next) -> bool:
            start, end = self._groups.get(number, (0, 0))
            said = self._text[start:end]
            return self._text.startswith(said, at) and then(at + len(said))

        return run

    def _at(self, value: Any, at: int) -> bool:
        if value in (op.AT_BEGINNING, op.AT_BEGINNING_STRING):
            return at == 0
        if value in (op.AT_END, op.AT_END_STRING):
            return at == len(self._text)
        edge = (at > 0 and _word(self._text[at - 1])) != (at < len(self._text) and _word(self._text[at]))
        return edge == (value is op.AT_BOUNDARY)


def _fits(kind: Any, value: Any, char: str, flags: int) -> bool:
    cases = (char, char.lower(), char.upper()) if flags & re.IGNORECASE else (char,)
    same = {each for each in cases if len(each) == 1}
    if kind is op.ANY:
        return char != "\n" or bool(flags & re.DOTALL)
    if kind is op.LITERAL:
        return chr(value) in same
    if kind is op.NOT_LITERAL:
        return chr(value) not in same
    negated = value[0][0] is op.NEGATE
    return any(_within(item, each) for item in value for each in same) != negated


def _word(char: str) -> bool:
    return char.isalnum() or char == "_"


def _within(item: tuple[Any, Any], char: str) -> bool:
    kind, value = item
    if kind is op.LITERAL:
        return char == chr(value)
    if kind is op.RANGE:
        return bool(value[0] <= ord(char) <= value[1])
    return bool(kind is op.CATEGORY and _CATEGORIES[value](char))


_CATEGORIES: dict[Any, Callable[[str], bool]] = {
    op.CATEGORY_DIGIT: str.isdecimal,
    op.CATEGORY_SPACE: str.isspace,
    op.CATEGORY_WORD: _word,
    op.CATEGORY_NOT_DIGIT: lambda char: not char.isdecimal(),
    op.CATEGORY_NOT_SPACE: lambda char: not char.isspace(),
    op.CATEGORY_NOT_WORD: lambda char: not _word(char),
}


def parsed(pattern: str, flags: int) -> tuple[Items, int]:
    """The items of a pattern and its flags, with those that are written in it."""
    tree = parser.parse(pattern, flags)
    return list(tree), tree.state.flags | flags


def inner(items: Items, flags: int = 0) -> Iterator[tuple[Any, Any, int]]:
    """All items of a pattern, with those within others, and the flags that hold for each."""
    for kind, value in items:
        yield kind, value, flags
        if kind in _REPEATS:
            yield from inner(list(value[2]), flags)
        elif kind is op.SUBPATTERN:
            yield from inner(list(value[3]), (flags | value[1]) & ~value[2])
        elif kind is op.BRANCH:
            for way in value[1]:
                yield from inner(list(way), flags)
        elif kind in (op.ASSERT, op.ASSERT_NOT):
            yield from inner(list(value[1]), flags)


def repeated(items: Items, flags: int) -> Iterator[tuple[Items, Any, int]]:
    """The parts that may come any number of times and can be read in several ways each, such as `(?:a|an\\s+)*`:
    the part as an item of its own, what is repeated, and the flags."""
    for kind, value, here in inner(items, flags):
        if kind in _REPEATS and value[1] > 3:
            within = {each for each, _, _ in inner(list(value[2]))}
            if within & {*_REPEATS, op.BRANCH}:
                yield [(kind, value)], list(value[2]), here


def examples(items: Items) -> set[str]:
    """Texts that the items match: one with each alternative of each branch, and each part once, twice or not at all."""
    return {_example(items, choice, number) for choice in _choices(items) for number in choice[1]} | {
        _example(items, (None, ()), 0)
    }


Choice = tuple[Any, range | tuple[()]]


def _choices(items: Items) -> Iterator[Choice]:
    for kind, value, _ in inner(items):
        if kind is op.BRANCH:
            yield value, range(len(value[1]))
        elif kind in _REPEATS:
            yield value, range(value[0], min(value[1], value[0] + 2) + 1)


def _example(items: Items, choice: Choice, number: int) -> str:
    said = ""
    for kind, value in items:
        chosen = number if value is choice[0] else None
        if kind is op.LITERAL:
            said += chr(value)
        elif kind in (op.ANY, op.NOT_LITERAL):
            said += "a"
        elif kind is op.IN:
            said += _member(value)
        elif kind is op.BRANCH:
            said += _example(list(value[1][chosen or 0]), choice, number)
        elif kind is op.SUBPATTERN:
            said += _example(list(value[3]), choice, number)
        elif kind in _REPEATS:
            times = min(max(value[0], 1), value[1]) if chosen is None else chosen
            said += times * _example(list(value[2]), choice, number)
    return said


def _member(items: Items) -> str:
    if items[0][0] is op.NEGATE:
        return next((char for char in "a 1-!.A" if not any(_within(item, char) for item in items[1:])), "a")
    kind, value = items[0]
    if kind is op.CATEGORY:
        return next(char for char in "a1 -" if _within((kind, value), char))
    return chr(value if kind is op.LITERAL else value[0])
