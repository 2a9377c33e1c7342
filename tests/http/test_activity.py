"""What was done and what was not, newest first, page by page."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import httpx2
import pytest
from tests.http.test_contract import ask, cancel, confirm

if TYPE_CHECKING:
    from tests.conftest import Server

TASK = "Add a task to call the bank"


@pytest.fixture
def client(server: "Server") -> httpx2.Client:
    return server.client()


def activity(client: httpx2.Client, **query: Any) -> dict[str, Any]:
    response = client.get("/activity", params=query)
    assert response.status_code == 200, response.text
    body: dict[str, Any] = response.json()
    return body


def test_done_cancelled_and_expired(server: "Server", client: httpx2.Client) -> None:
    done = ask(client, TASK, thread_id="done")
    confirm(client, "done", confirmation="go on")
    server.clock.move(timedelta(minutes=1))
    ask(client, TASK, thread_id="cancelled")
    cancel(client, "cancelled", reason="too late")
    server.clock.move(timedelta(minutes=1))
    ask(client, TASK, thread_id="expired")
    ask(client, TASK, thread_id="waiting")
    assert [entry["thread_id"] for entry in activity(client)["entries"]] == ["cancelled", "done"]
    server.clock.move(timedelta(hours=24))
    ask(client, TASK, thread_id="waiting")
    body = activity(client)
    assert body["next_cursor"] is None
    late = [entry for entry in body["entries"] if entry["plan_status"] == "expired"]
    assert {entry["thread_id"] for entry in late} == {"expired", "waiting"}
    assert body["entries"][:2] == late
    assert late[0]["session"] is None
    assert late[0]["decided_at"] == "2026-03-03T14:02:00Z"
    refused, made = body["entries"][2:]
    assert (refused["plan_status"], refused["status"], refused["words"]) == ("cancelled", "skipped", "too late")
    assert (refused["error"], refused["ended_at"]) == ("Its plan was cancelled.", refused["decided_at"])
    for entry in late:
        assert (entry["status"], entry["error"]) == ("skipped", "Nobody decided on its plan in time.")
        assert entry["ended_at"] == entry["decided_at"]
    own = client.get("/auth/session").json()["session"]
    assert made == {
        "id": done["plan"]["actions"][0]["id"],
        "plan_id": done["plan"]["id"],
        "thread_id": "done",
        "thread_title": TASK,
        "tool": "create_task",
        "effect": "write",
        "preview": done["plan"]["actions"][0]["preview"],
        "status": "succeeded",
        "plan_status": "completed",
        "receipt": made["receipt"],
        "error": None,
        "words": "go on",
        "decided_at": "2026-03-02T14:00:00Z",
        "started_at": "2026-03-02T14:00:00Z",
        "ended_at": "2026-03-02T14:00:00Z",
        "session": {
            "id": own,
            "current": True,
            "user_agent": made["session"]["user_agent"],
            "provider": "local",
            "name": "",
        },
    }
    assert "httpx2" in made["session"]["user_agent"]
    assert made["receipt"]


def test_from_another_session_and_after_its_end(server: "Server", client: httpx2.Client) -> None:
    ask(client, TASK, thread_id="t")
    confirm(client, "t")
    other = server.client()
    [entry] = activity(other)["entries"]
    assert entry["session"]["current"] is False
    other.delete(f"/auth/sessions/{entry['session']['id']}")
    [ended] = activity(other)["entries"]
    unknown = {"user_agent": None, "provider": None, "name": None}
    assert ended["session"] == {"id": entry["session"]["id"], "current": False, **unknown}


def test_by_effect(client: httpx2.Client) -> None:
    ask(client, TASK, thread_id="task")
    confirm(client, "task")
    ask(client, "Send a mail to ana@example.com saying hello", thread_id="mail")
    cancel(client, "mail")
    assert [entry["thread_id"] for entry in activity(client, effect="write")["entries"]] == ["task"]
    assert [entry["thread_id"] for entry in activity(client, effect="outbound")["entries"]] == ["mail"]
    assert activity(client, effect="destructive")["entries"] == []


def test_what_was_replaced_is_left_out(client: httpx2.Client) -> None:
    reply = ask(client, TASK, thread_id="t")
    action_id = reply["plan"]["actions"][0]["id"]
    client.patch(f"/plans/{reply['plan']['id']}", json={"edits": {action_id: {"title": "Call Ana"}}})
    confirm(client, "t")
    [entry] = activity(client)["entries"]
    assert "Call Ana" in entry["preview"]


def test_pages_hold_everything_once_even_while_the_clock_stands(client: httpx2.Client) -> None:
    for number in range(5):
        ask(client, TASK, thread_id=f"t{number}")
        cancel(client, f"t{number}")
    whole = [entry["id"] for entry in activity(client)["entries"]]
    paged: list[str] = []
    cursor = None
    while True:
        body = activity(client, limit=2, **({"cursor": cursor} if cursor else {}))
        paged += [entry["id"] for entry in body["entries"]]
        cursor = body["next_cursor"]
        if cursor is None:
            break
    assert paged == whole
    assert len(set(whole)) == 5


@pytest.mark.parametrize(
    "query",
    ["limit=0", "limit=101", "effect=read", "effect=x", "cursor=x", "cursor=%00", "cursor=e30=", "cursor=W10=",
     "cursor=WyIyMDI2LTAzLTAyIiwxLCJwIiwxXQ==", "cursor=WzEsMSwicCIsMV0="],
)  # fmt: skip
def test_bad_queries(client: httpx2.Client, query: str) -> None:
    response = client.get(f"/activity?{query}")
    assert (response.status_code, response.json()["error"]) == (422, "validation_error")


def test_another_user_sees_none_of_it(server: "Server", client: httpx2.Client) -> None:
    ask(client, TASK, thread_id="t")
    confirm(client, "t")
    assert activity(server.stranger())["entries"] == []


@pytest.mark.parametrize(
    ("agent", "via"), [("Mozilla/5.0 (X11)", "web"), ("sayso/0.1", "terminal"), ("curl/8.5.0", "api"), ("", "api")]
)
def test_the_trail_keeps_by_what_it_was_decided(server: "Server", client: httpx2.Client, agent: str, via: str) -> None:
    """Also by what it was asked for; whether by a request of its own or by a typed word. What happens by itself has no
    such thing."""
    client.headers["User-Agent"] = agent
    for thread, decide in (("a", confirm), ("b", cancel)):
        ask(client, TASK, thread_id=thread)
        decide(client, thread)
    ask(client, TASK, thread_id="c")
    ask(client, "no", thread_id="c")
    with server.store.engine.connect() as connection:
        trail = connection.exec_driver_sql("SELECT kind, via FROM plan_events ORDER BY seq").fetchall()
    assert {(kind, by) for kind, by in trail if by} == {("proposed", via), ("confirmed", via), ("cancelled", via)}
    assert {kind for kind, by in trail if not by} == {"completed"}
    assert [by for kind, by in trail if kind == "cancelled"] == [via, via]


def test_asked_in_words_it_is_answered_over_all_threads(client: httpx2.Client) -> None:
    ask(client, TASK, thread_id="done")
    confirm(client, "done")
    ask(client, "Email Priya that the numbers are late", thread_id="waiting")
    told = {
        "what have you done today?": "This was done today:\nAdded the task 'call the bank' (today, 9:00 AM)",
        "what did you send?": "Nothing was written to others.",
        "what failed yesterday?": "Nothing failed yesterday.",
    }
    assert {said: ask(client, said, thread_id="asking")["response"] for said in told} == told
    waiting = ask(client, "what is still waiting?", thread_id="asking")["response"]
    assert waiting.startswith("This waits for your decision:\nSend")
    assert waiting.endswith("(today, 9:00 AM)")
