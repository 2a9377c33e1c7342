"""HEAD wherever GET answers, without doing or reading anything for it; OPTIONS everywhere (RFC 9110, 9.3.2, 9.3.7)."""

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx2
import pytest

if TYPE_CHECKING:
    from tests.conftest import Server

PAGES = ["/", "/docs", "/openapi.json", "/favicon.ico", "/static/favicon.svg", "/static/i18n/index.json"]
EFFECTS = {
    "/auth/local/authorize",
    "/auth/{provider}/login",
    "/auth/{provider}/callback",
    "/accounts/{kind}/connect",
}


@pytest.fixture
def client(server: "Server") -> httpx2.Client:
    return server.client()


def described(client: httpx2.Client) -> dict[str, Any]:
    found: dict[str, Any] = client.get("/openapi.json").json()["paths"]
    return found


def test_head_is_get_without_its_body(client: httpx2.Client) -> None:
    said = client.post("/chat", json={"user_message": "Schedule lunch on Friday at 1", "thread_id": "t"}).json()
    ids = {"thread_id": "t", "plan_id": said["plan"]["id"], "message_id": "none", "number": "1"}
    ids |= {"link_id": "none", "kind": "none"}
    paths = [
        path.format(**ids) for path, methods in described(client).items() if "get" in methods and path not in EFFECTS
    ]
    paths.remove("/chat/stream")
    for path in [*paths, *PAGES, "/threads/none", "/activity?limit=0", "/nowhere"]:
        got, head = client.get(path), client.head(path)
        assert head.content == b""
        for name in ("content-type", "content-disposition", "content-security-policy", "location", "etag"):
            assert head.headers.get(name) == got.headers.get(name), (path, name)
        assert head.status_code == got.status_code, path
        assert head.headers.get("content-length") in (None, got.headers.get("content-length")), path


def test_head_needs_the_session_that_get_needs(shared_server: "Server") -> None:
    nobody = shared_server.anonymous()
    for path in ("/threads", "/me/export", "/chat/stream?thread_id=t", "/auth/session"):
        assert nobody.head(path).status_code == 401


def test_head_of_a_stream_leaves_the_message_to_get(client: httpx2.Client) -> None:
    client.post("/chat/message", json={"user_message": "hello", "thread_id": "t"})
    head = client.head("/chat/stream?thread_id=t")
    assert (head.status_code, head.headers["content-type"]) == (200, "text/event-stream; charset=utf-8")
    assert client.head("/chat/stream?thread_id=a b").status_code == 422
    assert "event: complete" in client.get("/chat/stream?thread_id=t").text


def test_head_does_not_use_a_sign_in_up(server: "Server") -> None:
    """A chat's preview and a mail scanner look at links before people do."""
    client, url = server.anonymous(), server.link()
    for step in ("login", "authorize", "callback"):
        assert step in url
        head = client.head(url, follow_redirects=True)
        assert (head.status_code, head.content, head.headers.get("set-cookie")) == (204, b"", None)
        url = client.get(url).headers["location"]
    assert urlsplit(url).path == "/"
    assert client.get("/auth/session").status_code == 200


def test_head_of_an_export_reads_nothing(
    server: "Server", client: httpx2.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr("sayso.conversation.account.export", never)
    assert client.head("/me/export").status_code == 200


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/chat", "OPTIONS, POST"),
        ("/chat/stream", "GET, HEAD, OPTIONS, POST"),
        ("/auth/devices/x", "GET, HEAD, OPTIONS"),
        ("/auth/devices/claim", "OPTIONS, POST"),
        ("/threads/x", "DELETE, GET, HEAD, OPTIONS, PATCH"),
        ("/", "GET, HEAD, OPTIONS"),
        ("/openapi.json", "GET, HEAD, OPTIONS"),
        ("/static/favicon.svg", "GET, HEAD, OPTIONS"),
    ],
)
def test_options_tells_the_methods(shared_server: "Server", path: str, allowed: str) -> None:
    response = shared_server.anonymous().options(path)
    assert (response.status_code, response.headers["allow"], response.content) == (204, allowed, b"")
