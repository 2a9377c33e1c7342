"""What lies before a user: his next days, open tasks and unread mail, and the systems that these come from."""

import asyncio
from collections.abc import Awaitable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final, Literal, TypeVar
from zoneinfo import ZoneInfo

from sayso.base.errors import NotFound, SystemUnavailable
from sayso.conversation.choosing import Choosing
from sayso.conversation.contexts import Contexts
from sayso.identity.types import Caller
from sayso.tools.base import ToolContext
from sayso.tools.json import event_json, header_json, task_json
from sayso.tools.task_resolve import every_task
from sayso.tools.wording import shortened
from sayso.workspace.errors import NotConnected, ObjectNotFound, Refused, WorkspaceError
from sayso.workspace.search import parse_query
from sayso.workspace.types import Part, Task

PART_SECONDS = 8.0  # that one system may take; the others are shown without it
WATCH_SECONDS = 25.0  # that one waits for news; below the minute that proxies give a request
MOST_EVENTS: Final = 500
MOST_TASKS: Final = 20
MOST_MAIL: Final = 10
SUBJECT: Final = 200  # characters that are shown of one
UNREAD: Final = "in:inbox is:unread"
TOO_SLOW: Final = "It took too long to answer; try again later."

_SHOWN_AS: Final[dict[Part, str]] = {"calendar": "events"}
_EVENT = (
    "id", "title", "start", "end", "all_day", "location", "guests", "recurrence", "my_response", "calendar", "color",
)  # fmt: skip
_TASK = ("id", "title", "due", "list", "overdue")
_MESSAGE = ("id", "thread_id", "from", "subject", "snippet", "date")

Items = list[dict[str, Any]]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ConnectionView:
    """A system behind one part of the workspace."""

    name: str
    provider: str
    account: str | None
    status: Literal["ok", "error"] = "ok"
    message: str | None = None


@dataclass(frozen=True, slots=True)
class TodayView:
    now: datetime
    timezone: str
    days: int
    events: list[dict[str, Any]] | None
    events_total: int | None
    tasks: list[dict[str, Any]] | None
    tasks_total: int | None
    mail: list[dict[str, Any]] | None
    mail_total: int | None
    news: bool
    """Whether a mailbox tells when something comes."""
    sample: bool
    """Whether the sample data is there, that a new user finds."""
    errors: dict[str, str]
    """By the name of each part that could not be read: one sentence."""


@dataclass(frozen=True, slots=True)
class FileView:
    name: str
    content: bytes


class Desk:
    def __init__(self, contexts: Contexts, choosing: Choosing) -> None:
        self._contexts = contexts
        self._choosing = choosing

    async def model(self, caller: Caller) -> str:
        """The name of the language model that answers the caller."""
        return await self._choosing.name(caller)

    async def connections(self, caller: Caller) -> list[ConnectionView]:
        """The systems behind the caller's workspace."""
        connected = (await self._contexts.of(caller)).workspace.connections
        return [
            ConnectionView(
                item.name, item.provider, item.account, "error" if item.problem else "ok", item.problem or None
            )
            for item in connected
        ]

    async def attachment(self, caller: Caller, message_id: str, number: int) -> FileView:
        """What is attached to a mail of the caller's, by its place in the list. Raises NotFound, SystemUnavailable."""
        try:
            mail = (await self._contexts.of(caller)).mail
            content = await mail.attachment(message_id, number)
            return FileView((await mail.get_message(message_id)).attachments[number - 1].name, content)
        except (NotConnected, ObjectNotFound, Refused) as error:
            raise NotFound(str(error)) from error
        except WorkspaceError as error:
            raise SystemUnavailable(str(error)) from error

    async def today(self, caller: Caller, days: int) -> TodayView:
        """The events of `days` days from today on, open tasks, unread mail.

        A part whose system fails or is slow is None and named in `errors`, one that is not connected only None; the
        others are given all the same. So is what the other accounts of a part give when one of them fails.
        """
        context = await self._contexts.of(caller)
        errors: dict[str, str] = {}
        events, tasks, mail = await asyncio.gather(
            _part("events", _events(context, days), errors),
            _part("tasks", _tasks(context), errors),
            _part("mail", _mail(context), errors),
        )
        for (part, _), sentence in context.workspace.missed.items():
            errors.setdefault(_SHOWN_AS.get(part, part), sentence)
        return TodayView(
            now=context.now.astimezone(context.timezone),
            timezone=context.timezone.key,
            days=days,
            events=events[0] if events else None,
            events_total=events[1] if events else None,
            tasks=tasks[0] if tasks else None,
            tasks_total=tasks[1] if tasks else None,
            mail=mail[0] if mail else None,
            mail_total=mail[1] if mail else None,
            news=context.workspace.mail is not None and context.workspace.mail.tells_news,
            sample=context.workspace.samples is not None and await context.workspace.samples.there(),
            errors=errors,
        )

    async def changed(self, caller: Caller) -> bool:
        """Wait for a while until something comes or goes in a mailbox of the caller's: whether it did; False, at once,
        where none tells or none can be reached."""
        try:
            mail = (await self._contexts.of(caller)).mail
            return mail.tells_news and await mail.changed(WATCH_SECONDS)
        except WorkspaceError:
            return False

    async def remove_samples(self, caller: Caller) -> None:
        """Leave the caller with nothing but his own."""
        samples = (await self._contexts.of(caller)).workspace.samples
        if samples is not None:
            await samples.remove()


async def _part(name: str, reading: Awaitable[T], errors: dict[str, str]) -> T | None:
    try:
        async with asyncio.timeout(PART_SECONDS):
            return await reading
    except TimeoutError:
        errors[name] = TOO_SLOW
    except NotConnected:
        return None
    except WorkspaceError as error:
        errors[name] = str(error)
    return None


async def _events(context: ToolContext, days: int) -> tuple[Items, int]:
    today = context.now.astimezone(context.timezone).date()
    start, end = (_midnight(day, context.timezone) for day in (today, today + timedelta(days=days)))
    events = await context.calendar.list_events(start, end)
    shown = events[:MOST_EVENTS]
    return await asyncio.to_thread(lambda: [_only(_EVENT, event_json(context, event)) for event in shown]), len(events)


async def _tasks(context: ToolContext) -> tuple[Items, int]:
    open_tasks = [task for task in await every_task(context) if not task.done]
    open_tasks.sort(key=lambda task: (_due_by(task, context.timezone), task.title))
    return [_only(_TASK, task_json(context, task)) for task in open_tasks[:MOST_TASKS]], len(open_tasks)


def _due_by(task: Task, zone: ZoneInfo) -> float:
    """When the task is late, in seconds since 1970; a task without a time limit comes last."""
    if task.due is None:
        return float("inf")
    late = task.due if isinstance(task.due, datetime) else _midnight(task.due + timedelta(days=1), zone)
    return late.timestamp()


async def _mail(context: ToolContext) -> tuple[Items, int]:
    found = await context.mail.search(parse_query(UNREAD, context.timezone), MOST_MAIL)
    told = [_only(_MESSAGE, header_json(context, header)) for header in found.items]
    return [each | {"subject": shortened(each["subject"], SUBJECT)} for each in told], found.known


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone)


def _only(names: Iterable[str], item: dict[str, Any]) -> dict[str, Any]:
    return {name: item[name] for name in names if name in item}
