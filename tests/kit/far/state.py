"""What the far systems of all users hold, what happened in them, and what they are told to do next."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar

from sayso.workspace.errors import ObjectChanged, ObjectNotFound, Unavailable
from sayso.workspace.types import Contact, Event, Message, Page, Person, Task, TaskList, Undelivered

T = TypeVar("T")

SENT_AT = datetime(2026, 3, 2, 14, tzinfo=UTC)
INBOX, LATER = TaskList("lst_inbox", "Inbox"), TaskList("lst_later", "Later")
"""The task lists that every user has; those that are made lie in `State.lists`."""


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

    far: "State"
    key: str
    kind: str
    name: str
    apply: Callable[[], Any]


Behavior = Callable[[Call], Awaitable[Any]]
"""What the far system does when it is called: apply the effect or not, and answer or raise."""


@dataclass(slots=True)
class State:
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
    keeps_keys: bool = False
    """Whether a change under a key that it has seen happens no second time, as its protocol promises. A world does
    without, so that each double is seen."""
    answers: dict[str, Any] = field(default_factory=dict)
    """By key, what the change did."""
    events: dict[str, Event] = field(default_factory=dict)
    tasks: dict[str, Task] = field(default_factory=dict)
    lists: dict[str, TaskList] = field(default_factory=dict)
    mails: dict[str, Message] = field(default_factory=dict)
    files: dict[tuple[str, int], bytes] = field(default_factory=dict)
    """By mail and number; what is attached to others says its name."""
    contacts: dict[str, Contact] = field(default_factory=dict)
    returned: list[Undelivered] = field(default_factory=list)
    """What came back of what was sent."""
    keeps_times: bool = True
    """Whether its tasks can be due at a time of day."""
    shared: dict[str, list[tuple[datetime, datetime]]] = field(default_factory=dict)
    """By address, when somebody is busy whose calendar everybody may see."""
    owners: dict[str, str] = field(default_factory=dict)
    """By the id of a thing, whose it is."""

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

    def add_event(self, user_id: str, title: str, start: datetime, end: datetime, **fields: Any) -> Event:
        """An event that is there already."""
        event_id = f"evt_{len(self.events) + 1}"
        event = Event(title, start, end, "America/New_York", id=event_id, revision="1", **fields)
        self.events[event_id], self.owners[event_id] = event, user_id
        return event

    def add_task(self, user_id: str, title: str, **fields: Any) -> Task:
        """A task that is there already."""
        task_id = f"tsk_{len(self.tasks) + 1}"
        task = Task(title, list_id=INBOX.id, id=task_id, list_name=INBOX.name, revision="1", **fields)
        self.tasks[task_id], self.owners[task_id] = task, user_id
        return task

    def add_mail(self, user_id: str, sender: Person, subject: str, to: tuple[Person, ...], **fields: Any) -> Message:
        """A mail that is there already, in the inbox."""
        mail_id = f"msg_{len(self.mails) + 1}"
        given: dict[str, Any] = {
            "cc": (),
            "date": SENT_AT,
            "body": "",
            "unread": True,
            "labels": ("inbox",),
            "revision": "1",
        } | fields
        mail = Message(mail_id, mail_id, sender, to, subject=subject, **given)
        self.mails[mail_id], self.owners[mail_id] = mail, user_id
        return mail

    def add_contact(self, user_id: str, name: str, *emails: str) -> Contact:
        """Somebody in the address book."""
        contact = Contact(f"ctc_{len(self.contacts) + 1}", name, emails)
        self.contacts[contact.id], self.owners[contact.id] = contact, user_id
        return contact


@dataclass(frozen=True)
class Wire:
    """One user's line to the far systems. `alive` raises when the process that calls is dead."""

    far: State
    user_id: str
    me: Person
    alive: Callable[[], None]

    async def change(
        self,
        key: str,
        kind: str,
        object_id: str,
        do: Callable[[], Any],
        name: str = "",
        among: dict[str, Any] | None = None,
        revision: str | None = None,
    ) -> Any:
        """Have the far system do something, in the way of its script.

        `among`: where the thing is that is changed; with `revision`, only if it is at it. `name`: of a new thing.
        """
        if self.far.keeps_keys and key in self.far.answers:
            return self.far.answers[key]
        if among is not None:
            name = name_of(self._target(among, object_id, key))

        def apply() -> Any:
            if among is not None and revision is not None and self._target(among, object_id, key).revision != revision:
                self.far.failed.add(key)
                raise ObjectChanged("It was changed since you saw it; nothing was done.")
            effect = Effect(key, kind, name, self.user_id, object_id)
            self.far.effects.append(effect)
            if self.far.on_effect is not None:
                self.far.on_effect(effect)
            self.far.answers[key] = do()
            return self.far.answers[key]

        await self.pass_over()
        self.far.calls.append((kind, name))
        waiting = self.far.script.get(name)
        call = Call(self.far, key, kind, name, apply)
        answer = await waiting.pop(0)(call) if waiting else apply()
        await self._travel()
        self.alive()
        return answer

    async def applied(self, key: str) -> str | None:
        await self.pass_over()
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

    def all_mine(self, found: dict[str, Any]) -> list[Any]:
        return [each for each in found.values() if self.far.owners[each.id] == self.user_id]

    def put(self, among: dict[str, Any], thing: Any) -> Any:
        among[thing.id], self.far.owners[thing.id] = thing, self.user_id
        return thing

    def _target(self, among: dict[str, Any], object_id: str, key: str) -> Any:
        try:
            return self.mine(among, object_id)
        except ObjectNotFound:
            self.far.failed.add(key)
            raise

    async def pass_over(self) -> None:
        """The way there."""
        self.alive()
        await self._travel()
        self.alive()

    async def _travel(self) -> None:
        if self.far.wire is not None:
            await self.far.wire()


def name_of(thing: Event | Task | Message) -> str:
    return thing.subject if isinstance(thing, Message) else thing.title


def paged(items: Sequence[T], limit: int, after: str = "") -> Page[T]:
    """At most `limit` of them, behind a place."""
    begin = int(after or 0)
    more = str(begin + limit) if len(items) > begin + limit else ""
    return Page(list(items[begin : begin + limit]), more, len(items))
