"""Accounts on real servers, from outside: what was confirmed happens there once, whatever breaks (P1, P4, P5, P7)."""

import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import httpx2
import pytest
from tests.acceptance.conftest import Process, Serve
from tests.kit.rigs.office import Office, fresh, office
from tests.kit.rigs.smtp import BOB

# Servers invite nobody to what is past.
CLOCK = "2035-03-05T09:00:00-05:00"
LATER = "2035-03-05T09:10:00-05:00"
GUEST = "carol@elsewhere.example"
POINTS = ["before_decide", "decided", "claimed", "ran", "recorded"]


@pytest.fixture(scope="module", params=["radicale", "cyrus"])
def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with office(request.param, tmp_path_factory.mktemp(request.param)) as made:
        yield made


def say(client: httpx2.Client, message: str, thread: str = "t") -> dict[str, Any]:
    answer = client.post("/chat", json={"user_message": message, "thread_id": thread})
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def connect(client: httpx2.Client, place: Office) -> str:
    address = place.person()
    answer = client.post("/accounts", json=place.wish(address))
    assert answer.status_code == 201, answer.text
    assert [check for check in answer.json()["checks"] if not check["works"] and check["name"] != "contacts"] == []
    client.delete("/accounts/local").raise_for_status()
    return address


def confirm(client: httpx2.Client, thread: str = "t", **more: Any) -> dict[str, Any]:
    body: dict[str, Any] = client.post("/chat/confirm", json={"thread_id": thread, **more}).json()
    return body


def done(client: httpx2.Client, message: str) -> dict[str, Any]:
    """The one result of what is asked for and confirmed."""
    assert say(client, message)["requires_confirmation"]
    body = confirm(client)
    [result] = body["results"].values()
    return dict(result) | {"response": body["response"]}


def start(serve: Serve, clock: str = CLOCK, **settings: str) -> Process:
    return serve("--clock", clock, mail_directory="", **settings)


def test_a_day_with_real_accounts(serve: Serve, place: Office) -> None:
    """Made, seen, changed, sent, answered, filed and removed, each as it is on the server afterwards."""
    client = start(serve).client()
    address, review, budget = connect(client, place), fresh("Review"), fresh("Budget")

    created = done(client, f"Schedule a meeting titled '{review}' on March 10th at 3 PM with {GUEST}")
    assert created["status"] == "succeeded", created
    assert f"Invited {GUEST}" in created["response"]
    assert place.events(address)[review] == 1
    assert place.told(review) == 1, "the guest is written to once"

    moved = done(client, f"Move {review} to 4 PM")
    assert moved["status"] == "succeeded", moved
    assert say(client, "what is on my calendar on March 10th?")["actions"][0]["result"]["events"][0]["start"] == (
        "2035-03-10T16:00:00-05:00"
    )

    sent = done(client, f"send {BOB} a mail about {budget} saying the numbers come today")
    assert sent["status"] == "succeeded", sent
    assert place.delivered()[budget] == 1
    assert place.subjects(address, "Sent").count(budget) == 1
    assert budget not in place.subjects(address, "Drafts")

    note = fresh("Invoice")
    with place.box.other(address) as other:
        other.put(f"From: bob@example.test\nTo: {address}\nSubject: {note}\nMessage-ID: <{note}@x>\n\nHello".encode())
    assert note in say(client, "any unread mail?")["response"]
    assert done(client, f"archive the mail about {note}")["status"] == "succeeded"
    assert note in place.subjects(address, "Archive")
    assert note not in place.subjects(address, "INBOX")

    assert done(client, "add a task to call the bank on Friday")["status"] == "succeeded"
    assert "call the bank" in say(client, "what are my tasks?")["response"]
    assert done(client, f"cancel {review}")["status"] == "succeeded"
    assert place.events(address)[review] == 0


@pytest.mark.parametrize("point", POINTS)
def test_killed_while_it_runs_on_real_servers(serve: Serve, place: Office, point: str) -> None:
    """An event whose guest is written to, and a mail."""
    first = start(serve, fault=point)
    client = first.client()
    address, review, budget = connect(client, place), fresh("Review"), fresh("Budget")
    both = (
        f"Schedule a meeting titled '{review}' on March 10th at 3 PM with {GUEST}, and send {BOB} a mail about {budget}"
    )
    plan = say(client, f"{both} saying hello")["plan"]
    plan_id = plan["id"]
    assert [action["tool"] for action in plan["actions"]] == ["create_calendar_event", "send_mail"]
    with pytest.raises(httpx2.TransportError):
        confirm(client, plan_id=plan_id)
    assert first.wait_dead() == -signal.SIGKILL

    again = start(serve, LATER).client()
    body = confirm(again, plan_id=plan_id)
    assert body["status"] == "completed", body
    assert place.events(address)[review] == 1
    assert place.delivered()[budget] == 1
    assert place.told(review) == 1
    assert place.subjects(address, "Sent").count(budget) == 1


def test_ten_confirms_at_once_are_one(serve: Serve, place: Office) -> None:
    server = start(serve)
    client = server.client()
    address, budget, walk = connect(client, place), fresh("Budget"), fresh("Walk")
    say(
        client,
        f"Schedule a meeting titled '{walk}' on March 11th at 3 PM, and send {BOB} a mail about {budget} saying hello",
    )
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda _: confirm(client), range(10)))
    assert {answer["status"] for answer in answers} == {"completed"}
    assert place.delivered()[budget] == 1
    assert place.events(address)[walk] == 1


# --- lines that break ------------------------------------------------------------------------------------------------


def test_the_answer_to_a_new_event_is_lost(serve: Serve, place: Office) -> None:
    """It is found by the name that was made of its key, so that it is told as done, and done once."""
    client = start(serve).client()
    address, review = connect(client, place), fresh("Review")
    say(client, f"Schedule a meeting titled '{review}' on March 10th at 3 PM")
    place.lines["caldav"].swallow(rb"PUT [^\r\n]+ HTTP/1.1\r\n[\s\S]*END:VCALENDAR")
    [result] = confirm(client)["results"].values()
    assert result["status"] == "succeeded"
    assert place.events(address)[review] == 1


def test_the_answer_to_a_mail_is_lost(serve: Serve, place: Office) -> None:
    """Nobody can tell whether it arrived: it is never sent again, and the user learns where to look."""
    client = start(serve).client()
    address, budget = connect(client, place), fresh("Budget")
    say(client, f"send {BOB} a mail about {budget} saying hello")
    place.lines["smtp"].swallow(rb"\r\n\.\r\n")
    plan = confirm(client)
    [result] = plan["results"].values()
    assert result["status"] == "unknown"
    assert "Drafts" in result["error"]
    assert place.delivered()[budget] == 1
    assert place.subjects(address, "Drafts").count(budget) == 1
    assert confirm(client)["results"] == plan["results"]
    assert place.delivered()[budget] == 1


def test_a_refused_recipient_is_named_and_nobody_is_written_to(serve: Serve, place: Office) -> None:
    client = start(serve).client()
    address, budget = connect(client, place), fresh("Budget")
    result = done(client, f"send {BOB} and nobody@example.test a mail about {budget} saying hello")
    assert result["status"] == "failed"
    assert "nobody@example.test" in result["error"]
    assert place.delivered()[budget] == 0
    assert budget not in [*place.subjects(address, "Drafts"), *place.subjects(address, "Sent")]


def test_what_somebody_else_changed_is_left_as_it_is(serve: Serve, place: Office) -> None:
    client = start(serve).client()
    address, review = connect(client, place), fresh("Review")
    done(client, f"Schedule a meeting titled '{review}' on March 10th at 3 PM")
    say(client, f"Move {review} to 5 PM")
    other = start_other(client, review)
    assert other["status"] == "succeeded"
    body = confirm(client, thread="t")
    assert "results" in body, body
    [result] = body["results"].values()
    assert result["status"] == "failed"
    assert "changed since you saw it" in result["error"]
    assert place.events(address)[review] == 1


def start_other(client: httpx2.Client, review: str) -> dict[str, Any]:
    """The same event is moved on another thread meanwhile."""
    say(client, f"Move {review} to 6 PM", thread="other")
    [result] = confirm(client, thread="other")["results"].values()
    return dict(result)


def test_a_server_that_is_gone_is_told_and_the_others_go_on(serve: Serve, place: Office) -> None:
    client = start(serve).client()
    connect(client, place)
    line = place.lines["imap"]
    to, line.to = line.to, ("127.0.0.1", 1)
    line.cut()
    try:
        today = client.get("/workspace/today").json()
    finally:
        line.to = to
    assert today["mail"] is None
    assert "mail server" in today["errors"]["mail"]
    assert today["events"] is not None
    assert client.get("/workspace/today").json()["errors"] == {}


def test_a_wrong_password_connects_nothing_that_refuses_it(serve: Serve, place: Office) -> None:
    client = start(serve).client()
    wish = place.wish(place.person())
    refused = client.post("/accounts", json={**wish, "password": "wrong"})
    if place.name == "radicale":  # which takes anybody, so that only the mailbox is refused
        assert refused.status_code == 201
        works = {check["name"]: check["works"] for check in refused.json()["checks"]}
        assert (works["imap"], works["calendar"]) == (False, True)
        return
    assert refused.status_code == 422
    assert refused.json()["error"] == "cannot_connect"
    assert client.get("/accounts").json()["accounts"][0]["id"] == "local"


def test_a_mail_that_comes_back_is_told_where_it_was_asked_for(serve: Serve, place: Office) -> None:
    """RFC 3464."""
    client = start(serve).client()
    address, budget = connect(client, place), fresh("Budget")
    done(client, f"send {BOB} a mail about {budget} saying hello")
    message_id = next(each.message_id for each in place.smtp.deliveries if budget.encode() in each.content)
    with place.box.other(address) as other:
        other.put(_notice(address, message_id).encode(), when=datetime(2035, 3, 5, 15, tzinfo=UTC))
    with httpx2.Client(base_url=client.base_url, cookies=client.cookies, timeout=60, trust_env=False) as waiting:
        told: list[str] = []
        while not told:
            waiting.get("/workspace/changes").raise_for_status()
            messages = waiting.get("/threads/t").json()["messages"]
            told = [each["content"] for each in messages if "could not be delivered" in each["content"]]
    assert BOB in told[0]


def _notice(address: str, message_id: str) -> str:
    return f"""From: Mail Delivery System <MAILER-DAEMON@example.test>
To: {address}
Subject: Undelivered Mail Returned to Sender
Date: Mon, 05 Mar 2035 15:00:00 +0000
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b
Content-Type: text/plain

It could not be delivered.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; example.test

Final-Recipient: rfc822; {BOB}
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 no such user
--b
Content-Type: message/rfc822

From: {address}
To: {BOB}
Message-ID: {message_id}
Subject: x

hello
--b--
"""
