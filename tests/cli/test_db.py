"""`sayso db`: there and back, never under a running server, never without a yes, never further than there is."""

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from alembic.config import Config
from tests.kit.command import Ran, sayso

from sayso.settings import Settings
from sayso.store import datadir, migrate
from sayso.store.datadir import STORE_FILE
from sayso.store.engine import open_engine
from sayso.store.migrate import known_revisions, losses

NEWEST, OLDER = known_revisions()[-1], known_revisions()[-2]


@pytest.fixture
def store(tmp_path: Path, migrated: Path) -> Path:
    (tmp_path / STORE_FILE).write_bytes(migrated.read_bytes())
    return tmp_path / STORE_FILE


def db(store: Path, *arguments: str, typed: str = "") -> Ran:
    return sayso("db", *arguments, "--data-dir", store.parent, typed=typed)


def revision(store: Path) -> str:
    with closing(sqlite3.connect(store)) as connection:
        found: str = connection.execute("SELECT version_num FROM alembic_version").fetchone()[0]
        return found


def test_there_and_back(store: Path) -> None:
    assert f"schema  {NEWEST} (the newest)" in db(store, "status").out
    assert db(store, "upgrade", "--yes").out == f"The schema is {NEWEST} already, the newest.\n"
    back = db(store, "downgrade", typed="y\n")
    assert (back.code, back.err) == (0, "")
    assert "lost: " in back.out
    assert revision(store) == OLDER
    assert f"schema  {OLDER}, this version's is {NEWEST}" in db(store, "status").out
    assert db(store, "upgrade", typed="y\n").code == 0
    assert revision(store) == NEWEST


@pytest.mark.parametrize(
    ("arguments", "typed", "said"),
    [
        (["downgrade"], "", "Nothing was changed"),
        (["downgrade"], "n\n", "Nothing was changed"),
        (["downgrade", NEWEST, "--yes"], "", f"'{NEWEST}' is no schema before {NEWEST}; there are: 0001"),
        (["downgrade", "base", "--yes"], "", "'base' is no schema before"),
        (["downgrade", "-1", "--yes"], "", ""),
        (["downgrade", "9999", "--yes"], "", "'9999' is no schema before"),
        (["current"], "", ""),
        (["upgarde"], "", ""),
        ([], "", ""),
    ],
)
def test_nothing_is_changed(store: Path, arguments: list[str], typed: str, said: str) -> None:
    before = sorted(path.name for path in Path(migrate.__file__).parent.rglob("*.py"))
    ran = db(store, *arguments, typed=typed) if arguments else sayso("db")
    assert ran.code != 0
    assert said in ran.err
    assert revision(store) == NEWEST
    assert sorted(path.name for path in Path(migrate.__file__).parent.rglob("*.py")) == before


def test_below_the_first_there_is_nothing(store: Path) -> None:
    for _ in known_revisions()[1:]:
        assert db(store, "downgrade", "--yes").code == 0
    ran = db(store, "downgrade", "--yes")
    assert (ran.code, "the first: there is none before it" in ran.err) == (1, True)
    assert revision(store) == known_revisions()[0]


@pytest.mark.parametrize("command", ["upgrade", "downgrade"])
def test_not_under_a_running_server(store: Path, command: str) -> None:
    lock = datadir.ServerLock(datadir.locate(Settings(data_dir=store.parent)))
    ran = db(store, command, "--yes")
    lock.release()
    assert (ran.code, "Another Sayso server already uses" in ran.err) == (1, True)
    assert revision(store) == NEWEST


@pytest.mark.parametrize("harm", ["missing", "foreign", "newer", "text"])
def test_what_is_no_store_is_refused(store: Path, harm: str) -> None:
    if harm == "newer":
        with closing(sqlite3.connect(store, isolation_level=None)) as connection:
            connection.execute("UPDATE alembic_version SET version_num = '9042'")
    else:
        store.unlink()
    if harm == "text":
        store.write_text("Dear Sir or Madam" * 500)
    if harm == "foreign":
        with closing(sqlite3.connect(store)) as connection:
            connection.execute("CREATE TABLE x (y)")
    before = store.read_bytes() if harm == "text" else b""
    for command in ("status", "upgrade", "downgrade"):
        ran = db(store, command)
        assert (ran.code, ran.err.count("\n")) == (1, 1)
    assert store.exists() == (harm != "missing")
    assert harm != "text" or store.read_bytes() == before


def test_what_a_downgrade_takes_away_is_told_and_undone(store: Path) -> None:
    with closing(sqlite3.connect(store, isolation_level=None)) as connection:
        connection.execute("INSERT INTO users (id, email, name, created_at) VALUES ('u', 'e', 'n', 0)")
    engine = open_engine(f"sqlite:///{store}")
    lost = losses(engine, "base")
    engine.dispose()
    assert "the table users with 1 rows" in lost
    assert "the table plans with 0 rows" in lost
    with closing(sqlite3.connect(store)) as connection:
        assert connection.execute("SELECT id FROM users").fetchall() == [("u",)]
    assert revision(store) == NEWEST


def test_a_column_that_goes_is_told_with_its_values(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from alembic import command

    with closing(sqlite3.connect(store, isolation_level=None)) as connection:
        connection.execute("INSERT INTO users (id, email, name, created_at, locale) VALUES ('u', 'e', 'n', 0, 'de')")

    def drop(config: Config, _: str) -> None:
        config.attributes["connection"].exec_driver_sql("ALTER TABLE users DROP COLUMN locale")

    monkeypatch.setattr(command, "downgrade", drop)
    engine = open_engine(f"sqlite:///{store}")
    assert losses(engine, OLDER) == ["the column users.locale, which 1 rows have"]
    engine.dispose()
    with closing(sqlite3.connect(store)) as connection:
        assert connection.execute("SELECT locale FROM users").fetchall() == [("de",)]


def test_migrations_are_made_elsewhere() -> None:
    """An installed package has no command that writes into it; the checkout's tool takes no stray word."""
    ran = subprocess.run([sys.executable, "-m", "sayso.store.migrations", "current"], capture_output=True, text=True)
    assert ran.returncode != 0
    ran = subprocess.run([sys.executable, "-m", "tests.kit.migration", "current"], capture_output=True, text=True)
    assert (ran.returncode, "unrecognized arguments" in ran.stderr or "required" in ran.stderr) == (2, True)
    assert [path.name[:4] for path in sorted((Path(migrate.__file__).parent / "migrations/versions").glob("*.py"))] == (
        known_revisions()
    )
