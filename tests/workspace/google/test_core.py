"""What the fake does for all of Google's APIs: the contract, the sign-in, batches, masks, and what goes wrong."""

import re

import httpx2
import pytest
from tests.kit.google.fake import Google
from tests.kit.google.faults import Fault
from tests.workspace.google.asking import EVENTS, ZONE, event, listed, made, reason, told

from sayso.base.clock import FixedClock, parse_instant

READ_ONLY = "https://www.googleapis.com/auth/calendar.events.readonly"


@pytest.mark.parametrize(
    ("params", "wrong"),
    [
        ({"nope": "1"}, "nope: no such parameter"),
        ({"maxResults": "many"}, "maxResults: 'many' is no integer"),
        ({"maxResults": "0"}, "maxResults: 0 is not within 1..2147483647"),
        ({"singleEvents": "yes"}, "singleEvents: 'yes' is no boolean"),
        ({"orderBy": "size"}, "orderBy: 'size' is none of ['startTime', 'updated']"),
        ({"q": ["a", "b"]}, "q: given 2 times"),
        ({"timeMin": "2027-01-01"}, "timeMin: '2027-01-01' is no RFC 3339 time"),
        ({"timeMin": "2027-01-01T00:00:00"}, "timeMin: '2027-01-01T00:00:00' has no offset"),
        ({"fields": "items(id,colour)"}, "fields: items/colour is not in Events"),
        ({"fields": "items(id"}, "fields: a bracket is not closed"),
    ],
)
def test_a_query_that_the_document_does_not_have_is_refused_and_remembered(
    google: Google, ana: httpx2.Client, params: dict[str, str], wrong: str
) -> None:
    assert ana.get(EVENTS, params=params).status_code == 400
    assert [each.message for each in google.took("query")] == [wrong]


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        (event(colour="red"), "Event.colour: not in the schema"),
        (event(summary=7), "Event.summary: 7 is no string"),
        (event(guestsCanModify="true"), "Event.guestsCanModify: 'true' is no boolean"),
        (event(attendees={"email": "x"}), "Event.attendees: {'email': 'x'} is no array"),
        (event(attendees=[{"name": "x", "email": "x@example.test"}]), "Event.attendees[0].name: not in the schema"),
        (event(reminders={"overrides": [{"method": "popup", "minutes": "5"}]}), "minutes: '5' is no integer"),
        (event(start={"date": "22.3.2027"}), "Event.start.date: '22.3.2027' is no date"),
        (event(end=None), "Event.end: required"),
    ],
)
def test_a_body_that_the_schema_does_not_have_is_refused_and_remembered(
    google: Google, ana: httpx2.Client, body: object, wrong: str
) -> None:
    assert ana.post(EVENTS, json=body).status_code == 400
    assert [each.message for each in google.took("body") if wrong in each.message]
    assert not google.effects


def test_an_unknown_method_is_remembered(google: Google, ana: httpx2.Client) -> None:
    assert ana.post("/calendar/v3/calendars/primary/event", json={}).status_code == 404
    assert len(google.took("method")) == 1


def test_an_answer_that_the_schema_does_not_have_is_remembered(google: Google, ana: httpx2.Client) -> None:
    google.calendar().add("Rig", "2027-03-22", "2027-03-23", mood="good")
    answer = ana.get(EVENTS)
    assert answer.status_code == 500
    wrong = [each.message for each in google.took("answer")]
    assert wrong == ["Events.items[0].mood: not in the schema"]


def test_a_scope_that_is_missing(google: Google) -> None:
    bearer = {"Authorization": f"Bearer {google.grant([READ_ONLY])}"}
    with httpx2.Client(base_url=google.url, headers=bearer, trust_env=False, verify=False) as client:
        assert client.get(EVENTS).status_code == 200
        answer = client.post(EVENTS, json=event())
    assert reason(answer) == (403, "insufficientPermissions")
    assert answer.json()["error"]["details"][0]["reason"] == "ACCESS_TOKEN_SCOPE_INSUFFICIENT"
    assert [each.method for each in google.took("scope")] == ["calendar.events.insert"]


def test_a_token_that_is_unknown_or_over(google: Google, ana: httpx2.Client) -> None:
    bad = ana.get(EVENTS, headers={"Authorization": "Bearer bad"})
    assert reason(bad) == (401, "authError")
    assert 'error="invalid_token"' in bad.headers["WWW-Authenticate"]
    google.expire(ana.headers["Authorization"].removeprefix("Bearer "))
    assert reason(ana.get(EVENTS)) == (401, "authError")


@pytest.mark.parametrize(
    ("api", "path"),
    [
        ("calendar", EVENTS),
        ("gmail", "/gmail/v1/users/me/profile"),
        ("tasks", "/tasks/v1/users/@me/lists"),
    ],
)
def test_an_api_that_is_not_enabled(google: Google, ana: httpx2.Client, api: str, path: str) -> None:
    google.disabled = {api}
    answer = ana.get(path)
    assert reason(answer) == (403, "accessNotConfigured")
    assert "https://console.developers.google.com/apis/api/" in answer.json()["error"]["message"]


def test_errors_of_new_apis_name_the_status_and_those_of_people_nothing_else(
    google: Google, ana: httpx2.Client
) -> None:
    google.faults += [Fault("GET /", "status", 404, "notFound") for _ in range(3)]
    calendar = ana.get(EVENTS).json()["error"]
    tasks = ana.get("/tasks/v1/users/@me/lists").json()["error"]
    people = ana.get("/v1/people/me/connections", params={"personFields": "names"}).json()["error"]
    assert (calendar.get("status"), tasks.get("status"), people.get("status")) == (None, "NOT_FOUND", "NOT_FOUND")
    assert ("errors" in calendar, "errors" in tasks, "errors" in people) == (True, True, False)


# --- what goes wrong -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("do", "effects"), [("cut_before", 0), ("cut_after", 1), ("cut_within", 1)])
def test_a_line_that_is_cut(google: Google, ana: httpx2.Client, do: str, effects: int) -> None:
    google.faults.append(Fault(f"POST {EVENTS}", do))  # type: ignore[arg-type]
    with pytest.raises(httpx2.RemoteProtocolError):
        ana.post(EVENTS, json=event(id="abcde"))
    assert google.count("event.insert") == effects
    assert ana.get(f"{EVENTS}/abcde").status_code == (200 if effects else 404)
    assert google.requests[0].status is None
    assert google.faults == []


def test_an_error_and_when_to_come_again(google: Google, ana: httpx2.Client) -> None:
    limit = Fault(f"POST {EVENTS}", "status", 403, "rateLimitExceeded", retry_after=7, domain="usageLimits")
    google.faults += [limit, Fault(re.compile(r"sendUpdates=all"), "status", 500, effect=True, skip=1)]
    answer = ana.post(EVENTS, json=event())
    assert (reason(answer), answer.headers["Retry-After"]) == ((403, "rateLimitExceeded"), "7")
    assert google.effects == []
    assert ana.post(EVENTS, json=event(), params={"sendUpdates": "all"}).status_code == 200
    assert ana.post(EVENTS, json=event(), params={"sendUpdates": "all"}).status_code == 500
    assert google.count("event.insert") == 2


@pytest.mark.parametrize("early", [True, False])
def test_a_request_that_is_held_has_its_effect_though_nobody_waits(
    google: Google, ana: httpx2.Client, early: bool
) -> None:
    hold = google.hold(f"POST {EVENTS}", effect=early)
    with pytest.raises(httpx2.ReadTimeout):
        ana.post(EVENTS, json=event(id="abcde"), timeout=0.2)
    assert hold.reached.wait(30)
    assert google.count("event.insert") == early
    hold.release()
    while google.requests[0].status is None:  # each look is a request that the fake answers after the held one
        ana.get(f"{EVENTS}/abcde")
    assert google.count("event.insert") == 1


def test_a_request_that_is_held_may_be_answered_or_cut(google: Google, ana: httpx2.Client) -> None:
    google.hold(f"POST {EVENTS}").release()
    assert ana.post(EVENTS, json=event(id="abcde")).status_code == 200
    google.hold(f"DELETE {EVENTS}", then="cut").release()
    with pytest.raises(httpx2.RemoteProtocolError):
        ana.delete(f"{EVENTS}/abcde")
    assert google.count("event.delete") == 1


# --- uploads ---------------------------------------------------------------------------------------------------------

UPLOAD = "/upload/gmail/v1/users/me/drafts"
RELATED = "multipart/related; boundary=b"
TWO_PARTS = (
    "--b\r\nContent-Type: application/json\r\n\r\n{}\r\n"
    "--b\r\nContent-Type: message/rfc822\r\n\r\nTo: a@example.test\r\n\r\nHi\r\n--b--\r\n"
)


@pytest.mark.parametrize(
    ("kind", "content_type", "content", "wrong"),
    [
        ("media", "message/rfc822", "To: a@example.test\r\n\r\nHi", []),
        ("multipart", RELATED, TWO_PARTS, []),
        ("multipart", RELATED, TWO_PARTS.replace("{}", '{"x": 1}'), ["Draft.x: not in the schema"]),
        ("multipart", RELATED, "--b\r\n\r\n{}\r\n--b--", ["1 parts in a multipart upload"]),
        ("resumable", "message/rfc822", "x", ["uploadType 'resumable'"]),
    ],
)
def test_uploads(
    google: Google, ana: httpx2.Client, kind: str, content_type: str, content: str, wrong: list[str]
) -> None:
    ana.post(UPLOAD, params={"uploadType": kind}, content=content, headers={"Content-Type": content_type})
    assert google.requests[0].id == "gmail.users.drafts.create"
    assert [each.message for each in google.took("body")] == wrong


# --- masks, batches, the clock ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ("summary", {"summary": "Rig"}),
        (
            "start/timeZone,end(timeZone)",
            {"start": {"timeZone": ZONE}, "end": {"timeZone": ZONE}},
        ),
        ("extendedProperties/private/k", {"extendedProperties": {"private": {"k": "v"}}}),
        ("organizer/*", {"organizer": {"email": "ana@example.test", "self": True}}),
    ],
)
def test_an_answer_has_the_fields_that_were_asked_for(ana: httpx2.Client, fields: str, expected: object) -> None:
    id = made(ana, extendedProperties={"private": {"k": "v", "l": "w"}})["id"]
    assert told(ana.get(f"{EVENTS}/{id}", params={"fields": fields})) == expected
    page = told(ana.get(EVENTS, params={"fields": f"items({fields})"}))
    assert page == {"items": [expected]}


def _batch(client: httpx2.Client, *calls: str, api: str = "calendar/v3") -> httpx2.Response:
    parts = [f"Content-Type: application/http\r\nContent-ID: <call{at}>\r\n\r\n{call}" for at, call in enumerate(calls)]
    body = "".join(f"--b\r\n{part}\r\n" for part in parts) + "--b--\r\n"
    return client.post(f"/batch/{api}", content=body, headers={"Content-Type": "multipart/mixed; boundary=b"})


def test_a_batch_answers_each_call_with_a_status_of_its_own(google: Google, ana: httpx2.Client) -> None:
    google.faults.append(Fault("GET /calendar/v3/colors", "status", 503))
    body = '{"summary": "In a batch", "start": {"date": "2027-01-01"}, "end": {"date": "2027-01-02"}}'
    answer = _batch(
        ana,
        f"GET {EVENTS}/nothing\r\n",
        f"POST {EVENTS}?fields=summary HTTP/1.1\r\nContent-Type: application/json\r\n\r\n{body}",
        "GET /calendar/v3/colors\r\n",
        f"GET {EVENTS}?nope=1\r\nAuthorization: Bearer bad\r\n",
    )
    assert answer.status_code == 200
    kinds = re.findall(r"Content-ID: <response-call(\d)>\r\n\r\nHTTP/1.1 (\d+)", answer.text)
    assert kinds == [("0", "404"), ("1", "200"), ("2", "503"), ("3", "401")]
    assert '\r\n\r\n{"summary": "In a batch"}\r\n--' in answer.text
    assert [each["summary"] for each in listed(ana)] == ["In a batch"]
    assert [each.message for each in google.took("query")] == ["nope: no such parameter"]


@pytest.mark.parametrize(("calls", "status"), [(100, 200), (101, 400)])
def test_a_batch_has_at_most_a_hundred_calls(google: Google, ana: httpx2.Client, calls: int, status: int) -> None:
    assert _batch(ana, *["GET /calendar/v3/colors\r\n"] * calls).status_code == status
    assert len(google.took("batch")) == (status == 400)


def test_a_batch_is_for_one_api(google: Google, ana: httpx2.Client) -> None:
    assert "HTTP/1.1 400" in _batch(ana, "GET /calendar/v3/colors\r\n", api="gmail/v1").text
    assert len(google.took("batch")) == 1


def test_time_is_that_of_the_clock(google: Google, ana: httpx2.Client) -> None:
    id = made(ana)["id"]
    google.clock = FixedClock(parse_instant("2026-03-03T10:00Z"))
    changed = told(ana.patch(f"{EVENTS}/{id}", json={"summary": "Later"}))
    assert (changed["created"], changed["updated"]) == ("2026-03-02T14:00:00.000Z", "2026-03-03T10:00:00.000Z")
