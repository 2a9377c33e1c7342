"""What the card of a task tells."""

from dataclasses import replace
from typing import Any

from sayso.tools import cards
from sayso.tools.accounts import account_of_card
from sayso.tools.base import ToolContext
from sayso.tools.json import task_json
from sayso.tools.wording import one_line
from sayso.workspace.types import Task, TaskDraft


def as_drafted(task: Task, draft: TaskDraft, list_name: str) -> Task:
    """The task in the state of the draft."""
    return replace(task, title=draft.title, due=draft.due, notes=draft.notes, list_name=list_name)


def as_marked(task: Task, done: bool) -> Task:
    """The task done or open; one that comes again is open at its next time."""
    if done and task.then:
        return replace(task, due=task.then, then=None)
    return replace(task, done=done, completed_at=None)


def task_card(
    ctx: ToolContext,
    kind: cards.Kind,
    confirm: str,
    before: Task | None = None,
    after: Task | None = None,
    near: str = "",
) -> dict[str, Any]:
    """`near`: the id of the task, or of the list where a new one is to be."""
    task = after or before
    assert task is not None
    was, will = [task_json(ctx, each) if each else None for each in (before, after)]
    return cards.card(
        kind,
        cards.line(cards.title(task.title), cards.due(ctx, task.due), one_line(task.list_name)),
        confirm,
        before=was,
        after=will | {"id": will["id"] or None} if will else None,
        account=account_of_card(ctx, "tasks", near),
    )
