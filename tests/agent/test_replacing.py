"""What a turn leaves waiting: failures that were mended and those that were not, replacements, several at once."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, ClassVar

import pytest
from pydantic import Field
from pydantic_ai.messages import ModelMessage, ModelResponse, TextPart
from pydantic_ai.models.function import AgentInfo

from sayso.agent.calls import MOST_WAITING
from sayso.agent.replacing import NOT_ALL, NOT_CHANGED
from sayso.agent.runner import Runner
from sayso.agent.types import Kept, TurnInput, Waiting, WaitingAction
from sayso.tools.base import AnyTool, Caution, EffectTool, Proposal, Result, ToolContext, ToolInputError

from .test_runner import Look, Source, Text, calls, returned, run, step, turn_input


class Note(Text):
    text: str = ""
    place: str = ""
    texts: list[str] = Field(default_factory=list, exclude=True)


class Write(EffectTool[Note]):
    """Fails when the text ends with a question mark; takes several texts."""

    description: ClassVar[str] = "Write something."
    effect = "write"
    Args = Note

    def __init__(self, name: str) -> None:
        self.name = name  # type: ignore[misc]

    def each(self, args: Note) -> Sequence[Note]:
        return [args.model_copy(update={"text": text, "texts": []}) for text in args.texts] or (args,)

    async def prepare(self, ctx: ToolContext, args: Note) -> Proposal:
        if args.text.endswith("?"):
            raise ToolInputError(f"Which {args.text}", "nothing_to_do" if args.text == "same?" else "ambiguous")
        touches = args.text if args.text.startswith("#") else ""
        return Proposal("write", args.model_dump(), "write", f"{self.name} {args.text} {args.place}", touches=touches)

    async def run(self, ctx: ToolContext, proposal: Proposal, key: str) -> Result:
        raise AssertionError

    async def reconcile(self, ctx: ToolContext, proposal: Proposal, key: str) -> Result | None:
        raise AssertionError


TOOLS: list[AnyTool] = [Look(), Write("mail"), Write("plan")]
Call = tuple[str, dict[str, Any]]


def _waiting(*actions: Call) -> Waiting:
    made = [
        WaitingAction(
            f"act_{n}", f"call_{n}", tool, Proposal("write", {"text": "", "place": "", **args}, "", f"old {n}")
        )
        for n, (tool, args) in enumerate(actions, start=1)
    ]
    return Waiting("plan_1", tuple(made))


def left(waiting: Waiting | None, *responses: Sequence[Call]) -> tuple[list[str], list[str]]:
    """What waits after a turn with these calls, response by response, and the beginnings of its warnings of ours."""

    async def answer(messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
        at = step(messages)
        return calls(*responses[at]) if at < len(responses) else ModelResponse([TextPart("Well.")])

    output, _ = run(TOOLS, answer, waiting)
    waits: list[str] = []
    warnings: list[Caution] = []
    for each in output.proposed:
        waits.append(each.action.proposal.preview if isinstance(each, Kept) else each.proposal.preview.strip())
        warnings += each.warnings if isinstance(each, Kept) else each.proposal.warnings
    return waits, [begin for warning in warnings for begin in (NOT_CHANGED, NOT_ALL) if warning.text.startswith(begin)]


MAIL, PLAN = ("mail", {"text": "numbers"}), ("plan", {"text": "dinner", "place": "home"})
LOOK: Call = ("look", {})


def plan(text: str, place: str = "", **more: Any) -> Call:
    return "plan", {"text": text, **({"place": place} if place else {}), **more}


@pytest.mark.parametrize(
    ("responses", "waits", "warned"),
    [
        # a new request comes to what waits; what is the same already stays once, in its place
        ([[plan("lunch")]], ["old 1", "old 2", "plan lunch"], []),
        ([[plan("lunch"), plan("tea")]], ["old 1", "old 2", "plan lunch", "plan tea"], []),
        ([[MAIL, plan("dinner", "out")]], ["mail numbers", "old 2", "plan dinner out"], []),
        ([[MAIL, PLAN]], ["mail numbers", "plan dinner home"], []),
        ([[MAIL], [MAIL]], ["mail numbers", "old 2"], []),
        # what was to be changed stays when that failed, and says so; what was to come is told of beside what came
        ([[MAIL, plan("Ana?", "home")]], ["mail numbers", "old 2"], [NOT_ALL]),
        ([[MAIL, plan("Ana?", replaces=[2])]], ["mail numbers", "old 2"], [NOT_CHANGED]),
        ([[plan("Ana?", replaces=[1, 2]), plan("tea")]], ["old 1", "old 2", "plan tea"], [NOT_CHANGED, NOT_CHANGED]),
        ([[plan("Ana?", replaces=[2]), plan("tea", replaces=[2])]], ["old 1", "plan tea"], [NOT_ALL]),
        ([[plan("Ana?"), ("withdraw_plan", {"actions": [1]})]], ["old 2"], [NOT_ALL]),
        # it was mended: in other words, by another tool, at the second attempt
        ([[MAIL, plan("Ana?")], [plan("Ana Silva")]], ["mail numbers", "old 2", "plan Ana Silva"], []),
        ([[plan("Ana?", "home"), MAIL], [("mail", {"place": "home"})]], ["mail numbers", "old 2", "mail  home"], []),
        ([[plan("a?"), MAIL], [plan("b?")], [plan("c")]], ["mail numbers", "old 2", "plan c"], []),
        ([[plan("a?", replaces=[2])], [plan("b", replaces=[2])]], ["old 1", "plan b"], []),
        # two failed, one was mended
        ([[plan("a?"), plan("b?")], [plan("c")]], ["old 1", "old 2", "plan c"], [NOT_ALL]),
        # what is so already is no failure; a read that fails is none of a change
        ([[MAIL, plan("same?")]], ["mail numbers", "old 2"], []),
        ([[MAIL, ("look", {"text": "wrong"})]], ["mail numbers", "old 2"], []),
        # nothing new: all stays as it is
        ([[plan("Ana?")]], [], []),
        ([[LOOK]], [], []),
        # named
        ([[plan("lunch", replaces=[2])]], ["old 1", "plan lunch"], []),
        ([[plan("lunch", replaces="2")]], ["old 1", "plan lunch"], []),
        ([[plan("lunch", replaces="[1, 2]")]], ["plan lunch"], []),
        ([[plan("lunch", replaces=[])]], ["old 1", "old 2", "plan lunch"], []),
        ([[plan("lunch", replaces=[1]), plan("tea")]], ["plan lunch", "old 2", "plan tea"], []),
        ([[MAIL, plan("lunch", replaces=[2])]], ["mail numbers", "plan lunch"], []),  # repeated as it was
        ([[("withdraw_plan", {"actions": [1]})]], ["old 2"], []),
        ([[("withdraw_plan", {"actions": "1"})]], ["old 2"], []),
        ([[("withdraw_plan", {"actions": [1]}), plan("tea")]], ["old 2", "plan tea"], []),
        # of this very turn: the third
        ([[LOOK, plan("tea", replaces=[])], [plan("cake", replaces=[3])]], ["old 1", "old 2", "plan cake"], []),
        (
            [[LOOK, plan("tea", replaces=[])], [LOOK, ("plan", {"texts": ["a", "b"], "replaces": [3]})]],
            ["old 1", "old 2", "plan a", "plan b"],
            [],
        ),
        # several at once
        ([[("plan", {"texts": ["a", "b"], "replaces": [1]})]], ["plan a", "plan b", "old 2"], []),
    ],
)
def test_what_waits(responses: list[list[Call]], waits: list[str], warned: list[str]) -> None:
    assert left(_waiting(MAIL, PLAN), *responses) == (waits, warned)


def _replaced(waiting: Waiting | None, *some: Call) -> list[tuple[str, ...]]:
    """Of each proposal of one response the ids of what it takes the place of."""

    async def answer(messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
        return ModelResponse([TextPart("Well.")]) if step(messages) else calls(*some)

    output, _ = run(TOOLS, answer, waiting)
    return [each.instead_of for each in output.new]


def test_each_says_which_actions_it_takes_the_place_of() -> None:
    waiting = _waiting(MAIL, PLAN, plan("#7"))
    assert _replaced(waiting, plan("lunch", replaces=[2, 1]), plan("tea")) == [("act_1", "act_2"), ()]
    assert _replaced(waiting, ("plan", {"texts": ["a", "b"], "replaces": [1]})) == [("act_1",), ()]
    assert _replaced(waiting, MAIL) == [("act_1",)]
    assert _replaced(None, MAIL) == [()]


def test_what_waits_for_the_same_object_is_changed_along() -> None:
    """Else two changes of one thing would wait, of which the second undoes the first."""
    old = Proposal("write", {"text": "#7", "place": "home"}, "", "old", touches="#7")
    waiting = Waiting("plan_1", (WaitingAction("act_1", "call_1", "plan", old),))
    assert left(waiting, [plan("#7")]) == (["plan #7 home"], [])
    assert left(waiting, [plan("#7", replaces=[1])]) == (["plan #7"], [])
    assert left(waiting, [("mail", {"text": "#7"})]) == (["old", "mail #7"], [])


def test_only_so_much_waits_as_somebody_looks_through() -> None:
    waiting = _waiting(*(plan(str(number)) for number in range(MOST_WAITING)))
    assert left(waiting, [plan("tea")]) == ([], [])
    assert len(left(waiting, [plan("tea", replaces=[7])])[0]) == MOST_WAITING
    assert len(left(waiting, [plan("7")])[0]) == MOST_WAITING
    assert len(left(waiting, [("withdraw_plan", {"actions": [7]})], [plan("tea")])[0]) == MOST_WAITING
    assert left(_waiting(MAIL), [("plan", {"texts": [str(number) for number in range(MOST_WAITING)]})]) == ([], [])


def test_a_model_is_told_that_too_much_waits() -> None:
    told: list[Any] = []

    async def answer(messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
        told[:] = returned(messages)
        return ModelResponse([TextPart("Decide first.")]) if step(messages) else calls(plan("tea"))

    run(TOOLS, answer, _waiting(*(plan(str(number)) for number in range(MOST_WAITING))))
    assert "too_many_waiting" in told[0]
    assert "At most 200 actions can wait" in told[0]


def test_of_two_that_one_takes_the_place_of_each_call_has_its_result() -> None:
    async def answer(messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
        two, one = [plan("tea"), plan("cake"), LOOK], [LOOK, plan("supper", replaces=[1, 2])]
        at = step(messages)
        return calls(*(two, one)[at]) if at < 2 else ModelResponse([TextPart("Well.")])

    output, _ = run(TOOLS, answer)
    assert [each.proposal.args["text"] for each in output.new] == ["supper"]
    parts = [part for message in output.messages for part in message["parts"]]
    called = [part["tool_call_id"] for part in parts if part["part_kind"] == "tool-call"]
    told = [part["tool_call_id"] for part in parts if part["part_kind"] == "tool-return"]
    assert sorted([*told, output.new[0].call_id]) == sorted(called)


@pytest.mark.parametrize("named", [[3], [0], "two", [1, 9], [-1]])
def test_numbers_that_nothing_has_are_an_error_and_lose_nothing(named: Any) -> None:
    assert left(_waiting(MAIL, PLAN), [MAIL, ("plan", {"text": "tea", "replaces": named})]) == (
        ["mail numbers", "old 2"],
        [NOT_ALL],
    )


def test_without_a_plan_nothing_can_be_replaced() -> None:
    assert left(None, [("plan", {"text": "tea", "replaces": [1]})]) == ([], [])
    assert left(None, [("plan", {"text": "tea", "replaces": []})]) == (["plan tea"], [])


def test_several_at_once_are_each_an_action_and_one_result() -> None:
    told: list[Any] = []

    async def answer(messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
        told[:] = returned(messages)
        several = ("plan", {"texts": ["a", "b", "a"], "place": "home"})
        return ModelResponse([TextPart("Well.")]) if step(messages) else calls(several, LOOK)

    output, _ = run(TOOLS, answer)
    assert [(each.call_id, each.proposal.args) for each in output.new] == [
        (output.new[0].call_id, {"text": text, "place": "home"}) for text in "ab"
    ]
    assert told[0].startswith("status: proposed\nactions, 2 (")


@pytest.mark.parametrize("alike", [True, False])
def test_calls_of_one_response_that_fail_alike_fail_once(alike: bool) -> None:
    """Five at once are no reason to give up; the same in response after response is."""
    requests: list[bool] = []

    async def answer(messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
        requests.append("Do not try again" in str(returned(messages)))
        if (info.model_settings or {}).get("tool_choice") == "none":
            return ModelResponse([TextPart("It did not work.")])
        tools = ["mail"] * 5 if alike else ["mail", "plan", "fly", "look", "read_more"]
        return calls(*((tool, {"text": "wrong?" if tool != "look" else "wrong"}) for tool in tools))

    run(TOOLS, answer)
    assert requests == [False, False, False, False, True]


@pytest.mark.parametrize("stream", [True, False])
def test_nothing_is_said_twice_nor_beside_what_failed(stream: bool) -> None:
    said = [
        ("I moved it to three o'clock.", [MAIL, ("plan", {"text": "Ana?"})]),
        ("Here is what I would do now.", [LOOK]),
        ("Here is what I would do now. Which Ana do you mean?", []),
    ]

    async def answer(messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
        text, some = said[step(messages)]
        return calls(*some, text=text)

    output, _ = run(TOOLS, answer, stream=stream)
    assert " ".join(output.text.split()) == "Here is what I would do now. Which Ana do you mean?"


@pytest.mark.parametrize("by_user", [True, False])
def test_silence_is_an_answer_to_what_was_decided(by_user: bool) -> None:
    async def answer(messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
        return ModelResponse([TextPart("Here I am." if "return text" in str(messages) else " ")])

    turn: TurnInput = replace(turn_input([]), by_user=by_user)
    output = asyncio.run(Runner({}, Source(answer)).run(turn))
    assert (output.text, output.usage["requests"]) == (("Here I am.", 2) if by_user else ("", 1))
