"""What waits is shown as things stand by now, and decided as it was seen (P2)."""

from collections.abc import Callable
from typing import Any

import httpx2
import pytest
from tests.conftest import Server

StartServer = Callable[..., Server]
Json = dict[str, Any]


@pytest.fixture
def you(start_server: StartServer) -> httpx2.Client:
    return start_server(model="offline").client()


def say(you: httpx2.Client, thread: str, message: str, **fields: Any) -> httpx2.Response:
    return you.post("/chat", json={"thread_id": thread, "user_message": message, **fields})


def propose(you: httpx2.Client, thread: str, message: str) -> Json:
    plan: Json = say(you, thread, message).raise_for_status().json()["plan"]
    return plan


def do(you: httpx2.Client, message: str) -> None:
    """Have something done on a thread of its own."""
    plan = propose(you, "beside", message)
    you.post("/chat/confirm", json={"thread_id": "beside", "plan_id": plan["id"]}).raise_for_status()


def named(plan: Json) -> Json:
    return {"thread_id": plan["thread_id"], "plan_id": plan["id"], "digest": plan["digest"]}


def codes(plan: Json) -> list[list[str]]:
    return [[each["code"] for each in action["warnings"]] for action in plan["actions"]]


def decide(you: httpx2.Client, how: str, plan: Json) -> httpx2.Response:
    if how in ("yes", "no"):
        seen = {"plan_id": plan["id"], "digest": plan["digest"]}
        return say(you, plan["thread_id"], how, **seen)
    return you.post(f"/chat/{how}", json=named(plan))


@pytest.mark.parametrize("how", ["confirm", "cancel", "yes", "no"])
def test_what_has_arisen_since_is_shown_before_a_decision_counts(you: httpx2.Client, how: str) -> None:
    plan = propose(you, "t", "Schedule a dentist appointment tomorrow at 3pm")
    assert codes(plan) == [[]]
    do(you, "Schedule lunch tomorrow at 3:30pm")
    refused = decide(you, how, plan)
    assert refused.status_code == 409
    body = refused.json()
    assert "plan_changed" in (body["error"], body["details"].get("reason"))
    fresh = body["details"]["plan"]
    assert (fresh["id"], fresh["status"], codes(fresh)) == (plan["id"], "pending", [["overlap"]])
    assert fresh == you.get(f"/plans/{plan['id']}").json() | {"events": fresh["events"]}
    assert decide(you, how, fresh).status_code == 200
    assert you.get(f"/plans/{plan['id']}").json()["status"] == (
        "completed" if how in ("confirm", "yes") else "cancelled"
    )


def test_who_does_not_name_what_he_saw_decides_as_ever(you: httpx2.Client) -> None:
    plan = propose(you, "t", "Schedule a dentist appointment tomorrow at 3pm")
    do(you, "Schedule lunch tomorrow at 3:30pm")
    assert you.post("/chat/confirm", json={"thread_id": "t", "plan_id": plan["id"]}).json()["status"] == "completed"


@pytest.mark.parametrize("where", ["/plans/{id}", "/plans?status=pending", "/threads/t"])
def test_wherever_it_is_shown_it_is_looked_at_anew(you: httpx2.Client, where: str) -> None:
    do(you, "Schedule lunch tomorrow at 3:30pm")
    plan = propose(you, "t", "Schedule a dentist appointment tomorrow at 3pm")
    assert codes(plan) == [["overlap"]]
    do(you, "Move the lunch tomorrow at 3:30pm to 6pm")
    shown = you.get(where.format(id=plan["id"])).json()
    fresh = shown if "digest" in shown else next(each for each in shown["plans"] if each["id"] == plan["id"])
    assert codes(fresh) == [[]]
    assert "overlaps" not in fresh["actions"][0]["preview"]
    assert fresh["digest"] != plan["digest"]
    assert you.post("/chat/confirm", json=named(fresh)).json()["status"] == "completed"


def test_a_plan_is_looked_at_as_a_whole(you: httpx2.Client) -> None:
    """Each step stands beside the others as they will be, not as they are."""
    do(you, "Schedule swimming on Saturday at 2pm for 30 minutes")
    do(you, "Schedule reading on Saturday at 2:30pm for 30 minutes")
    plan = propose(you, "t", "Push everything on Saturday back 30 minutes")
    assert len(plan["actions"]) == 2
    assert codes(plan) == [[], []]
    assert codes(you.get(f"/plans/{plan['id']}").json()) == [[], []]
    both = propose(you, "two", "Schedule yoga on Sunday at 3pm and schedule a nap on Sunday at 3:30pm")
    assert codes(both) == [["overlap"], ["overlap"]]


@pytest.mark.parametrize("change", ["Rename the dentist appointment to Doctor", "Delete the dentist appointment"])
def test_what_was_changed_since_is_told_and_shown_anew_by_request(you: httpx2.Client, change: str) -> None:
    do(you, "Schedule a dentist appointment tomorrow at 3pm")
    plan = propose(you, "t", "Move the dentist appointment to 5pm")
    do(you, change)
    refused = you.post("/chat/confirm", json=named(plan)).json()
    fresh = refused["details"]["plan"]
    assert codes(fresh) == [["outdated"]]
    assert fresh["actions"][0]["args"] == plan["actions"][0]["args"]
    anew = you.patch(f"/plans/{plan['id']}", json={"anew": True})
    if change.startswith("Delete"):
        assert anew.status_code == 422
        assert you.post("/chat/confirm", json=named(fresh)).json()["status"] == "failed"
    else:
        new = anew.json()
        assert new["supersedes"] == plan["id"]
        assert codes(new) == [[]]
        assert "Doctor" in new["actions"][0]["preview"]
        assert you.post("/chat/confirm", json=named(new)).json()["status"] == "completed"


@pytest.mark.parametrize(
    "said",
    [
        "Book a call with Helen on Dec 14 at 3pm Tokyo time",
        "Move the design review to 4pm Tokyo time",
        "Make the 1:1 with Marcus biweekly",
        "Schedule lunch with Priya every Tuesday at 1pm",
        "Move the stand-up tomorrow to 11:15",
        "Reply to Priya saying thanks",
    ],
)
def test_what_nobody_changed_is_not_told_to_be_changed(you: httpx2.Client, said: str) -> None:
    plan = propose(you, "t", said)
    fresh = you.get(f"/plans/{plan['id']}").json()
    assert (fresh["digest"], codes(fresh)) == (plan["digest"], codes(plan))
    assert decide(you, "yes", plan).status_code == 200


def test_looking_changes_nothing_of_what_will_run(you: httpx2.Client) -> None:
    plan = propose(you, "t", "Schedule a dentist appointment tomorrow at 3pm")
    assert [you.get(f"/plans/{plan['id']}").json()["digest"] for _ in range(3)] == [plan["digest"]] * 3
    do(you, "Schedule lunch tomorrow at 3:30pm")
    fresh = you.get(f"/plans/{plan['id']}").json()
    assert [each["kind"] for each in fresh["events"]] == ["proposed", "refreshed"]
    for name in ("id", "args", "effect", "tool"):
        assert fresh["actions"][0][name] == plan["actions"][0][name]


def test_a_yes_to_an_earlier_digest_that_was_kept_for_its_stream(you: httpx2.Client) -> None:
    plan = propose(you, "t", "Schedule a dentist appointment tomorrow at 3pm")
    seen = {"plan_id": plan["id"], "digest": plan["digest"]}
    assert you.post("/chat/message", json={"thread_id": "t", "user_message": "yes", **seen}).status_code == 200
    do(you, "Schedule lunch tomorrow at 3:30pm")
    you.get(f"/plans/{plan['id']}")
    assert you.get("/chat/stream", params={"thread_id": "t"}).status_code == 409
    assert you.get(f"/plans/{plan['id']}").json()["status"] == "pending"
