"""When something is no longer as the proposal showed it: which of it is different."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

from sayso.tools.base import ObjectChanged, ToolContext, WorkspaceError
from sayso.tools.json import Json, event_json, task_json
from sayso.tools.wording import join

_SHOWN = (
    *("title", "start", "end", "all_day", "due", "status", "notes", "list", "location", "description", "guests"),
    *("my_response", "recurrence", "next_due"),
)
"""Fields of an event or a task that are named, in this order."""


def task_as_shown(
    ctx: ToolContext, target: Mapping[str, Any], shown: str = "before"
) -> AbstractAsyncContextManager[None]:
    """A change of a proposal's task within. `shown`: where its target has the task as it was shown; plans of earlier
    versions may have none.

    Raises ObjectChanged that names what is different by now.
    """
    return _as_shown(target.get(shown), lambda: _task(ctx, target["id"]))


def event_as_shown(
    ctx: ToolContext, target: Mapping[str, Any], shown: str = "before"
) -> AbstractAsyncContextManager[None]:
    """As `task_as_shown`, for an event."""
    return _as_shown(target.get(shown), lambda: _event(ctx, target["id"]))


@asynccontextmanager
async def _as_shown(shown: Json | None, reading: Callable[[], Awaitable[Json]]) -> AsyncIterator[None]:
    try:
        yield
    except ObjectChanged as error:
        raise await _told(error, shown, reading()) from error


async def _task(ctx: ToolContext, task_id: str) -> Json:
    return task_json(ctx, await ctx.tasks.get_task(task_id))


async def _event(ctx: ToolContext, event_id: str) -> Json:
    return event_json(ctx, await ctx.calendar.get_event(event_id))


async def _told(error: ObjectChanged, shown: Json | None, reading: Awaitable[Json]) -> ObjectChanged:
    try:
        now = await reading
    except WorkspaceError:
        return error
    different = [name.replace("_", " ") for name in _SHOWN if shown and now.get(name) != shown.get(name)]
    return ObjectChanged(f"{error} What is different: {join(different)}.") if different else error
