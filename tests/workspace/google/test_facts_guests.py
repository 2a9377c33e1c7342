"""What Google Calendar promises of guests. Sources: the discovery document calendar v3, the guides "Events and guests",
"Handle API errors"."""

import httpx2
import pytest
from tests.kit.google.fake import Google
from tests.workspace.google.asking import EVENTS, Json, event, got, instances, listed, made, patched, reason

ANA, BOB, CAROL = "ana@example.test", "bob@example.test", "carol@elsewhere.test"
GUESTS = [{"email": BOB}, {"email": CAROL}]
WEEKLY = ["RRULE:FREQ=WEEKLY;COUNT=3"]
SECOND = "series_20270329T070000Z"


def _status(told: Json, email: str) -> str:
    return next(str(each["responseStatus"]) for each in told["attendees"] if each["email"] == email)


def _mails(google: Google) -> list[tuple[str, str]]:
    found = [(each.details["to"], each.details["about"]) for each in google.effects if each.kind == "mail"]
    google.effects.clear()
    return found


def _answer(status: str, email: str = BOB) -> Json:
    return {"attendees": [{"email": email, "responseStatus": status}], "attendeesOmitted": True}


def test_a_guest_with_an_account_has_a_copy(ana: httpx2.Client, bob: httpx2.Client) -> None:
    made(ana, id="abcde", attendees=GUESTS, extendedProperties={"private": {"a": "1"}, "shared": {"b": "2"}})
    copy = got(bob, "abcde")
    assert copy["organizer"] == copy["creator"] == {"email": ANA}
    assert copy["attendees"][0] == {"email": BOB, "responseStatus": "needsAction", "self": True}
    assert copy["attendees"][1] == {"email": CAROL, "responseStatus": "needsAction"}
    assert copy["extendedProperties"] == {"shared": {"b": "2"}}
    patched(ana, "abcde", summary="Two")
    assert got(bob, "abcde")["summary"] == "Two"
    patched(ana, "abcde", attendees=[{"email": CAROL}])
    assert got(bob, "abcde")["status"] == "cancelled"
    assert listed(bob) == []


def test_what_is_deleted_is_deleted_for_all(ana: httpx2.Client, bob: httpx2.Client) -> None:
    made(ana, id="abcde", attendees=GUESTS)
    assert ana.delete(f"{EVENTS}/abcde").status_code == 204
    assert listed(bob) == []


def test_an_event_of_the_same_id_that_is_not_a_copy_is_left_alone(ana: httpx2.Client, bob: httpx2.Client) -> None:
    made(bob, id="abcde", summary="Mine")
    made(ana, id="abcde", attendees=GUESTS)
    assert [each["summary"] for each in listed(bob)] == ["Mine"]


@pytest.mark.parametrize(
    ("updates", "to"),
    [(None, []), ("none", []), ("all", [BOB, CAROL]), ("externalOnly", [CAROL])],
)
def test_mails_go_to_whom_they_should_once_a_call(
    google: Google, ana: httpx2.Client, bob: httpx2.Client, updates: str | None, to: list[str]
) -> None:
    params = {"sendUpdates": updates} if updates else {}
    ana.post(EVENTS, json=event(id="abcde", attendees=[{"email": ANA}, *GUESTS]), params=params)
    assert _mails(google) == [(each, "invitation") for each in to]
    patched(ana, "abcde", params, summary="Two")
    assert _mails(google) == [(each, "update") for each in to]
    assert ana.patch(f"{EVENTS}/abcde", json={}, params=params, headers={"If-Match": '"1"'}).status_code == 412
    assert _mails(google) == []
    ana.delete(f"{EVENTS}/abcde", params=params)
    assert _mails(google) == [(each, "cancellation") for each in to]


def test_who_is_asked_later_or_no_more_is_told_so(google: Google, ana: httpx2.Client) -> None:
    made(ana, id="abcde", attendees=[{"email": BOB}])
    patched(ana, "abcde", {"sendUpdates": "all"}, attendees=[{"email": CAROL}])
    assert sorted(_mails(google)) == [(BOB, "cancellation"), (CAROL, "invitation")]


# --- answers ---------------------------------------------------------------------------------------------------------


def test_an_answer_reaches_the_organizer_and_changes_the_etag(
    google: Google, ana: httpx2.Client, bob: httpx2.Client
) -> None:
    before = made(ana, id="abcde", attendees=GUESTS)
    patched(bob, "abcde", {"sendUpdates": "all"}, **_answer("accepted"))
    after = got(ana, "abcde")
    assert (_status(after, BOB), _status(after, CAROL)) == ("accepted", "needsAction")
    assert _status(got(bob, "abcde"), BOB) == "accepted"
    stale = ana.patch(f"{EVENTS}/abcde", json={"summary": "x"}, headers={"If-Match": before["etag"]})
    assert reason(stale) == (412, "conditionNotMet")
    assert google.count("response", account=BOB, answer="accepted") == 1
    assert _mails(google) == [(ANA, "response")]


def test_an_answer_may_come_with_the_whole_list(ana: httpx2.Client, bob: httpx2.Client) -> None:
    made(ana, id="abcde", attendees=[{"email": BOB, "displayName": "Bob", "optional": True}, {"email": CAROL}])
    attendees = got(bob, "abcde")["attendees"]
    attendees[0]["responseStatus"] = "tentative"
    patched(bob, "abcde", attendees=attendees)
    assert got(ana, "abcde")["attendees"][0] == {
        "email": BOB,
        "displayName": "Bob",
        "optional": True,
        "responseStatus": "tentative",
    }


def test_an_answer_to_one_instance(ana: httpx2.Client, bob: httpx2.Client) -> None:
    made(ana, id="series", recurrence=WEEKLY, attendees=GUESTS)
    patched(bob, SECOND, **_answer("declined"))
    assert [_status(each, BOB) for each in instances(ana, "series")] == ["needsAction", "declined", "needsAction"]
    patched(bob, "series", **_answer("accepted"))
    assert _status(got(ana, "series"), BOB) == "accepted"


def test_a_guest_who_deletes_declines(ana: httpx2.Client, bob: httpx2.Client) -> None:
    made(ana, id="abcde", attendees=GUESTS)
    assert bob.delete(f"{EVENTS}/abcde").status_code == 204
    assert _status(got(ana, "abcde"), BOB) == "declined"
    patched(ana, "abcde", summary="Two")
    assert listed(bob) == []
    assert patched(bob, "abcde", status="confirmed")["summary"] == "Two"
    patched(ana, "abcde", summary="Three")
    assert [each["summary"] for each in listed(bob)] == ["Three"]


def test_an_exception_reaches_the_guests(ana: httpx2.Client, bob: httpx2.Client) -> None:
    made(ana, id="series", recurrence=WEEKLY, attendees=GUESTS)
    patched(ana, SECOND, summary="This one")
    assert [each["summary"] for each in instances(bob, "series")] == ["Rig", "This one", "Rig"]
    patched(ana, SECOND, attendees=[{"email": CAROL}])
    assert [each["id"][-16:] for each in instances(bob, "series")] == ["20270322T080000Z", "20270405T070000Z"]


def test_a_guest_of_one_instance_has_only_that(ana: httpx2.Client, bob: httpx2.Client) -> None:
    made(ana, id="series", recurrence=WEEKLY)
    patched(ana, SECOND, attendees=[{"email": BOB}])
    assert [(each["id"], each["recurringEventId"]) for each in listed(bob)] == [(SECOND, "series")]
    assert reason(bob.get(f"{EVENTS}/series")) == (404, "notFound")
    assert [each["id"] for each in listed(bob, singleEvents=True)] == [SECOND]


# --- what guests may change ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fields",
    [{"summary": "Mine"}, {"attendees": [{"email": BOB}]}, {"location": "Here"}, {"guestsCanModify": True}],
)
def test_a_guest_does_not_change_what_is_shared(ana: httpx2.Client, bob: httpx2.Client, fields: Json) -> None:
    before = made(ana, id="abcde", attendees=GUESTS)
    answer = bob.patch(f"{EVENTS}/abcde", json=fields)
    assert reason(answer) == (403, "forbiddenForNonOrganizer")
    assert got(ana, "abcde") == before


def test_a_guest_changes_what_is_his(ana: httpx2.Client, bob: httpx2.Client) -> None:
    before = made(ana, id="abcde", attendees=GUESTS)
    mine: Json = {"extendedProperties": {"private": {"k": "v"}}, "colorId": "3", "transparency": "transparent"}
    assert patched(bob, "abcde", **mine).items() >= mine.items()
    assert got(ana, "abcde") == before
    patched(ana, "abcde", summary="Two")
    assert got(bob, "abcde").items() >= {**mine, "summary": "Two"}.items()


def test_a_guest_may_invite_others_unless_he_may_not(ana: httpx2.Client, bob: httpx2.Client) -> None:
    more: Json = {"attendees": [*GUESTS, {"email": "dora@example.test"}]}
    made(ana, id="abcde", attendees=GUESTS)
    patched(bob, "abcde", **more)
    assert len(got(ana, "abcde")["attendees"]) == 3
    made(ana, id="bcdef", attendees=GUESTS, guestsCanInviteOthers=False)
    assert reason(bob.patch(f"{EVENTS}/bcdef", json=more)) == (403, "forbiddenForNonOrganizer")


def test_guests_may_change_all_if_the_organizer_lets_them(ana: httpx2.Client, bob: httpx2.Client) -> None:
    made(ana, id="abcde", attendees=GUESTS, guestsCanModify=True, extendedProperties={"private": {"a": "1"}})
    patched(bob, "abcde", summary="Mine")
    here = got(ana, "abcde")
    assert (here["summary"], here["extendedProperties"]) == ("Mine", {"private": {"a": "1"}})


def test_an_invitation_from_somebody_without_an_account(google: Google, ana: httpx2.Client) -> None:
    seen = google.calendar().invite(CAROL, "Review", "2027-03-22T09:00", "2027-03-22T10:00", attendees=[{"email": BOB}])
    there = got(ana, seen["id"])
    assert there == seen
    assert there["organizer"] == {"email": CAROL}
    assert there["attendees"][1] == {"email": ANA, "responseStatus": "needsAction", "self": True}
    patched(ana, seen["id"], {"sendUpdates": "all"}, **_answer("accepted", ANA))
    assert _status(got(ana, seen["id"]), ANA) == "accepted"
    assert _mails(google) == [(CAROL, "response")]
    assert reason(ana.patch(f"{EVENTS}/{seen['id']}", json={"summary": "x"})) == (403, "forbiddenForNonOrganizer")


def test_attendees_may_be_left_out(google: Google, ana: httpx2.Client) -> None:
    seen = google.calendar().invite(CAROL, "Review", "2027-03-22T09:00", "2027-03-22T10:00", attendees=[{"email": BOB}])
    short = got(ana, seen["id"], maxAttendees=1)
    assert [each["email"] for each in short["attendees"]] == [ANA]
    assert short["attendeesOmitted"] is True
    short["attendees"][0]["responseStatus"] = "accepted"
    patched(ana, seen["id"], attendees=short["attendees"], attendeesOmitted=True)
    assert _status(got(ana, seen["id"]), BOB) == "needsAction"
    assert _status(got(ana, seen["id"]), ANA) == "accepted"


def test_somebody_changes_an_event_by_hand(google: Google, ana: httpx2.Client, bob: httpx2.Client) -> None:
    new = made(ana, id="abcde", attendees=GUESTS, location="Here")
    google.calendar(BOB).change("abcde", attendees=[{"email": BOB, "responseStatus": "accepted"}, {"email": CAROL}])
    google.calendar().change("abcde", summary="Two", location=None)
    now = got(ana, "abcde")
    assert (now["summary"], "location" in now, now["etag"] != new["etag"]) == ("Two", False, True)
    google.calendar().remove("abcde")
    assert listed(ana) == listed(bob) == []
    assert google.count("event.patch") == 0
