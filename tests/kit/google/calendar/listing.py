"""Looking at events: one, many, the instances of a series."""

from datetime import datetime, timedelta
from typing import Any

from tests.kit.google.calendar import paging
from tests.kit.google.calendar.access import found, opened
from tests.kit.google.calendar.book import Book
from tests.kit.google.calendar.conferences import finish
from tests.kit.google.calendar.reading import shown
from tests.kit.google.calendar.store import Calendar, Event, Seen
from tests.kit.google.calendar.times import ZONES, instant, kept, key_of, parameter
from tests.kit.google.parts import Answer, Call
from tests.kit.google.problems import Problem

Json = dict[str, Any]
NOT_WITH_SYNC = (
    "iCalUID",
    "orderBy",
    "privateExtendedProperty",
    "q",
    "sharedExtendedProperty",
    "timeMin",
    "timeMax",
    "updatedMin",
)


def get(call: Call) -> Answer:
    calendar, book, role = opened(call, "reader")
    seen = found(call, calendar)
    if call.headers.get("if-none-match") == seen.etag:
        return Answer(304, None, {"ETag": seen.etag})
    finish(calendar, seen.event, book.meet)
    seen = found(call, calendar)
    return Answer(200, _told(call, seen, role), {"ETag": seen.etag})


def many(call: Call) -> Answer:
    calendar, book, role = opened(call, "freeBusyReader")
    for event in list(calendar.events.values()):
        finish(calendar, event, book.meet)
    _check(call)
    if "pageToken" in call.query:
        return _listed(call, calendar, book, role, paging.page(call, None, {}, 250))
    if "syncToken" in call.query:
        query, since = paging.synced(call)
        # What was deleted, or moved away, is told wherever it is; only what takes place needs an end.
        about = query if query.get("singleEvents") else {**query, "timeMin": None, "timeMax": None}
        seen = [each for each in _all(calendar, about) if _number(each) > since and _of_types(query, each)]
        last = paging.sync_token(call, query)
    else:
        query = call.query
        seen = [each for each in _all(calendar, query) if _wanted(call, query, each)]
        partial = any(name in query for name in NOT_WITH_SYNC if not name.startswith("time"))
        last = {} if partial else paging.sync_token(call)
    if query.get("orderBy") == "startTime":
        seen.sort(key=lambda each: each.start)
    elif query.get("orderBy") == "updated":
        seen.sort(key=lambda each: each.updated)
    items = [_told(call, each, role) for each in seen]
    return _listed(call, calendar, book, role, paging.page(call, items, last, 250))


def instances(call: Call) -> Answer:
    calendar, book, role = opened(call, "reader")
    seen = found(call, calendar)
    if "pageToken" in call.query:
        return _listed(call, calendar, book, role, paging.page(call, None, {}, 250))
    after, before = _range(call.query)
    made: list[Seen] = []
    if seen.event and seen.data.get("recurrence"):
        made = list(calendar.instances(seen.event, after, before))
    if wanted := call.query.get("originalStart"):
        key = key_of(kept({"date" if len(wanted) == 10 else "dateTime": wanted}, "original start", calendar.zone))
        made = [each for each in made if each.original and key_of(each.original) == key]
    items = [_told(call, each, role) for each in made if not each.cancelled or call.query.get("showDeleted")]
    return _listed(call, calendar, book, role, paging.page(call, items, {}, 250))


def _check(call: Call) -> None:
    """The combinations that are not allowed (events.list). Raises Problem."""
    query = call.query
    if query.get("timeZone", "UTC") not in ZONES:
        raise Problem(400, "invalid", "Invalid time zone value.")
    if query.get("orderBy") == "startTime" and not query.get("singleEvents"):
        raise Problem(400, "invalid", "The requested ordering is not available for the particular query.")
    after, before = _range(query)
    if after and before and before <= after:
        where = ("parameter", "timeMax")
        raise Problem(400, "timeRangeEmpty", "The specified time range is empty.", domain="calendar", where=where)
    if "syncToken" in query:
        wrong = [name for name in NOT_WITH_SYNC if name in query]
        if wrong or query.get("showDeleted") is False:
            raise Problem(400, "invalid", f"Sync token cannot be used with {wrong or 'showDeleted=false'}.")


def _all(calendar: Calendar, query: Json) -> list[Seen]:
    """What a query is about, cancelled or not: what is kept, or with singleEvents what takes place."""
    after, before = _range(query)
    events = list(calendar.events.values())
    if not query.get("singleEvents"):
        return [each for each in map(calendar.seen, events) if _meets(calendar, each, after, before)]
    seen: list[Seen] = []
    for event in events:
        if event.data.get("recurrence"):
            seen += calendar.instances(event, after, before)
        elif event.master is None or event.dropped or event.master not in calendar.events:
            seen.append(calendar.seen(event))
    return [each for each in seen if _meets(calendar, each, after, before)]


def _meets(calendar: Calendar, seen: Seen, after: datetime | None, before: datetime | None) -> bool:
    if not (after or before):
        return True
    if seen.event and seen.data.get("recurrence"):
        return any(True for _ in calendar.instances(seen.event, after, before))
    return (after is None or seen.end > after) and (before is None or seen.start < before)


def _wanted(call: Call, query: Json, seen: Seen) -> bool:
    """Of a list that is no incremental one."""
    if seen.event and seen.event.dropped and "updatedMin" not in query and not query.get("showDeleted"):
        return False
    if "updatedMin" in query:
        if datetime.fromisoformat(seen.updated) < parameter(query["updatedMin"]):
            return False
    elif seen.cancelled and not query.get("showDeleted"):
        exception = seen.event is not None and seen.master is not None and not query.get("singleEvents")
        series = seen.calendar.events.get(seen.master or "")
        if not exception or (series and series.cancelled):
            return False
    if not _of_types(query, seen):
        return False
    if "iCalUID" in query and seen.data.get("iCalUID") != query["iCalUID"]:
        return False
    for kind in ("private", "shared"):
        has = (seen.data.get("extendedProperties") or {}).get(kind, {})
        for each in query.get(f"{kind}ExtendedProperty", ()):
            name, _, value = each.partition("=")
            if has.get(name) != value:
                return False
    return "q" not in query or _matches(call, query["q"], seen)


def _of_types(query: Json, seen: Seen) -> bool:
    return "eventTypes" not in query or seen.data.get("eventType", "default") in query["eventTypes"]


def _matches(call: Call, text: str, seen: Seen) -> bool:
    """All words somewhere; what changed within the lag is not found yet."""
    if datetime.fromisoformat(seen.updated) + call.fake.lag > call.fake.now():
        return False
    people = [seen.data.get("organizer", {}), *seen.attendees]
    said = [str(seen.data.get(name, "")) for name in ("summary", "description", "location")]
    said += [str(each.get(name, "")) for each in people for name in ("displayName", "email")]
    whole = " ".join(said).lower()
    return all(word in whole for word in text.lower().split())


def _number(seen: Seen) -> int:
    if seen.event:
        return seen.event.number
    series = seen.calendar.events.get(seen.master or "")
    return series.number if series else 0


def _range(query: Json) -> tuple[datetime | None, datetime | None]:
    found = [parameter(query[name]) if query.get(name) else None for name in ("timeMin", "timeMax")]
    return found[0], found[1]


def _told(call: Call, seen: Seen, role: str) -> Json:
    return shown(seen, call.query.get("timeZone", ""), call.query.get("maxAttendees"), role)


def _listed(call: Call, calendar: Calendar, book: Book, role: str, page: Json) -> Answer:
    head = {
        "kind": "calendar#events",
        "etag": f'"p{max((event.number for event in calendar.events.values()), default=0)}"',
        "summary": calendar.summary,
        "updated": max((event.updated for event in calendar.events.values()), default=call.fake.stamp()),
        "timeZone": call.query.get("timeZone", calendar.zone),
        "accessRole": role,
        "defaultReminders": book.entries[calendar.id]["defaultReminders"],
    }
    return Answer(200, head | page)


def busy_of(calendar: Calendar, after: datetime, before: datetime) -> list[tuple[datetime, datetime]]:
    """When the calendar is busy, merged and within the range."""
    times: list[tuple[datetime, datetime]] = []
    for event in calendar.events.values():
        for seen in _takes_place(calendar, event, after, before):
            mine = next((each for each in seen.attendees if each["email"].lower() == calendar.id.lower()), {})
            free = seen.data.get("transparency") == "transparent" or mine.get("responseStatus") == "declined"
            if not (seen.cancelled or free):
                times.append((max(seen.start, after), min(seen.end, before)))
    merged: list[tuple[datetime, datetime]] = []
    for start, end in sorted(times):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        elif end - start > timedelta():
            merged.append((start, end))
    return merged


def _takes_place(calendar: Calendar, event: Event, after: datetime, before: datetime) -> list[Seen]:
    if event.data.get("recurrence"):
        return list(calendar.instances(event, after, before))
    if event.dropped or (event.master and event.master in calendar.events):
        return []
    seen = calendar.seen(event)
    fits = instant(seen.data.get("start") or seen.original or {}, calendar.zone) < before and seen.end > after
    return [seen] if fits else []
