"""Reminders and meeting links: where the account has them, and what is said where it has not."""

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from tests.kit import far
from tests.kit.seeded import ME, NEW_YORK, NOW

from sayso.tools.json import event_json
from sayso.workspace.accounts import Account, compose
from sayso.workspace.types import EventDraft

if TYPE_CHECKING:
    from tests.tools.conftest import Desk

LUNCH: dict[str, Any] = {"title": "Lunch", "start": "Friday 3pm"}
NO_LINK = "This calendar makes no links to meet at: leave `meeting_link` out and tell the user."
NO_REMINDER = "This calendar cannot remind of anything, so no reminder can be set: leave `reminders` out"


@pytest.fixture
def system() -> far.Far:
    return far.Far(keeps_keys=True)


@pytest.fixture
def alone(desk: "Desk", system: far.Far) -> "Desk":
    return type(desk)(
        replace(desk.ctx, workspace=asyncio.run(system.workspace("usr_me", ME)), me=ME, now=NOW, timezone=NEW_YORK)
    )


def test_the_embedded_calendar_has_neither_and_says_so(desk: "Desk") -> None:
    for more, error in (({"reminders": [10]}, NO_REMINDER), ({"meeting_link": True}, NO_LINK)):
        for tool, args in (("create_calendar_event", LUNCH), ("update_calendar_event", {"event": "dentist"})):
            assert str(desk.refused(tool, **args, **more)).startswith(error)
    proposal = desk.prepare("create_calendar_event", **LUNCH, reminders=[], meeting_link=False)
    assert "reminder" not in proposal.preview
    assert desk.refused("update_calendar_event", event="dentist", reminders=[]).code == "nothing_to_do"


def test_each_account_has_its_own(desk: "Desk", system: far.Far) -> None:
    """A new event is for the default account; a change is for the one where the event is."""
    here = Account("", "local", "This computer", desk.ctx.workspace)
    for able in (False, True):
        account = system.account("usr_me", ME)
        account = replace(account, default_for=frozenset({"calendar"})) if able else account
        both = type(desk)(replace(desk.ctx, workspace=compose([here, account])))
        if able:
            assert "a meeting link" in both.prepare("create_calendar_event", **LUNCH, meeting_link=True).question
        else:
            assert str(both.refused("create_calendar_event", **LUNCH, meeting_link=True)).startswith(NO_LINK)
        dentist = desk.event("Dentist").id
        assert str(both.refused("update_calendar_event", event=dentist, reminders=[5])).startswith(NO_REMINDER)


def test_an_event_with_reminders_and_a_link(alone: "Desk", system: far.Far) -> None:
    proposal = alone.prepare("create_calendar_event", **LUNCH, reminders=[10, 1440, 0], meeting_link=True)
    extras = "with a meeting link and reminders 1 day and 10 minutes before and at the start"
    assert proposal.question == f"create a meeting titled 'Lunch' on March 6th at 3 PM, {extras}"
    assert proposal.preview == f"Create 'Lunch', Fri 6 March 2026, 3:00–4:00 PM (America/New_York), {extras}"
    assert ("Reminders", "1 day and 10 minutes before and at the start") in proposal.details
    assert ("Meeting link", "the calendar makes one") in proposal.details
    assert alone.prepare("create_calendar_event", **proposal.args) == proposal
    result = alone.run("create_calendar_event", proposal, "key")
    link = "https://meet.far.example/key"
    assert result.receipt == f"Created 'Lunch', Fri 6 March 2026, 3:00–4:00 PM. Meeting link: {link}"
    assert (result.value["event"]["link"], result.value["event"]["reminders"]) == (link, [10, 1440, 0])
    assert alone.reconcile("create_calendar_event", proposal, "key") == result
    assert ("Meeting link", link) in alone.prepare("delete_calendar_event", event="lunch").details


def test_what_an_account_does_by_itself_stays(alone: "Desk") -> None:
    alone.run("create_calendar_event", alone.prepare("create_calendar_event", **LUNCH), "key")
    [event] = alone.read("list_calendar_events", start="Friday")["events"]
    assert event["reminders"] == [10]
    assert "link" not in event
    moved = alone.prepare("update_calendar_event", event="lunch", start="4pm")
    assert "remind" not in moved.preview
    assert alone.run("update_calendar_event", moved, "move").value["event"]["reminders"] == [10]


@pytest.mark.parametrize(
    ("args", "question", "line"),
    [
        ({"reminders": [60]}, "set the reminders of 'Lunch' (Fri 6 March 2026, 3:00–4:00 PM) to 1 hour before",
         "reminders 10 minutes before → 1 hour before"),
        ({"reminders": []}, "remove the reminders of 'Lunch' (Fri 6 March 2026, 3:00–4:00 PM)",
         "reminders 10 minutes before → none"),
        ({"meeting_link": True}, "add a meeting link to 'Lunch' (Fri 6 March 2026, 3:00–4:00 PM)",
         "adds a meeting link"),
    ],
)  # fmt: skip
def test_they_are_changed(alone: "Desk", args: dict[str, Any], question: str, line: str) -> None:
    alone.run("create_calendar_event", alone.prepare("create_calendar_event", **LUNCH), "key")
    proposal = alone.prepare("update_calendar_event", event="lunch", **args)
    assert (proposal.question, proposal.preview) == (question, f"Change 'Lunch': {line}")
    assert alone.prepare("update_calendar_event", **proposal.args) == proposal
    result = alone.run("update_calendar_event", proposal, "change")
    link = " Meeting link: https://meet.far.example/change" if "meeting_link" in args else ""
    assert result.receipt == f"Changed 'Lunch': {line}.{link}"
    assert alone.refused("update_calendar_event", event="lunch", **args).code == "nothing_to_do"


def test_a_link_that_has_not_come_is_told_as_such(alone: "Desk", system: far.Far) -> None:
    proposal = alone.prepare("create_calendar_event", **LUNCH, meeting_link=True)
    result = alone.run("create_calendar_event", proposal, "key")
    system.events["evt_key"] = replace(system.events["evt_key"], link="")
    later = alone.reconcile("create_calendar_event", proposal, "key")
    assert later is not None
    assert later.receipt == f"{result.receipt.partition(' Meeting')[0]} Its meeting link is not there yet."


@pytest.mark.parametrize("reminders", [[-5], [60 * 24 * 28 + 1], [1, 2, 3, 4, 5, 6]])
def test_reminders_are_minutes_within_four_weeks_and_five_at_most(alone: "Desk", reminders: list[int]) -> None:
    with pytest.raises(ValueError, match="reminders"):
        alone.prepare("create_calendar_event", **LUNCH, reminders=reminders)


def test_a_link_in_the_text_of_an_event_is_its_link(desk: "Desk") -> None:
    draft = EventDraft("Call", NOW, NOW, NEW_YORK.key, description="Join: https://us02web.zoom.us/j/123?pwd=a.")
    event = desk.do(desk.ctx.calendar.create_event(draft, "key", False))
    assert event_json(desk.ctx, event)["link"] == "https://us02web.zoom.us/j/123?pwd=a"
