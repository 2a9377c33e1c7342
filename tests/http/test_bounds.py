"""What a client or a model asks for has a bound: a clear refusal, and others are served meanwhile."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx2
import pytest
from sqlalchemy import select
from tests.conftest import ZONE, Server, StartServer
from tests.web.puppet import Puppet

from sayso.store.tables import users
from sayso.transfer.importing import import_files
from sayso.transfer.job import ImportReport
from sayso.workspace.events import looking
from sayso.workspace.local import event_rows
from sayso.workspace.people import Me

ENDLESS = [
    "FREQ=HOURLY;BYSETPOS=5", "FREQ=SECONDLY", "FREQ=MINUTELY", "FREQ=DAILY;BYMONTHDAY=31;BYMONTH=2",
    "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "FREQ=DAILY;COUNT=1000000000", "FREQ=DAILY;INTERVAL=1000000",
    "FREQ=WEEKLY;BYDAY=MO;BYSETPOS=366", "FREQ=HOURLY;INTERVAL=168;BYDAY=TU", "FREQ=DAILY;UNTIL=soon",
    "FREQ=DAILY;BYHOUR=" + ",".join(map(str, range(24))) + ";BYMINUTE=0,20,40",
    "FREQ=YEARLY;BYYEARDAY=" + "1," * 90_000, "FREQ=YEARLY;BYWEEKNO=53;BYDAY=MO;COUNT=20000",
]  # fmt: skip


def _call(tool: str, **args: Any) -> dict[str, str]:
    return {"user_message": f"!{tool} {json.dumps(args)}", "thread_id": "t"}


@pytest.fixture
def server(start_server: StartServer) -> Server:
    return start_server(source=Puppet())


@pytest.fixture
def client(server: Server) -> httpx2.Client:
    return server.client()


def test_an_endless_rule_is_refused_with_its_field_and_the_plan_waits_on(client: httpx2.Client) -> None:
    lesson = _call("create_calendar_event", title="Lesson", start="2026-03-10T15:00", recurrence="FREQ=WEEKLY")
    plan = client.post("/chat", json=lesson).json()["plan"]
    action = plan["actions"][0]["id"]
    for rule in ENDLESS:
        answer = client.patch(f"/plans/{plan['id']}", json={"edits": {action: {"recurrence": rule}}})
        assert (answer.status_code, answer.json()["error"]) == (422, "validation_error"), rule
        [field] = answer.json()["details"]["fields"]
        assert (field["field"], field["action_id"]) == ("recurrence", action)
        assert len(field["message"]) < 400
    assert client.get(f"/plans/{plan['id']}").json()["status"] == "pending"


def test_an_endless_rule_of_a_model_makes_no_plan(client: httpx2.Client) -> None:
    for rule in ENDLESS[:5]:
        call = _call("create_calendar_event", title="Lesson", start="2026-03-10T15:00", recurrence=rule)
        assert client.post("/chat", json=call).json()["plan"] is None


def _import(server: Server, file: Path) -> ImportReport:
    report = ImportReport()
    user = server.store.read_now(lambda conn: conn.execute(select(users)).one())
    me = Me(user.email, user.name)
    import_files(server.store, user.id, me, ZoneInfo(ZONE), server.ids, [file], report, keep_samples=True)
    return report


def _events(*events: str) -> str:
    parts = "".join(f"BEGIN:VEVENT\nSUMMARY:{number}\n{lines}\nEND:VEVENT\n" for number, lines in enumerate(events))
    return f"BEGIN:VCALENDAR\nVERSION:2.0\n{parts}END:VCALENDAR\n"


DAYS = [f"{datetime(2020, 1, 1, tzinfo=UTC) + timedelta(days=day):%Y%m%dT%H%M%SZ}" for day in range(3_000)]
SATURDAYS = [f"{year}1231T000000Z" for year in range(2016, 9000, 4)]
ODD = _events(
    "DTSTART:00010101T000000Z\nDTEND:99991231T235959Z",
    "DTSTART;VALUE=DATE:00010101\nDTEND;VALUE=DATE:99991231",
    "DTSTART;VALUE=DATE:00010101\nRRULE:FREQ=DAILY",
    "DTSTART:20200101T000000Z\nDTEND:70200101T000000Z\nRRULE:FREQ=DAILY",
    "DTSTART:20200101T000000Z\nRRULE:FREQ=HOURLY;BYSETPOS=5",
    "DTSTART:20200101T000000Z\nRRULE:FREQ=SECONDLY",
    "DTSTART:20200101T000000Z\nRRULE:FREQ=DAILY\nEXDATE:" + ",".join(DAYS),
    "DTSTART:20200101T000000Z\nRRULE:FREQ=YEARLY;BYWEEKNO=53;BYDAY=MO;COUNT=20000",
    "DTSTART:20161231T000000Z\nRRULE:FREQ=YEARLY;BYYEARDAY=366;BYDAY=SA\nEXDATE:" + ",".join(SATURDAYS),
    "DTSTART:20200101T000000Z\nDTEND:70200101T000000Z",
    "DTSTART;VALUE=DATE:10000101\nDTEND;VALUE=DATE:90000101",
    "DTSTART;VALUE=DATE:16000101\nRRULE:FREQ=YEARLY",
    "DTSTART:20260302T150000Z\nDTEND:20260302T160000Z",
)  # fmt: skip


def test_events_of_absurd_length_are_told_of_and_the_calendar_can_be_read(
    server: Server, client: httpx2.Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.get("/workspace/today").raise_for_status()
    monkeypatch.setattr(looking, "MOST_STEPS", 20_000)
    (tmp_path / "odd.ics").write_text(ODD)
    report = _import(server, tmp_path / "odd.ics")
    told = [line.partition(" was left out: ") for line in report.problems]
    once = [line.partition(" came in, but it is there once")[0] for line, left_out, _ in told if not left_out]
    assert [line for line, left_out, _ in told if left_out] == [f"odd.ics: the event '{n}'" for n in (0, 1, 2, 3, 6, 8)]
    assert once == [f"odd.ics: the event '{number}'" for number in (4, 5, 7)]
    assert report.events == 4 + len(once)
    assert client.get("/workspace/today").json()["errors"] == {}
    for tool, args, refused in (
        ("list_calendar_events", {"start": "today"}, ""),
        ("search_calendar_events", {"query": "12", "start": "2025-01-01", "end": "2027-01-01"}, ""),
        ("find_free_time", {"start": "2026-03-03"}, ""),
        ("list_calendar_events", {"start": "1900-01-01", "end": "2199-12-31"}, "name a shorter time"),
        ("find_free_time", {"start": "1900-01-01", "end": "2199-12-31"}, "within a year at once"),
    ):
        [action] = client.post("/chat", json=_call(tool, **args)).json()["actions"]
        assert refused in (action["error"] or "")
        assert action["success"] == (not refused)
    plan = client.post("/chat", json=_call("create_calendar_event", title="A", start="2026-03-03T10:00")).json()["plan"]
    assert "overlaps '9'" in plan["actions"][0]["preview"]


def test_more_than_can_be_looked_through_is_refused_in_a_sentence(
    server: Server, client: httpx2.Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.get("/workspace/today").raise_for_status()
    monkeypatch.setattr(event_rows, "MOST_ROWS", 200)
    crowd = ["DTSTART:20260302T150000Z\nDTEND:20260302T160000Z"] * 201
    (tmp_path / "crowd.ics").write_text(_events(*(f"UID:{number}\n{each}" for number, each in enumerate(crowd))))
    assert _import(server, tmp_path / "crowd.ics").events == 201
    assert "too much" in client.get("/workspace/today").json()["errors"]["events"]
    answer = client.post("/chat", json=_call("list_calendar_events", start="today")).json()
    assert "name a shorter time" in answer["actions"][0]["error"]
    assert client.post("/chat", json=_call("list_calendar_events", start="2026-03-04")).json()["actions"][0]["success"]


def test_long_words_of_a_model_are_refused(client: httpx2.Client) -> None:
    for tool, args in (
        ("delete_calendar_event", {"event": "lunch " * 1_500}),
        ("complete_task", {"task": "a" * 9_000}),
        ("create_calendar_event", {"title": "A", "start": "monday and " * 800}),
        ("create_calendar_event", {"title": "A", "start": "today at 3", "guests": ["a@" * 4_500]}),
        ("label_mail", {"messages": ["x"], "add": ["a" * 9_000]}),
        ("list_calendar_events", {"limit": 10**400}),
    ):
        answer = client.post("/chat", json=_call(tool, **args))
        assert (answer.status_code, answer.json()["plan"]) == (200, None)
