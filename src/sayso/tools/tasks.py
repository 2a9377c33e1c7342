"""Tasks: list, create, change, complete, reopen, delete."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any, TypeVar

from sayso.english import dates
from sayso.english.matching import fit, words
from sayso.tools import cards
from sayso.tools.accounts import at, named, of_one_account, placed
from sayso.tools.arguments import (
    CompleteTask,
    CreateTask,
    DeleteTask,
    ListTaskLists,
    ListTasks,
    OfTasks,
    ReopenTask,
    UpdateTask,
    means,
)
from sayso.tools.base import Call, Caution, EffectTool, Proposal, ReadTool, Result, ToolContext, ToolInputError, texts
from sayso.tools.json import is_overdue, moment_json, page, task_draft_from, task_draft_json, task_json
from sayso.tools.stale import task_as_shown
from sayso.tools.task_card import as_drafted, as_marked, task_card
from sayso.tools.task_resolve import default_lists, every_task, list_for, one_list, one_task
from sayso.tools.times import DAY, due_time, say_due, say_due_spoken, understood, window
from sayso.tools.wording import change, one_line, quoted, titled, visible
from sayso.workspace.types import Task, TaskDraft, TaskList

Given = TypeVar("Given", bound=OfTasks)


class ListTaskListsTool(ReadTool[ListTaskLists]):
    name = "list_task_lists"
    description = "The user's task lists; the default list comes first."
    needs = frozenset({"tasks"})
    Args = ListTaskLists

    async def run(self, ctx: ToolContext, args: ListTaskLists) -> dict[str, Any]:
        lists = await ctx.tasks.lists()
        return page(ctx, "lists", [{"id": each.id, "name": each.name} for each in lists], len(lists))


class ListTasksTool(ReadTool[ListTasks]):
    name = "list_tasks"
    description = "Tasks, the most urgent first."
    needs = frozenset({"tasks"})
    Args = ListTasks

    async def run(self, ctx: ToolContext, args: ListTasks) -> dict[str, Any]:
        tasks = await every_task(ctx)
        if args.list:
            wanted = await one_list(ctx, args.list)
            tasks = [task for task in tasks if task.list_id == wanted.id]
        if args.status != "all":
            tasks = [task for task in tasks if task.done == (args.status == "done")]
        if args.query:
            tasks = await asyncio.to_thread(_about, args.query, tasks)
        told = {}
        if args.due:
            tasks, told["understood"] = _due(ctx, tasks, args.due)
        tasks = sorted(tasks, key=lambda task: (task.done, task.due is None, _instant(ctx, task)))
        return told | page(ctx, "tasks", [task_json(ctx, task) for task in tasks[: args.limit]], len(tasks))


class CreateTaskTool(EffectTool[CreateTask]):
    name = "create_task"
    description = "Add a task, or several, with a due date if one was named."
    effect = "write"
    needs = frozenset({"tasks"})
    Args = CreateTask

    async def prepare(self, ctx: ToolContext, args: CreateTask) -> Proposal:
        title = titled(args.title)
        lists = await (ctx.tasks.lists() if args.list else default_lists(ctx))
        task_list, made = await list_for(ctx, args.list) if args.list else (lists[0], ())
        due, late = due_time(ctx, args.due) if args.due else (None, ())
        due, daily = _kept(ctx, due, task_list.id)
        draft = _onto(task_list, TaskDraft(title=title, due=due, notes=args.notes))
        resolved = {"title": title, "due": moment_json(due, ctx.timezone) if due else None, "list": task_list.name}
        when = f", due {say_due(ctx, due)}" if due else ""
        new = Task(title, due, args.notes, list_name=task_list.name)
        return Proposal(
            effect="write",
            args=args.model_copy(update=resolved).model_dump(),
            target={"draft": task_draft_json(draft), **placed(ctx, "tasks", task_list.id)},
            question=f"add the task {quoted(title)}{_in_list(task_list, lists[0])}{_due_spoken(ctx, due)}",
            preview=f"Add task {quoted(title)}{when}, to the {_named(task_list)}",
            details=_details(ctx, draft, task_list.name),
            warnings=(*made, *late, *daily),
            card=task_card(ctx, "task.create", cards.ADD_TASK, after=new, near=task_list.id),
        )

    async def run(self, ctx: ToolContext, proposal: Proposal, key: str) -> Result:
        draft = task_draft_from(proposal.target["draft"], ctx.timezone)
        return self._result(ctx, proposal, await at(ctx, proposal.target).tasks.create_task(draft, key))

    async def reconcile(self, ctx: ToolContext, proposal: Proposal, key: str) -> Result | None:
        tasks = at(ctx, proposal.target).tasks
        done = await tasks.applied(key, "")
        return None if done is None else self._result(ctx, proposal, await tasks.get_task(done))

    def reversible(self, proposal: Proposal) -> bool:
        return True

    def reverse(self, proposal: Proposal, value: dict[str, Any], revision: str) -> Sequence[Call]:
        task = value["task"]["id"]
        return (Call("delete_task", {"task": task}, task, revision),)

    def _result(self, ctx: ToolContext, proposal: Proposal, task: Task) -> Result:
        when = f", due {say_due(ctx, task.due)}" if task.due else ""
        onto = f" to the new list {quoted(task.list_name)}" if proposal.target["draft"].get("new_list") else ""
        return _result(ctx, task, f"Added the task {quoted(task.title)}{onto}{when}.")


class UpdateTaskTool(EffectTool[UpdateTask]):
    name = "update_task"
    description = "Change a task's title, due date, notes or list."
    effect = "write"
    needs = frozenset({"tasks"})
    Args = UpdateTask

    async def prepare(self, ctx: ToolContext, args: UpdateTask) -> Proposal:
        task = await one_task(ctx, args.task)
        after, resolved, warnings = await self._changed(ctx, task, args)
        list_name = resolved.get("list", task.list_name)
        changes = _changes(ctx, task, after, list_name)
        if not changes:
            like = f"The task {quoted(task.title)} is like that already."
            raise ToolInputError(" ".join((like, *texts(warnings))), "nothing_to_do")
        return Proposal(
            effect="write",
            args=args.model_copy(update=resolved | {"task": task.id}).model_dump(),
            target={
                "id": task.id,
                "revision": task.revision,
                "draft": task_draft_json(after),
                "before": task_json(ctx, task),
                "back": _back(ctx, task, after),
            },
            question=f"change the task {quoted(task.title)}: {'; '.join(changes)}",
            preview=f"Change task {quoted(task.title)}: {'; '.join(changes)}",
            details=_details(ctx, after, list_name, task.id),
            warnings=warnings,
            touches=task.id,
            card=task_card(ctx, "task.change", cards.CHANGE, task, as_drafted(task, after, list_name), task.id),
        )

    async def _changed(
        self, ctx: ToolContext, task: Task, args: UpdateTask
    ) -> tuple[TaskDraft, dict[str, Any], tuple[Caution, ...]]:
        """The task's new state, the resolved arguments, and warnings."""
        after = TaskDraft(title=task.title, due=task.due, notes=task.notes, list_id=task.list_id)
        resolved: dict[str, Any] = {}
        warnings: tuple[Caution, ...] = ()
        if args.title is not None:
            resolved["title"] = titled(args.title)
            after = replace(after, title=resolved["title"])
        if args.due is not None:
            due, warnings = due_time(ctx, args.due, task.due)
            due, daily = _kept(ctx, due, task.id)
            warnings += daily
            if due is None and task.repeats:
                raise ToolInputError(
                    f"{quoted(task.title)} repeats from the day on which it is due: give it another one."
                )
            resolved["due"] = moment_json(due, ctx.timezone) if due else "none"
            after = replace(after, due=due)
        if args.notes is not None:
            after = replace(after, notes=args.notes)
        if args.list is not None:
            task_list, made = await list_for(ctx, args.list)
            of_one_account(ctx, "tasks", [task.list_id, task_list.id or task.list_id], "lists")
            resolved["list"], warnings = task_list.name, (*made, *warnings)
            after = _onto(task_list, after)
        return after, resolved, warnings

    async def run(self, ctx: ToolContext, proposal: Proposal, key: str) -> Result:
        target = proposal.target
        draft = task_draft_from(target["draft"], ctx.timezone)
        async with task_as_shown(ctx, target):
            task = await ctx.tasks.update_task(target["id"], draft, target["revision"], key)
        return self._result(ctx, proposal, task)

    async def reconcile(self, ctx: ToolContext, proposal: Proposal, key: str) -> Result | None:
        done = await ctx.tasks.applied(key, proposal.target["id"])
        return None if done is None else self._result(ctx, proposal, await ctx.tasks.get_task(done))

    def reversible(self, proposal: Proposal) -> bool:
        return proposal.target.get("back") is not None

    def reverse(self, proposal: Proposal, value: dict[str, Any], revision: str) -> Sequence[Call]:
        if not self.reversible(proposal):
            return ()
        task = value["task"]["id"]
        return (Call("update_task", {"task": task, **proposal.target["back"]}, task, revision),)

    def _result(self, ctx: ToolContext, proposal: Proposal, task: Task) -> Result:
        told = proposal.preview.replace("Change task", "Changed the task", 1) + "."
        done = _result(ctx, task, told)
        return replace(done, value={**done.value, "before": proposal.target.get("before")})


class _MarkTool(EffectTool[Given]):
    """Sets a task done or open."""

    done: bool

    async def prepare(self, ctx: ToolContext, args: Given) -> Proposal:
        task = await one_task(ctx, args.task, done=not self.done)
        state = "done" if self.done else "open"
        if task.done == self.done:
            raise ToolInputError(f"The task {quoted(task.title)} is {state} already.", "nothing_to_do")
        if task.fixed:
            raise ToolInputError(
                f"{quoted(task.title)} repeats in a way of which only another program can tick off one time."
            )
        verb = "mark" if self.done else "reopen"
        state = " as done" if self.done else ""
        when = f" (due {say_due(ctx, task.due)})" if task.due else ""
        coming = say_due(ctx, task.then) if self.done and task.then else ""
        last = "; it does not come again" if self.done and task.repeats else ""
        again = f"; next: {coming}" if coming else last
        return Proposal(
            effect="write",
            args=args.model_copy(update={"task": task.id}).model_dump(),
            target={"id": task.id, "revision": task.revision, "before": task_json(ctx, task), "next": coming},
            question=f"{verb} the task {quoted(task.title)}{state}",
            preview=f"{verb.capitalize()} task {quoted(task.title)}{state}{when}{again}",
            details=_details(ctx, task, task.list_name),
            touches=task.id,
            card=task_card(ctx, *self._button, task, as_marked(task, self.done), task.id),
        )

    @property
    def _button(self) -> tuple[cards.Kind, str]:
        return ("task.complete", cards.DONE) if self.done else ("task.reopen", cards.REOPEN)

    async def run(self, ctx: ToolContext, proposal: Proposal, key: str) -> Result:
        target = proposal.target
        async with task_as_shown(ctx, target):
            task = await ctx.tasks.set_done(target["id"], self.done, target["revision"], key)
        return self._result(ctx, proposal, task)

    async def reconcile(self, ctx: ToolContext, proposal: Proposal, key: str) -> Result | None:
        done = await ctx.tasks.applied(key, proposal.target["id"])
        return None if done is None else self._result(ctx, proposal, await ctx.tasks.get_task(done))

    def reversible(self, proposal: Proposal) -> bool:
        """One that repeats has gone on to its next time."""
        return "before" in proposal.target and not proposal.target["before"].get("repeats")

    def reverse(self, proposal: Proposal, value: dict[str, Any], revision: str) -> Sequence[Call]:
        if not self.reversible(proposal) or value["task"]["status"] != ("done" if self.done else "open"):
            return ()
        task = value["task"]["id"]
        return (Call("reopen_task" if self.done else "complete_task", {"task": task}, task, revision),)

    def _result(self, ctx: ToolContext, proposal: Proposal, task: Task) -> Result:
        coming = proposal.target.get("next")
        again = f"; next: {coming}" if coming else ""
        marked = (
            f"Marked {quoted(task.title)} as done{again}." if self.done else f"Reopened the task {quoted(task.title)}."
        )
        return _result(ctx, task, marked)


class CompleteTaskTool(_MarkTool[CompleteTask]):
    name = "complete_task"
    description = "Mark a task, or several, as done."
    effect = "write"
    needs = frozenset({"tasks"})
    Args = CompleteTask
    done = True


class ReopenTaskTool(_MarkTool[ReopenTask]):
    name = "reopen_task"
    description = "Mark a done task, or several, as open again."
    effect = "write"
    needs = frozenset({"tasks"})
    Args = ReopenTask
    done = False


class DeleteTaskTool(EffectTool[DeleteTask]):
    name = "delete_task"
    description = "Delete a task, or several, for good. To mark it as done use complete_task."
    effect = "destructive"
    needs = frozenset({"tasks"})
    no_reverse = "deleted"
    Args = DeleteTask

    async def prepare(self, ctx: ToolContext, args: DeleteTask) -> Proposal:
        task = await one_task(ctx, args.task)
        when = f", due {say_due(ctx, task.due)}" if task.due else ""
        whole = f"{quoted(task.title)}{_all_of_it(task.repeats)}"
        return Proposal(
            effect="destructive",
            args=args.model_copy(update={"task": task.id}).model_dump(),
            target={"id": task.id, "revision": task.revision, "task": task_json(ctx, task)},
            question=f"delete the task {whole}",
            preview=f"Delete task {whole}{when}, from the list {quoted(task.list_name)}",
            details=_details(ctx, task, task.list_name),
            touches=task.id,
            card=task_card(ctx, "task.delete", cards.DELETE, before=task, near=task.id),
        )

    async def run(self, ctx: ToolContext, proposal: Proposal, key: str) -> Result:
        async with task_as_shown(ctx, proposal.target, "task"):
            await ctx.tasks.delete_task(proposal.target["id"], proposal.target["revision"], key)
        return self._result(proposal)

    async def reconcile(self, ctx: ToolContext, proposal: Proposal, key: str) -> Result | None:
        done = await ctx.tasks.applied(key, proposal.target["id"])
        return None if done is None else self._result(proposal)

    def _result(self, proposal: Proposal) -> Result:
        task = proposal.target["task"]
        all_of_it = _all_of_it(task.get("repeats", False))
        return Result({"task": task}, f"Deleted the task {quoted(task['title'])}{all_of_it}.")


def _all_of_it(repeats: bool) -> str:
    return " with all its repetitions" if repeats else ""


def _due(ctx: ToolContext, tasks: Sequence[Task], text: str) -> tuple[list[Task], str]:
    """The tasks that are due then, and how the time was understood."""
    if text.strip().casefold() in ("overdue", "late", "past due"):
        now = dates.say_time(ctx.now.astimezone(ctx.timezone))
        return [task for task in tasks if is_overdue(ctx, task)], f"overdue at {now}, {ctx.timezone.key}"
    span = window(ctx, text, None)
    dated = ((task, task.due) for task in tasks if task.due)
    found = [task for task, due in dated if span.holds(due, due if isinstance(due, datetime) else due + DAY)]
    return found, understood(span.parts, span.note)


def _instant(ctx: ToolContext, task: Task) -> datetime:
    """For sorting: a due day counts as its very end, no due date as the end of all days."""
    if task.due is None:
        return datetime.max.replace(tzinfo=ctx.timezone)
    if isinstance(task.due, datetime):
        return task.due
    return datetime(task.due.year, task.due.month, task.due.day, 23, 59, 59, tzinfo=ctx.timezone)


def _kept(
    ctx: ToolContext, due: datetime | date | None, near: str
) -> tuple[datetime | date | None, tuple[Caution, ...]]:
    """What becomes of a due time in the account of `near` (empty: the default one), and a warning where only its day is
    kept."""
    if not isinstance(due, datetime) or at(ctx, placed(ctx, "tasks", near)).tasks.keeps_times:
        return due, ()
    here = due.astimezone(ctx.timezone)
    told = f"Tasks in this account have no time of day: the day is kept, {dates.say_clock(here)} is not."
    return here.date(), (Caution("time_not_kept", told),)


def _due_spoken(ctx: ToolContext, due: datetime | date | None) -> str:
    return f", due {say_due_spoken(ctx, due)}" if due else ""


def _in_list(task_list: TaskList, default: TaskList) -> str:
    return f" to the {_named(task_list)}" if task_list != default else ""


def _named(task_list: TaskList) -> str:
    return f"{'list' if task_list.id else 'new list'} {quoted(task_list.name)}"


def _onto(task_list: TaskList, draft: TaskDraft) -> TaskDraft:
    return replace(draft, list_id=task_list.id, new_list="" if task_list.id else task_list.name)


def _about(query: str, tasks: Sequence[Task]) -> list[Task]:
    wanted = words(query)
    return [task for task in tasks if fit(wanted, (task.title, "", task.notes))]


def _changes(ctx: ToolContext, task: Task, after: TaskDraft, list_name: str) -> list[str]:
    """Before and after, for each field that changes; notes too, in full."""
    changes = []
    if after.title != task.title:
        changes.append(change("title", quoted(task.title), quoted(after.title)))
    if after.due != task.due:
        before, then = [say_due(ctx, due) if due else "" for due in (task.due, after.due)]
        changes.append(change("due", before, then))
    if after.notes != task.notes:
        before, then = [quoted(notes) if notes else "" for notes in (task.notes, after.notes)]
        changes.append(change("notes", before, then))
    if after.list_id != task.list_id:
        onto = f"the new {quoted(list_name)}" if after.new_list else quoted(list_name)
        changes.append(change("list", quoted(task.list_name), onto))
    return changes


def _back(ctx: ToolContext, task: Task, after: TaskDraft) -> dict[str, Any] | None:
    """The arguments that make of a task in the new state what it was, or None where they cannot."""
    args: dict[str, Any] = {}
    if after.title != task.title:
        args["title"] = task.title
    if after.due != task.due:
        args["due"] = moment_json(task.due, ctx.timezone) if task.due else "none"
    if after.notes != task.notes:
        args["notes"] = task.notes
    if after.list_id != task.list_id:
        args["list"] = task.list_id
    return args if one_line(task.title) == task.title and means(UpdateTask, {"task": task.id, **args}) else None


def _details(ctx: ToolContext, draft: TaskDraft, list_name: str, near: str = "") -> tuple[tuple[str, str], ...]:
    """`near`: the id of something in the same account, where the list is still to be made."""
    lines = (
        ("Task", one_line(draft.title)),
        ("Due", say_due(ctx, draft.due) if draft.due else ""),
        ("List", one_line(list_name)),
        ("Notes", visible(draft.notes)),
    )
    return (*((label, text) for label, text in lines if text), *named(ctx, "tasks", draft.list_id or near))


def _result(ctx: ToolContext, task: Task, receipt: str) -> Result:
    return Result({"task": task_json(ctx, task)}, receipt, task.revision)
