"""What Google Calendar promises of the calendars of an account, and of when people are busy.

Source: the discovery document calendar v3.
"""

from typing import Any

import httpx2
import pytest
from tests.kit.google.fake import Google
from tests.workspace.google.asking import Json, event, made, reason, told

CALENDARS = "/calendar/v3/users/me/calendarList"
DAY = {"timeMin": "2027-03-22T00:00:00+01:00", "timeMax": "2027-03-23T00:00:00+01:00"}


def test_the_list_of_calendars(google: Google, ana: httpx2.Client) -> None:
    book = google.calendar()
    work = book.add_calendar("Work", role="writer", zone="America/New_York", backgroundColor="#16a765")
    hidden = book.add_calendar("Hidden", role="reader", hidden=True)
    page = told(ana.get(CALENDARS))
    assert [(each["id"], each["accessRole"]) for each in page["items"]] == [
        ("ana@example.test", "owner"),
        (work.id, "writer"),
    ]
    assert page["items"][0]["primary"] is True
    assert page["items"][1].items() >= {"backgroundColor": "#16a765", "timeZone": "America/New_York"}.items()
    assert len(told(ana.get(CALENDARS, params={"showHidden": True}))["items"]) == 3
    assert len(told(ana.get(CALENDARS, params={"minAccessRole": "owner"}))["items"]) == 1
    assert told(ana.get(f"{CALENDARS}/primary")) == page["items"][0]
    assert told(ana.get(f"{CALENDARS}/{hidden.id}"))["hidden"] is True
    assert reason(ana.get(f"{CALENDARS}/nobody@example.test")) == (404, "notFound")
    book.unsee(work)
    changed = told(ana.get(CALENDARS, params={"syncToken": page["nextSyncToken"]}))["items"]
    assert [(each["id"], each.get("deleted")) for each in changed] == [(work.id, True)]


@pytest.mark.parametrize(
    ("role", "list_status", "insert_status"),
    [("owner", 200, 200), ("writer", 200, 200), ("reader", 200, 403), ("freeBusyReader", 200, 403)],
)
def test_a_role_says_what_may_be_done(
    google: Google, ana: httpx2.Client, role: Any, list_status: int, insert_status: int
) -> None:
    theirs = google.calendar().add_calendar("Theirs", role=role, owner="bob@example.test")
    google.calendar().add("Dinner", "2027-03-22T19:00", "2027-03-22T20:00", calendar=theirs)
    url = f"/calendar/v3/calendars/{theirs.id}/events"
    answer = ana.get(url)
    assert answer.status_code == list_status
    assert answer.json()["accessRole"] == role
    assert ("summary" in answer.json()["items"][0]) == (role != "freeBusyReader")
    refused = ana.post(url, json=event())
    assert refused.status_code == insert_status
    assert insert_status == 200 or reason(refused) == (403, "requiredAccessLevel")


def test_the_colours(ana: httpx2.Client) -> None:
    palette = told(ana.get("/calendar/v3/colors"))
    assert (len(palette["event"]), len(palette["calendar"])) == (11, 24)


# --- free and busy ---------------------------------------------------------------------------------------------------


def _busy(client: httpx2.Client, *ids: str, **more: Any) -> Json:
    body = {**DAY, "items": [{"id": id} for id in ids], **more}
    found: Json = told(client.post("/calendar/v3/freeBusy", json=body))["calendars"]
    return found


def test_when_people_are_busy(google: Google, ana: httpx2.Client, bob: httpx2.Client) -> None:
    made(bob, hour=9)
    made(bob, hour=9, hours=3)
    made(bob, hour=15, transparency="transparent")
    made(bob, day="2027-03-15", hour=18, recurrence=["RRULE:FREQ=WEEKLY"])
    made(ana, hour=20, attendees=[{"email": "bob@example.test", "responseStatus": "declined"}])
    expected = [
        {"start": "2027-03-22T08:00:00Z", "end": "2027-03-22T11:00:00Z"},
        {"start": "2027-03-22T17:00:00Z", "end": "2027-03-22T18:00:00Z"},
    ]
    found = _busy(ana, "bob@example.test", "primary", "carol@elsewhere.test")
    assert found["bob@example.test"] == {"busy": expected}
    assert found["primary"]["busy"] == [{"start": "2027-03-22T19:00:00Z", "end": "2027-03-22T20:00:00Z"}]
    nobody = {"busy": [], "errors": [{"domain": "global", "reason": "notFound"}]}
    assert found["carol@elsewhere.test"] == nobody
    google.calendar("bob@example.test").frees = False
    assert _busy(ana, "bob@example.test")["bob@example.test"] == nobody


def test_a_whole_day_is_busy_in_the_zone_of_its_calendar(google: Google, ana: httpx2.Client) -> None:
    google.calendar().use_zone("America/New_York")
    made(ana, start={"date": "2027-03-22"}, end={"date": "2027-03-23"})
    found = _busy(ana, "primary", timeZone="America/New_York", timeMax="2027-04-01T00:00:00Z")["primary"]["busy"]
    assert found == [{"start": "2027-03-22T00:00:00-04:00", "end": "2027-03-23T00:00:00-04:00"}]


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"timeMax": DAY["timeMin"]}, "timeRangeEmpty"),
        ({"timeMax": "2027-06-21T00:00:00Z"}, "timeRangeTooLong"),
        ({"timeMin": None}, "required"),
        ({"calendarExpansionMax": 51}, "invalid"),
        ({"groupExpansionMax": 101}, "invalid"),
    ],
)
def test_what_cannot_be_asked_of_free_and_busy(ana: httpx2.Client, more: Json, expected: str) -> None:
    answer = ana.post("/calendar/v3/freeBusy", json={**DAY, "items": [{"id": "primary"}], **more})
    assert reason(answer) == (400, expected)


def test_too_many_calendars_at_once(ana: httpx2.Client) -> None:
    found = _busy(ana, *(f"somebody{at}@example.test" for at in range(51)))
    assert {each["errors"][0]["reason"] for each in found.values()} == {"tooManyCalendarsRequested"}
