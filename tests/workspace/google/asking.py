"""How the tests of the fake's calendar ask it."""

from typing import Any

import httpx2

Json = dict[str, Any]
EVENTS = "/calendar/v3/calendars/primary/events"
ZONE = "Europe/Berlin"


def event(day: str = "2027-03-22", hour: int = 9, hours: int = 1, **more: Any) -> Json:
    """A body: on that day in Berlin, Monday 22 March 2027, a week before the clocks change, if none is given."""
    start = {"dateTime": f"{day}T{hour:02}:00:00", "timeZone": ZONE}
    return {"summary": "Rig", "start": start, "end": start | {"dateTime": f"{day}T{hour + hours:02}:00:00"}} | more


def reason(answer: httpx2.Response) -> tuple[int, str]:
    """Status and Google's reason."""
    return answer.status_code, answer.json()["error"]["errors"][0]["reason"]


def made(client: httpx2.Client, **more: Any) -> Json:
    params: Json = {name: more.pop(name) for name in ("sendUpdates", "conferenceDataVersion") if name in more}
    return told(client.post(EVENTS, json=event(**more), params=params))


def patched(client: httpx2.Client, id: str, params: Json | None = None, **fields: Any) -> Json:
    return told(client.patch(f"{EVENTS}/{id}", json=fields, params=params))


def got(client: httpx2.Client, id: str, **params: Any) -> Json:
    return told(client.get(f"{EVENTS}/{id}", params=params))


def listed(client: httpx2.Client, **params: Any) -> list[Json]:
    """All pages."""
    return pages(client, **params)[0]


def pages(client: httpx2.Client, **params: Any) -> tuple[list[Json], str | None]:
    """The items of all pages, and the sync token of the last."""
    items: list[Json] = []
    while True:
        page = told(client.get(EVENTS, params=params))
        items += page["items"]
        if "nextPageToken" not in page:
            return items, page.get("nextSyncToken")
        params = {**params, "pageToken": page["nextPageToken"]}


def instances(client: httpx2.Client, id: str, **params: Any) -> list[Json]:
    found: list[Json] = told(client.get(f"{EVENTS}/{id}/instances", params=params))["items"]
    return found


def told(answer: httpx2.Response) -> Json:
    assert answer.status_code == 200, answer.text
    body: Json = answer.json()
    return body
