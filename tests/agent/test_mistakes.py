"""Each error of a call says how the call is mended, and is told to the model's API as an error."""

from typing import Any

import pytest
from pydantic import ValidationError
from pydantic_ai.messages import (
    ModelMessage,
    ModelMessagesTypeAdapter,
    ModelResponse,
    TextPart,
    ToolCallPart,
    ToolReturnPart,
)
from pydantic_ai.models.function import AgentInfo
from tests.kit.history_rules import problems

from sayso.agent.mistakes import _MEND, arguments, mistake, no_such_tool
from sayso.agent.own_tools import OWN_TOOLS
from sayso.base.steps import TooManySteps
from sayso.tools.base import ToolInputError
from sayso.tools.registry import toolbox
from sayso.workspace.errors import NotConnected, ObjectChanged, ObjectNotFound, Refused, Unavailable

from .test_runner import Look, calls, run, step

TOOLS = toolbox()


def refused(tool: str, **args: Any) -> dict[str, Any]:
    """What is told of arguments that do not fit."""
    shape = OWN_TOOLS.get(tool) or TOOLS[tool].Args
    with pytest.raises(ValidationError) as caught:
        shape.model_validate(args)
    return mistake(caught.value, tool, TOOLS)


@pytest.mark.parametrize(
    ("tool", "args", "said"),
    [
        ("create_calendar_event", {"title": "x", "start": "y", "guest": ["Ana"]},
         "`guest`: there is no such argument; did you mean `guests`?"),
        ("complete_task", {"task": "x", "zzz": 1}, "`zzz`: there is no such argument; there are task, tasks"),
        ("list_task_lists", {"zzz": 1}, "`zzz`: there is no such argument"),
        ("create_calendar_event", {"title": "x"}, "`start` is missing"),
        ("read_more", {"result": "r1"}, "`field` is missing"),
        ("create_task", {"title": "x", "titles": ["y"]}, "give `title` or `titles`, not both"),
        ("list_tasks", {"limit": 500}, "`limit` should be less than or equal to 200 (it was 500)"),
        ("list_tasks", {"status": "closed"}, "`status` should be 'open', 'done' or 'all' (it was \"closed\")"),
        ("list_tasks", {"limit": "many"}, "`limit` should be a valid integer, unable to parse string as an integer "
         '(it was "many")'),
        ("create_task", {"title": "x" * 301}, "`title` has 301 characters, 300 at most are taken"),
        ("archive_mail", {"messages": []}, "`messages` should have at least 1 item after validation, not 0"),
        ("send_mail", {"to": [{"name": "Ana"}]}, "`to.0` should be a valid string (it was {\"name\": \"Ana\"})"),
        ("send_mail", {"body": {"text": "x" * 100}}, "`body` should be a valid string"),
    ],
)  # fmt: skip
def test_arguments_that_do_not_fit_are_named_with_what_fits(tool: str, args: dict[str, Any], said: str) -> None:
    told = refused(tool, **args)
    assert (told["code"], told["message"]) == ("invalid", f"These arguments do not fit: {said}.")


def test_several_wrong_arguments_are_told_at_once() -> None:
    said = refused("create_calendar_event", titel="x", start="y")["message"]
    assert "`title` is missing; `titel`: there is no such argument; did you mean `title`?" in said


@pytest.mark.parametrize("tool", [*TOOLS, "read_more", "find_tools"])
def test_the_example_of_every_tool_is_a_call_that_fits(tool: str) -> None:
    told = refused(tool, no_such=1)
    example = told.get("example", {})
    (OWN_TOOLS.get(tool) or TOOLS[tool].Args).model_validate(example)
    assert bool(example) == (tool not in ("list_task_lists", "list_labels"))


@pytest.mark.parametrize(
    ("tool", "example"),
    [
        ("create_calendar_event", {"title": "the title", "start": "March 10th at 3 PM"}),
        ("create_task", {"title": "call the bank"}),
        ("complete_task", {"task": "call the bank"}),
        ("archive_mail", {"messages": ["the latest mail from Priya"]}),
        ("respond_to_invitation", {"event": "my 3 o'clock with Ana", "response": "accepted"}),
        ("read_more", {"result": "r1", "field": "message.body"}),
    ],
)
def test_an_example_has_what_the_call_cannot_do_without(tool: str, example: dict[str, Any]) -> None:
    assert refused(tool, no_such=1)["example"] == example


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("create_event", "did you mean create_calendar_event"),
        ("calendar_create_event", "create_calendar_event"),
        ("send_email", "did you mean send_mail"),
        ("withdraw", "withdraw_plan"),
        ("xyzzy", "call one that you were given."),
    ],
)
def test_a_tool_that_is_made_up_is_answered_with_the_nearest(name: str, near: str) -> None:
    error = no_such_tool(name, TOOLS)
    assert error.code == "not_found"
    assert near in str(error)


@pytest.mark.parametrize(
    ("args", "said"),
    [
        ('{"title": "Broken', 'EOF while parsing a string at line 1 column 17, behind `{"title": "Broken`.'),
        ('{"title": "A" "due": 1}', 'expected `,` or `}` at line 1 column 15, behind `{"title": "A" "`.'),
        ('["A"]', "The arguments are no JSON object:"),
    ],
)
def test_arguments_that_are_no_json_are_told_where(args: str, said: str) -> None:
    with pytest.raises(ToolInputError) as caught:
        arguments(ToolCallPart("look", args))
    assert said in str(caught.value)


CANDIDATES = [{"id": "tsk_1", "label": "'Call the bank'"}]


@pytest.mark.parametrize(
    ("error", "mend"),
    [
        (ToolInputError("x", "ambiguous", CANDIDATES, "task", "bank"), _MEND["ambiguous"]),
        (ToolInputError("x", "not_found", CANDIDATES, "task", "bank"), "Call again with the id of a candidate"),
        (ToolInputError("x", "not_found", kind="task", given="bank"), "Look with list_tasks, or ask the user."),
        (ToolInputError("x", "not_found", kind="contact", given="Bo"), "Look with find_contact, or ask the user."),
        (ToolInputError("x", "not_found"), ""),
        (ToolInputError("x", "past"), _MEND["past"]),
        (ToolInputError("x", "nothing_to_do"), _MEND["nothing_to_do"]),
        (ToolInputError("x"), ""),
        (ObjectChanged("x"), "Read it again"),
        (ObjectNotFound("x"), "It is gone"),
        (NotConnected("x"), "No call can help"),
        (Unavailable("x"), ""),
        (Refused("x"), ""),
        (TooManySteps("x"), ""),
    ],
    ids=lambda value: "" if isinstance(value, str) else f"{type(value).__name__}-{getattr(value, 'code', '')}",
)
def test_how_to_mend_stands_beside_the_sentence(error: Exception, mend: str) -> None:
    """The sentence itself may be quoted to the user."""
    told = mistake(error, "complete_task", TOOLS)
    assert told["message"] == "x"
    assert told.get("mend", "").startswith(mend)
    assert bool(told.get("mend")) == bool(mend)
    assert told.get("candidates", []) == getattr(error, "candidates", [])


def test_a_tool_that_is_not_offered_is_not_recommended() -> None:
    error = ToolInputError("x", "not_found", kind="task", given="bank")
    assert "mend" not in mistake(error, "complete_task", {"complete_task": TOOLS["complete_task"]})


def test_what_is_missing_is_told_with_an_example() -> None:
    told = mistake(ToolInputError("Which task do you mean?", "missing"), "complete_task", TOOLS)
    assert (told["mend"], told["example"]) == (_MEND["missing"], {"task": "call the bank"})


@pytest.mark.parametrize("stream", [True, False])
def test_an_error_is_one_for_the_models_api_and_stays_one_in_the_store(stream: bool) -> None:
    """Unknown tools, broken arguments and what a tool refuses; what works is none."""
    seen: list[list[ModelMessage]] = []

    async def answer(messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
        seen.append(messages)
        wrong = calls(("fly", {}), ("look", {"text": []}), ("withdraw_plan", {}), ("look", {}))
        return ModelResponse([TextPart("Well.")]) if step(messages) else wrong

    output, _ = run([Look()], answer, stream=stream)
    stored = ModelMessagesTypeAdapter.validate_python(output.messages)
    for history in (seen[-1], stored):
        parts = [part for message in history for part in message.parts if isinstance(part, ToolReturnPart)]
        assert [part.outcome for part in parts] == ["retried", "retried", "retried", "success"]
        for part, code in zip(parts, ("not_found", "invalid", "nothing_to_do"), strict=False):
            assert code in str(part.content)
    assert problems(seen[-1]) == []
