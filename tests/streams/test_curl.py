"""`curl -N`, as the documentation has it: both streaming forms, a line that breaks, and the rest of the answer."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator

import httpx2
import pytest
from tests.conftest import Server, StartServer
from tests.streams.kit import Event, Gated

from sayso.http.session import COOKIE

CURL = shutil.which("curl")


@pytest.fixture(autouse=True)
def _needs_curl() -> None:
    if CURL is None:
        assert not os.environ.get("CI"), "these tests need curl"
        pytest.skip("no curl on this machine")


@pytest.fixture
def gated() -> Gated:
    return Gated()


@pytest.fixture
def client(start_server: StartServer, gated: Gated) -> Iterator[httpx2.Client]:
    server: Server = start_server(source=gated)
    yield server.client()
    if gated.asked.is_set():
        gated.open()


class Curl:
    """One `curl -N`, whose events are read as it prints them."""

    def __init__(self, client: httpx2.Client, path: str, *options: str) -> None:
        assert CURL is not None
        cookie = f"{COOKIE}={client.cookies[COOKIE]}"
        command = [CURL, "-sSN", "--noproxy", "*", "-b", cookie, *options, f"{client.base_url}{path}"]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)

    def __iter__(self) -> Iterator[Event]:
        assert self._process.stdout is not None
        fields: dict[str, str] = {}
        for line in self._process.stdout:
            name, colon, value = line.strip().partition(": ")
            if colon:
                fields[name] = value
            elif fields:
                yield Event(int(fields["id"]), fields["event"], json.loads(fields["data"])["data"])
                fields = {}

    def up_to_a_token(self) -> list[Event]:
        events = []
        for event in self:
            events.append(event)
            if event.type == "token":
                return events
        raise AssertionError("the stream ended without a token")

    def __enter__(self) -> "Curl":
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()


Form = Callable[[httpx2.Client], Curl]


def posted(client: httpx2.Client) -> Curl:
    body = json.dumps({"user_message": "hello", "thread_id": "t"})
    return Curl(client, "/chat/stream", "-H", "Content-Type: application/json", "-d", body)


def queued(client: httpx2.Client) -> Curl:
    client.post("/chat/message", json={"user_message": "hello", "thread_id": "t"}).raise_for_status()
    return Curl(client, "/chat/stream?thread_id=t")


@pytest.mark.parametrize("form", [posted, queued])
def test_a_token_comes_before_the_next_is_there(client: httpx2.Client, gated: Gated, form: Form) -> None:
    with form(client) as curl:
        seen = curl.up_to_a_token()
        gated.open()
        rest = list(curl)
    assert seen[0].type == "connected"
    assert rest[-1].type == "complete"
    assert words([*seen, *rest]) == rest[-1].data["response"] == "One two."


@pytest.mark.parametrize("form", [posted, queued])
def test_a_line_that_breaks_and_the_rest(client: httpx2.Client, gated: Gated, form: Form) -> None:
    with form(client) as curl:
        seen = curl.up_to_a_token()
    with Curl(client, "/chat/stream?thread_id=t", "-H", f"Last-Event-ID: {seen[-1].id}") as curl:
        gated.open()
        rest = list(curl)
    ids = [event.id for event in (*seen, *rest)]
    assert ids == sorted(set(ids))
    assert words([*seen, *rest]) == rest[-1].data["response"] == "One two."


def words(events: list[Event]) -> str:
    return "".join(event.data["token"] for event in events if event.type == "token")
