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
from sayso.http.counting import Counts, Key, Rule
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
    for answer in answers:  # but where a foreign page asked, which counts as nobody's
        assert (set(answer.headers) >= HEADERS) == (answer.status_code != 403), answer.url


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


def test_each_user_has_his_own_bucket_however_many_sessions(limited: "Server") -> None:
    one, other = limited.stranger("one"), limited.stranger("other")
    assert statuses(lambda: talk(limited.stranger("one")), 3) == [422] * 3
    assert talk(one).status_code == 429
    assert talk(other).status_code == 422


def test_what_one_session_cancels_and_ends_leaves_the_others_theirs(limited: "Server") -> None:
    one, other = limited.stranger("one"), limited.stranger("one")
    assert statuses(lambda: one.post("/chat/cancel", json=CANCEL), 61)[-1] == 429
    assert statuses(lambda: one.delete("/auth/sessions/sess_x"), 61)[-2:] == [404, 429]
    assert one.post("/auth/logout").status_code == 429
    assert other.post("/chat/cancel", json=CANCEL).status_code == 404
    assert other.post("/auth/logout").status_code == 200


def looks_of(server: "Server", monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the store is asked for whose session a request is, from now on."""
    asked: list[str] = []
    peek = server.store.peek

    async def counted(fn: Any, secret: str, *args: Any) -> Any:
        asked.append(secret)
        return await peek(fn, secret, *args)

    monkeypatch.setattr(server.store, "peek", counted)
    return asked


def test_a_rotating_cookie_buys_no_more_requests_and_few_looks(
    limited: "Server", monkeypatch: pytest.MonkeyPatch
) -> None:
    client, late = limited.stranger(), limited.stranger()
    assert client.get("/plans").status_code == 200
    monkeypatch.setattr(limit, "_LOOK", limit._LOOK._replace(per_minute=6))
    asked = looks_of(limited, monkeypatch)
    answers = [talk(limited.anonymous(cookies={COOKIE: letter * 43})).status_code for letter in "abcdefgh"]
    assert answers == [401, 401, 401, 429, 429, 429, 429, 429]
    assert asked == [letter * 43 for letter in "abcde"]
    assert talk(limited.anonymous()).status_code == 429
    assert talk(client).status_code == 422  # whose session was good before
    assert talk(late).status_code == 429
    assert talk(limited.anonymous(cookies={COOKIE: "x" * 9})).status_code == 429  # which can be no session


def test_who_comes_where_others_flood_is_served(limited: "Server") -> None:
    """At one address with those who are out of requests, as behind one router."""
    assert statuses(lambda: talk(limited.anonymous(cookies={COOKIE: "x" * 43})), 9)[-1] == 429
    assert talk(limited.stranger()).status_code == 422


def test_a_rotating_token_buys_no_more_requests(limited: "Server", monkeypatch: pytest.MonkeyPatch) -> None:
    """And takes nothing from who signs in at the same address."""
    monkeypatch.setattr(limit, "_GUESS", limit._GUESS._replace(per_minute=4))
    sent = [f"Bearer sayso_{number}" for number in range(6)]
    answers = [limited.anonymous().get("/threads", headers={"Authorization": token}) for token in sent]
    assert [answer.status_code for answer in answers] == [401] * 4 + [429] * 2
    assert {answer.headers["RateLimit-Limit"] for answer in answers} == {"4"}
    assert limited.anonymous().get("/threads").status_code == 401
    assert limited.anonymous().get("/auth/local/login").status_code == 302


@pytest.mark.parametrize(
    ("first", "second", "shared"),
    [
        ("203.0.113.9", "203.0.113.10", False),
        ("2001:db8::1", "2001:db8::ffff:1", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("one", "two", True),
    ],
)
def test_addresses_are_counted_apart(start_server: "StartServer", first: str, second: str, shared: bool) -> None:
    nobody = start_server(rate_limit=3, trusted_proxies="127.0.0.1").anonymous()
    assert statuses(lambda: talk(nobody, headers={"X-Forwarded-For": first}), 4) == [401, 401, 401, 429]
    assert talk(nobody, headers={"X-Forwarded-For": second}).status_code == (429 if shared else 401)


def test_an_address_that_no_trusted_proxy_tells_is_not_believed(start_server: "StartServer") -> None:
    nobody = start_server(rate_limit=3, trusted_proxies="192.0.2.1, 10.0.0.0/8").anonymous()
    for number in range(3):
        assert talk(nobody, headers={"X-Forwarded-For": f"203.0.113.{number}"}).status_code == 401
    assert talk(nobody, headers={"X-Forwarded-For": "203.0.113.4"}).status_code == 429


def test_attempts_to_sign_in_are_counted_by_address(limited: "Server", monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever sends them: a session of one's own buys no more. Nothing else is refused for them."""
    monkeypatch.setattr(limit, "SIGN_INS", 4)
    client, nobody = limited.stranger(), limited.anonymous()
    paths = ("login", "authorize", "callback?code=x&state=y", "callback?code=x&state=z")
    assert [nobody.get(f"/auth/local/{path}").status_code for path in paths] == [302, 400, 400, 400]
    for each in (client, nobody):
        for path in ("/auth/local/login", "/auth/other/callback", "/auth/devices/claim"):
            refused = each.request("POST" if path.endswith("claim") else "GET", path)
            assert (refused.status_code, refused.headers["RateLimit-Limit"]) == (429, "4")
            assert refused.json()["retry_after"] == refused.json()["details"]["retry_after"]
    page = nobody.get("/auth/local/login", headers={"Accept": "text/html,*/*"})
    assert (page.status_code, page.headers["Location"]) == (303, "/#/signin/rate_limit_exceeded")
    assert client.get("/threads").status_code == 200
    assert nobody.get("/auth/providers").status_code == 200
    assert nobody.post("/auth/devices/enter").status_code == 404


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
    key = Key("chat", "user", "x")
    assert [counts.take(key, rule).admitted for _ in range(3)] == [True, True, False]
    now.seconds += 59.5
    refused = counts.take(key, rule)
    assert (refused, refused.reset) == ((False, 0, 0.5), 1)
    now.seconds += 0.5
    assert counts.take(key, rule) == (True, 1, 60)


def test_what_costs_too_much_takes_nothing() -> None:
    counts, key = Counts(Hand()), Key("others", "user", "x")
    assert counts.take(key, Rule("others", 10, 8)) == (True, 2, 60)
    assert counts.take(key, Rule("others", 10, 8)) == (False, 2, 60)
    assert counts.take(key, Rule("others", 10, 2)) == (True, 0, 60)


def test_addresses_without_number_are_not_kept_without_number() -> None:
    now = Hand()
    counts = Counts(now, most=100)
    for number in range(1000):
        counts.take(Key("others", "address", str(number)), Rule("others", 1))
        assert len(counts) <= 100
    assert not counts.take(Key("others", "address", "999"), Rule("others", 1)).admitted
    now.seconds += 60
    counts.take(Key("others", "address", "x"), Rule("others", 1))
    assert len(counts) == 1


def test_what_foreign_pages_send_counts_against_nobody(start_server: "StartServer") -> None:
    server = start_server(rate_limit=5)
    client = server.stranger()
    elsewhere = {"Origin": "https://evil.example"}
    for _ in range(limit.CANCELS + 5):
        assert client.post("/chat/cancel", json={"thread_id": "x"}, headers=elsewhere).status_code == 403
    for _ in range(10):
        assert client.get("/chat/confirm").status_code == 405
    assert client.post("/chat/cancel", json={"thread_id": "x"}).status_code == 404
    assert client.post("/chat/confirm", json={"thread_id": "x"}).status_code == 404


def test_pictures_of_foreign_pages_use_up_no_attempts_to_sign_in(start_server: "StartServer") -> None:
    server = start_server(rate_limit=5)
    picture = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"}
    client = server.anonymous()
    script = picture | {"Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty", "Origin": "https://evil.example"}
    for headers in [picture, script] * limit.SIGN_INS:
        assert client.get("/auth/local/login", headers=headers).status_code == 403
    assert server.client().get("/auth/session").status_code == 200


def test_another_line_before_a_token_hides_it_from_no_count(start_server: "StartServer") -> None:
    client = start_server(rate_limit=60).anonymous()
    for number in range(limit.GUESSES + 1):
        lines = [("Authorization", "Basic x"), ("Authorization", f"Bearer sayso_{number:043}")]
        last = client.get("/threads", headers=lines).status_code
    assert last == 429


def test_a_token_that_is_badly_written_does_not_fall_back_to_the_cookie(start_server: "StartServer") -> None:
    client = start_server(rate_limit=60).stranger()
    for value in ("Bearer\tsayso_x", "bearer", "BEARER sayso_x"):
        assert client.get("/threads", headers={"Authorization": value}).status_code == 401
