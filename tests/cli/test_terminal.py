"""`sayso chat` as a process of its own, in a pipe and at a terminal, against a real server."""

import codecs
import contextlib
import os
import re
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.kit.forked import Forked

from sayso.cli.signin import LINK, SAYSO
from sayso.cli.stage import TIMEZONE

CTRL_C = "\x03"
CLOCK = "2026-03-02T09:00:00-05:00"
REQUEST = "Schedule a meeting titled 'Project Review' on March 10th at 3 PM"
QUESTION = "Should I create a meeting titled 'Project Review' on March 10th at 3 PM?"


class Running:
    def __init__(self, folder: Path) -> None:
        self.data_dir = folder / "data"
        clean = {key: value for key, value in os.environ.items() if not key.startswith("SAYSO_")}
        options = ("--port", "0", "--data-dir", str(self.data_dir), "--clock", CLOCK)
        self.server = Forked("serve", *options, env=clean | {"SAYSO_TIMEZONE": TIMEZONE, "SAYSO_HOLD_SECONDS": "0"})
        self.link = next(found.group() for line in self.server.stdout if (found := LINK.search(line)))
        self.url = self.link.partition("/auth/")[0]
        self.config = folder / "config"
        self.env = {
            key: value for key, value in os.environ.items() if not key.startswith(("SAYSO_", "COLUMNS", "FORCE_COLOR"))
        } | {"XDG_CONFIG_HOME": str(self.config), "HOME": str(folder), "TZ": "America/New_York"}

    def pipe(self, typed: str, *options: str, **env: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [*SAYSO, "chat", *options], input=typed, capture_output=True, text=True, timeout=60,
            env=self.env | env, check=False,
        )  # fmt: skip


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    started = Running(tmp_path)
    yield started
    started.server.terminate()
    started.server.wait(timeout=60)
    started.server.stdout.close()


def test_the_server_of_this_machine_is_found(running: Running) -> None:
    talk = running.pipe(f"{REQUEST}\nno\n", SAYSO_DATA_DIR=str(running.data_dir))
    assert talk.returncode == 0, talk.stdout + talk.stderr
    assert talk.stdout.count(QUESTION) == 1


def test_line_by_line_in_a_pipe(running: Running) -> None:
    talk = running.pipe(f"{REQUEST}\nno\n{REQUEST}\nyes\nwhat's on March 10th?\n", "--link", running.link)
    assert talk.returncode == 0, talk.stdout + talk.stderr
    assert "\x1b" not in talk.stdout
    assert talk.stdout.count(QUESTION) == 2
    cancelled, created = talk.stdout.index("Action cancelled."), talk.stdout.index("✓ ")
    assert cancelled < created
    assert talk.stdout.rindex("Project Review") > talk.stdout.index("› what's on March 10th?")

    again = running.pipe("/threads\n", "--url", running.url)  # the session was kept
    assert "Schedule a meeting titled" in again.stdout
    assert [path.stat().st_mode & 0o777 for path in running.config.rglob("sessions.json")] == [0o600]


def test_signing_in_on_the_same_machine(running: Running) -> None:
    here = running.pipe("what's on today?\n", "--url", running.url, SAYSO_DATA_DIR=str(running.data_dir))
    assert "one-time link from `sayso login-link`" in here.stdout
    assert here.returncode == 0, here.stdout + here.stderr


def test_without_a_way_to_sign_in_it_says_how(running: Running, tmp_path: Path) -> None:
    lost = running.pipe("what's on today?\n", "--url", running.url, SAYSO_DATA_DIR=str(tmp_path / "empty"))
    assert lost.returncode == 1
    assert "sayso login-link" in lost.stdout
    assert "Traceback" not in lost.stderr
    used = running.pipe("", "--link", running.link)
    assert used.returncode == 0
    again = running.pipe("", "--link", running.link)
    assert again.returncode == 1


def test_no_server() -> None:
    talk = subprocess.run(
        [*SAYSO, "chat", "--url", "http://127.0.0.1:9"], input="hi", capture_output=True, text=True, check=False
    )
    assert (talk.returncode, talk.stdout) == (1, "! No Sayso server answers at http://127.0.0.1:9.\n")


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
class TestAtATerminal:
    @pytest.fixture
    def terminal(self, running: Running) -> Iterator["Terminal"]:
        opened = Terminal([*SAYSO, "chat", "--link", running.link], running.env)
        yield opened
        opened.close()

    def test_the_main_story(self, terminal: "Terminal") -> None:
        terminal.until("›")
        terminal.type(f"{REQUEST}\r")
        assert "Nothing has happened yet" in terminal.until("/details")
        terminal.type("make it 4 PM\r")
        assert "4:00" in terminal.until("/details")
        terminal.type("/details\r")
        terminal.until("/details ")
        terminal.type("yes\r")
        assert "Project Review" in terminal.until("✓ .*\n")
        terminal.until("›")
        terminal.type("\x04")
        assert terminal.ended() == 0

    def test_ctrl_c_twice_leaves(self, terminal: "Terminal") -> None:
        terminal.until("›")
        terminal.type(CTRL_C)
        terminal.until("again or Ctrl-D", repeat=CTRL_C)
        terminal.type(CTRL_C)
        assert terminal.ended(repeat=CTRL_C) == 130


class Terminal:
    """A program on a pseudo-terminal, seen as plain text."""

    def __init__(self, command: list[str], env: dict[str, str]) -> None:
        import pty

        self._pid, self._fd = pty.fork()
        if self._pid == 0:
            signal.signal(signal.SIGINT, signal.SIG_DFL)  # a test run in the background ignores it, and hands that on
            os.execvpe(command[0], command, env | {"TERM": "xterm-256color", "COLUMNS": "100", "LINES": "40"})
        self._text = ""
        self._decoder = codecs.getincrementaldecoder("utf-8")()  # a read may end within a character

    def type(self, text: str) -> None:
        os.write(self._fd, text.encode())

    def until(self, pattern: str, repeat: str = "") -> str:
        """All text up to and with the pattern, which is then forgotten."""
        while not (found := re.search(pattern, self._text)):
            self._text += self._read(repeat)
        seen, self._text = self._text[: found.end()], self._text[found.end() :]
        return seen

    def ended(self, repeat: str = "") -> int:
        """The exit code, once everything is read."""
        with contextlib.suppress(OSError):
            while True:  # a piece may be of control sequences alone, and so no text
                self._read(repeat)
        return os.waitstatus_to_exitcode(os.waitpid(self._pid, 0)[1])

    def _read(self, repeat: str) -> str:
        """What comes next; something must, within a minute. `repeat` is typed while nothing does: CPython's input()
        misses a Ctrl-C that hits between its waits for two keys."""
        for _ in range(12):
            if select.select([self._fd], [], [], 5.0)[0]:
                if not (read := os.read(self._fd, 65536)):
                    raise OSError("the other end is closed")  # as Linux says it itself
                text = self._decoder.decode(read).replace("\r\n", "\n")
                return re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]|\x1b\][^\x07]*\x07", "", text)
            self.type(repeat)
        raise AssertionError(f"nothing came behind:\n{self._text}")

    def close(self) -> None:
        os.close(self._fd)
        try:
            os.kill(self._pid, signal.SIGKILL)
            os.waitpid(self._pid, 0)
        except (ProcessLookupError, ChildProcessError):
            pass
