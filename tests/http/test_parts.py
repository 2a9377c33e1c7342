"""A plan is decided in parts: what is left can wait on, by itself."""

from collections.abc import Callable
from typing import Any

import httpx2
import pytest
from tests.conftest import Server

StartServer = Callable[..., Server]
Json = dict[str, Any]
THREE = "Add three tasks: call the bank, buy milk, water the plants"


@pytest.fixture
def you(start_server: StartServer) -> httpx2.Client:
    return start_server(model="offline").client()


@pytest.fixture
def plan(you: httpx2.Client) -> Json:
    said: Json = you.post("/chat", json={"thread_id": "t", "user_message": THREE}).json()
    assert len(said["plan"]["actions"]) == 3, said
    plan: Json = said["plan"]
    return plan


def ids(plan: Json) -> list[str]:
    return [action["id"] for action in plan["actions"]]


def statuses(plan: Json) -> list[str]:
    return [action["status"] for action in plan["actions"]]


def post(you: httpx2.Client, path: str, **fields: Any) -> Json:
    answer: Json = you.post(path, json={"thread_id": "t", **fields}).raise_for_status().json()
    return answer


def test_the_rest_waits_on_by_itself(you: httpx2.Client, plan: Json) -> None:
    first, second, third = ids(plan)
    done = post(you, "/chat/confirm", plan_id=plan["id"], digest=plan["digest"], action_ids=[second], rest="wait")
    assert (done["status"], list(done["results"])) == ("completed", [second])
    rest = done["plan"]
    assert done["requires_confirmation"]
    assert (ids(rest), rest["status"], rest["supersedes"]) == ([first, third], "pending", None)
    assert rest["expires_at"] == plan["expires_at"]
    assert done["confirmation_message"] == rest["question"]
    assert "milk" not in rest["question"]
    was = you.get(f"/plans/{plan['id']}").json()
    assert (ids(was), statuses(was), was["status"]) == ([second], ["succeeded"], "completed")
    done = post(you, "/chat/confirm", plan_id=rest["id"], digest=rest["digest"])
    assert (done["status"], list(done["results"]), done["plan"]) == ("completed", [first, third], None)


def test_a_repeated_yes_to_a_part_runs_nothing_of_the_rest(you: httpx2.Client, plan: Json) -> None:
    chosen = ids(plan)[:1]
    for more in ({}, {}, {"plan_id": plan["id"], "digest": plan["digest"]}):
        done = post(you, "/chat/confirm", action_ids=chosen, rest="wait", **more)
        assert (list(done["results"]), ids(done["plan"])) == (chosen, ids(plan)[1:])


def test_what_is_left_out_is_skipped_unless_it_is_said_to_wait(you: httpx2.Client, plan: Json) -> None:
    done = post(you, "/chat/confirm", action_ids=ids(plan)[:1])
    assert done["plan"] is None
    assert statuses(you.get(f"/plans/{plan['id']}").json()) == ["succeeded", "skipped", "skipped"]


def test_a_no_to_a_part_leaves_the_others_waiting(you: httpx2.Client, plan: Json) -> None:
    first, second, third = ids(plan)
    answer = post(you, "/chat/cancel", plan_id=plan["id"], digest=plan["digest"], action_ids=[second])
    assert answer == {"thread_id": "t", "status": "cancelled", "response": "Action cancelled.", "cancelled": True}
    assert you.get(f"/plans/{plan['id']}").json()["status"] == "cancelled"
    [rest] = you.get("/plans?status=pending").json()["plans"]
    assert ids(rest) == [first, third]
    done = post(you, "/chat/confirm")
    assert list(done["results"]) == [first, third]


@pytest.mark.parametrize("path", ["/chat/confirm", "/chat/cancel"])
def test_unknown_actions_decide_nothing(you: httpx2.Client, plan: Json, path: str) -> None:
    refused = you.post(path, json={"thread_id": "t", "action_ids": [ids(plan)[0], "act_no"], "rest": "wait"})
    assert refused.status_code == 422
    waiting = you.get(f"/plans/{plan['id']}").json()
    assert (waiting["status"], waiting["digest"]) == ("pending", plan["digest"])


def test_the_conversation_goes_on_beside_what_is_left(you: httpx2.Client, plan: Json) -> None:
    post(you, "/chat/confirm", action_ids=ids(plan)[:1], rest="wait")
    said = post(you, "/chat", user_message="What tasks do I have?")
    assert ids(said["plan"]) == ids(plan)[1:]
    detail = you.get("/threads/t").json()
    assert [each["status"] for each in detail["plans"]] == ["completed", "pending"]
    post(you, "/chat/cancel")
    assert "bank" in post(you, "/chat", user_message="What tasks do I have?")["response"]


def test_a_yes_behind_a_part_decides_nothing(you: httpx2.Client, plan: Json) -> None:
    """The receipts were the last word, not the rest."""
    post(you, "/chat/confirm", action_ids=ids(plan)[:1], rest="wait")
    said = post(you, "/chat", user_message="yes")
    assert said["decision"] is None
    assert [each["args"] for each in said["plan"]["actions"]] == [each["args"] for each in plan["actions"][1:]]
    assert you.get("/threads/t").json()["plans"][0]["status"] == "completed"


def test_what_a_program_asked_for_is_still_its_own_when_it_is_parted(start_server: StartServer) -> None:
    you = (server := start_server(model="offline")).client()
    token = you.post("/auth/tokens", json={"name": "bot", "scopes": ["read", "chat"]}).json()["token"]
    bot = server.anonymous(headers={"Authorization": f"Bearer {token}"})
    plan = bot.post("/chat", json={"thread_id": "t", "user_message": THREE}).json()["plan"]
    post(you, "/chat/confirm", plan_id=plan["id"], action_ids=ids(plan)[:1], rest="wait")
    refused = you.post("/chat/confirm", json={"thread_id": "t"})
    assert refused.json()["details"]["reason"] == "plan_mismatch"
