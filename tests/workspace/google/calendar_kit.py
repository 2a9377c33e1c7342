"""One user's calendars at the fake of Google, as they are built for an account."""

import asyncio
import random
import ssl
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from uuid import uuid4
from zoneinfo import ZoneInfo

import httpx2
from tests.kit.google.fake import ANA
from tests.kit.google.fake import Google as Fake
from tests.workspace.google.opening import Tokens

from sayso.base.clock import FixedClock
from sayso.workspace.google.calendar.calendar import GoogleCalendar
from sayso.workspace.google.calendar.calendars import Seen
from sayso.workspace.google.client import Around, Google
from sayso.workspace.people import Me
from sayso.workspace.types import Event, EventDraft

NOW = datetime(2026, 3, 2, 14, 0, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")
MONDAY = datetime(2026, 3, 9, 10, 0, tzinfo=BERLIN)
SPAN = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 5, 1, tzinfo=UTC)
WEEK = timedelta(weeks=1)

T = TypeVar("T")


def new_key() -> str:
    return f"act_{uuid4().hex[:20]}"


@dataclass
class Notes:
    """A `Marks` in memory."""

    kept: dict[str, dict[str, str]] = field(default_factory=dict)

    async def of(self, key: str) -> Mapping[str, str]:
        return {**self.kept.get(key, {})}

    async def keep(self, key: str, name: str, value: str) -> str:
        return self.kept.setdefault(key, {}).setdefault(name, value)


@dataclass
class Account:
    """`slept`: the seconds that were waited, none of which passed."""

    fake: Fake
    http: httpx2.AsyncClient
    email: str = ANA
    notes: Notes = field(default_factory=Notes)
    seen: Seen = field(default_factory=Seen)
    clock: FixedClock = field(default_factory=lambda: FixedClock(NOW))
    slept: list[float] = field(default_factory=list)

    def calendar(self, *others: str) -> GoogleCalendar:
        """As of a process that has just started, but for what is remembered. `others`: more of his addresses."""

        async def sleep(seconds: float) -> None:
            self.slept.append(seconds)

        around = Around(self.http, self.clock, sleep, random.Random(0).random, self.fake.url)
        google = Google(Tokens([self.fake.grant(email=self.email)]), around)
        me = Me(self.email, self.email.partition("@")[0].title(), others)
        return GoogleCalendar(google, me, self.clock, self.notes, self.seen)

    def of(self, email: str) -> "Account":
        """Somebody else's, in the same fake."""
        self.fake.account(email)
        return Account(self.fake, self.http, email)

    def again(self) -> GoogleCalendar:
        """As of another process, which remembers nothing."""
        self.seen = Seen()
        return self.calendar()


Work = Callable[[Account, GoogleCalendar], Awaitable[None]]


def on(fake: Fake, work: Work) -> None:
    async def run() -> None:
        verify = ssl.create_default_context()
        async with httpx2.AsyncClient(timeout=30, trust_env=False, verify=verify) as http:
            account = Account(fake, http)
            await work(account, account.calendar())

    asyncio.run(run())


def draft(title: str = "Review", start: datetime = MONDAY, hours: float = 1, **more: Any) -> EventDraft:
    return EventDraft(title, start, start + timedelta(hours=hours), "Europe/Berlin", **more)


def draft_of(event: Event, **changes: Any) -> EventDraft:
    """What the event is, but for what is changed."""
    return EventDraft(**({each.name: getattr(event, each.name) for each in fields(EventDraft)} | changes))


async def shown(calendar: GoogleCalendar, *facts: str) -> list[Any]:
    """These facts of all events of the span."""
    events = await calendar.list_events(*SPAN)
    return [getattr(each, facts[0]) if len(facts) == 1 else [getattr(each, fact) for fact in facts] for each in events]


def changes(fake: Fake) -> list[tuple[str, str]]:
    """The method and the end of the path of each request that changed something, or was to."""
    return [
        (each.method, each.path.rpartition("/")[2])
        for each in fake.requests
        if each.method != "GET" and "/events" in each.path
    ]
