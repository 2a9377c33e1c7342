"""The conversation that `sayso chat` holds: what each typed line means, and what is shown of each answer."""

import re
import secrets
from collections.abc import Callable

from rich.console import Console
from rich.text import Text

from sayso.cli import present
from sayso.cli.card import held, plan_card
from sayso.cli.client import Answer, Json, SignInFailed, Unreachable
from sayso.cli.connection import Connection
from sayso.cli.edits import arguments
from sayso.english.yes_no import plain_answer

THREAD_ID = re.compile(r"[A-Za-z0-9_.-]{1,128}")

HELP = """\
Say what you want in plain English. What would change anything waits for your word:
  yes · /yes               do it                  no · /no [reason]     cancel it
  /only 1,3                do only these          /edit 1 start=4pm     change it (or just say so)
  /details                 everything it will do
  /plans                   all that waits         /threads              earlier conversations
  /open ID or number       go to one              /new                  start a new one
  /stop                    stop what runs         /help  /quit"""


class Quit(Exception):
    """The person is done."""


class Chat:
    """One person at one terminal. `read` gives the next line or None at the end of the input."""

    def __init__(
        self,
        connection: Connection,
        console: Console,
        read: Callable[[], str | None],
        timezone: str | None = None,
        new_id: Callable[[], str] = lambda: f"thread_{secrets.token_hex(10)}",
    ) -> None:
        self._connection, self._console, self._read = connection, console, read
        self._timezone, self._new_id = timezone, new_id
        self._thread = new_id()
        self._plan: Json | None = None  # the waiting plan, as last shown here
        self._fresh = False  # whether it was the last thing said here
        self._listed: list[str] = []  # thread ids under the numbers last shown
        self._interrupted = False
        self.failed = False

    def run(self) -> None:
        """Talk until the input ends or the person quits."""
        while True:
            try:
                line = self._read()
                if line is None:
                    return
                self._interrupted = False
                self._obey(line.strip())
                self._console.print()
            except KeyboardInterrupt:
                if self._interrupted:
                    raise
                self._interrupted = True
                self._say("\nCtrl-C again or Ctrl-D leaves; what waits stays waiting.", "dim")
            except Unreachable as error:
                self._fail(f"{error} Nothing was lost: say it again when the server is back.")
            except SignInFailed as error:
                self._fail(str(error))
                return
            except Quit:
                return

    def _obey(self, line: str) -> None:
        if not line:
            return
        if line.startswith("/"):
            name, _, rest = line[1:].partition(" ")
            command = self._commands().get(name.lower())
            if command is None:
                self._fail(f"There is no /{present.one_line(name)}; /help lists what there is.")
            else:
                command(rest.strip())
        elif (answer := plain_answer(line)) and self._plan and self._fresh:
            self._confirm(line) if answer == "yes" else self._cancel("")
        else:
            self._talk(line)

    def _commands(self) -> dict[str, Callable[[str], None]]:
        return {
            "yes": self._yes,
            "no": self._cancel,
            "only": self._only,
            "edit": self._edit,
            "details": self._details,
            "plans": self._plans,
            "threads": self._threads,
            "open": self._open,
            "new": self._new,
            "stop": self._stop,
            "help": lambda _: self._say(HELP),
            "quit": self._quit,
            "exit": self._quit,
        }

    # Talking

    def _talk(self, line: str) -> None:
        if plain_answer(line) and self._changed_elsewhere():  # no yes to a plan that was not seen here
            return
        body: Json = {"user_message": line, "thread_id": self._thread}
        answer = self._send("POST", "/chat", body | ({"timezone": self._timezone} if self._timezone else {}))
        if answer is None:
            return
        if not answer.ok:
            self._problem(answer)
        elif isinstance(decision := answer.body.get("decision"), dict) and "results" in decision:
            self._show_outcome(decision)
        else:
            self._show_reply(answer.body)

    def _changed_elsewhere(self) -> bool:
        waiting = next((plan for plan in self._pending() if plan.get("thread_id") == self._thread), None)
        if waiting is None or (self._plan and waiting.get("id") == self._plan.get("id")):
            return False
        self._say("Another plan waits here now; this one:", "bold")
        self._show_plan(waiting, str(waiting.get("question", "")))
        return True

    def _show_reply(self, body: Json) -> None:
        self._adopt(body)
        plan = body.get("plan")
        question = str(body.get("confirmation_message") or "")
        response = str(body.get("response") or "")
        if response.strip() and response.strip() != question.strip():
            self._console.print(present.marked_down(response))
        if isinstance(plan, dict):
            self._show_plan(plan, question)

    def _adopt(self, body: Json) -> None:
        thread = body.get("thread_id")
        self._thread = thread if isinstance(thread, str) else self._thread
        if not isinstance(body.get("plan"), dict):
            self._plan, self._fresh = None, False

    def _show_plan(self, plan: Json, question: str) -> None:
        if self._plan and self._plan.get("id") == plan.get("id"):
            self._fresh = False
            self._say(f"Still waiting for your word: {present.one_line(question)} (/yes, /no)", "cyan")
            return
        self._plan, self._fresh = plan | {"question": question}, True
        self._console.print(plan_card(plan, question))

    # Deciding

    def _yes(self, words: str) -> None:
        if words and plain_answer(words) != "yes":  # "/yes 2", "/yes but at 4"
            self._fail("Nothing was done: /yes alone does all of it, /only picks; to change it, say so without /yes.")
            return
        self._confirm(words)

    def _confirm(self, words: str, only: list[str] | None = None) -> None:
        if (plan := self._waiting()) is None:
            return
        body: Json = {"thread_id": self._thread, "plan_id": plan["id"], "digest": plan.get("digest")}
        body |= {"confirmation": words} if words else {}
        body |= {"action_ids": only} if only else {}
        while (answer := self._send("POST", "/chat/confirm", body)) is not None:
            if not answer.ok:
                self._problem(answer)
            elif answer.body.get("status") == "running":  # it outlasts one request: asking again runs nothing twice
                if self._is_held(str(plan["id"])):
                    return
                self._say("Still running; Ctrl-C stops what has not started.", "dim")
                continue
            else:
                self._show_outcome(answer.body)
            return

    def _is_held(self, plan_id: str) -> bool:
        """Whether all that is left of the plan is held back: then it is told until when, and not waited for."""
        answer = self._send("GET", f"/plans/{plan_id}")
        actions = answer.body.get("actions", []) if answer is not None and answer.ok else []
        left = [action for action in actions if action.get("status") in ("waiting", "running", "held")]
        if not left or any(action.get("status") != "held" for action in left):
            return False
        for action in left:
            self._console.print(held(action))
        self._plan, self._fresh = None, False
        return True

    def _show_outcome(self, body: Json) -> None:
        actions = (self._plan or {}).get("actions", [])
        previews = {str(action.get("id")): str(action.get("preview", "")) for action in actions}
        results = body.get("results") or {}
        for line in present.receipts(results, previews):
            self._console.print(line)
        self._plan = None
        self._show_reply(body | {"response": self._words()})

    def _words(self) -> str:
        """What a model said of the outcome that was just told; the receipts stand for themselves."""
        answer = self._send("GET", f"/threads/{self._thread}?limit=1")
        last = answer.body.get("messages", [])[-1:] if answer is not None and answer.ok else []
        worded = [message for message in last if message.get("kind") == "outcome" and message.get("usage")]
        return str(worded[0].get("content", "")) if worded else ""

    def _cancel(self, reason: str) -> None:
        if (plan := self._waiting()) is None:
            return
        body: Json = {"thread_id": self._thread, "plan_id": plan["id"]} | ({"reason": reason} if reason else {})
        answer = self._send("POST", "/chat/cancel", body)
        if answer is None:
            return
        if not answer.ok:
            self._problem(answer)
            return
        self._plan, self._fresh = None, False
        self._say(f"– {answer.body.get('response', '')} It will never run.")

    def _only(self, numbers: str) -> None:
        if (plan := self._waiting()) is None:
            return
        actions = plan.get("actions", [])
        chosen = numbers.replace(",", " ").split()
        if not chosen or not all(part.isdecimal() and 1 <= int(part) <= len(actions) for part in chosen):
            self._fail(f"Say which of 1 to {len(actions)}, such as /only 1,3.")
            return
        self._confirm("", [actions[int(part) - 1]["id"] for part in chosen])

    def _edit(self, text: str) -> None:
        if (plan := self._waiting()) is None:
            return
        actions = plan.get("actions", [])
        number, _, changes = text.partition(" ")
        if not number.isdecimal() or not 1 <= int(number) <= len(actions):
            self._fail("Say which action and what, such as /edit 1 start=4pm title='Long name'.")
            return
        action = actions[int(number) - 1]
        try:
            edits = arguments(changes, action.get("args", {}))
        except ValueError as error:
            self._fail(str(error))
            return
        answer = self._send("PATCH", f"/plans/{plan['id']}", {"edits": {action["id"]: edits}})
        if answer is None:
            return
        if not answer.ok:
            self._problem(answer)
            return
        changed = answer.body.get("plan", answer.body)
        self._show_plan(changed, str(answer.body.get("confirmation_message") or changed.get("question") or ""))

    def _details(self, _: str) -> None:
        if (plan := self._waiting()) is not None:
            self._console.print(plan_card(plan, plan["question"], details=True))

    def _waiting(self) -> Json | None:
        if self._plan is None:
            self._fail("Nothing waits for a decision here; /plans shows what waits elsewhere.")
        return self._plan

    # Elsewhere

    def _pending(self) -> list[Json]:
        plans, path = list[Json](), "/plans?status=pending"
        while path and (answer := self._send("GET", path)) and answer.ok:
            plans += [plan for plan in answer.body.get("plans", []) if isinstance(plan, dict)]
            cursor = answer.body.get("next_cursor")
            path = f"/plans?status=pending&cursor={cursor}" if cursor else ""
        return plans

    def _plans(self, _: str) -> None:
        plans = self._pending()
        self._listed = [str(plan.get("thread_id")) for plan in plans]
        self._say("These wait for your word; /open NUMBER goes there:" if plans else "Nothing waits for your word.")
        self._console.print(present.listing((plan.get("question", ""),) for plan in plans))

    def _threads(self, _: str) -> None:
        answer = self._send("GET", "/threads?limit=20")
        if answer is None:
            return
        if not answer.ok:
            self._problem(answer)
            return
        threads = answer.body.get("threads", [])
        self._listed = [str(thread.get("id")) for thread in threads]
        rows = [
            (present.clock_time(t.get("updated_at")), "●" if t.get("waiting") else "", t.get("title")) for t in threads
        ]
        self._say("Your conversations (● waits for your word); /open NUMBER goes there:" if rows else "None so far.")
        self._console.print(present.listing(rows))

    def _open(self, which: str) -> None:
        if which.isdecimal() and 1 <= int(which) <= len(self._listed):
            which = self._listed[int(which) - 1]
        answer = self._send("GET", f"/threads/{which}?limit=6") if THREAD_ID.fullmatch(which) else None
        if answer is None:
            self._fail("Say which: a number from /threads or /plans, or a thread's id.")
            return
        if not answer.ok:
            self._problem(answer)
            return
        self._thread, self._plan, self._fresh = which, None, False
        self._console.rule(Text(present.one_line(answer.body.get("title", "")) or which, "dim"), style="dim")
        self._catch_up(answer.body)

    def _catch_up(self, thread: Json) -> None:
        for message in thread.get("messages", []):
            if message.get("role") == "user":
                self._say(f"› {present.safe(message.get('content', ''))}", "bold")
            else:
                self._console.print(present.marked_down(str(message.get("content", ""))))
        for plan in thread.get("plans", []):
            if plan.get("status") == "pending":
                self._show_plan(plan, str(plan.get("question", "")))

    def _new(self, _: str) -> None:
        self._thread, self._plan, self._fresh = self._new_id(), None, False
        self._say("A new conversation.", "dim")

    def _stop(self, _: str) -> None:
        if not self._stopped():
            self._say("Nothing is running here.")

    def _interrupt(self) -> None:
        """Stop the request that was just given up; if it was answered before that, show the answer."""
        self._say("\nStopping …", "dim")
        if not self._stopped() and (thread := self._connection.send("GET", f"/threads/{self._thread}?limit=1")).ok:
            self._say("Too late, it was answered:", "dim")
            self._plan = None
            self._catch_up(thread.body)

    def _stopped(self) -> bool:
        """Stop what runs on this thread and show what had run by then; False when nothing runs."""
        answer = self._connection.send("POST", "/chat/stop", {"thread_id": self._thread})
        if answer.ok:
            for line in present.receipts(answer.body.get("results") or {}, {}):
                self._console.print(line)
            self._say("Stopped.")
        elif answer.code in ("nothing_running", "not_found"):
            return False
        else:
            self._problem(answer)
        return True

    def _quit(self, _: str) -> None:
        raise Quit

    # What can go wrong

    def _send(self, method: str, path: str, body: Json | None = None) -> Answer | None:
        """One request. None: the person stopped it."""
        try:
            return self._connection.send(method, path, body)
        except KeyboardInterrupt:
            self._interrupted = True
            self._interrupt()
            return None

    def _problem(self, answer: Answer) -> None:
        """Say what went wrong; when a plan was decided elsewhere, show how it stands in truth."""
        self._fail(answer.message)
        if answer.code == "plan_changed" and isinstance(fresh := answer.details.get("plan"), dict):
            self._plan = None
            self._show_plan(fresh, str(fresh.get("question", "")))
            return
        if answer.status != 409 or self._plan is None or answer.code == "thread_busy":
            return
        truth = self._send("GET", f"/plans/{self._plan['id']}")
        if truth is not None and truth.ok and truth.body.get("status") != "pending":
            self._console.print(present.decided(truth.body))
            self._plan, self._fresh = None, False
        self._changed_elsewhere()

    def _fail(self, message: str) -> None:
        self.failed = True
        self._say(f"! {message}", "red")

    def _say(self, message: str, style: str = "") -> None:
        self._console.print(Text(present.safe(message), style))
