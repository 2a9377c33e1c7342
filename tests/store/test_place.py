"""Where the store is: one server on it by whatever name, private, and no damaged file taken for one."""

import fcntl
import os
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from tests.kit.command import sayso

from sayso.app import open_store
from sayso.base.errors import StartupError
from sayso.settings import Settings
from sayso.store import datadir
from sayso.store.datadir import STORE_FILE, Running


@pytest.fixture(autouse=True)
def _all_may_read() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


def modes(folder: Path) -> dict[str, int]:
    return {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}


def store_at(file: Path, migrated: Path) -> Path:
    file.parent.mkdir(exist_ok=True, parents=True)
    file.write_bytes(migrated.read_bytes())
    return file


# --- one server ------------------------------------------------------------------------------------------------------

NAMES: dict[str, Callable[[Path], Settings]] = {
    "data directory": lambda root: Settings(data_dir=root / "data"),
    "linked directory": lambda root: Settings(data_dir=root / "linked"),
    "path": lambda root: Settings(data_dir=root / "other", database_url=f"sqlite:///{root}/data/{STORE_FILE}"),
    "driver": lambda root: Settings(
        data_dir=root / "other", database_url=f"sqlite+pysqlite:///{root}/data/{STORE_FILE}"
    ),
    "dots": lambda root: Settings(data_dir=root / "o", database_url=f"sqlite:///{root}/x/../data/./{STORE_FILE}"),
    "relative": lambda root: Settings(data_dir=root / "other", database_url=f"sqlite:///data/{STORE_FILE}"),
    "link": lambda root: Settings(data_dir=root / "other", database_url=f"sqlite:///{root}/by-another-name"),
    "linked file": lambda root: Settings(data_dir=root / "of-links"),
}


@pytest.mark.parametrize("first", ["data directory", "link"])
@pytest.mark.parametrize("second", NAMES)
def test_the_lock_belongs_to_the_store(
    tmp_path: Path, migrated: Path, monkeypatch: pytest.MonkeyPatch, first: str, second: str
) -> None:
    store = store_at(tmp_path / "data" / STORE_FILE, migrated)
    (tmp_path / "linked").symlink_to(tmp_path / "data")
    (tmp_path / "by-another-name").symlink_to(store)
    (tmp_path / "x").mkdir()
    (tmp_path / "of-links").mkdir()
    (tmp_path / "of-links" / STORE_FILE).symlink_to(store)
    monkeypatch.chdir(tmp_path)
    lock = datadir.ServerLock(datadir.locate(NAMES[first](tmp_path)))
    running = Running(4711, "http://127.0.0.1:1", "fixed:2019-01-01T00:00Z", 0.0)
    lock.announce(running)
    place = datadir.locate(NAMES[second](tmp_path))
    assert datadir.running_server(place) == running  # so other commands find its clock
    with pytest.raises(StartupError, match="process 4711"):
        datadir.ServerLock(place)
    lock.release()
    datadir.ServerLock(place).release()


def test_two_stores_side_by_side_have_two_locks(tmp_path: Path) -> None:
    locks = [
        datadir.ServerLock(datadir.locate(Settings(data_dir=tmp_path, database_url=f"sqlite:///{tmp_path}/{name}")))
        for name in ("a.db", "b.db")
    ]
    for lock in locks:
        lock.release()


@pytest.mark.parametrize(
    "url",
    [
        "sqlite://",
        "sqlite:///:memory:",
        "sqlite:///file:x?mode=memory&uri=true",
        "sqlite:///file:data/sayso.sqlite3?uri=true",
        "sqlite:///data/sayso.sqlite3?mode=ro",
        "sqlite:///data/sayso.sqlite3?vfs=unix-none&uri=true",
        "sqlite://data/sayso.sqlite3",
        "sqlite:///data/%00",
    ],
)
def test_an_address_that_is_more_or_less_than_a_file_is_refused(tmp_path: Path, url: str) -> None:
    with pytest.raises(StartupError, match="needs the path of a file and nothing else"):
        open_store(Settings(data_dir=tmp_path, database_url=url))


@pytest.mark.parametrize("url", ["", "x", "mysql://h/d", "postgresql+nothing://h/d", "postgresql://h:port/d"])
def test_an_address_of_no_database_is_refused(tmp_path: Path, url: str) -> None:
    with pytest.raises(StartupError, match="is not an address of a SQLite or PostgreSQL database"):
        open_store(Settings(data_dir=tmp_path, database_url=url))


def test_an_address_with_the_rest_of_a_password_in_its_host_is_not_quoted() -> None:
    with pytest.raises(StartupError, match="an @ in the password is written as %40") as refused:
        datadir.locate(Settings(database_url="postgresql+psycopg://me:hun@ter2@host/db"))
    assert "ter2" not in str(refused.value)


NEWER = '{"pid": 4711, "url": "http://127.0.0.1:1", "clock": null, "shift": 0.0, "more": 1}'


@pytest.mark.parametrize("said", ["", "4711", "{}", NEWER])
def test_a_lock_that_says_nothing_known_names_no_server(tmp_path: Path, said: str) -> None:
    """One that is held by another command, or by a server of another version."""
    place = datadir.locate(Settings(data_dir=tmp_path))
    lock = datadir.ServerLock(place)
    place.lock.write_text(said)
    assert datadir.running_server(place) is None
    with pytest.raises(StartupError, match="Another Sayso server already uses"):
        datadir.ServerLock(place)
    lock.release()


def test_what_a_killed_server_said_is_not_said_of_whoever_has_the_lock_now(tmp_path: Path) -> None:
    place = datadir.locate(Settings(data_dir=tmp_path))
    place.lock.write_text('{"pid": 4711, "url": "http://127.0.0.1:1", "clock": null, "shift": 0.0}')
    lock = datadir.ServerLock(place)  # as a restore takes it
    assert datadir.running_server(place) is None
    lock.release()


def test_two_who_look_for_a_server_do_not_take_each_other_for_it(tmp_path: Path) -> None:
    place = datadir.locate(Settings(data_dir=tmp_path))
    place.lock.write_text('{"pid": 4711, "url": "http://127.0.0.1:1", "clock": null, "shift": 0.0}')
    with place.lock.open() as looking:
        fcntl.flock(looking, fcntl.LOCK_SH)
        assert datadir.running_server(place) is None


def test_a_second_name_of_the_file_itself_is_refused(tmp_path: Path, migrated: Path) -> None:
    """SQLite would keep a journal under each name, and lose what is in the other."""
    store = store_at(tmp_path / "data" / STORE_FILE, migrated)
    (tmp_path / "second").hardlink_to(store)
    for settings in (Settings(data_dir=store.parent), Settings(database_url=f"sqlite:///{tmp_path}/second")):
        with pytest.raises(StartupError, match="has a second name"):
            open_store(settings)


# --- for nobody else -------------------------------------------------------------------------------------------------


def test_what_is_made_is_private(tmp_path: Path) -> None:
    store = open_store(Settings(data_dir=tmp_path / "data"))
    datadir.ServerLock(datadir.locate(Settings(data_dir=tmp_path / "data"))).release()
    assert modes(tmp_path)["data"] == 0o700
    assert modes(tmp_path / "data") == {STORE_FILE + end: 0o600 for end in ("", "-wal", "-shm", ".lock")}
    store.close()


def test_what_was_there_is_made_private(tmp_path: Path, migrated: Path) -> None:
    store = store_at(tmp_path / "data" / STORE_FILE, migrated)
    store.parent.chmod(0o775)
    store.chmod(0o644)
    for suffix in ("-wal", "-shm"):
        store.with_name(store.name + suffix).touch(mode=0o644)
    open_store(Settings(data_dir=store.parent)).close()
    store_again = open_store(Settings(data_dir=store.parent))
    assert modes(tmp_path)["data"] == 0o700
    assert set(modes(store.parent).values()) == {0o600}
    store_again.close()


def test_a_directory_of_other_things_stays_as_it_is_but_the_store_is_private(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir(mode=0o755)
    (tmp_path / "home" / "letter").touch()
    open_store(Settings(data_dir=tmp_path / "home")).close()
    assert modes(tmp_path)["home"] == 0o755
    assert modes(tmp_path / "home")[STORE_FILE] == 0o600


@pytest.mark.skipif(os.name == "nt" or os.geteuid() != 0, reason="only root gives files away")
def test_what_root_makes_belongs_to_whoever_the_directory_belongs_to(tmp_path: Path, migrated: Path) -> None:
    """A store that root brought back is the server's, who is another user."""
    folder = tmp_path / "data"
    folder.mkdir(mode=0o700)
    os.chown(folder, 4711, 4712)
    shutil.copy(migrated, tmp_path / "backup")
    open_store(Settings(data_dir=folder)).close()
    assert sayso("restore", tmp_path / "backup", "--data-dir", folder, "--yes").code == 0
    found = {path.name: (path.stat().st_uid, path.stat().st_gid) for path in folder.iterdir()}
    assert found == dict.fromkeys((STORE_FILE, f"{STORE_FILE}.lock", f"{STORE_FILE}.before-restore-1"), (4711, 4712))


@pytest.mark.parametrize("mode", [0o777, 0o1777, 0o775])
def test_a_directory_in_which_others_may_write_is_refused(tmp_path: Path, mode: int) -> None:
    folder = tmp_path / "shared"
    folder.mkdir()
    (folder / "letter").touch()
    folder.chmod(mode)
    for settings in (Settings(data_dir=folder), Settings(database_url=f"sqlite:///{folder}/{STORE_FILE}")):
        with pytest.raises(StartupError, match="Others may write to"):
            open_store(settings)
    assert [path.name for path in folder.iterdir()] == ["letter"]


# --- a store that is none --------------------------------------------------------------------------------------------


def _flipped(content: bytes) -> bytes:
    """One bit of a page that nothing reads at a start."""
    spoilt = bytearray(content)
    spoilt[-4096] ^= 1  # the kind of the last page
    return bytes(spoilt)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda content: b"", "is empty, so what was in it is lost"),
        (lambda content: content[:20_000], "is damaged"),
        (lambda content: content[:50], "is damaged"),
        (_flipped, "is damaged"),
        (lambda content: content.replace(b"CREATE TABLE plans", b"CREATE TABL\xc5 plans"), "is damaged"),
        (lambda content: b"Dear Sir or Madam" * 500, "is not a Sayso store"),
        (lambda content: b"\0" * len(content), "is not a Sayso store"),
        (None, "is not a file"),
    ],
)
def test_a_damaged_store_is_found_at_start_and_left_as_it_is(
    tmp_path: Path, migrated: Path, spoil: Callable[[bytes], bytes] | None, said: str
) -> None:
    store = tmp_path / STORE_FILE
    if spoil is None:
        store.mkdir()
    else:
        store.write_bytes(spoil(migrated.read_bytes()))
        before = store.read_bytes()
    with pytest.raises(StartupError, match=said) as refused:
        open_store(Settings(data_dir=tmp_path), check=True)
    assert str(store) in str(refused.value)
    assert "sayso restore" in str(refused.value) or spoil is None
    if spoil is not None:
        assert store.read_bytes() == before


def test_the_file_of_another_program_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / STORE_FILE)) as other:
        other.execute("CREATE TABLE places (url)")
    before = (tmp_path / STORE_FILE).read_bytes()
    with pytest.raises(StartupError, match="is another program's"):
        open_store(Settings(data_dir=tmp_path))
    with closing(sqlite3.connect(tmp_path / STORE_FILE)) as other:
        assert other.execute("SELECT name FROM sqlite_master").fetchall() == [("places",)]
    assert len((tmp_path / STORE_FILE).read_bytes()) == len(before)


@pytest.mark.parametrize("moment", ["sayso.store.datadir.hand_over", "sayso.app.open_engine", "sayso.app.migrate"])
def test_a_first_start_that_was_killed_leaves_nothing_in_the_way(tmp_path: Path, moment: str) -> None:
    """What is at the store's name is never an empty file, which the next start would take for a lost store."""
    module = moment.rpartition(".")[0]
    script = f"""
import os, pathlib, signal, sayso.app, {module}
from sayso.settings import Settings
{moment} = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
sayso.app.open_store(Settings(data_dir=pathlib.Path({str(tmp_path)!r})))
"""
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == -signal.SIGKILL
    open_store(Settings(data_dir=tmp_path), check=True).close()


def test_a_first_start_on_a_full_disk_is_told_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect = sqlite3.connect

    def full(path: Path) -> sqlite3.Connection:
        connection = connect(path)
        connection.execute("CREATE TABLE x (y)")
        connection.execute("PRAGMA max_page_count=2")
        connection.execute("INSERT INTO x VALUES (zeroblob(10000))")
        return connection

    with monkeypatch.context() as patch:
        patch.setattr(sqlite3, "connect", full)
        with pytest.raises(StartupError, match=f"{STORE_FILE} cannot grow: the disk is full"):
            open_store(Settings(data_dir=tmp_path))
    assert list(tmp_path.iterdir()) == []
    open_store(Settings(data_dir=tmp_path)).close()


def test_a_healthy_store_passes_with_what_a_killed_server_left(tmp_path: Path, migrated: Path) -> None:
    store = store_at(tmp_path / "live" / STORE_FILE, migrated)
    with closing(sqlite3.connect(store, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("INSERT INTO users (id, email, name, created_at) VALUES ('u', 'e', 'n', 0)")
        (tmp_path / "dead").mkdir()
        for file in store.parent.iterdir():
            (tmp_path / "dead" / file.name).write_bytes(file.read_bytes())
    opened = open_store(Settings(data_dir=tmp_path / "dead"), check=True)
    with opened.engine.connect() as reading:
        assert reading.exec_driver_sql("SELECT count(*) FROM users").scalar() == 1
    opened.close()
