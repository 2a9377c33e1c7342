"""The vendors that one can choose by a key alone. A server of one's own is chosen by its address instead."""

from dataclasses import dataclass
from importlib.util import find_spec

OLLAMA = "ollama"


@dataclass(frozen=True, slots=True)
class Vendor:
    """`example`: a model of theirs that calls tools. `variables`: where their key usually lies. `module`, `package`:
    what has to be importable, and how pip calls it."""

    id: str
    label: str
    example: str
    variables: tuple[str, ...]
    module: str
    package: str

    @property
    def problem(self) -> str | None:
        """What has to be done before it can be used: one sentence."""
        if _installed(self.module):
            return None
        return f"The library for {self.label} is not installed: pip install '{self.package}'."


VENDORS = (
    Vendor(
        "anthropic", "Anthropic", "anthropic:claude-sonnet-5-5", ("ANTHROPIC_API_KEY",), "anthropic", "sayso[anthropic]"
    ),
    Vendor("openai", "OpenAI", "openai:gpt-6.1-terra", ("OPENAI_API_KEY",), "openai", "sayso[openai]"),
    Vendor(
        "google",
        "Google",
        "google:gemini-3.8-flash",
        ("GOOGLE_API_KEY", "GEMINI_API_KEY"),
        "google.genai",
        "sayso[google]",
    ),
    Vendor(
        "mistral",
        "Mistral",
        "mistral:mistral-large-latest",
        ("MISTRAL_API_KEY",),
        "mistralai",
        "pydantic-ai-slim[mistral]",
    ),
    Vendor("groq", "Groq", "groq:openai/gpt-oss-120b", ("GROQ_API_KEY",), "groq", "pydantic-ai-slim[groq]"),
    Vendor("deepseek", "DeepSeek", "deepseek:deepseek-v4-pro", ("DEEPSEEK_API_KEY",), "openai", "sayso[openai]"),
    Vendor(
        "openrouter",
        "OpenRouter",
        "openrouter:anthropic/claude-sonnet-5.5",
        ("OPENROUTER_API_KEY",),
        "openai",
        "sayso[openai]",
    ),
    Vendor("xai", "xAI", "xai:grok-4.7", ("XAI_API_KEY",), "xai_sdk", "pydantic-ai-slim[xai]"),
)
_BY_PREFIX = {vendor.id: vendor for vendor in VENDORS}
_BY_PREFIX |= dict.fromkeys(("openai-chat", "openai-responses"), _BY_PREFIX["openai"])


def vendor_of(name: str) -> Vendor | None:
    """Whose model it is, by its name as `vendor:model`; None: nobody's of the list."""
    prefix, colon, model = name.partition(":")
    return _BY_PREFIX.get(prefix) if colon and model else None


def label_of(name: str) -> str:
    """What people call the model of that name."""
    if name == "offline":
        return "Offline, without a language model"
    prefix, colon, model = name.partition(":")
    vendor = vendor_of(name)
    whose = vendor.label if vendor else "Ollama" if prefix == OLLAMA and colon else None
    return f"{model} ({whose})" if whose else name


def _installed(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:  # of `google.genai`, that there is no `google`
        return False
