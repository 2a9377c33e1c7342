"""Every list is told in pages: each entry once, in one order, and no list ends in silence."""

import base64
import json
from typing import TYPE_CHECKING, Any

import httpx2
import pytest
from sqlalchemy import insert, select, update
from tests.http.test_contract import ask, cancel

from sayso.conversation import views
from sayso.store.gateway import WriteConn
from sayso.store.tables import threads, turns

if TYPE_CHECKING:
    from tests.conftest import Server

LOOK = "What's on my calendar today?"
TASK = "Add a task to call the bank"
LISTS = {"/plans": "plans", "/threads": "threads", "/activity": "entries", "/auth/sessions": "sessions"}


def pages(client: httpx2.Client, path: str, name: str, limit: int, **query: Any) -> list[list[Any]]:
    """Every page of a list, each with its entries' ids."""
    found: list[list[Any]] = []
    cursor: dict[str, str] = {}
    while not found or cursor:
        response = client.get(path, params={"limit": limit, **query, **cursor})
        assert response.status_code == 200, response.text
        body = response.json()
        found.append([entry["id"] for entry in body[name]])
        cursor = {"cursor": body["next_cursor"]} if body["next_cursor"] else {}
    return found


def test_pages_hold_every_entry_once(server: "Server") -> None:
    """On a clock that stands still, so that times alone tell no order."""
    client = server.client()
    for number in range(5):
        server.client()
        ask(client, TASK, thread_id=f"t{number}")
        cancel(client, f"t{number}")
    ask(client, TASK, thread_id="t5")
    for path, name in LISTS.items():
        whole = [entry["id"] for entry in client.get(path).json()[name]]
        assert len(whole) == len(set(whole)) >= 5, path
        for limit in (1, 2, 4, 5, 6):
            found = pages(client, path, name, limit)
            assert [id_ for page in found for id_ in page] == whole, (path, limit)
            assert all(len(page) == limit for page in found[:-1])
            assert found[-1], (path, limit)
    cancelled = pages(client, "/plans", "plans", 2, status="cancelled")
    assert [len(page) for page in cancelled] == [2, 2, 1]


def _cursor(*parts: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode()


AT = "2026-03-02T14:00:00+00:00"


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize(
    "query",
    ["limit=0", "limit=x", "limit=201", "cursor=x", "cursor=%00", f"cursor={_cursor(AT)}", f"cursor={_cursor(AT, 1)}",
     f"cursor={_cursor(AT, 1.5, 'p')}", f"cursor={_cursor('soon', 'p')}", f"cursor={'x' * 301}"],
)  # fmt: skip
def test_what_is_no_page(shared_server: "Server", path: str, query: str) -> None:
    response = shared_server.stranger().get(f"{path}?{query}")
    assert (response.status_code, response.json()["error"]) == (422, "validation_error")


# --- one thread ------------------------------------------------------------------------------------------------------


def lengthen(conn: WriteConn, count: int) -> None:
    """Make the turn of thread `t` the last of so many."""
    turn = dict(conn.execute(select(turns).join(threads).where(threads.c.id == "t")).one()._mapping)
    copies = [turn | {"seq": number, "id": f"turn-{number}"} for number in range(2, count + 1)]
    conn.execute(insert(turns), copies)
    conn.execute(update(threads).where(threads.c.pk == turn["thread_pk"]).values(turns=count))


def walk(client: httpx2.Client, **query: Any) -> list[list[str]]:
    """The pages of thread `t`, the last one first, each with its messages' ids."""
    found: list[list[str]] = []
    before: dict[str, str] = {}
    while not found or before:
        body = client.get("/threads/t", params={**query, **before}).json()
        assert body["earlier"] == (body["next_cursor"] is not None)
        found.append([message["id"] for message in body["messages"]])
        before = {"before": body["next_cursor"]} if body["next_cursor"] else {}
    return found


def test_the_whole_thread_up_to_a_bound(server: "Server") -> None:
    client = server.client()
    ask(client, LOOK, thread_id="t")
    server.store.write_now(lengthen, 300)
    found = walk(client)
    assert [len(page) for page in found] == [500, 100]
    assert len({id_ for page in found for id_ in page}) == 600
    assert found[0][-1] == "turn-300"


def test_a_page_ends_behind_so_much_text(server: "Server", monkeypatch: pytest.MonkeyPatch) -> None:
    """What reads found counts too: it is most of what a page weighs."""
    client = server.client()
    ask(client, LOOK, thread_id="t")
    server.store.write_now(lengthen, 20)
    [said, read] = client.get("/threads/t", params={"limit": 2}).json()["messages"]
    weight = len(json.dumps(read["actions"], separators=(",", ":"))) + len(read["content"]) + len(said["content"])
    monkeypatch.setattr(views, "MOST_SHOWN", 3 * weight)
    found = walk(client)
    assert sum(map(len, found)) == 40
    assert max(map(len, found)) < 12
    monkeypatch.setattr(views, "MOST_SHOWN", 1)
    assert max(map(len, walk(client))) == 1


def test_a_page_of_the_past_does_not_bring_the_plans_of_today(server: "Server") -> None:
    client = server.client()
    ids = []
    for _ in range(4):
        first = ask(client, TASK, thread_id="t")["plan"]
        edits = {first["actions"][0]["id"]: {"title": "Call Ana"}}
        ids.append([first["id"], client.patch(f"/plans/{first['id']}", json={"edits": edits}).json()["id"]])
        cancel(client, "t")
    messages = client.get("/threads/t").json()["messages"]
    for number, theirs in enumerate(ids):
        before = {} if number == 3 else {"before": messages[2 * number + 2]["id"]}
        page = client.get("/threads/t", params={"limit": 2, **before}).json()
        assert [message["id"] for message in page["messages"]] == [m["id"] for m in messages[2 * number :][:2]]
        assert [plan["id"] for plan in page["plans"]] == theirs
