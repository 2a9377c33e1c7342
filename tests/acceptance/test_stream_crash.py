"""SIGKILL under an open stream: another worker, or the next start, replays it and tells its ending truly (P5, P8)."""

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx2
import pytest
from tests.acceptance.conftest import Process, Serve
from tests.kit.vendor import STORY, Held, vendor_in_thread
from tests.streams.kit import Event, Reader

BEFORE, AFTER = "2026-03-02T09:00:00-05:00", "2026-03-02T09:10:00-05:00"
MODEL = {"model": "kit", "turn_seconds": "600"}


@pytest.fixture
def vendor() -> Iterator[Held]:
    with vendor_in_thread() as vendor:
        yield vendor


@pytest.fixture
def clock(tmp_path: Path) -> Path:
    """The product's time, which the test moves by writing to it."""
    file = tmp_path / "now"
    file.write_text(BEFORE)
    return file


@pytest.fixture(params=["sqlite", "postgresql"])
def elsewhere(
    request: pytest.FixtureRequest, serve: Serve, clock: Path, tmp_path: Path
) -> tuple[dict[str, str], Callable[..., Process]]:
    """Where the store is, and a way to the server that takes over: a second one on PostgreSQL, the next on SQLite."""
    if request.param == "sqlite":
        return {}, lambda **settings: serve("--clock", f"file:{clock}", **settings)
    url = request.getfixturevalue("postgres")
    more = ("--clock", f"file:{clock}", "--data-dir", str(tmp_path / "second"))
    return {"database_url": url}, lambda **settings: serve(*more, database_url=url, **settings)


Elsewhere = tuple[dict[str, str], Callable[..., Process]]


def chat(client: httpx2.Client, text: str) -> Reader:
    return Reader(client, "POST", "/chat/stream", {"user_message": text, "thread_id": "t"}, seconds=60)


def resume(client: httpx2.Client, after: int) -> Reader:
    headers = {"Last-Event-ID": str(after)}
    return Reader(client, "GET", "/chat/stream?thread_id=t", headers=headers, seconds=60)


def until_it_breaks(reader: Reader) -> list[Event]:
    """The events up to the death of the server."""
    events: list[Event] = []
    with pytest.raises((OSError, ValueError)):
        events.extend(reader)
    return events


def moved(client: httpx2.Client, to: Process) -> httpx2.Client:
    """The same sign-in at another server."""
    return httpx2.Client(base_url=to.url, cookies=dict(client.cookies), timeout=60, trust_env=False)


def interrupted_and_well_again(client: httpx2.Client, seen: list[Event], vendor: Held) -> None:
    with resume(client, seen[-1].id) as reader:
        [last] = list(reader)
    assert (last.type, last.data["error"]) == ("error", "interrupted")
    assert last.id > seen[-1].id
    with resume(client, seen[-1].id) as reader:
        assert list(reader) == [last]
    assert client.get("/threads/t").json()["messages"] == []
    vendor.go_on()
    with chat(client, "hello again") as reader:
        events = list(reader)
    assert events[0].id > last.id
    assert (events[-1].type, events[-1].data["response"]) == ("complete", STORY)


def test_killed_in_mid_answer(serve: Serve, elsewhere: Elsewhere, vendor: Held, clock: Path) -> None:
    database, take_over = elsewhere
    model = {**MODEL, "model_base_url": vendor.url}
    first = serve("--clock", f"file:{clock}", **model, **database)
    other = take_over(**model) if database else None
    client = first.client()
    vendor.hold()
    with chat(client, "hello") as reader:
        seen = reader.until("token")
        os.kill(owner_of(vendor.peers[-1]), signal.SIGKILL)
        seen += until_it_breaks(reader)
    assert first.wait_dead() == -signal.SIGKILL
    clock.write_text(AFTER)
    with moved(client, other or take_over(**model)) as again:
        interrupted_and_well_again(again, seen, vendor)


def test_one_of_two_workers_is_killed_in_mid_answer(serve: Serve, postgres: str, vendor: Held, clock: Path) -> None:
    options = ("--clock", f"file:{clock}", "--workers", "2")
    both = serve(*options, **MODEL, model_base_url=vendor.url, database_url=postgres)
    client = both.client()
    vendor.hold()
    with chat(client, "hello") as reader:
        seen = reader.until("token")
        killed = owner_of(vendor.peers[-1])
        assert killed != both.pid
        os.kill(killed, signal.SIGKILL)
        seen += until_it_breaks(reader)
    with resume(client, seen[0].id) as reader:  # follows a run that, for all that the other one knows, may go on
        clock.write_text(AFTER)
        *rest, last = reader
    assert rest == seen[1 : len(rest) + 1]
    assert (last.type, last.data["error"]) == ("error", "interrupted")
    interrupted_and_well_again(client, seen, vendor)


def test_killed_when_the_answer_was_stored(serve: Serve, elsewhere: Elsewhere, vendor: Held, clock: Path) -> None:
    """The last event is in the store with the turn: it is told at once, whatever the leases say."""
    database, take_over = elsewhere
    model = {**MODEL, "model_base_url": vendor.url}
    first = serve("--clock", f"file:{clock}", fault="turn_stored", **model, **database)
    other = take_over(**model) if database else None
    client = first.client()
    with chat(client, "hello") as reader:
        seen = until_it_breaks(reader)
    assert first.wait_dead() == -signal.SIGKILL
    with moved(client, other or take_over(**model)) as again:
        with resume(again, seen[0].id) as reader:
            rest = list(reader)
        assert rest[: len(seen) - 1] == seen[1:]
        assert (rest[-1].type, rest[-1].data["response"]) == ("complete", STORY)
        assert "".join(event.data["token"] for event in rest if event.type == "token").strip() == STORY
        assert again.get("/threads/t").json()["messages"][-1]["content"] == STORY


@pytest.mark.parametrize("point", ["decided", "ran", "finished"])
def test_killed_while_a_streamed_plan_runs(serve: Serve, elsewhere: Elsewhere, clock: Path, point: str) -> None:
    database, take_over = elsewhere
    first = serve("--clock", f"file:{clock}", fault=point, **database)
    other = take_over() if database else None
    client = first.client()
    with chat(client, "create a task called 'Call Bo'") as reader:
        plan = list(reader)[-1].data["plan"]
    body = {"thread_id": "t", "plan_id": plan["id"]}
    with (
        pytest.raises((OSError, ValueError)),
        Reader(client, "POST", "/chat/confirm", body, {"Accept": "text/event-stream"}, seconds=60) as reader,
    ):
        list(reader)
    assert first.wait_dead() == -signal.SIGKILL
    clock.write_text(AFTER)
    with moved(client, other or take_over()) as again:
        assert again.post("/chat/confirm", json=body).json()["status"] == "completed"
        with resume(again, 0) as reader:
            events = list(reader)
        assert [event.type for event in events].count("complete") == 1
        last = events[-1]
        assert (last.type, last.data["status"]) == ("complete", "completed")
        assert [result["success"] for result in last.data["results"].values()] == [True]
        tasks = again.get("/workspace/today").json()["tasks"]
        assert [task["title"] for task in tasks].count("Call Bo") == 1


def owner_of(port: int) -> int:
    """The process that has this port of loopback."""
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    inode = next(row[9] for row in rows if row[1].endswith(f":{port:04X}") and row[9] != "0")
    for link in Path("/proc").glob("[0-9]*/fd/*"):
        try:
            if os.readlink(link) == f"socket:[{inode}]":
                return int(link.parts[2])
        except OSError:
            continue  # it has ended, or is another user's
    raise AssertionError("nobody has this port")
