"""A second device signs in by a link that a signed-in one shows, and only by a yes on that one."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import httpx2
import pytest
from tests.identity.test_sessions import own

from sayso.base.ids import hashed
from sayso.http.session import COOKIE, DEVICE_COOKIE

if TYPE_CHECKING:
    from tests.conftest import Server, StartServer

Json = dict[str, Any]
PHONE = {"User-Agent": "Mozilla/5.0 (Phone)"}
ALMOST = timedelta(minutes=2) - timedelta(microseconds=1)


def shown(client: httpx2.Client) -> tuple[str, str]:
    """The id of a new link, and its code."""
    response = client.post("/auth/devices")
    assert response.status_code == 201, response.text
    return response.json()["id"], response.json()["url"].rpartition("/")[2]


def claim(device: httpx2.Client, code: str, name: str = "Phone") -> httpx2.Response:
    return device.post("/auth/devices/claim", json={"code": code, "name": name})


def claimed(device: httpx2.Client, code: str) -> Json:
    response = claim(device, code)
    assert response.status_code == 200, response.text
    return dict(response.json())


def look(client: httpx2.Client, link: str) -> Json:
    return dict(client.get(f"/auth/devices/{link}").raise_for_status().json())


def decide(client: httpx2.Client, link: str, allow: bool = True) -> httpx2.Response:
    return client.post(f"/auth/devices/{link}/decision", json={"allow": allow})


def enter(device: httpx2.Client) -> httpx2.Response:
    return device.post("/auth/devices/enter")


def told(response: httpx2.Response) -> tuple[int, str]:
    return response.status_code, response.json()["error"]


def test_the_whole_way(server: "Server") -> None:
    client, phone = server.client(), server.anonymous(headers=PHONE)
    link, code = shown(client)
    assert look(client, link)["status"] == "shown"
    waiting = claimed(phone, code)
    assert waiting["status"] == "claimed"
    assert re.fullmatch(r"[0-9]{2}", waiting["check"])
    assert enter(phone).json() == {"status": "claimed"}
    assert phone.get("/threads").status_code == 401
    seen = look(client, link)
    assert (seen["status"], seen["name"], seen["user_agent"]) == ("claimed", "Phone", PHONE["User-Agent"])
    assert (seen["check"], seen["address"]) == (waiting["check"], "127.0.0.1")
    assert decide(client, link).json()["status"] == "allowed"
    entered = enter(phone)
    assert entered.json() == {"status": "signed_in"}
    assert phone.cookies[COOKIE] != client.cookies[COOKIE]
    assert phone.get("/auth/session").json()["user"] == client.get("/auth/session").json()["user"]
    assert own(phone)["name"] == "Phone"
    assert own(phone)["provider"] == own(client)["provider"]
    assert look(client, link)["status"] == "used"
    assert told(enter(phone)) == (404, "link_unknown")  # its cookie is gone, with what it was for


def test_the_link_is_an_address_of_the_page_whose_code_reaches_no_server(start_server: "StartServer") -> None:
    client = start_server(public_url="https://sayso.example").stranger()
    body = client.post("/auth/devices").json()
    assert re.fullmatch(r"https://sayso\.example/#/device/[\w-]{43}", body["url"])
    drawing = ElementTree.fromstring(body["qr"])
    assert drawing.tag == "{http://www.w3.org/2000/svg}svg"
    assert {each.tag for each in drawing} == {"{http://www.w3.org/2000/svg}path"}
    attributes = {name for each in drawing.iter() for name in each.attrib}
    assert attributes <= {"viewBox", "fill", "stroke", "d"}  # nothing that runs, nothing from elsewhere


def test_the_store_has_hashes_only(server: "Server") -> None:
    client, phone = server.client(), server.anonymous()
    _, code = shown(client)
    claim(phone, code)
    secret = phone.cookies[DEVICE_COOKIE]
    with server.store.engine.connect() as connection:
        stored = "\n".join(connection.connection.driver_connection.iterdump())  # type: ignore[union-attr]
    assert hashed(code) in stored
    assert hashed(secret) in stored
    assert code not in stored
    assert secret not in stored
    assert hashed(code) not in client.get("/me/export").text


def test_the_code_is_not_enough(server: "Server") -> None:
    """Who saw the screen has the code, and not the cookie of the device that is allowed."""
    client, phone, thief = server.client(), server.anonymous(), server.anonymous()
    link, code = shown(client)
    claim(phone, code)
    decide(client, link)
    assert told(enter(thief)) == (404, "link_unknown")
    assert told(enter(server.anonymous(cookies={DEVICE_COOKIE: "x" * 43}))) == (404, "link_unknown")
    assert enter(phone).json() == {"status": "signed_in"}


def test_two_devices_are_neither(server: "Server") -> None:
    """Which of them is the user's cannot be told."""
    client, phone, thief = server.client(), server.anonymous(), server.anonymous()
    link, code = shown(client)
    claim(phone, code)
    assert decide(client, link).status_code == 200
    assert told(claim(thief, code)) == (409, "link_used")
    assert look(client, link)["status"] == "contested"
    assert told(enter(phone)) == (409, "link_used")
    assert told(decide(client, link)) == (409, "link_used")
    assert DEVICE_COOKIE not in thief.cookies


def test_the_same_device_may_ask_again(server: "Server") -> None:
    client, phone = server.client(), server.anonymous()
    link, code = shown(client)
    first = claimed(phone, code)
    assert claimed(phone, code)["check"] == first["check"]
    decide(client, link)
    assert enter(phone).json() == {"status": "signed_in"}


def test_of_many_at_once_one_waits(start_server: "StartServer", postgres: str) -> None:
    server = start_server(database_url=postgres)
    client = server.client()
    _, code = shown(client)
    devices = [server.anonymous() for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(lambda device: claim(device, code).status_code, devices))
    assert sorted(statuses) == [200, *[409] * 7]


def test_an_allowed_device_enters_once(start_server: "StartServer", postgres: str) -> None:
    server = start_server(database_url=postgres)
    client, phone = server.client(), server.anonymous()
    link, code = shown(client)
    claim(phone, code)
    decide(client, link)
    jar = {DEVICE_COOKIE: phone.cookies[DEVICE_COOKIE]}
    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(lambda _: enter(server.anonymous(cookies=jar)).status_code, range(8)))
    assert sorted(statuses) == [200, *[409] * 7]
    assert len(client.get("/auth/sessions").json()["sessions"]) == 2


def test_two_minutes(server: "Server") -> None:
    client, phone = server.client(), server.anonymous()
    link, code = shown(client)
    server.clock.move(ALMOST)
    claim(phone, code)
    server.clock.move(ALMOST)
    assert decide(client, link).status_code == 200
    assert enter(phone).json() == {"status": "signed_in"}

    link, code = shown(client)
    server.clock.move(timedelta(minutes=2))
    assert told(claim(phone, code)) == (409, "link_expired")
    assert look(client, link)["status"] == "expired"
    assert told(decide(client, link)) == (409, "link_expired")

    link, code = shown(client)
    claim(phone, code)
    server.clock.move(timedelta(minutes=2))
    assert told(decide(client, link)) == (409, "link_expired")
    assert told(enter(phone)) == (409, "link_expired")

    link, code = shown(client)
    claim(phone, code)
    decide(client, link)
    server.clock.move(timedelta(minutes=2))
    assert told(enter(phone)) == (409, "link_expired")


@pytest.mark.parametrize("allowed_before", [False, True])
def test_refused(server: "Server", allowed_before: bool) -> None:
    client, phone = server.client(), server.anonymous()
    link, code = shown(client)
    claim(phone, code)
    if allowed_before:
        decide(client, link)
    assert decide(client, link, allow=False).json()["status"] == "refused"
    assert told(enter(phone)) == (409, "link_refused")
    assert told(claim(phone, code)) == (409, "link_refused")
    assert told(decide(client, link)) == (409, "link_refused")
    assert COOKIE not in phone.cookies


def test_nobody_is_allowed_before_he_came(server: "Server") -> None:
    client, phone = server.client(), server.anonymous()
    link, code = shown(client)
    assert told(decide(client, link)) == (409, "link_unused")
    assert enter(phone).status_code == 404
    assert decide(client, link, allow=False).json()["status"] == "refused"  # the dialog was closed
    assert told(claim(phone, code)) == (409, "link_refused")


@pytest.mark.parametrize(
    "signed_out",
    [
        lambda client: client.post("/auth/logout"),
        lambda client: client.delete("/auth/sessions"),
        lambda client: client.delete(f"/auth/sessions/{own(client)['id']}"),
    ],
    ids=["logout", "everywhere", "this one"],
)
def test_who_is_signed_out_lets_nobody_in(
    server: "Server", signed_out: Callable[[httpx2.Client], httpx2.Response]
) -> None:
    client, phone = server.client(), server.anonymous()
    link, code = shown(client)
    claim(phone, code)
    decide(client, link)
    assert signed_out(client).status_code == 200
    assert told(enter(phone)) == (409, "link_refused")
    assert COOKIE not in phone.cookies


def test_a_new_link_takes_the_place_of_the_last(server: "Server") -> None:
    client, phone = server.client(), server.anonymous()
    link, code = shown(client)
    shown(client)
    assert told(claim(phone, code)) == (404, "link_unknown")
    assert client.get(f"/auth/devices/{link}").status_code == 404


def test_anothers_link_looks_like_none(server: "Server") -> None:
    client, stranger, phone = server.client(), server.stranger(), server.anonymous()
    link, code = shown(client)
    claim(phone, code)
    assert told(stranger.get(f"/auth/devices/{link}")) == (404, "not_found")
    assert told(decide(stranger, link)) == (404, "not_found")
    shown(stranger)
    assert look(client, link)["status"] == "claimed"


def test_the_session_that_the_device_had_ends(server: "Server") -> None:
    """A new id at every sign-in: whoever knew the old cookie has nothing by it."""
    client, phone = server.client(), server.stranger()
    before = phone.cookies[COOKIE]
    link, code = shown(client)
    claim(phone, code)
    decide(client, link)
    enter(phone)
    assert server.anonymous(cookies={COOKIE: before}).get("/threads").status_code == 401


@pytest.mark.parametrize("path", ["/auth/devices/claim", "/auth/devices/enter"])
def test_no_foreign_page_brings_a_browser_here(server: "Server", path: str) -> None:
    response = server.anonymous().post(path, json={"code": "x"}, headers={"Origin": "https://evil.example"})
    assert told(response) == (403, "forbidden_origin")


def test_the_cookie_goes_nowhere_else(server: "Server") -> None:
    _, code = shown(server.client())
    cookie = claim(server.anonymous(), code).headers["set-cookie"]
    assert re.fullmatch(DEVICE_COOKIE + r"=[\w-]{43}; Path=/auth/devices; Max-Age=120; HttpOnly; SameSite=Lax", cookie)


@pytest.mark.parametrize(
    ("body", "status"),
    [({"code": "x" * 43}, 404), ({"code": ""}, 404), ({}, 422), ({"code": 1}, 422), ({"code": "x", "name": []}, 422)],
)
def test_what_is_no_code(server: "Server", body: Json, status: int) -> None:
    assert server.anonymous().post("/auth/devices/claim", json=body).status_code == status


def test_a_body_of_anybody_has_bounds(server: "Server") -> None:
    anybody = server.anonymous()
    assert told(anybody.post("/auth/devices/claim", content=b"x" * 300_000)) == (413, "too_large")
    assert told(anybody.post("/auth/devices/claim", content=b"{}")) == (415, "unsupported_media_type")
    assert told(anybody.post("/auth/devices/claim", content=b"[]", headers={"Content-Type": "application/json"})) == (
        400, "invalid_request",
    )  # fmt: skip


def test_the_audit_has_it(server: "Server") -> None:
    client, phone, thief = server.client(), server.anonymous(), server.anonymous()
    link, code = shown(client)
    claim(phone, code)
    decide(client, link)
    enter(phone)
    session = own(phone)["id"]
    link, code = shown(client)
    claim(phone, code)
    claim(thief, code, "Thief")
    link, code = shown(client)
    claim(phone, code)
    decide(client, link, allow=False)
    events = [each for each in client.get("/audit").json()["events"] if "device" in each["data"]]
    assert [each["kind"] for each in events] == ["device_refused", "device_refused", "signed_in", "device_allowed"]
    refused, contested, signed_in, allowed = events
    assert signed_in["by"] == session
    assert signed_in["data"]["allowed_by"] == allowed["by"] == own(client)["id"]
    assert refused["data"]["device"] == "Phone"
    assert contested["data"] == {"device": "Phone", "other": "Thief", "why": "two devices used the link"}
