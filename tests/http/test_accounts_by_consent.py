"""Accounts that a provider grants: asked for by the user himself, renewed, and given back."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from tests.http.test_accounts import audited, do, listed, refused, today
from tests.http.test_contract import ask, confirm
from tests.kit.far.connectors import ByConsent
from tests.kit.issuer import CLIENT_ID, SECRET, Issuer, callback, issuer_in_thread, send

if TYPE_CHECKING:
    from tests.conftest import Server, StartServer

PAGE = {"Accept": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8", "User-Agent": "Mozilla/5.0"}
ANA: dict[str, Any] = {"sub": "ana", "email": "ana@example.com", "email_verified": True, "name": "Ana"}
BOB: dict[str, Any] = {"sub": "bob", "email": "bob@example.com", "email_verified": True, "name": "Bob"}
BOTH = "openid email profile far.calendar far.mail"
RECONNECT = "Reconnect your account ana@example.com in Connections: its access was revoked."


@dataclass
class Site:
    """A server with an issuer, which grants far accounts; `live` are the access tokens that these take."""

    server: "Server"
    issuer: Issuer
    far: ByConsent
    live: set[str]

    def begin(self, client: httpx2.Client, **query: str) -> str:
        response = client.get("/accounts/consent/connect", params=query, headers=PAGE)
        assert response.status_code == 302, (response.status_code, response.headers, response.text)
        return str(response.headers["location"])

    def connect(self, client: httpx2.Client, person: Any = ANA, scope: str = BOTH, **query: str) -> httpx2.Response:
        self.grants("at-1", "rt-1", scope)
        back = self.issuer.grant(self.begin(client, **query), **person)
        return client.get(callback("", "acme", back), headers=PAGE)

    def connected(self, client: httpx2.Client, **query: str) -> str:
        """The id of the account that was connected."""
        response = self.connect(client, scope=query.pop("scope", BOTH), **query)
        assert response.headers["location"] == "/#/connections", response.headers
        [account] = [each["id"] for each in listed(client).values() if each["kind"] == "consent"]
        return str(account)

    def grants(self, access: str, refresh: str | None, scope: str = BOTH) -> None:
        """What the token endpoint gives from now on."""
        self.issuer.token = {"access_token": access, "refresh_token": refresh, "scope": scope}
        self.issuer.refresh_tokens = {refresh} if refresh else set()


@pytest.fixture
def site(start_server: "StartServer") -> Iterator[Site]:
    with issuer_in_thread() as issuer:
        live = {"at-1"}

        async def accepts(token: str) -> bool:
            return token in live

        far = ByConsent(accepts, provider="acme")
        client = {"issuer": issuer.url, "client_id": CLIENT_ID, "client_secret": SECRET, "label": "Acme"}
        server = start_server(connectors=[far], oidc={"acme": client}, allowed_users=["@example.com"])
        yield Site(server, issuer, far, live)


@pytest.fixture
def client(site: Site) -> httpx2.Client:
    return site.server.client()


def ended(response: httpx2.Response) -> str:
    """Why a browser was sent to the page of connections."""
    assert response.status_code == 303, (response.status_code, response.text)
    return str(response.headers["location"].removeprefix("/#/connections/"))


def accounts(client: httpx2.Client) -> list[str]:
    return [each["kind"] for each in listed(client).values()]


# --- asked for -------------------------------------------------------------------------------------------------------


def test_connected_by_the_users_consent(site: Site, client: httpx2.Client) -> None:
    account = site.connected(client)
    assert {name: listed(client)[account][name] for name in ("address", "label", "serves", "state")} == {
        "address": "ana@example.com", "label": "ana@example.com", "serves": ["calendar", "mail"], "state": "connected",
    }  # fmt: skip
    assert do(client, "Schedule a walk tomorrow at 8am")["status"] == "completed"
    assert (len(site.far.far.effects), set(site.far.used)) == (1, {"at-1"})
    [kind, row] = audited(site.server)[0]
    assert (kind, row.data["account"], row.via) == ("account_connected", account, "web")


def test_what_is_asked_for_is_what_the_parts_need(site: Site, client: httpx2.Client) -> None:
    query = parse_qs(urlsplit(site.begin(client, serves="mail")).query)
    assert query["scope"] == ["openid email profile far.mail"]
    assert query["prompt"] == ["consent"]
    query = parse_qs(urlsplit(site.begin(client)).query)
    assert query["scope"] == ["openid email profile far.calendar far.mail"]
    assert refused(client.get("/accounts/consent/connect?serves=tasks")) == (422, "validation_error")
    assert refused(client.get("/accounts/consent/connect?serves=post")) == (422, "validation_error")


def test_more_is_granted_later(site: Site, client: httpx2.Client) -> None:
    """The account goes on to serve what it did, whatever is asked for; of what was not granted there is nothing."""
    account = site.connected(client, serves="mail", scope="openid far.mail")
    assert listed(client)[account]["serves"] == ["mail"]
    assert refused(client.patch(f"/accounts/{account}", json={"serves": ["calendar"]})) == (422, "validation_error")
    query = parse_qs(urlsplit(site.begin(client, account=account, serves="calendar")).query)
    assert query["scope"] == ["openid email profile far.calendar far.mail"]
    assert query["login_hint"] == ["ana@example.com"]
    assert site.connected(client, account=account, serves="calendar") == account
    assert listed(client)[account]["serves"] == ["calendar", "mail"]
    assert site.connected(client, scope="openid far.mail") == account
    assert listed(client)[account]["serves"] == ["mail"]


def test_signing_in_connects_nothing(site: Site) -> None:
    """And connecting signs nobody in."""
    site.grants("at-1", "rt-1")
    client = site.server.anonymous()
    begun = client.get("/auth/acme/login", headers=PAGE)
    back = site.issuer.grant(str(begun.headers["location"]), **ANA)
    assert client.get(callback("", "acme", back), headers=PAGE).status_code == 302
    assert "far." not in str(begun.headers["location"])
    assert accounts(client) == ["local"]

    before = client.cookies["session_id"]
    assert site.connect(client, BOB).headers["location"] == "/#/connections"
    assert client.cookies["session_id"] == before
    assert client.get("/auth/session").json()["user"]["email"] == "ana@example.com"
    assert accounts(client) == ["local", "consent"]


def test_a_client_gets_the_address_as_json(site: Site, client: httpx2.Client) -> None:
    response = client.get("/accounts/consent/connect", headers={"Accept": "application/json"})
    assert response.status_code == 200
    assert response.json()["authorization_url"].startswith(f"{site.issuer.url}/authorize?")
    assert client.head("/accounts/consent/connect").status_code == 204
    response = client.post("/accounts", json={"kind": "consent", "password": "x"})
    assert refused(response) == (422, "validation_error")
    assert "/accounts/consent/connect" in response.json()["message"]


def test_it_ends_where_the_user_wanted(site: Site, client: httpx2.Client) -> None:
    assert site.connect(client, redirect="/#/today").headers["location"] == "/#/today"
    for target in ("https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"):
        assert refused(client.get("/accounts/consent/connect", params={"redirect": target})) == (
            422,
            "validation_error",
        )


# --- by nobody else --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("site_of", ["cross-site", "same-site"])
def test_no_page_elsewhere_can_begin_it(site: Site, client: httpx2.Client, site_of: str) -> None:
    headers = {"Sec-Fetch-Site": site_of}
    assert refused(client.get("/accounts/consent/connect", headers=headers)) == (403, "forbidden_origin")
    assert ended(client.get("/accounts/consent/connect", headers=PAGE | headers)) == "begin_here"
    for own in ("same-origin", "none"):
        response = client.get("/accounts/consent/connect", headers=PAGE | {"Sec-Fetch-Site": own})
        assert response.status_code == 302


def test_who_is_not_signed_in_connects_nothing(site: Site) -> None:
    client = site.server.anonymous()
    assert refused(client.get("/accounts/consent/connect")) == (401, "not_authenticated")
    assert ended(client.get("/accounts/consent/connect", headers=PAGE)) == "no_session"


def test_a_callback_is_worth_nothing_in_another_browser_or_session(site: Site, client: httpx2.Client) -> None:
    """Else somebody's account would be connected for another, who then writes his mail into it."""
    site.grants("at-1", "rt-1")
    stranger = site.server.stranger("mallory")
    back = site.issuer.grant(site.begin(stranger), **BOB)
    path = callback("", "acme", back)
    assert ended(client.get(path, headers=PAGE)) == "not_this_browser"
    client.cookies.update(stranger.cookies)  # even with what his browser keeps of the flow
    own = site.server.client()
    for name, value in stranger.cookies.items():
        if name != "session_id":
            own.cookies.set(name, value)
    assert ended(own.get(path, headers=PAGE)) == "not_this_browser"
    assert accounts(own) == ["local"]
    assert site.issuer.count("/token") == 0
    assert stranger.get(path, headers=PAGE).headers["location"] == "/#/connections"
    assert ended(stranger.get(path, headers=PAGE)) != ""


def test_what_the_user_declines_is_told_on_the_page(site: Site, client: httpx2.Client) -> None:
    query = parse_qs(urlsplit(site.begin(client)).query)
    back = {"state": query["state"][0], "error": "access_denied", "iss": site.issuer.url}
    assert ended(client.get(callback("", "acme", back), headers=PAGE)) == "declined"
    query = parse_qs(urlsplit(site.begin(client)).query)
    back["state"] = query["state"][0]
    response = client.get(callback("", "acme", back))
    assert (response.status_code, response.json()["details"]) == (401, {"reason": "declined", "purpose": "connect"})


def test_what_does_not_work_is_told_on_the_page(site: Site, client: httpx2.Client) -> None:
    site.live.clear()
    assert ended(site.connect(client)) == "cannot_connect"
    site.live.add("at-1")
    assert ended(site.connect(client, scope="openid")) == "cannot_connect"
    account = site.connected(client)
    assert ended(site.connect(client, BOB, account=account)) == "another_account"
    response = client.get("/accounts/consent/connect?account=acc_x", headers=PAGE)
    assert ended(response) == "not_found"
    site.issuer.answers["/token"] = lambda handler: send(handler, 500, b"{}")
    assert ended(site.connect(client)).startswith("provider_")
    assert accounts(client) == ["local", "consent"]


# --- renewed ---------------------------------------------------------------------------------------------------------


def test_a_token_that_is_refused_is_renewed_once(site: Site, client: httpx2.Client) -> None:
    site.connected(client)
    site.live.clear()
    site.live.add("at-2")
    site.grants("at-2", "rt-2")
    site.issuer.refresh_tokens = {"rt-1"}
    assert today(client)["errors"] == {}
    assert site.issuer.count("/token") == 2
    assert today(client)["errors"] == {}
    assert site.issuer.count("/token") == 2


def test_a_grant_that_was_revoked(site: Site, client: httpx2.Client) -> None:
    """It is told, never tried again, and a plan that needed it fails with that sentence."""
    do(client, "Schedule a nap tomorrow at 2pm")
    account = site.connected(client)
    waits = ask(client, "Schedule a walk tomorrow at 8am")
    site.live.clear()
    site.issuer.refresh_tokens = set()
    [result] = confirm(client, waits["thread_id"]).json()["results"].values()
    assert (result["status"], result["error"]) == ("failed", RECONNECT)
    assert site.far.far.effects == []
    assert listed(client)[account]["state"] == "reconnect_needed"
    asked = site.issuer.count("/token")
    for _ in range(3):
        body = today(client)
        assert (bool(body["events"]), body["errors"]["events"]) == (
            True,
            f"ana@example.com could not be read. {RECONNECT}",
        )
    assert site.issuer.count("/token") == asked == 2
    assert [kind for kind, _ in audited(site.server)] == ["account_connected", "reconnect_needed"]
    site.live.add("at-1")
    assert site.connected(client, account=account) == account
    assert today(client)["errors"] == {}


def test_a_system_that_takes_no_token_is_not_asked_for_ever(site: Site, client: httpx2.Client) -> None:
    account = site.connected(client)
    site.live.clear()
    assert "events" in today(client)["errors"]
    used = len(site.far.used)
    today(client)
    assert len(site.far.used) == used
    assert listed(client)[account]["state"] == "reconnect_needed"


# --- given back ------------------------------------------------------------------------------------------------------


def test_removing_it_revokes_what_was_granted(site: Site, client: httpx2.Client) -> None:
    account = site.connected(client)
    assert client.delete(f"/accounts/{account}").status_code == 204
    [asked] = [asked.form for asked in site.issuer.asked if asked.path == "/revoke"]
    assert asked["token"] == "rt-1"
    assert accounts(client) == ["local"]


def test_a_provider_that_is_down_keeps_nothing_here(site: Site, client: httpx2.Client) -> None:
    account = site.connected(client)
    site.issuer.answers["/revoke"] = lambda handler: send(handler, 503, b"{}")
    response = client.delete(f"/accounts/{account}")
    assert response.status_code == 200
    assert response.json()["removed"] is True
    assert "could not be told" in response.json()["message"]
    assert accounts(client) == ["local"]
    with site.server.store.engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM credentials").scalar() == 0


def test_deleting_oneself_revokes_what_was_granted(site: Site, client: httpx2.Client) -> None:
    site.connected(client)
    assert client.request("DELETE", "/me", json={"confirm": "me@sayso.local"}).status_code == 200
    assert [asked.form["token"] for asked in site.issuer.asked if asked.path == "/revoke"] == ["rt-1"]


def test_no_token_is_to_be_found(site: Site, client: httpx2.Client) -> None:
    site.live.add("canary-access")
    site.grants("canary-access", "canary-refresh")
    back = site.issuer.grant(site.begin(client), **ANA)
    assert client.get(callback("", "acme", back), headers=PAGE).headers["location"] == "/#/connections"
    told = [client.get(path).text for path in ("/accounts", "/me/export", "/auth/session")]
    assert not any("canary" in text for text in told)
    site.server.stop()
    kept = b"".join(path.read_bytes() for path in site.server.settings.data_dir.iterdir() if path.is_file())
    assert b"canary" not in kept
