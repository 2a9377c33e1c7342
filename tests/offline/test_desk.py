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
    assert "File the expense report" in desk.proposed()[0][1]


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
