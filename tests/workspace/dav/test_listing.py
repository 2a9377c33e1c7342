"""What is in a collection is known by what has changed there, and fetched once."""

import asyncio
from dataclasses import replace

import pytest
from tests.kit.rigs.between import Asked, Between, Reply, between
from tests.kit.rigs.dav import DavRig, client
from tests.workspace.dav.kit import Account, new_key, with_account

from sayso.workspace.dav import listing
from sayso.workspace.dav.collections import Collection
from sayso.workspace.dav.listing import Members, Shelf, Stored
from sayso.workspace.errors import Unavailable

TODO = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:x
BEGIN:VTODO
UID:{}
DTSTAMP:20260101T000000Z
SUMMARY:One
END:VTODO
END:VCALENDAR
""".replace("\n", "\r\n")


async def put(account: Account, name: str, uid: str = "") -> str:
    url = f"{account.url}{name}.ics"
    await account.dav.put(url, TODO.format(uid or new_key()).encode(), "text/calendar")
    return url


@pytest.mark.parametrize("syncs", [True, False])
def test_members_come_and_go(rig: DavRig, syncs: bool) -> None:
    async def look(account: Account) -> None:
        [found] = await account.homes().collections()
        assert found.syncs
        collection, members = replace(found, syncs=syncs), account.members()
        assert await members.members(collection) == {}
        one, two = await put(account, "one"), await put(account, "two é")
        before = await members.members(collection)
        assert {*before} == {one, two.replace(" é", "%20%C3%A9")}
        await account.dav.delete(one)
        uid = (await account.dav.get(two)).content.decode().partition("UID:")[2].partition("\r\n")[0].strip()
        await account.dav.put(two, TODO.format(uid).replace("One", "Two").encode(), "text/calendar")
        after = await members.members(collection)
        assert {*after} == {*before} - {one}
        assert after != {each: etag for each, etag in before.items() if each != one}
        [stored] = await members.fetch(collection.url, before)
        assert b"SUMMARY:Two" in stored.content

    asyncio.run(with_account(rig, look))


def test_a_token_that_the_server_does_not_know_any_more_costs_a_full_look(rig: DavRig) -> None:
    async def look(account: Account) -> None:
        [collection] = await account.homes().collections()
        one = await put(account, "one")
        members = account.members()
        members._known[collection.url] = ("http://example.test/forgotten", {f"{account.url}gone.ics": "1"})
        assert {*await members.members(collection)} == {one}

    asyncio.run(with_account(rig, look))


def test_what_was_fetched_is_not_fetched_again_until_it_changes(rig: DavRig) -> None:
    with between(rig.url) as line:

        async def look(account: Account) -> None:
            [collection] = await account.homes().collections()
            members = account.members()
            for number in range(3):
                await put(account, f"t{number}")
            first = await members.fetch(collection.url, await members.members(collection))
            asked = line.count("REPORT")
            again = await members.fetch(collection.url, await members.members(collection))
            assert sorted(first, key=lambda each: each.url) == sorted(again, key=lambda each: each.url)
            assert line.count("REPORT") == asked + 1  # what has changed: nothing

        asyncio.run(with_account(rig, look, through=line.url))


def test_the_shelf_forgets_what_was_used_least_and_keeps_accounts_apart() -> None:
    shelf = Shelf(most=3_000)
    for name in ("a", "b", "c"):
        shelf.put("ana", Stored(name, "1", b"x" * 600))
        shelf.take("ana", "a", "1")
    shelf.put("ana", Stored("d", "1", b"x" * 600))
    assert [name for name in "abcd" if shelf.take("ana", name, "1")] == ["a", "c", "d"]
    assert shelf.take("bob", "a", "1") is None
    assert shelf.take("ana", "a", "2") is None
    for number in range(100):
        shelf.put("ana", Stored("a", str(number), b"x" * 600))
    assert shelf.take("ana", "d", "1")


def answer(*responses: str, token: str = "") -> Reply:
    told = f"<D:sync-token>{token}</D:sync-token>" if token else ""
    body = f'<?xml version="1.0"?><D:multistatus xmlns:D="DAV:">{"".join(responses)}{told}</D:multistatus>'
    return Reply(207, body.encode())


def member(href: str, etag: str) -> str:
    status = "<D:status>HTTP/1.1 200 OK</D:status>"
    prop = f"<D:prop><D:getetag>{etag}</D:getetag></D:prop>"
    return f"<D:response><D:href>{href}</D:href><D:propstat>{prop}{status}</D:propstat></D:response>"


def gone(href: str, status: int = 404) -> str:
    return f"<D:response><D:href>{href}</D:href><D:status>HTTP/1.1 {status} x</D:status></D:response>"


def listed(server: Between, *known: str, syncs: bool = True) -> set[str]:
    async def look() -> set[str]:
        dav = client(server.url, "ana", "secret")
        try:
            members = Members(dav, "caldav", Shelf(), "ana")
            url = f"{server.url}cal/"
            if known:
                members._known[url] = ("old", {f"{url}{each}": "0" for each in known})
            found = await members.members(Collection(url, "Cal", syncs=syncs))
            return {each.removeprefix(url) for each in found}
        finally:
            await dav.aclose()

    return asyncio.run(look())


def test_a_listing_in_several_answers_is_read_to_its_end() -> None:
    """RFC 6578, 3.6."""

    def script(asked: Asked) -> Reply:
        if b">second<" in asked.body:
            return answer(member("/cal/b", "1"), gone("/cal/old"), token="third")
        return answer(member("/cal/a", "1"), gone("/cal/", 507), token="second")

    with between(script=script) as server:
        assert listed(server, "old") == {"a", "b"}


def test_a_listing_without_an_end_is_given_up() -> None:
    def script(asked: Asked) -> Reply:
        return answer(gone("/cal/", 507), token=f"t{len(server.asked)}")

    with between(script=script) as server, pytest.raises(Unavailable):
        listed(server)


@pytest.mark.parametrize("syncs", [True, False])
def test_a_collection_of_more_than_can_be_kept_is_said_to_be_one(syncs: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "MAX_MEMBERS", 2)
    too_many = answer(*(member(f"/cal/{name}", "1") for name in "abc"), token="1")
    with between(script=lambda asked: too_many) as server, pytest.raises(Unavailable, match="more than 2"):
        listed(server, syncs=syncs)


@pytest.mark.parametrize("status", [403, 409, 412])
def test_an_unknown_token_is_told_in_several_ways(status: int) -> None:
    def script(asked: Asked) -> Reply:
        if b">old<" in asked.body:
            return Reply(status, b'<?xml version="1.0"?><D:error xmlns:D="DAV:"><D:valid-sync-token/></D:error>')
        return answer(member("/cal/a", "1"), token="new")

    with between(script=script) as server:
        assert listed(server, "old") == {"a"}


def test_the_same_address_is_written_in_many_ways_and_what_is_elsewhere_is_no_member() -> None:
    def script(asked: Asked) -> Reply:
        others = ("/cal/a%40b.ics", "/cal/a@b.ics", f"{server.url}cal/a%40b.ics", "/cal/x/../%61@b.ics")
        outside = (
            "/other/c.ics",
            "/cal/deep/c.ics",
            "https://far.example.com/cal/c.ics",
            "http://[",
            "/cal/%2e%2e/c.ics",
        )
        within = member("/cal/d", "1").replace(
            "<D:getetag>", "<D:resourcetype><D:collection/></D:resourcetype><D:getetag>"
        )
        return answer(*(member(each, "1") for each in (*others, *outside, "/cal/", "")), within, token="new")

    with between(script=script) as server:
        assert listed(server) == {"a@b.ics"}
