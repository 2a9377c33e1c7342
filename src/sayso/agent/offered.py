"""The tools as models see them."""

from collections.abc import Mapping
from typing import Any

from pydantic_ai.tools import ToolDefinition

from sayso.agent.calls import REPLACES
from sayso.agent.own_tools import FIND_TOOLS, LISTED_TOOLS, OWN_TOOLS, unlisted
from sayso.agent.schemas import plain
from sayso.agent.turn import Turn
from sayso.tools.base import AnyTool, ReadTool, Toolbox

Definitions = Mapping[str, ToolDefinition]


def definitions(toolbox: Toolbox) -> Definitions:
    """All that can be offered, by name. To make a schema costs more than a turn, so this is done once."""
    tools = [(tool.name, tool.description, _arguments(tool)) for tool in toolbox.values()]
    own = [(tool.name, tool.description, tool.model_json_schema()) for tool in OWN_TOOLS.values()]
    return {
        name: ToolDefinition(name=name, description=description, parameters_json_schema=plain(schema))
        for name, description, schema in (*tools, *own)
    }


def offered(turn: Turn, made: Definitions) -> list[ToolDefinition]:
    """What the model may call in its next response: always in one order, for the vendors' prompt caches."""
    names = [*turn.tools][:LISTED_TOOLS] + turn.found
    own = [name for name in OWN_TOOLS if name != FIND_TOOLS or unlisted(turn)]
    return [made[name] for name in (*names, *own)]


def _arguments(tool: AnyTool) -> dict[str, Any]:
    """The tool's own, and of a proposal what it takes the place of."""
    schema = tool.Args.model_json_schema()
    numbers = {"type": "array", "items": {"type": "integer"}}
    more = {} if isinstance(tool, ReadTool) else {REPLACES: numbers}
    return {**schema, "properties": schema.get("properties", {}) | more}
