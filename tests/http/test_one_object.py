"""Several steps of one plan on one thing of the embedded workspace, as models propose them in parallel calls."""

import json
from typing import Any

import httpx2
import pytest
from tests.conftest import StartServer
from tests.web.puppet import Puppet

LESSON = '!create_calendar_event {"title": "Piano lesson", "start": "2026-03-10T15:00", "end": "2026-03-10T15:30"}'


def _call(tool: str, **args: Any) -> str:
    return f"!{tool} {json.dumps(args)}"


@pytest.fixture
def client(start_server: StartServer) -> httpx2.Client:
    return start_server(source=Puppet()).client()


def _propose(client: httpx2.Client, *calls: str) -> Any:
    answer = client.post("/chat", json={"user_message": "\n".join(calls), "thread_id": "t1"})
    return answer.raise_for_status().json()["plan"]


def _confirm(client: httpx2.Client) -> Any:
    return client.post("/chat/confirm", json={"thread_id": "t1"}).raise_for_status().json()


def test_two_calls_that_change_one_event_are_one_action(client: httpx2.Client) -> None:
    _propose(client, LESSON)
    _confirm(client)
    plan = _propose(
        client,
        _call("update_calendar_event", event="Piano lesson", start="2026-03-10T16:00", add_guests=["ana@example.com"]),
        _call("update_calendar_event", event="Piano lesson", location="Main Street 1", add_guests=["ben@example.com"]),
    )
    assert len(plan["actions"]) == 1
    done = _confirm(client)
    assert done["status"] == "completed"
    [result] = done["results"].values()
    event = result["result"]["event"]
    assert (event["start"], event["end"]) == ("2026-03-10T16:00:00-04:00", "2026-03-10T16:30:00-04:00")
    assert event["location"] == "Main Street 1"
    assert [guest["email"] for guest in event["guests"]] == ["ana@example.com", "ben@example.com"]


@pytest.mark.parametrize(
    "call",
    [
        _call("complete_task", task="Pay the rent"),
        _call("create_task", title="Buy milk", due="tomorrow"),
        _call("send_mail", to=["ana@example.com"], subject="Hello", body="As agreed."),
    ],
)
def test_a_call_that_is_made_twice_is_one_action(client: httpx2.Client, call: str) -> None:
    """Small models do that; nobody wants the mail twice."""
    _propose(client, _call("create_task", title="Pay the rent"))
    _confirm(client)
    assert len(_propose(client, call, call)["actions"]) == 1
    assert _confirm(client)["status"] == "completed"


@pytest.mark.parametrize(
    "steps",
    [
        [("complete_task", {}), ("delete_task", {})],
        [("update_task", {"due": "tomorrow"}), ("complete_task", {})],
        [("complete_task", {}), ("update_task", {"notes": "by transfer"})],
    ],
)
def test_steps_of_several_kinds_follow_each_other(
    client: httpx2.Client, steps: list[tuple[str, dict[str, str]]]
) -> None:
    _propose(client, _call("create_task", title="Pay the rent"))
    _confirm(client)
    plan = _propose(client, *(_call(tool, task="Pay the rent", **args) for tool, args in steps))
    assert len(plan["actions"]) == 2
    done = _confirm(client)
    assert [result["error"] for result in done["results"].values()] == [None, None]
    assert done["status"] == "completed"
