"""A model's calls: side by side, wrong ones, none at all; tools that are found; threads of earlier versions."""

import asyncio
import re
from dataclasses import replace
from typing import Any, ClassVar

import pytest
from pydantic_ai.messages import (
    ModelMessage,
    ModelMessagesTypeAdapter,
    ModelResponse,
    ModelResponsePart,
    TextPart,
    ThinkingPart,
    ToolCallPart,
)
from pydantic_ai.models.function import AgentInfo
from tests.kit.history_rules import problems

from sayso.agent.own_tools import DATA, LISTED_TOOLS, MOST_FOUND
from sayso.agent.runner import Runner
from sayso.agent.turn import TAKEN_BACK
from sayso.agent.types import PastTurn, Waiting, WaitingAction
from sayso.base.errors import ModelError
from sayso.tools.base import Proposal, ReadTool, ToolContext

from .test_runner import Act, Look, Source, Text, calls, returned, run, step, turn_input


class Meet(ReadTool[Text]):
    """Ends once so many calls of it are under way; "break" fails at once."""

    name: ClassVar[str] = "meet"
    description: ClassVar[str] = "Meet."
    Args = Text

    def __init__(self, parties: int) -> None:
        self._missing = parties
        self._all_there = asyncio.Event()
        self.left: list[str] = []

    async def run(self, ctx: ToolContext, args: Text) -> dict[str, Any]:
        if args.text == "break":
            raise RuntimeError("a bug")
        self._missing -= 1
        if not self._missing:
            self._all_there.set()
        try:
            await self._all_there.wait()
        finally:
            self.left.append(args.text)
        return {"met": args.text}


def test_reads_run_side_by_side_and_are_answered_in_the_order_of_their_calls() -> None:
    async def answer(messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
        if step(messages):
            assert returned(messages) == [f"note: {DATA}\nmet: {text}" for text in "abc"]
            return ModelResponse([TextPart("They met.")])
        return calls(*(("meet", {"text": text}) for text in "abc"))

    output, _ = run([Meet(3)], answer)
    assert sorted(read.args["text"] for read in output.reads) == ["a", "b", "c"]


def test_what_fails_unexpectedly_ends_what_runs_beside_it() -> None:
    async def answer(messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
        return calls(("meet", {"text": "a"}), ("meet", {"text": "break"}))

    meet = Meet(2)
    with pytest.raises(RuntimeError, match="a bug"):
        run([meet], answer)
    assert meet.left == ["a"]


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize(
    ("call", "told"),
    [
        (ToolCallPart("fly", {}), "There is no tool 'fly'"),
        (ToolCallPart("look", '{"text": "A'), "The arguments are no JSON object: EOF"),
        (ToolCallPart("look", '["A"]'), "The arguments are no JSON object"),
        (ToolCallPart("look", {"text": []}), "These arguments do not fit: `text` should be a valid string."),
        (ToolCallPart("read_more", {}), "These arguments do not fit: `result` is missing; `field` is missing."),
        (ToolCallPart("withdraw_plan", {}), "Nothing waits for a decision any more."),
    ],
    ids=lambda value: value.tool_name if isinstance(value, ToolCallPart) else value[:9],
)
def test_a_wrong_call_is_told_and_can_be_mended(call: ToolCallPart, told: str, stream: bool) -> None:
    histories: list[list[ModelMessage]] = []

    async def answer(messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
        histories.append(messages)
        if not step(messages):
            return ModelResponse([replace(call)])
        return calls(("look", {})) if step(messages) == 1 else ModelResponse([TextPart("Mended.")])

    output, _ = run([Look()], answer, stream=stream)
    assert output.text.strip() == "Mended."
    assert returned(histories[-1])[0].partition(") ")[2].startswith(told)
    assert [problems(history) for history in histories] == [[], [], []]


@pytest.mark.parametrize(
    ("given", "left", "told"),
    [
        ({}, [], "status: cancelled"),
        ({"actions": [1]}, ["act B"], "status: dropped\nstill waiting: act B"),
        ({"actions": [2, 1]}, [], "status: cancelled"),
    ],
    ids=["all", "one", "both"],
)
def test_what_was_proposed_in_the_turn_can_be_taken_back(given: dict[str, Any], left: list[str], told: str) -> None:
    """A model that sees the warnings, or a failure beside it, may think better of what it proposed."""
    histories: list[list[ModelMessage]] = []

    async def answer(messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
        histories.append(messages)
        if step(messages) == 0:
            return calls(("act", {"text": "A"}), ("act", {"text": "B"}), ("look", {}))
        return calls(("withdraw_plan", given)) if step(messages) == 1 else ModelResponse([TextPart("Better not.")])

    output, _ = run([Act("act"), Look()], answer)
    assert [each.proposal.preview for each in output.new] == left
    results = returned(histories[-1])
    assert results[-1] == told
    assert sum(TAKEN_BACK in each for each in results) == 2 - len(left)
    assert [problems(history) for history in histories] == [[], [], []]


def test_what_comes_beside_a_withdrawal_is_not_withdrawn() -> None:
    async def answer(messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
        return (
            calls(("withdraw_plan", {}), ("act", {"text": "B"}))
            if not step(messages)
            else ModelResponse([TextPart("So?")])
        )

    waiting = Waiting("plan_1", (WaitingAction("act_1", "c", "act", Proposal("write", {"text": "A"}, "a", "act A")),))
    output, _ = run([Act("act")], answer, waiting)
    assert [each.proposal.preview for each in output.new] == ["act B"]


def test_parts_that_are_withdrawn_one_by_one_come_to_the_whole() -> None:
    asked: list[str] = []

    async def withdraw(reason: str) -> bool:
        asked.append(reason)
        return True

    async def answer(messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
        if step(messages) < 2:
            return calls(("withdraw_plan", {"actions": [step(messages) + 1], "reason": f"{step(messages)}"}))
        return ModelResponse([TextPart("Gone.")])

    proposals = [Proposal("write", {"text": each}, "a", f"act {each}") for each in "AB"]
    waiting = Waiting("plan_1", tuple(WaitingAction(f"act_{n}", f"c{n}", "act", p) for n, p in enumerate(proposals)))
    turn = replace(turn_input([], waiting), withdraw=withdraw)
    output = asyncio.run(Runner({"act": Act("act")}, Source(answer)).run(turn, False))
    assert (asked, output.proposed) == (["1"], ())


def test_a_model_that_only_makes_up_tools_has_to_speak() -> None:
    async def answer(messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
        if (info.model_settings or {}).get("tool_choice") == "none":
            return ModelResponse([TextPart("I cannot fly.")])
        return calls(("fly", {}))

    output, _ = run([Look()], answer)
    assert (output.text.strip(), output.usage["requests"]) == ("I cannot fly.", 5)


@pytest.mark.parametrize("empty", [1, 2, 3])
def test_a_model_that_says_nothing_is_asked_again_twice(empty: int) -> None:
    asked: list[str] = []

    async def answer(messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
        asked.append(str(messages))
        return ModelResponse([TextPart(" \n" if len(asked) <= empty else "Here I am.")])

    if empty == 3:
        with pytest.raises(ModelError) as raised:
            run([Look()], answer, stream=False)
        assert raised.value.details["reason"] == "unusable"
    else:
        output, _ = run([Look()], answer, stream=False)
        assert (output.text, output.usage["requests"]) == ("Here I am.", empty + 1)
    assert [text.count("Please return text or call a tool.") for text in asked] == [0, 1, 2][: len(asked)]


@pytest.mark.parametrize("blank", ["", "\n"])
def test_what_a_vendor_wants_back_is_kept_and_what_none_takes_back_is_not(blank: str) -> None:
    """Thinking that nothing follows goes, also where blank text followed it; a signature stays, on empty text."""
    histories: list[list[ModelMessage]] = []
    signed = TextPart(blank, provider_details={"thought_signature": "c2ln"})
    said: list[list[ModelResponsePart]] = [
        [ThinkingPart("Hm.", signature="s")],
        [ThinkingPart("Hm.", signature="s"), TextPart(blank)],
        [ThinkingPart("A look.", signature="s"), ToolCallPart("look", {}), TextPart(blank)],
        [ThinkingPart("Well.", signature="s"), TextPart("Well."), signed],
    ]

    async def answer(messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
        histories.append(messages)
        return ModelResponse(said[len(histories) - 1])

    output, _ = run([Look()], answer, stream=False)
    assert output.text == "Well."
    assert [problems(history) for history in histories] == [[]] * 4
    stored = ModelMessagesTypeAdapter.validate_python(output.messages)
    kept = [message.parts for message in stored if isinstance(message, ModelResponse)]
    assert [[type(part) for part in parts] for parts in kept] == [
        [], [], [ThinkingPart, ToolCallPart], [ThinkingPart, TextPart, TextPart],
    ]  # fmt: skip
    assert isinstance(kept[2][0], ThinkingPart)
    assert kept[2][0].signature == "s"
    assert kept[3][2] == TextPart("", provider_details={"thought_signature": "c2ln"})


def test_tools_are_found_by_their_words_best_first() -> None:
    """Those that are found are offered once each, behind the listed ones; what is not found may be called, too."""
    many = [Act(f"paint_{number}") for number in range(12)]
    tools = [*(Act(f"common_{number}") for number in range(LISTED_TOOLS)), *many, Act("paint_the_fence"), Act("feed")]
    offered: list[list[str]] = []
    found: list[Any] = []

    async def answer(messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
        offered.append([tool.name for tool in info.function_tools])
        found[:] = returned(messages)
        said = ["the FENCE to paint", "paint the fence", "xyzzy", ""]
        if step(messages) < len(said):
            return calls(("find_tools", {"keywords": said[step(messages)]}))
        return calls(("feed", {"text": "the cat"}))

    output, _ = run(tools, answer)
    [first, again, nothing, empty] = [re.findall(r"^(\w+) \|", result, re.MULTILINE) for result in found]
    assert first == again == ["paint_the_fence", *(f"paint_{number}" for number in range(MOST_FOUND - 1))]
    assert nothing == empty == []
    assert offered[1] == offered[-1] == [*offered[0][:LISTED_TOOLS], *first, *offered[0][LISTED_TOOLS:]]
    assert [each.tool for each in output.new] == ["feed"]


def test_few_tools_need_no_search() -> None:
    async def answer(messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
        return ModelResponse([TextPart(", ".join(tool.name for tool in info.function_tools))])

    output, _ = run([Act(f"common_{number}") for number in range(LISTED_TOOLS)], answer, stream=False)
    assert output.text.endswith("common_39, read_more, withdraw_plan")


def _call(tool: str, ident: str, args: Any, **more: Any) -> dict[str, Any]:
    return {"part_kind": "tool-call", "tool_name": tool, "tool_call_id": ident, "args": args, **more}


def _result(tool: str, ident: str, content: Any, **more: Any) -> dict[str, Any]:
    return {"part_kind": "tool-return", "tool_name": tool, "tool_call_id": ident, "content": content, **more}


def _retried(cause: str) -> dict[str, Any]:
    return {"outcome": "retried", "retry": {"cause": cause, "attempt": 1, "max_retries": 2}}


_SEARCH: dict[str, Any] = {"tool_kind": "tool-search"}
STORED: list[list[dict[str, Any]]] = [
    [{"part_kind": "user-prompt", "content": "go"}],
    [_call("act", "aaaaaaaaa", '{"text": "Br'), _call("fly", "bbbbbbbbb", {})],
    [
        _result("act", "aaaaaaaaa", "1 validation error", **_retried("validation_error")),
        _result("fly", "bbbbbbbbb", "Unknown tool name: 'fly'.", **_retried("unknown_tool")),
    ],
    [],
    [{"part_kind": "retry-feedback", "content": "Please return text or call a tool.", "retry": {"cause": "no_output"}}],
    [_call("search_tools", "ccccccccc", {"queries": ["act"]}, **_SEARCH)],
    [_result("search_tools", "ccccccccc", {"discovered_tools": [{"name": "act"}]}, **_SEARCH)],
    [
        {"part_kind": "text", "content": "Let me."},
        _call("act", "ddddddddd", {"text": "a"}),
        _call("look", "eeeeeeeee", {}),
    ],
    [_result("look", "eeeeeeeee", {"note": "Data.", "found": "x"})],
    [{"part_kind": "text", "content": "Fine."}],
]
"""What a turn left behind while the loop was Pydantic AI's: its requests with instructions and the ids of a run."""


@pytest.mark.parametrize("stream", [True, False])
def test_a_thread_of_an_earlier_version_goes_on(stream: bool) -> None:
    messages = [
        {"kind": "response", "parts": parts}
        if index % 2
        else {"kind": "request", "parts": parts, "instructions": f"Now: {index}", "run_id": "r", "conversation_id": "c"}
        for index, parts in enumerate(STORED)
    ]
    histories: list[list[ModelMessage]] = []

    async def answer(messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
        histories.append(messages)
        return ModelResponse([TextPart("Well.")])

    past = [PastTurn(messages, {"ddddddddd": {"status": "cancelled"}}, "go")]
    runner = Runner({"look": Look(), "act": Act("act")}, Source(answer))
    output = asyncio.run(runner.run(replace(turn_input([]), history=past), stream))
    assert output.text.strip() == "Well."
    [history] = histories
    assert problems(history) == []
    assert "status: cancelled" in str(history)
    assert "Now:" not in str([part for message in history for part in message.parts])
