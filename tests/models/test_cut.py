"""An answer that the vendor cut, or the model refused, is told as such, and what it was to do is left out (P1, P7).

Thinking goes back to the vendor that wants it, and to no other.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from tests.conftest import Server, StartServer
from tests.kit.cutter import REFUSAL, THOUGHT, WORDS, Cutter, cutter
from tests.models.test_wire import say, stream, told

MODELS = {
    "chat": "openai-chat:m",
    "responses": "openai-responses:gpt-5-mini",
    "messages": "anthropic:claude-sonnet-5-5",
    "gemini": "google:gemini-3-pro-preview",
}
ROOM = "the model ran out of room for it."
FILTER = "a filter of the model's vendor stopped it."
UNENDED = "(The answer may be incomplete: the model's server never said that it was finished.)"
LEFT_OUT = "What it was about to do is left out, so ask for that again.)"


def odd(reason: str) -> str:
    return f"(The answer may be incomplete: the model's server ended it for a reason of its own, “{reason}”.)"


def cut_for(why: str) -> str:
    return f"(The answer was cut: {why})"


ALL = {"length": cut_for(ROOM), "unended": UNENDED, "own": "", "whole": ""}
NOTES = {
    "chat": ALL | {"filter": cut_for(FILTER), "odd": odd("abort")},
    "responses": ALL | {"filter": cut_for(FILTER), "odd": odd("steered")},
    "messages": ALL
    | {
        "odd": odd("abort"),
        "full": cut_for("the conversation fills all the room that the model has."),
        "refuse": "(The model refused to go on.)",
        "pause": cut_for("the model paused on the way."),
    },
    "gemini": ALL
    | {
        "filter": cut_for(FILTER),
        "quote": cut_for("a filter of the model's vendor stopped it, since it would quote a source at length."),
        "broken": cut_for("the model asked for something in a form that cannot be read."),
        "odd": odd("OTHER"),
    },
}
"""By dialect, what is told of each answer that has begun."""


@dataclass(frozen=True, slots=True)
class Driven:
    """A server that a model drives whose vendor cuts its answers."""

    dialect: str
    server: Server
    vendor: Cutter


@pytest.fixture(params=sorted(MODELS))
def cut(request: pytest.FixtureRequest, start_server: StartServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Driven]:
    with cutter() as vendor:
        for name in ("OPENAI", "ANTHROPIC", "GOOGLE"):
            monkeypatch.setenv(f"{name}_API_KEY", "k")
        monkeypatch.setenv("OPENAI_BASE_URL", f"{vendor.url}/v1")
        monkeypatch.setenv("ANTHROPIC_BASE_URL", vendor.url)
        monkeypatch.setenv("GOOGLE_GEMINI_BASE_URL", vendor.url)
        yield Driven(request.param, start_server(model=MODELS[request.param]), vendor)


def test_an_answer_that_was_cut_says_so(cut: Driven) -> None:
    client = cut.server.client()
    for asked, note in NOTES[cut.dialect].items():
        expected = f"{WORDS}\n\n{note}".strip()
        if asked != "unended":  # of an answer that came in one piece, its being there says that it is whole
            assert say(client, asked)["response"] == expected
        events = stream(client, asked)
        assert events[-1][0] == "complete"
        assert events[-1][1]["response"] == told(events) == expected
        assert client.get("/threads/t").json()["messages"][-1]["content"] == expected


def test_an_answer_without_a_word_says_why_there_is_none(cut: Driven) -> None:
    client = cut.server.client()
    notes = {"length": f"(There is no answer: {ROOM})", "filter": f"(There is no answer: {FILTER})"}
    refused = (
        "(The model refused to answer.)"
        if cut.dialect == "messages"
        else f"(The model refused to answer: “{REFUSAL}”.)"
    )
    notes |= {"refuse": refused} if cut.dialect != "gemini" else {}
    if cut.dialect == "messages":
        del notes["filter"]
    for asked, note in notes.items():
        assert say(client, f"{asked} empty")["response"] == note
        events = stream(client, f"{asked} empty")
        assert events[-1][1]["response"] == told(events) == note
    assert say(client, "whole")["response"] == WORDS


def test_a_call_in_an_answer_that_was_cut_is_not_proposed(cut: Driven) -> None:
    """Neither one that lacks arguments nor one that looks whole: more may have been to come."""
    client = cut.server.client()
    for script in (name for name, note in NOTES[cut.dialect].items() if note):
        for asked in (f"{script} call", f"{script} half call think"):
            answers: list[Any] = [stream(client, asked)[-1]]
            answers += [("complete", say(client, asked))] if script != "unended" else []
            for kind, answer in answers:
                assert (kind, answer["plan"]) == ("complete", None), asked
                assert answer["response"].endswith(LEFT_OUT), asked
    assert client.get("/plans").json()["plans"] == []
    assert say(client, "whole call")["plan"]["actions"][0]["tool"] == "create_task"
    assert stream(client, "whole call")[-1][0] == "confirmation_required"


@pytest.mark.parametrize("streamed", [False, True])
def test_thinking_goes_back_with_what_followed_it(cut: Driven, streamed: bool) -> None:
    """Within the turn's plan, after the decision, and in later turns; that of an answer that was cut does not."""
    client = cut.server.client()
    plan = (stream(client, "whole call think")[-1][1] if streamed else say(client, "whole call think"))["plan"]
    client.post("/chat/confirm", json={"thread_id": "t", "plan_id": plan["id"]}).raise_for_status()
    say(client, "whole")
    for request in cut.vendor.requests[1:]:
        assert _kept(cut.dialect, request), request
    assert len(cut.vendor.requests) == 3
    (stream(client, "length empty think") if streamed else say(client, "length empty think"))
    say(client, "whole")
    assert json.dumps(cut.vendor.requests[-1]).count("Rye") == json.dumps(cut.vendor.requests[-3]).count("Rye")


def _kept(dialect: str, body: Any) -> Any:
    """Whether a request has the thought with the call behind it, in the vendor's own way."""
    if dialect == "responses":
        items = body["input"]
        at = next(index for index, item in enumerate(items) if item.get("type") == "reasoning")
        thought, message, call, result = items[at : at + 4]
        return (
            (thought["id"], thought["encrypted_content"], message["id"]) == ("rs_1", "c2VhbGVk", "msg_1")
            and (call["type"], call["id"]) == ("function_call", "fc_1")
            and (result["type"], result["call_id"]) == ("function_call_output", call["call_id"])
        )
    if dialect == "messages":
        blocks = next(each["content"] for each in body["messages"] if each["role"] == "assistant")
        thinking = {"type": "thinking", "thinking": THOUGHT, "signature": "c2lnbmVk"}
        return thinking.items() <= blocks[0].items() and blocks[-1]["type"] == "tool_use"
    if dialect == "gemini":
        parts = next(each["parts"] for each in body["contents"] if each["role"] == "model")
        return parts[-1]["thoughtSignature"] == "c2lnbmVk" and "functionCall" in parts[-1]
    message = next(each for each in body["messages"] if each["role"] == "assistant")
    return message["reasoning_content"] == THOUGHT and len(message["tool_calls"]) == 1


def test_a_signature_without_words_goes_back(cut: Driven) -> None:
    """Gemini ends an answer with an empty piece that carries one."""
    client = cut.server.client()
    say(client, "whole think")
    stream(client, "whole think")
    say(client, "whole")
    if cut.dialect == "gemini":
        said = [each["parts"] for each in cut.vendor.requests[-1]["contents"] if each["role"] == "model"]
        assert [parts[-1].get("thoughtSignature") for parts in said] == ["c2lnbmVk", "c2lnbmVk"]


@pytest.mark.parametrize("after", sorted(MODELS))
def test_a_thread_with_thinking_goes_on_with_another_vendor(start_server: StartServer, cut: Driven, after: str) -> None:
    client = cut.server.client()
    plan = say(client, "whole call think")["plan"]
    client.post("/chat/confirm", json={"thread_id": "t", "plan_id": plan["id"]}).raise_for_status()
    say(client, "whole think")
    say(client, "length half call think")
    if cut.dialect in ("chat", "responses"):
        say(client, "refuse empty")
    cut.server.stop()
    other = start_server(model=MODELS[after])
    assert say(other.client(), "whole")["response"] == WORDS
    sent = json.dumps(cut.vendor.requests[-1])
    foreign = [each for each in ("c2lnbmVk", "c2VhbGVk", "rs_1", "fc_1") if each in sent]
    assert foreign == [] or after == cut.dialect
