"""Comparing, and looking for room, costs steps that are counted; what would take too many is refused."""

import asyncio
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast
from zoneinfo import ZoneInfo

import pytest
from tests.kit.nothing import NoActivity, NoMemories

from sayso.base import steps
from sayso.tools.base import ToolContext, ToolInputError
from sayso.tools.choosing import Kind, best
from sayso.tools.free import Slot, free_slots, working_hours
from sayso.tools.people import by_role
from sayso.workspace.events.series import Occasion, Override, Series
from sayso.workspace.people import Me
from sayso.workspace.types import Contact, Event

KIND: Kind[str] = Kind("thing", "things", str, str, lambda item: (item, "", ""))
AT = datetime(2026, 3, 2, 9, tzinfo=UTC)


def _cost(count: int, work: Any) -> int:
    with steps.within(10**9, "") as budget:
        work(count)
    return budget.taken


@pytest.mark.parametrize(
    "work",
    [
        lambda count: best(KIND, ["lunch"], ["a" * 300] * count),
        lambda count: best(KIND, ["lunch"], ["a " * 300 * count]),
        lambda count: by_role(["boss"], [Contact("c", "A", (), "", "", "boss " * 200)] * count),
    ],
    ids=["things", "words", "notes"],
)
def test_comparing_costs_what_there_is_to_compare(work: Any) -> None:
    half, whole = _cost(100, work), _cost(200, work)
    assert 100 <= half < whole <= 2 * half
    with steps.within(half - 1, "too much"), pytest.raises(steps.TooManySteps, match="too much"):
        work(100)


def test_changed_occurrences_are_steps_of_a_look() -> None:
    day = Occasion("A", AT, AT + timedelta(hours=1), "UTC")
    overrides = {f"{number}": Override(day, 1) for number in range(100)}
    series = Series("e", "u", day, "FREQ=YEARLY;COUNT=2", overrides=overrides)
    assert _cost(0, lambda _: list(series.window(AT, AT + timedelta(days=1)))) > 100


def test_free_time_is_looked_for_within_a_year() -> None:
    assert len(working_hours(AT, AT + timedelta(days=366), ZoneInfo("UTC"))) > 250
    with pytest.raises(ToolInputError, match="within a year"):
        working_hours(AT, AT + timedelta(days=400), ZoneInfo("UTC"))


def test_free_time_around_events_that_overlap_and_last_for_millennia() -> None:
    def event(start: datetime, end: datetime) -> Event:
        return Event("A", start, end, "UTC", id=f"{start}")

    async def listed(*_: object) -> list[Event]:
        hour = timedelta(hours=1)
        return [event(AT, AT + hour), event(AT, AT + 3 * hour), event(AT + hour, AT + 2 * hour),
                event(AT + 5 * hour, AT + timedelta(days=1_800_000))]  # fmt: skip

    calendar = SimpleNamespace(list_events=listed)
    workspace = cast(Any, SimpleNamespace(calendar=calendar))
    ctx = ToolContext(workspace, Me("me@example.com"), AT, ZoneInfo("UTC"), NoMemories(), NoActivity())
    hours = [Slot(AT, AT + timedelta(hours=9)), Slot(AT + timedelta(days=1), AT + timedelta(days=1, hours=9))]
    found = asyncio.run(free_slots(ctx, hours, 30))
    assert found == [Slot(AT + timedelta(hours=3), AT + timedelta(hours=5))]
