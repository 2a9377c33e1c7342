"""Sessions from outside: how long they last, what renews and what ends them, and what who has none is told."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import httpx2
import pytest
from sqlalchemy import event, select
from tests.streams.kit import Gated, Reader
from tests.streams.test_streams import chat

from sayso.base.ids import hashed
from sayso.http import stream
from sayso.http.session import COOKIE
from sayso.store.gateway import ReadConn
from sayso.store.tables import sessions

if TYPE_CHECKING:
    from tests.conftest import Server, StartServer

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def session(client: httpx2.Client) -> dict[str, Any]:
    body: dict[str, Any] = client.get("/auth/session").raise_for_status().json()
    return body


def own(client: httpx2.Client) -> dict[str, Any]:
    """The client's session as the list of them has it."""
    listed = client.get("/auth/sessions").raise_for_status().json()["sessions"]
    [found] = [item for item in listed if item["current"]]
    return dict(found)


def reason(response: httpx2.Response) -> tuple[int, str]:
    return response.status_code, response.json()["details"]["reason"]


@pytest.fixture
def written(server: "Server") -> list[str]:
    """The statements that change a session, as they come."""
    seen: list[str] = []

    def note(conn: Any, cursor: Any, statement: str, *_: Any) -> None:
        if re.match(r"(UPDATE|INSERT INTO|DELETE FROM) sessions", statement):
            seen.append(statement)

    event.listen(server.store.engine, "before_cursor_execute", note)
    return seen


def test_of_several_renewals_at_once_one_counts(server: "Server") -> None:
    """Whoever is told so has a session that lives."""
    client = server.client()
    cookie = {COOKIE: client.cookies[COOKIE]}
    tabs = [server.anonymous(cookies=cookie) for _ in range(6)]
    with ThreadPoolExecutor(6) as together:
        renewed = list(together.map(lambda tab: tab.post("/auth/refresh", json={}), tabs))
    given = [response.cookies[COOKIE] for response in renewed if response.status_code == 200]
    assert {response.status_code for response in renewed} <= {200, 401}
    alive = [server.anonymous(cookies={COOKIE: each}).get("/auth/session").status_code for each in given]
    assert alive == [200]


# --- how long it lasts -----------------------------------------------------------------------------------------------


def test_it_lasts_as_long_as_it_is_used(server: "Server") -> None:
    client = server.client()
    for _ in range(3):
        server.clock.move(29 * DAY)
        assert client.get("/threads").status_code == 200
    assert session(client)["expires_at"] == session(client)["ends_at"]  # there is no more


def test_it_ends_when_it_was_not_used(server: "Server") -> None:
    client = server.client()
    server.clock.move(30 * DAY)
    assert reason(client.get("/threads")) == (401, "session_expired")


def test_it_ends_in_the_end_however_much_it_is_used(server: "Server") -> None:
    client = server.client()
    for _ in range(89):
        server.clock.move(DAY)
        assert client.get("/threads").status_code == 200
    server.clock.move(DAY - timedelta(microseconds=1))
    assert client.post("/auth/refresh", json={}).json()["expires_at"] == session(client)["ends_at"]
    server.clock.move(timedelta(microseconds=1))
    assert reason(client.get("/threads")) == (401, "session_expired")


def test_the_settings_say_how_long(start_server: "StartServer") -> None:
    server = start_server(session_days=2, session_max_days=3)
    client = server.client()
    assert session(client)["expires_at"] == "2026-03-04T14:00:00Z"
    server.clock.move(DAY)
    client.get("/threads")
    assert (session(client)["expires_at"], session(client)["ends_at"]) == ("2026-03-05T14:00:00Z",) * 2
    server = start_server(session_days=9, session_max_days=3)
    assert session(server.client())["expires_at"] == "2026-03-05T14:00:00Z"


def test_the_cookie_is_kept_to_the_end(server: "Server") -> None:
    """As long as the session may live: the browser does not drop what use would have carried on."""
    client = server.client()
    server.clock.move(10 * DAY)
    given = client.post("/auth/refresh", json={}).headers["set-cookie"]
    assert f"Max-Age={80 * 86_400};" in given


def test_use_is_noted_once_an_hour_and_not_at_each_request(server: "Server", written: list[str]) -> None:
    client = server.client()
    written.clear()
    server.clock.move(HOUR - timedelta(microseconds=1))
    for _ in range(5):
        client.get("/threads")
    assert written == []
    assert own(client)["seen_at"] == "2026-03-02T14:00:00Z"
    server.clock.move(timedelta(microseconds=1))
    for _ in range(5):
        client.get("/threads")
    assert len(written) == 1
    assert own(client)["seen_at"] == "2026-03-02T15:00:00Z"
    assert session(client)["expires_at"] == "2026-04-01T15:00:00Z"


@pytest.mark.parametrize(
    "refused",
    [
        lambda client: client.post("/chat", json={"user_message": "hi"}, headers={"Origin": "https://evil.example"}),
        lambda client: client.post("/chat", json={}),
        lambda client: client.get("/threads/nowhere"),
        lambda client: client.post("/chat", content=b"x" * 300_000),
    ],
    ids=["origin", "fields", "not found", "too large"],
)
def test_a_refused_request_carries_nothing_on(
    server: "Server", written: list[str], refused: Callable[[httpx2.Client], httpx2.Response]
) -> None:
    client = server.client()
    written.clear()
    server.clock.move(2 * HOUR)
    assert refused(client).status_code in (403, 404, 413, 422)
    assert written == []


def test_too_many_requests_carry_nothing_on(start_server: "StartServer") -> None:
    server = start_server(rate_limit=1)
    client = server.client()
    client.post("/chat", json={"user_message": "what's on today?"})
    server.clock.move(2 * HOUR)
    assert client.post("/chat", json={"user_message": "what's on today?"}).status_code == 429
    assert server.store.read_now(_seen, client) == server.clock.now() - 2 * HOUR


def _seen(conn: ReadConn, client: httpx2.Client) -> Any:
    return conn.execute(select(sessions.c.seen_at).where(sessions.c.id_hash == hashed(client.cookies[COOKIE]))).scalar()


def test_a_session_that_has_ended_is_not_carried_on_by_a_request_under_way(
    server: "Server", monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the look at the session and the note of its use."""
    from sayso.conversation.archive import Archive

    client = server.client()
    threads = Archive.threads

    async def late(self: Archive, *args: Any) -> Any:
        server.clock.move(30 * DAY)
        return await threads(self, *args)

    monkeypatch.setattr(Archive, "threads", late)
    assert client.get("/threads").status_code == 200
    monkeypatch.undo()
    assert reason(client.get("/threads")) == (401, "session_expired")


# --- why there is none -----------------------------------------------------------------------------------------------


def test_why_a_request_is_not_signed_in(server: "Server") -> None:
    assert reason(server.anonymous().get("/threads")) == (401, "no_session")
    assert reason(server.anonymous(cookies={COOKIE: "x" * 43}).get("/threads")) == (401, "session_unknown")
    for malformed in ("x", "", "x" * 44, "ü" * 43, "a b"):
        got = server.anonymous().get("/threads", headers=[(b"Cookie", f"{COOKIE}={malformed}".encode())])
        assert reason(got) == (401, "session_unknown")
    client = server.client()
    cookie = {COOKIE: client.cookies[COOKIE]}
    client.post("/auth/logout")
    assert reason(server.anonymous(cookies=cookie).get("/threads")) == (401, "session_unknown")


def test_an_expired_session_is_remembered_for_a_month(server: "Server") -> None:
    client, late = server.client(), server.client()
    server.clock.move(59 * DAY)
    server.client()
    assert reason(client.get("/threads")) == (401, "session_expired")
    server.clock.move(DAY)
    server.client()
    assert reason(late.get("/threads")) == (401, "session_unknown")


def test_a_401_names_the_scheme(server: "Server") -> None:
    """RFC 9110, 15.5.2."""
    assert server.anonymous().get("/threads").headers["www-authenticate"] == 'Bearer realm="sayso"'


# --- looking at them, naming, ending ---------------------------------------------------------------------------------


def test_a_device_has_a_name(server: "Server") -> None:
    client = server.client()
    path = f"/auth/sessions/{own(client)['id']}"
    assert own(client)["name"] == ""
    assert client.patch(path, json={"name": "Kitchen"}).json() == {"status": "renamed"}
    assert own(client)["name"] == "Kitchen"
    assert server.stranger().patch(path, json={"name": "Mine"}).status_code == 404
    assert client.patch(path, json={"name": " "}).status_code == 422
    assert own(client)["name"] == "Kitchen"


def test_expired_ones_are_not_listed(server: "Server") -> None:
    server.client()
    server.clock.move(30 * DAY)
    assert len(server.client().get("/auth/sessions").json()["sessions"]) == 1


def test_sign_out_everywhere(server: "Server") -> None:
    first, second, stranger = server.client(), server.client(), server.stranger()
    cookies = [{COOKIE: client.cookies[COOKIE]} for client in (first, second)]
    ended = first.delete("/auth/sessions")
    assert (ended.status_code, ended.json()) == (200, {"status": "signed_out", "ended": 2})
    assert f"{COOKIE}=;" in ended.headers["set-cookie"]
    for cookie in cookies:
        assert reason(server.anonymous(cookies=cookie).get("/threads")) == (401, "session_unknown")
    assert stranger.get("/threads").status_code == 200


def test_sign_out_everywhere_else(server: "Server") -> None:
    first, second = server.client(), server.client()
    ended = first.delete("/auth/sessions", params={"keep": "current"})
    assert ended.json() == {"status": "signed_out", "ended": 1}
    assert "set-cookie" not in ended.headers
    assert first.get("/threads").status_code == 200
    assert second.get("/threads").status_code == 401
    assert first.delete("/auth/sessions", params={"keep": "others"}).status_code == 422


def test_what_is_ended_at_one_worker_is_ended_at_the_others(start_server: "StartServer", postgres: str) -> None:
    """At once: nothing of a session is kept outside the store."""
    here, there = start_server(database_url=postgres), start_server(database_url=postgres)
    client, elsewhere = here.client(), here.client()
    at_there = there.anonymous(cookies={COOKIE: elsewhere.cookies[COOKIE]})
    token = client.post("/auth/tokens", json={"name": "x", "scopes": ["read"]}).json()
    program = there.anonymous(headers={"Authorization": f"Bearer {token['token']}"})
    assert at_there.get("/threads").status_code == program.get("/threads").status_code == 200
    assert client.delete("/auth/sessions", params={"keep": "current"}).json()["ended"] == 1
    assert reason(at_there.get("/threads")) == (401, "session_unknown")
    assert client.delete(f"/auth/tokens/{token['id']}").status_code == 200
    assert reason(program.get("/threads")) == (401, "token_unknown")


# --- open streams ----------------------------------------------------------------------------------------------------


@pytest.fixture
def gated() -> Gated:
    return Gated()


@pytest.mark.parametrize("shared", [False, True], ids=["embedded", "another worker"])
def test_the_stream_of_a_session_that_is_ended_ends(
    request: pytest.FixtureRequest,
    start_server: "StartServer",
    monkeypatch: pytest.MonkeyPatch,
    gated: Gated,
    shared: bool,
) -> None:
    monkeypatch.setattr(stream, "LOOK_SECONDS", 0.05)
    address = request.getfixturevalue("postgres") if shared else None
    server = start_server(source=gated, database_url=address)
    client, other = server.client(), server.client()
    reading = chat(client, "hello")
    with reading as reader:
        events = iter(reader)
        assert next(events).type == "connected"
        assert gated.asked.wait(60)
        at = start_server(database_url=address) if shared else server
        ending = at.anonymous(cookies={COOKIE: other.cookies[COOKIE]})
        assert ending.delete("/auth/sessions", params={"keep": "current"}).json()["ended"] == 1
        assert {each.type for each in events} <= {"node_start", "token"}  # and then it is over
    gated.open()
    with Reader(other, "GET", "/chat/stream?thread_id=t", headers={"Last-Event-ID": "0"}) as again:
        assert [each.type for each in again][-1] == "complete"  # the turn itself went on


def test_the_stream_of_a_token_that_is_revoked_ends(
    start_server: "StartServer", monkeypatch: pytest.MonkeyPatch, gated: Gated
) -> None:
    monkeypatch.setattr(stream, "LOOK_SECONDS", 0.05)
    server = start_server(source=gated)
    client = server.client()
    token = client.post("/auth/tokens", json={"name": "x", "scopes": ["chat"]}).json()
    headers = {"Authorization": f"Bearer {token['token']}"}
    body = {"user_message": "hello", "thread_id": "t"}
    with Reader(client, "POST", "/chat/stream", body, headers) as reader:
        events = iter(reader)
        assert next(events).type == "connected"
        assert client.delete(f"/auth/tokens/{token['id']}").status_code == 200
        assert {each.type for each in events} <= {"node_start", "token"}
    gated.open()
