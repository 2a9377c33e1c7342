"""People (people v1): contacts and other contacts in pages and by what has changed, and a search that lags."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.kit.google.parts import Account, Answer, Call
from tests.kit.google.problems import Problem

Json = dict[str, Any]

KEPT = timedelta(days=7)
MOST, MOST_FOUND = 1000, 30
ALWAYS = ("resourceName", "etag")
OTHERS = frozenset({"emailAddresses", "metadata", "names", "phoneNumbers", "photos"})
SEARCHED = ("names", "nicknames", "emailAddresses", "phoneNumbers", "organizations")
FIELDS = frozenset(
    [
        *("addresses", "ageRanges", "biographies", "birthdays", "calendarUrls", "clientData", "coverPhotos"),
        *("emailAddresses", "events", "externalIds", "genders", "imClients", "interests", "locales", "locations"),
        *("memberships", "metadata", "miscKeywords", "names", "nicknames", "occupations", "organizations"),
        *("phoneNumbers", "photos", "relations", "sipAddresses", "skills", "urls", "userDefined"),
    ]
)


class Circle:
    """Whom an account knows."""

    def __init__(self, account: Account) -> None:
        self._fake = account.fake
        self.people: dict[str, Json] = {}
        self.changed: dict[str, int] = {}
        """By resource name, when it last was."""
        self.searched: list[Json] = []
        """What searches look through: as of the last empty one."""

    def add(self, name: str = "", *emails: str, other: bool = False, **fields: Any) -> str:
        """The resource name of a new contact; `fields`: of a Person."""
        found = f"{'otherContacts' if other else 'people'}/c{self._fake.hexid()}"
        person: Json = {"names": [{"displayName": name, "metadata": {"primary": True}}]} if name else {}
        if emails:
            person["emailAddresses"] = [{"value": each} for each in emails]
        self.put(found, person | fields)
        return found

    def put(self, resource: str, person: Json) -> None:
        own = {"resourceName": resource, "etag": f"%{self._fake.number()}", "metadata": {"objectType": "PERSON"}}
        self.people[resource] = own | person
        self.changed[resource] = self._fake.number()

    def delete(self, resource: str) -> None:
        self.put(resource, {"metadata": {"deleted": True}})


def answer(call: Call) -> Answer:
    return METHODS[call.method.removeprefix("people.")](call, call.account.state(Circle))


def _connections(call: Call, circle: Circle) -> Answer:
    mask = _mask(call, "personFields", FIELDS)
    return _listed(call, circle, mask, "people/", "connections", "totalItems")


def _other_contacts(call: Call, circle: Circle) -> Answer:
    mask = _mask(call, "readMask", OTHERS)
    return _listed(call, circle, mask, "otherContacts/", "otherContacts", "totalSize")


def _mask(call: Call, name: str, known: frozenset[str]) -> list[str]:
    found = [each for each in call.query.get(name, "").split(",") if each]
    if not found:
        raise Problem(400, "badRequest", f"{name} mask is required. Please specify one or more valid paths.")
    if odd := sorted(set(found) - known):
        raise Problem(400, "badRequest", f"Invalid {name} mask path: {odd[0]!r}.")
    return found


def _listed(call: Call, circle: Circle, mask: list[str], kind: str, name: str, total: str) -> Answer:
    """A page. Tokens hold the parameters that they were made with, which have to be the same."""
    query, size = call.query, call.query.get("pageSize") or 100
    if not 0 < size <= MOST:
        raise Problem(400, "badRequest", "Page size must be between 1 and 1000.")
    asked = {"mask": sorted(mask), "kind": kind}
    begin, now = 0, call.fake.now()
    state: Json = {"since": 0, "full": now.timestamp(), "upto": call.fake.number()} | asked
    if "syncToken" in query:
        told = _token(query["syncToken"], asked, "Sync")
        if now - datetime.fromtimestamp(told["full"], UTC) > KEPT:
            raise _expired()
        state |= {"since": told["upto"], "full": told["full"]}
    if "pageToken" in query:
        told = _token(query["pageToken"], asked, "Page")
        begin, state = told.pop("begin"), told
    since = state["since"]
    mine = [each for each in circle.people if each.startswith(kind) and since < circle.changed[each] <= state["upto"]]
    mine = [each for each in sorted(mine, key=circle.changed.__getitem__) if since or not _deleted(circle.people[each])]
    page = [_masked(circle.people[each], mask) for each in mine[begin : begin + size]]
    body: Json = {name: page} if page else {}
    if not since:
        body[total] = len(mine)
    if len(mine) > begin + size:
        body["nextPageToken"] = json.dumps(state | {"begin": begin + size})
    elif query.get("requestSyncToken") or "syncToken" in query:
        body["nextSyncToken"] = json.dumps(state)
    return Answer(200, body)


def _token(text: str, asked: Json, what: str) -> Json:
    try:
        told: Json = json.loads(text)
    except ValueError:
        raise Problem(400, "badRequest", f"{what} token is invalid.") from None
    if any(told.get(name) != value for name, value in asked.items()):
        raise Problem(400, "badRequest", f"{what} token was made with other parameters.")
    return told


def _expired() -> Problem:
    info = {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "EXPIRED_SYNC_TOKEN"}
    told = "Sync token is expired. Clear local cache and retry call without the sync token."
    details = [info | {"domain": "people.googleapis.com"}]
    return Problem(400, "failedPrecondition", told, name="FAILED_PRECONDITION", details=details)


def _deleted(person: Json) -> bool:
    return bool(person["metadata"].get("deleted"))


def _masked(person: Json, mask: list[str]) -> Json:
    return {name: value for name, value in person.items() if name in (*ALWAYS, *mask)}


def _search(call: Call, circle: Circle) -> Answer:
    mask, query = _mask(call, "readMask", FIELDS), call.query.get("query", "").casefold()
    size = min(call.query.get("pageSize") or 10, MOST_FOUND)
    if not query:
        there = (each for each in circle.people.values() if each["resourceName"].startswith("people/"))
        circle.searched = [dict(each) for each in there if not _deleted(each)]
        return Answer(200, {})
    found = [each for each in circle.searched if any(_begins(text, query) for text in _texts(each))]
    return Answer(200, {"results": [{"person": _masked(each, mask)} for each in found[:size]]} if found else {})


def _texts(person: Json) -> list[str]:
    values = (each for name in SEARCHED for each in person.get(name, ()))
    return [str(each[key]) for each in values for key in ("displayName", "value", "name") if key in each]


def _begins(text: str, query: str) -> bool:
    """Whether the query is the beginning of the text, or of what follows one of its words."""
    parts = text.casefold().split()
    return any(" ".join(parts[at:]).startswith(query) for at in range(len(parts)))


METHODS: dict[str, Callable[[Call, Circle], Answer]] = {
    "people.connections.list": _connections,
    "otherContacts.list": _other_contacts,
    "people.searchContacts": _search,
}
