"""What Sayso was asked to remember, and what it answers about what it did: over HTTP, with a model that obeys."""

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import httpx2
import pytest
from tests.http.test_lists import pages
from tests.web.puppet import Puppet

if TYPE_CHECKING:
    from tests.conftest import Server, StartServer

SIGNATURE = "Best,\nRobin"


@pytest.fixture(params=["sqlite", "postgresql"])
def server(request: pytest.FixtureRequest, start_server: "StartServer") -> "Server":
    address = request.getfixturevalue("postgres") if request.param == "postgresql" else None
    return start_server(source=Puppet(), database_url=address)


@pytest.fixture
def client(server: "Server") -> httpx2.Client:
    return server.client()


def call(client: httpx2.Client, tool: str, thread: str = "t", **args: Any) -> Any:
    body = {"user_message": f"!{tool} {json.dumps(args)}", "thread_id": thread}
    return client.post("/chat", json=body).raise_for_status().json()


def done(client: httpx2.Client, tool: str, thread: str = "t", **args: Any) -> Any:
    """The answer to the confirm of what the call proposes."""
    assert call(client, tool, thread, **args)["requires_confirmation"]
    return client.post("/chat/confirm", json={"thread_id": thread}).raise_for_status().json()


def remembered(client: httpx2.Client) -> list[tuple[str, str]]:
    body = client.get("/memory").raise_for_status().json()
    assert body["next_cursor"] is None
    return [(each["kind"], each["text"]) for each in body["memories"]]


def test_remembered_after_the_yes_and_listed_newest_first(server: "Server", client: httpx2.Client) -> None:
    proposed = call(client, "remember", text="short mails")
    assert proposed["confirmation_message"] == "Should I remember 'short mails'?"
    assert remembered(client) == []
    client.post("/chat/confirm", json={"thread_id": "t"}).raise_for_status()
    server.clock.move(timedelta(minutes=1))
    assert done(client, "remember", text=SIGNATURE, kind="signature")["status"] == "completed"
    assert remembered(client) == [("signature", SIGNATURE), ("preference", "short mails")]
    [first, _] = client.get("/memory").json()["memories"]
    assert first == {"id": first["id"], "kind": "signature", "text": SIGNATURE, "created_at": "2026-03-02T14:01:00Z"}


def test_what_is_cancelled_is_not_remembered(client: httpx2.Client) -> None:
    call(client, "remember", text="short mails")
    client.post("/chat/cancel", json={"thread_id": "t"}).raise_for_status()
    assert remembered(client) == []


def test_pages(client: httpx2.Client) -> None:
    for number in range(5):
        done(client, "remember", text=f"number {number}")
    whole = [each["id"] for each in client.get("/memory").json()["memories"]]
    for limit in (1, 2, 4, 5):
        found = pages(client, "/memory", "memories", limit)
        assert [each for page in found for each in page] == whole


def test_deleted_on_the_page_and_by_words(client: httpx2.Client) -> None:
    done(client, "remember", text="short mails")
    done(client, "remember", text="long walks")
    [walks] = [each for each in client.get("/memory").json()["memories"] if each["text"] == "long walks"]
    assert client.delete(f"/memory/{walks['id']}").status_code == 204
    assert client.delete(f"/memory/{walks['id']}").status_code == 404
    told = done(client, "forget", memory="the mails")
    assert told["response"] == "Forgot 'short mails'."
    assert remembered(client) == []


def test_anothers_memory_looks_like_none(server: "Server", client: httpx2.Client) -> None:
    done(client, "remember", text="the treasure is under the oak")
    [mine] = client.get("/memory").json()["memories"]
    stranger = server.stranger()
    assert remembered(stranger) == []
    refused, missing = stranger.delete(f"/memory/{mine['id']}"), client.delete("/memory/mem_none")
    assert (refused.status_code, refused.json()["message"]) == (missing.status_code, missing.json()["message"])
    assert refused.status_code == 404
    assert call(stranger, "forget", memory=mine["id"])["plan"] is None
    assert "treasure" not in stranger.get("/me/export").text
    assert remembered(client) == [("preference", "the treasure is under the oak")]


def test_the_export_has_it(client: httpx2.Client) -> None:
    done(client, "remember", text="short mails")
    [found] = client.get("/me/export").json()["memories"]
    assert (found["kind"], found["text"]) == ("preference", "short mails")


# --- what was done ---------------------------------------------------------------------------------------------------


def listed(client: httpx2.Client, **args: Any) -> list[tuple[str, str]]:
    return [(each["status"], each["action"]) for each in activity(client, **args)["entries"]]


def activity(client: httpx2.Client, **args: Any) -> Any:
    [read] = call(client, "list_activity", "asking", **args)["actions"]
    assert read["success"], read
    return read["result"]


@pytest.fixture
def week(server: "Server", client: httpx2.Client) -> httpx2.Client:
    """Since yesterday: one done, one done and one failed, one cancelled, one expired, one replaced, one waiting."""
    client.delete("/workspace/samples").raise_for_status()
    done(client, "create_task", title="Call the bank")
    server.clock.move(timedelta(hours=1))
    call(client, "create_task", "late", title="Too late")
    server.clock.move(timedelta(days=1))
    client.get("/plans").raise_for_status()
    server.clock.move(timedelta(minutes=1))
    done(client, "create_task", title="Buy milk")
    server.clock.move(timedelta(minutes=1))
    done(client, "remember", "other", text="short mails")
    server.clock.move(timedelta(minutes=1))
    call(client, "forget", "failed", memory="short")
    [short] = client.get("/memory").json()["memories"]
    client.delete(f"/memory/{short['id']}").raise_for_status()
    client.post("/chat/confirm", json={"thread_id": "failed"}).raise_for_status()
    server.clock.move(timedelta(minutes=1))
    call(client, "create_task", "no", title="Never")
    client.post("/chat/cancel", json={"thread_id": "no"}).raise_for_status()
    server.clock.move(timedelta(minutes=1))
    call(client, "create_task", "waiting", title="Replaced")
    call(client, "create_task", "waiting", title="Think about it", replaces=[1])
    return client


def titles(entries: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(status, action.partition("'")[2].partition("'")[0]) for status, action in entries]


def test_what_was_done_and_what_waits(week: httpx2.Client) -> None:
    assert titles(listed(week)) == [
        ("waiting", "Think about it"), ("cancelled", "Never"), ("failed", "short mails"), ("done", "short mails"),
        ("done", "Buy milk"), ("expired", "Too late"), ("done", "Call the bank"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("args", "found"),
    [
        ({"status": "waiting"}, ["Think about it"]),
        ({"status": "failed"}, ["short mails"]),
        ({"status": "done", "since": "today"}, ["Buy milk", "short mails"]),
        ({"status": "done", "until": "yesterday"}, ["Call the bank"]),
        ({"status": "done", "since": "yesterday", "until": "yesterday"}, ["Call the bank"]),
        ({"status": "done", "until": "yesterday at 9:30"}, ["Call the bank"]),
        ({"status": "done", "until": "yesterday at 8:30"}, []),
        ({"query": "milk"}, ["Buy milk"]),
        ({"query": "nothing of that kind"}, []),
    ],
)
def test_what_is_asked_for(week: httpx2.Client, args: dict[str, str], found: list[str]) -> None:
    assert sorted(title for _, title in titles(listed(week, **args))) == found


def test_an_entry_says_all_that_the_ledger_knows(week: httpx2.Client) -> None:
    [entry] = activity(week, status="failed")["entries"]
    plan = week.get(f"/plans/{entry['plan_id']}").json()
    assert entry == {
        "id": plan["actions"][0]["id"],
        "plan_id": plan["id"],
        "status": "failed",
        "at": "2026-03-03T10:03:00-05:00",
        "tool": "forget",
        "action": "Forget 'short mails'",
        "receipt": None,
        "error": "That is not remembered any more.",
        "thread_id": "failed",
        "thread_title": plan["thread_title"],
    }


def test_what_is_past_its_time_does_not_wait(server: "Server", client: httpx2.Client) -> None:
    call(client, "create_task", "late", title="Too late")
    server.clock.move(timedelta(hours=24))
    assert titles(listed(client)) == [("expired", "Too late")]


def test_counts_are_honest(week: httpx2.Client) -> None:
    result = activity(week, limit=2)
    assert (len(result["entries"]), result["total"], result["truncated"]) == (2, 7, True)
    assert activity(week, since="today")["since"] == "2026-03-03T00:00:00-05:00"


def test_an_end_before_the_start_is_an_error(week: httpx2.Client) -> None:
    [read] = call(week, "list_activity", "asking", since="today", until="yesterday")["actions"]
    assert "is before" in read["error"]


def test_anothers_deeds_are_not_told(server: "Server", week: httpx2.Client) -> None:
    assert listed(server.stranger()) == []
