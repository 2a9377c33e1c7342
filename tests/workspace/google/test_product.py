"""What a user sees of a Google account: on proposals, in answers, through the API."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from tests.http.test_contract import ask, confirm
from tests.kit.google.fake import ANA
from tests.kit.google.faults import Fault
from tests.workspace.google.product import NOW, Site, product

if TYPE_CHECKING:
    from tests.conftest import StartServer

BOB, CAROL = "bob@example.test", "carol@elsewhere.example"


@pytest.fixture
def site(start_server: "StartServer") -> Iterator[Site]:
    with product(start_server) as made:
        yield made


def proposed(site: Site, message: str) -> dict[str, Any]:
    body = ask(site.client, message)
    assert body["plan"] is not None, body["response"]
    [action] = body["plan"]["actions"]
    return dict(action) | {"thread_id": body["thread_id"], "shown": dict(action["details"])}


def deliver(site: Site, subject: str, text: str = "Hello.", to: str = ANA, sender: str = CAROL) -> None:
    raw = f"From: Carol <{sender}>\r\nTo: {to}\r\nSubject: {subject}\r\nMessage-ID: <{subject}@x>\r\n\r\n{text}\r\n"
    site.google.api.mailbox().deliver(raw.encode())


def test_the_card_says_who_is_written_to(site: Site) -> None:
    action = proposed(site, f"Schedule a meeting titled 'Review' on March 10th at 3 PM with {BOB}")
    assert BOB in action["shown"]["Guests"]
    assert action["effect"] == "outbound"
    assert site.google.api.effects == []
    confirm(site.client, action["thread_id"])
    assert site.google.api.count("mail", to=BOB, about="invitation") == 1


def test_words_that_google_would_not_send_are_not_promised(site: Site) -> None:
    site.do(f"Schedule a meeting titled 'Review' on March 10th at 3 PM with {BOB}")
    action = proposed(site, "Cancel Review")
    [plan] = site.client.get("/plans", params={"status": "pending"}).json()["plans"]
    edited = site.client.patch(f"/plans/{plan['id']}", json={"edits": {action["id"]: {"note": "I am ill"}}})
    assert edited.status_code == 422
    assert "sends no words along" in edited.json()["message"]


def test_the_card_says_that_a_task_has_no_time_of_day(site: Site) -> None:
    action = proposed(site, "Add a task to call the bank on Friday at 3 PM")
    assert ["no time of day" in each["text"] for each in action["warnings"]].count(True) == 1
    assert "3 PM" not in action["preview"]
    confirm(site.client, action["thread_id"])
    [task] = [each for tasks in site.google.api.tasks().tasks.values() for each in tasks.values()]
    assert task["due"] == "2026-03-06T00:00:00.000Z"


def test_an_answer_shows_and_takes_the_alias_that_was_written_to(site: Site) -> None:
    site.google.api.mailbox().aliases["shop@example.test"] = "accepted"
    site.google.connect(site.client)
    deliver(site, "Order", to="shop@example.test")
    action = proposed(site, "reply to the mail about Order saying it is on its way")
    assert "shop@example.test" in action["shown"]["From"]
    confirm(site.client, action["thread_id"])
    [sent] = site.google.api.mailbox().labeled("SENT")
    assert sent.header("From") == "shop@example.test", "'You' is no name for others"
    assert sent.header("In-Reply-To") == "<Order@x>"


def test_a_mail_bears_the_name_that_gmail_knows(site: Site) -> None:
    site.google.api.mailbox().name = "Ana Lund"
    site.google.connect(site.client)
    site.do(f"send {BOB} a mail about Budget saying hello")
    [sent] = site.google.api.mailbox().labeled("SENT")
    assert sent.header("From") == "Ana Lund <ana@example.test>"


def test_a_meeting_gets_a_link(site: Site) -> None:
    action = proposed(site, "Schedule a meeting titled 'Review' on March 10th at 3 PM")
    [plan] = site.client.get("/plans", params={"status": "pending"}).json()["plans"]
    edited = site.client.patch(f"/plans/{plan['id']}", json={"edits": {action["id"]: {"meeting_link": True}}})
    assert edited.status_code == 200, edited.text
    [result] = confirm(site.client, action["thread_id"]).json()["results"].values()
    assert result["status"] == "succeeded", result
    assert result["result"]["event"]["link"].startswith("https://meet.google.com/")


def test_calendars_have_their_colours_and_rights(site: Site) -> None:
    book = site.google.api.calendar()
    holidays = book.add_calendar("Holidays", role="reader")
    book.add(
        "Founders' day",
        datetime(2026, 3, 2, 12, tzinfo=NOW.tzinfo),
        datetime(2026, 3, 2, 13, tzinfo=NOW.tzinfo),
        calendar=holidays,
    )
    [event] = ask(site.client, "What's on my calendar today?")["actions"][0]["result"]["events"]
    assert event["calendar"] == "Holidays"
    told = ask(site.client, "Move Founders' day to 4 PM")
    assert told["plan"] is None or "looked at" in str(told["plan"])


def test_contacts_and_other_contacts_are_found(site: Site) -> None:
    circle = site.google.api.people()
    circle.add("Priya Raman", "priya@lund.example")
    circle.add("Prosper", "prosper@lund.example", other=True)
    assert "priya@lund.example" in ask(site.client, "What is Priya's email address?")["response"]
    assert "prosper@lund.example" in ask(site.client, "What is Prosper's email address?")["response"]


def test_today_has_all_of_it(site: Site) -> None:
    deliver(site, "Numbers")
    site.google.api.calendar().add("Stand-up", NOW + timedelta(hours=1), NOW + timedelta(hours=2))
    today = site.client.get("/workspace/today").json()
    assert today["errors"] == {}
    assert [each["title"] for each in today["events"]] == ["Stand-up"]
    assert [each["subject"] for each in today["mail"]] == ["Numbers"]


def test_an_account_is_not_removed_while_something_runs_there(site: Site) -> None:
    body = ask(site.client, f"send {BOB} a mail about Budget saying hello")
    [account] = site.client.get("/accounts").json()["accounts"]
    hold = site.google.api.hold("POST /gmail/v1/users/me/drafts/send")
    with ThreadPoolExecutor(1) as pool:
        confirmed = pool.submit(confirm, site.client, body["thread_id"])
        assert hold.reached.wait(30)
        refused = site.client.delete(f"/accounts/{account['id']}")
        hold.release()
        [result] = confirmed.result().json()["results"].values()
    assert (refused.status_code, refused.json()["error"]) == (409, "thread_busy")
    assert (result["status"], site.google.api.count("mail")) == ("succeeded", 1)
    assert site.client.delete(f"/accounts/{account['id']}").status_code == 204


@pytest.mark.parametrize("after", [(429, "rateLimitExceeded", 120), (503, "backendError", None)])
def test_labels_whose_answer_was_lost_are_looked_at(site: Site, after: tuple[int, str, int | None]) -> None:
    deliver(site, "Numbers")
    action = proposed(site, "archive the mail about Numbers")
    match, (status, reason, wait) = "POST /gmail/v1/users/me/messages/batchModify", after
    site.google.api.faults += [
        Fault(match, "cut_after"),
        Fault(match, "status", status, reason, retry_after=wait, times=9),
    ]
    [result] = confirm(site.client, action["thread_id"]).json()["results"].values()
    assert result["status"] == "succeeded"
    assert site.google.api.count("mail.modify") == 1


def test_an_account_that_cannot_be_read_is_named_beside_what_others_say(site: Site) -> None:
    assert site.client.post("/accounts", json={"kind": "local"}).status_code == 201
    site.google.revoke()
    for message in ("What's on my calendar tomorrow?", "Any unread mail?", "What are my tasks?"):
        assert "Reconnect your account ana@example.test" in ask(site.client, message)["response"], message


def test_another_persons_calendar_that_is_shared_no_more_hides_nothing(site: Site) -> None:
    book = site.google.api.calendar()
    book.add_calendar("Holidays", role="reader")
    book.add("Stand-up", NOW + timedelta(hours=1), NOW + timedelta(hours=2))
    other = re.compile(r"^GET /calendar/v3/calendars/c_")
    site.google.api.faults.append(Fault(other, "status", 403, "forbidden", times=9))
    assert "Stand-up" in ask(site.client, "What's on my calendar today?")["response"]


def test_a_mail_without_a_sender_is_not_answered(site: Site) -> None:
    site.google.api.mailbox().deliver(b"To: ana@example.test\r\nSubject: Nobody\r\n\r\nHello.\r\n")
    body = ask(site.client, "reply to the mail about Nobody saying thanks")
    assert body["plan"] is None
    assert "nobody to answer" in body["response"]
