"""What is seen of an account's calendars, and what is asked of Google for it."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.kit.google.fake import ANA
from tests.kit.google.fake import Google as Fake
from tests.kit.google.faults import Fault
from tests.workspace.google.calendar_kit import (
    BERLIN,
    MONDAY,
    SPAN,
    WEEK,
    Account,
    changes,
    draft,
    draft_of,
    new_key,
    on,
    shown,
)
from tests.workspace.google.conftest import BOB

from sayso.workspace.errors import ObjectChanged, ObjectNotFound, Refused, Unavailable
from sayso.workspace.google.calendar import listing
from sayso.workspace.google.calendar.calendar import GoogleCalendar
from sayso.workspace.types import Person

HOUR = timedelta(hours=1)


def test_all_calendars_that_he_looks_at_are_one(google: Fake) -> None:
    async def look(account: Account, calendar: GoogleCalendar) -> None:
        book = google.calendar()
        team = book.add_calendar("Team", backgroundColor="#16a765")
        book.see(team, "writer", summaryOverride="Our team")
        holidays = book.add_calendar("Holidays", id="en#holiday@group.v.calendar.google.com", role="reader")
        for name, role, more in (
            ("Unselected", "owner", {"selected": False}),
            ("Hidden", "owner", {"hidden": True}),
            ("Gone", "owner", {"deleted": True}),
            ("Busy", "freeBusyReader", {}),
        ):
            other = book.add_calendar(name, role=role, **more)  # type: ignore[arg-type]
            book.add(f"In {name}", MONDAY, MONDAY + HOUR, calendar=other)
        book.add("Plan", MONDAY + HOUR, MONDAY + 2 * HOUR, calendar=team)
        book.add("Feast", "2026-03-09", "2026-03-10", calendar=holidays)
        book.add("Mine", MONDAY, MONDAY + HOUR)
        found = await calendar.list_events(*SPAN)
        assert [(each.title, each.calendar, each.color, each.fixed, each.organizer) for each in found] == [
            ("Feast", "Holidays", "#9fe1e7", True, None),
            ("Mine", ANA, "#9fe1e7", False, None),
            ("Plan", "Our team", "#16a765", False, None),
        ]
        for each in found:
            assert await calendar.get_event(each.id) == each
        feast, _, plan = found
        changed = await calendar.update_event(
            plan.id, draft_of(plan, title="Plan B"), "this", plan.revision, new_key(), notify=False
        )
        assert (changed.title, changed.calendar) == ("Plan B", "Our team")
        for work in (
            calendar.update_event(feast.id, draft_of(feast, title="X"), "this", feast.revision, new_key(), False),
            calendar.delete_event(feast.id, "this", feast.revision, new_key(), False, ""),
        ):
            with pytest.raises(Refused, match="may only be looked at, in the calendar 'Holidays'"):
                await work
        made = await calendar.create_event(draft(), new_key(), notify=False)
        assert made.calendar == ANA

    on(google, look)


def test_a_colleagues_calendar_shows_his_events_as_his(google: Fake) -> None:
    async def look(account: Account, calendar: GoogleCalendar) -> None:
        theirs = google.calendar(BOB)
        google.calendar().see(theirs.primary, "reader", summaryOverride="Bob")
        theirs.add("Bob's", MONDAY, MONDAY + HOUR)
        theirs.add("Secret", MONDAY + HOUR, MONDAY + 2 * HOUR, visibility="private")
        theirs.invite("boss@far.test", "Talk", MONDAY + 2 * HOUR, MONDAY + 3 * HOUR)
        own, secret, talk = await calendar.list_events(*SPAN)
        assert (own.organizer, own.fixed, own.calendar) == (Person(BOB), True, "Bob")
        assert (secret.title, secret.fixed) == ("Busy", True)
        google.calendar().see(theirs.primary, "writer")
        again = account.again()
        own, _, talk = await again.list_events(*SPAN)
        assert (own.organizer, own.fixed) == (None, False)
        with pytest.raises(Refused, match="an invitation to somebody else, in the calendar 'Bob'"):
            await again.respond(talk.id, "accepted", "this", talk.revision, new_key(), "")

    on(google, look)


def test_where_one_works_is_no_event_and_a_birthday_may_only_be_looked_at(google: Fake) -> None:
    async def look(account: Account, calendar: GoogleCalendar) -> None:
        book = google.calendar()
        book.add("Home", "2026-03-09", "2026-03-10", eventType="workingLocation", visibility="public")
        book.add("Eve's", "2026-03-11", "2026-03-12", eventType="birthday", recurrence=["RRULE:FREQ=YEARLY"])
        book.add("Focus", MONDAY, MONDAY + HOUR, eventType="focusTime")
        assert await shown(calendar, "title", "fixed") == [["Focus", False], ["Eve's", True]]

    on(google, look)


def test_a_gateway_that_passes_one_calendar_only_is_enough(google: Fake) -> None:
    async def look(account: Account, calendar: GoogleCalendar) -> None:
        google.calendar().add("Mine", MONDAY, MONDAY + HOUR)
        for times in (1, 2):
            google.faults += [Fault("GET /calendar/v3/users/me/calendarList", "status", 404, "notFound", times=times)]
            lone = account.again()
            account.seen.listed = None
            [event] = await lone.list_events(*SPAN)
            assert (event.title, event.start, event.timezone) == ("Mine", MONDAY, "Europe/Berlin")
            assert await lone.get_event(event.id) == event

    on(google, look)


def test_what_google_says_is_unchanged_is_not_read_again(google: Fake) -> None:
    async def look(account: Account, calendar: GoogleCalendar) -> None:
        book = google.calendar()
        event = await calendar.create_event(draft(recurrence="FREQ=WEEKLY;COUNT=3"), new_key(), notify=False)
        first = await calendar.list_events(*SPAN)

        async def asked() -> list[str]:
            begin = len(google.requests)
            for _ in range(2):
                assert await calendar.list_events(*SPAN) == first
            return ["syncToken" if "syncToken" in each.query else each.path for each in google.requests[begin:]]

        assert await asked() == ["syncToken"] * 2
        book.change(event.series_id.partition(".")[2], summary="Theirs")
        assert await shown(calendar, "title") == ["Theirs"] * 3
        book.remove(event.series_id.partition(".")[2])
        assert await shown(calendar, "title") == []
        book.add("New", MONDAY, MONDAY + HOUR)
        assert await shown(calendar, "title") == ["New"]
        first = await calendar.list_events(*SPAN)
        book.forget_sync_tokens()
        assert [each for each in await asked() if each == "syncToken"] == ["syncToken"] * 2
        google.faults.append(Fault("GET /calendar/v3/calendars/ana@example.test/events?", "status", 400, "invalid"))
        assert await shown(calendar, "title") == ["New"]

    on(google, look)


def test_a_change_that_google_does_not_tell_of_keeps_nothing_from_being_changed(google: Fake) -> None:
    async def change(account: Account, calendar: GoogleCalendar) -> None:
        event = await calendar.create_event(draft(), new_key(), notify=False)
        [event] = await calendar.list_events(*SPAN)
        [window] = account.seen._windows.values()
        google.calendar().change(event.id.partition(".")[2], summary="Quiet")
        window.token = (await _token(account)) or window.token
        assert await shown(calendar, "title") == ["Review"]
        with pytest.raises(ObjectChanged):
            await calendar.update_event(event.id, draft("X"), "this", event.revision, new_key(), notify=False)
        assert await shown(calendar, "title") == ["Quiet"]

    async def _token(account: Account) -> str:
        other = Account(account.fake, account.http)
        await other.calendar().list_events(*SPAN)
        [window] = other.seen._windows.values()
        return window.token

    on(google, change)


def test_little_is_remembered(google: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    async def look(account: Account, calendar: GoogleCalendar) -> None:
        google.calendar().add("Mine", MONDAY, MONDAY + HOUR)
        for day in range(40):
            begin = SPAN[0] + timedelta(days=day)
            await calendar.list_events(begin, begin + WEEK)
        assert len(account.seen._windows) == 16

    on(google, look)


def test_lists_of_many_pages_are_read_to_their_end(google: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "_HOW", {**listing._HOW, "maxResults": 2})

    async def look(account: Account, calendar: GoogleCalendar) -> None:
        book = google.calendar()
        book.empty_pages = 2
        for number in range(5):
            book.add(f"{number}", MONDAY + number * HOUR, MONDAY + (number + 1) * HOUR)
        assert await shown(calendar, "title") == list("01234")
        assert await shown(calendar, "title") == list("01234")

    on(google, look)


def test_more_than_can_be_looked_through_is_refused(google: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "MOST_ROWS", 5)

    async def look(account: Account, calendar: GoogleCalendar) -> None:
        book = google.calendar()
        team = book.add_calendar("Team")
        for number in range(3):
            book.add(f"{number}", MONDAY, MONDAY + HOUR)
            book.add(f"{number}", MONDAY, MONDAY + HOUR, calendar=team)
        with pytest.raises(Refused, match="too much in the calendar"):
            await calendar.list_events(*SPAN)
        for number in range(3):
            book.add(f"{number}", MONDAY, MONDAY + HOUR)
        with pytest.raises(Refused, match="too much in the calendar"):
            await calendar.list_events(*SPAN)

    on(google, look)


def test_a_calendar_that_does_not_answer_is_told_rather_than_left_out(google: Fake) -> None:
    async def look(account: Account, calendar: GoogleCalendar) -> None:
        team = google.calendar().add_calendar("Team")
        google.calendar().add("Mine", MONDAY, MONDAY + HOUR)
        google.faults.append(Fault(f"GET /calendar/v3/calendars/{team.id}", "cut_before", times=2))
        with pytest.raises(Unavailable):
            await calendar.list_events(*SPAN)
        assert await shown(calendar, "title") == ["Mine"]
        google.faults.append(Fault(f"GET /calendar/v3/calendars/{team.id}", "status", 404, "notFound"))
        assert await shown(account.again(), "title") == ["Mine"]

    on(google, look)


def test_series_that_do_not_answer_are_told_rather_than_left_out(google: Fake) -> None:
    async def look(account: Account, calendar: GoogleCalendar) -> None:
        for number in range(60):
            google.calendar().add(
                f"{number}", MONDAY, MONDAY + HOUR, id=f"s{number:04}", recurrence=["RRULE:FREQ=WEEKLY;COUNT=2"]
            )
        begin = len(google.requests)
        google.faults.append(Fault("GET /calendar/v3/calendars/ana@example.test/events/s0003", "status", 503, times=9))
        with pytest.raises(Unavailable):
            await calendar.list_events(*SPAN)
        google.faults.clear()
        assert len(await calendar.list_events(*SPAN)) == 120
        asked = [each for each in google.requests[begin:] if not each.batched]
        assert len([each for each in asked if each.method == "POST"]) < 12
        assert not [each for each in asked if "/events/s" in each.path]

    on(google, look)


def test_an_event_says_where_one_meets(google: Fake) -> None:
    async def look(account: Account, calendar: GoogleCalendar) -> None:
        book = google.calendar()
        video = {"entryPoints": [{"entryPointType": "video", "uri": "https://meet.google.com/abc"}]}
        for hour, fields in enumerate((
            {"conferenceData": video, "source": {"url": "https://x.test/page", "title": "X"}},
            {"location": "https://acme.zoom.us/j/1"},
            {"source": {"url": "https://x.test/page", "title": "X"}},
            {},
        )):  # fmt: skip
            book.add(f"{hour}", MONDAY + hour * HOUR, MONDAY + (hour + 1) * HOUR, **fields)  # type: ignore[arg-type]
        links = ["https://meet.google.com/abc", "https://acme.zoom.us/j/1", "https://x.test/page", ""]
        assert await shown(calendar, "link") == links

    on(google, look)


@pytest.mark.parametrize(("meet", "link"), [("later", True), ("at once", True), ("never", False)])
def test_a_link_to_meet_at_is_made_once(google: Fake, meet: Any, link: bool) -> None:
    async def make(account: Account, calendar: GoogleCalendar) -> None:
        google.calendar().meet = meet
        assert calendar.features == {"reminders", "meeting_links"}
        key = new_key()
        google.faults.append(Fault("POST", "cut_after"))
        with pytest.raises(Exception, match="broke"):
            await calendar.create_event(draft(meeting_link=True), key, notify=False)
        event = await account.again().create_event(draft(meeting_link=True), key, notify=False)
        assert bool(event.link) == link
        other = await calendar.create_event(draft("Other", recurrence="FREQ=WEEKLY;COUNT=4"), new_key(), notify=False)
        second = (await calendar.list_events(MONDAY + WEEK, MONDAY + WEEK + HOUR))[0]
        linked = await calendar.update_event(
            second.id, draft_of(second, meeting_link=True), "all", second.revision, new_key(), notify=False
        )
        assert bool(linked.link) == link
        assert google.count("conference") == 2
        # One that has a link keeps it, also in a part that is a series of its own then.
        second = await calendar.get_event(linked.id)
        retro = draft_of(second, title="Retro", meeting_link=True)
        parted = await calendar.update_event(second.id, retro, "following", second.revision, new_key(), notify=False)
        assert parted.link == linked.link
        assert google.count("conference") == 3 - link
        assert (await calendar.get_event(other.id)).link == linked.link

    on(google, make)


def test_reminders_are_the_accounts_own_or_those_of_the_event(google: Fake) -> None:
    async def remind(account: Account, calendar: GoogleCalendar) -> None:
        event = await calendar.create_event(draft(), new_key(), notify=False)
        assert event.reminders is None
        for reminders in ((5, 60), (), (40_320,)):
            event = await calendar.update_event(
                event.id, draft_of(event, reminders=reminders), "this", event.revision, new_key(), notify=False
            )
            assert event.reminders == reminders
        event = await calendar.update_event(
            event.id, draft_of(event, title="X", reminders=None), "this", event.revision, new_key(), notify=False
        )
        assert event.reminders == (40_320,)

    on(google, remind)


def test_an_event_that_is_listed_twice_at_once_is_read_side_by_side(google: Fake) -> None:
    async def look(account: Account, calendar: GoogleCalendar) -> None:
        google.calendar().add("Mine", MONDAY, MONDAY + HOUR)
        one, two = await asyncio.gather(calendar.list_events(*SPAN), calendar.list_events(*SPAN))
        assert one == two != []

    on(google, look)


def test_an_answer_that_leaves_things_out_is_read_as_far_as_it_goes(google: Fake) -> None:
    async def look(account: Account, calendar: GoogleCalendar) -> None:
        book = google.calendar()
        event = book.add("", MONDAY, MONDAY + HOUR, attendees=[{"email": "gus@far.test"}])
        kept = book.primary.events[event["id"]].data
        del kept["iCalUID"], kept["attendees"][0]["responseStatus"]
        [found] = await calendar.list_events(*SPAN)
        assert (found.title, found.guests[0].response) == ("Untitled", "needs_action")
        assert found == await calendar.get_event(found.id)
        assert google.took("answer") == []

    on(google, look)


def test_times_are_told_in_the_zone_of_the_event(google: Fake) -> None:
    async def look(account: Account, calendar: GoogleCalendar) -> None:
        google.calendar().use_zone("America/New_York")
        begin = datetime(2026, 3, 9, 9, tzinfo=UTC)
        google.calendar().add("There", begin, begin + HOUR)
        made = await calendar.create_event(draft(), new_key(), notify=False)
        [here, there] = await calendar.list_events(*SPAN)
        assert (there.timezone, there.start.isoformat()) == ("America/New_York", "2026-03-09T05:00:00-04:00")
        assert here == made
        assert (here.timezone, here.start) == ("Europe/Berlin", MONDAY.astimezone(BERLIN))

    on(google, look)


def test_nothing_is_asked_of_google_to_change_what_cannot_be(google: Fake) -> None:
    async def change(account: Account, calendar: GoogleCalendar) -> None:
        event = await calendar.create_event(draft(), new_key(), notify=False)
        before = changes(google)
        zone = replace(draft_of(event), timezone="<+0720>-7:20", recurrence="FREQ=DAILY")
        with pytest.raises(Refused, match="does not know that time zone"):
            await calendar.update_event(event.id, zone, "this", event.revision, new_key(), notify=False)
        with pytest.raises(ObjectNotFound):
            await calendar.get_event("nonsense")
        assert changes(google) == before

    on(google, change)
