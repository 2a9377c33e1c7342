"""The streaming contract, on real sockets: order, ids, heartbeats, replay on any worker, hanging up, stopping."""

import asyncio
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import cast

import httpx2
import pytest
from tests.conftest import Server, StartServer
from tests.streams.kit import Event, Gated, Reader

from sayso.base.clock import FixedClock
from sayso.base.errors import StoreUnavailable
from sayso.conversation import deciding, streams
from sayso.http import stream as http_stream
from sayso.store.gateway import Store

LAST = ("confirmation_required", "complete", "error")


@pytest.fixture
def gated() -> Gated:
    return Gated()


@pytest.fixture
def slow(start_server: StartServer, gated: Gated) -> Iterator[Server]:
    """A server whose answers wait for the test."""
    yield start_server(source=gated)
    if gated.asked.is_set():
        gated.open()


def chat(client: httpx2.Client, text: str, thread: str = "t") -> Reader:
    return Reader(client, "POST", "/chat/stream", {"user_message": text, "thread_id": thread})


def resume(client: httpx2.Client, after: int, thread: str = "t") -> Reader:
    return Reader(client, "GET", f"/chat/stream?thread_id={thread}", headers={"Last-Event-ID": str(after)})


def shape(events: list[Event]) -> list[str]:
    return [f"{e.type} {e.data['node']}" if e.type.startswith("node") else e.type for e in events]


def well_formed(events: list[Event]) -> None:
    assert events[0].type == "connected"
    ids = [event.id for event in events]
    assert ids == sorted(set(ids))
    assert [event.type for event in events if event.type in LAST] == [events[-1].type]
    assert "".join(e.data["token"] for e in events if e.type == "token") == events[-1].data["response"]


def test_an_answer(server: Server) -> None:
    with chat(server.client(), "what's on today?") as reader:
        events = list(reader)
    well_formed(events)
    assert reader.headers["content-type"].startswith("text/event-stream")
    assert "no-cache" in reader.headers["cache-control"]
    assert "no-transform" in reader.headers["cache-control"]
    assert reader.headers["x-accel-buffering"] == "no"
    assert events[0].data.keys() >= {"thread_id", "turn_id"}
    assert shape([e for e in events if e.type != "token"]) == [
        "connected",
        "node_start plan",
        "action_start",
        "action_end",
        "node_end plan",
        "complete",
    ]
    assert events[-1].data.keys() >= {"thread_id", "response", "results"}


def test_a_plan_its_execution_and_another_turn(server: Server) -> None:
    client = server.client()
    with chat(client, "add lunch with Ana tomorrow at noon") as reader:
        proposed = list(reader)
    assert proposed[-1].type == "confirmation_required"
    told = proposed[-1].data
    assert told["pending_actions"] == told["plan"]["actions"]
    assert told["message"] == told["plan"]["question"]
    body = {"thread_id": "t", "plan_id": told["plan"]["id"]}
    with Reader(client, "POST", "/chat/confirm", body, {"Accept": "text/event-stream"}) as reader:
        executed = list(reader)
    assert shape(executed) == [
        "connected",
        "node_start execute",
        "action_start",
        "action_end",
        "node_end execute",
        "complete",
    ]
    [action] = told["plan"]["actions"]
    assert executed[2].data["id"] == action["id"]
    assert executed[2].data["preview"] == action["preview"]
    assert executed[-1].data["results"][action["id"]]["success"]
    with chat(client, "thanks") as reader:
        after = list(reader)
    ids = [event.id for event in (*proposed, *executed, *after)]
    assert ids == sorted(set(ids))


@pytest.mark.parametrize("confirm", ["yes", "POST /chat/confirm"])
def test_every_ending_tells_the_turn_and_what_it_decided(server: Server, confirm: str) -> None:
    """So that a streamed no can be told from talk, and an answer be found among the thread's messages."""
    client, endings = server.client(), []
    for said in ("hello", "add lunch with Ana tomorrow at noon", "no", "add lunch with Ana tomorrow at noon", confirm):
        accept = {"Accept": "text/event-stream"}
        deciding = Reader(client, "POST", "/chat/confirm", {"thread_id": "t"}, accept) if "/" in said else None
        with deciding or chat(client, said) as reader:
            events = list(reader)
        assert events[-1].data["turn_id"] == events[0].data["turn_id"]
        with resume(client, events[0].id) as reader:
            assert list(reader) == events[1:]
        endings.append((events[-1].type, events[-1].data["decision"], events[-1].data["turn_id"]))
    ends = ["complete", "confirmation_required", "complete", "confirmation_required", "complete"]
    assert [ending[:2] for ending in endings] == list(
        zip(ends, [None, None, "cancelled", None, "confirmed"], strict=True)
    )
    messages = {message["id"].removesuffix(".user") for message in client.get("/threads/t").json()["messages"]}
    assert {turn_id for _, _, turn_id in endings} <= messages


def test_the_two_step_form_answers_once(server: Server) -> None:
    client = server.client()
    queued = client.post("/chat/message", json={"user_message": "hello", "thread_id": "t"}).json()
    assert queued == {"thread_id": "t", "status": "queued"}
    with Reader(client, "GET", "/chat/stream?thread_id=t") as reader:
        events = list(reader)
    well_formed(events)
    with Reader(client, "GET", "/chat/stream?thread_id=t") as reader:
        assert reader.status == 400
    with resume(client, events[-1].id) as reader:
        assert reader.status == 204
    with resume(client, events[2].id) as reader:
        assert list(reader) == events[3:]


def test_hanging_up_stops_nothing(slow: Server, gated: Gated) -> None:
    client = slow.client()
    with chat(client, "hello") as reader:
        seen = reader.until("token")
    gated.open()
    with resume(client, seen[-1].id) as reader:
        rest = list(reader)
    well_formed([*seen, *rest])
    assert rest[-1].data["response"] == "One two."
    assert client.get("/threads/t").json()["messages"][-1]["content"] == "One two."


def test_another_worker_goes_on_with_the_stream(slow: Server, gated: Gated, start_server: StartServer) -> None:
    other = start_server()
    client = slow.client()
    elsewhere = other.anonymous(cookies=dict(client.cookies))
    with chat(client, "hello") as reader:
        seen = reader.until("token")
    with resume(elsewhere, seen[0].id) as reader:
        rest = reader.until("token")
        gated.open()
        rest += list(reader)
    well_formed([seen[0], *rest])
    assert rest[: len(seen) - 1] == seen[1:]


def test_the_worker_died(start_server: StartServer, gated: Gated) -> None:
    other, first = start_server(), start_server(source=gated)
    client = first.client()
    elsewhere = other.anonymous(cookies=dict(client.cookies))
    with chat(client, "hello") as reader:
        seen = reader.until("token")
        assert gated.asked.wait(60)
        first.stop()
    other.clock.move(timedelta(minutes=2))
    with resume(elsewhere, seen[-1].id) as reader:
        [last] = list(reader)
    assert (last.type, last.data["error"]) == ("error", "interrupted")
    assert last.id > seen[-1].id
    with resume(elsewhere, seen[-1].id) as reader:
        assert list(reader) == [last]
    with chat(elsewhere, "hello again") as reader:
        assert next(iter(reader)).id > last.id


def test_a_plan_that_ran_whose_last_event_was_lost_is_told(server: Server) -> None:
    client = server.client()
    with chat(client, "add lunch with Ana tomorrow at noon") as reader:
        list(reader)
    with Reader(client, "POST", "/chat/confirm", {"thread_id": "t"}, {"Accept": "text/event-stream"}) as reader:
        events = list(reader)
    with server.store.engine.begin() as connection:
        connection.exec_driver_sql(f"DELETE FROM stream_events WHERE id > {events[1].id}")
    with resume(client, events[-2].id) as reader:
        [last] = list(reader)
    assert last.id > events[-1].id
    assert (last.type, last.data) == (events[-1].type, events[-1].data)


def test_a_turn_is_stored_when_its_last_event_goes_out(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """P8, with the last event and the turn in one transaction: when it fails, neither is there."""
    client = server.client()
    monkeypatch.setattr(streams, "_insert", _refusing_endings(streams._insert))
    with chat(client, "what's on today?") as reader:
        events = list(reader)
    assert (events[-1].type, events[-1].data["error"]) == ("error", "store_unavailable")
    assert client.get("/threads/t").json()["messages"] == []
    with chat(client, "what's on today?") as reader:
        assert next(iter(reader)).id > events[-1].id


def _refusing_endings(insert: Callable[..., None]) -> Callable[..., None]:
    def refusing(conn: object, thread_pk: str, run_id: str, events: list[streams.StreamEvent]) -> None:
        if any(event.type == "complete" for event in events):
            raise StoreUnavailable
        insert(conn, thread_pk, run_id, events)

    return refusing


def test_stop_ends_the_stream(slow: Server, gated: Gated) -> None:
    client = slow.client()
    with chat(client, "hello") as reader:
        seen = reader.until("token")
        assert gated.asked.wait(60)
        assert client.post("/chat/stop", json={"thread_id": "t"}).json()["status"] == "stopped"
        rest = list(reader)
    gated.asked.clear()
    assert [event.type for event in (*seen, *rest)].count("complete") == 1
    well_formed([*seen, *rest])
    assert rest[-1].data["response"] == "One \n\nStopped."
    assert client.get("/threads/t").json()["messages"][-1]["content"] == "One \n\nStopped."


def test_stop_at_another_worker_ends_the_stream(start_server: StartServer, gated: Gated, postgres: str) -> None:
    first, other = start_server(source=gated, database_url=postgres), start_server(database_url=postgres)
    client = first.client()
    with chat(client, "hello") as reader:
        seen = reader.until("token")
        assert gated.asked.wait(60)
        elsewhere = other.anonymous(cookies=dict(client.cookies))
        with resume(elsewhere, seen[0].id) as late:
            assert elsewhere.post("/chat/stop", json={"thread_id": "t"}).json()["status"] == "stopped"
            assert list(late) == [*seen[1:], *reader]
    gated.asked.clear()
    with resume(client, seen[0].id) as reader:
        well_formed([seen[0], *reader])


def test_a_streamed_confirm_outlasts_the_time_of_a_plain_one(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deciding, "CONFIRM_SECONDS", 0.0)
    client = server.client()
    with chat(client, "add lunch with Ana tomorrow at noon") as reader:
        list(reader)
    with Reader(client, "POST", "/chat/confirm", {"thread_id": "t"}, {"Accept": "text/event-stream"}) as reader:
        events = list(reader)
    assert events[-1].data["status"] == "completed"


def test_a_typed_no_is_told_whole(server: Server) -> None:
    client = server.client()
    with chat(client, "add lunch with Ana tomorrow at noon") as reader:
        plan = list(reader)[-1].data["plan"]
    with chat(client, "no") as reader:
        events = list(reader)
    assert shape(events) == ["connected", "complete"]
    assert events[-1].data["response"] == "Action cancelled."
    with resume(client, events[0].id) as reader:
        assert list(reader) == events[1:]
    assert client.get(f"/plans/{plan['id']}").json()["status"] == "cancelled"


def test_what_comes_during_a_write_is_written_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that falls silent can be followed at another worker up to its last word."""
    clock = FixedClock(datetime(2026, 3, 2, 14, tzinfo=UTC))
    written: list[list[str]] = []

    async def write(fn: object, pk: str, run: str, events: list[streams.StreamEvent]) -> None:
        written.append([event.data["token"] for event in events])
        if len(written) == 1:
            await log.emit("token", {"token": "during"})

    async def emit_and_wait() -> None:
        await log.emit("token", {"token": "before"})
        assert log._flushing is not None
        await log._flushing

    store = cast(Store, SimpleNamespace(write=write))
    log = streams.Log(store, clock, "pk", "run", [streams.StreamEvent(1, "connected", {}, clock.now())])
    monkeypatch.setattr(streams, "FLUSH_SECONDS", 0.0)
    asyncio.run(emit_and_wait())
    assert written == [["before"], ["during"]]


def test_nothing_comes_behind_the_last_event(server: Server) -> None:
    async def end_and_go_on() -> None:
        await log.end("complete", {})
        await log.emit("token", {"token": "late"})

    first = streams.StreamEvent(1, "connected", {}, server.clock.now())
    log = streams.Log(server.store, server.clock, "no such thread", "run", [first])
    asyncio.run(end_and_go_on())
    assert [event.type for event in log._events] == ["connected", "complete"]


def test_an_endless_answer_keeps_to_its_ids(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "BLOCK", 16)
    monkeypatch.setattr(streams, "SPARE", 12)
    client = server.client()
    for turn in range(3):
        with chat(client, "what's on today?") as reader:
            events = list(reader)
        assert {(event.id - 1) // 16 for event in events} == {turn}
        assert events[-1].data["response"]
        assert sum(event.type == "token" for event in events) < 3


def test_an_id_that_no_event_has_is_no_trap(slow: Server, gated: Gated) -> None:
    client = slow.client()
    with chat(client, "hello") as reader:
        reader.until("token")
        with resume(client, 900) as late:
            gated.open()
            assert [event.type for event in late][-1] == "complete"


def test_silence_is_filled_with_comments(slow: Server, gated: Gated, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_stream, "HEARTBEAT_SECONDS", 0.01)
    with chat(slow.client(), "hello") as reader:
        reader.until("token")
        lines = reader._lines()
        assert next(line for line in lines if line).startswith(":")
        gated.open()


def test_old_events_are_forgotten_and_ids_still_increase(server: Server) -> None:
    client = server.client()
    with chat(client, "hello") as reader:
        before = list(reader)
    server.clock.move(streams.KEPT + timedelta(minutes=1))
    asyncio.run(streams.Streams(server.store, server.clock).forget())
    with resume(client, before[0].id) as reader:
        assert reader.status == 204
    with chat(client, "hello") as reader:
        assert next(iter(reader)).id > before[-1].id
