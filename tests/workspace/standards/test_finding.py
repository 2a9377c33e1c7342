"""The servers of an address, before anybody has signed in anywhere."""

import asyncio
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field

import httpx2
import pytest

from sayso.workspace.connected.reaching import MailServer, Reach, ServerRefused
from sayso.workspace.errors import Unavailable
from sayso.workspace.standards import autoconfig, finding
from sayso.workspace.standards.dns import Target
from sayso.workspace.standards.finding import Finder, Suggestion, chosen
from sayso.workspace.standards.presets import PRESETS
from sayso.workspace.standards.servers import Servers, servers_from, to_data

IMAP, SMTP = MailServer("imap.firm.example", 993, "implicit"), MailServer("smtp.firm.example", 465, "implicit")
NOWHERE = Reach()

CONFIG = b"""<?xml version="1.0"?>
<clientConfig version="1.1"><emailProvider id="firm.example">
  <incomingServer type="pop3"><hostname>pop.firm.example</hostname><port>995</port><socketType>SSL</socketType>
    <username>%EMAILADDRESS%</username></incomingServer>
  <incomingServer type="imap"><hostname>imap.firm.example</hostname><port>143</port><socketType>plain</socketType>
    <username>%EMAILADDRESS%</username></incomingServer>
  <incomingServer type="imap"><hostname>imap.%EMAILDOMAIN%</hostname><port>993</port><socketType>SSL</socketType>
    <username>%EMAILLOCALPART%</username></incomingServer>
  <outgoingServer type="smtp"><hostname>smtp.firm.example</hostname><port>465</port><socketType>SSL</socketType>
    <username>%EMAILADDRESS%</username></outgoingServer>
  <calendar type="caldav"><serverURL>https://dav.firm.example/%EMAILADDRESS%/</serverURL></calendar>
  <addressBook type="carddav"><serverURL>http://dav.firm.example/</serverURL></addressBook>
</emailProvider></clientConfig>"""


@dataclass
class Table:
    """DNS, as a table."""

    srv: dict[str, list[Target]] = field(default_factory=dict)
    mx: dict[str, list[str]] = field(default_factory=dict)
    txt: dict[str, list[str]] = field(default_factory=dict)

    async def services(self, name: str) -> list[Target]:
        return self.srv.get(name, [])

    async def exchangers(self, domain: str) -> list[str]:
        return self.mx.get(domain, [])

    async def texts(self, name: str) -> list[str]:
        return self.txt.get(name, [])


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    async def nothing(*_: object) -> bytes:
        return b""

    async def unknown(_: Reach, host: str, port: int) -> list[str]:
        raise Unavailable(f"{host} {port}")

    monkeypatch.setattr(finding, "_fetched", nothing)
    monkeypatch.setattr(Reach, "addresses", unknown)


def found(address: str, dns: Table) -> Suggestion:
    return asyncio.run(Finder(dns).find(address, NOWHERE))


def test_a_known_provider_is_known_by_its_domain_and_tells_where_app_passwords_are_made() -> None:
    suggestion = found("ana@icloud.com", Table())
    assert suggestion.provider == "iCloud"
    assert suggestion.servers.caldav == "https://caldav.icloud.com/"
    assert suggestion.app_passwords.startswith("https://account.apple.com/")
    assert not suggestion.doubtful


def test_an_own_domain_is_known_by_where_its_mail_goes() -> None:
    dns = Table(mx={"firm.example": ["in1-smtp.messagingengine.com", "in2-smtp.messagingengine.com"]})
    assert found("ana@Firm.example", dns).provider == "Fastmail"
    assert found("ana@firm.example", Table(mx={"firm.example": ["notmessagingengine.com"]})).provider == ""


def test_what_a_domain_tells_in_its_autoconfig_is_taken_encrypted_or_not_at_all() -> None:
    servers = autoconfig.parse(CONFIG, "ana@firm.example")
    assert (servers.imap, servers.smtp) == (IMAP, SMTP)
    assert servers.users == {"imap": "ana"}
    assert servers.caldav == "https://dav.firm.example/ana@firm.example/"
    assert servers.carddav == "", "an address without encryption is none"


BOMB = b'<!DOCTYPE a [<!ENTITY b "c">]><clientConfig><emailProvider>&b;</emailProvider></clientConfig>'


@pytest.mark.parametrize("content", [b"", b"<html><body>404", b"\xff\xfe", CONFIG[:300], BOMB])
def test_what_is_no_autoconfig_names_no_servers(content: bytes) -> None:
    assert autoconfig.parse(content, "ana@firm.example") == Servers()


def test_services_in_dns_are_taken_encrypted_ones_first() -> None:
    dns = Table(
        srv={
            "_imaps._tcp.firm.example": [Target("imap.firm.example", 993)],
            "_imap._tcp.firm.example": [Target("old.firm.example", 143)],
            "_submission._tcp.firm.example": [Target("smtp.firm.example", 587)],
            "_caldavs._tcp.firm.example": [Target("dav.firm.example", 8443)],
        },
        txt={"_caldavs._tcp.firm.example": ["v=1", "path=/principals/"]},
    )
    suggestion = found("ana@firm.example", dns)
    assert suggestion.servers.imap == IMAP
    assert suggestion.servers.smtp == MailServer("smtp.firm.example", 587, "starttls")
    assert suggestion.servers.caldav == "https://dav.firm.example:8443/principals/"
    assert suggestion.doubtful == (), "they are the domain's own"


def test_a_server_elsewhere_that_only_dns_names_is_doubtful() -> None:
    """Who can forge DNS would get the password (RFC 6186, 6)."""
    dns = Table(
        srv={
            "_imaps._tcp.firm.example": [Target("imap.evil.test", 993)],
            "_submissions._tcp.firm.example": [Target("imap.fastmail.com", 465)],
            "_caldavs._tcp.firm.example": [Target("xfirm.example", 443)],
        }
    )
    assert found("ana@firm.example", dns).doubtful == ("imap.evil.test", "xfirm.example")


def test_what_the_domain_itself_tells_goes_before_dns(monkeypatch: pytest.MonkeyPatch) -> None:
    async def told(url: str, _: Reach) -> bytes:
        return CONFIG if url.startswith("https://autoconfig.firm.example/") else b""

    monkeypatch.setattr(finding, "_fetched", told)
    dns = Table(srv={"_imaps._tcp.firm.example": [Target("imap.evil.test", 993)]})
    suggestion = found("ana@firm.example", dns)
    assert suggestion.servers.imap == IMAP
    assert suggestion.doubtful == ()


@pytest.mark.parametrize(
    "address",
    [
        "ana",
        "ana@",
        "",
        "ana@" + "x" * 300,
        "ana@ex ample",
        "ana@\ud800",
        "x@[127.0.0.1]",
        "x@exa%00mple.com",
        "x@[::1]",
    ],
)
def test_what_is_no_address_leads_nowhere(address: str) -> None:
    assert found(address, Table()).servers == Servers()


def test_the_directory_learns_of_a_domain_only_where_it_tells_nothing_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    tells = {"own": False}

    async def fetched(url: str, _: Reach) -> bytes:
        asked.append(url)
        own = "firm.example/" in url
        return CONFIG if own is tells["own"] else b""

    monkeypatch.setattr(finding, "_fetched", fetched)
    assert found("ana@firm.example", Table()).servers.imap == IMAP
    assert asked[-1] == "https://autoconfig.thunderbird.net/v1.1/firm.example"
    for own, dns in ((True, Table()), (False, Table(srv={"_imaps._tcp.firm.example": [Target(IMAP.host, 993)]}))):
        asked.clear()
        tells["own"] = own
        assert found("ana@firm.example", dns).servers.imap == IMAP
        assert not any("thunderbird" in url for url in asked)


def test_servers_that_were_named_by_hand_are_used_and_no_others() -> None:
    given = servers_from({"imap": {"host": "imap.gmail.com", "port": 993, "tls": "implicit"}})
    gmail = next(preset for preset in PRESETS if preset.name == "Gmail")
    assert chosen(given, Suggestion(gmail.servers)) == given
    named = servers_from({"smtp": to_data(gmail.servers)["smtp"]})
    assert chosen(named, Suggestion(gmail.servers)).files_sent, "it is the same server, of which this is known"
    unnamed = chosen(Servers(private=True, folders={"sent": "Out"}), Suggestion(gmail.servers))
    assert (unnamed.imap, unnamed.private, unnamed.folders) == (gmail.servers.imap, True, {"sent": "Out"})


def test_every_preset_is_encrypted_and_its_links_are_pages() -> None:
    domains = [domain for preset in PRESETS for domain in preset.domains.split()]
    assert len(domains) == len(set(domains))
    for preset in PRESETS:
        for mail in (preset.servers.imap, preset.servers.smtp):
            assert mail is None or mail.tls != "none"
        for url in (preset.servers.caldav, preset.servers.carddav, preset.app_passwords):
            assert not url or url.startswith("https://")
        assert servers_from(to_data(preset.servers)) == preset.servers


# --- reaching --------------------------------------------------------------------------------------------------------


@pytest.fixture
def port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.fixture(autouse=True)
def _real_names(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, _no_network: None) -> None:
    if "port" in request.fixturenames:
        monkeypatch.undo()


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "[::1]",
        "10.1.2.3",
        "169.254.169.254",
        "0.0.0.0",
        "[fd00::1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "[::ffff:10.0.0.1]",
        "192.0.0.8",
    ],
)
def test_servers_in_the_own_network_are_for_the_operator_only(port: int, host: str) -> None:
    with pytest.raises(ServerRefused, match="own network"):
        asyncio.run(Reach().addresses(host, port))


def test_a_connection_without_encryption_stays_on_this_machine_unless_asked_for(port: int) -> None:
    private = Reach(private=True)
    asyncio.run(private.connect("127.0.0.1", port, "none")).close()
    with pytest.raises(ServerRefused, match="not be encrypted"):
        private.check_plain("mail.example", ["127.0.0.1", "10.0.0.1"])
    Reach(private=True, plain=True).check_plain("mail.example", ["10.0.0.1"])


def test_the_address_that_was_looked_at_is_the_one_that_is_connected_to(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that leads elsewhere the second time leads nowhere (DNS rebinding)."""
    asked: list[str] = []

    async def answers(_: Reach, host: str, __: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"]

    monkeypatch.setattr(Reach, "addresses", answers)

    async def run() -> str:
        async with Reach(private=True).http(5) as client:
            with pytest.raises(httpx2.HTTPError):
                await client.get(f"http://only-once.example:{port}/", timeout=0.2)
        (await Reach(private=True).connect("only-once.example", port, "implicit")).close()
        return ",".join(asked)

    assert asyncio.run(run()) == "only-once.example,only-once.example"


def test_a_server_that_does_not_answer_is_unavailable(port: int) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closing:
        gone = closing.getsockname()[1]
    with pytest.raises(Unavailable, match="does not answer"):
        asyncio.run(Reach(private=True).connect("127.0.0.1", gone, "implicit"))
