"""Language models' servers on loopback, in threads: OpenAI's chat API, Anthropic's, and Ollama's list.

A message with "task" in it is answered by a call that creates one, "circles" by reads without end, anything else in
words. Each answer takes 100 tokens in and 20 out.
"""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

TAKEN = 120
TASK = ("create_task", {"title": "water the plants"})
READ = ("list_calendar_events", {"start": "today"})


class ModelServer:
    """What was sent to it, and how it answers from now on."""

    def __init__(self, port: int, says: str) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.says = says
        self.status = 200
        self.models: list[str] = []
        """What Ollama's list names."""
        self.asked: list[tuple[str, dict[str, str], Any]] = []
        """Path, headers and body of each request."""
        self.open = threading.Event()
        self.open.set()
        self.begun = threading.Semaphore(0)

    @property
    def keys(self) -> set[str]:
        """All keys that came with requests for answers."""
        sent = [headers for path, headers, _ in self.asked if not path.startswith("/api/")]
        return {each.get("x-api-key") or each.get("authorization", "").removeprefix("Bearer ") for each in sent}

    def answer(self, path: str, headers: dict[str, str], body: Any) -> tuple[int, Any]:
        self.asked.append((path, headers, body))
        if path == "/api/tags":
            return 200, {"models": [{"name": name} for name in self.models]}
        self.begun.release()
        self.open.wait(60)
        if self.status != 200:
            return self.status, {"error": {"message": f"Refused: {sorted(self.keys)}", "type": "authentication_error"}}
        if path.endswith("/messages"):
            return 200, _anthropic(body["model"], self.says, _call(body))
        return 200, _chat(body["model"], self.says, _call(body))


def _call(body: Any) -> tuple[str, dict[str, Any]] | None:
    last = json.dumps(body["messages"][-1]).lower()
    if "circles" in json.dumps(body["messages"]):
        return READ
    # The first message of a turn, with nothing behind it; not what is said once a plan has run.
    return TASK if "create" in last and "task" in last and "i confirmed" not in last else None


def _chat(model: str, says: str, call: tuple[str, dict[str, Any]] | None) -> Any:
    message: dict[str, Any] = {"role": "assistant", "content": None if call else says}
    if call:
        function = {"name": call[0], "arguments": json.dumps(call[1])}
        message["tool_calls"] = [{"id": "call_1", "type": "function", "function": function}]
    choice = {"index": 0, "message": message, "finish_reason": "tool_calls" if call else "stop"}
    usage = {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": TAKEN}
    told = {"id": "c", "object": "chat.completion", "created": 1, "model": model}
    return {**told, "choices": [choice], "usage": usage}


def _anthropic(model: str, says: str, call: tuple[str, dict[str, Any]] | None) -> bytes:
    """As a stream: the library asks for no other."""
    usage = {"input_tokens": 100, "output_tokens": 1}
    message = {"id": "msg_1", "type": "message", "role": "assistant", "model": model, "content": [], "usage": usage}
    if call:
        part: dict[str, Any] = {"type": "tool_use", "id": "toolu_1", "name": call[0], "input": {}}
        delta = {"type": "input_json_delta", "partial_json": json.dumps(call[1])}
    else:
        part, delta = {"type": "text", "text": ""}, {"type": "text_delta", "text": says}
    ending = {"stop_reason": "tool_use" if call else "end_turn", "stop_sequence": None}
    events: list[dict[str, Any]] = [
        {"type": "message_start", "message": {**message, "stop_reason": None, "stop_sequence": None}},
        {"type": "content_block_start", "index": 0, "content_block": part},
        {"type": "content_block_delta", "index": 0, "delta": delta},
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": ending, "usage": {"output_tokens": 20}},
        {"type": "message_stop"},
    ]
    return "".join(f"event: {each['type']}\ndata: {json.dumps(each)}\n\n" for each in events).encode()


@contextmanager
def model_server(says: str = "Hello.") -> Iterator[ModelServer]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self.do_POST()

        def do_POST(self) -> None:
            sent = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            status, body = server.answer(self.path, headers, json.loads(sent or b"null"))
            told = body if isinstance(body, bytes) else json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "text/event-stream" if told is body else "application/json")
            self.send_header("Content-Length", str(len(told)))
            self.end_headers()
            self.wfile.write(told)

        def log_message(self, *_: Any) -> None:
            pass

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    listening.daemon_threads = True
    server = ModelServer(listening.server_address[1], says)
    thread = threading.Thread(target=listening.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield server
    finally:
        server.open.set()
        listening.shutdown()
        thread.join()
        listening.server_close()
