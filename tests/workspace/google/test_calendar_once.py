"""What is confirmed happens once, also where it takes several requests, whatever becomes of the answers."""

import asyncio
import re
from collections.abc import Callable, Coroutine
from contextlib import suppress
from datetime import timedelta
from typing import Any, Literal

import pytest
from tests.kit.google.fake import Google as Fake
from tests.kit.google.faults import Fault
from tests.workspace.google.calendar_kit import (
    MONDAY,
    SPAN,
    Account,
    changes,
    draft,
    draft_of,
    new_key,
    on,
    shown,
)

from sayso.workspace.errors import ObjectChanged, ObjectNotFound, Refused, Unavailable, Uncertain
from sayso.workspace.google.calendar.calendar import GoogleCalendar
from sayso.workspace.types import Event, Guest, Scope

Cut = Literal["cut_before", "cut_after", "cut_within"]
CUTS: list[Cut] = ["cut_before", "cut_after", "cut_within"]
LOST: list[Cut] = ["cut_after", "cut_within"]
CHANGE = re.compile(r"^(POST|PATCH|PUT|DELETE) /calendar/v3/calendars/")
WEEKLY = draft(recurrence="FREQ=WEEKLY;COUNT=4", description="x" * 5_000, guests=(Guest("gus@far.test", "Gus"),))
HOUR = timedelta(hours=1)


@pytest.mark.parametrize("cut", LOST)
def test_a_lost_answer_to_a_new_event_is_found_out(google: Fake, cut: Cut) -> None:
    async def create(account: Account, calendar: GoogleCalendar) -> None:
        key = new_key()
        google.faults.append(Fault(CHANGE, cut))
        with pytest.raises(Uncertain):
            await calendar.create_event(WEEKLY, key, notify=True)
        done = await account.again().applied(key, "")
        assert done is not None
        event = await calendar.get_event(done)
        assert event == await calendar.create_event(WEEKLY, key, notify=True)
        assert (await calendar.list_events(*SPAN))[0] == event
        assert (google.count("event.insert"), google.count("mail")) == (1, 1)

    on(google, create)


def test_an_event_that_never_reached_google_is_known_not_to_be_there(google: Fake) -> None:
    async def create(account: Account, calendar: GoogleCalendar) -> None:
        key = new_key()
        google.faults.append(Fault(CHANGE, "cut_before"))
        with pytest.raises(Uncertain):
            await calendar.create_event(draft(), key, notify=False)
        assert await calendar.applied(key, "") is None

    on(google, create)


@pytest.mark.parametrize("undetected", [False, True])
def test_an_event_is_made_once_though_google_does_not_notice_its_id(google: Fake, undetected: bool) -> None:
    async def create(account: Account, calendar: GoogleCalendar) -> None:
        google.calendar().collisions_undetected = undetected
        key = new_key()
        one = await calendar.create_event(draft(), key, notify=True)
        assert await account.again().create_event(draft(), key, notify=True) == one
        assert google.count("event.insert") == 1

    on(google, create)


def test_two_workers_with_one_key_make_one_event(google: Fake) -> None:
    async def create(account: Account, calendar: GoogleCalendar) -> None:
        key = new_key()
        hold = google.hold(CHANGE)
        first = asyncio.create_task(calendar.create_event(WEEKLY, key, notify=True))
        await asyncio.to_thread(hold.reached.wait)
        second = await account.again().create_event(WEEKLY, key, notify=True)
        hold.release()
        assert await first == second
        assert (google.count("event.insert"), google.count("mail")) == (1, 1)

    on(google, create)


def test_something_else_in_the_place_of_a_new_event_is_left_alone(google: Fake) -> None:
    async def create(account: Account, calendar: GoogleCalendar) -> None:
        key = new_key()
        event = await calendar.create_event(draft(), key, notify=False)
        google.calendar().change(event.id.partition(".")[2], summary="Theirs", extendedProperties=None)
        with pytest.raises(Refused, match="something else in this event's place"):
            await calendar.create_event(draft(), key, notify=False)
        assert await calendar.applied(key, "") is None
        assert await shown(account.again(), "title") == ["Theirs"]

    on(google, create)


def test_an_event_that_was_deleted_since_is_not_made_again(google: Fake) -> None:
    async def create(account: Account, calendar: GoogleCalendar) -> None:
        key = new_key()
        event = await calendar.create_event(draft(), key, notify=False)
        google.calendar().remove(event.id.partition(".")[2])
        assert await calendar.applied(key, "") == event.id
        with pytest.raises(ObjectNotFound):
            await calendar.create_event(draft(), key, notify=False)
        assert await shown(account.again(), "title") == []

    on(google, create)


async def second_of(calendar: GoogleCalendar) -> Event:
    await calendar.create_event(WEEKLY, new_key(), notify=False)
    return (await calendar.list_events(*SPAN))[1]


@pytest.mark.parametrize("scope", ["this", "all"])
@pytest.mark.parametrize("cut", CUTS)
def test_a_lost_answer_to_a_change_is_found_out(google: Fake, cut: Cut, scope: Scope) -> None:
    async def change(account: Account, calendar: GoogleCalendar) -> None:
        event, key = await second_of(calendar), new_key()
        wanted = draft_of(event, title="Retro")
        google.faults.append(Fault(CHANGE, cut))
        with pytest.raises(Uncertain):
            await calendar.update_event(event.id, wanted, scope, event.revision, key, notify=True)
        done = await account.again().applied(key, event.id)
        assert done == (None if cut == "cut_before" else event.id)
        again = await account.again().update_event(event.id, wanted, scope, event.revision, key, notify=True)
        assert (again.title, again.start) == ("Retro", event.start)
        assert await account.again().applied(key, event.id) == event.id
        assert (google.count("event.patch"), google.count("mail")) == (1, 1)

    on(google, change)


def test_a_change_is_known_by_its_key_also_behind_many_more(google: Fake) -> None:
    async def change(account: Account, calendar: GoogleCalendar) -> None:
        event, key = await calendar.create_event(draft(), new_key(), notify=False), new_key()
        event = await calendar.update_event(event.id, draft("0"), "this", event.revision, key, notify=False)
        for number in range(1, 60):
            event = await calendar.update_event(
                event.id, draft(str(number)), "this", event.revision, new_key(), notify=False
            )
            assert number > 25 or await calendar.applied(key, event.id) == event.id
        kept = google.calendar().events()[0]["extendedProperties"]["private"]["sayso"]
        assert 900 < len(kept) < 1_000

    on(google, change)


@pytest.mark.parametrize("scope", ["this", "following", "all"])
def test_a_lost_answer_to_a_deletion_is_found_out(google: Fake, scope: Scope) -> None:
    async def delete(account: Account, calendar: GoogleCalendar) -> None:
        event, key = await second_of(calendar), new_key()
        assert await calendar.applied(key, event.id) is None
        google.faults.append(Fault(CHANGE, "cut_after"))
        with pytest.raises(Uncertain):
            await calendar.delete_event(event.id, scope, event.revision, key, notify=True, note="")
        assert await account.again().applied(key, event.id) is not None

    on(google, delete)


def test_of_two_changes_at_once_one_is_made_and_the_other_is_told(google: Fake) -> None:
    async def change(account: Account, calendar: GoogleCalendar) -> None:
        event = await calendar.create_event(draft(), new_key(), notify=False)
        both = [
            account.again().update_event(event.id, draft(title), "this", event.revision, new_key(), notify=False)
            for title in ("One", "Two")
        ]
        answers = await asyncio.gather(*both, return_exceptions=True)
        assert [type(each) for each in answers if isinstance(each, Exception)] == [ObjectChanged]
        [made] = [each for each in answers if isinstance(each, Event)]
        assert await shown(account.again(), "title") == [made.title]

    on(google, change)


def test_a_change_that_meets_what_nobody_sees_is_made_anyhow(google: Fake) -> None:
    async def change(account: Account, calendar: GoogleCalendar) -> None:
        guests = (Guest("gus@far.test"),)
        event = await calendar.create_event(draft(guests=guests), new_key(), notify=False)
        hold = google.hold("PATCH")
        task = asyncio.create_task(
            calendar.update_event(event.id, draft_of(event, title="Ours"), "this", event.revision, new_key(), False)
        )
        await asyncio.to_thread(hold.reached.wait)
        answered = [{"email": "gus@far.test", "responseStatus": "accepted"}]
        google.calendar().change(event.id.partition(".")[2], attendees=answered, colorId="5")
        hold.release()
        changed = await task
        assert (changed.title, changed.guests[0].response) == ("Ours", "accepted")
        assert google.calendar().events()[0]["colorId"] == "5"

    on(google, change)


def test_a_change_that_others_hinder_all_the_time_is_given_up(google: Fake) -> None:
    async def change(account: Account, calendar: GoogleCalendar) -> None:
        event = await calendar.create_event(draft(), new_key(), notify=False)
        google.faults.append(Fault("PATCH", "status", 412, "conditionNotMet", times=5))
        with pytest.raises(Unavailable, match="changed by others all the time"):
            await calendar.update_event(event.id, draft("X"), "this", event.revision, new_key(), notify=False)

    on(google, change)


Doing = Callable[[GoogleCalendar, Event, str], Coroutine[Any, Any, None]]


async def part(calendar: GoogleCalendar, event: Event, key: str) -> None:
    wanted = draft_of(event, title="Retro", start=event.start + HOUR, end=event.end + HOUR)
    await calendar.update_event(event.id, wanted, "following", event.revision, key, notify=True)


async def move_all(calendar: GoogleCalendar, event: Event, key: str) -> None:
    wanted = draft_of(event, title="Retro", start=event.start + HOUR, end=event.end + HOUR)
    await calendar.update_event(event.id, wanted, "all", event.revision, key, notify=True)


async def cut_off(calendar: GoogleCalendar, event: Event, key: str) -> None:
    await calendar.delete_event(event.id, "following", event.revision, key, notify=True, note="")


DOINGS: list[tuple[Doing, list[list[object]], int]] = [
    (part, [["First", 0], ["Retro", 1], ["Last", 1]], 5),
    (move_all, [["First", 1], ["Retro", 1], ["Last", 1]], 5),
    (cut_off, [["First", 0]], 3),
]
"""What is done, what is to come of it (titles, hours later), and in how many requests at most."""


async def with_exceptions(account: Account, calendar: GoogleCalendar) -> Event:
    """The second of four, of which the first and the last are called otherwise and the third is cancelled."""
    await calendar.create_event(WEEKLY, new_key(), notify=False)
    events = await calendar.list_events(*SPAN)
    for which, title in ((0, "First"), (3, "Last")):
        one = events[which]
        await calendar.update_event(one.id, draft_of(one, title=title), "this", one.revision, new_key(), notify=False)
    await calendar.delete_event(events[2].id, "this", events[2].revision, new_key(), notify=False, note="")
    return await calendar.get_event(events[1].id)


@pytest.mark.parametrize("number", range(5))
@pytest.mark.parametrize("cut", CUTS)
@pytest.mark.parametrize(("do", "wanted", "most"), DOINGS)
@pytest.mark.parametrize("outlives", [False, True])
def test_a_change_of_many_requests_is_whole_again_after_every_crash(
    google: Fake, do: Doing, wanted: list[list[object]], most: int, cut: Cut, number: int, outlives: bool
) -> None:
    async def work(account: Account, calendar: GoogleCalendar) -> None:
        google.calendar().exceptions_outlive_cut = google.calendar().primary.whole_exceptions = outlives
        event, key = await with_exceptions(account, calendar), new_key()
        before = len(changes(google))
        fault = Fault(CHANGE, cut, skip=number)
        google.faults.append(fault)
        try:
            await do(calendar, event, key)
        except Uncertain:
            assert await account.again().applied(key, event.id) is None or cut != "cut_before"
        else:
            assert fault in google.faults or cut == "cut_within"  # there were not so many, or it had no body
            google.faults.clear()
            assert len(changes(google)) - before <= most
        if await account.again().applied(key, event.id) is None:
            await do(account.again(), event, key)
        assert await account.again().applied(key, event.id) is not None
        events = await account.again().list_events(*SPAN)
        slots = [MONDAY, MONDAY + timedelta(weeks=1), MONDAY + timedelta(weeks=3)]
        expected = [[title, slot + HOUR * late] for (title, late), slot in zip(wanted, slots, strict=False)]  # type: ignore[operator]
        assert [[each.title, each.start] for each in events] == expected
        assert not any("sayso_rest" in str(each) for each in google.calendar().events())
        inserted = google.count("event.insert")
        assert inserted == (2 if do is part else 1)
        mails = [each.id for each in google.effects if each.kind == "mail"]
        assert len(mails) == len(set(mails)) or do is not part
        before = len(changes(google))
        if do is not cut_off:
            await do(account.again(), event, key)
        assert len(changes(google)) == before

    on(google, work)


@pytest.mark.parametrize(("do", "wanted", "most"), DOINGS)
@pytest.mark.parametrize("number", range(5))
def test_two_workers_with_one_key_do_a_change_once(
    google: Fake, do: Doing, wanted: list[list[object]], most: int, number: int
) -> None:
    """The first is held at each of its requests until the second is done."""

    async def work(account: Account, calendar: GoogleCalendar) -> None:
        event, key = await with_exceptions(account, calendar), new_key()
        before = google.count("event.insert")
        hold = google.hold(CHANGE, skip=number)
        first = asyncio.create_task(do(calendar, event, key))
        reached = asyncio.create_task(asyncio.to_thread(hold.reached.wait, 20))
        await asyncio.wait([first, reached], return_when=asyncio.FIRST_COMPLETED)
        if not first.done():
            if do is cut_off and number:  # what is left to do is done, and the occurrence is gone
                with suppress(ObjectNotFound):
                    await do(account.again(), event, key)
            else:
                await do(account.again(), event, key)
        hold.release()
        hold.reached.set()
        await reached
        try:
            await first
        except Uncertain:
            await do(account.again(), event, key)
        assert await account.again().applied(key, event.id) is not None
        events = await account.again().list_events(*SPAN)
        assert [each.title for each in events] == [title for title, _ in wanted]
        assert google.count("event.insert") == before + (do is part)
        assert not any("sayso_rest" in str(each) for each in google.calendar().events())

    on(google, work)


def test_a_series_whose_other_part_is_refused_goes_on_as_before(google: Fake) -> None:
    async def change(account: Account, calendar: GoogleCalendar) -> None:
        event, key = await second_of(calendar), new_key()
        before = google.calendar().get(event.series_id.partition(".")[2])
        google.faults.append(Fault("POST", "status", 403, "calendarUsageLimitsExceeded"))
        with pytest.raises(Refused, match="reached a limit"):
            await part(calendar, event, key)
        after = google.calendar().get(event.series_id.partition(".")[2])
        assert before is not None and after is not None  # noqa: PT018
        assert after["recurrence"] == before["recurrence"]
        assert await account.again().applied(key, event.id) is None
        assert await shown(account.again(), "title") == ["Review"] * 4
        await part(account.again(), event, key)
        assert await shown(account.again(), "title") == ["Review", *["Retro"] * 3]

    on(google, change)


def test_a_change_that_was_never_finished_does_not_count_as_done(google: Fake) -> None:
    async def change(account: Account, calendar: GoogleCalendar) -> None:
        event, first, second = await second_of(calendar), new_key(), new_key()
        google.faults.append(Fault("POST", "status", 503))
        with pytest.raises(Uncertain, match="begun, but not all"):
            await part(calendar, event, first)
        one = (await account.again().list_events(*SPAN))[0]
        await calendar.update_event(one.id, draft_of(one, title="Two"), "all", one.revision, second, notify=False)
        assert await calendar.applied(second, one.id) == one.id
        assert await calendar.applied(first, one.id) is None

    on(google, change)


@pytest.mark.parametrize("status", [429, 503])
def test_a_change_that_google_puts_off_says_whether_it_may_have_happened(google: Fake, status: int) -> None:
    async def change(account: Account, calendar: GoogleCalendar) -> None:
        google.faults.append(Fault("POST", "status", status, "rateLimitExceeded" if status == 429 else "backendError"))
        with pytest.raises(Unavailable if status == 429 else Uncertain):
            await calendar.create_event(draft(), new_key(), notify=False)

    on(google, change)


def test_what_is_gone_is_told(google: Fake) -> None:
    async def change(account: Account, calendar: GoogleCalendar) -> None:
        event, key = await second_of(calendar), new_key()
        google.calendar().remove(event.series_id.partition(".")[2])
        with pytest.raises(ObjectNotFound):
            await calendar.update_event(event.id, draft("Late"), "this", event.revision, key, notify=False)
        with pytest.raises(ObjectNotFound):
            await calendar.get_event("00000000.nothing")
        with pytest.raises(ObjectNotFound):
            await calendar.get_event(event.id.partition("@")[0] + "@nonsense")

    on(google, change)
