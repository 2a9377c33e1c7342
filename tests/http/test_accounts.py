"""Connected accounts: the embedded one, one by a password, and what becomes of one that does not open any more."""

import asyncio
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import httpx2
import pytest
from sqlalchemy import select
from tests.http.test_contract import ask, confirm
from tests.kit.far.connectors import ByPassword

from sayso.base.ids import Ids
from sayso.identity.keyring import new_key
from sayso.store.tables import accounts, audit_events, credentials
from sayso.store.workspace_tables import local_effects
from sayso.workspace.local.tasks import LocalTasks
from sayso.workspace.protocols import PARTS

if TYPE_CHECKING:
    from tests.conftest import Server, StartServer

ANA = "ana@far.example"
SECRET = "canary-of-a-password"
RECONNECT = f"Reconnect your account {ANA} in Connections: it does not accept the sign-in any more."
ALL = list(PARTS)


@pytest.fixture
def far() -> ByPassword:
    return ByPassword(passwords={ANA: SECRET})


@pytest.fixture
def server(start_server: "StartServer", far: ByPassword) -> "Server":
    return start_server(connectors=[far])


@pytest.fixture
def client(server: "Server") -> httpx2.Client:
    return server.client()


def listed(client: httpx2.Client) -> dict[str, dict[str, Any]]:
    return {each["id"]: each for each in client.get("/accounts").json()["accounts"]}


def connect(client: httpx2.Client, password: str = SECRET, **more: Any) -> httpx2.Response:
    return client.post("/accounts", json={"kind": "far", "address": ANA, "password": password} | more)


def connected(client: httpx2.Client, **more: Any) -> dict[str, Any]:
    response = connect(client, **more)
    assert response.status_code == 201, response.text
    account: dict[str, Any] = response.json()
    return account


def refused(response: httpx2.Response) -> tuple[int, str]:
    return response.status_code, response.json()["error"]


def do(client: httpx2.Client, message: str) -> dict[str, Any]:
    body = ask(client, message)
    return dict(confirm(client, body["thread_id"]).json())


def audited(server: "Server") -> list[tuple[str, Any]]:
    kinds = ("account_connected", "account_reconnected", "account_changed", "account_removed", "reconnect_needed")
    rows = server.store.read_now(lambda conn: conn.execute(select(audit_events).order_by("seq")).all())
    return [(row.kind, row) for row in rows if row.kind in kinds]


def today(client: httpx2.Client) -> dict[str, Any]:
    body: dict[str, Any] = client.get("/workspace/today").json()
    return body


# --- the embedded one ------------------------------------------------------------------------------------------------


def test_the_embedded_workspace_is_an_account(client: httpx2.Client) -> None:
    body = client.get("/accounts").json()
    [account] = body["accounts"]
    assert account.pop("since")
    assert account == {
        "id": "local", "kind": "local", "label": "Sample data", "address": "", "serves": ALL, "default_for": ALL,
        "state": "connected", "checks": [],
    }  # fmt: skip
    assert body["kinds"] == [
        {"kind": "local", "label": "On this server", "how": "here", "serves": ALL},
        {"kind": "far", "label": "Far away", "how": "password", "serves": ALL},
    ]


def test_it_is_called_by_what_is_in_it(client: httpx2.Client) -> None:
    assert do(client, "Add a task to call the bank")["status"] == "completed"
    assert listed(client)["local"]["label"] == "On this server"
    assert client.patch("/accounts/local", json={"label": " Home "}).json()["label"] == "Home"
    assert client.patch("/accounts/local", json={"label": None}).json()["label"] == "On this server"


def test_it_is_called_in_one_line(server: "Server", client: httpx2.Client) -> None:
    changed = client.patch("/accounts/local", json={"label": "a\nb\u001b[31m\u202ec\u200b"})
    assert changed.json()["label"] == listed(client)["local"]["label"] == "a b [31m c"


def test_nothing_to_change_changes_and_records_nothing(server: "Server", client: httpx2.Client) -> None:
    before = listed(client)["local"]
    answer = client.patch("/accounts/local", json={})
    assert (answer.status_code, answer.json()) == (200, before)
    assert audited(server) == []
    assert refused(client.patch("/accounts/nowhere", json={})) == (404, "not_found")


def test_with_samples_in_it_it_goes_at_one_word_and_comes_back_empty(server: "Server", client: httpx2.Client) -> None:
    assert client.delete("/accounts/local").status_code == 204
    assert listed(client) == {}
    body = today(client)
    assert ([body[name] for name in ("events", "tasks", "mail")], body["errors"]) == ([None] * 3, {})
    assert not body["sample"]
    assert client.get("/auth/session").json()["connections"] == []
    for message in ("What's on my calendar today?", "Add a task to call the bank"):
        answer = ask(client, message)
        assert "is connected" in answer["response"]
        assert answer["plan"] is None
    assert refused(client.delete("/accounts/local")) == (404, "not_found")
    assert client.delete("/workspace/samples").status_code == 200

    back = client.post("/accounts", json={"kind": "local"})
    assert (back.status_code, back.json()["label"]) == (201, "On this server")
    assert refused(client.post("/accounts", json={"kind": "local"})) == (409, "account_exists")
    assert (today(client)["events"], today(client)["sample"]) == ([], False)
    assert do(client, "Add a task to call the bank")["status"] == "completed"
    assert [kind for kind, _ in audited(server)] == ["account_removed", "account_connected"]


def test_ones_own_is_deleted_only_where_that_is_said(server: "Server", client: httpx2.Client) -> None:
    bystander = server.stranger()
    do(bystander, "Add a task to water the ficus")
    do(client, "Add a task to call the bank")
    response = client.delete("/accounts/local")
    assert refused(response) == (409, "account_has_data")
    assert "data=delete" in response.json()["message"]
    assert listed(client)["local"]
    assert "call the bank" in client.get("/me/export").text
    assert client.delete("/accounts/local?data=delete").status_code == 204
    assert not any(client.get("/me/export").json()["workspace"].values())
    user = client.get("/auth/session").json()["user"]["id"]
    left = server.store.read_now(lambda conn: conn.execute(select(local_effects.c.user_id)).scalars().all())
    assert user not in left
    assert left
    assert "ficus" in bystander.get("/me/export").text


def test_it_stays_while_something_runs_in_it(
    server: "Server", client: httpx2.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go_on, whole = threading.Event(), threading.Event(), LocalTasks.create_task

    async def slow(self: LocalTasks, *args: Any) -> Any:
        begun.set()
        await asyncio.to_thread(go_on.wait)
        return await whole(self, *args)

    monkeypatch.setattr(LocalTasks, "create_task", slow)
    plan, other = ask(client, "Add a task to call the bank"), server.client()
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(confirm, client, plan["thread_id"])
        try:
            assert begun.wait(30)
            assert refused(other.delete("/accounts/local")) == (409, "thread_busy")
        finally:
            go_on.set()
        assert running.result().json()["status"] == "completed"
    assert refused(other.delete("/accounts/local")) == (409, "account_has_data")


def test_parts_of_it_can_be_left_out(client: httpx2.Client) -> None:
    changed = client.patch("/accounts/local", json={"serves": ["calendar", "tasks"]}).json()
    assert (changed["serves"], changed["default_for"]) == (["calendar", "tasks"], ["calendar", "tasks"])
    assert (today(client)["mail"], bool(today(client)["events"]), today(client)["sample"]) == (None, True, True)
    assert "No mailbox is connected" in ask(client, "Is there unread mail?")["response"]


# --- connecting ------------------------------------------------------------------------------------------------------


def test_a_kind_that_is_not_there_says_which_are(client: httpx2.Client) -> None:
    for kind in ("standards", "google"):
        response = client.post("/accounts", json={"kind": kind, "address": ANA, "password": "x"})
        assert refused(response) == (422, "validation_error")
        assert "local, far" in response.json()["message"]
        response = client.get(f"/accounts/{kind}/connect")
        assert refused(response) == (404, "not_found")
        assert "local, far" in response.json()["message"]
    assert refused(client.get("/accounts/far/connect")) == (404, "not_found")


def test_connected_by_a_password(server: "Server", client: httpx2.Client, far: ByPassword) -> None:
    servers = {
        "caldav": "https://dav.far.example/", "imap": {"host": "imap.far.example", "port": 993, "tls": "implicit"}
    }  # fmt: skip
    far.passwords["ana"] = SECRET
    account = connected(client, username="ana", servers=servers)
    assert account == {
        "id": account["id"], "kind": "far", "label": ANA, "address": ANA, "serves": ALL, "default_for": ALL,
        "state": "connected", "since": account["since"],
        "checks": [
            {"name": "calendar", "works": True, "message": ""},
            {"name": "smtp", "works": False, "message": "The server for sending does not answer."},
        ],
    }  # fmt: skip
    assert (far.given[0].address, far.given[0].servers) == (ANA, servers)
    assert listed(client)[account["id"]] == account
    assert listed(client)["local"]["default_for"] == []
    names = [(each["name"], each["provider"], each["account"], each["status"]) for each in
             client.get("/auth/session").json()["connections"]]  # fmt: skip
    assert names[:2] == [("calendar", "far", ANA, "ok"), ("calendar", "local", None, "ok")]


def test_sample_data_goes_when_something_real_comes(client: httpx2.Client) -> None:
    do(client, "Schedule a nap tomorrow at 2pm")
    assert today(client)["sample"]
    connected(client)
    body = today(client)
    assert not body["sample"]
    assert [event["title"] for event in body["events"]] == ["Nap"], "what is one's own stays"


def test_new_things_go_to_the_real_account_unless_the_user_chose(client: httpx2.Client, far: ByPassword) -> None:
    account = connected(client)["id"]
    plan = ask(client, "Schedule lunch with me tomorrow at noon")["plan"]
    assert ["Account", ANA] in plan["actions"][0]["details"]
    assert do(client, "Schedule a walk tomorrow at 8am")["status"] == "completed"
    assert len(far.far.effects) == 1
    chosen = client.patch("/accounts/local", json={"default_for": ["calendar"]}).json()
    assert chosen["default_for"] == ["calendar"]
    assert listed(client)[account]["default_for"] == ["tasks", "mail", "contacts"]
    plan = ask(client, "Schedule a dinner tomorrow at 7pm")["plan"]
    assert ["Account", "On this server"] in plan["actions"][0]["details"]
    assert do(client, "Schedule a nap tomorrow at 2pm")["status"] == "completed"
    assert len(far.far.effects) == 1
    assert client.patch(f"/accounts/{account}", json={"default_for": ["calendar"]}).json()["default_for"] == ALL
    assert listed(client)["local"]["default_for"] == []


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"kind": "Far"}, "kind"), ({}, "kind"), ({"kind": "far"}, "password"),
        ({"kind": "far", "address": "no address", "password": SECRET}, "address"),
        ({"kind": "far", "password": ""}, "password"), ({"kind": "far", "password": [SECRET]}, "password"),
        ({"kind": "far", "password": SECRET, "servers": {"caldav": "ftp://x"}}, "servers.caldav"),
        ({"kind": "far", "password": SECRET, "servers": {"caldav": "https://user:pw@x/"}}, "servers.caldav"),
        ({"kind": "far", "password": SECRET, "servers": {"imap": {"host": "x", "port": 0, "tls": "none"}}},
         "servers.imap.port"),
        ({"kind": "far", "password": SECRET, "servers": {"smtp": {"host": "x", "port": 25, "tls": "maybe"}}},
         "servers.smtp.tls"),
        ({"kind": "far", "password": SECRET, "servers": {"smtp": {"host": "a b", "port": 25, "tls": "none"}}},
         "servers.smtp.host"),
    ],
)  # fmt: skip
def test_what_cannot_be_used(client: httpx2.Client, body: dict[str, Any], field: str) -> None:
    response = client.post("/accounts", json=body)
    assert response.status_code == 422
    assert [each["field"] for each in response.json()["details"]["fields"]] == [field]
    assert SECRET not in response.text
    assert "pw@" not in response.text


def test_what_does_not_open_is_not_connected(client: httpx2.Client, far: ByPassword) -> None:
    response = connect(client, "wrong-canary")
    assert refused(response) == (422, "cannot_connect")
    assert response.json()["message"] == "The far system does not accept this password."
    assert "canary" not in response.text
    far.down = True
    assert connect(client).json()["message"] == "The far system cannot be reached."
    far.down, far.serves = False, ()
    response = connect(client)
    assert refused(response) == (422, "cannot_connect")
    assert [each["name"] for each in response.json()["details"]["checks"]] == ["calendar", "smtp"]
    assert list(listed(client)) == ["local"]


def test_no_password_is_to_be_found(server: "Server", client: httpx2.Client) -> None:
    connected(client)
    told = [client.get(path).text for path in ("/accounts", "/me/export", "/auth/session")]
    assert not any(SECRET in text for text in told)
    assert {each["address"] for each in json.loads(told[1])["accounts"]} == {"", ANA}
    server.stop()
    kept = b"".join(path.read_bytes() for path in server.settings.data_dir.iterdir() if path.is_file())
    assert ANA.encode() in kept
    assert SECRET.encode() not in kept


def test_as_many_as_there_can_be(client: httpx2.Client, far: ByPassword) -> None:
    far.passwords |= {f"u{number}": SECRET for number in range(20)}
    for number in range(19):
        connected(client, username=f"u{number}")
    assert refused(connect(client, username="u19")) == (422, "cannot_connect")
    assert len(listed(client)) == 20


def test_two_who_connect_one_account_at_once_have_it_once(server: "Server") -> None:
    clients = [server.client() for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(connected, clients))
    assert len({each["id"] for each in made}) == 1
    assert len(listed(clients[0])) == 2


# --- changing --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"serves": []}, "serves"), ({"serves": ["post"]}, "serves.0"), ({"serves": ["mail"]}, "serves"),
        ({"default_for": ["mail"]}, "default_for"), ({"default_for": None}, "default_for"),
        ({"label": "x" * 201}, "label"),
    ],
)  # fmt: skip
def test_what_an_account_cannot_be_changed_to(
    client: httpx2.Client, far: ByPassword, body: dict[str, Any], field: str
) -> None:
    far.serves = ("calendar",)
    account = connected(client)
    response = client.patch(f"/accounts/{account['id']}", json=body)
    assert (response.status_code, [each["field"] for each in response.json()["details"]["fields"]]) == (422, [field])
    assert listed(client)[account["id"]] == account


def test_what_it_serves_and_is_called_can_be_changed(server: "Server", client: httpx2.Client) -> None:
    account = connected(client)["id"]
    changed = client.patch(f"/accounts/{account}", json={"label": "Work", "serves": ["mail"]}).json()
    assert (changed["label"], changed["serves"], changed["default_for"]) == ("Work", ["mail"], ["mail"])
    assert listed(client)["local"]["default_for"] == ["calendar", "tasks", "contacts"]
    connections = client.get("/auth/session").json()["connections"]
    assert [each["account"] for each in connections if each["provider"] == "far"] == ["Work"]
    told = {"account": account, "kind": "far", "address": ANA, "changed": ["label", "serves"]}
    assert audited(server)[-1][1].data == told
    assert client.patch(f"/accounts/{account}", json={"serves": ALL}).json()["serves"] == ALL


# --- how it stands ---------------------------------------------------------------------------------------------------


def test_one_that_does_not_answer_is_told_since_when(server: "Server", client: httpx2.Client, far: ByPassword) -> None:
    do(client, "Schedule a nap tomorrow at 2pm")
    account = connected(client)["id"]
    far.down = True
    server.clock.move(timedelta(hours=1))
    body = today(client)
    assert body["events"]
    assert body["errors"]["events"] == f"{ANA} could not be read. The far system cannot be reached."
    stands = listed(client)[account]
    assert (stands["state"], stands["since"]) == ("unreachable", "2026-03-02T15:00:00Z")
    server.clock.move(timedelta(hours=1))
    today(client)
    assert listed(client)[account]["since"] == stands["since"]
    connections = client.get("/auth/session").json()["connections"]
    assert {(each["provider"], each["status"]) for each in connections} == {("far", "error"), ("local", "ok")}
    assert f"{ANA} has not answered since 2 March 2026, 15:00 UTC." in {each["message"] for each in connections}
    far.down = False
    assert today(client)["errors"] == {}
    assert listed(client)[account]["state"] == "connected"
    assert [kind for kind, _ in audited(server)] == ["account_connected"]


def test_one_that_does_not_open_any_more(server: "Server", client: httpx2.Client, far: ByPassword) -> None:
    """A plan that needed it fails with that sentence, its tools are withdrawn, the others go on, and it is named."""
    do(client, "Schedule a nap tomorrow at 2pm")
    account = connected(client)["id"]
    waits = ask(client, "Schedule a walk tomorrow at 8am")
    far.passwords[ANA] = "another"
    [result] = confirm(client, waits["thread_id"]).json()["results"].values()
    assert (result["status"], result["error"]) == ("failed", RECONNECT)
    assert far.far.effects == []

    stands = listed(client)[account]
    assert stands["state"] == "reconnect_needed"
    assert stands["checks"] == [
        {"name": "sign_in", "works": False, "message": "It does not accept the sign-in any more."}
    ]
    body = today(client)
    assert body["events"]
    assert body["errors"]["events"] == f"{ANA} could not be read. {RECONNECT}"
    connections = client.get("/auth/session").json()["connections"]
    assert {each["message"] for each in connections if each["status"] == "error"} == {RECONNECT}
    for message in ("Schedule a swim tomorrow at 9am", "Add a task to call the bank"):
        assert RECONNECT in ask(client, message)["response"]  # nothing takes its place unasked
    events = [(kind, row.data) for kind, row in audited(server)]
    assert events[1:] == [("reconnect_needed", {"account": account, "address": ANA, "reason": "refused"})]

    client.delete("/accounts/local?data=delete")
    assert ask(client, "What's on my calendar today?")["response"] == RECONNECT
    assert ask(client, "Is there unread mail?")["response"] == RECONNECT
    assert today(client)["errors"] == {"events": RECONNECT, "tasks": RECONNECT, "mail": RECONNECT}

    again = connected(client, password="another")
    assert (again["id"], again["state"]) == (account, "connected")
    assert do(client, "Schedule a swim tomorrow at 9am")["status"] == "completed"
    assert [kind for kind, _ in audited(server)][-1] == "account_reconnected"


def test_a_plan_of_an_account_that_was_removed_fails(client: httpx2.Client, far: ByPassword) -> None:
    """And never happens in another one instead."""
    account = connected(client)["id"]
    waits = ask(client, "Schedule a walk tomorrow at 8am")
    assert client.delete(f"/accounts/{account}").status_code == 204
    [result] = confirm(client, waits["thread_id"]).json()["results"].values()
    assert (result["status"], result["error"]) == ("failed", "The account that this was for is not connected any more.")
    assert far.far.effects == []
    assert "walk" not in client.get("/me/export").json()["workspace"]["events"].__repr__()


def test_without_its_key_the_server_starts_and_says_what_to_do(start_server: "StartServer", far: ByPassword) -> None:
    server = start_server(connectors=[far], secret_key=new_key())
    account = connected(server.client())["id"]
    server.stop()
    client = start_server(connectors=[far], secret_key=new_key()).client()
    told = f"Reconnect your account {ANA} in Connections: its sign-in cannot be read here any more."
    assert today(client)["errors"]["mail"] == f"{ANA} could not be read. {told}"
    assert listed(client)[account]["state"] == "reconnect_needed"
    assert connected(client)["id"] == account
    assert today(client)["errors"] == {}


def test_a_kind_that_is_gone_is_told(start_server: "StartServer", far: ByPassword) -> None:
    server = start_server(connectors=[far])
    account = connected(server.client())["id"]
    server.stop()
    client = start_server().client()
    assert listed(client)[account]["kind"] == "far"
    assert "knows no accounts of the kind far any more" in today(client)["errors"]["mail"]
    assert client.delete(f"/accounts/{account}").status_code == 204


# --- whose -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def alike(server: "Server", far: ByPassword, monkeypatch: pytest.MonkeyPatch) -> list[httpx2.Client]:
    """Two users, each of whom has connected an account of his own; both are known by one id."""
    whole = Ids.new
    monkeypatch.setattr(Ids, "new", lambda ids, kind: "acc_same" if kind == "acc" else whole(ids, kind))
    far.passwords |= {"bob@far.example": "his"}
    ana, bob = server.stranger("ana"), server.stranger("bob")
    assert connected(ana)["id"] == "acc_same"
    assert connected(bob, address="bob@far.example", password="his")["id"] == "acc_same"
    return [ana, bob]


def test_accounts_whose_ids_collide_are_each_ones_own(
    server: "Server", far: ByPassword, alike: list[httpx2.Client]
) -> None:
    ana, bob = alike
    assert [listed(client)["acc_same"]["address"] for client in alike] == [ANA, "bob@far.example"]
    assert do(ana, "Schedule a walk tomorrow at 8am")["status"] == "completed"
    assert len(today(ana)["events"]) == 1
    assert today(bob)["events"] == []
    bob.patch("/accounts/acc_same", json={"label": "Bob's", "serves": ["mail"]})
    assert (listed(ana)["acc_same"]["label"], listed(ana)["acc_same"]["serves"]) == (ANA, ALL)
    far.passwords["bob@far.example"] = "changed"
    assert "Reconnect" in today(bob)["errors"]["mail"]
    assert [listed(client)["acc_same"]["state"] for client in alike] == ["connected", "reconnect_needed"]
    assert bob.delete("/accounts/acc_same").status_code == 204
    assert len(today(ana)["events"]) == 1
    left = server.store.read_now(lambda conn: conn.execute(select(credentials.c.account_id)).scalars().all())
    assert left == ["acc_same"]
    assert ana.request("DELETE", "/me", json={"confirm": "ana@example.com"}).status_code == 200
    assert server.store.read_now(lambda conn: conn.execute(select(credentials)).all()) == []
    rows = server.store.read_now(lambda conn: conn.execute(select(accounts.c.id)).scalars().all())
    assert set(rows) == {"local"}


def test_anothers_account_looks_like_none(server: "Server", client: httpx2.Client) -> None:
    account, stranger = connected(client)["id"], server.stranger()
    for response in (
        stranger.patch(f"/accounts/{account}", json={"label": "mine"}),
        stranger.patch("/accounts/acc_unknown", json={"label": "mine"}),
        stranger.patch(f"/accounts/{account}", json={}),
        stranger.delete(f"/accounts/{account}"),
    ):
        assert refused(response) == (404, "not_found")
    assert list(listed(stranger)) == ["local"]
    assert listed(client)[account]["label"] == ANA


def test_what_was_done_is_told_with_by_what(server: "Server", client: httpx2.Client) -> None:
    account = connected(client)["id"]
    client.delete(f"/accounts/{account}")
    session = client.get("/auth/session").json()["session"]
    [(made, one), (removed, two)] = audited(server)
    assert (made, removed) == ("account_connected", "account_removed")
    assert {(row.by, row.via, row.address) for row in (one, two)} == {(session, "api", "127.0.0.1")}
    assert one.data == {"account": account, "kind": "far", "address": ANA, "serves": ALL}
    assert two.data == {"account": account, "kind": "far", "address": ANA}
