"""A mailbox that the access tokens of an OpenID Connect issuer open (XOAUTH2), connected by its user's consent."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import httpx2
import pytest
from tests.http.test_accounts import listed, today
from tests.http.test_contract import ask, confirm
from tests.kit.issuer import CLIENT_ID, SECRET, Issuer, callback, issuer_in_thread
from tests.kit.rigs.certificates import Certificate, make_certificate
from tests.kit.rigs.dovecot import dovecot
from tests.kit.rigs.imap import ImapRig
from tests.kit.rigs.smtp import BOB, Smtp, serving_smtp

from sayso.base.clock import SystemClock
from sayso.workspace.connected.reaching import MailServer, Reach
from sayso.workspace.standards.connector import StandardsByConsent
from sayso.workspace.standards.finding import Suggestion
from sayso.workspace.standards.servers import Servers

if TYPE_CHECKING:
    from tests.conftest import Server, StartServer

ANA: dict[str, Any] = {"sub": "ana", "email": "ana@example.test", "email_verified": True, "name": "Ana"}
PAGE = {"Accept": "text/html"}


@dataclass
class Known:
    """A finder that knows the servers."""

    servers: Servers

    async def find(self, address: str, reach: Reach) -> Suggestion:
        return Suggestion(self.servers)


@dataclass
class Site:
    server: "Server"
    issuer: Issuer
    box: ImapRig
    smtp: Smtp

    def grants(self, access: str) -> None:
        self.issuer.token = {"access_token": access, "refresh_token": "rt-1", "scope": "openid email mail"}
        self.issuer.refresh_tokens = {"rt-1"}

    def connect(self, client: httpx2.Client) -> str:
        begun = client.get("/accounts/mail-acme/connect", headers=PAGE)
        assert begun.status_code == 302, begun.text
        back = self.issuer.grant(begun.headers["location"], **ANA)
        return str(client.get(callback("", "acme", back), headers=PAGE).headers["location"])


@pytest.fixture
def site(start_server: "StartServer", tmp_path: Path) -> Iterator[Site]:
    certificate: Certificate = make_certificate(tmp_path)
    with (
        issuer_in_thread() as issuer,
        dovecot(certificate, f"{issuer.url}/userinfo") as box,
        serving_smtp(Smtp(bearer="at-1", starttls=certificate)) as smtp,
    ):
        issuer.person = ANA
        imap = MailServer("localhost", box.tls_port, "implicit")
        servers = Servers(imap=imap, smtp=MailServer("localhost", smtp.port, "starttls"))
        reach = Reach(tls=certificate.client())
        finder: Any = Known(servers)
        kind = StandardsByConsent("acme", "Acme", ["mail"], finder, SystemClock(), ZoneInfo("UTC"), monotonic, reach)
        told = {"issuer": issuer.url, "client_id": CLIENT_ID, "client_secret": SECRET, "label": "Acme"}
        server = start_server(connectors=[kind], oidc={"acme": told}, allowed_users=["@example.test"])
        yield Site(server, issuer, box, smtp)


def test_a_token_reads_and_sends(site: Site) -> None:
    client = site.server.client()
    site.grants("at-1")
    assert site.connect(client) == "/#/connections"
    [account] = [each for each in listed(client).values() if each["kind"] == "mail-acme"]
    assert (account["serves"], account["address"]) == (["mail"], "ana@example.test")
    assert [check for check in account["checks"] if not check["works"]] == []
    asked = ask(client, f"send {BOB} a mail about Budget saying hello")
    [result] = confirm(client, asked["thread_id"]).json()["results"].values()
    assert result["status"] == "succeeded", result
    assert len(site.smtp.deliveries) == 1
    assert today(client)["errors"] == {}


def test_a_token_that_is_not_taken_connects_nothing(site: Site) -> None:
    client = site.server.client()
    site.grants("at-2")
    site.issuer.person = ANA
    assert site.connect(client).startswith("/#/connections/")
    assert [each["kind"] for each in listed(client).values()] == ["local"]
