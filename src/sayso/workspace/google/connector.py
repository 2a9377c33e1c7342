"""Accounts at Google as a kind that users connect, by their consent in a browser.

Each part may be refused by itself.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final
from zoneinfo import ZoneInfo

from sayso.base.clock import Clock
from sayso.identity.accounts import ConnectedAccount
from sayso.workspace.connected.connector import Check, Found, Given, How, Opener, Suggested, as_others_see
from sayso.workspace.connected.marks import Marks
from sayso.workspace.connected.reaching import Reach
from sayso.workspace.errors import WorkspaceError
from sayso.workspace.google.calendar.calendar import GoogleCalendar
from sayso.workspace.google.calendar.calendars import Seen
from sayso.workspace.google.client import SILENCE_SECONDS, Around, Google
from sayso.workspace.google.errors import NAMES, Api, is_off
from sayso.workspace.google.mail import GoogleMail, aliases_of
from sayso.workspace.google.people.contacts import Book, GoogleContacts
from sayso.workspace.google.scopes import KIND, LABEL, OTHER_CONTACTS, SCOPES
from sayso.workspace.google.tasks.tasks import GoogleTasks
from sayso.workspace.people import Me
from sayso.workspace.protocols import PARTS, Workspace
from sayso.workspace.types import Part

MOST_KEPT: Final = 200
"""Accounts of which what was read is kept between calls, at most."""
MOST_ALIASES: Final = 50
_APIS: Final[Mapping[Part, Api]] = {"calendar": "calendar", "tasks": "tasks", "mail": "gmail", "contacts": "people"}
_TRIED: Final[Mapping[Part, tuple[str, Mapping[str, str | int]]]] = {
    "calendar": ("users/me/calendarList/primary", {"fields": "id"}),
    "tasks": ("lists/@default/tasks", {"maxResults": 1, "fields": "kind"}),
    "mail": ("labels", {"fields": "labels/id"}),
    "contacts": ("people/me/connections", {"pageSize": 1, "personFields": "names", "fields": "totalItems"}),
}
"""A read that changes nothing, by which one sees whether a part works."""


class GoogleAccounts:
    """A `Connector`. `base`: an address in the place of all of Google's API hosts; `zone`: of days where nothing else
    is known; `marks`: those of a user's account; `jitter`: a random number within [0, 1)."""

    kind: str = KIND
    label: str = LABEL
    how: How = "oauth"
    serves: tuple[Part, ...] = PARTS
    provider: str = "google"
    scopes: Mapping[Part, tuple[str, ...]] = SCOPES
    asking: Mapping[str, str] = {
        "access_type": "offline",
        "prompt": "consent",  # else a second consent brings no refresh token
        "include_granted_scopes": "true",
    }

    def __init__(
        self,
        base: str,
        clock: Clock,
        zone: ZoneInfo,
        marks: Callable[[str, str], Marks],
        jitter: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._base = base.rstrip("/")
        self._clock = clock
        self._zone = zone
        self._marks = marks
        self._jitter = jitter
        self._sleep = sleep
        self._around: Around | None = None
        self._kept: OrderedDict[tuple[str, str, str], tuple[Seen, Book]] = OrderedDict()

    async def find(self, address: str, private: bool) -> Suggested:
        return Suggested({})

    async def check(self, given: Given, opener: Opener) -> Found:
        google = Google(opener, self._at_google())
        granted = [part for part in PARTS if given.scopes >= _needed(part)]
        tried, errors = [], list[WorkspaceError]()
        for part, error in zip(granted, await asyncio.gather(*(_try(google, each) for each in granted)), strict=True):
            tried.append(Check(part, error is None, "" if error is None else str(error)))
            errors += [] if error is None else [error]
        left_out = [part for part in given.serves or PARTS if part not in granted]
        checks = [*tried, *(Check(part, False, _not_granted(part)) for part in left_out)]
        works = {check.name: check.works for check in checks}
        return Found(
            given.address,
            given.subject,
            tuple(part for part in granted if works[part]),
            await _writers(google) if works.get("mail") else {},
            tuple(sorted(checks, key=lambda check: [*PARTS].index(check.name))),  # type: ignore[arg-type]
            tuple(part for part in granted if not works[part]),
            "api_off" if errors and all(map(is_off, errors)) else "" if granted else "scope_missing",
        )

    def parts(self, account: ConnectedAccount, me: Me, opener: Opener) -> Workspace:
        aliases = [each for each in account.servers.get("aliases", ()) if isinstance(each, str)]
        me = as_others_see(me, str(account.servers.get("name") or "")).at(account.address).also(aliases)
        seen, book = self._cache(account)
        google, marks = Google(opener, self._at_google()), self._marks(account.user_id, account.id)
        return Workspace(
            GoogleCalendar(google, me, self._clock, marks, seen),
            GoogleTasks(google, self._clock, self._zone, marks),
            GoogleMail(google, me, aliases, self._clock, marks),
            GoogleContacts(google, book, OTHER_CONTACTS in account.scopes),
        )

    async def close(self) -> None:
        around, self._around = self._around, None
        self._kept.clear()
        if around is not None:
            await around.http.aclose()

    def _at_google(self) -> Around:
        if self._around is None:  # the gateway is the operator's choice, wherever it is
            http = Reach(private=True, plain=True).http(SILENCE_SECONDS)
            self._around = Around(http, self._clock, self._sleep, self._jitter, self._base)
        return self._around

    def _cache(self, account: ConnectedAccount) -> tuple[Seen, Book]:
        key = account.user_id, account.id, account.subject
        if key not in self._kept:
            self._kept[key] = Seen(), Book()
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
        self._kept.move_to_end(key)
        return self._kept[key]


async def _writers(google: Google) -> dict[str, Any]:
    """The addresses that the user may write from, and what he is called there."""
    try:
        found = await aliases_of(google)
    except WorkspaceError:  # everything works without
        return {}
    name = next((each.name for each in found if each.name), "")
    return {"aliases": [each.email for each in found[:MOST_ALIASES]], **({"name": name} if name else {})}


def _needed(part: Part) -> set[str]:
    """What a part does not work without."""
    return {*SCOPES[part]} - {OTHER_CONTACTS}


async def _try(google: Google, part: Part) -> WorkspaceError | None:
    """Why the part does not work."""
    path, params = _TRIED[part]
    try:
        await google.get(_APIS[part], path, params)
    except WorkspaceError as error:
        return error
    return None


def _not_granted(part: Part) -> str:
    return f"{NAMES[_APIS[part]]} was not allowed: connect it again, and leave its box ticked."
