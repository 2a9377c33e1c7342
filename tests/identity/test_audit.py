"""Who did what: written in the transaction of what it tells, never changed, told to oneself and to the operator."""

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx2
import pytest
from tests.http.test_contract import ask, cancel, confirm
from tests.kit.command import sayso

import sayso as package
from sayso.conversation import account
from sayso.identity import audit
from sayso.identity.audit import Source
from sayso.store.gateway import WriteConn

if TYPE_CHECKING:
    from tests.conftest import Server

SRC = Path(package.__file__).parent


def events(client: httpx2.Client, **query: Any) -> list[dict[str, Any]]:
    body = client.get("/audit", params=query).raise_for_status().json()
    return [each for each in body["events"] if each["kind"] != "signed_in"]


def kinds(client: httpx2.Client) -> list[str]:
    """Oldest first."""
    return [each["kind"] for each in events(client, limit=200)][::-1]


def test_only_its_module_knows_the_table_and_changes_nothing_in_it() -> None:
    named = {
        path.relative_to(SRC).as_posix() for path in SRC.rglob("*.py") if "audit_events" in path.read_text("utf-8")
    }
    written = {"identity/audit.py", "store/tables.py"}
    migrations = {name for name in named if name.startswith("store/migrations/")}
    assert named - migrations == written
    text = (SRC / "identity" / "audit.py").read_text("utf-8")
    assert re.findall(r"\b(insert|update|delete|text)\(", text) == ["insert"]
    assert "from sqlalchemy import Row, insert, select\n" in text


def test_what_is_written(server: "Server") -> None:
    client = server.client()
    other = server.client()
    session = client.get("/auth/session").json()["session"]
    elsewhere = other.get("/auth/session").json()["session"]
    plan = ask(client, "Add a task to call the bank", thread_id="a")["plan"]
    confirm(client, "a")
    ask(client, "Add a task to sell the house", thread_id="b")
    cancel(client, "b", reason="hunter2")
    client.patch("/me", json={"name": "hunter2", "timezone": "Europe/Berlin"})
    client.patch("/me", json={})
    client.get("/me/export")
    client.delete(f"/auth/sessions/{elsewhere}")
    server.client().post("/auth/logout")
    server.client()
    client.delete("/auth/sessions", params={"keep": "current"})
    found = events(client)[::-1]
    assert [each["kind"] for each in found] == [
        "confirmed", "cancelled", "settings_changed", "data_exported", "session_revoked", "signed_out",
        "sessions_revoked",
    ]  # fmt: skip
    assert found[0] == {
        "at": "2026-03-02T14:00:00Z", "kind": "confirmed", "via": "api", "by": session, "address": "127.0.0.1",
        "data": {"plan_id": plan["id"], "thread_id": "a"},
    }  # fmt: skip
    told = {each["kind"]: each["data"] for each in found}
    assert told["settings_changed"] == {"fields": ["name", "timezone"]}
    assert told["session_revoked"] == {"session": elsewhere}
    assert told["sessions_revoked"] == {"ended": 1}
    assert "hunter2" not in json.dumps(found)


def test_what_did_not_happen_is_not_told(server: "Server") -> None:
    client = server.client()
    ask(client, "Add a task to call the bank", thread_id="a")
    confirm(client, "a", action_ids=["act_other"])
    client.delete("/auth/sessions/sess_other")
    client.delete("/auth/tokens/tok_other")
    client.patch("/me", json={"timezone": "Mars/Base"})
    assert kinds(client) == []
    confirm(client, "a")
    confirm(client, "a")  # which tells the outcome, and decides nothing
    cancel(client, "a")
    assert kinds(client) == ["confirmed"]


def test_it_is_written_with_what_it_tells_or_not_at_all(server: "Server", monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("in the middle")

    client = server.client()
    monkeypatch.setattr(account, "change", fail)
    assert client.patch("/me", json={"name": "Ana"}).status_code == 500
    monkeypatch.setattr(audit, "record", fail)
    ask(client, "Add a task to call the bank", thread_id="a")
    assert confirm(client, "a").status_code == 500
    assert client.post("/auth/logout").status_code == 500
    monkeypatch.undo()
    assert kinds(client) == []
    assert client.get("/plans").json()["plans"][0]["status"] == "pending"


def test_in_pages_and_ones_own(server: "Server") -> None:
    client, stranger = server.client(), server.stranger()
    for name in ("A", "B", "C"):
        client.patch("/me", json={"name": name})
    stranger.patch("/me", json={"timezone": "Europe/Berlin"})
    assert [each["data"] for each in events(stranger)] == [{"fields": ["timezone"]}]
    seen, cursor = [], None
    while True:
        query = {"limit": 1} | ({"cursor": cursor} if cursor else {})
        page = client.get("/audit", params=query).json()
        seen += page["events"]
        if (cursor := page["next_cursor"]) is None:
            break
    assert seen == client.get("/audit").json()["events"]
    assert len([each for each in seen if each["kind"] == "settings_changed"]) == 3


@pytest.mark.parametrize("cursor", ["x", "MQ", "LTE=", "MTIzNDU2Nzg5MDEyMzQ1Njc4OQ==", "ü", "MS4w"])
def test_cursors_of_others(server: "Server", cursor: str) -> None:
    refused = server.client().get("/audit", params={"cursor": cursor})
    assert (refused.status_code, refused.json()["details"]["fields"][0]["field"]) == (422, "cursor")


def refuse_a_stranger(conn: WriteConn) -> None:
    from datetime import UTC, datetime

    source = Source("web", None, "203.0.113.9")
    data = {"issuer": "https://id.example", "email": "mallory@example.com\n\x1b[31mowner@example.com"}
    audit.record(conn, "sign_in_refused", None, datetime(2026, 3, 2, 15, tzinfo=UTC), source, data)


def test_the_operator_sees_everybody(server: "Server") -> None:
    client, stranger = server.client(), server.stranger("ana")
    client.patch("/me", json={"name": "Robin"})
    stranger.patch("/me", json={"name": "Ana"})
    server.store.write_now(refuse_a_stranger)
    assert "mallory" not in client.get("/audit").text
    data = server.settings.data_dir
    told = sayso("audit", "--data-dir", data)
    assert told.code == 0
    lines = [line for line in told.out.splitlines() if " signed_in " not in line]
    assert len(lines) == 3
    assert re.fullmatch(
        r"2026-03-02 14:00:00Z settings_changed me@sayso\.local api sess_\w+ 127\.0\.0\.1 fields: name", lines[0]
    )
    assert "ana@example.com" in lines[1]
    assert lines[2].startswith(
        "2026-03-02 15:00:00Z sign_in_refused (nobody) web 203.0.113.9 issuer: https://id.example"
    )
    assert "\x1b" not in told.out
    newest = sayso("audit", "--limit", "1", "--json", "--data-dir", data).out
    assert json.loads(newest) | {"seq": 0} == {
        "seq": 0, "at": "2026-03-02T15:00:00+00:00", "kind": "sign_in_refused", "via": "web", "by": None,
        "address": "203.0.113.9", "user": "", "user_id": None,
        "data": {"issuer": "https://id.example", "email": "mallory@example.com\n\x1b[31mowner@example.com"},
    }  # fmt: skip


def test_it_goes_with_its_user_but_for_that(server: "Server") -> None:
    client = server.client()
    user = client.get("/auth/session").json()["user"]["id"]
    client.patch("/me", json={"name": "Robin"})
    assert client.request("DELETE", "/me", json={"confirm": "me@sayso.local"}).status_code == 200
    [left] = sayso("audit", "--data-dir", server.settings.data_dir).out.splitlines()
    assert left.endswith(f"user_deleted (nobody) user: {user}")
