"""The documentation of the API: its recipes run as they stand, what it lists is there, what there is it lists."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sayso.base.errors import SaysoError

if TYPE_CHECKING:
    from tests.conftest import Server

API = (Path(__file__).parents[2] / "docs" / "api.md").read_text(encoding="utf-8")
RECIPES = API.partition("\n## Recipes\n")[2]


def recipe(language: str) -> str:
    """Its blocks, which build on each other."""
    blocks = re.findall(rf"```{language}\n(.*?)```", RECIPES, re.DOTALL)
    assert len(blocks) == 2
    return "\n".join(blocks)


def tool(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        assert not os.environ.get("CI"), f"these tests need {name}"
        pytest.skip(f"no {name} on this machine")
    return found


@pytest.mark.parametrize("language", ["sh", "python", "js"])
def test_recipe(server: "Server", tmp_path: Path, language: str) -> None:
    """It signs in, confirms one plan, cancels another, reads a stream, and reads it again from its beginning."""
    file = tmp_path / {"sh": "recipe.sh", "python": "recipe.py", "js": "recipe.mjs"}[language]
    file.write_text(recipe(language), encoding="utf-8")
    if language == "sh":
        tool("curl")
        command = [tool("sh"), "-eu", file.name]
    else:
        command = [sys.executable if language == "python" else tool("node"), file.name]
    environment = {**os.environ, "SAYSO": server.url, "LINK": server.link(), "NO_PROXY": "*"}
    ran = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "Action cancelled." in ran.stdout
    assert "Stand-up" in ran.stdout
    if language == "sh":
        assert ran.stdout.count("event: complete") == 2
        assert ran.stdout.count("event: connected") == 1
    else:
        assert re.search(r"answered as turn_[a-z2-7]{20} - decided: (None|null)", ran.stdout)
    entries = server.client().get("/activity").json()["entries"]
    assert [(entry["status"], entry["plan_status"]) for entry in entries] == [
        ("skipped", "cancelled"),
        ("succeeded", "completed"),
    ]


def _anchor(title: str) -> str:
    return re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-")


def test_every_link_of_the_page_leads_somewhere() -> None:
    anchors = {_anchor(title) for title in re.findall(r"^#+ (.+)$", API, re.MULTILINE)}
    linked = set(re.findall(r"\]\(#([^)]+)\)", API))
    assert linked - anchors == set()
    assert {"sign-in", "service", "security", "recipes"} <= anchors


def test_every_path_is_described(server: "Server") -> None:
    described = re.sub(r"{(?:id|n|provider|kind)}", "{}", API)
    for path, methods in server.anonymous().get("/openapi.json").json()["paths"].items():
        for method in methods:
            if method != "get" or path != "/chat/stream":
                assert f"{method.upper()} {re.sub(r'{[^}]*}', '{}', path)}" in described, (method, path)


def test_every_error_is_described() -> None:
    for error in _all(SaysoError):
        assert f"`{error.code}`" in API, error


def _all(kind: type[SaysoError]) -> set[type[SaysoError]]:
    below = [_all(each) for each in kind.__subclasses__() if each.__module__.startswith("sayso.")]
    return {kind}.union(*below)
