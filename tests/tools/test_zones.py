"""In whose time an event is spoken of: its own, with the user's beside it; the user's where it is only kept in UTC."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

from sayso.tools.base import texts
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
    assert texts(beside.warnings) == ("It overlaps 'Glaze class', 3:00–4:00 PM.",)
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


LONDON_AT_THREE = "Tue 3 March 2026, 3:00–4:00 PM (Europe/London; for you 10:00–11:00 AM)"
UTC_AT_THREE = "Tue 3 March 2026, 10:00–11:00 AM (America/New_York; 3:00–4:00 PM UTC)"


@pytest.mark.parametrize(
    ("args", "when", "zone"),
    [
        ({"start": "tomorrow at 3pm London time"}, LONDON_AT_THREE, "Europe/London"),
        ({"start": "tomorrow at 3pm", "timezone": "Europe/London"}, LONDON_AT_THREE, "Europe/London"),
        ({"start": "2026-03-03T15:00", "timezone": "Europe/London"}, LONDON_AT_THREE, "Europe/London"),
        ({"start": "2026-03-03T10:00:00-05:00", "timezone": "Europe/London"}, LONDON_AT_THREE, "Europe/London"),
        ({"start": "2026-03-03T15:00:00Z", "timezone": "Europe/London"}, LONDON_AT_THREE, "Europe/London"),
        ({"start": "2026-03-03T15:00 Europe/London", "end": "4pm"}, LONDON_AT_THREE, "Europe/London"),
        ({"start": "tomorrow at 10am", "end": "4pm London time"},
         "Tue 3 March 2026, 10:00–11:00 AM (America/New_York)", "America/New_York"),
        ({"start": "tomorrow at 10am my time", "timezone": "Europe/London"}, LONDON_AT_THREE, "Europe/London"),
        ({"start": "tomorrow at 15:00 UTC"}, UTC_AT_THREE, "UTC"),
        ({"start": "2026-03-03T15:00:00", "timezone": "UTC"}, UTC_AT_THREE, "UTC"),
        ({"start": "2026-03-03T15:00:00Z"},
         "Tue 3 March 2026, 10:00–11:00 AM (America/New_York)", "America/New_York"),
        ({"start": "2026-03-03T16:00:00+01:00"},
         "Tue 3 March 2026, 10:00–11:00 AM (America/New_York; 4:00–5:00 PM UTC+01:00)", "America/New_York"),
        ({"start": "tomorrow at 9am EST"}, "Tue 3 March 2026, 9:00–10:00 AM (America/New_York)", "America/New_York"),
    ],
)  # fmt: skip
def test_a_time_is_meant_where_it_is_said_to_be(desk: "Desk", args: dict[str, Any], when: str, zone: str) -> None:
    proposal = desk.prepare("create_calendar_event", title="Demo", **args)
    assert proposal.preview.partition(" — ")[0] == f"Create 'Demo', {when}"
    assert proposal.target["draft"]["timezone"] == zone
    again = desk.prepare("create_calendar_event", **proposal.args)
    assert (again.question, again.preview, again.args) == (proposal.question, proposal.preview, proposal.args)


@pytest.mark.parametrize(
    ("start", "question"),
    [
        ("5pm Berlin time", "to March 5th at 5 PM (Europe/Berlin; for you 11 AM)"),
        ("Friday 5am Tokyo time", "to March 6th at 5 AM (Asia/Tokyo; for you March 5th at 3 PM)"),
        ("5pm UTC", "to March 5th at 12 PM (5 PM UTC)"),
        ("5pm GMT+2", "to March 5th at 10 AM (5 PM UTC+02:00)"),
        ("2026-03-05T17:00:00+01:00", "to March 5th at 11 AM (5 PM UTC+01:00)"),
        ("2026-03-05T17:00:00Z", "to March 5th at 12 PM"),
    ],
)
def test_a_move_to_the_time_of_another_place(desk: "Desk", start: str, question: str) -> None:
    own = desk.prepare("create_calendar_event", title="Glaze class", start="Thursday 2pm")
    desk.run("create_calendar_event", own, "own")
    proposal = desk.prepare("update_calendar_event", event="glaze class", start=start)
    assert proposal.question.endswith(question)
    again = desk.prepare("update_calendar_event", **proposal.args)
    assert (again.question, again.preview) == (proposal.question, proposal.preview)
    assert again.target["draft"]["timezone"] == proposal.target["draft"]["timezone"]


def test_utc_is_no_place_to_move_to(desk: "Desk") -> None:
    kept(desk, "America/New_York")
    assert desk.refused("update_calendar_event", event="glaze class", timezone="UTC").code == "nothing_to_do"
    moved = desk.prepare("update_calendar_event", event="glaze class", start="5pm UTC")
    assert moved.target["draft"]["timezone"] == "America/New_York"


def test_a_day_that_is_not_said_is_the_one_there(desk: "Desk") -> None:
    kept(desk, "America/New_York", datetime(2026, 3, 6, 2, tzinfo=UTC))  # Thursday evening, in London Friday
    proposal = desk.prepare("update_calendar_event", event="glaze class", start="7am London time")
    assert proposal.question.endswith("to March 6th at 7 AM (Europe/London; for you 2 AM)")
    longer = desk.prepare("update_calendar_event", event="glaze class", end="4am London time")
    assert longer.question.endswith("last 2 hours (until 11 PM)")


def test_what_is_at_that_time_already_stays(desk: "Desk") -> None:
    kept(desk, "America/New_York")
    assert desk.refused("update_calendar_event", event="glaze class", start="9pm Berlin time").code == "nothing_to_do"


def test_an_end_in_the_time_of_another_place(desk: "Desk") -> None:
    kept(desk, "America/New_York")
    proposal = desk.prepare("update_calendar_event", event="glaze class", end="11pm Berlin time")
    assert proposal.question.endswith("last 2 hours (until 5 PM)")


def test_a_series_of_another_place_follows_its_clocks(desk: "Desk") -> None:
    proposal = desk.prepare(
        "create_calendar_event", title="Rowing", start="2026-03-02T10:00", recurrence="every Monday at 3pm London time"
    )
    desk.run("create_calendar_event", proposal, "rowing")
    assert [start for title, start in desk.events() if title == "Rowing"][:5] == [
        "2026-03-02T10:00:00-05:00",
        "2026-03-09T11:00:00-04:00",
        "2026-03-16T11:00:00-04:00",
        "2026-03-23T11:00:00-04:00",
        "2026-03-30T10:00:00-04:00",
    ]


def test_days_of_a_rule_are_days_of_its_place(desk: "Desk") -> None:
    proposal = desk.prepare("create_calendar_event", title="Rowing", start="5am Tokyo time", recurrence="every Friday")
    assert "Fri 6 March 2026, 5:00–6:00 AM (Asia/Tokyo; for you Thu 5 March 2026, 3:00–4:00 PM)" in proposal.preview


def test_what_is_on_and_free_at_a_time_of_another_place(desk: "Desk") -> None:
    kept(desk)
    found = desk.read("list_calendar_events", start="Thursday 9pm Berlin time")["events"]
    assert [event["title"] for event in found][:1] == ["Glaze class"]
    assert desk.prepare("delete_calendar_event", event="my Thursday 9pm Berlin time").args["event"] == found[0]["id"]
    slots = desk.read("find_free_time", start="Friday from 3pm to 4pm London time")["slots"]
    assert slots == [{"start": "2026-03-06T10:00:00-05:00", "end": "2026-03-06T11:00:00-05:00"}]


def test_when_a_task_is_due_is_told_in_both(desk: "Desk") -> None:
    proposal = desk.prepare("create_task", title="call Ana", due="tomorrow at 3pm London time")
    assert proposal.question == "add the task 'call Ana', due March 3rd at 10 AM"
    both = "Tue 3 March 2026, 3:00 PM in the time zone Europe/London is Tue 3 March 2026, 10:00 AM for you."
    assert texts(proposal.warnings) == (both,)
    assert texts(desk.prepare("create_task", title="call Ana", due="tomorrow at 3pm ET").warnings) == ()
    later = desk.prepare("create_task", title="call Bo", due="tomorrow")
    desk.run("create_task", later, "bo")
    moved = desk.prepare("update_task", task="call Bo", due="4 March 1am Seoul time")
    assert "Tue 3 March 2026, 11:00 AM" in moved.preview


def test_a_zone_that_is_not_known_is_asked_for(desk: "Desk") -> None:
    error = desk.refused("create_calendar_event", title="Demo", start="tomorrow at 3pm Gotham time")
    assert error.code == "missing"
    assert 'time zone "Gotham time"' in str(error)


def test_an_overlap_is_told_in_the_time_of_the_user(desk: "Desk") -> None:
    """What is planned stands beside it in the time of its own zone, so it says whose time it is."""
    call = {"title": "Call", "start": "tomorrow 2:30pm", "timezone": "Europe/London"}
    proposal = desk.prepare("create_calendar_event", **call)
    assert proposal.preview == (
        "Create 'Call', Tue 3 March 2026, 2:30–3:30 PM (Europe/London; for you 9:30–10:30 AM)"
        " — overlaps 'Stand-up', 9:30–9:45 AM and 'Design review', 10:00–11:00 AM your time"
    )
    assert texts(proposal.warnings) == (f"It {proposal.preview.partition(' — ')[2]}.",)
    desk.run("create_calendar_event", proposal, "call")
    tea = desk.prepare("create_calendar_event", title="Tea", start="tomorrow 9:45am", duration_minutes=15)
    assert texts(tea.warnings) == ("It overlaps 'Call', 9:30–10:30 AM your time.",)
    moved = desk.prepare("update_calendar_event", event="Call", start="March 5th 2:30pm", timezone="Europe/London")
    assert texts(moved.warnings) == ("It overlaps 'Stand-up', 9:30–9:45 AM your time.",)


def test_an_overlap_on_another_day_than_there_is_told_with_its_day(desk: "Desk") -> None:
    call = {"title": "Call", "start": "March 7th 5:30am", "timezone": "Asia/Tokyo"}
    kept_busy = {"title": "Tea", "start": "March 6th 3:30pm"}
    desk.run("create_calendar_event", desk.prepare("create_calendar_event", **kept_busy), "tea")
    assert texts(desk.prepare("create_calendar_event", **call).warnings) == (
        "It overlaps 'Tea', Fri 6 March 2026, 3:30–4:30 PM your time.",
    )
