"""Pages of other origins, as their browsers ask: the real ones ask in tests/web/test_other_origin.py."""

from typing import TYPE_CHECKING

import httpx2
import pytest

from sayso.conversation.deciding import Deciding

if TYPE_CHECKING:
    from tests.conftest import Server, StartServer

FRIEND = "https://app.example"
CANCEL = {"thread_id": "nobody"}
HEADERS = {"Origin": FRIEND, "Sec-Fetch-Site": "cross-site"}


@pytest.fixture
def friendly(start_server: "StartServer") -> "Server":
    return start_server(allowed_origins=[FRIEND], public_url="https://sayso.example", rate_limit=2)


def check(response: httpx2.Response, origin: str = FRIEND) -> None:
    assert response.headers["access-control-allow-origin"] == origin
    assert response.headers["access-control-allow-credentials"] == "true"
    assert "Origin" in response.headers["vary"]
    exposed = response.headers["access-control-expose-headers"]
    for name in ("X-Request-ID", "Retry-After", "RateLimit-Remaining", "Content-Disposition"):
        assert name in exposed


def test_a_preflight_allows_every_documented_header_and_method(friendly: "Server") -> None:
    preflight = friendly.anonymous().options("/chat", headers=HEADERS | {"Access-Control-Request-Method": "POST"})
    check(preflight)
    assert preflight.status_code == 204
    assert {"GET", "POST", "PUT", "PATCH", "DELETE"} <= set(
        preflight.headers["access-control-allow-methods"].split(", ")
    )
    allowed = set(preflight.headers["access-control-allow-headers"].split(", "))
    assert {"Authorization", "Content-Type", "Idempotency-Key", "Last-Event-ID", "X-Request-ID"} <= allowed


def test_every_answer_can_be_read(friendly: "Server", monkeypatch: pytest.MonkeyPatch) -> None:
    """Refusals of each layer, too: a page that cannot read a 429 cannot wait for its time."""

    async def fail(*_: object, **__: object) -> None:
        raise RuntimeError

    client, nobody = friendly.stranger(), friendly.anonymous()
    client.headers.update(HEADERS)
    nobody.headers.update(HEADERS)
    monkeypatch.setattr(Deciding, "stop", fail)
    answers = [
        client.post("/chat/cancel", json=CANCEL),
        client.post("/chat/stop", json=CANCEL),
        client.post("/chat/confirm", json=CANCEL),
        client.post("/chat/confirm", json=CANCEL),
        client.post("/chat/confirm", json=CANCEL),
        nobody.get("/threads"),
        client.get("/nowhere"),
        client.post("/chat", content=b"x" * 300_000),
        client.get("/threads"),
    ]
    for answer in answers:
        check(answer)
    assert [answer.status_code for answer in answers] == [404, 500, 404, 404, 429, 401, 404, 413, 200]


def test_other_origins_get_no_cors(friendly: "Server") -> None:
    client = friendly.stranger()
    for origin in ("https://app.example.evil.example", "http://app.example", "https://app.example:444", "null"):
        headers = {"Origin": origin, "Access-Control-Request-Method": "POST"}
        for response in (client.options("/chat", headers=headers), client.get("/threads", headers=headers)):
            assert not [name for name in response.headers if name.startswith("access-control")]
            assert "Origin" in response.headers["vary"]
        assert client.options("/chat", headers=headers).headers["allow"] == "OPTIONS, POST"
        assert client.post("/threads/x", json={}, headers=headers).json()["error"] == "forbidden_origin"


def test_without_allowed_origins_nothing_varies(shared_server: "Server") -> None:
    assert "vary" not in shared_server.anonymous().get("/health", headers=HEADERS).headers
