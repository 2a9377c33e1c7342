"""What strict model APIs demand of a history, checked on the messages as they would be sent.

OpenAI, chat completions (API reference and the texts of its 400 errors):
 O1 "An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'":
    one for each call, exactly one, directly after it and before any other message.
 O2 "messages with role 'tool' must be a response to a preceding message with 'tool_calls'": no orphans.
 O3 An assistant message has content or tool calls; ids of the calls of one message differ.
 O4 The arguments of a call are a JSON object in a string; the content of a user message is not empty.
Anthropic, messages (docs: "Handle tool calls", "Messages"; the texts of its 400 errors):
 A1 "first message must use the user role"; consecutive messages of one role are merged, then roles alternate.
 A2 "`tool_use` ids were found without `tool_result` blocks immediately after": each tool_use has its one tool_result in
    the very next user message.
 A3 "unexpected `tool_use_id` found in `tool_result` blocks": each tool_result answers a tool_use of the message before.
 A4 "In the user message containing tool results, the tool_result blocks must come first": text comes behind them.
 A5 "text content blocks must be non-empty" and "must contain non-whitespace text"; no message without content.
 A6 `tool_use` ids are unique, and have only letters, digits, _ and -.
OpenAI and Anthropic: N1 the name of a call "should match pattern '^[a-zA-Z0-9_-]{1,64}$'".
Gemini (text of its 400 error): G1 a "function call turn comes immediately after a user turn or after a function
 response turn".
Mistral (text of its 400 error): M1 "Tool call id was … but must be a-z, A-Z, 0-9, with a length of 9".
OpenAI (responses) and Anthropic (texts of their 400 errors): T1 "reasoning was provided without its required following
 item", "the final block in an assistant message cannot be `thinking`".
All: R1 what is sent ends with a message that the model is to answer, not with one of its own.
"""

import json
import re
from collections import Counter
from collections.abc import Sequence, Set
from itertools import pairwise
from typing import Any

from pydantic_ai.messages import (
    ModelMessage,
    ModelRequest,
    ModelResponse,
    SystemPromptPart,
    TextPart,
    ThinkingPart,
    ToolCallPart,
    ToolReturnPart,
    UserPromptPart,
)

Wire = dict[str, Any]
_ID = re.compile(r"[A-Za-z0-9_-]+")
_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
_MISTRAL_ID = re.compile(r"[A-Za-z0-9]{9}")


def problems(messages: Sequence[ModelMessage]) -> list[str]:
    """Every rule that this history breaks; empty when every API would take it."""
    sent = to_anthropic(messages)
    others = [*gemini_problems(messages), *mistral_problems(sent), *thinking_problems(messages)]
    return [*openai_problems(to_openai(messages)), *anthropic_problems(sent), *others]


# --- as they would be sent -------------------------------------------------------------------------------------------


def to_openai(messages: Sequence[ModelMessage]) -> list[Wire]:
    sent: list[Wire] = []
    for message in filter(_is_sent, messages):
        if isinstance(message, ModelResponse):
            sent.append(_openai_response(message))
            continue
        for part in message.parts:
            if isinstance(part, SystemPromptPart):
                sent.append({"role": "system", "content": part.content})
            elif isinstance(part, UserPromptPart):
                sent.append({"role": "user", "content": part.content})
            elif isinstance(part, ToolReturnPart):
                sent.append({"role": "tool", "tool_call_id": part.tool_call_id, "content": part.model_response_str()})
            else:
                raise TypeError(f"no rule for {part}")
    return sent


def _is_sent(message: ModelMessage) -> bool:
    """Pydantic AI's clients leave out a response without parts, after which it has asked again."""
    return isinstance(message, ModelRequest) or bool(message.parts)


def _openai_response(message: ModelResponse) -> Wire:
    sent: Wire = {"role": "assistant"}
    text = "\n\n".join(part.content for part in message.parts if isinstance(part, TextPart))
    calls = [
        {"id": p.tool_call_id, "name": p.tool_name, "arguments": p.args_as_json_str()}
        for p in message.parts
        if isinstance(p, ToolCallPart)
    ]
    if text:
        sent["content"] = text
    if calls:
        sent["tool_calls"] = calls
    return sent


def to_anthropic(messages: Sequence[ModelMessage]) -> list[Wire]:
    """System prompts go elsewhere; neighbours of one role are one message, as the API merges them."""
    sent: list[Wire] = []
    for message in filter(_is_sent, messages):
        role = "assistant" if isinstance(message, ModelResponse) else "user"
        blocks = [block for part in message.parts if (block := _block(part)) is not None]
        if sent and sent[-1]["role"] == role:
            sent[-1]["content"] += blocks
        else:
            sent.append({"role": role, "content": blocks})
    return sent


def _block(part: Any) -> Wire | None:
    match part:
        case SystemPromptPart() | ThinkingPart() | TextPart(content="", provider_details={"thought_signature": _}):
            return None  # the last is for Gemini, and left out for others
        case UserPromptPart() | TextPart():
            return {"type": "text", "text": part.content}
        case ToolCallPart():
            return {"type": "tool_use", "id": part.tool_call_id, "name": part.tool_name, "input": part.args_as_dict()}
        case ToolReturnPart():
            return {"type": "tool_result", "tool_use_id": part.tool_call_id, "content": part.model_response_str()}
    raise TypeError(f"no rule for {part}")


# --- the rules -------------------------------------------------------------------------------------------------------


def openai_problems(sent: Sequence[Wire]) -> list[str]:
    found: list[str] = []
    open_calls: Counter[str] = Counter()
    for index, message in enumerate(sent):
        role = message["role"]
        if role == "tool":
            if open_calls[message["tool_call_id"]] != 1:
                found.append(f"O2 message {index}: result of {message['tool_call_id']} answers no open call")
            open_calls[message["tool_call_id"]] -= 1
            continue
        found += [f"O1 before message {index}: {call} has no result" for call, n in open_calls.items() if n > 0]
        open_calls = Counter()
        if role == "assistant":
            found += _openai_assistant(index, message)
            open_calls = Counter({call["id"]: 1 for call in message.get("tool_calls", ())})
        elif not message["content"]:
            found.append(f"O4 message {index}: empty")
    found += [f"O1 at the end: {call} has no result" for call, n in open_calls.items() if n > 0]
    if not sent or sent[-1]["role"] not in ("user", "tool"):
        found.append("R1 OpenAI: nothing to answer at the end")
    return found


def _openai_assistant(index: int, message: Wire) -> list[str]:
    found: list[str] = []
    calls = message.get("tool_calls", ())
    if not calls and not message.get("content"):
        found.append(f"O3 message {index}: the assistant says nothing")
    if len({call["id"] for call in calls}) != len(calls):
        found.append(f"O3 message {index}: two calls with one id")
    found += _names(index, calls)
    for call in calls:
        try:
            if not isinstance(json.loads(call["arguments"]), dict):
                found.append(f"O4 message {index}: arguments are no object")
        except ValueError:
            found.append(f"O4 message {index}: arguments are no JSON")
    return found


def anthropic_problems(sent: Sequence[Wire]) -> list[str]:
    found: list[str] = []
    if not sent or sent[0]["role"] != "user":
        found.append("A1 the first message is not the user's")
    before: list[str] = []
    seen: set[str] = set()
    for index, message in enumerate(sent):
        if index and sent[index - 1]["role"] == message["role"]:
            found.append(f"A1 message {index}: two of one role")
        blocks = message["content"]
        if not blocks:
            found.append(f"A5 message {index}: no content")
        found += [f"A5 message {index}: blank text" for b in blocks if b["type"] == "text" and not b["text"].strip()]
        if message["role"] == "assistant":
            before = [block["id"] for block in blocks if block["type"] == "tool_use"]
            found += _ids(index, before, seen)
            found += _names(index, [block for block in blocks if block["type"] == "tool_use"])
            seen.update(before)
        else:
            found += _results(index, blocks, before)
            before = []
    if before:
        found.append(f"A2 at the end: {before} without results")
    if sent and sent[-1]["role"] != "user":
        found.append("R1 Anthropic: nothing to answer at the end")
    return found


def _ids(index: int, ids: Sequence[str], seen: Set[str]) -> list[str]:
    found = [f"A6 message {index}: id {each!r}" for each in ids if not _ID.fullmatch(each)]
    twice = len(set(ids)) != len(ids) or not seen.isdisjoint(ids)
    return [*found, f"A6 message {index}: two calls with one id"] if twice else found


def gemini_problems(messages: Sequence[ModelMessage]) -> list[str]:
    """Of messages as they are kept; Gemini gets each as one of its own."""
    sent = list(filter(_is_sent, messages))
    return [
        f"G1 message {index}: a call behind the assistant's own words"
        for index, (before, message) in enumerate(pairwise(sent), 1)
        if isinstance(before, ModelResponse) and any(isinstance(part, ToolCallPart) for part in message.parts)
    ]


def thinking_problems(messages: Sequence[ModelMessage]) -> list[str]:
    return [
        f"T1 message {index}: thinking that nothing follows"
        for index, message in enumerate(messages)
        if isinstance(message, ModelResponse) and message.parts and isinstance(message.parts[-1], ThinkingPart)
    ]


def mistral_problems(sent: Sequence[Wire]) -> list[str]:
    """Of messages as for Anthropic."""
    ids = [block["id"] for message in sent for block in message["content"] if block["type"] == "tool_use"]
    return [f"M1 id {each!r}" for each in ids if not _MISTRAL_ID.fullmatch(each)]


def _names(index: int, calls: Sequence[Wire]) -> list[str]:
    names = [call["name"] for call in calls]
    return [f"N1 message {index}: name {name!r}" for name in names if not _NAME.fullmatch(name)]


def _results(index: int, blocks: Sequence[Wire], calls: Sequence[str]) -> list[str]:
    results = [block["tool_use_id"] for block in blocks if block["type"] == "tool_result"]
    found = [f"A2 message {index}: {call} without result" for call in calls if call not in results]
    found += [f"A3 message {index}: {each} answers no call" for each in results if each not in calls]
    if len(set(results)) != len(results):
        found.append(f"A2 message {index}: two results for one call")
    kinds = [block["type"] for block in blocks]
    if kinds != sorted(kinds, key=lambda kind: kind != "tool_result"):
        found.append(f"A4 message {index}: text before a result")
    return found
