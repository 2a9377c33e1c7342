"""What goes to others is held back for a moment after it was confirmed, and can still be stopped (P4, P5)."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import httpx2
import pytest
from tests.conftest import Server

StartServer = Callable[..., Server]
Json = dict[str, Any]
MAIL = "Send a mail to helen@example.org saying the train is late"


class Site:
    """A server that holds for ten seconds, by a clock that stands still."""

    def __init__(self, start_server: StartServer, **settings: Any) -> None:
        self.server = start_server(model="offline", **({"hold_seconds": 10} | settings))
        self.you = self.server.client()

    def post(self, path: str, **fields: Any) -> Json:
        answer: Json = self.you.post(path, json={"thread_id": "t", **fields}).raise_for_status().json()
        return answer

    def propose(self, message: str = MAIL) -> Json:
        plan: Json = self.post("/chat", user_message=message)["plan"]
        return plan

    def begin(self, plan: Json) -> "httpx2.Response":
        """Confirm; what is told until something is held back."""
        body = {"thread_id": "t", "plan_id": plan["id"], "digest": plan["digest"]}
        with self.you.stream("POST", "/chat/confirm", json=body, headers={"Accept": "text/event-stream"}) as stream:
            for line in stream.iter_lines():
                if line == "event: action_held":
                    return stream
        raise AssertionError("nothing was held back")

    def plan(self, plan: Json) -> Json:
        found: Json = self.you.get(f"/plans/{plan['id']}").json()
        return found

    def ended(self, plan: Json) -> Json:
        """The plan when it has ended."""
        for _ in range(600):
            found = self.plan(plan)
            if found["status"] != "confirmed":
                return found
            time.sleep(0.05)
        raise AssertionError("it has not ended")

    def sent(self) -> list[str]:
        found = self.post("/chat", thread_id="look", user_message="Show my sent mail")
        return [mail["subject"] for read in found["actions"] for mail in read["result"].get("messages", ())]

    def pass_time(self, seconds: float) -> None:
        self.server.clock.move(timedelta(seconds=seconds))


@pytest.fixture
def site(start_server: StartServer) -> Site:
    return Site(start_server)


def test_a_mail_is_held_back_and_leaves_when_that_is_over(site: Site) -> None:
    plan = site.propose()
    site.begin(plan)
    held = site.plan(plan)
    [action] = held["actions"]
    assert (held["status"], action["status"]) == ("confirmed", "held")
    runs_at = datetime.fromisoformat(action["runs_at"])
    assert runs_at - datetime.fromisoformat(held["decided_at"]) == timedelta(seconds=10)
    site.pass_time(9.9)
    assert site.plan(plan)["actions"][0]["status"] == "held"
    site.pass_time(0.2)
    done = site.ended(plan)
    assert (done["status"], done["actions"][0]["status"]) == ("completed", "succeeded")


@pytest.mark.parametrize("how", ["cancel", "cancel by name", "cancel an action", "stop"])
def test_it_can_be_stopped_until_it_leaves(site: Site, how: str) -> None:
    plan = site.propose()
    site.begin(plan)
    if how == "stop":
        assert site.post("/chat/stop")["status"] == "stopped"
    else:
        more: Json = {"cancel": {}, "cancel by name": {"plan_id": plan["id"]}}.get(
            how, {"plan_id": plan["id"], "action_ids": [plan["actions"][0]["id"]]}
        )
        assert site.post("/chat/cancel", **more)["status"] == "cancelled"
    over = site.ended(plan)
    assert over["status"] == ("stopped" if how == "stop" else "cancelled")
    site.pass_time(60)
    assert site.plan(plan)["actions"][0]["status"] == "skipped"
    assert site.post("/chat", user_message="What did you do?")["response"]
    assert "The train is late" not in site.sent()


def test_what_left_cannot_be_cancelled(site: Site) -> None:
    plan = site.propose()
    site.begin(plan)
    site.pass_time(11)
    site.ended(plan)
    refused = site.you.post("/chat/cancel", json={"thread_id": "t", "plan_id": plan["id"]})
    assert refused.json()["details"]["reason"] == "already_executed"


def test_only_what_goes_to_others_is_held_back(site: Site) -> None:
    plan = site.propose("Add a task to call the bank")
    assert site.post("/chat/confirm", plan_id=plan["id"])["status"] == "completed"


def test_what_is_not_held_back_is_done_at_once_and_cannot_be_called_off_with_it(site: Site) -> None:
    site.propose("Add a task to call the bank")
    plan = site.propose(MAIL)
    assert len(plan["actions"]) == 2
    site.begin(plan)
    for _ in range(200):
        states = [action["status"] for action in site.plan(plan)["actions"]]
        if states == ["succeeded", "held"]:
            break
        time.sleep(0.05)
    assert states == ["succeeded", "held"]
    refused = site.you.post("/chat/cancel", json={"thread_id": "t", "plan_id": plan["id"]})
    assert refused.json()["details"]["reason"] == "already_executed"
    assert site.plan(plan)["actions"][1]["status"] == "held"
    held = plan["actions"][1]["id"]
    assert site.post("/chat/cancel", plan_id=plan["id"], action_ids=[held])["cancelled"]
    assert site.ended(plan)["status"] == "stopped"
    site.pass_time(60)
    assert "The train is late" not in site.sent()


def test_a_typed_yes_is_held_back_too(site: Site) -> None:
    plan = site.propose()
    with site.you.stream("POST", "/chat/stream", json={"thread_id": "t", "user_message": "yes"}) as stream:
        assert any(line == "event: action_held" for line in stream.iter_lines())
    assert site.plan(plan)["actions"][0]["status"] == "held"


@pytest.mark.parametrize("said", ["no", "cancel that"])
def test_words_stop_it_too(site: Site, said: str) -> None:
    plan = site.propose()
    site.begin(plan)
    site.post("/chat", user_message=said)
    assert site.ended(plan)["status"] == "cancelled"
    site.pass_time(60)
    assert "The train is late" not in site.sent()


def test_a_second_yes_makes_no_second_mail(site: Site) -> None:
    plan = site.propose()
    site.begin(plan)
    for _ in range(2):
        assert site.post("/chat", user_message="yes")["plan"] is None
    site.pass_time(11)
    site.ended(plan)
    assert site.sent().count("The train is late") == 1


def test_a_no_to_something_else_stops_nothing(site: Site) -> None:
    plan = site.propose()
    site.begin(plan)
    site.pass_time(1)
    site.post("/chat", user_message="What tasks do I have?")
    site.post("/chat", user_message="no")
    assert site.plan(plan)["actions"][0]["status"] == "held"


def test_each_user_sets_his_own_hold(site: Site) -> None:
    assert site.you.get("/auth/session").json()["user"]["hold_seconds"] is None
    assert site.you.patch("/me", json={"hold_seconds": 0}).json()["hold_seconds"] == 0
    plan = site.propose()
    assert site.post("/chat/confirm", plan_id=plan["id"])["status"] == "completed"
    site.you.patch("/me", json={"hold_seconds": 300})
    plan = site.propose()
    answer = site.post("/chat/confirm", plan_id=plan["id"])
    assert (answer["status"], answer["results"]) == ("running", {})
    assert "held back" in answer["response"]
    for wrong in (-1, 301, "x"):
        assert site.you.patch("/me", json={"hold_seconds": wrong}).status_code == 422
    assert site.you.patch("/me", json={"hold_seconds": None}).json()["hold_seconds"] is None


def test_a_mail_is_sent_at_the_time_that_was_asked_for(start_server: StartServer) -> None:
    at = "2026-03-03T08:00:00-05:00"
    site = Site(start_server)
    first = site.propose()
    edits = {first["actions"][0]["id"]: {"send_at": "tomorrow at 8:00"}}
    plan = site.you.patch(f"/plans/{first['id']}", json={"edits": edits}).raise_for_status().json()
    assert plan["actions"][0]["mail"]["send_at"] == at
    answer = site.post("/chat/confirm", plan_id=plan["id"], digest=plan["digest"])
    assert answer["status"] == "running"
    assert datetime.fromisoformat(site.plan(plan)["actions"][0]["runs_at"]) == datetime.fromisoformat(at)
    assert site.post("/chat/cancel", plan_id=plan["id"])["cancelled"]
    site.pass_time(2 * 24 * 3600)
    assert site.plan(plan)["status"] == "cancelled"


def test_a_hold_outlives_the_server(start_server: StartServer) -> None:
    site = Site(start_server, hold_seconds=300)
    plan = site.propose()
    assert site.post("/chat/confirm", plan_id=plan["id"])["status"] == "running"
    runs_at = site.plan(plan)["actions"][0]["runs_at"]
    site.server.stop()
    again = Site(start_server, hold_seconds=0)
    assert again.plan(plan)["actions"][0]["runs_at"] == runs_at
    assert again.plan(plan)["actions"][0]["status"] == "held"
    assert again.post("/chat", user_message="What tasks do I have?")["response"]
    again.server.stop()
    late = Site(start_server, hold_seconds=0)
    late.pass_time(301)
    late.server.stop()


def test_a_thread_with_something_held_back_can_be_deleted_and_it_never_leaves(start_server: StartServer) -> None:
    site = Site(start_server, hold_seconds=300)
    plan = site.propose()
    site.post("/chat/confirm", plan_id=plan["id"])
    assert site.you.get("/threads/t").json()["busy"] is False
    assert site.you.delete("/threads/t").status_code == 204
    site.pass_time(400)
    assert "The train is late" not in site.sent()
