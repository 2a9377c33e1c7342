"""`sayso connect`: the accounts of whoever is signed in, as the page has them."""

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.http.test_contract import ask, confirm
from tests.kit.far.connectors import ByConsent, ByPassword
from typer.testing import CliRunner

from sayso.cli import connect
from sayso.cli.commands import app
from sayso.cli.connect import ROLES, NotDone, mail_server, servers_of
from sayso.http.schemas import Folders

if TYPE_CHECKING:
    from tests.conftest import Server, StartServer

ANA, SECRET = "ana@far.example", "canary-of-a-password"


async def nobody(_: str) -> bool:
    return False


@pytest.fixture
def far() -> ByPassword:
    return ByPassword(passwords={ANA: SECRET})


@pytest.fixture
def server(start_server: "StartServer", far: ByPassword) -> "Server":
    issuer = {"issuer": "https://acme.example", "client_id": "sayso", "label": "Acme"}
    return start_server(connectors=[far, ByConsent(nobody, provider="acme")], oidc={"acme": issuer})


class Command:
    """The command, signed in by a link the first time and by what it kept then."""

    def __init__(self, server: "Server") -> None:
        self.server, self._signed_in = server, False

    def __call__(self, *arguments: str, typed: str = "", code: int = 0) -> str:
        link = [] if self._signed_in else ["--link", self.server.link()]
        self._signed_in = True
        ended = CliRunner().invoke(app, ["connect", "--url", self.server.url, *link, *arguments], input=typed)
        assert ended.exit_code == code, ended.output
        return ended.output


@pytest.fixture
def sayso(server: "Server", tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return Command(server)


def account_of(told: str) -> str:
    found = re.search(r"acc_\w+", told)
    assert found, told
    return found.group()


def test_listed_connected_changed_and_removed(sayso: Command, far: ByPassword) -> None:
    told = sayso()
    assert "local  Sample data, On this server: calendar, tasks, mail, contacts" in told
    assert "local (On this server, at once), far (Far away, by a password), consent (Far by consent, in a brow" in told

    told = sayso("add", "far", "--address", ANA, "--imap", "imap.far.example:993", typed=f"{SECRET}\n")
    assert SECRET not in told
    account = account_of(told)
    assert f"{account}  {ANA}, Far away: calendar, tasks, mail, contacts" in told
    assert "smtp: The server for sending does not answer." in told
    assert far.given[0].servers == {"imap": {"host": "imap.far.example", "port": 993, "tls": "implicit"}}

    told = sayso("change", account, "--label", "Work", "--serves", "mail,calendar", "--default-for", "mail")
    assert f"{account}  Work, {ANA}, Far away: calendar, mail" in told
    assert "Nothing was removed." in sayso("remove", account, typed="n\n", code=1)
    assert "Removed." in sayso("remove", account, typed="y\n")
    assert account not in sayso()


def test_what_does_not_work_is_one_sentence(sayso: Command) -> None:
    assert "! The far system does not accept this password." in sayso(
        "add", "far", "--address", ANA, typed="wrong\n", code=1
    )
    assert "No accounts of the kind google can be connected here. There are: local, far" in sayso(
        "add", "google", code=1
    )
    assert "There is no account acc_x. There are: local." in sayso("remove", "acc_x", code=1)
    assert "is no mail server" in sayso("add", "far", "--smtp", "nowhere", code=1)
    assert "Say what to change: --label, --serves or --default-for." in sayso("change", "local", code=1)


def test_an_account_that_has_to_be_connected_again(sayso: Command, server: "Server", far: ByPassword) -> None:
    account = account_of(sayso("add", "far", "--address", ANA, typed=f"{SECRET}\n"))
    far.passwords[ANA] = "another"
    server.client().get("/workspace/today")
    told = sayso()
    assert f"It has to be connected again: sayso connect add far --again {account}" in told
    assert "sign_in: It does not accept the sign-in any more." in told
    assert account in sayso("add", "far", "--again", account, "--address", ANA, typed="another\n")
    assert "connected again" not in sayso()


def test_the_embedded_one_with_data_of_ones_own(sayso: Command, server: "Server") -> None:
    client = server.client()
    confirm(client, ask(client, "Add a task to call the bank")["thread_id"])
    assert "take it along first" in sayso("remove", "local", "--yes", code=1)
    assert "Removed." in sayso("remove", "local", "--yes", "--delete-data")
    assert "No account is connected." in sayso()
    assert "local  On this server: calendar" in sayso("add", "local")


def test_a_password_that_is_typed_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("getpass.getpass", lambda prompt: f"{prompt}{SECRET}")
    assert connect._password("Password: ") == f"Password: {SECRET}"


def test_consent_is_given_in_a_browser(sayso: Command, server: "Server", monkeypatch: pytest.MonkeyPatch) -> None:
    """In one that is signed in as the same user: the command's own link signs it in on the way."""
    link = server.link()
    monkeypatch.setattr("sayso.cli.connect.login_link", lambda: link)
    told = sayso("add", "consent", "--serves", "mail")
    [address] = re.findall(rf"{server.url}\S+", told)
    assert address == f"{link}&redirect=%2Faccounts%2Fconsent%2Fconnect%3Fserves%3Dmail"
    browser = server.anonymous()
    step = browser.get(address)
    while step.status_code in (302, 303) and "/connect" not in step.headers["location"]:
        step = browser.get(step.headers["location"])
    assert step.headers["location"] == "/accounts/consent/connect?serves=mail"
    assert browser.get("/auth/session").status_code == 200

    monkeypatch.setattr("sayso.cli.connect.login_link", lambda: None)
    assert f"{server.url}/accounts/consent/connect\n" in sayso("add", "consent")


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("imap.far.example:993", ("imap.far.example", 993, "implicit")),
        ("smtp.far.example:587:starttls", ("smtp.far.example", 587, "starttls")),
        ("127.0.0.1:143:none", ("127.0.0.1", 143, "none")),
        ("[::1]:993", ("[::1]", 993, "implicit")),
    ],
)
def test_mail_servers(text: str, read: tuple[str, int, str]) -> None:
    assert tuple(mail_server(text).values()) == read


@pytest.mark.parametrize("text", ["", "host", "host:", ":993", "host:port", "host:993:tls"])
def test_what_is_no_mail_server(text: str) -> None:
    with pytest.raises(NotDone):
        mail_server(text)


def test_folders_are_named_by_their_use() -> None:
    servers = servers_of(None, None, "mail.example:993", None, ["sent=Gesendete Objekte", " trash = INBOX/Papierkorb"])
    assert servers is not None
    assert servers["folders"] == {"sent": "Gesendete Objekte", "trash": "INBOX/Papierkorb"}
    assert servers_of(None, None, None, None, []) is None
    assert {*ROLES} == {*Folders.model_fields}


@pytest.mark.parametrize("text", ["sent", "sent=", "=Sent", "inbox=Eingang", "outbox=Sent"])
def test_what_names_no_folder(text: str) -> None:
    with pytest.raises(NotDone, match="of sent, drafts, trash, archive, junk"):
        servers_of(None, None, None, None, [text])
