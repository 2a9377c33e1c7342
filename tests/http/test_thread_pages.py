"""Long threads message by message, and what plans say of their threads and of each other."""

from typing import TYPE_CHECKING, Any

import httpx2
import pytest
from tests.http.test_contract import ask, cancel, confirm

if TYPE_CHECKING:
    from tests.conftest import Server

TASK = "Add a task to call the bank"
LOOK = "What's on my calendar today?"


@pytest.fixture
def client(server: "Server") -> httpx2.Client:
    return server.client()


def thread(client: httpx2.Client, **query: Any) -> dict[str, Any]:
    response = client.get("/threads/t", params=query)
    assert response.status_code == 200, response.text
    body: dict[str, Any] = response.json()
    return body


def test_pages_hold_every_message_once(client: httpx2.Client) -> None:
    for text in (TASK, "yes", LOOK, TASK, "no", LOOK):
        ask(client, text, thread_id="t")
    whole = thread(client)
    assert whole["earlier"] is False
    ids = [message["id"] for message in whole["messages"]]
    assert len(ids) == len(set(ids)) == 12
    for limit in (1, 2, 3, 5, 11, 12, 13):
        page = thread(client, limit=limit)
        found = page["messages"]
        assert len(found) == min(limit, 12)
        while page["earlier"]:
            page = thread(client, limit=limit, before=found[0]["id"])
            assert page["messages"]
            found = page["messages"] + found
        assert found == whole["messages"], limit
    assert thread(client, before=ids[0])["messages"] == []


def test_a_page_brings_the_plans_that_it_names_and_what_waits(client: httpx2.Client) -> None:
    first = ask(client, TASK, thread_id="t")["plan"]["id"]
    confirm(client, "t")
    for _ in range(3):
        ask(client, LOOK, thread_id="t")
    assert thread(client, limit=2)["plans"] == []
    waiting = ask(client, TASK, thread_id="t")["plan"]["id"]
    ask(client, LOOK, thread_id="t")
    page = thread(client, limit=2)
    assert [plan["id"] for plan in page["plans"]] == [waiting]
    assert page["waiting"] is True
    assert [plan["id"] for plan in thread(client)["plans"]] == [first, waiting]


@pytest.mark.parametrize("query", ["limit=0", "limit=1001", "limit=x", f"before={'x' * 201}"])
def test_bad_pages(client: httpx2.Client, query: str) -> None:
    ask(client, LOOK, thread_id="t")
    assert client.get(f"/threads/t?{query}").status_code == 422


@pytest.mark.parametrize("before", ["nothing", "a%20b", "%00"])
def test_pages_before_nothing(client: httpx2.Client, before: str) -> None:
    ask(client, LOOK, thread_id="t")
    assert client.get(f"/threads/t?limit=2&before={before}").status_code == 404


def test_messages_of_others_are_no_place_to_begin(server: "Server", client: httpx2.Client) -> None:
    ask(client, LOOK, thread_id="t")
    mine = thread(client)["messages"][-1]["id"]
    stranger = server.stranger()
    ask(stranger, LOOK, thread_id="t")
    assert stranger.get(f"/threads/t?limit=2&before={mine}").status_code == 404
    assert stranger.get(f"/threads/t?limit=2&before={mine}.user").status_code == 404


def test_messages_name_the_plan_that_they_proposed_or_ran(client: httpx2.Client) -> None:
    plan_id = ask(client, TASK, thread_id="t")["plan"]["id"]
    confirm(client, "t")
    told = [message["plan_id"] for message in thread(client)["messages"] if message["role"] == "assistant"]
    assert told == [plan_id, plan_id]


def test_plans_name_their_thread_and_what_replaced_them(client: httpx2.Client) -> None:
    old = ask(client, TASK, thread_id="t")["plan"]
    assert (old["thread_title"], old["superseded_by"]) == (TASK, None)
    edits = {old["actions"][0]["id"]: {"title": "Call Ana"}}
    new = client.patch(f"/plans/{old['id']}", json={"edits": edits}).json()
    assert (new["thread_title"], new["supersedes"], new["superseded_by"]) == (TASK, old["id"], None)
    client.patch("/threads/t", json={"title": "Calls"})
    for plans in (client.get("/plans").json()["plans"], thread(client)["plans"]):
        by_id = {plan["id"]: (plan["thread_title"], plan["superseded_by"]) for plan in plans}
        assert by_id == {old["id"]: ("Calls", new["id"]), new["id"]: ("Calls", None)}
    assert client.get(f"/plans/{old['id']}").json()["superseded_by"] == new["id"]
    cancel(client, "t")
    assert client.get(f"/plans/{new['id']}").json()["superseded_by"] is None


@pytest.mark.parametrize(
    ("edit", "field"),
    [({"start": "not a time at all"}, "start"), ({"title": ["x"]}, "title"), ({"guests": "x"}, "guests")],
)
def test_the_field_that_cannot_be_edited_so(client: httpx2.Client, edit: dict[str, object], field: str) -> None:
    plan = ask(client, "Schedule a meeting titled 'Review' tomorrow at 3pm")["plan"]
    action_id = plan["actions"][0]["id"]
    response = client.patch(f"/plans/{plan['id']}", json={"edits": {action_id: edit}})
    assert response.status_code == 422
    [told] = response.json()["details"]["fields"]
    assert (told["field"].split(".")[0], told["action_id"]) == (field, action_id)
    assert told["message"]


def test_an_action_that_is_not_in_the_plan(client: httpx2.Client) -> None:
    plan = ask(client, TASK)["plan"]
    response = client.patch(f"/plans/{plan['id']}", json={"edits": {"act_other": {"title": "x"}}})
    assert (response.status_code, response.json()["details"]["fields"][0]["action_id"]) == (422, "act_other")
