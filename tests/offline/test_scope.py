"""What a request about several things may touch: never more than was said. Over the seeded workspace."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from .desk import Desk, open_desk
from .loop import Talk


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with open_desk(tmp_path) as open_one:
        yield open_one


def starts(desk: Desk) -> list[str]:
    """When each event that would be deleted begins."""
    events = [each.proposal.target["event"] for each in desk.waiting if each.tool == "delete_calendar_event"]
    return sorted(str(event["start"]) for event in events)


def test_all_of_a_series_in_a_week_is_these_occurrences_and_not_the_series(desk: Desk) -> None:
    desk.say("cancel all my stand-ups next week")
    assert {each.proposal.args.get("scope") for each in desk.waiting} == {"this"}
    days = {datetime.fromisoformat(start).date().isocalendar().week for start in starts(desk)}
    assert len(desk.waiting) == 5
    assert len(days) == 1


def test_a_part_of_a_day_limits_what_is_cleared(desk: Desk) -> None:
    desk.say("clear my morning tomorrow")
    morning = starts(desk)
    assert morning
    assert all(datetime.fromisoformat(start).hour < 12 for start in morning)
    desk.say("no")
    desk.say("clear my afternoon tomorrow")
    assert all(datetime.fromisoformat(start).hour >= 12 for start in starts(desk))


def test_after_an_hour_leaves_what_begins_before(desk: Desk) -> None:
    desk.say("cancel everything on Friday after 1")
    assert all(datetime.fromisoformat(start).hour >= 13 for start in starts(desk))


def test_words_of_a_title_are_not_found_in_the_place(desk: Desk) -> None:
    desk.say("cancel my calls tomorrow")
    assert all("call" in preview.split("with")[0].lower() for _, preview in desk.proposed())


def test_a_list_that_is_missing_is_proposed_with_its_tasks(desk: Desk) -> None:
    desk.say("add eggs, milk and bread to my shopping list")
    assert [tool for tool, _ in desk.proposed()] == ["create_task"] * 3
    assert all(preview.endswith("to the new list 'shopping'") for _, preview in desk.proposed())


def test_what_was_done_can_be_undone(desk: Desk) -> None:
    desk.say("cancel the dentist")
    desk.confirm()
    desk.say("undo that")
    assert [tool for tool, _ in desk.proposed()] == ["create_calendar_event"]
    assert "Dentist" in desk.proposed()[0][1]


def test_what_was_changed_is_put_back_as_it_was_stored(desk: Desk) -> None:
    desk.say("move the dentist to 5pm")
    desk.confirm()
    desk.say("undo that")
    [(tool, preview)] = desk.proposed()
    assert (tool, preview.split(" → ")[0].endswith("5:45 PM")) == ("update_calendar_event", True)
    desk.confirm()
    desk.say("undo that")
    assert [tool for tool, _ in desk.proposed()] == ["update_calendar_event"]


def test_a_choice_is_asked_and_answered(desk: Desk) -> None:
    assert desk.say("book lunch with Ana at 12 or 1 tomorrow") == "Which should it be: 12 or 1?"
    desk.say("1")
    assert "1:00" in desk.proposed()[0][1]


def test_a_reminder_before_an_event_is_counted_from_it(desk: Desk) -> None:
    desk.say("remind me 30 minutes before the dentist")
    dentist = next(args for tool, args in desk.reads if tool == "search_calendar_events")
    assert dentist["query"] == "dentist"
    assert "8:00 AM" in desk.proposed()[0][1]


def test_words_beside_calls_that_all_failed_are_not_said(desk: Desk) -> None:
    text = desk.say("cancel the zebra parade")
    assert text.startswith("I found no event or task")


def test_time_is_found_before_it_is_booked(desk: Desk) -> None:
    text = desk.say("I need an hour for expense reports on Thursday")
    assert desk.waiting == []
    assert text.endswith("When should I put 'Expense reports'?")
    desk.say("the second")
    assert [tool for tool, _ in desk.proposed()] == ["create_calendar_event"]


def test_more_tasks_than_one_request_may_change_are_not_proposed() -> None:
    tasks = [{"id": f"tsk_{number}", "title": f"Task {number}", "list": "Work"} for number in range(25)]
    talk = Talk(lambda tool, args: {"tasks": tasks, "total": 25} if tool == "list_tasks" else None)
    text, calls = talk.say("delete all my tasks")
    assert text == "That is 25 tasks, which is too many for one go. Name a list or a time."
    assert calls == [("list_tasks", {"status": "open"})]


def test_what_is_kept_of_many_tasks_is_left_alone(desk: Desk) -> None:
    desk.say("delete all my tasks except the passport and the slides")
    titles = {each.proposal.preview.split("'")[1] for each in desk.waiting}
    assert len(titles) == 10
    assert not titles & {"Renew the passport", "Finish the slides"}
