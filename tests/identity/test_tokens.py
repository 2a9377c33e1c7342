"""Tokens for one's own programs: what each may do, and that without `decide` nothing that a program does decides."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import httpx2
import pytest
from sqlalchemy import event
from tests.http.test_contract import ask
from tests.http.test_envelope import SIGNED_IN
from tests.identity.test_sessions import reason
from tests.kit.model import ScriptedSource

from sayso.base.ids import hashed
from sayso.conversation import ledger
from sayso.http.session import COOKIE
from sayso.identity import tokens
from sayso.identity.types import Actor

if TYPE_CHECKING:
    from tests.conftest import Server, StartServer

Json = dict[str, Any]
TASK = "Add a task to call the bank"
ONLY_YOU = "Only you can decide this"
MINUTE = timedelta(minutes=1)


def made(client: httpx2.Client, *scopes: str, **more: Any) -> Json:
    response = client.post("/auth/tokens", json={"name": "cron", "scopes": scopes} | more)
    assert response.status_code == 201, response.text
    return dict(response.json())


def program(server: "Server", token: str, **options: Any) -> httpx2.Client:
    return server.anonymous(headers={"Authorization": f"Bearer {token}", **options.pop("headers", {})}, **options)


@pytest.fixture
def client(server: "Server") -> httpx2.Client:
    return server.client()


def of(server: "Server", client: httpx2.Client, *scopes: str) -> httpx2.Client:
    """A program with these scopes."""
    return program(server, made(client, *scopes)["token"])


# --- making, listing, ending -----------------------------------------------------------------------------------------


def test_it_is_shown_once_and_kept_as_a_hash(server: "Server", client: httpx2.Client) -> None:
    token = made(client, "chat", "read")
    assert set(token) == {"id", "name", "scopes", "created_at", "expires_at", "used_at", "token", "notice"}
    assert (token["name"], token["scopes"], token["expires_at"], token["notice"]) == (
        "cron", ["read", "chat"], None, None,
    )  # fmt: skip
    assert token["token"].startswith("sayso_")
    [listed] = client.get("/auth/tokens").json()["tokens"]
    assert listed == {name: token[name] for name in listed}
    with server.store.engine.connect() as connection:
        stored = "\n".join(connection.connection.driver_connection.iterdump())  # type: ignore[union-attr]
    assert hashed(token["token"]) in stored
    assert token["token"] not in stored
    for text in (client.get("/audit").text, client.get("/me/export").text):
        assert token["token"] not in text
        assert hashed(token["token"]) not in text


def test_the_session_of_a_token(server: "Server", client: httpx2.Client) -> None:
    token = made(client, "read", expires_at="2026-04-01T00:00:00Z")
    body = program(server, token["token"]).get("/auth/session").json()
    assert (body["provider"], body["session"], body["authenticated"]) == ("token", token["id"], True)
    assert (body["user_email"], body["expires_at"], body["ends_at"]) == (
        "me@sayso.local", "2026-04-01T00:00:00Z", "2026-04-01T00:00:00Z",
    )  # fmt: skip
    assert {**body["token"], "used_at": None} == client.get("/auth/tokens").json()["tokens"][0] | {"used_at": None}
    assert body["token"]["scopes"] == ["read"]


def test_it_ends_when_it_is_revoked_or_its_time_has_come(server: "Server", client: httpx2.Client) -> None:
    lasting, short = made(client, "read"), made(client, "read", expires_at="2026-03-02T09:01:00-05:00")
    assert program(server, lasting["token"]).get("/threads").status_code == 200
    assert client.delete(f"/auth/tokens/{lasting['id']}").json() == {"revoked": True}
    assert reason(program(server, lasting["token"]).get("/threads")) == (401, "token_unknown")
    assert client.delete(f"/auth/tokens/{lasting['id']}").status_code == 404
    server.clock.move(MINUTE - timedelta(microseconds=1))
    assert program(server, short["token"]).get("/threads").status_code == 200
    server.clock.move(timedelta(microseconds=1))
    assert reason(program(server, short["token"]).get("/threads")) == (401, "token_expired")


def test_it_outlives_the_session_that_made_it(server: "Server", client: httpx2.Client) -> None:
    token = made(client, "read")["token"]
    client.delete("/auth/sessions")
    assert program(server, token).get("/threads").status_code == 200


def test_anothers_token_looks_like_none(server: "Server", client: httpx2.Client) -> None:
    token = made(client, "read")
    stranger = server.stranger()
    assert stranger.delete(f"/auth/tokens/{token['id']}").status_code == 404
    assert stranger.get("/auth/tokens").json() == {"tokens": []}
    ask(stranger, TASK, thread_id="theirs")
    assert program(server, token["token"]).get("/threads/theirs").status_code == 404


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "name"), ({"name": " ", "scopes": ["read"]}, "name"), ({"name": "x", "scopes": []}, "scopes"),
        ({"name": "x", "scopes": ["admin"]}, "scopes.0"), ({"name": "x" * 201, "scopes": ["read"]}, "name"),
        ({"name": "x", "scopes": ["read"], "expires_at": "2026-03-02T14:00:00Z"}, "expires_at"),
        ({"name": "x", "scopes": ["read"], "expires_at": "2027-01-01T00:00:00"}, "expires_at"),
        ({"name": "x", "scopes": ["read"], "expires_at": "9999-12-31T23:59:59-12:00"}, "expires_at"),
    ],
)  # fmt: skip
def test_what_cannot_be_made(client: httpx2.Client, body: Json, field: str) -> None:
    response = client.post("/auth/tokens", json=body)
    assert response.status_code == 422
    assert response.json()["details"]["fields"][0]["field"] == field
    assert client.get("/auth/tokens").json() == {"tokens": []}


def test_there_is_a_bound(client: httpx2.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "MOST", 2)
    made(client, "read")
    made(client, "read")
    refused = client.post("/auth/tokens", json={"name": "x", "scopes": ["read"]})
    assert (refused.status_code, len(client.get("/auth/tokens").json()["tokens"])) == (422, 2)


def test_to_let_a_program_decide_is_said_and_gives_the_session_another_id(
    server: "Server", client: httpx2.Client
) -> None:
    before = client.cookies[COOKIE]
    made(client, "read", "chat")
    assert client.cookies[COOKIE] == before
    token = made(client, "decide")
    assert "confirms and cancels in your name" in token["notice"]
    assert client.cookies[COOKIE] != before
    assert reason(server.anonymous(cookies={COOKIE: before}).get("/threads")) == (401, "session_unknown")
    assert client.get("/threads").status_code == 200


def test_use_is_noted_once_a_minute(server: "Server", client: httpx2.Client) -> None:
    reading = of(server, client, "read")
    written: list[str] = []

    def note(conn: Any, cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith("UPDATE api_tokens"):
            written.append(statement)

    event.listen(server.store.engine, "before_cursor_execute", note)

    def used_at() -> str | None:
        return str(client.get("/auth/tokens").json()["tokens"][0]["used_at"])

    assert used_at() == "None"
    for _ in range(3):
        reading.get("/threads")
    assert (len(written), used_at()) == (1, "2026-03-02T14:00:00Z")
    server.clock.move(MINUTE)
    reading.get("/threads/nowhere")  # which was refused
    assert (len(written), used_at()) == (1, "2026-03-02T14:00:00Z")
    for _ in range(3):
        reading.get("/threads")
    assert (len(written), used_at()) == (2, "2026-03-02T14:01:00Z")


# --- the header ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "header", ["Bearer sayso_" + "x" * 43, "Bearer x", "Bearer", "bearer x y", "Bearer " + "x" * 43, "Bearer \xfc"]
)
def test_a_bad_token_does_not_fall_back_to_the_cookie(server: "Server", header: str) -> None:
    client = server.client()
    response = client.get("/threads", headers=[(b"Authorization", header.encode("latin-1"))])
    assert reason(response) == (401, "token_unknown")
    assert response.headers["www-authenticate"] == 'Bearer realm="sayso", error="invalid_token"'


def test_a_token_counts_for_more_than_a_cookie(server: "Server", client: httpx2.Client) -> None:
    token = made(client, "read")["token"]
    both = program(server, token, cookies={COOKIE: client.cookies[COOKIE]})
    assert both.get("/auth/session").json()["provider"] == "token"
    assert both.post("/chat", json={"user_message": "hi"}).status_code == 403


def test_the_schemes_of_proxies_are_none_of_ours(server: "Server", client: httpx2.Client) -> None:
    for header in ("Basic eDp5", "Basic", ""):
        assert client.get("/threads", headers={"Authorization": header}).status_code == 200
    token = made(client, "read")["token"]
    assert server.anonymous().get("/threads", headers={"Authorization": f"BEARER  {token}"}).status_code == 200


def test_a_foreign_page_gains_nothing(server: "Server", client: httpx2.Client) -> None:
    chatting = of(server, client, "chat")
    assert chatting.post("/chat", json={"user_message": "hello"}).status_code == 200
    foreign = chatting.post("/chat", json={"user_message": "hello"}, headers={"Origin": "https://evil.example"})
    assert foreign.json()["error"] == "forbidden_origin"


# --- scopes ----------------------------------------------------------------------------------------------------------

READ = {
    "/threads", "/threads/x", "/plans", "/plans/x", "/activity", "/memory", "/workspace/today", "/mail/x/attachments/x",
    "/auth/session", "/me/export", "/accounts", "/workspace/changes",
}  # fmt: skip
CHAT = {
    ("POST", "/chat"), ("POST", "/chat/stream"), ("GET", "/chat/stream"), ("POST", "/chat/message"),
    ("POST", "/chat/stop"), ("PATCH", "/plans/x"), ("PATCH", "/threads/x"),
}  # fmt: skip
DECIDE = {
    ("POST", "/chat/confirm"),
    ("POST", "/chat/cancel"),
    ("POST", "/plans/x/undo"),
    ("DELETE", "/threads/x"),
}


def needed(method: str, path: str) -> str:
    if method == "GET" and path in READ:
        return "read"
    if (method, path) in CHAT:
        return "chat"
    return "decide" if (method, path) in DECIDE else "session"


def test_the_lists_above_name_what_there_is() -> None:
    assert set(SIGNED_IN) > CHAT | DECIDE
    assert {("GET", path) for path in READ} < set(SIGNED_IN)


@pytest.mark.parametrize("given", ["read", "chat", "decide"])
def test_what_each_scope_may(server: "Server", client: httpx2.Client, given: str) -> None:
    """Of the whole table, so that a new route is none of a token's until somebody says so here."""
    using = of(server, client, given)
    for method, path in SIGNED_IN:
        response = using.request(method, path, json={})
        needs = needed(method, path)
        if needs == given:
            assert response.status_code not in (401, 403), (method, path)
            continue
        body = response.json()
        assert (response.status_code, body["error"], body["details"]) == (403, "scope_missing", {"scope": needs}), path
        assert response.headers["www-authenticate"].endswith(f'error="insufficient_scope", scope="{needs}"')
    assert client.get("/auth/session").status_code == 200  # nobody was erased or signed out


def test_head_is_as_get(server: "Server", client: httpx2.Client) -> None:
    assert of(server, client, "chat").head("/threads").status_code == 403
    assert of(server, client, "read").head("/threads").status_code == 200


def test_the_description_names_the_scope(server: "Server") -> None:
    described = server.anonymous().get("/openapi.json").json()
    assert described["components"]["securitySchemes"]["token"]["scheme"] == "bearer"
    paths = described["paths"]
    assert paths["/chat"]["post"]["security"] == [{"session": []}, {"token": ["chat"]}]
    assert paths["/auth/tokens"]["post"]["security"] == [{"session": []}]
    assert "security" not in paths["/auth/devices/claim"]["post"]


# --- only you decide -------------------------------------------------------------------------------------------------


def waiting(client: httpx2.Client, thread: str = "t") -> list[str]:
    plans = client.get("/plans", params={"status": "pending"}).json()["plans"]
    return [plan["id"] for plan in plans if plan["thread_id"] == thread]


def last(text: str) -> Json:
    """The last event of a stream."""
    return dict(json.loads(text.strip().split("\n\n")[-1].split("data: ")[1])["data"])


def undecided(client: httpx2.Client, plan_id: str, *refused: Json) -> None:
    """The plan waits, nothing was done, and the audit tells of each refusal."""
    assert waiting(client) == [plan_id]
    assert client.get("/activity").json()["entries"] == []
    audit = client.get("/audit").json()["events"]
    told = [each["data"] for each in audit if each["kind"] in ("decision_refused", "confirmed", "cancelled")]
    assert told[::-1] == [{"token": "cron", **each} for each in refused]


@pytest.fixture
def plan_id(server: "Server", client: httpx2.Client) -> str:
    """What a program proposed, and its user sees."""
    plan_id = ask(of(server, client, "chat"), TASK, thread_id="t")["plan"]["id"]
    assert waiting(client) == [plan_id]
    return str(plan_id)


@pytest.mark.parametrize("path", ["/chat/confirm", "/chat/cancel"])
@pytest.mark.parametrize("accept", ["*/*", "text/event-stream"])
def test_not_by_the_routes(server: "Server", client: httpx2.Client, plan_id: str, path: str, accept: str) -> None:
    both = of(server, client, "read", "chat")
    refused = both.post(path, json={"thread_id": "t", "plan_id": plan_id}, headers={"Accept": accept})
    assert (refused.status_code, refused.json()["error"]) == (403, "scope_missing")
    assert refused.json()["message"].startswith(ONLY_YOU)
    undecided(client, plan_id, {"request": f"POST {path}"})


@pytest.mark.parametrize("word", ["yes", "no", "👍", "Yes, go ahead!"])
@pytest.mark.parametrize("path", ["/chat", "/chat/stream"])
def test_not_by_words(server: "Server", client: httpx2.Client, plan_id: str, word: str, path: str) -> None:
    refused = of(server, client, "chat").post(path, json={"user_message": word, "thread_id": "t"})
    assert (refused.status_code, refused.json()["error"]) == (403, "scope_missing")
    assert refused.json()["message"].startswith(ONLY_YOU)
    undecided(client, plan_id, {"request": f"POST {path}"})
    said = {"user_message": "yes", "thread_id": "t", "plan_id": plan_id}
    assert client.post("/chat", json=said).json()["decision"]["status"] == "completed"


@pytest.mark.parametrize("word", ["yes", "no"])
def test_not_by_words_that_its_user_has_answered(
    server: "Server", client: httpx2.Client, plan_id: str, word: str
) -> None:
    """A kept message is answered for whoever asks for its stream, but the words are the program's."""
    kept = of(server, client, "chat").post("/chat/message", json={"user_message": word, "thread_id": "t"})
    assert (kept.status_code, kept.json()["error"]) == (403, "scope_missing")
    assert client.get("/chat/stream?thread_id=t").status_code == 400  # there is none
    undecided(client, plan_id, {"request": "POST /chat/message"})


def test_not_by_words_that_were_kept_before_the_proposal(server: "Server", client: httpx2.Client) -> None:
    chatting = of(server, client, "chat")
    assert chatting.post("/chat/message", json={"user_message": "yes", "thread_id": "t"}).status_code == 200
    ask(client, TASK, thread_id="t")
    client.get("/chat/stream?thread_id=t")
    [still] = waiting(client)  # perhaps proposed anew
    undecided(client, still)


def test_not_by_the_words_of_its_user(server: "Server", client: httpx2.Client, plan_id: str) -> None:
    """A yes that the user has left to be answered is not taken by a program; it stays for him."""
    client.post("/chat/message", json={"user_message": "yes", "thread_id": "t", "plan_id": plan_id})
    taken = of(server, client, "chat").get("/chat/stream?thread_id=t")
    assert taken.status_code == 403
    undecided(client, plan_id, {"request": "GET /chat/stream"})
    assert last(client.get("/chat/stream?thread_id=t").text)["decision"] == "confirmed"


def test_not_by_deleting_the_thread(server: "Server", client: httpx2.Client, plan_id: str) -> None:
    chatting = of(server, client, "chat")
    assert chatting.delete("/threads/t").status_code == 403
    undecided(client, plan_id, {"request": "DELETE /threads/t"})
    client.post("/chat/cancel", json={"thread_id": "t"})
    assert chatting.delete("/threads/t").status_code == 403
    assert of(server, client, "decide").delete("/threads/t").status_code == 204


def test_not_by_stopping_what_was_confirmed(server: "Server", client: httpx2.Client) -> None:
    plan_id = ask(client, TASK, thread_id="t")["plan"]["id"]
    you = Actor(client.get("/auth/session").json()["user"]["id"], "web")
    server.store.write_now(ledger.decide, "confirmed", you, "t", plan_id, server.clock.now(), None)
    assert of(server, client, "chat").post("/chat/stop", json={"thread_id": "t"}).status_code == 403
    assert client.get(f"/plans/{plan_id}").json()["actions"][0]["status"] == "waiting"
    assert client.post("/chat/stop", json={"thread_id": "t"}).status_code == 200
    told = [each for each in client.get("/audit").json()["events"] if each["kind"] in ("stopped", "decision_refused")]
    assert [(each["kind"], each["via"]) for each in told] == [("stopped", "api"), ("decision_refused", "token")]


@pytest.mark.parametrize("path", ["/chat", "/chat/stream"])
@pytest.mark.parametrize("words", ["Add a task to zzz", "don't do that, just add a task to zzz"])
def test_not_by_proposing_something_else(server: "Server", client: httpx2.Client, words: str, path: str) -> None:
    plan_id = ask(client, TASK, thread_id="t")["plan"]["id"]
    answered = of(server, client, "chat").post(path, json={"user_message": words, "thread_id": "t"})
    assert "scope_missing" in answered.text
    assert (waiting(client), waiting(client, "other")) == ([plan_id], [])
    [action] = client.get(f"/plans/{plan_id}").json()["actions"]
    edited = of(server, client, "chat").patch(f"/plans/{plan_id}", json={"edits": {action["id"]: {"title": "evil"}}})
    assert edited.status_code == 403
    assert client.post("/chat/confirm", json={"thread_id": "t"}).json()["status"] == "completed"


def test_what_a_program_proposed_it_may_propose_anew(server: "Server", client: httpx2.Client, plan_id: str) -> None:
    again = ask(of(server, client, "chat"), "Add a task to zzz", thread_id="t")["plan"]["id"]
    assert waiting(client) == [again] != [plan_id]


def test_what_a_program_proposed_is_confirmed_by_name(server: "Server", client: httpx2.Client, plan_id: str) -> None:
    """Its user may not have seen it: another front end of his told him of something else."""
    deciding = of(server, client, "chat", "decide")
    for each in (client, deciding):
        for decide in (decided_by_route, decided_by_word):
            refused = decide(each)
            assert (refused.status_code, refused.json()["details"]["plan_id"]) == (409, plan_id)
    kept = client.post("/chat/message", json={"user_message": "yes", "thread_id": "t"})
    assert kept.status_code == 409
    assert waiting(client) == [plan_id]
    own = ask(deciding, "Add a task to zzz", thread_id="mine")["plan"]["id"]
    assert deciding.post("/chat/confirm", json={"thread_id": "mine"}).json()["status"] == "completed"
    assert own not in waiting(client, "mine")
    assert client.post("/chat/cancel", json={"thread_id": "t"}).status_code == 200


def test_a_program_does_not_set_the_time_zone(server: "Server", client: httpx2.Client) -> None:
    before = client.get("/auth/session").json()["user"]["timezone"]
    said = {"user_message": "what is on tomorrow?", "timezone": "Asia/Tokyo"}
    assert of(server, client, "chat").post("/chat", json=said).status_code == 200
    assert client.get("/auth/session").json()["user"]["timezone"] == before


@pytest.mark.parametrize("words", ["cancel it please", "scrap that", "discard the proposal"])
@pytest.mark.parametrize("path", ["/chat", "/chat/stream"])
def test_not_by_the_agent(server: "Server", client: httpx2.Client, plan_id: str, words: str, path: str) -> None:
    answered = of(server, client, "chat").post(path, json={"user_message": words, "thread_id": "t"})
    assert answered.status_code == 200
    response = (answered.json() if path == "/chat" else last(answered.text))["response"]
    assert ONLY_YOU in response
    assert "withdrawn" not in response
    undecided(client, plan_id, {"thread_id": "t"})


def test_not_by_a_model_that_withdraws(start_server: "StartServer") -> None:
    server = start_server(source=ScriptedSource())
    client = server.client()
    chatting = of(server, client, "chat")
    plan_id = ask(chatting, "propose task A", thread_id="t")["plan"]["id"]
    ask(chatting, "withdraw", thread_id="t")
    undecided(client, plan_id, {"thread_id": "t"})


def test_what_a_program_may_change_waits_again(server: "Server", client: httpx2.Client, plan_id: str) -> None:
    chatting = of(server, client, "chat", "read")
    [action] = chatting.get(f"/plans/{plan_id}").json()["actions"]
    edited = chatting.patch(f"/plans/{plan_id}", json={"edits": {action["id"]: {"title": "Call my bank"}}}).json()
    assert (edited["status"], waiting(client)) == ("pending", [edited["id"]])
    [told] = [each for each in client.get("/audit").json()["events"] if each["kind"] == "edited"]
    assert (told["data"]["plan_id"], told["data"]["token"]) == (plan_id, "cron")


def decided_by_route(using: httpx2.Client, **named: str) -> httpx2.Response:
    return using.post("/chat/confirm", json={"thread_id": "t", **named})


def decided_by_word(using: httpx2.Client, **named: str) -> httpx2.Response:
    return using.post("/chat", json={"user_message": "yes", "thread_id": "t", **named})


@pytest.mark.parametrize("decide", [decided_by_route, decided_by_word])
def test_with_decide_a_program_decides_and_every_trail_names_it(
    server: "Server", client: httpx2.Client, plan_id: str, decide: Callable[..., httpx2.Response]
) -> None:
    token = made(client, "chat", "decide")
    assert decide(program(server, token["token"]), plan_id=plan_id).status_code == 200
    plan = client.get(f"/plans/{plan_id}").json()
    assert (plan["status"], plan["decided_by"]) == ("completed", token["id"])
    assert [each["session_id"] for each in plan["events"] if each["kind"] == "confirmed"] == [token["id"]]
    [entry] = client.get("/activity").json()["entries"]
    assert entry["session"] == {
        "id": token["id"], "current": False, "user_agent": None, "provider": "token", "name": "cron",
    }  # fmt: skip
    [told] = [each for each in client.get("/audit").json()["events"] if each["kind"] == "confirmed"]
    assert (told["via"], told["by"], told["data"]["plan_id"]) == ("token", token["id"], plan_id)
    assert told["data"]["token"] == "cron"
