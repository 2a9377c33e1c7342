"""A vendor's server that cuts its answers, streamed and whole.

It speaks OpenAI's chat and responses, Anthropic's messages and Gemini. The user's message says how: a reason as the
vendor names it, "odd" and "own" (one that no vendor's reference has, for a cut and for a whole answer), "unended" (a
stream without a reason), "refuse", "whole"; with "call" in it, the answer is a tool call behind a few words, with "half
call" one whose arguments are cut, with "empty" it has no words, with "think" it begins with a thought that the vendor
wants back. After a result of a call it says a word.
"""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

WORDS = "First the dough, then"
REFUSAL = "I can't help with that."
THOUGHT = "Rye, perhaps."
ARGUMENTS = json.dumps({"title": "Bake bread", "notes": "with rye"})
REASONS = {
    "chat": {
        "length": "length", "filter": "content_filter", "whole": "stop", "odd": "abort", "own": "eos", "refuse": "stop",
    },
    "responses": {
        "length": "max_output_tokens", "filter": "content_filter", "whole": "completed", "odd": "steered",
        "own": "completed", "refuse": "completed",
    },
    "messages": {
        "length": "max_tokens", "full": "model_context_window_exceeded", "whole": "end_turn", "odd": "abort",
        "own": "Complete", "refuse": "refusal", "pause": "pause_turn",
    },
    "gemini": {
        "length": "MAX_TOKENS", "filter": "SAFETY", "quote": "RECITATION", "broken": "MALFORMED_FUNCTION_CALL",
        "whole": "STOP", "odd": "OTHER", "own": "STOP",
    },
}  # fmt: skip
"""By dialect, what each script ends with."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What is said. `reason` None: it never ends; `arguments` None: without a call."""

    reason: str | None
    words: str
    arguments: str | None
    refuses: bool
    thinks: bool


@dataclass(slots=True)
class Cutter:
    """`url`: without a path. `requests`: the bodies that came in."""

    url: str
    requests: list[Any] = field(default_factory=list)


def _last(body: Any) -> str:
    """The user's last words, or nothing when a result came last."""
    messages = body.get("messages") or body.get("contents") or body.get("input")
    last = messages[-1]
    if last.get("role") == "tool" or "call_id" in last:
        return ""
    said = last.get("content") or last.get("parts")
    return said if isinstance(said, str) else "".join(part.get("text", "") for part in said)


def _dialect(path: str) -> str:
    ends = {"/chat/completions": "chat", "/responses": "responses", "/messages": "messages"}
    return next((name for end, name in ends.items() if path.partition("?")[0].endswith(end)), "gemini")


def _answer(dialect: str, asked: str) -> Answer:
    reasons = REASONS[dialect]
    script = next((name for name in reasons if asked.startswith(name)), None)
    reason = reasons["whole"] if not asked else reasons.get(script or "")
    calls = "call" in asked
    if calls and script == "whole":
        reason = {"chat": "tool_calls", "messages": "tool_use"}.get(dialect, reason)
    arguments = (ARGUMENTS[:25] if "half" in asked else ARGUMENTS) if calls else None
    words = "" if "empty" in asked else WORDS
    return Answer(reason, words, arguments, script == "refuse" and dialect != "messages", "think" in asked)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: "_Server"

    def log_message(self, *args: Any) -> None:
        """Says nothing."""

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.requests.append(body)
        dialect = _dialect(self.path)
        stream = bool(body.get("stream")) or ":streamGenerateContent" in self.path
        answer = _DIALECTS[dialect](_answer(dialect, _last(body)), stream)
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream" if stream else "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    requests: list[Any]


def _whole(arguments: str | None) -> Any:
    return json.loads(ARGUMENTS) if arguments == ARGUMENTS else {"title": "Bake bread"}


def _chat(answer: Answer, stream: bool) -> bytes:
    call = {"id": "c1", "type": "function", "function": {"name": "create_task", "arguments": answer.arguments}}
    said: Any = {"refusal": REFUSAL} if answer.refuses else {"content": answer.words}
    message: Any = {"role": "assistant", "content": None, **said}
    message |= {"reasoning_content": THOUGHT} if answer.thinks else {}
    head = {"id": "x", "created": 1, "model": "m"}
    if not stream:
        message |= {"tool_calls": [call]} if answer.arguments else {}
        choice = {"index": 0, "message": message, "finish_reason": answer.reason}
        return json.dumps({**head, "object": "chat.completion", "choices": [choice]}).encode()
    deltas: list[Any] = [message]
    deltas += [{"tool_calls": [{"index": 0, **call}]}] if answer.arguments else []
    choices = [{"index": 0, "delta": delta, "finish_reason": None} for delta in deltas]
    choices += [{"index": 0, "delta": {}, "finish_reason": answer.reason}] if answer.reason else []
    chunks = [{**head, "object": "chat.completion.chunk", "choices": [choice]} for choice in choices]
    lines = [json.dumps(chunk) for chunk in chunks] + (["[DONE]"] if answer.reason else [])
    return "".join(f"data: {line}\n\n" for line in lines).encode()


def _messages(answer: Answer, stream: bool) -> bytes:
    usage = {"input_tokens": 1, "output_tokens": 1}
    head = {"id": "m", "type": "message", "role": "assistant", "model": "claude-sonnet-5-5", "usage": usage}
    blocks: list[tuple[Any, list[Any]]] = []
    if answer.thinks:
        empty: Any = {"type": "thinking", "thinking": "", "signature": ""}
        signed = {"type": "signature_delta", "signature": "c2lnbmVk"}
        blocks.append((empty, [{"type": "thinking_delta", "thinking": THOUGHT}, signed]))
    if answer.words:
        blocks.append(({"type": "text", "text": ""}, [{"type": "text_delta", "text": answer.words}]))
    if answer.arguments:
        call: Any = {"type": "tool_use", "id": "t1", "name": "create_task", "input": {}}
        blocks.append((call, [{"type": "input_json_delta", "partial_json": answer.arguments}]))
    if not stream:
        content = [_filled(block, deltas, answer) for block, deltas in blocks]
        return json.dumps({**head, "content": content, "stop_reason": answer.reason, "stop_sequence": None}).encode()
    started = {**head, "content": [], "stop_reason": None, "stop_sequence": None}
    events: list[Any] = [{"type": "message_start", "message": started}]
    for index, (block, deltas) in enumerate(blocks):
        events.append({"type": "content_block_start", "index": index, "content_block": block})
        events += [{"type": "content_block_delta", "index": index, "delta": delta} for delta in deltas]
        events.append({"type": "content_block_stop", "index": index})
    if answer.reason:
        delta = {"stop_reason": answer.reason, "stop_sequence": None}
        events += [{"type": "message_delta", "delta": delta, "usage": usage}, {"type": "message_stop"}]
    return _events(events)


def _filled(block: Any, deltas: list[Any], answer: Answer) -> Any:
    if block["type"] == "tool_use":
        return {**block, "input": _whole(answer.arguments)}
    return {**block, **{key: value for delta in deltas for key, value in delta.items() if key != "type"}}


def _responses(answer: Answer, stream: bool) -> bytes:
    said: Any = {"type": "output_text", "text": answer.words, "annotations": []}
    refused: Any = {"type": "refusal", "refusal": REFUSAL}
    said = refused if answer.refuses else said
    output: list[Any] = []
    if answer.thinks:
        summary = [{"type": "summary_text", "text": THOUGHT}]
        output.append({"type": "reasoning", "id": "rs_1", "summary": summary, "encrypted_content": "c2VhbGVk"})
    if answer.words or answer.refuses:
        item = {"type": "message", "id": "msg_1", "role": "assistant", "status": "completed", "content": [said]}
        output.append(item)
    if answer.arguments:
        call: Any = {"type": "function_call", "id": "fc_1", "call_id": "call_1", "name": "create_task"}
        output.append({**call, "arguments": answer.arguments, "status": "completed"})
    done = answer.reason == "completed"
    response: Any = {
        "id": "resp_1", "object": "response", "created_at": 1, "model": "m", "output": output, "tools": [],
        "status": "completed" if done else "incomplete" if answer.reason else "in_progress",
        "incomplete_details": None if done or not answer.reason else {"reason": answer.reason},
        "parallel_tool_calls": True, "tool_choice": "auto",
    }  # fmt: skip
    if not stream:
        return json.dumps(response).encode()
    begun = {**response, "output": [], "status": "in_progress", "incomplete_details": None}
    events: list[Any] = [{"type": "response.created", "response": begun}]
    for index, item in enumerate(output):
        events += _item_events(index, item, answer)
    ended = "response.completed" if done else "response.incomplete"
    events += [{"type": ended, "response": response}] if answer.reason else []
    return _events([{**event, "sequence_number": number} for number, event in enumerate(events)])


def _item_events(index: int, item: Any, answer: Answer) -> list[Any]:
    at = {"item_id": item["id"], "output_index": index}
    text = {**at, "content_index": 0}
    kind, middle = item["type"], list[Any]()
    if kind == "message" and answer.refuses:
        middle = [{"type": "response.refusal.delta", **text, "delta": REFUSAL}]
        middle += [{"type": "response.refusal.done", **text, "refusal": REFUSAL}]
    elif kind == "message":
        middle = [{"type": "response.output_text.delta", **text, "delta": answer.words, "logprobs": []}]
    elif kind == "function_call":
        middle = [{"type": "response.function_call_arguments.delta", **at, "delta": answer.arguments}]
    added = {**item, "content": []} if kind == "message" else {**item, "arguments": ""}
    added = {**item, "summary": []} if kind == "reasoning" else added
    return [
        {"type": "response.output_item.added", "output_index": index, "item": added},
        *middle,
        {"type": "response.output_item.done", "output_index": index, "item": item},
    ]


def _gemini(answer: Answer, stream: bool) -> bytes:
    parts: list[Any] = [{"text": THOUGHT, "thought": True}] if answer.thinks else []
    parts += [{"text": answer.words}] if answer.words else []
    if answer.arguments:
        call: Any = {"functionCall": {"name": "create_task", "args": _whole(answer.arguments)}}
        parts.append({**call, **({"thoughtSignature": "c2lnbmVk"} if answer.thinks else {})})
    elif answer.thinks:
        parts.append({"text": "", "thoughtSignature": "c2lnbmVk"})
    usage = {"promptTokenCount": 1, "candidatesTokenCount": 1, "totalTokenCount": 2}
    head = {"usageMetadata": usage, "modelVersion": "m", "responseId": "r1"}
    content = {"role": "model", "parts": parts}
    end = {"finishReason": answer.reason} if answer.reason else {}
    if not stream:
        return json.dumps({**head, "candidates": [{"content": content, **end}]}).encode()
    pieces = [[part] for part in parts] or [[]]
    chunks: list[Any] = [{"content": {"role": "model", "parts": piece}} for piece in pieces]
    chunks[-1] |= end
    return "".join(f"data: {json.dumps({**head, 'candidates': [chunk]})}\n\n" for chunk in chunks).encode()


def _events(events: list[Any]) -> bytes:
    return "".join(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n" for event in events).encode()


_DIALECTS: dict[str, Callable[[Answer, bool], bytes]] = {
    "chat": _chat, "messages": _messages, "responses": _responses, "gemini": _gemini,
}  # fmt: skip


@contextmanager
def cutter() -> Iterator[Cutter]:
    server = _Server(("127.0.0.1", 0), _Handler)
    told = Cutter(f"http://127.0.0.1:{server.server_port}")
    server.requests = told.requests
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield told
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
