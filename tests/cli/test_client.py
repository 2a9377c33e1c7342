"""The HTTP client of the terminal, and how it signs in."""

import os
import stat
from pathlib import Path

import httpx2
import pytest

from sayso.cli import signin
from sayso.cli.client import Answer, Api, SignInFailed, Unreachable, is_loopback, origin
from sayso.cli.signin import CookieFile, SignIn

URL = "http://localhost:8000"


def session_server(request: httpx2.Request) -> httpx2.Response:
    """Knows one link and one cookie."""
    if request.url.path == "/auth/local/login":
        if request.url.params.get("token") != "good":
            return httpx2.Response(401, json={"error": "not_authenticated", "message": "This link was used before."})
        return httpx2.Response(302, headers={"Location": "/", "Set-Cookie": "session_id=s3cret; HttpOnly; Path=/"})
    if request.url.path == "/":
        return httpx2.Response(200, text="<html>")
    if request.headers.get("cookie") != "session_id=s3cret":
        return httpx2.Response(401, json={"error": "not_authenticated", "message": "Sign in first."})
    return httpx2.Response(200, json={"user": {"name": "Ana"}})


def api_of(handler: object = session_server, cookie: str | None = None, url: str = URL) -> Api:
    return Api(url, cookie, httpx2.MockTransport(handler))  # type: ignore[arg-type]


def refuse(request: httpx2.Request) -> httpx2.Response:
    raise httpx2.ConnectError("refused")


@pytest.mark.parametrize("url", [URL, "http://127.0.0.1:8000", "http://[::1]:8000"])
def test_a_kept_cookie_is_sent(url: str) -> None:
    assert api_of(cookie="s3cret", url=url).call("GET", "/auth/session").ok


def test_a_link_ends_in_the_cookie() -> None:
    api = api_of()
    api.sign_in(f"{URL}/auth/local/login?token=good")
    assert api.cookie == "s3cret"


def test_a_used_link_says_so() -> None:
    with pytest.raises(SignInFailed, match="used before"):
        api_of().sign_in(f"{URL}/auth/local/login?token=old")


def test_a_link_of_another_server_is_not_followed() -> None:
    with pytest.raises(SignInFailed, match="belongs to http://evil"):
        api_of().sign_in("http://evil.example/auth/local/login?token=good")


def test_no_server_is_one_sentence() -> None:
    with pytest.raises(Unreachable, match="No Sayso server answers at http://localhost:8000"):
        api_of(refuse).call("GET", "/health")


def test_an_answer_that_is_not_json_is_an_error_in_words() -> None:
    answer = api_of(lambda _: httpx2.Response(502, text="<h1>\x1b[2J")).call("GET", "/health")
    assert answer.code == "not_sayso"
    assert "\x1b" not in answer.message


def test_a_lone_surrogate_can_be_sent() -> None:
    seen: list[bytes] = []

    def keep(request: httpx2.Request) -> httpx2.Response:
        seen.append(request.content)
        return httpx2.Response(200, json={})

    api_of(keep).call("POST", "/chat", {"user_message": "a\ud800"})
    assert seen == [b'{"user_message": "a\\ud800"}']


@pytest.mark.parametrize(
    ("headers", "body", "seconds"),
    [
        ({"retry-after": "7"}, {}, 7.0),
        ({}, {"details": {"retry_after": 3}}, 3.0),
        ({"retry-after": "soon"}, {}, None),
        ({}, {"details": []}, None),
    ],
)
def test_retry_after(headers: dict[str, str], body: dict[str, object], seconds: float | None) -> None:
    assert Answer(429, body, headers, 0.0).retry_after == seconds


def test_the_precise_code_comes_from_the_reason() -> None:
    body = {"error": "cancellation_error", "details": {"reason": "nothing_pending"}}
    assert Answer(409, body, {}, 0.0).code == "nothing_pending"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("http://127.0.0.1:8000/", "http://127.0.0.1:8000"),
        ("localhost:8000", "http://localhost:8000"),
        ("https://user:pw@Sayso.Example/x?y", "https://sayso.example"),
    ],
)
def test_origin(typed: str, meant: str) -> None:
    assert origin(typed) == meant


@pytest.mark.parametrize("typed", ["ftp://x", "http://", ""])
def test_what_is_no_address(typed: str) -> None:
    with pytest.raises(SignInFailed):
        origin(typed)


def test_loopback() -> None:
    assert all(is_loopback(url) for url in (URL, "http://127.9.9.9", "http://[::1]:1"))
    assert not any(is_loopback(url) for url in ("http://10.0.0.1", "http://localhost.example"))


def test_cookies_are_kept_for_their_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "sessions.json"
    before = os.umask(0)
    try:
        CookieFile(path).write(URL, "s3cret")
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert CookieFile(path).read(URL) == "s3cret"
    CookieFile(path).forget(URL)
    assert CookieFile(path).read(URL) is None


@pytest.mark.parametrize("content", ["", "[]", '{"http://localhost:8000": 5}', "\xff"])
def test_a_broken_cookie_file_is_no_cookie(tmp_path: Path, content: str) -> None:
    path = tmp_path / "sessions.json"
    path.write_bytes(content.encode("latin-1"))
    assert CookieFile(path).read(URL) is None


def sign_in(tmp_path: Path, said: list[str], typed: str | None) -> SignIn:
    return SignIn(CookieFile(tmp_path / "sessions.json"), said.append, lambda _: typed)


def test_a_link_is_followed_and_its_session_kept(tmp_path: Path) -> None:
    session = sign_in(tmp_path, [], None).begin(api_of(), f"{URL}/auth/local/login?token=good")
    assert session["user"]["name"] == "Ana"
    assert CookieFile(tmp_path / "sessions.json").read(URL) == "s3cret"


def test_on_the_same_machine_it_makes_a_link_and_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signin, "login_link", lambda: "http://127.0.0.1:8000/auth/local/login?token=good")
    said: list[str] = []
    sign_in(tmp_path, said, None).begin(api_of(cookie="old"), None)
    assert said == ["Signed in with a one-time link from `sayso login-link` on this machine."]


@pytest.mark.parametrize(
    ("url", "made"),
    [
        (URL, "http://127.0.0.1:9999/auth/local/login?token=good"),  # another server's
        ("http://sayso.example:8000", "http://127.0.0.1:8000/auth/local/login?token=good"),  # never sent elsewhere
        (URL, None),
    ],
)
def test_else_the_person_pastes_one_or_is_told_how(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, url: str, made: str | None
) -> None:
    monkeypatch.setattr(signin, "login_link", lambda: made)
    with pytest.raises(SignInFailed, match="sayso login-link"):
        sign_in(tmp_path, [], None).begin(api_of(url=url), None)
    pasted = f" {url}/auth/local/login?token=good\n"
    assert sign_in(tmp_path, [], pasted).begin(api_of(url=url), None)["user"]["name"] == "Ana"
