"""Every command of docs/operations.md, as it stands there and in its order."""

import re
import shlex
import subprocess
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from tests.kit.command import sayso
from tests.kit.postgres import need_client_tools

from sayso.app import ensure_owner, open_store
from sayso.base.clock import SystemClock
from sayso.base.ids import Ids
from sayso.settings import Settings

PAGE = Path(__file__).parents[2] / "docs" / "operations.md"
COMMANDS = re.findall(r"^\$ (.+)$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
ADDRESS = "postgresql://sayso@db/sayso"


def obey(command: str) -> None:
    program, *arguments = shlex.split(command)
    if program == "sayso":
        ran = sayso(*arguments)
        assert (ran.code, ran.err) == (0, ""), (command, ran)
    else:
        subprocess.run([program, *arguments], check=True)


def prepared(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    monkeypatch.chdir(folder)
    monkeypatch.setenv("SAYSO_DATA_DIR", str(folder / "data"))
    store = open_store(Settings())
    ensure_owner(store, SystemClock(), Ids(), ZoneInfo("UTC"))
    store.close()


def test_the_commands_for_sqlite(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    prepared(monkeypatch, tmp_path)
    commands = [line for line in COMMANDS if not line.startswith("pg_") and line != "sayso db restored --yes"]
    assert len(commands) >= 7
    for line in commands:
        obey(line)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data", "sayso-backup.sqlite3"]


def test_the_commands_for_postgresql(postgres: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    need_client_tools()
    monkeypatch.setenv("SAYSO_DATABASE_URL", postgres)
    prepared(monkeypatch, tmp_path)
    commands = [line for line in COMMANDS if line.startswith(("pg_", "sayso db", "sayso check"))]
    assert sum(ADDRESS in line for line in commands) == 2
    for line in commands:
        if "sayso-backup" not in line:
            obey(line.replace(ADDRESS, postgres.replace("+psycopg", "")))


def test_every_command_of_the_page_is_one_of_these() -> None:
    assert {line.split()[0] for line in COMMANDS} == {"sayso", "pg_dump", "pg_restore"}
    blocks = re.findall(r"```console\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert sum(block.count("\n") for block in blocks) == len(COMMANDS)
