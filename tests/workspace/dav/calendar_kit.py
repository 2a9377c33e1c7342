"""One user's calendar on a rig, and what other programs put there."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tests.kit.rigs.dav import DavRig
from tests.workspace.dav.kit import NOW, Account, with_account

from sayso.base.clock import FixedClock
from sayso.workspace.connected.invitations import Inbox, Invitation
from sayso.workspace.dav.calendar import DavCalendar
from sayso.workspace.dav.urls import within
from sayso.workspace.errors import Uncertain, WorkspaceError
from sayso.workspace.people import Me
from sayso.workspace.types import Event, EventDraft

BERLIN = ZoneInfo("Europe/Berlin")
MONDAY = datetime(2026, 3, 9, 10, 0, tzinfo=BERLIN)
SPAN = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 5, 1, tzinfo=UTC)


@dataclass
class Letterbox:
    """A `Post` that keeps what it is given. `fails`: what it raises next."""

    sent: dict[str, Invitation] = field(default_factory=dict)
    calls: int = 0
    fails: list[WorkspaceError] = field(default_factory=list)
    forgets: bool = False
    """Whether there is no telling what was sent."""

    async def post(self, invitation: Invitation, key: str) -> None:
        self.calls += 1
        if self.fails:
            raise self.fails.pop(0)
        self.sent.setdefault(key, invitation)

    async def posted(self, key: str) -> bool:
        if self.forgets:
            raise Uncertain("There is no telling.")
        return key in self.sent

    def lines(self, key: str) -> list[str]:
        """The calendar object of a mail, unfolded."""
        return unfolded(self.sent[key].calendar.decode())


def unfolded(text: str) -> list[str]:
    return text.replace("\r\n", "\n").replace("\n ", "").split("\n")


def address_of(account: Account) -> str:
    return account.rig.user if "@" in account.rig.user else f"{account.rig.user}@example.test"


def calendar_of(
    account: Account, post: Letterbox | None = None, name: str = "ana", inbox: Inbox | None = None, tells: bool = False
) -> DavCalendar:
    """As of a process that has just started."""
    me = Me(address_of(account).replace("ana@", f"{name}@"), name.title())
    homes, zone = account.homes(), ZoneInfo("America/New_York")
    return DavCalendar(homes, account.members(), me, FixedClock(NOW), zone, post, tells, inbox)


Work = Callable[[Account, DavCalendar], Awaitable[None]]


async def on_calendar(rig: DavRig, work: Work, through: str = "") -> None:
    async def with_calendar(account: Account) -> None:
        await work(account, calendar_of(account))

    await with_account(rig, with_calendar, "VEVENT", through=through)


def draft(title: str = "Review", start: datetime = MONDAY, hours: float = 1, **more: Any) -> EventDraft:
    return EventDraft(title, start, start + timedelta(hours=hours), "Europe/Berlin", **more)


def draft_of(event: Event, **changes: Any) -> EventDraft:
    """What the event is, but for what is changed."""
    return EventDraft(**({each.name: getattr(event, each.name) for each in fields(EventDraft)} | changes))


async def stored(account: Account, name: str, *lines: str) -> str:
    """Put an event of another program there; its resource."""
    url = within(account.url, f"{name}.ics")
    head = ("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Other//EN", "BEGIN:VEVENT", f"UID:{name}")
    text = "\r\n".join((*head, "DTSTAMP:20260101T000000Z", *lines, "END:VEVENT", "END:VCALENDAR", ""))
    await account.dav.put(url, text.encode(), "text/calendar; charset=utf-8", new=True)
    return url


async def lines_at(account: Account, url: str) -> list[str]:
    return unfolded((await account.dav.get(url)).content.decode())


async def shown(calendar: DavCalendar, *facts: str) -> list[Any]:
    """These facts of all events of the span."""
    events = await calendar.list_events(*SPAN)
    return [getattr(each, facts[0]) if len(facts) == 1 else [getattr(each, fact) for fact in facts] for each in events]
