"""What the adapters of tasks and contacts rely on at Google, as far as the fake has it: the discovery documents tasks
v1 and people v1, and the guide "Read and manage contacts"."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from tests.kit.google.fake import Google

from sayso.base.clock import FixedClock

TASKS = "/tasks/v1/lists/@default/tasks"
LISTS = "/tasks/v1/users/@me/lists"
CONNECTIONS = "/v1/people/me/connections"
READ_CONTACTS = "https://www.googleapis.com/auth/contacts.readonly"

Ask = Callable[..., httpx2.Response]


@pytest.fixture
def ask(google: Google) -> Iterator[Ask]:
    headers = {"Authorization": f"Bearer {google.grant()}"}
    with httpx2.Client(base_url=google.url, headers=headers, trust_env=False) as client:
        yield client.request


def moved(google: Google, by: timedelta) -> None:
    assert isinstance(google.clock, FixedClock)
    google.clock.move(by)


def ids(answer: httpx2.Response) -> list[str]:
    return [each["id"] for each in answer.json()["items"]]


# --- tasks -----------------------------------------------------------------------------------------------------------


def test_a_new_task(ask: Ask) -> None:
    made = ask("POST", TASKS, json={"title": "Milk", "due": "2027-01-05T15:30:00Z", "notes": "n"}).json()
    assert made["due"] == "2027-01-05T00:00:00.000Z"
    assert made["status"] == "needsAction"
    assert {"etag", "updated", "position", "selfLink"} <= made.keys()
    assert ask("GET", f"{TASKS}/{made['id']}").json() == made


def test_done_and_open_again(ask: Ask) -> None:
    path = f"{TASKS}/{ask('POST', TASKS, json={'title': 'Milk'}).json()['id']}"
    assert "completed" in ask("PATCH", path, json={"status": "completed"}).json()
    opened = ask("PATCH", path, json={"status": "needsAction"})
    assert opened.status_code == 200
    assert "completed" not in opened.json()


def test_a_patch_changes_what_it_names_and_null_takes_away(ask: Ask) -> None:
    body = {"title": "Milk", "notes": "n", "due": "2027-01-05T00:00:00Z"}
    path = f"{TASKS}/{ask('POST', TASKS, json=body).json()['id']}"
    assert ask("PATCH", path, json={"title": "Cream"}).json()["notes"] == "n"
    assert not {"notes", "due"} & ask("PATCH", path, json={"notes": None, "due": None}).json().keys()


def test_the_etag_does_not_change_with_every_change(ask: Ask) -> None:
    made = ask("POST", TASKS, json={"title": "Milk"}).json()
    assert ask("PATCH", f"{TASKS}/{made['id']}", json={"status": "completed"}).json()["etag"] == made["etag"]
    assert ask("PATCH", f"{TASKS}/{made['id']}", json={"title": "Cream"}).json()["etag"] != made["etag"]


@pytest.mark.parametrize("gone", [True, False])
def test_a_deleted_task_is_gone_or_says_so(google: Google, ask: Ask, gone: bool) -> None:
    google.tasks().gone = gone
    made = ask("POST", TASKS, json={"title": "Milk"}).json()
    path = f"{TASKS}/{made['id']}"
    assert ask("DELETE", path).status_code == 204
    there = ask("GET", path)
    assert there.status_code == 404 if gone else there.json()["deleted"] is True
    assert ask("DELETE", path).status_code == ask("PATCH", path, json={"title": "x"}).status_code == 404
    assert ids(ask("GET", TASKS)) == []
    assert ids(ask("GET", TASKS, params={"showDeleted": "true"})) == [made["id"]]


@pytest.mark.parametrize(("name", "most"), [("title", 1024), ("notes", 8192)])
def test_limits_of_a_text(ask: Ask, name: str, most: int) -> None:
    assert ask("POST", TASKS, json={name: "x" * most}).status_code == 200
    assert ask("POST", TASKS, json={name: "x" * (most + 1)}).status_code == 400


def test_what_a_list_shows(google: Google, ask: Ask) -> None:
    book = google.tasks()
    opened, done = book.add("open")["id"], book.add("done", status="completed")["id"]
    hidden = book.add("hidden", status="completed", hidden=True)["id"]
    assigned = book.add("assigned", assignmentInfo={"surfaceType": "DOCUMENT"})["id"]
    assert set(ids(ask("GET", TASKS))) == {opened, done}
    assert ids(ask("GET", TASKS, params={"showCompleted": "false"})) == [opened]
    assert set(ids(ask("GET", TASKS, params={"showHidden": "true"}))) == {opened, done, hidden}
    assert set(ids(ask("GET", TASKS, params={"showAssigned": "true"}))) == {opened, done, assigned}


def test_pages_of_at_most_a_hundred_in_the_order_of_the_positions(google: Google, ask: Ask) -> None:
    for number in range(101):
        google.tasks().add(str(number))
    first = ask("GET", TASKS, params={"maxResults": 100})
    rest = ask("GET", TASKS, params={"maxResults": 100, "pageToken": first.json()["nextPageToken"]})
    assert [each["title"] for each in first.json()["items"]] == [str(number) for number in range(100, 0, -1)]
    assert ([each["title"] for each in rest.json()["items"]], "nextPageToken" in rest.json()) == (["0"], False)
    assert len(ids(ask("GET", TASKS))) == 20
    assert ask("GET", TASKS, params={"maxResults": 101}).status_code == 400


def test_what_has_changed_since(google: Google, ask: Ask) -> None:
    old, other = (google.tasks().add(title)["id"] for title in ("old", "other"))
    moved(google, timedelta(hours=1))
    ask("PATCH", f"{TASKS}/{other}", json={"notes": "n"})
    now = google.stamp()
    assert ids(ask("GET", TASKS, params={"updatedMin": now})) == [other]
    moved(google, timedelta(seconds=1))
    assert ids(ask("GET", TASKS, params={"updatedMin": google.stamp()})) == []
    assert set(ids(ask("GET", TASKS))) == {old, other}


def test_lists(google: Google, ask: Ask) -> None:
    made = ask("POST", LISTS, json={"title": "Garden"}).json()
    default = ask("GET", f"{LISTS}/@default").json()
    assert [each["id"] for each in ask("GET", LISTS).json()["items"]] == [default["id"], made["id"]]
    assert ask("POST", LISTS, json={"title": "Garden"}).status_code == 200  # names need not be different
    assert ask("GET", f"{LISTS}/nope").status_code == ask("GET", "/tasks/v1/lists/nope/tasks").status_code == 404
    first = ask("GET", LISTS, params={"maxResults": 2}).json()
    assert ask("GET", LISTS, params={"maxResults": 2, "pageToken": first["nextPageToken"]}).json()["items"]


@pytest.mark.parametrize("renames", [True, False])
def test_a_task_goes_to_another_list(google: Google, ask: Ask, renames: bool) -> None:
    book = google.tasks()
    book.renames = renames
    to, task = book.new_list("Garden"), book.add("Mow", notes="n", status="completed")
    gone = ask("POST", f"{TASKS}/{task['id']}/move", params={"destinationTasklist": to}).json()
    assert (gone["title"], gone["notes"], gone["status"]) == ("Mow", "n", "completed")
    assert (gone["id"] != task["id"]) == renames
    assert ids(ask("GET", TASKS)) == []
    assert ids(ask("GET", f"/tasks/v1/lists/{to}/tasks")) == [gone["id"]]


# --- people ----------------------------------------------------------------------------------------------------------


def names(answer: httpx2.Response, items: str = "connections") -> list[str]:
    return [each["names"][0]["displayName"] for each in answer.json().get(items, ())]


def test_contacts_need_a_mask_and_come_in_pages(google: Google, ask: Ask) -> None:
    for name in ("Ana", "Bob", "Cleo"):
        google.people().add(name, f"{name}@x.test")
    assert ask("GET", CONNECTIONS).status_code == 400
    assert ask("GET", CONNECTIONS, params={"personFields": "hats"}).status_code == 400
    params = {"personFields": "names", "pageSize": "2"}
    first = ask("GET", CONNECTIONS, params=params)
    assert (names(first), first.json()["totalItems"]) == (["Ana", "Bob"], 3)
    assert first.json()["connections"][0].keys() == {"resourceName", "etag", "names"}
    token = first.json()["nextPageToken"]
    assert names(ask("GET", CONNECTIONS, params={**params, "pageToken": token})) == ["Cleo"]
    assert ask("GET", CONNECTIONS, params={"personFields": "names,urls", "pageToken": token}).status_code == 400
    assert ask("GET", CONNECTIONS, params={"personFields": "names", "pageSize": "1001"}).status_code == 400


def test_what_changes_comes_by_a_token_for_seven_days(google: Google, ask: Ask) -> None:
    circle = google.people()
    ana, bob = circle.add("Ana"), circle.add("Bob")
    params: dict[str, Any] = {"personFields": "names,metadata", "requestSyncToken": "true"}
    full = ask("GET", CONNECTIONS, params=params).json()
    circle.delete(bob)
    circle.put(ana, {"names": [{"displayName": "Anna"}]})
    moved(google, timedelta(days=6))
    changed = ask("GET", CONNECTIONS, params={**params, "syncToken": full["nextSyncToken"]}).json()
    assert [each["resourceName"] for each in changed["connections"]] == [bob, ana]
    assert changed["connections"][0]["metadata"]["deleted"] is True
    params["syncToken"] = changed["nextSyncToken"]
    assert "connections" not in ask("GET", CONNECTIONS, params=params).json()
    moved(google, timedelta(days=2))  # since it was read in full
    late = ask("GET", CONNECTIONS, params=params)
    assert late.status_code == 400
    assert [each["reason"] for each in late.json()["error"]["details"]] == ["EXPIRED_SYNC_TOKEN"]
    assert names(ask("GET", CONNECTIONS, params={"personFields": "names"})) == ["Anna"]


def test_other_contacts_are_a_list_and_a_scope_of_their_own(google: Google, ask: Ask) -> None:
    google.people().add("Ana")
    google.people().add("Zoe", "zoe@x.test", other=True)
    assert ask("GET", "/v1/otherContacts").status_code == 400
    assert ask("GET", "/v1/otherContacts", params={"readMask": "organizations"}).status_code == 400
    assert names(ask("GET", "/v1/otherContacts", params={"readMask": "names"}), "otherContacts") == ["Zoe"]
    token = google.grant([READ_CONTACTS])
    headers = {"Authorization": f"Bearer {token}"}
    assert ask("GET", "/v1/otherContacts", params={"readMask": "names"}, headers=headers).status_code == 403
    assert len(google.took("scope")) == 1


def test_a_search_finds_beginnings_of_words_after_an_empty_one(google: Google, ask: Ask) -> None:
    google.people().add("Foo Name", "foo@x.test")

    def searched(query: str) -> int:
        params = {"query": query, "readMask": "names"}
        return len(ask("GET", "/v1/people:searchContacts", params=params).json().get("results", ()))

    assert searched("foo") == 0
    assert searched("") == 0
    assert [searched(query) for query in ("f", "foo n", "NAM", "oo n")] == [1, 1, 1, 0]
