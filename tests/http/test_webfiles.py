"""The web app's files: types, validators, compression, and the policy of the page."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sayso.http.webfiles import WebFiles

if TYPE_CHECKING:
    from tests.conftest import Server

WEB = Path(__file__).parents[2] / "src" / "sayso" / "web"
FILES = sorted(str(path.relative_to(WEB / "static")) for path in (WEB / "static").rglob("*") if path.is_file())
TYPES = {
    ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".json": "application/json",
    ".svg": "image/svg+xml", ".webmanifest": "application/manifest+json",
}  # fmt: skip
POLICY = {
    "default-src": "'none'", "script-src": "'self'", "style-src": "'self'", "img-src": "'self' data:",
    "connect-src": "'self'", "manifest-src": "'self'", "font-src": "'self'", "base-uri": "'none'",
    "form-action": "'self'", "frame-ancestors": "'none'", "require-trusted-types-for": "'script'",
    "trusted-types": "sayso",
}  # fmt: skip


def policy_of(header: str) -> dict[str, str]:
    return dict(part.strip().split(" ", 1) for part in header.split(";"))


@pytest.mark.parametrize("file", FILES)
def test_types(shared_server: "Server", file: str) -> None:
    response = shared_server.anonymous().get(f"/static/{file}")
    assert response.status_code == 200
    assert response.headers["content-type"] == TYPES[Path(file).suffix]
    assert response.headers["cache-control"] == "no-cache"
    if not file.endswith(".js"):  # of these, comments are left out: tests/web/test_files.py
        assert response.content == (WEB / "static" / file).read_bytes()


@pytest.mark.parametrize("path", ["/", "/static/js/main.js", "/static/nothing.js", "/static/i18n/index.json"])
def test_headers(shared_server: "Server", path: str) -> None:
    headers = shared_server.anonymous().get(path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    if "nothing" not in path:
        assert policy_of(headers["content-security-policy"]) == POLICY


def test_answers_that_are_no_page_may_do_nothing(shared_server: "Server") -> None:
    for path in ("/health", "/threads", "/openapi.json", "/nowhere"):
        policy = policy_of(shared_server.anonymous().get(path).headers["content-security-policy"])
        assert (policy["default-src"], policy["frame-ancestors"]) == ("'none'", "'none'")
        assert "script-src" not in policy


@pytest.mark.parametrize("path", ["/", "/static/js/main.js"])
def test_what_is_unchanged_is_not_sent_again(shared_server: "Server", path: str) -> None:
    client = shared_server.anonymous()
    tag = client.get(path).headers["etag"]
    again = client.get(path, headers={"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["cache-control"] == "no-cache"
    assert client.get(path, headers={"If-None-Match": '"other"'}).status_code == 200


def test_compressed_for_who_accepts_it(shared_server: "Server") -> None:
    client = shared_server.anonymous()
    plain = client.get("/static/js/main.js", headers={"Accept-Encoding": "identity"})
    small = client.get("/static/js/main.js", headers={"Accept-Encoding": "gzip"})
    assert "content-encoding" not in plain.headers
    assert small.headers["content-encoding"] == "gzip"
    assert small.content == plain.content
    assert small.num_bytes_downloaded < plain.num_bytes_downloaded / 2
    assert "accept-encoding" in small.headers["vary"].lower()


def test_streams_are_not_compressed(shared_server: "Server") -> None:
    client = shared_server.stranger()
    response = client.post("/chat/stream", json={"user_message": "hello"}, headers={"Accept-Encoding": "gzip"})
    assert response.headers["content-type"].startswith("text/event-stream")
    assert "content-encoding" not in response.headers


def test_languages(shared_server: "Server") -> None:
    response = shared_server.anonymous().get("/static/i18n/index.json")
    assert response.json() == {"languages": {"de": "Deutsch", "en": "English"}}
    assert response.headers["content-type"] == "application/json"


def test_a_third_language_is_one_file(tmp_path: Path) -> None:
    folder = tmp_path / "static" / "i18n"
    folder.mkdir(parents=True)
    (folder / "fr.json").write_text('{"language": "Français"}', encoding="utf-8")
    scope = {"type": "http", "method": "GET", "headers": []}
    response = asyncio.run(WebFiles(tmp_path).get_response("i18n/index.json", scope))
    assert bytes(response.body).decode() == '{"languages": {"fr": "Français"}}'


def test_favicon(shared_server: "Server") -> None:
    response = shared_server.anonymous(follow_redirects=True).get("/favicon.ico")
    assert response.url.path == "/static/favicon.svg"
    assert response.status_code == 200


@pytest.mark.parametrize("path", ["/static/", "/static", "/static/js", "/static/../index.html", "/static/%2e%2e/x"])
def test_no_way_out(shared_server: "Server", path: str) -> None:
    response = shared_server.anonymous().get(path)
    assert (response.status_code, response.json()["error"]) == (404, "not_found")


@pytest.mark.parametrize("path", ["/", "/static/favicon.svg"])
def test_ranges(shared_server: "Server", path: str) -> None:
    client = shared_server.anonymous()
    whole = client.get(path, headers={"Accept-Encoding": "identity"}).content
    part = client.get(path, headers={"Range": "bytes=2-5"})
    assert (part.status_code, part.content) == (206, whole[2:6])
    for wrong in (f"bytes={len(whole)}-", "bytes=99999999999999999999999-", f"bytes={len(whole)}-,0-1"):
        for method in ("GET", "HEAD"):
            response = client.request(method, path, headers={"Range": wrong})
            assert (response.status_code, response.headers["content-range"]) == (416, f"bytes */{len(whole)}")
            assert response.headers["content-type"] == "application/json"
            assert method == "HEAD" or response.json()["error"] == "range_not_satisfiable"
    for unknown in ("lines=1-2", "bytes"):
        assert client.get(path, headers={"Range": unknown}).content == whole
    for unreadable in ("bytes=", "bytes=a-b", "bytes=5-2"):
        response = client.get(path, headers={"Range": unreadable})
        assert (response.status_code, response.json()["error"]) == (400, "invalid_request")
