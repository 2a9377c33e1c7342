"""Results as plain JSON: what models and clients read. Times are ISO 8601 in the user's zone, with the offset.

Titles, subjects and names are on one line. They and places have no controls and marks that reorder what is beside them.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from typing_extensions import TypedDict  # which Pydantic can read on 3.11

from sayso.tools.accounts import missed
from sayso.tools.base import ToolContext
from sayso.tools.wording import one_line, visible
from sayso.workspace.people import same_address
from sayso.workspace.stored import DETAILS, EVENT_DRAFT, OUTGOING, TASK_DRAFT, event_from, in_zone, to_json
from sayso.workspace.types import (
    Attachment,
    Contact,
    Event,
    EventDraft,
    Guest,
    Header,
    Message,
    OutgoingMail,
    Person,
    Task,
    TaskDraft,
)

Json = dict[str, Any]


def moment_json(value: datetime | date, zone: ZoneInfo) -> str:
    return value.astimezone(zone).isoformat(timespec="seconds") if isinstance(value, datetime) else value.isoformat()


class Address(TypedDict):
    name: str
    email: str


def person_json(person: Person) -> Address:
    """A person; a name that poses as an address other than his own is none."""
    poses = "@" in person.name and not same_address(person.name, person.email)
    return Address(name="" if poses else one_line(person.name), email=person.email)


def people_json(people: Sequence[Person]) -> list[Address]:
    return [person_json(person) for person in people]


def event_json(ctx: ToolContext, event: Event) -> Json:
    """An event. The end of an all-day event is exclusive (RFC 5545); `organizer` null: the user's own; `free`: it takes
    no time. With `link`, `reminders` (minutes before the start) and the `calendar` that it is in where it has or its
    account tells them; `read_only` where one may not change it."""
    return {
        "id": event.id,
        "title": one_line(event.title),
        "start": moment_json(event.start, ctx.timezone),
        "end": moment_json(event.end, ctx.timezone),
        "all_day": event.all_day,
        "timezone": event.timezone,
        "location": visible(event.location),
        "description": event.description,
        "guests": _guests_json(event.guests),
        "organizer": person_json(event.organizer) if event.organizer else None,
        "my_response": event.my_response,
        "free": event.free,
        "recurrence": event.recurrence,
        "series_id": event.series_id,
        **({"link": event.link} if event.link else {}),
        **({"reminders": list(event.reminders)} if event.reminders is not None else {}),
        **({"calendar": one_line(event.calendar)} if event.calendar else {}),
        **({"color": event.color} if event.color else {}),
        **({"read_only": True} if event.fixed else {}),
    }


def _guests_json(guests: Sequence[Guest]) -> list[Json]:
    return [{"name": one_line(guest.name), "email": guest.email, "response": guest.response} for guest in guests]


def draft_json(draft: EventDraft) -> Json:
    """What an event is to become, for `Proposal.target`; `draft_from` reads it back."""
    return dict(to_json(EVENT_DRAFT, draft))


def draft_from(data: Json) -> EventDraft:
    return event_from(EVENT_DRAFT, data)


def task_json(ctx: ToolContext, task: Task) -> Json:
    return {
        "id": task.id,
        "title": one_line(task.title),
        "due": moment_json(task.due, ctx.timezone) if task.due else None,
        "status": "done" if task.done else "open",
        "notes": task.notes,
        "list": task.list_name,
        "overdue": is_overdue(ctx, task),
        **({"completed_at": moment_json(task.completed_at, ctx.timezone)} if task.completed_at else {}),
        **({"repeats": True} if task.repeats else {}),
        **({"next_due": moment_json(task.then, ctx.timezone)} if task.then else {}),
    }


def is_overdue(ctx: ToolContext, task: Task) -> bool:
    if task.done or task.due is None:
        return False
    if isinstance(task.due, datetime):
        return task.due < ctx.now
    return task.due < ctx.now.astimezone(ctx.timezone).date()


def task_draft_json(draft: TaskDraft) -> Json:
    """What a task is to become, for `Proposal.target`; `task_draft_from` reads it back."""
    return dict(to_json(TASK_DRAFT, draft))


def task_draft_from(data: Json, zone: ZoneInfo) -> TaskDraft:
    draft = TASK_DRAFT.validate_python(data)
    return replace(draft, due=draft.due and in_zone(draft.due, zone))


def header_json(ctx: ToolContext, message: Header) -> Json:
    return {
        "id": message.id,
        "thread_id": message.thread_id,
        "from": person_json(message.sender),
        **({"reply_to": people_json(message.reply_to)} if message.reply_to else {}),
        "to": people_json(message.to),
        "cc": people_json(message.cc),
        "subject": one_line(message.subject),
        "date": moment_json(message.date, ctx.timezone),
        "snippet": one_line(message.snippet),
        "unread": message.unread,
        "labels": list(message.labels),
        "attachments": [file_json(item, number) for number, item in enumerate(message.attachments, start=1)],
    }


def file_json(file: Attachment, number: int) -> Json:
    return {"number": number, "name": one_line(file.name), "media_type": file.media_type, "size": file.size}


def file_link(message_id: str, number: int) -> str:
    """The path by which the user saves a file of a mail."""
    return f"/mail/{message_id}/attachments/{number}"


def message_json(ctx: ToolContext, message: Message) -> Json:
    """A message with its text; of its files also where the user saves them; `in_reply_to`: what it answers, if that is
    known."""
    header = header_json(ctx, message)
    header["attachments"] = [each | {"link": file_link(message.id, each["number"])} for each in header["attachments"]]
    answers = {"in_reply_to": message.in_reply_to} if message.in_reply_to else {}
    return header | answers | {"body": message.body}


def outgoing_json(mail: OutgoingMail) -> Json:
    """A mail to be sent, for `Proposal.target`; `outgoing_from` reads it back."""
    return dict(to_json(OUTGOING, mail))


def outgoing_from(data: Json) -> OutgoingMail:
    return OUTGOING.validate_python(data)


def contact_json(contact: Contact) -> Json:
    """A contact; of its details, those that are known."""
    details = to_json(DETAILS, contact.details)
    return {
        "id": contact.id,
        "name": one_line(contact.name),
        "emails": list(contact.emails),
        "phone": contact.phone,
        "organization": contact.organization,
        "notes": contact.notes,
        **{name: value for name, value in details.items() if value},
    }


def page(ctx: ToolContext, name: str, items: Sequence[Any], total: int | None, more: str | None = None) -> Json:
    """A list under its plural name, with how many there are in all, if that is known, and which accounts could not be
    read for it. `more`: of a list in pages what to go on with, empty on the last one."""
    truncated = total is not None and total > len(items) if more is None else bool(more)
    result: Json = {name: list(items), "total": total, "truncated": truncated, **({"next": more} if more else {})}
    unread = missed(ctx)
    return result | {"not_read": unread} if unread else result
