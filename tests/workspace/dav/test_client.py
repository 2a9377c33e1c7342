"""What a client of WebDAV believes, follows and gives away."""

import asyncio
import base64
from collections.abc import Awaitable, Callable
from typing import TypeVar

import pytest
from tests.kit.rigs.between import Asked, Reply, between
from tests.kit.rigs.certificates import Certificate, make_certificate
from tests.kit.rigs.dav import DavRig, client

from sayso.workspace.connected.reaching import Reach, ServerRefused
from sayso.workspace.dav.client import Dav
from sayso.workspace.dav.discovery import discover
from sayso.workspace.dav.errors import NotDone, Preconditioned, Unreadable, Untrusted
from sayso.workspace.dav.urls import normal, trusted
from sayso.workspace.errors import ObjectNotFound, ReconnectNeeded, Refused, Unavailable, Uncertain

T = TypeVar("T")
EMPTY = b'<?xml version="1.0"?><D:multistatus xmlns:D="DAV:"/>'


def using(url: str, work: Callable[[Dav], Awaitable[T]], reach: Reach | None = None) -> T:
    async def run() -> T:
        dav = client(url, "ana", "secret", reach)
        try:
            return await work(dav)
        finally:
            await dav.aclose()

    return asyncio.run(run())


def asking(url: str, reply: Reply) -> object:
    """What a PROPFIND comes to that is answered so."""
    with between(script=lambda asked: reply) as server:
        return using(server.url, lambda dav: dav.propfind(server.url + url, ["{DAV:}getetag"]))


@pytest.mark.parametrize(
    ("home", "url", "may"),
    [
        ("https://caldav.icloud.com/", "https://p42-caldav.icloud.com/1/", True),
        ("https://dav.example.com/", "https://example.com/", True),
        ("https://example.com/", "https://dav.example.com/", True),
        ("https://example.com/", "https://example.com:8443/", True),
        ("http://example.com/", "https://example.com/", True),
        ("https://example.com/", "http://example.com/", False),
        ("https://dav.example.com/", "https://example.org/", False),
        ("https://dav.example.com/", "https://badexample.com/", False),
        ("https://example.com/", "https://other.com/", False),
        ("https://example.co.uk/", "https://other.co.uk/", False),
        ("https://dav.example.co.uk/", "https://p1.example.co.uk/", True),
        ("https://10.0.0.1/", "https://10.0.0.2/", False),
        ("https://localhost/", "https://x.localhost/", False),
    ],
)
def test_the_password_goes_to_servers_of_the_same_site_only(home: str, url: str, may: bool) -> None:
    assert trusted(home, url) == may


@pytest.mark.parametrize(
    "odd",
    [
        "",
        "x",
        "ftp://a/",
        "https://",
        "https://[",
        "https://u:p@a/",
        "https://a:x/",
        "https://a/%2e%2e/b",
        "https://a/%0d",
    ],
)
def test_what_is_no_address_is_not_asked(odd: str) -> None:
    assert normal(odd) == ""
    with pytest.raises(Refused):
        using("https://a/", lambda dav: dav.get(odd))


@pytest.mark.parametrize("to", ["https://127.0.0.2/x", "http://localhost:1/x", "ftp://127.0.0.1/", "//[", ""])
def test_a_redirect_elsewhere_is_not_followed(to: str) -> None:
    with pytest.raises(Refused):
        asking("", Reply(301, headers={"Location": to}))


def test_a_redirect_within_the_server_is_followed_for_reads_and_never_without_end() -> None:
    def script(asked: Asked) -> Reply:
        found = {"/a": Reply(302, headers={"Location": "/b"}), "/b": Reply(207, EMPTY)}
        return found.get(asked.path) or Reply(308, headers={"Location": asked.path + "x"})

    async def look(dav: Dav) -> None:
        assert await dav.propfind(f"{server.url}a", []) == []
        with pytest.raises(Refused):
            await dav.propfind(f"{server.url}c", [])
        with pytest.raises(NotDone, match="another address"):
            await dav.put(f"{server.url}a", b"", "text/calendar")

    with between(script=script) as server:
        using(server.url, look)
        assert [each.path for each in server.asked if each.method == "PUT"] == ["/a"]
        assert len([each for each in server.asked if each.path.startswith("/c")]) == 6


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return make_certificate(tmp_path_factory.mktemp("tls"))


def test_an_encrypted_server_does_not_send_to_a_plain_one(certificate: Certificate) -> None:
    async def look(dav: Dav) -> None:
        with pytest.raises(Refused, match="another server"):
            await dav.propfind(safe.url, [])

    with between(script=lambda asked: Reply(207, EMPTY)) as plain:
        away = Reply(301, headers={"Location": plain.url})
        with between(script=lambda asked: away, tls=certificate.server()) as safe:
            using(safe.url, look, Reach(private=True, tls=certificate.client()))
        assert len(safe.asked) == 1
        assert plain.asked == []


def test_a_certificate_that_cannot_be_trusted_is_said_to_be_one(certificate: Certificate) -> None:
    with between(tls=certificate.server()) as server:
        with pytest.raises(Untrusted, match="cannot be trusted"):
            using(server.url, lambda dav: dav.put(server.url, b"", "text/calendar"))
        assert server.asked == []


def test_a_password_is_not_sent_in_the_clear_over_the_network() -> None:
    with pytest.raises(ServerRefused, match="not be encrypted"):
        using("http://192.0.2.1/", lambda dav: dav.get("http://192.0.2.1/x"))


BOMB = (
    b'<?xml version="1.0"?><!DOCTYPE d [<!ENTITY a "aaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
    + EMPTY[21:-2]
    + b">&b;</D:multistatus>"
)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"no xml",
        b"<a/>",
        BOMB,
        EMPTY[:-4],
        b'<D:multistatus xmlns:D="DAV:">' + b"<a>" * 10_000 + b"</a>" * 10_000 + b"</D:multistatus>",
        b'<D:multistatus xmlns:D="DAV:">' + b"<a/>" * 600_000 + b"</D:multistatus>",
        b'<?xml version="1.0" encoding="odd"?><a/>',
        b"\xff\xfe",
    ],
    ids=["empty", "text", "other", "entities", "cut", "deep", "wide", "charset", "bytes"],
)
def test_an_answer_that_is_no_multistatus_is_unreadable(body: bytes) -> None:
    with pytest.raises(Unreadable):
        asking("", Reply(207, body))


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (Reply(200, b"<html>"), Unreadable),
        (Reply(500), Unavailable),
        (Reply(503, b"", {"Retry-After": "Mon, 02 Mar 2026 14:00:09 GMT", "Date": "x"}), Unavailable),
        (Reply(404), ObjectNotFound),
        (Reply(412), Preconditioned),
        (Reply(405), NotDone),
        (Reply(401), ReconnectNeeded),
        (Reply(401, b"", {"WWW-Authenticate": "Digest nonsense"}), ReconnectNeeded),
        (Reply(401, b"", {"WWW-Authenticate": 'Digest realm="a", nonce="b", qop="auth"'}), ReconnectNeeded),
    ],
)
def test_a_read_that_fails_says_so_in_our_words(reply: Reply, error: type[Exception]) -> None:
    with pytest.raises(error):
        asking("", reply)


def test_an_answer_is_read_to_a_bound_and_never_unpacked() -> None:
    with pytest.raises(Unavailable, match="more than can be read"):
        asking("", Reply(207, b" " * 33_000_000))
    packed = Reply(200, b"x", {"Content-Encoding": "gzip"})
    with between(script=lambda asked: packed) as server, pytest.raises(Unavailable):
        using(server.url, lambda dav: dav.get(server.url))


def test_the_condition_that_was_not_met_is_told() -> None:
    body = b'<C:error xmlns:C="DAV:"><X:no-uid-conflict xmlns:X="urn:ietf:params:xml:ns:caldav"/></C:error>'
    with pytest.raises(NotDone) as refused:
        asking("", Reply(403, body))
    assert (refused.value.status, refused.value.element) == (403, "no-uid-conflict")


def test_a_weak_etag_guards_nothing_and_is_no_guard() -> None:
    def script(asked: Asked) -> Reply:
        return Reply(200 if asked.method == "GET" else 204, b"", {"ETag": 'W/"1"'})

    async def change(dav: Dav) -> None:
        found = await dav.get(server.url)
        assert found.etag == ""
        assert (await dav.put(server.url, b"x", "text/calendar", if_match=found.etag)).etag == ""

    with between(script=script) as server:
        using(server.url, change)
        assert server.asked[-1].headers["If-Match"] == "*"


def test_an_etag_that_no_header_can_hold_is_none() -> None:
    def script(asked: Asked) -> Reply:
        return Reply(200, b"", {"ETag": '"\xe9"'})

    with between(script=script) as server:
        assert using(server.url, lambda dav: dav.get(server.url)).etag == ""


def test_a_server_that_wants_a_digest_gets_one_and_no_cookie_is_kept() -> None:
    def script(asked: Asked) -> Reply:
        if "Digest" in asked.headers.get("Authorization", ""):
            assert 'username="ana"' in asked.headers["Authorization"]
            return Reply(207, EMPTY, {"Set-Cookie": "who=ana"})
        challenge = 'Digest realm="a", nonce="b", qop="auth", algorithm=SHA-256'
        return Reply(401, b"x" * 100_000, {"WWW-Authenticate": challenge})

    async def twice(dav: Dav) -> None:
        for _ in range(2):
            assert await dav.propfind(server.url, []) == []

    with between(script=script) as server:
        using(server.url, twice)
        assert [each.headers.get("Authorization", "").partition(" ")[0] for each in server.asked] == [
            "Basic", "", "Digest", "Digest",
        ]  # fmt: skip
        assert "Cookie" not in server.asked[-1].headers


def test_a_password_may_have_any_letters() -> None:
    async def look() -> None:
        dav = client(server.url, "jörg", "pä:ß")
        await dav.propfind(server.url, [])
        await dav.aclose()

    with between(script=lambda asked: Reply(207, EMPTY)) as server:
        asyncio.run(look())
        assert base64.b64decode(server.asked[0].headers["Authorization"][6:]).decode() == "jörg:pä:ß"


@pytest.mark.parametrize("status", [207, 500, 502])
def test_a_change_whose_outcome_is_not_told_is_uncertain(status: int) -> None:
    with between(script=lambda asked: Reply(status)) as server, pytest.raises(Uncertain):
        using(server.url, lambda dav: dav.delete(f"{server.url}x"))


@pytest.mark.parametrize("name", ["radicale", "cyrus"])
def test_a_wrong_password_asks_to_connect_again(name: str, request: pytest.FixtureRequest) -> None:
    rig: DavRig = request.getfixturevalue(f"on_{name}")

    async def look(dav: Dav) -> None:
        with pytest.raises(ReconnectNeeded):
            await discover(dav, "caldav")

    async def run() -> None:
        dav = rig.dav(password="wrong")
        try:
            await look(dav)
        finally:
            await dav.aclose()

    asyncio.run(run())
