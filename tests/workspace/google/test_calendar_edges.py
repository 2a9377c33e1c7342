"""What others do to events in the middle of a change, and what Google may answer otherwise than its documents say."""

import asyncio
from datetime import date, timedelta

import pytest
from tests.kit.google.fake import Google as Fake
from tests.kit.google.faults import Fault
from tests.workspace.google.calendar_kit import (
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

from sayso.workspace.errors import ObjectChanged, ObjectNotFound, Refused, Uncertain
from sayso.workspace.google.calendar import calendars, source
from sayso.workspace.google.calendar.calendar import GoogleCalendar
from sayso.workspace.google.calendar.words import text_in, told_text
from sayso.workspace.types import Event, Guest, Scope

WEEKLY = draft(recurrence="FREQ=WEEKLY;COUNT=4")
HOUR = timedelta(hours=1)


def own(event: Event) -> str:
    """Google's id of an event or series."""
    return event.id.partition("@")[0].partition(".")[2]


async def second_of(calendar: GoogleCalendar) -> Event:
    await calendar.create_event(WEEKLY, new_key(), notify=False)
    return (await calendar.list_events(*SPAN))[1]


@pytest.mark.parametrize("scope", ["this", "all"])
def test_what_changes_just_before_it_would_be_deleted_stays(google: Fake, scope: Scope) -> None:
    async def delete(account: Account, calendar: GoogleCalendar) -> None:
        event = await second_of(calendar)
        hold = google.hold("DELETE")
        work = asyncio.create_task(calendar.delete_event(event.id, scope, event.revision, new_key(), True, ""))
        await asyncio.to_thread(hold.reached.wait)
        google.calendar().change(own(event), summary="Theirs")
        hold.release()
        with pytest.raises(ObjectChanged):
            await work
        assert await shown(calendar, "title") == ["Theirs"] * 4

    on(google, delete)


def test_what_somebody_deletes_just_before_is_deleted(google: Fake) -> None:
    async def delete(account: Account, calendar: GoogleCalendar) -> None:
        event = await second_of(calendar)
        hold = google.hold("DELETE")
        work = asyncio.create_task(calendar.delete_event(event.id, "all", event.revision, new_key(), True, ""))
        await asyncio.to_thread(hold.reached.wait)
        google.calendar().remove(own(event))
        hold.release()
        await work
        assert await shown(calendar, "title") == []

    on(google, delete)


def test_what_was_left_out_stays_so_when_all_are_called_otherwise(google: Fake) -> None:
    async def change(account: Account, calendar: GoogleCalendar) -> None:
        event = await second_of(calendar)
        await calendar.delete_event(event.id, "this", event.revision, new_key(), notify=False, note="")
        [first, *_] = await calendar.list_events(*SPAN)
        await calendar.update_event(
            first.id, draft_of(first, title="B"), "all", first.revision, new_key(), notify=False
        )
        assert await shown(account.again(), "title", "start") == [["B", MONDAY + week * WEEK] for week in (0, 2, 3)]

    on(google, change)


def test_who_finishes_a_change_leaves_what_was_changed_since(google: Fake) -> None:
    async def change(account: Account, calendar: GoogleCalendar) -> None:
        google.calendar().primary.whole_exceptions = True
        event, key = await second_of(calendar), new_key()
        await calendar.update_event(
            event.id, draft_of(event, location="Room 9"), "this", event.revision, new_key(), notify=False
        )
        [first, *_] = await calendar.list_events(*SPAN)
        wanted = draft_of(first, title="B")
        google.faults.append(Fault("PATCH", "cut_before", skip=2))  # the series, the occurrence, then the end of it
        with pytest.raises(Uncertain, match="begun, but not all"):
            await calendar.update_event(first.id, wanted, "all", first.revision, key, notify=False)
        [_, second, *_] = await account.again().list_events(*SPAN)
        assert (second.title, second.location) == ("B", "Room 9")
        google.calendar().change(f"{own(event)}_20260316T090000Z", summary="By hand")
        await account.again().update_event(first.id, wanted, "all", first.revision, key, notify=False)
        assert await shown(account.again(), "title") == ["B", "By hand", "B", "B"]
        assert await account.again().applied(key, first.id) == first.id

    on(google, change)


@pytest.mark.parametrize("moved", [False, True])
def test_an_occurrence_is_found_though_google_does_not_know_its_first_time(
    google: Fake, moved: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def change(account: Account, calendar: GoogleCalendar) -> None:
        event = await second_of(calendar)
        if moved:
            away = draft_of(event, start=event.start + 9 * WEEK, end=event.end + 9 * WEEK)
            event = await calendar.update_event(event.id, away, "this", event.revision, new_key(), notify=False)
        monkeypatch.setattr(source, "original_start", lambda key, zone: "2026-01-01T00:00:00Z")
        assert await calendar.get_event(event.id) == event

    on(google, change)


def test_an_event_deleted_in_the_middle_of_a_change_leaves_nothing_to_do(google: Fake) -> None:
    async def change(account: Account, calendar: GoogleCalendar) -> None:
        event, key = await second_of(calendar), new_key()
        await calendar.update_event(
            event.id, draft_of(event, title="Own"), "this", event.revision, new_key(), notify=False
        )
        [first, *_] = await calendar.list_events(*SPAN)
        hold = google.hold("PATCH", effect=True)
        wanted = draft_of(first, title="B")
        work = asyncio.create_task(calendar.update_event(first.id, wanted, "all", first.revision, key, notify=False))
        await asyncio.to_thread(hold.reached.wait)
        google.calendar().remove(own(event))
        hold.release()
        assert (await work).title == "B"
        assert await shown(account.again(), "title") == []
        assert await account.again().applied(key, first.id) == first.id

    on(google, change)


def test_what_is_left_of_a_change_is_not_guessed_where_nobody_remembers(google: Fake) -> None:
    async def change(account: Account, calendar: GoogleCalendar) -> None:
        event, key = await second_of(calendar), new_key()
        google.faults.append(Fault("POST", "cut_before"))
        wanted = draft_of(event, title="B")
        with pytest.raises(Uncertain):
            await calendar.update_event(event.id, wanted, "following", event.revision, key, notify=False)
        account.notes.kept.clear()
        with pytest.raises(Uncertain, match="not known any more"):
            await account.again().update_event(event.id, wanted, "following", event.revision, key, notify=False)

    on(google, change)


def test_a_look_that_fails_after_the_change_is_no_failure_of_it(google: Fake) -> None:
    async def change(account: Account, calendar: GoogleCalendar) -> None:
        event = await second_of(calendar)
        hold = google.hold("POST", effect=True)
        retro = draft_of(event, title="Retro")
        work = asyncio.create_task(
            calendar.update_event(event.id, retro, "following", event.revision, new_key(), notify=False)
        )
        await asyncio.to_thread(hold.reached.wait)
        google.faults.append(Fault("GET", "cut_before", skip=1, times=99))
        hold.release()
        changed = await work
        google.faults.clear()
        assert changed == await account.again().get_event(changed.id)

    on(google, change)


def test_an_end_of_all_days_is_left_out_and_moved(google: Fake) -> None:
    async def change(account: Account, calendar: GoogleCalendar) -> None:
        day = timedelta(days=1)
        begin = date(2026, 3, 9)
        daily = draft("Fair", recurrence="FREQ=DAILY;COUNT=4")
        daily = draft_of(Event(daily.title, begin, begin + day, "Europe/Berlin", recurrence=daily.recurrence))
        await calendar.create_event(daily, new_key(), notify=False)
        events = await calendar.list_events(*SPAN)
        gone = events[2]
        await calendar.delete_event(gone.id, "this", gone.revision, new_key(), notify=False, note="")
        first = await calendar.get_event(events[0].id)
        late = draft_of(first, start=begin + day, end=begin + 2 * day)
        await calendar.update_event(first.id, late, "all", first.revision, new_key(), notify=False)
        assert await shown(account.again(), "start") == [begin + day * days for days in (1, 2, 4)]
        second = (await calendar.list_events(*SPAN))[1]
        await calendar.delete_event(second.id, "following", second.revision, new_key(), notify=False, note="")
        assert await shown(account.again(), "start") == [begin + day]

    on(google, change)


def test_a_guest_that_google_does_not_take_leaves_a_series_whole(google: Fake) -> None:
    async def change(account: Account, calendar: GoogleCalendar) -> None:
        event, key = await second_of(calendar), new_key()
        wrong = draft_of(event, title="B", guests=(Guest("nobody"),))
        with pytest.raises(Refused, match="Invalid attendee email"):
            await calendar.update_event(event.id, wrong, "following", event.revision, key, notify=True)
        assert await shown(account.again(), "title") == ["Review"] * 4
        assert await account.again().applied(key, event.id) is None

    on(google, change)


def test_calendars_that_are_gone_have_no_events(google: Fake) -> None:
    async def look(account: Account, calendar: GoogleCalendar) -> None:
        book = google.calendar()
        team = book.add_calendar("Team")
        book.add("Plan", MONDAY, MONDAY + HOUR, calendar=team)
        [event] = await calendar.list_events(*SPAN)
        book.unsee(team)
        account.clock.move(timedelta(minutes=2))
        assert await calendar.list_events(*SPAN) == []
        with pytest.raises(ObjectNotFound):
            await calendar.get_event(event.id)

    on(google, look)


@pytest.mark.parametrize(
    ("told", "seen"),
    [
        ("plain\ntwo  lines", "plain\ntwo  lines"),
        ("a < b and b > c", "a < b and b > c"),
        ("AT&T; R&D", "AT&T; R&D"),
        ("<p>One</p><p>Two</p>", "One\n\nTwo"),
        ("one<br>two", "one\ntwo"),
        ("<b>one</b>\ntwo", "one\ntwo"),
        ("Fish &amp; chips", "Fish & chips"),
        ('<a href="https://x.test/">there</a>', "there (https://x.test/)"),
    ],
)
def test_descriptions_are_read_as_people_see_them(told: str, seen: str) -> None:
    assert text_in(told) == seen


@pytest.mark.parametrize(
    "text", ["plain\ntwo", "ask Bob <bob@x.test>\nor <b>her</b>", "&lt; is <", "a < b", "1 &amp; 2", "<!-- no -->"]
)
def test_descriptions_are_written_so_that_people_see_them(text: str) -> None:
    assert text_in(told_text(text)) == text


def test_an_occurrence_that_changes_while_it_is_brought_along_is_looked_at_again(google: Fake) -> None:
    async def change(account: Account, calendar: GoogleCalendar) -> None:
        google.calendar().primary.whole_exceptions = True
        event = await second_of(calendar)
        await calendar.update_event(
            event.id, draft_of(event, location="Room 9"), "this", event.revision, new_key(), notify=False
        )
        [first, *_] = await calendar.list_events(*SPAN)
        google.faults.append(Fault("PATCH", "status", 412, "conditionNotMet", skip=1))
        wanted = draft_of(first, title="B")
        await calendar.update_event(first.id, wanted, "all", first.revision, new_key(), notify=False)
        assert await shown(account.again(), "title") == ["B"] * 4

    on(google, change)


def test_what_has_changed_is_seen_behind_an_empty_page(google: Fake) -> None:
    async def look(account: Account, calendar: GoogleCalendar) -> None:
        await second_of(calendar)
        google.calendar().add("New", MONDAY, MONDAY + HOUR)
        google.calendar().empty_pages = 1
        assert await shown(calendar, "title") == ["New", *["Review"] * 4]

    on(google, look)


def test_of_much_nothing_is_remembered(google: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calendars, "MOST_REMEMBERED", 3)

    async def look(account: Account, calendar: GoogleCalendar) -> None:
        await second_of(calendar)
        assert account.seen.window(await calendar._source.calendars.primary(), *SPAN) is None

    on(google, look)
