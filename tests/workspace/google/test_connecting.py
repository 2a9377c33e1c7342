"""A Google account connected by consent, from outside: what is asked for, what is tried, and what is told where it does
not work."""

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import httpx2
import pytest
from tests.http.test_accounts import listed, today
from tests.http.test_contract import ask, confirm
from tests.kit.google.consent import PAGE, AtGoogle, at_google
from tests.kit.issuer import CLIENT_ID, SECRET

from sayso.workspace.google.scopes import SCOPES
from sayso.workspace.protocols import PARTS

if TYPE_CHECKING:
    from tests.conftest import Server, StartServer

BOB = "bob@example.test"
CONNECTED = "/#/connections"


@pytest.fixture
def site() -> Iterator[AtGoogle]:
    with at_google() as there:
        yield there
    assert there.api.violations == []


@pytest.fixture
def server(start_server: "StartServer", site: AtGoogle) -> "Server":
    client = {"issuer": site.issuer.url, "client_id": CLIENT_ID, "client_secret": SECRET, "label": "Google"}
    return start_server(
        connectors=None,
        google_api_url=site.api.url,
        oidc={"google": client},
        allowed_users=["@example.test"],
        mail_directory="",
    )


@pytest.fixture
def client(server: "Server") -> httpx2.Client:
    return server.client()


def account(client: httpx2.Client) -> dict[str, Any]:
    [found] = [each for each in listed(client).values() if each["kind"] == "google"]
    return found


def scopes_asked(client: httpx2.Client, **asked: str) -> set[str]:
    url = client.get("/accounts/google/connect", params=asked, headers=PAGE).headers["location"]
    given = httpx2.URL(url).params
    assert (given["access_type"], given["prompt"], given["include_granted_scopes"]) == ("offline", "consent", "true")
    return set(given["scope"].split()) - {"openid", "email", "profile"}


def test_one_consent_connects_all_of_it(client: httpx2.Client, site: AtGoogle) -> None:
    assert site.connect(client) == CONNECTED
    found = account(client)
    assert (found["address"], found["serves"], found["state"]) == ("ana@example.test", list(PARTS), "connected")
    assert [each["works"] for each in found["checks"]] == [True] * 4
    assert today(client)["errors"] == {}


@pytest.mark.parametrize("part", PARTS)
def test_only_what_a_part_needs_is_asked_for(client: httpx2.Client, part: str) -> None:
    assert scopes_asked(client, serves=part) == set(SCOPES[part])  # type: ignore[index]


def test_more_is_asked_for_when_it_is_first_needed(client: httpx2.Client, site: AtGoogle) -> None:
    site.connect(client, serves="calendar")
    found = account(client)
    assert found["serves"] == ["calendar"]
    refused = client.patch(f"/accounts/{found['id']}", json={"serves": ["calendar", "tasks"]})
    assert (refused.status_code, refused.json()["error"]) == (422, "validation_error")
    assert scopes_asked(client, serves="tasks", account=found["id"]) == {*SCOPES["calendar"], *SCOPES["tasks"]}
    assert site.connect(client, serves="calendar,tasks", account=found["id"]) == CONNECTED
    again = account(client)
    assert (again["id"], again["serves"]) == (found["id"], ["calendar", "tasks"])


def test_what_was_connected_for_one_part_is_connected_for_all(client: httpx2.Client, site: AtGoogle) -> None:
    site.connect(client, serves="mail")
    assert account(client)["serves"] == ["mail"]
    site.connect(client)
    assert account(client)["serves"] == list(PARTS)


def test_what_cannot_be_asked_for_is_told_as_that(client: httpx2.Client) -> None:
    answer = client.get("/accounts/google/connect", params={"serves": "nonsense"}, headers=PAGE)
    assert answer.headers["location"] == f"{CONNECTED}/validation_error"


@pytest.mark.parametrize(
    ("left_out", "part"),
    [
        ("gmail.modify", "mail"),
        ("auth/tasks", "tasks"),
        ("contacts.readonly", "contacts"),
        ("calendar.events", "calendar"),
        ("calendar.freebusy", "calendar"),
    ],
)
def test_a_box_that_is_not_ticked_leaves_out_its_part(
    client: httpx2.Client, site: AtGoogle, left_out: str, part: str
) -> None:
    assert site.connect(client, without=[left_out]) == CONNECTED
    found = account(client)
    assert found["serves"] == [each for each in PARTS if each != part]
    [check] = [each for each in found["checks"] if not each["works"]]
    assert check["name"] == part
    assert "leave its box ticked" in check["message"]


def test_contacts_do_without_other_contacts(client: httpx2.Client, site: AtGoogle) -> None:
    site.connect(client, without=["contacts.other.readonly"])
    assert account(client)["serves"] == list(PARTS)


def test_where_nothing_is_allowed_nothing_is_connected(client: httpx2.Client, site: AtGoogle) -> None:
    everything = [scope for scopes in SCOPES.values() for scope in scopes]
    assert site.connect(client, without=everything) == f"{CONNECTED}/scope_missing"
    assert [each["kind"] for each in listed(client).values()] == ["local"]


def test_an_api_that_is_not_switched_on_is_named(client: httpx2.Client, site: AtGoogle) -> None:
    site.api.disabled = {"gmail"}
    assert site.connect(client) == CONNECTED
    found = account(client)
    assert found["serves"] == ["calendar", "tasks", "contacts"]
    [check] = [each for each in found["checks"] if not each["works"]]
    assert check["message"].startswith("Gmail is not switched on in this server's Google Cloud project")
    assert "https://console." in check["message"]


def test_a_project_without_any_api_is_told_for_what_it_is(client: httpx2.Client, site: AtGoogle) -> None:
    site.api.disabled = {"calendar", "gmail", "tasks", "people"}
    assert site.connect(client) == f"{CONNECTED}/api_off"


def test_a_wrong_secret_is_told_for_what_it_is(client: httpx2.Client, site: AtGoogle) -> None:
    site.issuer.secret = "another one"
    assert site.connect(client) == f"{CONNECTED}/client_refused"


def test_what_is_taken_back_ends_as_reconnect_needed(client: httpx2.Client, site: AtGoogle) -> None:
    site.connect(client)
    site.revoke()
    told = today(client)
    assert "Reconnect your account ana@example.test" in next(iter(told["errors"].values()))
    found = account(client)
    assert found["state"] == "reconnect_needed"
    answer = ask(client, "Add a task to call the bank")
    assert answer["plan"] is None
    before = len(site.api.requests)
    today(client)
    assert len(site.api.requests) == before, "it is not asked again"
    assert site.connect(client, account=found["id"], serves=",".join(PARTS)) == CONNECTED
    assert (account(client)["id"], account(client)["state"]) == (found["id"], "connected")
    assert today(client)["errors"] == {}


def test_a_token_that_ends_is_renewed_within_a_request(client: httpx2.Client, site: AtGoogle) -> None:
    site.connect(client)
    old = site.granted[-1]
    site.renews("ana@example.test", [scope for scopes in SCOPES.values() for scope in scopes])
    site.api.expire(old)
    assert today(client)["errors"] == {}
    assert site.issuer.count("/token") == 2


def test_two_accounts_and_a_default(server: "Server", client: httpx2.Client, site: AtGoogle) -> None:
    client.delete("/accounts/local")
    site.connect(client, serves="tasks")
    server.clock.move(timedelta(minutes=1))
    site.connect(client, email=BOB, serves="tasks")
    ana, bob = (
        next(each for each in listed(client).values() if each["address"] == who) for who in ("ana@example.test", BOB)
    )
    assert (ana["default_for"], bob["default_for"]) == (["tasks"], [])
    confirm(client, ask(client, "Add a task to call the bank")["thread_id"])
    client.patch(f"/accounts/{bob['id']}", json={"default_for": ["tasks"]})
    confirm(client, ask(client, "Add a task to water the plants")["thread_id"])
    made = [(each.account, each.kind) for each in site.api.effects]
    assert made == [("ana@example.test", "task.insert"), (BOB, "task.insert")]


def test_nobody_gets_at_another_users_account(server: "Server", client: httpx2.Client, site: AtGoogle) -> None:
    site.connect(client)
    found = account(client)
    other = server.stranger()
    assert [each["kind"] for each in listed(other).values()] == ["local"]
    assert other.patch(f"/accounts/{found['id']}", json={"label": "mine"}).status_code == 404
    before = len(site.api.requests)
    ask(other, "What's on my calendar today?")
    assert len(site.api.requests) == before


def test_how_it_is_set_up_is_told_to_who_runs_the_server(server: "Server", client: httpx2.Client) -> None:
    [setup] = client.get("/accounts").json()["setup"]
    assert setup == {
        "kind": "google",
        "label": "Google",
        "redirect_uri": f"{server.url}/auth/google/callback",
        "scopes": [scope for scopes in SCOPES.values() for scope in scopes],
        "done": True,
    }
    assert server.stranger().get("/accounts").json()["setup"] == []


def test_a_server_without_a_client_says_how_to_get_one(start_server: "StartServer") -> None:
    body = start_server(connectors=None, oidc={}, mail_directory="").client().get("/accounts").json()
    assert [each["kind"] for each in body["kinds"]] == ["local", "standards"]
    assert [each["done"] for each in body["setup"]] == [False]
