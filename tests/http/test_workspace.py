"""The workspace today: read-only, and one system's trouble is only its own."""

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Any, cast

import httpx2
import pytest
from tests.http.test_contract import ask, confirm

from sayso import desk
from sayso.workspace.accounts import Account, compose
from sayso.workspace.errors import Unavailable
from sayso.workspace.local import local_workspace
from sayso.workspace.local.calendar import LocalCalendar
from sayso.workspace.local.mail import LocalMail
from sayso.workspace.local.tasks import LocalTasks
from sayso.workspace.protocols import Calendar, Workspace
from sayso.workspace.types import Event

if TYPE_CHECKING:
    from tests.conftest import Server, StartServer

PARTS = [("events", LocalCalendar, "list_events"), ("tasks", LocalTasks, "list_tasks"), ("mail", LocalMail, "search")]


@pytest.fixture
def client(server: "Server") -> httpx2.Client:
    return server.client()


def today(client: httpx2.Client, **query: Any) -> dict[str, Any]:
    response = client.get("/workspace/today", params=query)
    assert response.status_code == 200, response.text
    body: dict[str, Any] = response.json()
    return body


def test_the_seeded_week(client: httpx2.Client) -> None:
    body = today(client)
    assert (body["now"], body["timezone"], body["days"]) == ("2026-03-02T09:00:00-05:00", "America/New_York", 7)
    assert body["errors"] == {}
    assert set(body["events"][0]) == {
        "id", "title", "start", "end", "all_day", "location", "guests", "recurrence", "my_response",
    }  # fmt: skip
    starts = [event["start"][:10] for event in body["events"]]
    assert starts == sorted(starts)
    assert all(event["end"] > "2026-03-02" and event["start"] < "2026-03-09" for event in body["events"])
    assert set(body["tasks"][0]) == {"id", "title", "due", "list", "overdue"}
    overdue = [task["overdue"] for task in body["tasks"]]
    assert overdue == sorted(overdue, reverse=True)
    dues = [task["due"] for task in body["tasks"] if task["due"]]
    assert [task["due"] for task in body["tasks"]][: len(dues)] == dues
    assert body["tasks_total"] >= len(body["tasks"]) > 0
    assert set(body["mail"][0]) == {"id", "thread_id", "from", "subject", "snippet", "date"}
    dates = [message["date"] for message in body["mail"]]
    assert dates == sorted(dates, reverse=True)
    assert body["mail_total"] >= len(body["mail"]) > 0


def test_an_action_lands_and_a_done_task_goes(client: httpx2.Client) -> None:
    before = today(client)
    confirm(client, ask(client, "Schedule a meeting titled 'Budget' tomorrow at 3pm")["thread_id"])
    after = today(client)
    [landed] = [event for event in after["events"] if event not in before["events"]]
    assert (landed["title"], landed["start"]) == ("Budget", "2026-03-03T15:00:00-05:00")


def test_days_are_days_of_the_user(server: "Server", client: httpx2.Client) -> None:
    confirm(client, ask(client, "Schedule a meeting titled 'Late' tonight at 11pm")["thread_id"])
    assert "Late" in [event["title"] for event in today(client, days=1)["events"]]
    server.clock.move(timedelta(hours=15))  # midnight in New York
    assert "Late" not in [event["title"] for event in today(client, days=1)["events"]]
    client.patch("/me", json={"timezone": "America/Los_Angeles"})
    moved = today(client, days=1)
    assert moved["timezone"] == "America/Los_Angeles"
    assert "2026-03-02T20:00:00-08:00" in [event["start"] for event in moved["events"]]


def test_many(client: httpx2.Client, server: "Server") -> None:
    for number in range(3):
        confirm(client, ask(client, f"Add a task to call number {number}", thread_id=f"t{number}")["thread_id"])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(desk, "MOST_TASKS", 2)
        body = today(client)
    assert len(body["tasks"]) == 2
    assert body["tasks_total"] > 2


def test_a_long_subject_is_shortened(client: httpx2.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = [mail["subject"] for mail in today(client)["mail"]]
    monkeypatch.setattr(desk, "SUBJECT", 9)
    short = [mail["subject"] for mail in today(client)["mail"]]
    assert all(len(each) <= 9 for each in short)
    assert [each.removesuffix("…") for each in short] == [
        each if len(each) <= 9 else each[:8].rstrip() for each in whole
    ]


@pytest.mark.parametrize("days", ["0", "32", "x", "-1"])
def test_bad_days(client: httpx2.Client, days: str) -> None:
    response = client.get("/workspace/today", params={"days": days})
    assert (response.status_code, response.json()["error"]) == (422, "validation_error")


@pytest.mark.parametrize(("part", "system", "method"), PARTS)
def test_a_system_that_fails(
    client: httpx2.Client, monkeypatch: pytest.MonkeyPatch, part: str, system: type, method: str
) -> None:
    async def fail(*_: object, **__: object) -> None:
        raise Unavailable("It cannot be reached.")

    monkeypatch.setattr(system, method, fail)
    body = today(client)
    assert body["errors"] == {part: "It cannot be reached."}
    assert [name for name, _, _ in PARTS if body[name] is None] == [part]


def test_a_system_that_is_slow(client: httpx2.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    async def hang(*_: object, **__: object) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(LocalMail, "search", hang)
    monkeypatch.setattr(desk, "PART_SECONDS", 3.0)
    body = today(client)
    assert set(body["errors"]) == {"mail"}
    assert (body["mail"], body["mail_total"]) == (None, None)
    assert body["events"]
    assert body["tasks"]


def test_another_user_sees_his_own(server: "Server", client: httpx2.Client) -> None:
    assert today(client)["events"]
    body = today(server.stranger())
    assert (body["events"], body["tasks"], body["mail"], body["mail_total"]) == ([], [], [], 0)


@pytest.fixture
def only_a_calendar(monkeypatch: pytest.MonkeyPatch, start_server: "StartServer") -> httpx2.Client:
    """A user who has connected a calendar, and nothing else."""

    def part_of_it(*args: Any) -> Workspace:
        whole = local_workspace(*args)
        return Workspace(whole.calendar, connections=whole.connections[:1])

    monkeypatch.setattr("sayso.workspace.local.local_workspace", part_of_it)
    return start_server().client()


def test_what_is_not_connected_is_missing_and_no_error(only_a_calendar: httpx2.Client) -> None:
    body = today(only_a_calendar)
    assert body["events"]
    assert [body[name] for name in ("tasks", "tasks_total", "mail", "mail_total")] == [None] * 4
    assert body["errors"] == {}
    connections = only_a_calendar.get("/auth/session").json()["connections"]
    assert [each["name"] for each in connections] == ["calendar"]


@pytest.mark.parametrize(
    ("message", "answer"),
    [
        ("Send a mail to ana@example.com saying hello", "No mailbox is connected"),
        ("Is there unread mail?", "No mailbox is connected"),
        ("Remind me to call mum", "No task list"),
    ],
)
def test_what_is_asked_of_a_part_that_is_missing_is_answered(
    only_a_calendar: httpx2.Client, message: str, answer: str
) -> None:
    body = ask(only_a_calendar, message)
    assert answer in body["response"]
    assert body["plan"] is None


def test_the_part_that_is_there_works(only_a_calendar: httpx2.Client) -> None:
    body = ask(only_a_calendar, "Schedule a meeting titled 'Budget' tomorrow at 3pm")
    assert confirm(only_a_calendar, body["thread_id"]).json()["status"] == "completed"
    assert "Budget" in [event["title"] for event in today(only_a_calendar)["events"]]


def test_one_account_of_several_that_fails_is_named_beside_what_the_others_give(
    monkeypatch: pytest.MonkeyPatch, start_server: "StartServer"
) -> None:
    class Broken:
        async def list_events(self, *_: object) -> list[Event]:
            raise Unavailable("It cannot be reached.")

    def two_accounts(*args: Any) -> Workspace:
        work = Account("w", "far", "me@work.example", Workspace(cast(Calendar, Broken())))
        return compose([Account("", "local", "This computer", local_workspace(*args)), work])

    monkeypatch.setattr("sayso.workspace.local.local_workspace", two_accounts)
    client = start_server().client()
    body = today(client)
    assert body["events"]
    assert body["errors"] == {"events": "me@work.example could not be read. It cannot be reached."}
    connections = client.get("/auth/session").json()["connections"]
    assert [each["account"] for each in connections if each["name"] == "calendar"] == [None, "me@work.example"]
