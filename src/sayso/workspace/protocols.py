"""What a workspace can do, whatever is behind it: the local store, Google, IMAP with CalDAV …

Every change takes `key`, the action's idempotency key: called twice with one key, a change happens once, and the
second call returns what the first did. A change to something that exists takes the `revision` that the preview
showed and raises ObjectChanged when the thing is no longer at it. `applied(key, object_id)` answers whether the
change under that key has happened: the id of what it made or changed, or None when it surely has not. `object_id` is
what the change was to; of something new it is empty, for a system makes its id of the key, or keeps the key in it. All
raise `workspace.errors`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, get_args

from sayso.workspace.search import Query
from sayso.workspace.types import (
    Connection,
    Contact,
    Event,
    EventDraft,
    Feature,
    Header,
    Message,
    OutgoingMail,
    Page,
    Part,
    Person,
    Response,
    Scope,
    Task,
    TaskDraft,
    TaskList,
    Undelivered,
)

Stretch = tuple[datetime, datetime]
"""From when until when."""

PARTS: tuple[Part, ...] = get_args(Part)


class Calendar(Protocol):
    @property
    def features(self) -> frozenset[Feature]:
        """What of a draft it can do besides; nothing else is asked of it. Of several accounts: of the default one."""
        ...

    @property
    def tells_others(self) -> bool:
        """Whether guests and organizers get what it is to tell them; one that does not keeps it for the user to see. Of
        several accounts: of the default one."""
        ...

    async def list_events(self, start: datetime, end: datetime) -> list[Event]:
        """Events and occurrences that overlap [start, end), in order of their start."""
        ...

    async def get_event(self, event_id: str) -> Event: ...

    async def create_event(self, draft: EventDraft, key: str, notify: bool) -> Event:
        """`notify` sends the guests an invitation."""
        ...

    async def update_event(
        self, event_id: str, draft: EventDraft, scope: Scope, revision: str, key: str, notify: bool
    ) -> Event:
        """Give the event (for an occurrence: this one, this and following, or all) the state of `draft`."""
        ...

    async def delete_event(
        self, event_id: str, scope: Scope, revision: str, key: str, notify: bool, note: str
    ) -> None: ...

    async def respond(
        self, event_id: str, response: Response, scope: Scope, revision: str, key: str, note: str
    ) -> Event:
        """Answer an invitation; the organizer is told."""
        ...

    async def busy(
        self, people: Sequence[Person], start: datetime, end: datetime
    ) -> Mapping[str, Sequence[Stretch] | None]:
        """When each of these people is busy within [start, end), by the address asked for; None where the account does
        not tell."""
        ...

    async def applied(self, key: str, object_id: str) -> str | None: ...


class Tasks(Protocol):
    @property
    def keeps_times(self) -> bool:
        """Whether a task can be due at a time of day; one that cannot keeps the day. Of several accounts: of the
        default one."""
        ...

    async def lists(self) -> list[TaskList]:
        """The default list comes first."""
        ...

    async def list_tasks(self, limit: int, after: str = "") -> Page[Task]:
        """Open and done, at most `limit`, the oldest first; `after`: the last page's `next`."""
        ...

    async def get_task(self, task_id: str) -> Task: ...

    async def create_task(self, draft: TaskDraft, key: str) -> Task: ...

    async def update_task(self, task_id: str, draft: TaskDraft, revision: str, key: str) -> Task: ...

    async def set_done(self, task_id: str, done: bool, revision: str, key: str) -> Task: ...

    async def delete_task(self, task_id: str, revision: str, key: str) -> None: ...

    async def applied(self, key: str, object_id: str) -> str | None: ...


class Mail(Protocol):
    @property
    def delivers(self) -> bool | None:
        """Whether what it sends reaches anybody; a mailbox that does not only keeps it under `sent`. None: it sends
        nothing, it is only read. Of several accounts: of the default one."""
        ...

    @property
    def tells_news(self) -> bool:
        """Whether it tells by itself when something comes or goes. Of several accounts: whether any of them does."""
        ...

    async def search(self, query: Query, limit: int, after: str = "") -> Page[Header]:
        """Newest first, at most `limit`; `after`: the last page's `next`. The trash is looked through like the rest
        (`search.parse_query` leaves it out). Raises Refused with a sentence that names what cannot be searched by."""
        ...

    async def get_message(self, message_id: str) -> Message: ...

    async def get_messages(self, message_ids: Sequence[str]) -> list[Message]:
        """Each once, in the order asked for. Raises ObjectNotFound when one is not there."""
        ...

    async def get_thread(self, thread_id: str) -> list[Message]:
        """The conversation in full, oldest first."""
        ...

    async def attachment(self, message_id: str, number: int) -> bytes:
        """What is attached to a message; `number`: its place in the list of its attachments, from 1 on. Raises
        ObjectNotFound, and Refused for one of which only the name is known."""
        ...

    async def writes_from(self, message_id: str) -> str:
        """The address that an answer to this message goes from, or this draft when it is sent, where that is another
        one than the account's; else empty."""
        ...

    async def labels(self) -> list[str]:
        """The user's own labels."""
        ...

    async def create_draft(self, mail: OutgoingMail, key: str, files: Sequence[bytes] = ()) -> Message:
        """`files`: the bytes of the mail's attachments, which may be another account's, in their order."""
        ...

    async def send(self, mail: OutgoingMail, key: str, draft_id: str, files: Sequence[bytes] = ()) -> Message:
        """Send a mail; with `draft_id`, that draft becomes the sent message, and keeps its files before the new ones.
        `files`: as for `create_draft`."""
        ...

    async def relabel(self, message_ids: list[str], add: list[str], remove: list[str], key: str) -> list[Header]:
        """Add and remove labels on each message in one change. Archiving removes `inbox`, trash adds `trash`."""
        ...

    async def changed(self, seconds: float) -> bool:
        """Wait until something comes or goes in the inbox, but no longer than this: whether it did. Only asked of one
        that `tells_news`."""
        ...

    async def returned(self, since: datetime) -> list[Undelivered]:
        """What came back since then of the mails that were sent under keys, as far as it is in this mailbox."""
        ...

    async def applied(self, key: str, object_id: str) -> str | None: ...


class Contacts(Protocol):
    async def find(self, name: str, limit: int) -> Page[Contact]:
        """Contacts whose name, organization or address has every word of `name`, best match first, at most `limit`;
        also people who were only written to or heard from, or met as guests. An empty name lists all."""
        ...


class Samples(Protocol):
    """Data to play with, which is nobody's."""

    async def there(self) -> bool: ...

    async def remove(self) -> None:
        """Remove it, all at once and nothing else; what is gone stays gone."""
        ...


@dataclass(frozen=True, slots=True)
class Workspace:
    """One user's connected systems; a part is None when no account of his serves it."""

    calendar: Calendar | None = None
    tasks: Tasks | None = None
    mail: Mail | None = None
    contacts: Contacts | None = None
    connections: tuple[Connection, ...] = ()
    """The systems behind each part; of several, the first is where new things are made."""
    accounts: Mapping[str, "Workspace"] = field(default_factory=dict)
    """What each account serves, by its id."""
    missed: Mapping[tuple[Part, str], str] = field(default_factory=dict)
    """By part and account, why one of several accounts could not be read when it was last asked: a sentence."""
    samples: Samples | None = None
    closed: Mapping[Part, str] = field(default_factory=dict)
    """The parts all of whose accounts have to be connected again, with the sentence that says so. They are there, and
    raise it."""
    notices: tuple[str, ...] = ()
    """A sentence for each account that has to be connected again."""
    addresses: tuple[str, ...] = ()
    """Those of the accounts, which are the user's own."""

    @property
    def connected(self) -> tuple[Part, ...]:
        """The parts that are there."""
        return tuple(part for part in PARTS if getattr(self, part) is not None)

    @property
    def serves(self) -> tuple[Part, ...]:
        """The parts that can be used."""
        return tuple(part for part in self.connected if part not in self.closed)
