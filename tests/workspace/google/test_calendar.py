"""Events at Google are made, changed and removed, one or several of a series; what others wrote stays."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from tests.kit.google.fake import Google as Fake
from tests.workspace.google.calendar_kit import (
    BERLIN,
    MONDAY,
    SPAN,
    WEEK,
    Account,
    draft,
    draft_of,
    new_key,
    on,
    shown,
)

from sayso.workspace.errors import ObjectChanged, ObjectNotFound, Refused
from sayso.workspace.google.calendar.calendar import GoogleCalendar
from sayso.workspace.types import Event, EventDraft, Scope

WEEKLY = draft(recurrence="FREQ=WEEKLY;COUNT=4", location="Room 1")
MONDAYS = [MONDAY + week * WEEK for week in range(4)]
SCOPES_ALONE: list[Scope] = ["this", "all"]
SCOPES_WIDE: list[Scope] = ["following", "all"]
SCOPES: list[tuple[Scope, list[str]]] = [
    ("this", ["Review", "Retro", "Review", "Review"]),
    ("following", ["Review", "Retro", "Retro", "Retro"]),
    ("all", ["Retro"] * 4),
]


def test_a_new_event_is_told_as_it_was_asked_for(google: Fake) -> None:
    async def create(account: Account, calendar: GoogleCalendar) -> None:
        wanted = draft(
            "Lunch; with, Björn", location="Here\\there", description="one\ntwo <b@x> & so", reminders=(10, 60)
        )
        made = await calendar.create_event(wanted, new_key(), notify=False)
        assert await calendar.get_event(made.id) == made
        assert draft_of(made) == wanted
        assert await calendar.list_events(*SPAN) == [made]
        assert await account.again().list_events(*SPAN) == [made]
        assert (made.fixed, made.calendar, made.color, made.organizer) == (False, account.email, "#9fe1e7", None)

    on(google, create)


def test_an_all_day_event_is_one_of_days(google: Fake) -> None:
    async def create(account: Account, calendar: GoogleCalendar) -> None:
        wanted = EventDraft("Fair", date(2026, 3, 10), date(2026, 3, 12), "Europe/Berlin", reminders=())
        made = await calendar.create_event(wanted, new_key(), notify=False)
        assert draft_of(await calendar.get_event(made.id)) == wanted
        day = datetime(2026, 3, 11, tzinfo=BERLIN)
        assert [each.title for each in await calendar.list_events(day, day + timedelta(days=1))] == ["Fair"]
        timed = await calendar.update_event(made.id, draft("Fair"), "this", made.revision, new_key(), notify=False)
        assert (timed.start, timed.end) == (MONDAY, MONDAY + timedelta(hours=1))
        back = await calendar.update_event(made.id, wanted, "this", timed.revision, new_key(), notify=False)
        assert (back.start, back.end) == (wanted.start, wanted.end)

    on(google, create)


def test_a_day_is_in_a_list_wherever_one_is(google: Fake) -> None:
    async def look(account: Account, calendar: GoogleCalendar) -> None:
        google.calendar().add("Fair", date(2026, 3, 10), date(2026, 3, 11))
        for zone in ("Pacific/Auckland", "Pacific/Honolulu"):
            begin = datetime(2026, 3, 10, tzinfo=ZoneInfo(zone))
            for hours in (0, 23):
                start = begin + timedelta(hours=hours)
                found = await calendar.list_events(start, start + timedelta(minutes=30))
                assert [each.title for each in found] == ["Fair"]
            for hours in (-1, 24):
                start = begin + timedelta(hours=hours)
                assert await calendar.list_events(start, start + timedelta(minutes=30)) == []

    on(google, look)


async def second_of(calendar: GoogleCalendar, wanted: EventDraft = WEEKLY) -> Event:
    """The second occurrence of a weekly series that is made anew."""
    made = await calendar.create_event(wanted, new_key(), notify=False)
    found = await calendar.list_events(*SPAN)
    assert found[0] == made == await calendar.get_event(made.id)
    assert found[1] == await calendar.get_event(found[1].id)
    return found[1]


@pytest.mark.parametrize(("scope", "titles"), SCOPES)
@pytest.mark.parametrize("all_day", [False, True])
def test_a_change_goes_as_far_as_its_scope(google: Fake, scope: Scope, titles: list[str], all_day: bool) -> None:
    async def change(account: Account, calendar: GoogleCalendar) -> None:
        wanted, later = WEEKLY, timedelta(hours=2)
        if all_day:
            wanted, later = (
                replace(WEEKLY, start=date(2026, 3, 9), end=date(2026, 3, 10)),
                timedelta(1),
            )
        event = await second_of(calendar, wanted)
        retro = draft_of(event, title="Retro", start=event.start + later, end=event.end + later)
        changed = await calendar.update_event(event.id, retro, scope, event.revision, new_key(), notify=False)
        assert changed.title == "Retro"
        assert changed.start == event.start + later
        assert await calendar.get_event(changed.id) == changed
        starts = [wanted.start + week * WEEK for week in range(4)]
        assert await shown(calendar, "title", "start") == [
            [title, start + later * (title == "Retro")] for title, start in zip(titles, starts, strict=True)
        ]
        assert await shown(account.again(), "title") == titles

    on(google, change)


@pytest.mark.parametrize(("scope", "left"), [("this", [0, 2, 3]), ("following", [0]), ("all", [])])
def test_a_deletion_goes_as_far_as_its_scope(google: Fake, scope: Scope, left: list[int]) -> None:
    async def delete(account: Account, calendar: GoogleCalendar) -> None:
        event, key = await second_of(calendar), new_key()
        await calendar.delete_event(event.id, scope, event.revision, key, notify=False, note="")
        assert await shown(calendar, "start") == [MONDAYS[week] for week in left]
        assert await calendar.applied(key, event.id) is not None
        with pytest.raises(ObjectNotFound):
            await calendar.get_event(event.id)
        assert await shown(account.again(), "start") == [MONDAYS[week] for week in left]

    on(google, delete)


@pytest.mark.parametrize("scope", ["following", "all"])
def test_a_change_from_the_first_on_is_one_of_all(google: Fake, scope: Scope) -> None:
    async def change(account: Account, calendar: GoogleCalendar) -> None:
        first = await calendar.create_event(WEEKLY, new_key(), notify=False)
        retro = draft_of(first, title="Retro")
        await calendar.update_event(first.id, retro, scope, first.revision, new_key(), notify=False)
        assert await shown(calendar, "title") == ["Retro"] * 4
        assert len(google.calendar().events()) == 1
        first = await calendar.get_event(first.id)
        await calendar.delete_event(first.id, scope, first.revision, new_key(), notify=False, note="")
        assert google.calendar().events() == []

    on(google, change)


def test_a_series_is_changed_by_its_own_id(google: Fake) -> None:
    async def change(account: Account, calendar: GoogleCalendar) -> None:
        event = await second_of(calendar)
        series = await calendar.get_event(event.series_id)
        assert (series.id, series.series_id, series.recurrence) == (event.series_id, "", WEEKLY.recurrence)
        with pytest.raises(Refused, match="say which occurrence is meant"):
            await calendar.update_event(series.id, draft(), "this", series.revision, new_key(), notify=False)
        daily = draft_of(series, recurrence="FREQ=DAILY;COUNT=2")
        await calendar.update_event(series.id, daily, "all", series.revision, new_key(), notify=False)
        assert await shown(calendar, "start") == [MONDAY, MONDAY + timedelta(days=1)]

    on(google, change)


def test_a_series_becomes_an_event_and_an_event_a_series(google: Fake) -> None:
    async def change(account: Account, calendar: GoogleCalendar) -> None:
        event = await second_of(calendar)
        one = draft_of(event, recurrence="")
        single = await calendar.update_event(event.id, one, "all", event.revision, new_key(), notify=False)
        assert (single.series_id, single.recurrence) == ("", "")
        assert await shown(calendar, "start") == [event.start]
        daily = draft_of(single, recurrence="FREQ=DAILY;COUNT=3", exdates=(event.start + timedelta(days=1),))
        first = await calendar.update_event(single.id, daily, "this", single.revision, new_key(), notify=False)
        assert (first.series_id, first.start) == (single.id, event.start)
        assert await shown(calendar, "start") == [event.start, event.start + timedelta(days=2)]

    on(google, change)


@pytest.mark.parametrize("outlives", [False, True])
def test_a_changed_occurrence_follows_its_series_and_keeps_what_is_its_own(google: Fake, outlives: bool) -> None:
    async def change(account: Account, calendar: GoogleCalendar) -> None:
        google.calendar().exceptions_outlive_cut = google.calendar().primary.whole_exceptions = outlives
        event = await second_of(calendar)
        own = await calendar.update_event(
            event.id, draft_of(event, title="Retro"), "this", event.revision, new_key(), notify=False
        )
        gone = (await calendar.list_events(*SPAN))[2]
        await calendar.delete_event(gone.id, "this", gone.revision, new_key(), notify=False, note="")
        first = (await calendar.list_events(*SPAN))[0]
        day = timedelta(days=1)
        moved = draft_of(first, location="Room 2", start=first.start + day, end=first.end + day)
        await calendar.update_event(first.id, moved, "all", first.revision, new_key(), notify=False)
        assert await shown(account.again(), "title", "location", "start") == [
            ["Retro" if week == 1 else "Review", "Room 2", MONDAYS[week] + day] for week in (0, 1, 3)
        ]
        assert own.id != (await calendar.list_events(*SPAN))[1].id

    on(google, change)


@pytest.mark.parametrize("outlives", [False, True])
def test_changed_occurrences_go_along_when_their_series_is_parted(google: Fake, outlives: bool) -> None:
    async def change(account: Account, calendar: GoogleCalendar) -> None:
        google.calendar().exceptions_outlive_cut = google.calendar().primary.whole_exceptions = outlives
        await second_of(calendar)
        events = await calendar.list_events(*SPAN)
        for which, title in ((0, "Before"), (3, "Behind")):
            wanted = draft_of(events[which], title=title)
            await calendar.update_event(
                events[which].id, wanted, "this", events[which].revision, new_key(), notify=False
            )
        await calendar.delete_event(events[2].id, "this", events[2].revision, new_key(), notify=False, note="")
        event = await calendar.get_event(events[1].id)
        retro = draft_of(
            event, title="Retro", start=event.start + timedelta(hours=1), end=event.end + timedelta(hours=1)
        )
        await calendar.update_event(event.id, retro, "following", event.revision, new_key(), notify=False)
        later = timedelta(hours=1)
        assert await shown(account.again(), "title", "start") == [
            ["Before", MONDAYS[0]],
            ["Retro", MONDAYS[1] + later],
            ["Behind", MONDAYS[3] + later],
        ]

    on(google, change)


def test_what_is_behind_the_end_of_a_series_goes_with_it(google: Fake) -> None:
    async def delete(account: Account, calendar: GoogleCalendar) -> None:
        google.calendar().exceptions_outlive_cut = True
        event = await second_of(calendar)
        last = (await calendar.list_events(*SPAN))[3]
        moved = draft_of(last, title="Late")
        await calendar.update_event(last.id, moved, "this", last.revision, new_key(), notify=False)
        await calendar.delete_event(event.id, "following", event.revision, new_key(), notify=False, note="")
        assert await shown(account.again(), "start") == MONDAYS[:1]

    on(google, delete)


def test_days_are_left_out_of_a_series(google: Fake) -> None:
    async def change(account: Account, calendar: GoogleCalendar) -> None:
        event = await second_of(calendar)
        own = draft_of(event, title="Own")
        event = await calendar.update_event(event.id, own, "this", event.revision, new_key(), notify=False)
        first = (await calendar.list_events(*SPAN))[0]
        without = draft_of(first, exdates=(MONDAYS[1], MONDAYS[3]))
        await calendar.update_event(first.id, without, "all", first.revision, new_key(), notify=False)
        assert await shown(account.again(), "start") == [MONDAYS[0], MONDAYS[2]]

    on(google, change)


def test_a_day_that_was_left_out_takes_place_where_another_one_moves_to_it(google: Fake) -> None:
    async def change(account: Account, calendar: GoogleCalendar) -> None:
        event = await second_of(calendar, draft(recurrence="FREQ=DAILY;COUNT=4", location="Room", description="x"))
        await calendar.delete_event(event.id, "this", event.revision, new_key(), notify=False, note="")
        first = (await calendar.list_events(*SPAN))[0]
        day = timedelta(days=1)
        moved = draft_of(first, start=first.start + day, end=first.end + day)
        await calendar.update_event(first.id, moved, "all", first.revision, new_key(), notify=False)
        assert await shown(account.again(), "start", "location", "description") == [
            [MONDAY + day * days, "Room", "x"] for days in (1, 3, 4)
        ]

    on(google, change)


def test_what_has_changed_since_it_was_seen_is_left_alone(google: Fake) -> None:
    async def change(account: Account, calendar: GoogleCalendar) -> None:
        event = await calendar.create_event(draft(), new_key(), notify=False)
        await calendar.update_event(event.id, draft("Mine"), "this", event.revision, new_key(), notify=False)
        with pytest.raises(ObjectChanged, match="'Mine' has changed since you saw it"):
            await calendar.update_event(event.id, draft("Late"), "this", event.revision, new_key(), notify=False)
        with pytest.raises(ObjectChanged):
            await calendar.delete_event(event.id, "this", event.revision, new_key(), notify=False, note="")
        assert await shown(calendar, "title") == ["Mine"]

    on(google, change)


def test_what_other_programs_wrote_survives_a_change(google: Fake) -> None:
    theirs: dict[str, Any] = {
        "colorId": "5",
        "visibility": "private",
        "guestsCanModify": True,
        "description": "<p>Bring <b>cake</b></p>",
        "extendedProperties": {"private": {"theirs": "1"}, "shared": {"ours": "2"}},
        "reminders": {"useDefault": False, "overrides": [{"method": "email", "minutes": 7}]},
        "attendees": [
            {"email": "ana@example.test", "responseStatus": "accepted", "comment": "host"},
            {"email": "gus@far.test", "optional": True, "additionalGuests": 2, "responseStatus": "tentative"},
            {"email": "room@resource.calendar.google.com", "resource": True, "responseStatus": "accepted"},
        ],
        "recurrence": ["RRULE:FREQ=WEEKLY;COUNT=4"],
    }

    async def change(account: Account, calendar: GoogleCalendar) -> None:
        book = google.calendar()
        before = book.add("Theirs", MONDAY, MONDAY + timedelta(hours=1), **theirs)
        event = (await calendar.list_events(*SPAN))[1]
        assert (event.reminders, event.description) == ((7,), "Bring cake")
        assert [each.email for each in event.guests] == ["gus@far.test", "room@resource.calendar.google.com"]
        key = new_key()
        await calendar.update_event(
            event.id, draft_of(event, title="Ours"), "following", event.revision, key, notify=False
        )
        made = next(each for each in book.events() if each["summary"] == "Ours")
        marked = {"private": {"theirs": "1", "sayso": key}, "shared": {"ours": "2"}}
        for each in (made, book.get(before["id"])):
            assert each is not None
            assert {name: each[name] for name in theirs if name not in ("recurrence", "extendedProperties")} == {
                name: before[name] for name in theirs if name not in ("recurrence", "extendedProperties")
            }
            assert each["extendedProperties"] == marked
        event = await calendar.get_event((await calendar.list_events(*SPAN))[2].id)
        more = draft_of(event, reminders=(7, 30), guests=event.guests[:1])
        await calendar.update_event(event.id, more, "all", event.revision, new_key(), notify=False)
        now = book.get(made["id"])
        assert now is not None
        assert now["reminders"]["overrides"] == [{"method": "email", "minutes": 7}, {"method": "popup", "minutes": 30}]
        assert now["attendees"] == before["attendees"][:2]

    on(google, change)


def test_one_occurrence_alone_cannot_repeat_differently(google: Fake) -> None:
    async def change(account: Account, calendar: GoogleCalendar) -> None:
        event = await second_of(calendar)
        daily = draft_of(event, recurrence="FREQ=DAILY")
        with pytest.raises(Refused, match="repeat differently"):
            await calendar.update_event(event.id, daily, "this", event.revision, new_key(), notify=False)

    on(google, change)


def test_what_is_left_as_it_is_sends_nothing(google: Fake) -> None:
    async def change(account: Account, calendar: GoogleCalendar) -> None:
        event = await second_of(calendar)
        before = len(google.effects)
        for scope in SCOPES_ALONE:
            same = await calendar.update_event(
                event.id,
                draft_of(event),
                scope,
                event.revision,
                new_key(),
                notify=True,
            )
            assert same == event
        assert len(google.effects) == before

    on(google, change)


@pytest.mark.parametrize("reminders", [(1, 2, 3, 4, 5, 6), (-1,), (40_321,)])
def test_reminders_that_google_does_not_take_are_refused_before_anything_is_done(
    google: Fake, reminders: tuple[int, ...]
) -> None:
    async def change(account: Account, calendar: GoogleCalendar) -> None:
        event = await second_of(calendar)
        before = len(google.effects)
        wrong = draft_of(event, reminders=reminders)
        with pytest.raises(Refused, match="Google Calendar reminds"):
            await calendar.update_event(event.id, wrong, "following", event.revision, new_key(), notify=True)
        with pytest.raises(Refused, match="Google Calendar reminds"):
            await calendar.create_event(wrong, new_key(), notify=True)
        assert len(google.effects) == before

    on(google, change)


def test_a_series_that_was_parted_elsewhere_is_found_and_changed(google: Fake) -> None:
    """Its occurrences have the other's id in theirs, and both may have one UID."""

    async def change(account: Account, calendar: GoogleCalendar) -> None:
        book, hour = google.calendar(), timedelta(hours=1)
        rule = ["RRULE:FREQ=WEEKLY;UNTIL=20260316T090000Z"]
        book.add("Old", MONDAY, MONDAY + hour, id="weekly", iCalUID="one@google.com", recurrence=rule)
        book.add(
            "New",
            MONDAY + 2 * WEEK,
            MONDAY + 2 * WEEK + hour,
            id="weekly_R20260323T090000",
            iCalUID="one@google.com",
            recurrence=["RRULE:FREQ=WEEKLY;COUNT=3"],
        )
        events = await calendar.list_events(*SPAN)
        assert [each.title for each in events] == ["Old"] * 2 + ["New"] * 3
        steps: list[tuple[int, str, Scope]] = [
            (3, "One", "this"),
            (1, "Two", "this"),
            (2, "All", "all"),
            (0, "Other", "all"),
        ]
        for which, title, scope in steps:
            event = await calendar.get_event(events[which].id)
            assert event == (await calendar.list_events(*SPAN))[which]
            await calendar.update_event(
                event.id,
                draft_of(event, title=title),
                scope,
                event.revision,
                new_key(),
                notify=False,
            )
        assert await shown(account.again(), "title") == ["Other", "Two", "All", "One", "All"]

    on(google, change)


def test_a_rule_that_is_not_followed_here_is_left_to_google(google: Fake) -> None:
    async def change(account: Account, calendar: GoogleCalendar) -> None:
        book = google.calendar()
        book.add("Tick", MONDAY, MONDAY + timedelta(minutes=1), recurrence=["RRULE:FREQ=MINUTELY;INTERVAL=40;COUNT=3"])
        event = (await calendar.list_events(*SPAN))[1]
        assert event == await calendar.get_event(event.id)
        for scope in SCOPES_WIDE:
            with pytest.raises(Refused, match="only Google Calendar itself can change as a whole"):
                await calendar.update_event(
                    event.id,
                    draft_of(event, title="X"),
                    scope,
                    event.revision,
                    new_key(),
                    notify=False,
                )
        await calendar.update_event(
            event.id, draft_of(event, title="Tock"), "this", event.revision, new_key(), notify=False
        )
        assert await shown(calendar, "title") == ["Tick", "Tock", "Tick"]
        last = (await calendar.list_events(*SPAN))[2]
        await calendar.delete_event(last.id, "all", last.revision, new_key(), notify=False, note="")
        assert await shown(calendar, "title") == []

    on(google, change)


@pytest.mark.parametrize("zone", ["Etc/UTC", "GMT", "Zulu"])
def test_a_time_in_utc_is_stored_as_one_whatever_that_is_called(google: Fake, zone: str) -> None:
    async def create(account: Account, calendar: GoogleCalendar) -> None:
        here = MONDAY.astimezone(ZoneInfo(zone))
        weekly = EventDraft("Review", here, here + timedelta(hours=1), zone, recurrence="FREQ=WEEKLY;COUNT=3")
        event = await calendar.create_event(weekly, new_key(), notify=False)
        assert (event.start, event.timezone) == (here, "UTC")

    on(google, create)
