"""Origin, content type and size are checked before anything else looks at a request."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

if TYPE_CHECKING:
    from tests.conftest import Server, StartServer

CANCEL = {"thread_id": "nobody"}


@pytest.fixture
def signed_in(shared_server: "Server") -> httpx2.Client:
    return shared_server.stranger()


def code_of(response: httpx2.Response) -> tuple[int, str]:
    return response.status_code, response.json()["error"]


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Origin": ""},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example", "Sec-Fetch-Site": "same-origin"},
    ],
)
@pytest.mark.parametrize(("method", "path"), [("POST", "/chat"), ("DELETE", "/threads/x"), ("POST", "/auth/logout")])
def test_other_origins_change_nothing(
    signed_in: httpx2.Client, headers: dict[str, str], method: str, path: str
) -> None:
    response = signed_in.request(method, path, json={"user_message": "hello"}, headers=headers)
    assert code_of(response) == (403, "forbidden_origin")
    assert signed_in.get("/threads").json()["threads"] == []
    assert signed_in.get("/auth/session").status_code == 200


def test_own_origin_and_clients_that_are_no_browsers_pass(shared_server: "Server", signed_in: httpx2.Client) -> None:
    own: list[dict[str, str]] = [
        {},
        {"Origin": shared_server.url},
        {"Origin": shared_server.url, "Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "none"},
    ]
    for headers in own:
        assert signed_in.post("/chat/cancel", json=CANCEL, headers=headers).status_code == 404


@pytest.mark.parametrize(
    ("written", "origin"),
    [
        ("https://sayso.example/", "https://sayso.example"),
        ("https://Sayso.example:443", "https://sayso.example"),
        ("http://[0:0::1]:080", "http://[::1]"),
        ("https://xn--BCHER-kva.example", "https://xn--bcher-kva.example"),
    ],
)
def test_public_url_is_own(start_server: "StartServer", written: str, origin: str) -> None:
    """However it is written, behind a proxy that does not pass on the Host."""
    client = start_server(public_url=written).stranger()
    headers = {"Origin": origin}
    assert client.post("/chat/cancel", json=CANCEL, headers=headers).status_code == 404


def test_reading_needs_no_origin(signed_in: httpx2.Client) -> None:
    assert signed_in.get("/threads", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 200


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "", "json",
             "application/jsonx", "text/plain; application/json", "application/json; charset=utf-16",
             'application/json; a=b; charset="latin-1"']
)  # fmt: skip
def test_wrong_content_type(signed_in: httpx2.Client, kind: str) -> None:
    response = signed_in.post("/chat/cancel", content=b'{"thread_id":"x"}', headers={"Content-Type": kind})
    assert code_of(response) == (415, "unsupported_media_type")


@pytest.mark.parametrize("coding", ["gzip", "br", "identity, gzip"])
def test_nothing_is_unpacked(signed_in: httpx2.Client, coding: str) -> None:
    headers = {"Content-Type": "application/json", "Content-Encoding": coding}
    response = signed_in.post("/chat/cancel", content=b'{"thread_id":"x"}', headers=headers)
    assert code_of(response) == (415, "unsupported_media_type")


def test_no_content_type(signed_in: httpx2.Client) -> None:
    assert code_of(signed_in.post("/chat/cancel", content=b'{"thread_id":"x"}')) == (415, "unsupported_media_type")


@pytest.mark.parametrize("kind", ["application/json", "application/json; charset=utf-8", "Application/JSON"])
def test_json_content_types(signed_in: httpx2.Client, kind: str) -> None:
    response = signed_in.post("/chat/cancel", content=b'{"thread_id":"x"}', headers={"Content-Type": kind})
    assert response.status_code == 404


def body_of(size: int) -> bytes:
    """A valid request of exactly that many bytes."""
    start = b'{"thread_id":"x","filler":"'
    return start + b"a" * (size - len(start) - 2) + b'"}'


def in_chunks(body: bytes) -> Iterator[bytes]:
    for at in range(0, len(body), 50_000):
        yield body[at : at + 50_000]


@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.parametrize(("size", "status"), [(256 * 1024, 404), (256 * 1024 + 1, 413), (300 * 1024, 413)])
def test_body_size(signed_in: httpx2.Client, size: int, status: int, chunked: bool) -> None:
    content: Any = in_chunks(body_of(size)) if chunked else body_of(size)
    response = signed_in.post("/chat/cancel", content=content, headers={"Content-Type": "application/json"})
    assert response.status_code == status
    if status == 413:
        assert response.json()["error"] == "too_large"


def test_size_comes_before_what_is_in_it(signed_in: httpx2.Client) -> None:
    for content in (b"x" * 300_000, b"[" * 300_000):
        response = signed_in.post("/chat/cancel", content=content, headers={"Content-Type": "application/json"})
        assert response.status_code == 413


def test_body_of_a_get_counts_too(signed_in: httpx2.Client) -> None:
    response = signed_in.request("GET", "/threads", content=b"x" * 300_000)
    assert response.status_code == 413
