"""What the vendors' APIs demand of the very JSON that is sent to them, beside the rules of `history_rules`.

OpenAI responses (API reference; the texts of its 400 errors):
 P1 "No tool output found for function call …": each function_call has its one function_call_output, later in the input
    and before the next message.
 P2 "No tool call found for function call output …": no orphans.
"""

import json
from collections.abc import Sequence
from typing import Any

from tests.kit.history_rules import anthropic_problems, openai_problems

Json = dict[str, Any]


def wire_problems(path: str, body: Json) -> list[str]:
    """Every rule that this request breaks."""
    found = [f"T1 {name}" for name in _tool_names(body) if not (0 < len(name) <= 64)]
    path = path.partition("?")[0]
    if path.endswith("/chat/completions"):
        return [*found, *openai_problems([_chat(message) for message in body["messages"]])]
    if path.endswith("/responses"):
        return [*found, *_responses_problems(body["input"])]
    if path.endswith("/messages"):
        return [*found, *anthropic_problems([_anthropic(message) for message in body["messages"]])]
    return [f"unknown path {path}"]


def _tool_names(body: Json) -> list[str]:
    return [tool.get("name") or tool["function"]["name"] for tool in body.get("tools", ())]


def _chat(message: Json) -> Json:
    calls = [{"id": call["id"], **call["function"]} for call in message.get("tool_calls") or ()]
    return {key: value for key, value in message.items() if key != "tool_calls"} | (
        {"tool_calls": calls} if calls else {}
    )


def _anthropic(message: Json) -> Json:
    content = message["content"]
    return {**message, "content": [{"type": "text", "text": content}] if isinstance(content, str) else content}


def _responses_problems(items: Sequence[Json]) -> list[str]:
    found: list[str] = []
    waiting: list[str] = []
    for index, item in enumerate(items):
        kind = item.get("type", "message")
        if kind == "function_call":
            waiting.append(item["call_id"])
            if not isinstance(json.loads(item["arguments"]), dict):
                found.append(f"O4 item {index}: arguments are no object")
        elif kind == "function_call_output":
            if item["call_id"] not in waiting:
                found.append(f"P2 item {index}: {item['call_id']} answers no open call")
            else:
                waiting.remove(item["call_id"])
        elif kind == "message":
            if item["role"] == "user":
                found += [f"P1 before item {index}: {call} has no result" for call in waiting]
            if not item["content"]:
                found.append(f"O4 item {index}: empty")
    return [*found, *(f"P1 at the end: {call} has no result" for call in waiting)]
