"""Pages and sync tokens: opaque, for the query that they were given for."""

from typing import Any

from tests.kit.google.calendar.book import Book
from tests.kit.google.calendar.store import Calendars
from tests.kit.google.parts import Call
from tests.kit.google.problems import Problem

Json = dict[str, Any]
FREE = frozenset({"pageToken", "maxResults", "syncToken", "fields", "prettyPrint", "quotaUser", "key", "alt", "userIp"})
"""What may differ from page to page."""


def query_of(call: Call) -> Json:
    query = {name: value for name, value in call.query.items() if name not in FREE}
    return query | {"method": call.method, **call.path, "account": call.account.email}


def page(call: Call, items: list[Json] | None, last: Json, size: int) -> Json:
    """A page of items and the token for the next, or what the last page says. `items` None: go on by pageToken."""
    calendars, book = call.fake.service(Calendars), call.account.state(Book)
    if items is None:
        items, last = _continued(call)
    empty = book.empty_pages > 0
    book.empty_pages -= empty
    size = 0 if empty else min(call.query.get("maxResults", size), 2500)
    here, left = items[:size], items[size:]
    if not left:
        return {"items": here, **last}
    token = f"page-{call.fake.number()}"
    calendars.pages[token] = (query_of(call), left, last)
    return {"items": here, "nextPageToken": token}


def _continued(call: Call) -> tuple[list[Json], Json]:
    found = call.fake.service(Calendars).pages.get(call.query["pageToken"])
    if found is None or found[0] != query_of(call):
        raise Problem(400, "invalid", "Invalid page token value.", where=("parameter", "pageToken"))
    return found[1], found[2]


def sync_token(call: Call, query: Json | None = None) -> Json:
    """For the last page: a token of all that has happened until now. `query`: that of the first time."""
    token = f"sync-{call.fake.number()}"
    call.fake.service(Calendars).syncs[token] = (query or query_of(call), call.fake.number())
    return {"nextSyncToken": token}


def synced(call: Call) -> tuple[Json, int]:
    """The query that the token was given for, and the number of the last change it knows. Raises Problem."""
    found = call.fake.service(Calendars).syncs.get(call.query["syncToken"])
    if found is None:
        raise Problem(
            410,
            "fullSyncRequired",
            "Sync token is no longer valid, a full sync is required.",
            domain="calendar",
            where=("parameter", "syncToken"),
        )
    if {name: value for name, value in found[0].items() if name not in ("timeMin", "timeMax")} != query_of(call):
        raise Problem(400, "invalid", "The query is not that of the sync token.", where=("parameter", "syncToken"))
    return found
