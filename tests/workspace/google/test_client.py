"""Requests to Google as the client sends them: which are tried again, which never, and what each end means."""

import asyncio
import functools
import inspect
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, TypeVar

import httpx2
import pytest
from tests.kit.google.fake import Google as Fake
from tests.kit.google.faults import Fault
from tests.kit.rigs.running import free_port
from tests.workspace.google.opening import Tokens

from sayso.base.clock import FixedClock
from sayso.workspace.errors import ObjectNotFound, Refused, Unavailable, Uncertain
from sayso.workspace.google.batches import Asked
from sayso.workspace.google.client import Around, Google
from sayso.workspace.google.errors import Deleted, NotDone, Preconditioned, Stale, Taken

T = TypeVar("T")
LABEL = "POST /gmail/v1/users/me/labels"
LABELS = "GET /gmail/v1/users/me/labels"
WORK = {"name": "Work", "labelListVisibility": "labelShow", "messageListVisibility": "show"}
EVENTS = "calendars/primary/events"


@dataclass
class Client:
    google: Google
    tokens: Tokens
    waits: list[float]


Work = Callable[..., Coroutine[Any, Any, None]]


def awaited(work: Work) -> Callable[..., None]:
    """A test of a client that asks the fake, in a loop of its own."""
    given = inspect.signature(work)
    named = [each for each in given.parameters.values() if each.name != "client"]

    @functools.wraps(work)
    def test(google: Fake, **more: Any) -> None:
        async def run() -> None:
            async with httpx2.AsyncClient(trust_env=False, timeout=10) as http:
                more["client"] = made(google, http, google.url)
                await work(**({"google": google} if "google" in given.parameters else {}), **more)

        asyncio.run(run())

    names = [each.name for each in named]
    first = [] if "google" in names else [inspect.Parameter("google", inspect.Parameter.POSITIONAL_OR_KEYWORD)]
    test.__signature__ = given.replace(parameters=[*first, *named])  # type: ignore[attr-defined]
    return test


def made(google: Fake, http: httpx2.AsyncClient, base: str) -> Client:
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    tokens = Tokens([google.grant()])
    clock = FixedClock(google.clock.now())
    return Client(Google(tokens, Around(http, clock, sleep, lambda: 0.5, base)), tokens, waits)


def hurt(google: Fake, *faults: Fault) -> None:
    google.faults.extend(faults)


def rate(match: str, status: int = 429, **more: Any) -> Fault:
    return Fault(match, "status", status=status, reason="rateLimitExceeded", **more)


# --- reads ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fault",
    [
        Fault(LABELS, "status", status=503),
        Fault(LABELS, "status", status=500),
        rate(LABELS),
        rate(LABELS, 403),
        Fault(LABELS, "status", status=403, reason="userRateLimitExceeded"),
        Fault(LABELS, "cut_before"),
        Fault(LABELS, "cut_after"),
        Fault(LABELS, "cut_within"),
    ],
    ids=lambda fault: f"{fault.do} {fault.status}",
)
@awaited
async def test_a_read_that_fails_for_a_moment_is_tried_again(client: Client, google: Fake, fault: Fault) -> None:
    hurt(google, fault)
    assert (await client.google.get("gmail", "labels"))["labels"]
    assert len(client.waits) == 1


@awaited
async def test_waits_grow_and_end(client: Client, google: Fake) -> None:
    hurt(google, Fault(LABELS, "status", times=9))
    with pytest.raises(Unavailable):
        await client.google.get("gmail", "labels")
    assert client.waits == [1.0, 2.0, 4.0]


@awaited
async def test_a_read_waits_as_long_as_it_is_told(client: Client, google: Fake) -> None:
    hurt(google, rate(LABELS, retry_after=3))
    await client.google.get("gmail", "labels")
    assert client.waits == [3.0]


@awaited
async def test_nobody_waits_long_for_a_read(client: Client, google: Fake) -> None:
    hurt(google, rate(LABELS, retry_after=90))
    with pytest.raises(Unavailable) as raised:
        await client.google.get("gmail", "labels")
    assert (raised.value.retry_after, client.waits) == (90, [])


@awaited
async def test_a_read_that_is_lost_again_and_again_is_given_up(client: Client, google: Fake) -> None:
    hurt(google, Fault(LABELS, "cut_before", times=9))
    with pytest.raises(Unavailable):
        await client.google.get("gmail", "labels")
    assert len(google.requests) == 2


@awaited
async def test_what_is_refused_is_not_tried_again(client: Client, google: Fake) -> None:
    hurt(google, Fault(LABELS, "status", status=403, reason="forbidden", message="No."))
    with pytest.raises(NotDone, match=r'Gmail refuses it: "No."'):
        await client.google.get("gmail", "labels")
    assert client.waits == []


@awaited
async def test_all_pages_are_read(client: Client, google: Fake) -> None:
    for number in range(5):
        await client.google.change("POST", "calendar", EVENTS, event(f"e{number}"))
    found = await client.google.listed("calendar", EVENTS, {"maxResults": 2}, "items")
    assert {each["summary"] for each in found} == {f"e{number}" for number in range(5)}


@awaited
async def test_what_was_read_too_long_ago_is_stale(client: Client) -> None:
    with pytest.raises(Stale):
        await client.google.get("calendar", EVENTS, {"syncToken": "nonsense"})


@awaited
async def test_another_address_is_not_gone_to(client: Client, google: Fake) -> None:
    def away(request: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(302, headers={"Location": "http://elsewhere.example"})

    async with httpx2.AsyncClient(transport=httpx2.MockTransport(away)) as moved:
        with pytest.raises(Refused, match="another address"):
            await made(google, moved, google.url).google.get("gmail", "labels")


@awaited
async def test_an_answer_that_is_no_json_is_told(client: Client, google: Fake) -> None:
    def odd(request: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(200, text="<html>")

    async with httpx2.AsyncClient(transport=httpx2.MockTransport(odd)) as answered:
        odd_one = made(google, answered, google.url).google
        with pytest.raises(Unavailable):
            await odd_one.get("gmail", "labels")
        with pytest.raises(Uncertain):
            await odd_one.change("POST", "gmail", "labels", WORK)


# --- changes ----------------------------------------------------------------------------------------------------------


def event(title: str, **more: Any) -> dict[str, Any]:
    when = {"start": {"date": "2026-03-10"}, "end": {"date": "2026-03-11"}}
    return {"summary": title, **when, **more}


@pytest.mark.parametrize("do", ["cut_before", "cut_after", "cut_within"])
@awaited
async def test_a_change_is_sent_once(client: Client, google: Fake, do: Any) -> None:
    hurt(google, Fault(LABEL, do))
    with pytest.raises(Uncertain):
        await client.google.change("POST", "gmail", "labels", WORK)
    assert len(google.requests) == 1


@pytest.mark.parametrize("status", [500, 502, 503, 504])
@awaited
async def test_a_failure_of_theirs_leaves_a_change_in_doubt(client: Client, google: Fake, status: int) -> None:
    hurt(google, Fault(LABEL, "status", status=status, effect=True))
    with pytest.raises(Uncertain):
        await client.google.change("POST", "gmail", "labels", WORK)
    assert len(google.requests) == 1


@pytest.mark.parametrize("fault", [rate(LABEL, retry_after=7), rate(LABEL, 403, retry_after=7)])
@awaited
async def test_what_was_too_much_was_not_done(client: Client, google: Fake, fault: Fault) -> None:
    hurt(google, fault)
    with pytest.raises(Unavailable) as raised:
        await client.google.change("POST", "gmail", "labels", WORK)
    assert (raised.value.retry_after, len(google.requests)) == (7, 1)


@awaited
async def test_a_limit_that_lasts_is_a_refusal(client: Client, google: Fake) -> None:
    hurt(google, rate(LABEL, retry_after=86_400))
    with pytest.raises(Refused, match="about 24 hours"):
        await client.google.change("POST", "gmail", "labels", WORK)


@awaited
async def test_what_nobody_answers_was_not_begun(client: Client, google: Fake) -> None:
    async with httpx2.AsyncClient(trust_env=False) as http:
        nowhere = made(google, http, f"http://127.0.0.1:{free_port()}").google
        with pytest.raises(Unavailable):
            await nowhere.change("POST", "gmail", "labels", WORK)


@awaited
async def test_each_end_of_a_change_is_told_apart(client: Client) -> None:
    google = client.google
    made = await google.change("POST", "calendar", EVENTS, event("One", id="abcde"))
    with pytest.raises(Taken):
        await google.change("POST", "calendar", EVENTS, event("One", id="abcde"))
    await google.change("PATCH", "calendar", f"{EVENTS}/abcde", {"summary": "Two"}, if_match=made["etag"])
    with pytest.raises(Preconditioned):
        await google.change("PATCH", "calendar", f"{EVENTS}/abcde", {"summary": "Three"}, if_match=made["etag"])
    assert await google.change("DELETE", "calendar", f"{EVENTS}/abcde") == {}
    with pytest.raises(Deleted):
        await google.change("DELETE", "calendar", f"{EVENTS}/abcde")
    with pytest.raises(ObjectNotFound):
        await google.change("DELETE", "calendar", f"{EVENTS}/nowhere")


@pytest.mark.parametrize(
    ("reason", "status", "words"),
    [
        ("quotaExceeded", 403, "for some hours"),
        ("insufficientPermissions", 403, "leave its box ticked"),
        ("accessNotConfigured", 403, "is not switched on"),
        ("domainPolicy", 403, "does not do this for this account"),
        ("failedPrecondition", 400, "does not do this for this account"),
        ("invalid", 400, 'refuses it: "Backend Error"'),
    ],
)
@awaited
async def test_refusals_are_told_in_plain_words(
    client: Client, google: Fake, reason: str, status: int, words: str
) -> None:
    hurt(google, Fault(LABEL, "status", status=status, reason=reason))
    with pytest.raises(NotDone, match=words):
        await client.google.change("POST", "gmail", "labels", WORK)


# --- sign-in ----------------------------------------------------------------------------------------------------------


@awaited
async def test_a_token_that_is_over_is_renewed_and_the_request_sent_again(client: Client, google: Fake) -> None:
    client.tokens.left.append(google.grant())
    google.expire(client.tokens.left[0])
    assert (await client.google.change("POST", "gmail", "labels", WORK))["name"] == "Work"
    assert len(client.tokens.used) == 2


@awaited
async def test_a_scope_that_is_missing_is_told(client: Client, google: Fake) -> None:
    client.tokens.left = [google.grant(["https://www.googleapis.com/auth/tasks"])]
    with pytest.raises(NotDone, match="Gmail was not allowed"):
        await client.google.get("gmail", "labels")
    assert [each.kind for each in google.took("scope")] == ["scope"]


# --- several at once -------------------------------------------------------------------------------------------------


async def ids(client: Client, count: int) -> list[str]:
    for number in range(count):
        await client.google.change("POST", "calendar", EVENTS, event(f"e{number}", id=f"e000{number}"))
    return [f"e000{number}" for number in range(count)]


@awaited
async def test_several_reads_are_one_request(client: Client, google: Fake) -> None:
    known = await ids(client, 3)
    before = len(google.requests)
    asked = [Asked(f"{EVENTS}/{each}", {"fields": "id"}) for each in (*known, "nowhere")]
    *found, missing = await client.google.many("calendar", asked)
    assert found == [{"id": each} for each in known]
    assert isinstance(missing, ObjectNotFound)
    batches = [each for each in google.requests[before:] if each.path == "/batch/calendar/v3"]
    assert len(batches) == 1


@awaited
async def test_of_several_reads_those_that_fail_for_a_moment_are_tried_again(client: Client, google: Fake) -> None:
    known = await ids(client, 3)
    hurt(google, rate(f"GET /calendar/v3/{EVENTS}/e0001"))
    found = await client.google.many("calendar", [Asked(f"{EVENTS}/{each}", {"fields": "id"}) for each in known])
    assert found == [{"id": each} for each in known]
    assert sum(each.path.endswith("/e0000") for each in google.requests) == 1


@awaited
async def test_a_token_that_is_over_is_renewed_for_several(client: Client, google: Fake) -> None:
    known = await ids(client, 2)
    client.tokens.left.append(google.grant())
    google.expire(client.tokens.left[0])
    found = await client.google.many("calendar", [Asked(f"{EVENTS}/{each}", {"fields": "id"}) for each in known])
    assert found == [{"id": each} for each in known]


@awaited
async def test_without_batches_they_are_read_one_by_one(client: Client, google: Fake) -> None:
    known = await ids(client, 3)
    google.batches = False
    asked = [Asked(f"{EVENTS}/{each}", {"fields": "id"}) for each in known]
    for _ in range(2):
        assert await client.google.many("calendar", asked) == [{"id": each} for each in known]
    assert len(google.took("method")) == 1
