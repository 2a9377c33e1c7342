"""What a model is told of a call that failed: a sentence for everybody, and beside it how the call is mended.

`message` may be quoted to the user; `mend`, `example` and `candidates` are for whoever calls again.
"""

import json
import re
from collections.abc import Mapping
from difflib import get_close_matches
from functools import cache
from typing import Any, Final

from pydantic import BaseModel, ValidationError
from pydantic_ai.messages import ToolCallPart, ToolReturnPart
from pydantic_core import ErrorDetails

from sayso.agent.own_tools import OWN_TOOLS
from sayso.base.steps import TooManySteps
from sayso.tools.base import NotConnected, ObjectChanged, ObjectNotFound, Toolbox, ToolInputError, WorkspaceError
from sayso.tools.wording import join

MISTAKES = (ValidationError, ToolInputError, WorkspaceError, TooManySteps)
"""What a call may end in that is not a fault of ours."""
SHORT = 80
"""Characters of a wrong value, or of what is around a wrong place, that are quoted."""

_MEND: Final = {
    "ambiguous": "Call again with the id of the candidate that is meant, or ask the user.",
    "nothing_to_do": "Leave this call out: nothing is to be changed.",
    "other_part": "Propose it when the user has confirmed that one, or with its number in `replaces` to drop it.",
    "only_you": "No call can help: tell the user.",
    "not_own_words": "Leave that out, use the user's own words, or ask the user to write it.",
    "too_many_waiting": "No call can help: tell the user.",
    "own_event": "Change it with update_calendar_event, or delete it with delete_calendar_event.",
    "past": "Call again with a later time, or ask the user.",
    "missing": "Call again with what is missing, or ask the user.",
}
"""By the code of an error."""
_NEAR: Final = "Call again with the id of a candidate if one is meant; else ask the user."
_LOOK: Final = {
    "event": ("list_calendar_events", "search_calendar_events"),
    "task": ("list_tasks",),
    "list": ("list_task_lists",),
    "message": ("search_mail",),
    "draft": ("search_mail",),
    "contact": ("find_contact",),
    "guest": ("search_calendar_events",),
    "label": ("list_labels", "search_mail"),
}
"""By the kind of thing that was not found, the tools that show which there are."""
_FAR: Final[tuple[tuple[type[WorkspaceError], str], ...]] = (
    (ObjectChanged, "Read it again, and propose from what it says now."),
    (ObjectNotFound, "It is gone: look for it again, or tell the user."),
    (NotConnected, "No call can help: tell the user."),
)


def mistake(error: Exception, tool: str, tools: Toolbox) -> dict[str, Any]:
    """An error of a call of the tool, one of MISTAKES: its `code` and `message`, and what code and models may know
    beside. `tools`: what the model may call."""
    if isinstance(error, ValidationError):
        args = _args_of(tool, tools)
        sentences = "; ".join(_problem(item, args) for item in error.errors())
        return {"code": "invalid", "message": f"These arguments do not fit: {sentences}.", **_example(args)}
    if isinstance(error, ToolInputError):
        return {"code": error.code, "message": str(error), **error.beside, **_mend(error, tool, tools)}
    mend = next((mend for kind, mend in _FAR if isinstance(error, kind)), "")
    return {"code": "failed", "message": str(error)} | ({"mend": mend} if mend else {})


def no_such_tool(name: str, tools: Toolbox) -> ToolInputError:
    """The error that names the nearest ones, whatever the order of the words in a name is."""
    known = {" ".join(sorted(each.split("_"))): each for each in (*tools, *OWN_TOOLS)}
    near = get_close_matches(" ".join(sorted(re.split(r"[_-]", name.lower()))), known, n=3)
    which = f"did you mean {join([known[each] for each in near], 'or')}?" if near else "call one that you were given."
    return ToolInputError(f"There is no tool {name!r}; {which}", "not_found")


def arguments(call: ToolCallPart) -> dict[str, Any]:
    """The arguments of a call. Raises ToolInputError that says where they are no JSON object."""
    try:
        return call.args_as_dict(raise_if_invalid=True)
    except (ValueError, AssertionError) as error:
        raise ToolInputError(f"The arguments are no JSON object: {error}{_where(call.args, str(error))}.") from error


def returned(call: ToolCallPart, result: dict[str, Any]) -> ToolReturnPart:
    """The result of a call as the model's API is told it: one that failed as an error."""
    if "error" in result:
        return ToolReturnPart(call.tool_name, result["error"], call.tool_call_id, outcome="retried")
    return ToolReturnPart(call.tool_name, result, call.tool_call_id)


def _where(text: object, error: str) -> str:
    """What stands at the column of a JSON error."""
    at = re.search(r"line 1 column (\d+)", error)
    if not isinstance(text, str) or not at:
        return ""
    column = int(at[1])
    return f", behind `{text[max(column - SHORT // 2, 0) : column]}`"


def _args_of(tool: str, tools: Toolbox) -> type[BaseModel] | None:
    return OWN_TOOLS.get(tool) or (tools[tool].Args if tool in tools else None)


def _problem(item: ErrorDetails, args: type[BaseModel] | None) -> str:
    """What is wrong with one argument, and what it may be."""
    name = f"`{'.'.join(map(str, item['loc']))}`"
    given = item["input"]
    match item["type"]:
        case "extra_forbidden":
            known = [*args.model_fields] if args else []
            near = get_close_matches(str(item["loc"][-1]), known, n=1)
            there = f"did you mean `{near[0]}`?" if near else f"there are {', '.join(known)}" if known else ""
            return f"{name}: there is no such argument; {there}" if there else f"{name}: there is no such argument"
        case "missing":
            return f"{name} is missing"
        case "string_too_long":
            return f"{name} has {len(given):,} characters, {item['ctx']['max_length']:,} at most are taken"
        case "value_error":
            return item["msg"].removeprefix("Value error, ")
    said = re.sub(r"^(?:Input|String|List|Value)(?= should)", name, item["msg"])
    shown = json.dumps(given, ensure_ascii=False, default=str)
    it_was = f" (it was {shown})" if len(shown) <= SHORT and not isinstance(given, list) else ""
    return (said if said.startswith(name) else f"{name}: {said}") + it_was


def _mend(error: ToolInputError, tool: str, tools: Toolbox) -> dict[str, Any]:
    if error.code == "missing":
        return {"mend": _MEND["missing"], **_example(_args_of(tool, tools))}
    if error.code != "not_found":
        return {"mend": _MEND[error.code]} if error.code in _MEND else {}
    if error.candidates:
        return {"mend": _NEAR}
    look = " or ".join(name for name in _LOOK.get(error.kind, ()) if name in tools)
    return {"mend": f"Look with {look}, or ask the user."} if look else {}


def _example(args: type[BaseModel] | None) -> dict[str, Any]:
    found = _example_of(args) if args else {}
    return {"example": found} if found else {}


@cache
def _example_of(args: type[BaseModel]) -> dict[str, Any]:
    """Arguments of a call with what it cannot do without: of several that stand for one another, the first."""
    schema = args.model_json_schema()
    fields = schema.get("properties", {})
    needed = dict.fromkeys([*[*fields][:1], *schema.get("required", ())])
    return {name: _value(fields[name], name) for name in needed}


def _value(field: Mapping[str, Any], name: str) -> Any:
    """What an argument may be, by its schema: an example, or the one in its description."""
    if field.get("type") == "array":
        return [_value(field.get("items", {}), name)]
    quoted = re.search(r'"([^"]+)"', field.get("description", ""))
    examples = [*field.get("examples", ()), *field.get("enum", ()), *(quoted.groups() if quoted else ())]
    return examples[0] if examples else field.get("minimum", field.get("default")) or f"the {name}"
