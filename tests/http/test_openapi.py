"""The API's description tells the rules that the server applies."""

import json
import re
import sys
import unicodedata
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from sayso.http.schemas import SEEN

if TYPE_CHECKING:
    from tests.conftest import Server

Json = dict[str, Any]
OPEN = (
    "/health", "/health/ready", "/auth/providers", "/auth/{provider}/login", "/auth/devices/claim",
    "/auth/devices/enter",
)  # fmt: skip


@pytest.fixture(scope="module")
def document(shared_server: "Server") -> Json:
    with httpx2.Client(trust_env=False, timeout=60) as client:
        found: Json = client.get(f"{shared_server.url}/openapi.json").json()
    return found


def operations(document: Json) -> list[tuple[str, str, Json]]:
    return [(path, method, each) for path, methods in document["paths"].items() for method, each in methods.items()]


def look_up(document: Json, reference: str) -> Any:
    found: Any = document
    for part in reference.removeprefix("#/").split("/"):
        found = found[part]
    return found


def test_every_reference_leads_somewhere(document: Json) -> None:
    for reference in re.findall(r'"\$ref": "([^"]+)"', json.dumps(document)):
        assert look_up(document, reference)


def test_whatever_needs_the_session_says_so(document: Json) -> None:
    schemes = document["components"]["securitySchemes"]
    assert schemes["session"] == {"type": "apiKey", "in": "cookie", "name": "session_id"}
    assert (schemes["token"]["type"], schemes["token"]["scheme"]) == ("http", "bearer")
    for path, method, operation in operations(document):
        first, *more = operation.get("security", [None])
        assert first == (None if path in OPEN else {"session": []}), (path, method)
        assert more in ([], *([{"token": [scope]}] for scope in ("read", "chat", "decide"))), (path, method)
        assert ("401" in operation["responses"]) == (path not in OPEN), (path, method)


def test_every_refusal_is_the_envelope(document: Json) -> None:
    for path, method, operation in operations(document):
        answers = operation["responses"]
        assert {"4XX", "5XX"} <= set(answers), (path, method)
        for status, answer in answers.items():
            described = look_up(document, answer["$ref"]) if "$ref" in answer else answer
            assert "X-Request-ID" in described["headers"]
            if status[0] in "45":
                assert described["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/Fault"}
            else:
                assert "detail" not in json.dumps(described)


def test_what_a_body_and_a_place_can_be_refused_for_is_told(document: Json) -> None:
    for path, method, operation in operations(document):
        statuses = set(operation["responses"])
        assert {"400", "413", "415", "422"} <= statuses or "requestBody" not in operation, (path, method)
        assert "404" in statuses or "{" not in path, (path, method)
        assert "403" in statuses or method == "get", (path, method)
        assert "429" in statuses, (path, method)
    for path in ("/chat", "/chat/stream", "/chat/message"):
        named = [each["name"].lower() for each in document["paths"][path]["post"]["parameters"]]
        assert named == ["idempotency-key"]


def test_streams_and_files_have_their_types(document: Json) -> None:
    content = {
        (path, method): set(operation["responses"].get("200", {}).get("content", {}))
        for path, method, operation in operations(document)
    }
    assert content["/chat/stream", "post"] == content["/chat/stream", "get"] == {"text/event-stream"}
    assert content["/chat/confirm", "post"] == {"application/json", "text/event-stream"}
    assert content["/me/export", "get"] == {"application/json"}


def test_blank_is_told_as_it_is_judged() -> None:
    """The pattern of texts that may not be blank, against the categories by which the server judges (in the BMP)."""
    nothing = ("Zs", "Zl", "Zp", "Cc", "Cf")
    blank = {chr(code) for code in range(0x10000) if unicodedata.category(chr(code)) in nothing}
    assert {chr(code) for code in range(0x10000) if not re.match(SEEN, chr(code))} == blank, sys.version


BREAKS: list[tuple[str, str, str, Json]] = [
    ("POST", "/chat", "user_message", {"user_message": " \n"}),
    ("POST", "/chat", "thread_id", {"user_message": "x", "thread_id": "a b"}),
    ("POST", "/chat", "timezone", {"user_message": "x", "timezone": "Mars/Base"}),
    ("PATCH", "/me", "timezone", {"timezone": ""}),
    ("PATCH", "/me", "locale", {"locale": "English"}),
    ("PATCH", "/threads/{thread_id}", "title", {"title": "\u200b"}),
]


@pytest.mark.parametrize(("method", "path", "field", "body"), BREAKS)
def test_what_the_server_refuses_the_description_refuses(
    shared_server: "Server", document: Json, method: str, path: str, field: str, body: Json
) -> None:
    response = shared_server.stranger().request(method, path.format(thread_id="x"), json=body)
    assert response.json()["details"]["fields"][0]["field"] == field
    content = document["paths"][path][method.lower()]["requestBody"]["content"]["application/json"]["schema"]
    schema = look_up(document, content["$ref"])["properties"][field]
    assert not any(_fits(document, each, body[field]) for each in schema.get("anyOf", [schema]))


def _fits(document: Json, schema: Json, value: str) -> bool:
    """Whether a text fits a schema of texts."""
    schema = look_up(document, schema["$ref"]) if "$ref" in schema else schema
    pattern, choices = schema.get("pattern", ""), schema.get("enum", [value])
    return schema["type"] == "string" and bool(re.search(pattern, value)) and value in choices


@pytest.mark.parametrize(
    ("path", "name", "bad", "good"),
    [
        ("/chat/stream", "last-event-id", ["x", "1" * 16, "-1", "null"], ["0", "15", ""]),
        (
            "/auth/{provider}/login",
            "redirect",
            ["//evil.example", "x", "/a b"],
            ["/", "/threads?limit=1", "https://a.b/c"],
        ),
        ("/threads/{thread_id}", "thread_id", ["a b", "a" * 129], ["t.1-_"]),
    ],
)
def test_parameters_have_their_patterns(document: Json, path: str, name: str, bad: list[str], good: list[str]) -> None:
    [parameter] = [each for each in document["paths"][path]["get"]["parameters"] if each["name"] == name]
    pattern = parameter["schema"]["pattern"]
    assert not any(re.search(pattern, text) for text in bad)
    assert all(re.search(pattern, text) for text in good)
