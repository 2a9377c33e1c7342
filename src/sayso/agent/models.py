"""Which language model answers: the embedded grammar, or any that Pydantic AI speaks to."""

from dataclasses import dataclass
from typing import Protocol

from pydantic_ai.models import Model

from sayso.tools.base import ToolContext


class ModelSource(Protocol):
    name: str
    words_outcomes: bool
    """Whether the model is asked for words after a plan ran; else the receipts alone are the answer."""

    def model(self, context: ToolContext) -> Model:
        """The model for one turn."""
        ...


@dataclass(frozen=True, slots=True)
class Offline:
    name: str = "offline"
    words_outcomes: bool = False

    def model(self, context: ToolContext) -> Model:
        from sayso.agent.offline import OfflineModel

        return OfflineModel(context.now, context.timezone)


@dataclass(frozen=True, slots=True)
class Remote:
    name: str
    remote: Model
    words_outcomes: bool = True

    def model(self, context: ToolContext) -> Model:
        return self.remote
