"""The seeded local workspace on SQLite, at 9:00 in New York on Monday 2 March 2026, and the tools over it."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

import pytest
from tests.kit.seeded import context, seeded_store

from sayso.tools.base import Proposal, ReadTool, Result, ToolContext, ToolInputError, effect_tool
from sayso.tools.registry import toolbox
from sayso.workspace.types import Event

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Desk:
    """A user with his workspace, and every tool by name."""

    ctx: ToolContext

    def do(self, work: Awaitable[T]) -> T:
        async def main() -> T:
            return await work

        return asyncio.run(main())

    def read(self, name: str, /, **args: Any) -> dict[str, Any]:
        tool = toolbox()[name]
        assert isinstance(tool, ReadTool)
        return self.do(tool.run(self.ctx, tool.Args(**args)))

    def prepare(self, name: str, /, **args: Any) -> Proposal:
        tool = effect_tool(toolbox(), name)
        return self.do(tool.prepare(self.ctx, tool.Args(**args)))

    def run(self, name: str, proposal: Proposal, key: str) -> Result:
        return self.do(effect_tool(toolbox(), name).run(self.ctx, proposal, key))

    def reconcile(self, name: str, proposal: Proposal, key: str) -> Result | None:
        return self.do(effect_tool(toolbox(), name).reconcile(self.ctx, proposal, key))

    def refused(self, name: str, /, **args: Any) -> ToolInputError:
        """The error that preparing or reading ends in."""
        attempt: Callable[..., object] = self.read if isinstance(toolbox()[name], ReadTool) else self.prepare
        with pytest.raises(ToolInputError) as caught:
            attempt(name, **args)
        return caught.value

    def at(self, now: datetime) -> "Desk":
        """The same desk at another time."""
        return Desk(replace(self.ctx, now=now))

    def event(self, title: str, days: int = 60) -> Event:
        """The next event of that title."""
        from datetime import timedelta

        events = self.do(self.ctx.calendar.list_events(self.ctx.now, self.ctx.now + timedelta(days=days)))
        return next(event for event in events if event.title == title)

    def events(self) -> list[tuple[str, str]]:
        """Every event of two months as title and start."""
        found = self.read("list_calendar_events", start="2026-02-20", end="2026-04-20", limit=200)["events"]
        return [(event["title"], event["start"]) for event in found]

    def titles(self, status: str = "open") -> list[str]:
        return [task["title"] for task in self.read("list_tasks", status=status)["tasks"]]

    def subjects(self, query: str) -> list[str]:
        return [message["subject"] for message in self.read("search_mail", query=query, limit=200)["messages"]]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    store, ids = seeded_store(tmp_path / "sayso.db")
    yield Desk(context(store, ids))
    store.close()


@pytest.fixture
def keys() -> Callable[[], str]:
    """A fresh idempotency key at each call."""
    numbers = count(1)
    return lambda: f"key-{next(numbers)}"
