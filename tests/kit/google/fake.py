"""Google, as a test holds it in its hand: who has an account, what was asked, what happened, what goes wrong."""

import hashlib
import json
import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from itertools import count
from typing import Any, TypeVar
from urllib.parse import unquote

from tests.kit.google import batch, calendar, gmail, gmail_box, people, tasks
from tests.kit.google.contract import Asked, Checked, Violation, check_answer, check_request, partial
from tests.kit.google.documents import SERVICES
from tests.kit.google.faults import Cut, Fault, Hold, taken
from tests.kit.google.parts import Account, Answer, Call, Effect, Part
from tests.kit.google.problems import Problem, api_disabled, insufficient_scope, unauthorized
from tests.kit.google.uploads import Unreadable

from sayso.base.clock import Clock

Json = dict[str, Any]
Sent = tuple[int, dict[str, str], bytes]
"""Status, headers, content."""
Service = TypeVar("Service")

PARTS: dict[str, Part] = {
    "calendar": calendar.answer,
    "gmail": gmail.answer,
    "tasks": tasks.answer,
    "people": people.answer,
}
ANA = "ana@example.test"
PROJECT = "123456789012"
EVERYTHING = (
    "https://www.googleapis.com/auth/calendar",
    "https://mail.google.com/",
    "https://www.googleapis.com/auth/tasks",
    "https://www.googleapis.com/auth/contacts",
    "https://www.googleapis.com/auth/contacts.other.readonly",
)
JSON_TYPE = {"Content-Type": "application/json; charset=UTF-8"}


class Request:
    """A request that came in. `path`: unescaped. `status`: what was answered, None while it runs or if it was cut."""

    def __init__(self, asked: Asked) -> None:
        self.method = asked.method
        self.path = unquote(asked.path)
        self.query = asked.query_text
        self.headers = asked.headers
        self.content = asked.content
        self.batched = asked.batched
        self.status: int | None = None
        self.id: str | None = None
        """The method's, such as `calendar.events.insert`."""

    @property
    def body(self) -> Any:
        return json.loads(self.content) if self.content else None

    @property
    def line(self) -> str:
        return f"{self.method} {self.path}" + (f"?{unquote(self.query)}" if self.query else "")

    def __repr__(self) -> str:
        return f"<{self.line} {self.status}>"


class Google:
    """`clock` may be replaced or moved. `lag`: how much later than it happens a search finds something."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.url = ""
        self.lag = timedelta()
        self.faults: list[Fault] = []
        self.used: list[Fault] = []
        """Those that hurt a request."""
        self.effects: list[Effect] = []
        self.requests: list[Request] = []
        self.violations: list[Violation] = []
        self.disabled: set[str] = set()
        """APIs that are not enabled in the project."""
        self.batches = True
        """Whether it takes batches; a gateway in its place may not."""
        self.accounts: dict[str, Account] = {}
        self._tokens: dict[str, tuple[str, frozenset[str]]] = {}
        self._numbers = count(1)
        self._services: dict[type[Any], Any] = {}

    # --- for tests ---------------------------------------------------------------------------------------------------

    def grant(self, scopes: Iterable[str] = EVERYTHING, email: str = ANA) -> str:
        """An access token of this account, which is made if it is new. `scopes`: in full, as URLs."""
        self.account(email)
        token = f"ya29.fake-{self.number()}"
        self._tokens[token] = (email, frozenset(scopes))
        return token

    def expire(self, token: str) -> None:
        del self._tokens[token]

    def account(self, email: str = ANA) -> Account:
        return self.accounts.setdefault(email, Account(self, email))

    def calendar(self, email: str = ANA) -> "calendar.Book":
        """His calendars, to put something in and to look."""
        return self.account(email).state(calendar.Book)

    def mailbox(self, email: str = ANA) -> gmail_box.Mailbox:
        """His mails, drafts and labels, to put something in and to look."""
        return self.account(email).state(gmail_box.Mailbox)

    def tasks(self, email: str = ANA) -> "tasks.TaskBook":
        """His task lists."""
        return self.account(email).state(tasks.TaskBook)

    def people(self, email: str = ANA) -> "people.Circle":
        """Whom he knows."""
        return self.account(email).state(people.Circle)

    def count(self, kind: str, **details: Any) -> int:
        """How many effects of this kind happened; `details`: only those with them (`account`, `id` as well)."""
        return sum(
            details.items() <= ({"id": each.id, "account": each.account} | each.details).items()
            for each in self.effects
            if each.kind == kind
        )

    def took(self, kind: str) -> list[Violation]:
        """The violations of this kind that a test made on purpose: they are told here and forgotten."""
        found = [each for each in self.violations if each.kind == kind]
        self.violations[:] = [each for each in self.violations if each.kind != kind]
        return found

    def hold(self, match: "str | re.Pattern[str]", **options: Any) -> Hold:
        """Holds the next request that matches; `options`: of Fault."""
        fault = Fault(match, "hold", **options)
        self.faults.append(fault)
        return fault.hold

    # --- for parts ---------------------------------------------------------------------------------------------------

    def now(self) -> datetime:
        return self.clock.now().astimezone(UTC)

    def stamp(self) -> str:
        """Now, as Google writes it."""
        return self.now().isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def number(self) -> int:
        """Greater with each call."""
        return next(self._numbers)

    def hexid(self) -> str:
        """A new id of 16 hexadecimal digits, the same in each run."""
        return hashlib.sha256(str(self.number()).encode()).hexdigest()[:16]

    def etag(self) -> str:
        """A new one, in its quotes."""
        return f'"{3_000_000_000_000_000 + self.number()}"'

    def happened(self, kind: str, id: str, account: str, **details: Any) -> None:
        self.effects.append(Effect(kind, id, account, details))

    def service(self, kind: Callable[["Google"], Service]) -> Service:
        """The one object of this class that all accounts share, made at the first call."""
        if kind not in self._services:
            self._services[kind] = kind(self)  # type: ignore[index]
        found: Service = self._services[kind]  # type: ignore[index]
        return found

    # --- a request ---------------------------------------------------------------------------------------------------

    async def serve(self, asked: Asked) -> Sent:
        """Raises Cut."""
        request = Request(asked)
        self.requests.append(request)
        if (asked.method, asked.path) in BATCHES and not asked.batched and self.batches:
            sent = await self._serve_batch(asked)
        else:
            sent = await self._serve_one(asked, request)
        request.status = sent[0]
        return sent

    async def _serve_batch(self, asked: Asked) -> Sent:
        try:
            inner = batch.calls_of(asked)
        except Unreadable as error:
            self.violations.append(Violation("batch", asked.path, str(error)))
            return _error(Problem(400, "badRequest", str(error)), "gmail")
        answers = []
        for each in inner:
            checked = check_request(each.asked)
            if checked and f"/batch/{checked.method.api}/" not in asked.path:
                wrong = f"{checked.method.id} in a batch of another API"
                self.violations.append(Violation("batch", asked.path, wrong))
                status, headers, content = _error(Problem(400, "badRequest", wrong), checked.method.api)
            else:
                status, headers, content = await self.serve(each.asked)
            answers.append((each, status, HTTPStatus(status).phrase, headers, content))
        return 200, *batch.told(answers)

    async def _serve_one(self, asked: Asked, request: Request) -> Sent:
        checked = check_request(asked)
        if checked is None:
            self.violations.append(Violation("method", f"{asked.method} {asked.path}", "no such method"))
            return 404, {"Content-Type": "text/html; charset=UTF-8"}, b"<title>Error 404 (Not Found)!!1</title>"
        request.id = checked.method.id
        self.violations += checked.violations
        api = checked.method.api
        try:
            call = self._admitted(checked, asked)
            answer, half = await self._with_faults(call, checked, request.line)
        except Problem as problem:
            return _error(problem, api)
        if half:
            raise Cut(_sent(answer))
        return _sent(answer)

    def _admitted(self, checked: Checked, asked: Asked) -> Call:
        """Sign-in, then what the API demands, in Google's order."""
        method, service = checked.method, SERVICES[checked.method.api]
        token = asked.headers.get("authorization", "").removeprefix("Bearer ")
        if not token:
            raise unauthorized("Login Required.", "required")
        if token not in self._tokens:
            raise unauthorized("Request had invalid authentication credentials.", "authError")
        email, scopes = self._tokens[token]
        if method.api in self.disabled:
            raise api_disabled(service, method.document.title, PROJECT)
        if method.scopes and not scopes & set(method.scopes):
            self.violations.append(Violation("scope", method.id, f"none of {sorted(scopes)} will do"))
            raise insufficient_scope(service, method.id, list(method.scopes))
        if checked.violations:
            raise Problem(400, "invalid", "; ".join(each.message for each in checked.violations))
        return Call(
            method.id,
            checked.path,
            checked.query,
            checked.body,
            checked.media,
            asked.headers,
            self.accounts[email],
            self,
        )

    async def _with_faults(self, call: Call, checked: Checked, line: str) -> tuple[Answer, bool]:
        """The answer, and whether only half of it gets out. Raises Cut, Problem."""
        fault = taken(self.faults, line)
        self.used += [fault] if fault else []
        match fault and fault.do:
            case None:
                return self._answer(call, checked), False
            case "cut_before":
                raise Cut
            case "status":
                assert fault
                if fault.effect:
                    self._answer(call, checked)
                raise _problem_of(fault)
            case "hold":
                assert fault
                before = self._attempt(call, checked) if fault.effect else None
                await fault.hold.wait()
                after = before or self._attempt(call, checked)
                if fault.then == "cut":
                    raise Cut
                if isinstance(after, Problem):
                    raise after
                return after, False
        answer = self._attempt(call, checked)
        if fault and fault.do == "cut_after":
            raise Cut
        if isinstance(answer, Problem):
            raise answer
        return answer, True

    def _attempt(self, call: Call, checked: Checked) -> Answer | Problem:
        try:
            return self._answer(call, checked)
        except Problem as problem:
            return problem

    def _answer(self, call: Call, checked: Checked) -> Answer:
        try:
            answer = PARTS[checked.method.api](call)
        except Problem:
            raise
        except Exception as error:
            self.violations.append(Violation("crash", checked.method.id, repr(error)))
            raise
        if violations := check_answer(checked, answer.status, answer.body):
            self.violations += violations
            raise Problem(500, "backendError", "; ".join(each.message for each in violations))
        return answer._replace(body=partial(checked, answer.body))


BATCHES = {("POST", f"/batch/{name}") for name in ("calendar/v3", "gmail/v1", "tasks/v1", "people/v1")}


def _problem_of(fault: Fault) -> Problem:
    headers = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
    return Problem(fault.status, fault.reason, fault.message, domain=fault.domain, headers=headers)


def _error(problem: Problem, api: str) -> Sent:
    return problem.status, JSON_TYPE | problem.headers, json.dumps(problem.told(api)).encode()


def _sent(answer: Answer) -> Sent:
    if answer.body is None:
        return answer.status, answer.headers, b""
    return answer.status, JSON_TYPE | answer.headers, json.dumps(answer.body).encode()
