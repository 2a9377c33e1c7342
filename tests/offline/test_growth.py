"""A message of any shape costs the offline model a bounded number of steps, which grow no faster than its length."""

import ast
import importlib
import pkgutil
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.kit import backtracking
from tests.kit.backtracking import Matcher, TooMany

import sayso
from sayso.base import steps
from sayso.offline import planner, talk
from sayso.offline.memory import Turn
from sayso.offline.reading import slots

from .loop import NOW, ZONE

SHAPES = [
    "lunch ", "1", "10 ", ",", "milk, ", '"', '"a" ', "and ", "and cancel my lunch ", "move my lunch to 4 and ",
    "Ana, ", "Ana Silva and ", " ", "a\n", "é", "日本", "👍 ", "a", "a-", ". ", "1/", "1:", "a@", "a@b.example ", "(",
    "? ", "to the ", "monday and ", "monday to ", "every ", "every day ", "mondays and ", "last ", "2 hours and ",
    "please ", "tell Ana that ", "at 3, ", "so, ", "I'm ", "add milk to ", "all my meetings ", "the 2nd ",
    "first monday of ", "move it to monday ", "put lunch off ", "10am to 11am ", "who have ", "yes but ", "all my ",
    "thanks for ", "not a instead of a ",
]  # fmt: skip


def _taken(text: str, monkeypatch: pytest.MonkeyPatch) -> tuple[int, str]:
    budgets: list[steps.Budget] = []

    @contextmanager
    def within(most: int, refusal: str) -> Iterator[steps.Budget]:
        with steps.within(most, refusal) as budget:
            budgets.append(budget)
            yield budget

    slots.find.cache_clear()
    monkeypatch.setattr(planner, "within", within)
    said, *_ = planner.answer([Turn(text)], NOW, ZONE, frozenset())
    return budgets[0].taken, said


@pytest.mark.parametrize("shape", SHAPES, ids=ascii)
def test_steps_grow_no_faster_than_the_message_or_it_is_refused(shape: str, monkeypatch: pytest.MonkeyPatch) -> None:
    half, _ = _taken((shape * 600)[:600], monkeypatch)
    whole, said = _taken((shape * 1200)[:1200], monkeypatch)
    assert whole <= 3 * half + 200 or said == talk.TOO_LONG
    assert whole <= planner.MOST_STEPS + 2_000  # steps are taken several at once


def test_a_message_beyond_the_longest_is_refused_unread(monkeypatch: pytest.MonkeyPatch) -> None:
    taken, said = _taken("move it to monday " * 555, monkeypatch)
    assert (taken, said) == (0, talk.TOO_LONG)


# Patterns


_FLAGS_AT = dict.fromkeys(("match", "search", "fullmatch", "findall", "finditer"), 2) | {
    "compile": 1,
    "split": 3,
    "sub": 4,
}
_LOOKED_AT = tuple(
    f"sayso.{name}" for name in ("agent", "base", "conversation", "english", "offline", "tools", "workspace")
)


def _patterns() -> Iterator[tuple[str, str, int]]:
    """Where it stands, the pattern and its flags, of each call of `re` whose pattern is known when its module is."""
    for found in pkgutil.walk_packages(sayso.__path__, "sayso."):
        if not found.name.startswith(_LOOKED_AT):
            continue
        module = importlib.import_module(found.name)
        for node in ast.walk(ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8"))):
            match node:
                case ast.Call(ast.Attribute(ast.Name("re"), name), [first, *_]) if name in _FLAGS_AT:
                    named = [each.value for each in node.keywords if each.arg == "flags"]
                    flags = [*node.args[_FLAGS_AT[name] :], *named, ast.Constant(0)][0]
                    try:
                        pattern, value = _value(first, module), _value(flags, module)
                    except NameError:  # made of what is known only later: a word, or one of these patterns
                        continue
                    if isinstance(pattern, str):
                        yield f"{found.name}:{node.lineno}", pattern, int(value)


def _value(node: ast.expr, module: Any) -> Any:
    return eval(ast.unparse(node), vars(module))


def test_no_pattern_goes_exponentially_many_ways() -> None:
    """Where a repeated part can be read in two ways, six of them can in 64, and thirty keep a thread for ever."""
    sys.setrecursionlimit(max(sys.getrecursionlimit(), 20_000))
    seen: set[str] = set()
    ambiguous: list[tuple[str, str]] = []
    for where, pattern, flags in _patterns():
        items, all_flags = backtracking.parsed(pattern, flags)
        for part, repeated, here in backtracking.repeated(items, all_flags):
            if f"{part} {here}" in seen:
                continue
            seen.add(f"{part} {here}")
            for text in backtracking.examples(repeated):
                one = re.sub(r"\s+", " ", text)  # as in what the grammar reads
                try:
                    ways = Matcher(part, here, one * 6, 20_000).ways()
                except TooMany:
                    ways = 20_000
                if one.strip() and ways > 40:
                    ambiguous.append((where, one))
    assert len(seen) > 80
    assert ambiguous == []
