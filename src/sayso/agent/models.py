"""Which language model answers: the embedded grammar, or any that Pydantic AI speaks to."""

import os
from dataclasses import dataclass
from typing import Protocol

from pydantic_ai.models import Model

from sayso.base.errors import StartupError
from sayso.tools.base import ToolContext


class ModelSource(Protocol):
    @property
    def name(self) -> str: ...

    @property
    def words_outcomes(self) -> bool:
        """Whether the model is asked for words after a plan ran; else the receipts alone are the answer."""
        ...

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


def model_source(name: str, base_url: str | None = None) -> ModelSource:
    """The model of the settings: `offline`, or anything that Pydantic AI knows by `provider:name`.

    With `base_url` an OpenAI-compatible server at that address; `name` is then the model's name there. Raises
    StartupError when the name is unknown, its key is missing or its library is not installed.
    """
    if name == "offline":
        return Offline()
    from pydantic_ai.exceptions import UserError
    from pydantic_ai.models import infer_model

    try:
        return Remote(name, _compatible(name, base_url) if base_url else infer_model(name))
    except (UserError, ImportError, ValueError) as error:
        raise StartupError(f"SAYSO_MODEL={name}: {error}") from error


def _compatible(name: str, base_url: str) -> Model:
    from pydantic_ai.models.openai import OpenAIChatModel
    from pydantic_ai.providers.openai import OpenAIProvider

    key = os.environ.get("OPENAI_API_KEY", "none")  # most local servers want one and ignore it
    return OpenAIChatModel(name.removeprefix("openai:"), provider=OpenAIProvider(base_url=base_url, api_key=key))
