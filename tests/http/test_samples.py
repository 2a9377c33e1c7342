"""The sample data: told as such, and gone at one word with everything that is one's own left as it is."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import httpx2
import pytest
from tests.http.test_contract import ask, confirm

if TYPE_CHECKING:
    from tests.conftest import Server

TABLES = ("events", "tasks", "messages", "contacts")


@pytest.fixture
def client(server: "Server") -> httpx2.Client:
    return server.client()


def remove(client: httpx2.Client) -> dict[str, Any]:
    response = client.delete("/workspace/samples")
    assert response.status_code == 200, response.text
    body: dict[str, Any] = response.json()
    return body


def there(client: httpx2.Client) -> bool:
    found: bool = client.get("/workspace/today").json()["sample"]
    return found


def rows(client: httpx2.Client) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = client.get("/me/export").json()["workspace"]
    return found


def titles(client: httpx2.Client) -> Iterator[str]:
    found = rows(client)
    for table, name in zip(TABLES, ("title", "title", "subject", "name"), strict=True):
        yield from (row[name] for row in found[table])


def do(client: httpx2.Client, *messages: str) -> None:
    for number, message in enumerate(messages):
        ask(client, message, thread_id=f"do-{number}-{len(message)}")
        answer = confirm(client, f"do-{number}-{len(message)}").json()
        assert answer["status"] == "completed", (message, answer)


def test_samples_are_told_and_go_at_one_word(server: "Server", client: httpx2.Client) -> None:
    assert there(client)
    assert all(row["sample"] for table in TABLES for row in rows(client)[table])
    assert remove(client) == {"removed": True}
    assert not there(client)
    assert list(titles(client)) == []
    assert [(row["name"], row["sample"]) for row in rows(client)["task_lists"]] == [("Tasks", False)]
    assert remove(client) == {"removed": True}
    do(client, "Add a task to call the bank")
    assert list(titles(client)) == ["call the bank"]
    assert server.anonymous().delete("/workspace/samples").status_code == 401


def test_who_has_none_has_none_removed(server: "Server", client: httpx2.Client) -> None:
    stranger = server.stranger()
    assert not there(stranger)
    do(stranger, "Add a task to call the bank")
    assert remove(stranger) == {"removed": True}
    assert list(titles(stranger)) == ["call the bank"]
    assert there(client)


def test_ones_own_stays(client: httpx2.Client) -> None:
    do(
        client,
        "Add paint the fence to the Home list",
        "Schedule a walk on Thursday at 4pm",
        "Reply to Sam that I am looking forward to it",
        "Draft a reply to Helen saying that they come tomorrow",
    )
    remove(client)
    assert sorted(titles(client)) == [
        "Re: Lunch on Friday?", "Re: Slides for the quarterly planning", "Walk", "paint the fence",
    ]  # fmt: skip
    found = rows(client)
    assert {row["name"] for row in found["task_lists"]} == {"Home", "Tasks"}
    assert not any(row["sample"] for table in (*TABLES, "task_lists") for row in found[table])
    assert {row["in_reply_to"] for row in found["messages"]} == {""}
    do(client, "Send the draft to Helen")  # what it answers is gone
    assert {tuple(row["labels"]) for row in rows(client)["messages"]} == {("sent",)}


def test_a_changed_sample_stays_a_sample(client: httpx2.Client) -> None:
    do(
        client,
        "Move the dentist to Friday next week at 9am",
        "Move this and all following yoga to 7pm",
        "Mark call the bank as done",
        "Star the latest mail from Priya",
    )
    changed = rows(client)
    assert [row["title"] for row in changed["events"]].count("Yoga") == 2
    assert all(row["sample"] for table in TABLES for row in changed[table])
    remove(client)
    assert list(titles(client)) == []


@pytest.mark.parametrize(
    "message",
    [
        "Move the design review to 4pm",
        "Delete the dentist appointment",
        "Cancel yoga this week",
        "Decline the quarterly planning",
        "Mark water the plants as done",
        "Delete the task call the bank",
        "Reply to Sam that I am coming",
        "Archive the mail from Priya",
        "Send the draft to Helen",
    ],
)
def test_a_plan_that_waits_for_one_fails_plainly(client: httpx2.Client, message: str) -> None:
    assert ask(client, message, thread_id="waits")["plan"]
    remove(client)
    assert client.get("/plans?status=pending").json()["plans"]
    answer = confirm(client, "waits")
    assert answer.status_code == 200
    [result] = answer.json()["results"].values()
    assert (answer.json()["status"], result["status"]) == ("failed", "failed")
    assert "is not" in result["error"]
    assert "internal" not in result["error"]


def test_two_at_once_are_one(server: "Server") -> None:
    clients = [server.client() for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(remove, clients)) == [{"removed": True}] * 4
    assert list(titles(clients[0])) == []


def test_a_workspace_of_other_systems_has_none(server: "Server", monkeypatch: pytest.MonkeyPatch) -> None:
    from sayso.workspace.local import local_workspace
    from sayso.workspace.protocols import Workspace

    def part_of_it(*args: Any) -> Workspace:
        whole = local_workspace(*args)
        return Workspace(whole.calendar, connections=whole.connections[:1])

    monkeypatch.setattr("sayso.workspace.local.local_workspace", part_of_it)
    client = server.client()
    assert not there(client)
    assert remove(client) == {"removed": True}
