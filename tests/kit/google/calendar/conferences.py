"""Meetings online: made after they are asked for, once for each request id."""

import copy
from typing import Any

from tests.kit.google.calendar.store import Calendar, Event
from tests.kit.google.parts import Call
from tests.kit.google.problems import Problem

Json = dict[str, Any]


def with_conference(call: Call, old: Json, data: Json, outcome: str) -> Json:
    """The event with what the body says of conferences, which counts only with conferenceDataVersion=1.

    `outcome`: Book.meet. Raises Problem.
    """
    if call.query.get("conferenceDataVersion", 0) != 1:
        sent = {name: value for name, value in data.items() if name not in ("conferenceData", "hangoutLink")}
        return sent | {name: old[name] for name in ("conferenceData", "hangoutLink") if name in old}
    asked = (call.body.get("conferenceData") or {}).get("createRequest")
    if not asked:
        if "conferenceData" not in data:
            data.pop("hangoutLink", None)
        return data
    before = (old.get("conferenceData") or {}).get("createRequest") or {}
    if before.get("requestId") == asked.get("requestId"):
        return data | {name: old[name] for name in ("conferenceData", "hangoutLink") if name in old}
    if not asked.get("requestId"):
        raise Problem(400, "invalid", "Missing conference request ID.")
    if asked.get("conferenceSolutionKey", {}).get("type", "hangoutsMeet") != "hangoutsMeet":
        raise Problem(400, "invalid", "Invalid conference type value.")
    request = {
        "requestId": asked["requestId"],
        "conferenceSolutionKey": {"type": "hangoutsMeet"},
        "status": {"statusCode": "pending"},
    }
    call.fake.happened("conference", asked["requestId"], call.account.email)
    made = data | {"conferenceData": {"createRequest": request}}
    return finished(made, outcome) if outcome == "at once" else made


def finish(calendar: Calendar, event: Event | None, outcome: str) -> None:
    """What was pending is done once somebody has looked: the event has changed then."""
    if event and _pending(event.data):
        event.data = finished(event.data, outcome)
        calendar.touch(event)


def finished(data: Json, outcome: str) -> Json:
    """With the conference made, or, if the outcome is `never`, failed."""
    made = copy.deepcopy(data)
    request = made["conferenceData"]["createRequest"]
    request["status"] = {"statusCode": "failure" if outcome == "never" else "success"}
    if outcome == "never":
        return made
    code = "".join(chr(97 + ord(each) % 26) for each in (request["requestId"] + "sayso-meets")[:10])
    name = f"{code[:3]}-{code[3:7]}-{code[7:10]}"
    uri = f"https://meet.google.com/{name}"
    made["conferenceData"] |= {
        "conferenceId": name,
        "conferenceSolution": {"key": {"type": "hangoutsMeet"}, "name": "Google Meet"},
        "entryPoints": [{"entryPointType": "video", "uri": uri, "label": uri.removeprefix("https://")}],
    }
    return made | {"hangoutLink": uri}


def _pending(data: Json) -> bool:
    request = (data.get("conferenceData") or {}).get("createRequest") or {}
    return bool(request.get("status") == {"statusCode": "pending"})
