"""Guests and organizers are told by Google, once; invitations are answered; others' events are left alone."""

import asyncio
import re
from datetime import timedelta
from typing import Any

import pytest
from tests.kit.google.fake import ANA
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
from tests.workspace.google.conftest import BOB

from sayso.workspace.errors import Refused, Uncertain
from sayso.workspace.google.calendar.calendar import GoogleCalendar
from sayso.workspace.types import Guest, Person, Response, Scope

GUS, HELEN, NEW = (Guest(f"{name}@far.test", name.title()) for name in ("gus", "helen", "new"))
HOUR = timedelta(hours=1)
BOSS = "boss@far.test"
CHANGES = re.compile(r"^(POST|PATCH|DELETE) /calendar/v3/calendars/")


def mails(fake: Fake) -> list[tuple[str, str]]:
    return [(each.details["to"], each.details["about"]) for each in fake.effects if each.kind == "mail"]


@pytest.mark.parametrize("notify", [True, False])
def test_guests_are_told_of_an_event_its_changes_and_its_end(google: Fake, notify: bool) -> None:
    async def invite(account: Account, calendar: GoogleCalendar) -> None:
        assert calendar.tells_others
        event = await calendar.create_event(draft(guests=(GUS, HELEN)), new_key(), notify=notify)
        assert [(each.email, each.name, each.response) for each in event.guests] == [
            (each.email, each.name, "needs_action") for each in (GUS, HELEN)
        ]
        later = draft_of(event, guests=(HELEN, NEW), start=event.start + HOUR, end=event.end + HOUR)
        event = await calendar.update_event(event.id, later, "this", event.revision, new_key(), notify=notify)
        await calendar.delete_event(event.id, "this", event.revision, new_key(), notify=notify, note="")
        assert (
            sorted(mails(google))
            == [
                (GUS.email, "cancellation"),
                (GUS.email, "invitation"),
                (HELEN.email, "cancellation"),
                (HELEN.email, "invitation"),
                (HELEN.email, "update"),
                (NEW.email, "cancellation"),
                (NEW.email, "invitation"),
            ]
            * notify
        )

    on(google, invite)


def test_words_that_google_would_not_pass_on_are_refused(google: Fake) -> None:
    async def delete(account: Account, calendar: GoogleCalendar) -> None:
        event = await calendar.create_event(draft(guests=(GUS,)), new_key(), notify=False)
        with pytest.raises(Refused, match="sends no words along with a cancellation"):
            await calendar.delete_event(event.id, "this", event.revision, new_key(), notify=True, note="Sorry")
        await calendar.delete_event(event.id, "this", event.revision, new_key(), notify=False, note="Sorry")
        assert mails(google) == []

    on(google, delete)


def test_answers_of_guests_are_no_change_and_are_kept(google: Fake) -> None:
    async def change(account: Account, calendar: GoogleCalendar) -> None:
        weekly = draft(guests=(GUS, Guest(BOB)), recurrence="FREQ=WEEKLY;COUNT=3")
        theirs = account.of(BOB).calendar()
        await calendar.create_event(weekly, new_key(), notify=True)
        event = (await calendar.list_events(*SPAN))[1]
        copy = (await theirs.list_events(*SPAN))[1]
        assert (copy.organizer and copy.organizer.email, copy.my_response) == (ANA, "needs_action")
        assert [each.email for each in copy.guests] == [GUS.email]
        answered = await theirs.respond(copy.id, "accepted", "all", copy.revision, new_key(), "With joy")
        assert answered.my_response == "accepted"
        now = await calendar.get_event(event.id)
        assert [each.response for each in now.guests] == ["needs_action", "accepted"]
        assert now.revision == event.revision
        await calendar.update_event(
            event.id, draft_of(event, title="B"), "following", event.revision, new_key(), notify=False
        )
        assert [each.guests[1].response for each in await calendar.list_events(*SPAN)] == ["accepted"] * 3
        entry = google.calendar().events()[0]["attendees"][1]
        assert (entry["email"], entry["comment"]) == (BOB, "With joy")

    on(google, change)


def invited(fake: Fake, **more: Any) -> str:
    people = [{"email": ANA, "responseStatus": "needsAction", "optional": True}, {"email": "gus@far.test"}]
    told = fake.calendar().invite(BOSS, "Talk", MONDAY, MONDAY + HOUR, **({"attendees": people} | more))
    return str(told["id"])


@pytest.mark.parametrize("answer", ["accepted", "declined", "tentative"])
def test_an_invitation_is_answered_once(google: Fake, answer: Response) -> None:
    async def respond(account: Account, calendar: GoogleCalendar) -> None:
        own, key = invited(google), new_key()
        [event] = await calendar.list_events(*SPAN)
        assert (event.organizer, event.my_response) == (Person(BOSS), "needs_action")
        google.faults.append(Fault("PATCH", "cut_after"))
        with pytest.raises(Uncertain):
            await calendar.respond(event.id, answer, "this", event.revision, key, "Late")
        assert await account.again().applied(key, event.id) == event.id
        answered = await account.again().respond(event.id, answer, "this", event.revision, key, "Late")
        assert answered.my_response == answer
        assert mails(google) == [(BOSS, "response")]
        [mine, other] = google.calendar().get(own)["attendees"]  # type: ignore[index]
        assert (mine["responseStatus"], mine["comment"], mine["optional"]) == (answer, "Late", True)
        assert other["email"] == "gus@far.test"
        again = await calendar.get_event(event.id)
        await calendar.respond(event.id, "accepted", "this", again.revision, new_key(), "")
        assert "comment" not in google.calendar().get(own)["attendees"][0]  # type: ignore[index]

    on(google, respond)


def test_an_invitation_to_a_series_is_answered_for_one_or_for_all(google: Fake) -> None:
    async def respond(account: Account, calendar: GoogleCalendar) -> None:
        invited(google, recurrence=["RRULE:FREQ=WEEKLY;COUNT=3"])
        event = (await calendar.list_events(*SPAN))[1]
        await calendar.respond(event.id, "accepted", "this", event.revision, new_key(), "")
        assert await shown(calendar, "my_response") == ["needs_action", "accepted", "needs_action"]
        event = await calendar.get_event(event.id)
        with pytest.raises(Refused, match="for one occurrence, or for all"):
            await calendar.respond(event.id, "declined", "following", event.revision, new_key(), "")
        [first, *_] = await calendar.list_events(*SPAN)
        await calendar.respond(first.id, "declined", "all", first.revision, new_key(), "")
        assert await shown(account.again(), "my_response") == ["declined"] * 3

    on(google, respond)


@pytest.mark.parametrize("number", range(4))
def test_an_answer_for_all_is_whole_again_after_every_crash(google: Fake, number: int) -> None:
    async def respond(account: Account, calendar: GoogleCalendar) -> None:
        google.calendar().primary.whole_exceptions = True
        invited(google, recurrence=["RRULE:FREQ=WEEKLY;COUNT=3"])
        event, key = (await calendar.list_events(*SPAN))[1], new_key()
        await calendar.respond(event.id, "tentative", "this", event.revision, new_key(), "")
        [first, *_] = await calendar.list_events(*SPAN)
        google.faults.append(Fault("PATCH", "cut_after", skip=number))
        try:
            await calendar.respond(first.id, "accepted", "all", first.revision, key, "")
        except Uncertain:
            await account.again().respond(first.id, "accepted", "all", first.revision, key, "")
        assert await account.again().applied(key, first.id) == first.id
        assert await shown(account.again(), "my_response") == ["accepted"] * 3

    on(google, respond)


def test_where_google_does_not_tell_all_guests_only_the_own_answer_is_sent(google: Fake) -> None:
    async def respond(account: Account, calendar: GoogleCalendar) -> None:
        own = invited(google, attendeesOmitted=True)
        [event] = await calendar.list_events(*SPAN)
        await calendar.respond(event.id, "accepted", "this", event.revision, new_key(), "")
        sent = [each.body for each in google.requests if each.method == "PATCH"][-1]
        assert sent["attendeesOmitted"] is True
        assert [each["email"] for each in sent["attendees"]] == [ANA]
        kept = google.calendar().get(own)
        assert kept is not None
        assert [each["responseStatus"] for each in kept["attendees"]] == ["accepted", "needsAction"]

    on(google, respond)


def test_guests_of_whom_google_tells_only_some_are_not_changed(google: Fake) -> None:
    async def change(account: Account, calendar: GoogleCalendar) -> None:
        people = [{"email": GUS.email}]
        rule = ["RRULE:FREQ=WEEKLY;COUNT=3"]
        book = google.calendar()
        book.add("Big", MONDAY, MONDAY + HOUR, attendees=people, attendeesOmitted=True, recurrence=rule)
        event = (await calendar.list_events(*SPAN))[1]
        more = draft_of(event, guests=(GUS, NEW))
        scopes: list[Scope] = ["this", "all", "following"]
        for scope in scopes:
            with pytest.raises(Refused, match="does not tell all guests"):
                await calendar.update_event(event.id, more, scope, event.revision, new_key(), notify=True)
        await calendar.update_event(
            event.id, draft_of(event, title="Huge"), "this", event.revision, new_key(), notify=False
        )
        assert await shown(calendar, "title") == ["Big", "Huge", "Big"]

    on(google, change)


def test_only_the_organizer_changes_an_event(google: Fake) -> None:
    async def change(account: Account, calendar: GoogleCalendar) -> None:
        invited(google)
        [event] = await calendar.list_events(*SPAN)
        with pytest.raises(Refused, match=f"Only {BOSS}, who organizes 'Talk', can change it"):
            await calendar.update_event(event.id, draft("No"), "this", event.revision, new_key(), notify=False)

    on(google, change)


def test_a_refusal_for_whoever_is_not_the_organizer_says_who_is(google: Fake) -> None:
    async def change(account: Account, calendar: GoogleCalendar) -> None:
        event = await calendar.create_event(draft(), new_key(), notify=False)
        google.faults.append(Fault("PATCH", "status", 403, "forbiddenForNonOrganizer"))
        with pytest.raises(Refused, match=f"^Only {ANA}, who organizes 'Review', can change it"):
            await calendar.update_event(event.id, draft("No"), "this", event.revision, new_key(), notify=False)

    on(google, change)


@pytest.mark.parametrize("note", ["", "No time"])
@pytest.mark.parametrize("scope", ["this", "all"])
@pytest.mark.parametrize("number", [0, 1, 2])
def test_removing_somebody_elses_event_declines_it_once(google: Fake, note: str, scope: Scope, number: int) -> None:
    async def delete(account: Account, calendar: GoogleCalendar) -> None:
        invited(google, recurrence=["RRULE:FREQ=WEEKLY;COUNT=3"])
        event, key = (await calendar.list_events(*SPAN))[1], new_key()
        google.faults[:] = [Fault(CHANGES, "cut_after", skip=number)]
        try:
            await calendar.delete_event(event.id, scope, event.revision, key, notify=True, note=note)
        except Uncertain:
            if await account.again().applied(key, event.id) is None:
                await account.again().delete_event(event.id, scope, event.revision, key, notify=True, note=note)
        assert await account.again().applied(key, event.id) == event.id
        google.faults.clear()
        assert mails(google) == [(BOSS, "response")]
        left = [MONDAY, MONDAY + 2 * WEEK] if scope == "this" else []
        assert await shown(account.again(), "start") == left
        sent = next(each.body for each in google.requests if each.method == "PATCH")["attendees"][0]
        assert (sent["responseStatus"], sent.get("comment", "")) == ("declined", note)

    on(google, delete)


def test_somebody_elses_event_is_removed_quietly(google: Fake) -> None:
    async def delete(account: Account, calendar: GoogleCalendar) -> None:
        invited(google, recurrence=["RRULE:FREQ=WEEKLY;COUNT=3"])
        event = (await calendar.list_events(*SPAN))[1]
        with pytest.raises(Refused, match="for one occurrence, or for all"):
            await calendar.delete_event(event.id, "following", event.revision, new_key(), notify=False, note="")
        await calendar.delete_event(event.id, "all", event.revision, new_key(), notify=False, note="")
        assert await shown(account.again(), "title") == []
        assert mails(google) == []

    on(google, delete)


def test_an_invitation_to_one_occurrence_alone_is_an_event(google: Fake) -> None:
    async def answer(account: Account, calendar: GoogleCalendar) -> None:
        theirs = account.of(BOB).calendar()
        series = await theirs.create_event(draft(recurrence="FREQ=WEEKLY;COUNT=3"), new_key(), notify=False)
        second = (await theirs.list_events(*SPAN))[1]
        await theirs.update_event(
            second.id, draft_of(second, guests=(Guest(ANA),)), "this", second.revision, new_key(), notify=True
        )
        [event] = await calendar.list_events(*SPAN)
        assert (event.series_id, event.recurrence, event.start) == ("", "", second.start)
        assert event == await calendar.get_event(event.id)
        await calendar.respond(event.id, "accepted", "this", event.revision, new_key(), "")
        assert (await theirs.get_event(second.id)).guests[0].response == "accepted"
        assert (await theirs.get_event(series.id)).guests == ()
        event = await calendar.get_event(event.id)
        await calendar.delete_event(event.id, "this", event.revision, new_key(), notify=True, note="")
        assert await shown(account.again(), "title") == []

    on(google, answer)


def test_two_who_organize_and_answer_at_once_lose_nothing(google: Fake) -> None:
    async def both(account: Account, calendar: GoogleCalendar) -> None:
        theirs = account.of(BOB).calendar()
        event = await calendar.create_event(draft(guests=(Guest(BOB), GUS)), new_key(), notify=True)
        [copy] = await theirs.list_events(*SPAN)
        hold = google.hold("PATCH")
        moved = draft_of(event, location="Room 2")
        change = asyncio.create_task(
            calendar.update_event(event.id, moved, "this", event.revision, new_key(), notify=True)
        )
        await asyncio.to_thread(hold.reached.wait)
        await theirs.respond(copy.id, "accepted", "this", copy.revision, new_key(), "")
        hold.release()
        changed = await change
        assert (changed.location, [each.response for each in changed.guests]) == (
            "Room 2",
            ["accepted", "needs_action"],
        )
        [copy] = await account.of(BOB).calendar().list_events(*SPAN)
        assert (copy.location, copy.my_response) == ("Room 2", "accepted")

    on(google, both)


def test_when_others_are_busy(google: Fake) -> None:
    async def look(account: Account, calendar: GoogleCalendar) -> None:
        theirs = account.of(BOB)
        for title, hours in (("One", 0), ("Two", 1), ("Three", 4)):
            await theirs.calendar().create_event(draft(title, MONDAY + hours * HOUR), new_key(), notify=False)
        crowd = [Person(f"p{number}@far.test") for number in range(60)]
        people = [Person(BOB), *crowd]
        start, end = MONDAY + HOUR / 2, MONDAY + timedelta(days=200)
        found = await calendar.busy(people, start, end)
        free = [(start, MONDAY + 2 * HOUR), (MONDAY + 4 * HOUR, MONDAY + 5 * HOUR)]
        assert found == {BOB: free, **{each.email: None for each in crowd}}
        google.calendar(BOB).frees = False
        assert await calendar.busy([Person(BOB)], start, end) == {BOB: None}

    on(google, look)
