"""PostgreSQL: the same migrations, servers that start at once, counters of 64 bits, the commands of an operator."""

import re
import shlex
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text
from tests.kit.command import sayso
from tests.kit.postgres import need_client_tools

from sayso.app import ensure_owner, open_store
from sayso.base.clock import SystemClock, parse_instant
from sayso.base.ids import Ids
from sayso.conversation import ledger, streams, threads
from sayso.conversation.nouns import WholeTurn
from sayso.conversation.types import Message
from sayso.identity import users
from sayso.identity.types import Actor, Profile
from sayso.settings import Settings
from sayso.store import workspace_tables  # noqa: F401 -- declares its tables
from sayso.store.engine import open_engine
from sayso.store.gateway import Store, WriteConn
from sayso.store.migrate import downgrade, known_revisions, migrate, revision_of
from sayso.store.tables import metadata
from sayso.tools.base import Proposal


def test_migrated_schema_is_the_declared_one(postgres: str) -> None:
    engine = open_engine(postgres)
    migrate(engine)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    engine.dispose()


def test_there_and_back(postgres: str) -> None:
    engine = open_engine(postgres)
    migrate(engine)
    downgrade(engine, "base")
    assert inspect(engine).get_table_names() == ["alembic_version"]
    migrate(engine)
    with engine.connect() as connection:
        assert revision_of(connection) == known_revisions()[-1]
    engine.dispose()


def test_servers_that_start_at_once_migrate_one_after_the_other(postgres: str) -> None:
    engines = [open_engine(postgres) for _ in range(4)]
    with ThreadPoolExecutor(len(engines)) as pool:
        list(pool.map(migrate, engines))
    with engines[0].connect() as connection:
        assert revision_of(connection) == known_revisions()[-1]
    for engine in engines:
        engine.dispose()


def test_of_two_who_make_one_user_at_once_one_does(postgres: str) -> None:
    """The second waits for the first, which seeds the workspace in the same transaction, and finds what it made."""
    store = open_store(Settings(database_url=postgres))
    now, ids = parse_instant("2026-03-02T09:00Z"), Ids()
    made, go = threading.Event(), threading.Event()

    def slowly(conn: WriteConn) -> tuple[str, bool]:
        user = users.ensure(conn, "p", Profile("s", "e@example.com", "E"), now, ids)
        made.set()
        go.wait(30)
        return user

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(store.write_now, slowly)
        made.wait(30)
        second = pool.submit(store.write_now, users.ensure, "p", Profile("s", "e@example.com", "E"), now, ids)
        _wait_for_lock(store)
        go.set()
        (user_id, by_first), (same, by_second) = first.result(), second.result()
    assert (user_id, by_first, by_second) == (same, True, False)
    assert store.read_now(lambda conn: conn.execute(text("SELECT count(*) FROM users")).scalar_one()) == 1
    store.close()


def _wait_for_lock(store: Store) -> None:
    waits = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    while not store.read_now(lambda conn: conn.execute(waits).scalar_one()):
        pass


def test_counters_go_beyond_32_bits_and_do_not_go_back(postgres: str, monkeypatch: pytest.MonkeyPatch) -> None:
    far = 2**31 + 2**20
    store = open_store(Settings(database_url=postgres))
    now, ids = parse_instant("2026-03-02T09:00Z"), Ids()
    user_id, _ = store.write_now(users.ensure, "p", Profile("s", "e@example.com", "E"), now, ids)

    def run(conn: WriteConn) -> int:
        thread = threads.ensure(conn, user_id, Message("T", "t"), "pk", now)
        conn.execute(text("UPDATE threads SET events = :far"), {"far": far})
        conn.execute(text("SELECT setval('plan_events_seq_seq', :far)"), {"far": far})
        return streams.begin(conn, thread, "turn", now, ("complete", {}))[-1].id

    assert store.write_now(run) == far + 2
    store.close()
    monkeypatch.setenv("SAYSO_DATABASE_URL", postgres)
    back = sayso("db", "downgrade", "0001", "--yes")
    assert (back.code, back.err.count("\n")) == (1, 1)
    assert "0001 cannot hold what is in the store by now" in back.err
    assert f"schema  {known_revisions()[-1]} (the newest)" in sayso("db", "status").out


def test_commands_of_an_operator(postgres: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`sayso backup` says what to do; that is done, word for word, and what comes back goes on in safety (P5)."""
    need_client_tools()
    monkeypatch.setenv("SAYSO_DATABASE_URL", postgres)
    monkeypatch.setenv("SAYSO_DATA_DIR", str(tmp_path))
    store = open_store(Settings())
    owner = ensure_owner(store, SystemClock(), Ids(), ZoneInfo("UTC"))
    store.write_now(_plan_under_way, owner.user_id)
    assert sayso("db", "downgrade", "--yes").err.endswith("(1 connections); end them first.\n")
    assert sayso("check").code == 0
    store.close()

    dump = tmp_path / "dump"
    _obey(sayso("backup", dump).err, dump)
    assert sayso("db", "downgrade", "0001", "--yes").code == 0  # and much more went wrong
    _obey(sayso("restore", dump).err, dump)
    assert f"schema  {known_revisions()[-1]}" in sayso("db", "status").out
    settled = sayso("db", "restored", "--yes")
    assert (settled.code, settled.out) == (
        0, "Actions under way when the backup was made, now shown as unknown; they do not run: 1.\n"
    )  # fmt: skip
    assert sayso("check").out.endswith("All is well.\n")
    store = open_store(Settings())
    with store.engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT status FROM actions").scalars().all() == ["unknown"]
        connection.exec_driver_sql("ALTER TABLE threads DROP CONSTRAINT fk_threads_user_id_users")
        connection.exec_driver_sql("UPDATE threads SET user_id = 'nobody'")
        connection.exec_driver_sql("UPDATE plans SET question = 'Should I do nothing?'")
        connection.commit()
    store.close()
    found = sayso("check")
    assert found.code == 1
    assert "threads: 1 rows name users in user_id" in found.out
    assert "is not what was shown" in found.out


def _obey(said: str, file: Path) -> None:
    command = re.search(r"tools for this: (.*) \(docs", said)
    assert command, said
    subprocess.run(shlex.split(command.group(1).replace("FILE", str(file))), check=True)


def _plan_under_way(conn: WriteConn, user_id: str) -> None:
    now, ids = SystemClock().now(), Ids()
    thread = threads.ensure(conn, user_id, Message("T", "t"), "pk", now)
    turn = WholeTurn(
        id="turn",
        kind="chat",
        user_message="do it",
        response="Shall I?",
        messages=[],
        created_at=now,
        ended_at=now,
        plan_id="plan",
    )
    threads.append(conn, thread.pk, turn, "plan", None)
    proposal = Proposal(effect="write", args={}, question="q", preview="p", target={})
    plan = ledger.NewPlan("plan", [ledger.NewAction("turn", "c", "tool", proposal)], "q?", now, now + timedelta(days=1))
    ledger.open_plan(conn, plan, thread.pk, Actor(user_id, "api"), ids, None)
    ledger.decide(conn, "confirmed", Actor(user_id, "api"), "t", None, now, None)
