"""A store that an earlier version made: nothing of it is lost, and what was under way goes on where it was."""

import re
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx2
import pytest
from tests.conftest import Server, StartServer

from sayso.store import workspace_tables  # noqa: F401 -- declares its tables
from sayso.store.datadir import STORE_FILE
from sayso.store.engine import open_engine
from sayso.store.migrate import downgrade, known_revisions, migrate

OLD = Path(__file__).with_name("store_0002.sql").read_text("utf-8")
Rows = dict[str, list[dict[str, Any]]]
RENAMED = {("identities", "provider"): "issuer"}
"""Columns that are called otherwise by now."""


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """The file of such a store, where servers of the test have theirs."""
    path = tmp_path / "data" / STORE_FILE
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(OLD)
    return path


@pytest.fixture
def server(old: Path, start_server: StartServer) -> Server:
    """A server of today's version on it, half an hour after the last request to the old one."""
    return start_server()


@pytest.fixture
def client(server: Server) -> httpx2.Client:
    """The owner, in the browser in which he was signed in."""
    found = re.search(r"cookie of its session: (\S+)", OLD)
    assert found
    return server.anonymous(cookies={"session_id": found[1]}, headers={"User-Agent": "Mozilla/5.0 (X11)"})


def rows(path: Path) -> Rows:
    """Everything but the revision, by table; columns that are empty are left out, since one may be new."""
    with closing(sqlite3.connect(path)) as connection:
        connection.row_factory = sqlite3.Row
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {
            name: [
                {column: row[column] for column in row.keys() if row[column] is not None}  # noqa: SIM118 -- of a Row
                for row in connection.execute(f"SELECT * FROM {name} ORDER BY 1, 2")
            ]
            for name in tables
            if name != "alembic_version" and not name.startswith("sqlite_")
        }


def schema(path: Path) -> set[tuple[str, str]]:
    with closing(sqlite3.connect(path)) as connection:
        found = connection.execute("SELECT name, sql FROM sqlite_master WHERE sql > ''").fetchall()
    return {(name, re.sub(r"[\s,]+", " ", sql).replace('"', "")) for name, sql in found}


def test_there_and_back_nothing_is_lost(old: Path) -> None:
    before, declared = rows(old), schema(old)
    engine = open_engine(f"sqlite:///{old}")
    migrate(engine)
    after = rows(old)
    for name, known in before.items():
        today = [{RENAMED.get((name, column), column): value for column, value in row.items()} for row in known]
        columns = {column for row in today for column in row}
        assert [{column: row[column] for column in row.keys() & columns} for row in after[name]] == today
    assert sum(map(len, before.values())) > 200
    assert known_revisions()[-1] > "0002"
    downgrade(engine, "0002")
    engine.dispose()
    assert (rows(old), schema(old)) == (before, declared)


def test_what_the_first_start_seeded_is_marked_and_nothing_else(old: Path) -> None:
    own = {
        # beside what the old version's user did: what looks most like a sample and is none
        "local_events": ["evt_own", "Mum's birthday", "FREQ=YEARLY"],
        "local_tasks": ["tsk_own", "Call the bank", ""],
    }
    with closing(sqlite3.connect(old)) as connection:
        for table, (name, title, rule) in own.items():
            _copied(connection, table, title, id=name, uid=name, **({"start_at": 0, "first_at": 0} if rule else {}))
        _copied(connection, "local_tasks", "Water the plants", id="tsk_other", uid="uid-of-a-file")
        connection.execute("UPDATE local_tasks SET created_at = created_at + 1 WHERE id = 'tsk_own'")
        _copied(connection, "local_events", "Haircut", id="evt_hair", uid="uid-of-a-file")
        _copied(connection, "local_contacts", "Sam Carter", id="ctc_own", uid="sam", emails="[]")
        connection.execute("UPDATE local_events SET start_at = start_at + 3600000000 WHERE title = 'Dentist'")
        connection.commit()
    engine = open_engine(f"sqlite:///{old}")
    migrate(engine)
    engine.dispose()
    found = rows(old)
    unmarked = {
        table: sorted(
            str(row.get("title") or row.get("subject") or row.get("name")) for row in found[table] if not row["sample"]
        )
        for table in ("local_events", "local_tasks", "local_messages", "local_contacts", "local_task_lists")
    }
    assert unmarked == {
        "local_events": ["Haircut", "Lunch with Ana", "Mum's birthday"],
        "local_tasks": ["Call the bank", "Water the plants", "call the bank", "tell the team"],
        "local_messages": [
            "Cancelled: Stand-up", "Cancelled: Stand-up", "Invitation: Lunch with Ana", "Lunch is on",
            "Updated invitation: Budget call with Priya", "Updated invitation: Daily",
        ],
        "local_contacts": ["Sam Carter"],
        "local_task_lists": [],
    }  # fmt: skip
    marked = {table: sum(row["sample"] for row in found[table]) for table in unmarked}
    assert list(marked.values()) == [16, 15, 25, 12, 3]


def _copied(connection: sqlite3.Connection, table: str, title: str, **changes: object) -> None:
    """One more row like that of this title."""
    named = "name" if table == "local_contacts" else "title"
    connection.row_factory = sqlite3.Row
    [row] = connection.execute(f"SELECT * FROM {table} WHERE {named} = ?", [title]).fetchall()
    values = dict(row) | changes
    marks = ", ".join("?" * len(values))
    connection.execute(f"INSERT INTO {table} ({', '.join(values)}) VALUES ({marks})", list(values.values()))


def test_old_samples_go_and_ones_own_stays(client: httpx2.Client) -> None:
    assert client.get("/workspace/today").json()["sample"] is True
    client.delete("/workspace/samples").raise_for_status()
    today = client.get("/workspace/today", params={"days": 31}).json()
    assert (today["sample"], {event["title"] for event in today["events"]}) == (False, {"Lunch with Ana"})
    # What had been confirmed and goes on when the server starts may have made one by now.
    assert {task["title"] for task in today["tasks"]} - {"mow the lawn"} == {"call the bank", "tell the team"}


def test_plans_of_every_state_are_as_they_were(old: Path, client: httpx2.Client) -> None:
    before = {row["id"]: row for row in rows(old)["plans"] if row["status"] != "confirmed"}
    plans = {plan["id"]: plan for plan in client.get("/plans").json()["plans"]}
    for plan_id, row in before.items():
        plan = plans[plan_id]
        assert [plan[name] for name in ("status", "question", "decided_by", "words")] == [
            row.get(name) for name in ("status", "question", "decided_by", "words")
        ]
        events = client.get(f"/plans/{plan_id}").json()["events"]
        *_, last = (event for event in events if event["kind"] != "refreshed")
        assert last["kind"] == {"pending": "proposed"}.get(row["status"], row["status"])
    assert {row["status"] for row in before.values()} == {
        *("pending", "cancelled", "expired", "superseded", "completed", "partial", "failed", "stopped")
    }


def test_threads_with_their_messages_and_the_workspace_are_there(client: httpx2.Client) -> None:
    assert {"late", "done", "no", "typed", "changed", "edited", "some", "failed", "left", "halt", "begun"} < {
        thread["id"] for thread in client.get("/threads").json()["threads"]
    }
    said = [message["content"] for message in client.get("/threads/done").json()["messages"]]
    assert said[0] == "Schedule lunch with Ana on Friday at 1pm"
    assert said[-1] == "Sent 'Lunch is on' to Ana Silva <ana.silva@northwind.example>."
    today = client.get("/workspace/today").json()
    assert {"Daily", "Lunch with Ana", "Budget call with Priya"} <= {event["title"] for event in today["events"]}
    assert {"tell the team", "dust", "call the bank"} & {task["title"] for task in today["tasks"]}
    assert today["mail_total"] > 0
    again = client.post("/chat", json={"thread_id": "done", "user_message": "What's on my calendar on Friday?"}).json()
    assert "Lunch with Ana" in again["response"]


def test_activity_tells_the_session_that_decided(client: httpx2.Client) -> None:
    entries = client.get("/activity", params={"limit": 100}).json()["entries"]
    told = {entry["plan_status"] for entry in entries}
    assert told >= {"cancelled", "completed", "expired", "failed", "partial", "stopped"}
    decided = [entry["session"] for entry in entries if entry["plan_status"] != "expired"]
    assert all(session["current"] and "Firefox" in session["user_agent"] for session in decided)


def test_what_waited_is_confirmed_and_happens_once(old: Path, client: httpx2.Client) -> None:
    [waiting] = [plan for plan in client.get("/plans?status=pending").json()["plans"] if plan["thread_id"] == "waiting"]
    body = {"thread_id": "waiting", "plan_id": waiting["id"]}
    first, again = (client.post("/chat/confirm", json=body).json() for _ in range(2))
    assert (first["status"], again) == ("completed", first)
    happened = rows(old)
    assert [event["title"] for event in happened["local_events"]].count("Project Review") == 1
    decided = [row for row in happened["plan_events"] if row["kind"] == "confirmed"]
    assert [row.get("via") for row in decided if row["plan_id"] == waiting["id"]] == ["web"]
    assert {row.get("via") for row in decided if row["plan_id"] != waiting["id"]} == {None}


def test_what_had_been_confirmed_runs_once(old: Path, client: httpx2.Client) -> None:
    """The old server was gone before it could begin (P5)."""
    [plan] = client.get("/threads/begun").json()["plans"]
    body = {"thread_id": "begun", "plan_id": plan["id"]}
    assert client.post("/chat/confirm", json=body).json()["status"] == "completed"
    assert [task["title"] for task in rows(old)["local_tasks"]].count("mow the lawn") == 1


def test_a_message_that_was_kept_is_answered(client: httpx2.Client) -> None:
    events = client.get("/chat/stream", params={"thread_id": "kept"}).text
    assert "event: complete" in events
    asked, _ = client.get("/threads/kept").json()["messages"]
    assert asked["content"] == "What's on today?"
