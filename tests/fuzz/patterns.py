"""Which regular expressions can take more than linear time, told from their syntax.

Three shapes make a backtracking matcher look at one character again and again: a repeat in a repeat that can begin
where the inner one goes on, two repeats in a row that can share their characters, and, for a search, a repeat whose
own characters can begin the match anew, when something behind it can fail. Sets are
compared on the characters of `SAMPLE`.
"""

import re
from collections.abc import Iterator, Sequence
from importlib import import_module
from typing import Any

_parser: Any = import_module("re._parser")
_constants: Any = import_module("re._constants")
SAMPLE = [chr(code) for code in range(128)] + ["\x85", "\xa0", "é", "あ", "🎉"]
MANY = 64
"""A repeat of at least so many times counts as one without a bound."""

Item = tuple[Any, Any]


def superlinear(pattern: re.Pattern[Any], search: bool = True) -> str:
    """What is wrong with the pattern, or nothing. `search`: it is tried at each place of a text."""
    source = pattern.pattern.decode("latin-1") if isinstance(pattern.pattern, bytes) else pattern.pattern
    flags = pattern.flags
    for sequence in _sequences(
        _parser.parse(source, flags & ~re.UNICODE if isinstance(pattern.pattern, bytes) else flags)
    ):
        found = _look(sequence, flags, search)
        if found:
            return found
    return ""


def _sequences(items: Sequence[Item], most: int = 500) -> list[list[Item]]:
    """Each way through the alternatives, with groups taken apart; repeats stay as they are."""
    ways: list[list[Item]] = [[]]
    for op, given in items:
        if op is _constants.SUBPATTERN:
            inner = _sequences(given[3])
        elif op is _constants.BRANCH:
            inner = [way for each in given[1] for way in _sequences(each)]
        else:
            inner = [[(op, given)]]
        ways = [way + more for way in ways for more in inner][:most]
    return ways


def _look(items: list[Item], flags: int, search: bool) -> str:
    for place, (op, given) in enumerate(items):
        if op not in (_constants.MAX_REPEAT, _constants.MIN_REPEAT):
            continue
        for way in _sequences(given[2]):
            if found := _look(way, flags, search=False):
                return found
        if given[1] < MANY:
            continue
        mine = _characters(given[2], flags)
        for way in _sequences(given[2]):
            first = _first(way, flags)
            for inner in _last_repeats(way):
                if first & _characters(inner[1][2], flags):
                    return "a repeat in a repeat"
        if any(mine & _first(later[1][2], flags) for later in _reached(items[place + 1 :], mine, flags)):
            return "two repeats in a row"
        before = [item for item in items[:place] if not _is_nullable(item)]
        anchored = any(item[0] in (_constants.AT, _constants.ASSERT, _constants.ASSERT_NOT) for item in items[:place])
        if (
            search
            and not anchored
            and all(_first([item], flags) & mine for item in before)
            and any(not _is_nullable(item) or item[0] is _constants.AT for item in items[place + 1 :])
        ):
            return "a repeat that can begin the match anew"
    return ""


def _is_unbounded(item: Item) -> bool:
    return item[0] in (_constants.MAX_REPEAT, _constants.MIN_REPEAT) and item[1][1] >= MANY


def _last_repeats(items: list[Item]) -> Iterator[Item]:
    for item in reversed(items):
        if _is_unbounded(item):
            yield item
        if not _is_nullable(item):
            return


def _reached(items: list[Item], mine: set[str], flags: int) -> Iterator[Item]:
    """The unbounded repeats behind one of these characters that a text of them can reach."""
    for item in items:
        if _is_unbounded(item):
            yield item
        if not _is_nullable(item) and not _first([item], flags) & mine:
            return


def _is_nullable(item: Item) -> bool:
    op, given = item
    if op in (_constants.MAX_REPEAT, _constants.MIN_REPEAT, _constants.POSSESSIVE_REPEAT):
        return bool(given[0] == 0)
    return op in (_constants.AT, _constants.ASSERT, _constants.ASSERT_NOT)


def _first(items: Sequence[Item], flags: int) -> set[str]:
    """The characters that these can begin with."""
    found = set[str]()
    for way in _sequences(items):
        for op, given in way:
            repeat = op in (_constants.MAX_REPEAT, _constants.MIN_REPEAT, _constants.POSSESSIVE_REPEAT)
            found |= _first(given[2], flags) if repeat else _characters([(op, given)], flags)
            if not _is_nullable((op, given)):
                break
    return found


def _characters(items: Sequence[Item], flags: int) -> set[str]:
    """All characters that are in what these match, of the sample."""
    found = set[str]()
    for op, given in items:
        if op in (_constants.MAX_REPEAT, _constants.MIN_REPEAT, _constants.POSSESSIVE_REPEAT):
            found |= _characters(given[2], flags)
        elif op is _constants.SUBPATTERN:
            found |= _characters(given[3], flags)
        elif op is _constants.ATOMIC_GROUP:
            found |= _characters(given, flags)
        elif op is _constants.BRANCH:
            for way in given[1]:
                found |= _characters(way, flags)
        elif op is _constants.GROUPREF:
            found |= set(SAMPLE)
        elif op not in (_constants.AT, _constants.ASSERT, _constants.ASSERT_NOT):
            found |= _set(op, given, flags)
    return found


def _set(op: Any, given: Any, flags: int) -> set[str]:
    if op is _constants.ANY:
        return {char for char in SAMPLE if char != "\n" or flags & re.DOTALL}
    if op is _constants.NOT_LITERAL:
        return {char for char in SAMPLE if ord(char) != given}
    if op is _constants.LITERAL:
        return _cased({chr(given)}, flags)
    if op is _constants.IN:
        found = set[str]()
        for kind, value in given:
            if kind is _constants.LITERAL:
                found.add(chr(value))
            elif kind is _constants.RANGE:
                found |= {char for char in SAMPLE if value[0] <= ord(char) <= value[1]}
            elif kind is _constants.CATEGORY:
                found |= {char for char in SAMPLE if _in_category(value, char)}
        found = _cased(found, flags)
        return set(SAMPLE) - found if given[0][0] is _constants.NEGATE else found
    raise NotImplementedError(str(op))


def _cased(found: set[str], flags: int) -> set[str]:
    return found | {char.swapcase() for char in found} if flags & re.IGNORECASE else found


def _in_category(category: Any, char: str) -> bool:
    kind = str(category).removeprefix("CATEGORY_").removeprefix("UNI_")
    plain = kind.removeprefix("NOT_")
    found = {"DIGIT": char.isdigit(), "SPACE": char.isspace(), "WORD": char.isalnum() or char == "_"}[plain]
    return found != kind.startswith("NOT_")
