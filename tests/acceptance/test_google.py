"""An account at Google, from outside and over crashes of the server: what was confirmed happens there once (P4, P5)."""

import re
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import httpx2
import pytest
from tests.acceptance.conftest import Process, Serve
from tests.acceptance.test_real_accounts import LATER, POINTS, confirm, done, say
from tests.kit.google.consent import AtGoogle, at_google
from tests.kit.google.faults import Fault

from sayso.base.clock import FixedClock, parse_instant

CLOCK = "2035-03-05T09:00:00-05:00"
BOB = "bob@example.test"
BOTH = f"Schedule a meeting titled 'Review' on March 10th at 3 PM with {BOB}, and send {BOB} a mail about Budget"


@pytest.fixture
def google() -> Iterator[AtGoogle]:
    with at_google(FixedClock(parse_instant(CLOCK))) as there:
        yield there
    assert there.api.violations == []


def start(serve: Serve, google: AtGoogle, clock: str = CLOCK, **settings: str) -> Process:
    allowed = {"allowed_users": "@example.test", "mail_directory": ""}
    return serve("--clock", clock, **google.settings(), **allowed, **settings)


def connected(server: Process, google: AtGoogle) -> httpx2.Client:
    client = server.client()
    assert google.connect(client) == "/#/connections"
    client.delete("/accounts/local").raise_for_status()
    return client


def happened(google: AtGoogle) -> list[tuple[str, str]]:
    """What became of the meeting and of the mail, each time that it did."""
    found = [(each.kind, str(each.details.get("about", ""))) for each in google.api.effects]
    return sorted(each for each in found if each[0] in ("event.insert", "mail"))


ONCE = [("event.insert", ""), ("mail", ""), ("mail", "invitation")]


def test_a_day_at_google(serve: Serve, google: AtGoogle) -> None:
    """Made, seen, changed, sent, answered, filed and removed, each as it is there afterwards."""
    client = connected(start(serve, google), google)
    created = done(client, f"Schedule a meeting titled 'Review' on March 10th at 3 PM with {BOB}")
    assert created["status"] == "succeeded", created
    assert google.api.count("mail", to=BOB, about="invitation") == 1
    [event] = google.api.calendar().events()
    assert event["summary"] == "Review"
    assert datetime.fromisoformat(event["start"]["dateTime"]) == datetime(2035, 3, 10, 20, tzinfo=UTC)

    assert done(client, "Move Review to 4 PM")["status"] == "succeeded"
    shown = say(client, "what is on my calendar on March 10th?")["actions"][0]["result"]["events"]
    assert [each["start"] for each in shown] == ["2035-03-10T16:00:00-05:00"]
    assert google.api.count("mail", to=BOB, about="update") == 1

    assert done(client, f"send {BOB} a mail about Budget saying the numbers come today")["status"] == "succeeded"
    assert google.api.count("mail", subject="Budget") == 1

    assert done(client, "add a task to call the bank on Friday")["status"] == "succeeded"
    assert "call the bank" in say(client, "what are my tasks?")["response"]
    assert done(client, "mark call the bank as done")["status"] == "succeeded"
    assert done(client, "cancel Review")["status"] == "succeeded"
    assert google.api.count("mail", to=BOB, about="cancellation") == 1


@pytest.mark.parametrize("point", POINTS)
def test_killed_while_it_runs(serve: Serve, google: AtGoogle, point: str) -> None:
    """An event whose guest is written to, and a mail."""
    first = start(serve, google, fault=point)
    client = connected(first, google)
    plan = say(client, f"{BOTH} saying hello")["plan"]
    assert [action["tool"] for action in plan["actions"]] == ["create_calendar_event", "send_mail"]
    with pytest.raises(httpx2.TransportError):
        confirm(client, plan_id=plan["id"])
    assert first.wait_dead() == -signal.SIGKILL

    again = start(serve, google, LATER).client()
    body = confirm(again, plan_id=plan["id"])
    assert body["status"] == "completed", body
    assert happened(google) == ONCE


@pytest.mark.parametrize("match", [r"^POST .*/events", r"^POST .*/drafts\b(?!/send)", r"^POST .*/drafts/send"])
def test_killed_while_google_is_at_it(serve: Serve, google: AtGoogle, match: str) -> None:
    """The request is with Google when the server dies, and has its effect all the same."""
    first = start(serve, google)
    client = connected(first, google)
    plan = say(client, f"{BOTH} saying hello")["plan"]
    hold = google.api.hold(re.compile(match), effect=True)
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(confirm, client, plan_id=plan["id"])
        assert hold.reached.wait(60)
        first.kill()
        hold.release()
        with pytest.raises(httpx2.TransportError):
            asked.result()
    again = start(serve, google, LATER).client()
    body = confirm(again, plan_id=plan["id"])
    assert body["status"] == "completed", body
    assert happened(google) == ONCE


def test_ten_confirms_at_once_are_one(serve: Serve, google: AtGoogle) -> None:
    client = connected(start(serve, google), google)
    say(client, f"{BOTH} saying hello")
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda _: confirm(client), range(10)))
    assert {answer["status"] for answer in answers} == {"completed"}
    assert happened(google) == ONCE


def test_what_is_cancelled_never_runs(serve: Serve, google: AtGoogle) -> None:
    client = connected(start(serve, google), google)
    say(client, f"{BOTH} saying hello")
    assert client.post("/chat/cancel", json={"thread_id": "t"}).status_code == 200
    refused: dict[str, Any] = confirm(client)
    assert refused["error"] == "confirmation_error"
    assert google.api.effects == []


def test_a_mail_of_which_nothing_can_be_known_is_unknown_and_stays_so(serve: Serve, google: AtGoogle) -> None:
    """Its answer was lost, and then nothing could be looked at."""
    client = connected(start(serve, google), google)
    say(client, f"send {BOB} a mail about Budget saying hello")
    google.api.faults.append(Fault("POST /gmail/v1/users/me/drafts/send", "cut_after"))
    google.api.faults.append(Fault(re.compile(r"^GET /gmail/v1/users/me/(history|messages)"), "status", 503, times=99))
    [result] = confirm(client)["results"].values()
    google.api.faults.clear()
    assert result["status"] == "unknown", result
    assert result["error"]
    assert google.api.count("mail") == 1
    [again] = confirm(client)["results"].values()
    assert (again["status"], google.api.count("mail")) == ("unknown", 1)
