"""The seeded fortnight is believable whatever the day."""

import asyncio
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from tests.kit.mails import searched

from sayso.base.clock import FixedClock
from sayso.base.ids import Ids
from sayso.store.gateway import Store
from sayso.workspace.local import LocalWorkspace as Workspace
from sayso.workspace.local import local_workspace
from sayso.workspace.local.seed.seed import seed
from sayso.workspace.people import Me
from sayso.workspace.types import Event

NEW_YORK = ZoneInfo("America/New_York")
ME = Me("robin@example.com", "Robin Doe")
MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=NEW_YORK)
DAY = timedelta(days=1)
MOMENTS = [MONDAY + n * DAY for n in range(7)] + [
    datetime(2026, 3, 6, 23, 59, tzinfo=NEW_YORK),
    datetime(2028, 2, 17, 16, 0, tzinfo=NEW_YORK),
    datetime(2026, 12, 31, 12, 0, tzinfo=NEW_YORK),
    datetime(2026, 3, 8, 1, 30, tzinfo=NEW_YORK),
]


def seeded(store: Store, user: str, now: datetime, ids: Ids) -> Workspace:
    store.write_now(seed, user, ME, now, NEW_YORK, ids)
    return local_workspace(store, user, ME, FixedClock(now), ids)


def fortnight(workspace: Workspace, now: datetime) -> list[Event]:
    return asyncio.run(workspace.calendar.list_events(now - 8 * DAY, now + 16 * DAY))


@pytest.mark.parametrize("now", MOMENTS, ids=lambda now: f"{now:%a %d %b %H:%M}")
def test_it_is_believable_at_any_time(store: Store, user: str, ids: Ids, now: datetime) -> None:
    workspace = seeded(store, user, now, ids)
    events = fortnight(workspace, now)
    timed = [event for event in events if isinstance(event.start, datetime) and event.start > now]
    ana = [event for event in timed if isinstance(event.start, datetime) and event.title == "Catch-up with Ana"]
    assert len(ana) == 1
    assert isinstance(ana[0].start, datetime)
    assert (ana[0].start.hour, ana[0].start.weekday() < 5) == (15, True)
    assert ana[0].start - now < 4 * DAY
    waiting = [event for event in events if event.my_response == "needs_action"]
    assert waiting
    assert all(isinstance(event.start, datetime) and event.start > now for event in waiting)
    clash = {event.title: event for event in timed}
    assert clash["Design review"].end > clash["Budget call with Priya"].start
    assert {"Lunch with Sam", "Dentist", "Stand-up"} <= clash.keys()
    messages, total = asyncio.run(searched(workspace, ""))
    assert total == 25
    assert all(message.date < now for message in messages)
    assert {message.subject for message in messages if message.unread} >= {"Re: Q2 budget"}
    tasks = asyncio.run(workspace.tasks.list_tasks(100)).items
    assert {listed.name for listed in asyncio.run(workspace.tasks.lists())} == {"Tasks", "Home", "Work"}
    assert any(task.done for task in tasks)
    assert len(asyncio.run(workspace.contacts.find("Daniel", 100)).items) == 2


def test_the_example_of_the_contract_has_room(store: Store, user: str, ids: Ids) -> None:
    workspace = seeded(store, user, MONDAY, ids)
    start = datetime(2026, 3, 10, 15, 0, tzinfo=NEW_YORK)
    assert asyncio.run(workspace.calendar.list_events(start, start + timedelta(hours=1))) == []
    assert "Project Review" not in {event.title for event in fortnight(workspace, MONDAY)}
