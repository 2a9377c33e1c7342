"""A message that is sent again under its `Idempotency-Key`, because its answer was lost."""

import json
from typing import Any

import pytest
from tests.kit.say import Client
from tests.kit.world import CLIENTS, Answer, Request, World


def _send(robin: Client, message: str, key: str, path: str = "/chat", worker: int = 0) -> Request:
    """A message under its key, left in flight."""
    body = {"user_message": message, "thread_id": robin.thread}
    return robin.world.send(robin.name, "POST", path, body, worker, idempotency_key=key)


def _sent(robin: Client, message: str, key: str, path: str = "/chat", worker: int = 0) -> Answer:
    request = _send(robin, message, key, path, worker)
    robin.world.finish(request)
    return request.answer


def test_a_yes_that_is_sent_again_does_not_confirm_the_next_step(world: World) -> None:
    """P1: its answer was lost, and with it the question that stands behind it now."""
    robin = Client(world)
    robin.propose("A then C")
    first = _sent(robin, "yes", "k1")
    assert first.body["requires_confirmation"]
    assert _sent(robin, "yes", "k1") == first
    assert world.far.names() == ["A"]
    assert _sent(robin, "yes", "k2").body["decision"]["status"] == "completed"
    assert _sent(robin, "yes", "k1").body["decision"]["results"] == first.body["decision"]["results"]
    assert world.far.names() == ["A", "C"]


@pytest.mark.parametrize("message", ["hello", "read", "propose A", "no", "yes"])
def test_a_message_that_is_sent_again_is_said_once(pair: World, message: str) -> None:
    """By another worker, too."""
    robin = Client(pair)
    if message in ("yes", "no"):
        robin.propose("A")
    first = _sent(robin, message, "k1")
    assert first.body["turn_id"].startswith("turn_")
    turns, plans = pair.rows("select id from turns"), pair.rows("select id, status from plans")
    assert _sent(robin, message, "k1", worker=1) == first
    streamed = _sent(robin, message, "k1", "/chat/stream", worker=1)
    ending = _ending(streamed)["data"]
    assert (ending["response"], ending["turn_id"]) == (first.body["response"], first.body["turn_id"])
    assert ending["decision"] == {"yes": "confirmed", "no": "cancelled"}.get(message)
    assert pair.rows("select id from turns") == turns
    assert pair.rows("select id, status from plans") == plans


@pytest.mark.parametrize("message", ["propose B", "hello", "read"])
@pytest.mark.parametrize("waits", [True, False])
def test_a_stream_that_is_opened_again_tells_the_end(world: World, message: str, waits: bool) -> None:
    """That of the first, whatever waits besides."""
    robin = Client(world)
    if waits:
        robin.propose("A")
    first, second = (_ending(_sent(robin, message, "k1", "/chat/stream")) for _ in range(2))
    assert second == first


def test_a_proposal_that_another_replaced_is_not_asked_about_again(world: World) -> None:
    robin = Client(world)
    _sent(robin, "propose A", "k1")
    newer = _sent(robin, "propose B", "k2").body["plan"]["id"]
    again = _ending(_sent(robin, "propose A", "k1", "/chat/stream"))
    assert (again["event_type"], again["data"]["plan"]["id"]) == ("complete", newer)


def _ending(answer: Answer) -> dict[str, Any]:
    """The last event of a stream."""
    *_, ending = [json.loads(line[5:]) for line in answer.body.decode().splitlines() if line.startswith("data:")]
    told: dict[str, Any] = ending | {"timestamp": None}
    return told


def test_a_message_that_is_still_answered_is_not_said_twice(pair: World) -> None:
    robin = Client(pair)
    first = _send(robin, "wait", "k1")
    pair.pass_time(1)
    assert _sent(robin, "wait", "k1", worker=1).code == "thread_busy"
    pair.loop.call_soon(pair.source.gate.set)
    pair.finish(first)
    assert _sent(robin, "wait", "k1", worker=1) == first.answer


def test_a_message_that_failed_can_be_sent_again_under_its_key(world: World) -> None:
    robin = Client(world)
    world.source.down = True
    assert _sent(robin, "hello", "k1").code == "model_error"
    world.source.down = False
    assert _sent(robin, "hello", "k1").body["response"] == "All right."


def test_a_key_names_one_message_of_one_thread(world: World) -> None:
    robin, other = Client(world), Client(world, thread="t2")
    _sent(robin, "hello", "k1")
    refused = _sent(robin, "propose A", "k1")
    assert (refused.status, refused.code) == (422, "validation_error")
    told = "This Idempotency-Key belongs to another message of this thread; choose a new one for each."
    assert refused.body["message"] == told
    assert refused.body["details"]["fields"] == [{"field": "Idempotency-Key", "message": "used for another message"}]
    assert _sent(other, "propose A", "k1").body["plan"]["status"] == "pending"
    for length in (0, 256):
        assert _sent(robin, "hello", "k" * length).status == 422


@pytest.mark.parametrize("path", ["/chat", "/chat/stream"])
@pytest.mark.parametrize("message", ["hello", "propose A"])
def test_a_message_without_a_thread_opens_one(pair: World, path: str, message: str) -> None:
    robin, other = Client(pair, thread=""), Client(pair, CLIENTS[2], thread="")
    first, again = (_thread_of(_sent_anew(robin, message, "k1", path, worker)) for worker in (0, 1))
    assert again == first
    assert len(pair.rows("select * from threads")) == len(pair.rows("select * from turns")) == 1
    assert _sent_anew(robin, "propose B", "k1", path).status == 422
    named = Client(pair, thread=first)
    assert _sent(named, message, "k1").body["thread_id"] == first
    assert len(pair.rows("select * from turns")) == 1
    others = [_thread_of(_sent_anew(robin, message, "k2", path)), _thread_of(_sent_anew(other, message, "k1", path))]
    assert len({first, *others}) == 3


def _sent_anew(client: Client, message: str, key: str, path: str, worker: int = 0) -> Answer:
    """A message that names no thread."""
    request = client.world.send(client.name, "POST", path, {"user_message": message}, worker, idempotency_key=key)
    client.world.finish(request)
    return request.answer


def _thread_of(answer: Answer) -> str:
    assert answer.status == 200, answer
    told = answer.body if isinstance(answer.body, dict) else _ending(answer)["data"]
    found: str = told["thread_id"]
    return found


def test_two_that_open_one_thread_at_once_are_one_turn(pair: World) -> None:
    robin = Client(pair)
    body = {"user_message": "wait"}
    both = [pair.send(robin.name, "POST", "/chat", body, worker, idempotency_key="k") for worker in (0, 1)]
    pair.pass_time(1)
    pair.loop.call_soon(pair.source.gate.set)
    pair.finish(*both)
    assert sorted(request.answer.status for request in both) == [200, 409]
    assert len(pair.rows("select * from threads")) == 1


def test_the_two_step_form_takes_a_key(pair: World) -> None:
    robin = Client(pair)
    first, again = (_sent_anew(robin, "hello", "k1", "/chat/message", worker) for worker in (0, 1))
    assert first == again
    assert _sent_anew(robin, "propose A", "k1", "/chat/message").status == 422
    named = Client(pair, thread=first.body["thread_id"])
    assert _sent(named, "hello", "k2", "/chat/message").code == "thread_busy"
    path = f"/chat/stream?thread_id={named.thread}"
    told = _ending(robin.ask("GET", path))
    assert robin.ask("GET", path).code == "no_pending_message"
    assert _sent_anew(robin, "propose A", "k1", "/chat/message").status == 422
    assert _sent_anew(robin, "hello", "k1", "/chat/message", worker=1) == first
    assert _ending(robin.ask("GET", path)) == told
    assert len(pair.rows("select * from turns")) == 1
