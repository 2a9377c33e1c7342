"""`sayso backup`, `sayso restore`, `sayso check`: seen by restoring, and going on."""

import os
import shutil
import sqlite3
import stat
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx2
import pytest
from sqlalchemy import delete, select, update
from tests.conftest import ZONE, Server, StartServer
from tests.kit.command import Ran, sayso

from sayso.base.faults import no_fault
from sayso.identity import users
from sayso.identity.types import Profile
from sayso.settings import Settings
from sayso.store import datadir
from sayso.store.datadir import STORE_FILE
from sayso.store.engine import open_engine
from sayso.store.gateway import ReadConn, WriteConn
from sayso.store.migrate import downgrade, known_revisions
from sayso.store.tables import identities
from sayso.store.tables import users as all_users


def propose(client: httpx2.Client, thread: str) -> str:
    said = {"user_message": f"Create a task called 'Task of {thread}'", "thread_id": thread}
    plan: str = client.post("/chat", json=said).json()["plan"]["id"]
    return plan


def decide(client: httpx2.Client, kind: str, thread: str) -> dict[str, Any]:
    answer: dict[str, Any] = client.post(f"/chat/{kind}", json={"thread_id": thread}).json()
    return answer


def tasks(server: Server) -> list[str]:
    with server.store.engine.connect() as connection:
        found = connection.exec_driver_sql("SELECT title FROM local_tasks WHERE title LIKE 'Task of %'")
        return sorted(found.scalars())


def sql(file: Path, *statements: str) -> None:
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(statement)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, migrated: Path) -> Path:
    """A store with two plans that wait."""
    folder = tmp_path_factory.mktemp("whole")
    shutil.copy(migrated, folder / STORE_FILE)
    server = Server(Settings(data_dir=folder, timezone=ZONE, rate_limit=0), None, no_fault)
    client = server.client()
    propose(client, "one")
    propose(client, "two")
    server.stop()
    return folder / STORE_FILE


@pytest.fixture
def backed_up(whole: Path, data: Path, tmp_path: Path) -> Path:
    """A backup, and a store that was used since: its threads have other titles."""
    sql(_store(data, whole), "UPDATE threads SET title = 'later'")
    shutil.copy(whole, tmp_path / "backup")
    return tmp_path / "backup"


def titles(file: Path) -> list[str]:
    with closing(sqlite3.connect(file)) as connection:
        return [title for (title,) in connection.execute("SELECT title FROM threads ORDER BY title")]


THEN = ["Create a task called 'Task of one'", "Create a task called 'Task of two'"]
LATER = ["later", "later"]


def restore(backup: Path, data: Path, *options: str, typed: str = "") -> Ran:
    return sayso("restore", backup, "--data-dir", data, *options, typed=typed)


def test_what_was_backed_up_goes_on_after_a_restore(start_server: StartServer, data: Path, tmp_path: Path) -> None:
    """Also P4: what was cancelled since the backup stays so. And sign-ins, tokens and links that were ended since stay
    ended."""
    server = start_server()
    client, other, phone = server.client(), server.client(), server.anonymous()
    lasting, revoked = (
        client.post("/auth/tokens", json={"name": name, "scopes": ["read"]}).json() for name in ("lasting", "revoked")
    )
    link = client.post("/auth/devices").json()
    phone.post("/auth/devices/claim", json={"code": link["url"].rpartition("/")[2]})
    client.post(f"/auth/devices/{link['id']}/decision", json={"allow": True})
    for thread in ("waits", "ran later", "cancelled later"):
        propose(client, thread.replace(" ", "-"))
    made = sayso("backup", tmp_path / "b", "--data-dir", data)
    assert (made.code, made.err) == (0, "")
    assert "threads 3, plans 3" in made.out
    decide(client, "confirm", "ran-later")
    decide(client, "cancel", "cancelled-later")
    propose(client, "later")
    kept, ended = ({"session_id": signed_in.cookies["session_id"]} for signed_in in (client, other))
    assert other.post("/auth/logout").status_code == 200
    assert client.delete(f"/auth/tokens/{revoked['id']}").status_code == 200
    client.post(f"/auth/devices/{link['id']}/decision", json={"allow": False})
    jar = dict(phone.cookies)
    server.stop()

    done = restore(tmp_path / "b", data, "--yes")
    assert (done.code, done.err) == (0, "")
    assert "look before you confirm: 2." in done.out

    again = start_server()
    client = again.anonymous(cookies=kept)
    assert client.get("/threads/later").status_code == 404
    assert decide(client, "confirm", "cancelled-later")["details"]["reason"] == "already_cancelled"
    assert decide(client, "confirm", "waits")["status"] == "completed"
    assert tasks(again) == ["Task of waits"]  # what ran since is gone with its effect, and waits again
    assert decide(client, "confirm", "ran-later")["status"] == "completed"
    assert tasks(again) == ["Task of ran-later", "Task of waits"]
    assert again.anonymous(cookies=ended).get("/threads").status_code == 401
    for token, status in ((lasting, 200), (revoked, 401)):
        using = again.anonymous(headers={"Authorization": f"Bearer {token['token']}"})
        assert using.get("/threads").status_code == status
    assert again.anonymous(cookies=jar).post("/auth/devices/enter").status_code == 404
    assert sayso("check", "--data-dir", data).code == 0


def test_a_way_to_sign_in_that_was_taken_away_stays_away(start_server: StartServer, data: Path, tmp_path: Path) -> None:
    """Also one that is another's by now; whoever was deleted since the backup comes back whole."""
    server = start_server()
    issuer, now = "https://accounts.example", server.clock.now()

    def make(conn: WriteConn) -> dict[str, str]:
        made = {name: users.ensure(conn, issuer, Profile(name, f"{name}@x.example", name, issuer), now, server.ids)[0]
                for name in ("stays", "leaves", "gone")}  # fmt: skip
        for subject in ("kept", "removed", "moved"):
            users.add_identity(conn, made["stays"], issuer, Profile(subject, "", "", issuer))
        return made

    def change(conn: WriteConn) -> None:
        conn.execute(delete(identities).where(identities.c.subject == "removed"))
        conn.execute(update(identities).where(identities.c.subject == "moved").values(user_id=made["leaves"]))
        conn.execute(delete(all_users).where(all_users.c.id == made["gone"]))

    made = server.store.write_now(make)
    assert sayso("backup", tmp_path / "b", "--data-dir", data).code == 0
    server.store.write_now(change)
    server.stop()
    assert restore(tmp_path / "b", data, "--yes").code == 0
    again = start_server()

    def left(conn: ReadConn) -> set[str]:
        return set(conn.execute(select(identities.c.subject).where(identities.c.issuer == issuer)).scalars())

    assert again.store.read_now(left) == {"stays", "kept", "leaves", "gone"}
    assert "restored" in sayso("audit", "--data-dir", data).out


def test_what_was_under_way_is_in_doubt_after_a_restore(start_server: StartServer, data: Path, tmp_path: Path) -> None:
    """P5: it may have run since the backup was made, and the store that comes back does not know."""
    server = start_server()
    client = server.client()
    plans = {thread: propose(client, thread) for thread in ("began", "confirmed")}
    server.stop()
    store = data / STORE_FILE
    sql(
        store,
        "UPDATE plans SET status = 'confirmed', decided_at = created_at",
        f"UPDATE actions SET status = 'running', claim_token = 'x', lease_until = 0 WHERE plan_id = '{plans['began']}'",
    )
    assert sayso("backup", tmp_path / "b", "--data-dir", data).code == 0
    assert "do not run: 2." in restore(tmp_path / "b", data, "--yes").out
    again = start_server()
    client = again.client()
    for thread, plan in plans.items():
        assert decide(client, "confirm", thread)["status"] == "failed"
        shown = client.get(f"/plans/{plan}").json()
        assert (shown["status"], shown["actions"][0]["status"]) == ("failed", "unknown")
        assert "may or may not have happened" in client.get(f"/threads/{thread}").json()["messages"][-1]["content"]
    assert tasks(again) == []


def test_the_store_that_was_replaced_is_kept(backed_up: Path, data: Path) -> None:
    assert restore(backed_up, data, "--yes").code == 0
    first = data / f"{STORE_FILE}.before-restore-1"
    assert (titles(data / STORE_FILE), titles(first)) == (THEN, LATER)
    assert restore(first, data, "--yes").code == 0  # and can be brought back itself
    assert (data / f"{STORE_FILE}.before-restore-2").exists()
    assert {path.stat().st_mode & 0o777 for path in data.iterdir()} == {0o600}
    assert titles(data / STORE_FILE) == LATER


def test_restore_where_there_is_no_store(backed_up: Path, tmp_path: Path) -> None:
    assert restore(backed_up, tmp_path / "new", "--yes").code == 0
    assert titles(tmp_path / "new" / STORE_FILE) == THEN
    with closing(sqlite3.connect(tmp_path / "new" / STORE_FILE)) as now:
        for table in ("sessions", "api_tokens"):  # nobody knows which were ended
            assert now.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)


@pytest.mark.parametrize("harm", ["text", "cut", "empty"])
def test_restore_over_a_damaged_store(backed_up: Path, data: Path, harm: str) -> None:
    """Its journal, with what a killed server had not moved into it yet, does not meet the store that comes."""
    store = data / STORE_FILE
    with closing(sqlite3.connect(store, isolation_level=None)) as killed:
        killed.execute("PRAGMA journal_mode=WAL")
        killed.execute("UPDATE threads SET title = 'not in the file'")
        journal = (data / f"{STORE_FILE}-wal").read_bytes()
    assert len(journal) > 4096
    content = {"text": b"Dear Sir or Madam" * 500, "cut": store.read_bytes()[:9000], "empty": b""}[harm]
    store.write_bytes(content)
    (data / f"{STORE_FILE}-wal").write_bytes(journal)
    done = restore(backed_up, data, "--yes")
    assert (done.code, done.err) == (0, "")
    assert (data / f"{STORE_FILE}.before-restore-1").read_bytes() == content or harm == "empty"
    assert sayso("check", "--data-dir", data).code == 0
    assert titles(store) == THEN


def _flip(backup: Path) -> None:
    content = bytearray(backup.read_bytes())
    content[8192:8200] = b"\xff" * 8  # the head of a page
    backup.write_bytes(content)


def _newer(backup: Path) -> None:
    sql(backup, "UPDATE alembic_version SET version_num = '9042'")


def _foreign(backup: Path) -> None:
    backup.unlink()
    sql(backup, "CREATE TABLE x (y)")


def _directory(backup: Path) -> None:
    backup.unlink()
    backup.mkdir()


BAD: dict[str, tuple[Callable[[Path], object], str]] = {
    "cut": (lambda backup: backup.write_bytes(backup.read_bytes()[:20_000]), "is damaged"),
    "flipped": (_flip, "is damaged"),
    "empty": (lambda backup: backup.write_bytes(b""), "is not a Sayso store"),
    "text": (lambda backup: backup.write_text("Dear Sir or Madam" * 500), "is not a Sayso store"),
    "foreign": (_foreign, "is not a Sayso store"),
    "newer": (_newer, "newer version of Sayso"),
    "missing": (lambda backup: backup.unlink(), "There is no backup"),
    "directory": (_directory, "There is no backup"),
}


BAD_IN_PLACE: dict[str, Callable[[Path], None]] = {"missing": Path.unlink, "foreign": _foreign, "newer": _newer}


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_backup_changes_nothing(backed_up: Path, data: Path, kind: str) -> None:
    spoil, said = BAD[kind]
    spoil(backed_up)
    before = (data / STORE_FILE).read_bytes()
    done = restore(backed_up, data, "--yes")
    assert (done.code, done.err.count("\n")) == (1, 1)
    assert said in done.err
    assert (data / STORE_FILE).read_bytes() == before
    assert {path.name for path in data.iterdir()} <= {STORE_FILE, f"{STORE_FILE}.lock"}


@pytest.mark.parametrize("typed", ["", "n\n", "\n"])
def test_restore_asks(backed_up: Path, data: Path, typed: str) -> None:
    before = (data / STORE_FILE).read_bytes()
    done = restore(backed_up, data, typed=typed)
    assert (done.code, "Nothing was changed" in done.err) == (1, True)
    assert (data / STORE_FILE).read_bytes() == before
    assert restore(backed_up, data, typed="y\n").code == 0


def test_restore_refuses_while_somebody_uses_the_store(backed_up: Path, data: Path, tmp_path: Path) -> None:
    place = datadir.locate(Settings(data_dir=data))
    lock = datadir.ServerLock(place)
    assert "Another Sayso server already uses" in restore(backed_up, data, "--yes").err
    lock.release()
    with closing(sqlite3.connect(data / STORE_FILE)) as other:
        other.execute("PRAGMA journal_mode=WAL")
        other.execute("BEGIN")
        other.execute("SELECT count(*) FROM threads").fetchone()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("sayso.store.backup.BUSY_TIMEOUT_MS", 1)
            assert "is in use by another program" in restore(backed_up, data, "--yes").err
    assert "is the store itself" in restore(data / STORE_FILE, data, "--yes").err
    (tmp_path / "elsewhere").symlink_to(data / STORE_FILE)
    assert "is the store itself" in restore(tmp_path / "elsewhere", data, "--yes").err


def test_backup_holds_what_was_committed(start_server: StartServer, data: Path, tmp_path: Path) -> None:
    """While somebody writes: all of what was committed, nothing of what was not."""
    server = start_server()
    propose(server.client(), "t")
    with closing(sqlite3.connect(data / STORE_FILE, isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("UPDATE threads SET title = 'not yet'")
        assert sayso("backup", tmp_path / "b", "--data-dir", data).code == 0
        writer.execute("ROLLBACK")
    with closing(sqlite3.connect(tmp_path / "b")) as copy:
        assert copy.execute("SELECT title FROM threads").fetchall() == [("Create a task called 'Task of t'",)]
        assert copy.execute("PRAGMA journal_mode").fetchone() == ("delete",)  # one file, nothing beside it


@pytest.fixture
def all_may_read() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.mark.usefixtures("all_may_read")
def test_backup_is_private_whole_and_follows_no_link(data: Path, migrated: Path, tmp_path: Path) -> None:
    _store(data, migrated)
    folder, elsewhere = tmp_path / "backups", tmp_path / "elsewhere"
    folder.mkdir()
    elsewhere.write_text("mine")
    (folder / "b").symlink_to(elsewhere)
    assert "exists already" in sayso("backup", folder / "b", "--data-dir", data).err
    assert sayso("backup", folder / "b", "--data-dir", data, "--force").code == 0
    assert elsewhere.read_text() == "mine"
    assert [path.name for path in folder.iterdir()] == ["b"]
    found = (folder / "b").lstat()
    assert (stat.S_ISREG(found.st_mode), found.st_mode & 0o777) == (True, 0o600)
    assert sayso("check", folder / "b").code == 0


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("there", "exists already; choose another name, or --force"),
        ("folder", "exists already"),
        ("nowhere/b", "Cannot write"),
        ("x" * 300, "File name too long"),
        ("pipe", "is not a file"),
        (f"data/{STORE_FILE}", "is the store itself"),
        (f"data/{STORE_FILE}-wal", "is the store itself"),
    ],
)
def test_backup_is_refused_and_nothing_is_lost(
    data: Path, migrated: Path, tmp_path: Path, target: str, said: str
) -> None:
    _store(data, migrated)
    (data / f"{STORE_FILE}-wal").write_bytes(b"")
    (tmp_path / "there").write_text("mine")
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    force = [] if target == "there" else ["--force"]
    ran = sayso("backup", tmp_path / target, "--data-dir", data, *force)
    assert (ran.code, ran.err.count("\n")) == (1, 1)
    assert said in ran.err
    assert (data / STORE_FILE).read_bytes() == migrated.read_bytes()
    assert (tmp_path / "there").read_text() == "mine"
    assert not list(tmp_path.glob(".*"))


@pytest.mark.parametrize("harm", ["missing", "cut", "text", "foreign", "newer"])
def test_no_backup_of_what_is_no_store(data: Path, migrated: Path, tmp_path: Path, harm: str) -> None:
    store = _store(data, migrated)
    if harm in BAD_IN_PLACE:
        BAD_IN_PLACE[harm](store)
    else:
        store.write_bytes(b"x" * 9000 if harm == "text" else migrated.read_bytes()[:20_000])
    ran = sayso("backup", tmp_path / "b", "--data-dir", data)
    assert (ran.code, ran.err.count("\n")) == (1, 1)
    assert not (tmp_path / "b").exists()
    assert store.exists() == (harm != "missing")


def test_a_store_of_an_older_version_is_backed_up_as_it_is(data: Path, migrated: Path, tmp_path: Path) -> None:
    """A backup comes before the upgrade; the restore brings it up to date."""
    store = _store(data, migrated)
    engine = open_engine(f"sqlite:///{store}")
    downgrade(engine, "0001")
    engine.dispose()
    assert sayso("backup", tmp_path / "b", "--data-dir", data).code == 0
    for file in (store, tmp_path / "b"):
        with closing(sqlite3.connect(file)) as connection:
            assert connection.execute("SELECT version_num FROM alembic_version").fetchone() == ("0001",)
    assert restore(tmp_path / "b", data, "--yes").code == 0
    with closing(sqlite3.connect(store)) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchone() == (known_revisions()[-1],)


def _store(data: Path, migrated: Path) -> Path:
    data.mkdir(mode=0o700)
    (data / STORE_FILE).write_bytes(migrated.read_bytes())
    (data / STORE_FILE).chmod(0o600)
    return data / STORE_FILE


# --- check -----------------------------------------------------------------------------------------------------------

FAULTS = {
    "digest": (["UPDATE plans SET question = 'Should I do nothing?'"], "is not what was shown"),
    "arguments": (["UPDATE actions SET args = '{}'"], "is not what was shown"),
    "no JSON": (["UPDATE actions SET args = '{'"], "actions: a row cannot be read"),
    "no number": (["UPDATE threads SET created_at = 'yesterday'"], "threads: a row cannot be read"),
    "no text": (["UPDATE actions SET args = 1.5"], "is not what was shown"),
    "bytes": (["UPDATE threads SET created_at = x'ff'"], "threads: a row cannot be read"),
    "deep": ([f"UPDATE actions SET args = '{'[' * 100_000}'"], "actions: a row cannot be read"),
    "no time": (["UPDATE threads SET created_at = 9223372036854775807"], "threads: a row cannot be read"),
    "dangling": (["PRAGMA foreign_keys=OFF", "DELETE FROM turns"], "rows name turns in turn_id"),
    "orphans": (["PRAGMA foreign_keys=OFF", "DELETE FROM users"], "rows name users in user_id"),
    "two waiting": (
        [
            "DROP INDEX uq_plans_one_pending",
            "UPDATE plans SET ordinal = rowid",
            "UPDATE plans SET thread_pk = (SELECT min(pk) FROM threads)",
        ],
        "has 2 plans that wait",
    ),
    "open": (["UPDATE plans SET status = 'completed', decided_at = 0"], "is open, though its plan is completed"),
    "unclaimed": (["UPDATE actions SET status = 'running'"], "nobody has claimed it"),
    "undecided": (["UPDATE plans SET status = 'cancelled'"], "nothing says when"),
}


@pytest.mark.parametrize("kind", [None, *FAULTS])
def test_check_finds(whole: Path, tmp_path: Path, kind: str | None) -> None:
    file = tmp_path / STORE_FILE
    file.write_bytes(whole.read_bytes())
    statements, said = FAULTS[kind] if kind else ([], "All is well.")
    sql(file, *statements)
    before = file.read_bytes()
    for arguments in (["--data-dir", tmp_path], [file]):
        ran = sayso("check", *arguments)
        assert (ran.code, said in ran.out) == (0 if kind is None else 1, True), ran.out + ran.err
    assert file.read_bytes() == before
    if kind == "digest":
        assert sayso("backup", tmp_path / "b", "--data-dir", tmp_path).code == 0  # a true copy, whose faults are told


@pytest.mark.parametrize("harm", ["missing", "cut", "flipped"])
def test_check_of_what_is_no_store(whole: Path, tmp_path: Path, harm: str) -> None:
    file = tmp_path / STORE_FILE
    if harm != "missing":
        file.write_bytes(whole.read_bytes()[: 20_000 if harm == "cut" else None])
    if harm == "flipped":
        _flip(file)
    ran = sayso("check", "--data-dir", tmp_path)
    assert (ran.code, ran.err.count("\n")) == (1, 1)
