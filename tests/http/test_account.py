"""One's own account: changed, taken along, deleted; and nobody else's."""

import asyncio
import errno
import gc
import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import httpx2
import pytest
from sqlalchemy import Row, func, insert, select
from tests.conftest import NOW
from tests.http.test_contract import ask, cancel, confirm
from tests.http.test_lists import lengthen
from tests.kit.seeded import add_memory

from sayso.base.clock import parse_instant
from sayso.base.ids import hashed
from sayso.conversation import account, threads
from sayso.http import account as http_account
from sayso.http import answers
from sayso.store.gateway import PIECE, ReadConn, WriteConn
from sayso.store.tables import accounts, credentials, marks, metadata, spent, user_models, users
from sayso.store.workspace_tables import local_messages
from sayso.workspace.local.mail_sources import insert_source
from sayso.workspace.local.tasks import LocalTasks

if TYPE_CHECKING:
    from tests.conftest import Server

# Rows of a sign-in under way and of counted requests, which name nobody and are gone within minutes; and jobs.
OF_NOBODY = {"login_states", "local_grants", "rate_windows", "jobs"}


@pytest.fixture
def client(server: "Server") -> httpx2.Client:
    return server.client()


def erase(client: httpx2.Client, email: str = "me@sayso.local") -> httpx2.Response:
    return client.request("DELETE", "/me", json={"confirm": email})


def rows(conn: ReadConn) -> dict[str, list[tuple[Any, ...]]]:
    return {table.name: [tuple(row) for row in conn.execute(select(table))] for table in metadata.sorted_tables}


def as_they_came(conn: WriteConn) -> None:
    """Give each user a mail that came in a file."""
    first = select(local_messages.c.user_id, func.min(local_messages.c.id)).group_by(local_messages.c.user_id)
    for user_id, message_id in conn.execute(first).all():
        insert_source(conn, user_id, message_id, b"From: a@b\n\nHi")


def wishes(conn: WriteConn) -> None:
    """Give each user something that is remembered of him."""
    for user_id in conn.execute(select(users.c.id)).scalars().all():
        add_memory(conn, user_id, "tea, please", memory_id=f"mem_{user_id}")


def connections(conn: WriteConn) -> None:
    """Give each user an account with its secret, a model of his own, and tokens that he has used."""
    at = parse_instant(NOW)
    for user_id in conn.execute(select(users.c.id)).scalars().all():
        account_id, own = f"acc_{user_id}", {"user_id": user_id}
        connected = {"kind": "standards", "label": "Work", "state": "connected", "serves": [], "default_for": []}
        conn.execute(insert(accounts).values(**own, id=account_id, since=at, created_at=at, **connected))
        conn.execute(insert(credentials).values(**own, account_id=account_id, sealed="v1.k.x"))
        conn.execute(insert(marks).values(**own, account_id=account_id, key="act_1", name="x", value="x", noted_at=at))
        conn.execute(insert(user_models).values(**own, name="qwen3", changed_at=at))
        conn.execute(insert(spent).values(**own, day="2026-03-02", tokens=1))


def live_a_little(client: httpx2.Client) -> None:
    """Leave something in every kind of table."""
    ask(
        client,
        "Add a task to call the bank",
        thread_id="done",
        conversation_history=[{"role": "user", "content": "hm"}],
    )
    confirm(client, "done")
    ask(client, "Schedule a meeting titled 'Zanzibar' tomorrow at 3pm", thread_id="cancelled")
    cancel(client, "cancelled", reason="never mind")
    edited = ask(client, "Add a task to water the ficus", thread_id="edited")["plan"]
    client.patch(f"/plans/{edited['id']}", json={"edits": {edited["actions"][0]["id"]: {"title": "Ficus"}}})
    client.post("/chat/stream", json={"user_message": "What's on my calendar today?", "thread_id": "streamed"})
    client.post("/chat/message", json={"user_message": "kept for later", "thread_id": "queued"})
    assert client.post("/auth/tokens", json={"name": "a program", "scopes": ["read"]}).status_code == 201
    assert client.post("/auth/devices").status_code == 201


# --- the session ----------------------------------------------------------------------------------------------------


def test_session_tells_what_the_page_needs(server: "Server", client: httpx2.Client) -> None:
    body = client.get("/auth/session").json()
    assert set(body) == {
        "authenticated", "user", "user_email", "provider", "session", "token", "created_at", "expires_at", "ends_at",
        "now", "model", "connections",
    }  # fmt: skip
    assert (body["authenticated"], body["user_email"], body["token"]) == (True, "me@sayso.local", None)
    assert body["session"] in {entry["id"] for entry in client.get("/auth/sessions").json()["sessions"]}
    assert body["model"] == {"name": "offline", "offline": True}
    assert body["now"] == "2026-03-02T14:00:00Z"
    connections = {item.pop("name"): item for item in body["connections"]}
    assert set(connections) == {"calendar", "tasks", "mail", "contacts"}
    assert connections["mail"] == {"provider": "local", "account": None, "status": "ok", "message": None}
    server.clock.move(timedelta(hours=1))
    assert client.get("/auth/session").json()["now"] == "2026-03-02T15:00:00Z"


def test_the_session_is_the_one_of_the_audit_trail(client: httpx2.Client) -> None:
    plan = ask(client, "Add a task to call the bank", thread_id="t")["plan"]
    confirm(client, "t")
    decided_by = client.get(f"/plans/{plan['id']}").json()["decided_by"]
    assert decided_by == client.get("/auth/session").json()["session"]


def test_ending_the_current_session_signs_out(client: httpx2.Client) -> None:
    own = client.get("/auth/session").json()["session"]
    ended = client.delete(f"/auth/sessions/{own}")
    assert (ended.status_code, ended.json()) == (200, {"revoked": True})
    assert "session_id=;" in ended.headers["set-cookie"]
    assert "session_id" not in client.cookies
    assert client.get("/auth/session").status_code == 401


def test_ending_another_session_keeps_this_one(server: "Server", client: httpx2.Client) -> None:
    other = server.client()
    ended = client.delete(f"/auth/sessions/{other.get('/auth/session').json()['session']}")
    assert "set-cookie" not in ended.headers
    assert other.get("/auth/session").status_code == 401


# --- changing -------------------------------------------------------------------------------------------------------


def test_change(client: httpx2.Client) -> None:
    changed = client.patch("/me", json={"name": "Ana", "timezone": "Europe/Berlin", "locale": "de"})
    user = {"email": "me@sayso.local", "name": "Ana", "timezone": "Europe/Berlin", "locale": "de", "addresses": []}
    assert changed.status_code == 200
    assert changed.json() == user | {"id": changed.json()["id"], "hold_seconds": None}
    assert client.get("/auth/session").json()["user"] == changed.json()
    assert client.patch("/me", json={"timezone": None, "unknown": 1}).json()["timezone"] is None
    assert client.patch("/me", json={}).json() == changed.json() | {"timezone": None}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": ""}, "name"), ({"name": "  "}, "name"), ({"name": None}, "name"), ({"name": "x" * 201}, "name"),
        ({"timezone": "Mars/Base"}, "timezone"), ({"timezone": ""}, "timezone"), ({"timezone": 1}, "timezone"),
        ({"locale": "German"}, "locale"), ({"locale": "d"}, "locale"), ({"locale": "de_DE"}, "locale"),
        ({"addresses": None}, "addresses"), ({"addresses": "a@b"}, "addresses"), ({"addresses": ["a"]}, "addresses.0"),
        ({"addresses": ["a@b", "b c@d"]}, "addresses.1"), ({"addresses": [f"{'a' * 320}@b"]}, "addresses.0"),
        ({"addresses": [f"a{number}@b" for number in range(21)]}, "addresses"),
    ],
)  # fmt: skip
def test_what_cannot_be_changed_to(client: httpx2.Client, body: dict[str, object], field: str) -> None:
    before = client.get("/auth/session").json()["user"]
    response = client.patch("/me", json=body)
    assert (response.status_code, [item["field"] for item in response.json()["details"]["fields"]]) == (422, [field])
    assert client.get("/auth/session").json()["user"] == before


def test_addresses_are_ones_own_at_once_and_for_what_is_there(server: "Server", client: httpx2.Client) -> None:
    changed = client.patch("/me", json={"addresses": [" Robin.Doe@post.example ", "me@sayso.local", "b@post.example"]})
    assert changed.json()["addresses"] == ["Robin.Doe@post.example", "b@post.example"]
    assert client.get("/auth/session").json()["user"] == changed.json()
    assert client.patch("/me", json={"name": "Robin"}).json()["addresses"] == changed.json()["addresses"]
    plan = ask(client, "Send a mail to b@post.example saying hi", thread_id="own")["plan"]
    assert plan["actions"][0]["warnings"] == []  # it is no stranger's
    confirm(client, "own")
    [sent] = [row for row in workspace(client)["messages"] if row["body"] == "Hi."]
    assert (sent["sender"]["email"], sent["labels"]) == ("Robin.Doe@post.example", ["sent", "inbox"])
    stranger = server.stranger()
    assert stranger.get("/auth/session").json()["user"]["addresses"] == []
    stranger.patch("/me", json={"addresses": ["priya.raman@northwind.example"]})
    assert {tuple(row["labels"]) for row in workspace(client)["messages"] if "Priya" in row["sender"]["name"]} == {
        ("inbox", "Budget")
    }


def workspace(client: httpx2.Client) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = client.get("/me/export").json()["workspace"]
    return found


def test_an_invitation_goes_to_others_and_ones_own_meeting_is_moved(client: httpx2.Client) -> None:
    """Whoever is the organizer by an address of the user's is the user."""
    client.patch("/me", json={"addresses": ["helen.zhou@northwind.example"]})
    moved = ask(client, "Move the quarterly planning to 4pm", thread_id="own")["plan"]
    assert "4:00" in moved["actions"][0]["preview"]
    assert confirm(client, "own").json()["status"] == "completed"
    [told] = [row for row in workspace(client)["messages"] if row["subject"].startswith("Updated invitation")]
    assert {each["email"] for each in told["to"]} == {
        "marcus.lind@northwind.example", "priya.raman@northwind.example"
    }  # fmt: skip
    client.patch("/me", json={"addresses": []})
    refused = ask(client, "Move the quarterly planning to 5pm", thread_id="foreign")
    assert "Only Helen Zhou" in refused["response"]


def test_change_reaches_nobody_else(server: "Server", client: httpx2.Client) -> None:
    stranger = server.stranger()
    before = client.get("/auth/session").json()["user"]
    stranger.patch("/me", json={"name": "Mallory", "id": before["id"], "email": before["email"]})
    assert client.get("/auth/session").json()["user"] == before
    assert stranger.get("/auth/session").json()["user"]["email"] != before["email"]


# --- taking along ---------------------------------------------------------------------------------------------------


def test_export_has_everything(server: "Server", client: httpx2.Client) -> None:
    live_a_little(client)
    response = client.get("/me/export")
    assert response.headers["content-type"] == "application/json"
    assert response.headers["content-disposition"] == 'attachment; filename="sayso-export.json"'
    body = response.json()
    assert body["user"]["email"] == "me@sayso.local"
    assert body["identities"] == [{"issuer": "local", "subject": "owner", "email": ""}]
    assert len(body["sessions"]) == 1
    assert [token["name"] for token in body["tokens"]] == ["a program"]
    assert [link["status"] for link in body["devices"]] == ["shown"]
    kinds = [entry["kind"] for entry in body["audit"]]
    assert [kind for kind in kinds if kind != "signed_in"] == [
        "confirmed", "cancelled", "edited", "token_made", "data_exported",
    ]  # fmt: skip
    kept = {thread["id"]: thread for thread in body["threads"]}
    assert set(kept) == {"done", "cancelled", "edited", "streamed", "queued"}
    assert kept["done"]["conversation_history"] == [{"role": "user", "content": "hm"}]
    assert [message["role"] for message in kept["done"]["messages"]] == ["user", "assistant", "assistant"]
    [plan] = kept["done"]["plans"]
    assert [event["kind"] for event in plan["events"]] == ["proposed", "confirmed", "completed"]
    assert plan["actions"][0]["receipt"]
    assert len(kept["edited"]["plans"]) == 2
    assert kept["queued"]["queued_message"] == "kept for later"
    stored = server.store.read_now(rows)
    assert set(body["workspace"]) == {name.removeprefix("local_") for name in stored if name.startswith("local_")} - {
        "grants"
    }
    for name, items in body["workspace"].items():
        assert len(items) == len(stored[f"local_{name}"]), name
    assert "call the bank" in json.dumps(body["workspace"]["tasks"])


def test_export_has_no_secret_and_nobody_elses_data(server: "Server", client: httpx2.Client) -> None:
    stranger = server.stranger()
    ask(stranger, "Add a task to hide the treasure", thread_id="secret")
    confirm(stranger, "secret")
    text = client.get("/me/export").text
    assert "treasure" not in text
    assert client.cookies["session_id"] not in text
    assert hashed(client.cookies["session_id"]) not in text
    assert "treasure" in stranger.get("/me/export").text


def test_export_is_whole_or_cut_off(client: httpx2.Client) -> None:
    live_a_little(client)
    response = client.get("/me/export")
    assert int(response.headers["content-length"]) == len(response.content)


def test_export_is_written_as_it_is_read(server: "Server", client: httpx2.Client) -> None:
    """One small piece at a time, though a thread, a table and the list of threads are long."""
    ask(client, "What's on my calendar today?", thread_id="t")
    server.store.write_now(lengthen, 200)
    held: list[int] = []
    sizes: list[int] = []

    def written(conn: ReadConn) -> int:
        whole = account.export(conn, server.owner.user_id, server.clock.now())
        for piece in answers.pieces(whole):
            held.append(sum(isinstance(thing, Row) for thing in gc.get_objects()) if len(held) % 1500 == 0 else 0)
            sizes.append(len(piece))
        return sum(sizes)

    before = sum(isinstance(thing, Row) for thing in gc.get_objects())
    exported = len(client.get("/me/export").content)  # which the audit has, and so the next one
    assert server.store.snapshot_now(written) == exported > 200_000
    assert max(held) - before < 5 * PIECE
    assert max(sizes) < 20_000


def test_others_are_served_while_exports_are_made(
    server: "Server", client: httpx2.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    release = threading.Event()
    export = account.export

    def wait(*args: Any) -> Any:
        release.wait(60)
        return export(*args)

    monkeypatch.setattr(account, "export", wait)
    with ThreadPoolExecutor(8) as pool:
        exports = [pool.submit(server.stranger().get, "/me/export") for _ in range(8)]
        try:
            for _ in range(8):
                assert client.get("/threads", timeout=20).status_code == 200
            assert not any(export.done() for export in exports)
        finally:
            release.set()
        assert {export.result().status_code for export in exports} == {200}


def test_an_export_for_which_there_is_no_room(client: httpx2.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: object) -> bytes:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(http_account, "pieces", full)
    response = client.get("/me/export")
    assert (response.status_code, response.json()["error"]) == (500, "store_unavailable")


# --- deleting -------------------------------------------------------------------------------------------------------


def test_deleting_leaves_nothing_in_any_table(server: "Server", client: httpx2.Client) -> None:
    bystander = server.stranger()
    live_a_little(bystander)
    live_a_little(client)
    ask(client, "Move my yoga on Wednesday to 7pm", thread_id="moved")  # one occurrence of a series
    assert confirm(client, "moved").json()["status"] == "completed"
    server.store.write_now(as_they_came)
    server.store.write_now(wishes)
    server.store.write_now(connections)
    before, untouched = server.store.read_now(rows), bystander.get("/me/export").json()
    session = client.get("/auth/session").json()
    mine = [row for row in before["threads"] if session["user"]["id"] in row]
    plan_ids = [plan["id"] for plan in client.get("/plans").json()["plans"]]
    names = {session["user"]["id"], session["user"]["email"], session["session"], *plan_ids, *(row[0] for row in mine)}

    response = erase(client)
    assert (response.status_code, response.json()) == (200, {"deleted": True})
    assert "session_id=;" in response.headers["set-cookie"]

    left = server.store.read_now(rows)
    # Every table has lost something, so that a table which is new or was forgotten fails here.
    assert {name for name in left if len(left[name]) == len(before[name])} == OF_NOBODY
    assert [(name, row) for name in left for row in left[name] if names & set(map(str, row))] == []
    still = bystander.get("/me/export").json()
    assert still["audit"].pop()["kind"] == "data_exported"  # this very one
    assert still == untouched


def test_deleting_leaves_no_words_in_the_file(server: "Server", client: httpx2.Client) -> None:
    live_a_little(client)
    erase(client)
    server.stop()
    kept = b"".join(path.read_bytes() for path in server.settings.data_dir.iterdir() if path.is_file())
    for word in (b"Zanzibar", b"call the bank", b"kept for later", b"Priya", b"me@sayso.local"):
        assert word not in kept


def test_deleted_means_signed_out_everywhere(server: "Server", client: httpx2.Client) -> None:
    other = server.client()
    secret = client.cookies["session_id"]
    erase(client)
    for gone in (other, server.anonymous(cookies={"session_id": secret})):
        assert gone.get("/auth/session").status_code == 401


def test_signing_in_again_begins_anew(server: "Server", client: httpx2.Client) -> None:
    live_a_little(client)
    erase(client)
    again = server.client()
    assert again.get("/threads").json()["threads"] == []
    assert again.get("/plans").json()["plans"] == []
    assert again.get("/workspace/today").json()["sample"]
    assert ask(again, "Add a task to start over", thread_id="done")["requires_confirmation"]


@pytest.mark.parametrize("body", [{"confirm": ""}, {"confirm": "someone@else.example"}, {}, {"confirm": None}])
def test_deleting_takes_the_address(client: httpx2.Client, body: dict[str, Any]) -> None:
    response = client.request("DELETE", "/me", json=body)
    assert (response.status_code, response.json()["details"]["fields"][0]["field"]) == (422, "confirm")
    assert client.get("/auth/session").status_code == 200


def test_the_address_as_people_type_it(client: httpx2.Client) -> None:
    assert erase(client, " Me@Sayso.local ").status_code == 200


@pytest.fixture
def stuck(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Tasks are not created before this is set."""
    release = threading.Event()
    create = LocalTasks.create_task

    async def wait(self: LocalTasks, *args: Any) -> Any:
        await asyncio.to_thread(release.wait, 30)
        return await create(self, *args)

    monkeypatch.setattr(LocalTasks, "create_task", wait)
    yield release
    release.set()


def test_not_while_a_plan_runs(server: "Server", client: httpx2.Client, stuck: threading.Event) -> None:
    plan = ask(client, "Add a task to call the bank", thread_id="t")["plan"]
    other = server.client()
    with ThreadPoolExecutor() as pool:
        confirming = pool.submit(confirm, other, "t")
        while client.get(f"/plans/{plan['id']}").json()["actions"][0]["status"] != "running":
            pass
        refused = erase(client)
        assert (refused.status_code, refused.json()["error"]) == (409, "thread_busy")
        stuck.set()
        assert confirming.result().json()["status"] == "completed"
    assert erase(client).status_code == 200


def test_not_while_a_message_is_answered(server: "Server", client: httpx2.Client) -> None:
    ask(client, "What's on my calendar today?", thread_id="t")
    now = server.clock.now()

    def answering(conn: WriteConn) -> None:
        pk = threads.find(conn, server.owner.user_id, "t").pk
        threads.take_lease(conn, pk, "token", now, now + timedelta(seconds=60))

    server.store.write_now(answering)
    assert erase(client).json()["error"] == "thread_busy"
    assert erase(server.stranger("Bystander"), "Bystander@example.com").status_code == 200
    server.clock.move(timedelta(seconds=60))
    assert erase(client).status_code == 200
