"""What the documents name is there: a promise whose test is gone is no promise."""

import ast
import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
DOCS = TESTS.parent / "docs"
_NAMED = re.compile(r"`(?:tests/)?((?:\w+/)*test_\w+\.py)?(?:::)?(test_\w+)?`")
STATES = ("met", "not met", "not applicable")


def named_in(line: str, home: str) -> list[tuple[str, str]]:
    """The tests that a line of a document names: file and function, or the file alone. A function without a file is in
    the file before it; a file without a folder is in `home`."""
    found: list[tuple[str, str]] = []
    file = ""
    for match in _NAMED.finditer(line):
        if match[1]:
            file = match[1] if "/" in match[1] else f"{home}{match[1]}"
        if match[1] or match[2]:
            found.append((file, match[2] or ""))
    return found


def functions_of(file: Path) -> set[str]:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return {each.name for each in ast.walk(tree) if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef)}


@pytest.mark.parametrize(("document", "home"), [("security.md", ""), ("guarantees.md", "conversation/")])
def test_every_test_that_a_document_names_is_there(document: str, home: str) -> None:
    lines = (DOCS / document).read_text(encoding="utf-8").splitlines()
    named = [each for line in lines for each in named_in(line, home)]
    assert len(named) > 100
    known = {file: functions_of(TESTS / file) for file, _ in named if (TESTS / file).is_file()}
    missing = [f"{file}::{name}" for file, name in named if file not in known or (name and name not in known[file])]
    assert missing == []


def test_each_requirement_is_answered_once() -> None:
    """Of the standard's chapters that the page takes up; their numbers were compared with the standard's own list."""
    _, _, page = (DOCS / "security.md").read_text(encoding="utf-8").partition("## OWASP ASVS")
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in page.splitlines() if line[:3] > "| 0"]
    answered = [row for row in rows if re.match(r"\d", row[0])]
    numbers = [number for row in answered for number in _numbers(row[0])]
    assert len(numbers) == len(set(numbers)) == 150
    assert {row[2] for row in answered} == set(STATES)
    assert all(row[3] for row in answered if row[2] == "not met")


def _numbers(cell: str) -> list[str]:
    """ "6.2.1–6.2.5, 6.2.8": each."""
    found: list[str] = []
    for part in cell.split(", "):
        first, _, last = part.partition("–")
        chapter, _, begin = first.rpartition(".")
        end = last.rpartition(".")[2] or begin
        found += [f"{chapter}.{number}" for number in range(int(begin), int(end) + 1)]
    return found
