"""One envelope for every failure; every answer carries a request id and the security headers; logs keep secrets."""

import asyncio
import io
import json
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import httpx2
import pytest
from pydantic import BaseModel
from sqlalchemy import create_engine, text
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from sayso.base.errors import ModelError, StoreUnavailable
from sayso.base.ids import Ids
from sayso.conversation.deciding import Deciding
from sayso.conversation.turns import Turns
from sayso.http.edge import Edge
from sayso.store.gateway import ReadConn, Store

if TYPE_CHECKING:
    from tests.conftest import Server

ENVELOPE = {"error", "message", "details"}
JSON = {"Content-Type": "application/json"}


def check(response: httpx2.Response, status: int, code: str) -> dict[str, Any]:
    body: dict[str, Any] = response.json()
    assert (response.status_code, body["error"]) == (status, code), body
    assert set(body) <= ENVELOPE
    assert body["message"]
    assert response.headers["content-type"] == "application/json"
    assert response.headers["x-request-id"]
    return body


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/nowhere"), ("POST", "/chat/nowhere"), ("GET", "/static/nowhere.js"), ("GET", "/%00"), 
     ("GET", "/threads/"), ("GET", "/../etc/passwd"), ("GET", "/static/..%2f..%2fsettings.py"),
     ("OPTIONS", "/nowhere")],
)  # fmt: skip
def test_unknown_paths(shared_server: "Server", method: str, path: str) -> None:
    check(shared_server.stranger().request(method, path), 404, "not_found")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [("GET", "/chat", "OPTIONS, POST"), ("PUT", "/threads/x", "DELETE, GET, HEAD, OPTIONS, PATCH"),
     ("POST", "/health", "GET, HEAD, OPTIONS"), ("POST", "/", "GET, HEAD, OPTIONS"),
     ("DELETE", "/static/favicon.svg", "GET, HEAD, OPTIONS")],
)  # fmt: skip
def test_wrong_method(shared_server: "Server", method: str, path: str, allowed: str) -> None:
    response = shared_server.stranger().request(method, path)
    check(response, 405, "method_not_allowed")
    assert response.headers["allow"] == allowed


SIGNED_IN = [
    ("POST", "/chat"), ("POST", "/chat/confirm"), ("POST", "/chat/cancel"), ("POST", "/chat/stop"),
    ("POST", "/chat/stream"), ("POST", "/chat/message"), ("GET", "/chat/stream"), ("GET", "/threads"),
    ("GET", "/threads/x"), ("PATCH", "/threads/x"), ("DELETE", "/threads/x"), ("GET", "/plans"), ("GET", "/plans/x"),
    ("PATCH", "/plans/x"), ("POST", "/plans/x/undo"), ("GET", "/activity"), ("GET", "/workspace/today"),
    ("GET", "/workspace/changes"),
    ("DELETE", "/workspace/samples"),
    ("GET", "/mail/x/attachments/x"), ("GET", "/memory"), ("DELETE", "/memory/x"),
    ("GET", "/accounts"), ("POST", "/accounts"), ("GET", "/accounts/x/connect"), ("PATCH", "/accounts/x"),
    ("GET", "/accounts/x/servers"), ("DELETE", "/accounts/x"), ("GET", "/me/model"), ("PUT", "/me/model"),
    ("POST", "/me/model/test"), ("PATCH", "/me"), ("GET", "/me/export"), ("DELETE", "/me"), ("GET", "/auth/session"),
    ("GET", "/auth/sessions"),
    ("PATCH", "/auth/sessions/x"), ("DELETE", "/auth/sessions/x"), ("DELETE", "/auth/sessions"),
    ("POST", "/auth/logout"), ("POST", "/auth/refresh"), ("GET", "/auth/tokens"), ("POST", "/auth/tokens"),
    ("DELETE", "/auth/tokens/x"), ("POST", "/auth/devices"), ("GET", "/auth/devices/x"),
    ("POST", "/auth/devices/x/decision"), ("GET", "/audit"), ("GET", "/auth/identities"),
    ("POST", "/auth/identities"), ("DELETE", "/auth/identities/x"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path"), SIGNED_IN)
@pytest.mark.parametrize("content", [None, b"{}", b"{"])
def test_not_signed_in(shared_server: "Server", method: str, path: str, content: bytes | None) -> None:
    check(shared_server.anonymous().request(method, path, content=content, headers=JSON), 401, "not_authenticated")


def test_the_list_above_is_complete(shared_server: "Server") -> None:
    paths: dict[str, Any] = shared_server.anonymous().get("/openapi.json").json()["paths"]
    known = {(method.upper(), path) for path, methods in paths.items() for method in methods}
    public = {
        path
        for _, path in known
        if re.fullmatch(r"/health.*|/auth/(providers|local/authorize|\{provider\}/.*|devices/(claim|enter))", path)
    }
    signed_in = {(method, re.sub(r"\{.*?\}", "x", path)) for method, path in known if path not in public}
    assert signed_in == set(SIGNED_IN)


@pytest.mark.parametrize(
    "content", [b"{", b"\xff\xfe", b'{"thread_id": "x"', b"{'thread_id': 'x'}", b'{"thread_id": NaN}', b"[" * 100_000,
                b'{"a":' * 2_000, b'{"n":' + b"1" * 10_000 + b"}", b"[]", b'"x"', b"null", b"1", b'{"thread_id":"x"}}'],
    ids=lambda content: str(content[:12]),
)  # fmt: skip
def test_unreadable_bodies(shared_server: "Server", content: bytes) -> None:
    response = shared_server.stranger().post("/chat/cancel", content=content, headers=JSON)
    check(response, 400, "invalid_request")


def test_fields_that_are_wrong_are_listed(shared_server: "Server") -> None:
    response = shared_server.stranger().post(
        "/chat", json={"user_message": "", "thread_id": "a b", "timezone": "Mars/Base"}
    )
    body = check(response, 422, "validation_error")
    fields = {item["field"]: item["message"] for item in body["details"]["fields"]}
    assert set(fields) == {"user_message", "thread_id", "timezone"}
    assert fields["timezone"] == "Not an IANA time zone name, such as Europe/Paris."


def test_what_was_sent_is_not_sent_back(shared_server: "Server") -> None:
    response = shared_server.stranger().post("/chat", json={"user_message": ["hunter2"], "timezone": "hunter2"})
    assert "hunter2" not in response.text


@pytest.mark.parametrize(
    ("path", "code", "start"),
    [
        ("/chat/cancel", "cancellation_error", "Failed to cancel action: "),
        ("/chat/confirm", "confirmation_error", "Failed to confirm action: "),
    ],
)
def test_own_codes_of_cancel_and_confirm(shared_server: "Server", path: str, code: str, start: str) -> None:
    response = shared_server.stranger().post(path, json={"thread_id": "nobody"})
    body = check(response, 404, code)
    assert body["message"].startswith(start)
    assert body["details"]["reason"] == "not_found"
    check(shared_server.stranger().post(path, json={}), 422, "validation_error")
    check(shared_server.anonymous().post(path, json={}), 401, "not_authenticated")


class Refused(BaseModel):
    number: int


def _statement_with_parameters() -> None:
    with create_engine("sqlite://").connect() as connection:
        connection.execute(text("SELECT * FROM nothing WHERE word = :word"), {"word": "hunter2"})


FAILURES: dict[str, Callable[[], object]] = {
    "KeyError": lambda: dict[str, str]()["hunter2"],
    "sqlalchemy.exc.OperationalError": _statement_with_parameters,
    "pydantic_core._pydantic_core.ValidationError": lambda: Refused.model_validate({"number": "hunter2"}),
    "sayso.base.errors.StoreUnavailable": lambda: Store(create_engine("sqlite://")).read_now(_read_nothing),
}


def _read_nothing(conn: ReadConn) -> None:
    conn.execute(text("SELECT :word FROM nothing"), {"word": "hunter2"})


@pytest.mark.parametrize("kind", FAILURES)
@pytest.mark.parametrize(
    ("method", "path", "code"),
    [("cancel", "/chat/cancel", "cancellation_error"), ("stop", "/chat/stop", "internal_error")],
)
def test_failures_nobody_expected(
    server: "Server", monkeypatch: pytest.MonkeyPatch, logged: io.StringIO, kind: str, method: str, path: str, code: str
) -> None:
    """The request's id leads from the answer to the kind and the place of the failure, but not to its words (P10)."""

    async def fail(*_: object, **__: object) -> None:
        FAILURES[kind]()

    monkeypatch.setattr(Deciding, method, fail)
    client = server.stranger()
    response = client.post(path, json={"thread_id": "x"})
    unavailable = "store_unavailable" if kind.endswith("StoreUnavailable") else "internal_error"
    body = check(response, 500, code if method == "cancel" else unavailable)
    assert response.headers["x-request-id"] in body["message"]
    assert "hunter2" not in response.text
    server.stop()
    [line] = [line for line in logged.getvalue().splitlines() if "request_failed" in line]
    assert response.headers["x-request-id"] in line
    assert f"error={kind!r}" in line
    assert "test_envelope.py" in line
    assert ("sqlite3.OperationalError" in line) == (kind.split(".")[0] in ("sqlalchemy", "sayso"))
    assert "hunter2" not in logged.getvalue()
    if method == "cancel":
        assert body["details"]["reason"] == unavailable


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (RuntimeError("hunter2"), {"error": "internal_error"}),
        (ModelError(reason="auth"), {"error": "model_error", "details": {"reason": "auth"}}),
        (StoreUnavailable(), {"error": "store_unavailable"}),
    ],
)
def test_a_stream_that_fails_leads_to_its_cause(
    server: "Server", monkeypatch: pytest.MonkeyPatch, logged: io.StringIO, error: Exception, told: dict[str, Any]
) -> None:
    """It tells no status, and who replays it has not seen its headers: the last event names the request."""

    async def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(Turns, "run", fail)
    client = server.stranger()
    response = client.post("/chat/stream", json={"user_message": "hello", "thread_id": "t"})
    [last] = re.findall(r"^event: error\ndata: (.*)$", response.text, re.MULTILINE)
    data = json.loads(last)["data"]
    assert f"(request {response.headers['x-request-id']})" in data.pop("message")
    assert data == told
    assert last in client.get("/chat/stream?thread_id=t", headers={"Last-Event-ID": "0"}).text
    server.stop()
    [line] = [line for line in logged.getvalue().splitlines() if "stream_failed" in line]
    assert response.headers["x-request-id"] in line
    assert "test_envelope.py" in line
    assert "hunter2" not in logged.getvalue() + response.text


def test_store_that_cannot_be_reached(shared_server: "Server", monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise StoreUnavailable

    client = shared_server.stranger()
    monkeypatch.setattr(shared_server.store, "read_now", fail)
    monkeypatch.setattr(shared_server.store, "write_now", fail)
    monkeypatch.setattr("sayso.http.service.FRESH_SECONDS", -1)
    response = client.post("/chat/cancel", json={"thread_id": "x"})
    body = check(response, 500, "cancellation_error")
    assert body["details"]["reason"] == "store_unavailable"
    assert response.headers["x-request-id"] in body["message"]
    check(client.get("/threads"), 500, "store_unavailable")
    check(client.get("/health/ready"), 503, "not_ready")
    assert client.get("/health").status_code == 200


def test_logs_have_no_words_no_query_and_no_cookie(server: "Server", logged: io.StringIO) -> None:
    client = server.client()
    client.post("/chat", json={"user_message": "remember the word hunter2"})
    client.get("/threads", params={"cursor": "hunter2"})
    cookie = client.cookies["session_id"]
    server.stop()
    told = logged.getvalue()
    assert "/auth/local/login" in told
    assert "/threads" in told
    assert "token=" not in told
    assert "hunter2" not in told
    assert cookie not in told


def test_request_id_of_the_client_is_kept_if_it_is_one(shared_server: "Server") -> None:
    client = shared_server.anonymous()
    assert client.get("/health", headers={"X-Request-ID": "abc-12345"}).headers["x-request-id"] == "abc-12345"
    for bad in ("short", "a" * 65, "with space ok", "ümlaut-ümlaut"):
        given = client.get("/health", headers=[(b"X-Request-ID", bad.encode())]).headers["x-request-id"]
        assert re.fullmatch(r"req_[a-z2-7]{20}", given)


@pytest.mark.parametrize("path", ["/", "/health", "/nowhere", "/threads", "/openapi.json"])
def test_security_headers(shared_server: "Server", path: str) -> None:
    headers = shared_server.anonymous().get(path).headers
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cross-origin-opener-policy"] == headers["cross-origin-resource-policy"] == "same-origin"
    assert "server" not in headers
    assert "strict-transport-security" not in headers  # of http, where it means nothing


@pytest.mark.parametrize(
    ("public_url", "told"),
    [
        ("https://sayso.example.com", "max-age=31536000"),
        ("https://sayso.example.com:8443", "max-age=31536000"),
        ("http://sayso.example.com", None),
        ("https://localhost:8443", None),
        ("https://192.0.2.7", None),
        ("https://[2001:db8::1]", None),
        (None, None),
    ],
)
def test_browsers_come_by_https_only_where_the_name_is_the_servers_own(
    public_url: str | None, told: str | None
) -> None:
    answered: list[Message] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await Response()(scope, receive, send)

    async def receive() -> Message:
        raise AssertionError

    async def send(message: Message) -> None:
        answered.append(message)

    scope = {"type": "http", "method": "GET", "path": "/", "headers": []}
    asyncio.run(Edge(app, Ids(), public_url)(scope, receive, send))
    assert dict(answered[0]["headers"]).get(b"strict-transport-security") == (told.encode() if told else None)


def test_answers_are_not_kept_by_caches(server: "Server") -> None:
    assert server.client().get("/threads").headers["cache-control"] == "no-store"


def test_health(shared_server: "Server", monkeypatch: pytest.MonkeyPatch) -> None:
    from sayso import __version__

    monkeypatch.setattr("sayso.http.service.FRESH_SECONDS", -1)
    client = shared_server.anonymous()
    assert client.get("/health").json() == {"status": "ok", "version": __version__}
    assert client.get("/health/ready").json() == {"status": "ok", "checks": {"store": "ok", "migrations": "ok"}}


def test_not_ready_when_the_schema_is_another(shared_server: "Server", monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sayso.http.service.FRESH_SECONDS", -1)
    monkeypatch.setattr("sayso.store.ready.known_revisions", lambda: ["0001", "9999"])
    check(shared_server.anonymous().get("/health/ready"), 503, "not_ready")


def test_docs_are_served(shared_server: "Server") -> None:
    client = shared_server.anonymous()
    page = client.get("/docs").text
    assert "POST /chat/cancel" in page
    assert "user_message" in page
    assert "http" not in page.replace("https://json-schema.org", "")  # nothing from elsewhere
    described = client.get("/openapi.json").json()
    assert {"/chat", "/chat/confirm", "/chat/cancel", "/threads", "/plans/{plan_id}"} <= set(described["paths"])
    assert list(described["components"]["schemas"]["CancelAnswer"]["properties"]) == [
        "thread_id", "status", "response", "cancelled",
    ]  # fmt: skip
