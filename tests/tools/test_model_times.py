"""Times in the calls of a model: an offset that clocks do not have then is refused, and what was understood is told."""

import re
from typing import Any

import pytest
from pydantic_ai.messages import ToolCallPart
from tests.tools.conftest import Desk

from sayso.agent.calls import answered
from sayso.agent.turn import Turn
from sayso.agent.types import TurnInput
from sayso.tools.base import AnyTool
from sayso.tools.registry import toolbox

Args = dict[str, Any]


async def _emit(kind: str, data: dict[str, Any]) -> None: ...


async def _withdraw(reason: str) -> bool:
    return False


def called(desk: Desk, tool: str, args: Args, typed: str = "go") -> tuple[Turn, dict[str, Any]]:
    """A model's call in a turn that the user began with these words: the turn, and the result or the error."""
    turn = Turn(TurnInput(typed, [], desk.ctx, None, _withdraw, _emit), toolbox())
    results = desk.do(answered(turn, [ToolCallPart(tool, args, "call")]))
    result: Any = results[0].content if results else {}
    return turn, result


def proposed(desk: Desk, tool: str, args: Args, typed: str = "go") -> str:
    turn, result = called(desk, tool, args, typed)
    assert not result
    preview: str = turn.proposed[0].proposal.preview
    return preview


def refused(desk: Desk, tool: str, args: Args, typed: str = "go") -> str:
    turn, result = called(desk, tool, args, typed)
    assert not turn.proposed
    message: str = result["error"]["message"]
    return message


NEW = "create_calendar_event"
TITLED = {"title": "Dinner at 7"}
OLD_OFFSET, UTC = "2026-03-10T14:30-05:00", "2026-03-10T19:00:00Z"


@pytest.mark.parametrize(
    ("tool", "args"),
    [
        (NEW, TITLED | {"start": OLD_OFFSET}),
        (NEW, TITLED | {"start": UTC}),
        (NEW, TITLED | {"start": "2026-03-10T19:00Z", "timezone": "America/New_York"}),
        (NEW, TITLED | {"start": "2026-03-10T19:00+00:00", "timezone": "Europe/Berlin"}),
        (NEW, TITLED | {"start": "2026-03-10T13:00", "end": OLD_OFFSET}),
        (NEW, TITLED | {"start": "2026-03-10 14:30:00.000-0500"}),
        (NEW, TITLED | {"start": "20260310T1430-05"}),
        (NEW, TITLED | {"start": "tomorrow at 19:00Z"}),
        (NEW, TITLED | {"start": "14:30-05:00"}),
        (NEW, TITLED | {"start": "19:00+01:00"}),
        ("update_calendar_event", {"event": "design review", "start": OLD_OFFSET}),
        ("update_calendar_event", {"event": "design review", "end": UTC}),
        ("list_calendar_events", {"start": UTC}),
        ("list_calendar_events", {"start": "today", "end": UTC}),
        ("search_calendar_events", {"query": "Ana", "start": UTC}),
        ("search_calendar_events", {"query": "Ana", "end": UTC}),
        ("find_free_time", {"start": UTC}),
        ("find_free_time", {"end": UTC}),
        ("list_tasks", {"due": UTC}),
        ("create_task", {"title": "Call", "due": UTC}),
        ("update_task", {"task": "expense report", "due": UTC}),
    ],
)
def test_an_offset_that_is_not_the_zones_is_refused(desk: Desk, tool: str, args: Args) -> None:
    assert "ive the local time without" in refused(desk, tool, args)


def test_the_error_names_both_readings(desk: Desk) -> None:
    assert refused(desk, NEW, TITLED | {"start": OLD_OFFSET}) == (
        "2026-03-10T14:30-05:00: clocks in America/New_York are at -04:00 then and show 15:30. Give the local time "
        "without an offset, 2026-03-10T14:30 or 2026-03-10T15:30, or `timezone`."
    )
    assert refused(desk, "create_task", {"title": "Call", "due": UTC}) == (
        "2026-03-10T19:00:00Z: clocks in America/New_York are at -04:00 then and show 15:00. Give the local time "
        "without an offset, 2026-03-10T19:00 or 2026-03-10T15:00."
    )
    assert '14:30, or "14:30 to 05:00" for a span' in refused(desk, NEW, TITLED | {"start": "14:30-05:00"})


@pytest.mark.parametrize(
    ("args", "shown"),
    [
        ({"start": "2026-03-10T14:30"}, "Tue 10 March 2026, 2:30–3:30 PM"),
        ({"start": "2026-03-10T14:30-04:00"}, "Tue 10 March 2026, 2:30–3:30 PM"),
        ({"start": "2026-03-06T14:30:00-05:00"}, "Fri 6 March 2026, 2:30–3:30 PM"),
        ({"start": "2026-11-01T01:30-05:00"}, "Sun 1 November 2026, 1:30–2:30 AM"),  # the second time of two
        ({"start": "2026-03-10T14:30+01:00", "timezone": "Europe/Berlin"}, "for you 9:30–10:30 AM"),
        ({"start": "Friday 15:00-17:00"}, "Fri 6 March 2026, 3:00–5:00 PM"),
        ({"start": "Friday 3pm London time"}, "for you 10:00–11:00 AM"),
        ({"start": "2026-03-10"}, "Tue 10 March 2026, all day"),
    ],
)
def test_local_times_and_the_offset_of_the_zone_are_taken(desk: Desk, args: Args, shown: str) -> None:
    assert shown in proposed(desk, NEW, TITLED | args)


@pytest.mark.parametrize(
    ("typed", "start"),
    [
        ("dinner at 2026-03-10T19:00Z", "2026-03-10T19:00:00Z"),
        ("dinner on March 10 at 19:00Z", "2026-03-10T19:00Z"),
        ("dinner on 2026-03-10T19:00:00+00:00", "2026-03-10T19:00Z"),
    ],
)
def test_what_the_user_typed_is_meant_as_it_stands(desk: Desk, typed: str, start: str) -> None:
    assert "3:00–4:00 PM" in proposed(desk, NEW, TITLED | {"start": start}, typed)
    assert "local time" in refused(desk, NEW, TITLED | {"start": start.replace("19:00", "18:00")}, typed)


def test_stored_arguments_and_edits_keep_any_offset(desk: Desk) -> None:
    stored = desk.prepare(NEW, title="Call", start=UTC, duration_minutes=30)
    again = desk.prepare(NEW, **stored.args)
    assert again.preview == stored.preview
    assert "3:00–3:30 PM" in stored.preview


@pytest.mark.parametrize("tool", toolbox().values(), ids=lambda tool: tool.name)
def test_no_description_teaches_an_offset(tool: AnyTool) -> None:
    assert not re.search(r"[0-9]Z|[+-][0-9]{2}:[0-9]{2}", f"{tool.description} {tool.Args.model_json_schema()}")
