"""What a user's turns may take: tokens in a day, turns at once; decisions are never refused for it."""

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import httpx2
import pytest
from tests.kit.model import ScriptedSource
from tests.kit.servers import TAKEN, ModelServer, model_server

from sayso.agent.models import chosen_source

if TYPE_CHECKING:
    from tests.conftest import Server, StartServer

UNTIL_MIDNIGHT = 10 * 3600  # from 14:00 UTC on


@pytest.fixture(scope="module", autouse=True)
def _library() -> None:
    """Imported before a request waits for it."""
    chosen_source("x", "http://127.0.0.1:1/v1", "key")


@pytest.fixture
def there() -> Iterator[ModelServer]:
    with model_server("All done.") as server:
        yield server


@pytest.fixture
def metered(start_server: "StartServer", there: ModelServer) -> "Server":
    """Three answers a day, and a little more."""
    return start_server(model="qwen3", model_base_url=f"{there.url}/v1", tokens_per_day=3 * TAKEN - 1)


def say(client: httpx2.Client, text: str = "hello", thread: str = "t") -> httpx2.Response:
    return client.post("/chat", json={"user_message": text, "thread_id": thread})


def spent(client: httpx2.Client) -> int:
    found: int = client.get("/me/model").json()["spent_today"]
    return found


# --- tokens a day -----------------------------------------------------------------------------------------------------


def test_tokens_of_a_day_are_used_up_and_the_next_day_begins_anew(metered: "Server", there: ModelServer) -> None:
    ana = metered.stranger()
    assert [say(ana).status_code for _ in range(3)] == [200, 200, 200]
    shown = ana.get("/me/model").json()
    assert (shown["spent_today"], shown["limit"]) == (3 * TAKEN, 3 * TAKEN - 1)
    for refused in (
        say(ana),
        say(ana, thread="new"),
        ana.post("/chat/stream", json={"user_message": "hello", "thread_id": "t"}),
        ana.post("/chat/message", json={"user_message": "hello", "thread_id": "t"}),
    ):
        body = refused.json()
        assert (refused.status_code, body["error"], body["retry_after"]) == (429, "budget_spent", UNTIL_MIDNIGHT)
        assert refused.headers["Retry-After"] == str(UNTIL_MIDNIGHT)
        assert "midnight UTC" in body["message"]
    assert len(there.asked) == 3
    assert [thread["id"] for thread in ana.get("/threads").json()["threads"]] == ["t"]
    assert ana.get("/threads/t").json()["busy"] is False
    assert say(metered.stranger()).status_code == 200
    metered.clock.move(timedelta(hours=10))
    assert say(ana).status_code == 200
    assert spent(ana) == TAKEN


def test_decisions_are_taken_when_tokens_are_used_up(start_server: "StartServer", there: ModelServer) -> None:
    server = start_server(model="qwen3", model_base_url=f"{there.url}/v1", tokens_per_day=4 * TAKEN)
    ana = server.stranger()
    for thread in ("confirmed", "said", "kept", "cancelled"):
        assert say(ana, "create a task please", thread).json()["requires_confirmation"] is True
    assert say(ana).json()["error"] == "budget_spent"
    done = ana.post("/chat/confirm", json={"thread_id": "confirmed"}).json()
    assert done["status"] == "completed"
    assert "All done." not in done["response"]
    assert "water the plants" in done["response"]  # the receipts
    assert say(ana, "yes", "said").json()["decision"]["status"] == "completed"
    ana.post("/chat/message", json={"user_message": "yes", "thread_id": "kept"}).raise_for_status()
    assert "water the plants" in ana.get("/chat/stream?thread_id=kept").text
    assert ana.post("/chat/cancel", json={"thread_id": "cancelled"}).json()["cancelled"] is True
    assert ana.get("/threads/confirmed").json()["busy"] is False
    assert len(there.asked) == 4


def test_an_outcome_is_worded_while_there_are_tokens(metered: "Server", there: ModelServer) -> None:
    ana = metered.stranger()
    say(ana, "create a task please")
    assert ana.post("/chat/confirm", json={"thread_id": "t"}).json()["response"].endswith("All done.")
    assert spent(ana) == 2 * TAKEN


def test_the_offline_model_goes_on(metered: "Server") -> None:
    ana = metered.stranger()
    while say(ana).status_code == 200:
        pass
    ana.put("/me/model", json={"name": "offline"}).raise_for_status()
    before = spent(ana)
    assert say(ana, "what's on today?").status_code == 200
    assert spent(ana) == before


def test_a_turn_that_fails_has_cost_what_it_took(metered: "Server", there: ModelServer) -> None:
    ana = metered.stranger()
    failed = say(ana, "go in circles")
    assert (failed.status_code, failed.json()["details"]["reason"]) == (502, "endless")
    assert spent(ana) == len(there.asked) * TAKEN
    assert say(ana).json()["error"] == "budget_spent"


def test_without_a_limit_nothing_is_refused(start_server: "StartServer", there: ModelServer) -> None:
    ana = start_server(model="qwen3", model_base_url=f"{there.url}/v1").stranger()
    assert {say(ana).status_code for _ in range(5)} == {200}
    assert spent(ana) == 5 * TAKEN


# --- turns at once ----------------------------------------------------------------------------------------------------


class Gated(ScriptedSource):
    """Messages that begin with "wait" wait until the test lets them go on."""

    def __init__(self) -> None:
        super().__init__()
        self.release = threading.Event()
        self.begun = threading.Semaphore(0)

    async def _wait(self, script: str) -> None:
        if script.startswith("wait"):
            self.begun.release()
            await asyncio.to_thread(self.release.wait, 60)


@pytest.fixture
def gated() -> Iterator[Gated]:
    source = Gated()
    yield source
    source.release.set()


def test_one_turn_too_many_is_refused_and_decisions_are_not(start_server: "StartServer", gated: Gated) -> None:
    server = start_server(source=gated, turns_at_once=2)
    for thread in ("confirmed", "said"):
        say(server.stranger("ana"), "propose A", thread)
    with ThreadPoolExecutor(2) as pool:
        under_way = [pool.submit(say, server.stranger("ana"), "wait", f"t{number}") for number in range(2)]
        for _ in under_way:
            assert gated.begun.acquire(timeout=30)
        ana = server.stranger("ana")
        refused = say(ana, "hello", "more")
        assert (refused.status_code, refused.json()["error"]) == (429, "turns_at_once")
        assert refused.json()["retry_after"] == int(refused.headers["Retry-After"]) == 5
        streamed = ana.post("/chat/stream", json={"user_message": "hello", "thread_id": "more"})
        assert streamed.json()["error"] == "turns_at_once"
        assert say(ana, "hello", "t0").json()["error"] == "thread_busy"
        assert ana.post("/chat/confirm", json={"thread_id": "confirmed"}).json()["status"] == "completed"
        assert say(ana, "yes", "said").json()["decision"]["status"] == "completed"
        assert say(server.stranger("ben"), "hello").status_code == 200
        assert ana.post("/chat/stop", json={"thread_id": "t0"}).json()["status"] == "stopped"
        assert under_way[0].result().status_code == 200
        assert say(ana, "hello", "more").status_code == 200
        gated.release.set()
    assert {answer.result().status_code for answer in under_way} == {200}
    assert {thread["id"] for thread in ana.get("/threads").json()["threads"]} == {
        "confirmed", "said", "t0", "t1", "more"
    }  # fmt: skip


def test_turns_that_begin_at_once_on_two_servers(start_server: "StartServer", gated: Gated, postgres: str) -> None:
    """Of twenty-four that race for three places, four on a thread, exactly three are admitted, and no two wait for each
    other."""
    given: dict[str, Any] = {"source": gated, "turns_at_once": 3, "database_url": postgres}
    servers = [start_server(**given), start_server(**given)]
    clients = [servers[number % 2].stranger("ana") for number in range(RACING)]
    ready = threading.Barrier(RACING)

    def begin(number: int) -> httpx2.Response:
        ready.wait()
        # Another time zone each time: what locks the user's row besides must not lock it first.
        body = {"user_message": "wait", "thread_id": f"t{number % 6}", "timezone": ZONES[number % len(ZONES)]}
        return clients[number].post("/chat", json=body)

    with ThreadPoolExecutor(RACING) as pool:
        answers = [pool.submit(begin, number) for number in range(RACING)]
        refused = _first(answers, RACING - 3)
        gated.release.set()
        done = [answer.result() for answer in answers]
    assert {answer.json()["error"] for answer in refused} <= {"turns_at_once", "thread_busy"}
    assert [answer.status_code for answer in done].count(200) == 3


RACING = 24
ZONES = ("Europe/Paris", "Asia/Tokyo", "America/Lima", "Africa/Cairo", "UTC")


def _first(answers: list[Any], count: int) -> list[httpx2.Response]:
    from concurrent.futures import as_completed

    found = []
    for answer in as_completed(answers, timeout=60):
        found.append(answer.result())
        if len(found) == count:
            break
    return found
