"""In whose time an event is spoken of: its own, with the user's beside it; the user's where it is only kept in UTC."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from sayso.workspace.types import Event, EventDraft

if TYPE_CHECKING:
    from tests.tools.conftest import Desk

THURSDAY_AT_THREE = datetime(2026, 3, 5, 20, tzinfo=UTC)
"""In New York."""


def kept(desk: "Desk", zone: str = "UTC", start: datetime = THURSDAY_AT_THREE, rule: str = "") -> Event:
    there = start.astimezone(ZoneInfo(zone))
    draft = EventDraft("Glaze class", there, there + timedelta(hours=1), zone, recurrence=rule)
    return desk.do(desk.ctx.calendar.create_event(draft, "kept", False))


@pytest.mark.parametrize("zone", ["UTC", "Etc/UTC", "Etc/GMT", "GMT", "Zulu", "Etc/GMT-2"])
def test_what_is_kept_in_utc_is_asked_in_the_time_of_the_user(desk: "Desk", zone: str) -> None:
    kept(desk, zone)
    when = "Thu 5 March 2026, 3:00–4:00 PM"
    gone = desk.prepare("delete_calendar_event", event="glaze class")
    assert gone.question == "delete 'Glaze class' on March 5th at 3 PM"
    assert gone.preview == f"Delete 'Glaze class', {when} (America/New_York)"
    assert gone.details == (("Title", "Glaze class"), ("When", f"{when} (America/New_York)"))
    later = desk.prepare("update_calendar_event", event="glaze class", start="5pm")
    assert later.question == f"move 'Glaze class' ({when}) to March 5th at 5 PM"
    assert later.preview == (f"Change 'Glaze class': {when} → Thu 5 March 2026, 5:00–6:00 PM (America/New_York)")
    assert later.details[0] == ("Before", f"{when} (America/New_York)")
    receipt = desk.run("update_calendar_event", later, "later").receipt
    assert receipt == f"Changed {later.preview.removeprefix('Change ')}."
    assert desk.event("Glaze class").start == THURSDAY_AT_THREE + timedelta(hours=2)


def test_its_length_its_clashes_and_its_names_too(desk: "Desk") -> None:
    kept(desk)
    longer = desk.prepare("update_calendar_event", event="glaze class", duration_minutes=120)
    assert longer.question.endswith("last 2 hours (until 5 PM)")
    beside = desk.prepare("create_calendar_event", title="Tea", start="Thursday 3:30 pm")
    assert beside.warnings == ("It overlaps 'Glaze class', 3:00–4:00 PM.",)
    assert "Thu 5 March 2026, 3:00–4:00 PM" in str(
        desk.refused("delete_calendar_event", event="glaze lesson on Friday")
    )


def test_a_zone_given_to_it_keeps_the_time_that_was_shown(desk: "Desk") -> None:
    kept(desk)
    moved = desk.prepare("update_calendar_event", event="glaze class", timezone="Europe/London")
    assert "→ Thu 5 March 2026, 3:00–4:00 PM (Europe/London; for you 10:00–11:00 AM)" in moved.preview


@pytest.mark.parametrize(
    ("start", "rule", "said"),
    [
        (THURSDAY_AT_THREE, "FREQ=WEEKLY;BYDAY=TH", "every Thursday"),
        (datetime(2026, 3, 6, 2, tzinfo=UTC), "FREQ=WEEKLY;BYDAY=MO,FR", "every Thursday and Sunday"),
        (datetime(2026, 3, 6, 2, tzinfo=UTC), "FREQ=DAILY", "every day"),
        (datetime(2026, 3, 6, 2, tzinfo=UTC), "FREQ=MONTHLY;BYMONTHDAY=6", "every month on the 6th (UTC)"),
        (THURSDAY_AT_THREE, "FREQ=MONTHLY;BYMONTHDAY=5", "every month on the 5th"),
        (datetime(2026, 3, 6, 2, tzinfo=UTC), "FREQ=WEEKLY;UNTIL=20260320T020000Z", "every week until 19 March 2026"),
    ],
)
def test_a_series_kept_in_utc_is_said_on_the_days_that_the_user_has(
    desk: "Desk", start: datetime, rule: str, said: str
) -> None:
    kept(desk, start=start, rule=rule)
    proposal = desk.prepare("delete_calendar_event", event="glaze class", scope="all")
    assert f"(repeats {said})" in proposal.preview
    assert ("Repeats", said) in proposal.details
    assert desk.event("Glaze class").recurrence == rule


def test_what_begins_to_repeat_follows_the_clocks_of_the_user(desk: "Desk") -> None:
    kept(desk)
    weekly = desk.prepare("update_calendar_event", event="glaze class", recurrence="every Thursday")
    assert weekly.question == "make 'Glaze class' (Thu 5 March 2026, 3:00–4:00 PM) repeat every Thursday"
    desk.run("update_calendar_event", weekly, "weekly")
    starts = [start for title, start in desk.events() if title == "Glaze class"]
    assert starts[:2] == ["2026-03-05T15:00:00-05:00", "2026-03-12T15:00:00-04:00"]


def test_a_rule_given_to_an_event_of_another_zone_begins_on_a_day_of_that_zone(desk: "Desk") -> None:
    kept(desk, "Asia/Tokyo")  # there it is Friday, five in the morning
    proposal = desk.prepare(
        "update_calendar_event", event="glaze class", start="Friday 3pm", recurrence="every Saturday"
    )
    assert "→ Sat 7 March 2026, 5:00–6:00 AM (Asia/Tokyo; for you Fri 6 March 2026, 3:00–4:00 PM)" in proposal.preview


@pytest.mark.parametrize(
    ("zone", "spoken", "planned"),
    [
        ("Europe/Berlin", "on March 5th at 9 PM (Europe/Berlin; for you 3 PM)",
         "Thu 5 March 2026, 9:00–10:00 PM (Europe/Berlin; for you 3:00–4:00 PM)"),
        ("Asia/Tokyo", "on March 6th at 5 AM (Asia/Tokyo; for you March 5th at 3 PM)",
         "Fri 6 March 2026, 5:00–6:00 AM (Asia/Tokyo; for you Thu 5 March 2026, 3:00–4:00 PM)"),
        ("America/Toronto", "on March 5th at 3 PM (America/Toronto)",
         "Thu 5 March 2026, 3:00–4:00 PM (America/Toronto)"),
    ],
)  # fmt: skip
def test_an_event_of_another_zone_is_told_in_both(desk: "Desk", zone: str, spoken: str, planned: str) -> None:
    kept(desk, zone)
    proposal = desk.prepare("delete_calendar_event", event="glaze class")
    assert proposal.question == f"delete 'Glaze class' {spoken}"
    assert proposal.preview == f"Delete 'Glaze class', {planned}"
    assert ("For you", "Thu 5 March 2026, 3:00–4:00 PM (America/New_York)") in proposal.details
