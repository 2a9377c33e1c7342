"""A far workspace that misbehaves as told, and counts every effect that it applied.

It lives outside of the store, so that it survives a crash of the server, and it deduplicates nothing: each effect that
it applies is one more entry of `effects`. So two entries under one key are the proof of a broken promise.
"""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime
from typing import Any, NoReturn

from sayso.english.words import findable, to_find
from sayso.workspace.errors import ObjectChanged, ObjectNotFound, Refused, Unavailable, Uncertain, WorkspaceError
from sayso.workspace.protocols import Workspace
from sayso.workspace.search import After, And, Attached, Before, Label, Not, Or, Query, Unread, Words
from sayso.workspace.types import (
    Contact,
    Event,
    EventDraft,
    Header,
    Message,
    OutgoingMail,
    Page,
    Person,
    Response,
    Scope,
    Task,
    TaskDraft,
    TaskList,
)

SENT_AT = datetime(2026, 3, 2, 14, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Effect:
    """Something that happened in the far system, under an action's key."""

    key: str
    kind: str
    name: str
    user_id: str
    object_id: str


@dataclass
class Call:
    """One call of the far system. `apply` makes its effect happen, each time that it is called."""

    far: "Far"
    key: str
    kind: str
    name: str
    apply: Callable[[], Any]


Behavior = Callable[[Call], Awaitable[Any]]
"""What the far system does when it is called: apply the effect or not, and answer or raise."""


async def obey(call: Call) -> Any:
    """Do it and say so."""
    return call.apply()


def slow(gate: asyncio.Event) -> Behavior:
    """Do it when the gate opens."""

    async def behave(call: Call) -> Any:
        await gate.wait()
        return call.apply()

    return behave


def late(seconds: float) -> Behavior:
    """Do it after a while."""

    async def behave(call: Call) -> Any:
        await asyncio.sleep(seconds)
        return call.apply()

    return behave


async def hang(call: Call) -> NoReturn:
    """Do nothing and never answer."""
    await asyncio.Future()
    raise AssertionError


async def apply_and_hang(call: Call) -> NoReturn:
    """Do it and never answer."""
    call.apply()
    await asyncio.Future()
    raise AssertionError


def unavailable(retry_after: float | None = None) -> Behavior:
    """Not reached; or, with `retry_after`, a 429."""

    async def behave(call: Call) -> NoReturn:
        call.far.failed.add(call.key)
        raise Unavailable("The calendar cannot be reached.", retry_after)

    return behave


async def refuse(call: Call) -> NoReturn:
    call.far.failed.add(call.key)
    raise Refused("The calendar does not allow this.")


async def expired_token(call: Call) -> NoReturn:
    call.far.failed.add(call.key)
    raise Refused("The sign-in to the calendar has expired; connect it again in the settings.")


async def changed(call: Call) -> NoReturn:
    call.far.failed.add(call.key)
    raise ObjectChanged("It was changed since you saw it; nothing was done.")


async def lose_before(call: Call) -> NoReturn:
    """The connection breaks before the effect, and nobody can tell."""
    call.far.failed.add(call.key)
    raise Uncertain("The connection broke.")


def lose_before_later(seconds: float) -> Behavior:
    """As `lose_before`, after a while."""

    async def behave(call: Call) -> NoReturn:
        await asyncio.sleep(seconds)
        await lose_before(call)

    return behave


async def lose_after(call: Call) -> NoReturn:
    """The effect happens and the connection breaks."""
    call.apply()
    raise Uncertain("The connection broke.")


async def crash_before(call: Call) -> NoReturn:
    """Something that no one expected, before the effect."""
    call.far.failed.add(call.key)
    raise RuntimeError("a bug in the provider")


async def crash_after(call: Call) -> NoReturn:
    """Something that no one expected, after the effect."""
    call.apply()
    raise RuntimeError("a bug in the provider")


async def time_out_after(call: Call) -> NoReturn:
    call.apply()
    raise TimeoutError


async def apply_twice(call: Call) -> Any:
    """A far system that breaks the contract: to see that the count notices."""
    call.apply()
    return call.apply()


@dataclass(slots=True)
class Far:
    """The far systems of all users. `script` holds what it does next for an object's name, in order; else it obeys."""

    effects: list[Effect] = field(default_factory=list)
    calls: list[tuple[str, str]] = field(default_factory=list)
    """Every call that reached it: kind and name."""
    script: dict[str, list[Behavior]] = field(default_factory=lambda: defaultdict(list))
    silent: int = 0
    """So many of the next questions what became of a key stay without an answer."""
    mute: int = 0
    """So many of the next questions are never answered."""
    failed: set[str] = field(default_factory=set)
    """Keys of which some call failed without an effect."""
    untold: set[str] = field(default_factory=set)
    """Keys whose question stayed without an answer."""
    wire: Callable[[], Awaitable[None]] | None = None
    """How long a message to it and one from it takes."""
    reads: Callable[[], Awaitable[None]] | None = None
    """What the calendar's lists wait for."""
    on_effect: Callable[[Effect], None] | None = None
    """Told of each effect at the instant that it happens."""
    events: dict[str, Event] = field(default_factory=dict)
    mails: dict[str, Message] = field(default_factory=dict)
    owners: dict[str, str] = field(default_factory=dict)

    async def workspace(self, user_id: str, me: Person, alive: Callable[[], None] = lambda: None) -> Workspace:
        """The user's workspace, as `Accounts` has it. `alive` raises when the process that calls is dead."""
        desk = _Desk(self, user_id, me, alive)
        return Workspace(FarCalendar(desk), FarTasks(desk), FarMail(desk), FarContacts())

    def will(self, name: str, *behaviors: Behavior) -> None:
        """What the next calls that change the object of that name do."""
        self.script[name].extend(behaviors)

    def count(self, key: str) -> int:
        """How often the effect under this key happened."""
        return sum(effect.key == key for effect in self.effects)

    def counts(self) -> Counter[str]:
        return Counter(effect.key for effect in self.effects)

    def names(self) -> list[str]:
        """The names of what was changed, in order."""
        return [effect.name for effect in self.effects]

    def add_event(self, user_id: str, title: str, start: datetime, end: datetime) -> Event:
        """An event that is there already."""
        event_id = f"evt_{len(self.events) + 1}"
        event = Event(title, start, end, "America/New_York", id=event_id, revision="1")
        self.events[event_id], self.owners[event_id] = event, user_id
        return event


@dataclass(frozen=True)
class _Desk:
    far: Far
    user_id: str
    me: Person
    alive: Callable[[], None]

    async def change(
        self, key: str, kind: str, name: str, object_id: str, do: Callable[[], Any], revision: str | None = None
    ) -> Any:
        """Have the far system do something, in the way of its script; with `revision`, to an event that is at it."""

        def apply() -> Any:
            if revision is not None and self.target(object_id, key).revision != revision:
                self.far.failed.add(key)
                raise ObjectChanged("It was changed since you saw it; nothing was done.")
            effect = Effect(key, kind, name, self.user_id, object_id)
            self.far.effects.append(effect)
            if self.far.on_effect is not None:
                self.far.on_effect(effect)
            return do()

        self.alive()
        await self._wire()
        self.alive()
        self.far.calls.append((kind, name))
        waiting = self.far.script.get(name)
        behave = waiting.pop(0) if waiting else obey
        answer = await behave(Call(self.far, key, kind, name, apply))
        await self._wire()
        self.alive()
        return answer

    async def applied(self, key: str) -> str | None:
        self.alive()
        await self._wire()
        self.alive()
        if self.far.mute:
            self.far.mute -= 1
            await asyncio.Future()
        if self.far.silent:
            self.far.silent -= 1
            self.far.untold.add(key)
            raise Unavailable("The calendar cannot be reached.")
        return next((effect.object_id for effect in self.far.effects if effect.key == key), None)

    def mine(self, found: dict[str, Any], object_id: str) -> Any:
        if object_id not in found or self.far.owners[object_id] != self.user_id:
            raise ObjectNotFound("It is not there any more.")
        return found[object_id]

    def target(self, event_id: str, key: str) -> Event:
        """The event that is to be changed."""
        try:
            event: Event = self.mine(self.far.events, event_id)
        except ObjectNotFound:
            self.far.failed.add(key)
            raise
        return event

    async def _wire(self) -> None:
        if self.far.wire is not None:
            await self.far.wire()


class FarCalendar:
    def __init__(self, desk: _Desk) -> None:
        self._desk = desk
        self._far = desk.far

    async def list_events(self, start: datetime, end: datetime) -> list[Event]:
        self._desk.alive()
        if self._far.reads is not None:
            await self._far.reads()
        mine = (event for event in self._far.events.values() if self._far.owners[event.id] == self._desk.user_id)
        return [event for event in mine if isinstance(event.start, datetime) and start <= event.start < end]

    async def get_event(self, event_id: str) -> Event:
        self._desk.alive()
        found: Event = self._desk.mine(self._far.events, event_id)
        return found

    async def create_event(self, draft: EventDraft, key: str, notify: bool) -> Event:
        event_id = f"evt_{len(self._far.effects) + len(self._far.events) + 1}"

        def do() -> Event:
            fields = {name: getattr(draft, name) for name in EventDraft.__dataclass_fields__}
            return self._put(Event(**fields, id=event_id, revision="1"))

        made: Event = await self._desk.change(key, "create_event", draft.title, event_id, do)
        return made

    async def update_event(
        self, event_id: str, draft: EventDraft, scope: Scope, revision: str, key: str, notify: bool
    ) -> Event:
        old = self._desk.target(event_id, key)

        def do() -> Event:
            fields = {name: getattr(draft, name) for name in EventDraft.__dataclass_fields__}
            return self._put(replace(old, **fields, revision=f"{int(revision) + 1}"))

        made: Event = await self._desk.change(key, "update_event", old.title, event_id, do, revision)
        return made

    async def delete_event(self, event_id: str, scope: Scope, revision: str, key: str, notify: bool, note: str) -> None:
        old = self._desk.target(event_id, key)

        def do() -> None:
            del self._far.events[event_id]

        await self._desk.change(key, "delete_event", old.title, event_id, do, revision)

    async def respond(
        self, event_id: str, response: Response, scope: Scope, revision: str, key: str, note: str
    ) -> Event:
        raise Refused("This calendar has no invitations.")

    async def applied(self, key: str, object_id: str) -> str | None:
        return await self._desk.applied(key)

    def _put(self, event: Event) -> Event:
        self._far.events[event.id], self._far.owners[event.id] = event, self._desk.user_id
        return event


class FarMail:
    def __init__(self, desk: _Desk) -> None:
        self._desk = desk
        self._far = desk.far

    async def search(self, query: Query, limit: int, after: str = "") -> Page[Header]:
        mine = [mail for mail in self._far.mails.values() if self._far.owners[mail.id] == self._desk.user_id]
        found = [mail for mail in mine if _matches(mail, query)]
        begin = int(after or 0)
        more = str(begin + limit) if len(found) > begin + limit else ""
        return Page([_header(mail) for mail in found[begin : begin + limit]], more, len(found))

    async def get_message(self, message_id: str) -> Message:
        self._desk.alive()
        found: Message = self._desk.mine(self._far.mails, message_id)
        return found

    async def get_messages(self, message_ids: Sequence[str]) -> list[Message]:
        return [await self.get_message(each) for each in message_ids]

    async def get_thread(self, thread_id: str) -> list[Message]:
        return [await self.get_message(thread_id)]

    async def labels(self) -> list[str]:
        return []

    async def create_draft(self, mail: OutgoingMail, key: str) -> Message:
        return await self._make("create_draft", mail, key, "drafts")

    async def send(self, mail: OutgoingMail, key: str, draft_id: str) -> Message:
        return await self._make("send", mail, key, "sent")

    async def _make(self, kind: str, mail: OutgoingMail, key: str, label: str) -> Message:
        mail_id = f"msg_{len(self._far.effects) + 1}"

        def do() -> Message:
            message = Message(
                mail_id,
                mail_id,
                self._desk.me,
                mail.to,
                mail.cc,
                mail.subject,
                SENT_AT,
                False,
                (label,),
                body=mail.body,
            )
            self._far.mails[mail_id], self._far.owners[mail_id] = message, self._desk.user_id
            return message

        made: Message = await self._desk.change(key, kind, mail.subject, mail_id, do)
        return made

    async def relabel(self, message_ids: list[str], add: list[str], remove: list[str], key: str) -> list[Header]:
        raise Refused("This mailbox has no labels.")

    async def applied(self, key: str, object_id: str) -> str | None:
        return await self._desk.applied(key)


def _header(mail: Message) -> Header:
    return Header(**{each.name: getattr(mail, each.name) for each in fields(Header)})


def _matches(mail: Message, query: Query) -> bool:
    match query:
        case And(queries):
            return all(_matches(mail, each) for each in queries)
        case Or(queries):
            return any(_matches(mail, each) for each in queries)
        case Not(negated):
            return not _matches(mail, negated)
        case Words(text, where):
            names = [f"{who.name} {who.email}" for who in (mail.sender, *mail.to, *mail.cc, *mail.bcc)]
            texts = {"from": names[:1], "to": names[1:], "subject": [mail.subject]}
            return to_find(text) in findable(*texts.get(where, [mail.subject, *names, mail.body]))
        case Label(name):
            return name in mail.labels
        case Unread():
            return mail.unread
        case After(midnight):
            return mail.date >= midnight
        case Before(midnight):
            return mail.date < midnight
        case Attached():
            raise Refused("This mailbox cannot be searched by has:attachment.")


class FarTasks:
    """No tasks: calendar and mail are enough to misbehave."""

    def __init__(self, desk: _Desk) -> None:
        self._desk = desk

    async def lists(self) -> list[TaskList]:
        return []

    async def list_tasks(self) -> list[Task]:
        return []

    async def get_task(self, task_id: str) -> Task:
        raise ObjectNotFound("There are no tasks here.")

    async def create_task(self, draft: TaskDraft, key: str) -> Task:
        raise _no_tasks()

    async def update_task(self, task_id: str, draft: TaskDraft, revision: str, key: str) -> Task:
        raise _no_tasks()

    async def set_done(self, task_id: str, done: bool, revision: str, key: str) -> Task:
        raise _no_tasks()

    async def delete_task(self, task_id: str, revision: str, key: str) -> None:
        raise _no_tasks()

    async def applied(self, key: str, object_id: str) -> str | None:
        return await self._desk.applied(key)


def _no_tasks() -> WorkspaceError:
    return Refused("There are no tasks here.")


class FarContacts:
    async def find(self, name: str) -> list[Contact]:
        return []
