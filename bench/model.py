"""What a model is given, in tokens: a conversation of twenty messages of a normal week, played by a scripted model.

The model is an OpenAI-compatible server in this process, which keeps every request as it came in. Tokens are those of
OpenAI's `o200k_base`, of the request's texts in the order in which vendors cache: tools, system, messages. As cached
counts what a request has in common with the beginning of an earlier one of the conversation, in whole blocks of 128
tokens and from 1,024 on (https://platform.openai.com/docs/guides/prompt-caching); that nothing is evicted meanwhile is
assumed.

`python -m bench.model --against SRC` measures another source tree as well, say that of an older commit. The calls are
such as both revisions know; a change repeats the whole of what waits.
"""

import argparse
import json
import statistics
import tempfile
import threading
import urllib.request
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from os.path import commonprefix
from pathlib import Path
from typing import Any, NamedTuple

from toktok import batch_count

from bench.server import ROOT, Sayso

ENCODING = "o200k_base"
BLOCK, LEAST = 128, 1024  # tokens: how OpenAI caches the beginning of a prompt
START, STEP = datetime.fromisoformat("2026-03-02T09:00-05:00"), timedelta(minutes=7)
ZONE = "America/New_York"
SILENCE = ""  # an answer without words


class Call(NamedTuple):
    tool: str
    arguments: dict[str, Any]


Answer = str | tuple[str, *tuple[Call, ...]]
"""What the model says to one request: words, or words and calls."""


class Turn(NamedTuple):
    """A message, what the model says to it, request by request, and whether its plan is confirmed after it, with what
    the model says then."""

    message: str
    answers: tuple[Answer, ...]
    confirmed: str | None = None


def _event(title: str, start: str, minutes: int, *guests: str) -> Call:
    return Call(
        "create_calendar_event",
        {"title": title, "start": start, "duration_minutes": minutes} | ({"guests": list(guests)} if guests else {}),
    )


REPLY = Call(
    "reply_mail",
    {"message": "the mail from Priya about the Q2 budget", "body": "Hi Priya,\n\nthe numbers come this afternoon."},
)
FOLLOW_UP = "Budget follow-up"
WEEK = (
    Turn(
        "What's on today?", (("", Call("list_calendar_events", {"start": "today"})), "A stand-up and coffee with Ana.")
    ),
    Turn(
        "Any unread mail that needs an answer?",
        (
            ("", Call("search_mail", {"query": "is:unread"})),
            "Priya needs numbers today, Helen your slides, Tomás a review.",
        ),
    ),
    Turn(
        "What exactly does Priya want?",
        (
            ("", Call("read_mail", {"message": "the mail from Priya about the Q2 budget"})),
            "The travel and tools numbers by team, today, and your okay on the training budget.",
        ),
    ),
    Turn(
        "Tell her the numbers come this afternoon, and block an hour at 1 PM for them.",
        (("I can answer her and block the hour.", REPLY, _event("Budget numbers", "2026-03-02T13:00", 60)),),
    ),
    Turn(
        "Make it 2 PM, and half an hour.",
        (("I moved it to 2 PM.", REPLY, _event("Budget numbers", "2026-03-02T14:00", 30)),),
    ),
    Turn("yes", ("The answer is out and the half hour is blocked.",)),
    Turn(
        "Which tasks are overdue?",
        (("", Call("list_tasks", {"due": "overdue"})), "The passport, the kitchen tap and the expense report."),
    ),
    Turn(
        "The tap is done. Move the passport to Friday.",
        (
            (
                "I can do both.",
                Call("complete_task", {"task": "Fix the kitchen tap"}),
                Call("update_task", {"task": "Renew the passport", "due": "2026-03-06"}),
            ),
        ),
        confirmed=SILENCE,
    ),
    Turn(
        "Cancel my catch-up with Ana, please.",
        (("I can cancel it.", Call("delete_calendar_event", {"event": "Catch-up with Ana"})),),
    ),
    Turn("no", ()),
    Turn(
        "When do I have an hour this week?",
        (
            ("", Call("find_free_time", {"duration_minutes": 60, "start": "this week"})),
            "Today from 11, tomorrow after lunch, and most of Thursday afternoon.",
        ),
    ),
    Turn(
        "Book Thursday at 2 with Priya for the budget follow-up.",
        (("I can book that.", _event(FOLLOW_UP, "2026-03-05T14:00", 60, "Priya Raman")),),
    ),
    Turn(
        "make it 4 PM",
        (("I moved it to 4 PM.", _event(FOLLOW_UP, "2026-03-05T16:00", 60, "Priya Raman")),),
        confirmed="Priya is invited for Thursday at 4 PM.",
    ),
    Turn(
        "What did Helen write about the slides?",
        (
            ("", Call("search_mail", {"query": "from:Helen slides"})),
            ("", Call("read_mail", {"message": "the mail from Helen about the slides"})),
            "She wants your slides by tomorrow, 5 PM, since they go to print then.",
        ),
    ),
    Turn(
        "Remind me of it tomorrow at noon and label the mail Slides.",
        (
            (
                "I can do both.",
                Call("create_task", {"title": "Send Helen the slides", "due": "2026-03-03T12:00"}),
                Call("label_mail", {"messages": ["the mail from Helen about the slides"], "add": ["Slides"]}),
            ),
        ),
    ),
    Turn("yes", (SILENCE,)),
    Turn(
        "And what else is on this week?",
        (
            ("", Call("list_calendar_events", {"start": "this week"})),
            "The design review and the budget call overlap tomorrow; then your 1:1, yoga and lunch with Sam.",
        ),
    ),
    Turn("How do I say 'see you on Friday' in Portuguese?", ("“Até sexta-feira.”",)),
    Turn(
        "Draft Helen an answer that she gets them tomorrow.",
        (
            (
                "I can draft that.",
                Call(
                    "draft_mail",
                    {"answer": "the mail from Helen about the slides", "body": "Hi Helen,\n\nyou get them tomorrow."},
                ),
            ),
        ),
        confirmed=SILENCE,
    ),
    Turn(
        "And a team dinner on the 20th at 7 PM.",
        (("I can add it.", _event("Team dinner", "2026-03-20T19:00", 120)),),
        confirmed="It is in your calendar.",
    ),
)
READS = {
    "events": Turn("What's on this week?", (("", Call("list_calendar_events", {"start": "this week"})), "Much.")),
    "messages": Turn("Any unread mail?", (("", Call("search_mail", {"query": "is:unread"})), "Some.")),
    "March": Turn("What's in March?", (("", Call("list_calendar_events", {"start": "March 2026"})), "Much.")),
}


@dataclass
class Vendor:
    """The model's server: gives the answers out one after the other, and words when there is none."""

    answers: deque[Answer] = field(default_factory=deque)
    requests: list[dict[str, Any]] = field(default_factory=list)

    def answer(self, body: dict[str, Any]) -> dict[str, Any]:
        """A chat completion."""
        self.requests.append(body)
        said: Answer = self.answers.popleft() if self.answers else "All right."
        words, *calls = (said,) if isinstance(said, str) else said
        made = [
            {"id": f"call_{at}", "type": "function", "function": {"name": name, "arguments": json.dumps(arguments)}}
            for at, (name, arguments) in enumerate(calls)
        ]
        message = {"role": "assistant", "content": words or None} | ({"tool_calls": made} if made else {})
        choice = {"index": 0, "message": message, "finish_reason": "tool_calls" if made else "stop"}
        return {"id": "c", "object": "chat.completion", "created": 1, "model": body["model"], "choices": [choice]}


@contextmanager
def _served(vendor: Vendor) -> Iterator[str]:
    """The vendor's base URL."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            answer = json.dumps(vendor.answer(body)).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            """Nobody reads it."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/v1"
    server.shutdown()
    server.server_close()


class Conversation:
    """A user's conversation on one thread; `after` has the requests that followed each message or decision."""

    def __init__(self, sayso: Sayso, vendor: Vendor, thread: str) -> None:
        self._sayso, self._vendor, self._thread = sayso, vendor, thread
        self.turns: list[list[str]] = []
        """Of each message that the model answered, its requests as texts."""
        self.confirms: dict[str, list[list[str]]] = {"words": [], "silence": []}
        """Of each confirm, the requests after it, by what the model said."""

    def say(self, turn: Turn) -> Any:
        """What the message, and the confirm if there is one, was answered."""
        answer, requests = self._post("/chat", {"user_message": turn.message}, turn.answers)
        if turn.message == "yes":
            self._confirmed(turn.answers[0], requests)
        elif requests:
            self.turns.append(requests)
        if turn.confirmed is not None:
            plan = answer["plan"]["id"]
            answer, requests = self._post("/chat/confirm", {"plan_id": plan}, (turn.confirmed,))
            assert answer["status"] == "completed", answer
            self._confirmed(turn.confirmed, requests)
        return answer

    def _confirmed(self, said: Answer, requests: list[str]) -> None:
        self.confirms["silence" if said == SILENCE else "words"].append(requests)

    def _post(self, path: str, body: dict[str, Any], answers: Sequence[Answer]) -> tuple[Any, list[str]]:
        self._vendor.answers = deque(answers)
        before = len(self._vendor.requests)
        data = json.dumps({"thread_id": self._thread, **body}).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{self._sayso.port}{path}", data)
        request.add_header("Content-Type", "application/json")
        request.add_header("Cookie", f"session_id={self._sayso.cookie}")
        with urllib.request.urlopen(request) as answer:
            told = json.load(answer)
        return told, [_text(each) for each in self._vendor.requests[before:]]


def _text(request: dict[str, Any]) -> str:
    """The texts of a request, in the order in which vendors cache them."""
    return "\n".join([*_tools(request), *map(_message, request["messages"])])


def _tools(request: dict[str, Any]) -> list[str]:
    return [json.dumps(tool["function"], ensure_ascii=False) for tool in request["tools"]]


def _message(message: dict[str, Any]) -> str:
    calls = [f"{call['function']['name']} {call['function']['arguments']}" for call in message.get("tool_calls") or ()]
    return "\n".join([message["role"], message.get("content") or "", *calls])


def _tokens(*texts: str) -> int:
    return sum(batch_count(texts, ENCODING))


def _common(text: str, other: str) -> str:
    """With what both begin."""
    return commonprefix([text, other])  # noqa: RUF071 (of texts, not of paths)


def _cached(conversation: Sequence[str]) -> list[int]:
    """Of each request, how many tokens at its beginning an earlier one had."""
    found = []
    for at, text in enumerate(conversation):
        common = max((_common(text, earlier) for earlier in conversation[:at]), key=len, default="")
        tokens = _tokens(common) // BLOCK * BLOCK
        found.append(tokens if tokens >= LEAST else 0)
    return found


def main(folder: Path, against: Path | None = None) -> None:
    """Print the figures."""
    folder.mkdir()
    trees = {"": ROOT / "src"} | ({"against": against} if against else {})
    for name, tree in trees.items():
        vendor, clock = Vendor(), folder / f"{name or 'own'}-clock"
        clock.write_text(START.isoformat())
        with _served(vendor) as url:
            sayso = Sayso(
                folder / (name or "own"), tree, clock=f"file:{clock}", timezone=ZONE, model="bench", model_base_url=url
            )
            _measure(sayso, vendor, clock, f"{name} " if name else "")
            sayso.stop()


def _measure(sayso: Sayso, vendor: Vendor, clock: Path, name: str) -> None:
    week, now = Conversation(sayso, vendor, "week"), START
    for turn in WEEK:
        week.say(turn)
        now += STEP
        clock.write_text(now.isoformat())
    texts = [_text(request) for request in vendor.requests]
    counts, cached = [_tokens(text) for text in texts], _cached(texts)
    reads = Conversation(sayso, vendor, "reads")
    for kind, turn in READS.items():
        _tell_read(name, kind, reads.say(turn), vendor.requests[-1])
    tools, prefix = _tokens(*_tools(vendor.requests[0])), _tokens(_common(texts[0], reads.turns[0][0]))
    print(f"{name}prefix: {prefix} tokens, {tools} of them tools")
    turns = [_tokens(*turn) for turn in week.turns]
    print(f"{name}turn: {_average(turns)}; request: {_average(counts)}")
    for said, confirms in week.confirms.items():
        asked = sum(map(len, confirms)) / len(confirms)
        print(f"{name}confirm, then {said}: {_average([_tokens(*each) for each in confirms])}; {asked:.1f} requests")
    print(
        f"{name}conversation: {len(texts)} requests, {sum(counts)} tokens, {sum(cached)} of them cached "
        f"({sum(cached) / sum(counts):.0%}), {sum(counts) - sum(cached)} not"
    )


def _tell_read(name: str, kind: str, answer: Any, request: dict[str, Any]) -> None:
    """What a read came to, as the model was shown it in the request."""
    [read] = answer["actions"]
    items = read["result"].get("events") or read["result"]["messages"]
    shown = next(each["content"] for each in reversed(request["messages"]) if each["role"] == "tool")
    titles = {item.get("title") or item["subject"] for item in items}
    seen, tokens = min(sum(map(shown.count, titles)), len(items)), _tokens(shown)
    print(f"{name}{kind}: {len(items)}, {seen} of them shown, in {tokens} tokens, {tokens / seen:.0f} each")


def _average(tokens: Sequence[int]) -> str:
    return f"mean {statistics.mean(tokens):.0f} tokens, median {statistics.median(tokens):.0f}"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--against", type=Path, metavar="SRC")
    with tempfile.TemporaryDirectory() as temporary:
        other = parser.parse_args().against
        if other is not None and not (other / "sayso").is_dir():
            parser.error(f"{other} is no source tree: name the folder that holds `sayso`")
        main(Path(temporary) / "model", other)
