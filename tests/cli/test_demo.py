"""The demo is the product's own acceptance test: it must pass, and must not pass when something is wrong."""

import os
import subprocess
from pathlib import Path

import pytest
from rich.console import Console

from sayso.cli import present
from sayso.cli.signin import SAYSO
from sayso.cli.stage import DemoFailed, Server, Stage, picked


@pytest.mark.slow
def test_the_whole_story(tmp_path: Path) -> None:
    env = os.environ | {"TMPDIR": str(tmp_path), "SAYSO_MODEL": "nonsense", "SAYSO_PORT": "1"}  # none of its business
    played = subprocess.run([*SAYSO, "demo"], capture_output=True, text=True, timeout=180, env=env, check=False)
    assert played.returncode == 0, played.stdout[-3000:] + played.stderr
    assert "claims, all true" in played.stdout
    assert "\x1b" not in played.stdout
    assert max(map(len, played.stdout.splitlines())) <= present.WIDTH
    assert "Should I create a meeting titled 'Project Review' on March 10th at 3 PM?" in played.stdout
    assert list(tmp_path.iterdir()) == []


def test_a_claim_that_does_not_hold_stops_it() -> None:
    stage = Stage(Console(quiet=True))
    stage.check("so", True)
    with pytest.raises(DemoFailed, match=r"Not so: it is\nInstead: \{\"a\": 1\}"):
        stage.check("it is", False, {"a": 1})
    with pytest.raises(DemoFailed, match=r"Expected: 200\nSeen:     500"):
        stage.equal("it is", 500, 200)
    assert stage.checks == 1


def test_a_server_that_does_not_start_is_told_with_its_own_words(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    server = Server(tmp_path / "file" / "data")
    with pytest.raises(DemoFailed, match="printed no sign-in link"):
        server.start("2026-03-02T09:00:00-05:00")
    server.stop()


def test_a_shortened_answer_says_what_it_leaves_out() -> None:
    body = {"a": {"b": [{"c": 1}, {"c": 2}]}, "r": {"x": {"c": 3}}, "d": 1, "e": None}
    assert picked(body, ("a.b.*.c", "r.*.c")) == {"a.b.c": [1, 2], "r.c": [3], "…": "2 more fields"}
    assert picked(body, ("a", "d", "e.f", "r")) == {"a": body["a"], "d": 1, "e.f": None, "r": body["r"]}
