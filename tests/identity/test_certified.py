"""Sign-in with providers that others wrote: the certified oidc-provider, and a stand-in for Google."""

import asyncio
import re
from html import unescape
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urljoin, urlsplit

import httpx2
import pytest
from tests.identity.conftest import FRONT, GOOGLE_CLIENT, GOOGLE_SECRET

from sayso.base.clock import SystemClock
from sayso.base.errors import NotAuthenticated
from sayso.identity.provider import AuthorizationRequest, CodeGrant, Grant, GrantRevoked, challenge_of
from sayso.identity.providers.oidc import OidcProvider
from sayso.settings import OidcClient

if TYPE_CHECKING:
    from tests.conftest import Server, StartServer

SECRET = "s+ecret %:/~ 1 of at least thirty-two characters"
PAGE = {"Accept": "text/html", "User-Agent": "Mozilla/5.0"}
VERIFIER, NONCE = "v" * 43, "n" * 43


def say_yes(url: str, person: str) -> str:
    """What a person does in the browser: follow the provider's pages, name himself, consent. Where that leads."""
    with httpx2.Client(trust_env=False, verify=False, timeout=30) as browser:
        response = browser.get(url)
        for _ in range(12):
            if response.is_redirect:
                url = urljoin(str(response.url), response.headers["location"])
                if url.startswith(FRONT):
                    return url
                response = browser.get(url)
                continue
            form = re.search(r"<form.*?</form>", response.text, re.DOTALL | re.IGNORECASE)
            assert form, response.text
            action = re.search(r'action="([^"]*)"', form[0])
            assert action
            response = browser.post(urljoin(str(response.url), unescape(action[1])), data=_filled(form[0], person))
    raise AssertionError("it never came back")


def _filled(form: str, person: str) -> dict[str, str]:
    fields = {}
    for tag in re.findall(r"<(?:input|button)[^>]*>", form, re.IGNORECASE):
        name, value = re.search(r'name="?([^"\s>]*)', tag), re.search(r'value="([^"]*)"', tag)
        if name:
            fields[name[1]] = unescape(value[1]) if value else ""
    given = {"login": person, "password": "x"}
    return {name: given.get(name, value) for name, value in fields.items()}


def callback(server: "Server", client: httpx2.Client, url: str) -> httpx2.Response:
    """The browser comes to our server with that, behind whatever stands at `FRONT`."""
    return client.get(url.replace(FRONT, server.url), headers=PAGE)


def login(client: httpx2.Client, provider: str = "op") -> str:
    response = client.get(f"/auth/{provider}/login", params={"redirect": "/#/plans"})
    assert response.status_code == 302, response.text
    return str(response.headers["location"])


def client_of(issuer: str, kind: str) -> dict[str, Any]:
    secret = "" if kind == "public" else SECRET
    return {"issuer": issuer, "client_id": kind, "client_secret": secret, "label": "Certified"}


@pytest.mark.parametrize("kind", ["basic", "post", "public"])
def test_sign_in(start_server: "StartServer", certified: str, kind: str) -> None:
    server = start_server(public_url=FRONT, oidc={"op": client_of(certified, kind)}, allowed_users=["@example.com"])
    client = server.anonymous()
    url = say_yes(login(client), "ana")
    assert dict(parse_qsl(urlsplit(url).query))["iss"] == certified  # RFC 9207
    assert callback(server, client, url).headers["location"] == "/#/plans"
    user = client.get("/auth/session").json()["user"]
    assert (user["email"], user["name"]) == ("ana@example.com", "ana")  # which are only in its userinfo
    assert callback(server, client, url).headers["location"] == "/#/signin/expired"
    again = server.anonymous()
    callback(server, again, say_yes(login(again), "ana"))
    assert again.get("/auth/session").json()["user"]["id"] == user["id"]


@pytest.mark.parametrize("person", ["unverified-ana", "eve@evil.example"])
def test_strangers(start_server: "StartServer", certified: str, person: str) -> None:
    server = start_server(
        public_url=FRONT, oidc={"op": client_of(certified, "basic")}, allowed_users=["unverified-ana@example.com"]
    )
    client = server.anonymous()
    response = callback(server, client, say_yes(login(client), person))
    assert response.headers["location"] == "/#/signin/not_allowed"
    assert "session_id" not in client.cookies


def test_declined_there(start_server: "StartServer", certified: str) -> None:
    server = start_server(public_url=FRONT, oidc={"op": client_of(certified, "basic")})
    client = server.anonymous()
    with httpx2.Client(trust_env=False, verify=False, follow_redirects=True) as browser:
        response = browser.get(login(client))
        cancel = re.search(r'href="([^"]*abort[^"]*)"', response.text)
        assert cancel
        browser.follow_redirects = False
        url = urljoin(str(response.url), unescape(cancel[1]))
        while not url.startswith(FRONT):
            url = urljoin(url, browser.get(url).headers["location"])
    assert "error=access_denied" in url
    assert callback(server, client, url).headers["location"] == "/#/signin/declined"


async def granted(provider: OidcProvider, person: str, **asked: Any) -> tuple[Grant, CodeGrant]:
    redirect = f"{FRONT}/auth/{provider.id}/callback"
    request = AuthorizationRequest(redirect, "state", NONCE, challenge_of(VERIFIER), **asked)
    url = await provider.authorization_url(request)
    back = dict(parse_qsl(urlsplit(await asyncio.to_thread(say_yes, url, person)).query))
    code = CodeGrant(back["code"], redirect, VERIFIER, NONCE, back.get("iss"))
    return await provider.exchange(code), code


def test_a_grant_that_lasts_until_it_is_used_twice(certified: str) -> None:
    provider = OidcProvider("op", OidcClient(**client_of(certified, "basic")), SystemClock())

    async def over() -> None:
        grant, code = await granted(provider, "ana", scopes=["offline_access"], extra={"prompt": "consent"})
        assert grant.tokens is not None
        first = grant.tokens.refresh
        assert first
        assert "offline_access" in grant.tokens.scopes
        tokens = await provider.refresh(first)
        assert tokens.refresh not in (None, first)
        for spent in (first, str(tokens.refresh)):
            with pytest.raises(GrantRevoked):
                await provider.refresh(spent)
        with pytest.raises(NotAuthenticated):
            await provider.exchange(code)

    asyncio.run(over())


def test_a_grant_that_is_given_back(certified: str) -> None:
    provider = OidcProvider("op", OidcClient(**client_of(certified, "post")), SystemClock())

    async def over() -> None:
        grant, _ = await granted(provider, "bob", scopes=["offline_access"], extra={"prompt": "consent"})
        assert grant.tokens is not None
        assert grant.tokens.refresh
        assert await provider.revoke(grant.tokens.refresh)
        with pytest.raises(GrantRevoked):
            await provider.refresh(grant.tokens.refresh)

    asyncio.run(over())


def test_a_verifier_of_another_sign_in(certified: str) -> None:
    provider = OidcProvider("op", OidcClient(**client_of(certified, "basic")), SystemClock())

    async def over() -> None:
        redirect = f"{FRONT}/auth/op/callback"
        url = await provider.authorization_url(AuthorizationRequest(redirect, "s", NONCE, challenge_of(VERIFIER)))
        back = dict(parse_qsl(urlsplit(await asyncio.to_thread(say_yes, url, "ana")).query))
        with pytest.raises(NotAuthenticated):
            await provider.exchange(CodeGrant(back["code"], redirect, "w" * 43, NONCE, certified))

    asyncio.run(over())


# --- Google ----------------------------------------------------------------------------------------------------------


def choose(url: str, email: str) -> str:
    """Choose an account on Google's page."""
    with httpx2.Client(trust_env=False, verify=False, timeout=30) as browser:
        page = browser.get(url)
        for form in re.findall(r"<form[^>]*>.*?</form>", page.text, re.DOTALL):
            fields = {
                unescape(name): unescape(value)
                for name, value in re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', form)
            }
            action = re.search(r'action="([^"]*)"', form)
            if action and fields.get("email") == email:
                response = browser.post(urljoin(str(page.url), unescape(action[1])), data=fields)
                return str(response.headers["location"])
    raise AssertionError(page.text)


def test_sign_in_with_google(start_server: "StartServer", google: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """As an operator sets it up: Google needs a client's id and secret, and here where it is."""
    for name, value in {"ISSUER": google, "CLIENT_ID": GOOGLE_CLIENT, "CLIENT_SECRET": GOOGLE_SECRET}.items():
        monkeypatch.setenv(f"SAYSO_OIDC_GOOGLE_{name}", value)
    monkeypatch.setenv("SAYSO_ALLOWED_USERS", "ana@example.test")
    server = start_server(public_url=FRONT)
    client = server.anonymous()
    assert {"id": "google", "name": "Google", "login_url": "/auth/google/login"} in client.get(
        "/auth/providers"
    ).json()["providers"]
    url = choose(login(client, "google"), "ana@example.test")
    assert callback(server, client, url).headers["location"] == "/#/plans"
    session = client.get("/auth/session").json()
    assert (session["provider"], session["user"]["email"]) == ("google", "ana@example.test")
    assert callback(server, client, url).headers["location"] == "/#/signin/expired"


def test_an_account_at_google(start_server: "StartServer", google: str) -> None:
    """Connected by its consent, and read with its token, at a Google that others made up."""
    told = {"issuer": google, "client_id": GOOGLE_CLIENT, "client_secret": GOOGLE_SECRET, "label": "Google"}
    server = start_server(
        public_url=FRONT, connectors=None, google_api_url=google, oidc={"google": told}, mail_directory=""
    )
    client = server.stranger()
    begun = client.get("/accounts/google/connect", params={"serves": "mail"}, headers=PAGE)
    url = choose(str(begun.headers["location"]), "ana@example.test")
    assert callback(server, client, url).headers["location"] == "/#/connections"
    [account] = [each for each in client.get("/accounts").json()["accounts"] if each["kind"] == "google"]
    assert (account["address"], account["serves"]) == ("ana@example.test", ["mail"])
    client.delete("/accounts/local")
    today = client.get("/workspace/today").json()
    assert (today["errors"], [each["subject"] for each in today["mail"]]) == ({}, ["Lunch on Friday"])
    read = client.post("/chat", json={"user_message": "read my latest mail"}).json()
    assert "at noon" in read["response"]
