"""Mail that is to leave at a time."""

import pytest
from tests.tools.conftest import Desk

MAIL = {"to": ["helen@example.org"], "subject": "Trains", "body": "They are late."}


@pytest.mark.parametrize(
    ("said", "at", "told"),
    [
        ("tomorrow at 8:00", "2026-03-03T08:00:00-05:00", "Tue 3 March 2026, 8:00 AM"),
        ("in 20 minutes", "2026-03-02T09:20:00-05:00", "Mon 2 March 2026, 9:20 AM"),
        ("2026-03-05T18:30:00+01:00", "2026-03-05T12:30:00-05:00", "Thu 5 March 2026, 12:30 PM"),
    ],
)
def test_it_is_held_back_until_the_time_that_was_said(desk: Desk, said: str, at: str, told: str) -> None:
    proposal = desk.prepare("send_mail", **MAIL, send_at=said)
    assert (proposal.args["send_at"], proposal.target["send_at"], proposal.card["mail"]["send_at"]) == (at, at, at)
    assert proposal.preview.endswith(f"leaves {told}")
    assert proposal.question.endswith(f"to leave on {told}")
    assert ("Leaves", told) in proposal.details
    again = desk.prepare("send_mail", **proposal.args)
    assert (again.args, again.target, again.preview) == (proposal.args, proposal.target, proposal.preview)


def test_without_one_nothing_is_said_of_it(desk: Desk) -> None:
    proposal = desk.prepare("send_mail", **MAIL)
    assert proposal.args["send_at"] is None
    assert "send_at" not in proposal.target
    assert "leave" not in proposal.preview


def test_answers_and_what_is_passed_on_may_wait_too(desk: Desk) -> None:
    mail = desk.read("search_mail", query="from:priya")["messages"][0]["id"]
    for tool, args in (("reply_mail", {"body": "Thanks"}), ("forward_mail", {"to": ["helen@example.org"]})):
        assert "send_at" in desk.prepare(tool, message=mail, **args, send_at="tomorrow at 8:00").target


@pytest.mark.parametrize(
    ("said", "error"), [("tomorrow", "names none"), ("soonish", "soonish"), ("8:00 on 3 May 2031", "a year")]
)
def test_a_time_must_be_one(desk: Desk, said: str, error: str) -> None:
    assert error in str(desk.refused("send_mail", **MAIL, send_at=said))


def test_a_time_that_has_passed_is_told(desk: Desk) -> None:
    proposal = desk.prepare("send_mail", **MAIL, send_at="2026-03-01T08:00:00-05:00")
    assert "past" in [each.code for each in proposal.warnings]
