"""Which language model answers: the embedded grammar, or any that Pydantic AI speaks to.

Vendors' libraries are imported when a model of theirs is named, never before.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from pydantic_ai.models import Model

from sayso.base.errors import StartupError
from sayso.tools.base import ToolContext

if TYPE_CHECKING:
    from pydantic_ai.providers import Provider
    from pydantic_ai.settings import ModelSettings

OFFLINE = "offline"
CALL_SECONDS = 60.0  # that one attempt may stay silent; half a turn, where that is longer
RETRIES = 3  # after 408, 409, 429, 5xx and lost connections, with back-off and Retry-After, by the vendor's library
OLLAMA_URL = "http://127.0.0.1:11434/v1"
_COMPATIBLE = ("openai-chat:", "openai:", "ollama:", "vllm:", "litellm:")  # prefixes that a base URL makes needless
_EXTRAS = {"openai": "openai", "anthropic": "anthropic", "google-genai": "google", "google": "google"}


class NoSuchModel(Exception):
    """Why a model of that name cannot be had: a sentence for whoever named it."""


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

        closed = {str(part): why for part, why in context.workspace.closed.items()}
        return OfflineModel(context.now, context.timezone, closed)


@dataclass(frozen=True, slots=True)
class Remote:
    name: str
    remote: Model = field(repr=False)
    words_outcomes: bool = True

    def model(self, context: ToolContext) -> Model:
        return self.remote

    async def open(self) -> None:
        """Take over the model's connections, so that `close` ends them; opened several times, the last one does."""
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
    primary = _of_setting("SAYSO_MODEL", name, base_url)
    if fallback is None:
        return Remote(name, _tuned(primary, {"timeout": _silent(turn_seconds)}))
    from pydantic_ai.models.fallback import FallbackModel

    chain = FallbackModel(primary, _of_setting("SAYSO_MODEL_FALLBACK", fallback, None))
    return Remote(name, _tuned(chain, {"timeout": _silent(turn_seconds), "request_timeout": turn_seconds / 2}))


def chosen_source(name: str, base_url: str | None, key: str | None, turn_seconds: float = 120) -> ModelSource:
    """A model that a user has chosen, with his own key. Raises NoSuchModel."""
    if name == OFFLINE:
        return Offline()
    return Remote(name, _tuned(named(name, base_url, key), {"timeout": _silent(turn_seconds)}))


def operators_key(base_url: str | None) -> str | None:
    """The key for a server that the operator names: no other server gets it."""
    return os.environ.get("OPENAI_API_KEY") if base_url else None


def named(name: str, base_url: str | None, key: str | None) -> Model:
    """A model by its name. Without `key` a vendor's is that of the environment, that of a server at `base_url` none.

    Raises NoSuchModel.
    """
    from pydantic_ai.exceptions import UserError
    from pydantic_ai.models import infer_model

    try:
        if base_url:
            return _compatible(name, base_url, key)
        if name.startswith("ollama:") and not os.environ.get("OLLAMA_BASE_URL"):
            return _compatible(name, OLLAMA_URL, key)
        if key is None:
            return infer_model(name)
        return infer_model(name, partial(_with_key, key))
    except (UserError, ImportError, ValueError) as error:
        said = _plainly(error)
        raise NoSuchModel(said.replace(key, "***") if key else said) from error


def _with_key(key: str, vendor: str) -> "Provider[Any]":
    from pydantic_ai.providers import infer_provider_class

    provider: Callable[..., Provider[Any]] = infer_provider_class(vendor)
    return provider(api_key=key)


def _of_setting(setting: str, name: str, base_url: str | None) -> Model:
    try:
        return named(name, base_url, operators_key(base_url))
    except NoSuchModel as error:
        raise StartupError(f"{setting}={name}: {error}") from error


def _silent(turn_seconds: float) -> float:
    return max(CALL_SECONDS, turn_seconds / 2)


def _compatible(name: str, base_url: str, key: str | None) -> Model:
    from pydantic_ai.models.openai import OpenAIChatModel, OpenAIResponsesModel
    from pydantic_ai.providers.openai_compatible import OpenAICompatibleProvider

    # Most local servers want a key and ignore it.
    provider = OpenAICompatibleProvider("openai-compatible", base_url=base_url, api_key=key or "none")
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
