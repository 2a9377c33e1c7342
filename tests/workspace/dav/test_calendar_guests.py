"""Guests and organizers are told of a change: by the server where it does that, else by mail, and never by both."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from tests.kit.rigs.cyrus import CyrusRig, cyrus
from tests.kit.rigs.dav import DavRig
from tests.kit.rigs.running import free_port
from tests.workspace.dav.calendar_kit import (
    BERLIN,
    SPAN,
    Letterbox,
    address_of,
    calendar_of,
    draft,
    draft_of,
    lines_at,
    on_calendar,
    shown,
    stored,
)
from tests.workspace.dav.kit import Account, new_key, with_account

from sayso.workspace.dav.calendar import DavCalendar
from sayso.workspace.errors import Refused
from sayso.workspace.types import Guest, Person

GUS, HELEN, NEW = (Guest(f"{name}@far.test", name.title()) for name in ("gus", "helen", "new"))
WEEKLY = draft(recurrence="FREQ=WEEKLY;COUNT=4", guests=(GUS, HELEN))


@pytest.fixture(params=["radicale", "xandikos"])
def silent(request: pytest.FixtureRequest) -> DavRig:
    """A server that writes to nobody."""
    found: DavRig = request.getfixturevalue(f"on_{request.param}")
    return found


def by_post(rig: DavRig, work: Callable[[Account, DavCalendar, Letterbox], Awaitable[None]]) -> None:
    async def with_post(account: Account) -> None:
        post = Letterbox()
        await work(account, calendar_of(account, post), post)

    asyncio.run(with_account(rig, with_post, "VEVENT"))


def told(post: Letterbox, key: str) -> list[tuple[str, list[str], str]]:
    """Of each mail under a key, in their order: what it is, to whom, and its subject."""
    mails = [post.sent[f"{key}.{number}"] for number in range(1, len(post.sent) + 1) if f"{key}.{number}" in post.sent]
    return [(mail.method, [each.email for each in mail.to], mail.subject) for mail in mails]


def test_an_invitation_goes_out_by_mail(silent: DavRig) -> None:
    async def invite(account: Account, calendar: DavCalendar, post: Letterbox) -> None:
        key = new_key()
        assert calendar.tells_others
        event = await calendar.create_event(draft(guests=(GUS, HELEN), reminders=(5,)), key, notify=True)
        assert told(post, key) == [("REQUEST", [who.email], "Invitation: Review") for who in (GUS, HELEN)]
        lines = post.lines(f"{key}.1")
        assert {"METHOD:REQUEST", "ORGANIZER;CN=Ana:mailto:ana@example.test", f"UID:{key}", "SEQUENCE:0"} <= set(lines)
        assert {"BEGIN:VTIMEZONE", "DTSTART;TZID=Europe/Berlin:20260309T100000"} <= set(lines)
        assert not [line for line in lines if "VALARM" in line or "X-SAYSO" in line or "SCHEDULE" in line]
        assert [guest.email for guest in event.guests] == [GUS.email, HELEN.email]
        assert event.organizer is None

    by_post(silent, invite)


def test_nobody_is_told_unasked(silent: DavRig) -> None:
    async def quiet(account: Account, calendar: DavCalendar, post: Letterbox) -> None:
        event = await calendar.create_event(draft(guests=(GUS,)), new_key(), notify=False)
        event = await calendar.update_event(
            event.id, draft_of(event, title="B"), "this", event.revision, new_key(), notify=False
        )
        await calendar.delete_event(event.id, "this", event.revision, new_key(), notify=False, note="")
        assert post.sent == {}

    by_post(silent, quiet)


def test_who_stays_comes_and_goes_is_told_so(silent: DavRig) -> None:
    async def change(account: Account, calendar: DavCalendar, post: Letterbox) -> None:
        event, key = await calendar.create_event(draft(guests=(GUS, HELEN)), new_key(), notify=True), new_key()
        late = draft_of(
            event, guests=(HELEN, NEW), start=event.start + timedelta(hours=1), end=event.end + timedelta(hours=1)
        )
        await calendar.update_event(event.id, late, "this", event.revision, key, notify=True)
        assert told(post, key) == [
            ("REQUEST", [HELEN.email], "Updated invitation: Review"),
            ("REQUEST", [NEW.email], "Invitation: Review"),
            ("CANCEL", [GUS.email], "Cancelled: Review"),
        ]
        assert {"SEQUENCE:1", "DTSTART;TZID=Europe/Berlin:20260309T110000"} <= set(post.lines(f"{key}.1"))
        gone = post.lines(f"{key}.3")
        assert {"METHOD:CANCEL", "STATUS:CANCELLED", "SEQUENCE:1"} <= set(gone)
        assert [line.rpartition(":")[2] for line in gone if line.startswith("ATTENDEE")] == [GUS.email]

    by_post(silent, change)


def test_of_one_occurrence_only_that_is_told(silent: DavRig) -> None:
    async def change(account: Account, calendar: DavCalendar, post: Letterbox) -> None:
        await calendar.create_event(WEEKLY, new_key(), notify=True)
        event, key = (await calendar.list_events(*SPAN))[1], new_key()
        await calendar.update_event(event.id, draft_of(event, title="Retro"), "this", event.revision, key, notify=True)
        lines = post.lines(f"{key}.1")
        assert "RECURRENCE-ID;TZID=Europe/Berlin:20260316T100000" in lines
        assert lines.count("BEGIN:VEVENT") == 1
        later, gone = (await calendar.list_events(*SPAN))[2], new_key()
        await calendar.delete_event(later.id, "this", later.revision, gone, notify=True, note="Sorry")
        assert told(post, gone) == [("CANCEL", [who.email], "Cancelled: Review") for who in (GUS, HELEN)]
        lines = post.lines(f"{gone}.1")
        assert {"RECURRENCE-ID;TZID=Europe/Berlin:20260323T100000", "STATUS:CANCELLED"} <= set(lines)
        assert "DTSTART;TZID=Europe/Berlin:20260323T100000" in lines
        assert post.sent[f"{gone}.1"].body.startswith("Sorry")
        assert not [line for line in lines[lines.index("BEGIN:VEVENT") :] if line.startswith(("RRULE", "EXDATE"))]

    by_post(silent, change)


def test_of_a_series_that_is_parted_both_parts_are_told(silent: DavRig) -> None:
    async def change(account: Account, calendar: DavCalendar, post: Letterbox) -> None:
        await calendar.create_event(WEEKLY, new_key(), notify=True)
        event, key = (await calendar.list_events(*SPAN))[2], new_key()
        await calendar.update_event(
            event.id, draft_of(event, title="Retro"), "following", event.revision, key, notify=True
        )
        assert [mail[0] for mail in told(post, key)] == ["REQUEST"] * 4
        old, new = post.lines(f"{key}.1"), post.lines(f"{key}.3")
        assert any(line.startswith("RRULE") and "UNTIL=20260323T085959Z" in line for line in old)
        assert {f"UID:{key}", "SUMMARY:Retro", "DTSTART;TZID=Europe/Berlin:20260323T100000"} <= set(new)
        event, gone = (await calendar.list_events(*SPAN))[3], new_key()
        await calendar.delete_event(event.id, "following", event.revision, gone, notify=True, note="")
        assert any("UNTIL=" in line for line in post.lines(f"{gone}.1"))

    by_post(silent, change)


def test_a_deletion_is_told_before_the_event_is_gone(silent: DavRig) -> None:
    async def delete(account: Account, calendar: DavCalendar, post: Letterbox) -> None:
        event, key = await calendar.create_event(draft(guests=(GUS,)), new_key(), notify=True), new_key()
        await calendar.delete_event(event.id, "this", event.revision, key, notify=True, note="")
        assert told(post, key) == [("CANCEL", [GUS.email], "Cancelled: Review")]
        assert await shown(calendar, "title") == []
        assert await calendar.applied(key, event.id) == event.id

    by_post(silent, delete)


async def invited(account: Account, *lines: str) -> str:
    who = "ORGANIZER;CN=Boss:mailto:boss@far.test", f"ATTENDEE;PARTSTAT=NEEDS-ACTION;X-Y=1:mailto:{address_of(account)}"
    what = "DTSTART:20260309T110000Z", "DTEND:20260309T120000Z", "SUMMARY:Talk", "SEQUENCE:4"
    return await stored(account, new_key(), *what, *who, "ATTENDEE;PARTSTAT=ACCEPTED:mailto:gus@far.test", *lines)


def test_an_answer_goes_to_the_organizer(silent: DavRig) -> None:
    async def answer(account: Account, calendar: DavCalendar, post: Letterbox) -> None:
        url, key = await invited(account), new_key()
        [event] = await calendar.list_events(*SPAN)
        answered = await calendar.respond(event.id, "tentative", "this", event.revision, key, "Maybe, late")
        assert answered.my_response == "tentative"
        assert told(post, key) == [("REPLY", ["boss@far.test"], "Tentatively accepted: Talk")]
        lines = post.lines(f"{key}.1")
        assert {"METHOD:REPLY", "COMMENT:Maybe\\, late", "SEQUENCE:4"} <= set(lines)
        own = "ATTENDEE;PARTSTAT=TENTATIVE;X-Y=1:mailto:ana@example.test"
        assert [line for line in lines if line.startswith("ATTENDEE")] == [own]
        assert "SEQUENCE:4" in await lines_at(account, url)
        assert await calendar.applied(key, event.id) == event.id

    by_post(silent, answer)


def test_an_answer_to_one_of_a_series_names_it(silent: DavRig) -> None:
    async def answer(account: Account, calendar: DavCalendar, post: Letterbox) -> None:
        await invited(account, "RRULE:FREQ=WEEKLY;COUNT=3")
        event, key = (await calendar.list_events(*SPAN))[1], new_key()
        await calendar.respond(event.id, "accepted", "this", event.revision, key, "")
        assert "RECURRENCE-ID:20260316T110000Z" in post.lines(f"{key}.1")
        assert await shown(calendar, "my_response") == ["needs_action", "accepted", "needs_action"]
        event = await calendar.get_event(event.id)
        with pytest.raises(Refused, match="for one occurrence, or for all"):
            await calendar.respond(event.id, "declined", "following", event.revision, new_key(), "")
        [first, *_] = await calendar.list_events(*SPAN)
        await calendar.respond(first.id, "declined", "all", first.revision, new_key(), "")
        assert await shown(calendar, "my_response") == ["declined"] * 3

    by_post(silent, answer)


def test_an_invitation_to_one_occurrence_alone_can_be_answered_and_removed(silent: DavRig) -> None:
    async def answer(account: Account, calendar: DavCalendar, post: Letterbox) -> None:
        await invited(account, "RECURRENCE-ID:20260309T100000Z")
        [event] = await calendar.list_events(*SPAN)
        key = new_key()
        event = await calendar.respond(event.id, "accepted", "this", event.revision, key, "")
        assert "RECURRENCE-ID:20260309T100000Z" in post.lines(f"{key}.1")
        await calendar.delete_event(event.id, "this", event.revision, new_key(), notify=True, note="")
        assert await shown(calendar, "title") == []

    by_post(silent, answer)


def test_removing_somebody_elses_event_declines_it(silent: DavRig) -> None:
    async def delete(account: Account, calendar: DavCalendar, post: Letterbox) -> None:
        await invited(account)
        [event] = await calendar.list_events(*SPAN)
        key = new_key()
        await calendar.delete_event(event.id, "this", event.revision, key, notify=True, note="No time")
        assert told(post, key) == [("REPLY", ["boss@far.test"], "Declined: Talk")]
        assert any("PARTSTAT=DECLINED" in line for line in post.lines(f"{key}.1"))
        assert await shown(calendar, "title") == []

    by_post(silent, delete)


def test_whom_a_mail_cannot_be_sent_to_is_told(silent: DavRig) -> None:
    async def invite(account: Account, calendar: DavCalendar, post: Letterbox) -> None:
        bad = Refused("There is no such address.")
        post.fails.append(bad)
        event = await calendar.create_event(draft(guests=(GUS, HELEN)), new_key(), notify=True)
        assert event.undelivered == (GUS.email,)
        assert [mail.to[0].email for mail in post.sent.values()] == [HELEN.email]
        post.fails.append(bad)
        later = draft_of(event, location="Room", guests=(*event.guests, NEW))
        event = await calendar.update_event(event.id, later, "this", event.revision, key := new_key(), notify=True)
        assert event.undelivered == (GUS.email,)
        assert [who for number in (2, 3) for who in post.sent[f"{key}.{number}"].to] == [
            Person(each.email, each.name) for each in (HELEN, NEW)
        ]
        post.fails.append(bad)
        await calendar.delete_event(event.id, "this", event.revision, key := new_key(), notify=True, note="")
        assert [post.sent[f"{key}.{number}"].to[0].email for number in (2, 3)] == [HELEN.email, NEW.email]

    by_post(silent, invite)


# --- a server that writes to guests itself ------------------------------------------------------------------------


COMING = datetime(2037, 3, 9, 10, 0, tzinfo=BERLIN)
"""Of what is over, Cyrus tells nobody; and what begins after 2038 it takes for begun at all times."""
THEN = datetime(2037, 3, 1, tzinfo=UTC), datetime(2037, 5, 1, tzinfo=UTC)


class Sink:
    """An SMTP server that takes all mails, but those to `nobody@`."""

    def __init__(self) -> None:
        self.mails: list[tuple[str, str]] = []

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: list[str]) -> str:  # noqa: N802
        if address.startswith("nobody@"):
            return "550 no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        parts = message_from_bytes(envelope.content).walk()
        methods = [str(part.get_param("method")) for part in parts if part.get_content_type() == "text/calendar"]
        self.mails += [(address, method.upper()) for address in envelope.rcpt_tos for method in methods[:1]]
        return "250 OK"


@pytest.fixture(scope="module")
def mailing() -> Iterator[tuple[CyrusRig, Sink]]:
    sink, port = Sink(), free_port()
    controller = Controller(sink, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        with cyrus(port) as rig:
            yield rig, sink
    finally:
        controller.stop()


def by_server(mailing: tuple[CyrusRig, Sink], work: Callable[[Account, DavCalendar, Sink], Awaitable[None]]) -> None:
    """What is done with a calendar whose server writes to guests, beside a mailbox that must not."""
    rig, sink = mailing
    sink.mails.clear()

    async def with_post(account: Account) -> None:
        post = Letterbox()
        await work(account, calendar_of(account, post), sink)
        assert post.calls == 0

    asyncio.run(with_account(rig, with_post, "VEVENT"))


def test_the_server_invites_on_its_own_once(mailing: tuple[CyrusRig, Sink]) -> None:
    async def invite(account: Account, calendar: DavCalendar, sink: Sink) -> None:
        key = new_key()
        nobody = Guest("nobody@far.test")
        event = await calendar.create_event(draft(start=COMING, guests=(GUS, nobody)), key, notify=True)
        assert sink.mails == [(GUS.email, "REQUEST")]
        assert event.undelivered == ("nobody@far.test",)
        await calendar.create_event(draft(start=COMING, guests=(GUS, nobody)), key, notify=True)
        assert sink.mails == [(GUS.email, "REQUEST")]

    by_server(mailing, invite)


def test_the_server_is_kept_from_inviting_and_invites_later(mailing: tuple[CyrusRig, Sink]) -> None:
    async def quiet(account: Account, calendar: DavCalendar, sink: Sink) -> None:
        event = await calendar.create_event(draft(start=COMING, guests=(GUS,)), new_key(), notify=False)
        event = await calendar.update_event(
            event.id, draft_of(event, title="B", guests=(GUS, HELEN)), "this", event.revision, new_key(), notify=False
        )
        assert sink.mails == []
        await calendar.update_event(
            event.id, draft_of(event, location="Room"), "this", event.revision, new_key(), notify=True
        )
        assert sorted(sink.mails) == [(GUS.email, "REQUEST"), (HELEN.email, "REQUEST")]

    by_server(mailing, quiet)


def test_a_series_that_is_parted_quietly_invites_nobody_anew(mailing: tuple[CyrusRig, Sink]) -> None:
    async def part(account: Account, calendar: DavCalendar, sink: Sink) -> None:
        weekly = draft(start=COMING, recurrence="FREQ=WEEKLY;COUNT=4", guests=(GUS, HELEN))
        await calendar.create_event(weekly, new_key(), notify=True)
        event, key = (await calendar.list_events(*THEN))[2], new_key()
        wanted = draft_of(event, title="Retro")
        await calendar.update_event(event.id, wanted, "following", event.revision, key, notify=False)
        assert [each.title for each in await calendar.list_events(*THEN)] == ["Review", "Review", "Retro", "Retro"]
        [new] = [text for text in await account.stored() if f"UID:{key}" in text]
        assert [line.count("SCHEDULE-AGENT=CLIENT") for line in new.split("\n") if line.startswith("ATTENDEE")] == [
            1,
            1,
        ]

    by_server(mailing, part)


def test_guests_on_the_same_server_answer_and_are_seen_to_be_busy(mailing: tuple[CyrusRig, Sink]) -> None:
    async def invite(account: Account, calendar: DavCalendar, sink: Sink) -> None:
        bob = account.rig.other
        dav = account.rig.dav(user=bob)
        try:
            theirs = calendar_of(Account(account.rig, dav, account.rig.url), name="bob")
            await theirs.list_events(*THEN)  # before his first look he has no calendar
            event = await calendar.create_event(draft(start=COMING, guests=(Guest(bob),)), new_key(), notify=True)
            [copy] = await theirs.list_events(*THEN)
            assert (copy.organizer and copy.organizer.email, copy.my_response) == (account.rig.user, "needs_action")
            answered = await theirs.respond(copy.id, "accepted", "this", copy.revision, new_key(), "I will")
            assert answered.my_response == "accepted"
        finally:
            await dav.aclose()
        now = await calendar.get_event(event.id)
        assert [guest.response for guest in now.guests] == ["accepted"]
        assert now.revision == event.revision
        people = [Person(bob), Person("gus@far.test")]
        busy = await calendar.busy(people, COMING - timedelta(hours=5), COMING + timedelta(hours=5))
        assert busy == {bob: [(event.start, event.end)], "gus@far.test": None}
        assert sink.mails == []

    by_server(mailing, invite)


def test_nobodys_times_are_known_where_no_server_tells(on_radicale: DavRig) -> None:
    async def look(account: Account, calendar: DavCalendar) -> None:
        assert await calendar.busy([Person("gus@far.test")], *THEN) == {"gus@far.test": None}

    asyncio.run(on_calendar(on_radicale, look))
