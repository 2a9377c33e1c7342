"""What Google Calendar promises of series.

Sources: the discovery document calendar v3, the guide "Recurring events".
"""

import httpx2
import pytest
from tests.kit.google.fake import Google
from tests.workspace.google.asking import (
    EVENTS,
    ZONE,
    Json,
    event,
    got,
    instances,
    listed,
    made,
    patched,
    reason,
    told,
)

WEEKLY = ["RRULE:FREQ=WEEKLY;COUNT=4"]
IDS = ["series_20270322T080000Z", "series_20270329T070000Z", "series_20270405T070000Z", "series_20270412T070000Z"]
WINDOW = {"timeMin": "2027-03-22T00:00:00Z", "timeMax": "2027-04-30T00:00:00Z"}
EXPANDED = {"singleEvents": True, "orderBy": "startTime", **WINDOW}


def _times(day: str, hour: int) -> Json:
    return {name: value for name, value in event(day, hour).items() if name != "summary"}


@pytest.fixture
def series(ana: httpx2.Client) -> Json:
    """Four Mondays at nine in Berlin; the clocks change before the second."""
    return made(ana, id="series", recurrence=WEEKLY)


def test_instances_are_named_by_their_first_start_across_a_change_of_clocks(ana: httpx2.Client, series: Json) -> None:
    assert series["recurrence"] == WEEKLY
    found = instances(ana, "series")
    assert [each["id"] for each in found] == IDS
    assert [each["start"]["dateTime"][11:] for each in found] == ["09:00:00+01:00", *["09:00:00+02:00"] * 3]
    assert all(each["recurringEventId"] == "series" and "recurrence" not in each for each in found)
    assert all(each["originalStartTime"] == each["start"] for each in found)
    assert {each["iCalUID"] for each in found} == {series["iCalUID"]}
    assert got(ana, IDS[1]) == found[1]


@pytest.mark.parametrize(
    ("recurrence", "days"),
    [
        (["RRULE:FREQ=DAILY;COUNT=3", "EXDATE;TZID=Europe/Berlin:20270323T090000"], ["03-22", "03-24"]),
        (["RRULE:FREQ=DAILY;COUNT=3", "EXDATE:20270324T080000Z"], ["03-22", "03-23"]),
        (["RRULE:FREQ=DAILY;COUNT=2", "RDATE;TZID=Europe/Berlin:20270401T090000"], ["03-22", "03-23", "04-01"]),
        (["RRULE:FREQ=WEEKLY;UNTIL=20270404T215959Z"], ["03-22", "03-29"]),
        (["RDATE;TZID=Europe/Berlin:20270401T090000"], ["03-22", "04-01"]),
        (["RRULE:FREQ=WEEKLY;BYDAY=MO,WE;COUNT=3"], ["03-22", "03-24", "03-29"]),
    ],
)
def test_rules_and_dates(ana: httpx2.Client, recurrence: list[str], days: list[str]) -> None:
    id = made(ana, recurrence=recurrence)["id"]
    assert [each["start"]["dateTime"][5:10] for each in instances(ana, id)] == days


def test_a_series_of_days(ana: httpx2.Client) -> None:
    days = {"start": {"date": "2027-03-27"}, "end": {"date": "2027-03-29"}}
    rules = ["RRULE:FREQ=WEEKLY;UNTIL=20270417", "EXDATE;VALUE=DATE:20270410"]
    made(ana, id="alldags", recurrence=rules, **days)
    found = instances(ana, "alldags")
    assert [each["id"] for each in found] == ["alldags_20270327", "alldags_20270403", "alldags_20270417"]
    assert (found[1]["start"], found[1]["end"]) == ({"date": "2027-04-03"}, {"date": "2027-04-05"})


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"recurrence": ["RRULE:FREQ=SOMETIMES"]}, "invalid"),
        ({"recurrence": ["DTSTART:20270322T090000Z"]}, "invalid"),
        ({"recurrence": ["RRULE:FREQ=DAILY;COUNT=2;UNTIL=20270401T000000Z"]}, "invalid"),
        (
            {
                "recurrence": WEEKLY,
                "start": {"dateTime": "2027-03-22T09:00:00Z"},
                "end": {"dateTime": "2027-03-22T10:00:00Z"},
            },
            "required",
        ),
    ],
)
def test_recurrence_that_is_refused(ana: httpx2.Client, fields: Json, expected: str) -> None:
    assert reason(ana.post(EVENTS, json=event(**fields))) == (400, expected)


# --- exceptions ------------------------------------------------------------------------------------------------------


def test_an_instance_that_moves_keeps_its_id(ana: httpx2.Client, series: Json) -> None:
    before = got(ana, IDS[1])
    moved = told(ana.patch(f"{EVENTS}/{IDS[1]}", json=_times("2027-03-30", 15), headers={"If-Match": before["etag"]}))
    assert (moved["id"], moved["originalStartTime"]) == (IDS[1], before["originalStartTime"])
    assert moved["start"]["dateTime"] == "2027-03-30T15:00:00+02:00"
    assert moved["etag"] != before["etag"]
    assert got(ana, IDS[0])["etag"] == series["etag"] == got(ana, "series")["etag"]
    wanted = {"originalStart": "2027-03-29T07:00:00Z"}
    assert instances(ana, "series", **wanted) == [moved]
    assert reason(ana.patch(f"{EVENTS}/{IDS[1]}", json={"recurrence": WEEKLY})) == (400, "invalid")


def test_a_list_has_the_series_and_its_exceptions_or_what_takes_place(ana: httpx2.Client, series: Json) -> None:
    patched(ana, IDS[1], summary="This one", **_times("2027-03-30", 15))
    assert ana.delete(f"{EVENTS}/{IDS[2]}").status_code == 204
    places = [(each["id"], each["summary"], each["start"]["dateTime"]) for each in listed(ana, **EXPANDED)]
    assert places == [
        (IDS[0], "Rig", "2027-03-22T09:00:00+01:00"),
        (IDS[1], "This one", "2027-03-30T15:00:00+02:00"),
        (IDS[3], "Rig", "2027-04-12T09:00:00+02:00"),
    ]
    assert [(each["id"], each["status"]) for each in listed(ana)] == [
        ("series", "confirmed"),
        (IDS[1], "confirmed"),
        (IDS[2], "cancelled"),
    ]
    cancelled = got(ana, IDS[2])
    assert cancelled.keys() == {"kind", "etag", "id", "status", "recurringEventId", "originalStartTime"}
    assert len(instances(ana, "series", showDeleted=True)) == 4
    assert reason(ana.delete(f"{EVENTS}/{IDS[2]}")) == (410, "deleted")
    assert patched(ana, IDS[2], status="confirmed")["start"]["dateTime"] == "2027-04-05T09:00:00+02:00"
    assert len(listed(ana, **EXPANDED)) == 4


def test_a_change_of_the_series_reaches_exceptions_where_they_have_nothing_of_their_own(
    ana: httpx2.Client, series: Json
) -> None:
    mine = patched(ana, IDS[1], summary="This one")
    patched(ana, "series", summary="All", location="There")
    changed = got(ana, IDS[1])
    assert (changed["summary"], changed["location"]) == ("This one", "There")
    assert changed["etag"] != mine["etag"]


def test_a_series_that_is_cut_keeps_the_exceptions_before(google: Google, ana: httpx2.Client, series: Json) -> None:
    patched(ana, IDS[1], summary="Second")
    patched(ana, IDS[3], summary="Fourth", **_times("2027-03-23", 9))
    patched(ana, "series", recurrence=["RRULE:FREQ=WEEKLY;UNTIL=20270404T215959Z"])
    assert [(each["id"], each["summary"]) for each in instances(ana, "series")] == [(IDS[0], "Rig"), (IDS[1], "Second")]
    assert [each["id"] for each in listed(ana)] == ["series", IDS[1]]
    assert reason(ana.patch(f"{EVENTS}/{IDS[3]}", json={"summary": "x"})) == (410, "deleted")
    assert reason(ana.get(f"{EVENTS}/{IDS[2]}")) == (404, "notFound")


def test_exceptions_after_the_cut_may_stay(google: Google, ana: httpx2.Client, series: Json) -> None:
    google.calendar().exceptions_outlive_cut = True
    patched(ana, IDS[3], summary="Fourth")
    patched(ana, "series", recurrence=["RRULE:FREQ=WEEKLY;UNTIL=20270404T215959Z"])
    assert [each["id"] for each in instances(ana, "series")] == [IDS[0], IDS[1], IDS[3]]


def test_another_time_of_the_series_drops_its_exceptions(ana: httpx2.Client, series: Json) -> None:
    patched(ana, IDS[1], summary="Second")
    patched(ana, "series", **_times("2027-03-22", 10))
    assert [each["id"][-16:] for each in instances(ana, "series")] == [
        "20270322T090000Z", "20270329T080000Z", "20270405T080000Z", "20270412T080000Z",
    ]  # fmt: skip
    assert {each["summary"] for each in instances(ana, "series")} == {"Rig"}


def test_a_series_that_is_deleted_takes_all_with_it(ana: httpx2.Client, series: Json) -> None:
    patched(ana, IDS[1], summary="Second")
    assert ana.delete(f"{EVENTS}/{IDS[2]}").status_code == 204
    patched(ana, IDS[2], status="confirmed")
    assert ana.delete(f"{EVENTS}/series", headers={"If-Match": series["etag"]}).status_code == 204
    assert listed(ana) == listed(ana, **EXPANDED) == []
    assert {got(ana, id)["status"] for id in IDS} == {"cancelled"}


def test_a_series_that_was_cut_off_another_has_the_others_id_in_its_instances(
    google: Google, ana: httpx2.Client
) -> None:
    id = "abcde_R20270405T070000"
    google.calendar().add(
        "Rig", "2027-04-05T09:00", "2027-04-05T10:00", id=id, recurrence=["RRULE:FREQ=WEEKLY;COUNT=2"]
    )
    found = instances(ana, id)
    assert [each["id"] for each in found] == ["abcde_20270405T070000Z", "abcde_20270412T070000Z"]
    assert {each["recurringEventId"] for each in found} == {id}
    assert patched(ana, "abcde_20270412T070000Z", summary="Second")["recurringEventId"] == id
    assert [each["summary"] for each in instances(ana, id)] == ["Rig", "Second"]


def test_both_halves_of_a_series_in_one_calendar(google: Google, ana: httpx2.Client) -> None:
    made(ana, id="abcde", recurrence=["RRULE:FREQ=WEEKLY;UNTIL=20270404T215959Z"])
    later = "abcde_R20270405T070000"
    google.calendar().add("Later", "2027-04-05T09:00", "2027-04-05T10:00", id=later, recurrence=WEEKLY)
    assert got(ana, "abcde_20270329T070000Z")["recurringEventId"] == "abcde"
    assert got(ana, "abcde_20270412T070000Z")["recurringEventId"] == later


def test_a_series_without_end_has_an_end_in_a_list(ana: httpx2.Client) -> None:
    made(ana, id="endless", recurrence=["RRULE:FREQ=DAILY"])
    assert len(listed(ana, singleEvents=True, timeMin="2030-01-01T00:00:00Z", timeMax="2030-01-08T00:00:00Z")) == 7
    assert 300 < len(listed(ana, singleEvents=True)) <= 730


def test_a_time_that_the_clocks_skip(ana: httpx2.Client) -> None:
    at = {"dateTime": "2027-03-27T02:30:00", "timeZone": ZONE}
    end = at | {"dateTime": "2027-03-27T02:45:00"}
    made(ana, id="skipped", start=at, end=end, recurrence=["RRULE:FREQ=DAILY;COUNT=3"])
    found = instances(ana, "skipped")
    assert [each["start"]["dateTime"][11:] for each in found] == ["02:30:00+01:00", "03:30:00+02:00", "02:30:00+02:00"]
    assert got(ana, found[1]["id"]) == found[1]
