"""How commands end that are interrupted, or cannot go on: with a line, and without remains."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.kit.command import sayso

from sayso.store.datadir import STORE_FILE

SAYSO = [sys.executable, "-c", "from sayso.cli import main; main()"]


@contextmanager
def asking(data: Path, backup: Path, before: Callable[[], object]) -> Iterator["subprocess.Popen[str]"]:
    """A restore that waits for a yes, with its copy of the backup beside the store. `before` runs in its process."""
    with subprocess.Popen(
        [*SAYSO, "restore", str(backup), "--data-dir", str(data)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=before,
    ) as process:
        assert process.stdout is not None
        said = ""
        while not said.endswith("[y/N]"):  # by then a signal meets the question
            letter = process.stdout.read(1)
            assert letter, said
            said += letter
        assert any(data.glob(f".{STORE_FILE}.*"))
        yield process


@pytest.fixture
def data(tmp_path: Path, migrated: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir(mode=0o700)
    (folder / STORE_FILE).write_bytes(migrated.read_bytes())
    return folder


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_command_that_is_interrupted_leaves_nothing_behind(
    data: Path, migrated: Path, number: signal.Signals
) -> None:
    with asking(data, migrated, lambda: signal.signal(number, signal.SIG_DFL)) as process:
        process.send_signal(number)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 128 + number
    assert "Traceback" not in err
    assert sorted(path.name for path in data.iterdir()) == [STORE_FILE, f"{STORE_FILE}.lock"]
    assert (data / STORE_FILE).read_bytes() == migrated.read_bytes()
    assert sayso("restore", migrated, "--data-dir", data, "--yes").code == 0


def test_a_command_under_nohup_outlives_its_terminal(data: Path, migrated: Path) -> None:
    with asking(data, migrated, lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN)) as process:
        process.send_signal(signal.SIGHUP)
        process.communicate("y\n", timeout=60)
    assert process.returncode == 0


def test_ctrl_c_while_a_command_loads_is_no_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("sayso.cli.commands.app", interrupted)
    assert sayso("settings") == (130, "", "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_an_output_that_is_full_is_told() -> None:
    with Path("/dev/full").open("w") as full:
        ran = subprocess.run([*SAYSO, "settings"], stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (1, "sayso: No space left on device.\n")


COMMANDS = ["backup b", "check", "db status", "db upgrade", "db downgrade"]


@pytest.mark.parametrize("command", COMMANDS)
def test_a_store_that_one_may_not_look_at_is_a_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    """Another user's, say; root may look at everything, so the system's refusal is played."""
    stat: Any = os.stat

    def refused(path: Any, *rest: Any, **more: Any) -> os.stat_result:
        if Path(path if isinstance(path, str | Path) else "").name.startswith(STORE_FILE):
            raise PermissionError(13, "Permission denied", str(path))
        found: os.stat_result = stat(path, *rest, **more)
        return found

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(os, "stat", refused)
    ran = sayso(*command.split(), "--data-dir", tmp_path)
    assert (ran.code, ran.err.count("\n")) == (1, 1)
    assert "Permission denied" in ran.err
