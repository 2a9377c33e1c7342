"""Work that a turn began in threads ends with the turn, and others are served while it goes on."""

import asyncio
import threading
from typing import Any, ClassVar

import pytest
from pydantic_ai.messages import ModelMessage, ModelResponse, TextPart, ToolReturnPart
from pydantic_ai.models.function import AgentInfo

from sayso.agent.models import ModelSource, Offline
from sayso.agent.runner import Runner
from sayso.agent.types import TurnInput
from sayso.base import steps
from sayso.base.errors import ModelTimeout
from sayso.offline import planner
from sayso.tools.base import ReadTool, ToolContext

from .test_runner import CONTEXT, Source, Text, calls


class Work:
    """Work without an end of its own, almost: where nothing ends it, a test fails rather than hangs."""

    def __init__(self) -> None:
        self.began, self.ended = threading.Event(), threading.Event()

    def go(self, *_: object) -> Any:
        self.began.set()
        try:
            for _each in range(20_000_000):
                steps.take()
        except steps.Stopped:
            self.ended.set()
            raise


class Dig(ReadTool[Text]):
    name: ClassVar[str] = "dig"
    description: ClassVar[str] = "Dig."
    Args = Text

    def __init__(self, work: Work) -> None:
        self._work = work

    async def run(self, ctx: ToolContext, args: Text) -> dict[str, Any]:
        found: dict[str, Any] = await asyncio.to_thread(self._work.go)
        return found


async def _silent(kind: str, data: dict[str, Any]) -> None:
    return None


async def _no(reason: str) -> bool:
    return False


async def _begun(work: Work, source: ModelSource) -> asyncio.Task[Any]:
    """A turn of a minute, in the midst of its work; this loop is free meanwhile."""
    turn = TurnInput("what's on tomorrow?", [], CONTEXT, None, _no, _silent)
    task = asyncio.create_task(Runner({"dig": Dig(work)}, source, turn_seconds=60).run(turn))
    await asyncio.to_thread(work.began.wait)
    assert not task.done()
    return task


async def _dig(messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
    return calls(("dig", {}))


@pytest.fixture(params=["tool", "offline model"])
def at_work(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> tuple[Work, ModelSource]:
    work = Work()
    monkeypatch.setattr("sayso.agent.calls.MOST_STEPS", 10**12)
    if request.param == "tool":
        return work, Source(_dig)
    monkeypatch.setattr(planner, "answer", work.go)
    return work, Offline()


def test_the_deadline_of_a_turn_ends_its_work(
    at_work: tuple[Work, ModelSource], monkeypatch: pytest.MonkeyPatch
) -> None:
    work, source = at_work

    async def turn() -> None:
        task, loop = await _begun(work, source), asyncio.get_running_loop()
        late = loop.time() + 61
        monkeypatch.setattr(loop, "time", lambda: late)
        with pytest.raises(ModelTimeout):
            await task
        monkeypatch.undo()

    asyncio.run(turn())  # waits for its threads
    assert work.ended.is_set()


def test_a_stop_ends_the_work_of_a_turn(at_work: tuple[Work, ModelSource]) -> None:
    work, source = at_work

    async def turn() -> None:
        task = await _begun(work, source)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(turn())  # waits for its threads
    assert work.ended.is_set()


def test_work_that_takes_too_many_steps_is_an_error_that_the_model_can_mend(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sayso.agent.calls.MOST_STEPS", 1_000)

    async def answer(messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
        results = [part.content for part in messages[-1].parts if isinstance(part, ToolReturnPart)]
        return ModelResponse([TextPart(str(results[0]))]) if results else calls(("dig", {}))

    runner = Runner({"dig": Dig(Work())}, Source(answer))
    output = asyncio.run(runner.run(TurnInput("go", [], CONTEXT, None, _no, _silent)))
    assert "too much to look through" in output.text
    assert [read.error is None for read in output.reads] == [False]
