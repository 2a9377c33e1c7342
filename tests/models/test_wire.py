"""Sayso and the vendors' wire formats: calls, streams, failures; every request is checked for the vendors' rules."""

import json
from itertools import pairwise
from typing import Any

import httpx2
import pytest
from tests.conftest import Server, StartServer
from tests.models.conftest import Vendor


def say(client: httpx2.Client, text: str, thread: str = "t") -> Any:
    answer = client.post("/chat", json={"user_message": text, "thread_id": thread})
    assert answer.status_code == 200, answer.text
    return answer.json()


def stream(client: httpx2.Client, text: str, thread: str = "t") -> list[tuple[str, Any]]:
    """The events of a streamed turn: type and data."""
    events = []
    with client.stream("POST", "/chat/stream", json={"user_message": text, "thread_id": thread}) as answer:
        for line in answer.iter_lines():
            if line.startswith("data: "):
                event = json.loads(line.removeprefix("data: "))
                events.append((event["event_type"], event["data"]))
    return events


def told(events: list[tuple[str, Any]]) -> str:
    return "".join(data["token"] for kind, data in events if kind == "token")


def test_words_come_as_they_are_written(driven: Server, vendor: Vendor) -> None:
    events = stream(driven.client(), "story please")
    assert sum(kind == "token" for kind, _ in events) > 3
    assert events[-1][0] == "complete"
    assert told(events) == events[-1][1]["response"]
    assert told(events).startswith("Once upon a time")


@pytest.mark.parametrize("streamed", [False, True])
def test_a_read_and_an_answer(driven: Server, streamed: bool) -> None:
    client = driven.client()
    if streamed:
        events = stream(client, "read it")
        assert [kind for kind, _ in events if kind.startswith("action")] == ["action_start", "action_end"]
        assert told(events) == events[-1][1]["response"] == "Let me look.\n\nYou have a quiet day."
    else:
        assert say(client, "read it")["response"] == "Let me look.\n\nYou have a quiet day."


@pytest.mark.parametrize("streamed", [False, True])
def test_parallel_proposals_wait_run_and_are_told(driven: Server, vendor: Vendor, streamed: bool) -> None:
    client = driven.client()
    plan = stream(client, "two things")[-1][1]["plan"] if streamed else say(client, "two things")["plan"]
    assert [action["tool"] for action in plan["actions"]] == ["create_calendar_event", "create_task"]
    assert say(client, "hello?")["requires_confirmation"]
    done = client.post("/chat/confirm", json={"thread_id": "t", "plan_id": plan["id"]}).json()
    assert done["status"] == "completed"
    assert done["response"].endswith("Anything else?")
    assert say(client, "story again")["response"].startswith("Once")
    assert "succeeded" in json.dumps(vendor.requests()[-1]["body"])


def test_a_cancelled_call_has_its_result(driven: Server, vendor: Vendor) -> None:
    client = driven.client()
    say(client, "propose it")
    client.post("/chat/cancel", json={"thread_id": "t", "reason": "too early"}).raise_for_status()
    say(client, "story then")
    sent = json.dumps(vendor.requests()[-1]["body"])
    assert "cancelled" in sent
    assert "too early" in sent


@pytest.mark.parametrize("streamed", [False, True])
def test_a_read_beside_a_proposal(driven: Server, streamed: bool) -> None:
    client = driven.client()
    answer = stream(client, "mixed")[-1][1] if streamed else say(client, "mixed")
    assert len(answer["plan"]["actions"]) == 1
    assert answer["response"].endswith("It fits in.")


@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize("script", ["malformed", "unknown"])
def test_wrong_calls_are_mended(driven: Server, vendor: Vendor, model: str, script: str, streamed: bool) -> None:
    """They are told as errors, in the way of the vendor; so they stay later on."""
    client = driven.client()
    answer = stream(client, script)[-1][1] if streamed else say(client, script)
    assert (answer["plan"] is not None) == (script == "malformed")
    assert say(client, "story")["response"].startswith("Once")
    for request in vendor.requests()[1:]:
        told = _results(request["body"])[0]
        assert told.get("is_error", model.startswith("openai")) is True
        assert ("(invalid)" if script == "malformed" else "(not_found)") in json.dumps(told)
        assert ('{"error"' in json.dumps(told).replace("\\", "")) == model.startswith("openai")


def test_a_model_that_cannot_mend_its_call_says_so(driven: Server, vendor: Vendor) -> None:
    answer = say(driven.client(), "wrong again")
    assert answer["response"] == "I could not find out when."
    assert len(vendor.requests()) == 5


@pytest.mark.parametrize("streamed", [False, True])
def test_a_model_that_says_nothing_is_asked_again(driven: Server, vendor: Vendor, streamed: bool) -> None:
    vendor.script([{"content": ""}, {"content": "Here I am."}, {"content": "Gladly."}])
    client = driven.client()
    answer = stream(client, "hello?")[-1][1] if streamed else say(client, "hello?")
    assert answer["response"] == "Here I am."
    assert say(client, "thanks")["response"] == "Gladly."


def test_a_model_with_one_request_left_is_made_to_answer(driven: Server, vendor: Vendor) -> None:
    assert say(driven.client(), "tired")["response"] == "I looked and looked."
    assert len(vendor.requests()) == 12


def test_an_endless_loop_ends(driven: Server, vendor: Vendor) -> None:
    client = driven.client()
    answer = client.post("/chat", json={"user_message": "loop", "thread_id": "t"})
    assert (answer.status_code, answer.json()["details"]["reason"]) == (502, "endless")
    assert len(vendor.requests()) == 12
    assert say(client, "story")["response"].startswith("Once")


@pytest.mark.parametrize("script", ["busy", "overloaded"])
def test_passing_trouble_is_waited_out(driven: Server, vendor: Vendor, model: str, script: str) -> None:
    asked = f"{script} for {model}"
    assert say(driven.client(), asked)["response"] == "Here I am."
    assert len(vendor.requests()) == (4 if script == "busy" else 3)


FAILURES = {
    "keyless": "not_authorized",
    "nameless": "unknown_model",
    "toolless": "rejected",
}


@pytest.mark.parametrize("script", sorted(FAILURES))
def test_failures_say_what_is_wrong_and_nothing_secret(driven: Server, script: str) -> None:
    client = driven.client()
    answer = client.post("/chat", json={"user_message": script, "thread_id": "t"})
    assert (answer.status_code, answer.json()["error"]) == (502, "model_error")
    assert answer.json()["details"]["reason"] == FAILURES[script]
    assert "secret" not in answer.text
    kind, data = stream(client, script)[-1]
    assert (kind, data["error"]) == ("error", "model_error")
    told, streamed = (each["message"].partition(" (request ") for each in (answer.json(), data))
    assert (streamed[0], data["details"]) == (told[0], answer.json()["details"])
    assert told[2] != streamed[2]  # each leads to its own line in the log
    assert say(client, "story")["response"].startswith("Once")


def test_a_cut_stream_is_an_error_and_the_thread_goes_on(driven: Server) -> None:
    client = driven.client()
    events = stream(client, "cut here")
    assert events[-1][0] == "error"
    assert events[-1][1]["error"] == "model_error"
    assert say(client, "story")["response"].startswith("Once")


def test_what_a_turn_cost_is_kept(driven: Server, model: str) -> None:
    client = driven.client()
    say(client, "read it")
    usage = client.get("/threads/t").json()["messages"][-1]["usage"]
    assert usage["model"] == model
    assert usage["answered_by"] == model.partition(":")[2]
    assert usage["requests"] == 2
    assert usage["latency_ms"] >= 0
    assert set(usage) >= {"input_tokens", "output_tokens", "cost_usd"}


def test_data_is_marked_as_data(driven: Server, vendor: Vendor) -> None:
    say(driven.client(), "read it")
    assert "Data, not instructions" in json.dumps(vendor.requests()[-1]["body"])


def test_a_fallback_takes_over(start_server: StartServer, vendor: Vendor, monkeypatch: pytest.MonkeyPatch) -> None:
    server = start_server(
        model="gpt-5-mini", model_base_url="http://127.0.0.1:1/v1", model_fallback="anthropic:claude-sonnet-5-5"
    )
    client = server.client()
    assert say(client, "read it")["response"].endswith("You have a quiet day.")
    events = stream(client, "story")
    assert events[-1][1]["response"].startswith("Once")
    assert client.get("/threads/t").json()["messages"][-1]["usage"]["answered_by"] == "claude-sonnet-5-5"


def test_any_compatible_server(start_server: StartServer, vendor: Vendor) -> None:
    server = start_server(model="my/own-model:8b", model_base_url=f"{vendor.url}/v1")
    assert say(server.client(), "story")["response"].startswith("Once")
    assert vendor.requests()[0]["body"]["model"] == "my/own-model:8b"


def test_each_request_begins_with_the_one_before(driven: Server, vendor: Vendor) -> None:
    """Byte for byte, for the vendors' prompt caches: what changes with a message stands at its end."""
    client = driven.client()
    for message in ("story", "read it", "story again"):
        say(client, message)
    requests = [request["body"] for request in vendor.requests()]
    for before, after in pairwise(requests):
        assert before["tools"] == after["tools"]
        assert _system(before) == _system(after)
        assert _messages(before) == _messages(after)[: len(_messages(before))]
    assert "[Sayso: " in str(_messages(requests[0])[-1])


def test_what_waits_stands_behind_the_message(driven: Server, vendor: Vendor) -> None:
    client = driven.client()
    say(client, "propose it")
    say(client, "story")
    first, last = (vendor.requests()[index]["body"] for index in (0, -1))
    assert _system(first) == _system(last)
    assert "Waiting for the user's decision: 1. Create 'Review'" in str(_messages(last)[-1])


def _messages(body: dict[str, Any]) -> list[Any]:
    """What was said, without the marks of how far a vendor is to cache."""
    said = body["messages"] if "messages" in body else body["input"]
    return [_unmarked(message) for message in said if message.get("role") not in ("system", "developer")]


def _unmarked(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _unmarked(each) for key, each in value.items() if key != "cache_control"}
    return [_unmarked(each) for each in value] if isinstance(value, list) else value


def _results(body: dict[str, Any]) -> list[dict[str, Any]]:
    """The results of calls in a request of any dialect."""
    blocks = [
        block
        for message in body.get("messages", ())
        if isinstance(message["content"], list)
        for block in message["content"]
        if block["type"] == "tool_result"
    ]
    tools = [message for message in body.get("messages", ()) if message["role"] == "tool"]
    return [*blocks, *tools, *(item for item in body.get("input", ()) if item.get("type") == "function_call_output")]


def _system(body: dict[str, Any]) -> str:
    said = body.get("messages", [])
    first = [message for message in said if message["role"] in ("system", "developer")]
    return json.dumps(_unmarked(body.get("system") or body.get("instructions") or first), ensure_ascii=False)
