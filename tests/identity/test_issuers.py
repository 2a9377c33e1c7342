"""Sign-in through issuers, from outside: who gets in, who stays in, and what a stolen or foreign callback is worth."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx2
import pytest
from sqlalchemy import text
from tests.identity.test_devices import claim, decide, enter, shown
from tests.kit.issuer import CLIENT_ID, SECRET, Issuer, callback, issuer_in_thread

from sayso.app import open_store
from sayso.base.errors import StartupError
from sayso.base.ids import Ids
from sayso.cli.commands import settings_with
from sayso.cli.listing import settings_lines
from sayso.identity.admission import Admission
from sayso.identity.types import Profile
from sayso.settings import Settings

if TYPE_CHECKING:
    from tests.conftest import Server, StartServer

PAGE = {"Accept": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8", "User-Agent": "Mozilla/5.0"}
ANA: dict[str, Any] = {"sub": "ana", "email": "ana@example.com", "email_verified": True, "name": "Ana"}
BOB: dict[str, Any] = {"sub": "bob", "email": "bob@example.com", "email_verified": True, "name": "Bob"}
EVE: dict[str, Any] = {"sub": "eve", "email": "eve@evil.example", "email_verified": True, "name": "Eve"}


@dataclass
class Site:
    """A server that two issuers sign people in to."""

    start: "StartServer"
    acme: Issuer
    other: Issuer

    def server(self, *allowed: str, **settings: Any) -> "Server":
        oidc = {
            name: {"issuer": issuer.url, "client_id": CLIENT_ID, "client_secret": SECRET, "label": name.title()}
            for name, issuer in (("acme", self.acme), ("other", self.other))
        }
        return self.start(allowed_users=list(allowed), **{"oidc": oidc} | settings)


@pytest.fixture
def site(start_server: "StartServer") -> Iterator[Site]:
    with issuer_in_thread() as acme, issuer_in_thread() as other:
        yield Site(start_server, acme, other)


def begin(client: httpx2.Client, provider: str = "acme", redirect: str = "/") -> str:
    response = client.get(f"/auth/{provider}/login", params={"redirect": redirect})
    assert response.status_code == 302, response.text
    return str(response.headers["location"])


def come_back(client: httpx2.Client, back: dict[str, str], provider: str = "acme") -> httpx2.Response:
    return client.get(callback("", provider, back), headers=PAGE)


def sign_in(client: httpx2.Client, issuer: Issuer, person: dict[str, Any], provider: str = "acme") -> httpx2.Response:
    return come_back(client, issuer.grant(begin(client, provider), **person), provider)


def who(client: httpx2.Client) -> Any:
    response = client.get("/auth/session")
    return response.json()["user"] if response.status_code == 200 else None


def events(server: "Server") -> list[tuple[str, Any]]:
    with server.store.engine.connect() as connection:
        rows = connection.execute(text("SELECT kind, user_id, data, address FROM audit_events ORDER BY seq"))
        return [(row.kind, row) for row in rows]


def page(response: httpx2.Response) -> str:
    assert response.status_code == 303
    return str(response.headers["location"])


# --- who gets in -----------------------------------------------------------------------------------------------------


def test_a_new_user_signs_in_and_has_a_workspace_of_his_own(site: Site) -> None:
    server = site.server("ana@example.com", "@work.example")
    client = server.anonymous()
    response = come_back(client, site.acme.grant(begin(client, redirect="/#/plans"), **ANA))
    assert (response.status_code, response.headers["location"]) == (302, "/#/plans")
    session = client.get("/auth/session").json()
    assert (session["provider"], session["user"]["email"], session["user"]["name"]) == ("acme", ANA["email"], "Ana")
    assert session["user"]["id"] != server.owner.user_id
    assert client.get("/workspace/today").json()["events"]
    assert [kind for kind, _ in events(server)] == ["signed_in"]
    assert events(server)[0][1].address == "127.0.0.1"
    again = server.anonymous()
    sign_in(again, site.acme, ANA)
    assert who(again)["id"] == session["user"]["id"]
    listed = {each["id"]: each["name"] for each in client.get("/auth/providers").json()["providers"]}
    assert listed == {"local": "This computer", "acme": "Acme", "other": "Other"}


@pytest.mark.parametrize(
    ("person", "works"),
    [
        (ANA, True),
        ({**ANA, "email": "ANA@Example.com"}, True),
        ({**ANA, "email": "x@work.example"}, True),
        ({**ANA, "email_verified": False}, False),
        ({**ANA, "email_verified": None}, False),
        ({**ANA, "email": None}, False),
        (EVE, False),
        ({**ANA, "email": "ana@example.com.evil.example"}, False),
        ({**ANA, "email": "x@sub.work.example"}, False),
        ({**ANA, "email": "x@evilwork.example"}, False),
        ({**ANA, "email": "mar\u212a@example.com"}, False),
        ({**ANA, "email": "ana@example.com@evil.example"}, False),
    ],
)
def test_who_is_on_the_list(site: Site, person: dict[str, Any], works: bool) -> None:
    server = site.server("ana@example.com", "mark@example.com", "@work.example")
    site.acme.person = {"sub": person["sub"]}
    client = server.anonymous()
    response = sign_in(client, site.acme, person)
    assert (who(client) is not None) == works
    if not works:
        assert page(response) == "/#/signin/not_allowed"
        assert "session_id" not in client.cookies
        ((kind, row),) = events(server)
        assert (kind, row.user_id) == ("sign_in_refused", None)
        with server.store.engine.connect() as connection:
            assert connection.execute(text("SELECT count(*) FROM users")).scalar() == 1  # nothing is left of him


def test_without_a_list_the_first_is_the_owner(site: Site) -> None:
    server = site.server()
    first, second = server.anonymous(), server.anonymous()
    sign_in(first, site.acme, {**ANA, "email_verified": False})
    assert page(sign_in(second, site.acme, BOB)) == "/#/signin/not_allowed"
    assert page(sign_in(second, site.other, ANA, "other")) == "/#/signin/not_allowed"  # another issuer's ana
    assert who(first)["id"] != server.owner.user_id
    assert who(second) is None
    sign_in(second, site.acme, {**ANA, "email": "moved@example.com"})
    assert who(second)["id"] == who(first)["id"]


def race(store: Any, people: list[Profile]) -> list[Any]:
    admission, ids, now = Admission((), {"acme": "https://acme.example"}), Ids(), datetime.now(UTC)
    with ThreadPoolExecutor(len(people)) as pool:
        return list(pool.map(lambda person: store.write_now(admission.admit, person, now, ids), people))


@pytest.mark.parametrize("shared", [False, True])
def test_of_several_first_ones_at_once_one_is_the_owner(
    shared: bool, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    database = request.getfixturevalue("postgres") if shared else None
    store = open_store(Settings(data_dir=tmp_path, database_url=database))
    people = [Profile(f"sub-{n}", f"p{n}@example.com", "P", "https://acme.example") for n in range(8)]
    admitted = [each for each in race(store, people) if each]
    with store.engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM users")).scalar() == 1
        assert connection.execute(text("SELECT count(*) FROM users WHERE owner")).scalar() == 1
    store.close()
    assert len(admitted) == 1


def test_taken_off_the_list(site: Site) -> None:
    server = site.server("@example.com")
    ana, bob = server.anonymous(), server.anonymous()
    sign_in(ana, site.acme, ANA)
    sign_in(bob, site.acme, BOB)
    cookies = [dict(client.cookies) for client in (ana, bob)]
    server.stop()
    server = site.server("bob@example.com")
    ana, bob = (server.anonymous(cookies=each) for each in cookies)
    assert who(bob)["email"] == BOB["email"]
    response = ana.post("/chat", json={"user_message": "hello"})
    assert (response.status_code, response.json()["error"]) == (401, "not_authenticated")
    assert page(sign_in(ana, site.acme, ANA)) == "/#/signin/not_allowed"
    server.stop()
    server = site.server("@example.com", oidc={})  # the issuer itself is no longer trusted
    assert who(server.anonymous(cookies=cookies[1])) is None


def test_a_device_of_somebody_taken_off_the_list(site: Site) -> None:
    server = site.server("@example.com")
    ana, phone = server.anonymous(), server.anonymous()
    sign_in(ana, site.acme, ANA)
    link, code = shown(ana)
    claim(phone, code)
    assert decide(ana, link).status_code == 200
    cookies = dict(phone.cookies)
    server.stop()
    server = site.server("bob@example.com")
    entered = enter(server.anonymous(cookies=cookies))
    assert (entered.status_code, entered.json()["error"]) == (409, "link_refused")
    assert "set-cookie" not in entered.headers


def test_a_changed_address(site: Site) -> None:
    """The user is (issuer, subject); whether he may sign in follows the address that he has today."""
    server = site.server("@example.com")
    client, later = server.anonymous(), server.anonymous()
    sign_in(client, site.acme, ANA)
    sign_in(later, site.acme, {**ANA, "email": "new@example.com"})
    assert who(later)["id"] == who(client)["id"]
    assert later.get("/auth/identities").json()["identities"][0]["email"] == "new@example.com"
    stranger = server.anonymous()
    sign_in(stranger, site.acme, {**ANA, "sub": "another"})  # who has that address now is somebody else
    assert who(stranger)["id"] != who(client)["id"]
    assert page(sign_in(server.anonymous(), site.acme, {**ANA, "email": "ana@evil.example"})) == "/#/signin/not_allowed"
    assert who(client) is None  # and is out where he was signed in


# --- callbacks that are worth nothing --------------------------------------------------------------------------------


def test_a_callback_works_once(site: Site) -> None:
    server = site.server("@example.com")
    client = server.anonymous()
    back = site.acme.grant(begin(client), **ANA)
    cookies = dict(client.cookies)
    assert come_back(client, back).status_code == 302
    asked = site.acme.count("/token")
    assert page(come_back(server.anonymous(cookies=cookies), back)) == "/#/signin/expired"
    assert site.acme.count("/token") == asked
    envelope = server.anonymous(cookies=cookies).get(callback("", "acme", back)).json()
    assert (envelope["error"], envelope["details"]["reason"]) == ("invalid_request", "expired")


def test_a_code_works_once_whatever_sign_in_brings_it(site: Site) -> None:
    server = site.server("@example.com")
    victim, thief = server.anonymous(), server.anonymous()
    stolen = site.acme.grant(begin(victim), **ANA)
    own = site.acme.grant(begin(thief), **BOB)
    assert page(come_back(thief, {**own, "code": stolen["code"]})) == "/#/signin/expired"  # PKCE
    assert who(thief) is None


def test_a_stolen_callback_is_worth_nothing_in_another_browser(site: Site) -> None:
    server = site.server("@example.com")
    victim, thief = server.anonymous(), server.anonymous()
    back = site.acme.grant(begin(victim), **ANA)
    begin(thief)
    assert page(come_back(thief, back)) == "/#/signin/not_this_browser"
    for value in (back["state"], dict(thief.cookies).popitem()[1]):  # what he knows, under the right name
        planted = server.anonymous(cookies=dict.fromkeys(victim.cookies, value))
        assert page(come_back(planted, back)) == "/#/signin/not_this_browser"
        assert who(planted) is None
    assert site.acme.count("/token") == 0
    assert come_back(victim, back).status_code == 302  # he could not end it either
    assert who(victim)["name"] == "Ana"


def test_nobody_is_signed_in_by_anothers_callback(site: Site) -> None:
    """Else an attacker could have a victim work in his account (RFC 6749, 10.12)."""
    server = site.server("@example.com")
    attacker, victim = server.anonymous(), server.anonymous()
    back = site.acme.grant(begin(attacker), **BOB)
    begin(victim)
    assert page(come_back(victim, back)) == "/#/signin/not_this_browser"
    assert who(victim) is None


def test_mixed_up_issuers(site: Site) -> None:
    """RFC 9207: what one issuer gave is never taken to the other, nor believed of it."""
    server = site.server("@example.com")
    client = server.anonymous()
    back = site.acme.grant(begin(client), **ANA)
    assert page(come_back(client, back, "other")) == "/#/signin/expired"
    back = site.acme.grant(begin(client), **ANA)
    assert page(come_back(client, {**back, "iss": site.other.url})) == "/#/signin/provider_error"
    back = site.acme.grant(begin(client), **ANA)
    assert page(come_back(client, {name: back[name] for name in ("code", "state")})) == "/#/signin/provider_error"
    assert site.acme.count("/token") == site.other.count("/token") == 0
    site.other.claims = {"iss": site.acme.url}
    back = site.other.grant(begin(client, "other"), **ANA)
    assert page(come_back(client, back, "other")) == "/#/signin/provider_error"
    assert who(client) is None


def test_the_same_subject_at_two_issuers_is_two_people(site: Site) -> None:
    server = site.server("@example.com")
    one, two = server.anonymous(), server.anonymous()
    sign_in(one, site.acme, ANA)
    sign_in(two, site.other, ANA, "other")
    assert who(one)["id"] != who(two)["id"]


def test_a_planted_session_is_worth_nothing(site: Site) -> None:
    server = site.server("@example.com")
    planted = "A" * 43
    victim = server.anonymous()
    victim.cookies.set("session_id", planted, "127.0.0.1")
    sign_in(victim, site.acme, ANA)
    assert victim.cookies["session_id"] != planted
    assert who(server.anonymous(cookies={"session_id": planted})) is None
    attacker = server.anonymous()
    sign_in(attacker, site.acme, BOB)
    fixed = attacker.cookies["session_id"]
    victim = server.anonymous()
    victim.cookies.set("session_id", fixed, "127.0.0.1")
    sign_in(victim, site.acme, ANA)
    assert who(attacker) is None  # and least of all Ana
    assert who(victim)["name"] == "Ana"


def test_two_tabs_of_one_browser(site: Site) -> None:
    server = site.server("@example.com")
    client = server.anonymous()
    first, second = (site.acme.grant(begin(client), **ANA) for _ in range(2))
    for back in (second, first):
        assert come_back(client, back).headers["location"] == "/"
        assert who(client)["name"] == "Ana"
    assert list(client.cookies) == ["session_id"]


@pytest.mark.parametrize("target", ["https://evil.example", "//evil.example", "/\\evil.example", "https:evil.example"])
def test_no_open_redirect(site: Site, target: str) -> None:
    server = site.server("@example.com")
    client = server.anonymous()
    response = client.get("/auth/acme/login", params={"redirect": target}, headers=PAGE)
    assert page(response) == "/#/signin/expired"
    back = site.acme.grant(begin(client), **ANA)
    ended = client.get(callback("", "acme", {**back, "redirect": target}))
    assert ended.headers["location"] == "/"


@pytest.mark.parametrize(
    ("error", "reason", "status"),
    [
        ("access_denied", "declined", 401),
        ("", "declined", 401),
        ("server_error", "provider_unreachable", 503),
        ("invalid_scope", "provider_error", 502),
        ("<script>", "provider_error", 502),
    ],
)
def test_what_the_issuer_refuses(site: Site, error: str, reason: str, status: int) -> None:
    server = site.server("@example.com")
    client = server.anonymous()
    for headers in (PAGE, {}):
        state = site.acme.grant(begin(client))["state"]
        response = client.get(callback("", "acme", {"state": state, "error": error}), headers=headers)
        if headers:
            assert page(response) == f"/#/signin/{reason}"
        else:
            assert (response.status_code, response.json()["details"]["reason"]) == (status, reason)


def test_a_sign_in_under_way_ends_after_ten_minutes(site: Site) -> None:
    server = site.server("@example.com")
    client = server.anonymous()
    back = site.acme.grant(begin(client), **ANA)
    server.clock.move(timedelta(minutes=10))
    assert page(come_back(client, back)) == "/#/signin/expired"


def test_over_https_the_cookie_cannot_be_another_hosts(site: Site) -> None:
    server = site.server("@example.com", public_url="https://sayso.example")
    response = server.anonymous().get("/auth/acme/login")
    assert "redirect_uri=https%3A%2F%2Fsayso.example%2Fauth%2Facme%2Fcallback" in response.headers["location"]
    cookie = response.headers["set-cookie"]
    assert cookie.startswith("__Host-sayso_login_")
    assert cookie.endswith("; Path=/; Max-Age=600; HttpOnly; SameSite=Lax; Secure")


# --- an issuer that is not there -------------------------------------------------------------------------------------


def test_an_issuer_that_is_down_stops_nothing_else(site: Site) -> None:
    with issuer_in_thread() as gone:
        pass
    client = {"issuer": gone.url, "client_id": CLIENT_ID, "client_secret": SECRET, "label": "Gone"}
    server = site.start(oidc={"gone": client})
    assert who(server.client())["name"] == "You"
    assert page(server.anonymous().get("/auth/gone/login", headers=PAGE)) == "/#/signin/provider_unreachable"
    response = server.anonymous().get("/auth/gone/login")
    assert (response.status_code, response.json()["details"]["reason"]) == (503, "provider_unreachable")
    assert "retry-after" in response.headers


@pytest.mark.parametrize(
    ("path", "reason"), [("/auth/nobody/login", "unknown_provider"), ("/auth/local/login", "link_used")]
)
def test_a_browser_never_sees_json(site: Site, path: str, reason: str) -> None:
    server = site.server()
    client = server.anonymous(follow_redirects=True)
    response = client.get(path, headers=PAGE)
    assert (response.status_code, response.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert str(response.url).endswith(f"/#/signin/{reason}")


# --- several ways to sign in -----------------------------------------------------------------------------------------


def link(client: httpx2.Client, issuer: Issuer, person: dict[str, Any], provider: str = "acme") -> httpx2.Response:
    response = client.post("/auth/identities", json={"provider": provider, "redirect": "/#/settings"})
    assert response.status_code == 200, response.text
    return come_back(client, issuer.grant(response.json()["authorization_url"], **person), provider)


def test_the_local_user_adds_an_identity_and_is_the_owner(site: Site) -> None:
    server = site.server()
    local = server.client()
    assert link(local, site.acme, ANA).headers["location"] == "/#/settings"
    through = server.anonymous()
    sign_in(through, site.acme, ANA)
    assert who(through)["id"] == server.owner.user_id
    listed = local.get("/auth/identities").json()["identities"]
    told = [(each["provider"], each["label"], each["email"]) for each in listed]
    assert sorted(told) == [("acme", "Acme", "ana@example.com"), ("local", "This computer", "")]
    assert page(sign_in(server.anonymous(), site.acme, BOB)) == "/#/signin/not_allowed"
    added = next(each for each in listed if each["provider"] == "acme")
    own = next(each for each in listed if each["provider"] == "local")
    assert local.delete(f"/auth/identities/{own['id']}").json()["error"] == "last_identity"
    assert server.stranger().delete(f"/auth/identities/{added['id']}").status_code == 404
    assert local.delete(f"/auth/identities/{added['id']}").status_code == 204
    assert who(through) is None
    assert who(local) is not None
    kinds = [kind for kind, _ in events(server)]
    assert [kind for kind in kinds if kind.startswith("identity")] == ["identity_added", "identity_removed"]


def test_the_last_way_to_sign_in_stays(site: Site) -> None:
    server = site.server("@example.com")
    client = server.anonymous()
    sign_in(client, site.acme, ANA)
    link(client, site.other, BOB, "other")
    first, second = (each["id"] for each in client.get("/auth/identities").json()["identities"])
    other = server.anonymous()
    sign_in(other, site.other, BOB, "other")
    assert who(other)["id"] == who(client)["id"]
    assert client.delete(f"/auth/identities/{first}").status_code == 204
    last = client if who(client) else other
    assert last.delete(f"/auth/identities/{second}").json()["error"] == "last_identity"


def test_what_cannot_be_added(site: Site) -> None:
    server = site.server("@example.com")
    ana, bob = server.anonymous(), server.anonymous()
    sign_in(ana, site.acme, ANA)
    sign_in(bob, site.acme, BOB)
    assert page(link(ana, site.acme, BOB)) == "/#/signin/identity_taken"
    begun = ana.post("/auth/identities", json={"provider": "acme"}).json()["authorization_url"]
    told = ana.get(callback("", "acme", site.acme.grant(begun, **BOB)))  # of a program
    assert (told.status_code, told.json()["error"]) == (403, "not_allowed")
    assert told.json()["details"]["reason"] == "identity_taken"
    assert page(link(ana, site.other, EVE, "other")) == "/#/signin/not_allowed"
    assert link(ana, site.acme, ANA).status_code == 302  # which was there
    assert len(ana.get("/auth/identities").json()["identities"]) == 1
    for provider in ("local", "nobody"):
        response = ana.post("/auth/identities", json={"provider": provider})
        assert (response.status_code, response.json()["details"]["reason"]) == (404, "unknown_provider")
    assert ana.post("/auth/identities", json={"provider": "acme", "redirect": "//x"}).status_code == 422
    foreign = ana.post("/auth/identities", json={"provider": "acme"}, headers={"Origin": "https://evil.example"})
    assert foreign.json()["error"] == "forbidden_origin"


def test_an_identity_is_added_to_whoever_began(site: Site) -> None:
    """A callback for Ana's account ends nothing in a browser in which somebody else, or nobody, is signed in."""
    server = site.server("@example.com")
    ana = server.anonymous()
    sign_in(ana, site.acme, ANA)
    back = site.other.grant(ana.post("/auth/identities", json={"provider": "other"}).json()["authorization_url"], **BOB)
    mine = ana.cookies["session_id"]
    ana.cookies.delete("session_id")
    assert page(come_back(ana, back, "other")) == "/#/signin/not_this_browser"
    sign_in(ana, site.acme, BOB)
    assert page(come_back(ana, back, "other")) == "/#/signin/not_this_browser"
    assert site.other.count("/token") == 0
    ana.cookies.set("session_id", mine)
    assert server.anonymous(cookies={"session_id": mine}).get("/auth/identities").status_code == 200


# --- settings --------------------------------------------------------------------------------------------------------


def test_secrets_are_not_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "OIDC_GOOGLE_CLIENT_ID": "shown",
        "OIDC_GOOGLE_CLIENT_SECRET": "hunter2",
        "SECRET_KEY": "hunter2" * 8,
        "REDIS_URL": "redis://me:hunter2@localhost:6379/0?password=hunter2",
    }.items():
        monkeypatch.setenv(f"SAYSO_{name}", value)
    settings = settings_with()
    assert "hunter2" not in "\n".join(settings_lines(settings)) + repr(settings.oidc)
    assert "google at https://accounts.google.com" in "\n".join(settings_lines(settings))


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"LOCAL_ISSUER": "https://a.example", "LOCAL_CLIENT_ID": "x"}, "SAYSO_OIDC_LOCAL"),
        ({"ACME_ISSUER": "https://a.example"}, "SAYSO_OIDC_ACME_CLIENT_ID"),
        ({"ACME_ISSUER": "http://a.example", "ACME_CLIENT_ID": "x"}, "SAYSO_OIDC_ACME_ISSUER"),
        (
            {"A_ISSUER": "https://a.example", "A_CLIENT_ID": "x", "B_ISSUER": "https://a.example", "B_CLIENT_ID": "x"},
            "one issuer",
        ),
        ({"A_ISSUER": "https://a.example", "A_CLIENT_ID": "x", "A_CLIENT_SECRET_FILE": "/nowhere"}, "cannot be read"),
    ],
)
def test_clients_that_are_refused_at_start(monkeypatch: pytest.MonkeyPatch, given: dict[str, str], said: str) -> None:
    monkeypatch.setenv("SAYSO_OIDC_ACME_CLIENT_SECRET", "hunter2")
    if not any(name.startswith("ACME") for name in given):
        monkeypatch.delenv("SAYSO_OIDC_ACME_CLIENT_SECRET")
    for name, value in given.items():
        monkeypatch.setenv(f"SAYSO_OIDC_{name}", value)
    with pytest.raises(StartupError) as refused:
        settings_with()
    assert said in str(refused.value)
    assert "hunter2" not in str(refused.value)
