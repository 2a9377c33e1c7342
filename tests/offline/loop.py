"""A small loop around the offline model: tools with canned results, effects that wait."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from pydantic_ai.messages import (
    ModelMessage,
    ModelRequest,
    ModelResponse,
    TextPart,
    ToolCallPart,
    ToolReturnPart,
    UserPromptPart,
)
from pydantic_ai.models import ModelRequestParameters

from sayso.agent.calls import REPLACES
from sayso.offline import OfflineModel

ZONE = ZoneInfo("America/New_York")
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=ZONE)
READS = frozenset(
    [
        "list_calendar_events",
        "search_calendar_events",
        "find_free_time",
        "list_task_lists",
        "list_tasks",
        "search_mail",
        "read_mail",
        "summarize_mail",
        "find_contact",
        "list_activity",
    ]
)
EMPTY: Mapping[str, dict[str, Any]] = {
    "list_calendar_events": {"events": [], "total": 0, "truncated": False},
    "search_calendar_events": {"events": [], "total": 0, "truncated": False},
    "find_free_time": {"slots": []},
    "list_task_lists": {"lists": [{"id": "l1", "name": "Tasks"}]},
    "list_tasks": {"tasks": [], "total": 0, "truncated": False},
    "search_mail": {"messages": [], "total": 0, "truncated": False},
    "summarize_mail": {"messages": [], "total": 0, "truncated": False},
    "find_contact": {"contacts": [], "total": 0, "truncated": False},
    "list_activity": {"entries": [], "total": 0, "truncated": False},
    "read_mail": {"error": {"code": "not_found", "message": "I found no message like that.", "candidates": []}},
    "withdraw_plan": {"withdrawn": True},
}
Answer = Callable[[str, dict[str, Any]], dict[str, Any] | None]


class Talk:
    """One thread. `answer(tool, args)` gives a canned result: for an effect an `{"error": …}`, or None to accept it."""

    def __init__(self, answer: Answer | None = None) -> None:
        self.messages: list[ModelMessage] = []
        self.answer = answer or (lambda tool, args: None)
        self.waiting: list[ToolReturnPart] = []
        self.replaced: list[list[int]] = []
        """What each call of the last turn named."""

    def say(self, text: str) -> tuple[str, list[tuple[str, dict[str, Any]]]]:
        """The answer, and all the calls of the turn, without what they replace."""
        self.replaced = []
        self.messages.append(ModelRequest(parts=[UserPromptPart(text)]))
        calls: list[tuple[str, dict[str, Any]]] = []
        said: list[str] = []
        for _ in range(8):
            response = asyncio.run(OfflineModel(NOW, ZONE).request(self.messages, None, ModelRequestParameters()))
            self.messages.append(response)
            mine = [part for part in response.parts if isinstance(part, ToolCallPart)]
            words = " ".join(part.content for part in response.parts if isinstance(part, TextPart))
            said += [words] if words else []
            calls += [(part.tool_name, _own(part)) for part in mine]
            self.replaced += [part.args_as_dict().get(REPLACES, []) for part in mine]
            if not mine or not self._results(mine):
                return "\n\n".join(said), calls
        raise AssertionError("the turn does not end")

    def _results(self, mine: list[ToolCallPart]) -> bool:
        """Append the results; False when all calls are accepted effects, which ends the run."""
        returns, effects, failed = [], [], False
        gone: list[int] = []
        for part in mine:
            args = _own(part)
            result = self.answer(part.tool_name, args)
            effect = part.tool_name not in READS and part.tool_name != "withdraw_plan"
            if result is None:
                result = (
                    {"status": "waiting", "action": part.tool_name, "args": args} if effect else EMPTY[part.tool_name]
                )
            failed = failed or "error" in result or not effect
            back = ToolReturnPart(part.tool_name, result, part.tool_call_id)
            returns.append(back)
            if effect and "error" not in result:
                effects.append(back)
                gone += part.args_as_dict().get(REPLACES, [])
            if part.tool_name == "withdraw_plan":
                gone += args.get("actions") or range(1, len(self.waiting) + 1)
        left = [each for number, each in enumerate(self.waiting, start=1) if number not in gone]
        self.waiting = [each for each in self.waiting if each not in left]
        self.decide("superseded" if effects else "cancelled")
        self.waiting = [*left, *effects]
        self.number()
        self.messages.append(ModelRequest(parts=list(returns)))
        return failed

    def number(self) -> None:
        """Tell the calls their numbers, as the server does."""
        for number, each in enumerate(self.waiting, start=1):
            _told(each)["number"] = number

    def decide(self, status: str, **more: Any) -> None:
        """Tell the fate of what waits."""
        for part in self.waiting:
            _told(part).update(status=status, **more)
        self.waiting = []


def _told(part: ToolReturnPart) -> dict[str, Any]:
    assert isinstance(part.content, dict)
    return part.content


def _own(part: ToolCallPart) -> dict[str, Any]:
    return {name: value for name, value in part.args_as_dict().items() if name != REPLACES}


def responses(talk: Talk) -> list[ModelResponse]:
    return [message for message in talk.messages if isinstance(message, ModelResponse)]
