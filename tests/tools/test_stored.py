"""What waits in a store that an earlier version wrote is read as it was meant, and written so that it can be read."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from sayso.tools.json import (
    draft_from,
    draft_json,
    outgoing_from,
    outgoing_json,
    task_draft_from,
    task_draft_json,
)
from sayso.workspace.local.tasks import _from_json, _to_json
from sayso.workspace.stored import EVENT, GUESTS, PERSON, event_from, to_json
from sayso.workspace.types import Enclosed, Event, EventDraft, Guest, OutgoingMail, Person, Task, TaskDraft

NEW_YORK = ZoneInfo("America/New_York")
THREE = datetime(2026, 3, 10, 15, tzinfo=NEW_YORK)
FOUR = THREE.replace(hour=16)

DRAFT = """{"title": "Review", "start": "2026-03-10T15:00:00-04:00", "end": "2026-03-10T16:00:00-04:00",
"timezone": "America/New_York", "location": "Room", "description": "", "recurrence": "FREQ=WEEKLY",
"guests": [{"name": "Ana", "email": "ana@example.com", "response": "accepted"}]}"""
DAY = """{"title": "Off", "start": "2026-03-10", "end": "2026-03-11", "timezone": "America/New_York", "location": "",
"description": "", "guests": [], "recurrence": ""}"""
EVENT_DONE = """{"title": "Review", "start": "2026-03-10T15:00:00-04:00", "end": "2026-03-10T16:00:00-04:00",
"timezone": "America/New_York", "location": "", "description": "", "recurrence": "", "id": "evt_1", "series_id": "",
"guests": [{"email": "ana@example.com", "name": "Ana", "response": "needs_action"}], "revision": "2",
"organizer": {"email": "bo@example.com", "name": ""}, "my_response": "tentative"}"""
MAIL = """{"to": [{"name": "Ana", "email": "ana@example.com"}], "cc": [], "bcc": [{"name": "", "email": "b@x.example"}],
"subject": "Hi", "body": "Hello.", "in_reply_to": "msg_1"}"""
TASK_DONE = """{"title": "Call", "due": "2026-03-10T15:00:00-04:00", "due_timezone": "America/New_York", "notes": "n",
"list_id": "l", "id": "tsk_1", "list_name": "L", "done": true, "completed_at": "2026-03-02T14:00:00+00:00",
"revision": "3"}"""

ADDED: dict[str, Any] = {"exdates": [], "reminders": None, "meeting_link": False}
"""What earlier versions did not write of a draft."""


@pytest.mark.parametrize(
    ("stored", "meant"),
    [
        (DRAFT, EventDraft("Review", THREE, FOUR, NEW_YORK.key, "Room", "",
                           (Guest("ana@example.com", "Ana", "accepted"),), "FREQ=WEEKLY")),
        (DAY, EventDraft("Off", date(2026, 3, 10), date(2026, 3, 11), NEW_YORK.key)),
    ],
)  # fmt: skip
def test_drafts_of_events(stored: str, meant: EventDraft) -> None:
    draft = draft_from(json.loads(stored))
    assert (draft, type(draft.start)) == (meant, type(meant.start))
    assert not isinstance(draft.start, datetime) or draft.start.tzinfo is NEW_YORK
    assert as_before(draft_json(meant)) == as_before(json.loads(stored)) | ADDED


def test_what_drafts_have_had_since() -> None:
    out = (THREE + timedelta(days=7), date(2026, 3, 24))
    meant = EventDraft("Review", THREE, FOUR, NEW_YORK.key, recurrence="FREQ=WEEKLY", exdates=out, reminders=(10,))
    assert draft_from(json.loads(json.dumps(draft_json(meant)))) == meant


def test_events_that_a_change_made() -> None:
    guests = (Guest("ana@example.com", "Ana"),)
    meant = Event(
        "Review", THREE, FOUR, NEW_YORK.key, guests=guests, id="evt_1", revision="2",
        organizer=Person("bo@example.com"), my_response="tentative",
    )  # fmt: skip
    assert event_from(EVENT, json.loads(EVENT_DONE)) == meant
    shown = {"free": False, "link": "", "calendar": "", "color": "", "fixed": False, "undelivered": []}
    assert to_json(EVENT, meant) == json.loads(EVENT_DONE) | shown | ADDED


@pytest.mark.parametrize(
    ("due", "meant"),
    [("null", None), ('"2026-03-10"', date(2026, 3, 10)), ('"2026-03-10T19:00:00+00:00"', THREE)],
)
def test_drafts_of_tasks(due: str, meant: date | None) -> None:
    draft = task_draft_from(json.loads(f'{{"title": "Call", "due": {due}, "notes": "", "list_id": "lst_1"}}'), NEW_YORK)
    assert (draft, type(draft.due)) == (TaskDraft("Call", meant, "", "lst_1"), type(meant))
    assert not isinstance(draft.due, datetime) or draft.due.tzinfo is NEW_YORK
    assert task_draft_from(task_draft_json(draft), NEW_YORK) == draft


def test_tasks_that_a_change_made() -> None:
    done = datetime(2026, 3, 2, 14, tzinfo=UTC)
    meant = Task("Call", THREE, "n", "l", "tsk_1", "L", True, done, "3")
    assert _from_json(json.loads(TASK_DONE)) == meant
    assert as_before(_to_json(meant)) == as_before(json.loads(TASK_DONE)) | {
        "new_list": "",
        "repeats": False,
        "then": None,
        "fixed": False,
    }
    assert _from_json(_to_json(meant)) == meant


def test_mails() -> None:
    meant = OutgoingMail((Person("ana@example.com", "Ana"),), "Hi", "Hello.", (), (Person("b@x.example"),), "msg_1")
    assert outgoing_from(json.loads(MAIL)) == meant
    assert outgoing_json(meant) == json.loads(MAIL) | {"attachments": []}
    file = Enclosed("a.pdf", "application/pdf", 9, "msg_2", 1)
    assert outgoing_from(outgoing_json(replace(meant, attachments=(file,)))).attachments == (file,)


def test_columns() -> None:
    sender = {"email": "a@x.example", "name": "A", "reply_to": [{"email": "b@x.example", "name": ""}]}
    assert PERSON.validate_python(sender) == Person("a@x.example", "A")
    guest = {"email": "a@x.example", "name": "", "response": "declined"}
    assert GUESTS.validate_python([guest]) == (Guest("a@x.example", "", "declined"),)
    assert to_json(GUESTS, (Guest("a@x.example", "", "declined"),)) == [guest]
    odd = Person("\ud800\0", "é")
    assert PERSON.validate_python(json.loads(json.dumps(to_json(PERSON, odd)))) == odd


@pytest.mark.parametrize("when", [datetime(1800, 1, 1, tzinfo=NEW_YORK), datetime(1, 1, 1, tzinfo=UTC), date(1, 1, 1)])
def test_times_of_other_ages(when: date) -> None:
    draft = EventDraft("Old", when, when, "UTC")
    assert draft_from(json.loads(json.dumps(draft_json(draft)))) == draft


def as_before(data: Any) -> Any:
    """JSON whose times the version before read: `fromisoformat` takes `Z` for an offset, too."""
    return {
        key: datetime.fromisoformat(value) if isinstance(value, str) and "T" in value and ":" in value else value
        for key, value in data.items()
    }
