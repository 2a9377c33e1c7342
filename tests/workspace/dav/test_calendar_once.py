"""What is confirmed happens once, also where it takes several requests, whatever becomes of the answers."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace

import pytest
from tests.kit.rigs.between import Between, Fault, between
from tests.kit.rigs.dav import DavRig
from tests.workspace.dav.calendar_kit import (
    MONDAY,
    SPAN,
    Letterbox,
    calendar_of,
    draft,
    draft_of,
    lines_at,
    on_calendar,
    shown,
    stored,
)
from tests.workspace.dav.kit import Account, new_key

from sayso.workspace.dav.calendar import DavCalendar
from sayso.workspace.errors import ObjectChanged, ObjectNotFound, Refused, Unavailable, Uncertain
from sayso.workspace.types import Event, Guest

LOST: tuple[Fault, ...] = ("cut after", "fail after")
WEEKLY = draft(recurrence="FREQ=WEEKLY;COUNT=4", description="x" * 500)


@pytest.fixture
def line(rig: DavRig) -> Iterator[Between]:
    with between(rig.url) as server:
        yield server


def through(rig: DavRig, line: Between, work: Callable[[Account, DavCalendar], Awaitable[None]]) -> None:
    asyncio.run(on_calendar(rig, work, through=line.url))


@pytest.mark.parametrize("fault", LOST)
def test_a_lost_answer_to_a_new_event_is_found_out(rig: DavRig, line: Between, fault: Fault) -> None:
    async def create(account: Account, calendar: DavCalendar) -> None:
        key = new_key()
        line.fault("PUT", fault)
        with pytest.raises(Uncertain):
            await calendar.create_event(draft(), key, notify=False)
        done = await calendar_of(account).applied(key, "")
        assert done is not None
        event = await calendar.get_event(done)
        assert event == await calendar.create_event(draft(), key, notify=False)
        assert await calendar.list_events(*SPAN) == [event]

    through(rig, line, create)


def test_an_event_that_never_reached_the_server_is_known_not_to_be_there(rig: DavRig, line: Between) -> None:
    async def create(account: Account, calendar: DavCalendar) -> None:
        key = new_key()
        line.fault("PUT", "cut before")
        with pytest.raises(Uncertain):
            await calendar.create_event(draft(), key, notify=False)
        assert await calendar.applied(key, "") is None

    through(rig, line, create)


def test_somebody_elses_event_in_the_place_of_a_new_one_is_left_alone(rig: DavRig, line: Between) -> None:
    async def create(account: Account, calendar: DavCalendar) -> None:
        key = new_key()
        url = await stored(account, key, "DTSTART:20260309T110000Z", "DURATION:PT1H", "SUMMARY:Theirs")
        with pytest.raises(Refused):
            await calendar.create_event(draft(), key, notify=False)
        assert "SUMMARY:Theirs" in await lines_at(account, url)
        assert await calendar.applied(key, "") is None

    through(rig, line, create)


@pytest.mark.parametrize("fault", LOST)
def test_a_lost_answer_to_a_change_is_found_out(rig: DavRig, line: Between, fault: Fault) -> None:
    async def change(account: Account, calendar: DavCalendar) -> None:
        event, key = await calendar.create_event(draft(), new_key(), notify=False), new_key()
        line.fault("PUT", fault)
        with pytest.raises(Uncertain):
            await calendar.update_event(event.id, draft("Retro"), "this", event.revision, key, notify=False)
        assert await calendar_of(account).applied(key, event.id) == event.id
        before = line.count("PUT")
        again = await calendar.update_event(event.id, draft("Retro"), "this", event.revision, key, notify=False)
        assert (again.title, line.count("PUT")) == ("Retro", before)

    through(rig, line, change)


def test_a_change_is_known_by_its_key_also_behind_the_next_one(rig: DavRig, line: Between) -> None:
    async def change(account: Account, calendar: DavCalendar) -> None:
        event, key = await calendar.create_event(draft(), new_key(), notify=False), new_key()
        event = await calendar.update_event(event.id, draft("One"), "this", event.revision, key, notify=False)
        await calendar.update_event(event.id, draft("Two"), "this", event.revision, new_key(), notify=False)
        assert await calendar.applied(key, event.id) == event.id

    through(rig, line, change)


@pytest.mark.parametrize("fault", LOST)
def test_a_lost_answer_to_a_deletion_is_found_out(rig: DavRig, line: Between, fault: Fault) -> None:
    async def delete(account: Account, calendar: DavCalendar) -> None:
        event, key = await calendar.create_event(draft(), new_key(), notify=False), new_key()
        assert await calendar.applied(key, event.id) is None
        line.fault("DELETE", fault)
        with pytest.raises(Uncertain):
            await calendar.delete_event(event.id, "this", event.revision, key, notify=False, note="")
        assert await calendar.applied(key, event.id) == event.id

    through(rig, line, delete)


def test_of_two_changes_at_once_one_is_made_and_the_other_is_told(rig: DavRig, line: Between) -> None:
    async def change(account: Account, calendar: DavCalendar) -> None:
        event = await calendar.create_event(draft(), new_key(), notify=False)
        both = [
            calendar_of(account).update_event(event.id, draft(title), "this", event.revision, new_key(), notify=False)
            for title in ("One", "Two")
        ]
        answers = await asyncio.gather(*both, return_exceptions=True)
        assert [type(each) for each in answers if isinstance(each, Exception)] == [ObjectChanged]
        [made] = [each for each in answers if isinstance(each, Event)]
        assert await shown(calendar, "title") == [made.title]

    through(rig, line, change)


def test_a_change_that_meets_what_nobody_sees_is_made_anyhow(rig: DavRig, line: Between) -> None:
    async def change(account: Account, calendar: DavCalendar) -> None:
        url = await stored(account, new_key(), "DTSTART:20260309T110000Z", "DURATION:PT1H", "SUMMARY:T", "X-A:1")
        [event] = await calendar.list_events(*SPAN)
        stale = await account.dav.get(url)
        await account.dav.put(url, stale.content.replace(b"X-A:1", b"X-A:2"), "text/calendar", if_match=stale.etag)
        there = calendar._source.get

        async def late(event_id: str) -> object:
            calendar._source.get = there  # type: ignore[method-assign]
            return replace(await there(event_id), etag=stale.etag)

        calendar._source.get = late  # type: ignore[assignment]
        changed = await calendar.update_event(
            event.id, draft_of(event, title="Ours"), "this", event.revision, new_key(), notify=False
        )
        assert changed.title == "Ours"
        assert "X-A:2" in await lines_at(account, url)

    through(rig, line, change)


@pytest.mark.parametrize("fault", ["cut before", *LOST])
@pytest.mark.parametrize("which", [0, 1, 2])
def test_a_series_that_is_parted_is_whole_again_after_every_crash(
    rig: DavRig, line: Between, which: int, fault: Fault
) -> None:
    async def part(account: Account, calendar: DavCalendar) -> None:
        await calendar.create_event(WEEKLY, new_key(), notify=False)
        event, key = (await calendar.list_events(*SPAN))[2], new_key()
        wanted = draft_of(event, title="Retro")
        line.faults["PUT"] = [*["pass"] * which, fault]  # type: ignore[list-item]
        with pytest.raises(Uncertain):
            await calendar.update_event(event.id, wanted, "following", event.revision, key, notify=False)
        fresh = calendar_of(account)
        done = await fresh.applied(key, event.id)
        if done is None:
            changed = await fresh.update_event(event.id, wanted, "following", event.revision, key, notify=False)
            assert (changed.title, changed.start) == ("Retro", event.start)
            done = await fresh.applied(key, event.id)
        else:
            assert (which, fault) in [(2, each) for each in LOST]
        assert done is not None
        assert (await fresh.get_event(done)).start == event.start
        assert await shown(fresh, "title") == ["Review", "Review", "Retro", "Retro"]
        assert not any("X-SAYSO-REST" in text for text in await account.stored())
        assert len(await account.stored()) == 2

    through(rig, line, part)


def test_a_refused_beginning_changes_nothing(rig: DavRig, line: Between) -> None:
    async def change(account: Account, calendar: DavCalendar) -> None:
        event, key = await calendar.create_event(draft(), new_key(), notify=False), new_key()
        await account.dav.delete(account.url.rstrip("/") + "/" + event.id.partition(".")[2])
        with pytest.raises(ObjectNotFound):
            await calendar.update_event(event.id, draft("Late"), "this", event.revision, key, notify=False)

    through(rig, line, change)


def test_a_calendar_that_does_not_answer_is_told_rather_than_left_out(rig: DavRig, line: Between) -> None:
    async def look(account: Account, calendar: DavCalendar) -> None:
        await calendar.create_event(draft(), new_key(), notify=False)
        line.fault("REPORT", "cut before")
        with pytest.raises(Unavailable):
            await calendar.list_events(*SPAN)
        assert await shown(calendar, "start") == [MONDAY]

    through(rig, line, look)


GUESTS = (Guest("gus@far.test", "Gus"), Guest("helen@far.test", "Helen"))


@pytest.mark.parametrize("which", [0, 1])
@pytest.mark.parametrize("fault", ["cut before", *LOST])
def test_mails_go_out_once_after_every_crash(
    on_radicale: DavRig, on_xandikos: DavRig, which: int, fault: Fault
) -> None:
    async def invite(account: Account, calendar: DavCalendar) -> None:
        post, key = Letterbox(), new_key()
        server.faults["PUT"] = [*["pass"] * which, fault]  # type: ignore[list-item]
        with pytest.raises(Uncertain):
            await calendar_of(account, post).create_event(draft(guests=GUESTS), key, notify=True)
        done = await calendar_of(account, post).applied(key, "")
        assert (done is not None) == ((which, fault) in [(1, each) for each in LOST])
        await calendar_of(account, post).create_event(draft(guests=GUESTS), key, notify=True)
        assert await calendar_of(account, post).applied(key, "") is not None
        assert list(post.sent) == [f"{key}.1", f"{key}.2"]
        assert not any("X-SAYSO-REST" in text for text in await account.stored())

    for rig in (on_radicale, on_xandikos):
        with between(rig.url) as server:
            through(rig, server, invite)


@pytest.mark.parametrize("error", [Unavailable("Not now."), Uncertain("Lost.")])
def test_a_mail_that_is_not_sent_leaves_the_change_to_be_finished(on_radicale: DavRig, error: Unavailable) -> None:
    async def invite(account: Account, calendar: DavCalendar) -> None:
        post, key = Letterbox(fails=[error]), new_key()
        writing = calendar_of(account, post)
        with pytest.raises(Uncertain):
            await writing.create_event(draft(guests=GUESTS), key, notify=True)
        post.forgets = True
        known = "^'Review' is in the calendar as you wanted it. Whether everybody was told is not known: .*no telling"
        with pytest.raises(Uncertain, match=known):
            await writing.applied(key, "")
        post.forgets = False
        assert await writing.applied(key, "") is None
        event = await writing.create_event(draft(guests=GUESTS), key, notify=True)
        assert event.undelivered == ()
        assert sorted(post.sent) == [f"{key}.1", f"{key}.2"]

    asyncio.run(on_calendar(on_radicale, invite))


def test_of_a_mail_in_doubt_the_event_is_told_and_the_other_guests_get_theirs(on_radicale: DavRig) -> None:
    async def invite(account: Account, calendar: DavCalendar) -> None:
        post, key = Letterbox(fails=[Uncertain("It was lost.")]), new_key()
        writing = calendar_of(account, post)
        told = "Whether everybody was told is not known: It was lost."
        with pytest.raises(Uncertain, match=f"^'Review' is in the calendar as you wanted it. {told}"):
            await writing.create_event(draft(guests=GUESTS), key, notify=True)
        assert [mail.to[0].email for mail in post.sent.values()] == [GUESTS[1].email]
        [event] = await writing.list_events(*SPAN)
        post.fails.append(Uncertain("It was lost."))
        with pytest.raises(Uncertain, match=f"^'Review' is still in the calendar. {told}"):
            await writing.delete_event(event.id, "this", event.revision, new_key(), notify=True, note="")
        assert await shown(writing, "title") == ["Review"]

    asyncio.run(on_calendar(on_radicale, invite))


@pytest.mark.parametrize("tell", [False, True])
def test_a_change_that_was_never_finished_does_not_count_as_done(on_radicale: DavRig, tell: bool) -> None:
    async def change(account: Account, calendar: DavCalendar) -> None:
        post, first, second = Letterbox(), new_key(), new_key()
        writing = calendar_of(account, post)
        event = await writing.create_event(draft(guests=GUESTS), new_key(), notify=False)
        post.fails.append(Unavailable("Not now."))
        one = draft_of(event, title="One")
        with pytest.raises(Uncertain):
            await writing.update_event(event.id, one, "this", event.revision, first, notify=True)
        now = await writing.get_event(event.id)
        await writing.update_event(now.id, draft_of(now, title="Two"), "this", now.revision, second, notify=tell)
        assert list(post.sent) == [f"{second}.1", f"{second}.2"] * tell
        assert await writing.applied(first, event.id) is None
        assert await writing.applied(second, event.id) == event.id
        if tell:
            with pytest.raises(ObjectChanged):
                await writing.update_event(event.id, one, "this", event.revision, first, notify=True)
        else:
            await writing.update_event(event.id, one, "this", event.revision, first, notify=True)
            assert list(post.sent) == [f"{first}.1", f"{first}.2"]
        assert await shown(calendar, "title") == ["Two"]

    asyncio.run(on_calendar(on_radicale, change))
