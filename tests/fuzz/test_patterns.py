"""The regular expressions that look at foreign text take linear time, told from their syntax, or it is said why not."""

import ast
import importlib
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.fuzz.patterns import superlinear

import sayso

# The offline model and the dates read what the user says; what bounds them is the length of a message.
ELSEWHERE = ("sayso.offline", "sayso.english.dates", "sayso.store.migrations")

EXPLAINED = {
    r"https?://\S+/auth/local/login\?token=[\w.~%-]+": "the operator's own argument at the terminal",
    r"^[ \t]*/\*\*(?:(?!\*/).)*\*/[ \t]*$": "our own scripts, when the server starts",
    r"[^\s<>@,;\"]+@[^\s<>@,;\"]+\.[^\s<>@,;\".]+": "matched with the whole of a text of at most sizes.ARGUMENT",
    r"\"?(?P<name>[^<>\"]*?)\"?\s*<(?P<email>[^\s<>@,;\"]+@[^\s<>@,;\"]+\.[^\s<>@,;\".]+)>": "the same",
    r"(?:https?://|www\.)[^\s<>\"'\\)\]]+[^\s<>\"'\\)\].,;:!?]": "fails only before mere punctuation",
}


def _modules() -> Iterator[Any]:
    for found in pkgutil.walk_packages(sayso.__path__, "sayso."):
        if not found.name.startswith(ELSEWHERE) and not found.name.endswith("__main__"):
            yield importlib.import_module(found.name)


def _patterns(value: Any) -> Iterator[re.Pattern[Any]]:
    if isinstance(value, re.Pattern):
        yield value
    elif isinstance(value, dict):
        yield from _patterns(list(value.values()))
    elif isinstance(value, list | tuple | set | frozenset):
        for each in value:
            yield from _patterns(each)


def _inline(module: Any) -> Iterator[re.Pattern[Any]]:
    """Patterns written where they are used: re.sub("…", …)."""
    for node in ast.walk(ast.parse(Path(module.__file__).read_text())):
        match node:
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id="re")), args=[ast.Constant(value=str() | bytes() as text), *_]
            ):
                yield re.compile(text)


def test_no_pattern_takes_more_than_linear_time() -> None:
    found = {
        pattern.pattern: f"{module.__name__}: {why}: {pattern.pattern}"
        for module in _modules()
        for pattern in (*_patterns(list(vars(module).values())), *_inline(module))
        if (why := superlinear(pattern))
    }
    assert [told for pattern, told in found.items() if pattern not in EXPLAINED] == []
    assert EXPLAINED.keys() - found.keys() == set()


@pytest.mark.parametrize(
    ("pattern", "linear"),
    [
        (r"\s+$", False),
        (r"<a[^>]*>", False),
        (r"(a+)+b", False),
        (r".*foo.*bar", False),
        (r"^(x|\s*a\s*)+:", False),
        (r"^re\s*(\[\d+\])?\s*:", False),
        (r"\w+@\w+", False),
        (r'"(?:[^"\\]+|\\.)*"', False),
        (r"(?i:[a-z]*)B", False),
        (r"\s+", True),
        (r"<[^<>]*>", True),
        (r"(?:\.[\w-]+)+", True),
        (r"^re\s*(\[\d+\]\s*)?:", True),
        (r"(?<!\w)\w+@\w+", True),
        (r"<!--|</?[a-z][^\s/>]*", True),
        (r'"(?:[^"\\]|\\.)*+', True),
        (r"[\s!-/]+", True),
    ],
)
def test_the_judge(pattern: str, linear: bool) -> None:
    assert (superlinear(re.compile(pattern)) == "") == linear, superlinear(re.compile(pattern))
