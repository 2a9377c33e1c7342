"""Contacts are found in address books of vCard 3 and 4, as they are at the moment."""

import asyncio
from uuid import uuid4

import pytest
from tests.kit.rigs.between import Asked, Reply, between
from tests.kit.rigs.dav import DavRig, client
from tests.workspace.dav.kit import always

from sayso.workspace.dav.client import Dav
from sayso.workspace.dav.contacts import MAX_CARDS, DavContacts
from sayso.workspace.dav.discovery import discover
from sayso.workspace.dav.homes import Homes
from sayso.workspace.dav.listing import Members, Shelf
from sayso.workspace.dav.urls import within
from sayso.workspace.dav.xml import A, D, element
from sayso.workspace.errors import Unavailable

CARD = "BEGIN:VCARD\r\nVERSION:{}\r\nUID:{}\r\nFN:{}\r\nN:{};;;;\r\n{}END:VCARD\r\n"


async def make_book(dav: Dav) -> str:
    """A new address book, by the extended MKCOL (RFC 5689)."""
    url = within((await discover(dav, "carddav")).homes[0], f"b-{uuid4().hex[:12]}") + "/"
    kinds = element(f"{D}resourcetype", element(f"{D}collection"), element(f"{A}addressbook"))
    props = element(f"{D}set", element(f"{D}prop", kinds, element(f"{D}displayname", text="Friends")))
    await dav.make(url, element(f"{D}mkcol", props), method="MKCOL")
    return url


def contacts(dav: Dav) -> DavContacts:
    return DavContacts(Homes(dav, "carddav", always), Members(dav, "carddav", Shelf(), "ana"))


def test_contacts_are_found_by_name_and_address_and_lists_are_none(rig: DavRig) -> None:
    async def look(dav: Dav, url: str) -> None:
        cards = {
            "zoe": CARD.format("3.0", uuid4(), "Zoë Ångström", "Ångström", "EMAIL;TYPE=WORK:zoe@example.com\r\n"),
            "bob": CARD.format("4.0", uuid4(), "Bob Zoellner", "Zoellner", "EMAIL:bob@example.com\r\nTEL:+1 555\r\n"),
            "team": CARD.format("3.0", uuid4(), "Zoe's team", "team", "X-ADDRESSBOOKSERVER-KIND:group\r\n"),
        }
        for name, card in cards.items():
            await dav.put(f"{url}{name}.vcf", card.encode(), "text/vcard; charset=utf-8", new=True)
        book = contacts(dav)
        page = await book.find("zoe", 10)
        assert [each.name for each in page.items] == ["Bob Zoellner", "Zoë Ångström"]
        assert page.total == 2
        assert [each.name for each in (await book.find("zoe angstrom", 10)).items] == ["Zoë Ångström"]
        zoe = (await book.find("zoe@example.com", 10)).items[0]
        assert (zoe.emails, zoe.in_book) == (("zoe@example.com",), True)
        assert len((await book.find("", 1)).items) == 1
        assert (await book.find("nobody", 10)).items == []
        await dav.delete(f"{url}zoe.vcf")
        assert [each.name for each in (await book.find("", 10)).items] == ["Bob Zoellner"]

    async def run(dav: Dav) -> None:
        url = await make_book(dav)
        await rig.using(lambda one: look(one, url), url=url)

    asyncio.run(rig.using(run))


def test_more_contacts_than_can_be_read_are_said_to_be_too_many() -> None:
    book = """<d:response><d:href>/b/</d:href><d:propstat><d:prop><d:resourcetype><d:collection/>
<a:addressbook xmlns:a="urn:ietf:params:xml:ns:carddav"/></d:resourcetype></d:prop>
<d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>"""
    card = """<d:response><d:href>/b/{}</d:href><d:propstat><d:prop><d:getetag>1</d:getetag></d:prop>
<d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>"""

    def script(asked: Asked) -> Reply:
        asks_etags = asked.headers["Depth"] == "1" and b"getetag" in asked.body
        cards = map(card.format, range(MAX_CARDS + 1)) if asks_etags else ()
        return Reply(207, f'<d:multistatus xmlns:d="DAV:">{book}{"".join(cards)}</d:multistatus>'.encode())

    async def look() -> None:
        dav = client(f"{server.url}b/", "ana", "secret")
        try:
            await contacts(dav).find("x", 10)
        finally:
            await dav.aclose()

    with between(script=script) as server, pytest.raises(Unavailable, match="more than"):
        asyncio.run(look())
