"""The rate limits: who shares a bucket, what is counted apart, and what every answer says of it."""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

import httpx2
import pytest
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

if TYPE_CHECKING:
    from tests.conftest import Server, StartServer


from sayso.http import limit
from sayso.http.limit import Counts, Rule
from sayso.http.session import COOKIE, Authenticator
from sayso.identity.types import Caller

HEADERS = {"ratelimit-limit", "ratelimit-remaining", "ratelimit-reset"}
CANCEL = {"thread_id": "nobody"}


@pytest.fixture
def limited(start_server: "StartServer") -> "Server":
    return start_server(rate_limit=3)


def talk(client: httpx2.Client, path: str = "/chat", **options: Any) -> httpx2.Response:
    """A message that is counted, and refused as none."""
    return client.post(path, json={}, **options)


def statuses(send: Callable[[], httpx2.Response], times: int) -> list[int]:
    return [send().status_code for _ in range(times)]


def test_the_request_over_the_limit_is_refused(limited: "Server") -> None:
    client = limited.stranger()
    answers = [talk(client) for _ in range(5)]
    assert [answer.status_code for answer in answers] == [422, 422, 422, 429, 429]
    assert [answer.headers["RateLimit-Remaining"] for answer in answers] == ["2", "1", "0", "0", "0"]
    assert {answer.headers["RateLimit-Limit"] for answer in answers} == {"3"}
    refused = answers[-1].json()
    assert refused["error"] == "rate_limit_exceeded"
    assert 1 <= refused["retry_after"] <= 60
    assert refused["details"] == {"retry_after": refused["retry_after"]}
    assert answers[-1].headers["Retry-After"] == str(refused["retry_after"])
    assert answers[-1].headers["RateLimit-Reset"] == answers[-1].headers["Retry-After"]


def test_sixty_a_minute_by_default(start_server: "StartServer") -> None:
    client = start_server(rate_limit=60).stranger()
    for path in ("/chat", "/chat/confirm", "/chat/cancel"):
        assert talk(client, path).headers["RateLimit-Limit"] == "60"


def test_all_ways_to_talk_share_a_bucket(limited: "Server") -> None:
    client = limited.stranger()
    assert [talk(client, path).status_code for path in ("/chat/message", "/chat/stream", "/chat")] == [422] * 3
    assert talk(client).status_code == 429


def test_no_decision_is_refused_for_talk_and_no_cancel_for_a_confirm(limited: "Server") -> None:
    client = limited.stranger()
    client.post("/chat", json={"user_message": "add a task to water the plants", "thread_id": "t"})
    assert statuses(lambda: talk(client), 3) == [422, 422, 429]
    assert client.post("/chat/confirm", json={"thread_id": "t"}).json()["status"] == "completed"
    assert statuses(lambda: talk(client, "/chat/confirm"), 3) == [422, 422, 429]
    assert statuses(lambda: client.post("/chat/cancel", json=CANCEL), 20) == [404] * 20
    assert statuses(lambda: client.post("/chat/stop", json=CANCEL), 40) == [404] * 40
    assert client.post("/chat/cancel", json=CANCEL).status_code == 429
    assert client.post("/chat/stop", json=CANCEL).status_code == 429
    assert client.get("/plans").status_code == 200


def test_every_answer_carries_the_headers(limited: "Server") -> None:
    client, nobody = limited.stranger(), limited.anonymous()
    answers = [
        client.post("/chat/cancel", content=b"{", headers={"Content-Type": "application/json"}),
        client.post("/chat/cancel", content=b"x", headers={"Content-Type": "text/plain"}),
        client.get("/chat/cancel"),
        nobody.post("/chat/cancel", json=CANCEL),
        nobody.post("/chat/cancel", json=CANCEL, headers={"Origin": "https://evil.example"}),
        client.post("/chat/cancel", content=b"x" * 300_000, headers={"Content-Type": "application/json"}),
        client.get("/threads"),
        client.get("/nowhere"),
        nobody.get("/auth/session"),
        nobody.get("/auth/local/login"),
        nobody.get("/health"),
        nobody.get("/static/css/base.css"),
        nobody.get("/openapi.json"),
        nobody.get("/"),
    ]
    assert [answer.status_code for answer in answers] == [
        400, 415, 405, 401, 403, 413, 200, 404, 401, 302, 200, 200, 200, 200,
    ]  # fmt: skip
    for answer in answers:
        assert set(answer.headers) >= HEADERS, answer.url


def test_what_is_read_has_a_bucket_of_its_own(limited: "Server", monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limit, "OTHERS", 12)
    client = limited.stranger()
    left = [
        client.get(path).headers["RateLimit-Remaining"]
        for path in ("/threads", "/plans", "/threads/nobody?limit=9", "/threads/nobody", "/auth/session")
    ]
    assert left == ["11", "10", "9", "4", "3"]
    assert client.get("/threads/nobody").status_code == 429
    assert statuses(lambda: client.get("/threads"), 4) == [200, 200, 200, 429]
    assert talk(client).status_code == 422
    assert client.get("/health").status_code == 200


def test_an_export_costs_more(limited: "Server") -> None:
    client = limited.stranger()
    assert statuses(lambda: client.get("/me/export"), 11) == [200] * 10 + [429]


def test_each_session_has_its_own_bucket(limited: "Server") -> None:
    one, other = limited.stranger("one"), limited.stranger("other")
    assert statuses(lambda: talk(one), 4)[-1] == 429
    assert talk(other).status_code == 422


def test_invalid_cookies_share_the_bucket_of_their_address(limited: "Server") -> None:
    for letter in "abc":
        assert talk(limited.anonymous(cookies={COOKIE: letter * 43})).status_code == 401
    assert talk(limited.anonymous(cookies={COOKIE: "d" * 43})).status_code == 429
    assert talk(limited.anonymous()).status_code == 429
    assert talk(limited.stranger()).status_code == 422


@pytest.mark.parametrize(
    ("first", "second", "shared"),
    [
        ("203.0.113.9", "203.0.113.10", False),
        ("2001:db8::1", "2001:db8::ffff:1", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("one", "two", True),
    ],
)
def test_addresses_are_counted_apart(limited: "Server", first: str, second: str, shared: bool) -> None:
    nobody = limited.anonymous()
    assert statuses(lambda: talk(nobody, headers={"X-Forwarded-For": first}), 4) == [401, 401, 401, 429]
    assert talk(nobody, headers={"X-Forwarded-For": second}).status_code == (429 if shared else 401)


def test_an_address_that_no_trusted_proxy_tells_is_not_believed(start_server: "StartServer") -> None:
    nobody = start_server(rate_limit=3, trusted_proxies="192.0.2.1, 10.0.0.0/8").anonymous()
    for number in range(3):
        assert talk(nobody, headers={"X-Forwarded-For": f"203.0.113.{number}"}).status_code == 401
    assert talk(nobody, headers={"X-Forwarded-For": "203.0.113.4"}).status_code == 429


def test_sign_in_is_limited_by_address(limited: "Server", monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limit, "OTHERS", 3)
    nobody = limited.anonymous()
    assert statuses(lambda: nobody.get("/auth/local/callback?code=x&state=y"), 4) == [400, 400, 400, 429]
    assert limited.stranger().get("/threads").status_code == 200


def test_no_limit(server: "Server") -> None:
    client = server.stranger()
    answers = [client.post("/chat/cancel", json=CANCEL) for _ in range(70)]
    assert {answer.status_code for answer in answers} == {404}
    assert "ratelimit-limit" not in answers[0].headers


class Names:
    """In the place of sign-in: the cookie is the name."""

    async def caller(self, scope: Scope) -> Caller | None:
        name = str(dict(scope["headers"]).get(b"cookie", b""), "ascii")
        return Caller(name, f"session of {name}", "", "", "", None, None) if name else None


def test_one_export_at_a_time() -> None:
    """The second comes while the first is sent, and is told to wait; another's is not."""
    begun, ended = asyncio.Event(), asyncio.Event()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if dict(scope["headers"])[b"cookie"] == b"one" and not begun.is_set():
            begun.set()
            await ended.wait()
        await PlainTextResponse("all")(scope, receive, send)

    async def exports() -> list[httpx2.Response]:
        layered = limit.RateLimit(app, cast(Authenticator, Names()), per_minute=0)
        async with httpx2.AsyncClient(transport=httpx2.ASGITransport(layered), base_url="http://x") as client:
            first = asyncio.ensure_future(client.get("/me/export", headers={"Cookie": "one"}))
            await begun.wait()
            meanwhile = [await client.get("/me/export", headers={"Cookie": name}) for name in ("one", "two")]
            ended.set()
            return [*meanwhile, await first, await client.get("/me/export", headers={"Cookie": "one"})]

    answers = asyncio.run(exports())
    assert [answer.status_code for answer in answers] == [429, 200, 200, 200]
    refused = answers[0].json()
    assert refused["error"] == "rate_limit_exceeded"
    assert answers[0].headers["Retry-After"] == str(refused["retry_after"])


# The counting itself


class Hand:
    """A clock that is moved by hand."""

    seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


def test_a_new_minute_begins_anew() -> None:
    now = Hand()
    counts, rule = Counts(now), Rule("chat", 2)
    key = ("chat", "session", "x")
    assert [counts.take(key, rule).admitted for _ in range(3)] == [True, True, False]
    now.seconds += 59.5
    assert counts.take(key, rule) == (False, 0, 1)
    now.seconds += 0.5
    assert counts.take(key, rule) == (True, 1, 60)


def test_what_costs_too_much_takes_nothing() -> None:
    counts, key = Counts(Hand()), ("others", "session", "x")
    assert counts.take(key, Rule("others", 10, 8)) == (True, 2, 60)
    assert counts.take(key, Rule("others", 10, 8)) == (False, 2, 60)
    assert counts.take(key, Rule("others", 10, 2)) == (True, 0, 60)


def test_addresses_without_number_are_not_kept_without_number() -> None:
    now = Hand()
    counts = Counts(now, most=100)
    for number in range(1000):
        counts.take(("others", "address", str(number)), Rule("others", 1))
        assert len(counts) <= 100
    assert not counts.take(("others", "address", "999"), Rule("others", 1)).admitted
    now.seconds += 60
    counts.take(("others", "address", "x"), Rule("others", 1))
    assert len(counts) == 1
