"""A user's normal week before a scripted model: what is said and decided, and what is true afterwards."""

import json
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from tests.conftest import NOW, ZONE, Server
from tests.models.conftest import Vendor

from sayso.base.clock import parse_instant
from sayso.store.gateway import WriteConn
from sayso.transfer.importing import import_files
from sayso.transfer.job import ImportReport
from sayso.workspace.events.series import series_of
from sayso.workspace.local.event_rows import insert_series
from sayso.workspace.local.seed.seed import seed
from sayso.workspace.people import Me
from sayso.workspace.types import EventDraft, Guest, Person

Answer = dict[str, Any]
"""What the model answers to one request, as aimock takes it."""
NEW_YORK = ZoneInfo(ZONE)


def call(tool: str, /, **arguments: Any) -> dict[str, str]:
    return {"name": tool, "arguments": json.dumps(arguments)}


def calls(*made: dict[str, str], beside: str = "", **more: Any) -> Answer:
    """Calls, with words beside them; `more`: a `finishReason`, `reasoning` …"""
    return {**({"content": beside} if beside else {}), "toolCalls": list(made), **more}


def words(text: str, **more: Any) -> Answer:
    return {"content": text, **more}


SILENCE = words("")
HELD: Answer = {"held": True}
"""An answer that never comes."""


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to a message or a decision. `plan`: what waits now. `reads`: their results."""

    response: str
    plan: Any
    reads: list[Any] = field(default_factory=list)
    status: str | None = None


class Week:
    """Somebody new with the sample fortnight, on Monday 2 March 2026 at nine in New York."""

    def __init__(self, server: Server, vendor: Vendor, folder: Path, dialect: str, streamed: bool) -> None:
        self.server = server
        self.client = server.stranger()
        self.thread = "week"
        self.streamed = streamed
        self.refusal = "refusal" if dialect == "anthropic" else "content_filter"
        self._vendor = vendor
        self._folder = folder
        user = self.client.get("/auth/session").json()["user"]
        self.me, self._user_id = Person(user["email"], user["name"]), user["id"]
        self._write(seed, self.me, parse_instant(NOW), NEW_YORK, server.ids)

    # --- before ------------------------------------------------------------------------------------------------------

    def invited(self, title: str, start: str, organizer: Person) -> None:
        """An hour to which somebody else invites."""
        self._add(title, start, organizer)

    def has(self, title: str, start: str, *guests: Person) -> None:
        """An hour in the calendar."""
        self._add(title, start, None, *guests)

    def got(self, mail: str) -> None:
        """A mail, as it came in."""
        file = self._folder / "came.mbox"
        file.write_text(f"From - Mon Mar  2 08:30:00 2026\n{mail}\n")
        me, report = Me.of(self.me.email, self.me.name, ()), ImportReport()
        given = (self.server.store, self._user_id, me, NEW_YORK, self.server.ids, [file], report)
        import_files(*given, keep_samples=True)

    def _add(self, title: str, start: str, organizer: Person | None, *guests: Person) -> None:
        begins = datetime.fromisoformat(start).replace(tzinfo=NEW_YORK)
        invited = tuple(Guest(person.email, person.name) for person in guests)
        draft = EventDraft(title, begins, begins.replace(hour=begins.hour + 1), ZONE, guests=invited)
        event_id = self.server.ids.new("evt")
        series = series_of(event_id, event_id, draft, organizer, "needs_action" if organizer else "accepted")
        self._write(insert_series, series)

    def _write(self, function: Callable[..., Any], *args: Any) -> None:
        def write(conn: WriteConn) -> None:
            function(conn, self._user_id, *args)

        self.server.store.write_now(write)

    # --- said and decided --------------------------------------------------------------------------------------------

    def say(self, text: str, *answers: Answer) -> Reply:
        """A message, for which the model is asked exactly as often as there are answers."""
        with self._scripted(answers):
            body = {"user_message": text, "thread_id": self.thread}
            if not self.streamed:
                told = self.client.post("/chat", json=body)
                assert told.status_code == 200, told.text
                return _reply(told.json(), told.json()["actions"])
            with self.client.stream("POST", "/chat/stream", json=body) as stream:
                kind, data = list(_events(stream.iter_lines()))[-1]
            assert kind in ("complete", "confirmation_required"), data
            return _reply(data, [*(data.get("results") or {}).values()])

    def stopped(self, text: str) -> Reply:
        """A message that is stopped while the model is silent."""
        with self._scripted([HELD]), ThreadPoolExecutor() as threads:
            answer = threads.submit(self.client.post, "/chat", json={"user_message": text, "thread_id": self.thread})
            self._vendor.wait_until_held()
            self.client.post("/chat/stop", json={"thread_id": self.thread}).raise_for_status()
            return _reply(answer.result().json(), [])

    def confirm(self, *answers: Answer, **fields: Any) -> Reply:
        """Confirm what waits; the model is asked exactly as often as there are answers."""
        plan_id = self.waiting()["id"]
        with self._scripted(answers):
            told = self.client.post("/chat/confirm", json={"thread_id": self.thread, "plan_id": plan_id, **fields})
            assert told.status_code == 200, told.text
            return _reply(told.json(), [])

    def cancel(self, reason: str = "") -> None:
        with self._scripted(()):
            told = self.client.post("/chat/cancel", json={"thread_id": self.thread, "reason": reason or None})
            assert told.status_code == 200, told.text

    @contextmanager
    def _scripted(self, answers: Sequence[Answer]) -> Iterator[None]:
        self._vendor.script(answers)
        yield
        left, beyond = self._vendor.scripted()
        assert (len(left), beyond) == (0, 0), f"{len(left)} answers left, {beyond} more asked for"

    # --- true afterwards ---------------------------------------------------------------------------------------------

    def waiting(self) -> Any:
        """The plan that waits on the thread."""
        plans = self.client.get("/plans", params={"status": "pending"}).json()["plans"]
        return next((plan for plan in plans if plan["thread_id"] == self.thread), None)

    def actions(self) -> list[tuple[str, Any]]:
        """Tool and arguments of each action that waits."""
        return [(action["tool"], action["args"]) for action in (self.waiting() or {"actions": []})["actions"]]

    def warnings(self) -> str:
        """All that the waiting plan warns of."""
        return "\n".join(each["text"] for action in self.waiting()["actions"] for each in action["warnings"])

    def rows(self, name: str) -> list[Any]:
        """Everything of one kind in the workspace, as the export has it."""
        found: list[Any] = self.client.get("/me/export").json()["workspace"][name]
        return found

    def events(self, title: str) -> list[str]:
        """When the events of that title begin, in New York; of a series, its first."""
        return sorted(_local(row["start_at"], row["all_day"]) for row in self.rows("events") if row["title"] == title)

    def tasks(self, list_name: str | None = None) -> dict[str, bool]:
        """The titles of the tasks, and whether they are done."""
        named = {each["id"]: each["name"] for each in self.rows("task_lists")}
        rows = [row for row in self.rows("tasks") if list_name in (None, named[row["list_id"]])]
        return {row["title"]: row["done"] for row in rows}

    def mails(self, label: str) -> list[Any]:
        """The mails with that label, the newest last."""
        return sorted((row for row in self.rows("messages") if label in row["labels"]), key=lambda row: row["date"])

    def mail(self, subject: str) -> Any:
        """The newest mail with that subject."""
        return max((row for row in self.rows("messages") if row["subject"] == subject), key=lambda row: row["date"])

    def sent(self) -> list[Any]:
        """What was sent since the week began."""
        return [row for row in self.mails("sent") if not row["sample"]]

    def done(self) -> list[str]:
        """The tools of the actions that succeeded, the latest decision first."""
        entries = self.client.get("/activity").json()["entries"]
        return [entry["tool"] for entry in entries if entry["status"] == "succeeded"]

    def unasked(self) -> int:
        """How many more effects there are in the workspace than actions that were confirmed and succeeded."""
        return max(len(self.rows("effects")) - len(self.done()), 0)

    # --- what the model was sent -------------------------------------------------------------------------------------

    def requests(self) -> list[Any]:
        """The bodies of all requests."""
        return [request["body"] for request in self._vendor.requests()]

    def result(self, back: int = 1) -> str:
        """What the model was told in the last request but `back - 1` as the results of its last calls."""
        return "\n".join(results_of(self.requests()[-back]))

    def told(self) -> str:
        """Everything that the model was sent in the last request, but for the tools."""
        return "\n".join(texts_of({**self.requests()[-1], "tools": None}))


def results_of(body: Any) -> list[str]:
    """The texts of the results behind the last call of a request, whatever its dialect."""
    found: list[str] = []
    for item in body.get("messages") or body["input"]:
        blocks = item["content"] if isinstance(item.get("content"), list) else []
        if item.get("role") == "assistant" or item.get("type") == "function_call":
            found = []
        if item.get("role") == "tool" or item.get("type") == "function_call_output":
            found.append("\n".join(texts_of(item.get("content") or item.get("output"))))
        found += ["\n".join(texts_of(block["content"])) for block in blocks if block.get("type") == "tool_result"]
    return found


def texts_of(value: Any) -> list[str]:
    """Every text in it."""
    if isinstance(value, str):
        return [value]
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [text for each in inner for text in texts_of(each)]


def _reply(told: Any, reads: list[Any]) -> Reply:
    return Reply(
        told["response"], told["plan"], [read["result"] or read["error"] for read in reads], told.get("status")
    )


def _events(lines: Iterator[str]) -> Iterator[tuple[str, Any]]:
    for line in lines:
        if line.startswith("data: "):
            event = json.loads(line.removeprefix("data: "))
            yield event["event_type"], event["data"]


def _local(instant: str, all_day: bool) -> str:
    if all_day:
        return date.fromisoformat(instant[:10]).isoformat()
    there = datetime.fromisoformat(instant).replace(tzinfo=UTC).astimezone(NEW_YORK)
    return there.replace(tzinfo=None).isoformat(timespec="minutes")
