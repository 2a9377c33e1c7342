"""The validator itself: it takes what both APIs take, and sees each way of breaking their rules."""

import pytest
from pydantic_ai.messages import (
    ModelMessage,
    ModelRequest,
    ModelRequestPart,
    ModelResponse,
    ModelResponsePart,
    TextPart,
    ToolCallPart,
    ToolReturnPart,
    UserPromptPart,
)
from tests.kit.history_rules import Wire, openai_problems, problems


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
    "calls and results": [user("do"), assistant("Look:", call("a"), call("b")), user(result("a"), result("b"))],
    "results in another order": [user("do"), assistant(call("a"), call("b")), user(result("b"), result("a"))],
    "a prompt behind the results": [user("do"), assistant(call("a")), user(result("a"), "and then?")],
    "a prompt in a message of its own": [user("do"), assistant(call("a")), user(result("a")), user("and then?")],
    "one id in two responses": [
        user("do"),
        assistant(call("a")),
        user(result("a")),
        assistant(call("a")),
        user(result("a")),
    ],
    "two responses in a row": [user("do"), assistant("One."), assistant("Two."), user("ok")],
}
BROKEN: dict[str, tuple[list[ModelMessage], set[str]]] = {
    "nothing": ([], {"A1", "R1"}),
    "begins with the assistant": ([assistant("Hi."), user("hello")], {"A1"}),
    "ends with the assistant": ([user("hello"), assistant("Hi.")], {"R1"}),
    "a call without result at the end": ([user("do"), assistant(call("a"))], {"O1", "A2", "R1"}),
    "a call without result": ([user("do"), assistant(call("a")), user("and?")], {"O1", "A2"}),
    "one of two without result": ([user("do"), assistant(call("a"), call("b")), user(result("a"))], {"O1", "A2"}),
    "a result twice": ([user("do"), assistant(call("a")), user(result("a"), result("a"))], {"O2", "A2"}),
    "a result later": (
        [user("do"), assistant(call("a")), user("and?"), assistant("Well."), user(result("a"))],
        {"O1", "O2", "A2", "A3"},
    ),
    "a prompt before the result": ([user("do"), assistant(call("a")), user("and?", result("a"))], {"O1", "O2", "A4"}),
    "an orphan": ([user("do"), assistant("Done."), user(result("a"))], {"O2", "A3"}),
    "an orphan at the beginning": ([user(result("a"), "hello")], {"O2", "A3"}),
    "another call's result": ([user("do"), assistant(call("a")), user(result("b"))], {"O1", "O2", "A2", "A3"}),
    "an assistant between call and result": (
        [user("do"), assistant(call("a")), assistant("Hm."), user(result("a"))],
        {"O1", "O2"},
    ),
    "two calls with one id": ([user("do"), assistant(call("a"), call("a")), user(result("a"))], {"O3", "A6"}),
    "an odd id": ([user("do"), assistant(call("a b")), user(result("a b"))], {"A6"}),
    "an empty text": ([user("do"), assistant(""), user("ok")], {"O3", "A5"}),
    "an empty text beside a call": ([user("do"), assistant("", call("a")), user(result("a"))], {"A5"}),
    "a blank prompt": ([user("do"), assistant("Yes?"), user(" ")], {"A5"}),
    "an empty prompt": ([user("do"), assistant("Yes?"), user("")], {"O4", "A5"}),
    "an empty message": ([user("do"), assistant(), user("ok")], {"O3", "A5"}),
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
