"""Plain schemas tell a model what it needs, and every vendor's adapter takes them."""

import json
from typing import Any

import pytest
from pydantic import BaseModel, Field
from pydantic_ai._json_schema import JsonSchemaTransformer
from pydantic_ai.profiles.google import GoogleJsonSchemaTransformer
from pydantic_ai.profiles.openai import OpenAIJsonSchemaTransformer
from pydantic_ai.providers.anthropic import AnthropicJsonSchemaTransformer

from sayso.agent.calls import REPLACES
from sayso.agent.offered import definitions
from sayso.agent.schemas import plain
from sayso.tools.registry import toolbox

SENT = {name: tool.parameters_json_schema for name, tool in definitions(toolbox()).items()}


class Inner(BaseModel):
    title: str | None = Field(None, description="What.")


class Other(BaseModel):
    default: int = Field(0, ge=0, le=9)


class Outer(BaseModel):
    """Outer."""

    one: Inner | None = Field(None, description="Once.")
    two: list[Other]
    more: Other
    either: int | str | None = None
    day: str = "today"
    on: bool = True
    off: bool = False


def test_what_tells_nothing_is_left_out() -> None:
    assert plain(Outer.model_json_schema()) == {
        "type": "object",
        "description": "Outer.",
        "properties": {
            "one": {
                "type": "object",
                "description": "Once.",
                "properties": {"title": {"type": "string", "description": "What."}},
            },
            "two": {"type": "array", "items": {"$ref": "#/$defs/Other"}},
            "more": {"$ref": "#/$defs/Other"},
            "either": {"anyOf": [{"type": "integer"}, {"type": "string"}]},
            "day": {"type": "string", "default": "today"},
            "on": {"type": "boolean", "default": True},
            "off": {"type": "boolean"},
        },
        "required": ["two", "more"],
        "$defs": {
            "Other": {"type": "object", "properties": {"default": {"type": "integer", "minimum": 0, "maximum": 9}}}
        },
    }


@pytest.mark.parametrize("name", sorted(toolbox()))
def test_of_every_tool_the_same_arguments_are_there(name: str) -> None:
    whole, sent = toolbox()[name].Args.model_json_schema(), SENT[name]
    assert {"type": "object", "properties": {}}.items() <= (sent | {"properties": {}}).items()
    assert sent["properties"].keys() - {REPLACES} == whole["properties"].keys()
    assert sent.get("required") == whole.get("required")
    for argument, field in sent["properties"].items():
        assert field["type"] in ("string", "integer", "boolean", "array"), argument
        assert field.get("description") == whole["properties"].get(argument, {}).get("description")
    said = json.dumps(sent)
    assert not [each for each in ("null", "axLength", "inLength", "Items", "examples", "$defs") if each in said]


ADAPTERS = [OpenAIJsonSchemaTransformer, AnthropicJsonSchemaTransformer, GoogleJsonSchemaTransformer]


@pytest.mark.parametrize("adapter", ADAPTERS, ids=lambda adapter: adapter.__name__)
@pytest.mark.parametrize("name", sorted(SENT))
def test_adapters_of_vendors_require_nothing_more(name: str, adapter: type[JsonSchemaTransformer]) -> None:
    """Strict modes make everything required: no tool may fall into one that has an argument which may be left out."""
    made = adapter(SENT[name])
    walked: dict[str, Any] = made.walk()
    assert walked["type"] == "object"
    assert walked.get("required", []) == SENT[name].get("required", [])
    if adapter is OpenAIJsonSchemaTransformer and made.is_strict_compatible:
        assert set(walked["required"]) == set(walked["properties"])


def test_all_of_them_together_are_short() -> None:
    whole = [tool.Args.model_json_schema() for tool in toolbox().values()]
    assert len(json.dumps([*SENT.values()])) < len(json.dumps(whole)) * 0.65
