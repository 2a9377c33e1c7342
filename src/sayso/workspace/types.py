"""The plain data that every workspace speaks. Times are aware; an all-day time is a `date`."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Annotated, Generic, Literal, TypeVar

from pydantic import PlainSerializer, PlainValidator

Part = Literal["calendar", "tasks", "mail", "contacts"]
"""What an account can serve."""
Feature = Literal["reminders", "meeting_links", "words_of_cancelling"]
"""What some calendars can do and others cannot: remind of events by themselves, make links to meet at, send words along
when guests are told that an event is cancelled."""
Scope = Literal["this", "following", "all"]
Response = Literal["accepted", "declined", "tentative", "needs_action"]
SYSTEM_LABELS = ("inbox", "sent", "drafts", "trash", "starred")
"""Labels that every mailbox has."""


T = TypeVar("T")


def _moment(value: object) -> datetime | date:
    if isinstance(value, date):
        return value
    text = str(value)
    return datetime.fromisoformat(text) if "T" in text else date.fromisoformat(text)


When = Annotated[datetime | date, PlainSerializer(lambda when: when.isoformat()), PlainValidator(_moment)]
"""As JSON in ISO 8601: a date stays one, and an offset keeps its seconds."""


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """The first of what was asked for; `next` is what to ask for the rest with, or empty when this is all."""

    items: list[T]
    next: str = ""
    total: int | None = None
    """How many there are on all pages, where the system tells."""

    @property
    def known(self) -> int:
        """How many there are on all pages, as far as is known."""
        return len(self.items) + bool(self.next) if self.total is None else self.total


@dataclass(frozen=True, slots=True)
class Person:
    email: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Guest:
    email: str
    name: str = ""
    response: Response = "needs_action"


@dataclass(frozen=True, slots=True)
class EventDraft:
    """Everything about an event that its owner chooses. All-day: start and end are dates, end exclusive
    (RFC 5545); otherwise aware datetimes in `timezone`."""

    title: str
    start: When
    end: When
    timezone: str
    location: str = ""
    description: str = ""
    guests: tuple[Guest, ...] = ()
    recurrence: str = ""
    """RRULE value without the `RRULE:` prefix (RFC 5545, 3.3.10), or empty."""
    exdates: tuple[When, ...] = ()
    """Starts of occurrences that are left out (EXDATE, RFC 5545, 3.8.5.1), besides those that are so already: as they
    stand before a change, under a new rule as that has them. Events are not told with them."""
    reminders: tuple[int, ...] | None = None
    """Minutes before the start; None: as the account does it by itself."""
    meeting_link: bool = False
    """A link to meet at is asked for; an event that has one is told with its `link`."""


@dataclass(frozen=True, slots=True)
class Event(EventDraft):
    """An event, or one occurrence of a repeating one.

    `id` names this very occurrence (`evt_…@20260310T150000Z`); `series_id` is set on occurrences and names the
    series. An occurrence carries its series' `recurrence`. `revision` changes whenever the stored thing changes.
    """

    id: str = ""
    series_id: str = ""
    revision: str = ""
    organizer: Person | None = None
    """None: the user's own event."""
    my_response: Response = "accepted"
    free: bool = False
    """It takes no time: nothing overlaps it."""
    link: str = ""
    """Where one meets online, or its page."""
    calendar: str = ""
    """What the calendar that it is in is called, where an account has several."""
    color: str = ""
    """That calendar's, as `#rrggbb`."""
    fixed: bool = False
    """Whether one may only look at it: the calendar is another's, or one that is subscribed to."""
    undelivered: tuple[str, ...] = ()
    """The addresses of those whom what they were to be told did not reach."""

    @property
    def all_day(self) -> bool:
        return not isinstance(self.start, datetime)


@dataclass(frozen=True, slots=True)
class TaskList:
    id: str
    name: str


@dataclass(frozen=True, slots=True)
class TaskDraft:
    title: str
    due: When | None = None
    notes: str = ""
    list_id: str = ""
    """Empty: the default list."""
    new_list: str = field(default="", kw_only=True)
    """Instead of a list's id, the name of one that is made with the task; one of that name that is there is taken."""


@dataclass(frozen=True, slots=True)
class Task(TaskDraft):
    id: str = ""
    list_name: str = ""
    done: bool = False
    completed_at: datetime | None = None
    revision: str = ""
    repeats: bool = False
    """Whether it stands for a whole series: done, it is open again at its next time."""
    then: When | None = None
    """When it is due again once it is done; None: never."""
    fixed: bool = False
    """Whether it repeats in a way that is not followed here, so that no single time of it can be ticked off."""


@dataclass(frozen=True, slots=True)
class Attachment:
    name: str
    media_type: str
    size: int


@dataclass(frozen=True, slots=True)
class Enclosed(Attachment):
    """What is attached to a mail that the user has, to go along with another one."""

    message_id: str
    number: int
    """Its place in the list of that mail's attachments, from 1 on."""


@dataclass(frozen=True, slots=True)
class OutgoingMail:
    to: tuple[Person, ...]
    subject: str
    body: str
    cc: tuple[Person, ...] = ()
    bcc: tuple[Person, ...] = ()
    in_reply_to: str = ""
    """Id of the message that this one answers, in the workspace's own terms; empty for a new conversation."""
    attachments: tuple[Enclosed, ...] = ()


SNIPPET = 140


def snippet_of(body: str) -> str:
    return " ".join(body.split())[:SNIPPET]


@dataclass(frozen=True, slots=True)
class Header:
    """A message without its text."""

    id: str
    thread_id: str
    sender: Person
    to: tuple[Person, ...]
    cc: tuple[Person, ...]
    subject: str
    date: datetime
    unread: bool
    labels: tuple[str, ...]
    """System labels in lower case (SYSTEM_LABELS) and the user's own as written."""
    attachments: tuple[Attachment, ...] = ()
    bcc: tuple[Person, ...] = ()
    revision: str = ""
    reply_to: tuple[Person, ...] = ()
    """Where its sender wants answers to go (Reply-To, RFC 5322, 3.6.2); empty: to the sender."""
    snippet: str = ""
    """The beginning of the text, on one line."""
    may_be_sent: bool = False
    """It lies under Drafts, but is the copy of a mail that went out, or may have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message(Header):
    body: str
    in_reply_to: str = ""
    snippet: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "snippet", snippet_of(self.body))


@dataclass(frozen=True, slots=True)
class Undelivered:
    """That a mail which was sent under `key` came back. `recipients`: each address and why, in a few words; `final`:
    nobody tries any more."""

    key: str
    recipients: tuple[tuple[str, str], ...]
    final: bool = True


@dataclass(frozen=True, slots=True)
class Detail:
    """A number, an address, a link, another person; with its kind in small letters where one is given: `home`, `work
    fax`, `mobile`, `assistant`."""

    value: str
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Details:
    """What an address book knows besides; the preferred of several comes first."""

    phones: tuple[Detail, ...] = ()
    """All of them, where there is more to tell than `Contact.phone`."""
    addresses: tuple[Detail, ...] = ()
    """Postal ones, on one line."""
    birthday: str = ""
    """In ISO 8601, without a year as `--02-29`; else as it was written."""
    title: str = ""
    nicknames: tuple[str, ...] = ()
    links: tuple[Detail, ...] = ()
    """Web pages, and addresses for messages as URIs."""
    related: tuple[Detail, ...] = ()


@dataclass(frozen=True, slots=True)
class Contact:
    id: str
    name: str
    emails: tuple[str, ...]
    phone: str = ""
    organization: str = ""
    notes: str = ""
    in_book: bool = True
    """Whether the user keeps it; else it is somebody met in mail or events."""
    details: Details = Details()


@dataclass(frozen=True, slots=True)
class Connection:
    """The system behind one part of a workspace."""

    name: Part
    provider: str
    account: str | None = None
    """What the user calls the account, as its address; None: the embedded one."""
    account_id: str = ""
    label: str = field(default="", compare=False)
    """What the embedded one is called, too."""
    problem: str = ""
    """Why it cannot be used, or was not reached of late: a sentence."""
    closed: bool = False
    """Whether it cannot be used until its user has connected it again."""
