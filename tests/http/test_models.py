"""Each user's language model: chosen, tried, kept with its key, shown with what it cost; and who may choose what."""

import io
import json
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import httpx2
import pytest
from sqlalchemy import insert, select, update
from tests.kit.servers import TAKEN, ModelServer, model_server

from sayso.agent.models import chosen_source
from sayso.conversation.models import MOST_OPEN
from sayso.store.gateway import ReadConn, WriteConn
from sayso.store.tables import audit_events, user_models, users

if TYPE_CHECKING:
    from tests.conftest import Server, StartServer

CANARY = "sk-canary-5f1e9c"
OPERATORS = "sk-operator-77aa"
CLAUDE = "anthropic:claude-sonnet-5-5"
GPT = "openai-chat:gpt-5-mini"


@pytest.fixture(scope="module", autouse=True)
def _libraries() -> None:
    """Imported before a request waits for it."""
    for name in (CLAUDE, GPT):
        chosen_source(name, None, "key")


@pytest.fixture
def there(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModelServer]:
    """What Anthropic and OpenAI are in these tests."""
    with model_server("Here is one.") as server:
        monkeypatch.setenv("ANTHROPIC_BASE_URL", server.url)
        monkeypatch.setenv("OPENAI_BASE_URL", f"{server.url}/v1")
        yield server


def choose(client: httpx2.Client, name: str | None, **more: Any) -> httpx2.Response:
    return client.put("/me/model", json={"name": name, **more})


def chosen(client: httpx2.Client, name: str, **more: Any) -> httpx2.Client:
    answer = choose(client, name, **more)
    assert answer.status_code == 200, answer.text
    return client


def say(client: httpx2.Client, text: str = "hello", thread: str = "t") -> httpx2.Response:
    return client.post("/chat", json={"user_message": text, "thread_id": thread})


def fields(answer: httpx2.Response) -> list[str]:
    assert answer.status_code == 422, answer.text
    return [each["field"] for each in answer.json()["details"]["fields"]]


# --- one server, several models ---------------------------------------------------------------------------------------


def test_two_users_have_two_models_and_a_third_the_servers(server: "Server", there: ModelServer) -> None:
    with model_server("Here is another.") as other:
        ana = chosen(server.stranger("ana"), CLAUDE, key="key-of-ana")
        robin = chosen(server.client(), "qwen3", base_url=f"{other.url}/v1", key="key-of-robin")
        mara = server.stranger("mara")
        assert say(ana).json()["response"] == "Here is one."
        assert say(robin).json()["response"] == "Here is another."
        assert "language model" not in say(mara, "what's on today?").json()["response"]
        assert (there.keys, other.keys) == ({"key-of-ana"}, {"key-of-robin"})
        models = [each.get("/auth/session").json()["model"] for each in (ana, robin, mara)]
    assert models == [
        {"name": CLAUDE, "offline": False}, {"name": "qwen3", "offline": False}, {"name": "offline", "offline": True}
    ]  # fmt: skip
    shown = ana.get("/me/model").json()
    assert shown["chosen"]
    assert shown["model"] == {
        "name": CLAUDE, "label": "claude-sonnet-5-5 (Anthropic)", "offline": False, "base_url": None, "has_key": True,
        "problem": None,
    }  # fmt: skip
    assert shown["default"] == {"name": "offline", "label": "Offline, without a language model", "offline": True}
    assert (shown["may_name_servers"], robin.get("/me/model").json()["may_name_servers"]) == (False, True)


def test_the_servers_model_again(server: "Server", there: ModelServer) -> None:
    ana = chosen(server.stranger(), GPT, key=CANARY)
    back = choose(ana, None).json()
    assert (back["chosen"], back["model"]["name"], back["model"]["has_key"]) == (False, "offline", False)
    say(ana, "what's on today?")
    assert there.asked == []
    assert fields(choose(ana, GPT)) == ["key"]  # the key went with the choice


def test_offline_beside_a_servers_model(start_server: "StartServer", there: ModelServer) -> None:
    server = start_server(model="qwen3", model_base_url=f"{there.url}/v1")
    ana = chosen(server.stranger(), "offline")
    say(ana, "what's on today?")
    assert there.asked == []
    assert say(server.stranger()).json()["response"] == "Here is one."


def test_a_turn_under_way_keeps_its_model(server: "Server", there: ModelServer) -> None:
    ana = chosen(server.stranger("ana"), GPT, key=CANARY)
    there.open.clear()
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(say, ana)
        assert there.begun.acquire(timeout=30)
        chosen(server.stranger("ana"), "offline")
        there.open.set()
        assert answer.result().json()["response"] == "Here is one."
    assert len(there.asked) == 1


def test_more_models_than_are_kept_open(server: "Server", there: ModelServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sayso.conversation.models.MOST_OPEN", 1)
    assert MOST_OPEN > 1
    clients = [chosen(server.stranger(), GPT, key=f"key-{number}") for number in range(3)]
    there.open.clear()
    with ThreadPoolExecutor(3) as pool:
        answers = [pool.submit(say, client) for client in clients]
        for _ in clients:
            assert there.begun.acquire(timeout=30)
        there.open.set()  # by now each but one has been taken out of what is kept
        assert {answer.result().status_code for answer in answers} == {200}
    assert say(clients[0]).status_code == 200
    assert there.keys == {"key-0", "key-1", "key-2"}


def test_an_outcome_is_worded_by_ones_own_model(server: "Server", there: ModelServer) -> None:
    ana = chosen(server.stranger(), GPT, key=CANARY)
    say(ana, "create a task please")
    done = ana.post("/chat/confirm", json={"thread_id": "t"}).json()
    assert done["status"] == "completed"
    assert done["response"].endswith("Here is one.")


# --- keys -------------------------------------------------------------------------------------------------------------


def test_a_key_comes_out_nowhere(
    server: "Server", there: ModelServer, capfd: pytest.CaptureFixture[str], logged: io.StringIO
) -> None:
    client = chosen(server.client(), GPT, key=CANARY)
    there.status = 401  # an error that quotes the key
    told = [
        say(client), client.get("/me/model"), client.get("/me/export"), client.get("/threads/t"),
        client.post("/me/model/test", json={"name": GPT}), client.get("/auth/session"),
        choose(client, "openrouter:noslash", key=CANARY), choose(client, GPT, key=f"{CANARY}\u00e9"),
    ]  # fmt: skip
    assert [answer.status_code for answer in told] == [502, 200, 200, 200, 200, 200, 422, 422]
    assert told[0].json()["details"] == {"reason": "not_authorized"}
    assert there.keys == {CANARY}
    events = server.store.read_now(_everything)
    server.stop()
    kept = b"".join(path.read_bytes() for path in server.settings.data_dir.iterdir() if path.is_file())
    assert b"openai-chat:gpt-5-mini" in kept
    assert CANARY.encode() not in kept
    shown = "".join(answer.text for answer in told) + logged.getvalue() + repr(events) + "".join(capfd.readouterr())
    assert CANARY not in shown


def _everything(conn: ReadConn) -> list[Any]:
    return [tuple(row) for table in (user_models, audit_events) for row in conn.execute(select(table))]


def test_a_key_that_is_moved_to_another_user_does_not_open(server: "Server", there: ModelServer) -> None:
    ana, mallory = chosen(server.stranger("ana"), GPT, key=CANARY), server.stranger("mallory")
    user_id = mallory.get("/auth/session").json()["user"]["id"]
    server.store.write_now(_steal, user_id)
    assert mallory.get("/me/model").json()["model"]["problem"].startswith("The key of your language model cannot")
    refused = say(mallory)
    assert (refused.status_code, refused.json()["details"]) == (502, {"reason": "choose_again"})
    assert there.asked == []
    assert say(ana).status_code == 200


def _steal(conn: WriteConn, user_id: str) -> None:
    row = conn.execute(select(user_models)).one()
    conn.execute(insert(user_models).values({**row._asdict(), "user_id": user_id}))


def test_a_server_that_has_lost_its_key_starts_and_says_so(start_server: "StartServer", there: ModelServer) -> None:
    first = start_server(secret_key="a" * 40)
    chosen(first.stranger("ana"), GPT, key=CANARY)
    first.stop()
    ana = start_server(secret_key="b" * 40).stranger("ana")
    shown = ana.get("/me/model").json()["model"]
    assert (shown["name"], shown["has_key"]) == (GPT, True)
    assert "choose the model again" in shown["problem"]
    refused = say(ana, "what's on today?")
    assert (refused.status_code, refused.json()["error"]) == (502, "model_error")
    assert refused.json()["details"] == {"reason": "choose_again"}
    assert "choose the model again" in refused.json()["message"]
    assert ana.get("/threads").json()["threads"] == []
    assert fields(choose(ana, GPT)) == ["key"]
    assert say(chosen(ana, GPT, key="another")).status_code == 200
    assert there.keys == {"another"}


def test_a_key_stays_with_its_vendor_and_goes_to_no_other(server: "Server", there: ModelServer) -> None:
    robin = chosen(server.client(), GPT, key=CANARY)
    assert say(chosen(robin, "openai-chat:gpt-6")).status_code == 200
    assert there.keys == {CANARY}
    assert fields(choose(robin, CLAUDE)) == ["key"]
    with model_server() as other:
        assert say(chosen(robin, "qwen3", base_url=f"{other.url}/v1")).status_code == 200
        assert CANARY not in json.dumps(other.asked)
        chosen(robin, "qwen3", base_url=f"{other.url}/v1", key="key-of-there")
        assert say(chosen(robin, "qwen3:8b", base_url=f"{other.url}/v1")).status_code == 200
        assert "key-of-there" in other.keys
        assert say(chosen(robin, "qwen3", base_url=f"{there.url}/v1")).status_code == 200
        assert "key-of-there" not in there.keys


def test_the_operators_key_goes_to_no_server_that_a_user_names(
    server: "Server", there: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", OPERATORS)
    robin = chosen(server.client(), "qwen3", base_url=f"{there.url}/v1")
    robin.post("/me/model/test", json={"name": "qwen3", "base_url": f"{there.url}/v1"})
    say(robin)
    assert len(there.asked) == 2
    assert OPERATORS not in json.dumps(there.asked)


def test_the_operators_key_pays_for_nobody_else(
    server: "Server", there: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", OPERATORS)
    ana = server.stranger()
    assert fields(choose(ana, GPT)) == ["key"]
    assert fields(ana.post("/me/model/test", json={"name": GPT})) == ["key"]
    assert say(chosen(ana, GPT, key=CANARY)).status_code == 200
    assert OPERATORS not in json.dumps(there.asked)
    robin = chosen(server.client(), GPT)
    assert robin.get("/me/model").json()["model"]["has_key"] is False
    assert say(robin).status_code == 200
    assert there.keys == {CANARY, OPERATORS}


# --- what can be chosen -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "more", "field", "says"),
    [
        ("nobody:knows", {"key": CANARY}, "name", "vendor:model"),
        ("gpt-5", {"key": CANARY}, "name", "anthropic, openai, google"),
        ("anthropic:", {"key": CANARY}, "name", "vendor:model"),
        ("test", {"key": CANARY}, "name", "vendor:model"),
        ("bedrock:x", {"key": CANARY}, "name", "vendor:model"),
        ("gateway/openai:x", {"key": CANARY}, "name", "vendor:model"),
        ("xai:grok-4.7", {"key": CANARY}, "name", "pip install 'pydantic-ai-slim[xai]'"),
        ("openrouter:noslash", {"key": CANARY}, "name", "must be prefixed"),
        (CLAUDE, {}, "key", "Give a key of Anthropic"),
        (CLAUDE, {"key": ""}, "key", ""),
        (CLAUDE, {"key": "a b"}, "key", ""),
        (CLAUDE, {"key": "a\r\nX: y"}, "key", ""),
        ("a b", {}, "name", ""),
        ("", {}, "name", ""),
        ("qwen3", {"base_url": "ftp://127.0.0.1/v1"}, "base_url", ""),
        ("qwen3", {"base_url": "http://me:secret@127.0.0.1/v1"}, "base_url", ""),
        ("qwen3", {"base_url": "http://127.0.0.1/v1?x=y"}, "base_url", ""),
        ("qwen3", {"base_url": "127.0.0.1:11434"}, "base_url", ""),
    ],
)
def test_what_is_refused_with_a_reason(server: "Server", name: str, more: Any, field: str, says: str) -> None:
    client = server.client()
    for answer in (choose(client, name, **more), client.post("/me/model/test", json={"name": name, **more})):
        if answer.request.url.path == "/me/model/test" and answer.status_code == 200:
            assert says in answer.json()["problem"]  # what only the library knows
            continue
        assert fields(answer) == [field]
        assert says in answer.json()["message"]
    assert client.get("/me/model").json()["chosen"] is False


def test_no_name_is_no_test(server: "Server") -> None:
    client = server.client()
    assert fields(client.post("/me/model/test", json={"name": None})) == ["name"]
    assert fields(client.put("/me/model", json={})) == ["name"]


@pytest.mark.parametrize("name", ["qwen3", CLAUDE, "ollama:qwen3"])
def test_others_name_no_servers(server: "Server", there: ModelServer, name: str) -> None:
    ana = server.stranger()
    wanted = {"name": name, "key": CANARY} | ({} if "ollama" in name else {"base_url": f"{there.url}/v1"})
    for refused in (ana.put("/me/model", json=wanted), ana.post("/me/model/test", json=wanted)):
        assert (refused.status_code, refused.json()["error"]) == (403, "not_allowed")
    assert ana.get("/me/model").json()["chosen"] is False
    assert there.asked == []


def test_the_owner_names_servers(server: "Server", there: ModelServer) -> None:
    ana = server.stranger("ana")
    server.store.write_now(_make_owner, ana.get("/auth/session").json()["user"]["id"])
    assert ana.get("/me/model").json()["may_name_servers"] is True
    assert say(chosen(ana, "qwen3", base_url=f"{there.url}/v1")).json()["response"] == "Here is one."


def _make_owner(conn: WriteConn, user_id: str) -> None:
    conn.execute(update(users).where(users.c.id == user_id).values(owner=True))


def test_others_use_the_server_that_the_operator_names(
    start_server: "StartServer", there: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", OPERATORS)
    server = start_server(model="qwen3", model_base_url=f"{there.url}/v1")
    ana = server.stranger()
    assert choose(ana, "qwen3", base_url=f"{there.url}/v2").status_code == 403
    assert say(chosen(ana, "qwen3:32b", base_url=f"{there.url}/v1")).status_code == 200
    assert OPERATORS not in there.keys
    assert say(server.stranger()).status_code == 200
    assert OPERATORS in there.keys


def test_a_choice_is_in_the_audit_trail(server: "Server") -> None:
    ana = chosen(server.stranger(), GPT, key=CANARY)
    choose(ana, None)
    choose(ana, "nobody:knows")
    session = ana.get("/auth/session").json()
    rows = [row for row in server.store.read_now(_events) if row.user_id == session["user"]["id"]]
    assert [(row.kind, row.by, row.address, row.data) for row in rows if row.kind == "model_changed"] == [
        ("model_changed", session["session"], "127.0.0.1", {"name": GPT, "base_url": None}),
        ("model_changed", session["session"], "127.0.0.1", {"name": None}),
    ]


def _events(conn: ReadConn) -> list[Any]:
    return list(conn.execute(select(audit_events).order_by(audit_events.c.seq)))


# --- a test of it -----------------------------------------------------------------------------------------------------


def test_a_model_is_tried_and_nothing_is_kept(server: "Server", there: ModelServer) -> None:
    ana = server.stranger()
    tried = ana.post("/me/model/test", json={"name": GPT, "key": CANARY})
    assert (tried.status_code, tried.json()) == (200, {"works": True, "problem": None})
    assert ana.post("/me/model/test", json={"name": CLAUDE, "key": CANARY}).json()["works"] is True
    assert ana.post("/me/model/test", json={"name": "offline"}).json()["works"] is True
    assert len(there.asked) == 2
    shown = ana.get("/me/model").json()
    assert (shown["chosen"], shown["spent_today"]) == (False, 0)
    there.status = 401
    refused = ana.post("/me/model/test", json={"name": GPT, "key": CANARY}).json()
    assert (refused["works"], "The key is not accepted." in refused["problem"]) == (False, True)
    assert (CANARY in refused["problem"], "OPENAI_API_KEY" in refused["problem"]) == (False, False)


def test_the_model_that_is_chosen_is_tried_with_its_key(server: "Server", there: ModelServer) -> None:
    ana = chosen(server.stranger(), GPT, key=CANARY)
    assert ana.post("/me/model/test", json={"name": GPT}).json()["works"] is True
    assert there.keys == {CANARY}


def test_nobody_there(server: "Server") -> None:
    tried = server.client().post("/me/model/test", json={"name": "qwen3", "base_url": "http://127.0.0.1:1/v1"}).json()
    assert tried["works"] is False
    assert "Nothing answers at its address." in tried["problem"]
    assert "Is its address right? Often it ends in /v1." in tried["problem"]
    assert "SAYSO" not in tried["problem"]


def test_one_test_at_a_time(server: "Server", there: ModelServer) -> None:
    ana = server.stranger("ana")
    there.open.clear()
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(ana.post, "/me/model/test", json={"name": GPT, "key": CANARY})
        assert there.begun.acquire(timeout=30)
        second = server.stranger("ana").post("/me/model/test", json={"name": GPT, "key": CANARY})
        there.open.set()
        assert first.result().json()["works"] is True
    assert (second.status_code, second.json()["error"], second.json()["retry_after"]) == (429, "rate_limit_exceeded", 5)
    assert ana.post("/me/model/test", json={"name": GPT, "key": CANARY}).json()["works"] is True


def test_tests_are_counted_with_messages(start_server: "StartServer") -> None:
    ana = start_server(rate_limit=3).stranger()
    tried = [ana.post("/me/model/test", json={"name": "offline"}).status_code for _ in range(2)]
    assert [*tried, say(ana, "").status_code, say(ana, "").status_code] == [200, 200, 422, 429]


# --- what is there to choose ------------------------------------------------------------------------------------------


def test_what_the_machine_has_is_offered_to_who_runs_it(
    start_server: "StartServer", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", OPERATORS)
    with ExitStack() as held:
        ollama = held.enter_context(model_server("From Ollama."))
        ollama.models = ["qwen3:8b", "nomic-embed-text", "bad\u001b[0mname", "llama4"]
        monkeypatch.setenv("OLLAMA_HOST", ollama.url.removeprefix("http://"))
        server = start_server()
        robin, ana = server.client(), server.stranger()
        assert ana.get("/me/model").json()["offers"] == []
        assert ollama.asked == []
        shown = robin.get("/me/model").json()
        address = f"{ollama.url}/v1"
        assert shown["offers"] == [
            {"name": "ollama:qwen3:8b", "label": "qwen3:8b (Ollama)", "base_url": address, "source": "ollama"},
            {"name": "ollama:llama4", "label": "llama4 (Ollama)", "base_url": address, "source": "ollama"},
            {"name": CLAUDE, "label": "claude-sonnet-5-5 (Anthropic)", "base_url": None, "source": "environment"},
        ]
        assert OPERATORS not in robin.get("/me/model").text
        say(robin, "what's on today?")
        assert {path for path, _, _ in ollama.asked} == {"/api/tags"}  # nothing is used unasked
        taken = shown["offers"][0]
        chosen(robin, taken["name"], base_url=taken["base_url"])
        assert say(robin).json()["response"] == "From Ollama."
        assert ollama.asked[-1][2]["model"] == "qwen3:8b"


@pytest.mark.parametrize("host", ["198.51.100.7:11434", "https://ollama.example:443", "user@127.0.0.1:80", "x"])
def test_only_this_machine_is_asked(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    from sayso.agent.offers import ollama_url

    assert ollama_url({"OLLAMA_HOST": host}) == "http://127.0.0.1:11434/v1"


def test_nothing_is_offered_where_the_operator_has_chosen(
    start_server: "StartServer", there: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", OPERATORS)
    assert start_server(model="offline").client().get("/me/model").json()["offers"] == []
    vendors = {each["id"]: each for each in start_server().client().get("/me/model").json()["vendors"]}
    assert vendors["openai"] == {
        "id": "openai", "label": "OpenAI", "example": "openai:gpt-6.1-terra", "problem": None
    }  # fmt: skip
    assert "pip install" in vendors["xai"]["problem"]


def test_examples_are_names_that_the_library_knows() -> None:
    from typing import get_args

    from pydantic_ai.models import KnownModelName

    from sayso.agent.vendors import VENDORS

    known = set(get_args(KnownModelName.__value__))
    assert [each.example for each in VENDORS if each.example not in known and each.id != "openrouter"] == []


# --- what a conversation took -----------------------------------------------------------------------------------------


def test_what_a_conversation_took(server: "Server", there: ModelServer) -> None:
    ana = server.stranger()
    say(ana, "what's on today?")
    assert ana.get("/threads/t").json()["usage"] == {"requests": 0, "input_tokens": 0, "output_tokens": 0}
    chosen(ana, "openai-chat:gpt-5-mini", key=CANARY)
    say(ana)
    say(ana)
    usage = ana.get("/threads/t").json()["usage"]
    assert 0 < usage.pop("cost") < 0.01
    assert usage == {"requests": 2, "input_tokens": 200, "output_tokens": 40}
    chosen(ana, "openai-chat:nobody-knows-its-price")
    say(ana)
    assert ana.get("/threads/t").json()["usage"] == {"requests": 3, "input_tokens": 300, "output_tokens": 60}
    assert ana.get("/threads/t?limit=1").json()["usage"]["requests"] == 3
    assert ana.get("/me/model").json()["spent_today"] == 3 * TAKEN
    assert ana.get("/me/model").json()["limit"] is None
    assert ana.get("/me/export").json()["spent"] == [{"day": "2026-03-02", "tokens": 3 * TAKEN}]


def test_what_a_conversation_took_on_postgresql(start_server: "StartServer", there: ModelServer, postgres: str) -> None:
    ana = chosen(start_server(database_url=postgres).stranger(), "openai-chat:gpt-5-mini", key=CANARY)
    say(ana)
    usage = ana.get("/threads/t").json()["usage"]
    assert usage.pop("cost") > 0
    assert usage == {"requests": 1, "input_tokens": 100, "output_tokens": 20}
    chosen(ana, GPT)
    choose(ana, None)
    assert ana.get("/me/model").json()["spent_today"] == TAKEN


def test_the_banner_offers_and_does_not_use(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    from tests.kit.forked import Forked

    with model_server() as ollama:
        ollama.models = ["qwen3:8b"]
        found = {"OLLAMA_HOST": ollama.url, "ANTHROPIC_API_KEY": OPERATORS}
        clean = {name: value for name, value in os.environ.items() if not name.startswith("SAYSO_")}
        offered = _banner(Forked("serve", "--port", "0", "--data-dir", str(tmp_path / "a"), env={**clean, **found}))
        named = _banner(
            Forked(
                "serve", "--port", "0", "--data-dir", str(tmp_path / "b"), "--model", "offline", env={**clean, **found}
            )
        )
        assert {path for path, _, _ in ollama.asked} == {"/api/tags"}
    assert "  model      offline\n" in offered
    assert f"SAYSO_MODEL_BASE_URL={ollama.url}/v1 sayso serve --model ollama:qwen3:8b" in offered
    assert f"sayso serve --model {CLAUDE}   (ANTHROPIC_API_KEY is set)" in offered
    assert OPERATORS not in offered
    assert "serve --model" not in named


def _banner(process: Any) -> str:
    lines = []
    try:
        for line in process.stdout:
            lines.append(line)
            if re.search("Ctrl-C", line):
                break
    finally:
        process.kill()
        process.wait(timeout=30)
        process.stdout.close()
    return "".join(lines)
