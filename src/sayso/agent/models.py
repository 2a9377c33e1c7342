"""Which language model answers: the embedded grammar, or any that Pydantic AI speaks to.

Vendors' libraries are imported when a model of theirs is named, never before.
"""

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from pydantic_ai.models import Model

from sayso.base.errors import StartupError
from sayso.tools.base import ToolContext

if TYPE_CHECKING:
    from pydantic_ai.settings import ModelSettings

OFFLINE = "offline"
CALL_SECONDS = 60.0  # that one attempt may stay silent; half a turn, where that is longer
RETRIES = 3  # after 408, 409, 429, 5xx and lost connections, with back-off and Retry-After, by the vendor's library
OLLAMA_URL = "http://127.0.0.1:11434/v1"
_COMPATIBLE = ("openai-chat:", "openai:", "ollama:", "vllm:", "litellm:")  # prefixes that a base URL makes needless
_EXTRAS = {"openai": "openai", "anthropic": "anthropic", "google-genai": "google", "google": "google"}


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
    name: str = OFFLINE
    words_outcomes: bool = False

    def model(self, context: ToolContext) -> Model:
        from sayso.offline import OfflineModel

        return OfflineModel(context.now, context.timezone)


@dataclass(frozen=True, slots=True)
class Remote:
    name: str
    remote: Model
    words_outcomes: bool = True

    def model(self, context: ToolContext) -> Model:
        return self.remote

    async def open(self) -> None:
        """Take over the model's connections, so that `close` ends them."""
        await self.remote.__aenter__()

    async def close(self) -> None:
        await self.remote.__aexit__(None, None, None)


def model_source(
    name: str, base_url: str | None = None, fallback: str | None = None, turn_seconds: float = 120
) -> ModelSource:
    """The model of the settings: `offline`, or anything that Pydantic AI knows by `provider:name`.

    With `base_url` an OpenAI-compatible server at that address; `name` is then the model's name there. `fallback` is
    asked when the model does not answer, or not within half a turn. Raises StartupError when a name is unknown, its key
    is missing or its library is not installed.
    """
    if name == OFFLINE:
        return Offline()
    primary = named("SAYSO_MODEL", name, base_url)
    silent = max(CALL_SECONDS, turn_seconds / 2)
    if fallback is None:
        return Remote(name, _tuned(primary, {"timeout": silent}))
    from pydantic_ai.models.fallback import FallbackModel

    chain = FallbackModel(primary, named("SAYSO_MODEL_FALLBACK", fallback, None))
    return Remote(name, _tuned(chain, {"timeout": silent, "request_timeout": turn_seconds / 2}))


def named(setting: str, name: str, base_url: str | None) -> Model:
    """A model by its name. Raises StartupError, which names the setting."""
    from pydantic_ai.exceptions import UserError
    from pydantic_ai.models import infer_model

    try:
        if base_url:
            return _compatible(name, base_url)
        if name.startswith("ollama:") and not os.environ.get("OLLAMA_BASE_URL"):
            return _compatible(name, OLLAMA_URL)
        return infer_model(name)
    except (UserError, ImportError, ValueError) as error:
        raise StartupError(f"{setting}={name}: {_plainly(error)}") from error


def _compatible(name: str, base_url: str) -> Model:
    from pydantic_ai.models.openai import OpenAIChatModel, OpenAIResponsesModel
    from pydantic_ai.providers.openai_compatible import OpenAICompatibleProvider

    key = os.environ.get("OPENAI_API_KEY") or "none"  # most local servers want one and ignore it
    provider = OpenAICompatibleProvider("openai-compatible", base_url=base_url, api_key=key)
    if name.startswith("openai-responses:"):
        return OpenAIResponsesModel(name.removeprefix("openai-responses:"), provider=provider)
    prefix = next((prefix for prefix in _COMPATIBLE if name.startswith(prefix)), "")
    return OpenAIChatModel(name.removeprefix(prefix), provider=provider)


def _tuned(model: Model, settings: "ModelSettings") -> Model:
    """The model with these settings, and our retries and prompt caching, where its vendor has them."""
    from pydantic_ai.models.wrapper import WrapperModel
    from pydantic_ai.settings import ModelSettings, merge_model_settings

    ours = ModelSettings(max_retries=RETRIES, cache=True)
    ours.update(settings)

    class Tuned(WrapperModel):
        @property
        def settings(self) -> ModelSettings | None:
            return merge_model_settings(ours, self.wrapped.settings)

    return Tuned(model)


def _plainly(error: Exception) -> str:
    """What is wrong with a name, for the person at the terminal; Pydantic AI's own words, where they fit."""
    text = str(error)
    if isinstance(error, ImportError):
        library = text.partition("`")[2].partition("`")[0]
        extra = _EXTRAS.get(library)
        how = f"pip install 'sayso[{extra}]'" if extra else f"pip install {library or 'its library'}"
        return f"the library {library} is not installed: {how}."
    if text.startswith("Set the `"):
        variable = text.partition("`")[2].partition("`")[0]
        return f"{variable} is not set."
    if text.startswith("Unknown model"):
        return "no such model; name it as provider:name, such as anthropic:claude-sonnet-5-5."
    return text.partition("\n")[0]
