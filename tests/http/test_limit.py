"""The rate limit: who shares a bucket, and what every answer says of it."""

import time
from typing import TYPE_CHECKING

import httpx
import pytest

if TYPE_CHECKING:
    from tests.conftest import Server, StartServer

CANCEL = {"thread_id": "nobody"}


@pytest.fixture
def limited(start_server: "StartServer") -> "Server":
    return start_server(rate_limit=3)


def cancel(client: httpx.Client) -> httpx.Response:
    return client.post("/chat/cancel", json=CANCEL)


def test_the_request_over_the_limit_is_refused(limited: "Server") -> None:
    client = limited.stranger()
    answers = [cancel(client) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [404, 404, 404, 429]
    assert [answer.headers["RateLimit-Remaining"] for answer in answers] == ["2", "1", "0", "0"]
    assert {answer.headers["RateLimit-Limit"] for answer in answers} == {"3"}
    refused = answers[-1].json()
    assert refused["error"] == "rate_limit_exceeded"
    assert 1 <= refused["details"]["retry_after"] <= 60
    assert answers[-1].headers["Retry-After"] == str(refused["details"]["retry_after"])
    assert answers[-1].headers["RateLimit-Reset"] == answers[-1].headers["Retry-After"]


def test_sixty_a_minute_by_default(start_server: "StartServer") -> None:
    client = start_server(rate_limit=60).stranger()
    assert cancel(client).headers["RateLimit-Limit"] == "60"


def test_every_answer_of_a_chat_endpoint_carries_the_headers(limited: "Server") -> None:
    client, nobody = limited.stranger(), limited.anonymous()
    answers = [
        client.post("/chat/cancel", content=b"{", headers={"Content-Type": "application/json"}),
        client.post("/chat/cancel", content=b"x", headers={"Content-Type": "text/plain"}),
        client.get("/chat/cancel"),
        nobody.post("/chat/cancel", json=CANCEL),
        nobody.post("/chat/cancel", json=CANCEL, headers={"Origin": "https://evil.example"}),
        nobody.post("/chat/cancel", content=b"x" * 300_000, headers={"Content-Type": "application/json"}),
    ]
    assert [answer.status_code for answer in answers] == [400, 415, 405, 401, 403, 413]
    for answer in answers:
        assert {"ratelimit-limit", "ratelimit-remaining", "ratelimit-reset"} <= set(answer.headers)


def test_each_session_has_its_own_bucket(limited: "Server") -> None:
    one, other = limited.stranger("one"), limited.stranger("other")
    assert [cancel(one).status_code for _ in range(4)][-1] == 429
    assert cancel(other).status_code == 404


def test_invalid_cookies_share_the_bucket_of_their_address(limited: "Server") -> None:
    for letter in "abc":
        assert cancel(limited.anonymous(cookies={"session_id": letter * 43})).status_code == 401
    assert cancel(limited.anonymous(cookies={"session_id": "d" * 43})).status_code == 429
    assert cancel(limited.anonymous()).status_code == 429
    assert cancel(limited.stranger()).status_code == 404


def test_addresses_are_counted_apart(limited: "Server") -> None:
    nobody = limited.anonymous()
    statuses = [cancel(nobody).status_code for _ in range(4)]
    elsewhere = nobody.post("/chat/cancel", json=CANCEL, headers={"X-Forwarded-For": "203.0.113.9"})
    assert [*statuses, elsewhere.status_code] == [401, 401, 401, 429, 401]


def test_all_chat_endpoints_share_the_bucket_and_others_have_none(limited: "Server") -> None:
    client = limited.stranger()
    client.post("/chat", json={})
    client.post("/chat/confirm", json=CANCEL)
    client.post("/chat/stop", json=CANCEL)
    assert cancel(client).status_code == 429
    for path in ("/threads", "/plans", "/auth/session", "/health"):
        response = client.get(path)
        assert response.status_code == 200
        assert "ratelimit-limit" not in response.headers


def test_a_new_minute_begins_anew(limited: "Server", monkeypatch: pytest.MonkeyPatch) -> None:
    client = limited.stranger()
    assert [cancel(client).status_code for _ in range(4)][-1] == 429
    real = time.time
    monkeypatch.setattr("limits.storage.memory.time.time", lambda: real() + 61)
    assert cancel(client).status_code == 404


def test_no_limit(server: "Server") -> None:
    client = server.stranger()
    answers = [cancel(client) for _ in range(70)]
    assert {answer.status_code for answer in answers} == {404}
    assert "ratelimit-limit" not in answers[0].headers
