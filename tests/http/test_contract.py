"""The chat API from outside, field by field and code by code as the contract has them."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from sayso.base.errors import ModelError, ModelTimeout, ThreadBusy
from sayso.conversation.talking import Talking

if TYPE_CHECKING:
    from tests.conftest import Server

Json = dict[str, Any]
ASK = "Schedule a meeting titled 'Project Review' on March 10th at 3 PM"
QUESTION = "Should I create a meeting titled 'Project Review' on March 10th at 3 PM?"


def ask(client: httpx2.Client, message: str = ASK, **more: Any) -> Json:
    response = client.post("/chat", json={"user_message": message} | more)
    assert response.status_code == 200, response.text
    body: Json = response.json()
    return body


def cancel(client: httpx2.Client, thread_id: str, **more: Any) -> httpx2.Response:
    return client.post("/chat/cancel", json={"thread_id": thread_id} | more)


def confirm(client: httpx2.Client, thread_id: str, **more: Any) -> httpx2.Response:
    return client.post("/chat/confirm", json={"thread_id": thread_id} | more)


def reason_of(response: httpx2.Response) -> tuple[int, str, str]:
    body = response.json()
    return response.status_code, body["error"], body["details"]["reason"]


@pytest.fixture
def client(server: "Server") -> httpx2.Client:
    return server.client()


def test_the_example(client: httpx2.Client) -> None:
    reply = ask(client)
    assert reply["requires_confirmation"] is True
    assert reply["confirmation_message"] == QUESTION
    assert isinstance(reply["response"], str)
    assert isinstance(reply["actions"], list)
    plan = reply["plan"]
    assert plan["status"] == "pending"
    assert (plan["created_at"], plan["expires_at"]) == ("2026-03-02T14:00:00Z", "2026-03-03T14:00:00Z")
    action = plan["actions"][0]
    assert (action["tool"], action["effect"], action["status"]) == ("create_calendar_event", "write", "waiting")
    assert "Project Review" in action["preview"]
    assert {"id", "args"} <= set(action)

    answer = cancel(client, reply["thread_id"])
    assert answer.status_code == 200
    thread_id = reply["thread_id"]
    expected = f'{{"thread_id":"{thread_id}","status":"cancelled","response":"Action cancelled.","cancelled":true}}'
    assert answer.text == expected

    again = ask(client, thread_id=thread_id)
    assert again["thread_id"] == thread_id
    done = confirm(client, thread_id, confirmation="yes please").json()
    assert set(done) == {
        "thread_id", "status", "response", "response_html", "results", "requires_confirmation",
        "confirmation_message", "plan",
    }  # fmt: skip
    assert (done["status"], done["requires_confirmation"], done["confirmation_message"], done["plan"]) == (
        "completed", False, None, None,
    )  # fmt: skip
    [result] = done["results"].values()
    assert {"tool", "success", "result", "error", "receipt"} <= set(result)
    assert (result["tool"], result["success"], result["error"]) == ("create_calendar_event", True, None)
    assert "Project Review" in result["receipt"]


def test_an_answer_without_a_plan(client: httpx2.Client) -> None:
    reply = ask(client, "What's on my calendar tomorrow?")
    assert (reply["requires_confirmation"], reply["confirmation_message"], reply["plan"]) == (False, None, None)
    for action in reply["actions"]:
        assert {"id", "tool", "args", "success", "result", "error"} <= set(action)
    assert reply["actions"]


def test_cancel_again_is_the_same_200(client: httpx2.Client) -> None:
    thread_id = ask(client)["thread_id"]
    assert cancel(client, thread_id).text == cancel(client, thread_id).text


def test_nothing_pending(client: httpx2.Client) -> None:
    thread_id = ask(client, "What's on my calendar tomorrow?")["thread_id"]
    assert reason_of(cancel(client, thread_id)) == (409, "cancellation_error", "nothing_pending")
    assert reason_of(confirm(client, thread_id)) == (409, "confirmation_error", "nothing_pending")


def test_already_executed_and_repeated_confirm(client: httpx2.Client) -> None:
    thread_id = ask(client)["thread_id"]
    first = confirm(client, thread_id)
    assert reason_of(cancel(client, thread_id)) == (409, "cancellation_error", "already_executed")
    assert confirm(client, thread_id).json() == first.json()


def test_already_cancelled(client: httpx2.Client) -> None:
    reply = ask(client)
    cancel(client, reply["thread_id"])
    refused = confirm(client, reply["thread_id"], plan_id=reply["plan"]["id"])
    assert reason_of(refused) == (409, "confirmation_error", "already_cancelled")


def test_plan_mismatch(client: httpx2.Client) -> None:
    thread_id = ask(client)["thread_id"]
    assert reason_of(cancel(client, thread_id, plan_id="plan_other")) == (409, "cancellation_error", "plan_mismatch")
    assert reason_of(confirm(client, thread_id, plan_id="plan_other")) == (409, "confirmation_error", "plan_mismatch")
    assert cancel(client, thread_id).status_code == 200


def test_plan_expired(server: "Server", client: httpx2.Client) -> None:
    thread_id = ask(client)["thread_id"]
    server.clock.move(timedelta(hours=24))
    assert reason_of(confirm(client, thread_id)) == (409, "confirmation_error", "plan_expired")
    assert reason_of(cancel(client, thread_id)) == (409, "cancellation_error", "plan_expired")


def test_stop_with_nothing_running(client: httpx2.Client) -> None:
    thread_id = ask(client)["thread_id"]
    response = client.post("/chat/stop", json={"thread_id": thread_id})
    assert (response.status_code, response.json()["error"]) == (409, "nothing_running")
    assert client.post("/chat/stop", json={"thread_id": "nobody"}).status_code == 404


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [(ModelError, 502, "model_error"), (ModelTimeout, 504, "model_timeout"), (ThreadBusy, 409, "thread_busy")],
)
def test_failures_of_a_turn(
    client: httpx2.Client, monkeypatch: pytest.MonkeyPatch, error: type[Exception], status: int, code: str
) -> None:
    async def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(Talking, "answer", fail)
    response = client.post("/chat", json={"user_message": "hello"})
    assert (response.status_code, response.json()["error"]) == (status, code)


def test_threads_and_plans(client: httpx2.Client) -> None:
    reply = ask(client, thread_id="mine.1")
    assert reply["thread_id"] == "mine.1"
    listed = client.get("/threads").json()
    assert [thread["id"] for thread in listed["threads"]] == ["mine.1"]
    assert listed["threads"][0]["waiting"] is True
    assert listed["next_cursor"] is None
    detail = client.get("/threads/mine.1").json()
    assert [message["content"] for message in detail["messages"] if message["role"] == "user"] == [ASK]
    assert [plan["id"] for plan in detail["plans"]] == [reply["plan"]["id"]]
    waiting = client.get("/plans", params={"status": "pending"}).json()["plans"]
    assert [plan["id"] for plan in waiting] == [reply["plan"]["id"]]

    assert client.patch("/threads/mine.1", json={"title": "Reviews"}).json()["title"] == "Reviews"
    cancel(client, "mine.1", reason="too late")
    record = client.get(f"/plans/{reply['plan']['id']}").json()
    assert (record["status"], record["words"]) == ("cancelled", "too late")
    assert record["decided_at"] == "2026-03-02T14:00:00Z"
    assert record["decided_by"].startswith("sess_")
    assert record["events"]
    assert client.delete("/threads/mine.1").status_code == 204
    assert client.get("/threads/mine.1").status_code == 404
    assert client.get("/threads").json()["threads"] == []


def test_pages_of_threads(client: httpx2.Client) -> None:
    for number in range(3):
        ask(client, "What's on my calendar today?", thread_id=f"t{number}")
    first = client.get("/threads", params={"limit": 2}).json()
    rest = client.get("/threads", params={"limit": 2, "cursor": first["next_cursor"]}).json()
    assert {thread["id"] for thread in first["threads"] + rest["threads"]} == {"t0", "t1", "t2"}
    assert rest["next_cursor"] is None


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "limit=x", "cursor=%00", "cursor=nonsense"])
def test_bad_pages(client: httpx2.Client, query: str) -> None:
    assert client.get(f"/threads?{query}").status_code == 422


def test_edit(client: httpx2.Client) -> None:
    reply = ask(client)
    action_id = reply["plan"]["actions"][0]["id"]
    path = f"/plans/{reply['plan']['id']}"
    wrong = client.patch(path, json={"edits": {action_id: {"start": "not a time at all"}}})
    assert (wrong.status_code, wrong.json()["error"]) == (422, "validation_error")
    nothing = client.patch(path, json={"edits": {}})
    assert (nothing.status_code, nothing.json()["details"]["fields"][0]["field"]) == (422, "edits")
    same = client.patch(path, json={"edits": {action_id: reply["plan"]["actions"][0]["args"]}})
    assert (same.status_code, same.json()) == (200, client.get(path).json())
    assert same.json()["status"] == "pending"
    edited = client.patch(path, json={"edits": {action_id: {"title": "Budget Review"}}}).json()
    assert edited["status"] == "pending"
    assert edited["supersedes"] == reply["plan"]["id"]
    assert edited["actions"][0]["args"]["title"] == "Budget Review"
    assert client.get(path).json()["status"] == "superseded"
    gone = client.patch(path, json={"edits": {}})
    assert gone.status_code == 409


def test_what_belongs_to_others_does_not_exist(server: "Server", client: httpx2.Client) -> None:
    reply = ask(client, thread_id="mine")
    stranger = server.stranger()
    plan, missing = f"/plans/{reply['plan']['id']}", "/plans/plan_missing"
    for method, body in (("GET", None), ("PATCH", {"edits": {}, "remove": [reply["plan"]["actions"][0]["id"]]})):
        theirs = stranger.request(method, plan, json=body)
        none = stranger.request(method, missing, json=body)
        assert (theirs.status_code, theirs.json()) == (none.status_code, none.json()) == (404, none.json())
    for method in ("GET", "DELETE"):
        assert stranger.request(method, "/threads/mine").json() == stranger.request(method, "/threads/none").json()
    assert stranger.patch("/threads/mine", json={"title": "x"}).status_code == 404
    assert reason_of(cancel(stranger, "mine")) == (404, "cancellation_error", "not_found")
    assert reason_of(confirm(stranger, "mine")) == (404, "confirmation_error", "not_found")
    assert stranger.get("/threads").json()["threads"] == []
    assert stranger.get("/plans").json()["plans"] == []
    assert confirm(client, "mine").json()["status"] == "completed"


def test_time_zone_is_remembered(client: httpx2.Client) -> None:
    ask(client, "What's on my calendar today?", timezone="Asia/Kathmandu")
    assert client.get("/auth/session").json()["user"]["timezone"] == "Asia/Kathmandu"
