"""SIGKILL at every commit boundary: the effect once, the outcome true, the thread usable (P4, P5, P6, P8)."""

import signal
from typing import Any

import httpx2
import pytest
from tests.acceptance.conftest import Serve

CONFIRM_POINTS = ["before_decide", "decided", "before_claim", "claimed", "ran", "recorded", "finished"]
ASK = "Schedule a meeting titled 'Project Review' on March 10th at 3 PM"
CLOCK = "2026-03-02T09:00:00-05:00"


def say(client: httpx2.Client, message: str) -> dict[str, Any]:
    answer = client.post("/chat", json={"user_message": message, "thread_id": "t"})
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def reviews(client: httpx2.Client) -> int:
    """How many such events the calendar has."""
    found = say(client, "what is on my calendar on March 10th?")["actions"][0]["result"]["events"]
    return sum(event["title"] == "Project Review" for event in found)


def settled(client: httpx2.Client, plan_id: str) -> dict[str, Any]:
    """The plan once recovery has closed it: a confirm of a confirmed plan waits for that."""
    plan: dict[str, Any] = client.get(f"/plans/{plan_id}").json()
    if plan["status"] == "confirmed":
        client.post("/chat/confirm", json={"thread_id": "t", "plan_id": plan_id})
        plan = client.get(f"/plans/{plan_id}").json()
    return plan


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> dict[str, str]:
    return {} if request.param == "sqlite" else {"database_url": request.getfixturevalue("postgres")}


@pytest.mark.parametrize("point", CONFIRM_POINTS)
def test_killed_while_a_confirmed_plan_runs(serve: Serve, database: dict[str, str], point: str) -> None:
    first = serve("--clock", CLOCK, fault=point, **database)
    client = first.client()
    plan_id = say(client, ASK)["plan"]["id"]
    with pytest.raises(httpx2.TransportError):
        client.post("/chat/confirm", json={"thread_id": "t", "plan_id": plan_id})
    assert first.wait_dead() == -signal.SIGKILL

    # On PostgreSQL another worker may be alive, so leases run out by the clock: start a minute later.
    again = serve("--clock", "2026-03-02T09:10:00-05:00", **database).client()
    if point == "before_decide":
        assert again.get(f"/plans/{plan_id}").json()["status"] == "pending"
        assert reviews(again) == 0
        assert again.post("/chat/confirm", json={"thread_id": "t"}).json()["status"] == "completed"
    plan = settled(again, plan_id)
    assert plan["status"] == "completed"
    assert plan["actions"][0]["receipt"].startswith("Created 'Project Review'")
    assert reviews(again) == 1
    repeated = again.post("/chat/confirm", json={"thread_id": "t", "plan_id": plan_id}).json()
    assert repeated["status"] == "completed"
    assert reviews(again) == 1


def test_killed_after_a_cancel_was_committed(serve: Serve, database: dict[str, str]) -> None:
    first = serve("--clock", CLOCK, fault="cancelled", **database)
    client = first.client()
    plan_id = say(client, ASK)["plan"]["id"]
    with pytest.raises(httpx2.TransportError):
        client.post("/chat/cancel", json={"thread_id": "t"})
    assert first.wait_dead() == -signal.SIGKILL

    again = serve("--clock", CLOCK, **database).client()
    assert again.post("/chat/confirm", json={"thread_id": "t", "plan_id": plan_id}).json()["details"] == {
        "reason": "already_cancelled",
        "plan_id": plan_id,
    }
    assert again.post("/chat/cancel", json={"thread_id": "t"}).json()["cancelled"] is True
    assert reviews(again) == 0


@pytest.mark.parametrize("point", ["turn_ran", "turn_stored"])
def test_killed_while_a_turn_runs(serve: Serve, database: dict[str, str], point: str) -> None:
    first = serve("--clock", CLOCK, fault=point, **database)
    client = first.client()
    with pytest.raises(httpx2.TransportError):
        client.post("/chat", json={"user_message": ASK, "thread_id": "t"})
    assert first.wait_dead() == -signal.SIGKILL

    again = serve("--clock", "2026-03-02T09:10:00-05:00", **database).client()
    stored = again.get("/threads/t").json()["messages"]
    assert [message["role"] for message in stored] == ([] if point == "turn_ran" else ["user", "assistant"])
    assert say(again, ASK)["requires_confirmation"] is True
    assert again.post("/chat/confirm", json={"thread_id": "t"}).json()["status"] == "completed"
    assert reviews(again) == 1


def test_a_typed_yes_is_as_durable_as_the_button(serve: Serve, database: dict[str, str]) -> None:
    first = serve("--clock", CLOCK, fault="ran", **database)
    client = first.client()
    plan_id = say(client, ASK)["plan"]["id"]
    with pytest.raises(httpx2.TransportError):
        client.post("/chat", json={"user_message": "yes", "thread_id": "t"})
    assert first.wait_dead() == -signal.SIGKILL

    again = serve("--clock", "2026-03-02T09:10:00-05:00", **database).client()
    assert settled(again, plan_id)["status"] == "completed"
    assert reviews(again) == 1
