"""A calendar of twenty years is looked at by the week."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from xml.etree.ElementTree import Element

import pytest
from tests.kit.rigs.between import Between, Reply, between
from tests.kit.rigs.dav import DavRig
from tests.workspace.dav.calendar_kit import BERLIN, MONDAY, SPAN, calendar_of, draft, on_calendar, shown, stored
from tests.workspace.dav.kit import Account, new_key, with_account

from sayso.workspace.dav import event_source
from sayso.workspace.dav.calendar import DavCalendar
from sayso.workspace.dav.xml import C, D, element
from sayso.workspace.errors import Refused, Unavailable
from sayso.workspace.events import looking

WEEK = datetime(2026, 3, 9, tzinfo=BERLIN), datetime(2026, 3, 16, tzinfo=BERLIN)


def event_of_many(number: int, days: int) -> list[str]:
    """One in each so many days since 2006; some are series, of which one is for ever."""
    start = datetime(2006, 1, 2, 9) + timedelta(days=days * number)  # noqa: DTZ001  as it is written
    series = ["RRULE:FREQ=YEARLY"] if number == 5 else ["RRULE:FREQ=DAILY;COUNT=5"] if number % 7 == 0 else []
    return [f"DTSTART:{start:%Y%m%dT%H%M%S}Z", "DURATION:PT1H", f"SUMMARY:Event {number}", *series]


async def twenty_years(account: Account) -> int:
    """Put many events there, and one in the week; how many. Radicale takes them all at once."""
    count = 1000 if account.rig.name == "radicale" else 100
    events = [event_of_many(number, 7300 // count) for number in range(count)]
    if account.rig.name == "radicale":
        lines = [
            line
            for number, each in enumerate(events)
            for line in ("BEGIN:VEVENT", f"UID:{number}", "DTSTAMP:20260101T000000Z", *each, "END:VEVENT")
        ]
        text = "\r\n".join(("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Other//EN", *lines, "END:VCALENDAR", ""))
        await account.dav.put(account.url, text.encode(), "text/calendar; charset=utf-8")
    else:
        for each in events:
            await stored(account, new_key(), *each)
    await stored(account, new_key(), f"DTSTART:{MONDAY:%Y%m%dT%H%M%S}", "DURATION:PT1H", "SUMMARY:This week")
    return count


def test_a_week_is_listed_without_reading_all(rig: DavRig) -> None:
    async def look(account: Account) -> None:
        count = await twenty_years(account)
        await calendar_of(account).list_events(*WEEK)  # at the first look a server may read all, which takes its time
        with between(rig.url) as line:
            dav = rig.dav(account.url.replace(rig.url, line.url))
            try:
                calendar = calendar_of(Account(rig, dav, dav.url))
                assert "This week" in [each.title for each in await calendar.list_events(*WEEK)]
                assert line.count("GET") == 0
                asked = [each for each in line.asked if b"calendar-multiget" in each.body]
                assert sum(each.body.count(b"href>") // 2 for each in asked) < count // 20
                before = len(line.asked)
                await calendar.list_events(*WEEK)
                assert [each.method for each in line.asked[before:]] == ["REPORT"]  # what is known is not fetched again
            finally:
                await dav.aclose()

    asyncio.run(with_account(rig, look, "VEVENT"))


def test_too_much_at_once_is_refused(on_radicale: DavRig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_source, "MOST_ROWS", 2)

    async def look(account: Account, calendar: DavCalendar) -> None:
        for _ in range(3):
            await calendar.create_event(draft(), new_key(), notify=False)
        with pytest.raises(Refused, match="name a shorter time"):
            await calendar.list_events(*SPAN)

    asyncio.run(on_calendar(on_radicale, look))


def test_too_many_occurrences_at_once_are_refused(on_radicale: DavRig, monkeypatch: pytest.MonkeyPatch) -> None:
    async def look(account: Account, calendar: DavCalendar) -> None:
        await calendar.create_event(draft(recurrence="FREQ=HOURLY"), new_key(), notify=False)
        monkeypatch.setattr(looking, "MOST_STEPS", 500)
        with pytest.raises(Refused, match="name a shorter time"):
            await calendar.list_events(*SPAN)

    asyncio.run(on_calendar(on_radicale, look))


def look_through(rig: DavRig, line: Between, work: Callable[[Account, DavCalendar], Awaitable[None]]) -> None:
    asyncio.run(on_calendar(rig, work, through=line.url))


@pytest.mark.parametrize("body", [b"", b"<nonsense", b'<multistatus xmlns="DAV:"/>', b"\xff\xfe" * 50])
def test_an_answer_that_makes_no_sense_is_an_unavailable_server(on_radicale: DavRig, body: bytes) -> None:
    with between(on_radicale.url) as line:

        async def look(account: Account, calendar: DavCalendar) -> None:
            await calendar.create_event(draft(), new_key(), notify=False)
            line.fault("REPORT", Reply(207, body))
            try:
                assert await shown(calendar, "title") == []
            except Unavailable:
                assert b"multistatus" not in body

        look_through(on_radicale, line, look)


@pytest.mark.parametrize(
    "body", [b"", b"BEGIN:VCALENDAR", b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nEND:VEVENT\nEND:VCALENDAR\n", b"\0" * 100]
)
def test_an_event_that_makes_no_sense_is_refused(on_radicale: DavRig, body: bytes) -> None:
    with between(on_radicale.url) as line:

        async def look(account: Account, calendar: DavCalendar) -> None:
            event = await calendar.create_event(draft(), new_key(), notify=False)
            line.fault("GET", Reply(200, body))
            with pytest.raises(Refused):
                await calendar.get_event(event.id)

        look_through(on_radicale, line, look)


def test_times_without_a_zone_are_in_that_of_their_calendar(on_radicale: DavRig) -> None:
    zone = ("BEGIN:VTIMEZONE", "TZID:Asia/Tokyo", "BEGIN:STANDARD", "DTSTART:19700101T000000", "TZOFFSETFROM:+0900")
    lines = ("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Other//EN", *zone, "TZOFFSETTO:+0900", "END:STANDARD")
    text = "\r\n".join((*lines, "END:VTIMEZONE", "END:VCALENDAR", ""))

    async def look(account: Account, calendar: DavCalendar) -> None:
        told = element(f"{D}propertyupdate", element(f"{D}set", prop_of(element(f"{C}calendar-timezone", text=text))))
        await account.dav.multistatus("PROPPATCH", account.url, told, 0)
        await stored(account, new_key(), "DTSTART:20260309T180000", "SUMMARY:Floating")
        assert await shown(calendar, "start") == [MONDAY]

    asyncio.run(on_calendar(on_radicale, look))


def prop_of(child: Element) -> Element:
    return element(f"{D}prop", child)
