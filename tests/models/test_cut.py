"""An answer that the vendor cut is told as cut, streamed and whole, and what it was to do is left out (P1, P7)."""

from collections.abc import Iterator
from typing import Any

import pytest
from tests.conftest import Server, StartServer
from tests.kit.cutter import WORDS, cutter
from tests.models.test_wire import say, stream, told

ROOM = "(The answer was cut: the model ran out of room for it.)"
HELD = "(The answer was cut: the model's vendor held back the rest.)"
UNENDED = "(The answer may be incomplete: the model's server never said that it was finished.)"
ODD = "(The answer may be incomplete: the model's server ended it for a reason of its own, “abort”.)"
NOTES = {"length": ROOM, "filter": HELD, "unended": UNENDED, "odd": ODD, "own": "", "whole": ""}
LEFT_OUT = "What it was about to do is left out, so ask for that again.)"


@pytest.fixture(params=["openai-chat:m", "anthropic:claude-sonnet-5-5"])
def cut(request: pytest.FixtureRequest, start_server: StartServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    with cutter() as url:
        monkeypatch.setenv("OPENAI_API_KEY", "k")
        monkeypatch.setenv("OPENAI_BASE_URL", f"{url}/v1")
        monkeypatch.setenv("ANTHROPIC_API_KEY", "k")
        monkeypatch.setenv("ANTHROPIC_BASE_URL", url)
        yield start_server(model=request.param)


def test_an_answer_that_was_cut_says_so(cut: Server) -> None:
    client = cut.client()
    for asked, note in NOTES.items():
        expected = f"{WORDS}\n\n{note}".strip()
        if asked != "unended":  # of an answer that came in one piece, its being there says that it is whole
            assert say(client, asked)["response"] == expected
        events = stream(client, asked)
        assert events[-1][0] == "complete"
        assert events[-1][1]["response"] == told(events) == expected
        assert client.get("/threads/t").json()["messages"][-1]["content"] == expected


def test_a_call_in_an_answer_that_was_cut_is_not_proposed(cut: Server) -> None:
    """Neither one that lacks arguments nor one that looks whole: more may have been to come."""
    client = cut.client()
    for asked in ("length half call", "length call", "filter call", "unended call", "unended half call", "odd call"):
        answers: list[Any] = [stream(client, asked)[-1]]
        answers += [("complete", say(client, asked))] if "unended" not in asked else []
        for kind, answer in answers:
            assert (kind, answer["plan"]) == ("complete", None), asked
            assert answer["response"].endswith(LEFT_OUT), asked
    assert client.get("/plans").json()["plans"] == []
    assert say(client, "whole call")["plan"]["actions"][0]["tool"] == "create_task"
    assert stream(client, "whole call")[-1][0] == "confirmation_required"
