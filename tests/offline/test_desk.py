"""The real agent, tools and seeded workspace: what is asked in English ends in the right proposal."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from .desk import Desk, open_desk


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with open_desk(tmp_path) as opened:
        yield opened


def test_a_meeting_is_proposed_changed_confirmed_and_moved(desk: Desk) -> None:
    assert (
        desk.say("Schedule a meeting titled 'Project Review' on March 10th at 3 PM")
        == "I can schedule that meeting for you."
    )
    assert "'Project Review', Tue 10 March 2026, 3:00–4:00 PM" in desk.proposed()[0][1]
    desk.say("make it 4")
    assert "4:00–5:00 PM" in desk.proposed()[0][1]
    desk.say("and invite Ana")
    assert "Ana Silva" in desk.proposed()[0][1]
    assert len(desk.confirm()) == 1
    desk.say("move it to Thursday")
    assert desk.proposed()[0][0] == "update_calendar_event"
    assert "Thu" in desk.proposed()[0][1]


def test_references_to_what_was_shown(desk: Desk) -> None:
    assert "2. 10:00–11:00 AM  Design review" in desk.say("what's on tomorrow?")
    desk.say("cancel the second one")
    assert "Design review" in desk.proposed()[0][1]
    desk.say("what's overdue?")
    desk.say("the first one is done")
    assert [tool for tool, _ in desk.proposed()] == ["delete_calendar_event", "complete_task"]
    assert "File the expense report" in desk.proposed()[1][1]


def test_mail_is_read_answered_and_archived(desk: Desk) -> None:
    assert "Q2 budget" in desk.say("any mail from Priya?")
    assert "travel and tools" in desk.say("open the first one")
    desk.say("reply that it looks good")
    assert desk.proposed()[0][0] == "reply_mail"
    desk.confirm()
    desk.say("archive it")
    assert desk.proposed()[0][0] == "archive_mail"


def test_an_event_that_is_not_there_is_said_not_guessed(desk: Desk) -> None:
    assert "no event or task" in desk.say("cancel the regatta")
    assert desk.proposed() == []


def test_a_vague_time_is_asked_with_offers_and_answered(desk: Desk) -> None:
    assert "?" in desk.say("push my 1:1 with Marcus to next week")
    desk.say("Tuesday at 2")
    assert "Tue 10 March 2026, 2:00" in desk.proposed()[0][1]


def test_free_time_is_found_and_booked(desk: Desk) -> None:
    desk.say("find me an hour tomorrow")
    desk.say("book the first one for a chat with Priya")
    assert "Chat with Priya" in desk.proposed()[0][1]


def test_everything_in_one_sentence(desk: Desk) -> None:
    desk.say(
        "move my 3 o'clock with Ana to Thursday at 10 and remind me to call the bank tomorrow, then show me Friday"
    )
    assert sorted(tool for tool, _ in desk.proposed()) == ["create_task", "update_calendar_event"]
    assert [tool for tool, _ in desk.reads] == ["list_calendar_events"]


@pytest.mark.parametrize(
    "said",
    [
        "remind me in 10000 years to x",
        "remind me in 20 centuries to x",
        "schedule lunch 10000 years from now at 1",
        "schedule lunch tomorrow at 1 for 10000 years",
        "remind me 9000 years before Friday to x",
        "what's on in the next 9000 years?",
        "what's on between 9000 years ago and now?",
        "what did I do 3000 years ago?",
        "what tasks are due within 9000 years?",
        "clear my calendar for the next 9000 years",
        "decline my invitations in the next 9000 years",
        "which invitations came since 9000 years ago?",
        "what's the first thing in the last 9000 years?",
    ],
)
def test_a_time_beyond_all_calendars_is_said_to_be_too_far_away(desk: Desk, said: str) -> None:
    assert "is too far away" in desk.say(said)
    assert desk.proposed() == []


@pytest.mark.parametrize(
    "said",
    [
        "what's on in 8000 years?",
        "find a time with Ana in 9999 years",
        "show mail since 2100 years ago",
        "any mail from 9000 years ago?",
        "show mail of the last 5000 years",
        "mail since the last 2100 years",
        "schedule standup at 9 every day for 10000 years",
        "schedule a sync every 9999 years",
        "move the design review 9000 years earlier",
        "schedule lunch 99999 fortnights before the design review",
        "schedule lunch 999999999 weeks after the design review",
    ],
)
def test_far_times_are_answered(desk: Desk, said: str) -> None:
    assert desk.say(said)
