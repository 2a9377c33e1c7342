"""The validator itself: it takes what every API takes, and sees each way of breaking their rules."""

import pytest
from pydantic_ai.messages import (
    ModelMessage,
    ModelRequest,
    ModelRequestPart,
    ModelResponse,
    ModelResponsePart,
    TextPart,
    ThinkingPart,
    ToolCallPart,
    ToolReturnPart,
    UserPromptPart,
)
from tests.kit.history_rules import Wire, openai_problems, problems

A, B = "aaaaaaaaa", "bbbbbbbbb"  # ids that every API takes


def user(*parts: ModelRequestPart | str) -> ModelMessage:
    return ModelRequest(parts=[UserPromptPart(part) if isinstance(part, str) else part for part in parts])


def assistant(*parts: ModelResponsePart | str) -> ModelMessage:
    return ModelResponse(parts=[TextPart(part) if isinstance(part, str) else part for part in parts])


def call(call_id: str) -> ToolCallPart:
    return ToolCallPart("create_task", {"title": "A"}, call_id)


def result(call_id: str) -> ToolReturnPart:
    return ToolReturnPart("create_task", {"status": "waiting"}, call_id)


VALID: dict[str, list[ModelMessage]] = {
    "a question": [user("hello")],
    "an exchange": [user("hello"), assistant("Hi."), user("and?")],
    "calls and results": [user("do"), assistant("Look:", call(A), call(B)), user(result(A), result(B))],
    "results in another order": [user("do"), assistant(call(A), call(B)), user(result(B), result(A))],
    "a prompt behind the results": [user("do"), assistant(call(A)), user(result(A), "and then?")],
    "a prompt in a message of its own": [user("do"), assistant(call(A)), user(result(A)), user("and then?")],
    "an empty response": [user("do"), assistant(), user("ok")],
    "two responses in a row": [user("do"), assistant("One."), assistant("Two."), user("ok")],
}
BROKEN: dict[str, tuple[list[ModelMessage], set[str]]] = {
    "nothing": ([], {"A1", "R1"}),
    "begins with the assistant": ([assistant("Hi."), user("hello")], {"A1"}),
    "ends with the assistant": ([user("hello"), assistant("Hi.")], {"R1"}),
    "a call without result at the end": ([user("do"), assistant(call(A))], {"O1", "A2", "R1"}),
    "a call without result": ([user("do"), assistant(call(A)), user("and?")], {"O1", "A2"}),
    "one of two without result": ([user("do"), assistant(call(A), call(B)), user(result(A))], {"O1", "A2"}),
    "a result twice": ([user("do"), assistant(call(A)), user(result(A), result(A))], {"O2", "A2"}),
    "a result later": (
        [user("do"), assistant(call(A)), user("and?"), assistant("Well."), user(result(A))],
        {"O1", "O2", "A2", "A3"},
    ),
    "a prompt before the result": ([user("do"), assistant(call(A)), user("and?", result(A))], {"O1", "O2", "A4"}),
    "an orphan": ([user("do"), assistant("Done."), user(result(A))], {"O2", "A3"}),
    "an orphan at the beginning": ([user(result(A), "hello")], {"O2", "A3"}),
    "another call's result": ([user("do"), assistant(call(A)), user(result(B))], {"O1", "O2", "A2", "A3"}),
    "an assistant between call and result": (
        [user("do"), assistant(call(A)), assistant("Hm."), user(result(A))],
        {"O1", "O2"},
    ),
    "two calls with one id": ([user("do"), assistant(call(A), call(A)), user(result(A))], {"O3", "A6"}),
    "one id in two responses": (
        [user("do"), assistant(call(A)), user(result(A)), assistant(call(A)), user(result(A))],
        {"A6"},
    ),
    "a call behind words": ([user("do"), assistant("Well."), assistant(call(A)), user(result(A))], {"G1"}),
    "an odd id": ([user("do"), assistant(call("a b.c:0123")), user(result("a b.c:0123"))], {"A6", "M1"}),
    "an id that Mistral refuses": ([user("do"), assistant(call("call_0_12")), user(result("call_0_12"))], {"M1"}),
    "a name that was made up": (
        [user("do"), assistant(ToolCallPart("functions.fly", {}, A)), user(ToolReturnPart("functions.fly", {}, A))],
        {"N1"},
    ),
    "an empty text": ([user("do"), assistant(""), user("ok")], {"O3", "A5"}),
    "an empty text beside a call": ([user("do"), assistant("", call(A)), user(result(A))], {"A5"}),
    "a blank text beside a call": ([user("do"), assistant("\n\n", call(A)), user(result(A))], {"A5"}),
    "thinking alone": ([user("do"), assistant(ThinkingPart("Hm.")), user("ok")], {"O3", "A5", "T1"}),
    "a blank prompt": ([user("do"), assistant("Yes?"), user(" ")], {"A5"}),
    "an empty prompt": ([user("do"), assistant("Yes?"), user("")], {"O4", "A5"}),
}


@pytest.mark.parametrize("name", VALID)
def test_valid(name: str) -> None:
    assert problems(VALID[name]) == []


@pytest.mark.parametrize("name", BROKEN)
def test_broken(name: str) -> None:
    messages, rules = BROKEN[name]
    assert {problem.split()[0] for problem in problems(messages)} == rules


@pytest.mark.parametrize("arguments", ['["A"]', "A", ""])
def test_arguments_are_an_object(arguments: str) -> None:
    calls = [{"id": "a", "name": "create_task", "arguments": arguments}]
    sent: list[Wire] = [
        {"role": "user", "content": "do"},
        {"role": "assistant", "tool_calls": calls},
        {"role": "tool", "tool_call_id": "a", "content": "{}"},
    ]
    assert [problem.split()[0] for problem in openai_problems(sent)] == ["O4"]
