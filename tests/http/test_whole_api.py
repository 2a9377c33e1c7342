"""The whole API as its description has it: all checks of schemathesis, signed in and not."""

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sayso.http.session import COOKIE

if TYPE_CHECKING:
    from tests.conftest import Server

ROOT = Path(__file__).parents[2]
SPARE = 400
PARTS = ["^/chat$|^/chat/(cancel|confirm|stop)", "^/chat/(message|stream)", "^/(?!chat)"]


def attack(server: "Server", folder: Path, *options: str, session: str = "", spare: str = "", more: str = "") -> None:
    """Let it send what it can think of, with the session if there is one. Fails where it finds something."""
    settings = more + (ROOT / "schemathesis.toml").read_text(encoding="utf-8")
    if session:
        settings += f'\n[auth.openapi.session]\napi_key = "{session}"\n'
    (folder / "schemathesis.toml").write_text(settings, encoding="utf-8")
    (folder / "spare").write_text(spare, encoding="ascii")
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "src")]),
        "SCHEMATHESIS_HOOKS": "tests.kit.schemathesis_hooks",
        "SESSION": session or "none",
        "SPARE_SESSIONS": str(folder / "spare"),
        "NO_PROXY": "*",
    }
    command = [sys.executable, "-m", "schemathesis.cli", "--no-color", "--config-file", "schemathesis.toml", "run"]
    command += [f"{server.url}/openapi.json", "--checks", "all", "--generation-deterministic", "--continue-on-failure"]
    ran = subprocess.run([*command, *options], cwd=folder, env=environment, capture_output=True, text=True, timeout=900)
    assert ran.returncode == 0, ran.stdout[-20000:] + ran.stderr[-2000:]


@pytest.mark.slow
@pytest.mark.parametrize("part", PARTS)
def test_signed_in(shared_server: "Server", tmp_path: Path, part: str) -> None:
    """It fails too where nothing but 401 and 403 was met: that would have tested nothing."""
    session = shared_server.stranger().cookies[COOKIE]
    spare = "\n".join(shared_server.stranger().cookies[COOKIE] for _ in range(SPARE))
    options = ("--include-path-regex", part, "--max-examples", "3", "--phases", "coverage,fuzzing,stateful")
    attack(
        shared_server,
        tmp_path,
        *options,
        session=session,
        spare=spare,
        more='warnings = {fail-on = ["missing_auth"]}\n',
    )


@pytest.mark.slow
def test_not_signed_in(shared_server: "Server", tmp_path: Path) -> None:
    attack(shared_server, tmp_path, "--max-examples", "5", "--phases", "fuzzing,stateful")
