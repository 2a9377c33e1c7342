"""The embedded calendar: one, following, all; daylight saving; revisions; mails; exactly once."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from tests.kit.mails import searched

from sayso.base.zones import zone_named
from sayso.store.gateway import Store
from sayso.workspace.errors import ObjectChanged, ObjectNotFound, Refused
from sayso.workspace.events.series import series_of
from sayso.workspace.local import LocalWorkspace as Workspace
from sayso.workspace.local.event_rows import insert_series
from sayso.workspace.people import Me
from sayso.workspace.types import Event, EventDraft, Guest, Person, Scope

NEW_YORK = ZoneInfo("America/New_York")
ANA = Guest("ana@example.com", "Ana")
Keys = Callable[[], str]


def at(month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=NEW_YORK)


def draft(start: datetime | date, rule: str = "", **fields: Any) -> EventDraft:
    length = timedelta(hours=1) if isinstance(start, datetime) else timedelta(days=1)
    return EventDraft(fields.pop("title", "Talk"), start, start + length, NEW_YORK.key, recurrence=rule, **fields)


class Desk:
    """The calendar, called from synchronous tests."""

    def __init__(self, workspace: Workspace, keys: Keys) -> None:
        self.workspace, self.calendar, self.key = workspace, workspace.calendar, keys

    def run(self, call: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run(call)

    def create(self, what: EventDraft, notify: bool = False) -> Event:
        return self.run(self.calendar.create_event(what, self.key(), notify))  # type: ignore[no-any-return]

    def update(self, event: Event, scope: Scope, notify: bool = False, **fields: Any) -> Event:
        state = replace(event, **fields)
        call = self.calendar.update_event(event.id, state, scope, event.revision, self.key(), notify)
        return self.run(call)  # type: ignore[no-any-return]

    def move(self, event: Event, scope: Scope, by: timedelta) -> Event:
        return self.update(event, scope, start=event.start + by, end=event.end + by)

    def delete(self, event: Event, scope: Scope, notify: bool = False) -> None:
        self.run(self.calendar.delete_event(event.id, scope, event.revision, self.key(), notify, ""))

    def between(self, start: datetime, end: datetime) -> list[Event]:
        return self.run(self.calendar.list_events(start, end))  # type: ignore[no-any-return]

    def starts(self, start: datetime | None = None, end: datetime | None = None) -> list[str]:
        """When events start; by default those of March."""
        found = self.between(start or at(3, 1), end or at(4, 1))
        return [f"{event.start:%m-%d %H:%M}" for event in found]

    def sent(self) -> list[str]:
        found, _ = self.run(searched(self.workspace, "in:sent"))
        return sorted(f"{message.subject} → {', '.join(person.email for person in message.to)}" for message in found)


@pytest.fixture
def desk(workspace: Workspace, keys: Keys) -> Desk:
    return Desk(workspace, keys)


@pytest.fixture
def weekly(desk: Desk) -> list[Event]:
    """Tuesdays at 10, five of them: 3, 10, 17, 24 and 31 March, across the change to summer time on the 8th."""
    desk.create(draft(at(3, 3, 10), "FREQ=WEEKLY;COUNT=5"))
    return desk.between(at(3, 1), at(4, 10))


def test_wall_clock_time_is_stable_across_daylight_saving(weekly: list[Event]) -> None:
    assert [f"{event.start:%H:%M %z}" for event in weekly[:2]] == ["10:00 -0500", "10:00 -0400"]
    assert [event.id.partition("@")[2] for event in weekly[:2]] == ["20260303T150000Z", "20260310T140000Z"]


def test_an_occurrence_moved_to_another_day_is_listed_there_only(desk: Desk, weekly: list[Event]) -> None:
    moved = desk.move(weekly[1], "this", timedelta(days=2))
    assert moved.id == weekly[1].id
    assert desk.starts(at(3, 10), at(3, 11)) == []
    assert desk.starts(at(3, 12), at(3, 13)) == ["03-12 10:00"]
    far = desk.move(moved, "this", timedelta(days=90))
    assert desk.between(at(6, 1), at(7, 1)) == [far]
    assert len(desk.starts()) == 4


def test_deleting_one_and_the_last_that_is_left(desk: Desk) -> None:
    desk.create(draft(at(3, 3, 10), "FREQ=WEEKLY;COUNT=2"))
    first, second = desk.between(at(3, 1), at(4, 1))
    desk.delete(first, "this")
    assert desk.starts() == ["03-10 10:00"]
    desk.delete(second, "this")
    assert desk.starts() == []
    with pytest.raises(ObjectNotFound):
        desk.run(desk.calendar.get_event(first.series_id))


def test_moving_all_from_one_shifts_all_and_keeps_what_was_deleted_and_changed(desk: Desk, weekly: list[Event]) -> None:
    desk.delete(weekly[1], "this")
    desk.update(weekly[2], "this", title="Special")
    desk.move(weekly[4], "this", timedelta(days=1))
    moved = desk.update(weekly[3], "all", start=at(3, 24, 15), end=at(3, 24, 16, 30), location="Room 1")
    assert moved.start == at(3, 24, 15)
    assert desk.starts(at(3, 1), at(4, 10)) == ["03-03 15:00", "03-17 15:00", "03-24 15:00", "04-01 10:00"]
    assert [event.title for event in desk.between(at(3, 1), at(4, 1))] == ["Talk", "Special", "Talk"]
    assert {event.location for event in desk.between(at(3, 1), at(4, 10))} == {"Room 1"}


def test_a_series_begins_without_what_is_left_out(desk: Desk) -> None:
    made = desk.create(draft(at(3, 3, 10), "FREQ=WEEKLY;COUNT=5", exdates=(at(3, 3, 10), at(3, 17, 10))))
    assert made.start == at(3, 10, 10)
    assert desk.starts() == ["03-10 10:00", "03-24 10:00", "03-31 10:00"]


@pytest.mark.parametrize("scope", ["all", "following"])
def test_occurrences_are_left_out_of_a_series(desk: Desk, weekly: list[Event], scope: Scope) -> None:
    """Also the one that it is done from."""
    desk.delete(weekly[2], "this")
    left = desk.update(weekly[1], scope, exdates=(weekly[1].start, weekly[4].start))
    assert left.start == (weekly[0].start if scope == "all" else weekly[3].start)
    assert desk.starts() == ["03-03 10:00", "03-24 10:00"]


def test_a_changed_occurrence_is_left_out_where_it_is(desk: Desk, weekly: list[Event]) -> None:
    desk.move(weekly[1], "this", timedelta(days=1))
    with pytest.raises(Refused, match="does not take place on all of the days"):
        desk.update(weekly[0], "all", exdates=(weekly[1].start,))
    desk.update(weekly[0], "all", exdates=(at(3, 11, 10),))
    assert desk.starts() == ["03-03 10:00", "03-17 10:00", "03-24 10:00", "03-31 10:00"]


@pytest.mark.parametrize("rule", ["FREQ=WEEKLY;COUNT=5", "FREQ=WEEKLY;COUNT=2"])
def test_what_cannot_be_left_out_changes_nothing(desk: Desk, weekly: list[Event], rule: str) -> None:
    """A day on which it is not any more, by the rule that it has or by a new one; and all of it."""
    desk.delete(weekly[1], "this")
    before = desk.starts()
    with pytest.raises(Refused, match="does not take place on all of the days"):
        desk.update(weekly[0], "all", recurrence=rule, exdates=(weekly[1].start + timedelta(days=1),))
    left = [each.start for each in weekly if each is not weekly[1]] if rule == weekly[0].recurrence else []
    with pytest.raises(Refused, match="Nothing of 'Talk' would be left"):
        desk.update(weekly[0], "all", recurrence=rule, exdates=tuple(left or [weekly[0].start]))
    with pytest.raises(Refused, match="Nothing of 'Talk' would be left"):
        desk.create(draft(at(3, 3, 10), "FREQ=WEEKLY;COUNT=1", exdates=(at(3, 3, 10),)))
    assert desk.starts() == before


def test_moving_all_to_another_weekday_takes_the_rule_along(desk: Desk) -> None:
    desk.create(draft(at(3, 2, 10), "FREQ=WEEKLY;BYDAY=MO;UNTIL=20260323T140000Z"))
    second = desk.between(at(3, 9), at(3, 10))[0]
    assert desk.move(second, "all", timedelta(days=1)).recurrence == "FREQ=WEEKLY;UNTIL=20260324T140000Z;BYDAY=TU"
    assert desk.starts() == ["03-03 10:00", "03-10 10:00", "03-17 10:00", "03-24 10:00"]


def test_moving_a_monthly_weekday_takes_the_rule_along(desk: Desk) -> None:
    desk.create(draft(at(3, 2, 10), "FREQ=MONTHLY;BYDAY=1MO"))
    april = desk.between(at(4, 1), at(5, 1))[0]
    desk.move(april, "all", timedelta(days=2))  # Wednesday 8 April: the second
    assert desk.starts(at(3, 1), at(6, 1)) == ["03-11 10:00", "04-08 10:00", "05-13 10:00"]


def test_changing_following_splits_the_series(desk: Desk, weekly: list[Event]) -> None:
    desk.update(weekly[3], "this", title="Special")
    changed = desk.move(weekly[2], "following", timedelta(hours=4))
    assert changed.series_id != weekly[0].series_id
    assert changed.recurrence == "FREQ=WEEKLY;COUNT=3"
    assert desk.starts(at(3, 1), at(5, 1)) == [
        "03-03 10:00", "03-10 10:00", "03-17 14:00", "03-24 14:00", "03-31 14:00",
    ]  # fmt: skip
    assert [event.title for event in desk.between(at(3, 1), at(4, 1))] == ["Talk", "Talk", "Talk", "Special", "Talk"]


def test_following_from_the_first_is_all(desk: Desk, weekly: list[Event]) -> None:
    changed = desk.update(weekly[0], "following", title="New")
    assert changed.series_id == weekly[0].series_id
    assert {event.title for event in desk.between(at(3, 1), at(4, 10))} == {"New"}


def test_deleting_following_and_all(desk: Desk, weekly: list[Event]) -> None:
    desk.delete(weekly[2], "following")
    assert desk.starts(at(3, 1), at(6, 1)) == ["03-03 10:00", "03-10 10:00"]
    desk.delete(desk.between(at(3, 10), at(3, 11))[0], "all")
    assert desk.starts(at(3, 1), at(6, 1)) == []


def test_ending_the_repetition(desk: Desk, weekly: list[Event]) -> None:
    single = desk.update(weekly[2], "following", recurrence="")
    assert (single.series_id, single.start) == ("", at(3, 17, 10))
    assert desk.starts(at(3, 1), at(6, 1)) == ["03-03 10:00", "03-10 10:00", "03-17 10:00"]


def test_a_stale_revision_is_refused_and_others_are_untouched(desk: Desk, weekly: list[Event]) -> None:
    desk.update(weekly[0], "this", title="New")
    desk.update(weekly[1], "this", title="New too")  # another occurrence keeps its revision
    with pytest.raises(ObjectChanged):
        desk.update(weekly[0], "this", title="Newer")
    desk.update(weekly[2], "all", location="Room 1")
    with pytest.raises(ObjectChanged):
        desk.delete(weekly[3], "this")


def test_the_same_key_changes_once_and_tells_the_same(desk: Desk) -> None:
    first = desk.run(desk.calendar.create_event(draft(at(3, 3, 10), guests=(ANA,)), "k", True))
    again = desk.run(desk.calendar.create_event(draft(at(3, 4, 10), guests=(ANA,)), "k", True))
    assert first == again
    assert desk.starts() == ["03-03 10:00"]
    assert len(desk.sent()) == 1
    assert desk.run(desk.calendar.applied("k", "")) == first.id
    assert desk.run(desk.calendar.applied("other", first.id)) is None


def test_two_at_once_with_one_key_are_one(desk: Desk) -> None:
    async def race() -> list[Event]:
        calls = [desk.calendar.create_event(draft(at(3, 3, 10)), "k", False) for _ in range(6)]
        return await asyncio.gather(*calls)

    assert len({event.id for event in asyncio.run(race())}) == 1
    assert desk.starts() == ["03-03 10:00"]


def test_a_failed_change_leaves_no_key(desk: Desk) -> None:
    with pytest.raises(Refused):
        desk.run(desk.calendar.create_event(draft(at(3, 3, 10), "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30"), "k", False))
    assert desk.run(desk.calendar.applied("k", "")) is None


def test_all_day_events_overlap_by_date(desk: Desk) -> None:
    event = desk.create(draft(date(2026, 3, 10), "FREQ=DAILY;COUNT=2"))
    assert event.id.endswith("@20260310")
    assert event.all_day
    assert [item.start for item in desk.between(at(3, 10), at(3, 11))] == [date(2026, 3, 10)]
    assert desk.between(at(3, 12), at(3, 13)) == []
    tokyo = ZoneInfo("Asia/Tokyo")
    assert len(desk.between(datetime(2026, 3, 10, tzinfo=tokyo), datetime(2026, 3, 11, tzinfo=tokyo))) == 1


def test_guests_are_told_of_what_concerns_them(desk: Desk) -> None:
    ben = Guest("ben@example.com", "Ben")
    event = desk.create(draft(at(3, 3, 10), guests=(ANA,)), notify=True)
    event = desk.update(event, "this", True, guests=(ANA, ben))
    event = desk.update(event, "this", True, guests=(ben,))
    desk.delete(event, "this", notify=True)
    assert desk.sent() == [
        "Cancelled: Talk → ana@example.com",
        "Cancelled: Talk → ben@example.com",
        "Invitation: Talk → ana@example.com",
        "Invitation: Talk → ben@example.com",
        "Updated invitation: Talk → ana@example.com",
        "Updated invitation: Talk → ben@example.com",
    ]


def test_answering_an_invitation(desk: Desk, store: Store, user: str) -> None:
    host = Person("helen@example.com", "Helen")
    series = series_of("evt_1", "uid-1", draft(at(3, 3, 10), "FREQ=WEEKLY;COUNT=3"), host, "needs_action")
    store.write_now(insert_series, user, series)
    events = desk.between(at(3, 1), at(4, 1))
    calendar = desk.calendar
    one = desk.run(calendar.respond(events[1].id, "declined", "this", events[1].revision, desk.key(), "Sorry."))
    assert one.my_response == "declined"
    desk.run(calendar.respond(events[0].id, "accepted", "all", events[0].revision, desk.key(), ""))
    assert {event.my_response for event in desk.between(at(3, 1), at(4, 1))} == {"accepted"}
    assert desk.sent() == ["Accepted: Talk → helen@example.com", "Declined: Talk → helen@example.com"]
    with pytest.raises(Refused, match="Only Helen"):
        desk.update(desk.between(at(3, 1), at(4, 1))[0], "all", title="Mine")


def test_answering_one_keeps_the_others_waiting(desk: Desk, store: Store, user: str) -> None:
    host = Person("helen@example.com", "Helen")
    series = series_of("evt_1", "uid-1", draft(at(3, 3, 10), "FREQ=WEEKLY;COUNT=3"), host, "needs_action")
    store.write_now(insert_series, user, series)
    second = desk.between(at(3, 10), at(3, 11))[0]
    desk.run(desk.calendar.respond(second.id, "accepted", "following", second.revision, desk.key(), ""))
    responses = [event.my_response for event in desk.between(at(3, 1), at(4, 1))]
    assert responses == ["needs_action", "accepted", "accepted"]


@pytest.mark.parametrize(
    "what",
    [
        replace(draft(at(3, 3, 10)), end=at(3, 3, 9)),
        replace(draft(at(3, 3, 10)), end=date(2026, 3, 4)),
        replace(draft(at(3, 3, 10)), timezone="Mars/Base"),
        replace(draft(date(2026, 3, 3)), end=date(2026, 3, 3)),
    ],
)
def test_what_makes_no_event_is_refused(desk: Desk, what: EventDraft) -> None:
    with pytest.raises(Refused):
        desk.create(what)


def test_a_series_by_its_own_id_takes_no_scope_but_all(desk: Desk, weekly: list[Event]) -> None:
    series = desk.run(desk.calendar.get_event(weekly[0].series_id))
    with pytest.raises(Refused, match="which occurrence"):
        desk.delete(series, "this")
    desk.delete(series, "all")
    assert desk.starts() == []


def test_another_users_events_do_not_exist(desk: Desk, weekly: list[Event], store: Store, clock: Any, ids: Any) -> None:
    from sayso.workspace.local import local_workspace

    other = local_workspace(store, "usr_other", Me("o@example.com"), clock, ids)
    assert asyncio.run(other.calendar.list_events(at(1, 1), at(12, 1))) == []
    with pytest.raises(ObjectNotFound):
        asyncio.run(other.calendar.get_event(weekly[0].id))


def test_an_event_in_a_zone_that_only_its_file_knows(desk: Desk) -> None:
    zone = zone_named("<-06>6<-05>,M3.5.0,M10.5.0/3")
    start = datetime(2026, 3, 25, 9, tzinfo=zone)
    desk.create(EventDraft("Talk", start, start + timedelta(hours=1), zone.key, recurrence="FREQ=WEEKLY;COUNT=2"))
    first, second = desk.between(at(3, 1), at(5, 1))
    assert [each.start.isoformat() for each in (first, second)] == [
        "2026-03-25T09:00:00-06:00",
        "2026-04-01T09:00:00-05:00",
    ]
    moved = desk.update(second, "this", start=second.start + timedelta(hours=2), end=second.end + timedelta(hours=2))
    assert (moved.timezone, moved.start.isoformat()) == (zone.key, "2026-04-01T11:00:00-05:00")
