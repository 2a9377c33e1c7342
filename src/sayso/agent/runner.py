"""Runs one turn of the agent: reads execute, everything else is prepared and handed back for consent."""

import asyncio
import threading
import time
from collections.abc import Callable, Sequence

import structlog
from pydantic_ai.exceptions import AgentRunError, FallbackExceptionGroup, UnexpectedModelBehavior, UsageLimitExceeded
from pydantic_ai.messages import (
    InstructionPart,
    ModelMessage,
    ModelRequest,
    ModelResponse,
    SystemPromptPart,
    ToolCallPart,
    ToolReturnPart,
    UserPromptPart,
)
from pydantic_ai.models import Model, ModelRequestParameters
from pydantic_ai.settings import ModelSettings, merge_model_settings

from sayso.agent.asking import ask
from sayso.agent.calls import answered, exhausted
from sayso.agent.context import MOST_RECEIPTS, fit
from sayso.agent.failures import failure, kind_of
from sayso.agent.history import as_told, dump, render, with_results
from sayso.agent.models import ModelSource, Offline
from sayso.agent.offered import definitions, offered
from sayso.agent.own_tools import WITHDRAW
from sayso.agent.prompt import ROLE, about, note
from sayso.agent.replacing import waiting_after
from sayso.agent.showing import Reader
from sayso.agent.turn import Turn, calls_of, texts_of
from sayso.agent.types import TurnInput, TurnOutput
from sayso.agent.usage import usage_of
from sayso.agent.whole import PARAGRAPH
from sayso.base import steps
from sayso.base.ids import Ids
from sayso.tools.base import EffectTool, Toolbox, served

log = structlog.get_logger()

MAX_REQUESTS = 12
"""Model requests in one turn: enough for a read, a mended call or two and an answer; the end of an endless loop."""
SENTENCE = 20  # characters
MOST_EMPTY = 2
"""Responses in one turn with neither words nor calls, after which the model is asked again."""


class Runner:
    """Runs turns with one set of tools, on `source` where a turn brings no model. Holds no state between turns.

    `turn_seconds`: the time that a turn may take. `context_tokens`: about how much of the earlier conversation the
    model is given. `elapsed`: a clock for latencies, in seconds. `ids`: where the ids of calls come from.
    """

    def __init__(
        self,
        toolbox: Toolbox,
        source: ModelSource,
        turn_seconds: float = 120,
        context_tokens: int = 16_000,
        elapsed: Callable[[], float] = time.monotonic,
        ids: Ids | None = None,
    ) -> None:
        self.source = source
        self.toolbox = toolbox
        self._turn_seconds = turn_seconds
        self._context_tokens = context_tokens
        self._elapsed = elapsed
        self._ids = ids or Ids()
        self._definitions = definitions(toolbox)

    async def run(self, turn_input: TurnInput, stream: bool = False) -> TurnOutput:
        """Run a turn to its answer or its proposals. Raises ModelError, ModelTimeout.

        What it began in threads ends with it, also when it is stopped or its time is over.
        """
        ended = threading.Event()
        try:
            with steps.until(ended.is_set):
                async with asyncio.timeout(self._turn_seconds):
                    return await self._run(turn_input, stream)
        except (TimeoutError, AgentRunError, FallbackExceptionGroup) as error:
            source = turn_input.source or self.source
            log.warning("model_failed", model=source.name, error=kind_of(error))
            raise failure(error) from error
        finally:
            ended.set()

    async def _run(self, turn_input: TurnInput, stream: bool) -> TurnOutput:
        began = self._elapsed()
        context, source = turn_input.context, turn_input.source or self.source
        offline = isinstance(source, Offline)
        kept, left_out = fit(turn_input.history, self._context_tokens)
        done = [*turn_input.done, *left_out][-MOST_RECEIPTS:]
        reader = None if offline else Reader(context.me.owns, context.timezone.key)
        memories = await context.memory.all() if reader else ()  # which the offline model does not read
        instructions = [InstructionPart(ROLE), InstructionPart(about(context, done, memories), dynamic=True)]
        told = [SystemPromptPart(note(turn_input))] if turn_input.by_user else []
        messages: list[ModelMessage] = [ModelRequest([UserPromptPart(turn_input.prompt), *told])]
        turn = Turn(turn_input, served(self.toolbox, context), stream, messages, reader=reader)
        history, model = render(kept, turn_input.waiting), source.model(context)
        while True:
            response = await self._ask(turn, model, history, instructions)
            turn.messages.append(response)
            if not offline:
                turn_input.meter.tokens += response.usage.input_tokens + response.usage.output_tokens
            calls = calls_of(response)
            results = await answered(turn, calls) if calls else _asked_again(turn)
            if not results:
                break
            turn.messages.append(ModelRequest(results))
            if _only_withdrew(calls, results):
                break
        return TurnOutput(
            text=_text(turn),
            messages=dump(turn.messages),
            reads=tuple(turn.reads),
            proposed=waiting_after(turn),
            usage=usage_of(source.name, turn.responses, self._elapsed() - began),
        )

    async def _ask(
        self, turn: Turn, model: Model, history: Sequence[ModelMessage], instructions: list[InstructionPart]
    ) -> ModelResponse:
        """The next response. The model has to answer in words when its calls keep failing, or when it has no more than
        this one request left."""
        spent = len(turn.responses)
        if spent >= MAX_REQUESTS:
            raise UsageLimitExceeded(f"more than {MAX_REQUESTS} requests")
        last_words = exhausted(turn) or spent == MAX_REQUESTS - 1
        settings = merge_model_settings(model.settings, ModelSettings(tool_choice="none") if last_words else None)
        tools = offered(turn, self._definitions)
        parameters = ModelRequestParameters(function_tools=tools, instruction_parts=instructions)
        messages = as_told([*history, *with_results(turn.messages, turn.so_far())], turn.reader)
        return await ask(turn, model, messages, settings, parameters, self._ids)


def _only_withdrew(calls: Sequence[ToolCallPart], results: Sequence[object]) -> bool:
    """Whether the calls of a response proposed something and had no results but those of withdrawals."""
    told = [each for each in results if isinstance(each, ToolReturnPart)]
    done = [each for each in told if each.tool_name == WITHDRAW and each.outcome == "success"]
    return len(done) == len(results) < len(calls)


def _asked_again(turn: Turn) -> list[UserPromptPart]:
    """What a model is told that has neither called nor said anything; empty when it has said something, or need not."""
    if texts_of(turn.responses[-1]) or not turn.input.by_user or _has_said(turn):
        return []
    empty = [response for response in turn.responses if not texts_of(response) and not calls_of(response)]
    if len(empty) > MOST_EMPTY:
        raise UnexpectedModelBehavior("neither words nor calls")
    return [UserPromptPart("(Please return text or call a tool.)")]  # servers refuse a system text behind a message


def _has_said(turn: Turn) -> bool:
    """Whether the response before had words beside calls that all proposed or withdrew something."""
    before = len(turn.responses) - 1
    if before < 1 or before in {each.response for each in turn.failed}:
        return False
    response = turn.responses[before - 1]
    called = {call.tool_name for call in calls_of(response)} - {WITHDRAW}
    return bool(texts_of(response)) and all(isinstance(turn.tools.get(name), EffectTool) for name in called)


def _text(turn: Turn) -> str:
    """What the model said in the turn, each thing once, and not what it said beside calls that failed if it spoke again
    after them."""
    failed = {each.response for each in turn.failed}
    spoken = [(at, text) for at, response in enumerate(turn.responses, start=1) for text in texts_of(response)]
    last = max((at for at, _ in spoken), default=0)
    told = [text for at, text in spoken if at == last or at not in failed]
    once = [text for index, text in enumerate(told) if not any(_says(later, text) for later in told[index + 1 :])]
    return PARAGRAPH.join(once).strip()


def _says(later: str, text: str) -> bool:
    """Whether the text is said again; a short one is only as a whole."""
    text, later = text.strip(), later.strip()
    return text == later or (len(text) >= SENTENCE and text in later)
