"""Our types as plain JSON, as stores and plans that wait hold them, and back."""

from dataclasses import replace
from datetime import date, datetime
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from pydantic import TypeAdapter

from sayso.base.zones import zone_named
from sayso.workspace.events.gaps import skipped
from sayso.workspace.types import Attachment, Details, Event, EventDraft, Guest, OutgoingMail, Person, Task, TaskDraft

PERSON, PEOPLE = TypeAdapter(Person), TypeAdapter(tuple[Person, ...])
GUESTS, ATTACHMENTS = TypeAdapter(tuple[Guest, ...]), TypeAdapter(tuple[Attachment, ...])
EVENT_DRAFT, EVENT = TypeAdapter(EventDraft), TypeAdapter(Event)
TASK_DRAFT, TASK = TypeAdapter(TaskDraft), TypeAdapter(Task)
OUTGOING = TypeAdapter(OutgoingMail)
DETAILS = TypeAdapter(Details)

T = TypeVar("T")
D = TypeVar("D", bound=EventDraft)


def to_json(adapter: TypeAdapter[T], value: T) -> Any:
    return adapter.dump_python(value, mode="json")


def event_from(adapter: TypeAdapter[D], data: Any) -> D:
    """The event, or the draft of one, with its times in its zone: in JSON they have an offset only. A start that clocks
    skip there keeps that offset."""
    draft = adapter.validate_python(data)
    zone = zone_named(draft.timezone)
    start = draft.start if skipped(draft.start, zone) else in_zone(draft.start, zone)
    return replace(draft, start=start, end=in_zone(draft.end, zone))


def in_zone(when: datetime | date, zone: ZoneInfo) -> datetime | date:
    return when.astimezone(zone) if isinstance(when, datetime) else when
