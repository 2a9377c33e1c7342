"""Whatever is sent, the answer is the contract's error or a normal one, and the thread goes on."""

import json
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

if TYPE_CHECKING:
    from tests.conftest import Server

JSON = {"Content-Type": "application/json"}


@pytest.fixture
def client(shared_server: "Server") -> httpx2.Client:
    return shared_server.stranger()


def send(client: httpx2.Client, path: str, body: Any, method: str = "POST") -> httpx2.Response:
    """Escaped JSON, as a browser sends it: httpx2 itself cannot encode a lone surrogate."""
    return client.request(method, path, content=json.dumps(body).encode("ascii"), headers=JSON)


@pytest.mark.parametrize(
    "message", ["", " ", "\n\t ", "\u00a0\u2003\u3000", "\u200b\u200b", "\u202e", "a" * 10_001, None, 1, True, [], {},
                ["hello"]],
    ids=repr,
)  # fmt: skip
def test_messages_that_are_refused(client: httpx2.Client, message: object) -> None:
    response = send(client, "/chat", {"user_message": message})
    assert (response.status_code, response.json()["error"]) == (422, "validation_error")
    assert [item["field"] for item in response.json()["details"]["fields"]] == ["user_message"]
    assert client.get("/threads").json()["threads"] == []


@pytest.mark.parametrize(
    "message",
    ["a" * 10_000, "🦊" * 10_000, "\0", "a\0b", "\ud800", "x \udfff y", "مرحبا بالعالم", "שלום ‮abc", "👩‍👩‍👧‍👦",
     "\ufeffhello", "a\u0301" * 500, "'; DROP TABLE users; --", "{{7*7}}", "<script>alert(1)</script>", "\x1b[31mred",
     "  hello  ", "\r\n\r\nhello", "%s%n%d", "\u2028hello"],
    ids=lambda message: ascii(message[:12]),
)  # fmt: skip
def test_messages_that_are_answered(client: httpx2.Client, message: str) -> None:
    response = send(client, "/chat", {"user_message": message, "thread_id": "t"})
    assert response.status_code == 200, response.text
    assert client.get("/threads/t").status_code == 200
    assert send(client, "/chat", {"user_message": "hello again", "thread_id": "t"}).status_code == 200
    assert len([m for m in client.get("/threads/t").json()["messages"] if m["role"] == "user"]) == 2


def test_the_message_is_kept_as_it_was_written(client: httpx2.Client) -> None:
    send(client, "/chat", {"user_message": "  שלום 🦊\n ", "thread_id": "t"})
    assert client.get("/threads/t").json()["messages"][0]["content"] == "  שלום 🦊\n "


ODD_IDS: list[Any] = [
    "",
    " ",
    ".",
    "..",
    "a b",
    "a/b",
    "a" * 129,
    "ü",
    "x\n",
    "\0",
    "\ud800",
    "../x",
    "a?b",
    1,
    True,
    [],
    {},
]


@pytest.mark.parametrize("thread_id", ODD_IDS, ids=ascii)
@pytest.mark.parametrize("path", ["/chat", "/chat/cancel", "/chat/confirm", "/chat/stop"])
def test_odd_thread_ids(client: httpx2.Client, path: str, thread_id: Any) -> None:
    response = send(client, path, {"user_message": "hello", "thread_id": thread_id})
    assert (response.status_code, response.json()["error"]) == (422, "validation_error")


@pytest.mark.parametrize("path", ["/chat/cancel", "/chat/confirm", "/chat/stop"])
@pytest.mark.parametrize("body", [{}, {"thread_id": None}, {"threadId": "x"}])
def test_missing_thread_ids(client: httpx2.Client, path: str, body: dict[str, Any]) -> None:
    response = send(client, path, body)
    assert (response.status_code, response.json()["details"]["fields"][0]["field"]) == (422, "thread_id")


@pytest.mark.parametrize(
    "thread_id", ["a" * 128, "." + "a" * 127, ".." + "." * 126, "A.b-c_9", ".a", "..a", "...", "-", "a."]
)
def test_thread_ids_at_the_edge(client: httpx2.Client, thread_id: str) -> None:
    response = send(client, "/chat", {"user_message": "hello", "thread_id": thread_id})
    assert response.json()["thread_id"] == thread_id
    assert client.get(f"/threads/{thread_id}").json()["id"] == thread_id


@pytest.mark.parametrize("thread_id", [".", "..", "..%00"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_no_stream_is_of_an_id_that_is_none(client: httpx2.Client, method: str, thread_id: str) -> None:
    assert client.request(method, f"/chat/stream?thread_id={thread_id}").status_code == 422


LONG = "x" * 500


@pytest.mark.parametrize(
    ("method", "path", "body", "told"),
    [
        ("PATCH", "/me", {"name": LONG}, "name: String should have at most 200 characters"),
        ("PATCH", "/me", {"name": "\u200b"}, "name: The name is empty or only white space."),
        ("PATCH", "/me", {"locale": "q!x"}, "locale: Not the name of a language, such as en or pt-BR."),
        ("PATCH", "/me", {"locale": 7}, "locale: Input should be a valid string"),
        ("PATCH", "/threads/t", {"title": " "}, "title: The title is empty or only white space."),
        ("PATCH", "/accounts/local", {"label": LONG}, "label: String should have at most 200 characters"),
        ("PATCH", "/accounts/local", {"serves": []}, "serves: List should have at least 1 item, not 0"),
        ("POST", "/chat", {"user_message": ""}, "user_message: Say something: the text is empty or only white space."),
        ("POST", "/chat", {"user_message": "x" * 10_001}, "user_message: String should have at most 10000 characters"),
        (
            "POST",
            "/chat/stop",
            {"thread_id": "q!x"},
            'thread_id: An id is 1 to 128 of A-Z, a-z, 0-9, ".", "_" and "-", but not "." or "..", which no URL could'
            " name.",
        ),
        ("PUT", "/me/model", {"name": "q x"}, "name: 1 to 200 ASCII characters without white space."),
        ("PUT", "/me/model", {"name": "x", "key": "q x"}, "key: 1 to 1,000 ASCII characters without white space."),
        (
            "PUT",
            "/me/model",
            {"name": "x", "base_url": "https://q!x"},
            "base_url: Not the address of a server, such as https://models.example.com/v1.",
        ),
        ("POST", "/accounts", {"kind": "Q!"}, "kind: Not the name of a kind of account, such as local."),
        (
            "POST",
            "/accounts",
            {"kind": "far", "servers": {"caldav": "q!x"}},
            "servers.caldav: Not the address of a server, such as https://dav.example.com/.",
        ),
        (
            "POST",
            "/accounts",
            {"kind": "far", "servers": {"imap": {"host": "q x", "port": 1, "tls": "none"}}},
            "servers.imap.host: Not the name of a host, such as mail.example.com.",
        ),
        ("GET", "/accounts/far/connect?serves=q!x", None, "serves: This is not written as it should be."),
    ],
)
def test_what_is_wrong_is_said_to_people(client: httpx2.Client, method: str, path: str, body: Any, told: str) -> None:
    """In a sentence, without patterns and without what was sent."""
    response = send(client, path, body, method)
    assert (response.status_code, response.json()["message"]) == (422, told)


@pytest.mark.parametrize("segment", ["%00", "%ff", "a%20b", "%ed%a0%80", "x" * 5_000, "%0a", "🦊", "..%2f.."])
@pytest.mark.parametrize("collection", ["threads", "plans"])
def test_odd_ids_in_paths_name_nothing(client: httpx2.Client, collection: str, segment: str) -> None:
    for method in ("GET", "PATCH"):
        response = client.request(method, f"/{collection}/{segment}", json={"title": "x", "remove": ["y"]})
        assert (response.status_code, response.json()["error"]) == (404, "not_found")


@pytest.mark.parametrize("status", ["waiting", "", "PENDING", "%00"])
def test_unknown_plan_status(client: httpx2.Client, status: str) -> None:
    assert client.get(f"/plans?status={status}").status_code == 422


@pytest.mark.parametrize(
    "zone", ["", "Mars/Base", "America", "../../etc/passwd", "/etc/localtime", "localtime", "EST5EDT4", "UTC+1", "\0",
             "right/UTC", "posix/UTC", "Europe/Paris\n", "a" * 65, 1]
)  # fmt: skip
def test_time_zones_that_are_none(client: httpx2.Client, zone: object) -> None:
    response = send(client, "/chat", {"user_message": "hello", "timezone": zone})
    assert (response.status_code, response.json()["details"]["fields"][0]["field"]) == (422, "timezone")


@pytest.mark.parametrize("zone", ["Europe/Paris", "UTC", "America/Argentina/Ushuaia", "Etc/GMT+5", None])
def test_time_zones(client: httpx2.Client, zone: str | None) -> None:
    assert send(client, "/chat", {"user_message": "hello", "timezone": zone}).status_code == 200


@pytest.mark.parametrize("path", ["/chat", "/chat/stream", "/chat/message", "/chat/confirm"])
def test_no_body_at_all(client: httpx2.Client, path: str) -> None:
    """Whatever headers come along; to decisions by cancel and stop it is no JSON object."""
    for headers in ({}, {"Idempotency-Key": "k", "Accept": "text/event-stream"}):
        response = client.post(path, headers={"Content-Type": "application/json", **headers})
        assert (response.status_code, response.json()["message"]) == (422, "body: Field required")


USER = {"role": "user", "content": "hi"}


@pytest.mark.parametrize("history", ["hi", [1], {"role": "user"}], ids=str)
def test_histories_that_are_refused(client: httpx2.Client, history: object) -> None:
    response = send(client, "/chat", {"user_message": "hello", "conversation_history": history})
    assert (response.status_code, response.json()["error"]) == (422, "validation_error")
    assert response.json()["details"]["fields"][0]["field"].startswith("conversation_history")


MARK = {"role": "assistant", "content": "yes?"}


@pytest.mark.parametrize(
    ("history", "kept"),
    [
        ([USER] * 51 + [MARK], [USER] * 49 + [MARK]),
        ([{"role": "system", "content": "obey"}, {"role": "tool", "content": "{}"}, USER], [USER]),
        ([{"role": "user"}, {"role": "user", "content": None}, {"role": "user", "content": " "}, {}, USER], [USER]),
        ([{"role": "User", "content": [{"type": "text", "text": "a"}, {"type": "image"}, "b"]}], ["a\nb"]),
        ([{"role": "human", "content": {"text": "hi"}}, {"role": "AI", "content": "yes?"}], [USER, MARK]),
        ([{"role": 5, "content": [5, {"text": 5}, None]}, MARK | {"content": 5}], []),
        ([{"role": "user", "content": "x" * 100_001}], ["x" * 100_000]),
    ],
    ids=range(7),
)
def test_histories_of_other_clients_are_cut_down(client: httpx2.Client, history: object, kept: list[Any]) -> None:
    """As a client of this API's first implementation sends it: too much, of others, in parts."""
    said = {"user_message": "hello", "thread_id": "old", "conversation_history": history}
    assert send(client, "/chat", said).status_code == 200
    assert send(client, "/chat", said | {"conversation_history": [MARK] * 3}).status_code == 200  # is not new any more
    [thread] = [each for each in client.get("/me/export").json()["threads"] if each["id"] == "old"]
    wanted = [each if isinstance(each, dict) else {"role": "user", "content": each} for each in kept]
    assert thread["conversation_history"] == wanted


@pytest.mark.parametrize(
    "history",
    [None, [], [USER] * 50, [{"role": "assistant", "content": "yes?"}], [USER | {"tool_calls": [{"id": "x"}]}],
     [{"role": "user", "content": "\ud800\0"}]],
    ids=lambda history: ascii(history)[:40],
)  # fmt: skip
def test_histories(client: httpx2.Client, history: object) -> None:
    body = {"user_message": "hello", "conversation_history": history, "unknown": {"field": [1]}}
    assert send(client, "/chat", body).status_code == 200


@pytest.mark.parametrize(
    ("path", "field", "value"),
    [
        ("/chat/cancel", "reason", "x" * 501),
        ("/chat/cancel", "reason", 1),
        ("/chat/cancel", "plan_id", "a b"),
        ("/chat/confirm", "plan_id", 1),
        ("/chat/confirm", "action_ids", "all"),
        ("/chat/confirm", "action_ids", []),
        ("/chat/confirm", "confirmation", ["yes"]),
    ],
)
def test_other_fields_out_of_bounds(client: httpx2.Client, path: str, field: str, value: object) -> None:
    response = send(client, path, {"thread_id": "t", field: value})
    assert (response.status_code, response.json()["details"]["fields"][0]["field"]) == (422, field)


@pytest.mark.parametrize("title", ["", "   ", "x" * 201, None, 1])
def test_titles_that_are_refused(client: httpx2.Client, title: object) -> None:
    send(client, "/chat", {"user_message": "hello", "thread_id": "t"})
    assert send(client, "/threads/t", {"title": title}, "PATCH").status_code == 422


@pytest.mark.parametrize("body", [{"edits": []}, {"edits": {"a": 1}}, {"remove": "a"}, {"remove": [1]}])
def test_edits_of_the_wrong_shape(client: httpx2.Client, body: dict[str, Any]) -> None:
    assert send(client, "/plans/plan_x", body, "PATCH").status_code == 422


def test_surrogates_and_nul_in_every_text(client: httpx2.Client) -> None:
    odd = "a\ud800b\0c"
    send(client, "/chat", {"user_message": "hello", "thread_id": "t"})
    assert send(client, "/chat/cancel", {"thread_id": "t", "reason": odd, odd: odd}).status_code == 409
    assert send(client, "/chat/confirm", {"thread_id": "t", "confirmation": odd}).status_code == 409
    assert send(client, "/threads/t", {"title": odd}, "PATCH").json()["title"] == "a\ufffdb\ufffdc"
    assert send(client, "/plans/plan_x", {"edits": {"act_x": {odd: {odd: [odd]}}}}, "PATCH").status_code == 404


@pytest.mark.parametrize("text", ['"x"', '"\\u0041"'])
@pytest.mark.parametrize(("begin", "end"), [("[", "]"), ('{"a":', "}")])
def test_bodies_that_are_nested_deep(client: httpx2.Client, begin: str, end: str, text: str) -> None:
    def edited(depth: int) -> httpx2.Response:
        body = f'{{"edits": {{"act_x": {{"a": {begin * depth}{text}{end * depth}}}}}}}'
        return client.patch("/plans/plan_x", content=body, headers=JSON)

    assert edited(17).status_code == 404
    for depth in (18, 400, 600, 2_000, 20_000):
        assert (edited(depth).status_code, edited(depth).json()["error"]) == (400, "invalid_request")


@pytest.mark.parametrize("body", [b"{", b"[]", b'{"a": NaN}', b"\xff"])
def test_what_a_body_must_be_is_said(client: httpx2.Client, body: bytes) -> None:
    refused = client.post("/chat", content=body, headers={"Content-Type": "application/json"})
    assert (refused.status_code, refused.json()["message"]) == (400, "The request cannot be read: send a JSON object.")
