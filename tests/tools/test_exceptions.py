"""Days on which a repeating event does not take place."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from tests.kit.seeded import ME, NEW_YORK

from sayso.tools.base import texts
from sayso.workspace.formats.ical_writing import format_series
from sayso.workspace.local.event_rows import load_series
from sayso.workspace.types import Event, EventDraft

if TYPE_CHECKING:
    from tests.tools.conftest import Desk

Keys = Callable[[], str]
CHOIR: dict[str, Any] = {"title": "Choir", "start": "Monday 8pm", "recurrence": "every Monday until 30 June 2026"}


def days_of(desk: "Desk", title: str, until: date = date(2026, 7, 1)) -> list[str]:
    end = datetime(until.year, until.month, until.day, tzinfo=NEW_YORK)
    events = desk.do(desk.ctx.calendar.list_events(desk.ctx.now, end))
    return [f"{event.start:%m-%d}" for event in events if event.title == title]


def made(desk: "Desk", key: str, **args: Any) -> None:
    desk.run("create_calendar_event", desk.prepare("create_calendar_event", **args), key)


def test_a_series_is_made_without_the_days_that_were_said(desk: "Desk") -> None:
    proposal = desk.prepare("create_calendar_event", **CHOIR, except_dates=["Easter week", "25 May"])
    said = "every Monday until 30 June 2026, except 6 April and 25 May"
    assert proposal.question == f"create a meeting titled 'Choir' on March 9th at 8 PM, {said}"
    assert proposal.preview == f"Create 'Choir', Mon 9 March 2026, 8:00–9:00 PM (America/New_York), {said}"
    assert ("Repeats", said) in proposal.details
    assert proposal.args["except_dates"] == ["2026-04-06", "2026-05-25"]
    assert texts(proposal.warnings) == ()
    assert desk.prepare("create_calendar_event", **proposal.args) == proposal
    result = desk.run("create_calendar_event", proposal, "key")
    assert result.receipt == f"Created 'Choir', Mon 9 March 2026, 8:00–9:00 PM, {said}."
    days = days_of(desk, "Choir")
    assert (days[0], days[-1], len(days)) == ("03-09", "06-29", 15)
    assert not {"04-06", "05-25"} & set(days)
    assert desk.reconcile("create_calendar_event", proposal, "key") == result


def test_the_export_has_them(desk: "Desk") -> None:
    made(desk, "key", **CHOIR, except_dates=["2026-04-06"])
    store = desk.ctx.workspace.calendar.store  # type: ignore[union-attr]
    series_id = desk.event("Choir").series_id
    series = desk.do(store.read(load_series, "usr_me", series_id, ME))
    assert "EXDATE;TZID=America/New_York:20260406T200000" in list(format_series(series, ME))


@pytest.mark.parametrize(
    ("said", "gone"),
    [
        (["2026-04-06"], ["2026-04-06"]),
        (["2026-04-06T20:00:00-04:00"], ["2026-04-06"]),
        (["6 April"], ["2026-04-06"]),
        (["2026-04-01/2026-04-20"], ["2026-04-06", "2026-04-13", "2026-04-20"]),
        (["April 6-13"], ["2026-04-06", "2026-04-13"]),
        (["from 6 to 13 April", "Easter Monday"], ["2026-04-06", "2026-04-13"]),
        (["April"], ["2026-04-06", "2026-04-13", "2026-04-20", "2026-04-27"]),
    ],
)
def test_how_days_can_be_said(desk: "Desk", said: list[str], gone: list[str]) -> None:
    assert desk.prepare("create_calendar_event", **CHOIR, except_dates=said).args["except_dates"] == gone


def test_days_without_a_year_are_those_of_the_series(desk: "Desk") -> None:
    """Easter of this year is over when it begins."""
    args = {"title": "Choir", "start": "7 September 2026 6pm", "recurrence": "every Monday"}
    proposal = desk.prepare("create_calendar_event", **args, except_dates=["Easter Monday"])
    assert proposal.args["except_dates"] == ["2027-03-29"]
    assert proposal.question.endswith("every Monday, except 29 March 2027")


def test_days_in_a_row_are_told_as_one(desk: "Desk") -> None:
    args = {"title": "Standing", "start": "tomorrow 8am", "recurrence": "every weekday"}
    proposal = desk.prepare("create_calendar_event", **args, except_dates=["Easter week", "30 April - 1 May"])
    assert proposal.question.endswith("every weekday, except 6–10 April and 30 April – 1 May")
    assert len(proposal.args["except_dates"]) == 7


def test_the_first_of_them_moves_the_beginning(desk: "Desk") -> None:
    args = {"title": "Choir", "start": "2026-04-06 18:00", "recurrence": "every Monday, 4 times"}
    proposal = desk.prepare("create_calendar_event", **args, except_dates=["Easter Monday", "20 April"])
    assert proposal.question.endswith("on April 13th at 6 PM, every Monday, 3 times, except 20 April")
    assert desk.prepare("create_calendar_event", **proposal.args) == proposal
    desk.run("create_calendar_event", proposal, "key")
    assert days_of(desk, "Choir") == ["04-13", "04-27"]


def test_days_all_day_and_elsewhere(desk: "Desk") -> None:
    made(desk, "a", title="Bins", start="2026-03-05", recurrence="every Thursday", except_dates=["12 March"])
    assert days_of(desk, "Bins", date(2026, 3, 27)) == ["03-05", "03-19", "03-26"]
    late = {"title": "Call", "start": "2026-03-09 1am", "timezone": "Asia/Tokyo", "recurrence": "every Monday"}
    proposal = desk.prepare("create_calendar_event", **late, except_dates=["16 March"])  # Sunday the 15th in New York
    assert proposal.question.endswith("every Monday, except 16 March")
    desk.run("create_calendar_event", proposal, "b")
    assert days_of(desk, "Call", date(2026, 3, 24)) == ["03-09", "03-23"]


@pytest.mark.parametrize(
    ("args", "error"),
    [
        ({"recurrence": None, "except_dates": ["6 April"]}, "Only what repeats"),
        ({"except_dates": ["7 April"]},
         "'Choir' is not on Tue 7 April 2026. Around then it is on Mon 30 March 2026, Mon 6 April 2026, "
         "Mon 13 April 2026 and Mon 20 April 2026."),
        ({"except_dates": ["every Monday in April"]}, "one by one"),
        ({"except_dates": ["blue"]}, "do not understand"),
        ({"except_dates": ["March to July"]}, "Nothing of 'Choir' would be left"),
        ({"recurrence": "daily", "except_dates": ["May to September"]}, "More than 100"),
    ],
)  # fmt: skip
def test_days_that_cannot_be_left_out(desk: "Desk", args: dict[str, Any], error: str) -> None:
    assert error in str(desk.refused("create_calendar_event", **(CHOIR | args)))


def test_a_day_on_which_it_is_not_beside_one_on_which_it_is(desk: "Desk") -> None:
    proposal = desk.prepare("create_calendar_event", **CHOIR, except_dates=["6 April", "7 April", "8-10 April"])
    assert proposal.args["except_dates"] == ["2026-04-06"]
    assert texts(proposal.warnings) == (
        "'Choir' is not on Tue 7 April 2026 or Wed 8 April 2026 – Fri 10 April 2026 anyway.",
    )


def test_a_series_that_is_there_leaves_out_days(desk: "Desk", keys: Keys) -> None:
    made(desk, "key", **CHOIR, except_dates=["25 May"])
    proposal = desk.prepare("update_calendar_event", event="choir", except_dates=["Easter week", "20 April"])
    assert proposal.args["scope"] == "all"
    assert proposal.effect == "destructive"
    assert proposal.question == (
        "leave 6 April and 20 April out of 'Choir' (Mon 9 March 2026, 8:00–9:00 PM) (the whole series)"
    )
    line = "'Choir': without 6 April and 20 April — the whole series (repeats every Monday until 30 June 2026)"
    assert proposal.preview == f"Change {line}"
    assert desk.prepare("update_calendar_event", **proposal.args) == proposal
    result = desk.run("update_calendar_event", proposal, keys())
    assert result.receipt == f"Changed {line}."
    assert result.value["before"]["start"] == result.value["event"]["start"] == "2026-03-09T20:00:00-04:00"
    assert not {"04-06", "04-20", "05-25"} & set(days_of(desk, "Choir"))
    assert len(days_of(desk, "Choir")) == 14
    again = desk.refused("update_calendar_event", event="choir", except_dates=["6 April"])
    assert str(again).startswith("'Choir' is not on Mon 6 April 2026.")


def test_what_goes_on_after_midnight_is_on_the_day_on_which_it_begins(desk: "Desk", keys: Keys) -> None:
    made(desk, "key", title="Watch", start="tomorrow 11pm", end="1am", recurrence="daily")
    proposal = desk.prepare("update_calendar_event", event="watch", except_dates=["17 March"])
    assert proposal.args["except_dates"] == ["2026-03-17"]
    desk.run("update_calendar_event", proposal, keys())
    assert days_of(desk, "Watch", date(2026, 3, 20))[-4:] == ["03-15", "03-16", "03-18", "03-19"]


def test_this_and_following_leave_out_days_to_come(desk: "Desk", keys: Keys) -> None:
    made(desk, "key", **CHOIR)
    third = next(each for each in _all(desk) if f"{each.start:%m-%d}" == "04-13")
    args = {"event": third.id, "scope": "following"}
    assert "is not on" in str(desk.refused("update_calendar_event", **args, except_dates=["6 April"]))
    proposal = desk.prepare("update_calendar_event", **args, except_dates=["April"], location="Hall")
    assert proposal.args["except_dates"] == ["2026-04-13", "2026-04-20", "2026-04-27"]
    desk.run("update_calendar_event", proposal, keys())
    places = {f"{each.start:%m-%d}": each.location for each in _all(desk)}
    assert (places["04-06"], places["05-04"]) == ("", "Hall")
    assert not {"04-13", "04-20", "04-27"} & set(places)


def test_one_occurrence_leaves_out_nothing(desk: "Desk") -> None:
    made(desk, "key", **CHOIR)
    error = desk.refused("update_calendar_event", event="choir", scope="this", except_dates=["6 April"])
    assert "choose `following` or `all`" in str(error)
    assert "Only what repeats" in str(desk.refused("update_calendar_event", event="dentist", except_dates=["6 April"]))


def test_a_move_takes_what_is_left_out_along(desk: "Desk", keys: Keys) -> None:
    """The days are those before the move."""
    made(desk, "key", **CHOIR)
    proposal = desk.prepare("update_calendar_event", event="choir", start="Tuesday 7pm", except_dates=["6 April"],
                            scope="all")  # fmt: skip
    desk.run("update_calendar_event", proposal, keys())
    days = days_of(desk, "Choir")
    assert {"03-31", "04-14"} <= set(days)
    assert not {"04-06", "04-07"} & set(days)


def test_an_occurrence_that_was_moved_is_left_out_where_it_is(desk: "Desk", keys: Keys) -> None:
    made(desk, "key", **CHOIR)
    sixth = next(each for each in _all(desk) if f"{each.start:%m-%d}" == "04-06")
    moved = desk.prepare("update_calendar_event", event=sixth.id, start="2026-04-08 18:00")
    desk.run("update_calendar_event", moved, keys())
    assert "is not on" in str(desk.refused("update_calendar_event", event="choir", except_dates=["6 April"]))
    proposal = desk.prepare("update_calendar_event", event="choir", except_dates=["8 April"])
    desk.run("update_calendar_event", proposal, keys())
    assert not {"04-06", "04-08"} & set(days_of(desk, "Choir"))


def test_a_new_rule_leaves_out_days_of_its_own(desk: "Desk", keys: Keys) -> None:
    made(desk, "key", **CHOIR)
    later = _all(desk)[3]
    proposal = desk.prepare("update_calendar_event", event=later.id, recurrence="every other Monday",
                            except_dates=["6 April"])  # fmt: skip
    assert "repeat every other Monday, except 6 April" in proposal.question
    assert desk.prepare("update_calendar_event", **proposal.args) == proposal
    desk.run("update_calendar_event", proposal, keys())
    assert days_of(desk, "Choir", date(2026, 5, 5)) == ["03-09", "03-23", "04-20", "05-04"]
    off = desk.refused("update_calendar_event", event="choir", recurrence="every other Monday until May 2027",
                       except_dates=["13 April"])  # fmt: skip
    assert "Mon 6 April 2026, Mon 20 April 2026 and Mon 4 May 2026" in str(off)


def test_what_does_not_repeat_begins_to_with_days_left_out(desk: "Desk", keys: Keys) -> None:
    proposal = desk.prepare("update_calendar_event", event="dentist", recurrence="every Wednesday until May",
                            except_dates=["8 April"])  # fmt: skip
    assert "repeat every Wednesday until 30 April 2026, except 8 April" in proposal.question
    desk.run("update_calendar_event", proposal, keys())
    assert days_of(desk, "Dentist") == ["03-11", "03-18", "03-25", "04-01", "04-15", "04-22", "04-29"]


def test_a_rule_that_is_kept_in_utc_leaves_out_the_days_that_the_user_has(desk: "Desk", keys: Keys) -> None:
    start = datetime.fromisoformat("2026-03-10T01:00:00+00:00")  # Monday 9 PM in New York
    draft = EventDraft("Glaze", start, start + timedelta(hours=1), "UTC", recurrence="FREQ=WEEKLY")
    desk.do(desk.ctx.calendar.create_event(draft, "kept", False))
    proposal = desk.prepare("update_calendar_event", event="glaze", except_dates=["16 March"])
    assert "without 16 March" in proposal.preview
    desk.run("update_calendar_event", proposal, keys())
    assert days_of(desk, "Glaze", date(2026, 3, 31)) == ["03-10", "03-24", "03-31"]  # in UTC


def _all(desk: "Desk", title: str = "Choir") -> list[Event]:
    events = desk.do(desk.ctx.calendar.list_events(desk.ctx.now, datetime(2026, 7, 1, tzinfo=NEW_YORK)))
    return [event for event in events if event.title == title]
