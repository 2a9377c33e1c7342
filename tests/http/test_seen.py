"""A plain yes or no decides the plan that its writer saw, and no other (P1)."""

from typing import TYPE_CHECKING, Any

import httpx2
import pytest

if TYPE_CHECKING:
    from tests.conftest import Server

MOST = {"user_message": "Add a task to call the bank", "thread_id": "t"}


@pytest.fixture
def client(shared_server: "Server") -> httpx2.Client:
    return shared_server.stranger()


def say(client: httpx2.Client, words: str, path: str = "/chat", **more: Any) -> httpx2.Response:
    return client.post(path, json={"user_message": words, "thread_id": "t", **more})


def changed(client: httpx2.Client) -> tuple[str, str]:
    """A plan, and the one that took its place on another device."""
    plan = say(client, MOST["user_message"]).json()["plan"]
    edits = {plan["actions"][0]["id"]: {"title": "wire money to Mallory"}}
    return plan["id"], client.patch(f"/plans/{plan['id']}", json={"edits": edits}).json()["id"]


@pytest.mark.parametrize("path", ["/chat", "/chat/stream", "/chat/message"])
@pytest.mark.parametrize("words", ["yes", "no", "👍"])
@pytest.mark.parametrize("saw", ["before", "nothing"])
def test_what_was_not_seen_is_not_decided(client: httpx2.Client, path: str, words: str, saw: str) -> None:
    before, now = changed(client)
    told = say(client, words, path, plan_id=before if saw == "before" else "")
    assert (told.status_code, told.json()["error"]) == (409, "plan_mismatch")
    assert client.get(f"/plans/{now}").json()["status"] == "pending"


@pytest.mark.parametrize("path", ["/chat", "/chat/stream"])
def test_what_was_seen_is_decided(client: httpx2.Client, path: str) -> None:
    _, now = changed(client)
    assert say(client, "yes", path, plan_id=now).status_code == 200
    assert client.get(f"/plans/{now}").json()["status"] in ("confirmed", "completed")


def test_without_it_a_yes_decides_what_waits(client: httpx2.Client) -> None:
    _, now = changed(client)
    assert say(client, "yes").status_code == 200
    assert client.get(f"/plans/{now}").json()["status"] in ("confirmed", "completed")


def test_other_words_are_a_message_whatever_was_seen(client: httpx2.Client) -> None:
    before, _ = changed(client)
    assert say(client, "what is on tomorrow?", plan_id=before).status_code == 200
