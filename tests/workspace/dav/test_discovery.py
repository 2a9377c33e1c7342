"""Calendars and address books are found from whatever address a user knows, with what one may do in them."""

import asyncio
from dataclasses import replace

import pytest
from tests.kit.rigs.between import Asked, Reply, between
from tests.kit.rigs.dav import DavRig, client
from tests.kit.rigs.radicale import FIXED
from tests.workspace.dav.kit import NEW_YORK, NOW, always, new_key

from sayso.base.clock import FixedClock
from sayso.workspace.connected.connector import Check
from sayso.workspace.dav.checking import check_caldav, check_carddav
from sayso.workspace.dav.client import Dav
from sayso.workspace.dav.collections import Collection, address_books, calendars
from sayso.workspace.dav.discovery import Kind, Site, discover
from sayso.workspace.dav.homes import LISTED_SECONDS, Homes
from sayso.workspace.dav.listing import Members, Shelf
from sayso.workspace.dav.tasks import DavTasks
from sayso.workspace.errors import Refused
from sayso.workspace.types import TaskDraft


def found(rig: DavRig, url: str, kind: Kind = "caldav") -> Site:
    return asyncio.run(rig.using(lambda dav: discover(dav, kind), url=url))


def test_homes_are_found_from_the_server_a_principal_and_a_home(rig: DavRig) -> None:
    site = found(rig, rig.url)
    assert len(site.homes) == 1
    for url in (site.principal, site.homes[0], f"{rig.url}nowhere/at/all"):
        assert found(rig, url) == site
    assert found(rig, rig.url, "carddav").homes


def test_one_calendar_may_be_all_that_there_is(rig: DavRig) -> None:
    async def look(dav: Dav) -> None:
        one, _ = await rig.make_calendar("VEVENT", dav=dav, name="Mine & yours"), await rig.make_calendar(dav=dav)
        site = await rig.using(lambda own: discover(own, "caldav"), url=one)
        assert site.homes == (one,)
        [collection] = await calendars(dav, site)
        assert (collection.url, collection.name) == (one, "Mine & yours")
        assert collection.components == {"VEVENT"}
        assert collection.writable
        assert collection.syncs

    asyncio.run(rig.using(look))


def test_who_schedules_by_itself_says_so(rig: DavRig) -> None:
    site = found(rig, rig.url)
    assert (site.auto_schedule, bool(site.outbox)) == (rig.schedules, rig.schedules)


def test_who_one_is_to_a_server_that_schedules_is_told(on_cyrus: DavRig) -> None:
    site = found(on_cyrus, on_cyrus.url)
    assert on_cyrus.user in site.addresses
    assert site.default_calendar in found(on_cyrus, site.default_calendar).homes


def test_a_schedules_boxes_are_no_calendars(on_cyrus: DavRig) -> None:
    async def look(dav: Dav) -> None:
        site = await discover(dav, "caldav")
        urls = {each.url for each in await calendars(dav, site)}
        assert site.default_calendar in urls
        assert not urls & {site.inbox, site.outbox}

    asyncio.run(on_cyrus.using(look))


def test_a_calendar_that_may_only_be_read_is_known_and_not_written_to(on_radicale: DavRig) -> None:
    async def look(dav: Dav) -> None:
        homes = Homes(dav, "caldav", always)
        fixed = next(each for each in await homes.collections() if each.url.endswith(f"/{FIXED}/"))
        assert not fixed.writable
        tasks = DavTasks(homes, Members(dav, "caldav", Shelf(), "ana"), FixedClock(NOW), NEW_YORK)
        [listed] = [each for each in await tasks.lists() if each.name == "Fixed"]
        with pytest.raises(Refused, match="only be looked at"):
            await tasks.create_task(TaskDraft("Milk", list_id=listed.id), new_key())

    asyncio.run(on_radicale.using(look))


def checks(url: str, password: str = "secret") -> list[Check]:
    async def look() -> list[Check]:
        dav = client(url, "ana", password)
        try:
            return [
                *await check_caldav(Homes(dav, "caldav", always)),
                *await check_carddav(Homes(dav, "carddav", always)),
            ]
        finally:
            await dav.aclose()

    return asyncio.run(look())


def test_what_works_is_told(on_radicale: DavRig, on_xandikos: DavRig) -> None:
    async def make(dav: Dav) -> str:
        return await on_radicale.make_calendar(dav=dav)

    *calendar, contacts = checks(asyncio.run(on_radicale.using(make)))
    names = ("calendar", "calendar_write", "tasks", "tasks_write")
    assert calendar == [Check(name, True) for name in names]
    assert "no address book" in contacts.message or contacts.works
    assert {each.name: each.works for each in checks(on_xandikos.url)} == dict.fromkeys((*names, "contacts"), True)


def test_why_nothing_works_is_told_in_a_sentence(on_radicale: DavRig) -> None:
    with between(script=lambda asked: Reply(200, b"<html>Welcome</html>")) as website:
        told = checks(website.url)
    assert [each.works for each in told] == [False, False, False]
    assert "There are no calendars (CalDAV) at" in told[0].message
    assert "There are no contacts (CardDAV) at" in told[2].message
    for url, words in (("http://127.0.0.1:9/", "cannot be reached"), ("http://nowhere.invalid/", "There is no server")):
        assert all(words in each.message and not each.works for each in checks(url))
    assert all("sign-in" in each.message for each in checks(on_radicale.url, "wrong"))


PRINCIPAL = b"""<d:multistatus xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"><d:response><d:href>/me/</d:href>
<d:propstat><d:prop><d:current-user-principal><d:href>/me/</d:href></d:current-user-principal>
<c:calendar-home-set><d:href>/home/</d:href><d:href>http://far.example.com/x/</d:href></c:calendar-home-set>
<c:calendar-user-address-set><d:href>mailto:Ana%2Bx@example.com</d:href><d:href>urn:uuid:1</d:href>
</c:calendar-user-address-set></d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response></d:multistatus>"""
HOME = b"""<d:multistatus xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav" xmlns:s="http://calendarserver.org/ns/"
xmlns:i="http://apple.com/ns/ical/">
<d:response><d:href>/home/</d:href><d:propstat><d:prop><d:resourcetype><d:collection/></d:resourcetype></d:prop>
<d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>
<d:response><d:href>/home/work/</d:href><d:propstat><d:prop><d:resourcetype><d:collection/><c:calendar/></d:resourcetype>
<d:displayname> Work
 things</d:displayname><i:calendar-color>#FF2968FF</i:calendar-color><i:calendar-order>2</i:calendar-order>
<d:current-user-privilege-set><d:privilege><d:read/></d:privilege></d:current-user-privilege-set></d:prop>
<d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>
<d:response><d:href>/home/abc/</d:href><d:propstat><d:prop><d:resourcetype><d:collection/><c:calendar/></d:resourcetype>
<i:calendar-color>red</i:calendar-color><i:calendar-order>1</i:calendar-order><c:supported-calendar-component-set>
<c:comp name="VTODO"/></c:supported-calendar-component-set></d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat>
<d:propstat><d:prop><d:displayname/></d:prop><d:status>HTTP/1.1 404 Not Found</d:status></d:propstat></d:response>
<d:response><d:href>/home/feed/</d:href><d:propstat><d:prop><d:resourcetype><d:collection/><s:subscribed/>
</d:resourcetype><i:calendar-order>3</i:calendar-order></d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat>
</d:response>
<d:response><d:href>/home/contact_birthdays/</d:href><d:propstat><d:prop><d:resourcetype><d:collection/><c:calendar/>
</d:resourcetype></d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>
</d:multistatus>"""


def server_script(asked: Asked) -> Reply:
    if asked.path == "/.well-known/caldav":
        return Reply(301, headers={"Location": "/start/"})
    if asked.path == "/home/" and asked.method == "PROPFIND":
        return Reply(207, HOME)
    return Reply(207, PRINCIPAL) if asked.method == "PROPFIND" else Reply(405)


def test_what_servers_say_of_calendars_is_understood() -> None:
    async def look() -> tuple[Site, list[Collection]]:
        dav = client(server.url, "ana", "secret")
        try:
            site = await discover(dav, "caldav")
            return site, await calendars(dav, replace(site, homes=site.homes[:1]))
        finally:
            await dav.aclose()

    with between(script=server_script) as server:
        site, listed = asyncio.run(look())
        home = f"{server.url}home/"
    assert site.addresses == ("Ana+x@example.com",)
    assert not site.auto_schedule
    both = frozenset({"VEVENT", "VTODO"})
    assert listed == [
        Collection(f"{home}abc/", "abc", frozenset({"VTODO"}), "", 1),
        Collection(f"{home}work/", "Work things", both, "#ff2968", 2, writable=False),
        Collection(f"{home}feed/", "feed", both, "", 3, writable=False, subscribed=True),
    ]


def test_a_home_elsewhere_gets_no_password() -> None:
    async def look() -> None:
        dav = client(server.url, "ana", "secret")
        try:
            with pytest.raises(Refused, match="another server"):
                await Homes(dav, "caldav", always).collections()
        finally:
            await dav.aclose()

    with between(script=server_script) as server:
        asyncio.run(look())


def test_collections_are_listed_once_a_minute(on_radicale: DavRig) -> None:
    moment = [0.0]

    async def look(dav: Dav) -> None:
        homes = Homes(dav, "caldav", lambda: moment[0])
        before = await homes.collections()
        await on_radicale.make_calendar(dav=dav)
        moment[0] = LISTED_SECONDS - 1
        assert await homes.collections() == before
        moment[0] = LISTED_SECONDS
        assert len(await homes.collections()) == len(before) + 1
        await on_radicale.make_calendar(dav=dav)
        assert len(await homes.collections(fresh=True)) == len(before) + 2

    asyncio.run(on_radicale.using(look))


def test_address_books_are_found(rig: DavRig) -> None:
    async def look(dav: Dav) -> None:
        site = await discover(dav, "carddav")
        assert all(not each.components for each in await address_books(dav, site))

    asyncio.run(rig.using(look))
