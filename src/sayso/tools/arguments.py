"""The arguments of every tool: the interface that models, clients and tests rely on.

Times are ISO 8601 without an offset or English ("next Tuesday at 2pm"), read in the user's zone unless they name
another ("3pm London time"); `stamps` refuses a model's offset that is not the zone's. Things that exist are named by id
or described in the user's words ("my 3 o'clock with Ana", "the mail from Priya about the budget"); a description that
fits several is an error that lists them. A list of people holds names of contacts or e-mail addresses.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Annotated, Any, ClassVar, Final, Literal, Self, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import from_json

from sayso.base import sizes

TIME: Final = "time"
"""Marks what is read as a time."""
When = Annotated[str, TIME]
# The examples are for errors (agent/mistakes.py); a model's schemas go without them.
EventRef = Annotated[str, Field(examples=["my 3 o'clock with Ana"])]
TaskRef = Annotated[str, Field(examples=["call the bank"])]
MessageRef = Annotated[str, Field(examples=["the latest mail from Priya"])]
Title = Annotated[str, Field(min_length=1, max_length=sizes.TITLE)]
PersonRef = Annotated[str, Field(examples=["Ana Silva"])]
MemoryRef = Annotated[str, Field(examples=["no calls on Fridays"])]
ScopeArg = Literal["this", "following", "all"]
Reminder = Annotated[int, Field(ge=0, le=60 * 24 * 28)]
_DAYS = 'Days or ranges on which it does not take place: "Easter week", "24 December", "2026-04-06".'
_REMINDERS = "Minutes before the start, where the account can remind."

T = TypeVar("T")


def _listed(value: Any) -> Any:
    """A list as models write one: as it is, as JSON in a string, or its one item alone."""
    if not isinstance(value, str):
        return [value] if isinstance(value, int) else value
    if value.lstrip().startswith("["):
        with suppress(ValueError):
            return from_json(value)
    return [value] if value.strip() else []


ListOf = Annotated[list[T], BeforeValidator(_listed)]
FileRef = Annotated[str, Field(coerce_numbers_to_str=True)]
Attach = Annotated[
    ListOf[str],
    Field(
        max_length=sizes.ITEMS,
        description='Files of mails that go along, each "<message id>#<number or name>": "msg_7#2".',
    ),
]


class Arguments(BaseModel):
    model_config = ConfigDict(
        extra="forbid", str_strip_whitespace=True, str_max_length=sizes.ARGUMENT, coerce_numbers_to_str=True
    )

    @model_validator(mode="before")
    @classmethod
    def _given(cls, data: Any) -> Any:
        """Null means that an argument is not given, whether or not it may be null."""
        return {name: value for name, value in data.items() if value is not None} if isinstance(data, Mapping) else data


def means(kind: type[Arguments], args: Mapping[str, Any]) -> bool:
    """Whether these arguments of a call are taken just as they are: not trimmed, not too long."""
    try:
        taken = kind.model_validate(args)
    except ValidationError:
        return False
    return all(getattr(taken, name) == value for name, value in args.items())


class OneOrSeveral(Arguments):
    """A call for one thing, or for several alike: each is an action of its own. The arguments `one` and `several` name
    them."""

    one: ClassVar[str]
    several: ClassVar[str]

    @model_validator(mode="after")
    def _not_both(self) -> Self:
        if getattr(self, self.one) and getattr(self, self.several):
            raise ValueError(f"give `{self.one}` or `{self.several}`, not both")
        return self

    def each(self) -> Sequence[Self]:
        """The call for each thing, which is what an action keeps."""
        named = dict.fromkeys(getattr(self, self.several))
        return [self.model_copy(update={self.one: each, self.several: []}) for each in named] or [self]


class OfEvents(OneOrSeveral):
    one, several = "event", "events"
    event: EventRef = ""
    events: ListOf[EventRef] = Field(
        default_factory=list, max_length=sizes.ITEMS, exclude=True, description="Instead of `event`: several."
    )


class ListCalendarEvents(Arguments):
    start: When = Field(
        "today", description='Day, range or time: "today", "next week", "mornings next week", "2026-03-10".'
    )
    end: When | None = Field(None, description="Only when `start` is not a range by itself.")
    limit: int = Field(100, ge=1, le=200)


class SearchCalendarEvents(Arguments):
    query: str = Field(
        description='Words in title, place, notes or guests: "dentist", "Ana".', min_length=1, max_length=200
    )
    start: When | None = Field(None, description='From this day on, or a range: "last month". Default: today.')
    end: When | None = Field(None, description="Default: that of a range, else a year after the start.")
    limit: int = Field(100, ge=1, le=200)


class FindFreeTime(Arguments):
    duration_minutes: int = Field(30, ge=5, le=24 * 60)
    start: When = Field("today", description='Day or range to look in: "this week", "tomorrow afternoon".')
    end: When | None = None
    hours: str | None = Field(
        None, max_length=50, description='Of each day: "9-12", "14:00 to 17:30", "mornings". Default: 9-18.'
    )
    weekdays: ListOf[str] = Field(
        default_factory=list,
        max_length=7,
        description='Only these: ["Tuesday", "Thursday"]. Default: Monday to Friday.',
    )
    people: ListOf[PersonRef] = Field(
        default_factory=list, max_length=20, description="Who else is to be free, where the calendar tells."
    )
    limit: int = Field(10, ge=1, le=50)


class CreateCalendarEvent(Arguments):
    title: str = Field(
        min_length=1, max_length=sizes.TITLE, description="As the user said it, without 'a meeting about'."
    )
    start: When = Field(
        description='"March 10th at 3 PM", "tomorrow 9-10", "Friday" (a day without a time is all day).'
    )
    end: When | None = Field(None, description="A clock time or a length; of an all-day event, its last day.")
    duration_minutes: int | None = Field(None, ge=1, le=60 * 24 * 31, description="Default: 60.")
    location: str = Field("", max_length=sizes.PLACE)
    description: str = Field("", max_length=sizes.NOTES)
    guests: ListOf[PersonRef] = Field(default_factory=list, max_length=sizes.ITEMS)
    recurrence: str | None = Field(None, description='"every Monday until June", "daily for 5 days" or an RRULE.')
    except_dates: ListOf[When] = Field(default_factory=list, max_length=sizes.ITEMS, description=_DAYS)
    reminders: ListOf[Reminder] | None = Field(None, max_length=5, description=_REMINDERS)
    meeting_link: bool = Field(False, description="Have the account make a link to meet at, where it can.")
    timezone: str | None = Field(
        None, description="IANA name, only when it is not the user's own; `start` is read in it."
    )


class UpdateCalendarEvent(OfEvents):
    scope: ScopeArg | None = Field(None, description="For a repeating event; default: this.")
    title: str | None = Field(None, min_length=1, max_length=sizes.TITLE)
    start: When | None = Field(
        None, description='New start; parts not said stay: "4pm" keeps the day, "Thursday" the time.'
    )
    end: When | None = None
    duration_minutes: int | None = Field(None, ge=1, le=60 * 24 * 31)
    location: str | None = Field(None, max_length=sizes.PLACE)
    description: str | None = Field(None, max_length=sizes.NOTES)
    add_guests: ListOf[PersonRef] = Field(default_factory=list, max_length=sizes.ITEMS)
    remove_guests: ListOf[PersonRef] = Field(default_factory=list, max_length=sizes.ITEMS)
    recurrence: str | None = Field(None, description='New rule; "none" ends the repetition.')
    except_dates: ListOf[When] = Field(default_factory=list, max_length=sizes.ITEMS, description=_DAYS)
    reminders: ListOf[Reminder] | None = Field(None, max_length=5, description=f"{_REMINDERS} [] for none.")
    meeting_link: bool = Field(False, description="Have the account make a link to meet at, where it can.")
    timezone: str | None = Field(None, description="IANA name of a new zone for it; `start` is read in it.")


class DeleteCalendarEvent(OfEvents):
    scope: ScopeArg | None = None
    notify_guests: bool = Field(True, description="Tell the guests that it is cancelled.")
    note: str = Field("", max_length=sizes.NOTE, description="Words for the guests.")


class RespondToInvitation(OfEvents):
    response: Literal["accepted", "declined", "tentative"]
    scope: ScopeArg | None = None
    note: str = Field("", max_length=sizes.NOTE, description="Words for the organizer.")


class ListTaskLists(Arguments):
    pass


class ListTasks(Arguments):
    list: str | None = Field(None, description="Name of a list; default: all lists.")
    status: Literal["open", "done", "all"] = "open"
    due: When | None = Field(None, description='"today", "this week", "overdue".')
    query: str | None = Field(None, max_length=200, description="Words in the title or notes.")
    limit: int = Field(50, ge=1, le=200)


class CreateTask(OneOrSeveral):
    one, several = "title", "titles"
    title: str = Field("", max_length=sizes.TITLE, description='What to do: "call the bank".')
    titles: ListOf[Title] = Field(
        default_factory=list, max_length=sizes.ITEMS, exclude=True, description="Instead of `title`: several tasks."
    )
    due: When | None = None
    notes: str = Field("", max_length=sizes.NOTES)
    list: str | None = Field(None, max_length=sizes.TITLE, description="Name of the list; a new one is made.")


class UpdateTask(Arguments):
    task: TaskRef
    title: str | None = Field(None, min_length=1, max_length=sizes.TITLE)
    due: When | None = Field(None, description='"none" removes the date.')
    notes: str | None = Field(None, max_length=sizes.NOTES)
    list: str | None = Field(
        None, max_length=sizes.TITLE, description="Name of the list to move it to; a new one is made."
    )


class OfTasks(OneOrSeveral):
    one, several = "task", "tasks"
    task: TaskRef = ""
    tasks: ListOf[TaskRef] = Field(
        default_factory=list, max_length=sizes.ITEMS, exclude=True, description="Instead of `task`: several."
    )


class CompleteTask(OfTasks):
    pass


class ReopenTask(OfTasks):
    pass


class DeleteTask(OfTasks):
    pass


class SearchMail(Arguments):
    query: str = Field(
        "",
        max_length=500,
        description="Words and from: to: subject: is:unread after: before: has:attachment in: label:",
    )
    limit: int = Field(20, ge=1, le=200)
    after: str | None = Field(None, description="To go on: the `next` of the result before.")


class ReadMail(Arguments):
    message: MessageRef


class ReadAttachment(Arguments):
    message: MessageRef
    attachment: FileRef | None = Field(None, description="Its number or name; not needed when there is just one.")


class ListLabels(Arguments):
    pass


class SummarizeMail(Arguments):
    query: str = Field("is:unread", max_length=500, description="As for search_mail.")
    limit: int = Field(20, ge=1, le=50)


SendAt = Annotated[
    str | None, Field(description="When it is to leave, if not at once: tomorrow at 8:00.", max_length=200)
]


class NewMail(Arguments):
    to: ListOf[PersonRef] = Field(default_factory=list, max_length=sizes.ITEMS)
    subject: str = Field("", max_length=sizes.SUBJECT)
    body: str = Field("", max_length=sizes.BODY)
    cc: ListOf[PersonRef] = Field(default_factory=list, max_length=sizes.ITEMS)
    bcc: ListOf[PersonRef] = Field(default_factory=list, max_length=sizes.ITEMS)
    forward: MessageRef | None = Field(
        None, description="Pass this message on; it is put whole below the body, its files go along."
    )
    attach: Attach = Field(default_factory=list)


class DraftMail(NewMail):
    answer: MessageRef | None = Field(None, description="Answer this message: to whom and about what follows from it.")
    everyone: bool = Field(False, description="With `answer`: to all who got it.")


class SendMail(NewMail):
    draft: MessageRef | None = Field(None, description="Send this draft; the other fields change it.")
    send_at: SendAt = None


class ReplyMail(Arguments):
    message: MessageRef
    body: str = Field(min_length=1, max_length=sizes.BODY)
    everyone: bool = Field(False, description="Reply to all.")
    cc: ListOf[PersonRef] = Field(default_factory=list, max_length=sizes.ITEMS)
    bcc: ListOf[PersonRef] = Field(default_factory=list, max_length=sizes.ITEMS)
    attach: Attach = Field(default_factory=list)
    send_at: SendAt = None


class ForwardMail(Arguments):
    message: MessageRef
    to: ListOf[PersonRef] = Field(min_length=1, max_length=sizes.ITEMS)
    body: str = Field("", max_length=sizes.BODY, description="Your own words above it.")
    cc: ListOf[PersonRef] = Field(default_factory=list, max_length=sizes.ITEMS)
    bcc: ListOf[PersonRef] = Field(default_factory=list, max_length=sizes.ITEMS)
    attachments: ListOf[FileRef] = Field(
        default_factory=lambda: ["all"],
        max_length=sizes.ITEMS,
        description='Which of its files go along: numbers or names, "all" or "none".',
    )
    send_at: SendAt = None


Messages = Annotated[
    ListOf[MessageRef],
    Field(
        min_length=1,
        max_length=sizes.ITEMS,
        description='Ids, or a search as for search_mail, which means all that match: "from:shop is:unread".',
    ),
]


class ArchiveMail(Arguments):
    messages: Messages


class LabelMail(Arguments):
    messages: Messages
    add: ListOf[str] = Field(
        default_factory=list, max_length=sizes.ITEMS, description='Labels; "starred" and "unread" work too.'
    )
    remove: ListOf[str] = Field(default_factory=list, max_length=sizes.ITEMS, description='"unread" marks as read.')


class TrashMail(Arguments):
    messages: Messages


class FindContact(Arguments):
    name: str = Field("", max_length=200, description="Part of a name or address; empty lists all.")


class Remember(Arguments):
    text: str = Field(
        min_length=1, description='In the user\'s words: "no meetings before ten", or the signature, line by line.'
    )
    kind: Literal["preference", "signature"] = "preference"


class Forget(Arguments):
    memory: MemoryRef


class ListActivity(Arguments):
    since: When | None = Field(None, description='From then on: "today", "Monday", "last week"; default: ever.')
    until: When | None = Field(None, description='The last day or time: "yesterday"; default: now.')
    status: Literal["done", "failed", "waiting", "all"] = "all"
    query: str | None = Field(None, max_length=200, description='Words in what was done: "Ana", "mail budget".')
    limit: int = Field(50, ge=1, le=200)
