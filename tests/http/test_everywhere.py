"""What no store keeps, put into every place that the API's description names: never a 5xx, always the envelope."""

import base64
import json
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import httpx2
import pytest

from sayso.http.cursor import written

if TYPE_CHECKING:
    from tests.conftest import Server, StartServer

Json = dict[str, Any]
TEXTS = [
    "\0",
    "a\0b",
    "\ud800",
    "a\udfffb",
    "1" * 15,
    "1" * 30,
    "-1",
    "1e999",
    "x" * 1_000,
    "🦊",
    "\n",
    "%s",
    "[",
    "null",
]
VALUES: list[Any] = ["a\0\ud800b", "x" * 1_000, "🦊", True, -1, 2**63 - 1, 1e308, ["\0"], {"\0": "\ud800"}, [[]] * 3]
RAW = [b"%d" % 2**63, b"9" * 400, b"1e999", b"-1e999", b"[" * 600 + b'"\\u0000"' + b"]" * 600]
AT = datetime.fromisoformat("2026-03-02T09:00-05:00")
TIMES: list[Any] = ["0001-01-01T00:00+23:59", "9999-12-31T23:59:59.999999-23:59", "2026-03-02T09:00", "\0", 1, None, []]
PLACES: list[tuple[Any, ...]] = [
    (2**31, "plan", 1), (1, "plan", 2**63), (10**400, "plan", 1), (-1, "plan", -1), (1, "\0", 1), (1, "\ud800", 1),
    ("\0",), ("\ud800",), (True, "plan", True), (1.5, "plan", 1), ("th_x" * 20,), (1, "plan" * 20, 1),
]  # fmt: skip


@pytest.fixture(params=["sqlite", "postgresql"])
def both(request: pytest.FixtureRequest, start_server: "StartServer") -> "Server":
    """A server on either database: they refuse different things."""
    address = request.getfixturevalue("postgres") if request.param == "postgresql" else None
    return start_server(database_url=address)


@pytest.fixture
def client(both: "Server") -> Iterator[httpx2.Client]:
    client = both.client()
    said = client.post("/chat", json={"user_message": "Schedule lunch on Friday at 1", "thread_id": "t"}).json()
    client.headers["X-Plan"] = said["plan"]["id"]
    yield client
    assert client.post("/chat", json={"user_message": "hello", "thread_id": "t"}).status_code == 200


def check(response: httpx2.Response, sent: object) -> None:
    told = (
        f"{response.request.method} {response.request.url} with {sent!a}: {response.status_code} {response.text[:300]}"
    )
    assert response.status_code < 500, told
    if response.status_code >= 400:
        assert {"error", "message"} <= set(response.json()), told


def put(text: str) -> str:
    return quote(text, errors="surrogatepass")


def test_every_parameter(client: httpx2.Client) -> None:
    document: Json = client.get("/openapi.json").json()
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            if path in ("/auth/logout", "/me/export"):
                continue
            fixed = path.replace("{thread_id}", "t").replace("{plan_id}", client.headers["X-Plan"])
            for parameter in operation.get("parameters", ()):
                for text in TEXTS:
                    name, headers, target = parameter["name"], {}, fixed
                    needed = {"thread_id": "t"} if path == "/chat/stream" else {}
                    match parameter["in"]:
                        case "path":
                            target = path.replace(f"{{{name}}}", put(text))
                        case "query":
                            needed[name] = text
                        case "header":
                            headers = {name: text.encode("utf-8", "surrogatepass").translate(None, b"\0\n")}
                    query = "&".join(f"{key}={put(value)}" for key, value in needed.items())
                    check(client.request(method, f"{target}?{query}", headers=headers), (name, text))


def test_every_field(client: httpx2.Client) -> None:
    document: Json = client.get("/openapi.json").json()
    schemas = document["components"]["schemas"]
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            content = operation.get("requestBody", {}).get("content", {})
            if "application/json" not in content:
                continue
            schema = schemas[content["application/json"]["schema"]["$ref"].rpartition("/")[2]]
            target = path.replace("{thread_id}", "t").replace("{plan_id}", client.headers["X-Plan"])
            given: Json = {"user_message": "hello", "thread_id": "t", "title": "x", "confirm": "no", "kind": "local"}
            given |= {"name": "x", "scopes": ["read"], "code": "x", "allow": False, "provider": "x"}
            valid = {name: given[name] for name in schema.get("required", ())}
            for field in [*schema["properties"], "a field that nobody knows"]:
                for value in VALUES:
                    body = json.dumps(valid | {field: value}).encode()
                    check(client.request(method, target, content=body, headers=JSON), (field, value))
                for raw in RAW:
                    body = json.dumps(valid | {field: "RAW"}).encode().replace(b'"RAW"', raw)
                    check(client.request(method, target, content=body, headers=JSON), (field, raw[:20]))


JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize(
    "message",
    ["Schedule lunch on Friday at 1", "Add a task to call the bank", "Email Priya saying hello", "Cancel my 10am"],
)
def test_every_argument_of_an_edit(client: httpx2.Client, message: str) -> None:
    plan = client.post("/chat", json={"user_message": message, "thread_id": "edits"}).json()["plan"]
    for name in [*plan["actions"][0]["args"], "\0"]:
        for value in [*(json.dumps(value).encode() for value in VALUES), *RAW]:
            action = plan["actions"][0]["id"]
            body = json.dumps({"edits": {action: {name: "RAW"}}}).encode().replace(b'"RAW"', value)
            response = client.patch(f"/plans/{plan['id']}", content=body, headers=JSON)
            check(response, (name, value))
            plan = response.json() if response.status_code == 200 else plan


@pytest.mark.parametrize("path", ["/threads", "/activity"])
def test_every_cursor(client: httpx2.Client, path: str) -> None:
    cursors = [written(AT, *place) for place in PLACES if not any(isinstance(part, float) for part in place)]
    for at in TIMES:
        cursors += [
            base64.urlsafe_b64encode(json.dumps([at, *rest]).encode()).decode() for rest in (("x",), (1, "x", 1))
        ]
    cursors += [base64.urlsafe_b64encode(raw).decode() for raw in (b"\xff", b"[" * 150, b"{}", b"[]", b"1", b"")]
    for cursor in cursors:
        check(client.get(path, params={"cursor": cursor}), cursor)


@pytest.mark.parametrize(
    "host",
    [b"[", b"]", b"[::1", b"a b", b"\xff", b"x" * 500, b"host:port", b"host:99999999999", b"http://x", b"@", b""],
)
def test_every_host(shared_server: "Server", host: bytes) -> None:
    for path in ("/auth/local/login?token=x", "/auth/local/authorize?redirect_uri=x", "/", "/health"):
        check(shared_server.anonymous().get(path, headers=[(b"Host", host)]), host)
