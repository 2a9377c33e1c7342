"""Sign-in through the local provider, from outside: the link, the code flow, the cookie, and what each refuses."""

import re
import sqlite3
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest

from sayso.base.ids import hashed
from sayso.store.datadir import STORE_FILE

if TYPE_CHECKING:
    from tests.conftest import Server, StartServer


def follow(client: httpx2.Client, url: str, until: str) -> str:
    """Follow redirects until the next address has `until` in it, and return that address."""
    for _ in range(5):
        response = client.get(url)
        assert response.status_code == 302, response.text
        url = response.headers["location"]
        if until in url:
            return url
    raise AssertionError(f"never came to {until}")


def query_of(url: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


def test_link_ends_in_a_session_and_on_the_front_page(server: "Server") -> None:
    client = server.anonymous(follow_redirects=True)
    landed = client.get(server.link())
    assert (landed.status_code, landed.url.path) == (200, "/")
    session = client.get("/auth/session").json()
    assert session["user"] == {
        "id": server.owner.user_id,
        "email": "me@sayso.local",
        "name": "You",
        "timezone": None,
        "locale": None,
        "hold_seconds": None,
        "addresses": [],
    }
    assert session["provider"] == "local"
    assert {item["provider"] for item in session["connections"]} == {"local"}
    assert session["created_at"] == "2026-03-02T14:00:00Z"
    assert session["expires_at"] == "2026-04-01T14:00:00Z"


def test_session_answer_has_no_secret(server: "Server") -> None:
    client = server.client()
    answer = client.get("/auth/session").text + client.get("/auth/sessions").text
    assert client.cookies["session_id"] not in answer
    assert hashed(client.cookies["session_id"]) not in answer


def test_cookie_attributes(server: "Server") -> None:
    client = server.anonymous()
    response = client.get(follow(client, server.link(), "/callback"))
    cookie = next(line for line in response.headers.get_list("set-cookie") if line.startswith("session_id="))
    assert re.fullmatch(r"session_id=[\w-]{43}; Path=/; Max-Age=7776000; HttpOnly; SameSite=Lax", cookie)


HTTPS = {"public_url": "https://sayso.example"}


@pytest.mark.parametrize(
    ("settings", "ending"),
    [
        ({"public_url": "https://sayso.example"}, "HttpOnly; SameSite=Lax; Secure"),
        ({"allowed_origins": ["https://app.example"], **HTTPS}, "HttpOnly; SameSite=None; Secure"),
        ({"allowed_origins": ["http://sayso.example"], **HTTPS}, "HttpOnly; SameSite=None; Secure"),
        ({"allowed_origins": ["https://app.sayso.example", "https://x.example"], **HTTPS}, "SameSite=None; Secure"),
        ({"allowed_origins": ["https://sayso.example:3000"], **HTTPS}, "HttpOnly; SameSite=Lax; Secure"),
        ({"allowed_origins": ["https://app.sayso.example"], **HTTPS}, "HttpOnly; SameSite=Lax; Secure"),
        ({"allowed_origins": ["http://127.0.0.1:3000"]}, "HttpOnly; SameSite=Lax"),
        ({"allowed_origins": ["http://LOCALHOST:80/"], "public_url": "http://localhost:8000"}, "SameSite=Lax"),
    ],
)
def test_cookie_attributes_of_other_deployments(
    start_server: "StartServer", settings: dict[str, Any], ending: str
) -> None:
    server = start_server(**settings)
    response = server.stranger().post("/auth/refresh", json={})
    assert response.headers["set-cookie"].endswith(ending)


def test_cookie_is_secure_behind_a_tls_proxy(start_server: "StartServer") -> None:
    server = start_server(trusted_proxies="127.0.0.1")
    response = server.stranger().post("/auth/refresh", json={}, headers={"X-Forwarded-Proto": "https"})
    assert response.headers["set-cookie"].endswith("; Secure")


def test_only_the_hash_of_the_cookie_is_stored(server: "Server") -> None:
    cookie = server.client().cookies["session_id"]
    connection = sqlite3.connect(server.settings.data_dir / STORE_FILE)
    stored = "\n".join(connection.iterdump())
    connection.close()
    assert cookie not in stored
    assert hashed(cookie) in stored


def test_link_works_once(server: "Server") -> None:
    link = server.link()
    assert server.anonymous(follow_redirects=True).get(link).status_code == 200
    again = server.anonymous(follow_redirects=True).get(link)
    assert again.status_code == 401
    assert again.json()["error"] == "not_authenticated"
    assert "sayso login-link" in again.json()["message"]


def test_link_expires(server: "Server") -> None:
    link = server.link()
    server.clock.move(timedelta(minutes=10))
    assert server.anonymous(follow_redirects=True).get(link).status_code == 401


def test_link_lasts_nearly_ten_minutes(server: "Server") -> None:
    link = server.link()
    server.clock.move(timedelta(minutes=9, seconds=59))
    assert server.anonymous(follow_redirects=True).get(link).status_code == 200


@pytest.mark.parametrize("token", ["", "wrong", "ü" * 43, "a" * 2000])
def test_wrong_token(server: "Server", token: str) -> None:
    client = server.anonymous(follow_redirects=True)
    response = client.get("/auth/local/login", params={"token": token})
    assert response.status_code == 401
    assert "session_id" not in client.cookies


def test_the_authorization_request_has_state_and_pkce(server: "Server") -> None:
    url = follow(server.anonymous(), server.link(), "/authorize")
    query = query_of(url)
    assert query["response_type"] == "code"
    assert query["code_challenge_method"] == "S256"
    assert re.fullmatch(r"[\w-]{43}", query["code_challenge"])
    assert re.fullmatch(r"[\w-]{43}", query["state"])
    assert query["redirect_uri"] == f"{server.url}/auth/local/callback"


def test_code_works_once_and_state_too(server: "Server") -> None:
    client = server.anonymous()
    callback = follow(client, server.link(), "/callback")
    jar = dict(client.cookies)
    assert client.get(callback).status_code == 302
    again = server.anonymous(cookies=jar).get(callback)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_request")


def test_code_expires_after_a_minute(server: "Server") -> None:
    client = server.anonymous()
    callback = follow(client, server.link(), "/callback")
    server.clock.move(timedelta(seconds=60))
    assert client.get(callback).status_code == 401


def test_sign_in_under_way_expires(server: "Server") -> None:
    client = server.anonymous()
    authorize = follow(client, server.link(), "/authorize")
    server.clock.move(timedelta(minutes=10))
    token = query_of(server.link())["token"]
    query = query_of(authorize) | {"token": token}
    callback = client.get("/auth/local/authorize", params=query).headers["location"]
    assert client.get(callback).status_code == 400


def test_code_is_bound_to_its_challenge(server: "Server") -> None:
    """A code that was given for one sign-in cannot end another (the verifier does not fit)."""
    thief, victim = server.anonymous(), server.anonymous()
    stolen = query_of(follow(victim, server.link(), "/callback"))["code"]
    own_state = query_of(follow(thief, "/auth/local/login", "/authorize"))["state"]
    response = thief.get("/auth/local/callback", params={"code": stolen, "state": own_state})
    assert response.status_code == 401
    assert "session_id" not in thief.cookies


def test_callback_must_come_from_the_browser_that_began(server: "Server") -> None:
    """Else an attacker could sign a victim in as himself (RFC 6749, 10.12)."""
    attacker, victim = server.anonymous(), server.anonymous()
    callback = follow(attacker, server.link(), "/callback")
    response = victim.get(callback)
    assert (response.status_code, response.json()["error"]) == (400, "invalid_request")
    assert "session_id" not in victim.cookies


@pytest.mark.parametrize(
    "change",
    [
        {"redirect_uri": "https://evil.example/auth/local/callback"},
        {"redirect_uri": "http://127.0.0.1:1/auth/local/callback"},
        {"client_id": "other"},
        {"response_type": "token"},
        {"code_challenge_method": "plain"},
        {"code_challenge": ""},
    ],
)
def test_authorization_endpoint_refuses_other_requests(server: "Server", change: dict[str, str]) -> None:
    client = server.anonymous()
    query = query_of(follow(client, server.link(), "/authorize")) | change
    assert client.get("/auth/local/authorize", params=query).status_code == 400
    good = query_of(follow(client, server.link(), "/authorize"))
    assert client.get("/auth/local/authorize", params=good).status_code == 302


@pytest.mark.parametrize("path", ["/auth/local/login", "/auth/local/authorize", "/auth/local/callback"])
def test_local_sign_in_is_for_this_machine_only(server: "Server", path: str) -> None:
    response = server.anonymous().get(path, headers={"X-Forwarded-For": "203.0.113.9"})
    assert (response.status_code, response.json()["error"]) == (403, "forbidden_origin")


@pytest.mark.parametrize("declined", [{"error": "access_denied"}, {}])
def test_declined(server: "Server", declined: dict[str, str]) -> None:
    client = server.anonymous()
    state = query_of(follow(client, server.link(), "/authorize"))["state"]
    response = client.get("/auth/local/callback", params={"state": state} | declined)
    assert response.status_code == 401


def test_ends_where_the_user_wanted_to_be(server: "Server") -> None:
    client = server.anonymous()
    callback = follow(client, f"{server.link()}&redirect=/threads%3Flimit%3D3", "/callback")
    assert client.get(callback).headers["location"] == "/threads?limit=3"


@pytest.mark.parametrize(
    "target",
    ["https://evil.example", "//evil.example", "/\\evil.example", "\\/evil.example", "/\t/evil.example", "evil",
     "/%0a", "javascript:alert(1)", "", "/a\r\nSet-Cookie: x=y"],
)  # fmt: skip
def test_redirect_stays_on_this_server(server: "Server", target: str) -> None:
    client = server.anonymous()
    response = client.get("/auth/local/login", params={"redirect": target})
    if target == "/%0a":  # escaped twice: a harmless path
        assert response.status_code == 302
        return
    assert response.status_code == 422
    assert response.json()["details"]["fields"][0]["field"] == "redirect"


@pytest.mark.parametrize(
    ("target", "allowed"),
    [("https://app.example", True), ("https://app.example/chat?a=1#top", True), ("https://APP.EXAMPLE:443/x", True),
     ("https://app.example:444/", False), ("http://app.example/", False), ("https://app.example.evil.example/", False),
     ("https://app.example@evil.example/", False), ("https://evil.example\\@app.example/", False),
     ("https://app.example\n.evil.example", False), ("https:app.example", False), ("https:///app.example", False),
     ("https://evil.example/https://app.example", False), ("//app.example", False)],
)  # fmt: skip
def test_redirect_to_a_page_of_an_allowed_origin(start_server: "StartServer", target: str, allowed: bool) -> None:
    server = start_server(allowed_origins=["https://app.example"], public_url="https://sayso.example")
    response = server.anonymous().get("/auth/local/login", params={"redirect": target})
    assert response.status_code == (302 if allowed else 422)


def test_sign_in_ends_at_the_allowed_page(start_server: "StartServer") -> None:
    client = start_server(allowed_origins=["http://127.0.0.1:3000"])
    signing_in = client.anonymous()
    callback = follow(signing_in, f"{client.link()}&redirect=http://127.0.0.1:3000/chat%3Fa%3D1", "/callback")
    assert signing_in.get(callback).headers["location"] == "http://127.0.0.1:3000/chat?a=1"


def test_json_clients_get_the_address(server: "Server") -> None:
    client = server.anonymous()
    response = client.get(server.link(), headers={"Accept": "application/json"})
    assert response.status_code == 200
    url = response.json()["authorization_url"]
    assert url.startswith(f"{server.url}/auth/local/authorize?")
    assert client.get(url, follow_redirects=True).status_code == 200
    assert client.get("/auth/session").status_code == 200


def test_providers(server: "Server") -> None:
    listed = server.anonymous().get("/auth/providers").json()
    assert listed == {"providers": [{"id": "local", "name": "This computer", "login_url": "/auth/local/login"}]}


@pytest.mark.parametrize("path", ["/auth/elsewhere/login", "/auth/%00/login"])
def test_unknown_provider(server: "Server", path: str) -> None:
    response = server.anonymous().get(path)
    assert (response.status_code, response.json()["error"]) == (404, "not_found")


def test_user_is_the_same_at_each_sign_in(server: "Server") -> None:
    first, second = (server.client().get("/auth/session").json()["user"]["id"] for _ in range(2))
    assert first == second == server.owner.user_id


def test_a_new_sign_in_ends_the_session_it_replaces(server: "Server") -> None:
    client = server.client()
    old = client.cookies["session_id"]
    client.get(server.link(), follow_redirects=True)
    assert client.cookies["session_id"] != old
    assert client.get("/auth/session").status_code == 200
    assert server.anonymous(cookies={"session_id": old}).get("/auth/session").status_code == 401


def test_logout(server: "Server") -> None:
    client = server.client()
    cookie = client.cookies["session_id"]
    response = client.post("/auth/logout")
    assert response.status_code == 200
    assert "session_id" not in client.cookies
    assert server.anonymous(cookies={"session_id": cookie}).get("/auth/session").status_code == 401


def test_refresh_gives_a_new_id_and_ends_the_old_one(server: "Server") -> None:
    client = server.client()
    old = client.cookies["session_id"]
    server.clock.move(timedelta(days=29))
    assert client.post("/auth/refresh").json() == {"expires_at": "2026-04-30T14:00:00Z"}
    assert client.cookies["session_id"] != old
    assert server.anonymous(cookies={"session_id": old}).get("/auth/session").status_code == 401
    server.clock.move(timedelta(days=29))
    assert client.get("/auth/session").status_code == 200


def test_session_expires(server: "Server") -> None:
    client = server.client()
    server.clock.move(timedelta(days=30) - timedelta(seconds=1))
    assert client.get("/auth/session").status_code == 200
    server.clock.move(timedelta(days=30))
    assert client.get("/auth/session").status_code == 401


def test_other_sessions_are_listed_and_ended(server: "Server") -> None:
    here, there = server.client(), server.client()
    listed = here.get("/auth/sessions").json()["sessions"]
    assert sorted(item["current"] for item in listed) == [False, True]
    other = next(item["id"] for item in listed if not item["current"])
    assert here.delete(f"/auth/sessions/{other}").json() == {"revoked": True}
    assert there.get("/auth/session").status_code == 401
    assert here.get("/auth/session").status_code == 200


def test_sessions_of_others_cannot_be_ended(server: "Server") -> None:
    mine = server.client()
    own = mine.get("/auth/sessions").json()["sessions"][0]["id"]
    stranger = server.stranger()
    assert stranger.delete(f"/auth/sessions/{own}").status_code == 404
    assert mine.get("/auth/session").status_code == 200
    assert [item["current"] for item in stranger.get("/auth/sessions").json()["sessions"]] == [True]


BROKEN: list[tuple[str, Callable[[str], bytes]]] = [
    ("none", lambda _: b""),
    ("empty", lambda _: b"session_id="),
    ("unknown", lambda good: b"session_id=" + good[::-1].encode()),
    ("not ASCII", lambda _: "session_id=später".encode()),
    ("not UTF-8", lambda _: b"session_id=\xff\xfe"),
    ("20 kB", lambda _: b"session_id=" + b"x" * 20_000),
    ("too long", lambda good: b"session_id=" + good.encode() + b"A"),
    ("quoted", lambda good: b'session_id="' + good.encode() + b'"'),
    ("other name", lambda good: b"xsession_id=" + good.encode()),
    ("other case", lambda good: b"SESSION_ID=" + good.encode()),
    ("only separators", lambda _: b";;;=;"),
    ("duplicate, bad one first", lambda good: b"session_id=bad; session_id=" + good.encode()),
]


@pytest.mark.parametrize("make", [make for _, make in BROKEN], ids=[name for name, _ in BROKEN])
def test_broken_cookies(server: "Server", make: Callable[[str], bytes]) -> None:
    good = server.stranger().cookies["session_id"]
    with httpx2.Client(base_url=server.url, trust_env=False) as client:
        response = client.get("/auth/session", headers=[(b"Cookie", make(good))])
    assert response.status_code == 401
    assert response.json()["error"] == "not_authenticated"


@pytest.mark.parametrize("make", [b"a=b; session_id=%s", b"session_id=%s; session_id=bad", b";session_id=%s ;"])
def test_good_cookie_among_others(server: "Server", make: bytes) -> None:
    good = server.stranger().cookies["session_id"].encode()
    with httpx2.Client(base_url=server.url, trust_env=False) as client:
        assert client.get("/auth/session", headers=[(b"Cookie", make % good)]).status_code == 200


def test_owner_is_made_and_seeded_once(start_server: "StartServer", tmp_path: Path) -> None:
    first = start_server()
    user_id = first.owner.user_id
    first.stop()
    assert start_server().owner.user_id == user_id
    connection = sqlite3.connect(tmp_path / "data" / STORE_FILE)
    events = connection.execute("SELECT count(*), count(DISTINCT uid) FROM local_events").fetchone()
    connection.close()
    assert events[0] == events[1] > 0
