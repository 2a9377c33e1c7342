"""What Google Calendar promises of lists. Sources: the discovery document calendar v3, the guide "Synchronize resources
efficiently"."""

from datetime import timedelta

import httpx2
import pytest
from tests.kit.google.fake import Google
from tests.workspace.google.asking import EVENTS, Json, event, listed, made, pages, patched, reason, told

from sayso.base.clock import FixedClock

DAY = {"timeMin": "2027-03-22T00:00:00+01:00", "timeMax": "2027-03-23T00:00:00+01:00"}


def _ids(events: list[Json]) -> list[str]:
    return [each["id"] for each in events]


def _five(ana: httpx2.Client) -> list[str]:
    return [made(ana, id=f"abcd{at}", hour=14 - at)["id"] for at in range(5)]


# --- pages and filters -----------------------------------------------------------------------------------------------


def test_pages_are_of_the_size_that_is_asked_for_and_all_there_is(ana: httpx2.Client) -> None:
    ids = _five(ana)
    first = told(ana.get(EVENTS, params={"maxResults": 2}))
    assert (_ids(first["items"]), "nextSyncToken" in first) == (ids[:2], False)
    second = {"maxResults": 2, "pageToken": first["nextPageToken"]}
    for _ in range(2):  # a page whose answer was lost is asked for again
        assert _ids(told(ana.get(EVENTS, params=second))["items"]) == ids[2:4]
    assert _ids(listed(ana, maxResults=2)) == ids
    other = {"pageToken": first["nextPageToken"], "singleEvents": True}
    assert reason(ana.get(EVENTS, params=other)) == (400, "invalid")


def test_a_page_may_be_empty_and_yet_have_a_next(google: Google, ana: httpx2.Client) -> None:
    ids = _five(ana)
    google.calendar().empty_pages = 2
    first = told(ana.get(EVENTS))
    assert (first["items"], "nextPageToken" in first) == ([], True)
    assert first["defaultReminders"] == [{"method": "popup", "minutes": 30}]
    assert _ids(listed(ana)) == ids


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"singleEvents": True, "orderBy": "startTime"}, "43210"),
        ({"orderBy": "updated"}, "01234"),
        ({"timeMin": "2027-03-22T11:00:00+01:00"}, "0123"),
        ({"timeMin": "2027-03-22T11:00:01+01:00"}, "0123"),
        ({"timeMin": "2027-03-22T12:00:00+01:00"}, "012"),
        ({"timeMax": "2027-03-22T11:00:00+01:00"}, "4"),
        ({"timeMax": "2027-03-22T11:00:01+01:00"}, "34"),
        ({"iCalUID": "abcd3@google.com"}, "3"),
        ({"q": "RIG"}, "01234"),
        ({"q": "other"}, ""),
        ({"eventTypes": ["focusTime", "default"]}, "01234"),
        ({"eventTypes": "birthday"}, ""),
    ],
)
def test_what_a_list_has(ana: httpx2.Client, params: Json, expected: str) -> None:
    _five(ana)
    assert _ids(listed(ana, **params)) == [f"abcd{at}" for at in expected]


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"orderBy": "startTime"}, "invalid"),
        ({"timeMin": DAY["timeMax"], "timeMax": DAY["timeMin"]}, "timeRangeEmpty"),
        ({"timeZone": "Europe/Atlantis"}, "invalid"),
        ({"pageToken": "nonsense"}, "invalid"),
    ],
)
def test_what_no_list_has(ana: httpx2.Client, params: Json, expected: str) -> None:
    assert reason(ana.get(EVENTS, params=params)) == (400, expected)


def test_events_are_found_by_properties(ana: httpx2.Client) -> None:
    made(ana, id="abcde", extendedProperties={"private": {"k": "1", "l": "a=b"}})
    made(ana, id="bcdef", extendedProperties={"private": {"k": "1"}, "shared": {"k": "2"}})
    assert _ids(listed(ana, privateExtendedProperty="k=1")) == ["abcde", "bcdef"]
    assert _ids(listed(ana, privateExtendedProperty=["k=1", "l=a=b"])) == ["abcde"]
    assert _ids(listed(ana, sharedExtendedProperty="k=2")) == ["bcdef"]


def test_a_search_finds_things_later(google: Google, ana: httpx2.Client) -> None:
    google.lag = timedelta(minutes=1)
    made(ana, summary="Lunch with Bob")
    assert listed(ana, q="lunch bob") == []
    google.clock = FixedClock(google.now() + timedelta(minutes=1))
    assert len(listed(ana, q="lunch bob")) == len(listed(ana)) == 1


def test_days_and_long_events_are_where_they_overlap(ana: httpx2.Client) -> None:
    made(ana, id="before", start={"date": "2027-03-21"}, end={"date": "2027-03-22"})
    made(ana, id="onedag", start={"date": "2027-03-22"}, end={"date": "2027-03-23"})
    made(ana, id="overit", start={"date": "2027-03-20"}, end={"date": "2027-03-30"})
    assert _ids(listed(ana, singleEvents=True, **DAY)) == ["onedag", "overit"]


def test_what_was_changed_or_deleted_since(google: Google, ana: httpx2.Client) -> None:
    ids = _five(ana)
    google.clock = FixedClock(google.now() + timedelta(hours=1))
    patched(ana, ids[1], summary="Two")
    ana.delete(f"{EVENTS}/{ids[3]}")
    since = (google.now() - timedelta(minutes=1)).isoformat()
    assert [(each["id"], each["status"]) for each in listed(ana, updatedMin=since)] == [
        (ids[1], "confirmed"),
        (ids[3], "cancelled"),
    ]


@pytest.mark.parametrize("kind", ["workingLocation", "birthday", "focusTime", "fromGmail", "outOfOffice"])
def test_events_of_all_kinds(google: Google, ana: httpx2.Client, kind: str) -> None:
    google.calendar().add("Whatever", "2027-03-22", "2027-03-23", eventType=kind)
    assert [each["eventType"] for each in listed(ana, eventTypes=kind)] == [kind]
    assert listed(ana, eventTypes="default") == []


# --- sync tokens -----------------------------------------------------------------------------------------------------


def test_a_sync_token_brings_what_has_changed(ana: httpx2.Client) -> None:
    ids = _five(ana)
    made(ana, id="series", recurrence=["RRULE:FREQ=DAILY;COUNT=3"])
    _, token = pages(ana, maxResults=2)
    assert pages(ana, syncToken=token)[0] == []
    patched(ana, ids[0], summary="Two")
    ana.delete(f"{EVENTS}/{ids[1]}")
    ana.delete(f"{EVENTS}/series_20270323T080000Z")
    changed, newer = pages(ana, syncToken=token, maxResults=1)
    assert [(each["id"], each["status"]) for each in changed] == [
        (ids[0], "confirmed"),
        (ids[1], "cancelled"),
        ("series_20270323T080000Z", "cancelled"),
    ]
    assert pages(ana, syncToken=newer)[0] == []
    assert pages(ana, syncToken=token)[0] == changed


def test_what_happens_while_pages_are_read_comes_with_the_next_sync(ana: httpx2.Client) -> None:
    ids = _five(ana)
    first = told(ana.get(EVENTS, params={"maxResults": 2}))
    patched(ana, ids[0], summary="Meanwhile")
    rest, token = pages(ana, maxResults=2, pageToken=first["nextPageToken"])
    assert _ids(rest) == ids[2:]
    assert _ids(pages(ana, syncToken=token)[0]) == [ids[0]]


def test_what_a_series_loses_comes_with_the_next_sync(ana: httpx2.Client) -> None:
    made(ana, id="series", recurrence=["RRULE:FREQ=WEEKLY;COUNT=3"])
    patched(ana, "series_20270405T070000Z", summary="Third")
    _, token = pages(ana)
    patched(ana, "series", recurrence=["RRULE:FREQ=WEEKLY;COUNT=2"])
    changed = pages(ana, syncToken=token)[0]
    assert [(each["id"], each["status"]) for each in changed] == [
        ("series", "confirmed"),
        ("series_20270405T070000Z", "cancelled"),
    ]


def test_a_sync_token_that_is_too_old(google: Google, ana: httpx2.Client) -> None:
    _, token = pages(ana)
    google.calendar().forget_sync_tokens()
    for each in (token, "nonsense"):
        assert reason(ana.get(EVENTS, params={"syncToken": each})) == (410, "fullSyncRequired")


def test_what_leaves_the_time_that_was_asked_for_comes_with_the_next_sync(ana: httpx2.Client) -> None:
    made(ana, id="abcde")
    _, token = pages(ana, **DAY)
    patched(ana, "abcde", **{name: value for name, value in event("2027-04-22").items() if name != "summary"})
    assert _ids(pages(ana, syncToken=token)[0]) == ["abcde"]


@pytest.mark.parametrize(
    ("params", "given"),
    [({}, True), (DAY, True), ({"singleEvents": True}, True), ({"q": "x"}, False), ({"orderBy": "updated"}, False)],
)
def test_only_a_whole_list_can_be_followed(ana: httpx2.Client, params: Json, given: bool) -> None:
    assert (pages(ana, **params)[1] is not None) == given


def test_deleted_events_cannot_be_left_out_of_a_sync(ana: httpx2.Client) -> None:
    _, token = pages(ana, showDeleted=False)
    assert reason(ana.get(EVENTS, params={"syncToken": token, "showDeleted": False})) == (400, "invalid")


@pytest.mark.parametrize(
    "params",
    [
        {"q": "x"},
        {"timeMin": DAY["timeMin"]},
        {"updatedMin": DAY["timeMin"]},
        {"iCalUID": "x"},
        {"singleEvents": True},
    ],
)
def test_a_sync_token_goes_alone(ana: httpx2.Client, params: Json) -> None:
    _, token = pages(ana)
    assert reason(ana.get(EVENTS, params={"syncToken": token, **params})) == (400, "invalid")
