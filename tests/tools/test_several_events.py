"""Several events at once: each is an action of its own, as if it had been named alone."""

from typing import TYPE_CHECKING, Any

import pytest
from pydantic import ValidationError

from sayso.tools.base import Proposal, ToolInputError, effect_tool
from sayso.tools.registry import toolbox

if TYPE_CHECKING:
    from tests.tools.conftest import Desk

EACH: list[tuple[str, dict[str, Any]]] = [
    ("delete_calendar_event", {"note": "Sorry."}),
    ("respond_to_invitation", {"response": "declined", "note": "Sorry."}),
    ("update_calendar_event", {"location": "Room 2"}),
]
of_each = pytest.mark.parametrize(("tool", "args"), EACH, ids=[tool for tool, _ in EACH])


def prepared(desk: "Desk", name: str, **args: Any) -> list[Proposal]:
    """What one call proposes."""
    tool = effect_tool(toolbox(), name)
    return [desk.do(tool.prepare(desk.ctx, each)) for each in tool.each(tool.Args(**args))]


def test_several_events_are_an_action_each(desk: "Desk") -> None:
    dentist, lunch = prepared(desk, "delete_calendar_event", events=["dentist", "lunch with Sam"], note="Sorry.")
    assert dentist == desk.prepare("delete_calendar_event", event="dentist", note="Sorry.")
    assert lunch == desk.prepare("delete_calendar_event", event="lunch with Sam", note="Sorry.")
    assert set(dentist.args) == {"event", "scope", "notify_guests", "note"}
    assert "Sorry" not in dentist.preview
    assert "mail to Sam Carter" in lunch.preview
    for number, each in enumerate((dentist, lunch)):
        desk.run("delete_calendar_event", each, f"key-{number}")
    assert not {"Dentist", "Lunch with Sam"} & {title for title, _ in desk.events()}


@of_each
def test_two_names_of_one_event_are_one_thing(desk: "Desk", tool: str, args: dict[str, Any]) -> None:
    title = "quarterly planning" if tool == "respond_to_invitation" else "dentist"
    first, second = prepared(desk, tool, events=[title, desk.event(title.capitalize()).id, title], **args)
    assert first.touches == second.touches
    assert first.args == second.args


@of_each
def test_one_or_several_not_both_and_not_none(desk: "Desk", tool: str, args: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="give `event` or `events`, not both"):
        prepared(desk, tool, event="dentist", events=["lunch with Sam"], **args)
    with pytest.raises(ToolInputError, match="Which event do you mean") as caught:
        prepared(desk, tool, **args)
    assert caught.value.code == "missing"


@of_each
def test_an_action_stays_about_one_event(desk: "Desk", tool: str, args: dict[str, Any]) -> None:
    """Also when it is edited."""
    assert "One action is about one event" in str(desk.refused(tool, events=["dentist"], **args))


def test_one_that_cannot_be_found_is_named_alone(desk: "Desk") -> None:
    tool = effect_tool(toolbox(), "delete_calendar_event")
    found, unknown = tool.each(tool.Args(events=["dentist", "the eclipse"]))
    assert desk.do(tool.prepare(desk.ctx, found)).touches
    with pytest.raises(ToolInputError, match="eclipse") as caught:
        desk.do(tool.prepare(desk.ctx, unknown))
    assert caught.value.given == "the eclipse"
