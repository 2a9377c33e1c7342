"""What a front end needs to draw a proposal comes with it, everywhere it is told."""

from typing import Any

import httpx2
import pytest
from tests.conftest import Server


@pytest.fixture
def client(server: Server) -> httpx2.Client:
    return server.client()


def plan_of(client: httpx2.Client, said: str) -> Any:
    answer = client.post("/chat", json={"user_message": said, "thread_id": "t"}).json()
    assert answer["plan"], answer["response"]
    return answer["plan"]


def test_a_plan_carries_its_cards(client: httpx2.Client) -> None:
    plan = plan_of(client, "Add a task to call the bank on Friday")
    [action] = plan["actions"]
    assert (action["kind"], plan["labels"]) == ("task.create", {"confirm": "Add the task", "cancel": "Don't"})
    assert action["labels"] == plan["labels"]
    assert (action["before"], action["after"]["title"], action["changed"]) == (None, "call the bank", [])
    assert [action[name] for name in ("mail", "day", "account", "was")] == [None] * 4
    assert (action["items"], action["people"]) == ([], [])
    assert "card" not in action
    assert action["reversible"]
    [listed] = client.get("/plans", params={"status": "pending"}).json()["plans"]
    assert listed["actions"] == plan["actions"]
    assert client.get(f"/plans/{plan['id']}").json()["labels"] == plan["labels"]


def test_a_plan_of_several_says_so(client: httpx2.Client) -> None:
    plan = plan_of(client, "Add these tasks: call the bank; buy milk; pay rent")
    assert len(plan["actions"]) == 3
    assert plan["labels"] == {"confirm": "Do all 3", "cancel": "Don't"}


def test_of_many_mails_some_are_left_out(client: httpx2.Client) -> None:
    plan = plan_of(client, "Archive all unread mails")
    [action] = plan["actions"]
    assert action["labels"]["confirm"] == f"Archive {len(action['items'])} mails"
    stay = [each["id"] for each in action["items"][:2]]
    edited = client.patch(f"/plans/{plan['id']}", json={"edits": {action["id"]: {"messages": stay}}}).json()
    [fewer] = edited["actions"]
    assert fewer["items"] == action["items"][:2]
    assert edited["labels"]["confirm"] == "Archive 2 mails"


def test_the_whole_mail_is_there(client: httpx2.Client) -> None:
    [action] = plan_of(client, "Reply to the latest mail from Priya that it is fine")["actions"]
    assert action["kind"] == "mail.reply"
    assert action["mail"]["body"] == action["args"]["body"]
    assert not action["reversible"]
    assert action["mail"]["answers"]["from"]["email"] == action["people"][0]["email"]


def test_the_document_tells_the_fields(client: httpx2.Client) -> None:
    schemas = client.get("/openapi.json").json()["components"]["schemas"]
    assert {"Block", "Day", "Item", "Labels", "Mail", "Someone", "Account", "Answers", "File"} <= set(schemas)
    assert "event.change" in str(schemas["ActionView"])
