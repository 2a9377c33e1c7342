"""Ids and words that no database keeps are not found, never an error of the store."""

import asyncio
from datetime import date

import pytest
from tests.kit.mails import searched

from sayso.workspace.errors import ObjectNotFound
from sayso.workspace.local import LocalWorkspace as Workspace
from sayso.workspace.types import EventDraft, OutgoingMail, Person, TaskDraft

ODD = ["evt_\0", "\ud800", "evt_x@\0", "evt_x@20261399", "", "@", "🎉" * 300]


@pytest.mark.parametrize("odd", ODD)
def test_odd_ids_are_not_found(workspace: Workspace, odd: str) -> None:
    for call in (
        workspace.calendar.get_event(odd),
        workspace.tasks.get_task(odd),
        workspace.mail.get_message(odd),
        workspace.mail.get_thread(odd),
    ):
        with pytest.raises(ObjectNotFound):
            asyncio.run(call)


@pytest.mark.parametrize("odd", [text for text in ODD if text])
def test_odd_words_are_kept_and_searched(workspace: Workspace, odd: str) -> None:
    day = EventDraft(odd, date(2026, 3, 2), date(2026, 3, 3), "UTC", odd, odd)
    event = asyncio.run(workspace.calendar.create_event(day, "k1", True))
    assert asyncio.run(workspace.calendar.get_event(event.id)).location
    asyncio.run(workspace.tasks.create_task(TaskDraft(odd, None, odd), "k2"))
    asyncio.run(workspace.mail.send(OutgoingMail((Person("a@example.com", odd),), odd, odd), "k3", ""))
    asyncio.run(searched(workspace, f"x{odd}"))
    asyncio.run(searched(workspace, f"label:x{odd}"))
    asyncio.run(workspace.contacts.find(odd, 100))


def test_an_occurrence_that_is_none_is_not_found(workspace: Workspace) -> None:
    day = EventDraft("Day", date(2026, 3, 2), date(2026, 3, 3), "UTC", recurrence="FREQ=WEEKLY")
    event = asyncio.run(workspace.calendar.create_event(day, "k1", False))
    for key in ("20260303", "20260309T000000Z", "soon", "99999999", "00010101", "99991231", "99991231T235959Z"):
        with pytest.raises(ObjectNotFound):
            asyncio.run(workspace.calendar.get_event(f"{event.series_id}@{key}"))
