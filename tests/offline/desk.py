"""Turns of the real agent on the offline model over the seeded local workspace, with a small ledger."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

from tests.kit.seeded import context, seeded_store

from sayso.agent.models import Offline
from sayso.agent.runner import Runner
from sayso.agent.types import Kept, PastTurn, TurnInput, TurnOutput, Waiting, WaitingAction
from sayso.tools.base import ToolContext, effect_tool
from sayso.tools.registry import toolbox


class Desk:
    """One user with one thread."""

    def __init__(self, context: ToolContext) -> None:
        self.context = context
        self.runner = Runner(toolbox(), Offline())
        self.turns: list[tuple[list[Any], dict[str, dict[str, Any]]]] = []
        self.waiting: list[WaitingAction] = []
        self.reads: list[tuple[str, dict[str, Any]]] = []
        self._keys = count(1)

    def say(self, text: str) -> str:
        """One turn; what it proposes waits beside what waited before, or in its place."""
        history = [PastTurn(messages, outcomes) for messages, outcomes in self.turns]
        waiting = Waiting("plan", tuple(self.waiting)) if self.waiting else None
        output = asyncio.run(self.runner.run(TurnInput(text, history, self.context, waiting, self._withdraw, _silent)))
        self._remember(output)
        return output.text

    def _remember(self, output: TurnOutput) -> None:
        self.reads = [(read.tool, read.args) for read in output.reads]
        fates = {
            each.call_id: {"status": "waiting", "action": each.proposal.preview, "args": each.proposal.args}
            for each in output.new
        }
        if output.proposed:
            left = [each.action for each in output.proposed if isinstance(each, Kept)]
            self.waiting = [each for each in self.waiting if each not in left]
            self._settle("superseded")
            self.waiting = [
                each.action
                if isinstance(each, Kept)
                else WaitingAction(f"act_{next(self._keys)}", each.call_id, each.tool, each.proposal)
                for each in output.proposed
            ]
        self.turns.append((list(output.messages), fates))

    async def _withdraw(self, reason: str) -> bool:
        had = bool(self.waiting)
        self._settle("cancelled")
        return had

    def _settle(self, status: str, **more: Any) -> None:
        for each in self.waiting:
            for _, fates in self.turns:
                if each.call_id in fates:
                    fates[each.call_id] |= {"status": status, **more}
        self.waiting = []

    def confirm(self) -> list[str]:
        """Run what waits; the receipts."""
        receipts = []
        for each in self.waiting:
            key = f"key-{next(self._keys)}"
            tool = effect_tool(self.runner.toolbox, each.tool)
            result = asyncio.run(tool.run(self.context, each.proposal, key))
            calls = tool.reverse(each.proposal, result.value, result.revision)
            told = {"undo_if_asked": [{"tool": call.tool, "args": call.args} for call in calls]} if calls else {}
            receipts.append(result.receipt)
            for _, fates in self.turns:
                if each.call_id in fates:
                    done = {"status": "succeeded", "result": result.value, "receipt": result.receipt}
                    fates[each.call_id] |= done | told
        self.waiting = []
        return receipts

    def proposed(self) -> list[tuple[str, str]]:
        """What waits: tool and preview."""
        return [(each.tool, each.proposal.preview) for each in self.waiting]


async def _silent(event: str, data: dict[str, Any]) -> None:
    return None


@contextmanager
def open_desk(folder: Path) -> Iterator[Desk]:
    store, ids = seeded_store(folder / "sayso.db")
    try:
        yield Desk(context(store, ids))
    finally:
        store.close()
