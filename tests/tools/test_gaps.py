"""A time on the wall that clocks skip: on Sunday 8 March 2026 there is no 2:30 AM in New York."""

from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

from sayso.tools.base import texts
from sayso.workspace.events.gaps import skipped

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.tools.conftest import Desk

SKIPPED = "On Sun 8 March 2026 the clocks skip 2:30 AM: it is at 3:30 AM that day."
SERIES = f"{SKIPPED} On other days it is at 2:30 AM."
SEVENTH, GAP = "2026-03-07T02:30:00-05:00", "2026-03-08T03:30:00-04:00"
NINTH, TENTH = "2026-03-09T02:30:00-04:00", "2026-03-10T02:30:00-04:00"


def starts(desk: "Desk") -> list[str]:
    return [start for title, start in desk.events() if title == "Backup"]


def make(desk: "Desk", **args: Any) -> tuple[str, ...]:
    """Create the event; its warnings."""
    proposal = desk.prepare("create_calendar_event", title="Backup", **args)
    again = desk.prepare("create_calendar_event", **proposal.args)
    assert (again.question, texts(again.warnings), again.target) == (
        proposal.question,
        texts(proposal.warnings),
        proposal.target,
    )
    desk.run("create_calendar_event", proposal, "backup")
    return texts(proposal.warnings)


@pytest.mark.parametrize(
    "args",
    [
        {"start": "2026-03-08", "recurrence": "every day at 2:30 am"},
        {"start": "2:30 am", "recurrence": "every day from Sunday 8 March"},
        {"start": "Sunday 8 March at 2:30am", "recurrence": "FREQ=DAILY"},
        {"start": "2026-03-08T02:30", "recurrence": "FREQ=DAILY"},
        {"start": "2026-03-08T02:30:00-05:00", "recurrence": "FREQ=DAILY"},
        {"start": "2026-03-08T03:30:00-04:00", "recurrence": "every day at 2:30 am from Sunday 8 March"},
    ],
)
def test_a_series_that_begins_where_clocks_skip_is_later_on_that_day_only(desk: "Desk", args: dict[str, Any]) -> None:
    assert make(desk, **args) == (SERIES,)
    assert starts(desk)[:3] == [GAP, NINTH, TENTH]


@pytest.mark.parametrize(
    ("rule", "days"),
    [
        ("FREQ=DAILY;COUNT=3", [GAP, NINTH, TENTH]),
        ("FREQ=DAILY;COUNT=1", [GAP]),
        ("FREQ=DAILY;UNTIL=20260309T235959Z", [GAP, NINTH]),
        ("FREQ=WEEKLY;INTERVAL=2;COUNT=3", [GAP, "2026-03-22T02:30:00-04:00", "2026-04-05T02:30:00-04:00"]),
    ],
)
def test_it_ends_when_it_was_said_to(desk: "Desk", rule: str, days: list[str]) -> None:
    make(desk, start="2026-03-08T02:30", recurrence=rule)
    assert starts(desk) == days


def test_a_series_that_comes_there_is_told_of(desk: "Desk") -> None:
    assert make(desk, start="2026-03-07T02:30", recurrence="FREQ=DAILY") == (SERIES,)
    assert starts(desk)[:3] == [SEVENTH, GAP, NINTH]


@pytest.mark.parametrize(
    ("start", "rule", "zone"),
    [
        ("2026-03-07T03:30", "FREQ=DAILY", None),
        ("2026-03-07T02:30", "FREQ=WEEKLY", None),  # on Saturdays
        ("2026-03-06T02:30", "FREQ=DAILY;COUNT=2", None),
        ("2026-03-07T02:30", "FREQ=DAILY", "America/Phoenix"),
    ],
)
def test_one_that_does_not_come_there_is_not(desk: "Desk", start: str, rule: str, zone: str | None) -> None:
    warnings = make(desk, start=start, recurrence=rule, timezone=zone)
    assert not [warning for warning in warnings if "skip" in warning]


def test_where_clocks_skip_is_said_of_another_place(desk: "Desk") -> None:
    (warning,) = make(desk, start="2026-03-07T02:30", recurrence="FREQ=DAILY", timezone="Europe/Berlin")
    assert warning.startswith("On Sun 29 March 2026 clocks in Europe/Berlin skip 2:30 AM: it is at 3:30 AM that day.")


def test_a_single_event_there_is_told_of(desk: "Desk") -> None:
    assert make(desk, start="Sunday 8 March at 2:30am") == (SKIPPED,)
    assert starts(desk) == [GAP]


def test_a_series_that_is_moved_there(desk: "Desk", keys: "Callable[[], str]") -> None:
    make(desk, start="2026-03-08T04:00", recurrence="FREQ=DAILY;COUNT=3")
    event = desk.event("Backup").id
    moved = desk.prepare("update_calendar_event", event=event, start="2:30 am", scope="all")
    assert texts(moved.warnings) == (SERIES,)
    desk.run("update_calendar_event", moved, keys())
    assert starts(desk) == [GAP, NINTH, TENTH]


def test_only_the_occurrence_there_is_moved(desk: "Desk", keys: "Callable[[], str]") -> None:
    make(desk, start="2026-03-08T04:00", recurrence="FREQ=DAILY;COUNT=2")
    moved = desk.prepare("update_calendar_event", event=desk.event("Backup").id, start="2:30 am", scope="this")
    assert texts(moved.warnings) == (SKIPPED,)
    desk.run("update_calendar_event", moved, keys())
    assert starts(desk) == [GAP, "2026-03-09T04:00:00-04:00"]


def test_what_begins_to_repeat_there(desk: "Desk", keys: "Callable[[], str]") -> None:
    make(desk, start="2026-03-08T05:00")
    proposal = desk.prepare("update_calendar_event", event="Backup", start="2:30 am", recurrence="FREQ=DAILY;COUNT=3")
    assert texts(proposal.warnings) == (SERIES,)
    desk.run("update_calendar_event", proposal, keys())
    assert starts(desk) == [GAP, NINTH, TENTH]


def test_its_occurrences_are_changed_and_deleted_like_others(desk: "Desk", keys: "Callable[[], str]") -> None:
    make(desk, start="2026-03-08T02:30", recurrence="FREQ=DAILY;COUNT=4")
    first = desk.prepare("delete_calendar_event", event=desk.event("Backup").id, scope="this")
    assert first.question == "delete 'Backup' on March 8th at 3:30 AM (only this one)"
    desk.run("delete_calendar_event", first, keys())
    assert starts(desk)[:2] == [NINTH, TENTH]
    rest = desk.prepare("delete_calendar_event", event=desk.event("Backup").id, scope="all")
    desk.run("delete_calendar_event", rest, keys())
    assert starts(desk) == []


@pytest.mark.parametrize(
    ("when", "zone", "is_skipped"),
    [
        ("2026-03-08T02:30-05:00", "America/New_York", True),
        ("2026-03-08T02:30-05:00", "America/Chicago", False),
        ("2026-03-08T03:30-04:00", "America/New_York", False),
        ("2026-03-08T07:30+00:00", "America/New_York", False),
        ("2026-03-07T02:30-05:00", "America/New_York", False),
        ("2026-11-01T01:30-05:00", "America/New_York", False),  # comes twice; the second one
        ("2026-10-04T02:15+10:30", "Australia/Lord_Howe", True),
        ("2026-10-04T02:30+10:30", "Australia/Lord_Howe", False),
    ],
)
def test_what_tells_a_skipped_time(when: str, zone: str, is_skipped: bool) -> None:
    stamp = datetime.fromisoformat(when)
    assert skipped(stamp, ZoneInfo(zone)) == (stamp.replace(tzinfo=None) if is_skipped else None)
