"""What Google Calendar promises of events, and Sayso relies on.

Sources: the discovery document calendar v3 and Google's guides "Handle API errors", "Get specific versions of
resources", "Extended properties", "Create events".
"""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx2
import pytest
from tests.kit.google.fake import Google
from tests.workspace.google.asking import EVENTS, ZONE, Json, event, got, listed, made, patched, reason, told

from sayso.base.clock import FixedClock

STALE = {"If-Match": '"1"'}


# --- identity --------------------------------------------------------------------------------------------------------


def test_an_event_keeps_the_id_that_it_came_with_and_gets_all_else(google: Google, ana: httpx2.Client) -> None:
    id = uuid4().hex
    new = made(ana, id=id, sendUpdates="none")
    assert new["id"] == id
    assert new["status"] == "confirmed"
    assert new["iCalUID"] == f"{id}@google.com"
    assert (new["sequence"], new["eventType"], new["reminders"]) == (0, "default", {"useDefault": True})
    assert new["organizer"] == new["creator"] == {"email": "ana@example.test", "self": True}
    assert {"etag", "htmlLink", "created", "updated"} <= new.keys()
    assert got(ana, id) == new
    assert google.count("event.insert", id=id, account="ana@example.test", sendUpdates="none") == 1


@pytest.mark.parametrize("id", ["abcd", "Abcdef", "with-dash", "wxyz0", "a" * 1025])
def test_an_id_that_is_none(ana: httpx2.Client, id: str) -> None:
    assert reason(ana.post(EVENTS, json=event(id=id))) == (400, "invalid")


def test_an_id_is_of_one_event_for_ever(google: Google, ana: httpx2.Client) -> None:
    made(ana, id="abcde")
    again = ana.post(EVENTS, json=event(id="abcde"))
    assert reason(again) == (409, "duplicate")
    assert ana.delete(f"{EVENTS}/abcde").status_code == 204
    assert reason(ana.post(EVENTS, json=event(id="abcde"))) == (409, "duplicate")
    assert google.count("event.insert") == 1


def test_that_an_id_is_taken_may_go_unnoticed(google: Google, ana: httpx2.Client) -> None:
    google.calendar().collisions_undetected = True
    assert made(ana, id="abcde", summary="One")["etag"] != made(ana, id="abcde", summary="Two")["etag"]
    assert [each["summary"] for each in listed(ana)] == ["Two"]
    assert google.count("event.insert") == 2


def test_another_calendar_may_have_the_same_id(google: Google, ana: httpx2.Client) -> None:
    work = google.calendar().add_calendar("Work")
    made(ana, id="abcde")
    there = told(ana.post(f"/calendar/v3/calendars/{work.id}/events", json=event(id="abcde")))
    assert there["organizer"] == {"email": work.id, "displayName": "Work", "self": True}


# --- times -----------------------------------------------------------------------------------------------------------


def _at(text: str, zone: str | None = None) -> Json:
    return {"dateTime": text} | ({"timeZone": zone} if zone else {})


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (_at("2027-03-22T09:00:00", ZONE), _at("2027-03-22T10:00:00", ZONE), _at("2027-03-22T09:00:00+01:00", ZONE)),
        (_at("2027-03-22T09:00:00Z"), _at("2027-03-22T10:00:00Z"), _at("2027-03-22T10:00:00+01:00", ZONE)),
        (
            _at("2027-03-22T09:00:00", "America/New_York"),
            _at("2027-03-22T10:00:00-04:00"),
            _at("2027-03-22T14:00:00+01:00", "America/New_York"),
        ),
        (_at("2027-03-28T02:30:00", ZONE), _at("2027-03-28T05:00:00", ZONE), _at("2027-03-28T03:30:00+02:00", ZONE)),
        ({"date": "2027-03-22"}, {"date": "2027-03-23"}, {"date": "2027-03-22"}),
    ],
)
def test_a_time_is_told_in_the_zone_of_the_calendar_beside_its_own(
    ana: httpx2.Client, start: Json, end: Json, expected: Json
) -> None:
    assert made(ana, start=start, end=end)["start"] == expected


def test_a_time_is_told_in_the_zone_that_is_asked_for(ana: httpx2.Client) -> None:
    id = made(ana)["id"]
    assert got(ana, id, timeZone="UTC")["start"] == _at("2027-03-22T08:00:00Z", ZONE)
    assert listed(ana, timeZone="Asia/Tokyo")[0]["start"] == _at("2027-03-22T17:00:00+09:00", ZONE)


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        ({"end": _at("2027-03-22T08:00:00", ZONE)}, "timeRangeEmpty"),
        ({"start": {"date": "2027-03-22"}, "end": {"date": "2027-03-22"}}, "timeRangeEmpty"),
        ({"start": _at("2027-03-22T09:00:00"), "end": _at("2027-03-22T10:00:00")}, "required"),
        ({"start": _at("2027-03-22T09:00:00", "Europe/Atlantis")}, "invalid"),
        ({"start": {"date": "2027-03-22"}}, "invalid"),
        ({"start": {"date": "2027-03-22", "dateTime": "2027-03-22T09:00:00Z"}}, "invalid"),
    ],
)
def test_times_that_are_none(ana: httpx2.Client, times: Json, expected: str) -> None:
    assert reason(ana.post(EVENTS, json=event(**times))) == (400, expected)


def test_a_patch_to_a_whole_day_takes_the_time_away(ana: httpx2.Client) -> None:
    id = made(ana)["id"]
    days = {"start": {"date": "2027-03-22"}, "end": {"date": "2027-03-23"}}
    assert reason(ana.patch(f"{EVENTS}/{id}", json=days)) == (400, "invalid")
    none = {"dateTime": None, "timeZone": None}
    assert patched(ana, id, start=days["start"] | none, end=days["end"] | none)["start"] == days["start"]


# --- only what was seen is changed -----------------------------------------------------------------------------------


def test_a_get_says_the_etag_and_whether_it_is_still_the_same(ana: httpx2.Client) -> None:
    new = made(ana)
    answer = ana.get(f"{EVENTS}/{new['id']}")
    assert answer.headers["ETag"] == new["etag"]
    same = ana.get(f"{EVENTS}/{new['id']}", headers={"If-None-Match": new["etag"]})
    assert (same.status_code, same.content) == (304, b"")


@pytest.mark.parametrize("method", ["PATCH", "PUT", "DELETE"])
def test_a_change_of_another_version_is_refused(google: Google, ana: httpx2.Client, method: str) -> None:
    old = made(ana)
    url, body = f"{EVENTS}/{old['id']}", None if method == "DELETE" else event(summary="Two")
    new = patched(ana, old["id"], summary="Meanwhile")
    assert new["etag"] != old["etag"]
    assert new["start"] == old["start"]
    stale = ana.request(method, url, json=body, headers={"If-Match": old["etag"]})
    assert reason(stale) == (412, "conditionNotMet")
    assert got(ana, old["id"]) == new
    fresh = ana.request(method, url, json=body, headers={"If-Match": new["etag"]})
    assert fresh.status_code == (204 if method == "DELETE" else 200)
    assert len(google.effects) == 3


def test_what_is_not_there(ana: httpx2.Client) -> None:
    for url in (f"{EVENTS}/nothing", "/calendar/v3/calendars/nobody@example.test/events"):
        assert reason(ana.get(url)) == (404, "notFound")
    assert reason(ana.patch(f"{EVENTS}/nothing", json={}, headers=STALE)) == (404, "notFound")


def test_a_deleted_event_is_gone_and_still_there_and_may_come_back(ana: httpx2.Client) -> None:
    id = made(ana)["id"]
    answer = ana.delete(f"{EVENTS}/{id}", params={"sendUpdates": "none"})
    assert (answer.status_code, answer.content) == (204, b"")
    assert reason(ana.delete(f"{EVENTS}/{id}")) == (410, "deleted")
    assert reason(ana.patch(f"{EVENTS}/{id}", json={"summary": "Two"})) == (410, "deleted")
    assert got(ana, id)["status"] == "cancelled"
    assert listed(ana) == []
    assert [each["id"] for each in listed(ana, showDeleted=True)] == [id]
    back = told(ana.put(f"{EVENTS}/{id}", json=event(status="confirmed")))
    assert (back["status"], back["sequence"]) == ("confirmed", 1)
    assert [each["id"] for each in listed(ana)] == [id]


def test_a_patch_merges_objects_and_replaces_lists_and_null_takes_away(ana: httpx2.Client) -> None:
    id = made(
        ana,
        location="Here",
        attendees=[{"email": "a@example.test"}, {"email": "b@example.test"}],
        extendedProperties={"private": {"a": "1", "b": "2"}, "shared": {"c": "3"}},
    )["id"]
    fields: Json = {"location": None, "attendees": [{"email": "b@example.test", "responseStatus": "accepted"}]}
    new = patched(ana, id, extendedProperties={"private": {"a": None, "d": "4"}}, **fields)
    assert "location" not in new
    assert new["attendees"] == [{"email": "b@example.test", "responseStatus": "accepted"}]
    assert new["extendedProperties"] == {"private": {"b": "2", "d": "4"}, "shared": {"c": "3"}}
    assert (new["summary"], new["sequence"]) == ("Rig", 0)


def test_an_update_replaces_all(ana: httpx2.Client) -> None:
    old = made(ana, location="Here", extendedProperties={"private": {"a": "1"}})
    new = told(ana.put(f"{EVENTS}/{old['id']}", json=event(summary="Two", hour=11)))
    assert "location" not in new
    assert "extendedProperties" not in new
    assert (new["summary"], new["sequence"], new["iCalUID"]) == ("Two", 1, old["iCalUID"])
    answer = ana.put(f"{EVENTS}/{old['id']}", json=event(sequence=0))
    assert reason(answer) == (400, "invalid")


# --- limits ----------------------------------------------------------------------------------------------------------


def test_properties_that_are_too_long_are_dropped_or_cut_without_a_word(ana: httpx2.Client) -> None:
    sent = {"a" * 44: "1", "b" * 45: "2", "c": "3" * 1025}
    kept = made(ana, extendedProperties={"private": sent})["extendedProperties"]["private"]
    assert kept == {"a" * 44: "1", "c": "3" * 1024}


def _popups(*minutes: int, **more: Any) -> Json:
    return {"reminders": {"overrides": [{"method": "popup", "minutes": each} for each in minutes]} | more}


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        (_popups(*range(6), useDefault=False), "invalid"),
        (_popups(40321), "invalid"),
        (_popups(-1), "invalid"),
        (_popups(5, useDefault=True), "cannotUseDefaultRemindersAndSpecifyOverride"),
        ({"attendees": [{"email": "nobody"}]}, "invalid"),
        ({"colorId": "12"}, "invalid"),
        ({"visibility": "hidden"}, "invalid"),
        ({"eventType": "fromGmail"}, "invalid"),
        ({"attendees": [{"email": "a@example.test", "responseStatus": "yes"}]}, "invalid"),
    ],
)
def test_fields_that_are_refused(ana: httpx2.Client, fields: Json, expected: str) -> None:
    assert reason(ana.post(EVENTS, json=event(**fields))) == (400, expected)


def test_reminders_do_not_count_as_a_change(google: Google, ana: httpx2.Client) -> None:
    old = made(ana)
    google.clock = FixedClock(google.now() + timedelta(hours=1))
    new = patched(ana, old["id"], **_popups(0, 40320, useDefault=False))
    assert new["updated"] == old["updated"]
    assert new["etag"] != old["etag"]


# --- conferences -----------------------------------------------------------------------------------------------------

MEET = {"conferenceData": {"createRequest": {"requestId": "k", "conferenceSolutionKey": {"type": "hangoutsMeet"}}}}


def test_a_conference_counts_only_with_its_version(google: Google, ana: httpx2.Client) -> None:
    assert "conferenceData" not in made(ana, **MEET)
    assert google.count("conference") == 0


def test_a_conference_is_there_later_and_once(google: Google, ana: httpx2.Client) -> None:
    new = made(ana, conferenceDataVersion=1, **MEET)
    assert new["conferenceData"]["createRequest"]["status"] == {"statusCode": "pending"}
    assert "hangoutLink" not in new
    later = got(ana, new["id"])
    assert later["conferenceData"]["entryPoints"][0]["uri"] == later["hangoutLink"]
    assert later["etag"] != new["etag"]
    again = patched(ana, new["id"], {"conferenceDataVersion": 1}, **MEET)
    assert again["hangoutLink"] == later["hangoutLink"]
    assert patched(ana, new["id"], summary="Two")["hangoutLink"] == later["hangoutLink"]
    assert google.count("conference") == 1
    assert "hangoutLink" not in patched(ana, new["id"], {"conferenceDataVersion": 1}, conferenceData=None)


@pytest.mark.parametrize(("meet", "status"), [("at once", "success"), ("never", "failure")])
def test_a_conference_may_be_there_at_once_or_never(google: Google, ana: httpx2.Client, meet: Any, status: str) -> None:
    google.calendar().meet = meet
    id = made(ana, conferenceDataVersion=1, **MEET)["id"]
    found = got(ana, id)
    assert found["conferenceData"]["createRequest"]["status"] == {"statusCode": status}
    assert ("hangoutLink" in found) == (status == "success")
