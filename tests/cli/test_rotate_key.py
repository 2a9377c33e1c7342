"""`sayso rotate-key`: every secret under a new key, also beside a running server."""

from pathlib import Path

import pytest
from sqlalchemy import insert, select, update
from tests.conftest import Server, StartServer
from tests.kit.command import sayso

from sayso.identity.keyring import Keyring, new_key, open_keyring, read_keys, write_keys
from sayso.store.datadir import KEY_FILE
from sayso.store.gateway import ReadConn, WriteConn
from sayso.store.tables import accounts, credentials, user_models, users


@pytest.fixture
def server(start_server: StartServer, monkeypatch: pytest.MonkeyPatch) -> Server:
    server = start_server()
    monkeypatch.setenv("SAYSO_DATA_DIR", str(server.settings.data_dir))
    return server


def keep(server: Server, keyring: Keyring, secret: str) -> None:
    """A sealed secret of each kind."""

    def write(conn: WriteConn) -> None:
        user = conn.execute(select(users.c.id)).scalar_one()
        at = server.clock.now()
        whole = {"user_id": user, "id": "acc_1", "kind": "far", "label": "", "serves": [], "default_for": []}
        conn.execute(insert(accounts).values(**whole, state="connected", since=at, created_at=at))
        sealed = keyring.seal(secret, "credential", user, "acc_1")
        conn.execute(insert(credentials).values(user_id=user, account_id="acc_1", sealed=sealed))
        sealed = keyring.seal(secret, "model", user)
        conn.execute(insert(user_models).values(user_id=user, name="x", sealed=sealed, changed_at=at))

    server.store.write_now(write)


def kept(server: Server, keyring: Keyring) -> list[str]:
    def read(conn: ReadConn) -> list[str]:
        user, sealed = conn.execute(select(credentials.c.user_id, credentials.c.sealed)).one()
        model = conn.execute(select(user_models.c.sealed)).scalar_one()
        return [keyring.open(sealed, "credential", user, "acc_1"), keyring.open(str(model), "model", user)]

    return server.store.read_now(read)


def folder(server: Server) -> Path:
    return server.settings.data_dir


def test_all_is_under_a_new_key_and_the_server_finds_it(server: Server) -> None:
    running = open_keyring(None, folder(server))
    keep(server, running, "s3cret")
    [before] = read_keys(None, folder(server))
    ran = sayso("rotate-key")
    assert (ran.code, ran.out.splitlines()[0]) == (0, "2 secrets were sealed anew.")
    fresh, older = read_keys(None, folder(server))
    assert older == before
    assert kept(server, Keyring(lambda: [fresh])) == ["s3cret"] * 2
    assert kept(server, running) == ["s3cret"] * 2
    assert "s3cret" not in ran.out + ran.err
    assert fresh not in ran.out + ran.err


def test_what_a_server_sealed_meanwhile_with_the_key_before_outlives_the_next_time(server: Server) -> None:
    keep(server, open_keyring(None, folder(server)), "s3cret")
    sayso("rotate-key")
    _, before = read_keys(None, folder(server))

    def late(conn: WriteConn) -> None:
        user = conn.execute(select(users.c.id)).scalar_one()
        sealed = Keyring(lambda: [before]).seal("later", "model", user)
        conn.execute(update(user_models).values(sealed=sealed))

    server.store.write_now(late)
    assert sayso("rotate-key").out.splitlines()[0] == "2 secrets were sealed anew."
    keys = read_keys(None, folder(server))
    assert len(keys) == 2
    assert before not in keys
    assert kept(server, Keyring(lambda: keys[:1])) == ["s3cret", "later"]


def test_secrets_whose_key_is_gone_are_told_and_keep_the_keys(server: Server) -> None:
    keep(server, Keyring(lambda: ["x" * 32]), "s3cret")
    write_keys(mine := [new_key(), new_key()], folder(server) / KEY_FILE)
    ran = sayso("rotate-key")
    assert ran.out.splitlines()[0] == "0 secrets were sealed anew."
    assert "2 cannot be opened" in ran.out
    assert read_keys(None, folder(server))[1:] == mine


def test_keys_of_the_settings(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    old, new = new_key(), new_key()
    keep(server, Keyring(lambda: [old]), "s3cret")
    monkeypatch.setenv("SAYSO_SECRET_KEY", old)
    assert "put a new one in front of it" in sayso("rotate-key").out
    monkeypatch.setenv("SAYSO_SECRET_KEY", f"{new},{old}")
    ran = sayso("rotate-key")
    assert ran.out.splitlines()[0] == "2 secrets were sealed anew."
    assert "the others can go" in ran.out
    assert kept(server, Keyring(lambda: [new])) == ["s3cret"] * 2


def test_a_backup_says_that_the_key_is_apart(server: Server, tmp_path: Path) -> None:
    assert "open only with the key" not in sayso("backup", tmp_path / "none").out
    keyring = open_keyring(None, folder(server))
    keep(server, keyring, "s3cret")
    told = sayso("backup", tmp_path / "some").out
    assert (
        f"2 secrets in it open only with the key, which is not in it: keep a copy of {folder(server) / KEY_FILE}"
        in told
    )
    content = (tmp_path / "some").read_bytes()
    assert b"s3cret" not in content
    assert read_keys(None, folder(server))[0].encode() not in content
