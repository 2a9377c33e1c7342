"""A task of ours as one of Google's, and back.

Google keeps the day on which a task is due and no time (tasks v1, Task.due); there are no repeating tasks in its API:
each shows by itself.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from urllib.parse import quote, unquote
from zoneinfo import ZoneInfo

from sayso.workspace.errors import ObjectNotFound, Refused
from sayso.workspace.google.client import Json
from sayso.workspace.types import Task, TaskDraft, TaskList

MOST_TITLE: Final = 1024
MOST_NOTES: Final = 8192
"""Characters (tasks v1, Task)."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a task is at Google: the ids of its list and of itself."""

    list_id: str
    task_id: str

    @property
    def id(self) -> str:
        """The task's id to us, from which both can be read again."""
        return f"{own_id(self.list_id)}.{own_id(self.task_id)}"


def own_id(google_id: str) -> str:
    """The id of a list to us; Google's are letters, digits, - and _ as a rule, and then it is the same."""
    return quote(google_id, safe="").replace(".", "%2E")


def google_id(own: str) -> str:
    return unquote(own)


def place_of(task_id: str) -> Place:
    """Raises ObjectNotFound for what is no id of ours."""
    list_id, dot, own = task_id.partition(".")
    place = Place(google_id(list_id), google_id(own))
    if not dot or not place.list_id or not place.task_id or place.id != task_id:
        raise ObjectNotFound("That task is not there any more.")
    return place


def written(draft: TaskDraft, zone: ZoneInfo) -> Json:
    """What of a draft Google keeps; what is not there is None. `zone`: whose day a time is on. Raises Refused."""
    if len(draft.title) > MOST_TITLE or len(draft.notes) > MOST_NOTES:
        told = f"{MOST_TITLE:,} characters as its title and {MOST_NOTES:,} as notes"
        raise Refused(f"Google Tasks takes no more of a task than {told}: shorten it.")
    due = draft.due.astimezone(zone).date() if isinstance(draft.due, datetime) else draft.due
    return {
        "title": draft.title,
        "notes": draft.notes or None,
        "due": None if due is None else f"{due.isoformat()}T00:00:00.000Z",
    }


def marked(done: bool) -> Json:
    return {"status": "completed" if done else "needsAction"}


def holds(raw: Json, wanted: Mapping[str, Any]) -> bool:
    """Whether a task has all of this, but for white space, which a server may tidy."""
    return all(_plain(name, raw) == _plain(name, wanted) for name in wanted)


def _plain(name: str, raw: Mapping[str, Any]) -> object:
    if name == "due":
        return due_of(raw)
    if name == "status":
        return is_done(raw)
    return " ".join(_text(raw, name).split())


def revision_of(raw: Json) -> str:
    """Changes with what is shown of a task. Its ETag would not do: it is told not to change on every change."""
    shown = "\0".join((_text(raw, "title"), str(due_of(raw)), _text(raw, "notes"), str(is_done(raw))))
    return hashlib.sha256(shown.encode("utf-8", "surrogatepass")).hexdigest()[:20]


def task_of(raw: Json, of: TaskList) -> Task:
    """`of`: its list, as we call it. Raises ObjectNotFound for one that is deleted, or has no id."""
    if raw.get("deleted") is True or not _text(raw, "id"):
        raise ObjectNotFound("That task is not there any more.")
    return Task(
        title=_text(raw, "title"),
        due=due_of(raw),
        notes=_text(raw, "notes"),
        list_id=of.id,
        id=Place(google_id(of.id), raw["id"]).id,
        list_name=of.name,
        done=is_done(raw),
        completed_at=_instant(_text(raw, "completed")) if is_done(raw) else None,
        revision=revision_of(raw),
    )


def is_done(raw: Mapping[str, Any]) -> bool:
    return raw.get("status") == "completed"


def is_assigned(raw: Json) -> bool:
    """Whether it stands for a task in a document or a chat."""
    return isinstance(raw.get("assignmentInfo"), dict)


def due_of(raw: Mapping[str, Any]) -> date | None:
    try:
        return date.fromisoformat(_text(raw, "due")[:10])
    except ValueError:
        return None


def _instant(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else None


def _text(raw: Mapping[str, Any], name: str) -> str:
    found = raw.get(name)
    return found if isinstance(found, str) else ""
