"""One account over real servers, as far as `Standards` puts it together."""

import asyncio
import re
from base64 import b64encode
from collections.abc import Iterator
from email import message_from_bytes
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import httpx2
import pytest
from tests.conftest import NOW
from tests.http.test_accounts import listed, today
from tests.http.test_contract import ask, confirm
from tests.kit.rigs.office import Office, fresh, office
from tests.kit.rigs.smtp import BOB
from tests.workspace.standards.test_finding import Table

from sayso import desk
from sayso.base.clock import FixedClock, SystemClock, parse_instant
from sayso.workspace.standards.connector import Standards
from sayso.workspace.standards.finding import Finder

if TYPE_CHECKING:
    from tests.conftest import StartServer


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with office("radicale", tmp_path_factory.mktemp("office")) as made:
        yield made


@pytest.fixture
def kind() -> Standards:
    return Standards(Finder(Table(), ""), SystemClock(), ZoneInfo("America/New_York"), monotonic)


@pytest.fixture
def client(start_server: "StartServer", kind: Standards) -> httpx2.Client:
    client: httpx2.Client = start_server(connectors=[kind]).client()
    return client


def connect(client: httpx2.Client, wish: dict[str, Any]) -> dict[str, Any]:
    answer = client.post("/accounts", json=wish)
    assert answer.status_code == 201, answer.text
    account: dict[str, Any] = answer.json()
    return account


def test_what_does_not_work_is_told_and_the_rest_is_connected(place: Office, client: httpx2.Client) -> None:
    wish = place.wish(place.person())
    wish["servers"]["smtp"]["port"] = 1
    account = connect(client, wish)
    checks = {check["name"]: check for check in account["checks"]}
    assert [name for name, check in checks.items() if not check["works"]] == ["contacts", "smtp"]
    assert checks["smtp"]["message"] == "127.0.0.1 does not answer at port 1."
    assert account["serves"] == ["calendar", "tasks", "mail"]


def test_nobody_gets_a_mail_from_you(place: Office, client: httpx2.Client) -> None:
    address = place.person()
    connect(client, place.wish(address))
    for word in ("send", "invite"):
        title = fresh("Budget")
        asked = ask(client, f"send {BOB} a mail about {title} saying hello" if word == "send" else
                    f"create a meeting titled '{title}' tomorrow at noon with {BOB}")  # fmt: skip
        assert confirm(client, asked["thread_id"]).json()["status"] == "completed"
        [mail] = [each.content for each in place.smtp.deliveries if title in str(message_from_bytes(each.content))]
        assert message_from_bytes(mail)["From"] == address
        assert place.told("ORGANIZER;CN=") == 0
    assert place.told(f"ORGANIZER:mailto:{address}")


def test_a_mailbox_that_nothing_sends_from_drafts_and_says_so(place: Office, client: httpx2.Client) -> None:
    address = place.person()
    wish = place.wish(address)
    del wish["servers"]["smtp"], wish["servers"]["caldav"], wish["servers"]["carddav"]
    assert connect(client, wish)["serves"] == ["mail"]
    asked = ask(client, f"send {BOB} a mail about Budget saying hello")
    assert asked["plan"] is None
    assert "can only be read" in asked["response"]
    drafted = ask(client, f"draft a mail to {BOB} about Budget saying hello")
    assert confirm(client, drafted["thread_id"]).json()["status"] == "completed"
    assert place.subjects(address, "Drafts") == ["Budget"]


def test_folders_of_special_use_are_those_that_are_named(place: Office, client: httpx2.Client) -> None:
    address, subject = place.person(), fresh("Budget")
    wish = place.wish(address)
    wish["servers"]["folders"] = {"sent": "Postausgang"}
    checks = {check["name"]: check for check in connect(client, wish)["checks"]}
    assert not checks["imap"]["works"]
    assert checks["imap"]["message"] == "The folder for sent is 'Sent' there, and none is called 'Postausgang'."
    with place.box.other(address) as other:
        other.client.create_folder("Postausgang")
    assert "mail" in connect(client, wish)["serves"]
    asked = ask(client, f"send {BOB} a mail about {subject} saying hello")
    assert confirm(client, asked["thread_id"]).json()["status"] == "completed"
    assert place.subjects(address, "Postausgang") == [subject]


def test_what_failed_once_is_back_when_it_works_again_and_what_was_switched_off_stays_so(
    place: Office, client: httpx2.Client
) -> None:
    wish = place.wish(place.person())
    broken = {**wish, "servers": {**wish["servers"], "imap": {"host": "127.0.0.1", "port": 1, "tls": "none"}}}
    assert connect(client, broken)["serves"] == ["calendar", "tasks"]
    account = connect(client, wish)
    assert account["serves"] == ["calendar", "tasks", "mail"]
    assert connect(client, broken)["serves"] == ["calendar", "tasks", "mail"], "it fails only today"
    client.patch(f"/accounts/{account['id']}", json={"serves": ["calendar", "mail"]}).raise_for_status()
    assert connect(client, wish)["serves"] == ["calendar", "mail"]


def test_nothing_in_the_clear_to_another_machine_unless_asked_for_twice(client: httpx2.Client) -> None:
    imap = {"host": "192.0.2.1", "port": 143, "tls": "none"}
    servers = {"imap": imap, "folders": {"sent": "Out"}}
    wish = {"kind": "standards", "address": "a@example.test", "password": "secret", "servers": servers}
    refused = client.post("/accounts", json=wish)
    assert refused.status_code == 422
    assert "would not be encrypted" in refused.json()["message"]
    assert refused.json()["details"]["servers"] == servers


def test_others_than_the_operator_reach_no_server_in_the_own_network(
    place: Office, start_server: "StartServer", kind: Standards
) -> None:
    stranger = start_server(connectors=[kind]).stranger()
    refused = stranger.post("/accounts", json=place.wish(place.person()))
    assert refused.status_code == 422
    assert "own network" in refused.json()["message"]
    assert all("own network" in check["message"] for check in refused.json()["details"]["checks"])


def test_where_servers_are_named_nobody_is_asked_for_others(
    place: Office, start_server: "StartServer", monkeypatch: pytest.MonkeyPatch
) -> None:
    async def asked(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr(Finder, "find", asked)
    kind = Standards(Finder(Table()), SystemClock(), ZoneInfo("UTC"), monotonic)
    connect(start_server(connectors=[kind]).client(), place.wish(place.person()))


def test_an_address_that_leads_nowhere_says_what_to_do(client: httpx2.Client) -> None:
    wish = {"kind": "standards", "address": "ana@nowhere.invalid", "password": "secret"}
    refused = client.post("/accounts", json=wish)
    assert refused.status_code == 422
    assert refused.json()["message"].startswith("No servers were found for ana@nowhere.invalid; name them yourself")
    told = client.get("/accounts/standards/servers", params={"address": "ana@gmail.com"}).json()
    assert (told["provider"], told["servers"]["imap"]["host"]) == ("Gmail", "imap.gmail.com")
    assert client.get("/accounts/local/servers", params={"address": "ana@gmail.com"}).status_code == 404


def test_what_comes_into_the_mailbox_is_news(
    place: Office, client: httpx2.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = place.person()
    connect(client, place.wish(address))
    assert today(client)["news"]
    monkeypatch.setattr(desk, "WATCH_SECONDS", 0.1)
    assert client.get("/workspace/changes", timeout=60).json() == {"changed": False}
    with place.box.other(address) as other:
        other.put(f"From: bob@example.test\nTo: {address}\nSubject: Hi\nMessage-ID: <1@x>\n\nHello".encode())
    assert client.get("/workspace/changes", timeout=60).json() == {"changed": True}
    assert [each["subject"] for each in today(client)["mail"]] == ["Hi"]


def test_events_say_which_calendar_they_are_in(place: Office, client: httpx2.Client) -> None:
    connect(client, place.wish(place.person()))
    asked = ask(client, "Schedule a walk tomorrow at 8am")
    assert confirm(client, asked["thread_id"]).json()["status"] == "completed"
    assert [event["calendar"] for event in today(client)["events"]] == ["Work"]
    assert [each["state"] for each in listed(client).values()] == ["connected", "connected"]


def test_what_files_it_reads_survive(place: Office, client: httpx2.Client, tmp_path: Path) -> None:
    """An attachment goes from a mail of theirs into one of ours."""
    address = place.person()
    connect(client, place.wish(address))
    mail = (
        f"From: Bob <bob@example.test>\nTo: {address}\nSubject: Plan\nMessage-ID: <2@x>\nMIME-Version: 1.0\n"
        "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\nHere.\n"
        '--b\nContent-Type: application/pdf; name="Plän.pdf"\nContent-Disposition: attachment\n'
        "Content-Transfer-Encoding: base64\n\nJVBERi0=\n--b--\n"
    )
    with place.box.other(address) as other:
        other.put(mail.encode())
    asked = ask(client, f"forward the mail about Plan to {BOB}")
    assert asked["plan"], asked
    assert confirm(client, asked["thread_id"]).json()["status"] == "completed"
    assert b"JVBERi0=" in place.smtp.deliveries[-1].content


def test_an_invitation_in_the_mailbox_is_on_the_calendar_and_answered_once(
    place: Office, client: httpx2.Client
) -> None:
    address, talk = place.person(), fresh("Talk")
    connect(client, place.wish(address))
    client.delete("/accounts/local").raise_for_status()
    lines = (
        "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Far//EN", "METHOD:REQUEST", "BEGIN:VEVENT", f"UID:{talk}",
        "DTSTAMP:20260301T100000Z", "DTSTART:20260305T150000Z", "DTEND:20260305T160000Z", f"SUMMARY:{talk}",
        "ORGANIZER;CN=Bob:mailto:bob@example.test", f"ATTENDEE;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:{address}",
        "SEQUENCE:0", "END:VEVENT", "END:VCALENDAR",
    )  # fmt: skip
    coded = b64encode("\r\n".join((*lines, "")).encode()).decode()
    mail = (
        f"From: Bob <bob@example.test>\nTo: {address}\nSubject: Invitation: {talk}\nMessage-ID: <{talk}@x>\n"
        "MIME-Version: 1.0\nContent-Type: multipart/alternative; boundary=b\n\n--b\nContent-Type: text/plain\n\nCome.\n"
        "--b\nContent-Type: text/calendar; charset=UTF-8; method=REQUEST\n"
        f"Content-Transfer-Encoding: base64\n\n{coded}\n--b--\n"
    )
    with place.box.other(address) as other:
        other.put(mail.encode())

    looked = ask(client, "what is on my calendar on March 5th?")
    assert talk in looked["response"]
    assert place.events(address)[talk] == 0
    asked = ask(client, f"accept the invitation to {talk}")
    assert asked["plan"], asked
    assert confirm(client, asked["thread_id"]).json()["status"] == "completed"
    assert place.events(address)[talk] == 1
    [stored] = [text for text in place.stored(address) if f"SUMMARY:{talk}" in text]
    [attendee] = re.findall("^ATTENDEE.*", stored, re.MULTILINE)
    assert "PARTSTAT=ACCEPTED" in attendee
    replies = [each for each in place.smtp.deliveries if f"UID:{talk}" in calendar_in(each.content)]
    [reply] = replies
    assert reply.recipients == ("bob@example.test",)
    assert "METHOD:REPLY" in calendar_in(reply.content)
    assert "PARTSTAT=ACCEPTED" in calendar_in(reply.content)
    assert ask(client, "what is on my calendar on March 5th?")["response"].count(talk) == 1


def calendar_in(mail: bytes) -> str:
    found = (part for part in message_from_bytes(mail).walk() if part.get_content_type() == "text/calendar")
    payloads = [part.get_payload(decode=True) for part in found]
    return "".join(each.decode() for each in payloads if isinstance(each, bytes)).replace("\r\n ", "")


def test_a_task_that_repeats_is_ticked_off_and_comes_again(place: Office, start_server: "StartServer") -> None:
    address, title = place.person(), fresh("Water")
    due = ["DUE;TZID=America/New_York:20260302T180000", "RRULE:FREQ=WEEKLY"]
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "BEGIN:VTODO", f"UID:{title}", f"SUMMARY:{title}", *due]
    content = "".join(f"{line}\r\n" for line in (*lines, "DTSTAMP:20260101T000000Z", "END:VTODO", "END:VCALENDAR"))
    url = f"{place.collections[address]}t.ics"
    asyncio.run(place.dav.using(lambda dav: dav.put(url, content.encode(), "text/calendar"), address))
    clock = FixedClock(parse_instant(NOW))
    client = start_server(connectors=[Standards(Finder(Table()), clock, ZoneInfo("UTC"), monotonic)]).client()
    connect(client, place.wish(address))
    asked = ask(client, f"mark {title} as done")
    [card] = asked["plan"]["actions"]
    assert (
        card["preview"]
        == f"Mark task '{title}' as done (due Mon 2 March 2026, 6:00 PM); next: Mon 9 March 2026, 6:00 PM"
    )
    told = confirm(client, asked["thread_id"]).json()
    assert told["status"] == "completed"
    assert f"Marked '{title}' as done; next: Mon 9 March 2026, 6:00 PM." in told["response"]
    assert "DUE;TZID=America/New_York:20260309T180000" in str(place.stored(address))
    assert [each["due"] for each in today(client)["tasks"] if each["title"] == title] == ["2026-03-09T18:00:00-04:00"]
