"""The list of calendars, their colours, when people are busy."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tests.kit.google.calendar import paging
from tests.kit.google.calendar.access import ROLES, not_found, opened
from tests.kit.google.calendar.book import Book
from tests.kit.google.calendar.listing import busy_of
from tests.kit.google.calendar.store import Calendars
from tests.kit.google.parts import Answer, Call
from tests.kit.google.problems import Problem

Json = dict[str, Any]
EVENT_COLORS = [
    "#a4bdfc",
    "#7ae7bf",
    "#dbadff",
    "#ff887c",
    "#fbd75b",
    "#ffb878",
    "#46d6db",
    "#e1e1e1",
    "#5484ed",
    "#51b749",
    "#dc2127",
]
CALENDAR_COLORS = [
    "#ac725e",
    "#d06b64",
    "#f83a22",
    "#fa573c",
    "#ff7537",
    "#ffad46",
    "#42d692",
    "#16a765",
    "#7bd148",
    "#b3dc6c",
    "#fbe983",
    "#fad165",
    "#92e1c0",
    "#9fe1e7",
    "#9fc6e7",
    "#4986e7",
    "#9a9cff",
    "#b99aff",
    "#c2c2c2",
    "#cabdbf",
    "#cca6ac",
    "#f691b2",
    "#cd74e6",
    "#a47ae2",
]
LONGEST = timedelta(days=90)
"""Told of the real service; its documents say nothing."""


def calendar_list(call: Call) -> Answer:
    book, query = call.account.state(Book), call.query
    head = {"kind": "calendar#calendarList", "etag": f'"p{max(book.numbers.values())}"'}
    if "pageToken" in query:
        return Answer(200, head | paging.page(call, None, {}, 100))
    least, since, first = ROLES.index(query.get("minAccessRole", ROLES[0])), 0, None
    if "syncToken" in query:
        if "minAccessRole" in query or False in (query.get("showDeleted"), query.get("showHidden")):
            raise Problem(400, "invalid", "Sync token cannot be used with these parameters.")
        first, since = paging.synced(call)
    items = []
    for id, entry in book.entries.items():
        away = (entry.get("deleted") and not query.get("showDeleted")) or (
            entry.get("hidden") and not query.get("showHidden")
        )
        told = since or not away
        if told and book.numbers[id] > since and ROLES.index(entry["accessRole"]) >= least:
            items.append(_entry(entry))
    return Answer(200, head | paging.page(call, items, paging.sync_token(call, first), 100))


def calendar_entry(call: Call) -> Answer:
    id = call.path["calendarId"]
    entry = call.account.state(Book).entries.get(call.account.email if id == "primary" else id)
    if entry is None or entry.get("deleted"):
        raise not_found()
    return Answer(200, _entry(entry), {"ETag": entry["etag"]})


def calendar_itself(call: Call) -> Answer:
    calendar, book, _ = opened(call, "freeBusyReader")
    told = {
        "kind": "calendar#calendar",
        "etag": book.entries[calendar.id]["etag"],
        "id": calendar.id,
        "summary": calendar.summary,
        "timeZone": calendar.zone,
    }
    return Answer(200, told)


def colors(call: Call) -> Answer:
    def palette(values: list[str]) -> Json:
        return {str(at): {"background": each, "foreground": "#1d1d1d"} for at, each in enumerate(values, 1)}

    told = {"calendar": palette(CALENDAR_COLORS), "event": palette(EVENT_COLORS)}
    return Answer(200, {"kind": "calendar#colors", "updated": "2012-02-14T00:00:00.000Z"} | told)


def free_busy(call: Call) -> Answer:
    body = call.body
    if not body.get("timeMin") or not body.get("timeMax"):
        raise Problem(400, "required", "Missing time range.")
    after, before = (datetime.fromisoformat(body[name].upper()) for name in ("timeMin", "timeMax"))
    if after.tzinfo is None or before.tzinfo is None:
        raise Problem(400, "badRequest", "Bad Request")
    if before <= after:
        raise Problem(400, "timeRangeEmpty", "The specified time range is empty.", domain="calendar")
    if before - after > LONGEST:
        raise Problem(400, "timeRangeTooLong", "The requested time range is too long.", domain="calendar")
    for name, most in (("calendarExpansionMax", 50), ("groupExpansionMax", 100)):
        if not 1 <= body.get(name, most) <= most:
            raise Problem(400, "invalid", f"Invalid {name} value.")
    ids = [str(each["id"]) for each in body.get("items", []) if each.get("id")]
    zone = ZoneInfo(body.get("timeZone", "UTC"))
    too_many = len(ids) > body.get("calendarExpansionMax", 50)
    calendars = {
        id: _error("tooManyCalendarsRequested") if too_many else _busy(call, id, after, before, zone) for id in ids
    }
    times = {"timeMin": _stamp(after.astimezone(UTC)), "timeMax": _stamp(before.astimezone(UTC))}
    return Answer(200, {"kind": "calendar#freeBusy", **times, "calendars": calendars})


def _busy(call: Call, id: str, after: datetime, before: datetime, zone: ZoneInfo) -> Json:
    for account in list(call.fake.accounts.values()):
        account.state(Book)
    mine = call.account.state(Book).entries
    name = call.account.email if id == "primary" else id
    calendar = call.fake.service(Calendars).by_id.get(name)
    if calendar is None:
        return _error("notFound")
    shares = calendar.primary and call.fake.accounts[calendar.owner].state(Book).frees
    if name not in mine and not shares:
        return _error("notFound")
    found = busy_of(calendar, after.astimezone(UTC), before.astimezone(UTC))
    return {"busy": [{"start": _stamp(a.astimezone(zone)), "end": _stamp(b.astimezone(zone))} for a, b in found]}


def _error(reason: str) -> Json:
    return {"errors": [{"domain": "global", "reason": reason}], "busy": []}


def _stamp(at: datetime) -> str:
    return at.isoformat(timespec="seconds").replace("+00:00", "Z")


def _entry(entry: Json) -> Json:
    if entry.get("deleted"):
        return {"kind": "calendar#calendarListEntry"} | {name: entry[name] for name in ("etag", "id", "deleted")}
    return {"kind": "calendar#calendarListEntry", **entry}
