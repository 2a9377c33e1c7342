"""Events on servers of CalDAV are made, changed and removed, one or several of a series; what others wrote stays."""

import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from tests.kit.rigs.dav import DavRig
from tests.workspace.dav.calendar_kit import (
    BERLIN,
    MONDAY,
    SPAN,
    address_of,
    calendar_of,
    draft,
    draft_of,
    lines_at,
    on_calendar,
    shown,
    stored,
)
from tests.workspace.dav.kit import Account, new_key

from sayso.workspace.dav import collections
from sayso.workspace.dav.calendar import DavCalendar
from sayso.workspace.errors import ObjectChanged, ObjectNotFound, Refused
from sayso.workspace.types import Event, EventDraft, Scope

WEEKLY = draft(recurrence="FREQ=WEEKLY;COUNT=4", location="Room 1")
WEEK = timedelta(weeks=1)
MONDAYS = [MONDAY + timedelta(weeks=week) for week in range(4)]


def test_a_new_event_is_told_as_it_was_asked_for(rig: DavRig) -> None:
    async def create(account: Account, calendar: DavCalendar) -> None:
        wanted = draft("Lunch; with, Björn", location="Here\\there", description="one\ntwo", reminders=(10, 60))
        made = await calendar.create_event(wanted, new_key(), notify=False)
        assert await calendar.get_event(made.id) == made
        assert draft_of(made) == wanted
        assert await calendar.list_events(*SPAN) == [made]
        assert not made.fixed

    asyncio.run(on_calendar(rig, create))


def test_an_all_day_event_is_one_of_days(rig: DavRig) -> None:
    async def create(account: Account, calendar: DavCalendar) -> None:
        wanted = EventDraft("Fair", date(2026, 3, 10), date(2026, 3, 12), "America/New_York", reminders=())
        made = await calendar.create_event(wanted, new_key(), notify=False)
        assert draft_of(await calendar.get_event(made.id)) == wanted
        day = datetime(2026, 3, 11, tzinfo=BERLIN)
        assert [each.title for each in await calendar.list_events(day, day + timedelta(days=1))] == ["Fair"]

    asyncio.run(on_calendar(rig, create))


async def second_of(calendar: DavCalendar) -> Event:
    """The second occurrence of a weekly series that is made anew."""
    await calendar.create_event(WEEKLY, new_key(), notify=False)
    return (await calendar.list_events(*SPAN))[1]


@pytest.mark.parametrize(
    ("scope", "titles"),
    [
        ("this", ["Review", "Retro", "Review", "Review"]),
        ("following", ["Review", "Retro", "Retro", "Retro"]),
        ("all", ["Retro"] * 4),
    ],
)
def test_a_change_goes_as_far_as_its_scope(rig: DavRig, scope: Scope, titles: list[str]) -> None:
    async def change(account: Account, calendar: DavCalendar) -> None:
        event = await second_of(calendar)
        later = draft_of(
            event, title="Retro", start=event.start + timedelta(hours=2), end=event.end + timedelta(hours=2)
        )
        changed = await calendar.update_event(event.id, later, scope, event.revision, new_key(), notify=False)
        assert changed.title == "Retro"
        assert changed.start == event.start + timedelta(hours=2)
        assert await calendar.get_event(changed.id) == changed
        assert await shown(calendar, "title", "start") == [
            [title, start + timedelta(hours=2) * (title == "Retro")]
            for title, start in zip(titles, MONDAYS, strict=True)
        ]

    asyncio.run(on_calendar(rig, change))


@pytest.mark.parametrize(
    ("scope", "left"), [("this", [0, 2, 3]), ("following", [0]), ("all", [])]
)  # fmt: skip
def test_a_deletion_goes_as_far_as_its_scope(rig: DavRig, scope: Scope, left: list[int]) -> None:
    async def delete(account: Account, calendar: DavCalendar) -> None:
        event, key = await second_of(calendar), new_key()
        await calendar.delete_event(event.id, scope, event.revision, key, notify=False, note="")
        assert await shown(calendar, "start") == [MONDAYS[week] for week in left]
        assert await calendar.applied(key, event.id) is not None
        with pytest.raises(ObjectNotFound):
            await calendar.get_event(event.id)

    asyncio.run(on_calendar(rig, delete))


def test_a_changed_occurrence_follows_its_series_and_keeps_what_is_its_own(rig: DavRig) -> None:
    async def change(account: Account, calendar: DavCalendar) -> None:
        event = await second_of(calendar)
        own = await calendar.update_event(
            event.id, draft_of(event, title="Retro"), "this", event.revision, new_key(), notify=False
        )
        first = (await calendar.list_events(*SPAN))[0]
        moved = draft_of(
            first, location="Room 2", start=first.start + timedelta(days=1), end=first.end + timedelta(days=1)
        )
        await calendar.update_event(first.id, moved, "all", first.revision, new_key(), notify=False)
        assert await shown(calendar, "title", "location", "start") == [
            ["Retro" if week == 1 else "Review", "Room 2", start + timedelta(days=1)]
            for week, start in enumerate(MONDAYS)
        ]
        assert own.id != (await calendar.list_events(*SPAN))[1].id

    asyncio.run(on_calendar(rig, change))


def test_a_day_is_in_a_list_wherever_one_is(rig: DavRig) -> None:
    async def look(account: Account, calendar: DavCalendar) -> None:
        wanted = EventDraft("Fair", date(2026, 3, 10), date(2026, 3, 11), "America/New_York")
        await calendar.create_event(wanted, new_key(), notify=False)
        for zone in ("Pacific/Auckland", "Pacific/Honolulu"):
            begin = datetime(2026, 3, 10, tzinfo=ZoneInfo(zone))
            for hours in (0, 23):
                start = begin + timedelta(hours=hours)
                found = await calendar.list_events(start, start + timedelta(minutes=30))
                assert [each.title for each in found] == ["Fair"]

    asyncio.run(on_calendar(rig, look))


def test_what_has_changed_since_it_was_seen_is_left_alone(rig: DavRig) -> None:
    async def change(account: Account, calendar: DavCalendar) -> None:
        event = await calendar.create_event(draft(), new_key(), notify=False)
        await calendar.update_event(event.id, draft("Mine"), "this", event.revision, new_key(), notify=False)
        with pytest.raises(ObjectChanged, match="'Mine' has changed since you saw it"):
            await calendar.update_event(event.id, draft("Late"), "this", event.revision, new_key(), notify=False)
        with pytest.raises(ObjectChanged):
            await calendar.delete_event(event.id, "this", event.revision, new_key(), notify=False, note="")
        assert await shown(calendar, "title") == ["Mine"]

    asyncio.run(on_calendar(rig, change))


def test_what_other_programs_wrote_survives_a_change(rig: DavRig) -> None:
    theirs = (
        "SEQUENCE:3",
        "X-THEIRS;X-P=1:kept as it is",
        "ATTACH;FMTTYPE=text/plain:https://files.example.test/a.txt",
        "CATEGORIES:WORK",
        "BEGIN:VALARM",
        "ACTION:DISPLAY",
        "DESCRIPTION:theirs",
        "TRIGGER:-PT7M",
        "X-ALARM-OF:theirs",
        "END:VALARM",
    )

    async def change(account: Account, calendar: DavCalendar) -> None:
        url = await stored(account, new_key(), "DTSTART:20260309T090000Z", "DURATION:PT45M", "SUMMARY:Theirs", *theirs)
        [event] = await calendar.list_events(*SPAN)
        assert event.reminders == (7,)
        assert event.end == event.start + timedelta(minutes=45)
        await calendar.update_event(
            event.id, draft_of(event, title="Ours"), "this", event.revision, new_key(), notify=False
        )
        now = set(await lines_at(account, url))
        assert {line for line in theirs if not line.startswith("ATTACH")} <= now
        assert "SUMMARY:Ours" in now
        assert any("files.example.test/a.txt" in line for line in now)

    asyncio.run(on_calendar(rig, change))


def test_an_answer_of_a_guest_is_no_change_and_is_kept(rig: DavRig) -> None:
    async def change(account: Account, calendar: DavCalendar) -> None:
        who = "ORGANIZER;SCHEDULE-AGENT=CLIENT:mailto:{}", "ATTENDEE;SCHEDULE-AGENT=CLIENT{}:mailto:gus@far.test"
        name = new_key()
        what = "DTSTART:20260309T090000Z", "DTEND:20260309T100000Z", "SUMMARY:Plan", who[0].format(address_of(account))
        url = await stored(account, name, *what, who[1].format(""))
        [event] = await calendar.list_events(*SPAN)
        found = await account.dav.get(url)
        text = found.content.replace(b":mailto:gus", b";PARTSTAT=ACCEPTED:mailto:gus")
        assert text != found.content
        await account.dav.put(url, text, found.media_type, if_match=found.etag)
        changed = await calendar.update_event(
            event.id, draft_of(event, title="Plan B"), "this", event.revision, new_key(), notify=False
        )
        assert [guest.response for guest in changed.guests] == ["accepted"]

    asyncio.run(on_calendar(rig, change))


def test_what_cannot_be_read_is_left_out_of_a_list(rig: DavRig) -> None:
    async def look(account: Account, calendar: DavCalendar) -> None:
        await stored(account, new_key(), "DTSTART:20260309T090000Z", "DURATION:PT1H", "SUMMARY:Off", "STATUS:CANCELLED")
        await stored(account, new_key(), "DTSTART:20260309T110000Z", "DURATION:PT1H", "SUMMARY:Good")
        assert await shown(calendar, "title") == ["Good"]

    asyncio.run(on_calendar(rig, look))


def test_one_occurrence_alone_cannot_repeat_differently(rig: DavRig) -> None:
    async def change(account: Account, calendar: DavCalendar) -> None:
        event = await second_of(calendar)
        daily = draft_of(event, recurrence="FREQ=DAILY")
        with pytest.raises(Refused, match="repeat differently"):
            await calendar.update_event(event.id, daily, "this", event.revision, new_key(), notify=False)

    asyncio.run(on_calendar(rig, change))


def test_only_the_organizer_changes_an_event(rig: DavRig) -> None:
    async def change(account: Account, calendar: DavCalendar) -> None:
        people = "ORGANIZER;CN=Boss:mailto:boss@far.test", f"ATTENDEE:mailto:{address_of(account)}"
        await stored(account, new_key(), "DTSTART:20260309T110000Z", "DURATION:PT1H", "SUMMARY:Talk", *people)
        [event] = await calendar.list_events(*SPAN)
        assert (event.organizer and event.organizer.name, event.my_response) == ("Boss", "needs_action")
        with pytest.raises(Refused, match="Only Boss"):
            await calendar.update_event(event.id, draft("No"), "this", event.revision, new_key(), notify=False)

    asyncio.run(on_calendar(rig, change))


def test_a_calendar_that_may_only_be_read_is_told_so(rig: DavRig, monkeypatch: pytest.MonkeyPatch) -> None:
    async def look(account: Account, calendar: DavCalendar) -> None:
        event = await calendar.create_event(draft(), new_key(), notify=False)
        assert not event.fixed
        monkeypatch.setattr(collections, "_writable", lambda found: False)
        reading = calendar_of(account)
        [fixed] = await reading.list_events(*SPAN)
        assert fixed == replace(event, fixed=True)
        with pytest.raises(Refused, match="may only be looked at"):
            await reading.update_event(event.id, draft("No"), "this", event.revision, new_key(), notify=False)
        with pytest.raises(Refused, match="may only be looked at"):
            await reading.delete_event(event.id, "this", event.revision, new_key(), notify=False, note="")
        with pytest.raises(Refused, match="no calendar"):
            await reading.create_event(draft(), new_key(), notify=False)

    asyncio.run(on_calendar(rig, look))


def test_times_without_a_zone_are_in_that_of_the_account(on_radicale: DavRig) -> None:
    async def look(account: Account, calendar: DavCalendar) -> None:
        await stored(account, new_key(), "DTSTART:20260309T090000", "SUMMARY:Floating")
        [event] = await calendar.list_events(*SPAN)
        assert event.start == datetime(2026, 3, 9, 13, tzinfo=UTC)

    asyncio.run(on_calendar(on_radicale, look))


@pytest.mark.parametrize("zone", ["Etc/UTC", "GMT", "Zulu", "Etc/Universal"])
def test_a_time_in_utc_is_stored_as_one_whatever_that_is_called(rig: DavRig, zone: str) -> None:
    async def create(account: Account, calendar: DavCalendar) -> None:
        here = MONDAY.astimezone(ZoneInfo(zone))
        later = here + timedelta(hours=1)
        weekly = EventDraft("Review", here, later, zone, recurrence="FREQ=WEEKLY;COUNT=3", exdates=(here + WEEK,))
        event = await calendar.create_event(weekly, key := new_key(), notify=False)
        assert (event.start, event.timezone) == (here, "UTC")
        changed = replace(weekly, title="Retro", start=later, end=later + timedelta(hours=1), exdates=())
        await calendar.update_event(event.id, changed, "all", event.revision, new_key(), notify=False)
        [text] = [text for text in await account.stored() if f"UID:{key}" in text]
        assert "DTSTART:20260309T100000Z" in text.replace("\r\n", "\n").split("\n")
        assert "EXDATE:20260316T100000Z" in text
        assert "TZID" not in text
        assert await shown(calendar, "title", "start") == [["Retro", later], ["Retro", later + 2 * WEEK]]

    asyncio.run(on_calendar(rig, create))


def test_an_hour_that_is_always_ahead_of_utc_is_not_utc(on_radicale: DavRig) -> None:
    async def create(account: Account, calendar: DavCalendar) -> None:
        here = MONDAY.astimezone(ZoneInfo("Etc/GMT+3"))
        event = await calendar.create_event(EventDraft("Review", here, here, "Etc/GMT+3"), new_key(), notify=False)
        assert event.timezone == "Etc/GMT+3"

    asyncio.run(on_calendar(on_radicale, create))
