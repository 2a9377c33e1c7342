"""Invitations that only lie in the mailbox are seen in the calendar, and stored there when they are answered."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from tests.kit.rigs.between import Fault, between
from tests.kit.rigs.dav import DavRig
from tests.workspace.dav.calendar_kit import SPAN, Letterbox, calendar_of, draft, draft_of, shown, stored
from tests.workspace.dav.kit import NOW, Account, new_key, with_account

from sayso.workspace.dav import invitations
from sayso.workspace.dav.calendar import DavCalendar
from sayso.workspace.errors import ObjectChanged, ObjectNotFound, Refused, Unavailable, Uncertain, WorkspaceError
from sayso.workspace.types import Event, Person

ME = "ATTENDEE;CN=Ana;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:ana@example.test"
BOSS = "ORGANIZER;CN=Boss:mailto:boss@far.test"


def itip(
    uid: str,
    *lines: str,
    method: str = "REQUEST",
    version: int = 0,
    title: str = "Talk",
    stamp: str = "20260301T100000Z",
    people: tuple[str, ...] = (BOSS, ME, "ATTENDEE;PARTSTAT=ACCEPTED:mailto:gus@far.test"),
) -> bytes:
    head = ("BEGIN:VCALENDAR", "PRODID:-//Far//EN", "VERSION:2.0", f"METHOD:{method}", "BEGIN:VEVENT", f"UID:{uid}")
    own = (f"DTSTAMP:{stamp}", f"SEQUENCE:{version}", f"SUMMARY:{title}", *people, *lines)
    when = () if any(line.startswith("DTSTART") for line in lines) else ("DTSTART:20260309T110000Z", "DURATION:PT1H")
    return "\r\n".join((*head, *own, *when, "END:VEVENT", "END:VCALENDAR", "")).encode()


@dataclass
class Mails:
    """An `Inbox`. `fails`: what it raises."""

    texts: list[bytes] = field(default_factory=list)
    fails: WorkspaceError | None = None
    since: datetime | None = None

    async def pending(self, since: datetime) -> list[bytes]:
        self.since = since
        if self.fails is not None:
            raise self.fails
        return self.texts


@dataclass
class Place:
    account: Account
    inbox: Mails = field(default_factory=Mails)
    post: Letterbox = field(default_factory=Letterbox)
    uid: str = field(default_factory=lambda: f"talk-{new_key()}")

    def calendar(self, tells: bool = False) -> DavCalendar:
        """As of a process that has just started."""
        return calendar_of(self.account, self.post, inbox=self.inbox, tells=tells)

    def got(self, *texts: bytes) -> None:
        """These mails came, the last one last."""
        self.inbox.texts = [*reversed(texts), *self.inbox.texts]

    async def pending(self) -> Event:
        self.got(itip(self.uid))
        [event] = await self.calendar().list_events(*SPAN)
        return event

    async def object(self) -> list[str]:
        """The one that is in the calendar, by its lines."""
        [text] = await self.account.stored()
        return text.splitlines()


@pytest.fixture(params=["radicale", "xandikos"])
def silent(request: pytest.FixtureRequest) -> DavRig:
    """A server that takes no invitations in."""
    found: DavRig = request.getfixturevalue(f"on_{request.param}")
    return found


def at(rig: DavRig, work: Callable[[Place], Awaitable[None]], through: str = "") -> None:
    async def with_place(account: Account) -> None:
        await work(Place(account))

    asyncio.run(with_account(rig, with_place, "VEVENT", through=through))


def test_an_invitation_in_the_mailbox_is_seen_in_the_calendar(silent: DavRig) -> None:
    async def look(place: Place) -> None:
        event = await place.pending()
        assert place.inbox.since == NOW - timedelta(days=60)
        assert (event.title, event.my_response, event.organizer) == (
            "Talk",
            "needs_action",
            Person("boss@far.test", "Boss"),
        )
        assert [guest.email for guest in event.guests] == ["gus@far.test"]
        assert (event.calendar, event.fixed) == ("", False)
        assert not {":", "@"} & set(event.id)
        assert await place.calendar().get_event(event.id) == event
        assert await place.account.stored() == []

    at(silent, look)


def test_it_stands_among_the_events_where_it_belongs(silent: DavRig) -> None:
    async def look(place: Place) -> None:
        calendar = place.calendar()
        for day in (8, 10):
            start = datetime(2026, 3, day, 12, tzinfo=NOW.tzinfo)
            await calendar.create_event(draft(str(day), start), new_key(), notify=False)
        place.got(itip(place.uid))
        assert await shown(calendar, "title") == ["8", "Talk", "10"]
        assert await calendar.list_events(SPAN[0], datetime(2026, 3, 2, tzinfo=NOW.tzinfo)) == []

    at(silent, look)


ANSWERED = ME.replace("NEEDS-ACTION", "ACCEPTED")


@pytest.mark.parametrize("people", [(BOSS, ANSWERED), (BOSS, ANSWERED.replace("ana@", "Ana+work@"))])
def test_who_invites_answers_for_nobody(silent: DavRig, people: tuple[str, ...]) -> None:
    async def look(place: Place) -> None:
        place.got(itip(place.uid, people=people))
        [event] = await place.calendar().list_events(*SPAN)
        assert event.my_response == "needs_action"
        key = new_key()
        await place.calendar().respond(event.id, "accepted", "this", event.revision, key, "")
        assert await place.calendar().applied(key, event.id) is not None

    at(silent, look)


GUEST = "ATTENDEE:mailto:gus@far.test"


@pytest.mark.parametrize(
    "people", [(BOSS, GUEST), (ME,), ("ORGANIZER:mailto:ana@example.test", ME), (GUEST,)], ids=lambda each: each[0][:22]
)
def test_what_does_not_invite_the_user_is_not_shown(silent: DavRig, people: tuple[str, ...]) -> None:
    async def look(place: Place) -> None:
        place.got(itip(place.uid, people=people))
        assert await place.calendar().list_events(*SPAN) == []

    at(silent, look)


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"METHOD:REQUEST",
        itip("a").replace(b"END:VEVENT", b""),
        itip(""),
        itip("x" * 1000),
        itip("a\x01b"),
        itip("a", method="PUBLISH"),
        itip("a", "RRULE:FREQ=DAILY;INTERVAL=x", "DTSTART:2026"),
        itip("a", "STATUS:CANCELLED"),
    ],
    ids=[*"abcdefghi"],
)
def test_what_is_no_invitation_costs_only_itself(on_radicale: DavRig, text: bytes) -> None:
    async def look(place: Place) -> None:
        place.got(itip(place.uid), text)
        assert await shown(place.calendar(), "title") == ["Talk"]

    at(on_radicale, look)


def test_no_mail_fills_the_calendar(on_radicale: DavRig, monkeypatch: pytest.MonkeyPatch) -> None:
    async def look(place: Place) -> None:
        place.got(itip(place.uid, "RRULE:FREQ=HOURLY"))
        assert len(await place.calendar().list_events(*SPAN)) == 100
        monkeypatch.setattr(invitations, "MOST", 2)
        place.inbox.texts = [itip(f"{place.uid}{number}") for number in range(3)]
        assert len(await place.calendar().list_events(*SPAN)) == 2

    at(on_radicale, look)


def test_the_newest_of_several_mails_counts(silent: DavRig) -> None:
    async def look(place: Place) -> None:
        place.got(itip(place.uid, title="Second", version=1), itip(place.uid, title="First"))
        assert await shown(place.calendar(), "title") == ["Second"]
        place.got(itip(place.uid, title="Third", version=1, stamp="20260302T100000Z"))
        assert await shown(place.calendar(), "title") == ["Third"]
        place.got(itip(place.uid, "RECURRENCE-ID:20260309T110000Z", title="Only one", version=2))
        assert await shown(place.calendar(), "title") == ["Third"]

    at(silent, look)


def test_what_was_called_off_is_gone(silent: DavRig) -> None:
    async def look(place: Place) -> None:
        place.got(itip(place.uid, version=1))
        [event] = await place.calendar().list_events(*SPAN)
        place.got(itip(place.uid, method="CANCEL"))
        place.got(itip(place.uid, "RECURRENCE-ID:20260316T110000Z", method="CANCEL", version=3))
        assert await shown(place.calendar(), "title") == ["Talk"], "an older one, and one of another occurrence"
        place.got(itip(place.uid, "STATUS:CANCELLED", method="CANCEL", version=2))
        assert await shown(place.calendar(), "title") == []
        with pytest.raises(ObjectNotFound):
            await place.calendar().respond(event.id, "accepted", "this", event.revision, new_key(), "")
        place.got(itip(place.uid, version=3))
        assert await shown(place.calendar(), "title") == ["Talk"]

    at(silent, look)


def test_what_is_in_the_calendar_is_not_shown_twice(silent: DavRig) -> None:
    """Also where it was moved since, and beside one whose UID is a part of it."""

    async def look(place: Place) -> None:
        when = "DTSTART:20260410T110000Z", "DURATION:PT1H", "SUMMARY:Moved", BOSS, ME
        await stored(place.account, f"{place.uid}-2", *when)
        place.got(itip(place.uid))
        [mine, _] = await place.calendar().list_events(*SPAN)
        assert mine.title == "Talk"
        await stored(place.account, place.uid, *when)
        assert await shown(place.calendar(), "title") == ["Moved", "Moved"]
        assert (await place.calendar().get_event(mine.id)).title == "Moved"
        march = datetime(2026, 3, 1, tzinfo=NOW.tzinfo), datetime(2026, 4, 1, tzinfo=NOW.tzinfo)
        assert await place.calendar().list_events(*march) == []
        with pytest.raises(ObjectChanged):
            await place.calendar().respond(mine.id, "accepted", "this", mine.revision, new_key(), "")
        assert place.post.sent == {}

    at(silent, look)


def test_a_server_that_finds_everything_for_one_uid_shows_no_invitation(
    on_radicale: DavRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def look(place: Place) -> None:
        monkeypatch.setattr("sayso.workspace.dav.event_source.MOST_ALIKE", 1)
        for number in range(2):
            await stored(place.account, f"{place.uid}-{number}", "DTSTART:20260310T110000Z", "SUMMARY:Other")
        place.got(itip(place.uid))
        assert await shown(place.calendar(), "title") == ["Other", "Other"]

    at(on_radicale, look)


@pytest.mark.parametrize("error", [Unavailable("Not now."), Refused("Never.")])
def test_a_mailbox_that_cannot_be_read_hides_no_event(silent: DavRig, error: WorkspaceError) -> None:
    async def look(place: Place) -> None:
        place.got(itip(place.uid))
        [event] = await place.calendar().list_events(*SPAN)
        await place.calendar().create_event(draft(), new_key(), notify=False)
        place.inbox.fails = error
        assert await shown(place.calendar(), "title") == ["Review"]
        with pytest.raises(type(error)):
            await place.calendar().get_event(event.id)

    at(silent, look)


def test_a_mailbox_that_does_not_answer_keeps_no_calendar_waiting(
    on_radicale: DavRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def look(place: Place) -> None:
        event = await place.pending()
        monkeypatch.setattr(invitations, "MAILBOX_SECONDS", 0.01)

        async def never(since: datetime) -> list[bytes]:
            await asyncio.Event().wait()
            return []

        monkeypatch.setattr(place.inbox, "pending", never)
        assert await place.calendar().list_events(*SPAN) == []
        with pytest.raises(Unavailable):
            await place.calendar().get_event(event.id)

    at(on_radicale, look)


def test_a_server_that_takes_invitations_in_itself_shows_its_own(silent: DavRig) -> None:
    async def look(place: Place) -> None:
        event = await place.pending()
        assert await place.calendar(tells=True).list_events(*SPAN) == []
        with pytest.raises(ObjectNotFound):
            await place.calendar(tells=True).get_event(event.id)

    at(silent, look)


# --- answering ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("response", "status"), [("accepted", "ACCEPTED"), ("declined", "DECLINED")])
def test_an_answer_is_stored_and_goes_to_the_organizer(silent: DavRig, response: str, status: str) -> None:
    async def answer(place: Place) -> None:
        event, key = await place.pending(), new_key()
        place.inbox.texts[0] = place.inbox.texts[0].replace(
            b"SUMMARY", b"X-SAYSO-REST:abc\r\nX-SAYSO-KEY:theirs\r\nSUMMARY"
        )
        answered = await place.calendar().respond(event.id, response, "this", event.revision, key, "Thanks")  # type: ignore[arg-type]
        assert (answered.my_response, answered.title, answered.undelivered) == (response, "Talk", ())
        lines = await place.object()
        assert f"X-SAYSO-KEY:{key}" in lines
        assert {"SEQUENCE:0", f"UID:{place.uid}"} <= set(lines)
        assert [line for line in lines if f"PARTSTAT={status}" in line and line.endswith("ana@example.test")]
        assert not [line for line in lines if line.startswith(("METHOD", "X-SAYSO-REST")) or "theirs" in line]
        assert list(place.post.sent) == [f"{key}.1"]
        mail = place.post.sent[f"{key}.1"]
        assert (mail.method, [each.email for each in mail.to]) == ("REPLY", ["boss@far.test"])
        told = place.post.lines(f"{key}.1")
        assert {"METHOD:REPLY", f"UID:{place.uid}", "SEQUENCE:0", "COMMENT:Thanks"} <= set(told)
        [who] = [line for line in told if line.startswith("ATTENDEE")]
        assert f"PARTSTAT={status}" in who
        assert await place.calendar().list_events(*SPAN) == [await place.calendar().get_event(answered.id)]
        assert await place.calendar().applied(key, event.id) == answered.id
        assert await place.calendar().applied(new_key(), event.id) is None
        assert (await place.calendar().get_event(event.id)).id == answered.id

    at(silent, answer)


def test_the_same_answer_again_is_the_same_one(silent: DavRig) -> None:
    async def answer(place: Place) -> None:
        event, key = await place.pending(), new_key()
        both = [place.calendar().respond(event.id, "accepted", "this", event.revision, key, "") for _ in range(2)]
        answers = await asyncio.gather(*both, return_exceptions=True)
        third = await place.calendar().respond(event.id, "accepted", "this", event.revision, key, "")
        # A server that is busy with the one may leave the other in doubt.
        assert {each.id if isinstance(each, Event) else type(each) for each in answers} <= {third.id, Uncertain}
        assert list(place.post.sent) == [f"{key}.1"]
        with pytest.raises(ObjectChanged):
            await place.calendar().respond(event.id, "declined", "this", event.revision, new_key(), "")

    at(silent, answer)


def test_of_two_answers_at_once_one_counts(silent: DavRig) -> None:
    async def answer(place: Place) -> None:
        event = await place.pending()
        both = [
            place.calendar().respond(event.id, response, "this", event.revision, new_key(), "")
            for response in ("accepted", "declined")
        ]
        answers = await asyncio.gather(*both, return_exceptions=True)
        assert [each for each in answers if isinstance(each, Refused | ObjectChanged)]
        assert len(place.post.sent) == 1
        assert len(await place.account.stored()) == 1

    at(silent, answer)


def test_one_of_a_series_is_answered_alone(silent: DavRig) -> None:
    async def answer(place: Place) -> None:
        place.got(itip(place.uid, "RRULE:FREQ=WEEKLY;COUNT=3"))
        event, key = (await place.calendar().list_events(*SPAN))[1], new_key()
        assert (await place.calendar().get_event(event.id)).start == event.start
        with pytest.raises(Refused, match="for one occurrence, or for all"):
            await place.calendar().respond(event.id, "declined", "following", event.revision, new_key(), "")
        answered = await place.calendar().respond(event.id, "accepted", "this", event.revision, key, "")
        assert (answered.start, answered.my_response) == (event.start, "accepted")
        assert await place.calendar().applied(key, event.id) == answered.id
        assert await shown(place.calendar(), "my_response") == ["needs_action", "accepted", "needs_action"]
        assert "RECURRENCE-ID:20260316T110000Z" in place.post.lines(f"{key}.1")

    at(silent, answer)


def test_an_invitation_that_was_changed_since_it_was_seen_is_not_answered(silent: DavRig) -> None:
    async def answer(place: Place) -> None:
        event = await place.pending()
        place.got(itip(place.uid, title="Walk", version=1))
        with pytest.raises(ObjectChanged):
            await place.calendar().respond(event.id, "accepted", "this", event.revision, new_key(), "")
        assert await place.account.stored() == []
        assert place.post.sent == {}

    at(silent, answer)


def test_only_who_organizes_it_changes_it(silent: DavRig) -> None:
    async def change(place: Place) -> None:
        event, calendar = await place.pending(), place.calendar()
        late = draft_of(event, title="Mine")
        with pytest.raises(Refused, match="accept or decline it"):
            await calendar.update_event(event.id, late, "this", event.revision, new_key(), notify=True)
        with pytest.raises(Refused, match="accept or decline it"):
            await calendar.delete_event(event.id, "this", event.revision, new_key(), notify=True, note="")
        assert await place.account.stored() == []
        answered = await calendar.respond(event.id, "accepted", "this", event.revision, new_key(), "")
        with pytest.raises(Refused, match="Only Boss"):
            await calendar.update_event(event.id, late, "this", answered.revision, new_key(), notify=True)
        key = new_key()
        await calendar.delete_event(event.id, "this", answered.revision, key, notify=True, note="")
        assert place.post.sent[f"{key}.1"].subject == "Declined: Talk"

    at(silent, change)


@pytest.mark.parametrize("notify", [False, True])
def test_what_is_removed_does_not_come_back_as_unanswered(silent: DavRig, notify: bool) -> None:
    async def remove(place: Place) -> None:
        event, calendar = await place.pending(), place.calendar()
        answered = await calendar.respond(event.id, "accepted", "this", event.revision, new_key(), "")
        key, sent = new_key(), len(place.post.sent)
        await calendar.delete_event(answered.id, "this", answered.revision, key, notify=notify, note="")
        assert await shown(calendar, "my_response") == ["declined"]
        assert await calendar.applied(key, answered.id) == answered.id
        assert len(place.post.sent) == sent + notify
        place.inbox.fails = Unavailable("Not now.")
        [event] = await calendar.list_events(*SPAN)
        await calendar.delete_event(event.id, "this", event.revision, new_key(), notify=notify, note="")
        assert await place.account.stored() == [], "that there is no mail is all that is known"

    at(silent, remove)


def test_a_series_that_is_removed_does_not_come_back_as_unanswered(silent: DavRig) -> None:
    async def remove(place: Place) -> None:
        place.got(itip(place.uid, "RRULE:FREQ=WEEKLY;COUNT=3"))
        [event, *_] = await place.calendar().list_events(*SPAN)
        event = await place.calendar().respond(event.id, "accepted", "all", event.revision, new_key(), "")
        key = new_key()
        await place.calendar().delete_event(event.id, "all", event.revision, key, notify=True, note="")
        assert await shown(place.calendar(), "my_response") == ["declined"] * 3
        assert place.post.sent[f"{key}.1"].method == "REPLY"

    at(silent, remove)


def test_what_was_answered_here_is_known_without_a_search(on_radicale: DavRig) -> None:
    with between(on_radicale.url) as server:

        async def look(place: Place) -> None:
            event = await place.pending()
            await place.calendar().respond(event.id, "accepted", "this", event.revision, new_key(), "")
            await place.calendar().list_events(*SPAN)
            searched = [each for each in server.asked if each.method == "REPORT" and place.uid.encode() in each.body]
            assert len(searched) == 2, "as it was shown, and as it was answered"

        at(on_radicale, look, server.url)


# --- what breaks in between -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("which", [0, 1])
@pytest.mark.parametrize("fault", ["cut before", "cut after", "fail after"])
def test_an_answer_is_stored_and_sent_once_after_every_crash(silent: DavRig, which: int, fault: Fault) -> None:
    with between(silent.url) as server:

        async def answer(place: Place) -> None:
            event, key = await place.pending(), new_key()
            server.faults["PUT"] = [*["pass"] * which, fault]  # type: ignore[list-item]
            with pytest.raises(Uncertain):
                await place.calendar().respond(event.id, "accepted", "this", event.revision, key, "")
            done = await place.calendar().applied(key, event.id)
            assert (done is not None) == (which == 1 and fault != "cut before")
            await place.calendar().respond(event.id, "accepted", "this", event.revision, key, "")
            assert await place.calendar().applied(key, event.id) is not None
            assert list(place.post.sent) == [f"{key}.1"]
            assert not any("X-SAYSO-REST" in line for line in await place.object())

        at(silent, answer, server.url)


@pytest.mark.parametrize("error", [Unavailable("Not now."), Uncertain("Lost.")])
def test_an_answer_that_is_not_sent_is_to_be_finished(silent: DavRig, error: WorkspaceError) -> None:
    async def answer(place: Place) -> None:
        event, key = await place.pending(), new_key()
        place.post.fails.append(error)
        with pytest.raises(Uncertain):
            await place.calendar().respond(event.id, "accepted", "this", event.revision, key, "")
        place.post.forgets = True
        with pytest.raises(Uncertain, match="no telling"):
            await place.calendar().applied(key, event.id)
        place.post.forgets = False
        assert await place.calendar().applied(key, event.id) is None
        place.inbox.texts = []  # somebody filed the mail
        await place.calendar().respond(event.id, "accepted", "this", event.revision, key, "")
        assert list(place.post.sent) == [f"{key}.1"]
        assert await place.calendar().applied(key, event.id) is not None

    at(silent, answer)
