"""A vendor's server that cuts its answers: OpenAI's chat and Anthropic's messages, streamed and whole.

The user's message says how: a reason as the vendor names it, "odd" and "own" (one that no vendor's
reference has, for a cut and for a whole answer), "unended" (a stream without a reason), "whole"; with
"call" in it, the answer is a tool call behind a few words, with "half call" one whose arguments are cut.
"""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

WORDS = "First the dough, then"
ARGUMENTS = json.dumps({"title": "Bake bread", "notes": "with rye"})
OPENAI = {"length": "length", "filter": "content_filter", "whole": "stop", "odd": "abort", "own": "eos"}
ANTHROPIC = {"length": "max_tokens", "filter": "refusal", "whole": "end_turn", "odd": "abort", "own": "Complete"}


def _asked(body: Any) -> str:
    said = [message["content"] for message in body["messages"] if message["role"] == "user"][-1]
    return said if isinstance(said, str) else "".join(part.get("text", "") for part in said)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args: Any) -> None:
        """Says nothing."""

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        asked = _asked(body)
        calls = "call" in asked
        arguments = ARGUMENTS[:25] if "half" in asked else ARGUMENTS
        chat = self.path.endswith("/chat/completions")
        reasons = OPENAI if chat else ANTHROPIC
        reason = next((value for name, value in reasons.items() if asked.startswith(name)), None)
        if reason == reasons["whole"] and calls:
            reason = "tool_calls" if chat else "tool_use"
        answer = (_chat if chat else _messages)(reason, arguments if calls else None, bool(body.get("stream")))
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream" if body.get("stream") else "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)


def _chat(reason: str | None, arguments: str | None, stream: bool) -> bytes:
    call = {"id": "c1", "type": "function", "function": {"name": "create_task", "arguments": arguments}}
    message: Any = {"role": "assistant", "content": WORDS, **({"tool_calls": [call]} if arguments else {})}
    head = {"id": "x", "created": 1, "model": "m"}
    if not stream:
        choice = {"index": 0, "message": message, "finish_reason": reason}
        return json.dumps({**head, "object": "chat.completion", "choices": [choice]}).encode()
    deltas: list[Any] = [{"role": "assistant", "content": WORDS}]
    deltas += [{"tool_calls": [{"index": 0, **call}]}] if arguments else []
    choices = [{"index": 0, "delta": delta, "finish_reason": None} for delta in deltas]
    choices += [{"index": 0, "delta": {}, "finish_reason": reason}] if reason else []
    chunks = [{**head, "object": "chat.completion.chunk", "choices": [choice]} for choice in choices]
    lines = [json.dumps(chunk) for chunk in chunks] + (["[DONE]"] if reason else [])
    return "".join(f"data: {line}\n\n" for line in lines).encode()


def _messages(reason: str | None, arguments: str | None, stream: bool) -> bytes:
    usage = {"input_tokens": 1, "output_tokens": 1}
    head = {"id": "m", "type": "message", "role": "assistant", "model": "claude-sonnet-5-5", "usage": usage}
    call: Any = {"type": "tool_use", "id": "t1", "name": "create_task"}
    if not stream:
        whole = {"title": "Bake bread"} if arguments != ARGUMENTS else json.loads(ARGUMENTS)
        content = [{"type": "text", "text": WORDS}, *([{**call, "input": whole}] if arguments else [])]
        return json.dumps({**head, "content": content, "stop_reason": reason, "stop_sequence": None}).encode()
    events: list[Any] = [
        {"type": "message_start", "message": {**head, "content": [], "stop_reason": None, "stop_sequence": None}},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": WORDS}},
        {"type": "content_block_stop", "index": 0},
    ]
    if arguments:
        delta: Any = {"type": "input_json_delta", "partial_json": arguments}
        events += [
            {"type": "content_block_start", "index": 1, "content_block": {**call, "input": {}}},
            {"type": "content_block_delta", "index": 1, "delta": delta},
            {"type": "content_block_stop", "index": 1},
        ]
    if reason:
        delta = {"stop_reason": reason, "stop_sequence": None}
        events += [{"type": "message_delta", "delta": delta, "usage": usage}, {"type": "message_stop"}]
    return "".join(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n" for event in events).encode()


@contextmanager
def cutter() -> Iterator[str]:
    """Its address, without a path."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
