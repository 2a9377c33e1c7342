"""Which task, and which list, the user means."""

import asyncio
import re
from collections.abc import Sequence

from sayso.english import dates
from sayso.english.matching import likeness, words
from sayso.tools.accounts import at, placed
from sayso.tools.base import Caution, ToolContext, ToolInputError
from sayso.tools.choosing import MOST, Kind, best, close
from sayso.tools.json import is_overdue
from sayso.tools.times import say_due
from sayso.tools.wording import join, one_line, quoted
from sayso.workspace.errors import ObjectNotFound, Refused
from sayso.workspace.types import Task, TaskList

PAGE = 5_000
_STOP = frozenset({"the", "a", "an", "my", "task", "tasks", "to-do", "todo", "reminder", "item", "to", "about", "that"})
_STOP |= {
    "one",
    "this",
    "it",
    "of",
    "for",
    "with",
    "called",
    "titled",
    "on",
    "list",
    "in",
    "from",
    "due",
    "overdue",
    "is",
}
_LIST_STOP = frozenset({"my", "the", "list", "lists", "tasks", "task", "to-do", "todo", "todos"})
_AROUND = re.compile(r"^(?:(?:my|the) )?(?:list$)?|(?: task)? list$", re.IGNORECASE)
"""What stands around the name of a list."""
_LIST: Kind[TaskList] = Kind("list", "lists", lambda each: each.id, lambda each: each.name, lambda each: (each.name,))


def kind(ctx: ToolContext) -> Kind[Task]:
    def label(task: Task) -> str:
        when = f", due {say_due(ctx, task.due)}" if task.due else ""
        done = " (done)" if task.done else ""
        return f"{quoted(task.title)}{when}, in {quoted(task.list_name)}{done}"

    return Kind("task", "tasks", lambda task: task.id, label, lambda task: (task.title, task.list_name, task.notes))


async def every_task(ctx: ToolContext) -> list[Task]:
    """All tasks, open and done, the oldest first. Raises Refused when they are too many."""
    page = await ctx.tasks.list_tasks(PAGE)
    found = [*page.items]
    while page.next:
        if len(found) >= MOST:
            raise Refused(f"There are more than {MOST:,} tasks, too many to look through.")
        page = await ctx.tasks.list_tasks(PAGE, page.next)
        found += page.items
    return found


async def one_task(ctx: ToolContext, text: str, done: bool = False) -> Task:
    """The one task meant by an id or a description; `done` says which tasks are looked at first.

    Raises ToolInputError.
    """
    if task := await _by_id(ctx, text):
        return task
    return await asyncio.to_thread(_one_of, ctx, text, done, await every_task(ctx))


def _one_of(ctx: ToolContext, text: str, done: bool, tasks: Sequence[Task]) -> Task:
    tasks = sorted(tasks, key=lambda task: task.done != done)
    first = [task for task in tasks if task.done == done]
    fitting = _fitting(ctx, text, first) or _fitting(ctx, text, tasks)
    if not fitting:
        wanted = [word for word in words(text) if word not in _STOP]
        raise kind(ctx).not_found(text, close(kind(ctx), wanted, first))
    if len(fitting) > 1:
        raise kind(ctx).ambiguous(text, fitting)
    return fitting[0]


def _fitting(ctx: ToolContext, text: str, tasks: list[Task]) -> list[Task]:
    said = words(text)
    if not said:
        raise ToolInputError("Which task do you mean?", "missing")
    wanted = [word for word in said if word not in _STOP]
    if "overdue" in said and "overdue" not in wanted:
        tasks = [task for task in tasks if is_overdue(ctx, task)]
        return best(kind(ctx), wanted, tasks)
    fitting = best(kind(ctx), said, tasks) or (best(kind(ctx), wanted, tasks) if wanted else [])
    return fitting or _by_due(ctx, text, tasks)


def _by_due(ctx: ToolContext, text: str, tasks: list[Task]) -> list[Task]:
    """The tasks due when the description says, that fit what it says besides."""
    found = dates.find(text, ctx.now, ctx.timezone)
    if not found or not found[0].moment.has_date:
        return []
    first = found[0]
    wanted = [word for word in words(text[: first.start] + " " + text[first.end :]) if word not in _STOP]
    day = first.moment.start.date()
    due = [task for task in tasks if task.due and task.due.isoformat()[:10] == day.isoformat()]
    return best(kind(ctx), wanted, due)


async def _by_id(ctx: ToolContext, text: str) -> Task | None:
    if not text.strip() or " " in text.strip():
        return None
    try:
        return await ctx.tasks.get_task(text.strip())
    except (ObjectNotFound, Refused):
        return None


async def one_list(ctx: ToolContext, text: str) -> TaskList:
    """The one list meant by its name or id. Raises ToolInputError."""
    lists = await ctx.tasks.lists()
    if found := _fitting_list(text, lists):
        return found
    raise _LIST.not_found(text, _near(text, lists) or lists)


async def default_lists(ctx: ToolContext) -> list[TaskList]:
    """Those of the account where new tasks go, the default one first. Raises what that account raises: no other one
    takes its place unasked."""
    return await at(ctx, placed(ctx, "tasks")).tasks.lists()


async def list_for(ctx: ToolContext, text: str) -> tuple[TaskList, tuple[Caution, ...]]:
    """The list meant by its name or id, or one without an id that is to be made, and a warning that says so. Raises
    ToolInputError."""
    lists = await ctx.tasks.lists()
    if found := _fitting_list(text, lists):
        return found, ()
    name = _AROUND.sub("", one_line(text))
    if not name or name.startswith("lst_"):
        raise _LIST.not_found(text, lists)
    near = [quoted(each.name) for each in _near(text, lists)]
    there = f" There is {join(near)}." if near else ""
    told = f"There is no list {quoted(name)} yet; it will be made.{there}"
    return TaskList("", name), (Caution("no_such_list", told),)


def _fitting_list(text: str, lists: Sequence[TaskList]) -> TaskList | None:
    """Raises ToolInputError where several fit."""
    fitting = [each for each in lists if text in (each.id, each.name)] or best(_LIST, _named(text), lists)
    if len(fitting) > 1:
        raise _LIST.ambiguous(text, fitting)
    return fitting[0] if fitting else None


def _near(text: str, lists: Sequence[TaskList]) -> list[TaskList]:
    return [each for each in lists if any(likeness(word, words(each.name)) for word in _named(text))]


def _named(text: str) -> list[str]:
    said = words(text)
    return [word for word in said if word not in _LIST_STOP] or said
