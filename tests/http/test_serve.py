"""`sayso serve` as a process: what it prints, how it starts, why it refuses to, how it ends."""

import asyncio
import functools
import os
import re
import resource
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import httpx2
import pytest
from tests.kit.command import sayso
from tests.kit.forked import Forked

from sayso.cli.serve import listen
from sayso.store.datadir import STORE_FILE

SAYSO = [sys.executable, "-c", "from sayso.cli import main; main()"]


def environment() -> dict[str, str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("SAYSO_")}
    return clean | {"SAYSO_TIMEZONE": "America/New_York", "SAYSO_HOLD_SECONDS": "0"}


def listening(printed: IO[str]) -> tuple[str, str]:
    """The address and the sign-in link of a server that prints there, once it does."""
    text = ""
    for line in printed:
        text += line
        if link := re.search(r"http://\S+/auth/local/login\?token=\S+", text):
            return link.group().partition("/auth")[0], link.group()
    raise AssertionError(text)


@contextmanager
def serving(data_dir: Path, *options: str) -> Iterator[tuple[Forked, str, str]]:
    """A server process, its address and its sign-in link."""
    process = Forked("serve", "--port", "0", "--data-dir", str(data_dir), *options, env=environment())
    with process.stdout:
        try:
            yield process, *listening(process.stdout)
        finally:
            process.terminate()
            process.wait(timeout=60)


@contextmanager
def started(data_dir: Path, **popen: Any) -> Iterator[tuple[subprocess.Popen[str], str, str]]:
    """The same with an interpreter of its own, for how it starts and ends."""
    command = [*SAYSO, "serve", "--port", "0", "--data-dir", str(data_dir)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment(), **popen) as process:
        assert process.stdout is not None
        try:
            yield process, *listening(process.stdout)
        finally:
            process.terminate()


def run(*arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    given = environment() | settings
    return subprocess.run([*SAYSO, *arguments], capture_output=True, text=True, env=given, timeout=60)


def refusal(data_dir: Path, *options: str) -> str:
    """What a server that cannot start says: one line on standard error, and a non-zero exit."""
    ended = run("serve", "--port", "0", "--data-dir", str(data_dir), *options)
    assert ended.returncode != 0
    assert ended.stderr.startswith("sayso: ")
    assert ended.stderr.count("\n") == 1
    return ended.stderr


def test_link_signs_in_and_the_clock_is_the_given_one(tmp_path: Path) -> None:
    with (
        serving(tmp_path, "--clock", "fixed:2026-03-02T09:00-05:00") as (_, url, link),
        httpx2.Client(timeout=60) as client,
    ):
        landed = client.get(link, follow_redirects=True)
        assert (landed.status_code, str(landed.url)) == (200, f"{url}/")
        assert client.get(f"{url}/auth/session").json()["created_at"] == "2026-03-02T14:00:00Z"


def test_an_answer_is_not_held_back_until_the_last_one_is_acknowledged() -> None:
    """By Nagle's algorithm (RFC 896), which asyncio switches off where it knows that a socket is one of TCP."""

    async def accepted() -> int:
        told = asyncio.get_running_loop().create_future()

        def met(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            line = writer.get_extra_info("socket")
            told.set_result(line.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
            writer.close()

        listener = listen("127.0.0.1", 0)
        async with await asyncio.start_server(met, sock=listener):
            _, writer = await asyncio.open_connection(*listener.getsockname()[:2])
            found: int = await told
            writer.close()
        return found

    assert asyncio.run(accepted())


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_ends_cleanly_with_open_connections(tmp_path: Path, number: int) -> None:
    with started(tmp_path) as (process, url, _), httpx2.Client(timeout=60) as client:
        client.get(f"{url}/health")  # stays open, kept alive
        host, port = url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port))) as half:
            half.sendall(b"POST /chat HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n")  # and never the body
            client.get(f"{url}/health")
            process.send_signal(number)
            assert process.wait(timeout=60) == 0


BEFORE_IT_LISTENS = """
import signal, sys
from sayso.cli.serve import serve
from sayso.settings import Settings

def say(line):
    if "Ctrl-C" in line:
        signal.raise_signal(int(sys.argv[1]))

serve(Settings(port=0), say)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("workers", ["1", "2"])
def test_ends_cleanly_before_it_listens(tmp_path: Path, workers: str, number: int, request: Any) -> None:
    """A signal that follows the banner at once is neither lost nor ends it on the spot."""
    settings = {"SAYSO_DATA_DIR": str(tmp_path), "SAYSO_WORKERS": workers}
    if workers != "1":
        settings["SAYSO_DATABASE_URL"] = request.getfixturevalue("postgres")
    command = [sys.executable, "-c", BEFORE_IT_LISTENS, str(int(number))]
    ended = subprocess.run(command, capture_output=True, text=True, env=environment() | settings, timeout=60)
    assert (ended.returncode, ended.stderr) == (0, "")


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="/proc is where Linux tells a process's limits")
def test_asks_for_the_open_files_that_it_may_have(tmp_path: Path) -> None:
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    few = functools.partial(resource.setrlimit, resource.RLIMIT_NOFILE, (256, hard))
    with started(tmp_path, preexec_fn=few) as (process, _, _):
        soft, _ = resource.prlimit(process.pid, resource.RLIMIT_NOFILE)
    assert soft == (20_000 if hard == resource.RLIM_INFINITY else min(hard, 20_000))


def test_session_and_data_survive_a_restart(tmp_path: Path) -> None:
    with httpx2.Client(timeout=60) as client:
        with serving(tmp_path) as (_, _, link):
            client.get(link, follow_redirects=True)
        with serving(tmp_path) as (_, url, _):
            assert client.get(f"{url}/auth/session").status_code == 200


def test_login_link_for_a_running_server(tmp_path: Path) -> None:
    with serving(tmp_path, "--clock", "2019-01-01T00:00Z") as (_, url, _), httpx2.Client(timeout=60) as client:
        link = sayso("login-link", "--data-dir", str(tmp_path)).out.strip()
        assert link.startswith(f"{url}/auth/local/login?token=")
        client.get(link, follow_redirects=True)
        assert client.get(f"{url}/auth/session").status_code == 200


def test_login_link_needs_a_running_server(tmp_path: Path) -> None:
    with serving(tmp_path) as (process, _, _):
        process.kill()
        process.wait(timeout=60)
    ended = sayso("login-link", "--data-dir", str(tmp_path))
    assert ended.code == 1
    assert "No Sayso server runs on" in ended.err


def test_port_in_use(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert f"port {port}: Address already in use" in refusal(tmp_path, "--port", port)


def test_second_server_on_the_same_data(tmp_path: Path) -> None:
    with serving(tmp_path) as (process, url, _):
        assert f"Another Sayso server already uses {tmp_path} (process {process.pid}, {url})" in refusal(tmp_path)


def test_second_server_on_the_same_store_from_another_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And what else runs beside the first finds it, and its clock, by the store."""
    store = tmp_path / "data" / STORE_FILE
    with serving(tmp_path / "data", "--clock", "2019-01-01T00:00Z") as (process, url, _):
        settings = {"SAYSO_DATABASE_URL": f"sqlite:///{store}", "SAYSO_DATA_DIR": str(tmp_path / "other")}
        refused = run("serve", "--port", "0", **settings)
        assert (refused.returncode, f"(process {process.pid}, {url})" in refused.stderr) == (1, True)
        for name, value in settings.items():
            monkeypatch.setenv(name, value)
        link = sayso("login-link").out.strip()
        with httpx2.Client(timeout=60) as client:
            client.get(link, follow_redirects=True)
            assert client.get(f"{url}/auth/session").status_code == 200
        (tmp_path / "mine.ics").write_text(EVENT, newline="")
        assert sayso("import", tmp_path / "mine.ics").out == "Imported 1 event.\nThe sample data was removed.\n"


def test_data_dir_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert "cannot be made" in refusal(tmp_path / "file")


def test_locked_store(tmp_path: Path, migrated: Path) -> None:
    (tmp_path / STORE_FILE).write_bytes(migrated.read_bytes())
    other = sqlite3.connect(tmp_path / STORE_FILE)
    other.execute("BEGIN IMMEDIATE")
    assert "is locked by another program" in refusal(tmp_path)
    other.close()


def test_store_of_a_newer_version(tmp_path: Path, migrated: Path) -> None:
    (tmp_path / STORE_FILE).write_bytes(migrated.read_bytes())
    with sqlite3.connect(tmp_path / STORE_FILE) as newer:
        newer.execute("UPDATE alembic_version SET version_num = '9042'")
    newer.close()
    assert "newer version of Sayso" in refusal(tmp_path)


def test_disk_that_takes_no_more(tmp_path: Path) -> None:
    def no_more_than_a_page() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (8192, 8192))

    ended = subprocess.run(
        [*SAYSO, "serve", "--port", "0", "--data-dir", str(tmp_path)],
        capture_output=True,
        text=True,
        env=environment() | {"PYTHONDONTWRITEBYTECODE": "1"},
        preexec_fn=no_more_than_a_page,
        timeout=60,
    )
    assert ended.returncode == 1
    assert re.fullmatch(r"sayso: \S+ (cannot be read or written|cannot grow).*\n", ended.stderr)


def test_a_store_that_can_grow_no_more_is_not_ready_and_the_log_says_why(tmp_path: Path) -> None:
    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1_200_000, 1_200_000))

    log = tmp_path / "log"
    with (
        log.open("w") as errors,
        started(tmp_path / "data", preexec_fn=limited, stderr=errors) as (_, url, link),
        httpx2.Client(timeout=60, base_url=url) as client,
    ):
        client.get(link, follow_redirects=True)
        assert client.get("/health/ready").status_code == 200
        statuses: list[int] = []
        while 500 not in statuses and len(statuses) < 60:
            said = {"user_message": f"create a task called '{'x' * 9000}'"}
            statuses.append(client.post("/chat", json=said).status_code)
        assert statuses[-1] == 500
        looks = (client.get("/health/ready") for _ in range(2000))  # what it found counts for a second
        seen = next(look for look in looks if look.status_code != 200)
        assert (seen.status_code, seen.json()["error"]) == (503, "not_ready")
        assert client.get("/health").status_code == 200
    logged = log.read_text()
    assert '"cause": "OperationalError: SQLITE_' in logged
    assert "xxx" not in logged


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is read-only to root")
def test_read_only_data_dir(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    assert "cannot be written: Permission denied" in refusal(tmp_path)


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("--clock", "yesterday", "is not a time"),
        ("--clock", "file:/nowhere/at/all", "is not a time"),
        ("--port", "70000", "SAYSO_PORT"),
        ("--host", "256.1.1.1", "Cannot listen"),
    ],
)
def test_bad_options(tmp_path: Path, option: str, value: str, said: str) -> None:
    assert said in refusal(tmp_path, option, value)


def test_version() -> None:
    from sayso import __version__

    assert run("--version").stdout == f"sayso {__version__}\n"


EVENT = """BEGIN:VCALENDAR\r
VERSION:2.0\r
PRODID:-//test//EN\r
BEGIN:VEVENT\r
UID:concert-1\r
SUMMARY:Concert in the park\r
DTSTART:20260305T200000Z\r
DTEND:20260305T220000Z\r
END:VEVENT\r
END:VCALENDAR\r
"""


def test_import_and_export_beside_a_running_server(tmp_path: Path) -> None:
    (tmp_path / "mine.ics").write_text(EVENT, newline="")
    data = tmp_path / "data"
    with serving(data):
        brought = sayso("import", str(tmp_path / "mine.ics"), "--data-dir", str(data))
        assert brought.code == 0, brought.err
        assert brought.out == "Imported 1 event.\nThe sample data was removed.\n"
    given = sayso("export", str(tmp_path / "out"), "--data-dir", str(data))
    assert given.code == 0, given.err
    assert "Concert in the park" in (tmp_path / "out" / "calendar.ics").read_text()
    (tmp_path / "out" / "calendar.ics").unlink()
    (tmp_path / "out" / "mail.mbox").write_text("my own")
    refused = sayso("export", str(tmp_path / "out"), "--data-dir", str(data))
    assert refused.code == 1
    assert "has a mail.mbox already: choose another directory, or --force" in refused.err
    assert (tmp_path / "out" / "mail.mbox").read_text() == "my own"
    assert not (tmp_path / "out" / "calendar.ics").exists()
    forced = sayso("export", str(tmp_path / "out"), "--force", "--data-dir", str(data))
    assert forced.code == 0, forced.err
    assert (tmp_path / "out" / "mail.mbox").read_text() != "my own"


def test_an_import_that_brings_nothing_fails(tmp_path: Path) -> None:
    (tmp_path / "empty.ics").touch()
    ended = sayso("import", str(tmp_path / "empty.ics"), "--data-dir", str(tmp_path / "data"))
    assert ended.code == 1
    assert "empty.ics: the file is empty." in ended.out


def test_what_is_wrong_with_the_model_is_all_that_is_said(tmp_path: Path) -> None:
    ended = run("serve", "--port", "0", "--data-dir", str(tmp_path), "--model", "nosuch:foo")
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.startswith("sayso: SAYSO_MODEL=nosuch:foo")


@pytest.mark.parametrize("name", ["missing.ics", "letter.txt"])
def test_import_refuses_with_one_line(tmp_path: Path, name: str) -> None:
    (tmp_path / "letter.txt").write_text("Dear Sir")
    ended = sayso("import", str(tmp_path / name), "--data-dir", str(tmp_path / "data"))
    assert ended.code == 1
    assert ended.err.startswith("sayso: Nothing was imported: ")
    assert ended.err.count("\n") == 1


def test_login_link_when_nothing_was_ever_served(tmp_path: Path) -> None:
    ended = sayso("login-link", "--data-dir", str(tmp_path / "none"))
    assert (ended.code, ended.err.count("\n")) == (1, 1)
    assert not (tmp_path / "none").exists()
